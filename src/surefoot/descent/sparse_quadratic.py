"""Large sparse quadratics that are clearly convex: one sparse factorisation.

    S = D H D = L U, pivots on the diagonal:   all of them positive ⇔ S positive definite

Anything else (a pivot that is not positive, a pivot off the diagonal, a condition number near 1/ε,
bounds that the minimiser breaks) has no closed form here and is left to an engine: the eigenvalues
that would settle it cost n³.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.closed_answer import ClosedForm
from surefoot.terms import Status

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
CLEARLY = 1e-11


def solve_sparse_quadratic(hessian: Any, g: Array, lower: Array, upper: Array) -> ClosedForm:
    """Minimise ½ xᵀH x + gᵀx for a scipy.sparse H (n, n); see `solve_quadratic`."""
    from scipy import sparse
    from scipy.sparse.linalg import LinearOperator, onenormest, splu

    matrix: Any = sparse.csc_array(0.5 * (hessian + hessian.T))
    diagonal = np.asarray(matrix.diagonal())
    if not bool(np.all(diagonal > 0.0)):
        return _left(g.size, "a variable has no upward curvature of its own")
    scale = np.exp2(np.round(-0.5 * np.log2(diagonal)))
    grid: Any = sparse.diags_array(scale)
    scaled: Any = sparse.csc_array(grid @ matrix @ grid)
    try:
        factor: Any = splu(
            scaled, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:
        return _left(g.size, "the Hessian is singular")
    on_diagonal = np.array_equal(factor.perm_r, factor.perm_c)
    if not on_diagonal or not bool(np.all(factor.U.diagonal() > 0.0)):
        return _left(g.size, "the Hessian is not positive definite")
    inverse: Any = LinearOperator(scaled.shape, matvec=factor.solve, rmatvec=factor.solve)
    condition = float(onenormest(inverse)) * float(abs(scaled).sum(axis=0).max())
    if not condition < 1.0 / CLEARLY:
        return _left(g.size, "the Hessian is close to singular")
    x = -scale * factor.solve(scale * g)
    for _ in range(3):
        x = x - scale * factor.solve(scale * (matrix @ x + g))
    if not bool(np.all((x >= lower) & (x <= upper))):
        return _left(g.size, "the minimiser breaks a bound")
    null = np.zeros((0, g.size))
    return ClosedForm(x, Status.CONVERGED, g.size, condition, null, method="sparse LU")


def _left(n: int, why: str) -> ClosedForm:
    return ClosedForm(np.zeros(n), None, 0, np.nan, np.zeros((0, n)), why=why)
