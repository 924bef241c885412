"""The rule table that turns a program into expressions, primitive by primitive."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from surefoot.program.abstract import abstract_table, depends, moved, spread
from surefoot.program.graph import Node
from surefoot.program.numpy_rules import scatter_map
from surefoot.program.numpy_rules.indexing import fill_value, gather_places
from surefoot.program.tape.expressions import Expressions, Registers
from surefoot.program.tape.tape import NotOnTape
from surefoot.program.walk import Table, literals, walk

Rule = Callable[..., Any]

WHY: dict[str, str] = {
    "sort": "an order that depends on the argument is no straight list of operations",
    "top_k": "an order that depends on the argument is no straight list of operations",
    "argmax": "which place is largest is no smooth quantity, and no operation of a tape",
    "argmin": "which place is smallest is no smooth quantity, and no operation of a tape",
    "lt_to": "a search among sorted numbers ends at a place that depends on the argument",
    "le_to": "a search among sorted numbers ends at a place that depends on the argument",
    "lu": "a pivoted factorisation chooses its rows by the values that it meets",
    "qr": "a factorisation has no straight list of operations here",
    "eigh": "eigenvalues are found by repetition until they stand still",
    "eig": "eigenvalues are found by repetition until they stand still",
    "svd": "singular values are found by repetition until they stand still",
    "cholesky": "a factorisation has no straight list of operations here",
    "triangular_solve": "a factorisation has no straight list of operations here",
    "fft": "complex numbers are no float64",
    "random_bits": "random bits come from whole-number arithmetic that float64 cannot carry",
    "threefry2x32": "random bits come from whole-number arithmetic that float64 cannot carry",
    "gather": "the place that is read depends on the argument",
    "dynamic_slice": "the place that is read depends on the argument",
    "scatter": "the place that is written depends on the argument",
    "dynamic_update_slice": "the place that is written depends on the argument",
}
"""Primitive → why a tape cannot carry it."""


def refuse(node: Node, *arguments: Any) -> Any:
    """The rule for what a tape cannot carry."""
    reason = WHY.get(node.primitive, "a tape has no operation for it")
    raise NotOnTape(
        f"a tape cannot carry the step '{node.primitive}' at {node.source}: {reason}",
        node.primitive, str(node.source),
    )  # fmt: skip


def table_for(owner: Expressions) -> Table[Any]:
    """The table whose values are constants and arrays of expressions."""
    table: Table[Any] = abstract_table(
        "tape", {name: _checked(_bound(owner, rule)) for name, rule in RULES.items()}, refuse,
        undecided=lambda node, *arguments: _branches(owner, table, node, *arguments),
        moves=_checked(_moves),
    )  # fmt: skip
    return table


def _checked(rule: Rule) -> Rule:
    """The rule, for float64, whole numbers and truth values only."""

    def checked(node: Node, *arguments: Any) -> Any:
        for out in node.outputs:
            dtype = getattr(out.dtype, "name", str(out.dtype))
            if dtype != "float64" and np.dtype(out.dtype).kind not in "iub":
                raise NotOnTape(
                    f"the step '{node.primitive}' at {node.source} computes in {dtype}; a tape "
                    "carries float64 and the whole numbers that it holds exactly",
                    node.primitive, str(node.source),
                )  # fmt: skip
        return rule(node, *arguments)

    return checked


def _moves(node: Node, *arguments: Any) -> Any:
    if node.primitive == "gather":
        fill = fill_value(node, node.outputs[0].dtype)
        # `moved` fills with NaN; another filling matters only where a place lies outside.
        if not (isinstance(fill, float | np.floating) and np.isnan(fill)):
            inside = gather_places(node, tuple(node.inputs[0].shape), np.asarray(arguments[1]))[1]
            if not np.all(inside):
                return _cannot(node, "fills places outside of the array with another number")
    return moved(node, *arguments)


def _branches(owner: Expressions, table: Table[Any], node: Node, index: Any, *operands: Any) -> Any:
    """A branch that depends on the argument: all of them, and a choice."""
    runs = [walk(body, table, literals(body, table), list(operands)) for body in node.inner]
    chosen = index.numbers
    results: list[Any] = []
    for place, out in enumerate(node.outputs):
        answers = [_numbers(owner, run[place], out.shape) for run in runs]
        current = answers[-1]
        for number in reversed(range(len(answers) - 1)):
            # An index below 0 or beyond the last is clamped, as XLA does.
            here = owner.each("le", chosen, owner.constants([float(number)]))
            current = owner.each("select", np.repeat(here, current.size), answers[number], current)
        results.append(Registers(owner, out.shape, current))
    return tuple(results)


def _numbers(owner: Expressions, value: Any, shape: Any) -> Any:
    """The expressions of a value in the shape of a step's result."""
    value = spread(value, tuple(shape))
    return value.numbers if isinstance(value, Registers) else owner.constants(value)


