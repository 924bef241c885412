"""A sparse Hessian out of a few products with vectors: which vectors, and how to read them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surefoot.facts.sparsity import colours

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FULL_ROW = 32
"""A row is treated as full when it has more entries than this and eight times the median."""


class Compression:
    """The products Hs that hold every entry of a Hessian of known pattern, unmixed.

    Full rows (the head of an arrow) get a product each, which gives the row and, H being
    symmetric, the column. The other columns share a product wherever no remaining row has both
    (Curtis, Powell and Reid 1974; the symmetric use is that of Powell and Toint, SIAM J. Numer.
    Anal. 16, 1979).

    Args:
        pattern: boolean scipy.sparse (n, n), symmetric.

    Attributes:
        seeds: (c, n) zeros and ones, the vectors s.
        rows, columns: (nnz,) the places of the pattern, column by column, the diagonal included.
    """

    def __init__(self, pattern: Any) -> None:
        n = pattern.shape[0]
        whole: Any = sparse.csc_array(sparse.csc_array(pattern).astype(bool) + sparse.eye_array(n))
        whole.sort_indices()
        self.size = n
        self._indices: Any = whole.indices
        self._indptr: Any = whole.indptr
        counts = np.diff(whole.indptr)
        self.rows: Indices = whole.indices.astype(np.int64)
        self.columns: Indices = np.repeat(np.arange(n), counts)
        full = counts > max(FULL_ROW, 8 * float(np.median(counts)))
        colour = _colour(whole, full)
        self.seeds: Array = np.zeros((int(colour.max(initial=-1)) + 1, n))
        self.seeds[colour, np.arange(n)] = 1.0
        # Entry (i, j) stands in product colour[j] at i, unless i is a full row, whose own product
        # has it at j. Read from both sides and averaged, it comes out symmetric.
        swap = full[self.rows] & ~full[self.columns]
        other = full[self.columns] & ~full[self.rows]
        self._first = _places(colour, self.rows, self.columns, swap)
        self._second = _places(colour, self.columns, self.rows, other)

    @property
    def bandwidth(self) -> int:
        """max |i − j| over the pattern."""
        return int(np.max(np.abs(self.rows - self.columns), initial=0))

    def entries(self, products: Array) -> Array:
        """(nnz,) the entries at (rows, columns) from the products (c, n)."""
        return 0.5 * (products[self._first] + products[self._second])

    def matrix(self, entries: Array) -> Any:
        """The entries as a scipy.sparse CSC matrix (n, n)."""
        return sparse.csc_array((entries, self._indices, self._indptr), (self.size, self.size))


def _colour(whole: Any, full: NDArray[np.bool_]) -> Indices:
    """A colour for each column; each full one has its own."""
    n, count = full.size, int(full.sum())
    thin = np.flatnonzero(~full)
    colour = np.zeros(n, np.int64)
    colour[thin] = colours(whole[thin][:, thin]) if thin.size else 0
    first = int(colour[thin].max(initial=-1)) + 1
    colour[full] = np.arange(first, first + count)
    return colour


def _places(
    colour: Indices, rows: Indices, columns: Indices, swap: NDArray[np.bool_]
) -> tuple[Indices, Indices]:
    return np.where(swap, colour[rows], colour[columns]), np.where(swap, columns, rows)
