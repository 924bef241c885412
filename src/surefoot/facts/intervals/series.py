"""Slope and curvature by Arb's power series: the second opinion on an enclosed derivative.

Along a direction d the program is walked with the series X + d t + O(t³), whose coefficients are
balls: of f(X + d t) the second is ∇f·d and twice the third dᵀ∇²f d, for every point of the box X.
What switches within the box has no such series; then there is no second opinion.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.casts import cuts_off
from surefoot.facts.intervals.balls import (
    BITS,
    Ball,
    Balls,
    between,
    dot,
    elementwise,
    folded,
    of,
    running,
    scatter_add,
    truth,
    whole_power,
)
from surefoot.facts.intervals.choices import SAME
from surefoot.facts.intervals.curved import Curved, variable
from surefoot.facts.intervals.enclosure import needs_a_rule, places, real_rules, refuse
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.spans import span
from surefoot.program import Node, Program, Table, walk
from surefoot.program.abstract import abstract_table, spread
from surefoot.terms import UnsupportedError

ORDER = 3


def taylor(
    program: Program, lower: Floats, upper: Floats, direction: Floats, order: int = ORDER
) -> list[tuple[Ball, Ball, Ball]]:
    """Of each number that a program returns f, ∇f·d and dᵀ∇²f d on a box, as balls.

    Args:
        lower, upper, direction: (n,).
        order: how many of the three are wanted; the others are 0.

    Raises:
        UnsupportedError: a step has no rule, or switches within the box.
    """
    paths = [[arb(float(d))] for d in direction]
    return [
        (found[0], found[1], 2 * found[2])
        for found in _coefficients(program, lower, upper, paths, order, ORDER)
    ]


def gradients(
    program: Program, lower: Floats, upper: Floats, which: Sequence[int]
) -> list[list[Ball]]:
    """Of each number that a program returns ∂f/∂xᵢ on a box, for the variables i in `which`.

    In one walk: the m variables move as tᵐ, tᵐ⁺¹, …, t²ᵐ⁻¹. Products of two of these powers have
    order 2m at least, so that the coefficients below it are the slopes.

    Raises:
        UnsupportedError: as `taylor`.
    """
    m = len(which)
    powers = {k: m + place for place, k in enumerate(which)}
    found = _coefficients(program, lower, upper, _paths(lower.size, powers), 2 * m, 2 * m)
    return [each[m:] for each in found]


def bends_of_two(
    program: Program, lower: Floats, upper: Floats, i: int, j: int
) -> tuple[Ball, Ball, Ball]:
    """∂²f/∂xᵢ², ∂²f/∂xᵢ∂xⱼ and ∂²f/∂xⱼ² on a box, of a program that returns one number.

    In one walk: with xᵢ moving as t³ and xⱼ as t⁴ only their products have the orders 6, 7 and 8.

    Raises:
        UnsupportedError: as `taylor`.
    """
    paths = _paths(lower.size, {i: 3, j: 4})
    found = _coefficients(program, lower, upper, paths, 9, 9)[0]
    return 2 * found[6], found[7], 2 * found[8]


def _paths(n: int, powers: Mapping[int, int]) -> list[list[Ball]]:
    """What is added to each variable: a power of t, or nothing."""
    none: list[Ball] = []
    return [[*[arb(0)] * (powers[k] - 1), arb(1)] if k in powers else none for k in range(n)]


def _coefficients(
    program: Program, lower: Floats, upper: Floats, paths: Sequence[Sequence[Ball]], order: int,
    count: int,
) -> list[list[Ball]]:  # fmt: skip
    """The first coefficients of each number that a program returns, `count` of them.

    Args:
        paths: what is added to each variable: the coefficients of t, t², ….
        order: how many coefficients series have on the way; what lies beyond is 0.
    """
    with ctx.workprec(BITS):
        starts = [between(a, b) for a, b in zip(lower.tolist(), upper.tolist(), strict=True)]
        values = [
            arb_series([start, *path]) if path else start
            for start, path in zip(starts, paths, strict=True)
        ]
    return [coefficients(each, count) for each in series_of(program, values, order)]


def series_of(
    program: Program, values: Sequence[Any], order: int, table: Table[Any] | None = None
) -> list[Any]:
    """Each number that a program returns, as a series, from those of its variables.

    Args:
        order: how many coefficients series have on the way.
        table: the rules; None for those that refuse what switches.

    Raises:
        UnsupportedError: a step has no rule, or no series.
    """
    cap = ctx.cap
    try:
        ctx.cap = order
        with ctx.workprec(BITS):
            return _walked(program, values, _TABLE if table is None else table)
    except (ZeroDivisionError, ValueError) as error:
        # What has no value at a point is an error in series, not NaN as in balls.
        hint = "it has no series where it divides by zero, or leaves its domain"
        raise UnsupportedError("a power series", "division", program.name, hint) from error
    finally:
        ctx.cap = cap


def _walked(program: Program, values: Sequence[Any], table: Table[Any]) -> list[Any]:
    inputs = [Balls(shape, values[part]) for shape, part in places(program)]
    constants = [table.literal(value) for value in program.consts]
    return of(walk(program.graph, table, constants, inputs)[0]).values


def coefficients(series: Any, count: int) -> list[Ball]:
    """The first coefficients of a series, or of a number that is none."""
    known = series.coeffs() if isinstance(series, arb_series) else [series]
    return [*known, *[arb(0)] * count][:count]


def curvatures(program: Program, lower: Floats, upper: Floats) -> Curved:
    """f with its slopes and curvatures on a box (n,), of a program that returns one number.

    Raises:
        UnsupportedError: a step has no rule, or switches within the box.
    """
    with ctx.workprec(BITS):
        values = [
            variable(k, a, b) if a < b else arb(float(a))
            for k, (a, b) in enumerate(zip(lower.tolist(), upper.tolist(), strict=True))
        ]
        try:
            out = _walked(program, values, _TABLE)[0]
        except (ZeroDivisionError, ValueError) as error:
            hint = "it divides by zero, or leaves its domain"
            raise UnsupportedError("derivatives", "division", program.name, hint) from error
        return out if isinstance(out, Curved) else Curved(span(out), {}, {})


def _number(x: Any) -> Ball:
    """The ball of the value itself."""
    if isinstance(x, Curved):
        return x.value.ball
    if not isinstance(x, arb_series):
        return x
    coefficients = x.coeffs()
    return coefficients[0] if coefficients else arb(0)


def _undecided(node: Node) -> UnsupportedError:
    return UnsupportedError(
        "a power series", node.primitive, str(node.source), "it switches within the box"
    )


def _exp(x: Any) -> Any:
    return x.exp()


def _cbrt(x: Any) -> Any:
    third = arb(1) / 3
    return x**third if _number(x) > 0 else -((-x) ** third)


def _raised(x: Any, y: Any) -> Any:
    exponent = _number(y)
    if not isinstance(y, arb_series) and exponent.is_exact() and exponent.is_integer():
        return _power(x, int(exponent.unique_fmpz()))
    if isinstance(x, arb):  # of a constant that is not above 0 the logarithm is no number
        return (y * x.log()).exp()
    return x**y


def _product(x: Any, y: Any) -> Any:
    return _power(x, 2) if x is y else x * y


def _power(x: Any, exponent: int) -> Any:
    """xⁿ for a whole number n."""
    if isinstance(x, Curved):
        return x.power(exponent)
    return whole_power(x, exponent, size=lambda z: z)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y, "add_any": lambda x, y: x + y, "sub": lambda x, y: x - y,
    "mul": _product, "div": lambda x, y: x / y, "neg": lambda x: -x,
    "square": lambda x: _power(x, 2), "exp": _exp, "exp2": lambda x: (x * arb(2).log()).exp(),
    "expm1": lambda x: x.exp() - 1, "log": lambda x: x.log(), "log1p": lambda x: (1 + x).log(),
    "sqrt": lambda x: x.sqrt(), "rsqrt": lambda x: x.rsqrt(), "cbrt": _cbrt,
    "logistic": lambda x: 1 / (1 + (-x).exp()), "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "sinh": lambda x: (x.exp() - (-x).exp()) / 2, "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "asinh": lambda x: (x + (1 + x * x).sqrt()).log(),
    "acosh": lambda x: (x + (x * x - 1).sqrt()).log(),
    "atanh": lambda x: ((1 + x) / (1 - x)).log() / 2, "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(), "tan": lambda x: x.tan(), "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(), "atan": lambda x: x.atan(), "erf": lambda x: x.erf(),
    "erfc": lambda x: x.erfc(), "pow": _raised, "is_finite": lambda x: arb(1),
}  # fmt: skip


def _compare(node: Node, a: Any, b: Any) -> Balls:
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        return Balls(shape, [arb(int(name in ("eq", "le", "ge")))] * int(np.prod(shape)))
    orders: dict[str, Callable[[Ball, Ball], Ball]] = {
        "lt": lambda x, y: truth(bool(x < y), bool(x >= y)),
        "le": lambda x, y: truth(bool(x <= y), bool(x > y)),
        "gt": lambda x, y: truth(bool(x > y), bool(x <= y)),
        "ge": lambda x, y: truth(bool(x >= y), bool(x < y)),
        "ne": lambda x, y: truth(not x.overlaps(y), False),
        "eq": lambda x, y: truth(False, not x.overlaps(y)),
    }  # fmt: skip
    return elementwise(lambda x, y: orders[name](_number(x), _number(y)))(node, a, b)


def _chosen(node: Node, which: Sequence[Ball], parts: Sequence[Sequence[Any]]) -> list[Any]:
    found: list[Any] = []
    for place, pick in enumerate(which):
        may = [k for k in range(len(parts)) if pick.overlaps(arb(k))]
        if len(may) != 1:
            raise _undecided(node)
        found.append(parts[may[0]][place])
    return found


def _select(node: Node, which: Any, *cases: Any) -> Balls:
    shape = node.outputs[0].shape
    parts = [of(spread(case, shape)).values for case in cases]
    return Balls(shape, _chosen(node, of(spread(which, shape)).values, parts))


def _first_of(node: Node, x: Any, y: Any, *, largest: bool) -> Any:
    one, two = _number(x), _number(y)
    if one > two:
        return x if largest else y
    if one < two:
        return y if largest else x
    raise _undecided(node)


def _extreme(largest: bool) -> Callable[..., Balls]:
    def rule(node: Node, a: Any, b: Any) -> Balls:
        return elementwise(lambda x, y: _first_of(node, x, y, largest=largest))(node, a, b)

    return rule


def _reduce_extreme(largest: bool) -> Callable[..., Balls]:
    idle = arb.neg_inf() if largest else arb.pos_inf()

    def rule(node: Node, a: Any) -> Balls:
        return folded(lambda x, y: _first_of(node, x, y, largest=largest), idle)(node, a)

    return rule


def _clamp(node: Node, low: Any, a: Any, high: Any) -> Balls:
    def held(x: Any, y: Any, z: Any) -> Any:
        return _first_of(node, _first_of(node, x, y, largest=True), z, largest=False)

    return elementwise(held)(node, low, a, high)


def _absolute(node: Node, a: Any) -> Balls:
    def size(x: Any) -> Any:
        if _number(x) > 0:
            return x
        if _number(x) < 0:
            return -x
        raise _undecided(node)

    return elementwise(size)(node, a)


def _convert(node: Node, a: Any) -> Balls:
    if cuts_off(node):
        raise _undecided(node)
    return of(a)


SERIES_RULES: dict[str, Any] = {
    **{name: elementwise(function) for name, function in _FUNCTIONS.items()},
    "integer_pow": lambda node, a: elementwise(
        lambda x: _power(x, int(node.params["y"]))
    )(node, a),
    "max": _extreme(True), "min": _extreme(False), "clamp": _clamp, "abs": _absolute,
    "select_n": _select, "convert_element_type": _convert,
    "reduce_sum": folded(lambda x, y: x + y, arb(0)),
    "reduce_prod": folded(lambda x, y: x * y, arb(1)),
    "reduce_max": _reduce_extreme(True), "reduce_min": _reduce_extreme(False),
    "reduce_and": folded(lambda x, y: x * y, arb(1)),
    "reduce_or": folded(lambda x, y: x.max(y), arb(0)),
    "cumsum": running(lambda x, y: x + y), "cumprod": running(lambda x, y: x * y),
    "dot_general": lambda node, a, b: dot(node, a, b, times=_product),
    "scatter-add": scatter_add, "scatter-sub": scatter_add,
    "and": elementwise(lambda x, y: x * y), "or": elementwise(lambda x, y: x.max(y)),
    "not": elementwise(lambda x: 1 - x),
    **dict.fromkeys(["lt", "le", "gt", "ge", "eq", "ne"], _compare),
    **SAME,
}  # fmt: skip
"""Primitive → rule of series; a step that may switch within the box is refused."""

_TABLE: Table[Any] = abstract_table(
    "a power series", real_rules(SERIES_RULES), refuse, rounds=needs_a_rule
)
