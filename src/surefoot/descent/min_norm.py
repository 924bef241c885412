"""The shortest vector in the convex hull of gradients plus the cone that bounds can push with."""

import numpy as np

from surefoot.descent.steps import Vector


def min_norm(gradients: Vector, cone: Vector | None = None) -> tuple[Vector, Vector]:
    """The element of least norm of conv{g₁ … g_m} + cone{c₁ … c_p}.

    Minimises ‖Gᵀλ + Cᵀμ‖ over λ ≥ 0, Σλ = 1, μ ≥ 0. With s > 0, u = sλ and w = sμ,

        min ‖Gᵀu + Cᵀw‖² + (1 − Σu)²   over u, w ≥ 0

    has the same λ = u/Σu for every s, so one non-negative least-squares solve is exact, with no
    penalty parameter (Lawson & Hanson 1974, ch. 23).

    Args:
        gradients: (m, n) rows g.
        cone: (p, n) rows c; None for none.

    Returns:
        The shortest vector (n,), and λ (m,).
    """
    # scipy.optimize is slow to load, and smooth problems never need it.
    from scipy.optimize import nnls

    count, size = gradients.shape
    scale = float(np.max(np.abs(gradients), initial=0.0))
    weights = np.full(count, 1.0 / count)
    if scale == 0:
        return np.zeros(size), weights
    rows = gradients / scale
    extra = np.zeros((0, size)) if cone is None else cone
    matrix = np.zeros((size + 1, count + len(extra)))
    matrix[:size, :count] = rows.T
    matrix[:size, count:] = extra.T
    matrix[size, :count] = 1.0
    target = np.zeros(size + 1)
    target[size] = 1.0
    try:
        found, _ = nnls(matrix, target, maxiter=20 * matrix.shape[1])
    except RuntimeError:
        # The active-set method cycled: the average is still an element of the hull.
        return gradients.mean(axis=0), weights
    total = float(found[:count].sum())
    if not total > 0:
        return gradients.mean(axis=0), weights
    weights = found[:count] / total
    push = found[count:] / total
    return scale * (rows.T @ weights + extra.T @ push), weights
