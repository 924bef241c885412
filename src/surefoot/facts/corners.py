"""Arrays with what is known of their smoothness: places, bounds, and corners that may cancel.

A corner does not always reach the output. In m + log Σ exp(z − m) the shift m is a maximum, with
corners, yet the sum does not depend on it, whatever m is; |x|² has no corner either. So the
result of a step with corners is kept as an opaque atom, and values as

    base + Σ k_j m_j      or      base · exp(Σ k_j m_j)

with smooth base and, for each element, which element of the atom m_j it refers to and the factor
k_j. Where the k_j cancel, the corner is gone; where the form cannot be kept, the atom's places
become the value's own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.cards import Smooth
from surefoot.program import Source
from surefoot.program.abstract import Dependent, Indices


@dataclass(frozen=True)
class Place:
    """A step at which the function may not be smooth.

    Attributes:
        primitive: the step's name in JAX.
        source: the user's line.
        kind: KINK, JUMP, BRANCH, or INSIDE for the edge of a domain.
        words: e.g. "abs at loss.py:3".
        where: where it happens, e.g. "where its argument is 0".
        flat: whether the slope is zero almost everywhere (floor, sign, comparisons).
    """

    primitive: str
    source: Source
    kind: Smooth
    words: str
    where: str = ""
    flat: bool = False


Places = tuple[Place, ...]


def union(groups: Iterable[Places]) -> Places:
    """All places once, in the order in which they were met."""
    return tuple(dict.fromkeys(place for group in groups for place in group))


@dataclass(frozen=True, eq=False)
class Atom:
    """The result of a step with corners, taken as one opaque array."""

    places: Places


@dataclass(frozen=True, eq=False)
class Share:
    """How a value refers to an atom: per element the atom's element and the factor."""

    element: Indices
    factor: NDArray[np.float64]

    def same_as(self, other: "Share") -> bool:
        """Whether both refer to the same elements of the atom."""
        return np.array_equal(self.element, other.element)


Shares = Mapping[Atom, Share]
NOTHING: Shares = {}


@dataclass(frozen=True, eq=False)
class Corner(Dependent):
    """What is known of the smoothness of an array that depends on x.

    Attributes:
        shape: the array's shape.
        places: where the base is not smooth.
        varies: whether x moves it along a way with a slope (not only through jumps).
        lower, upper: bounds on all elements; real numbers, not rounded outward.
        positive: whether all elements are > 0.
        terms: atoms that are added; factors: atoms in the exponent of a factor. Not both.
        square: places of the square of this value, where it is c·|v| or c·√v.
        compares: for a comparison: its primitive and its two arguments.
    """

    shape: tuple[int, ...]
    places: Places = ()
    varies: bool = True
    lower: float = -np.inf
    upper: float = np.inf
    positive: bool = False
    terms: Shares = field(default_factory=dict)
    factors: Shares = field(default_factory=dict)
    square: Places | None = None
    compares: tuple[str, Any, Any] | None = None

    @property
    def plain(self) -> bool:
        """Whether it refers to no atoms."""
        return not self.terms and not self.factors

    @property
    def nonneg(self) -> bool:
        """Whether all elements are ≥ 0."""
        return self.positive or self.lower >= 0

    @property
    def all_places(self) -> Places:
        """The places of the base and of all atoms."""
        atoms = [*self.terms, *self.factors]
        return union([self.places, *(atom.places for atom in atoms)])

    def realised(self) -> "Corner":
        """The same value with the atoms' places as its own."""
        return self if self.plain else replace(
            self, places=self.all_places, terms=NOTHING, factors=NOTHING
        )  # fmt: skip

    def _moved(self, shape: tuple[int, ...], move: Callable[[Any, Any], Any]) -> "Corner":
        def shares(old: Shares) -> Shares:
            return {
                atom: Share(move(share.element, -1), move(share.factor, 0.0))
                for atom, share in old.items()
            }

        return replace(
            self, shape=shape, terms=shares(self.terms), factors=shares(self.factors), compares=None
        )

    def take(self, where: Indices) -> "Corner":
        flat = np.ravel(where)

        def move(array: Any, missing: Any) -> Any:
            return np.where(flat >= 0, array[flat], missing) if len(array) else array[:0]

        return self._moved(tuple(where.shape), move)

    def reshaped(self, shape: tuple[int, ...]) -> "Corner":
        return replace(self, shape=shape)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Corner":
        parts = [of(value) for value in values]
        if any(part.factors for part in parts):
            parts = [part.realised() for part in parts]
        total = sum(part.size for part in parts)
        terms: dict[Atom, Share] = {}
        for atom in dict.fromkeys(atom for part in parts for atom in part.terms):
            pieces = [part.terms.get(atom) for part in parts]
            terms[atom] = Share(
                np.concatenate([
                    np.full(part.size, -1) if piece is None else piece.element
                    for part, piece in zip(parts, pieces, strict=True)
                ]),
                np.concatenate([
                    np.zeros(part.size) if piece is None else piece.factor
                    for part, piece in zip(parts, pieces, strict=True)
                ]),
            )  # fmt: skip
        return cls(
            (total,),
            places=union(part.places for part in parts),
            varies=any(part.varies for part in parts),
            lower=min(part.lower for part in parts),
            upper=max(part.upper for part in parts),
            positive=all(part.positive for part in parts),
            terms=terms,
        )


