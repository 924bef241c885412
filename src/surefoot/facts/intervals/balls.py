"""The same bounds by Arb's ball arithmetic: another implementation, at another precision.

It is slow (an object a number) and asked only about what matters: the final enclosures behind a
proof, and the truth that the interval rules are tested against. A ball is a midpoint with 128 bits
and a radius; where a step has no value on part of a ball, Arb answers NaN, which is the whole line
here. Source: F. Johansson, IEEE Trans. Computers 66 (2017), https://arblib.org.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals.choices import SAME
from surefoot.facts.intervals.enclosure import (
    in_its_type,
    needs_a_rule,
    places,
    real_rules,
    refuse,
)
from surefoot.facts.intervals.intervals import Floats
from surefoot.program import Graph, Node, Program, Table, walk
from surefoot.program.abstract import Dependent, Indices, abstract_table, spread
from surefoot.program.numpy_rules import scatter_map
from surefoot.program.walk import literals

BITS = 128
Ball = Any


class Balls(Dependent):
    """One ball for each element of an array, raveled."""

    def __init__(self, shape: tuple[int, ...], values: Iterable[Ball]) -> None:
        self.shape = shape
        self.values = list(values)

    def take(self, where: Indices) -> "Balls":
        flat = np.ravel(where).tolist()
        return Balls(where.shape, [self.values[k] if k >= 0 else _line() for k in flat])

    def reshaped(self, shape: tuple[int, ...]) -> "Balls":
        return Balls(shape, self.values)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Balls":
        parts = [of(value) for value in values]
        together = [ball for part in parts for ball in part.values]
        return cls((len(together),), together)

    @property
    def grid(self) -> Any:
        """The balls as an array of objects in the array's shape."""
        made = np.empty(len(self.values), object)
        for k, value in enumerate(self.values):  # a series at once would be taken for a row
            made[k] = value
        return made.reshape(self.shape)


def balls(program: Program, lower: Floats, upper: Floats) -> list[Balls]:
    """Balls around the outputs of a program on one box.

    Args:
        lower, upper: (n,) ends of the box.

    Raises:
        UnsupportedError: a step has no rule.
    """
    with ctx.workprec(BITS):
        inputs = [
            Balls(shape, [between(a, b) for a, b in zip(lower[part], upper[part], strict=True)])
            for shape, part in places(program)
        ]
        constants = [_TABLE.literal(value) for value in program.consts]
        return [of(value) for value in walk(program.graph, _TABLE, constants, inputs)]


def ends(ball: Ball) -> tuple[float, float]:
    """Float64 bounds of a ball, rounded outward; infinite where it holds no number."""
    if not ball.is_finite():
        return -np.inf, np.inf
    lower, upper = float(ball.lower()), float(ball.upper())
    return float(np.nextafter(lower, -np.inf)), float(np.nextafter(upper, np.inf))


def between(lower: float, upper: float) -> Ball:
    """The ball around two float64 numbers."""
    first = arb(float(lower))
    return first if lower == upper else first.union(arb(float(upper)))


def _line() -> Ball:
    return arb.nan()


def of(value: Any) -> Balls:
    """A value as balls; a constant is known without error."""
    if isinstance(value, Balls):
        return value
    array = np.asarray(value)
    number = int if array.dtype.kind in "iub" else float
    return Balls(array.shape, [arb(number(x)) for x in array.ravel()])


# ── rules ──────────────────────────────────────────────────────────────────────────────────────


def elementwise(function: Callable[..., Ball]) -> Callable[..., Balls]:
    """The rule that applies a function of numbers to each element."""

    def rule(node: Node, *arguments: Any) -> Balls:
        shape = node.outputs[0].shape
        parts = [of(spread(argument, shape)).values for argument in arguments]
        return Balls(shape, [function(*each) for each in zip(*parts, strict=True)])

    return rule


def truth(surely: bool, never: bool) -> Ball:
    """1, 0, or both where it is not known."""
    return arb(1) if surely else arb(0) if never else arb(0).union(arb(1))


