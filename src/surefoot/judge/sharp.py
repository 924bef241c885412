"""Sharp directions: those in which the slope jumps, and whether f rises along all of them.

With V the span of the jumps between the gradients gᵢ around x, f rises along every direction of V
where 0 lies inside conv{gᵢ} relative to V, *if f is regular at x*: f'(x; d) = max gᵢᵀd, as of a
maximum of smooth functions, or a norm (Clarke 1983, definition 2.3.4). Where it is not, as for
|y − 2|x|| − x/4, 0 may lie inside and the value fall along the corner y = 2|x|.
"""

import numpy as np

from surefoot.judge.cloud import Cloud
from surefoot.judge.contracts import Mask, Matrix, Vector
from surefoot.judge.site import Site

FEW = 3
"""So many sharp directions can be searched all round for one along which a slope falls."""


def hull_weights(rows: Matrix, target: Vector | None = None) -> tuple[Vector, float]:
    """Weights λ ≥ 0, Σλ = 1 that bring Σλᵢ·rowᵢ nearest to `target` (0), and the distance."""
    # scipy.optimize is slow to load, and points without a corner never need it.
    from scipy.optimize import nnls

    size = float(np.max(np.abs(rows), initial=1e-300))
    target = np.zeros(rows.shape[1]) if target is None else target
    # A heavy last row keeps the weights summing to one; 1e4 leaves the rest eight digits.
    heavy = 1e4
    matrix = np.concatenate([(rows / size).T, np.full((1, rows.shape[0]), heavy)])
    weights, _ = nnls(matrix, np.concatenate([target / size, [heavy]]), maxiter=50 * rows.shape[0])
    total = float(np.sum(weights))
    weights = weights / total if total > 0.0 else weights
    return weights, float(np.linalg.norm(weights @ rows - target))


def sharp_space(cloud: Cloud) -> Matrix:
    """Orthonormal rows spanning the jumps between the gradients (scaled coordinates).

    A spread along a row that is eight times smaller at r than at 8r is curvature, not a jump.
    """
    centred = cloud.gradients - np.mean(cloud.gradients, axis=0)
    _, sizes, rows = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-5 * cloud.largest * np.sqrt(centred.shape[0])
    if np.any(cloud.inner) and not np.all(cloud.inner):
        along = cloud.gradients @ rows.T
        near, far = np.ptp(along[cloud.inner], axis=0), np.ptp(along[~cloud.inner], axis=0)
        kept &= near > 0.25 * far
    return rows[kept]


def inside(directions: Matrix, space: Matrix) -> Mask:
    """Directions that lie at least half within the space."""
    part = np.linalg.norm(directions @ space.T, axis=1)
    return part >= 0.5 * np.linalg.norm(directions, axis=1)


def depth(cloud: Cloud, sharp: Matrix) -> float:
    """Largest tested ρ (relative) such that ±ρ along every axis of V lies in the hull."""
    if sharp.shape[0] == 0:
        return 0.0
    reduced = cloud.gradients @ sharp.T
    for rho in (1e-1, 1e-2, 2e-3):
        corners = (
            rho * cloud.largest * np.concatenate([np.eye(sharp.shape[0]), -np.eye(sharp.shape[0])])
        )
        if all(hull_weights(reduced, c)[1] <= 0.05 * rho * cloud.largest for c in corners):
            return rho
    return 0.0


def regular(cloud: Cloud, sloping: Vector, slack: float) -> bool:
    """Whether no gradient around x promises a steeper rise than the values show.

    Args:
        sloping: (k,) measured slopes along the cloud's directions. slack: relative to the longest
            gradient; below the depth of 0 in the hull it cannot turn a rise into a fall.
    """
    promised = np.max(cloud.units @ cloud.gradients.T, axis=1)
    return bool(np.all(promised - sloping <= slack * cloud.largest))


def lowest_slope(site: Site, sharp: Matrix, sign: float, r: float) -> tuple[float, Vector]:
    """The lowest [f(x + rd) − f(x)]/r over unit d in V, scaled, and the step d (n,).

    From the best of many starts the sphere is searched with ever closer neighbours. With no more
    than FEW directions that is all round; with more a fall is believed, its absence is not.
    """
    rng = np.random.default_rng(37)
    count = len(sharp)

    def slopes(w: Matrix) -> Vector:
        found, _ = site.look(site.at(r * (w @ sharp) * site.extent))
        return np.where(np.isfinite(found), sign * (found - site.value) / r, np.inf)

    best = _on_sphere(rng.standard_normal((512, count)))
    values = slopes(best)
    kept = np.argsort(values)[:6]
    best, values = best[kept], values[kept]
    for reach in 0.5 ** np.arange(1, 25):
        steps = reach * rng.standard_normal((6, 24, count))
        tried = _on_sphere((best[:, None, :] + steps).reshape(-1, count))
        found = slopes(tried).reshape(6, 24)
        k = np.argmin(found, axis=1)
        rows = np.arange(6)
        better = found[rows, k] < values
        best[better] = tried.reshape(6, 24, count)[rows, k][better]
        values = np.minimum(values, found[rows, k])
    k = int(np.argmin(values))
    return float(values[k]), best[k] @ sharp * site.extent


def _on_sphere(w: Matrix) -> Matrix:
    return w / np.linalg.norm(w, axis=1, keepdims=True)
