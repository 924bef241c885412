"""Numbers that are not looked into, and what stands before them.

Factors are intervals rounded outward: a sign that is read off one is the real one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.compensated import two_product
from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.facts.intervals.rounding import above, add_down, add_up, below, rounding
from surefoot.program import Node
from surefoot.program.abstract import Indices

if TYPE_CHECKING:
    from surefoot.facts.curvature.forms import Form

Key = bytes


def key_of(*parts: Any) -> Key:
    """A name for a recipe: equal parts, equal name."""
    made = blake2b(digest_size=16)
    for part in parts:
        made.update(part if isinstance(part, bytes) else repr(part).encode())
        made.update(b"|")
    return made.digest()


@dataclass(frozen=True, eq=False)
class Atom:
    """An array that is not looked into.

    Attributes:
        key: its recipe. size: how many elements it has.
        convex, concave: (size,) what is shown of each element as a function of the argument.
        power: p where an element is the p-th power of a convex function that is ≥ 0, else 0.
        log_convex, log_concave: (size,) whether its logarithm is, where it is positive.
        node: the step that makes it; None for the argument. words: why it is what it is.
        parts: the forms it is made of. name: of the function that makes it.
        step: of a sum, how it adds; of log Σ exp, which exponents go into each element.
        exponent: of a power.
        weight: Σ aᵢ where it is Π gᵢ^aᵢ of concave gᵢ ≥ 0 (`geometric`), else None.
    """

    key: Key
    size: int
    convex: Flags
    concave: Flags
    power: Floats
    log_convex: Flags
    log_concave: Flags
    node: Node | None
    words: str
    parts: tuple["Form", ...] = ()
    name: str = ""
    step: Any = None
    exponent: float = 0.0
    weight: Any = None

    @cached_property
    def affine(self) -> Flags:
        """Both."""
        return self.convex & self.concave

    @cached_property
    def all_affine(self) -> bool:
        """Whether every element is, as those of the argument are."""
        return bool(self.affine.all())


@dataclass(frozen=True, eq=False)
class Term:
    """factor_i · atom[index_i]; a factor of exactly 0 says that the term is not there."""

    atom: Atom
    index: Indices
    low: Floats
    high: Floats

    @property
    def there(self) -> Flags:
        """(size,) where the factor may differ from 0."""
        first = self.low != 0.0
        return first if self.high is self.low else first | (self.high != 0.0)

    def at(self, where: Indices) -> "Term":
        """The elements at positions; −1 stands for a number that is not known."""
        return Term(self.atom, self.index[where], *taken(self.low, self.high, where))


# Ends of intervals; of exact numbers they are one array, so that this is seen at a glance.


def taken(low: Floats, high: Floats, where: Indices) -> tuple[Floats, Floats]:
    """The ends at positions; −1 stands for a number that is not known."""
    gone = where < 0
    if gone.any():
        return np.where(gone, -np.inf, low[where]), np.where(gone, np.inf, high[where])
    first = low[where]
    return first, first if high is low else high[where]


def finite(low: Floats, high: Floats) -> Flags:
    """Whether both ends are."""
    first = np.isfinite(low)
    return first if high is low else first & np.isfinite(high)


def minus(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The ends of −[low, high]."""
    first = -high
    return first, first if high is low else -low


def sums(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """The ends of [a, b] + [c, d], exact where float64 holds them."""
    if b is a and d is c:
        total = a + c
        if not rounding(a, c, total).any():
            return total, total
    return add_down(a, c), add_up(b, d)


def product_ends(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """The ends of [a, b] · [c, d], exact where float64 holds them."""
    one, two = ((a,) if a is b else (a, b)), ((c,) if c is d else (c, d))
    lows, highs = zip(*(_product(x, y) for x in one for y in two), strict=True)
    if len(lows) == 1:
        low, high = lows[0], highs[0]
        return (low, low) if low is high or np.array_equal(low, high) else (low, high)
    return np.minimum.reduce(lows), np.maximum.reduce(highs)


_TINY = 2.0**-900


def _product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    value, lost = two_product(a, b)
    if not lost.any() and bool((np.abs(value) >= _TINY).all()):
        return value, value
    nothing = (a == 0.0) | (b == 0.0)
    unsure = ~np.isfinite(lost) | (np.abs(value) < _TINY)
    low = np.where(unsure | (lost < 0.0), below(value), value)
    high = np.where(unsure | (lost > 0.0), above(value), value)
    return np.where(nothing, 0.0, low), np.where(nothing, 0.0, high)


def tidy(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Terms of one atom are added where they can be; what is 0 is left out."""
    kept: dict[Key, list[Term]] = {}
    for term in terms:
        there = term.there
        if not there.any():
            continue
        group = kept.setdefault(term.atom.key, [])
        for place, other in enumerate(group):
            shared = there & other.there
            if not shared.any() or bool((term.index == other.index)[shared].all()):
                group[place] = _added(other, term)
                break
        else:
            group.append(term)
    return tuple(t for group in kept.values() for t in group if t.there.any())


def _added(one: Term, two: Term) -> Term:
    index: NDArray[np.int64] = np.where(one.there, one.index, two.index)
    return Term(one.atom, index, *sums(one.low, one.high, two.low, two.high))
