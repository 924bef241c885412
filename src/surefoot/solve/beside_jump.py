"""Coordinates beside a jump, whose last digits decide which side of it the point lies on."""

from dataclasses import dataclass

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.facts import SmoothnessKind, smoothness
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import significant

DIGITS = 8
"""A report shows so many digits of a coordinate where they are enough."""
MOST = 64
"""So many coordinates are looked at: a function that jumps is searched in few."""
_AWAY = 2.0**-20
_ROUNDING = 64.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Beside:
    """A coordinate that eight digits would put on the other side of a jump.

    Attributes:
        side: e.g. "just below 2". sentence: what the value does at the jump.
    """

    side: str
    sentence: str


def beside_jumps(problem: Problem, point: Vector, evaluator: Evaluator) -> dict[int, Beside]:
    """The coordinates of `point` that must not be rounded, by index.

    A coordinate counts where f at the rounded coordinate r differs from f(x) by 100 times more
    than f on the other side of x, as far off, does: no slope explains that.
    """
    if smoothness(problem.objective).kind is not SmoothnessKind.JUMPS:
        return {}
    found: dict[int, Beside] = {}
    for k in range(min(point.size, MOST)):
        x, r = float(point[k]), float(significant(float(point[k]), DIGITS))
        if r == x or not np.isfinite(x):
            continue
        away = x - np.sign(r - x) * _AWAY * max(1.0, abs(x))
        tried = np.repeat(point[None, :], 5, axis=0)
        tried[:, k] = (x, r, 2.0 * x - r, np.nextafter(r, x), away)
        here, there, back, last, far = (float(v) for v in evaluator.values(tried))
        rounding = _ROUNDING * max(1e-300, abs(here), abs(back))
        if not abs(there - here) > 100.0 * abs(back - here) + rounding:
            continue
        name = problem.structure.paths[k]
        side = "below" if x < r else "above"
        values = [significant(problem.sign * v, 6) for v in (here, there)]
        sentence = (
            f"{name} = {x!r} lies just {side} a jump at {significant(r, DIGITS)}, where the value "
            f"is {values[1]}"
        )
        if there > here and last <= here + rounding and far > here + rounding:
            sentence += (
                f": {values[0]} is approached as {name} comes to it from {side}, as near as you "
                "like, and no point has just that value"
            )
        found[k] = Beside(f"just {side} {significant(r, DIGITS)}", f"{sentence}.")
    return found
