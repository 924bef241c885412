"""Arrays whose elements are polynomials of degree ≤ 2 in the argument, exactly.

An element is

    offset_i + (linear x)_i + Σ_pieces Σ_t  W_it (a_t·x + α_t)(b_t·x + β_t)

so every linear step acts on the rows of offset, linear and W alike, and a product of two affine
elements adds one term. No point is probed: the coefficients are those of the formula.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.coefficients import Coefficients
from surefoot.program.abstract import Dependent, Indices

Floats = NDArray[np.float64]
_MOST_PIECES = 32


class NotQuadraticError(Exception):
    """The program is not of the asked degree, or not by steps that are followed."""


@dataclass(frozen=True, eq=False)
class Products:
    """Terms (a_t·x + α_t)(b_t·x + β_t).

    Attributes:
        left, left_offset: the rows a_t and the numbers α_t.
        right, right_offset: the rows b_t and the numbers β_t; the very same objects for squares.
    """

    left: Coefficients
    left_offset: Floats
    right: Coefficients
    right_offset: Floats

    @property
    def size(self) -> int:
        """How many terms there are."""
        return self.left.shape[0]

    def equals(self, other: "Products") -> bool:
        """Whether the terms are the same, in the same order."""
        return self is other or (
            np.array_equal(self.left_offset, other.left_offset)
            and np.array_equal(self.right_offset, other.right_offset)
            and self.left.equals(other.left)
            and self.right.equals(other.right)
        )

    @property
    def squares(self) -> bool:
        """Whether every term is the square of an affine function."""
        if self.left is self.right and self.left_offset is self.right_offset:
            return True
        return np.array_equal(self.left_offset, self.right_offset) and self.left.equals(self.right)


Piece = tuple[Coefficients, Products]


class Poly(Dependent):
    """An array of polynomials of degree ≤ 2.

    Attributes:
        linear: (size, n) coefficients of the affine part.
        offset: (size,) constants.
        pieces: pairs of weights W (size, terms) and terms.
    """

    def __init__(
        self, shape: tuple[int, ...], linear: Coefficients, offset: Floats,
        pieces: tuple[Piece, ...] = (),
    ) -> None:
        self.shape = shape
        self.linear = linear
        self.offset = offset
        self.pieces = pieces

    @property
    def is_affine(self) -> bool:
        """Whether there are no products of the argument's elements."""
        return not self.pieces

    @property
    def nonneg(self) -> bool:
        """Whether every element is a sum of squares with weights ≥ 0, plus a constant ≥ 0."""
        return (
            bool(np.all(self.offset >= 0))
            and self.linear.is_zero
            and all(terms.squares and _all_nonneg(weights) for weights, terms in self.pieces)
        )

    def equals(self, other: "Poly") -> bool:
        """Whether the two were put together alike (equal polynomials may differ in that)."""
        return (
            self.shape == other.shape
            and np.array_equal(self.offset, other.offset)
            and self.linear.equals(other.linear)
            and len(self.pieces) == len(other.pieces)
            and all(
                one[0].equals(two[0]) and one[1].equals(two[1])
                for one, two in zip(self.pieces, other.pieces, strict=True)
            )
        )

    def mapped(
        self, shape: tuple[int, ...], rows: Callable[[Coefficients], Coefficients],
        numbers: Callable[[Floats], Floats],
    ) -> "Poly":
        """The array after a linear map, given for rows of coefficients and for numbers alike."""
        pieces = tuple((rows(weights), terms) for weights, terms in self.pieces)
        return type(self)(shape, rows(self.linear), np.ravel(numbers(self.offset)), pieces)

    def take(self, where: Indices) -> "Poly":
        flat = np.ravel(where)

        def numbers(offset: Floats) -> Floats:
            if not len(offset):
                return np.full(len(flat), np.nan)
            return np.where(flat >= 0, offset[flat], np.nan)

        return self.mapped(tuple(where.shape), lambda rows: rows.take(flat), numbers)

    def reshaped(self, shape: tuple[int, ...]) -> "Poly":
        return type(self)(shape, self.linear, self.offset, self.pieces)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Poly":
        columns = next(value.linear.shape[1] for value in values if isinstance(value, Poly))
        parts = [lifted(value, columns) for value in values]
        total = sum(part.size for part in parts)
        pieces: list[Piece] = []
        start = 0
        for part in parts:
            place = np.arange(start, start + part.size)
            start += part.size
            back = np.full(total, -1)
            back[place] = np.arange(part.size)
            pieces += [(weights.take(back), terms) for weights, terms in part.pieces]
        return cls(
            (total,),
            Coefficients.concatenate([part.linear for part in parts]),
            np.concatenate([part.offset for part in parts]),
            merged(pieces),
        )

    def scaled(self, factor: Any) -> "Poly":
        """Each element times a constant of the same shape (or a scalar)."""
        flat = np.ravel(np.broadcast_to(np.asarray(factor, float), self.shape))
        return self.mapped(self.shape, lambda rows: rows.scale(flat), lambda offset: offset * flat)

    def plus(self, other: "Poly") -> "Poly":
        """The sum of two arrays of one shape."""
        return type(self)(
            self.shape,
            self.linear.add(other.linear),
            self.offset + other.offset,
            merged([*self.pieces, *other.pieces]),
        )

    def sum_into(self, target: Indices, shape: tuple[int, ...]) -> "Poly":
        """Element i is added to element target_i of an array of zeros; −1 drops it."""
        size = int(np.prod(shape, dtype=np.int64))
        kept = target >= 0

        def numbers(offset: Floats) -> Floats:
            return np.bincount(target[kept], offset[kept], minlength=size).astype(float)

        return self.mapped(shape, lambda rows: rows.sum_into(target, size), numbers)


