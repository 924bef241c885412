"""Answers that need no iteration: constant, affine and quadratic functions, linear fits."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from surefoot.descent import (
    ClosedForm,
    Newton,
    direction_words,
    loop,
    solve_linear_least_squares,
    solve_quadratic,
)
from surefoot.facts import (
    QuadraticForm,
    QuadraticOracle,
    affine_form,
    degree,
    narrowed,
    read_quadratic,
)
from surefoot.judge import check_ray, judge, without_end
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.answer import Answer, settled
from surefoot.solve.methods import CLOSED_FORM
from surefoot.solve.nearest_floats import nearest_floats
from surefoot.solve.question import Question, require_finite_data
from surefoot.solve.solution import is_wanted
from surefoot.solve.undetermined import in_few_words
from surefoot.terms import InputError, PointKind, Status, Verdict

LARGEST = 2_000
"""Coordinates up to which a dense factorisation is the quickest way; beyond, engines are."""


def closed_form(question: Question, *, required: bool = False) -> Answer | None:
    """The answer from the coefficients of a function of degree two or less; None for others.

    Nothing is compiled on this way: facts, factorisation and judge run on NumPy.

    Args:
        required: the caller asked for this method by name.

    Raises:
        InputError: required, but the function is not of degree two or less.
    """
    problem = question.problem
    form = _form(problem)
    if isinstance(form, str):
        if required:
            raise InputError(f"closed-form needs a function of degree two or less; this is {form}")
        return None
    if problem.size > LARGEST:
        if required:
            raise InputError(
                f"closed-form handles up to {LARGEST} coordinates, this problem has {problem.size}"
            )
        return None
    oracle, minimised = _minimised(problem, form)
    require_finite_data(question, oracle.value, question.start)
    found = _solve(problem, minimised)
    if minimised.is_least_squares and not problem.is_bounded:
        x = nearest_floats(
            minimised, oracle.value, oracle.residuals, found.x, problem.tolerances.tol
        )
        found = replace(found, x=x)
    if found.status is None:
        return _over_a_box(question, oracle, found) if problem.is_bounded else None
    return _judged(question, oracle, minimised, found)


def quadratic_verdict(
    problem: Problem, x: Vector, reference: Vector | None = None
) -> Verdict | None:
    """The verdict on a point of a function of degree two or less; None for others.

    Args:
        reference: (n,) another point, as in `judge`.
    """
    form = _form(problem)
    if isinstance(form, str) or problem.size > LARGEST:
        return None
    oracle, minimised = _minimised(problem, form)
    return judge(
        problem, x, oracle=oracle, switches=(), form=minimised, reference=reference
    )


def _minimised(problem: Problem, form: QuadraticForm) -> tuple[QuadraticOracle, QuadraticForm]:
    oracle = QuadraticOracle(form, problem.objective, problem.sign, residual=problem.residual)
    return oracle, form if problem.sign > 0 else form.negated()


def _form(problem: Problem) -> QuadraticForm | str:
    """The standard form of the objective, or why it has none.

    A quadratic of rounded numbers is none: a form does not have the steps that rounding makes.
    """
    rounded = narrowed(problem.objective)
    if rounded:
        return rounded[0]
    if problem.residual:
        affine = affine_form(problem.objective)
        if affine is None:
            return "a sum of squares of residuals that are not affine"
        return QuadraticForm.sum_of_squares(affine)
    found = degree(problem.objective)
    if not found.at_most(2):
        return found.why or "of a higher degree"
    return read_quadratic(problem.objective)


def _solve(problem: Problem, form: QuadraticForm) -> ClosedForm:
    if form.is_affine:
        return _corner(problem, form)
    if form.is_least_squares:
        return solve_linear_least_squares(
            form.residual_matrix, form.residual_offset, problem.lower, problem.upper
        )
    return solve_quadratic(form.hessian, form.gradient_at_zero, problem.lower, problem.upper)


def _corner(problem: Problem, form: QuadraticForm) -> ClosedForm:
    """An affine function over a box: each coordinate goes to the side that its slope names."""
    slope = form.gradient_at_zero
    inside = np.clip(0.0, problem.lower, problem.upper)
    x = np.where(slope > 0.0, problem.lower, np.where(slope < 0.0, problem.upper, inside))
    open_side = ~np.isfinite(x)
    if open_side.any():
        direction = np.where(open_side, -slope, 0.0)
        return ClosedForm(
            np.where(open_side, inside, x), Status.UNBOUNDED, 0, 1.0,
            np.zeros((0, form.size)), direction,
        )  # fmt: skip
    return ClosedForm(x, Status.CONVERGED, 0, 1.0, np.eye(form.size)[slope == 0.0])


def _judged(
    question: Question,
    oracle: QuadraticOracle,
    form: QuadraticForm,
    found: ClosedForm,
) -> Answer:
    problem = question.problem
    began = perf_counter()
    verdict = judge(
        problem, found.x, oracle=oracle, switches=(), form=form, reference=question.start
    )
    status = found.status
    assert status is not None, "asked of closed forms only"
    if found.direction is not None:
        ray, back = (
            check_ray(oracle, found.x, way, lower=problem.lower, upper=problem.upper)
            for way in (found.direction, -found.direction)
        )
        if ray is not None:
            both = back is not None
            verdict = without_end(problem, verdict, ray, found.direction, both=both, known=True)
        else:
            status = Status.STALLED
    elif not is_wanted(verdict, problem.sense):
        verdict, status = _hidden_fall(problem, verdict, status)
        doubted = verdict.kind in (PointKind.UNKNOWN, PointKind.NOT_STATIONARY)
        if status is Status.CONVERGED and doubted:
            status = Status.STALLED
    value = oracle.value(found.x)
    if status.answered and not np.isfinite(value):
        status = Status.NOT_A_NUMBER
    undetermined = _undetermined(problem, found)
    return Answer(
        point=found.x,
        value=value,
        status=status,
        verdict=verdict,
        engine=CLOSED_FORM,
        why=_why(form, found, fit=problem.residual),
        warnings=in_few_words(undetermined, _names(problem, found)),
        undetermined=undetermined,
        seconds={"judge": perf_counter() - began},
    )


def _hidden_fall(
    problem: Problem, verdict: Verdict, status: Status
) -> tuple[Verdict, Status]:
    """Rounding hid in the Hessian that the value falls; where the judge saw it, what follows."""
    rows = (row for row in verdict.evidence if row.name == "far out" and row.holds is False)
    seen = next(rows, None)
    if seen is None or problem.is_bounded:
        return verdict, status
    direction = problem.structure.ravel(verdict.direction, "direction")
    return without_end(problem, verdict, seen, direction, both=True, known=True), Status.UNBOUNDED


def _over_a_box(question: Question, oracle: QuadraticOracle, found: ClosedForm) -> Answer:
    """A quadratic without a closed form: Newton's method on its coefficients, without compiling."""
    problem = question.problem
    engine = Newton(oracle, problem.lower, problem.upper, tol=problem.tolerances.tol)
    run = loop(engine, question.start)
    began = perf_counter()
    verdict = judge(problem, run.x, oracle=oracle, switches=(), reference=question.start)
    why = f"Newton steps on the coefficients: {found.why}."
    answer = settled(problem, oracle, run, verdict, CLOSED_FORM, why)
    return replace(answer, seconds={"judge": perf_counter() - began})


def _why(form: QuadraticForm, found: ClosedForm, *, fit: bool) -> str:
    if form.is_affine:
        return "The function is affine: its slope is the same everywhere."
    condition = f"rank {found.rank} of {form.size}"
    if not fit:  # whose own table tells it, of columns of unit length
        condition += f", condition number {found.condition:.2g}"
    if form.is_least_squares:
        return f"A sum of squares of affine terms: one orthogonal factorisation ({condition})."
    return f"The function is quadratic: one factorisation of its Hessian ({condition})."


def _undetermined(problem: Problem, found: ClosedForm) -> tuple[str, ...]:
    if found.status is Status.UNBOUNDED or problem.residual:
        return ()
    data = any(np.ndim(value) > 0 for value in problem.objective.consts)
    return tuple(direction_words(row, problem.structure.paths, data=data) for row in found.null)


def _names(problem: Problem, found: ClosedForm) -> list[str]:
    part = np.any(found.null != 0.0, axis=0)
    return [problem.structure.paths[int(i)] for i in np.flatnonzero(part)]