def _bound(owner: Expressions, rule: Rule) -> Rule:
    return lambda node, *arguments: rule(owner, node, *arguments)


def _cannot(node: Node, what: str) -> Any:
    raise NotOnTape(
        f"a tape cannot carry the step '{node.primitive}' at {node.source}: it {what}",
        node.primitive, str(node.source),
    )  # fmt: skip


_WHOLE = "computes with whole numbers that depend on the argument"


def _is_whole(node: Node) -> bool:
    return np.dtype(node.outputs[0].dtype).kind in "iu"


# ── element by element ────────────────────────────────────────────────────────────────────────

_EACH = {
    "add": "add", "add_any": "add", "sub": "sub", "neg": "neg", "abs": "abs", "sign": "sign",
    "max": "max", "min": "min", "floor": "floor", "ceil": "ceil", "pow": "pow",
    "sqrt": "sqrt", "rsqrt": "rsqrt", "cbrt": "cbrt", "exp": "exp", "exp2": "exp2",
    "expm1": "expm1", "log": "log", "log1p": "log1p", "logistic": "logistic", "sin": "sin",
    "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "atan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh",
    "acosh": "acosh", "atanh": "atanh", "erf": "erf", "erfc": "erfc", "erf_inv": "erfinv",
    "lgamma": "lgamma", "digamma": "digamma", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le",
    "gt": "gt", "ge": "ge", "is_finite": "isfinite", "nextafter": "nextafter",
}  # fmt: skip


def _each(name: str) -> Rule:
    def rule(owner: Expressions, node: Node, *arguments: Any) -> Registers:
        shape = node.outputs[0].shape
        parts = [_numbers(owner, argument, shape) for argument in arguments]
        return Registers(owner, shape, owner.each(name, *parts))

    return rule


def _floats_only(name: str) -> Rule:
    """Whole numbers wrap around or round towards zero in these; float64 does neither."""
    each = _each(name)

    def rule(owner: Expressions, node: Node, *arguments: Any) -> Any:
        return _cannot(node, _WHOLE) if _is_whole(node) else each(owner, node, *arguments)

    return rule


def _truth(name: str) -> Rule:
    each = _each(name)

    def rule(owner: Expressions, node: Node, *arguments: Any) -> Any:
        if np.dtype(node.outputs[0].dtype) != np.bool_:
            return _cannot(node, "works on the bits of whole numbers")
        return each(owner, node, *arguments)

    return rule


def _integer_pow(owner: Expressions, node: Node, a: Registers) -> Any:
    if _is_whole(node):
        return _cannot(node, _WHOLE)
    exponent = int(node.params["y"])
    return Registers(owner, a.shape, [owner.make("ipow", i, exponent) for i in a.numbers.tolist()])


def _round(owner: Expressions, node: Node, a: Registers) -> Registers:
    if int(node.params["rounding_method"]) == 1:
        return Registers(owner, a.shape, owner.each("rint", a.numbers))
    # Half away from zero: adding ½ would round 0.49999999999999994 up, so look at the rest.
    whole = owner.each("trunc", a.numbers)
    rest = owner.each("abs", owner.each("sub", a.numbers, whole))
    half = np.full_like(whole, owner.constant(0.5))
    further = owner.each("add", whole, owner.each("sign", a.numbers))
    up = owner.each("ge", rest, half)
    return Registers(owner, a.shape, owner.each("select", up, further, whole))


