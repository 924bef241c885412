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

    None where the problem is no least-squares problem, or where residuals or Jacobian are not
    finite at the point.
    """
    if not problem.residual:
        return None, ()
    form = affine_form(problem.objective)
    oracle = evaluator if form is None else AffineResidualOracle(form, problem.objective)
    residual, jacobian = oracle.residual_and_jacobian(point)
    if not (np.isfinite(residual).all() and np.isfinite(jacobian).all()):
        return None, ()
    free = (point > problem.lower) & (point < problem.upper)
    fit = FitStatistics(point, residual, jacobian, free, problem.structure.paths)
    fit = replace(fit, curved=_turning_points(fit, evaluator)) if form is None else fit
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
    size = float(np.max(np.abs(fit.residual), initial=0.0))
    found: list[int] = []
    for row in fit.directions:
        moved = np.flatnonzero(row)
        if moved.size != 1:
            continue  # of several a straight move leaves a curve on which nothing changes
        k = int(places[moved[0]])
        for sign in (1.0, -1.0):
            point = fit.point.copy()
            point[k] += sign * 0.1 * max(1.0, abs(point[k]))
            residual, _ = oracle.residual_and_jacobian(point)
            change = float(np.max(np.abs(residual - fit.residual), initial=0.0))
            if change > SEEN * max(size, float(np.max(np.abs(residual), initial=0.0))):
                found.append(int(moved[0]))
                break
    return tuple(found)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
