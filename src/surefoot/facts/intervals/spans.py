"""Intervals with ends of 128 bits by Arb: as rigorous as its balls, and close where they are wide.

A ball keeps its radius to 30 bits and forgets signs: the square of [0, 1] as a ball reaches below
0. Between two ends nothing of that is lost, which is what a lower bound on a wide part of a box
needs. Steps for which ends are not worth it go by balls.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals import balls
from surefoot.facts.intervals.balls import BITS, Ball, Balls
from surefoot.facts.intervals.enclosure import (
    in_its_type,
    needs_a_rule,
    places,
    real_rules,
    refuse,
)
from surefoot.facts.intervals.intervals import Floats
from surefoot.program import Node, Program, Table, walk
from surefoot.program.abstract import abstract_table, spread


class Span:
    """All numbers between two ends, each an Arb number without radius; NaN where unknown."""

    __slots__ = ("high", "low")

    def __init__(self, low: Ball, high: Ball) -> None:
        self.low = low
        self.high = high

    @property
    def ball(self) -> Ball:
        """A ball around it."""
        return self.low.union(self.high)

    def __add__(self, other: Any) -> "Span":
        other = span(other)
        return Span((self.low + other.low).lower(), (self.high + other.high).upper())

    __radd__ = __add__

    def __neg__(self) -> "Span":
        return Span(-self.high, -self.low)

    def __sub__(self, other: Any) -> "Span":
        return self + -span(other)

    def __rsub__(self, other: Any) -> "Span":
        return -self + other

    def __mul__(self, other: Any) -> "Span":
        other = span(other)
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        low, high = ends[0].lower(), ends[0].upper()
        for end in ends[1:]:
            low, high = low.min(end.lower()), high.max(end.upper())
        return Span(low, high)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Span":
        other = span(other)
        if not (other.low > 0 or other.high < 0):
            return Span(arb.nan(), arb.nan())
        return self * Span((1 / other.high).lower(), (1 / other.low).upper())

    def __rtruediv__(self, other: Any) -> "Span":
        return span(other) / self

    def __abs__(self) -> "Span":
        if self.low >= 0:
            return self
        if self.high <= 0:
            return -self
        return Span(0 * self.low, (-self.low).max(self.high))

    def power(self, exponent: int) -> "Span":
        """To a whole number."""
        if exponent < 0:
            return 1 / self.power(-exponent)
        base = abs(self) if exponent % 2 == 0 else self
        return Span((base.low**exponent).lower(), (base.high**exponent).upper())

    def larger(self, other: "Span") -> "Span":
        """The larger of two numbers."""
        return Span(self.low.max(other.low), self.high.max(other.high))

    def smaller(self, other: "Span") -> "Span":
        """The smaller of two numbers."""
        return Span(self.low.min(other.low), self.high.min(other.high))

    def hull(self, other: "Span") -> "Span":
        """Both."""
        return Span(self.low.min(other.low), self.high.max(other.high))


def span(value: Any) -> Span:
    """A ball or a number as a span."""
    if isinstance(value, Span):
        return value
    value = arb(value)
    return Span(value.lower(), value.upper())


def _ball(value: Any) -> Ball:
    return value.ball if isinstance(value, Span) else value


def lower_end(program: Program, lower: Floats, upper: Floats, sign: float) -> float:
    """A float64 lower bound of sign·f on one box, of a program that returns one number.

    Args:
        lower, upper: (n,) ends of the box.

    Raises:
        UnsupportedError: a step has no rule.
    """
    with ctx.workprec(BITS):
        inputs = [
            Balls(
                shape,
                [Span(arb(float(a)), arb(float(b))) for a, b in zip(
                    lower[part], upper[part], strict=True
                )],
            )
            for shape, part in places(program)
        ]  # fmt: skip
        constants = [_TABLE.literal(value) for value in program.consts]
        out = balls.of(walk(program.graph, _TABLE, constants, inputs)[0]).values[0]
        end = span(out).low if sign > 0.0 else -span(out).high
        if not end.is_finite():
            return -np.inf
        found = float(end)
        return found if arb(found) <= end else float(np.nextafter(found, -np.inf))


# ── rules ──────────────────────────────────────────────────────────────────────────────────────


def _rising(name: str) -> Callable[[Span], Span]:
    def apply(x: Span) -> Span:
        return Span(getattr(x.low, name)().lower(), getattr(x.high, name)().upper())

    return apply


def _falling(name: str) -> Callable[[Span], Span]:
    def apply(x: Span) -> Span:
        return Span(getattr(x.high, name)().lower(), getattr(x.low, name)().upper())

    return apply


def _wave(name: str) -> Callable[[Span], Span]:
    def apply(x: Span) -> Span:
        found = getattr(x.ball, name)()
        return Span(found.lower().max(arb(-1)), found.upper().min(arb(1)))

    return apply


def _hyperbolic_cosine(x: Span) -> Span:
    return _rising("cosh")(abs(x))


ON_SPANS: dict[str, Callable[..., Span]] = {
    "add": lambda x, y: x + y, "add_any": lambda x, y: x + y, "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y, "div": lambda x, y: x / y, "neg": lambda x: -x,
    "abs": lambda x: abs(x), "square": lambda x: x.power(2), "max": Span.larger,
    "min": Span.smaller, "clamp": lambda low, x, high: x.larger(low).smaller(high),
    **{name: _rising(name) for name in (
        "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sinh", "asinh", "atan", "asin", "acosh",
        "atanh", "erf", "floor", "ceil",
    )},
    "sign": _rising("sgn"), "rsqrt": _falling("rsqrt"), "acos": _falling("acos"),
    "erfc": _falling("erfc"), "cosh": _hyperbolic_cosine, "sin": _wave("sin"), "cos": _wave("cos"),
    "logistic": lambda x: 1 / (1 + _rising("exp")(-x)),
}  # fmt: skip
"""Primitive → it, on spans."""


def _times(x: Any, y: Any) -> Span:
    return span(x).power(2) if x is y else span(x) * y


def _elementwise(name: str, function: Callable[..., Span]) -> Callable[..., Balls]:
    def rule(node: Node, *arguments: Any) -> Balls:
        shape = node.outputs[0].shape
        parts = [balls.of(spread(argument, shape)).values for argument in arguments]
        if name == "mul" and arguments[0] is arguments[1]:
            return Balls(shape, [span(x).power(2) for x in parts[0]])
        return Balls(shape, [function(*map(span, each)) for each in zip(*parts, strict=True)])

    return rule


def _whole_power(node: Node, a: Any) -> Balls:
    exponent = int(node.params["y"])
    return Balls(node.outputs[0].shape, [span(x).power(exponent) for x in balls.of(a).values])


def _power(node: Node, a: Any, b: Any) -> Any:
    shape = node.outputs[0].shape
    exponents = balls.of(spread(b, shape)).values
    whole = [_ball(y) for y in exponents]
    if not all(y.is_exact() and y.is_integer() for y in whole):
        return _by_balls(balls.RULES["pow"])(node, a, b)
    pairs = zip(balls.of(spread(a, shape)).values, whole, strict=True)
    return Balls(shape, [span(x).power(int(y.unique_fmpz())) for x, y in pairs])


def _select(node: Node, which: Any, *cases: Any) -> Balls:
    shape = node.outputs[0].shape
    parts = [balls.of(spread(case, shape)).values for case in cases]
    chosen: list[Span] = []
    for place, pick in enumerate(balls.of(spread(which, shape)).values):
        some = [span(part[place]) for k, part in enumerate(parts) if _ball(pick).overlaps(arb(k))]
        found = some[0] if some else Span(arb.nan(), arb.nan())
        for each in some[1:]:
            found = found.hull(each)
        chosen.append(found)
    return Balls(shape, chosen)


def _by_balls(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A rule for balls, on balls around the spans."""

    def run(node: Node, *arguments: Any) -> Any:
        known = [
            Balls(a.shape, map(_ball, a.values)) if isinstance(a, Balls) else a for a in arguments
        ]
        # Of one and the same argument the rules know more.
        for k, a in enumerate(arguments):
            known[k] = next((known[i] for i in range(k) if arguments[i] is a), known[k])
        return rule(node, *known)

    return run


