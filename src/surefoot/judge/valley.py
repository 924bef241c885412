"""Does the valley in which x lies lead on downhill?

On the floor of a curved valley every straight line rises and the slope along the floor may lie
within tolerance: (x − cos y)² + 10⁻⁷ y. So before a minimum is announced the floor itself is
followed, downhill and, where the curvature is weakest, both ways. In order of execution, in units
of the extents, for a heading d of length 1:

1. z ← z + h d, then Newton steps within the plane z + d^⊥, until the slope across d is lost in
   rounding or no longer shrinks: the floor of the valley beside z.
2. The floor turned up: the value there is above f(x) beyond rounding. That settles this heading.
   The change over the step must be what the slopes at its two ends say, so that no wall is
   jumped; otherwise h is quartered.
3. d ← the way from the last floor point to this one, and h is doubled.

The walk refutes a minimum where it ends lower by more than four times the tolerance, or lower at
all beyond rounding at a tenth of the extent or more. It confirms nothing.
"""

from dataclasses import dataclass

import numpy as np

from surefoot.judge.contracts import Index, Matrix, Vector
from surefoot.judge.curvature import curves_by, in_extents
from surefoot.judge.site import Site

FAR = 0.1
"""So far from x, in units of the extent, any lower value refutes."""
_END = 4.0
_STEPS = 80
_NEWTON_STEPS = 6
_LOUD = 64.0
_WEAK = 0.1
"""Curvature that moves the value by less than this share of its scale over the extent."""
_HEADINGS = 3


@dataclass(frozen=True)
class _Floor:
    """A point of the floor: z (m,) in units of the extents, value change, gradient, Hessian."""

    z: Vector
    change: float
    gradient: Vector
    hessian: Matrix


@dataclass(frozen=True)
class _Valley:
    """The function on the m coordinates off their bounds, in units of the extents, from x on."""

    site: Site
    moving: Index

    def step(self, z: Vector) -> Vector:
        """z (m,) as a step (n,) from x."""
        whole = np.zeros(self.site.size)
        whole[self.moving] = z * self.site.extent[self.moving]
        return whole

    def here(self) -> _Floor | None:
        """What the site knows of x itself; None where it is not finite."""
        gradient = self.site.gradient[self.moving] * self.site.extent[self.moving]
        hessian = in_extents(self.site, self.moving)
        if hessian is None or not np.all(np.isfinite(gradient)):
            return None
        return _Floor(np.zeros(self.moving.size), 0.0, gradient, hessian)

    def at(self, z: Vector) -> _Floor | None:
        """What the oracle says at z; None beyond a bound and where it is not finite."""
        site, lengths = self.site, self.site.extent[self.moving]
        x = site.x + self.step(z)
        if np.any(x < site.lower) or np.any(x > site.upper):
            return None
        value, gradient, hessian = site.oracle.derivatives(x)
        gradient = np.asarray(gradient)[self.moving] * lengths
        hessian = np.asarray(hessian)[np.ix_(self.moving, self.moving)]
        hessian = 0.5 * (hessian + hessian.T) * lengths[:, None] * lengths
        parts = np.array([value]), gradient, hessian
        if not all(np.all(np.isfinite(part)) for part in parts):
            return None
        return _Floor(z, float(value) - site.value, gradient, hessian)

    def settled(self, z: Vector, d: Vector, h: float) -> _Floor | None:
        """The lowest point within h/2 of z in the plane across d; None if there is none."""
        start, last = z, np.inf
        for _ in range(_NEWTON_STEPS):
            floor = self.at(z)
            step = None if floor is None else _newton_across(floor, d)
            if floor is None or step is None:
                return None
            gain = float(0.5 * step @ floor.hessian @ step)
            if gain <= self.site.noise or 0.5 * last <= gain <= 1e-3 * self.site.tolerance:
                return floor
            z, last = z + step, gain
            if np.linalg.norm(z - start) > 0.5 * h:
                return None
        return None

    def explained(self, at: _Floor, floor: _Floor) -> bool:
        """Whether the value change between two floor points is what the slopes at both say."""
        way = floor.z - at.z
        before, after = float(at.gradient @ way), float(floor.gradient @ way)
        allowed = 0.5 * max(abs(before), abs(after)) + _LOUD * self.site.noise
        return abs(floor.change - at.change - 0.5 * (before + after)) <= allowed


def lower_along_the_valley(site: Site, rise: Vector) -> tuple[Vector, float] | None:
    """The step (n,) to a lower point along the floor of the valley of x, and its gain, or None.

    Args:
        site: with a Hessian whose curvature is positive on the coordinates that may move.
        rise: (n,) the Newton step.
    """
    moving = np.flatnonzero((site.x > site.lower) & (site.x < site.upper))
    valley = _Valley(site, moving)
    here = valley.here() if moving.size > 1 else None
    if here is None or curves_by(here.hessian, 2.0 * _WEAK * site.scale):
        return None
    for heading, length in _headings(site, here, rise[moving] / site.extent[moving]):
        found = _follow(valley, here, heading, length)
        if found is not None:
            return valley.step(found.z), -found.change
    return None


def _headings(site: Site, here: _Floor, newton: Vector) -> list[tuple[Vector, float]]:
    """The ways to follow with their first step lengths: the Newton step's, then ± the weakest."""
    values, vectors = np.linalg.eigh(here.hessian)
    size = float(np.linalg.norm(newton))
    found = [(newton / size, min(0.5 * size, FAR))] if size > 0.0 else []
    for k in range(min(_HEADINGS, values.size - 1)):
        if not 0.0 < 0.5 * values[k] < _WEAK * site.scale:
            continue
        # So far out the rise shows; within rounding there is nothing to be told from the values.
        seen = float(np.sqrt(2.0 * _LOUD * site.noise / values[k]))
        length = min(max(seen, 1e-6), FAR)
        found += [(vectors[:, k], length), (-vectors[:, k], length)]
    return found


def _follow(valley: _Valley, here: _Floor, heading: Vector, h: float) -> _Floor | None:
    """The first point of the floor that refutes a minimum at x; None where there is none."""
    at, d, shortest = here, heading, 1e-4 * h
    loud = _LOUD * valley.site.noise
    deep = max(loud, 4.0 * valley.site.tolerance)
    for _ in range(_STEPS):
        floor = valley.settled(at.z + h * d, d, h)
        if floor is None or not valley.explained(at, floor):
            h *= 0.25
            if h < shortest:
                return None
            continue
        far = float(np.max(np.abs(floor.z)))
        if floor.change < -deep or (floor.change < -loud and far > FAR):
            return floor
        if floor.change > loud or far > _END:
            return None
        way = floor.z - at.z
        d, at, h = way / np.linalg.norm(way), floor, 2.0 * h
    return None


def _newton_across(floor: _Floor, d: Vector) -> Vector | None:
    """The Newton step within the plane across d; None where the function is not convex in it."""
    across = floor.gradient - d * (d @ floor.gradient)
    pulled = floor.hessian @ d
    # Any positive curvature along d, where there is no slope left, keeps the step in the plane.
    along = float(d @ pulled) + float(np.max(np.abs(floor.hessian)))
    plane = floor.hessian - np.outer(d, pulled) - np.outer(pulled, d) + along * np.outer(d, d)
    try:
        factor = np.linalg.cholesky(plane)
    except np.linalg.LinAlgError:
        return None
    step = -np.linalg.solve(factor.T, np.linalg.solve(factor, across))
    return np.asarray(step, dtype=np.float64)
