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
"""Steps of a trial that is still growing when `LENGTH` are over."""
HORIZON = 500
"""So many steps ahead the outcome is told."""
SHARE = 0.02
"""A walk whose value rises in more than this share of its later steps does not settle."""


class Outcome(Enum):
    """What the walk did."""

    SETTLES = "the value goes down and stays down"
    HOVERS = "the value goes up and down between bounds"
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
    """

    outcome: Outcome
    steps: int
    ended: int | None
    value: float
    top: float | None
    products: int


@ended_interrupts()
def on_trial(
    evaluator: Evaluator,
    rule: Rule,
    given: Mapping[str, float],
    eta: float,
    x: Vector,
    state: Any = None,
) -> Trial | None:
    """Walk a copy from x (n,), as a person would who tries a learning rate before using it.

    A linear rule that settles may yet meet its limit: on nets the curvature grows along the way
    until it does (Cohen et al., arXiv 2103.00065). Its growth over the last half is carried on at
    half its speed, since it slows down as it comes near.

    Args:
        state: the optimiser's, to go on from; None: a fresh one.

    Returns:
        None where the state is not of this rule's own structure.
    """
    if state is not None and not _fits(rule, given, eta, x, evaluator, state):
        return None
    key = (rule.name, "trial", tuple(sorted(given.items())))
    steps = LENGTH
    while True:
        with np.errstate(all="ignore"):
            walk = rule_steps(
                evaluator, lambda rate: rule(rate, **given), key, x, eta, steps, state=state
            )
        kept, status = walk_end(walk.points, walk.values, walk.gradients)
        if status is not None:
            left = status is Status.NOT_A_NUMBER
            outcome = Outcome.LEAVES if left else Outcome.DIVERGES
            return Trial(outcome, kept, kept, float(walk.values[kept - 1]), None, 0)
        if not _grows(walk.values):
            break
        if steps >= LONGEST:
            return Trial(Outcome.UNCLEAR, steps, None, float(walk.values[-1]), None, 0)
        steps *= 2
    if rising_share(walk.values) > SHARE:
        return Trial(Outcome.HOVERS, steps, None, float(walk.values[-1]), None, 0)
    if MODES[rule.name].preconditioned:
        return Trial(Outcome.SETTLES, steps, None, float(walk.values[-1]), None, 0)
    return _sharpening(evaluator, rule, given, eta, walk)


def rising_share(values: Vector) -> float:
    """In which share of the later half of its steps a walk's value rises, beyond rounding."""
    late = values[len(values) // 2 :]
    noise = 1e-6 * float(np.ptp(late)) + 16.0 * 2.0**-52 * float(np.max(np.abs(late)))
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
    meets = ahead > 0.0 and MODES[rule.name].limit(ahead, given) < eta
    outcome = Outcome.SHARPENS if meets else Outcome.SETTLES
    products = middle.products + last.products
    return Trial(outcome, steps, None, float(walk.values[-1]), last.top, products)


def _fits(
    rule: Rule, given: Mapping[str, float], eta: float, x: Vector, evaluator: Evaluator, state: Any
) -> bool:
    structure = evaluator.program.structure
    with jax.enable_x64(True):
        fresh = jax.eval_shape(lambda p: rule(eta, **given).init(structure.unravel_jax(p)), x)
    trees = [jax.tree_util.tree_structure(tree) for tree in (fresh, state)]
    return trees[0] == trees[1]
