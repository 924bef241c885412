"""Does the value fall without end towards a point close by, as −1/x² and log x do at 0?

Walking back from x along its slope, t = 4⁻ᵏ of the extent, Δₖ = f(x − t_{k−1}d) − f(x − t_k d) is
what each step towards x gains. Where f has a finite limit the gains shrink (by 4 for a slope, by 2
for √x); towards a pole they do not: they stay equal for log x and grow for 1/x.

log(x + 10⁻¹²) and −1/(x² + 10⁻¹⁰⁰) do the same until they end. So the place itself is looked for,
the last float64 point p that the fall leads to, and the gains have to go on up to its last digit.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from surefoot.judge.contracts import Mask, Vector
from surefoot.judge.site import Site

_RUNGS = np.arange(1, 27)
_STEADY = 10
"""So many gains in a row must not shrink: a factor of 10⁶ in the distance."""
_STEEP = 1e6
_ROUNDED = 3
_TURNS, _HALVINGS, _LEAST = 24, 1100, 1e-307
"""Beside 0 there are smaller numbers, which the processor makes 0."""


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
        if _steady(gains) and np.all(values[-_STEADY:] >= site.value) and _ends(site, direction):
            return direction
    return None


def _ends(site: Site, direction: Vector) -> bool:
    """Whether the fall along `direction`, and on from where it ends, leads into a pole.

    A straight line misses a pole of several coordinates by a last digit of its way. Two steps down
    the slope and one along what they made together (parallel tangents) come nearer every time.
    """
    places, gains = [site.x], list[float]()
    for turn in range(_TURNS):
        if not np.any(direction):
            return False
        end, width = _end_of_fall(site, direction)
        values, gradients = site.look(end[None])
        value = float(values[0])
        if not value < site.value:
            return _to_the_last_digit(site, end, width, -direction)
        gains.append(site.value - value)
        if not np.all(np.isfinite(gradients)):
            break
        site = replace(site, x=end, value=value, gradient=gradients[0])
        places.append(end)
        whole = turn % 3 == 1
        direction = site.unit(end - places[-3] if whole else -site.gradient * site.extent**2)
    return gains[-1] >= 0.5 * gains[0]


def _end_of_fall(site: Site, direction: Vector) -> tuple[Vector, float]:
    """The last point (n,) of the fall along `direction`, and by how much t it may be off."""

    def falls(t: Vector) -> Mask:
        values, gradients = site.look(site.at(np.outer(t, direction)))
        return (gradients @ direction < 0.0) & (values <= site.value)

    lengths = 4.0 ** np.arange(-500.0, 1.0)
    lengths = lengths[lengths <= site.reach(direction)]
    if lengths.size == 0:
        return site.x, 0.0
    ends = np.flatnonzero(~falls(lengths))
    if ends.size == 0:
        return site.at(lengths[-1:, None] * direction)[0], 0.0
    first = int(ends[0])
    near, far = (float(lengths[first - 1]) if first else 0.0), float(lengths[first])
    for _ in range(_HALVINGS):
        middle = 0.5 * near + 0.5 * far
        if middle in (near, far):
            break
        near, far = (middle, far) if bool(falls(np.array([middle]))[0]) else (near, middle)
    points = site.at(np.outer([near, far], direction))
    found = site.look(points)[0]
    return points[1 if found[1] < found[0] else 0], far - near


def _to_the_last_digit(site: Site, end: Vector, width: float, back: Vector) -> bool:
    """Whether the value at `end` is −∞, or the gains towards it are steady up to its last digit."""
    moved = back != 0.0
    digits = np.maximum(np.spacing(np.abs(end[moved])), _LEAST)
    least = max(width, float(np.min(digits / np.abs(back[moved]))))
    rungs = np.arange(float(_STEADY + _ROUNDED), -1.0, -1.0)
    steps = end + np.outer(least * 4.0**rungs, back)
    inside = np.all((steps >= site.lower) & (steps <= site.upper), axis=1)
    values = site.look(np.vstack([steps[inside], end]))[0]
    if np.any(values == -np.inf):
        return True
    gains = values[:-2] - values[1:-1]
    # Sums inside of the function round by more than x does: one of its last digits may change
    # nothing and the next all the more.
    seen, last = gains[-_STEADY - _ROUNDED : -_ROUNDED], gains[-_ROUNDED:]
    falls = seen.size == _STEADY and np.all(seen > 0.0) and np.all(last >= 0.0)
    return bool(falls and min(seen[-1], np.mean(last)) >= 0.5 * seen[0])


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
