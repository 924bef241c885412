"""Whether the slope that AD gives is that of the values, along the first step."""

from math import isfinite

import numpy as np

from surefoot.calculus import Evaluator, limit_check
from surefoot.program import Vector
from surefoot.show import significant
from surefoot.solve.question import Question
from surefoot.solve.slope import length

STEPS = 2.0 ** -np.arange(8.0, 31.0, 2.0)
"""Of max(1, ‖x‖): where difference quotients are taken for a first look."""
NEAR = 1e-3
"""A quotient that is off by no more agrees, and nothing more is asked."""


def wrong_slope(
    question: Question, evaluator: Evaluator, x: Vector, gradient: Vector, first: Vector
) -> str:
    """What is wrong with the slope along the first step, in a sentence; "" where nothing is seen.

    A derivative rule of the user's own may be wrong, and a stop_gradient hides a part: the walk
    then follows other slopes than the values have. The first look costs a few values; only where
    no quotient agrees does `limit_check` decide, which knows what rounding does.

    Args:
        x, gradient: (n,). first: (n,) the direction of the first step.
    """
    size = length(first)
    if not 0.0 < size < np.inf:
        return ""
    way = first / size
    slope = float(gradient @ way)
    h = STEPS * max(1.0, length(x))
    with np.errstate(all="ignore"):
        values = evaluator.values(x + np.concatenate([h, -h])[:, None] * way)
        quotients = (values[: len(h)] - values[len(h) :]) / (2.0 * h)
        off = np.abs(quotients - slope) - 2.0**-48 * np.max(np.abs(values)) / h
    usable = np.isfinite(off)
    if not usable.any() or np.min(off[usable]) <= NEAR * abs(slope):
        return ""
    structure = question.problem.structure
    checked = limit_check(question.function, structure.unravel(x), structure.unravel(way))
    for found in checked.alarms:
        if isfinite(found.limit):
            where = f" See {checked.suspects[0]}." if checked.suspects else ""
            return (
                f"The derivative given for this function is not its own: along the first step it "
                f"is {significant(found.ad)}, and the values change by {significant(found.limit)}. "
                f"Limits, regimes and walks here are of the derivative given.{where}"
            )
    return ""
