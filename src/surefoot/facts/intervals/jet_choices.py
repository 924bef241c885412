"""How slope and curvature go through corners, jumps and choices.

    max, min, |u|     the one that wins; the hull of slopes at a tie, whose curvature is unknown
    jumps, choices    the one that is taken; unknown where that is not decided
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from surefoot.facts.casts import cuts_off
from surefoot.facts.intervals.arithmetic import in_one_period
from surefoot.facts.intervals.intervals import Flags, Intervals, hull, of
from surefoot.facts.intervals.jet import Frame, Jet, jet, unknown_where
from surefoot.facts.intervals.jet_linear import Rule, framed, negated, value_of
from surefoot.program import Graph, Node
from surefoot.program.abstract import spread


def picked(frame: Frame, value: Intervals, parts: Sequence[Jet], may: Sequence[Flags]) -> Jet:
    """The hull of the slopes of those that may win; curvature is known where one alone may."""
    several = np.sum(may, axis=0) > 1
    made: dict[str, Intervals | None] = {}
    for name in ("slope", "curvature"):
        derivatives = [getattr(part, name) for part in parts]
        made[name] = _hull_of(derivatives, may)
    found = Jet(frame, value, made["slope"], made["curvature"])
    return unknown_where(found, np.zeros_like(several), several) if frame.second else found


def _hull_of(parts: Sequence[Intervals | None], may: Sequence[Flags]) -> Intervals | None:
    if all(part is None for part in parts):
        return None
    zero = np.zeros((1, 1, 1))
    lower: Any = np.inf
    upper: Any = -np.inf
    for part, flags in zip(parts, may, strict=True):
        low, high = (zero, zero) if part is None else (part.lower, part.upper)
        lower = np.minimum(lower, np.where(flags[:, :, None], low, np.inf))
        upper = np.maximum(upper, np.where(flags[:, :, None], high, -np.inf))
    shape = next(part.shape for part in parts if part is not None)
    return Intervals(shape, lower, upper)


def extreme(node: Node, a: Any, b: Any) -> Jet:
    """max and min of two."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    low, high = (one, two) if node.primitive == "max" else (two, one)
    # max: the first may win where its upper bound reaches the lower bound of the second.
    first = low.value.upper >= high.value.lower
    second = high.value.upper >= low.value.lower
    if node.primitive == "min":
        first = two.value.lower <= one.value.upper
        second = one.value.lower <= two.value.upper
    return picked(frame, value, (low, high), (first, second))


def clamped(node: Node, lowest: Any, a: Any, highest: Any) -> Jet:
    """The middle one of three."""
    frame = framed((lowest, a, highest))
    shape, value = node.outputs[0].shape, value_of(node, lowest, a, highest)
    low, mid, high = (jet(frame, spread(part, shape)) for part in (lowest, a, highest))
    may = (
        mid.value.lower <= low.value.upper,
        (mid.value.upper >= low.value.lower) & (mid.value.lower <= high.value.upper),
        np.maximum(mid.value.upper, low.value.upper) >= high.value.lower,
    )
    return picked(frame, value, (low, mid, high), may)


def absolute(node: Node, a: Jet) -> Jet:
    """|u|: u or −u."""
    value = value_of(node, a)
    up, down = a.value.upper >= 0.0, a.value.lower <= 0.0
    return picked(a.frame, value, (a, negated(a)), (up, down))


def jump(node: Node, *arguments: Any) -> Any:
    """What is constant between jumps: no slope where it is one number, unknown elsewhere."""
    frame = framed(arguments)
    values = value_of(node, *arguments)
    each = values if isinstance(values, tuple) else (values,)
    moves = any(part.slope is not None for part in arguments if isinstance(part, Jet))
    results = tuple(constant_between(frame, value, moves) for value in each)
    return results if isinstance(values, tuple) else results[0]


def converted(node: Node, a: Jet) -> Any:
    """Another type: the same real number, or a jump to a whole one."""
    if cuts_off(node):
        return jump(node, a)
    return Jet(a.frame, value_of(node, a), a.slope, a.curvature)


def constant_between(frame: Frame, value: Intervals, moves: bool) -> Jet:
    """A value with no slope; unknown where it is not one number and something `moves`."""
    undecided = value.lower != value.upper
    if not moves:
        undecided = np.zeros_like(undecided)
    return unknown_where(Jet(frame, value), undecided, undecided)


def remainder(node: Node, a: Any, b: Any) -> Jet:
    """The slope of a between the jumps, of a constant divisor."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    jumps = np.ones(value.lower.shape, bool)
    if two.slope is None and two.value.exact:
        jumps = ~in_one_period(one.value, two.value)[2]
    return unknown_where(Jet(frame, value, one.slope, one.curvature), jumps, jumps)


def selected(node: Node, which: Any, *cases: Any) -> Jet:
    """The case that is picked; its slope is unknown where several may be."""
    frame = framed((which, *cases))
    shape, value = node.outputs[0].shape, value_of(node, which, *cases)
    picks = of(spread(which.value if isinstance(which, Jet) else which, shape))
    parts = [jet(frame, spread(case, shape)) for case in cases]
    may = [(picks.lower <= k) & (picks.upper >= k) for k in range(len(parts))]
    found = picked(frame, value, parts, may)
    several = np.sum(may, axis=0) > 1
    # At the switch the value may jump.
    return unknown_where(found, several, several)


def branches(run: Callable[[Graph, Sequence[Any]], list[Any]]) -> Rule:
    """The rule of a `cond`: each branch that may run, `run` on the same operands."""

    def rule(node: Node, index: Any, *operands: Any) -> Any:
        frame = framed((index, *operands))
        which = index.value if isinstance(index, Jet) else of(index)
        low = max(int(np.min(which.lower)), 0)
        high = min(int(np.max(which.upper)), len(node.inner) - 1)
        ways = [run(node.inner[k], operands) for k in range(low, max(low, high) + 1)]
        results: list[Jet] = []
        for values, out in zip(zip(*ways, strict=True), node.outputs, strict=True):
            parts = [jet(frame, spread(value, out.shape)) for value in values]
            value = hull([part.value for part in parts])
            # A branch that does not look at x is the same on all boxes; which runs is not.
            grid = np.broadcast_shapes(which.lower.shape, value.lower.shape)
            may = [
                np.broadcast_to((which.lower <= k) & (which.upper >= k), grid)
                for k in range(low, low + len(parts))
            ]
            several = np.sum(may, axis=0) > 1
            found = picked(frame, value, parts, may)
            results.append(unknown_where(found, several, several))
        return tuple(results)

    return rule
