"""The point that a report speaks of, in one sentence."""

from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import significant

MOST = 6
"""So many coordinates are written out."""


def where_words(problem: Problem, point: Vector, value: float) -> str:
    """The coordinates by name and the value there, e.g. "x = 1, y = 2; the value is 5"."""
    named = zip(problem.structure.paths[:MOST], point, strict=False)
    shown = ", ".join(f"{path} = {significant(float(number), 8)}" for path, number in named)
    left = point.size - MOST
    more = f" and {left:,} more" if left > 0 else ""
    return f"{shown}{more}; the value is {significant(value, 10)}"
