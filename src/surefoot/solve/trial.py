"""A walk on trial: what a learning rate does from a point, measured on a copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import jax
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Rule, RuleSteps, rule_steps, walk_end
from surefoot.descent.stability import MODES
from surefoot.program import Vector
from surefoot.solve.curvatures import curvatures
from surefoot.terms import Status, ended_interrupts

LENGTH = 256
LONGEST = 1024
"""Steps of a trial that grows, or swings less and less, when `LENGTH` are over."""
HORIZON = 500
"""So many steps ahead the outcome is told."""
SHARE = 0.02
"""A walk whose value rises in more than this share of its later steps does not settle."""
HALVES = 0.5
"""Of its slope in a quarter of the walk: what swings and keeps no more closes in all the same."""
SHRINKS = 0.9
"""What swings and keeps less than this may be closing in, and is walked on to be told."""


class Outcome(Enum):
    """What the walk did."""

    SETTLES = "the value ends lower than it began"
    STAYS = "the value does not change"
    CLIMBS = "the value ends higher than it began"
    HOVERS = "the walk goes up and down, or to and fro, between bounds"
    SHARPENS = "the value goes down, and the curvature grows towards the limit"
    DIVERGES = "the walk ran away"
    LEAVES = "the walk left the domain of the function"
    UNCLEAR = "the value still grew when the trial was over"


@dataclass(frozen=True)
class Trial:
    """What came out of it.

    Attributes:
        outcome: in a word. steps: how many were taken.
        ended: the step at which it ran away or left the domain; None where it did not.
        value: the last one. top: λ at the end, where it was asked for.
        products: Hessian-vector products that it took.
        last: (n,) the last good point.
    """

    outcome: Outcome
    steps: int
    ended: int | None
    value: float
    top: float | None
    products: int
    last: Vector


@ended_interrupts()
def on_trial(
    evaluator: Evaluator,
    rule: Rule,
    given: Mapping[str, float],
    eta: float,
    x: Vector,
    state: Any = None,
    length: int = LENGTH,
) -> Trial | None:
    """Walk a copy from x (n,), as a person would who tries a learning rate before using it.

    A linear rule that settles may yet meet its limit: on nets the curvature grows along the way
    until it does (Cohen et al., arXiv 2103.00065). Its growth over the last half is carried on at
    half its speed, since it slows down as it comes near.

    Args:
        state: the optimiser's, to go on from; None: a fresh one.
        length: steps; more are taken while the value grows or its swings shrink.

    Returns:
        None where the state is not of this rule's own structure.
    """
    if state is not None and not _fits(rule, given, eta, x, evaluator, state):
        return None
    key = (rule.name, "trial", tuple(sorted(given.items())))
    steps = length
    while True:
        with np.errstate(all="ignore"):
            walk = rule_steps(
                evaluator, lambda rate: rule(rate, **given), key, x, eta, steps, state=state
            )
        kept, status = walk_end(walk.points, walk.values, walk.gradients)
        if status is not None:
            left = status is Status.NOT_A_NUMBER
            outcome = Outcome.LEAVES if left else Outcome.DIVERGES
            last = walk.points[kept - 1]
            return Trial(outcome, kept, kept, float(walk.values[kept - 1]), None, 0, last)
        slopes = np.linalg.norm(walk.gradients, axis=1)
        grows = _grows(walk.values)
        swings = hovers(walk.values, slopes)
        if not (grows or (swings and _shrink(slopes) < SHRINKS)):
            swings = swings or bounces(walk)
            break
        if steps >= LONGEST:
            if grows:
                return _plain(Outcome.UNCLEAR, walk)
            break
        steps *= 2
    if swings:
        return _plain(Outcome.HOVERS, walk)
    rise, noise = walk.values[-1] - walk.values[0], _noise(walk.values)
    if float(np.ptp(walk.values)) <= noise:
        return _plain(Outcome.STAYS, walk)
    if rise > noise:
        return _plain(Outcome.CLIMBS, walk)
    if MODES[rule.name].preconditioned:
        return _plain(Outcome.SETTLES, walk)
    return _sharpening(evaluator, rule, given, eta, walk)


def _plain(outcome: Outcome, walk: RuleSteps) -> Trial:
    steps = len(walk.values) - 1
    return Trial(outcome, steps, None, float(walk.values[-1]), None, 0, walk.points[-1])


def _noise(values: Vector) -> float:
    """What a difference of values may be by rounding alone."""
    return 16.0 * 2.0**-52 * float(np.max(np.abs(values)))


def hovers(values: Vector, slopes: Vector) -> bool:
    """Whether a walk goes up and down between bounds.

    Adam, or heavy momentum, swings through a minimum that it closes in on: its value rises now and
    then, while its slope halves from quarter to quarter. At the edge of stability the slope of a
    net falls too, but more slowly, or as a spike dies away.

    Args:
        values: (k + 1,). slopes: (k + 1,) ‖∇f(xₖ)‖.
    """
    return rising_share(values) > SHARE and _shrink(slopes) > HALVES


def bounces(walk: RuleSteps) -> bool:
    """Whether a walk jumps to and fro between points of one height.

    Over the later half its value is level to rounding, though a step gₖᵀ(xₖ₊₁ − xₖ) changes it by
    more, as far as the slope tells: −cos x at η = 2.5 goes from −1.131 to 1.131 and back for ever.
    """
    half = len(walk.values) // 2
    noise = _noise(walk.values)
    moves = np.diff(walk.points[half:], axis=0)
    told = np.abs(np.sum(walk.gradients[half:-1] * moves, axis=1))
    return float(np.ptp(walk.values[half:])) <= noise < float(np.min(told, initial=np.inf))


def _shrink(slopes: Vector) -> float:
    """How much of the slope a quarter of the walk keeps: the worst, of largest and middle ones."""
    quarter = len(slopes) // 4
    parts = slopes[len(slopes) - 3 * quarter :].reshape(3, quarter)
    sizes = np.stack([parts.max(axis=1), np.median(parts, axis=1)])
    return float(np.max(sizes[:, 1:] / np.maximum(sizes[:, :-1], np.finfo(np.float64).tiny)))


def rising_share(values: Vector) -> float:
    """In which share of the later half of its steps a walk's value rises, beyond rounding."""
    late = values[len(values) // 2 :]
    noise = 1e-6 * float(np.ptp(late)) + _noise(late)
    return float(np.mean(np.diff(late) > noise))


def _grows(values: Vector) -> bool:
    """Whether the last quarter is still far above all before it, measured from the lowest."""
    heights = values - np.min(values)
    quarter = len(values) // 4
    return float(np.max(heights[-quarter:])) > 3.0 * float(np.max(heights[:-quarter]))


def _sharpening(
    evaluator: Evaluator, rule: Rule, given: Mapping[str, float], eta: float, walk: RuleSteps
) -> Trial:
    steps = len(walk.values) - 1
    half = steps // 2
    middle, last = (curvatures(evaluator, walk.points[k]) for k in (half, steps))
    ahead = last.top + 0.5 * (last.top - middle.top) / (steps - half) * max(0, HORIZON - steps)
    grows = last.top > middle.top * (1.0 + 1e-9)
    meets = grows and ahead > 0.0 and MODES[rule.name].limit(ahead, given) < eta
    outcome = Outcome.SHARPENS if meets else Outcome.SETTLES
    products = middle.products + last.products
    return Trial(
        outcome, steps, None, float(walk.values[-1]), last.top, products, walk.points[-1]
    )


def _fits(
    rule: Rule, given: Mapping[str, float], eta: float, x: Vector, evaluator: Evaluator, state: Any
) -> bool:
    structure = evaluator.program.structure
    with jax.enable_x64(True):
        fresh = jax.eval_shape(lambda p: rule(eta, **given).init(structure.unravel_jax(p)), x)
    trees = [jax.tree_util.tree_structure(tree) for tree in (fresh, state)]
    return trees[0] == trees[1]
