"""The last digits at a kink: Newton on the surface where the smooth pieces of f meet."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.steps import Stop, Vector, never

HESSIANS = 150
_RANKS = (1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9)


@runtime_checkable
class ManifoldOracle(Protocol):
    """What the snap asks of a function: batches, and Hessians at single points."""

    def values(self, points: Vector, /) -> Vector: ...
    def derivatives(self, x: Vector, /) -> tuple[float, Vector, Vector]: ...


def snap_points(
    oracle: ManifoldOracle,
    x: Vector,
    points: Vector,
    values: Vector,
    gradients: Vector,
    shape: Vector,
    fixed: Vector,
    stop: Stop = never,
) -> Vector:
    """Candidates for the minimum of a piecewise smooth f near x.

    Near a kink f is one of several smooth pieces at each sampled point. Pieces with affinely
    independent gradients are picked by a pivoted QR factorisation; each is replaced by its
    quadratic model q_i at its own point. Where all pieces that meet are equal, and a convex-like
    combination of their slopes vanishes,

        q_i(x) = t for all i,   Σλ_i ∇q_i(x) = 0,   Σλ_i = 1,

    is solved by Newton's method in (x, λ, t). (The bundle Newton method of Lewis & Wylie, SIAM J.
    Optim. 2021, with a bundle that is sampled at once.) How many pieces meet is not known, so
    every plausible number gives a candidate; the caller keeps the best value, if it is better.

    Args:
        oracle: for the Hessians of the pieces; beyond `HESSIANS` unknowns they are taken as 0.
        x: (n,) the present point.
        points, values, gradients: the samples, (m, n), (m,), (m, n), finite.
        shape: (n, n) or diagonal (n,): the points are x + shape·(numbers of size one).
        fixed: (n,) NaN, or the bound at which the coordinate is held.
        stop: asked between two Hessians and two solves; a yes leaves the remaining candidates out.

    Returns:
        (c, n) candidates, possibly none; not yet clipped to the bounds.
    """
    free = np.flatnonzero(np.isnan(fixed))
    start = np.where(np.isnan(fixed), x, fixed)
    if free.size == 0:
        return start[None, :]
    slopes = gradients * shape if shape.ndim == 1 else gradients[:, free] @ shape[free]
    order, ranks = _pieces(slopes, values)
    chosen = order[: ranks[-1] + 1]
    hessians = _hessians(oracle, points[chosen], stop)
    if hessians is None:
        return np.zeros((0, x.size))
    models = (points[chosen], values[chosen], gradients[chosen], hessians)
    found = [_meet(start, free, stop, *(part[: rank + 1] for part in models)) for rank in ranks]
    kept = [candidate for candidate in found if np.all(np.isfinite(candidate))]
    return np.array(kept).reshape(-1, x.size)


def _pieces(gradients: Vector, values: Vector) -> tuple[NDArray[np.intp], list[int]]:
    """Samples in the order of how much they add to the affine hull, and plausible dimensions."""
    # scipy.linalg is slow to load, and smooth problems never need it.
    from scipy.linalg import qr

    first = int(np.argmin(values))
    rest = np.delete(np.arange(len(values)), first)
    difference = (gradients[rest] - gradients[first]).T
    if difference.shape[1] == 0:
        return np.array([first]), [0]
    _, triangle, pivots = qr(difference, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    top = max(float(np.max(np.abs(gradients))), float(np.finfo(np.float64).tiny))
    ranks = {0} | {int(np.sum(sizes > level * top)) for level in _RANKS}
    order = np.concatenate([[first], rest[pivots]])
    return order, sorted(ranks)


def _hessians(oracle: ManifoldOracle, points: Vector, stop: Stop) -> Vector | None:
    """The Hessians at the points; None where there was no time for all of them."""
    size = points.shape[1]
    if size > HESSIANS:
        return np.broadcast_to(0.0, (len(points), size, size))
    found = np.zeros((len(points), size, size))
    for k, point in enumerate(points):
        if stop():
            return None
        found[k] = oracle.derivatives(point)[2]
    return np.where(np.isfinite(found), found, 0.0)


def _meet(
    start: Vector, free: NDArray[np.intp], stop: Stop, points: Vector, values: Vector,
    gradients: Vector, hessians: Vector,
) -> Vector:
    """Newton's method for the point where the models meet at the lowest height."""
    x = start.copy()
    count, size = len(values), free.size
    multipliers = np.full(count, 1.0 / count)
    right = np.zeros(size + count + 1)
    right[-1] = 1.0
    matrix = np.zeros((size + count + 1, size + count + 1))
    matrix[size : size + count, -1] = -1.0
    matrix[-1, size : size + count] = 1.0
    for attempt in range(8):
        if stop():
            return np.full_like(start, np.nan)
        offset = x - points
        bent = np.einsum("kij,kj->ki", hessians, offset)
        heights = values + np.einsum("ki,ki->k", gradients + bent / 2, offset)
        slopes = (gradients + bent)[:, free]
        if attempt == 0:
            multipliers = _first_multipliers(slopes)
        curvature = np.einsum("k,kij->ij", multipliers, hessians)[np.ix_(free, free)]
        matrix[:size, :size] = curvature
        matrix[:size, size : size + count] = slopes.T
        matrix[size : size + count, :size] = slopes
        right[size : size + count] = -heights
        step = _scaled_lstsq(matrix, right)
        if step is None:
            return np.full_like(start, np.nan)
        x[free] += step[:size]
        multipliers = step[size : size + count]
        if np.max(np.abs(step[:size])) <= 1e-16 * np.max(np.abs(x), initial=0.0):
            break
    return x


def _first_multipliers(slopes: Vector) -> Vector:
    """The affine combination of the slopes that comes closest to zero."""
    base, spread = slopes[0], slopes[1:] - slopes[0]
    tail = np.linalg.lstsq(spread.T, -base, rcond=None)[0]
    return np.concatenate([[1 - tail.sum()], tail])


def _scaled_lstsq(matrix: Vector, right: Vector) -> Vector | None:
    """Least-squares solution with rows and columns of like size; None where it does not exist."""
    if not np.all(np.isfinite(matrix)) or not np.all(np.isfinite(right)):
        return None
    size = np.sqrt(np.max(np.abs(matrix), axis=1))
    size = np.where(size > 0, size, 1.0)
    try:
        inner = np.linalg.lstsq(matrix / np.outer(size, size), right / size, rcond=1e-14)[0]
    except np.linalg.LinAlgError:
        return None
    return inner / size
