"""How every step carries slope and curvature along, and the table of it.

    linear steps      the same step on each ∂/∂xᵢ, ∂²/∂xᵢ∂xⱼ: they are more boxes to it
    f(u)              f′∇u and f′∇²u + f″∇u∇uᵀ               (`derivatives`)
    u·v, u/v          the product rule, with 1/v as a function of v
    max, min, |u|     the one that wins; the hull of slopes at a tie, whose curvature is unknown
    jumps, choices    the one that is taken; unknown where that is not decided
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import (
    in_one_period,
    negative,
    plus,
    powered,
    product,
    reciprocal,
)
from surefoot.facts.intervals.choices import SAME
from surefoot.facts.intervals.derivatives import DERIVATIVES, constant, power_of
from surefoot.facts.intervals.enclosure import (
    RULES,
    needs_a_rule,
    places,
    real,
    refuse,
    type_ends,
)
from surefoot.facts.intervals.functions import FUNCTIONS
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, hull, of
from surefoot.facts.intervals.jet import (
    Frame,
    Jet,
    composed,
    jet,
    product_of,
    scaled,
    together,
    unknown_where,
)
from surefoot.program import Graph, Node, Program, Table, walk
from surefoot.program.abstract import abstract_table, spread
from surefoot.program.walk import literals

Rule = Callable[..., Any]


def _value(node: Node, *arguments: Any) -> Any:
    """The step's own bounds."""
    return RULES[node.primitive](
        node, *(part.value if isinstance(part, Jet) else part for part in arguments)
    )


def _frame(arguments: Sequence[Any]) -> Frame | None:
    return next((part.frame for part in arguments if isinstance(part, Jet)), None)


def _framed(arguments: Sequence[Any]) -> Frame:
    frame = _frame(arguments)
    assert frame is not None, "asked of jets only"
    return frame


@lru_cache(maxsize=64)
def table(n: int, second: bool) -> tuple[Frame, Table[Any]]:
    """The table of jets in n variables."""
    frame = Frame(n, second)
    return frame, table_of(frame, JET_RULES)


def table_of(frame: Frame, rules: Mapping[str, Rule]) -> Table[Any]:
    """A table of jets with rules of one's own."""

    def ready(rule: Rule) -> Rule:
        def run(node: Node, *arguments: Any) -> Any:
            # Constants that are rounded are jets without slope.
            known = _frame(arguments) is not None
            plain = rule is JET_RULES.get(node.primitive) and node.primitive in RULES
            if known and plain and any(type_ends(out.dtype) for out in node.outputs):
                return _jump(node, *arguments)  # whole numbers stand still, or jump
            given = arguments if known else [
                a if np.asarray(a).dtype.kind in "iu" else jet(frame, a) for a in arguments
            ]  # fmt: skip
            return rule(node, *given)

        return real(run)

    def inner(graph: Graph, operands: Sequence[Any]) -> list[Any]:
        return walk(graph, made, literals(graph, made), operands)

    made = abstract_table(
        "interval derivatives", {name: ready(rule) for name, rule in rules.items()}, refuse,
        undecided=_branches(inner), rounds=needs_a_rule,
    )  # fmt: skip
    return made


# ── linear steps ───────────────────────────────────────────────────────────────────────────────


def _as_boxes(part: Intervals, shape: tuple[int, ...]) -> Intervals:
    """Derivatives (boxes, size, n) as values of boxes·n boxes."""
    boxes, size, width = part.lower.shape
    lower, upper = (
        np.ascontiguousarray(side.swapaxes(1, 2)).reshape(boxes * width, size)
        for side in (part.lower, part.upper)
    )
    return Intervals(shape, lower, upper)


def _from_boxes(part: Intervals, boxes: int, width: int) -> Intervals:
    lower, upper = (
        np.broadcast_to(side, (boxes * width, part.size))
        .reshape(boxes, width, part.size).swapaxes(1, 2)
        for side in (part.lower, part.upper)
    )  # fmt: skip
    return Intervals(part.shape, lower, upper)


def linear(node: Node, *arguments: Any) -> Any:
    """A step that is linear in all its jets together; what else it is given are constants."""
    frame = _framed(arguments)
    slope = _derivative(node, arguments, "slope")
    return Jet(
        frame, _value(node, *arguments), slope, _derivative(node, arguments, "curvature")
    )


