"""Where finder and judge meet: try what the structure allows, judge it, try the next."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import inf, prod
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Run, loop
from surefoot.facts import Smoothness, SmoothnessKind, smoothness
from surefoot.judge import COARSE
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.answer import (
    ENDED_BY_USER,
    Answer,
    finish,
    on_to_the_end,
    onto_the_bounds,
)
from surefoot.solve.clock import Clock
from surefoot.solve.domain_end import start_inside
from surefoot.solve.methods import FIRST_SHARE, METHODS, Method, plan, sparse_instead
from surefoot.solve.progress import Progress
from surefoot.solve.question import Question, require_finite_data, require_squares
from surefoot.solve.settings import Callback, Settings
from surefoot.solve.solution import is_wanted
from surefoot.terms import Status, noted_interrupts, one_blas_thread

ESCAPES = 4
"""How often a run that ended on a saddle or a maximum is sent on along the way down."""
NONSMOOTH, ZERO = "nonsmooth", 1e-12
"""The engine whose coordinates end at corners; what is no more of the largest may be 0."""


def descend(question: Question, evaluator: Evaluator, settings: Settings) -> Answer:
    """The answer by descent: run, judge, escape, and under "auto" hand over to the next engine."""
    problem = question.problem
    # Many rows of residuals are worth the threads that few parameters are not.
    rows = sum(prod(out.shape) for out in problem.objective.outputs)
    with noted_interrupts() as interrupted, one_blas_thread(max(problem.size, rows)):
        return _descend(question, evaluator, settings, interrupted)


def _descend(
    question: Question, evaluator: Evaluator, settings: Settings, interrupted: Callable[[], bool]
) -> Answer:
    problem = question.problem
    rough = smoothness(problem.objective)
    require_finite_data(question, evaluator.value, question.start)
    if problem.residual:
        require_squares(question, evaluator)
    methods = (
        plan(problem, rough) if settings.method == "auto" else [METHODS[settings.method]]
    )
    clock = Clock(settings)
    best: Answer | None = None
    start = question.start
    inside = start_inside(problem, start, evaluator)
    notes: tuple[str, ...] = ()
    if inside is not None:
        start = inside
        notes = ("At the start on its bound there is no value; the search began inside.",)
    waiting = deque(_shared(methods))
    while waiting:
        method = waiting.popleft()
        if method.name == "newton-cg" and best is not None and best.engine == "l-bfgs":
            method = sparse_instead(method, problem)
        found = _run_and_escape(question, evaluator, settings, method, start, clock, interrupted)
        if best is not None:
            found = replace(found, why=f"{best.engine} was refused by the judge. {found.why}")
        if best is None or _better(found, best, problem):
            best = found
        unspent = best.status is Status.STEP_LIMIT and not clock.over()
        # No engine can settle what the function itself rounds away.
        drowned = any(row.name == COARSE for row in best.verdict.evidence)
        if is_wanted(best.verdict, problem.sense) or best.verdict.attained is False or drowned:
            best = replace(best, status=Status.CONVERGED) if unspent else best
            break
        if unspent and method.share < 1.0:
            following = sparse_instead(replace(method, share=1.0), problem)
            if following.name == "sparse-newton":
                waiting.clear()  # `newton-cg` could do no more
            waiting.appendleft(following)
        elif best.status in (*ENDED_BY_USER, Status.UNBOUNDED) or not np.isfinite(best.value):
            break
        if waiting and (clock.over() or interrupted()):
            # Another engine would compile before it saw that nothing is left.
            ending = Status.INTERRUPTED if interrupted() else clock.ending()
            best = replace(best, status=ending)
            break
        start = best.point
    assert best is not None, "there is always a method"
    best = on_to_the_end(question, evaluator, best, clock)
    if rough.kind is SmoothnessKind.JUMPS:
        best = onto_the_bounds(question, evaluator, best, clock)
    warnings = (*best.warnings, *_rough_words(rough))
    return replace(best, warnings=warnings, notes=notes, seconds=clock.seconds)


def _shared(methods: list[Method]) -> list[Method]:
    """The methods; L-BFGS ahead of Newton-CG leaves some of the steps to what may follow."""
    if [method.name for method in methods[:2]] == ["l-bfgs", "newton-cg"]:
        return [replace(methods[0], share=FIRST_SHARE), *methods[1:]]
    return methods


def _run_and_escape(
    question: Question,
    evaluator: Evaluator,
    settings: Settings,
    method: Method,
    start: Vector,
    clock: Clock,
    interrupted: Callable[[], bool],
) -> Answer:
    """One engine: run, judge; from a saddle or a maximum go on along the judge's way down."""
    problem = question.problem
    answer: Answer | None = None
    for _ in range(ESCAPES + 1):
        run = _run(question, evaluator, settings, method, start, clock)
        found = finish(question, evaluator, run, method, clock)
        if answer is None or not answer.value < found.value:
            answer = found
        if clock.over() or interrupted() or found.status in ENDED_BY_USER:
            break
        onward = _way_on(problem, evaluator, found)
        if onward is None:
            break
        start = onward
    assert answer is not None
    return answer


