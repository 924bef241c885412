"""Orthogonal factorisation of a matrix whose rows have very different sizes.

Weighted measurements, constraints written as 10¹⁷ (x − 3y) beside x − 3: errors must be small
against each row by itself, or the heavy rows' rounding swallows the light ones.

    A P = Q [R₁₁ R₁₂; 0 0]     R₁₁ (rank, rank) upper triangular, P a permutation

In order of execution, k = 1, 2, …:

1. E_ij, the largest term that entry ij came from by subtraction: nothing but rounding is left
   where |a_ij| ≤ max(4m, 4n, 64) ε E_ij, and the entry is 0. No column or row is compared
   with another, so the rank depends neither on units nor on weights.
2. the column with the largest norm comes to place k, then the row with the largest entry there;
   where nothing is left, the rank is k − 1.
3. a Householder reflection, its sign such that nothing cancels.

Source: M. J. D. Powell and J. K. Reid, "On applying Householder transformations to linear least
squares problems" (1969); A. J. Cox and N. J. Higham, "Stability of Householder QR factorization for
weighted least squares problems" (1998).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
SPREAD = 1e5
"""Ratio of row sizes from which rows are weighed apart; an ordinary factorisation loses so much."""
MOST_WORK = 5e7
"""m n min(m, n) up to which it is done, in about a second: the loop runs over columns in NumPy."""


@dataclass(frozen=True, eq=False)
class GradedRows:
    """The factorisation.

    Attributes:
        triangle: [R₁₁ R₁₂] (rank, n), columns in the order of `columns`.
        columns: P, (n,). rows: the order of the rows before each reflection, (m,).
        reflectors: v₁ … v_rank as columns, (m, rank), in the order of `rows`, each reflection
            being I − v vᵀ.
    """

    triangle: Array
    columns: NDArray[np.intp]
    rows: NDArray[np.intp]
    reflectors: Array

    @property
    def rank(self) -> int:
        """The number of columns that are independent beyond rounding."""
        return self.triangle.shape[0]

    def turned(self, b: Array) -> Array:
        """Qᵀ b, (m,); its first `rank` entries belong to the range of A."""
        out = b[self.rows]
        for v in self.reflectors.T:
            out = out - v * (v @ out)
        return out

    def back(self, y: Array) -> Array:
        """Q y, (m,)."""
        out = y.copy()
        for v in self.reflectors.T[::-1]:
            out = out - v * (v @ out)
        found = np.empty_like(out)
        found[self.rows] = out
        return found

    def basic(self, top: Array) -> Array:
        """x (n,) with [R₁₁ R₁₂] Pᵀ x = top, 0 in the columns that were left over."""
        x = np.zeros(self.columns.size)
        x[self.columns[: self.rank]] = self._solve(self.triangle[:, : self.rank], top)
        return x

    def across(self, g: Array) -> Array:
        """h (rank,) with R₁₁ᵀ h = g on the pivot columns."""
        lower = self.triangle[:, : self.rank].T
        # Reversed, a lower triangle is an upper one, on which elimination is back substitution.
        flipped = self._solve(lower[::-1, ::-1], g[self.columns[: self.rank]][::-1])
        return flipped[::-1]

    @property
    def null(self) -> Array:
        """Columns that span the null space, (n, n − rank)."""
        rank, n = self.triangle.shape
        space = np.zeros((n, n - rank))
        if rank:
            space[self.columns[:rank]] = -self._solve(
                self.triangle[:, :rank], self.triangle[:, rank:]
            )
        space[self.columns[rank:]] = np.eye(n - rank)
        return space

    @staticmethod
    def _solve(triangle: Array, b: Array) -> Array:
        if not triangle.size:
            return np.zeros_like(b)
        size = np.max(np.abs(triangle), axis=1)
        return np.linalg.solve(triangle / size[:, None], (b.T / size).T)


def is_graded(matrix: Array) -> bool:
    """Whether the rows differ so much in size that they must be weighed apart."""
    size = np.max(np.abs(matrix), axis=1, initial=0.0)
    size = size[size > 0.0]
    return bool(size.size) and float(size.max()) > SPREAD * float(size.min())


def is_affordable(matrix: Any) -> bool:
    """Whether the factorisation of a matrix of this shape takes a second or so."""
    m, n = matrix.shape
    return m * n * min(m, n) <= MOST_WORK


def factorise_rows(matrix: Array, rounding: float = EPS) -> GradedRows:
    """Factorise A (m, n), finite.

    Args:
        rounding: relative error of its entries; larger than ε for derivatives.
    """
    m, n = matrix.shape
    floor = max(4 * m, 4 * n, 64) * rounding
    left, came = matrix.astype(float), np.abs(matrix)
    rows, columns = np.arange(m), np.arange(n)
    found: list[Array] = []
    for k in range(min(m, n)):
        rest = left[k:, k:]
        rest[np.abs(rest) <= floor * came[k:, k:]] = 0.0
        norms = np.sqrt(np.sum(np.square(rest / (np.max(np.abs(rest)) or 1.0)), axis=0))
        column = k + int(np.argmax(norms))
        row = k + int(np.argmax(np.abs(left[k:, column])))
        if left[row, column] == 0.0:
            break
        for table in (left, came):
            table[:, [k, column]] = table[:, [column, k]]
            table[[k, row]] = table[[row, k]]
        columns[[k, column]] = columns[[column, k]]
        rows[[k, row]] = rows[[row, k]]
        for v in found:
            v[[k, row]] = v[[row, k]]
        v = _reflector(left[k:, k])
        came[k:, k:] = np.maximum(came[k:, k:], np.outer(np.abs(v), np.abs(v) @ np.abs(rest)))
        left[k:, k:] = rest - np.outer(v, v @ rest)
        left[k + 1 :, k] = 0.0
        found.append(np.concatenate([np.zeros(k), v]))
    reflectors = np.array(found).T if found else np.zeros((m, 0))
    return GradedRows(left[: len(found)], columns, rows, reflectors)


def _reflector(x: Array) -> Array:
    """v with (I − v vᵀ) x = −sign(x₁) ‖x‖ e₁."""
    size = float(np.max(np.abs(x)))
    v = x / size
    v[0] += np.copysign(float(np.linalg.norm(v)), v[0])
    return v * (np.sqrt(2.0) / np.linalg.norm(v))
