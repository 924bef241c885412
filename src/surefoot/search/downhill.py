"""Newton's steps downhill inside a box, on the middles of interval derivatives: no compile.

    H = V diag(max(|κᵢ|, ε max|κ|)) Vᵀ of the Hessian at x     so that every step goes downhill
    x⁺ the best of x − t H⁻¹ ∇f for t = 1, ¼, 1/16, …          kept inside, faces that block it held
"""

import numpy as np

from surefoot.facts.boxed import Boxed
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.lowest_value import newton_inside

STEPS = 20
LENGTHS = 4.0 ** -np.arange(6.0)
LEAST = 1e-8


def downhill(boxed: Boxed, x: Floats) -> tuple[Floats, float]:
    """A point that is no higher than x (n,), and a number no less than f there."""
    with np.errstate(all="ignore"):
        best = np.clip(x, boxed.first, boxed.last)
        high = highs(boxed, best[None])[0]
        for _ in range(STEPS):
            at = boxed.bounds(best[None], best[None], second=True)
            if at.curvature is None or not at.defined[0]:
                break
            slope = 0.5 * at.slope[0] + 0.5 * at.slope[1]
            middle = 0.5 * at.curvature[0] + 0.5 * at.curvature[1]
            if not (np.isfinite(slope).all() and np.isfinite(middle).all()):
                break
            end = newton_inside(
                best[None], slope, _downward(middle), boxed.first[None], boxed.last[None]
            )[0]
            tried = np.clip(best + LENGTHS[:, None] * (end - best), boxed.first, boxed.last)
            values = highs(boxed, tried)
            k = int(np.argmin(values))
            if not values[k] < high:
                break
            gained, high, best = high - values[k], float(values[k]), tried[k]
            if gained <= 2.0 * np.spacing(abs(high)):
                break
    return best, float(high)


def highs(boxed: Boxed, points: Floats) -> Floats:
    """(k,) numbers no less than f at points (k, n); ∞ where it has no value."""
    at = boxed.bounds(points, points)
    return np.where(at.defined & ~np.isnan(at.high), at.high, np.inf)


def _downward(hessian: Floats) -> Floats:
    values, vectors = np.linalg.eigh(hessian)
    size = np.abs(values)
    size = np.maximum(size, np.maximum(LEAST * size.max(axis=1, keepdims=True), 1e-300))
    return vectors * size[:, None, :] @ vectors.swapaxes(1, 2)