def _clamp(owner: Expressions, node: Node, low: Any, a: Any, high: Any) -> Registers:
    shape = node.outputs[0].shape
    lower, value, upper = (_numbers(owner, part, shape) for part in (low, a, high))
    return Registers(owner, shape, owner.each("min", owner.each("max", lower, value), upper))


def _select(owner: Expressions, node: Node, which: Any, *cases: Any) -> Registers:
    shape = node.outputs[0].shape
    parts = [_numbers(owner, case, shape) for case in cases]
    chosen = _numbers(owner, which, shape)
    if np.dtype(node.inputs[0].dtype) == np.bool_:
        return Registers(owner, shape, owner.each("select", chosen, parts[1], parts[0]))
    current = parts[0]
    for number, part in enumerate(parts[1:], 1):
        here = owner.each("eq", chosen, np.full_like(chosen, owner.constant(float(number))))
        current = owner.each("select", here, part, current)
    return Registers(owner, shape, current)


def _polygamma(owner: Expressions, node: Node, order: Any, a: Any) -> Any:
    orders = None if depends(order) else np.unique(np.asarray(order))
    if orders is None or orders.size != 1 or float(orders[0]) not in (0.0, 1.0):
        return _cannot(node, "is a polygamma function of an order above 1")
    shape = node.outputs[0].shape
    name = "trigamma" if float(orders[0]) else "digamma"
    return Registers(owner, shape, owner.each(name, _numbers(owner, a, shape)))


def _convert(owner: Expressions, node: Node, a: Registers) -> Any:
    source, target = np.dtype(node.inputs[0].dtype), np.dtype(node.params["new_dtype"])
    zero = np.full_like(a.numbers, owner.constant(0.0))
    if target == np.bool_:
        return Registers(owner, a.shape, owner.each("ne", a.numbers, zero))
    if target.kind == "f" or source == np.bool_:
        return a
    limits = np.iinfo(target)
    if source.kind == "f":
        # XLA cuts towards zero, saturates, and makes 0 of NaN.
        whole = owner.each("trunc", a.numbers)
        low, high = (np.full_like(zero, owner.constant(float(v))) for v in (limits.min, limits.max))
        inside = owner.each("min", owner.each("max", whole, low), high)
        number = owner.each("eq", a.numbers, a.numbers)
        return Registers(owner, a.shape, owner.each("select", number, inside, zero))
    inner = np.iinfo(source)
    if inner.min < limits.min or inner.max > limits.max:
        return _cannot(node, f"makes {target.name} of {source.name}, which may wrap around")
    return a


def _same(owner: Expressions, node: Node, *values: Any) -> Any:
    return tuple(values)


def _reduce_precision(owner: Expressions, node: Node, a: Registers) -> Any:
    if int(node.params["mantissa_bits"]) < 52 or int(node.params["exponent_bits"]) < 11:
        return _cannot(node, "rounds to fewer digits than float64 has")
    return a


# ── reductions ────────────────────────────────────────────────────────────────────────────────


def _reduce(name: str) -> Rule:
    def rule(owner: Expressions, node: Node, a: Registers) -> Any:
        if name == "prod" and _is_whole(node):
            return _cannot(node, _WHOLE)
        axes = sorted(int(axis) for axis in node.params["axes"])
        kept = [axis for axis in range(len(a.shape)) if axis not in axes]
        shape: tuple[int, ...] = a.shape
        depth = prod(shape[axis] for axis in axes)
        rows = a.numbers.reshape(a.shape).transpose([*kept, *axes])
        size = prod(shape[axis] for axis in kept)
        numbers = owner.fold(name, rows.reshape(size, depth))
        return Registers(owner, node.outputs[0].shape, numbers)

    return rule


