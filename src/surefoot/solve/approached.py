"""The minimum that small steps downhill end in, from a point."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import RULES, Limits, Newton, NewtonCG, loop, some_steps
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.answer import judge_point
from surefoot.solve.closed import quadratic_verdict
from surefoot.terms import PointKind, Verdict

SHORT_STEPS = 200
NEWTON_STEPS = 200
DENSE = 300
MINIMA = (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM)


@dataclass(frozen=True)
class Approached:
    """Where the way down ends.

    Attributes:
        point: (n,). verdict: what it is. evaluations: gradients that the way took.
        quadratic: whether f is proved to be one, so that what holds near the point holds anywhere.
        is_minimum: whether the judge calls it one.
    """

    point: Vector
    verdict: Verdict
    evaluations: int
    quadratic: bool

    @property
    def is_minimum(self) -> bool:
        return self.verdict.kind in MINIMA


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
    return Approached(end, verdict, 2 * SHORT_STEPS + evaluator.counts.total() - before, quadratic)
