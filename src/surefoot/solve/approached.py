"""The minimum that small steps downhill end in, from a point."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import RULES, Limits, Newton, NewtonCG, loop, some_steps
from surefoot.facts import Smooth, near_switches
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.answer import judge_point
from surefoot.solve.closed import quadratic_verdict
from surefoot.terms import PointKind, Verdict, ended_interrupts

SHORT_STEPS = 200
NEWTON_STEPS = 200
DENSE = 300
AT_CORNER = 1e-6
"""How close to a switch the end counts as on it, as a part of the size of what is compared."""
MINIMA = (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM)


@dataclass(frozen=True)
class Approached:
    """Where the way down ends.

    Attributes:
        point: (n,). verdict: what it is. evaluations: gradients that the way took.
        quadratic: whether f is proved to be one, so that what holds near the point holds anywhere.
        corner: whether f has one at the point.
        is_minimum: whether the judge calls it one.
    """

    point: Vector
    verdict: Verdict
    evaluations: int
    quadratic: bool
    corner: bool

    @property
    def is_minimum(self) -> bool:
        return self.verdict.kind in MINIMA


@ended_interrupts()
def approached(problem: Problem, evaluator: Evaluator, x: Vector) -> Approached:
    """Guaranteed gradient steps first, so that no valley is jumped, then Newton's method.

    Args:
        x: (n,) where the way begins; value and slope must be finite there.
    """
    rule = RULES["guaranteed"]
    before = evaluator.counts.total()
    with np.errstate(all="ignore"):
        walk = some_steps(evaluator, rule, rule.name, x, 0.0, SHORT_STEPS, SHORT_STEPS)
        near = walk.points[-1]
        engine: Any = (Newton if x.size <= DENSE else NewtonCG)(evaluator)
        run = loop(engine, near, Limits(max_steps=NEWTON_STEPS))
        # A step far beyond where the gradient steps were heading may lie in another valley.
        end = run.x if run.value <= walk.values[-1] else near
        verdict = quadratic_verdict(problem, end, x)
        quadratic = verdict is not None
        if verdict is None:
            verdict = judge_point(problem, end, evaluator, x)
        corner = not quadratic and _is_corner(problem, evaluator, end, x)
    spent = 2 * SHORT_STEPS + evaluator.counts.total() - before
    return Approached(end, verdict, spent, quadratic, corner)


def on_a_switch(problem: Problem, x: Vector) -> bool:
    """Whether the formula changes at x (n,), where AD takes the slope and curvature of one side."""
    near = near_switches(problem.objective, x, within=AT_CORNER)
    return any(switch.kind in (Smooth.KINK, Smooth.BRANCH) for switch in near)


def _is_corner(problem: Problem, evaluator: Evaluator, end: Vector, start: Vector) -> bool:
    """Whether the slope on the way back does not sink as the end comes near.

    At a smooth minimum it is sixteen times smaller at a sixteenth of the distance.
    """
    if not on_a_switch(problem, end):
        return False
    way = start - end
    points = end + np.array([[2.0**-20], [2.0**-16]]) * way
    _, gradients = evaluator.values_and_gradients(points)
    closer, further = gradients @ way
    return bool(closer > 0.5 * further > 0.0)