def whole_power(x: Ball, exponent: int, size: Callable[[Ball], Ball] = abs) -> Ball:
    """By squaring: Arb's own power of a ball with midpoint 0 is NaN. `size` keeps even ones ≥ 0."""
    if exponent < 0:
        return 1 / whole_power(x, -exponent, size)
    result, square = arb(1), size(x) if exponent % 2 == 0 else x
    while exponent:
        result = result * square if exponent & 1 else result
        square, exponent = square * square, exponent >> 1
    return result


def _power(node: Node, a: Any, b: Any) -> Balls:
    def raised(x: Ball, y: Ball) -> Ball:
        if y.is_exact() and y.is_integer():
            return whole_power(x, int(y.unique_fmpz()))
        return x**y

    return elementwise(raised)(node, a, b)


def _absolute(x: Ball) -> Ball:
    return abs(x)


def _extreme(largest: bool) -> Callable[[Ball, Ball], Ball]:
    def pick(x: Ball, y: Ball) -> Ball:
        return x.max(y) if largest else x.min(y)

    return pick


def _select(node: Node, which: Any, *cases: Any) -> Balls:
    shape = node.outputs[0].shape
    parts = [of(spread(case, shape)).values for case in cases]
    chosen: list[Ball] = []
    for place, pick in enumerate(of(spread(which, shape)).values):
        found: Ball | None = None
        for number, part in enumerate(parts):
            if pick.overlaps(arb(number)):
                found = part[place] if found is None else found.union(part[place])
        chosen.append(_line() if found is None else found)
    return Balls(shape, chosen)


def folded(function: Callable[[Ball, Ball], Ball], first: Ball) -> Callable[..., Balls]:
    """The rule that combines all elements along axes."""

    def rule(node: Node, a: Any) -> Balls:
        value = of(a)
        places = np.arange(value.size).reshape(value.shape)
        axes = [int(axis) for axis in node.params["axes"]]
        rows = np.moveaxis(places, axes, range(len(axes)))
        rows = rows.reshape(-1, prod(rows.shape[len(axes) :]))
        return Balls(
            node.outputs[0].shape,
            [reduce(function, (value.values[k] for k in column), first) for column in rows.T],
        )

    return rule


def running(function: Callable[[Ball, Ball], Ball]) -> Callable[..., Balls]:
    """The rule that combines each element with all before it."""

    def rule(node: Node, a: Any) -> Balls:
        value = of(a)
        places = np.arange(value.size).reshape(value.shape)
        lines = np.moveaxis(places, int(node.params["axis"]), 0).reshape(
            value.shape[int(node.params["axis"])], -1
        )
        lines = lines[::-1] if node.params["reverse"] else lines
        made = list(value.values)
        for line in lines.T:
            for before, here in pairwise(line):
                made[here] = function(made[before], made[here])
        return Balls(node.outputs[0].shape, made)

    return rule


def dot(
    node: Node, a: Any, b: Any, times: Callable[[Any, Any], Any] = lambda x, y: x * y
) -> Balls:
    """`dot_general`, product by product."""
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    one, two = of(a).grid, of(b).grid
    free_a = [i for i in range(one.ndim) if i not in contract_a and i not in batch_a]
    free_b = [i for i in range(two.ndim) if i not in contract_b and i not in batch_b]
    batch = [one.shape[i] for i in batch_a]
    depth = prod(one.shape[i] for i in contract_a)
    left = np.transpose(one, [*batch_a, *free_a, *contract_a]).reshape(prod(batch), -1, depth)
    right = np.transpose(two, [*batch_b, *contract_b, *free_b]).reshape(prod(batch), depth, -1)
    values = [
        sum((times(x, y) for x, y in zip(row, column, strict=True)), arb(0))
        for k in range(prod(batch)) for row in left[k] for column in right[k].T
    ]  # fmt: skip
    return Balls(node.outputs[0].shape, values)


