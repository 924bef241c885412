"""What float64 intervals have shown of a crossing, shown once more by Arb.

Another arithmetic (128 bits), another way to slopes (power series), the same conditions. On the
part [a, b] of the line where the crossing lies, f₋ and f₊ with the choices of its two sides:

1. each difference g that changes sign there has g′ > 0 all over [a, b] and g(a) ≤ 0 ≤ g(b), or all
   the other way round: there is one crossing, and no more;
2. f₊ − f₋ is not 0 there (a jump); f₊′ − f₋′ is not (a kink); or both are 0 exactly (smooth).

A proof is called one only where both agree.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.choice_maps import arranged, competing, whole_part
from surefoot.facts.intervals.balls import BITS, Balls, between, of
from surefoot.facts.intervals.enclosure import needs_a_rule, places, real_rules, refuse
from surefoot.facts.intervals.series import SERIES_RULES
from surefoot.facts.pieces import Choice
from surefoot.facts.sides import Sides
from surefoot.program import Node, walk
from surefoot.program.abstract import abstract_table, spread
from surefoot.terms import UnsupportedError

Pair = tuple[float, float]

_ORDER = 3
"""Coefficients of a series: √q of a q that touches 0 takes its slopes from the third."""


class _NoOpinionError(Exception):
    """The program does not follow the course that was noted."""


@dataclass
class _Walk:
    """One walk on which every choice is made as noted.

    Attributes:
        sides: the noted choices. given, other: those to make, and those beyond the crossing.
        side: −1 or 1, the side of the crossing.
        gaps: the differences that are 0 at the crossing, of the steps that are named.
    """

    sides: Sides
    given: Sequence[Choice]
    other: Sequence[Choice]
    side: int
    place: int = 0
    gaps: list[Any] = field(default_factory=list[Any])

    def choice(self, node: Node, gap: Callable[[int, int, int], Any]) -> Choice:
        """The choice to make; gap(k, p, q) is what is 0 where element k's choice p becomes q."""
        if self.place >= len(self.given):
            raise _NoOpinionError
        made, beyond = self.given[self.place], self.other[self.place]
        self.place += 1
        if self.sides.named.place(node) is not None:
            for k in np.flatnonzero(made != beyond).tolist():
                self.gaps.append(gap(k, int(made[k]), int(beyond[k])))
        return made


def agrees(sides: Sides, part: Pair, meeting: str) -> bool:
    """Whether Arb shows of a crossing what was shown in floats.

    Args:
        part: where it lies. meeting: the name of how the sides meet: "JUMP", "KINK" or "SMOOTH".
    """
    try:
        with ctx.workprec(BITS):
            return _one_crossing(sides, part) and _meet_so(sides, part, meeting)
    except (UnsupportedError, _NoOpinionError, ZeroDivisionError, ValueError):
        # What has no value at a point is an error in series.
        return False


def value_differs(sides: Sides, t: float, here: Sequence[Choice]) -> bool:
    """Whether Arb shows that the value at t, with the choices made there, is that of no side."""
    try:
        with ctx.workprec(BITS):
            at = (t, t)
            own = _part(_walked(sides, at, here, here, 0)[0], 0)
            beside = [_part(_walked(sides, at, *_chosen(sides, s), s)[0], 0) for s in (-1, 1)]
            return not any(own.overlaps(value) for value in beside)
    except (UnsupportedError, _NoOpinionError, ZeroDivisionError, ValueError):
        return False


def _chosen(sides: Sides, side: int) -> tuple[Sequence[Choice], Sequence[Choice]]:
    return (sides.left, sides.right) if side < 0 else (sides.right, sides.left)


def _one_crossing(sides: Sides, part: Pair) -> bool:
    ends = [_walked(sides, (t, t), *_chosen(sides, -1), -1)[1] for t in dict.fromkeys(part)]
    over = _walked(sides, part, *_chosen(sides, -1), -1)[1] if len(ends) == 2 else ends[0]
    for first, last, whole in zip(ends[0], ends[-1], over, strict=True):
        slope, low, high = _part(whole, 1), _part(first, 0), _part(last, 0)
        rises = slope > 0 and low <= 0 and high >= 0
        falls = slope < 0 and low >= 0 and high <= 0
        if not (rises or falls):
            return False
    return True


def _meet_so(sides: Sides, part: Pair, meeting: str) -> bool:
    one, two = (_walked(sides, part, *_chosen(sides, side), side)[0] for side in (-1, 1))
    jump, bend = (_part(two, k) - _part(one, k) for k in (0, 1))
    if meeting == "JUMP":
        return not jump.overlaps(arb(0))
    if meeting == "KINK":
        return not bend.overlaps(arb(0))
    return bool(jump.is_zero()) and bool(bend.is_zero())


