"""Bounds by reflection: a bounded problem as an unbounded one with the same minima."""

import numpy as np

from surefoot.descent.steps import Vector


def fold(u: Vector, lower: Vector, upper: Vector) -> tuple[Vector, Vector]:
    """Reflect u at the bounds until it is inside: x, and dx/du, which is +1 or −1.

    The triangle wave u ↦ x maps every neighbourhood of u onto a neighbourhood of x within the box,
    so the local minima of f∘fold are exactly those of f on the box, and a minimum at a bound
    becomes a kink. A coordinate inside its bounds is not touched, not even by rounding.

    Args:
        u: (n,) or (k, n) any real numbers.
        lower, upper: (n,) bounds, ±inf where there is none.

    Returns:
        x in the box, and the derivative dx/du (0 where lower = upper), both in the shape of u.
    """
    with np.errstate(invalid="ignore"):
        width = upper - lower
        both = np.isfinite(width)
        period = np.where(both & (width > 0), 2 * width, 1.0)
        base = np.where(both, lower, 0.0)
        phase = np.mod(u - base, period)
        wave = np.where(phase <= width, phase, period - phase)
        slope = np.where(phase <= width, 1.0, -1.0)
        x = np.where(both, base + wave, u)
        slope = np.where(both, slope, 1.0)
        below = ~both & (u < lower)
        above = ~both & (u > upper)
        x = np.where(below, 2 * np.where(np.isfinite(lower), lower, 0.0) - u, x)
        x = np.where(above, 2 * np.where(np.isfinite(upper), upper, 0.0) - u, x)
    inside = (u >= lower) & (u <= upper)
    x = np.where(inside, u, x)
    slope = np.where(inside, 1.0, np.where(below | above, -1.0, slope))
    slope = np.where(width == 0, 0.0, slope)
    return np.minimum(np.maximum(x, lower), upper), slope
