"""A verdict raised by what can be proved of the function."""

from surefoot.judge.convex import lowest_if_convex
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.terms import Verdict


def of_a_convex_function(
    problem: Problem, point: Vector, verdict: Verdict, value: float
) -> Verdict:
    """The verdict on a point; of a function that is proved to be convex a minimum is global.

    Args:
        value: f at the point as the program computes it, in the user's sense.
    """
    if problem.residual:
        return verdict
    return lowest_if_convex(problem, problem.objective, point, verdict, value)
