"""The front desk: minimize, maximize, least_squares."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import FitStatistics
from surefoot.problem import NO_LIMITS, Problem, Sense
from surefoot.solve.answer import Answer
from surefoot.solve.attempts import descend
from surefoot.solve.beside_jump import beside_jumps
from surefoot.solve.closed import closed_form
from surefoot.solve.many import from_many_starts, start_points
from surefoot.solve.methods import CLOSED_FORM
from surefoot.solve.question import Question, ask
from surefoot.solve.settings import Callback, Settings, checked_settings
from surefoot.solve.solution import Solution, bound_multipliers, is_wanted
from surefoot.solve.statistics import fit_statistics
from surefoot.terms import InputError, PointKind, Verdict, noted_interrupts


def minimize(
    f: Any,
    x0: Any = None,
    *,
    data: Mapping[str, Any] | None = None,
    bounds: Any = None,
    over: Any = None,
    starts: Any = None,
    method: str = "auto",
    tol: float = 1e-9,
    max_steps: int | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
    progress: bool | None = None,
    options: Mapping[str, Any] | None = None,
    example: Any = None,
    subject_to: Any = None,
) -> Solution:
    """Find the lowest value of f, and say what the point is.

    Structure decides the engine: a constant, affine or quadratic function is answered in closed
    form from its coefficients, with no iteration; a smooth one by Newton's method with the exact
    Hessian, or by L-BFGS where there are many variables; one with corners by a method for them;
    one with jumps by comparing values. The judge then recomputes what the point is from f alone;
    an engine's own claim of success is never passed on. Where the judge refuses, "auto" tries the
    next engine, and a run that ended on a saddle goes on along the way down.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula
            such as "x^2 + 3x y".
        x0: the start: a number, an array, or a dict, tuple or other pytree of arrays; a list of
            numbers is an array. Without one the search begins at a point that is not special
            (coordinates between 0.3 and 0.7, or that far inside the bounds).
        data: arrays by name, handed to f by keyword (or named in the formula).
        bounds: sf.Box(lower, upper), a tuple of two numbers, or a dict name → (lower, upper),
            nested as x0 is: {"a": (0, 2), "b": {"c": (0, None)}}. A pair holds for all below its
            name, and None is no bound. They are honoured at every evaluation.
        over: a finite box, written as bounds are. The best value in all of it is found and proved:
            no value in the box is better by more than `verdict.gap`. `max_steps` then counts parts
            of the box that are looked at (default 1,000,000), `time_limit` is 60 seconds unless
            given, options={"megabytes": 1000} limits the memory of the parts that wait, and the
            callback is called with the number of parts (docs/global.md).
        starts: a number of starts, or a list of them, run as one batch; the best is the answer
            and `solution.basins` reports the others.
        method: "auto" or the name of an engine, which then runs alone: "closed-form", "newton",
            "newton-cg", "sparse-newton", "l-bfgs", "nonsmooth", "direct-search".
        tol: a point is stationary when its Newton decrement ½ gᵀ|H|⁻¹g ≤ tol·max(1, |f|), or its
            gradient is below its own rounding width.
        max_steps: the most steps in all (default 10,000).
        time_limit: the most seconds.
        seed: for everything random.
        callback: called as callback(k, x, value) after each step; a true answer ends the run.
        progress: True, False, or None for a line on standard error when it is a terminal.
        options: of the named method.
        example: any value of the argument's shape, where neither start nor box tells it.
        subject_to: limits between variables; this version solves none and refuses them.

    Raises:
        InputError: anything that cannot be used as it is, before any work.

    Example:
        >>> import surefoot as sf
        >>> solution = sf.minimize(lambda x: (x - 3.0) ** 2 + 1.0, 0.0)
        >>> float(solution.x), solution.value, solution.verdict.kind.name
        (3.0, 1.0, 'GLOBAL_MINIMUM')
    """
    _refuse_limits(subject_to)
    settings = checked_settings(
        method, max_steps, time_limit, seed, callback, progress, options, whole=over is not None
    )
    question = partial(
        ask, f, sense="minimize", bounds=bounds, over=over, example=example, tol=tol
    )
    return _solve(question, x0, data, settings, starts)


def maximize(
    f: Any,
    x0: Any = None,
    *,
    data: Mapping[str, Any] | None = None,
    bounds: Any = None,
    over: Any = None,
    starts: Any = None,
    method: str = "auto",
    tol: float = 1e-9,
    max_steps: int | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
    progress: bool | None = None,
    options: Mapping[str, Any] | None = None,
    example: Any = None,
    subject_to: Any = None,
) -> Solution:
    """Find the highest value of f, and say what the point is; the arguments are `minimize`'s.

    Example:
        >>> import surefoot as sf
        >>> solution = sf.maximize("-x^2 + 4x")
        >>> float(solution.x), solution.value, solution.verdict.kind.name
        (2.0, 4.0, 'GLOBAL_MAXIMUM')
    """
    _refuse_limits(subject_to)
    settings = checked_settings(
        method, max_steps, time_limit, seed, callback, progress, options, whole=over is not None
    )
    question = partial(
        ask, f, sense="maximize", bounds=bounds, over=over, example=example, tol=tol
    )
    return _solve(question, x0, data, settings, starts)


def least_squares(
    residual: Any,
    x0: Any = None,
    *,
    data: Mapping[str, Any] | None = None,
    bounds: Any = None,
    starts: Any = None,
    method: str = "auto",
    tol: float = 1e-9,
    max_steps: int | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    callback: Callback | None = None,
    progress: bool | None = None,
    options: Mapping[str, Any] | None = None,
    example: Any = None,
    subject_to: Any = None,
) -> Solution:
    """Minimise the sum of squares Σ rᵢ(x)², with standard errors of what was found.

    Affine residuals are solved by one orthogonal factorisation with column scaling (never the
    normal equations); others by Levenberg-Marquardt. `solution.fit` holds covariance, standard
    errors, confidence intervals and the parameters that the data cannot tell apart.

    Args:
        residual: a function that returns the residuals (an array, or several), or a formula.
        x0, data, …: as in `minimize`; the method may also be "levenberg-marquardt".

    Note:
        The value is Σ rᵢ², the residual sum of squares of statistics; SciPy reports half of it.

    Example:
        >>> import numpy as np, surefoot as sf
        >>> x, y = np.arange(4.0), np.array([1.0, 3.1, 4.9, 7.0])
        >>> solution = sf.least_squares(lambda p: y - (p[0] + p[1] * x), np.zeros(2))
        >>> [round(float(v), 9) for v in solution.x]
        [1.03, 1.98]
    """
    _refuse_limits(subject_to)
    settings = checked_settings(
        method, max_steps, time_limit, seed, callback, progress, options, residual=True
    )
    question = partial(ask, residual, residual=True, bounds=bounds, example=example, tol=tol)
    return _solve(question, x0, data, settings, starts)


def _refuse_limits(subject_to: Any) -> None:
    if subject_to is not None:
        raise InputError(f"subject_to cannot be used. {NO_LIMITS} (bounds=)")


# NaN and infinity are looked for by name; what NumPy has to say of them adds nothing.
@np.errstate(all="ignore")
@noted_interrupts()
def _solve(
    question_of: Callable[..., Question],
    x0: Any,
    data: Mapping[str, Any] | None,
    settings: Settings,
    starts: Any,
) -> Solution:
    began = perf_counter()
    question = question_of(x0, data=data)
    problem = question.problem
    evaluator = Evaluator(problem.objective, sign=problem.sign, residual=problem.residual)
    answer: Answer | None = None
    basins = None
    points = None if starts is None else start_points(question, starts, settings)
    if question.whole:
        from surefoot.solve.over import over_the_box  # loads Arb

        answer, basins = over_the_box(question, evaluator, settings, points)
    elif settings.method in ("auto", CLOSED_FORM):
        answer = closed_form(question, required=settings.method == CLOSED_FORM)
    if answer is None and points is not None:
        answer, basins = from_many_starts(question, evaluator, settings, points)
    elif answer is None:
        answer = descend(question, evaluator, settings)

    def again(new_data: Mapping[str, Any], start: Any) -> Solution:
        unknown = [name for name in new_data if name not in question.data]
        if unknown:
            listed = ", ".join(question.data) or "none; give arrays as data= to change them later"
            raise InputError(f"the problem has no data named {unknown[0]!r}; it has {listed}")
        return _solve(question_of, start, {**question.data, **new_data}, settings, None)

    solution = _solution(question, answer, evaluator, perf_counter() - began)
    return replace(solution, basins=basins, again=again)


def _solution(
    question: Question, answer: Answer, evaluator: Evaluator, seconds: float
) -> Solution:
    problem = question.problem
    fit, fit_warnings = fit_statistics(problem, answer.point, evaluator)
    undecided = answer.verdict.kind is PointKind.DEGENERATE
    if not (undecided or is_wanted(answer.verdict, problem.sense)):
        # What the data do not tell at a point that is no minimum may be told at the minimum.
        fit_warnings = ()
    beside = beside_jumps(problem, answer.point, evaluator)
    return Solution(
        x=problem.structure.unravel(answer.point),
        value=problem.sign * answer.value,
        status=answer.status,
        first_verdict=_told_of_the_data(answer.verdict, fit if fit_warnings else None),
        multipliers=_multipliers(problem, answer, evaluator),
        engine=answer.engine,
        why=answer.why,
        problem=problem,
        point=answer.point,
        trajectory=answer.trajectory,
        fit=fit,
        counts={"steps": answer.steps, "parts": answer.boxes, **evaluator.counts},
        timings=_timings(question, answer, evaluator, seconds),
        warnings=(*answer.warnings, *(b.sentence for b in beside.values()), *fit_warnings),
        undetermined=answer.undetermined if fit is None else fit.undetermined,
        notes=(*question.notes, *answer.notes),
        title=_title(problem.sense, problem.residual, problem.objective.name),
        sides={k: b.side for k, b in beside.items()},
    )


def _told_of_the_data(verdict: Verdict, fit: FitStatistics | None) -> Verdict:
    """The verdict; its advice begins with the data where these are what stands in the way."""
    level = verdict.kind is PointKind.DEGENERATE and fit is not None and fit.undetermined
    if fit is None or not (level or fit.hardly_determined):
        return verdict
    first = "See to the warning first: fix a parameter, or take data that tell more."
    return replace(verdict, advice=f"{first} {verdict.advice}")


def _multipliers(problem: Problem, answer: Answer, evaluator: Evaluator) -> dict[str, float]:
    held = (answer.point == problem.lower) | (answer.point == problem.upper)
    if not np.any(held):
        return {}
    return bound_multipliers(problem, answer.point, evaluator.value_and_gradient(answer.point)[1])


def _timings(
    question: Question, answer: Answer, evaluator: Evaluator, seconds: float
) -> dict[str, float]:
    judging = answer.seconds.get("judge", 0.0)
    rest = seconds - question.trace_seconds - evaluator.compile_seconds - judging
    return {
        "trace": question.trace_seconds,
        "compile": evaluator.compile_seconds,
        "run": max(0.0, rest),
        "judge": judging,
        "total": seconds,
    }


def _title(sense: Sense, residual: bool, name: str) -> str:
    return f"least squares: {name}" if residual else f"{sense} {name}"