def engine_for(
    question: Question, evaluator: Evaluator, settings: Settings, method: Method
) -> Any:
    """A method's engine for a question."""
    options = dict(settings.options)
    if "seed" in method.options:
        options.setdefault("seed", settings.seed)
    return method.make(evaluator, question.problem, options)


def told(question: Question, settings: Settings) -> Callback | None:
    """The user's callback as the loop calls it: flat points and minimised values turned back."""
    if settings.callback is None:
        return None
    callback, problem = settings.callback, question.problem
    return lambda k, x, value: callback(k, problem.structure.unravel(x), problem.sign * value)


def _run(
    question: Question,
    evaluator: Evaluator,
    settings: Settings,
    method: Method,
    start: Vector,
    clock: Clock,
) -> Run:
    progress = Progress(settings.progress, method.name)
    try:
        run = loop(
            engine_for(question, evaluator, settings, method),
            start,
            clock.limits(method.share),
            callback=told(question, settings),
            progress=progress,
        )
    finally:
        progress.close()
    clock.spend(run.steps)
    return _at_zeros(question.problem, evaluator, run) if method.name == NONSMOOTH else run


def _at_zeros(problem: Problem, evaluator: Evaluator, run: Run) -> Run:
    """The run, its coordinates that are 0 but for rounding made 0, where the value allows it.

    Weights of a lasso end at 10⁻¹⁶: who counts those that are left out counts zeros.
    """
    size = np.abs(run.x)
    small = (size > 0.0) & (size <= ZERO * max(1.0, float(np.max(size, initial=0.0))))
    small &= (problem.lower <= 0.0) & (problem.upper >= 0.0)
    if not np.any(small):
        return run
    rounded = np.where(small, 0.0, run.x)
    value = evaluator.value(rounded)
    worse = value - run.value > 2.0 * np.spacing(abs(run.value))
    return run if worse or not np.isfinite(value) else replace(run, x=rounded, value=value)


def _way_on(problem: Problem, evaluator: Evaluator, found: Answer) -> Vector | None:
    """A lower point along the judge's direction, where the answer is not what was asked for."""
    verdict = found.verdict
    if is_wanted(verdict, problem.sense) or verdict.direction is None:
        return None
    if verdict.attained is False or found.status is Status.UNBOUNDED:
        return None
    direction = problem.structure.ravel(verdict.direction, "direction")
    size = float(np.linalg.norm(direction))
    if not 0.0 < size < inf:
        return None
    scale = max(1.0, float(np.linalg.norm(found.point))) / size
    lengths = scale * 2.0 ** -np.arange(1.0, 40.0)
    signs = (1.0, -1.0)
    points = np.array([
        np.clip(found.point + sign * t * direction, problem.lower, problem.upper)
        for t in (1.0, *lengths)  # the direction itself may be a step to a neighbour of x
        for sign in signs
    ])
    values = evaluator.values(points)
    lower = np.flatnonzero((values < found.value) & np.isfinite(values))
    if lower.size == 0:
        return None
    return points[int(lower[np.argmin(values[lower])])]


def _better(a: Answer, b: Answer, problem: Problem) -> bool:
    """Whether a is to be preferred: what was asked for first, then the lower value."""
    wanted = is_wanted(a.verdict, problem.sense), is_wanted(b.verdict, problem.sense)
    if wanted[0] != wanted[1]:
        return wanted[0]
    return not np.isfinite(b.value) or a.value < b.value


def _rough_words(rough: Smoothness) -> tuple[str, ...]:
    if rough.kind in (SmoothnessKind.SMOOTH, SmoothnessKind.UNKNOWN):
        return ()
    return (f"{rough.why[:1].upper()}{rough.why[1:]}.",)