def _derivative(node: Node, arguments: Sequence[Any], name: str) -> Intervals | None:
    parts = [getattr(part, name) if isinstance(part, Jet) else None for part in arguments]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    boxes = max(len(part.lower) for part in known)
    turned: list[Any] = []
    for argument, part in zip(arguments, parts, strict=True):
        if part is not None:
            wide = Intervals(
                part.shape, *(np.broadcast_to(side, (boxes, *side.shape[1:]))
                              for side in (part.lower, part.upper)),
            )  # fmt: skip
            turned.append(_as_boxes(wide, argument.shape))
        elif isinstance(argument, Jet):
            zero = np.zeros((1, argument.size))
            turned.append(Intervals(argument.shape, zero, zero))
        else:
            turned.append(argument)
    made = RULES[node.primitive](node, *turned)
    return _from_boxes(made, boxes, known[0].lower.shape[2])


def _scattered(node: Node, a: Any, indices: Any, updates: Any) -> Jet:
    frame = _frame((a, updates))
    if frame is None or isinstance(indices, Jet):
        return refuse(node)
    return linear(node, jet(frame, a), indices, jet(frame, updates))


def _convert(node: Node, a: Jet) -> Any:
    target, source = np.dtype(node.params["new_dtype"]), np.dtype(node.inputs[0].dtype)
    if target.kind != "f" and source.kind == "f":
        return _jump(node, a)
    return Jet(a.frame, _value(node, a), a.slope, a.curvature)


