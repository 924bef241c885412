"""What the curvature table knows of an array: a linear normal form over opaque numbers.

    element i  =  offset_i + Σ_terms factor_{t,i} · atom_t[index_{t,i}]

An atom is an array that is not looked into: the argument, or what a step that is not linear makes.
It is told by its recipe, so that x² written twice is one atom: 2x² − x² is x², and the maximum that
`logsumexp` takes away before the exponentials and adds again after the logarithm cancels.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from surefoot.facts.curvature.pieces import Pieces, is_convex
from surefoot.facts.curvature.terms import (
    Atom,
    Key,
    Term,
    finite,
    key_of,
    minus,
    product_ends,
    sums,
    taken,
    tidy,
)
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals
from surefoot.facts.intervals.intervals import of as interval
from surefoot.program import Node
from surefoot.program.abstract import Dependent, Indices

_SERIAL = count()


class Form(Dependent):
    """An array in linear normal form.

    Attributes:
        terms: the terms. low, high: (size,) bounds of the offsets.
        bounds: what the elements lie between over the box.
        pieces: the array as one piecewise polynomial of an affine array, where it is that.
        base: that array. sides: the forms whose sum it is, where they have no atom in common.
        node: the step that made it.
        holes: whether it is made with a step whose domain may have holes, a term that is gone
            since included. Nothing bends one way on a set that is not convex.
        recipe: what names it where its numbers are rounded, and do not.
    """

    def __init__(
        self, shape: tuple[int, ...], terms: tuple[Term, ...], low: Floats, high: Floats,
        bounds: Intervals, pieces: Pieces | None = None, base: "Form | None" = None,
        recipe: Callable[[], Key] | None = None,
    ) -> None:  # fmt: skip
        self.recipe = recipe
        self.sides: tuple[Form, Form] | None = None
        self.node: Node | None = None
        self.holes = False
        self.shape = shape
        self.terms = terms
        self.low = low
        self.high = high
        self.bounds = bounds
        self.pieces = pieces
        self.base = base

    # ── elements ───────────────────────────────────────────────────────────────────────────────

    def take(self, where: Indices) -> "Form":
        flat = np.ravel(where)
        gone = flat < 0
        whole = not gone.any()
        low, high = taken(self.low, self.high, flat)
        terms = tidy(term.at(flat) for term in self.terms)
        base = None if self.base is None or not whole else self.base.take(where)
        pieces = self.pieces if whole else None
        bounds = self.bounds.take(where)

        def recipe() -> Key:
            return key_of("take", where.shape, flat.tobytes(), self.key)

        made = Form(where.shape, terms, low, high, bounds, pieces, base, recipe)
        made.holes = self.holes
        return made

    def reshaped(self, shape: tuple[int, ...]) -> "Form":
        base = None if self.base is None else self.base.reshaped(shape)
        bounds = self.bounds.reshaped(shape)

        def recipe() -> Key:
            return key_of("reshaped", shape, self.key)

        made = Form(shape, self.terms, self.low, self.high, bounds, self.pieces, base, recipe)
        made.holes = self.holes
        return made

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Form":
        parts = [of(value) for value in values]
        total = sum(part.size for part in parts)
        terms: list[Term] = []
        start = 0
        for part in parts:
            end = start + part.size
            for term in part.terms:
                index = np.zeros(total, np.int64)
                low, high = np.zeros(total), np.zeros(total)
                index[start:end], low[start:end], high[start:end] = term.index, term.low, term.high
                terms.append(Term(term.atom, index, low, high))
            start = end
        bounds = Intervals.join([part.bounds for part in parts])
        low, high = (np.concatenate([getattr(part, side) for part in parts])
                     for side in ("low", "high"))  # fmt: skip
        made = cls((total,), tidy(terms), low, high, bounds)
        made.holes = any(part.holes for part in parts)
        return made

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The names of its atoms."""
        return frozenset(term.atom.key for term in self.terms)

    # ── what is known of it ────────────────────────────────────────────────────────────────────

    @cached_property
    def key(self) -> Key:
        """Its name: forms with the same one are equal, as functions."""
        exact = np.array_equal(self.low, self.high)
        exact &= all(np.array_equal(term.low, term.high) for term in self.terms)
        if not exact:
            # Numbers that are rounded name nothing: two forms with the same bounds may differ.
            return self.recipe() if self.recipe else key_of("form", next(_SERIAL))
        sorted_terms = sorted(
            (t.atom.key, t.index.tobytes(), t.low.tobytes(), t.high.tobytes()) for t in self.terms
        )
        parts = [part for term in sorted_terms for part in term]
        return key_of(self.shape, self.low.tobytes(), *parts)

    @cached_property
    def convex(self) -> Flags:
        """(size,) whether each element is shown to be convex in the argument."""
        return self._shown(up=True)

    @cached_property
    def concave(self) -> Flags:
        """(size,) whether each element is shown to be concave."""
        return self._shown(up=False)

    def _shown(self, *, up: bool) -> Flags:
        bends = self._bends(up=up)
        return bends if bool(bends.all()) else bends | self._by_pieces(up=up)

    def _by_pieces(self, *, up: bool) -> bool:
        if self.pieces is None or self.base is None or not self.size:
            return False
        ends = self.base.bounds
        return is_convex(
            self.pieces, float(ends.lower.min()), float(ends.upper.max()), up=up
        )

    @property
    def shown_by_pieces(self) -> bool:
        """Whether its pieces show more than its terms."""
        return any(
            not bool(self._bends(up=up).all()) and self._by_pieces(up=up) for up in (True, False)
        )

    def _bends(self, *, up: bool) -> Flags:
        if self.sides is not None:
            # No term of one side meets one of the other: each bends as it does alone.
            one, two = self.sides
            return (one.convex & two.convex) if up else (one.concave & two.concave)
        good = finite(self.low, self.high)
        for term in self.terms:
            atom = term.atom
            if atom.all_affine:
                good = good & finite(term.low, term.high)
                continue
            same, turned = (atom.convex, atom.concave) if up else (atom.concave, atom.convex)
            i = term.index
            fits = (term.low >= 0.0) & same[i] | (term.high <= 0.0) & turned[i] | atom.affine[i]
            if not fits.all():
                fits = fits | ~term.there
            good = good & finite(term.low, term.high) & fits
        return good

    @cached_property
    def affine(self) -> Flags:
        """(size,) whether each element is affine."""
        return self.convex & self.concave

    @property
    def is_constant(self) -> bool:
        """Whether it does not depend on the argument at all, not even in having a value."""
        return not self.terms and self.bounds.inside is None

    def _all(self, flag: str) -> Flags:
        """(size,) whether it is a sum, with factors ≥ 0, of atoms that have a flag."""
        good = self.low >= 0.0
        for term in self.terms:
            holds = getattr(term.atom, flag)[term.index]
            good = good & ((term.low >= 0.0) & holds | ~term.there)
        return good

    @cached_property
    def log_convex(self) -> Flags:
        """Sums of log-convex functions are."""
        return self._all("log_convex")

    @cached_property
    def log_concave(self) -> Flags:
        """A multiple of a log-concave function, or a concave function that is ≥ 0 throughout."""
        nonneg = self.bounds.lower[0] >= 0.0
        found = (self.concave & nonneg) | self.is_determinant
        term = self.only
        if term is not None:
            zero = (self.low == 0.0) & (self.high == 0.0)
            found = found | zero & (term.low > 0.0) & term.atom.log_concave[term.index]
        return found

    @cached_property
    def is_determinant(self) -> Flags:
        """(size,) whether it is ac − Σ bᵢ² − k: a, c ≥ 0 affine, bᵢ affine or convex ≥ 0, k ≥ 0.

        Where it is > 0, log(ac − Σb²) = log a + log(c − Σb²/a): a, and c minus a convex function,
        are concave. Of a symmetric matrix of two rows it is the determinant.
        """
        good = self.high <= 0.0
        found = np.zeros(self.size, bool)
        for term in self.terms:
            atom, i = term.atom, term.index
            product = np.zeros(atom.size, bool)
            if atom.name == "product":
                product = np.logical_and.reduce(
                    [part.affine & (part.bounds.lower[0] >= 0.0) for part in atom.parts]
                )
            is_product = product[i] & (term.low > 0.0) & ~found
            is_square = (atom.power[i] == 2.0) & (term.high <= 0.0)
            found = found | is_product
            good = good & (is_product | is_square | ~term.there)
        return good & found

    def root_of(self, power: float) -> Flags:
        """(size,) whether f^(1/p) is convex: f a sum of p-th powers of convex functions ≥ 0.

        A norm ‖(g₁, g₂, …)‖ₚ grows with each gᵢ ≥ 0, so that convex gᵢ make it convex.
        """
        good = self.low >= 0.0
        for term in self.terms:
            i = term.index
            holds = (term.low >= 0.0) & (term.atom.power[i] == power)
            good = good & (holds | ~term.there)
        return good

    @property
    def powers(self) -> list[float]:
        """The exponents p with which its atoms are powers."""
        found = {float(p) for term in self.terms for p in np.unique(term.atom.power)}
        return sorted(found - {0.0})

    @property
    def only(self) -> Term | None:
        """The term, where there is one."""
        return self.terms[0] if len(self.terms) == 1 else None

    @property
    def multiple(self) -> Term | None:
        """The term, where there is one and no offset."""
        return None if self.low.any() or self.high.any() else self.only

    @property
    def bare(self) -> Term | None:
        """The atom that it is, as it stands: one term, of factor 1, and no offset."""
        term = self.multiple
        if term is None:
            return None
        return term if bool(((term.low == 1.0) & (term.high == 1.0)).all()) else None

    # ── linear steps ───────────────────────────────────────────────────────────────────────────

    def plus(self, other: "Form", bounds: Intervals, sign: int = 1) -> "Form":
        """The sum or the difference."""
        second = other if sign > 0 else other.negated(_minus(other.bounds))
        low, high = sums(self.low, self.high, second.low, second.high)
        shared = self.keys & second.keys
        if not shared:
            made = Form(self.shape, self.terms + second.terms, low, high, bounds)
            made.keys = self.keys | second.keys
            made.sides = (self, second)
            return made
        alone = [t for t in self.terms + second.terms if t.atom.key not in shared]
        met = tidy(t for t in self.terms + second.terms if t.atom.key in shared)
        return Form(self.shape, (*alone, *met), low, high, bounds)

    def negated(self, bounds: Intervals) -> "Form":
        """With the other sign."""
        terms = tuple(Term(t.atom, t.index, *minus(t.low, t.high)) for t in self.terms)
        return Form(self.shape, terms, *minus(self.low, self.high), bounds)

    def times(self, low: Floats, high: Floats, bounds: Intervals) -> "Form":
        """Each element times a constant between bounds (size,)."""
        terms = tidy(
            Term(t.atom, t.index, *product_ends(t.low, t.high, low, high)) for t in self.terms
        )
        ends = product_ends(self.low, self.high, low, high)
        return Form(self.shape, terms, *ends, bounds)


def _minus(bounds: Intervals) -> Intervals:
    return Intervals(bounds.shape, -bounds.upper, -bounds.lower, bounds.inside)


def of(value: Any) -> Form:
    """A value as a form; a constant has no terms."""
    if isinstance(value, Form):
        return value
    return constant(interval(value))


def constant(bounds: Intervals) -> Form:
    """A number that does not depend on the argument, known by its bounds."""
    low = bounds.lower[0]
    high = low if bounds.upper is bounds.lower else bounds.upper[0]
    return Form(bounds.shape, (), low, high, bounds)


def atom_form(atom: Atom, shape: tuple[int, ...], bounds: Intervals) -> Form:
    """An atom as it stands."""
    ones, zeros = np.ones(atom.size), np.zeros(atom.size)
    term = Term(atom, np.arange(atom.size), ones, ones)
    return Form(shape, (term,), zeros, zeros, bounds)