def _part(series: Any, k: int) -> Any:
    """The k-th coefficient."""
    known = series.coeffs() if isinstance(series, arb_series) else [series]
    return known[k] if k < len(known) else arb(0)


def _walked(
    sides: Sides, part: Pair, given: Sequence[Choice], other: Sequence[Choice], side: int
) -> tuple[Any, list[Any]]:
    """The series of the program with its choices frozen, and the differences that change sign."""
    program, run = sides.program, _Walk(sides, given, other, side)
    table = abstract_table(
        "a power series", real_rules({**SERIES_RULES, **dict(_rules(run))}), refuse,
        rounds=needs_a_rule,
    )  # fmt: skip
    cap = ctx.cap
    try:
        ctx.cap = _ORDER
        inputs = list(_inputs(sides, part))
        out = walk(program.graph, table, [table.literal(v) for v in program.consts], inputs)
    finally:
        ctx.cap = cap
    if run.place != len(given):
        raise _NoOpinionError
    return of(out[0]).values[0], run.gaps


def _inputs(sides: Sides, part: Pair) -> Iterator[Balls]:
    t = between(*part)
    line = sides.line
    base, direction = np.ravel(line.base).tolist(), np.ravel(line.direction).tolist()
    values = [arb_series([arb(b) + d * t, arb(d)]) for b, d in zip(base, direction, strict=True)]
    for shape, place in places(sides.program):
        yield Balls(shape, values[place])


# ── how each step runs with its choice made ────────────────────────────────────────────────────


def _rules(run: _Walk) -> Iterator[tuple[str, Callable[..., Any]]]:
    def bound(rule: Callable[..., Any]) -> Callable[..., Any]:
        return lambda node, *arguments: rule(run, node, *arguments)

    for name, rule in _CHOOSING.items():
        yield name, bound(rule)


def _constant(node: Node, choice: Any) -> Any:
    out = node.outputs[0]
    return np.asarray(choice).astype(out.dtype).reshape(out.shape)


def _pick(shape: tuple[int, ...], which: Choice, parts: Sequence[Sequence[Any]]) -> Balls:
    return Balls(shape, [parts[c][k] for k, c in enumerate(which.tolist())])


def _absolute(run: _Walk, node: Node, a: Balls) -> Balls:
    x = a.values
    which = run.choice(node, lambda k, p, q: x[k])
    return _pick(a.shape, which, [[-v for v in x], x])


def _extreme(run: _Walk, node: Node, a: Any, b: Any) -> Balls:
    shape = node.outputs[0].shape
    x, y = (of(spread(part, shape)).values for part in (a, b))
    if a is b:
        return Balls(shape, x)
    which = run.choice(node, lambda k, p, q: x[k] - y[k])
    return _pick(shape, which, [x, y])


def _clamp(run: _Walk, node: Node, lowest: Any, a: Any, highest: Any) -> Balls:
    shape = node.outputs[0].shape
    parts = [of(spread(part, shape)).values for part in (lowest, a, highest)]
    which = run.choice(node, lambda k, p, q: parts[p][k] - parts[q][k])
    return _pick(shape, which, parts)


def _beside(p: int, q: int) -> int:
    """The upper of two stairs that lie beside each other."""
    if abs(p - q) != 1:
        raise _NoOpinionError
    return max(p, q)


def _stairs(begin: Callable[[int], float]) -> Callable[..., Any]:
    """A staircase whose stair k begins there."""

    def rule(run: _Walk, node: Node, a: Balls) -> Any:
        x = a.values
        return _constant(node, run.choice(node, lambda k, p, q: x[k] - begin(_beside(p, q))))

    return rule


_truncated = _stairs(lambda k: float(whole_part(k)[0]))


def _sign(run: _Walk, node: Node, a: Balls) -> Any:
    x = a.values
    return _constant(node, run.choice(node, lambda k, p, q: x[k]))


def _convert(run: _Walk, node: Node, a: Balls) -> Any:
    target, source = np.dtype(node.params["new_dtype"]), np.dtype(node.inputs[0].dtype)
    if target.kind in "fc" or source.kind != "f":
        return SERIES_RULES["convert_element_type"](node, a)
    return (_sign if target.kind == "b" else _truncated)(run, node, a)


def _remainder(run: _Walk, node: Node, a: Any, b: Any) -> Balls:
    shape = node.outputs[0].shape
    x, step = of(spread(a, shape)).values, [abs(v) for v in of(spread(b, shape)).values]

    def gap(k: int, p: int, q: int) -> Any:
        most = _beside(p, q)
        return x[k] - (most if most > 0 else most - 1) * step[k]

    turns = run.choice(node, gap).tolist()
    return Balls(shape, [v - n * s for v, n, s in zip(x, turns, step, strict=True)])