def _sort(node: Node, *operands: Any) -> Any:
    """By the ends, as the interval rule; what is carried along may come from anywhere."""
    axis = int(node.params["dimension"])
    results: list[Balls] = []
    for number, operand in enumerate(operands):
        grid = np.moveaxis(of(operand).grid, axis, -1)
        rows = grid.reshape(-1, grid.shape[-1])
        made = np.empty(rows.shape, object)
        for k, row in enumerate(rows):
            if number:
                every = row[0]
                for ball in row[1:]:
                    every = every.union(ball)
                made[k] = every
            else:
                low = sorted(float(ball.lower()) if ball.is_finite() else -np.inf for ball in row)
                high = sorted(float(ball.upper()) if ball.is_finite() else np.inf for ball in row)
                pairs = zip(low, high, strict=True)
                made[k] = [
                    between(np.nextafter(a, -np.inf), np.nextafter(b, np.inf)) for a, b in pairs
                ]
        back = np.moveaxis(made.reshape(grid.shape), -1, axis)
        results.append(Balls(node.outputs[number].shape, np.ravel(back)))
    return tuple(results) if len(results) > 1 else results[0]


def scatter_add(node: Node, a: Any, indices: Any, updates: Any) -> Balls:
    """Updates added where the indices say."""
    base, more = of(a), of(updates)
    values = list(base.values)
    sign = -1 if node.primitive == "scatter-sub" else 1
    for place, ball in zip(
        np.ravel(scatter_map(node, base.shape, indices, more.shape)), more.values, strict=True
    ):
        if place >= 0:
            values[place] = values[place] + sign * ball
    return Balls(base.shape, values)


def _convert(node: Node, a: Any) -> Balls:
    target, source = np.dtype(node.params["new_dtype"]), np.dtype(node.inputs[0].dtype)
    if target == np.bool_ and source != np.bool_:
        return elementwise(lambda x: truth(not x.contains(0), x.is_zero()))(node, a)
    if target.kind in "iu" and source.kind not in "iub":
        def cut(x: Ball) -> Ball:
            return x.floor() if x >= 0 else x.ceil() if x <= 0 else x.floor().union(x.ceil())

        return elementwise(cut)(node, a)
    return of(a)


def _wrapped(value: Any, least: int, largest: int) -> Any:
    if not isinstance(value, Balls):
        return value
    every = arb(least).union(arb(largest))
    fits = [bool(x >= least and x <= largest) for x in value.values]
    return Balls(value.shape, [x if f else every for x, f in zip(value.values, fits, strict=True)])


def _round(node: Node, a: Any) -> Balls:
    """Off by at most ½; which whole number at a tie does not matter here."""
    return elementwise(lambda x: (x - 0.5).ceil().union((x + 0.5).floor()))(node, a)


def _cut_off(x: Ball, y: Ball) -> Ball:
    """x / y, cut off towards 0."""
    ratio = x / y
    return ratio.floor() if ratio >= 0 else ratio.ceil() if ratio <= 0 else (
        ratio.floor().union(ratio.ceil())
    )  # fmt: skip


def _remainder(x: Ball, y: Ball) -> Ball:
    return x - y * _cut_off(x, y)


def _compare(node: Node, a: Any, b: Any) -> Balls:
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        # A test for NaN, which a ball without end may stand for.
        same = arb(int(name in ("eq", "le", "ge")))
        return Balls(shape, [same if x.is_finite() else truth(False, False) for x in of(a).values])
    orders: dict[str, Callable[[Ball, Ball], Ball]] = {
        "lt": lambda x, y: truth(bool(x < y), bool(x >= y)),
        "le": lambda x, y: truth(bool(x <= y), bool(x > y)),
        "gt": lambda x, y: truth(bool(x > y), bool(x <= y)),
        "ge": lambda x, y: truth(bool(x >= y), bool(x < y)),
        "eq": lambda x, y: truth(x.is_exact() and y.is_exact() and bool(x == y),
                                  not x.overlaps(y)),
        "ne": lambda x, y: truth(not x.overlaps(y),
                                  x.is_exact() and y.is_exact() and bool(x == y)),
    }  # fmt: skip
    return elementwise(orders[name])(node, a, b)


def _logical(node: Node, *arguments: Any) -> Balls:
    if np.dtype(node.outputs[0].dtype) != np.bool_:
        refuse(node)
    rules: dict[str, Callable[..., Ball]] = {
        "and": lambda x, y: x * y, "or": lambda x, y: x.max(y), "not": lambda x: 1 - x,
        "xor": lambda x, y: abs(x - y),
    }  # fmt: skip
    return elementwise(rules[node.primitive])(node, *arguments)