def _sum_of(node: Node, a: Any, b: Any) -> Jet:
    """a ± b, where a constant has no slope."""
    frame = _framed((a, b))
    shape = node.outputs[0].shape
    value = _value(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    if a is b and node.primitive == "sub":
        return Jet(frame, value)
    if node.primitive == "sub":
        two = _negative(two)
    return Jet(
        frame, value, together(one.slope, two.slope), together(one.curvature, two.curvature)
    )


def _negative(part: Jet) -> Jet:
    slope = None if part.slope is None else negative(part.slope)
    curvature = None if part.curvature is None else negative(part.curvature)
    return Jet(part.frame, negative(part.value), slope, curvature)


# ── functions and products ─────────────────────────────────────────────────────────────────────


def _function(node: Node, a: Jet) -> Jet:
    value = _value(node, a)
    if a.slope is None:
        return Jet(a.frame, value)
    return composed(value, a, *DERIVATIVES[node.primitive](a.value, value))


def _integer_pow(node: Node, a: Jet) -> Jet:
    value = _value(node, a)
    return Jet(a.frame, value) if a.slope is None else composed(
        value, a, *power_of(a.value, float(node.params["y"]))
    )  # fmt: skip


def _product(node: Node, a: Any, b: Any) -> Jet:
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    if a is b:
        one = spread(a, shape)
        if one.slope is None:
            return Jet(frame, value)
        return composed(value, one, *DERIVATIVES["square"](one.value, value))
    return product_of(value, *(jet(frame, spread(part, shape)) for part in (a, b)))


def _quotient(node: Node, a: Any, b: Any) -> Jet:
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    if a is b:
        return Jet(frame, value)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    if two.slope is None:
        inverse = Jet(frame, reciprocal(two.value))
        return product_of(value, one, inverse)
    inverted = reciprocal(two.value)
    first = negative(powered(inverted, 2))
    second = product(constant(2.0), powered(inverted, 3))
    return product_of(value, one, composed(inverted, two, first, second))


def _power(node: Node, a: Any, b: Any) -> Jet:
    """aᵇ: for a constant b by its own derivatives, else as exp(b log a)."""
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    base = jet(frame, spread(a, shape))
    exponent = jet(frame, spread(b, shape))
    if exponent.slope is None and exponent.value.exact:
        known = exponent.value.lower[0]
        if np.unique(known).size == 1:
            if base.slope is None:
                return Jet(frame, value)
            return composed(value, base, *power_of(base.value, float(known[0])))
        parts = [
            composed(value.take(np.array(k)), base.take(np.array(k)),
                     *power_of(base.value.take(np.array(k)), float(known[k])))
            for k in range(base.size)
        ]  # fmt: skip
        return Jet.join(parts).reshaped(shape)
    logarithm = FUNCTIONS["log"](base.value)
    logged = composed(logarithm, base, *DERIVATIVES["log"](base.value, logarithm))
    power = product_of(product(exponent.value, logarithm), exponent, logged)
    found = composed(value, power, value, value)
    return unknown_where(found, base.value.lower <= 0.0, base.value.lower <= 0.0)


def _angle(node: Node, a: Any, b: Any) -> Jet:
    """atan2(a, b) = θ:  ∇θ = (b∇a − a∇b)/(a² + b²); where that is 0, unknown."""
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    size = _plus(_square(one), _square(two))
    inverse = composed(
        reciprocal(size.value), size, negative(powered(reciprocal(size.value), 2)),
        product(constant(2.0), powered(reciprocal(size.value), 3)),
    )  # fmt: skip
    left = product_of(product(two.value, inverse.value), two, inverse)
    right = _negative(product_of(product(one.value, inverse.value), one, inverse))
    slope = together(scaled(left.value, one.slope), scaled(right.value, two.slope))
    found = Jet(frame, value, slope)
    cut = (one.value.lower <= 0.0) & (one.value.upper >= 0.0) & (two.value.lower <= 0.0)
    # Curvature would take the derivatives of both factors; nothing asks for it so far.
    return unknown_where(found, cut, np.ones_like(cut))


def _plus(one: Jet, two: Jet) -> Jet:
    return Jet(
        one.frame, plus(one.value, two.value), together(one.slope, two.slope),
        together(one.curvature, two.curvature),
    )  # fmt: skip


def _square(part: Jet) -> Jet:
    value = powered(part.value, 2)
    if part.slope is None:
        return Jet(part.frame, value)
    return composed(value, part, *DERIVATIVES["square"](part.value, value))


# ── corners, jumps, choices ────────────────────────────────────────────────────────────────────


def _picked(frame: Frame, value: Intervals, parts: Sequence[Jet], may: Sequence[Flags]) -> Jet:
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


def _extreme(node: Node, a: Any, b: Any) -> Jet:
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    low, high = (one, two) if node.primitive == "max" else (two, one)
    # max: the first may win where its upper bound reaches the lower bound of the second.
    first = low.value.upper >= high.value.lower
    second = high.value.upper >= low.value.lower
    if node.primitive == "min":
        first = two.value.lower <= one.value.upper
        second = one.value.lower <= two.value.upper
    return _picked(frame, value, (low, high), (first, second))


def _clamp(node: Node, lowest: Any, a: Any, highest: Any) -> Jet:
    frame = _framed((lowest, a, highest))
    shape, value = node.outputs[0].shape, _value(node, lowest, a, highest)
    low, mid, high = (jet(frame, spread(part, shape)) for part in (lowest, a, highest))
    may = (
        mid.value.lower <= low.value.upper,
        (mid.value.upper >= low.value.lower) & (mid.value.lower <= high.value.upper),
        np.maximum(mid.value.upper, low.value.upper) >= high.value.lower,
    )
    return _picked(frame, value, (low, mid, high), may)


def _absolute(node: Node, a: Jet) -> Jet:
    value = _value(node, a)
    up, down = a.value.upper >= 0.0, a.value.lower <= 0.0
    return _picked(a.frame, value, (a, _negative(a)), (up, down))


def _jump(node: Node, *arguments: Any) -> Any:
    """What is constant between jumps: no slope where it is one number, unknown elsewhere."""
    frame = _framed(arguments)
    values = _value(node, *arguments)
    each = values if isinstance(values, tuple) else (values,)
    moves = any(part.slope is not None for part in arguments if isinstance(part, Jet))
    results = tuple(_constant_between(frame, value, moves) for value in each)
    return results if isinstance(values, tuple) else results[0]


def _constant_between(frame: Frame, value: Intervals, moves: bool) -> Jet:
    undecided = value.lower != value.upper
    if not moves:
        undecided = np.zeros_like(undecided)
    return unknown_where(Jet(frame, value), undecided, undecided)


def _remainder(node: Node, a: Any, b: Any) -> Jet:
    """The slope of a between the jumps, of a constant divisor."""
    frame = _framed((a, b))
    shape, value = node.outputs[0].shape, _value(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    jumps = np.ones(value.lower.shape, bool)
    if two.slope is None and two.value.exact:
        jumps = ~in_one_period(one.value, two.value)[2]
    return unknown_where(Jet(frame, value, one.slope, one.curvature), jumps, jumps)


def _select(node: Node, which: Any, *cases: Any) -> Jet:
    frame = _framed((which, *cases))
    shape, value = node.outputs[0].shape, _value(node, which, *cases)
    picks = of(spread(which.value if isinstance(which, Jet) else which, shape))
    parts = [jet(frame, spread(case, shape)) for case in cases]
    may = [(picks.lower <= k) & (picks.upper >= k) for k in range(len(parts))]
    found = _picked(frame, value, parts, may)
    several = np.sum(may, axis=0) > 1
    # At the switch the value may jump.
    return unknown_where(found, several, several)


def _branches(run: Callable[[Graph, Sequence[Any]], list[Any]]) -> Rule:
    def rule(node: Node, index: Any, *operands: Any) -> Any:
        frame = _framed((index, *operands))
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
            found = _picked(frame, value, parts, may)
            results.append(unknown_where(found, several, several))
        return tuple(results)

    return rule


# ── arrays ─────────────────────────────────────────────────────────────────────────────────────


def _columns(part: Jet, axes: Sequence[int]) -> list[Jet]:
    places = np.arange(part.size).reshape(part.shape)
    moved = np.moveaxis(places, list(axes), range(len(axes)))
    return [part.take(row) for row in moved.reshape(-1, *moved.shape[len(axes) :])]


def _reduce_extreme(node: Node, a: Jet) -> Jet:
    value, axes = _value(node, a), [int(axis) for axis in node.params["axes"]]
    parts = _columns(a, axes)
    largest = node.primitive == "reduce_max"
    may = [
        part.value.upper >= value.lower if largest else part.value.lower <= value.upper
        for part in parts
    ]
    return _picked(a.frame, value, parts, may)


def _reduce_prod(node: Node, a: Jet) -> Jet:
    parts = _columns(a, [int(axis) for axis in node.params["axes"]])
    if not parts:
        return Jet(a.frame, _value(node, a))
    result = parts[0]
    for part in parts[1:]:
        result = product_of(product(result.value, part.value), result, part)
    return result.reshaped(node.outputs[0].shape)


def _running(node: Node, a: Jet) -> Jet:
    """cumprod, cummax, cummin: one after the other along the axis."""
    axis = int(node.params["axis"])
    parts = _columns(a, [axis])
    parts = parts[::-1] if node.params["reverse"] else parts
    results = parts[:1]
    for part in parts[1:]:
        results.append(_joined(node.primitive, results[-1], part))
    results = results[::-1] if node.params["reverse"] else results
    whole = Jet.join(results)
    places = np.arange(a.size).reshape(len(parts), *parts[0].shape)
    return whole.take(np.moveaxis(places, 0, axis))


def _joined(name: str, one: Jet, two: Jet) -> Jet:
    if name == "cumprod":
        return product_of(product(one.value, two.value), one, two)
    pick = np.maximum if name == "cummax" else np.minimum
    value = Intervals(
        one.shape, pick(one.value.lower, two.value.lower), pick(one.value.upper, two.value.upper)
    )
    if name == "cummax":
        may = one.value.upper >= two.value.lower, two.value.upper >= one.value.lower
    else:
        may = one.value.lower <= two.value.upper, two.value.lower <= one.value.upper
    return _picked(one.frame, value, (one, two), may)


def _sorted(node: Node, *arguments: Any) -> Any:
    """Any number of the row may come to any place; which does is not looked at."""
    frame = _framed(arguments)
    axis = int(node.params.get("dimension", node.params.get("axis", -1)))
    values = _value(node, *arguments)
    each = values if isinstance(values, tuple) else (values,)
    operands = [jet(frame, part) for part in arguments]
    results: list[Jet] = []
    for k, value in enumerate(each):
        if node.primitive == "top_k" and k == 1:
            results.append(_constant_between(frame, value, operands[0].slope is not None))
            continue
        rows = _columns(operands[k], [axis % len(operands[k].shape)])
        may = [np.ones((1, rows[0].size), bool)] * len(rows)
        picked = _picked(frame, rows[0].value, rows, may)
        length = value.shape[axis]
        index = np.expand_dims(np.arange(rows[0].size).reshape(rows[0].shape), axis)
        picked = picked.take(np.repeat(index, length, axis=axis))
        found = Jet(frame, value, picked.slope, picked.curvature)
        jumps = np.full((1, found.size), k > 0 and len(rows) > 1)
        results.append(unknown_where(found, jumps, np.full((1, found.size), len(rows) > 1)))
    return tuple(results) if isinstance(values, tuple) else results[0]


def _dot(node: Node, a: Any, b: Any) -> Jet:
    """Linear where one side is known without error, else product by product."""
    frame = _framed((a, b))
    fixed = [not isinstance(part, Jet) for part in (a, b)]
    if any(fixed):
        return linear(node, a, b)
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    left = _cells(a.shape, batch_a, contract_a, first=True)
    right = _cells(b.shape, batch_b, contract_b, first=False)
    shape = np.broadcast_shapes(left.shape, right.shape)
    one, two = a.take(np.broadcast_to(left, shape)), b.take(np.broadcast_to(right, shape))
    cells = product_of(product(one.value, two.value), one, two)
    reduced = _Reduced(node.outputs[0], cells.shape)
    summed = linear(reduced, cells)  # pyright: ignore[reportArgumentType]
    return Jet(frame, _value(node, a, b), summed.slope, summed.curvature)


class _Reduced:
    """A step that sums over the last axis but one of (batch, rows, depth, columns)."""

    primitive = "reduce_sum"

    def __init__(self, out: Any, shape: tuple[int, ...]) -> None:
        self.outputs = [out]
        self.params = {"axes": (len(shape) - 2,)}


def _cells(shape: tuple[int, ...], batch: Any, contract: Any, *, first: bool) -> Any:
    places = np.arange(prod(shape)).reshape(shape)
    free = [i for i in range(len(shape)) if i not in contract and i not in batch]
    sizes = [prod(shape[i] for i in part) for part in (batch, free, contract)]
    if first:
        return places.transpose([*batch, *free, *contract]).reshape(*sizes)[:, :, :, None]
    moved = places.transpose([*batch, *contract, *free]).reshape(sizes[0], sizes[2], sizes[1])
    return moved[:, None, :, :]


JET_RULES: dict[str, Rule] = {
    **dict.fromkeys(DERIVATIVES, _function),
    "reduce_sum": linear, "cumsum": linear, "scatter-add": _scattered,
    "scatter-sub": _scattered, "convert_element_type": _convert,
    "add": _sum_of, "add_any": _sum_of, "sub": _sum_of, "neg": lambda node, a: _negative(a),
    "mul": _product, "div": _quotient, "pow": _power, "integer_pow": _integer_pow,
    "atan2": _angle, "rem": _remainder, "abs": _absolute, "max": _extreme, "min": _extreme,
    "clamp": _clamp, "select_n": _select, "reduce_max": _reduce_extreme,
    "reduce_min": _reduce_extreme, "reduce_prod": _reduce_prod, "cumprod": _running,
    "cummax": _running, "cummin": _running, "sort": _sorted, "top_k": _sorted,
    "dot_general": _dot,
    **dict.fromkeys(
        ["sign", "floor", "ceil", "round", "lt", "le", "gt", "ge", "eq", "ne", "lt_to", "le_to",
         "eq_to", "and", "or", "xor", "not", "is_finite", "reduce_and", "reduce_or", "argmax",
         "argmin", "integer_div"], _jump,
    ),
    **SAME,
}  # fmt: skip
"""Primitive → how it carries derivatives along."""


def enclose_derivatives(
    program: Program, lower: Floats, upper: Floats, *, second: bool = True
) -> list[Jet]:
    """Bounds of the outputs and their derivatives on boxes.

    Args:
        program: the function.
        lower, upper: (boxes, n) ends of the boxes, in the order of the raveled argument.
        second: whether second derivatives are wanted.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    n = lower.shape[1]
    frame, made = table(n, second)
    inputs: list[Jet] = []
    for shape, part in places(program):
        unit = np.eye(n)[None, part]
        value = Intervals(shape, lower[:, part], upper[:, part])
        inputs.append(Jet(frame, value, Intervals(shape, unit, unit)))
    constants = [made.literal(value) for value in program.consts]
    with np.errstate(all="ignore"):
        return [jet(frame, value) for value in walk(program.graph, made, constants, inputs)]
