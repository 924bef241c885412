"""Linear steps: sums, products with constant arrays, running sums.

    Σⱼ Mᵢⱼ fⱼ is convex if every fⱼ with Mᵢⱼ > 0 is convex and every one with Mᵢⱼ < 0 concave.

Each term of the form goes through the step on its own, so that a factor common to all its elements
stands before the result: Σ 2aᵢ − Σ aᵢ is Σ aᵢ.
"""

from typing import Any

import numpy as np

from surefoot.facts.curvature.atoms import recipe_of
from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.terms import Atom, Term, key_of, tidy
from surefoot.facts.intervals import RULES
from surefoot.facts.intervals.intervals import Flags, Intervals
from surefoot.facts.intervals.intervals import of as interval
from surefoot.facts.intervals.reductions import summed
from surefoot.facts.intervals.rounding import above, below
from surefoot.program import Node
from surefoot.program.numpy_rules import NUMPY_RULES

Numbers = Any
_MOST_CELLS = 4_000_000


class Linear:
    """One linear step: f ↦ M f, where M is given by running the step itself."""

    def __init__(
        self, node: Node, arguments: tuple[Any, ...], place: int, names: tuple[Any, ...],
        bounded: tuple[Any, ...],
    ) -> None:  # fmt: skip
        self.node = node
        # Numbers with the signs of the constants, and their bounds: a rounded one is no number.
        self.arguments = arguments
        self.bounded = bounded
        self.place = place
        self.name = recipe_of(node, names)

    def _run(self, values: Numbers, *, how: Any) -> Numbers:
        arguments = [how(a) if k != self.place and k in self._factors else a
                     for k, a in enumerate(self.arguments)]  # fmt: skip
        arguments[self.place] = values
        return np.ravel(NUMPY_RULES[self.node.primitive](self.node, *arguments))

    @property
    def _factors(self) -> tuple[int, ...]:
        """Which arguments multiply."""
        return (0, 1) if self.node.primitive == "dot_general" else ()

    def met(self, flags: Flags, sign: int) -> Flags:
        """(results,) whether a flagged element goes in with a factor of that sign."""
        shape = self.arguments[self.place].shape
        if not flags.any():
            return np.zeros(self._size, bool)

        def part(factor: Any) -> Any:
            array = np.asarray(factor, float)
            return np.where(array * sign > 0.0, 1.0, 0.0)

        if sign < 0 and not self._factors:
            return np.zeros(self._size, bool)
        return self._run(flags.astype(float).reshape(shape), how=part) > 0.0

    @property
    def _size(self) -> int:
        return int(np.prod(self.node.outputs[0].shape, dtype=np.int64))

    def applied(self, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
        """M times columns: bounds (n, size) → (n, results)."""
        found = self._ruled(Intervals(self.arguments[self.place].shape, lower, upper))
        return found.lower, found.upper

    def _ruled(self, values: Intervals) -> Intervals:
        """M times bounds of elements."""
        given = [values if k == self.place else a for k, a in enumerate(self.bounded)]
        return RULES[self.node.primitive](self.node, *given)

    def weights(self, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers] | None:
        """Mᵀ w: how much each element counts, from how much each result does."""
        shape = self.arguments[self.place].shape
        if self.node.primitive == "reduce_sum":
            groups = groups_of(self.node, shape)
            low, high = np.zeros(groups.size), np.zeros(groups.size)
            low[groups], high[groups] = lower[:, None], upper[:, None]
            return low, high
        if self.node.primitive != "dot_general":
            return None
        (contract_a, contract_b), (batch_a, batch_b) = self.node.params["dimension_numbers"]
        left = cells(self.arguments[0].shape, batch_a, contract_a)
        right = cells(self.arguments[1].shape, batch_b, contract_b)
        own, other = (left, right) if self.place == 0 else (right, left)
        results = (left.shape[0], left.shape[1], right.shape[1])
        if own.size * other.shape[1] > _MOST_CELLS:
            return None
        constant = interval(self.bounded[1 - self.place])
        factors = [side[0][other] for side in (constant.lower, constant.upper)]
        turned = [side.reshape(results) for side in (lower, upper)]
        if self.place == 1:
            turned = [side.swapaxes(1, 2) for side in turned]
        # (batch, own free, other free, 1) · (batch, 1, other free, contracted)
        ends = [side[:, :, :, None] * f[:, None, :, :] for side in turned for f in factors]
        low, high = below(np.minimum.reduce(ends)), above(np.maximum.reduce(ends))
        low, high = summed(low, high, low.shape[2], lambda part: part.sum(axis=2))
        made = np.zeros(own.size), np.zeros(own.size)
        made[0][own], made[1][own] = low, high
        return made

    def __call__(self, form: Form, bounds: Intervals) -> Form:
        """M f."""
        shape = self.node.outputs[0].shape
        terms = [self._of_term(term, form) for term in form.terms]
        low, high = self._offset(form)
        whole = key_of("linear", self.name, form.key)
        return Form(shape, tidy(terms), low, high, bounds, recipe=lambda: whole)

    def _offset(self, form: Form) -> tuple[Any, Any]:
        if not (form.low.any() or form.high.any()):
            return np.zeros(self._size), np.zeros(self._size)
        found = self._ruled(Intervals(form.shape, form.low[None], form.high[None]))
        return found.lower[0], found.upper[0]

    def _of_term(self, term: Term, form: Form) -> Term:
        atom, i = term.atom, term.index
        uniform = bool(
            (term.low == term.low[0]).all() and (term.high == term.high[0]).all()
        ) and bool(term.low[0] == term.high[0])
        factor = float(term.low[0]) if uniform else 1.0
        size = self._size
        low, high = (np.zeros(0), np.zeros(0)) if uniform else (term.low, term.high)
        key = key_of("linear", self.name, form.shape, atom.key, i.tobytes(), low.tobytes(),
                     high.tobytes(), term.there.tobytes())  # fmt: skip
        there = term.there
        rises = there if uniform else there & (term.low >= 0.0)
        falls = np.zeros_like(rises) if uniform else there & (term.high <= 0.0) & ~rises
        unsure = there & ~rises & ~falls
        affine = atom.affine[i]
        bad_up = ((rises & ~atom.convex[i]) | (falls & ~atom.concave[i]) | unsure) & ~affine
        bad_down = ((rises & ~atom.concave[i]) | (falls & ~atom.convex[i]) | unsure) & ~affine
        unbounded = there & ~(np.isfinite(term.low) & np.isfinite(term.high))
        bad_up, bad_down = bad_up | unbounded, bad_down | unbounded
        convex = ~(self.met(bad_up, 1) | self.met(bad_down, -1))
        concave = ~(self.met(bad_down, 1) | self.met(bad_up, -1))

        def all_of(flags: Flags) -> Flags:
            """Where only flagged elements go in, with factors ≥ 0."""
            wrong = there & ~(flags[i] & rises)
            return ~(self.met(wrong, 1) | self.met(wrong, -1) | self.met(there & rises, -1))

        power = np.zeros(size)
        for p in np.unique(atom.power):
            if p > 0.0:
                power = np.where(all_of(atom.power == p), p, power)
        # A common factor stands before the result, and not inside.
        ones, zeros = np.where(there, 1.0, 0.0), np.zeros(form.size)
        inner = Term(atom, i, ones, ones) if uniform else term
        part = Form(form.shape, (inner,), zeros, zeros, form.bounds)
        new = Atom(
            key, size, convex, concave, power, all_of(atom.log_convex), np.zeros(size, bool),
            self.node, "a sum with constant factors", (part,), "linear", self,
        )  # fmt: skip
        numbers = np.full(size, factor)
        return Term(new, np.arange(size), numbers, numbers)


def groups_of(node: Node, shape: tuple[int, ...]) -> Any:
    """(sums, members) which elements each sum of a `reduce_sum` adds."""
    axes = tuple(node.params["axes"])
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    order = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    return order.transpose([*kept, *axes]).reshape(
        int(np.prod([shape[k] for k in kept], dtype=np.int64)), -1
    )


def cells(shape: tuple[int, ...], batch: Any, contract: Any) -> Any:
    """(batch, free, contracted) positions of the elements of one side of a `dot_general`."""
    free = [k for k in range(len(shape)) if k not in batch and k not in contract]
    order = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    sizes = [int(np.prod([shape[k] for k in part], dtype=np.int64))
             for part in (batch, free, contract)]  # fmt: skip
    return order.transpose([*batch, *free, *contract]).reshape(sizes)


class _LastAxis(Linear):
    """Σ over the last axis of (…, members), as the end of a product of two arrays that vary."""

    def _run(self, values: Numbers, *, how: Any) -> Numbers:
        return np.asarray(values).sum(axis=-1).ravel()

    @property
    def _factors(self) -> tuple[int, ...]:
        return ()

    def applied(self, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
        shape = self.arguments[0].shape
        low, high = (side.reshape(len(side), -1, shape[-1]) for side in (lower, upper))
        return summed(low, high, shape[-1], lambda part: part.sum(axis=-1))

    def weights(self, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
        members = self.arguments[0].shape[-1]
        return np.repeat(lower, members), np.repeat(upper, members)

    def _offset(self, form: Form) -> tuple[Any, Any]:
        members = form.shape[-1]
        low, high = (side.reshape(-1, members) for side in (form.low, form.high))
        return summed(low, high, members, lambda part: part.sum(axis=-1))


def add_up(node: Node, form: Form, bounds: Intervals) -> Form:
    """Σ over the last axis, in the shape of the step's result."""
    return _LastAxis(node, (form,), 0, (b"last axis",), (form,))(form, bounds)


def linear(node: Node, bounds: Intervals, *arguments: Any) -> Form | None:
    """A step that is linear in the one argument that depends on x; None where it is not."""
    varying = [k for k, a in enumerate(arguments) if not _is_constant(a)]
    if len(varying) != 1:
        return None
    place = varying[0]
    form = arguments[place]
    numbers = [_signed(a) for a in arguments]
    if any(part is None for k, part in enumerate(numbers) if k != place):
        return None
    numbers[place] = form
    names = tuple(b"" if k == place else a for k, a in enumerate(arguments))
    bounded = tuple(a.bounds if isinstance(a, Form) else a for a in arguments)
    return Linear(node, tuple(numbers), place, names, bounded)(form, bounds)


def _is_constant(value: Any) -> bool:
    return not isinstance(value, Form) or value.is_constant


def _signed(value: Any) -> Any:
    """Numbers with the signs of a constant; None where a sign is not known."""
    if not isinstance(value, Form):
        return value
    low, high = value.bounds.lower[0], value.bounds.upper[0]
    if bool(((low < 0.0) & (high > 0.0)).any()):
        return None
    return np.where(low >= 0.0, high, low).reshape(value.shape)
