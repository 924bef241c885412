"""Is a large sparse Hessian positive definite? A factorisation tells where Lanczos does not settle.

In order of execution, for H on the coordinates that may move:

1. S = diag(1/√Hᵢᵢ): a diagonal entry that is not positive ends the inquiry.
2. τ = 8nε·max row sum of |SHS|, more than the rounding of the factorisation.
3. SHS − τI = LDLᵀ with pivots on the diagonal. All D > 0: every eigenvalue of SHS is above 0, and H
   has as many positive ones (Sylvester). Otherwise nothing is said.
4. The direction along which SHS curves least, by inverse iteration, to be walked by the caller.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.judge.contracts import EPS, Index, Vector

_ITERATIONS = 12


@dataclass(frozen=True)
class Definite:
    """A positive definite Hessian.

    Attributes:
        smallest: Rayleigh quotient of SHS along `direction`. error: τ.
        direction: (m,) on the coordinates that may move, in the user's units; curvature: dᵀHd.
    """

    smallest: float
    error: float
    direction: Vector
    curvature: float


def definite(matrix: Any, moving: Index) -> Definite | None:
    """Whether H is positive definite on the coordinates `moving`; None where that is not shown.

    Args:
        matrix: scipy.sparse (n, n), symmetric.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    inner: Any = sparse.csc_array(matrix[moving][:, moving])
    diagonal = np.asarray(inner.diagonal())
    if not np.all(np.isfinite(inner.data)) or not np.all(diagonal > 0.0):
        return None
    scale = 1.0 / np.sqrt(diagonal)
    scaled: Any = sparse.csc_array(sparse.diags_array(scale) @ inner @ sparse.diags_array(scale))
    size = moving.size
    rows = np.asarray(abs(scaled).sum(axis=0))
    error = 8.0 * size * EPS * float(np.max(rows, initial=0.0))
    shifted: Any = sparse.csc_array(scaled - error * sparse.eye_array(size))
    try:
        factor: Any = splu(
            shifted, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
    except RuntimeError:  # exactly singular
        return None
    on_diagonal = np.array_equal(factor.perm_r, factor.perm_c)
    if not on_diagonal or not np.all(factor.U.diagonal() > 0.0):
        return None
    v = np.random.default_rng(41).standard_normal(size)
    for _ in range(_ITERATIONS):
        v = factor.solve(v / np.linalg.norm(v))
    v /= np.linalg.norm(v)
    direction = scale * v
    curvature = float(direction @ (inner @ direction))
    return Definite(float(v @ (scaled @ v)), error, direction, curvature)
