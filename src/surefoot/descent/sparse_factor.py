"""Factorisations of a sparse symmetric matrix that tell whether it is positive definite.

A narrow band has its own Cholesky factorisation in LAPACK. Anything else goes through SuperLU with
a symmetric ordering and pivots on the diagonal; all of them are positive exactly for a positive
definite matrix.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from surefoot.descent.bounds import Mask
from surefoot.descent.steps import Vector

BAND = 32
Solve = Callable[[Vector], Vector]


def positive_factor(matrix: Any, bandwidth: int, free: Mask, shift: float) -> Solve | None:
    """Solver of (H + σI)p = b among the free variables; None where that is not positive definite.

    Args:
        matrix: scipy.sparse CSC (n, n), symmetric.
        bandwidth: max |i − j| over its entries.
        free: (n,) the variables that may move; p is zero at the others, whatever b is there.
        shift: σ ≥ 0.
    """
    if bandwidth <= BAND:
        return _banded(matrix, bandwidth, free, shift)
    return _general(matrix, free, shift)


def _banded(matrix: Any, bandwidth: int, free: Mask, shift: float) -> Solve | None:
    from scipy.linalg import cho_solve_banded, cholesky_banded

    n = free.size
    rows, columns = matrix.indices, np.repeat(np.arange(n), np.diff(matrix.indptr))
    lower = rows >= columns
    rows, columns, data = rows[lower], columns[lower], matrix.data[lower]
    # A held variable keeps its place with a 1 on the diagonal, so that the band stays narrow.
    data = np.where(free[rows] & free[columns], data, 0.0)
    band = np.zeros((bandwidth + 1, n))
    band[rows - columns, columns] = data
    band[0] = np.where(free, band[0] + shift, 1.0)
    try:
        factor = cholesky_banded(band, lower=True, check_finite=False, overwrite_ab=True)
    except np.linalg.LinAlgError:
        return None

    def solve(right: Vector) -> Vector:
        found = cho_solve_banded((factor, True), np.where(free, right, 0.0), check_finite=False)
        return np.asarray(found)

    return solve


def _general(matrix: Any, free: Mask, shift: float) -> Solve | None:
    from scipy import sparse
    from scipy.sparse.linalg import splu

    whole = bool(free.all())
    kept = np.flatnonzero(free)
    inner: Any = matrix if whole else sparse.csc_array(matrix[kept][:, kept])
    if shift:
        inner = sparse.csc_array(inner + shift * sparse.eye_array(inner.shape[0]))
    try:
        factor: Any = splu(
            inner, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
    except RuntimeError:
        return None
    on_diagonal = np.array_equal(factor.perm_r, factor.perm_c)
    if not on_diagonal or not bool(np.all(factor.U.diagonal() > 0.0)):
        return None

    def solve(right: Vector) -> Vector:
        found = np.zeros(free.size)
        found[kept] = factor.solve(right[kept])
        return found

    return solve
