"""A verdict raised by what can be proved of the function."""

from surefoot.facts.convex import how_convex
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.terms import PointKind, Verdict

_RAISED = frozenset(
    kind for kind in PointKind
    if kind.name.endswith(("_MINIMUM", "_MAXIMUM"))
    or kind in (PointKind.KINK, PointKind.DEGENERATE, PointKind.UNKNOWN)
)  # fmt: skip


def of_a_convex_function(problem: Problem, point: Vector, verdict: Verdict) -> Verdict:
    """The verdict on a point; of a function that is proved to be convex a minimum is global."""
    if problem.residual or verdict.kind not in _RAISED:
        return verdict
    if how_convex(problem.objective, problem.lower, problem.upper, up=problem.sign > 0.0) is None:
        return verdict
    # Loads Arb; of what is not convex there is nothing to ask it.
    from surefoot.judge.convex import lowest_if_convex

    return lowest_if_convex(problem, problem.objective, point, verdict)
