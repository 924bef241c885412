"""Residuals in twice the working precision: what iterative refinement needs.

Each product is split into its rounded value and its exact error, each sum likewise; the errors
are added up beside the sums. The result is as good as if computed with a mantissa of 106 bits and
rounded once. Portable, unlike NumPy's long double, which is plain float64 on some machines.

Source: T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product" (2005), algorithms 3.1-5.3.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SPLITTER = 134217729.0
CHUNK = 1 << 20


def residual(matrix: Array, x: Array, b: Array) -> Array:
    """b − A x, (m,), for A (m, n), as if in twice the precision.

    Where splitting overflows (entries above 1e299) the plain residual comes back.
    """
    rows = max(1, CHUNK // (matrix.shape[1] + 1))
    parts = [
        _residual(matrix[k : k + rows], x, b[k : k + rows])
        for k in range(0, matrix.shape[0], rows)
    ]
    return np.concatenate(parts) if parts else b.copy()


def _residual(matrix: Array, x: Array, b: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        product, error = two_product(matrix, -x[None, :])
        terms = np.concatenate([product, b[:, None]], axis=1)
        lost = error.sum(axis=1)
        while terms.shape[1] > 1:
            half = terms.shape[1] // 2
            total, error = two_sum(terms[:, :half], terms[:, half : 2 * half])
            lost = lost + error.sum(axis=1)
            terms = np.concatenate([total, terms[:, 2 * half :]], axis=1)
        exact = terms[:, 0] + lost
    return exact if bool(np.isfinite(exact).all()) else b - matrix @ x


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what is lost: the two add up to the sum exactly."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _split(a: Array) -> tuple[Array, Array]:
    wide = SPLITTER * a
    high = wide - (wide - a)
    return high, a - high


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a · b rounded, and what is lost; exact unless something over- or underflows."""
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    error = a_low * b_low - (
        ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
    )
    return product, error