def of(value: Any) -> Corner:
    """A value as a Corner; constants are smooth and known."""
    if isinstance(value, Corner):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or not array.size:
        return Corner(array.shape, varies=False)
    low, high = float(np.min(array)), float(np.max(array))
    if np.isnan(low) or np.isnan(high):
        return Corner(array.shape, varies=False)
    return Corner(array.shape, varies=False, lower=low, upper=high, positive=low > 0)


def atom_of(
    shape: tuple[int, ...], places: Places, *, varies: bool, lower: float = -np.inf,
    upper: float = np.inf, positive: bool = False, square: Places | None = None,
) -> Corner:
    """The result of a step with corners: nothing but one new atom."""
    size = int(np.prod(shape, dtype=np.int64))
    share = Share(np.arange(size), np.ones(size))
    return Corner(
        shape, (), varies, lower, upper, positive, {Atom(places): share}, square=square
    )


def _exact_sum(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Whether a + b is not rounded: what cancels in float64 then cancels in truth."""
    total = a + b
    part = total - a
    return bool(np.all((a - (total - part)) + (b - part) == 0.0))


def exact_product(a: Any, b: Any) -> bool:
    """Whether a · b is not rounded (Dekker's product; factors are of ordinary size)."""
    first, second = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    with np.errstate(all="ignore"):
        halves: list[tuple[Any, Any]] = []
        for number in (first, second):
            wide = number * (2.0**27 + 1.0)
            head = wide - (wide - number)
            halves.append((head, number - head))
        (a1, a2), (b1, b2) = halves
        rest = ((a1 * b1 - first * second) + a1 * b2 + a2 * b1) + a2 * b2
        simple = np.isin(np.abs(first), (0.0, 1.0)) | np.isin(np.abs(second), (0.0, 1.0))
        return bool(np.all(simple | (rest == 0.0)))


def combined(one: Shares, two: Shares, sign: float) -> tuple[Shares, Places]:
    """one + sign · two, and the places of atoms that could not be kept."""
    result: dict[Atom, Share] = dict(one)
    lost: list[Places] = []
    for atom, share in two.items():
        moved = Share(share.element, sign * share.factor)
        known = result.get(atom)
        if known is None:
            result[atom] = moved
        elif known.same_as(moved) and _exact_sum(known.factor, moved.factor):
            total = known.factor + moved.factor
            if np.any(total):
                result[atom] = Share(known.element, total)
            else:
                del result[atom]
        else:
            del result[atom]
            lost.append(atom.places)
    return result, union(lost)


def summed(shares: Shares, groups: NDArray[np.int64]) -> tuple[Shares, Places]:
    """Shares after the rows of `groups` (results, members) are added up, where that is possible.

    All members of a group must refer to the same element of an atom, with the same factor.
    """
    kept: dict[Atom, Share] = {}
    lost: list[Places] = []
    for atom, share in shares.items():
        element, factor = share.element[groups], share.factor[groups]
        uniform = np.all(element == element[:, :1]) and np.all(factor == factor[:, :1])
        if uniform and groups.shape[1]:
            kept[atom] = Share(element[:, 0], factor[:, 0])
        else:
            lost.append(atom.places)
    return kept, union(lost)
