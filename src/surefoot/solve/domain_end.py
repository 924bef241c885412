"""The end of a function's domain: reached where the value falls towards it, and told."""

from dataclasses import dataclass, replace

import numpy as np

from surefoot.calculus import Evaluator, blame_nonfinite
from surefoot.problem import Problem, default_start
from surefoot.program import Graph, Vector
from surefoot.show import significant
from surefoot.terms import PointKind, Verdict

LIMITED = frozenset((
    "log", "log1p", "sqrt", "rsqrt", "pow", "asin", "acos", "acosh", "atanh", "lgamma", "digamma",
))  # fmt: skip
"""Steps that have no value for some numbers: √x, ln x, asin x."""
MOST = 8
"""Up to so many coordinates a value comes out of what is compiled already."""
NEAR = 1e-6
"""An engine that cannot step on the end comes closer than this part of the way that it went."""
SUBNORMAL = 2.0 * float(np.finfo(np.float64).tiny)
INSIDE = 2.0**-10


@dataclass(frozen=True)
class DomainEnd:
    """A point, moved to the end of the domain in the coordinates that were all but there.

    Attributes:
        point, value: where it is now.
        sentences: one for each coordinate beyond which the value is not a number.
        open: the coordinate and the side on which the value falls on to 0, where there is none.
    """

    point: Vector
    value: float
    sentences: tuple[str, ...] = ()
    open: tuple[int, float] | None = None


def has_limited_steps(graph: Graph) -> bool:
    """Whether some step of a program has no value for some numbers."""
    return any(node.primitive in LIMITED for node in graph.every_node())


def at_domain_end(
    problem: Problem, point: Vector, value: float, start: Vector, evaluator: Evaluator
) -> DomainEnd:
    """Go on to the end of the domain, or to the bound there, where the value is lower.

    The slope of √x is infinite at 0, so that no engine can take a step to it. Where the value is
    not a number a millionth beyond x, the last float64 that has a value is found by halving the
    floats between (64 evaluations); it is taken where f is lower there.
    """
    kept = DomainEnd(point, value)
    if point.size > MOST or not np.isfinite(value) or not has_limited_steps(
        problem.objective.graph
    ):
        return kept
    sentences: list[str] = []
    for k in range(point.size):
        for side in (-1.0, 1.0):
            end, beyond = _end(problem, kept.point, k, side, start, evaluator)
            if end is None:
                continue
            moved = _with(kept.point, k, end)
            height = evaluator.value(moved)
            if end == 0.0 and np.isnan(height):
                last = _with(kept.point, k, -side * SUBNORMAL)
                if evaluator.value(last) < kept.value:
                    return DomainEnd(kept.point, kept.value, (), (k, side))
            if not np.isfinite(height) or (end != kept.point[k] and height > kept.value):
                continue
            kept = DomainEnd(moved, height)
            if beyond is not None:
                sentences.append(_sentence(problem, kept.point, k, side, beyond, evaluator))
    return DomainEnd(kept.point, kept.value, tuple(sentences))


def falls_to_an_open_end(problem: Problem, verdict: Verdict, k: int, side: float) -> Verdict:
    """The verdict on a point from which the value falls on to 0, where the function has none."""
    name, size = problem.structure.paths[k], problem.structure.size
    falling = "rising" if problem.sense == "maximize" else "falling"
    text = (
        f"The value keeps {falling} towards {name} = 0, where the function has no value: there is "
        "no best point that way. If its limit is meant, write that into the function "
        "(jax.scipy.special.xlogy(x, y) is x·log y, and 0 at x = 0); else bound "
        f"{name} away from 0."
    )
    way = problem.structure.unravel(side * np.eye(size)[k])
    return replace(
        verdict, kind=PointKind.NOT_STATIONARY, attained=False, direction=way, advice=text
    )


def start_inside(problem: Problem, start: Vector, evaluator: Evaluator) -> Vector | None:
    """A start a little inside the bounds, where that on a bound has no value; else None."""
    held = (start == problem.lower) | (start == problem.upper)
    limited = start.size <= MOST and has_limited_steps(problem.objective.graph)
    if not held.any() or not limited:
        return None
    if np.isfinite(evaluator.value(start)):
        return None
    inner = default_start(problem.lower, problem.upper)
    moved = np.where(held, start + INSIDE * (inner - start), start)
    return moved if np.isfinite(evaluator.value(moved)) else None


def _end(
    problem: Problem, point: Vector, k: int, side: float, start: Vector, evaluator: Evaluator
) -> tuple[float | None, float | None]:
    """The last number with a value on one side, and one beyond it; the bound, and None."""
    x = float(point[k])
    reach = NEAR * (max(abs(x), abs(float(start[k]) - x)) or 1.0)
    bound = float(problem.lower[k] if side < 0 else problem.upper[k])
    probe = max(x - reach, bound) if side < 0 else min(x + reach, bound)
    if probe == x:
        return None, None
    if not np.isnan(evaluator.value(_with(point, k, probe))):
        return (probe if probe == bound else None), None
    # Halving the floats, not the interval: 0 is a thousand halvings from 1.
    good, bad = _place(x), _place(probe)
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        if np.isnan(evaluator.value(_with(point, k, _number(middle)))):
            bad = middle
        else:
            good = middle
    # XLA takes subnormal numbers for 0, the negative ones as well.
    return _number(good) if abs(_number(good)) > SUBNORMAL else 0.0, probe


def _sentence(
    problem: Problem, point: Vector, k: int, side: float, beyond: float, evaluator: Evaluator
) -> str:
    name = problem.structure.paths[k]
    found = blame_nonfinite(evaluator.scalar, _with(point, k, beyond))
    why = "" if found is None else f" ({found.sentence})"
    where = "below" if side < 0 else "above"
    return (
        f"{name} = {significant(float(point[k]), 8)} is the end of the function's domain: {where} "
        f"it there is no value{why}, so nothing is said of steps to there."
    )


def _with(point: Vector, k: int, number: float) -> Vector:
    moved = point.copy()
    moved[k] = number
    return moved


def _place(number: float) -> int:
    """The number of a float64 in their order; 0 for 0."""
    bits = int(np.float64(abs(number)).view(np.int64))
    return -bits if number < 0 else bits


def _number(place: int) -> float:
    value = float(np.int64(abs(place)).view(np.float64))
    return -value if place < 0 else value
