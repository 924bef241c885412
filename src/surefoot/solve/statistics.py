"""Standard errors for a least-squares answer."""

from dataclasses import replace

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import FitStatistics
from surefoot.facts import AffineResidualOracle, affine_form
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.undetermined import hardly_in_few_words, in_few_words

SEEN = 1e-9
"""Part of the residuals by which a move has to change them: far above rounding."""


def fit_statistics(
    problem: Problem, point: Vector, evaluator: Evaluator
) -> tuple[FitStatistics | None, tuple[str, ...]]:
    """The statistics of a fit, and sentences about what its data cannot tell.

    None where the problem is no least-squares problem, or where the sum of squares or the Jacobian
    is not finite at the point.
    """
    if not problem.residual:
        return None, ()
    form = affine_form(problem.objective)
    oracle = evaluator if form is None else AffineResidualOracle(form, problem.objective)
    residual, jacobian = oracle.residual_and_jacobian(point)
    with np.errstate(over="ignore"):
        total = float(residual @ residual)
    if not (np.isfinite(total) and np.isfinite(jacobian).all()):
        return None, ()
    free = (point > problem.lower) & (point < problem.upper)
    fit = FitStatistics(point, residual, jacobian, free, problem.structure.paths)
    if form is None:
        fit = replace(fit, curved=_turning_points(fit, evaluator), bent=_bent(fit, evaluator))
    warnings = [
        *in_few_words(fit.undetermined, fit.unidentified),
        *hardly_in_few_words(fit.hardly_determined),
    ]
    if fit.degrees_of_freedom <= 0:
        warnings.append(
            f"{_counted(residual.size, 'measurement')} for "
            f"{_counted(int(free.sum()), 'parameter')}: the fit leaves nothing over to estimate "
            "errors from."
        )
    return fit, tuple(warnings)


def _turning_points(fit: FitStatistics, oracle: Evaluator) -> tuple[int, ...]:
    """Parameters that change nothing to first order, yet do when they are moved by a tenth."""
    places = np.flatnonzero(fit.free)
    found: list[int] = []
    for row in fit.directions:
        moved = np.flatnonzero(row)
        if moved.size != 1:
            continue
        k = int(places[moved[0]])
        way = np.zeros_like(fit.point)
        way[k] = 0.1 * max(1.0, abs(fit.point[k]))
        if _changes(fit, oracle, way):
            found.append(int(moved[0]))
    return tuple(found)


def _bent(fit: FitStatistics, oracle: Evaluator) -> tuple[int, ...]:
    """Directions of several parameters along which a straight move changes the residuals."""
    found: list[int] = []
    for place, row in enumerate(fit.directions):
        if np.count_nonzero(row) < 2 or not np.all(np.isfinite(row)):
            continue
        way = np.zeros_like(fit.point)
        way[fit.free] = row / np.max(np.abs(row))
        if _changes(fit, oracle, way) or _changes(fit, oracle, 0.1 * way):
            found.append(place)
    return tuple(found)


def _changes(fit: FitStatistics, oracle: Evaluator, way: Vector) -> bool:
    """Whether a move by ± way changes a residual beyond rounding, or leaves where it is finite."""
    each = np.abs(fit.jacobian) @ np.abs(way)  # what one parameter moved alone would change
    size = float(np.max(np.maximum(np.abs(fit.residual), each), initial=0.0))
    for moved in (fit.point + way, fit.point - way):
        residual, _ = oracle.residual_and_jacobian(moved)
        change = float(np.max(np.abs(residual - fit.residual), initial=0.0))
        least = SEEN * max(size, float(np.max(np.abs(residual), initial=0.0)))
        if not change <= least:
            return True
    return False


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
