"""How far the value stays level along a way from a flat minimum."""

import numpy as np

from surefoot.judge.contracts import Matrix, Vector
from surefoot.judge.site import Site

_HALVINGS = 40
_CLEARLY = 1e-9
"""A curvature counts as negative from this share of the largest on."""


def level_reach(site: Site, direction: Vector) -> tuple[float, float]:
    """How far the value was seen to stay level, in multiples of `direction`, back and ahead.

    Doubling distances up to the bounds or 4 times the extent, then closer around the last one,
    and evenly between; level means within rounding and a thousandth of the tolerance. From a
    minimum it reaches no further than the points are minima: x² + k y² is level along k at x = y =
    0, and a saddle there for k < 0.
    """
    allowed = max(16.0 * site.noise, 1e-3 * site.tolerance)
    reached: list[float] = []
    for way in (-direction, direction):
        limit = min(site.reach(way), 4.0 / float(np.max(np.abs(way) / site.extent, initial=1e-300)))
        tries = np.union1d(limit * 2.0 ** np.arange(-40.0, 1.0), limit * np.arange(1, 33) / 32)
        low, high = 0.0, float(tries[0])
        for _ in range(4):
            values, _ = site.look(site.at(np.outer(tries, way)))
            level = np.abs(values - site.value) <= allowed
            first = int(np.argmin(level)) if not np.all(level) else tries.size
            low = float(tries[first - 1]) if first else low
            if first == tries.size:
                break
            high = float(tries[first])
            tries = np.linspace(low, high, 18)[1:-1]
        reached.append(_before_a_saddle(site, way, low))
    return reached[0], reached[1]


def _before_a_saddle(site: Site, way: Vector, far: float) -> float:
    """The t up to `far` until which the Hessian at x + t·way has no negative curvature."""
    if site.hessian is None or not far > 0.0 or _bends_down(site.hessian):
        return far

    def is_saddle(t: float) -> bool:
        hessian = np.asarray(site.oracle.derivatives(site.at(t * way))[2], dtype=float)
        return _bends_down(hessian)

    if not is_saddle(far):
        return far
    low, high = 0.0, far
    for _ in range(_HALVINGS):
        middle = 0.5 * low + 0.5 * high
        low, high = (low, middle) if is_saddle(middle) else (middle, high)
    return low


def _bends_down(hessian: Matrix) -> bool:
    if not np.all(np.isfinite(hessian)):
        return False
    values = np.linalg.eigvalsh(0.5 * (hessian + hessian.T))
    return bool(values[0] < -_CLEARLY * max(abs(float(values[0])), float(values[-1])))
