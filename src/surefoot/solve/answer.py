"""Where finder and judge meet: try what the structure allows, judge it, try the next."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, prod
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator, blame_nonfinite
from surefoot.descent import Run, loop
from surefoot.facts import (
    Smoothness,
    SmoothnessKind,
    absorbed,
    creases,
    narrowed,
    near_switches,
    smoothness,
)
from surefoot.judge import COARSE, Oracle, check_ray, judge, without_end
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.clock import Clock
from surefoot.solve.domain_end import at_domain_end, falls_to_an_open_end, start_inside
from surefoot.solve.methods import FIRST_SHARE, METHODS, Method, plan, sparse_instead
from surefoot.solve.patience import OutOfPatienceError, patience
from surefoot.solve.progress import Progress
from surefoot.solve.question import Question, require_finite_data, require_squares
from surefoot.solve.settings import Callback, Settings
from surefoot.solve.solution import is_wanted
from surefoot.terms import (
    Evidence,
    PointKind,
    Status,
    Verdict,
    noted_interrupts,
    one_blas_thread,
)

BESIDE = 1e-6
"""So close to a bound a point may as well lie on it."""
ESCAPES = 4
"""How often a run that ended on a saddle or a maximum is sent on along the way down."""
NONSMOOTH, ZERO = "nonsmooth", 1e-12
"""The engine whose coordinates end at corners; what is no more of the largest may be 0."""

_NO_FURTHER = (
    "The search found no way on from here: scale the variables to like sizes, start nearer to "
    "where the answer should be, or set bounds around it."
)
_ONWARD = {
    Status.STEP_LIMIT: "It ran out of steps: raise max_steps, or go on with solution.x as x0.",
    Status.TIME_LIMIT: "It ran out of time: raise time_limit, or go on with solution.x as x0.",
    Status.INTERRUPTED: "It was interrupted: go on with solution.x as x0.",
}
"""What can be done where a run ended and a step still improves the value."""

_ENDED_BY_USER = (Status.INTERRUPTED, Status.TIME_LIMIT, Status.STEP_LIMIT)


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


def judge_point(
    problem: Problem,
    x: Vector,
    evaluator: Evaluator,
    reference: Vector | None = None,
    onward: str = "",
    compared: bool = False,
) -> Verdict:
    """The judge's verdict on a point, with what facts and calculus can tell it."""
    program = problem.objective

    def blame(point: Vector) -> str:
        found = blame_nonfinite(evaluator.scalar, point)
        return "" if found is None else found.sentence

    return judge(
        problem,
        x,
        oracle=evaluator,
        switches=near_switches(program, x),
        blame=blame,
        hidden=lambda points: absorbed(program, points),
        reference=reference,
        onward=onward,
        compared=compared,
        sparse=_sparse_hessian(problem, evaluator),
        creases=lambda point, lengths: creases(program, point, lengths),
        coarse=narrowed(program),
    )


def _sparse_hessian(problem: Problem, evaluator: Evaluator) -> Callable[[Vector], Any] | None:
    """x -> the Hessian of the evaluator as a sparse matrix, None where it is not sparse."""

    def hessian(x: Vector) -> Any:
        # Loads scipy.sparse; asked only of many variables, where products alone do not tell.
        from surefoot.facts.compression import Compression
        from surefoot.facts.sparsity import sparse_pattern

        pattern = sparse_pattern(problem.objective)
        if pattern is None:
            return None
        compression = Compression(pattern)
        products = evaluator.hessian_products(x, compression.seeds)
        return compression.matrix(compression.entries(products))

    return None if problem.residual else hessian


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
        elif best.status in (*_ENDED_BY_USER, Status.UNBOUNDED) or not np.isfinite(best.value):
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


def on_to_the_end(
    question: Question, evaluator: Evaluator, found: Answer, clock: Clock
) -> Answer:
    """The answer moved on to the end of the domain where it is all but there, and judged anew."""
    if found.status in (*_ENDED_BY_USER, Status.UNBOUNDED):
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
    if found.status in _ENDED_BY_USER or not np.isfinite(found.value):
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
        if clock.over() or interrupted() or found.status in _ENDED_BY_USER:
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


def finish(
    question: Question, evaluator: Evaluator, run: Run, method: Method, clock: Clock
) -> Answer:
    """The answer of a run: its point judged, its status corrected by what the judge saw."""
    if run.state is None:
        # Interrupted before the first evaluation was done: the start is all there is.
        run = replace(run, value=evaluator.value(run.x))
    with clock.judging(evaluator), patience(evaluator, clock.end) as waited:
        try:
            verdict = judge_point(
                question.problem, run.x, evaluator, question.start,
                _ONWARD.get(run.status, _NO_FURTHER), compared=method.name == "direct-search",
            )  # fmt: skip
        except OutOfPatienceError:
            verdict = waited.verdict()
            if run.status not in _ENDED_BY_USER:
                run = replace(run, status=waited.status)
    answer = settled(question.problem, evaluator, run, verdict, method.name, method.why)
    return replace(answer, seconds=clock.seconds)


def settled(
    problem: Problem, oracle: Oracle, run: Run, verdict: Verdict, engine: str, why: str
) -> Answer:
    """The answer of a run whose point was judged: its status is what the judge saw of it."""
    status = run.status
    if is_wanted(verdict, problem.sense):
        status = status if status in _ENDED_BY_USER else Status.CONVERGED
    elif not np.isfinite(run.value):
        status = status if status is Status.INTERRUPTED else Status.NOT_A_NUMBER
    elif any(row.name == "pole" and row.holds for row in verdict.evidence):
        status = Status.UNBOUNDED
    elif verdict.attained is False:
        status = Status.NOT_ATTAINED
    elif status not in _ENDED_BY_USER and verdict.kind is PointKind.NOT_STATIONARY:
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
