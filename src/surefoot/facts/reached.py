"""Which steps of a program may meet their corner, jump or edge on a box.

On a box a step is *decided* where it is shown to stay on one side: |u| with u ≥ 0 or u ≤ 0, floor
on one stair without touching the next, a comparison that has one answer, √u with u > 0. Boxes are
to overlap a little, so that a corner on the line between two of them is undecided in one. Only
steps that `smoothness` names are asked; the others cancel or are parts of library functions that
are smooth.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.facts.casts import cuts_off
from surefoot.facts.choice_maps import saturated
from surefoot.facts.corners import Place
from surefoot.facts.intervals.arithmetic import in_one_period
from surefoot.facts.intervals.choices import compare
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, of
from surefoot.facts.line import Bounded, Line, steps_on, tightened_steps
from surefoot.facts.switches import Smoothness, smoothness
from surefoot.program import Node, Program
from surefoot.program.abstract import depends, spread

Decided = Callable[..., Any]

FEW = 32
"""Parts: of more that stay open mean values are asked as well."""

COMPARISONS = frozenset(["lt", "le", "gt", "ge", "eq", "ne", "lt_to", "le_to", "eq_to"])
_CHOICES = frozenset(["select_n", "cond", "while", *COMPARISONS])
_CALLS = frozenset(["jit", "pjit", "custom_jvp_call", "custom_vjp_call"])


class Named:
    """The steps of a program that `smoothness` names.

    Attributes:
        known: what smoothness says. anything: whether any step is named.
    """

    def __init__(self, program: Program) -> None:
        self.known: Smoothness = smoothness(program)
        places = (*self.known.places, *self.known.edges)
        self.anything = bool(places)
        self._places = {(place.primitive, place.source): place for place in places}
        self._choices = [place for place in places if place.primitive in _CHOICES]
        self._calls = {p.source: p for p in places if p.primitive in _CALLS}

    def place(self, node: Node) -> Place | None:
        """The place that a step is, or that it belongs to; None where it is not named."""
        found = self._places.get((node.primitive, node.source))
        if found is None:
            found = self._calls.get(node.source)
        if found is not None or not self._choices:
            return found
        if node.primitive not in COMPARISONS and not _truncates(node):
            return None
        # The choice that the comparison makes is the place: one on the same line, else the first.
        line = (node.source.file, node.source.line)
        near = [p for p in self._choices if (p.source.file, p.source.line) == line]
        return (near or self._choices)[0]


def _truncates(node: Node) -> bool:
    return node.primitive == "convert_element_type" and np.dtype(
        node.params["new_dtype"]
    ).kind in "iub"  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reached:
    """A named step that is undecided on some of the boxes.

    Attributes:
        place: what smoothness says of it. node: the step.
        boxes: (boxes,) on which it is undecided.
        elements: how many of its elements are undecided on any box. total: how many it has.
    """

    place: Place
    node: Node
    boxes: Flags
    elements: int
    total: int


def reached(program: Program, named: Named, lower: Floats, upper: Floats) -> Iterator[Reached]:
    """The named steps that are undecided somewhere on boxes (boxes, n).

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    yield from _undecided(named, steps_on(program, lower, upper), lower, upper)


