"""Does the value fall without end towards a point close by, as −1/x² and log x do at 0?

Walking back from x along its slope, t = 4⁻ᵏ of the extent, Δₖ = f(x − t_{k−1}d) − f(x − t_k d) is
what each step towards x gains. Where f has a finite limit the gains shrink (by 4 for a slope, by 2
for √x); towards a pole they do not: they stay equal for log x and grow for 1/x.
"""

from itertools import pairwise

import numpy as np

from surefoot.judge.contracts import Mask, Vector
from surefoot.judge.site import Site

_RUNGS = np.arange(1, 27)
_STEADY = 10
"""So many gains in a row must not shrink: a factor of 10⁶ in the distance."""
_STEEP = 1e6


def falls_into_a_pole(site: Site) -> Vector | None:
    """The way down (n,) into a pole next to x, or None."""
    gradient = np.where(np.isfinite(site.gradient), site.gradient, 0.0)
    # An infinite slope says nothing about its size, only that something happens here.
    wild = ~np.isfinite(site.gradient)
    slope = float(np.sum(np.abs(gradient) * site.extent))
    if not np.any(wild) and not slope > _STEEP * abs(site.value):
        return None
    for direction in _ways(site, gradient, wild):
        if _bends_up(site, direction):
            continue
        back = -direction
        t = 4.0 ** -_RUNGS.astype(float)
        t = t[t <= site.reach(back)]
        if t.size <= _STEADY:
            continue
        values, _ = site.look(site.at(np.outer(t, back)))
        gains = values[:-1] - values[1:]
        if _steady(gains) and np.all(values[-_STEADY:] >= site.value):
            return direction
    return None


def _bends_up(site: Site, direction: Vector) -> bool:
    """Whether the curvature at x along the direction is positive; on the way into a pole it is not.

    Steady or growing gains are a concave value. This spares the walk at a minimum of value 0.
    """
    if site.hessian is None or not np.all(np.isfinite(site.hessian)):
        return False
    return bool(direction @ site.hessian @ direction > 0.0)


def _ways(site: Site, gradient: Vector, wild: Mask) -> list[Vector]:
    if not np.any(wild):
        return [site.unit(-gradient * site.extent**2)]
    ways: list[Vector] = []
    for k in np.flatnonzero(wild)[:4]:
        unit = np.zeros(site.size)
        unit[k] = site.extent[k]
        ways += [unit, -unit]
    return ways


def _steady(gains: Vector) -> bool:
    """Whether the gains stop shrinking over ten steps or more, before the resolution ends."""
    run = 0
    for before, after in pairwise(gains):
        if not (np.isfinite(after) and before > 0.0 and after >= 0.9 * before):
            run = 0
            continue
        run += 1
        if run >= _STEADY:
            return True
    return False
