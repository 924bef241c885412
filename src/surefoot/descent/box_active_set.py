"""Convex quadratics in a box: a primal active-set walk that ends at the exact minimiser.

Repeats, from a point of the box:

    free  = coordinates inside their bounds, or on one that the slope leads away from
    step  = to the minimiser over the free coordinates, the others held
    if the step leaves the box: walk to the first bound, hold that coordinate there, step again
    stop when no held coordinate has a slope that leads inside

Each round ends at the minimiser of another face with a lower value, so the rounds are finite. The
subspace minimiser is the caller's: a symmetric factorisation or a QR factorisation.

Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., section 16.5, for bounds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.bounds import held, project, reach

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Face:
    """The minimiser over some coordinates.

    Attributes:
        step: from the present point, (n,), zero on held coordinates.
        ray: a direction without end along which the value falls, or None.
    """

    step: Array
    ray: Array | None = None


@dataclass(frozen=True)
class BoxMinimum:
    """Where the walk ended.

    Attributes:
        x: the point, on its active bounds exactly.
        active: coordinates held at a bound, (n,).
        ray: a direction inside the box along which the value falls without end, or None.
        settled: False where the rounds ran out (a caller's subspace minimiser that cycles).
        rounds: subspace minimisations.
    """

    x: Array
    active: Mask
    ray: Array | None
    settled: bool
    rounds: int


def minimise_in_box(
    start: Array,
    lower: Array,
    upper: Array,
    slope: Callable[[Array], tuple[Array, Array]],
    face: Callable[[Array, Mask], Face],
) -> BoxMinimum:
    """Minimise a convex quadratic over lower ≤ x ≤ upper.

    Args:
        start: any point, (n,); it is moved into the box.
        lower, upper: bounds, (n,).
        slope: x ↦ gradient and its rounding width, both (n,).
        face: (x, free) ↦ step to the minimiser over the free coordinates.
    """
    x = project(start, lower, upper)
    rounds, limit = 0, 20 * x.size + 50
    while rounds < limit:
        gradient, width = slope(x)
        trusted = np.where(np.abs(gradient) > width, gradient, 0.0)
        leads_in = ((x <= lower) & (trusted < 0)) | ((x >= upper) & (trusted > 0))
        free = ((x > lower) & (x < upper)) | (leads_in & (lower < upper))
        if rounds and not leads_in.any():
            return BoxMinimum(x, ~free, None, True, rounds)
        while bool(free.any()):
            rounds += 1
            found = face(x, free)
            way = found.step if found.ray is None else found.ray
            room = reach(x, way, lower, upper)
            first = float(room.min())
            if found.ray is not None and first == np.inf:
                return BoxMinimum(x, ~free, found.ray, True, rounds)
            if found.ray is None and first >= 1.0:
                x = project(x + way, lower, upper)
                break
            blocked = room <= first * (1 + 4 * EPS)
            x = np.where(blocked, np.where(way > 0, upper, lower), x + first * way)
            free &= ~blocked
        rounds += not free.any()
    gradient, _ = slope(x)
    return BoxMinimum(x, held(x, gradient, lower, upper), None, False, rounds)