def _all_nonneg(weights: Coefficients) -> bool:
    entries = weights.weight if weights.index is not None else weights.matrix
    data = entries if isinstance(entries, np.ndarray) else getattr(entries, "data", entries)
    return bool(np.all(np.asarray(data) >= 0))


def lifted(value: Any, columns: int) -> Poly:
    """A value as a Poly; constants have no coefficients."""
    if isinstance(value, Poly):
        return value
    if isinstance(value, Dependent):
        raise NotQuadraticError(f"a {type(value).__name__.lower()} is not a polynomial")
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise NotQuadraticError(f"constants of type {array.dtype} are not real numbers")
    flat = np.ravel(array).astype(float)
    return Poly(array.shape, Coefficients.zeros(flat.size, columns), flat)


def product(a: Poly, b: Poly) -> Poly:
    """Element times element of two affine arrays of one shape; `a is b` for squares."""
    terms = Products(a.linear, a.offset, b.linear, b.offset)
    return Poly(a.shape, Coefficients.zeros(a.size, a.linear.shape[1]), np.zeros(a.size),
                ((Coefficients.identity(a.size), terms),))  # fmt: skip


def merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces over the same terms are added; many pieces are laid end to end."""
    by_terms: dict[int, Piece] = {}
    for weights, terms in pieces:
        if not terms.size or weights.is_zero:
            continue
        known = by_terms.get(id(terms))
        by_terms[id(terms)] = (known[0].add(weights) if known else weights, terms)
    kept = list(by_terms.values())
    return (_compacted(kept),) if len(kept) > _MOST_PIECES else tuple(kept)


def _compacted(pieces: Sequence[Piece]) -> Piece:
    """One piece with all terms."""
    total = sum(terms.size for _, terms in pieces)
    columns: list[Coefficients] = []
    start = 0
    for weights, terms in pieces:
        columns.append(_widened(weights, start, total))
        start += terms.size
    summed = columns[0]
    for more in columns[1:]:
        summed = summed.add(more)
    squares = all(terms.squares for _, terms in pieces)
    left = Coefficients.concatenate([terms.left for _, terms in pieces])
    left_offset = np.concatenate([terms.left_offset for _, terms in pieces])
    if squares:
        return summed, Products(left, left_offset, left, left_offset)
    right = Coefficients.concatenate([terms.right for _, terms in pieces])
    right_offset = np.concatenate([terms.right_offset for _, terms in pieces])
    return summed, Products(left, left_offset, right, right_offset)


def _widened(weights: Coefficients, start: int, total: int) -> Coefficients:
    """The same weights, as columns start … of a wider matrix."""
    rows, width = weights.shape
    if weights.index is not None:
        index = np.where(weights.index >= 0, weights.index + start, -1)
        return Coefficients((rows, total), index=index, weight=weights.weight)
    if rows * total <= 4_000_000:
        full = np.zeros((rows, total))
        full[:, start : start + width] = weights.dense()
        return Coefficients((rows, total), matrix=full)
    from scipy import sparse

    entries = weights.sparse().tocoo()
    moved = (entries.data, (entries.row, entries.col + start))
    return Coefficients((rows, total), matrix=sparse.csr_array(moved, shape=(rows, total)))


class Even(Dependent):
    """An array of ±√q or ±|p|, of which only the squares are polynomials.

    Attributes:
        squared: the array of squares.
    """

    def __init__(self, squared: Poly) -> None:
        self.shape = squared.shape
        self.squared = squared

    def take(self, where: Indices) -> "Even":
        return type(self)(self.squared.take(where))

    def reshaped(self, shape: tuple[int, ...]) -> "Even":
        return type(self)(self.squared.reshaped(shape))

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Even":
        if not all(isinstance(value, Even) for value in values):
            raise NotQuadraticError("a norm beside other values is not a polynomial")
        return cls(Poly.join([value.squared for value in values]))
