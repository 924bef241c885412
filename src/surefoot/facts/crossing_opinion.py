"""What float64 intervals have shown of a crossing, shown once more by Arb.

Another arithmetic (128 bits), another way to slopes (power series), the same conditions. On the
part [a, b] of the line where the crossing lies, f₋ and f₊ with the choices of its two sides:

1. each difference g that changes sign there has g′ > 0 all over [a, b] and g(a) ≤ 0 ≤ g(b), or all
   the other way round: there is one crossing, and no more;
2. f₊ − f₋ is not 0 there (a jump); f₊′ − f₋′ is not (a kink); or both are 0 exactly (smooth).

A proof is called one only where both agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.casts import cuts_off
from surefoot.facts.choice_maps import answer, arranged, competing, whole_part
from surefoot.facts.intervals.balls import BITS, Balls, between, of
from surefoot.facts.intervals.enclosure import needs_a_rule, real_rules, refuse
from surefoot.facts.intervals.series import SERIES_RULES, coefficients, series_of
from surefoot.facts.pieces import Choice, OtherCourseError
from surefoot.facts.reached import COMPARISONS
from surefoot.facts.sides import Meeting, Pair, Sides
from surefoot.program import Node
from surefoot.program.abstract import abstract_table, spread
from surefoot.terms import UnsupportedError

_ORDER = 3
"""Coefficients of a series: √q of a q that touches 0 takes its slopes from the third."""


@dataclass
class _Walk:
    """One walk on which every choice is made as noted.

    Attributes:
        sides: what was noted. given, other: the choices to make, and those beyond the crossing.
        side: −1 or 1, the side of the crossing; 0 for the crossing itself.
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
            raise OtherCourseError
        made, beyond = self.given[self.place], self.other[self.place]
        self.place += 1
        if self.sides.named.place(node) is not None:
            for k in np.flatnonzero(made != beyond).tolist():
                self.gaps.append(gap(k, int(made[k]), int(beyond[k])))
        return made

    def edge(self, node: Node) -> None:
        """Passes a step that chooses nothing, but was noted for its edge."""
        self.choice(node, lambda k, p, q: arb(0))

    def along(self, part: Pair) -> Any:
        """The series of the program on a part of the line."""
        program, t = self.sides.program, between(*part)
        own = {name: partial(rule, self) for name, rule in _CHOOSING.items()}
        table = abstract_table(
            "a power series", real_rules({**SERIES_RULES, **own}), refuse, rounds=needs_a_rule
        )
        line = self.sides.line
        ends = zip(np.ravel(line.base).tolist(), np.ravel(line.direction).tolist(), strict=True)
        values = [arb_series([arb(b) + d * t, arb(d)]) for b, d in ends]
        found = series_of(program, values, _ORDER, table)[0]
        if self.place != len(self.given):
            raise OtherCourseError
        return found


def agrees(sides: Sides, part: Pair, meeting: Meeting, *, joined: bool = True) -> bool:
    """Whether Arb shows of a crossing what was shown in floats.

    Args:
        part: where it lies. meeting: how the sides meet: JUMP, KINK or SMOOTH.
        joined: whether the value is known to be continuous; of a kink it is asked else.
    """
    try:
        with ctx.workprec(BITS):
            left = _beside(sides, -1)
            series = left.along(part), _beside(sides, 1).along(part)
            return _one_crossing(sides, part, left.gaps) and _meet_so(*series, meeting, joined)
    except (UnsupportedError, OtherCourseError):
        return False


def value_differs(sides: Sides, t: float, here: Sequence[Choice]) -> bool:
    """Whether Arb shows that the value at t, with the choices made there, is that of no side."""
    runs = (_Walk(sides, here, here, 0), _beside(sides, -1), _beside(sides, 1))
    try:
        with ctx.workprec(BITS):
            own, *others = [coefficients(run.along((t, t)), 1)[0] for run in runs]
            return not any(own.overlaps(value) for value in others)
    except (UnsupportedError, OtherCourseError):
        return False


def _beside(sides: Sides, side: int) -> _Walk:
    """The walk with the choices of one side."""
    given, other = (sides.left, sides.right) if side < 0 else (sides.right, sides.left)
    return _Walk(sides, given, other, side)


def _one_crossing(sides: Sides, part: Pair, over: Sequence[Any]) -> bool:
    """Whether each difference is 0 once on the part; `over` are the differences all over it."""
    firsts = lasts = over
    if part[0] < part[1]:
        runs = [_beside(sides, -1) for _ in part]
        for run, t in zip(runs, part, strict=True):
            run.along((t, t))
        firsts, lasts = (run.gaps for run in runs)
    for first, last, whole in zip(firsts, lasts, over, strict=True):
        slope = coefficients(whole, 2)[1]
        low, high = (coefficients(gap, 1)[0] for gap in (first, last))
        rises = slope > 0 and low <= 0 and high >= 0
        falls = slope < 0 and low >= 0 and high <= 0
        if not (rises or falls):
            return False
    return True