def _compare(run: _Walk, node: Node, a: Any, b: Any) -> Any:
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        return np.full(shape, name in ("eq", "le", "ge", "eq_to", "le_to"))
    x, y = (of(spread(part, shape)).values for part in (a, b))
    return _constant(node, run.choice(node, lambda k, p, q: x[k] - y[k]))


def _finite(run: _Walk, node: Node, a: Balls) -> Any:
    return np.ones(node.outputs[0].shape, bool)


def _moved(run: _Walk, node: Node, a: Balls) -> Choice:
    """The places that are chosen."""
    x = a.values
    return run.choice(node, lambda k, p, q: x[p] - x[q])


def _leader(run: _Walk, node: Node, a: Balls) -> Balls:
    return a.take(_moved(run, node, a)).reshaped(node.outputs[0].shape)


def _place_of_leader(run: _Walk, node: Node, a: Balls) -> Any:
    groups = competing(a.shape, [int(axis) for axis in node.params["axes"]])
    return _constant(node, np.argmax(groups == _moved(run, node, a)[:, None], axis=1))


def _running(run: _Walk, node: Node, a: Balls) -> Balls:
    return a.take(_moved(run, node, a)).reshaped(a.shape)


def _sort(run: _Walk, node: Node, *arguments: Any) -> Any:
    first, axis = arguments[0], int(node.params["dimension"])
    if not isinstance(first, Balls):
        raise _NoOpinionError
    order = arranged(_moved(run, node, first), first.shape, axis, first.shape[axis])
    results = tuple(
        part.take(order) if isinstance(part, Balls) else np.ravel(part)[order] for part in arguments
    )
    return results[0] if len(arguments) == 1 else results


def _top(run: _Walk, node: Node, a: Balls) -> Any:
    axis, length = len(a.shape) - 1, int(node.outputs[0].shape[-1])
    order = arranged(_moved(run, node, a), a.shape, axis, length)
    return a.take(order), (order % a.shape[-1]).astype(node.outputs[1].dtype)


def _edge(which: int = 0) -> Callable[..., Any]:
    """A step that chooses nothing, but has an edge in one of its arguments."""

    def rule(run: _Walk, node: Node, *arguments: Any) -> Any:
        if isinstance(arguments[which], Balls):
            run.choice(node, lambda k, p, q: arb(0))
        return SERIES_RULES[node.primitive](node, *arguments)

    return rule


def _integer_pow(run: _Walk, node: Node, a: Balls) -> Any:
    if node.params["y"] < 0:
        run.choice(node, lambda k, p, q: arb(0))
    return SERIES_RULES[node.primitive](node, a)


def _angle(run: _Walk, node: Node, a: Any, b: Any) -> Any:
    run.choice(node, lambda k, p, q: arb(0))
    return SERIES_RULES[node.primitive](node, a, b)


def _root(run: _Walk, node: Node, a: Balls) -> Balls:
    """√q; where q and q′ are 0 and q″ > 0 its slopes to both sides, ±√(q″/2)."""
    run.choice(node, lambda k, p, q: arb(0))

    def root(q: Any) -> Any:
        if not (isinstance(q, arb_series) and _part(q, 0).is_zero() and _part(q, 1).is_zero()):
            return q.sqrt()
        half = _part(q, 2)
        if not half > 0 or run.side == 0:
            raise _NoOpinionError
        return arb_series([arb(0), run.side * half.sqrt()])

    return Balls(a.shape, [root(q) for q in a.values])


_COMPARED = ("lt", "le", "gt", "ge", "eq", "ne", "lt_to", "le_to", "eq_to")

_CHOOSING: dict[str, Callable[..., Any]] = {
    "abs": _absolute, "max": _extreme, "min": _extreme, "clamp": _clamp,
    "floor": _stairs(lambda k: k), "ceil": _stairs(lambda k: k - 1.0),
    "round": _stairs(lambda k: k - 0.5), "sign": _sign, "convert_element_type": _convert,
    "rem": _remainder, **dict.fromkeys(_COMPARED, _compare), "is_finite": _finite,
    "reduce_max": _leader, "reduce_min": _leader, "argmax": _place_of_leader,
    "argmin": _place_of_leader, "cummax": _running, "cummin": _running, "sort": _sort,
    "top_k": _top, "sqrt": _root, "integer_pow": _integer_pow, "atan2": _angle,
    "div": _edge(1), **dict.fromkeys(
        ["pow", "tan", "rsqrt", "log", "log1p", "acosh", "cbrt", "asin", "acos", "atanh"], _edge()
    ),
}  # fmt: skip
"""Primitive → rule(walk, node, *arguments); as in `piece_rules`, which notes the choices."""
