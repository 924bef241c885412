"""A walk on trial: what a learning rate does from a point, measured on a copy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import jax
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import Rule, RuleSteps, rule_steps, walk_end
from surefoot.descent.stability import MODES
from surefoot.program import Vector
from surefoot.solve.curvatures import Curvatures, curvatures
from surefoot.solve.hovering import (
    SHARE,
    grows,
    hovers,
    kept_of,
    may_close_in,
    noise_of,
    rising_share,
    to_and_fro,
)
from surefoot.solve.slope import lengths
from surefoot.terms import Status, ended_interrupts

LENGTH = 256
LONGEST = 1024
"""Steps of a trial that grows, or swings less and less, when `LENGTH` are over."""
HORIZON = 500
"""So many steps ahead the outcome is told."""
NO_PART = 2.0**-40
"""Of the largest slope: a smaller part of it is rounding."""


class Outcome(Enum):
    """What the walk did."""

    SETTLES = "the value ends lower than it began"
    STAYS = "the value does not change"
    CLIMBS = "the value ends higher than it began"
    HOVERS = "the walk goes up and down between bounds"
    TO_AND_FRO = "the walk jumps to and fro, and gains next to nothing of what its slopes promise"
    SHARPENS = "the value goes down, and the curvature grows towards the limit, or is beyond it"
    BALANCES = "the walk settles where its steepest direction grows, and has no part in it"
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
        kept: what the last quarter kept of the slope of the one before; NaN where it ended.
    """

    outcome: Outcome
    steps: int
    ended: int | None
    value: float
    top: float | None
    products: int
    last: Vector
    kept: float = np.nan

    @property
    def quarter(self) -> int:
        """How many steps that is."""
        return self.steps // 4


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
        slopes = lengths(walk.gradients)
        still_grows = grows(walk.values)
        swings = hovers(walk.values, slopes)
        turns = to_and_fro(walk.values, walk.gradients, walk.points)
        # A spike that is over is no hovering either.
        calm = not turns and rising_share(walk.values[-(steps // 2) :]) <= SHARE
        closing = (swings or turns) and (calm or may_close_in(slopes))
        if not (still_grows or closing) or steps >= LONGEST:
            break
        steps *= 2
    if still_grows:
        return _plain(Outcome.UNCLEAR, walk)
    if swings or turns:
        return _plain(Outcome.HOVERS if swings else Outcome.TO_AND_FRO, walk)
    rise, noise = walk.values[-1] - walk.values[0], noise_of(walk.values)
    if float(np.ptp(walk.values)) <= noise:
        return _plain(Outcome.STAYS, walk)
    if MODES[rule.name].preconditioned:
        return _plain(Outcome.CLIMBS if rise > noise else Outcome.SETTLES, walk)
    return _sharpening(evaluator, rule, given, eta, walk, climbs=bool(rise > noise))


def _plain(outcome: Outcome, walk: RuleSteps) -> Trial:
    steps = len(walk.values) - 1
    slopes = lengths(walk.gradients)
    value, last = float(walk.values[-1]), walk.points[-1]
    return Trial(outcome, steps, None, value, None, 0, last, kept_of(slopes))


def _sharpening(
    evaluator: Evaluator, rule: Rule, given: Mapping[str, float], eta: float, walk: RuleSteps,
    *, climbs: bool,
) -> Trial:  # fmt: skip
    """A walk that went without swinging, by the curvatures at its middle and its end.

    Where η is beyond the limit at the end the steepest direction grows there, seen or not yet.
    """
    steps = len(walk.values) - 1
    half = steps // 2
    limit = MODES[rule.name].limit
    middle, last = (curvatures(evaluator, walk.points[k]) for k in (half, steps))
    ahead = last.top + 0.5 * (last.top - middle.top) / (steps - half) * max(0, HORIZON - steps)
    grows = last.top > middle.top * (1.0 + 1e-9)
    meets = grows and ahead > 0.0 and limit(ahead, given) < eta
    beyond = last.top > 0.0 and limit(last.top, given) * (1.0 + 1e-9) < eta
    outcome = Outcome.CLIMBS if climbs else Outcome.SETTLES
    growing = [c > 0.0 and limit(float(c), given) < eta for c in last.values]
    if beyond and _lacks(walk, last, growing):
        outcome = Outcome.BALANCES
    elif (beyond or meets) and not climbs:
        outcome = Outcome.SHARPENS
    found = replace(_plain(outcome, walk), top=last.top)
    return replace(found, products=middle.products + last.products)


def _lacks(walk: RuleSteps, last: Curvatures, growing: list[bool]) -> bool:
    """Whether the last slope has no part, but for rounding, in what grows at the last point."""
    parts = np.abs(last.vectors[growing] @ walk.gradients[-1])
    return bool(np.all(parts <= NO_PART * np.max(np.abs(walk.gradients))))


def _fits(
    rule: Rule, given: Mapping[str, float], eta: float, x: Vector, evaluator: Evaluator, state: Any
) -> bool:
    structure = evaluator.program.structure
    with jax.enable_x64(True):
        fresh = jax.eval_shape(lambda p: rule(eta, **given).init(structure.unravel_jax(p)), x)
    trees = [jax.tree_util.tree_structure(tree) for tree in (fresh, state)]
    return trees[0] == trees[1]
