"""How each step that chooses runs with its choice frozen (see `pieces`)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from surefoot.facts.casts import cuts_off
from surefoot.facts.choice_maps import answer, arranged, competing, saturated, whole_part
from surefoot.facts.intervals.arithmetic import negative, plus
from surefoot.facts.intervals.enclosure import refuse
from surefoot.facts.intervals.intervals import Flags, Intervals, of
from surefoot.facts.intervals.jet import Jet, jet, together
from surefoot.facts.intervals.jet_rules import JET_RULES
from surefoot.facts.intervals.rounding import above, below
from surefoot.facts.line import IN_T
from surefoot.facts.pieces import Choice, Course, Gap
from surefoot.program import Node
from surefoot.program.abstract import spread

Rule = Callable[..., Any]


def piece_rules(course: Course) -> Mapping[str, Rule]:
    """The rules of jets, with every choice made or noted by a course."""

    own = {name: partial(rule, course) for name, rule in _CHOOSING.items()}
    return {**JET_RULES, **own}


# ── small tools ────────────────────────────────────────────────────────────────────────────────


def _middle(part: Jet) -> Any:
    return part.value.middle[0]


def _minus(one: Jet, two: Jet) -> Jet:
    """one − two, of equal shapes."""
    with np.errstate(all="ignore"):
        value = plus(one.value, negative(two.value))
    slope = None if two.slope is None else negative(two.slope)
    bend = None if two.curvature is None else negative(two.curvature)
    return Jet(IN_T, value, together(one.slope, slope), together(one.curvature, bend))


def _level(shape: tuple[int, ...], numbers: Any) -> Jet:
    flat = np.ravel(np.asarray(numbers, np.float64))[None, :]
    return Jet(IN_T, Intervals(shape, flat, flat))


def _chosen(parts: Sequence[Jet], which: Choice, shape: tuple[int, ...]) -> Jet:
    """Element by element the one of the parts that is named."""
    whole = Jet.join(list(parts))
    return whole.take(which * which.size + np.arange(which.size)).reshaped(shape)


def _ends(part: Jet) -> tuple[Any, Any]:
    return part.value.lower[0], part.value.upper[0]


# ── corners ────────────────────────────────────────────────────────────────────────────────────


def _absolute(course: Course, node: Node, a: Jet) -> Jet:
    low, high = _ends(a)
    sign = course.settle(
        node, np.where(_middle(a) >= 0.0, 1, 0), lambda c: np.where(c == 1, low >= 0, high <= 0),
        lambda one, two: (a, one != two), continuous=True,
    )  # fmt: skip
    turned = Jet(
        IN_T, negative(a.value), None if a.slope is None else negative(a.slope),
        None if a.curvature is None else negative(a.curvature),
    )  # fmt: skip
    return _chosen([turned, a], sign, a.shape)


def _extreme(course: Course, node: Node, a: Any, b: Any) -> Jet:
    shape = node.outputs[0].shape
    one, two = (jet(IN_T, spread(part, shape)) for part in (a, b))
    if a is b:
        return one
    low, high = _ends(one), _ends(two)
    largest = node.primitive == "max"

    def sure(choice: Choice) -> Flags:
        more, less = low[0] >= high[1], low[1] <= high[0]
        return np.where((choice == 0) == largest, more, less)

    ahead = _middle(one) >= _middle(two)
    which = course.settle(
        node, np.where(ahead == largest, 0, 1), sure, lambda p, q: (_minus(one, two), p != q),
        continuous=True,
    )  # fmt: skip
    return _chosen([one, two], which, shape)


def _clamp(course: Course, node: Node, lowest: Any, a: Any, highest: Any) -> Jet:
    shape = node.outputs[0].shape
    low, mid, high = (jet(IN_T, spread(part, shape)) for part in (lowest, a, highest))
    (l0, l1), (m0, m1), (h0, h1) = _ends(low), _ends(mid), _ends(high)

    def sure(choice: Choice) -> Flags:
        inner = (m0 >= l1) & (m1 <= h0)
        lowest, highest = (m1 <= l0) & (l1 <= h0), (m0 >= h1) | (l0 >= h1)
        return np.where(choice == 0, lowest, np.where(choice == 2, highest, inner))

    def gap(p: Choice, q: Choice) -> tuple[Jet, Flags]:
        upper = np.maximum(p, q) == 2
        limit = _chosen([low, high], upper.astype(np.int64), shape)
        # Between the two ends it is their difference that changes sign.
        ends = _chosen([mid, low], (np.abs(p - q) == 2).astype(np.int64), shape)
        return _minus(ends, limit), p != q

    at = _middle(mid)
    found = np.where(at < _middle(low), 0, 1)
    found = np.where(np.maximum(at, _middle(low)) > _middle(high), 2, found)
    which = course.settle(node, found, sure, gap, continuous=True)
    return _chosen([low, mid, high], which, shape)


# ── steps and comparisons: constants, once they are frozen ─────────────────────────────────────


def _stairs(
    course: Course, node: Node, a: Jet, number: Callable[[Any], Any],
    cell: Callable[[Any], tuple[Any, Any]],
) -> Choice:  # fmt: skip
    """The number of each element's stair; cell(k) is from where to where that one goes."""
    low, high = _ends(a)

    def sure(choice: Choice) -> Flags:
        return (number(low) == choice) & (number(high) == choice)

    def gap(p: Choice, q: Choice) -> tuple[Jet, Flags]:
        start, _ = cell(np.maximum(p, q))
        return _minus(a, _level(a.shape, start)), np.abs(p - q) == 1

    found = number(np.clip(np.nan_to_num(_middle(a)), -(2.0**53), 2.0**53)).astype(np.int64)
    return course.settle(node, found, sure, gap, continuous=False)


