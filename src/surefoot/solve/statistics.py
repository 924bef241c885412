"""Standard errors for a least-squares answer."""

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import FitStatistics
from surefoot.facts import AffineResidualOracle, affine_form
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.undetermined import hardly_in_few_words, in_few_words


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


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