def _meet_so(left: Any, right: Any, meeting: Meeting, joined: bool) -> bool:
    jump, bend = coefficients(right - left, 2)
    if meeting is Meeting.JUMP:
        return not jump.overlaps(arb(0))
    if meeting is Meeting.KINK:
        return not bend.overlaps(arb(0)) and (joined or bool(jump.is_zero()))
    return bool(jump.is_zero()) and bool(bend.is_zero())


# ── how each step runs with its choice made ────────────────────────────────────────────────────


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


def _upper_stair(p: int, q: int) -> int:
    """The upper of two stairs that lie beside each other."""
    if abs(p - q) != 1:
        raise OtherCourseError
    return max(p, q)


def _stairs(begin: Callable[[int], float]) -> Callable[..., Any]:
    """A staircase whose stair k begins there."""

    def rule(run: _Walk, node: Node, a: Balls) -> Any:
        x = a.values
        return answer(node, run.choice(node, lambda k, p, q: x[k] - begin(_upper_stair(p, q))))

    return rule


_truncated = _stairs(lambda k: float(whole_part(k)[0]))


def _sign(run: _Walk, node: Node, a: Balls) -> Any:
    x = a.values
    return answer(node, run.choice(node, lambda k, p, q: x[k]))


def _convert(run: _Walk, node: Node, a: Balls) -> Any:
    if not cuts_off(node):
        return SERIES_RULES["convert_element_type"](node, a)
    return (_sign if node.params["new_dtype"] == np.bool_ else _truncated)(run, node, a)


def _remainder(run: _Walk, node: Node, a: Any, b: Any) -> Balls:
    shape = node.outputs[0].shape
    x, step = of(spread(a, shape)).values, [abs(v) for v in of(spread(b, shape)).values]

    def gap(k: int, p: int, q: int) -> Any:
        return x[k] - float(whole_part(_upper_stair(p, q))[0]) * step[k]

    turns = run.choice(node, gap).tolist()
    return Balls(shape, [v - n * s for v, n, s in zip(x, turns, step, strict=True)])


def _compare(run: _Walk, node: Node, a: Any, b: Any) -> Any:
    name, shape = node.primitive, node.outputs[0].shape
    if a is b:
        return np.full(shape, name in ("eq", "le", "ge", "eq_to", "le_to"))
    x, y = (of(spread(part, shape)).values for part in (a, b))
    return answer(node, run.choice(node, lambda k, p, q: x[k] - y[k]))


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
    return answer(node, np.argmax(groups == _moved(run, node, a)[:, None], axis=1))


def _running(run: _Walk, node: Node, a: Balls) -> Balls:
    return a.take(_moved(run, node, a)).reshaped(a.shape)


def _sort(run: _Walk, node: Node, *arguments: Any) -> Any:
    first, axis = arguments[0], int(node.params["dimension"])
    if not isinstance(first, Balls):
        raise OtherCourseError
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
            run.edge(node)
        return SERIES_RULES[node.primitive](node, *arguments)

    return rule


def _integer_pow(run: _Walk, node: Node, a: Balls) -> Any:
    if node.params["y"] < 0:
        run.edge(node)
    return SERIES_RULES[node.primitive](node, a)


def _angle(run: _Walk, node: Node, a: Any, b: Any) -> Any:
    """atan2(a, b), which is atan(a/b) for b > 0; elsewhere there is no series for it."""
    run.edge(node)
    below = of(b).values
    if not all(coefficients(y, 1)[0] > 0 for y in below):
        return refuse(node)
    return SERIES_RULES["atan"](node, SERIES_RULES["div"](node, a, b))


def _root(run: _Walk, node: Node, a: Balls) -> Balls:
    """√q; where q and q′ are 0 and q″ > 0 its slopes to both sides, ±√(q″/2)."""
    run.edge(node)

    def root(q: Any) -> Any:
        value, slope, half = coefficients(q, 3)
        if not (isinstance(q, arb_series) and value.is_zero() and slope.is_zero()):
            return q.sqrt()
        if not half > 0 or run.side == 0:
            raise OtherCourseError
        return arb_series([arb(0), run.side * half.sqrt()])

    return Balls(a.shape, [root(q) for q in a.values])


_CHOOSING: dict[str, Callable[..., Any]] = {
    "abs": _absolute, "max": _extreme, "min": _extreme, "clamp": _clamp,
    "floor": _stairs(lambda k: k), "ceil": _stairs(lambda k: k - 1.0),
    "round": _stairs(lambda k: k - 0.5), "sign": _sign, "convert_element_type": _convert,
    "rem": _remainder, **dict.fromkeys(COMPARISONS, _compare), "is_finite": _finite,
    "reduce_max": _leader, "reduce_min": _leader, "argmax": _place_of_leader,
    "argmin": _place_of_leader, "cummax": _running, "cummin": _running, "sort": _sort,
    "top_k": _top, "sqrt": _root, "integer_pow": _integer_pow, "atan2": _angle,
    "div": _edge(1), **dict.fromkeys(
        ["pow", "tan", "rsqrt", "log", "log1p", "acosh", "cbrt", "asin", "acos", "atanh"], _edge()
    ),
}  # fmt: skip
"""Primitive → rule(walk, node, *arguments); as in `piece_rules`, which notes the choices."""