def _floor(course: Course, node: Node, a: Jet) -> Any:
    return answer(node, _stairs(course, node, a, np.floor, lambda k: (k, k + 1.0)))


def _ceil(course: Course, node: Node, a: Jet) -> Any:
    return answer(node, _stairs(course, node, a, np.ceil, lambda k: (k - 1.0, k)))


def _round(course: Course, node: Node, a: Jet) -> Any:
    return answer(node, _stairs(course, node, a, np.rint, lambda k: (k - 0.5, k + 0.5)))


def _sign(course: Course, node: Node, a: Jet) -> Any:
    low, high = _ends(a)

    def sure(choice: Choice) -> Flags:
        return (np.sign(low) == choice) & (np.sign(high) == choice)

    found = np.sign(_middle(a)).astype(np.int64)
    choice = course.settle(node, found, sure, lambda p, q: (a, p != q), continuous=False)
    return answer(node, choice)


def _convert(course: Course, node: Node, a: Jet) -> Any:
    target = np.dtype(node.params["new_dtype"])
    if not cuts_off(node):
        return JET_RULES["convert_element_type"](node, a)
    if target.kind == "b":
        return answer(node, _compared(course, node, "ne", a, _level(a.shape, 0.0 * _middle(a))))
    return answer(node, _stairs(course, node, a, saturated(target), whole_part))


def _remainder(course: Course, node: Node, a: Any, b: Any) -> Jet:
    """a − k·b, k the whole part of a/b."""
    shape = node.outputs[0].shape
    one, two = jet(IN_T, spread(a, shape)), of(spread(b, shape)) if not isinstance(b, Jet) else None
    if two is None or not two.exact:
        return refuse(node)
    step = np.abs(two.lower[0])
    low, high = _ends(one)

    def sure(choice: Choice) -> Flags:
        start, end = whole_part(choice)
        return (low >= start * step) & (high <= end * step)

    def gap(p: Choice, q: Choice) -> tuple[Jet, Flags]:
        most, least = np.maximum(p, q), np.minimum(p, q)
        edge = np.where(most > 0, most, least) * step
        return _minus(one, _level(shape, edge)), np.abs(p - q) == 1

    found = np.trunc(np.nan_to_num(_middle(one) / step)).astype(np.int64)
    k = course.settle(node, found, sure, gap, continuous=False)
    moved = _minus(one, _level(shape, k * step))
    return Jet(IN_T, moved.value, one.slope, one.curvature)


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal, "lt_to": np.less, "le_to": np.less_equal,
    "eq_to": np.equal,
}  # fmt: skip


