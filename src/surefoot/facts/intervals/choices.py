"""Interval rules for comparisons, choices and jumps.

A comparison is an interval too: [1, 1] where it holds all over the box, [0, 0] where nowhere,
[0, 1] where the box is too wide to tell. A choice that is not decided is the hull of its cases.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import pair
from surefoot.facts.intervals.intervals import Flags, Intervals, both, hull, of
from surefoot.program import Node
from surefoot.program.abstract import spread
from surefoot.program.numpy_rules import NUMPY_RULES


def _truth(shape: tuple[int, ...], surely: Flags, maybe: Flags, inside: Flags | None) -> Intervals:
    lower = surely.astype(np.float64)
    upper = lower if np.array_equal(surely, maybe) else maybe.astype(np.float64)
    return Intervals(shape, lower, upper, inside)


def _less(one: Intervals, two: Intervals) -> tuple[Flags, Flags]:
    return one.upper < two.lower, one.lower < two.upper


def _at_most(one: Intervals, two: Intervals) -> tuple[Flags, Flags]:
    return one.upper <= two.lower, one.lower <= two.upper


def _equal(one: Intervals, two: Intervals) -> tuple[Flags, Flags]:
    surely = (one.lower == two.upper) & (one.upper == two.lower)
    return surely, (one.lower <= two.upper) & (two.lower <= one.upper)


def _before(one: Intervals, two: Intervals) -> tuple[Flags, Flags]:
    """In the total order −0 comes before 0; as real numbers they are one: a tie decides nothing."""
    return one.upper < two.lower, one.lower <= two.upper


def _alike(one: Intervals, two: Intervals) -> tuple[Flags, Flags]:
    surely, maybe = _equal(one, two)
    return surely & (one.lower != 0.0), maybe


_ORDERS: dict[str, Callable[[Intervals, Intervals], tuple[Flags, Flags]]] = {
    "lt": _less, "le": _at_most, "eq": _equal, "lt_to": _before, "le_to": _before, "eq_to": _alike,
    "gt": lambda a, b: _less(b, a), "ge": lambda a, b: _at_most(b, a),
}  # fmt: skip


def compare(node: Node, a: Any, b: Any) -> Intervals:
    """a < b and its kin."""
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        # A test for NaN.
        answer = np.full((1, of(a).size), name in ("eq", "le", "ge", "eq_to", "le_to"))
        return _with_nan(name, shape, answer, answer, _no_overflow(of(a)))
    one, two = pair(node, a, b)
    if name == "ne":
        surely, maybe = _equal(one, two)
        return _with_nan(name, shape, ~maybe, ~surely, both(one, two))
    surely, maybe = _ORDERS[name](one, two)
    return _with_nan(name, shape, surely, maybe, both(one, two))


def _with_nan(
    name: str, shape: tuple[int, ...], surely: Flags, maybe: Flags, inside: Flags | None
) -> Intervals:
    """A comparison has an answer also where what it compares has no value: NaN differs from all."""
    if inside is None:
        return _truth(shape, surely, maybe, None)
    if name == "ne":
        return _truth(shape, surely, maybe | ~inside, None)
    in_total_order = name in ("lt_to", "le_to", "eq_to")
    return _truth(shape, surely & inside, maybe | ~inside if in_total_order else maybe, None)


def _logical(node: Node, a: Any, b: Any) -> Intervals:
    one, two = pair(node, a, b)
    low, high = (one.lower != 0, two.lower != 0), (one.upper != 0, two.upper != 0)
    if node.primitive == "and":
        surely, maybe = low[0] & low[1], high[0] & high[1]
    elif node.primitive == "or":
        surely, maybe = low[0] | low[1], high[0] | high[1]
    else:
        known = (low[0] == high[0]) & (low[1] == high[1])
        surely, maybe = known & (low[0] != low[1]), ~known | (low[0] != low[1])
    return _truth(one.shape, surely, maybe, both(one, two))


def _not(node: Node, a: Any) -> Intervals:
    value = of(a)
    return _truth(value.shape, value.upper == 0, value.lower == 0, value.inside)


def on_truths(rule: Callable[..., Intervals], refuse: Callable[..., Any]) -> Callable[..., Any]:
    """The rule where the step's values are true or false; whole numbers' bits are refused."""

    def chosen(node: Node, *arguments: Any) -> Any:
        is_truth = np.dtype(node.outputs[0].dtype) == np.bool_
        return (rule if is_truth else refuse)(node, *arguments)

    return chosen


def select(node: Node, which: Any, *cases: Any) -> Intervals:
    """The case that `which` names; the hull of those that it may name."""
    shape = node.outputs[0].shape
    parts = [of(spread(case, shape)) for case in cases]
    picks = of(spread(which, shape))
    result: Intervals | None = None
    for number, part in enumerate(parts):
        possible = (picks.lower <= number) & (picks.upper >= number)
        if not possible.any():
            continue
        result = part if result is None else _with(result, part, possible)
        if result is part and not possible.all():
            # Where this case is impossible a later one is taken; nothing is known so far.
            result = _nothing(part, possible)
    assert result is not None, "every choice names a case"
    return Intervals(shape, result.lower, result.upper, both(result, picks))


def _nothing(part: Intervals, possible: Flags) -> Intervals:
    lower = np.where(possible, part.lower, np.inf)
    upper = np.where(possible, part.upper, -np.inf)
    inside = None if part.inside is None else part.inside | ~possible
    return Intervals(part.shape, lower, upper, inside)


def _with(so_far: Intervals, part: Intervals, possible: Flags) -> Intervals:
    lower = np.where(possible, np.minimum(so_far.lower, part.lower), so_far.lower)
    upper = np.where(possible, np.maximum(so_far.upper, part.upper), so_far.upper)
    inside = so_far.inside
    if part.inside is not None:
        also = part.inside | ~possible
        inside = also if inside is None else inside & also
    return Intervals(so_far.shape, lower, upper, inside)


def extreme(node: Node, a: Any, b: Any) -> Intervals:
    """max or min of two."""
    one, two = pair(node, a, b)
    pick = np.maximum if node.primitive == "max" else np.minimum
    lower = pick(one.lower, two.lower)
    exact = one.upper is one.lower and two.upper is two.lower
    upper = lower if exact else pick(one.upper, two.upper)
    return Intervals(one.shape, lower, upper, both(one, two))


def clamp(node: Node, lowest: Any, a: Any, highest: Any) -> Intervals:
    """a, no lower than `lowest` and no higher than `highest`."""
    shape = node.outputs[0].shape
    low, value, high = (of(spread(part, shape)) for part in (lowest, a, highest))
    lower = np.minimum(np.maximum(low.lower, value.lower), high.lower)
    upper = np.minimum(np.maximum(low.upper, value.upper), high.upper)
    return Intervals(shape, lower, upper, both(low, value, high))


def by_ends(node: Node, a: Any) -> Intervals:
    """What never falls and is computed without rounding: sign, floor, ceil, round."""
    value = of(a)
    rule = NUMPY_RULES[node.primitive]
    lower = rule(node, value.lower)
    upper = lower if value.upper is value.lower else rule(node, value.upper)
    return Intervals(value.shape, lower, upper, value.inside)


def convert(node: Node, a: Any) -> Any:
    """Another type: floats are real numbers here, whatever their digits; whole numbers truncate."""
    target, source = np.dtype(node.params["new_dtype"]), np.dtype(node.inputs[0].dtype)
    value = of(a)
    if target == np.bool_ and source != np.bool_:
        zero = Intervals(value.shape, np.zeros((1, value.size)), np.zeros((1, value.size)))
        surely, maybe = _equal(value, zero)
        return _truth(value.shape, ~maybe, ~surely, value.inside)
    if target.kind in "iu" and source.kind not in "iub":  # bfloat16 is of no kind
        lower, upper = np.trunc(value.lower), np.trunc(value.upper)
        exact = value.upper is value.lower
        return Intervals(value.shape, lower, lower if exact else upper, value.inside)
    return value


def _finite(node: Node, a: Any) -> Intervals:
    """What has a value within the reach of float64 is finite; what has none is not."""
    value = of(a)
    return _truth(
        node.outputs[0].shape, _no_overflow(value), np.ones((1, value.size), bool), None
    )


def _no_overflow(value: Intervals) -> Flags:
    """Where it has a value, and one that float64 holds."""
    fits = np.isfinite(value.lower) & np.isfinite(value.upper)
    return fits if value.inside is None else fits & value.inside


def same(node: Node, a: Any, *more: Any) -> Any:
    """Steps that change nothing of the function."""
    return (a, *more) if more else a


SAME: dict[str, Any] = dict.fromkeys(
    ["stop_gradient", "copy", "copy_p", "name", "device_put", "real", "optimization_barrier",
     "sharding_constraint", "layout_constraint"], same,
)  # fmt: skip
"""Primitive → the rule of a step that hands on what it is given, whatever a table keeps of it."""


def branches(
    run: Callable[..., list[Any]],
) -> Callable[..., Any]:
    """The rule of a branch that is not decided: the hull of all that may run.

    Args:
        run: run(graph, operands) walks an inner program with the same table.
    """

    def rule(node: Node, index: Any, *operands: Any) -> Any:
        which = of(index)
        low = max(int(np.min(which.lower)), 0)
        high = min(int(np.max(which.upper)), len(node.inner) - 1)
        ways = [run(node.inner[k], operands) for k in range(low, max(low, high) + 1)]
        results = tuple(
            hull([of(spread(value, out.shape)) for value in values])
            for values, out in zip(zip(*ways, strict=True), node.outputs, strict=True)
        )
        if which.inside is None:
            return results
        flag: Any = which.inside.all(axis=1, keepdims=True)
        return tuple(
            Intervals(r.shape, r.lower, r.upper, flag if r.inside is None else r.inside & flag)
            for r in results
        )

    return rule


def choices(refuse: Callable[..., Any]) -> dict[str, Any]:
    """Primitive → rule; `refuse` for the bits of whole numbers."""
    orders = dict.fromkeys([*_ORDERS, "ne"], compare)
    jumps = dict.fromkeys(["sign", "floor", "ceil", "round"], by_ends)
    return {
        **orders, **jumps, **SAME,
        "and": on_truths(_logical, refuse), "or": on_truths(_logical, refuse),
        "xor": on_truths(_logical, refuse), "not": on_truths(_not, refuse),
        "select_n": select, "max": extreme, "min": extreme, "clamp": clamp,
        "convert_element_type": convert, "is_finite": _finite,
    }  # fmt: skip


