"""The value at a point and lower bounds on parts of a box, shown once more by Arb.

    f ≥ the lower end of f on X                     rule by rule (`intervals.spans`)
    f ≥ f(x) + ∇f(x)·(X − x)                        where the Hessian's balls on X are definite
    f ≥ f(x) + G·(X − x), G the slopes' balls on X  else

Another arithmetic (128 bits) and another way to derivatives (power series) than those of the
search. A part on which that does not reach is cut, up to a number of pieces.
"""

from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.boxed import Boxed
from surefoot.facts.intervals.balls import BITS, balls, ends
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.spans import lower_end
from surefoot.facts.second_opinion import hessian_on, inertia_of, slopes
from surefoot.terms import UnsupportedError

PIECES = 64


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
    waiting, done, looked = [(lower, upper)], np.inf, 0
    while waiting:
        first, last = waiting.pop()
        bound = _bound(boxed, first, last, np.clip(x, first, last), goal)
        looked += 1
        k = int(np.argmax((last - first) / np.maximum(upper - lower, 1e-300)))
        middle = 0.5 * first[k] + 0.5 * last[k]
        if bound >= goal or looked + len(waiting) >= PIECES or not first[k] < middle < last[k]:
            done = min(done, bound)
            continue
        for side in (0, 1):
            part = first.copy(), last.copy()
            part[1 - side][k] = middle
            waiting.append(part)
    return float(done)


def _bound(boxed: Boxed, lower: Floats, upper: Floats, x: Floats, goal: float) -> float:
    program, sign = boxed.program, boxed.sign
    plain = lower_end(program, lower, upper, sign)
    free = np.flatnonzero(lower < upper).tolist()
    if plain >= goal or not free:
        return plain
    try:
        slope = slopes(program, x, x, free)
        convex = False
        if boxed.curved:
            found = inertia_of(_turned(hessian_on(program, lower, upper, free), sign))
            convex = found == (0, len(free))
        if not convex:
            slope = slopes(program, lower, upper, free)
    except UnsupportedError:
        return plain
    with ctx.workprec(BITS):
        total = sign * balls(program, x, x)[0].values[0]
        for k, g in zip(free, slope, strict=True):
            at = arb(float(x[k]))
            away = (arb(float(lower[k])) - at).union(arb(float(upper[k])) - at)
            total = total + sign * g * away
        return max(plain, _low(total))


def _turned(matrix: list[list[Any]], sign: float) -> list[list[Any]]:
    with ctx.workprec(BITS):
        return [[sign * entry for entry in row] for row in matrix]


def _low(ball: Any) -> float:
    return ends(ball)[0]
