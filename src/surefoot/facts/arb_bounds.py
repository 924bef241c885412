"""The value at a point and lower bounds on parts of a box, shown once more by Arb.

    f ≥ the lower end of f on X                     rule by rule (`intervals.spans`)
    f ≥ f(x) + ∇f(x)·(X − x)                        where the Hessian on X is definite
    f ≥ f(x) + G·(X − x), G the slopes on X         else, and
    f ≥ f(x) + ∇f(x)·(X − x) + ½ (X − x)ᵀH(X − x)

Another arithmetic (128 bits) than that of the search. A part on which that does not reach is cut,
up to a number of pieces.
"""

from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.boxed import Boxed
from surefoot.facts.intervals.balls import BITS, balls, ends
from surefoot.facts.intervals.curved import Curved
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.series import curvatures, gradients
from surefoot.facts.intervals.spans import Span, lower_end, span
from surefoot.facts.second_opinion import inertia_of
from surefoot.terms import UnsupportedError

PIECES = 256
UNKNOWN = 16
"""Pieces of which nothing at all is known, as beside a pole, after which no more are cut."""


def value_by_arb(boxed: Boxed, x: Floats) -> tuple[float, float]:
    """Float64 bounds of the minimised function at a point (n,); infinite where it has no value.

    Raises:
        UnsupportedError: a step has no rule.
    """
    ball = balls(boxed.program, x, x)[0].values[0]
    low, high = ends(ball)
    middle = 0.5 * low + 0.5 * high
    if ball == middle:  # of a number that float64 has
        low = high = middle
    return (low, high) if boxed.sign > 0.0 else (-high, -low)


def lowest_by_arb(boxed: Boxed, lower: Floats, upper: Floats, x: Floats, goal: float) -> float:
    """A lower bound of the minimised function on a part (n,) of the box.

    Args:
        x: (n,) a point of the part, best one where f is low.
        goal: a bound that reaches this need not be better.

    Raises:
        UnsupportedError: a step has no rule.
    """
    waiting, done, looked, unknown = [(lower, upper)], np.inf, 0, 0
    while waiting:
        first, last = waiting.pop()
        bound, axis = _bound(boxed, first, last, np.clip(x, first, last), goal)
        looked, unknown = looked + 1, unknown + (bound == -np.inf)
        if bound >= goal:
            done = min(done, bound)
            continue
        middle = 0.5 * first[axis] + 0.5 * last[axis]
        spent = looked + len(waiting) >= PIECES or unknown > UNKNOWN
        if spent or not first[axis] < middle:
            return -np.inf
        for side in (0, 1):
            part = first.copy(), last.copy()
            part[1 - side][axis] = middle
            waiting.append(part)
    return float(done)


def _bound(
    boxed: Boxed, lower: Floats, upper: Floats, x: Floats, goal: float
) -> tuple[float, int]:
    """A bound of a piece, and the variable to cut it across if it is too low."""
    program, sign, width = boxed.program, boxed.sign, upper - lower
    plain = lower_end(program, lower, upper, sign)
    free = np.flatnonzero(width > 0.0).tolist()
    if plain >= goal or not free:
        return plain, 0
    try:
        on_piece = curvatures(program, lower, upper)
        at = span(balls(program, x, x)[0].values[0])
        [gradient] = gradients(program, x, x, free)
        slope = {k: span(g) for k, g in zip(free, gradient, strict=True)}
    except UnsupportedError:
        return plain, int(np.argmax(width))
    with ctx.workprec(BITS):
        away = {
            k: Span((arb(float(lower[k])) - float(x[k])).lower(),
                    (arb(float(upper[k])) - float(x[k])).upper()) for k in free
        }  # fmt: skip
        if inertia_of(_hessian(on_piece, free, sign)) == (0, len(free)):
            found = [_moved(at, slope, away)]
        else:
            found = [_moved(at, on_piece.slope, away), _bent(at, slope, on_piece, away)]
        ends = [end.low if sign > 0.0 else -end.high for end in found]
        reach = {k: abs(g) * float(width[k]) for k, g in on_piece.slope.items()}
    known = {k: float(r.high) for k, r in reach.items() if r.high.is_finite()}
    axis = max(known, key=known.__getitem__) if known else int(np.argmax(width))
    return max(plain, *map(_down, ends)), axis


def _moved(at: Span, slope: dict[int, Span], away: dict[int, Span]) -> Span:
    """f(x) + G·(X − x)."""
    for k, g in slope.items():
        at = at + g * away[k]
    return at


def _bent(at: Span, slope: dict[int, Span], on_piece: Curved, away: dict[int, Span]) -> Span:
    """f(x) + ∇f(x)·(X − x) + ½ (X − x)ᵀH(X − x)."""
    at = _moved(at, slope, away)
    for (i, j), h in on_piece.bend.items():
        at = at + (h * away[i].power(2) / 2 if i == j else h * (away[i] * away[j]))
    return at


def _down(end: Any) -> float:
    """A float64 number no larger than an Arb number; −∞ where that is none."""
    if not end.is_finite():
        return -np.inf
    found = float(end)
    return found if arb(found) <= end else float(np.nextafter(found, -np.inf))


def _hessian(on_part: Curved, free: list[int], sign: float) -> list[list[Any]]:
    with ctx.workprec(BITS):
        made = [[arb(0) for _ in free] for _ in free]
        for a, i in enumerate(free):
            for b, j in enumerate(free[a:], a):
                entry = on_part.bend.get((i, j))
                if entry is not None:
                    made[a][b] = made[b][a] = sign * entry.ball
        return made