_LARGER = balls.folded(lambda x, y: span(x).larger(span(y)), arb.neg_inf())
_SMALLER = balls.folded(lambda x, y: span(x).smaller(span(y)), arb.pos_inf())

def _wrapped(value: Any, least: int, largest: int) -> Any:
    if not isinstance(value, Balls):
        return value
    every = arb(least).union(arb(largest))
    known = [(x, span(x)) for x in value.values]
    return Balls(
        value.shape, [x if s.low >= least and s.high <= largest else every for x, s in known]
    )


RULES: dict[str, Any] = {
    **{name: _by_balls(rule) for name, rule in balls.RULES.items()},
    **{name: _elementwise(name, function) for name, function in ON_SPANS.items()},
    "integer_pow": _whole_power, "pow": _power, "select_n": _select,
    "reduce_sum": balls.folded(lambda x, y: span(x) + y, arb(0)),
    "reduce_prod": balls.folded(lambda x, y: span(x) * y, arb(1)),
    "reduce_max": _LARGER, "reduce_min": _SMALLER,
    "cumsum": balls.running(lambda x, y: span(x) + y),
    "cumprod": balls.running(lambda x, y: span(x) * y),
    "dot_general": lambda node, a, b: balls.dot(node, a, b, _times),
    "scatter-add": balls.scatter_add, "scatter-sub": balls.scatter_add,
    **balls.SAME,
}  # fmt: skip
"""Primitive → rule."""

_TABLE: Table[Any] = abstract_table(
    "ball arithmetic",
    real_rules({name: in_its_type(rule, _wrapped) for name, rule in RULES.items()}), refuse,
    undecided=_by_balls(balls.branch), rounds=needs_a_rule,
)  # fmt: skip