def _compared(course: Course, node: Node, name: str, one: Jet, two: Jet) -> Choice:
    (a0, a1), (b0, b1) = _ends(one), _ends(two)
    order = _ORDERS[name]

    def sure(choice: Choice) -> Flags:
        if name in ("eq", "eq_to", "ne"):
            equal = (a0 == b1) & (a1 == b0)
            alike = (choice == 1) == (name != "ne")
            return np.where(alike, equal, (a1 < b0) | (a0 > b1))
        # An order holds all over if it holds of the ends that are nearest and of the furthest.
        return (order(a0, b1) == choice) & (order(a1, b0) == choice)

    found = _ORDERS[name](_middle(one), _middle(two)).astype(np.int64)
    return course.settle(
        node, found, sure, lambda p, q: (_minus(one, two), p != q), continuous=False
    )


def _compare(course: Course, node: Node, a: Any, b: Any) -> Any:
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        return np.full(shape, name in ("eq", "le", "ge", "eq_to", "le_to"))
    one, two = (jet(IN_T, spread(part, shape)) for part in (a, b))
    return answer(node, _compared(course, node, name, one, two))


def _finite(course: Course, node: Node, a: Jet) -> Any:
    """A real number is finite."""
    return np.ones(node.outputs[0].shape, bool)


# ── leaders and orders ─────────────────────────────────────────────────────────────────────────


def _moved_to(a: Jet) -> Gap:
    def gap(p: Choice, q: Choice) -> tuple[Jet, Flags]:
        return _minus(a.take(p), a.take(q)), p != q

    return gap


def _leader(course: Course, node: Node, a: Jet, largest: bool) -> tuple[Choice, Any]:
    groups = competing(a.shape, [int(axis) for axis in node.params["axes"]])
    sign = 1.0 if largest else -1.0
    low, high = _ends(a)
    least, most = (low, high) if largest else (-high, -low)
    found = groups[np.arange(len(groups)), np.argmax(sign * _middle(a)[groups], axis=1)]

    def sure(choice: Choice) -> Flags:
        others = np.where(groups == choice[:, None], -np.inf, most[groups])
        rivals = others.max(axis=1, initial=-np.inf)
        return least[choice] > rivals if jumps else least[choice] >= rivals

    jumps = node.primitive.startswith("arg")
    return course.settle(node, found, sure, _moved_to(a), continuous=not jumps), groups


def _reduce_extreme(course: Course, node: Node, a: Jet) -> Jet:
    winner, _ = _leader(course, node, a, node.primitive == "reduce_max")
    return a.take(winner).reshaped(node.outputs[0].shape)


def _place_of_extreme(course: Course, node: Node, a: Jet) -> Any:
    winner, groups = _leader(course, node, a, node.primitive == "argmax")
    return answer(node, np.argmax(groups == winner[:, None], axis=1))


def _running(course: Course, node: Node, a: Jet) -> Jet:
    axis, sign = int(node.params["axis"]), 1.0 if node.primitive == "cummax" else -1.0
    rows = np.moveaxis(np.arange(a.size).reshape(a.shape), axis, 0)
    flip = slice(None, None, -1 if node.params["reverse"] else 1)
    lanes = rows[flip].reshape(len(rows), -1)
    height = sign * _middle(a)
    winners = lanes.copy()
    for k in range(1, len(lanes)):
        stays = height[winners[k - 1]] >= height[lanes[k]]
        winners[k] = np.where(stays, winners[k - 1], lanes[k])
    shape = rows.shape

    def laid_back(array: Any) -> Any:
        return np.ravel(np.moveaxis(array.reshape(shape)[flip], 0, axis))

    low, high = _ends(a)
    least, most = (low, high) if sign > 0 else (-high, -low)
    ceiling = laid_back(np.maximum.accumulate(most[lanes], axis=0))

    def sure(choice: Choice) -> Flags:
        own = (least[choice] >= ceiling) | (low[choice] == high[choice])
        # The winner's own upper bound is among those that it is compared with.
        alone = np.zeros(choice.size, bool)
        places = laid_back(np.broadcast_to(np.arange(len(lanes))[:, None], lanes.shape))
        columns = laid_back(np.broadcast_to(np.arange(lanes.shape[1]), lanes.shape))
        for k, (winner, row, column) in enumerate(zip(choice, places, columns, strict=True)):
            rivals = lanes[: row + 1, column]
            rivals = rivals[rivals != winner]
            alone[k] = least[winner] >= most[rivals].max(initial=-np.inf)
        return own | alone

    choice = course.settle(node, laid_back(winners), sure, _moved_to(a), continuous=True)
    return a.take(choice).reshaped(a.shape)


