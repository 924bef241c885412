"""How much lower a sum of squares of affine terms could be than it is at a point.

    f(x) = ‖A x − b‖² + c
    r = b − A x                    in twice the precision: heavy rows cancel
    f(x) − min f = ‖Qᵀ r‖²         A = Q T over the coordinates that may move
    d with A d = Q Qᵀ r            the step to a lowest point

The Hessian AᵀA shows singular values down to 10⁻⁸ of the largest, A itself down to 10⁻¹⁶, and A
with its rows weighed apart whatever rounding does not make up.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.compensated import residual
from surefoot.facts.graded_rows import EPS, factorise_rows, is_affordable, is_graded

Array = NDArray[np.float64]
DENSE = 20_000_000


@dataclass(frozen=True, eq=False)
class Below:
    """What lies below the value at a point.

    Attributes:
        gain: f(x) − min f. step: the way there, (n,), in exact arithmetic.
        value: f(x) by the coefficients.
        null: (k, n) directions along which f does not change.
    """

    gain: float
    step: Array
    value: float
    null: Array


def below(
    rows: Any, offset: Array, weights: Array, x: Array, free: NDArray[np.bool_]
) -> Below | None:
    """What lies below Σ wᵢ (A x − b)ᵢ² at x.

    Args:
        rows: A (m, n), NumPy or scipy.sparse.
        offset: b (m,). weights: w (m,), positive.
        free: (n,) the coordinates that may move.

    Returns:
        None where the matrix is too large to tell, or its numbers overflow.
    """
    if rows.shape[0] * rows.shape[1] > DENSE:
        return None
    matrix = rows if isinstance(rows, np.ndarray) else rows.toarray()
    root = np.sqrt(weights)
    with np.errstate(all="ignore"):
        r = root * residual(matrix, x, offset)
        value = float(r @ r)
        block = root[:, None] * matrix[:, free]
        norms = np.linalg.norm(block, axis=0)
    if not (np.isfinite(value) and np.all(np.isfinite(norms))):
        return None
    scale = np.exp2(-np.round(np.log2(np.where(norms > 0.0, norms, 1.0))))
    if not is_graded(block):
        found = _by_singular_values(block * scale, r)
    elif is_affordable(block):
        found = _by_rows(block * scale, r)
    else:
        return None
    gain, step, null = found
    full, level = np.zeros(x.size), np.zeros((null.shape[1], x.size))
    full[free], level[:, free] = scale * step, (scale[:, None] * null).T
    return Below(gain, full, value, level)


def _by_rows(block: Array, r: Array) -> tuple[float, Array, Array]:
    found = factorise_rows(block)
    top = found.turned(r)[: found.rank]
    return float(top @ top), found.basic(top), found.null


def _by_singular_values(block: Array, r: Array) -> tuple[float, Array, Array]:
    q, triangle = np.linalg.qr(block)
    u, s, vt = np.linalg.svd(triangle)
    rank = int(np.count_nonzero(s > max(block.shape) * EPS * s.max(initial=0.0)))
    top = (q @ u[:, :rank]).T @ r
    return float(top @ top), vt[:rank].T @ (top / s[:rank]), vt[rank:].T
