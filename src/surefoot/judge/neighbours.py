"""Is one of the next floating-point numbers lower, although the slope is lost in rounding?

Beside the edge of a domain, asin x at −1, the slope is infinite and so is its rounding width: it
says nothing, while the values a few numbers on are plainly lower.
"""

import numpy as np

from surefoot.judge.contracts import EPS, Vector
from surefoot.judge.site import Site

_LENGTHS = 2.0 ** np.arange(0, 48)


def lower_neighbour(site: Site) -> tuple[Vector, float, float] | None:
    """The step (n,) to the lowest of the numbers downhill of x, its gain, and what counts as one.

    The values must fall three times in a row on the way there, which noise does not, unless the
    domain ends there. None where there is no such step.
    """
    step: Vector = -np.sign(site.gradient) * np.spacing(np.abs(site.x))
    # One coordinate may be known to its last digit only (a variance that collapses): its rounding
    # must not excuse the slope of another.
    if not np.any(step):
        return None
    points = site.at(_LENGTHS[:, None] * step)
    values, _ = site.look(points)
    falls, edge = 0, False
    before = site.value
    for value in values:
        if not value < before:
            edge = not np.isfinite(value)
            break
        before, falls = float(value), falls + 1
    gain, least = site.value - before, max(site.tolerance, 256.0 * EPS * abs(site.value))
    if falls < (1 if edge else 3) or not gain > least:
        return None
    return points[falls - 1] - site.x, gain, least