def _ordered(
    course: Course, node: Node, a: Jet, axis: int, largest: bool, length: int, continuous: bool
) -> Choice:
    """Where the elements of the rows along an axis come from once they are in order."""
    sign = -1.0 if largest else 1.0
    places = np.moveaxis(np.arange(a.size).reshape(a.shape), axis, -1)
    rows = places.reshape(-1, a.shape[axis])
    order = np.take_along_axis(rows, np.argsort(sign * _middle(a)[rows], axis=1, kind="stable"), 1)
    low, high = _ends(a)
    least, most = (low, high) if not largest else (-high, -low)

    def sure(choice: Choice) -> Flags:
        ranked = choice.reshape(order.shape)
        good = most[ranked[:, :-1]] <= least[ranked[:, 1:]]
        edge = np.ones((len(ranked), 1), bool)
        return np.ravel(np.hstack([edge, good]) & np.hstack([good, edge]))

    choice = course.settle(node, np.ravel(order), sure, _moved_to(a), continuous=continuous)
    return arranged(choice, a.shape, axis, length)


def _sort(course: Course, node: Node, *arguments: Any) -> Any:
    if node.params.get("num_keys", 1) != 1 or not isinstance(arguments[0], Jet):
        return refuse(node)
    first = arguments[0]
    axis = int(node.params["dimension"])
    order = _ordered(
        course, node, first, axis, False, first.shape[axis], continuous=len(arguments) == 1
    )
    results: tuple[Any, ...] = tuple(
        part.take(order) if isinstance(part, Jet) else np.ravel(part)[order] for part in arguments
    )
    return results[0] if len(arguments) == 1 else results


def _top(course: Course, node: Node, a: Jet) -> Any:
    axis, length = len(a.shape) - 1, int(node.outputs[0].shape[-1])
    order = _ordered(course, node, a, axis, True, length, continuous=False)
    return a.take(order), (order % a.shape[-1]).astype(node.outputs[1].dtype)


# ── steps with an edge ─────────────────────────────────────────────────────────────────────────


def _zero(middle: Any) -> Any:
    return np.zeros_like(middle)


def _pole(middle: Any) -> Any:
    """The pole of the tangent that is nearest, to the last digit."""
    return (np.floor(middle / np.pi) + 0.5) * np.pi


def _edge(
    course: Course, node: Node, a: Jet, away: Flags, at: Callable[[Any], Any] = _zero
) -> None:
    """Notes a step with an edge; at(middle): where the argument meets the edge that is nearest."""

    def gap(p: Choice, q: Choice) -> tuple[Jet, Flags]:
        return _minus(a, _level(a.shape, at(_middle(a)))), np.ones(a.size, bool)

    course.settle(
        node, np.zeros(a.size, np.int64), lambda c: away, gap, continuous=True, edge=True
    )


def _argument_edge(
    away: Callable[[Any, Any], Flags], at: Callable[[Any], Any] = _zero, which: int = 0
) -> Callable[..., Any]:
    """A step with an edge in one of its arguments; away(lower, upper): whether it is not met."""

    def rule(course: Course, node: Node, *arguments: Any) -> Any:
        watched = arguments[which]
        if isinstance(watched, Jet):
            _edge(course, node, watched, away(*_ends(watched)), at)
        return JET_RULES[node.primitive](node, *arguments)

    return rule


def _power(course: Course, node: Node, a: Any, b: Any) -> Any:
    if isinstance(a, Jet):
        low, high = _ends(a)
        away = low > 0.0
        if not isinstance(b, Jet):
            known = np.ravel(np.broadcast_to(b, node.outputs[0].shape))
            whole = bool(np.all(known == np.trunc(known)))
            away = away | (whole and (bool(np.all(known >= 0.0)) | (high < 0.0)))
        _edge(course, node, a, away)
    return JET_RULES["pow"](node, a, b)


