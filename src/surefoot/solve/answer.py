"""The answer of a run: its point judged, its status corrected by what the judge saw of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Run
from surefoot.judge import Oracle, check_ray, without_end
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.clock import Clock
from surefoot.solve.domain_end import at_domain_end, falls_to_an_open_end
from surefoot.solve.judging import judge_point
from surefoot.solve.methods import METHODS, Method
from surefoot.solve.patience import OutOfPatienceError, patience
from surefoot.solve.question import Question
from surefoot.solve.solution import is_wanted
from surefoot.terms import Evidence, PointKind, Status, Verdict

FALLEN = 1e20
"""So many times the size of f at the start, and at least so far, a run falls that has no end."""
BESIDE = 1e-6
"""So close to a bound a point may as well lie on it."""

_NO_FURTHER = (
    "The search found no way on from here: scale the variables to like sizes, start nearer to "
    "where the answer should be, or set bounds around it."
)
_FELL = (
    "From the start it has {moved} by {far:.3g}, and the search found no end: it may have none. "
    "Add the term that is missing, or bounds around where the answer should be."
)
"""Where a run has come so far down, and still has a slope, that no minimum is to be expected."""
_ONWARD = {
    Status.STEP_LIMIT: "It ran out of steps: raise max_steps, or go on with solution.x as x0.",
    Status.TIME_LIMIT: "It ran out of time: raise time_limit, or go on with solution.x as x0.",
    Status.INTERRUPTED: "It was interrupted: go on with solution.x as x0.",
}
"""What can be done where a run ended and a step still improves the value."""

ENDED_BY_USER = (Status.INTERRUPTED, Status.TIME_LIMIT, Status.STEP_LIMIT)


@dataclass(frozen=True)
class Answer:
    """A point, how the run ended, and what the judge says of it."""

    point: Vector
    value: float
    status: Status
    verdict: Verdict
    engine: str
    why: str
    steps: int = 0
    trajectory: Any = None
    warnings: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    boxes: int = 0


def finish(
    question: Question, evaluator: Evaluator, run: Run, method: Method, clock: Clock
) -> Answer:
    """The answer of a run: its point judged, its status corrected by what the judge saw."""
    if run.state is None:
        # Interrupted before the first evaluation was done: the start is all there is.
        run = replace(run, value=evaluator.value(run.x))
    fell = _fell(question, evaluator, run)
    onward = _ONWARD.get(run.status, _NO_FURTHER) if fell is None else fell
    with clock.judging(evaluator), patience(evaluator, clock.end) as waited:
        try:
            verdict = judge_point(
                question.problem, run.x, evaluator, question.start, onward,
                compared=method.name == "direct-search",
            )  # fmt: skip
        except OutOfPatienceError:
            verdict = waited.verdict()
            if run.status not in ENDED_BY_USER:
                run = replace(run, status=waited.status)
    answer = settled(question.problem, evaluator, run, verdict, method.name, method.why)
    stuck = answer.status is Status.STALLED and verdict.kind is PointKind.NOT_STATIONARY
    status = Status.DIVERGED if stuck and fell is not None else answer.status
    return replace(answer, status=status, seconds=clock.seconds)


def _fell(question: Question, evaluator: Evaluator, run: Run) -> str | None:
    """What to do where the run has fallen too far for a minimum, as x⁴ does along a curve."""
    if not run.value < -FALLEN or run.status in ENDED_BY_USER:
        return None
    first = evaluator.value(question.start)
    far = first - run.value
    if not FALLEN * max(1.0, abs(first)) < far < inf:
        return None
    moved = "risen" if question.problem.sense == "maximize" else "fallen"
    return _FELL.format(moved=moved, far=far)


def settled(
    problem: Problem, oracle: Oracle, run: Run, verdict: Verdict, engine: str, why: str
) -> Answer:
    """The answer of a run whose point was judged: its status is what the judge saw of it."""
    status = run.status
    if is_wanted(verdict, problem.sense):
        status = status if status in ENDED_BY_USER else Status.CONVERGED
    elif not np.isfinite(run.value):
        status = status if status is Status.INTERRUPTED else Status.NOT_A_NUMBER
    elif any(row.name == "pole" and row.holds for row in verdict.evidence):
        status = Status.UNBOUNDED
    elif verdict.attained is False:
        status = Status.NOT_ATTAINED
    elif status not in ENDED_BY_USER and verdict.kind is PointKind.NOT_STATIONARY:
        direction = _way_without_end(problem, run, verdict)
        fall = None if direction is None else _endless(problem, oracle, run.x, direction)
        if direction is not None and fall is not None:
            status = Status.UNBOUNDED
            verdict = without_end(problem, verdict, fall, direction)
        elif status is Status.CONVERGED:
            # An engine's own word is never passed on: the judge finds a slope, so the run stalled.
            status = Status.STALLED
    return Answer(
        point=run.x,
        value=run.value,
        status=status,
        verdict=verdict,
        engine=engine,
        why=why,
        steps=run.steps,
        trajectory=run.trajectory,
    )


def _way_without_end(problem: Problem, run: Run, verdict: Verdict) -> Vector | None:
    """The direction (n,) in which an engine ran away, or in which the judge saw no end."""
    direction = getattr(run.state, "direction", None)
    if run.status is Status.DIVERGED and direction is not None:
        return direction
    seen = any(row.name == "attainment" for row in verdict.evidence)
    if verdict.direction is None or not (seen or run.status is Status.DIVERGED):
        return None
    way = problem.structure.ravel(verdict.direction, "direction")
    return way / np.max(np.abs(way), initial=1e-300)


def _endless(
    problem: Problem, oracle: Oracle, x: Vector, direction: Vector
) -> Evidence | None:
    """Whether the value falls without end along a direction, or is −∞ at its end."""
    ray = check_ray(oracle, x, direction)
    if ray is not None:
        return ray
    end, beyond = (np.clip(x + t * direction, problem.lower, problem.upper) for t in (1.0, 2.0))
    if oracle.value(end) != -inf:
        return None
    paths = problem.structure.paths[:4]
    where = ", ".join(f"{path} = {end[k]:.6g}" for k, path in enumerate(paths))
    held = not np.array_equal(beyond, x + 2.0 * direction)  # a bound ends the way, where it is −∞
    if oracle.value(beyond) == -inf and not held:
        where = ""  # as of −exp(x) at 800: no place is to blame, float64 ends
    return Evidence("bottomless", "f(x + d)", problem.sign * -inf, None, True, where=where)


def on_to_the_end(
    question: Question, evaluator: Evaluator, found: Answer, clock: Clock
) -> Answer:
    """The answer moved on to the end of the domain where it is all but there, and judged anew."""
    if found.status in (*ENDED_BY_USER, Status.UNBOUNDED):
        return found
    end = at_domain_end(question.problem, found.point, found.value, question.start, evaluator)
    if end.open is not None:
        verdict = falls_to_an_open_end(question.problem, found.verdict, *end.open)
        return replace(found, verdict=verdict, status=Status.NOT_ATTAINED)
    moved = found
    if not np.array_equal(end.point, found.point):
        moved = _moved(question, evaluator, found, end.point, end.value, clock)
    if not end.sentences:
        return moved
    verdict = replace(moved.verdict, domain_end=True)
    return replace(moved, verdict=verdict, warnings=(*found.warnings, *end.sentences))


def onto_the_bounds(
    question: Question, evaluator: Evaluator, found: Answer, clock: Clock
) -> Answer:
    """The answer moved onto bounds that it all but touches, where a function that jumps is lower.

    x² + ceil(x) is 1 just above 0 and 0 at it: no step inside comes there.
    """
    if found.status in ENDED_BY_USER or not np.isfinite(found.value):
        return found
    x, lower, upper = found.point, question.problem.lower, question.problem.upper
    low, high = np.maximum(lower, x - BESIDE), np.minimum(upper, x + BESIDE)
    onto = np.where(low == lower, lower, np.where(high == upper, upper, x))
    if np.array_equal(onto, x):
        return found
    value = evaluator.value(onto)
    return _moved(question, evaluator, found, onto, value, clock) if value < found.value else found


def _moved(
    question: Question, evaluator: Evaluator, found: Answer, point: Vector, value: float,
    clock: Clock,
) -> Answer:  # fmt: skip
    run = Run(point, value, found.status, found.steps, found.trajectory, 0.0, found)
    named = replace(METHODS["newton"], name=found.engine, why=found.why)
    return finish(question, evaluator, run, named, clock)