_FUNCTIONS: dict[str, Callable[..., Ball]] = {
    "add": lambda x, y: x + y, "add_any": lambda x, y: x + y, "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y, "div": lambda x, y: x / y, "neg": lambda x: -x, "abs": _absolute,
    "square": lambda x: whole_power(x, 2), "integer_div": _cut_off,
    "rem": _remainder, "max": _extreme(True), "min": _extreme(False),
    "exp": lambda x: x.exp(), "exp2": lambda x: arb(2) ** x, "expm1": lambda x: x.expm1(),
    "log": lambda x: x.log(), "log1p": lambda x: x.log1p(), "sqrt": lambda x: x.sqrt(),
    "rsqrt": lambda x: x.rsqrt(),
    "cbrt": lambda x: x.root(3) if x >= 0 else -((-x).root(3)) if x <= 0 else (
        x.upper().root(3).union(-((-x.lower()).root(3)))
    ),
    "logistic": lambda x: 1 / (1 + (-x).exp()), "tanh": lambda x: x.tanh(),
    "sinh": lambda x: x.sinh(), "cosh": lambda x: x.cosh(), "asinh": lambda x: x.asinh(),
    "acosh": lambda x: x.acosh(), "atanh": lambda x: x.atanh(), "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(), "tan": lambda x: x.tan(), "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(), "atan": lambda x: x.atan(),
    "atan2": lambda x, y: arb.atan2(x, y), "erf": lambda x: x.erf(), "erfc": lambda x: x.erfc(),
    "sign": lambda x: x.sgn(), "floor": lambda x: x.floor(), "ceil": lambda x: x.ceil(),
    "clamp": lambda low, x, high: x.max(low).min(high),
    "is_finite": lambda x: truth(bool(x.is_finite()), False),
}  # fmt: skip


def _run(graph: Graph, operands: Sequence[Any]) -> list[Any]:
    return walk(graph, _TABLE, literals(graph, _TABLE), operands)


def branch(node: Node, index: Any, *operands: Any) -> Any:
    """The union of what the branches give that may be taken."""
    which = of(index).values[0]
    taken = [k for k in range(len(node.inner)) if which.overlaps(arb(k))]
    ways = [[of(value) for value in _run(node.inner[k], operands)] for k in taken]
    return tuple(
        Balls(out.shape, [_union(each) for each in zip(*(v.values for v in values), strict=True)])
        for values, out in zip(zip(*ways, strict=True), node.outputs, strict=True)
    )


def _union(parts: Sequence[Ball]) -> Ball:
    found = parts[0]
    for part in parts[1:]:
        found = found.union(part)
    return found


_BASIC: dict[str, Any] = {
    **{name: elementwise(function) for name, function in _FUNCTIONS.items()},
    "integer_pow": lambda node, a: elementwise(
        lambda x: whole_power(x, int(node.params["y"]))
    )(node, a),
    "pow": _power, "select_n": _select, "round": _round, "convert_element_type": _convert,
    "reduce_sum": folded(lambda x, y: x + y, arb(0)),
    "reduce_prod": folded(lambda x, y: x * y, arb(1)),
    "reduce_max": folded(_extreme(True), arb.neg_inf()),
    "reduce_min": folded(_extreme(False), arb.pos_inf()),
    "reduce_and": folded(lambda x, y: x * y, arb(1)),
    "reduce_or": folded(_extreme(True), arb(0)),
    "cumsum": running(lambda x, y: x + y), "cumprod": running(lambda x, y: x * y),
    "cummax": running(_extreme(True)), "cummin": running(_extreme(False)),
    "dot_general": dot, "sort": _sort, "scatter-add": scatter_add, "scatter-sub": scatter_add,
    **dict.fromkeys(["lt", "le", "gt", "ge", "eq", "ne"], _compare),
    **dict.fromkeys(["and", "or", "not", "xor"], _logical),
    **SAME,
}  # fmt: skip
"""Primitive → ball rule."""

RULES: dict[str, Any] = {name: in_its_type(rule, _wrapped) for name, rule in _BASIC.items()}

_TABLE: Table[Any] = abstract_table(
    "ball arithmetic", real_rules(RULES), refuse, undecided=branch, rounds=needs_a_rule
)

__all__ = ["BITS", "Balls", "balls", "ends"]
