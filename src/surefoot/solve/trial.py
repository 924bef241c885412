"""A walk on trial: what a learning rate does from a point, measured on a copy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.descent import Rule, RuleSteps, rule_steps, walk_end
from surefoot.descent.stability import MODES
from surefoot.program import Vector
from surefoot.solve.curvatures import Curvatures, curvatures
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
IDLE = 0.01
"""Of what its slopes promise: a walk that turns back at each step and gains no more stays."""
DIGITS = 2.0**-36
"""Of the largest ‖x‖: a step that is no longer may be rounding, and says nothing."""
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
        slopes = np.linalg.norm(walk.gradients, axis=1)
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
    rise, noise = walk.values[-1] - walk.values[0], _noise(walk.values)
    if float(np.ptp(walk.values)) <= noise:
        return _plain(Outcome.STAYS, walk)
    if MODES[rule.name].preconditioned:
        return _plain(Outcome.CLIMBS if rise > noise else Outcome.SETTLES, walk)
    return _sharpening(evaluator, rule, given, eta, walk, climbs=bool(rise > noise))


def _plain(outcome: Outcome, walk: RuleSteps) -> Trial:
    steps = len(walk.values) - 1
    slopes = np.linalg.norm(walk.gradients, axis=1)
    value, last = float(walk.values[-1]), walk.points[-1]
    return Trial(outcome, steps, None, value, None, 0, last, kept_of(slopes))


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
    return rising_share(values) > SHARE and kept_of(slopes) > HALVES


def to_and_fro(values: Vector, gradients: Vector, points: Vector) -> bool:
    """Whether a walk turns back at each step of its last quarter, and gets nowhere by it.

    By its slopes the steps change the value by Σ |gₖᵀ(xₖ₊₁ − xₖ)|. A walk that closes in on a
    minimum gains a part of that, 1 − ηλ/2 of gradient descent; one between two points of a cycle
    gains nothing, though it may come near the cycle slowly: −cos x at η = 2.5 goes from −1.131 to
    1.131 and back for ever.

    Args:
        values: (k + 1,). gradients, points: (k + 1, n).
    """
    late = slice(len(values) - 1 - len(values) // 4, None)
    moves = np.diff(points[late], axis=0)
    told = np.abs(np.sum(gradients[late][:-1] * moves, axis=1))
    lengths = np.linalg.norm(moves, axis=1)
    size = float(np.max(np.linalg.norm(points, axis=1)))
    if len(moves) < 2 or not (np.min(told) > _noise(values[late])):
        return False
    if not np.min(lengths) > DIGITS * size:
        return False
    turned = float(np.mean(np.sum(moves[1:] * moves[:-1], axis=1) < 0.0))
    gained = abs(float(values[late][0] - values[-1]))
    idle = turned > 1.0 - SHARE and gained <= IDLE * float(np.sum(told))
    return idle and kept_of(np.linalg.norm(gradients, axis=1)) > HALVES


def kept_of(slopes: Vector) -> float:
    """How much of the slope a quarter of the walk keeps: the worst, of largest and middle ones."""
    sizes = _by_quarters(slopes)
    return float(np.max(sizes[:, 1:] / sizes[:, :-1]))


def may_close_in(slopes: Vector) -> bool:
    """Whether a walk that swings does so less and less: over its last quarters taken together.

    A spike on the way, as the first steps of a new rate have them, hides that from `kept_of`.
    """
    sizes = _by_quarters(slopes)
    return bool(np.min(sizes[:, 2] / sizes[:, 0]) < SHRINKS**2)


def _by_quarters(slopes: Vector) -> NDArray[np.float64]:
    """(2, 3) the largest and the middle slope of each of the last three quarters."""
    quarter = len(slopes) // 4
    parts = slopes[len(slopes) - 3 * quarter :].reshape(3, quarter)
    sizes = np.stack([parts.max(axis=1), np.median(parts, axis=1)])
    return np.maximum(sizes, np.finfo(np.float64).tiny)


def rising_share(values: Vector) -> float:
    """In which share of the later half of its steps a walk's value rises, beyond rounding."""
    late = values[len(values) // 2 :]
    noise = 1e-6 * float(np.ptp(late)) + _noise(late)
    return float(np.mean(np.diff(late) > noise))


def grows(values: Vector) -> bool:
    """Whether the last quarter is still far above all before it, measured from the lowest."""
    heights = values - np.min(values)
    quarter = len(values) // 4
    return float(np.max(heights[-quarter:])) > 3.0 * float(np.max(heights[:-quarter]))


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
