"""A step that was taken and improved the value: what advice may name, and with which gain.

A Newton step is a promise of the curvature at x alone. Of |x| at 1 its full length leads past the
corner, of √x out of the domain, and where the Hessian is all but singular far away and uphill.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surefoot.judge.contracts import Vector
from surefoot.judge.site import Site

VISIBLE = 1e-3
"""The share of the largest move from which on a coordinate is named in words."""
DIGITS = (3, 6)
_POWERS = (0, -1, -2, 1, -3, -4, 2, -6, -8, -10, 4, -14, -18, 6, 8, 10, -24, 14, 18)


@dataclass(frozen=True)
class Measured:
    """A step (n,) from x, and by how much f is lower at its end: f(x) − f(x + step)."""

    step: Vector
    gain: float


def measured_step(site: Site, direction: Vector) -> Measured | None:
    """The first of 1, ¼, 1/16, 4, 1/64, … times `direction` that lowers the value visibly.

    The step is one that can be read out: its coordinates have few digits wherever those of the
    direction, so rounded, do as well. In a narrow valley they do not, and are kept whole.
    """
    if not np.any(direction) or not np.all(np.isfinite(direction)):
        return None
    room = site.reach(direction)
    for k in _POWERS:
        t = min(4.0**k, room)
        steps = list(_readable(site, site.at(t * direction[None, :])[0] - site.x))
        if not steps:
            continue
        values, _ = site.look(site.at(np.array(steps)))
        for step, value in zip(steps, values, strict=True):
            if np.isfinite(value) and value < site.value - 8.0 * site.noise:
                return Measured(step, site.value - float(value))
    return None


def _readable(site: Site, step: Vector) -> Iterator[Vector]:
    """The step with ever more digits, as far as it stays within the bounds and moves x at all."""
    seen = np.abs(step) >= VISIBLE * float(np.max(np.abs(step), initial=0.0))
    large = np.where(seen, step, 0.0)
    for digits in DIGITS:
        rounded = np.array([float(f"{number:.{digits}g}") for number in large])
        end = site.x + rounded
        if np.all((end >= site.lower) & (end <= site.upper)) and np.any(end != site.x):
            yield rounded
    if np.any(site.x + large != site.x):
        yield large
    if not np.all(seen) and np.any(step):
        yield step