def _integer_pow(course: Course, node: Node, a: Jet) -> Any:
    if node.params["y"] < 0:
        low, high = _ends(a)
        _edge(course, node, a, (low > 0.0) | (high < 0.0))
    return JET_RULES["integer_pow"](node, a)


def _root(course: Course, node: Node, a: Jet) -> Any:
    """√q, and where q and q′ are 0 and q″ > 0 its slopes to both sides, ±√(q″/2)."""
    low, high = _ends(a)
    zero = (low == 0.0) & (high == 0.0)
    touches = np.zeros(a.size, bool)
    sides = (np.zeros((1, 1, 1)), np.zeros((1, 1, 1)))
    if course.side != 0 and a.slope is not None and a.curvature is not None:
        still = ((a.slope.lower == 0.0) & (a.slope.upper == 0.0))[:, :, 0]
        touches = zero & (still & (a.curvature.lower[:, :, 0] > 0.0))[0]
        sides = _bent(a.curvature, course.side)
    # √ of what is 0 all over a part is 0 all over it.
    _edge(course, node, a, (low > 0.0) | (zero & course.wide) | touches)
    found = JET_RULES["sqrt"](node, a)
    if not touches.any() or found.slope is None:
        return found
    flags = touches[None, :, None]
    slope = Intervals(
        found.slope.shape, np.where(flags, sides[0], found.slope.lower),
        np.where(flags, sides[1], found.slope.upper),
    )  # fmt: skip
    return Jet(IN_T, found.value, slope, found.curvature)


def _bent(curvature: Intervals, side: int) -> tuple[Any, Any]:
    """Bounds of side · √(q″/2)."""
    least = below(below(np.sqrt(np.maximum(curvature.lower, 0.0) / 2.0)))
    most = above(above(np.sqrt(np.maximum(curvature.upper, 0.0) / 2.0)))
    return (least, most) if side > 0 else (-most, -least)


def _beyond(level: float) -> Callable[[Any, Any], Flags]:
    return lambda low, high: low > level


def _within_one(low: Any, high: Any) -> Flags:
    return (low > -1.0) & (high < 1.0)


def _not_zero(low: Any, high: Any) -> Flags:
    return (low > 0.0) | (high < 0.0)


def _angle(course: Course, node: Node, a: Any, b: Any) -> Any:
    shape = node.outputs[0].shape
    one, two = (jet(IN_T, spread(part, shape)) for part in (a, b))
    _edge(course, node, one, _not_zero(*_ends(one)) | (_ends(two)[0] > 0.0))
    return JET_RULES["atan2"](node, a, b)


def _tangent(course: Course, node: Node, a: Jet) -> Any:
    found = JET_RULES["tan"](node, a)
    low, high = _ends(found)
    _edge(course, node, a, np.isfinite(low) & np.isfinite(high), _pole)
    return found


_CHOOSING: dict[str, Callable[..., Any]] = {
    "abs": _absolute, "max": _extreme, "min": _extreme, "clamp": _clamp, "floor": _floor,
    "ceil": _ceil, "round": _round, "sign": _sign, "convert_element_type": _convert,
    "rem": _remainder, **dict.fromkeys(_ORDERS, _compare), "is_finite": _finite,
    "reduce_max": _reduce_extreme, "reduce_min": _reduce_extreme,
    "argmax": _place_of_extreme, "argmin": _place_of_extreme, "cummax": _running,
    "cummin": _running, "sort": _sort, "top_k": _top, "sqrt": _root, "pow": _power,
    "integer_pow": _integer_pow, "atan2": _angle, "tan": _tangent,
    **dict.fromkeys(["rsqrt", "log"], _argument_edge(_beyond(0.0))),
    "log1p": _argument_edge(_beyond(-1.0), lambda m: -np.ones_like(m)),
    "acosh": _argument_edge(_beyond(1.0), np.ones_like),
    "cbrt": _argument_edge(_not_zero), "div": _argument_edge(_not_zero, which=1),
    **dict.fromkeys(["asin", "acos", "atanh"], _argument_edge(_within_one, np.sign)),
}  # fmt: skip
"""Primitive → rule(course, node, *arguments)."""
