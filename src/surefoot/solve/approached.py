"""The minimum that small steps downhill end in, from a point."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Limits, Newton, NewtonCG, loop, some_steps
from surefoot.descent.transformations import measured_steps
from surefoot.facts import Smooth, near_switches
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.closed import quadratic_verdict
from surefoot.solve.curvatures import curvatures
from surefoot.solve.judging import judge_point
from surefoot.solve.slope import length
from surefoot.terms import PointKind, Verdict, ended_interrupts

SHORT_STEPS = 200
NEWTON_STEPS = 200
DENSE = 300
SETTLED = 1e-8
"""Of the first slope: where what is left is no more, the steps have settled."""
AT_CORNER = 1e-6
"""How close to a switch the end counts as on it, as a part of the size of what is compared."""
MINIMA = (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM)
MAXIMA = (PointKind.LOCAL_MAXIMUM, PointKind.FLAT_MAXIMUM, PointKind.GLOBAL_MAXIMUM)


@dataclass(frozen=True)
class Approached:
    """Where the way down ends.

    Attributes:
        point: (n,). verdict: what it is. evaluations: gradients that the way took.
        quadratic: whether f is proved to be one, so that what holds near the point holds anywhere.
        corner: whether f has one at the point from which its slope goes up to both sides.
        half_corner: whether it has one whose slope sinks to 0 beyond, as that of max(x, 0) + x²:
            a walk that lands there may settle.
        is_minimum: whether the judge calls it one. turns: whether it is a saddle or a maximum.
    """

    point: Vector
    verdict: Verdict
    evaluations: int
    quadratic: bool
    corner: bool
    half_corner: bool = False

    @property
    def is_minimum(self) -> bool:
        return self.verdict.kind in MINIMA

    @property
    def turns(self) -> bool:
        return self.verdict.kind in (*MAXIMA, PointKind.SADDLE_POINT)


def standing(
    problem: Problem, evaluator: Evaluator, x: Vector, gradient: Vector, exactly: bool = False
) -> Verdict | None:
    """What x (n,) is, where its slope is zero to its rounding, so that no step leads away.

    Args:
        gradient: (n,) at x.
        exactly: whether the slope must be 0 itself: for rules that divide by its size.
    """
    size = length(gradient)
    if size > 0.0:
        if exactly or x.size > DENSE:
            return None
        top = float(np.max(np.abs(curvatures(evaluator, x).values)))
        # x has its last digit at 2⁻⁵²‖x‖, which moves the slope by λ times that.
        if not size <= 4.0 * 2.0**-52 * top * length(x):
            return None
    return _verdict(problem, evaluator, x, x)[0]


def _verdict(
    problem: Problem, evaluator: Evaluator, x: Vector, start: Vector
) -> tuple[Verdict, bool]:
    """What the judge says of x, and whether f is proved to be a quadratic."""
    found = quadratic_verdict(problem, x, start)
    if found is not None:
        return found, True
    return judge_point(problem, x, evaluator, start), False


def ended_at(
    problem: Problem, evaluator: Evaluator, end: Vector, start: Vector, spent: int
) -> Approached:
    """What a walk from start to end came to (Newton's own, for one)."""
    with np.errstate(all="ignore"):
        verdict, quadratic = _verdict(problem, evaluator, end, start)
    return Approached(end, verdict, spent, quadratic, corner=False)


@ended_interrupts()
def approached(problem: Problem, evaluator: Evaluator, x: Vector) -> Approached:
    """Guaranteed gradient steps first, so that no valley is jumped, then Newton's method.

    Args:
        x: (n,) where the way begins; value and slope must be finite there.
    """
    before = evaluator.counts.total()
    with np.errstate(all="ignore"):
        walk = some_steps(
            evaluator, measured_steps, "measured steps", x, 1.0, SHORT_STEPS, SHORT_STEPS
        )
        near = walk.points[-1]
        saddle = _saddle(problem, evaluator, near, walk.gradients, x)
        if saddle is not None:
            spent = 2 * SHORT_STEPS + evaluator.counts.total() - before
            verdict, quadratic = saddle
            return Approached(near, verdict, spent, quadratic, corner=False)
        engine: Any = (Newton if x.size <= DENSE else NewtonCG)(evaluator)
        run = loop(engine, near, Limits(max_steps=NEWTON_STEPS))
        # A step far beyond where the gradient steps were heading may lie in another valley.
        end = run.x if run.value <= walk.values[-1] else near
        verdict, quadratic = _verdict(problem, evaluator, end, x)
        on_switch = not quadratic and on_a_switch(problem, end)
        before_it = on_switch and _keeps_its_slope(evaluator, end, x - end)
        beyond_it = before_it and _keeps_its_slope(evaluator, end, end - x)
    spent = 2 * SHORT_STEPS + evaluator.counts.total() - before
    return Approached(
        end, verdict, spent, quadratic, corner=beyond_it, half_corner=before_it and not beyond_it
    )


def _saddle(
    problem: Problem, evaluator: Evaluator, near: Vector, gradients: Vector, start: Vector
) -> tuple[Verdict, bool] | None:
    """The verdict on where the small steps have settled, if that is a saddle.

    Newton's method would find its way down from there, which those steps do not.
    """
    first, last = (float(np.linalg.norm(gradient)) for gradient in (gradients[0], gradients[-1]))
    if near.size > DENSE or not last <= SETTLED * first:
        return None
    values = curvatures(evaluator, near).values
    if not values[0] < -SETTLED * float(np.max(np.abs(values))):
        return None
    found = _verdict(problem, evaluator, near, start)
    return found if found[0].kind is PointKind.SADDLE_POINT else None


def on_a_switch(problem: Problem, x: Vector) -> bool:
    """Whether the formula changes at x (n,), where AD takes the slope and curvature of one side."""
    near = near_switches(problem.objective, x, within=AT_CORNER)
    return any(switch.kind in (Smooth.KINK, Smooth.BRANCH) for switch in near)


def _keeps_its_slope(evaluator: Evaluator, end: Vector, way: Vector) -> bool:
    """Whether the slope along a way from the end does not sink as the end comes near.

    At a smooth minimum it is sixteen times smaller at a sixteenth of the distance.
    """
    points = end + np.array([[2.0**-20], [2.0**-16]]) * way
    _, gradients = evaluator.values_and_gradients(points)
    closer, further = gradients @ way
    return bool(closer > 0.5 * further > 0.0)
