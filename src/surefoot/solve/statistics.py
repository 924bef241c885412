"""Standard errors for a least-squares answer."""

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import FitStatistics
from surefoot.facts import AffineResidualOracle, affine_form
from surefoot.problem import Problem
from surefoot.program import Vector


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
    warnings = [*fit.undetermined, *fit.hardly_determined]
    if fit.degrees_of_freedom <= 0:
        warnings.append(
            f"There are {residual.size} measurements for {int(free.sum())} parameters: the fit "
            "leaves nothing over to estimate errors from."
        )
    return fit, tuple(warnings)