def _running(name: str) -> Rule:
    def rule(owner: Expressions, node: Node, a: Registers) -> Any:
        if name == "mul" and _is_whole(node):
            return _cannot(node, _WHOLE)
        lines = np.moveaxis(a.numbers.reshape(a.shape), node.params["axis"], 0)
        lines = lines[::-1] if node.params["reverse"] else lines
        done = lines.copy()
        for place in range(1, len(lines)):
            pair = owner.each(name, done[place - 1].ravel(), lines[place].ravel())
            done[place] = pair.reshape(done[place].shape)
        done = done[::-1] if node.params["reverse"] else done
        return Registers(owner, a.shape, np.moveaxis(done, 0, node.params["axis"]))

    return rule


def _dot(owner: Expressions, node: Node, a: Any, b: Any) -> Any:
    if _is_whole(node):
        return _cannot(node, _WHOLE)
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    sides: list[Any] = []
    for value, contract, batch in ((a, contract_a, batch_a), (b, contract_b, batch_b)):
        shape = np.shape(value) if not isinstance(value, Registers) else value.shape
        free = [i for i in range(len(shape)) if i not in contract and i not in batch]
        numbers = _numbers(owner, value, shape).reshape(shape)
        groups = [prod(shape[i] for i in group) for group in (batch, free, contract)]
        sides.append(numbers.transpose([*batch, *free, *contract]).reshape(groups))
    left, right = sides
    rows: list[Any] = []
    for one, two in zip(left, right, strict=True):
        for row in one:
            for column in two:
                rows.append(owner.each("mul", row, column))
    depth = left.shape[-1]
    products = np.array(rows, np.int64).reshape(-1, depth)
    return Registers(owner, node.outputs[0].shape, owner.fold("sum", products))


def _scatter(name: str) -> Rule:
    def rule(owner: Expressions, node: Node, a: Any, indices: Any, updates: Any) -> Any:
        if depends(indices):
            return _cannot(node, "writes at a place that depends on the argument")
        shape = node.outputs[0].shape
        update_shape = tuple(node.inputs[2].shape)
        numbers = _numbers(owner, a, shape).copy()
        more = _numbers(owner, updates, update_shape)
        target = np.ravel(scatter_map(node, shape, indices, update_shape))
        for place, number in zip(target.tolist(), more.tolist(), strict=True):
            if place >= 0:
                numbers[place] = owner.make(name, int(numbers[place]), number)
        return Registers(owner, shape, numbers)

    return rule


RULES: dict[str, Rule] = {
    **{primitive: _each(name) for primitive, name in _EACH.items()},
    **{name: _truth(name) for name in ("and", "or", "xor", "not")},
    "mul": _floats_only("mul"), "div": _floats_only("div"), "rem": _floats_only("rem"),
    "integer_div": _floats_only("div"),
    "square": _floats_only("square"), "integer_pow": _integer_pow, "round": _round,
    "clamp": _clamp, "select_n": _select, "polygamma": _polygamma,
    "convert_element_type": _convert, "reduce_precision": _reduce_precision,
    **dict.fromkeys(
        ("stop_gradient", "copy", "copy_p", "device_put", "optimization_barrier", "name",
         "sharding_constraint", "layout_constraint", "real"), _same,
    ),
    "reduce_sum": _reduce("sum"), "reduce_prod": _reduce("prod"), "reduce_max": _reduce("maxof"),
    "reduce_min": _reduce("minof"), "reduce_and": _reduce("minof"), "reduce_or": _reduce("maxof"),
    "cumsum": _running("add"), "cumprod": _running("mul"), "cummax": _running("max"),
    "cummin": _running("min"), "dot_general": _dot, "scatter-add": _scatter("add"),
    "scatter-sub": _scatter("sub"), "scatter-mul": _scatter("mul"),
    "scatter-min": _scatter("min"), "scatter-max": _scatter("max"),
}  # fmt: skip
"""Primitive → rule(expressions, node, *arguments), for what depends on the inputs."""