def open_parts(program: Program, named: Named, line: Line, lower: Floats, upper: Floats) -> Flags:
    """(parts,) of a line on which some named step is undecided.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    flags = np.zeros(len(lower), bool)
    for found in reached(program, named, *line.bounds(lower, upper)):
        flags |= found.boxes
    finite = np.isfinite(lower) & np.isfinite(upper)
    rows = np.flatnonzero(flags & finite)
    if len(rows) <= FEW:
        return flags
    low, high = lower[rows], upper[rows]
    steps = tightened_steps(program, line, low, high)
    if steps is not None:
        again = np.zeros(len(rows), bool)
        for found in _undecided(named, steps, low[:, None], high[:, None]):
            again |= found.boxes
        flags[rows] = again
    return flags


def _undecided(
    named: Named, steps: Iterator[Bounded], lower: Floats, upper: Floats
) -> Iterator[Reached]:
    count = len(lower)
    wide: Flags = np.asarray((upper > lower).any(axis=1))
    for step in steps:
        node = step.node
        rule = _RULES.get(node.primitive)
        if rule is None or not any(depends(value) for value in step.arguments):
            continue
        place = named.place(node)
        if place is None:
            continue
        with np.errstate(all="ignore"):
            decided = rule(node, step.results, wide, *step.arguments)
        open_still = ~np.broadcast_to(decided, (count, decided.shape[1]))
        boxes: Flags = np.asarray(open_still.any(axis=1))
        if boxes.any():
            some = int(open_still.any(axis=0).sum())
            yield Reached(place, node, boxes, some, open_still.shape[1])


# ── decided or not, (boxes, elements) ─────────────────────────────────────────────────────────


def _by_sign(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    value = of(a)
    return (value.lower >= 0.0) | (value.upper <= 0.0)


def _two(node: Node, a: Any, b: Any) -> tuple[Intervals, Intervals]:
    shape = np.broadcast_shapes(np.shape(a), np.shape(b))
    return of(spread(a, shape)), of(spread(b, shape))


def _extreme(node: Node, results: Any, wide: Flags, a: Any, b: Any) -> Any:
    one, two = _two(node, a, b)
    if a is b:
        return np.ones((1, one.size), bool)
    return (one.lower >= two.upper) | (two.lower >= one.upper)


def _answered(node: Node, results: Any, wide: Flags, a: Any, b: Any) -> Any:
    truth = compare(node, a, b)
    return truth.lower == truth.upper


def _clamped(node: Node, results: Any, wide: Flags, lowest: Any, a: Any, highest: Any) -> Any:
    shape = node.outputs[0].shape
    low, value, high = (of(spread(part, shape)) for part in (lowest, a, highest))
    inner = (value.lower >= low.upper) & (value.upper <= high.lower)
    below = (value.upper <= low.lower) & (low.upper <= high.lower)
    # The least of `high` and the rest, whatever the order of the two ends.
    return inner | below | (value.lower >= high.upper) | (low.lower >= high.upper)


def _on_stair(number: Callable[[Any], Any]) -> Decided:
    """number: the stair of a number; what only touches the next one is undecided."""

    def decided(node: Node, results: Any, wide: Flags, a: Any) -> Any:
        value = of(a)
        return number(value.lower) == number(value.upper)

    return decided


def _converted(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    value = of(a)
    if not cuts_off(node):
        return np.ones((1, value.size), bool)
    if np.dtype(node.params["new_dtype"]).kind == "b":
        return (value.lower > 0.0) | (value.upper < 0.0) | (value.lower == value.upper)
    number = saturated(np.dtype(node.params["new_dtype"]))
    return number(value.lower) == number(value.upper)


def _period(node: Node, results: Any, wide: Flags, a: Any, b: Any) -> Any:
    one, two = _two(node, a, b)
    if not two.exact:
        return np.zeros((1, one.size), bool)
    return in_one_period(one, two)[2]


def _groups(shape: tuple[int, ...], axes: Any) -> Any:
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    order = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    moved = order.transpose([*kept, *axes])
    return moved.reshape(int(np.prod([shape[axis] for axis in kept], dtype=np.int64)), -1)


def _led(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    value = of(a)
    largest = node.primitive in ("reduce_max", "argmax")
    low, high = (value.lower, value.upper) if largest else (-value.upper, -value.lower)
    groups = _groups(value.shape, [int(axis) for axis in node.params["axes"]])
    low, high = low[:, groups], high[:, groups]
    first = np.argmax(low, axis=2)[:, :, None]
    others = high.copy()
    np.put_along_axis(others, first, -np.inf, axis=2)
    leader, rivals = np.take_along_axis(low, first, 2)[:, :, 0], others.max(axis=2, initial=-np.inf)
    # Where two only touch, the largest value does not jump, but its place may.
    return leader > rivals if node.primitive.startswith("arg") else leader >= rivals


def _in_order(node: Node, results: Any, wide: Flags, a: Any, *more: Any) -> Any:
    value = of(a)
    axis = int(node.params.get("dimension", node.params.get("axis", -1)))
    places = np.moveaxis(np.arange(value.size).reshape(value.shape), axis, -1)
    rows = places.reshape(-1, value.shape[axis])
    low, high = value.lower[:, rows], value.upper[:, rows]
    order = np.argsort(low + high, axis=2, kind="stable")
    low, high = np.take_along_axis(low, order, 2), np.take_along_axis(high, order, 2)
    return (high[:, :, :-1] <= low[:, :, 1:]).all(axis=2)


def _leads(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    value = of(a)
    axis = int(node.params["axis"])
    rows = np.moveaxis(np.arange(value.size).reshape(value.shape), axis, 0)
    rows = rows[:: -1 if node.params["reverse"] else 1].reshape(rows.shape[0], -1)
    largest = node.primitive == "cummax"
    low, high = (value.lower, value.upper) if largest else (-value.upper, -value.lower)
    low, high = low[:, rows], high[:, rows]
    floor, ceiling = np.maximum.accumulate(low, axis=1), np.maximum.accumulate(high, axis=1)
    known = (low[:, 1:] >= ceiling[:, :-1]) | (high[:, 1:] <= floor[:, :-1])
    return known.reshape(len(known), -1) if known.size else np.ones((1, 1), bool)


def _above(level: float) -> Decided:
    def decided(node: Node, results: Any, wide: Flags, a: Any) -> Any:
        value = of(a)
        # What is 0 all over a box has a root that is 0 all over it.
        still = (value.lower == level) & (value.upper == level) & wide[:, None]
        # Where there is no value all over there is nothing to be smooth.
        return (value.lower > level) | (value.upper < level) | (still & (node.primitive == "sqrt"))

    return decided


def _inner(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    value = of(a)
    inner = (value.lower > -1.0) & (value.upper < 1.0)
    return inner | (value.lower > 1.0) | (value.upper < -1.0)


def _off_zero(value: Intervals) -> Any:
    return (value.lower > 0.0) | (value.upper < 0.0)


def _power(node: Node, results: Any, wide: Flags, a: Any, b: Any) -> Any:
    shape = node.outputs[0].shape
    base = of(spread(a, shape))
    if depends(b):
        return (base.lower > 0.0) | (base.upper < 0.0)
    known = np.ravel(spread(np.asarray(b), shape))
    whole = known == np.trunc(known)
    return (base.lower > 0.0) | (base.upper < 0.0) | (whole & (known >= 0.0))


def _finite(node: Node, results: Any, wide: Flags, a: Any) -> Any:
    made = of(results[0])
    return np.isfinite(made.lower) & np.isfinite(made.upper)


def _angle(node: Node, results: Any, wide: Flags, a: Any, b: Any) -> Any:
    one, two = _two(node, a, b)
    return _off_zero(one) | (two.lower > 0.0)


_RULES: dict[str, Decided] = {
    "abs": _by_sign, **dict.fromkeys(["max", "min"], _extreme),
    **dict.fromkeys(COMPARISONS, _answered), "clamp": _clamped,
    "floor": _on_stair(np.floor), "ceil": _on_stair(np.ceil), "round": _on_stair(np.rint),
    "sign": _on_stair(np.sign),
    "convert_element_type": _converted, "rem": _period,
    **dict.fromkeys(["reduce_max", "reduce_min", "argmax", "argmin"], _led),
    **dict.fromkeys(["sort", "top_k"], _in_order), **dict.fromkeys(["cummax", "cummin"], _leads),
    **dict.fromkeys(["sqrt", "rsqrt", "log"], _above(0.0)), "log1p": _above(-1.0),
    "acosh": _above(1.0), **dict.fromkeys(["asin", "acos", "atanh"], _inner),
    "cbrt": lambda node, results, wide, a: _off_zero(of(a)),
    "div": lambda node, results, wide, a, b: _off_zero(_two(node, a, b)[1]),
    "integer_pow": lambda node, results, wide, a: _off_zero(of(a)) | (node.params["y"] >= 0),
    "pow": _power, "tan": _finite, "atan2": _angle,
}  # fmt: skip
