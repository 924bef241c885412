"""Matrices of coefficients, one row for each element of an array, kept as small as they are.

Three kinds, chosen by size and by what happened to them:

    picked   row i is weight_i · e_{index_i}: the argument itself, slices and scalings of it
    dense    a NumPy array
    sparse   scipy.sparse CSR, only above `DENSE_LIMIT` entries (SciPy is loaded then, not before)

Every operation is a linear map on rows, so a matrix never has to know what its columns mean.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

DENSE_LIMIT = 4_000_000
MEMORY_LIMIT = 100_000_000


class TooLargeError(Exception):
    """The coefficients would need more memory than the limit allows."""


class Coefficients:
    """A matrix (rows, columns) of coefficients.

    Attributes:
        shape: (rows, columns).
        index, weight: (rows,) of a picked matrix, index −1 for a zero row; else None.
        matrix: the dense or sparse matrix of the other kinds; else None.
    """

    __slots__ = ("index", "matrix", "shape", "weight")

    def __init__(
        self,
        shape: tuple[int, int],
        *,
        index: Indices | None = None,
        weight: Floats | None = None,
        matrix: Any = None,
    ) -> None:
        self.shape = shape
        self.index = index
        self.weight = weight
        self.matrix = matrix

    # ── making ────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def identity(cls, size: int, columns: int | None = None, start: int = 0) -> "Coefficients":
        """Row i picks column start + i."""
        columns = size if columns is None else columns
        index = np.arange(start, start + size)
        return cls((size, columns), index=index, weight=np.ones(size))

    @classmethod
    def zeros(cls, rows: int, columns: int) -> "Coefficients":
        """A matrix without coefficients."""
        index = np.full(rows, -1, np.int64)
        return cls((rows, columns), index=index, weight=np.zeros(rows))

    @classmethod
    def of(cls, matrix: Any) -> "Coefficients":
        """A dense or sparse matrix; a sparse one that is small is made dense."""
        rows, columns = matrix.shape
        if not isinstance(matrix, np.ndarray) and rows * columns <= DENSE_LIMIT:
            matrix = matrix.toarray()
        return cls((rows, columns), matrix=matrix)

    # ── reading ───────────────────────────────────────────────────────────────────────────────

    @property
    def is_zero(self) -> bool:
        """Whether no coefficient is other than zero."""
        if self.index is not None and self.weight is not None:
            return not np.any((self.index >= 0) & (self.weight != 0))
        if isinstance(self.matrix, np.ndarray):
            return not np.any(self.matrix)
        return self.matrix.nnz == 0 or not np.any(self.matrix.data)

    @property
    def is_dense(self) -> bool:
        """Whether the entries are kept in a NumPy array."""
        return isinstance(self.matrix, np.ndarray)

    def dense(self) -> Floats:
        """The matrix as a NumPy array; within the memory limit."""
        _check(self.shape)
        if self.index is not None and self.weight is not None:
            full = np.zeros(self.shape)
            rows = np.nonzero(self.index >= 0)[0]
            full[rows, self.index[rows]] = self.weight[rows]
            return full
        return self.matrix if isinstance(self.matrix, np.ndarray) else self.matrix.toarray()

    def sparse(self) -> Any:
        """The matrix as scipy.sparse CSR."""
        from scipy import sparse

        if self.index is not None and self.weight is not None:
            rows = np.nonzero(self.index >= 0)[0]
            entries = (self.weight[rows], (rows, self.index[rows]))
            return sparse.csr_array(entries, shape=self.shape)
        return sparse.csr_array(self.matrix)

    def plain(self) -> Any:
        """NumPy array where that is small, else CSR."""
        return self.dense() if self._small else self.sparse()

    @property
    def _small(self) -> bool:
        return self.is_dense or self.shape[0] * self.shape[1] <= DENSE_LIMIT

    # ── linear maps on rows ───────────────────────────────────────────────────────────────────

    def take(self, rows: Indices) -> "Coefficients":
        """Rows by position; −1 gives a zero row."""
        shape = (len(rows), self.shape[1])
        missing = rows < 0
        if self.index is not None and self.weight is not None:
            if not len(self.index):
                return Coefficients.zeros(*shape)
            index = np.where(missing, -1, self.index[rows])
            return Coefficients(shape, index=index, weight=self.weight[rows])
        if isinstance(self.matrix, np.ndarray):
            _check(shape)
        picked = self.matrix[rows]
        taken = Coefficients(shape, matrix=picked)
        return taken.scale(np.where(missing, 0.0, 1.0)) if np.any(missing) else taken

    def scale(self, factor: Floats) -> "Coefficients":
        """Each row times its factor (rows,)."""
        if self.index is not None and self.weight is not None:
            return Coefficients(self.shape, index=self.index, weight=self.weight * factor)
        if isinstance(self.matrix, np.ndarray):
            return Coefficients(self.shape, matrix=self.matrix * factor[:, None])
        from scipy import sparse

        scaled = sparse.diags_array(factor) @ self.matrix
        return Coefficients(self.shape, matrix=sparse.csr_array(scaled))

    def add(self, other: "Coefficients") -> "Coefficients":
        """The sum of two matrices of one shape."""
        if self.is_zero:
            return other
        if other.is_zero:
            return self
        if (
            self.index is not None and other.index is not None
            and self.weight is not None and other.weight is not None
            and np.array_equal(self.index, other.index)
        ):  # fmt: skip
            return Coefficients(self.shape, index=self.index, weight=self.weight + other.weight)
        if self._small:
            return Coefficients(self.shape, matrix=self.dense() + other.dense())
        return Coefficients.of(self.sparse() + other.sparse())

    def sum_into(self, target: Indices, rows: int) -> "Coefficients":
        """Row i is added to row target_i of the result; −1 drops it."""
        kept = np.nonzero(target >= 0)[0]
        shape = (rows, self.shape[1])
        if rows * self.shape[1] > DENSE_LIMIT and rows != 1:
            from scipy import sparse

            entries = (np.ones(len(kept)), (target[kept], kept))
            adder = sparse.csr_array(entries, shape=(rows, self.shape[0]))
            return Coefficients.of(sparse.csr_array(adder @ self.sparse()))
        _check(shape)
        full = np.zeros(shape)
        if self.index is not None and self.weight is not None:
            kept = kept[self.index[kept] >= 0]
            np.add.at(full, (target[kept], self.index[kept]), self.weight[kept])
        elif isinstance(self.matrix, np.ndarray):
            if rows == 1:
                whole = len(kept) == len(target)
                full[0] = (self.matrix if whole else self.matrix[kept]).sum(axis=0)
            else:
                np.add.at(full, target[kept], self.matrix[kept])
        else:
            weights = np.zeros((rows, self.shape[0]))
            weights[target[kept], kept] = 1.0
            full = np.asarray(self.matrix.T @ weights.T).T
        return Coefficients(shape, matrix=full)

    def multiplied(self, left: Floats, batch: int, depth: int, columns: int) -> "Coefficients":
        """Rows laid out as (batch, depth, columns), multiplied by left (batch, rows, depth)."""
        rows, width = left.shape[1], self.shape[1]
        shape = (batch * rows * columns, width)
        if shape[0] * width <= max(DENSE_LIMIT, 4 * left.size) or self.is_dense:
            _check(shape)
            if self.index is not None and self.weight is not None and batch == columns == 1:
                # A matrix times the argument: its columns, put in place.
                kept = np.nonzero(self.index >= 0)[0]
                full = np.zeros(shape)
                np.add.at(full.T, self.index[kept], (left[0][:, kept] * self.weight[kept]).T)
                return Coefficients(shape, matrix=full)
            stacked = self.dense().reshape(batch, depth, columns * width)
            return Coefficients(shape, matrix=np.matmul(left, stacked).reshape(shape))
        from scipy import sparse

        at, row, k = np.nonzero(left)
        where = ((at * rows + row)[:, None] * columns + np.arange(columns)).ravel()
        source = ((at * depth + k)[:, None] * columns + np.arange(columns)).ravel()
        entries = (np.repeat(left[at, row, k], columns), (where, source))
        factor = sparse.csr_array(entries, shape=(shape[0], self.shape[0]))
        return Coefficients.of(sparse.csr_array(factor @ self.sparse()))

    @staticmethod
    def concatenate(parts: Sequence["Coefficients"]) -> "Coefficients":
        """Rows laid end to end."""
        shape = (sum(part.shape[0] for part in parts), parts[0].shape[1])
        picked = [
            (part.index, part.weight)
            for part in parts
            if part.index is not None and part.weight is not None
        ]
        if len(picked) == len(parts):
            return Coefficients(
                shape,
                index=np.concatenate([index for index, _ in picked]),
                weight=np.concatenate([weight for _, weight in picked]),
            )
        if all(part._small for part in parts) and shape[0] * shape[1] <= MEMORY_LIMIT:
            return Coefficients(shape, matrix=np.concatenate([part.dense() for part in parts]))
        from scipy import sparse

        return Coefficients.of(sparse.csr_array(sparse.vstack([part.sparse() for part in parts])))

    # ── products with vectors ─────────────────────────────────────────────────────────────────

    def combine(self, weights: Floats) -> Floats:
        """Σᵢ weightᵢ · rowᵢ, (columns,)."""
        if self.index is not None and self.weight is not None:
            kept = self.index >= 0
            # astype: without entries NumPy counts in whole numbers.
            return np.bincount(
                self.index[kept], (self.weight * weights)[kept], minlength=self.shape[1]
            ).astype(np.float64)
        return np.asarray(weights @ self.matrix)

    def equals(self, other: "Coefficients") -> bool:
        """Whether all coefficients are the same numbers."""
        if self is other:
            return True
        if self.shape != other.shape:
            return False
        if self.index is not None and other.index is not None:
            return np.array_equal(self.index, other.index) and np.array_equal(
                np.asarray(self.weight), np.asarray(other.weight)
            )
        if self._small and other._small:
            return np.array_equal(self.dense(), other.dense())
        return (self.sparse() != other.sparse()).nnz == 0


def _check(shape: tuple[int, int]) -> None:
    if shape[0] * shape[1] > MEMORY_LIMIT:
        raise TooLargeError(f"{shape[0]} × {shape[1]} coefficients are more than {MEMORY_LIMIT:,}")
