"""How a walk closed in on a stationary point, in words, beside what the theory foretells."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.descent import Observed, RateKind, Unseen, observed_rate
from surefoot.descent.stability import MODES, contraction
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import significant
from surefoot.solve.curvatures import Curvatures, curvatures
from surefoot.solve.hovering import hovers
from surefoot.solve.slope import lengths

ROUNDING = 2.0**-45
"""Of λ‖x‖: where a gradient is as small, its digits are those of the rounding."""
MOVES = 2.0**-50
"""Of ‖x‖: a shorter step is a matter of the last digits."""


FELL = 0.9
"""Of a learning rate over the steps looked at: one that fell below this has a part in what is seen.
"""


@dataclass(frozen=True)
class Ground:
    """What besides the rule has a part in how a walk closes in.

    Attributes:
        rest: with weight decay where the walk comes to rest; "" without.
        rates: (k,) the learning rate of each recorded step; None where there is no single one.
        values: (k + 1,) f at the recorded points; None with minibatches.
    """

    rest: str = ""
    rates: Vector | None = None
    values: Vector | None = None


@dataclass(frozen=True)
class Convergence:
    """The rate at which ‖∇f(xₖ)‖ went to 0, and the predicted one.

    Near a minimum with curvature the gradient, the distance and the root of the height above the
    minimum shrink by the same factor. The gradient needs no knowledge of the minimum, so it is what
    is looked at; `surefoot.descent.observed` has the rule.

    Attributes:
        kind: LINEAR, SUPERLINEAR, SUBLINEAR or NONE.
        rate: the factor a step in the long run; 0 where superlinear, 1 where sublinear, None where
            no rate is seen.
        predicted: what a step keeps of the slowest mode, from the curvatures at the last point;
            None for rules without such a theory (see `learning_rate`), for rates that change, with
            minibatches, where a curvature is negative, and beyond 300 coordinates.
        observed: what the rate was read from.
        aside: what besides the rule has made it so: a schedule, weight decay; "" where nothing has.
        what: what was looked at: the gradient, or with weight decay the step.
    """

    kind: RateKind
    rate: float | None
    predicted: float | None
    observed: Observed = field(repr=False)
    aside: str = ""
    what: str = "gradient"

    @property
    def words(self) -> str:
        """What was seen, and what was predicted, in a sentence or two."""
        told = _told(self.observed).replace("gradient", self.what)
        told += f" {self.aside}" if self.aside else ""
        if self.predicted is None:
            return told
        due = factor_words(self.predicted)
        return f"{told} Predicted from the curvatures at the last point: {due} a step."

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        seen = self.observed
        return {
            "kind": self.kind.name,
            "meaning": self.kind.value,
            "rate": self.rate,
            "predicted": self.predicted,
            "order": seen.order,
            "power": seen.power,
            "from_step": seen.window[0],
            "to_step": seen.window[1],
            "words": self.words,
        }


def convergence(
    sizes: Vector, numbers: NDArray[np.int64], floor: Vector, predicted: float | None,
    ground: Ground,
) -> Convergence:  # fmt: skip
    """From gradient norms (k,), the numbers of their steps and their rounding (k,)."""
    seen = observed_rate(sizes, numbers, floor)
    slowing = seen.kind is RateKind.SUBLINEAR or seen.unseen is Unseen.SLOWING
    if slowing and ground.values is not None and _swings(ground.values, sizes, numbers):
        seen = replace(seen, kind=RateKind.NONE, rate=None, power=None, unseen=Unseen.SWINGS)
    asides = [_of_schedule(ground.rates, numbers, seen), _of_decay(ground.rest)]
    aside = " ".join(words for words in asides if words)
    what = "step over η" if ground.rest else "gradient"
    return Convergence(seen.kind, seen.rate, predicted, seen, aside, what)


def _swings(values: Vector, sizes: Vector, numbers: NDArray[np.int64]) -> bool:
    """Whether the value goes up and down all the while, as where a constant rate hovers."""
    each = len(numbers) > 8 and bool((np.diff(numbers) == 1).all())
    return each and hovers(values[: len(sizes)], sizes)


def _of_schedule(rates: Vector | None, numbers: NDArray[np.int64], seen: Observed) -> str:
    """That the learning rate fell over the window, in a sentence."""
    if rates is None or rates.size == 0:
        return ""
    first, last = (
        float(rates[min(int(np.searchsorted(numbers, k)), len(rates) - 1)]) for k in seen.window
    )
    if not last < FELL * first:
        return ""
    return (
        f"The learning rate itself fell over these steps, from {significant(first, 2)} to "
        f"{significant(last, 2)}: the schedule sets this pace, not the rule, and one that sinks "
        "fast enough ends short of any minimum."
    )


def _of_decay(rest: str) -> str:
    """Where weight decay leads, in a sentence."""
    if not rest:
        return ""
    return (
        f"With weight decay the walk comes to rest where {rest}, which is not where f is lowest, "
        "and its gradient does not go to 0: looked at is the step."
    )


def factor_words(factor: float) -> str:
    """A factor; one so near 1 that rounding would hide the difference as 1 − the rest."""
    if 0.999 < factor < 1.0:
        return f"1 − {significant(1.0 - factor, 2)}"
    return significant(factor, 3)


def _told(seen: Observed) -> str:
    first, last = seen.window
    span = f"steps {first} to {last}"
    if seen.unseen is Unseen.SHORT and seen.exact and seen.kind is RateKind.SUPERLINEAR:
        count = f"{last} step" + "s" * (last != 1)
        return f"The gradient is down to its rounding after {count}, too few to see a rate."
    if seen.kind is RateKind.LINEAR and seen.rate is not None:
        return (
            f"Linear: the gradient is multiplied by {factor_words(seen.rate)} a step, on average "
            f"({span})."
        )
    if seen.kind is RateKind.SUPERLINEAR:
        order = "" if seen.order is None else f" and order {significant(seen.order, 2)}"
        return (
            "Superlinear: each step shrinks the gradient by a better factor, at last "
            f"{factor_words(seen.late)}{order} ({span})."
        )
    if seen.kind is RateKind.SUBLINEAR and seen.power is not None:
        return (
            "Sublinear: the factor per step creeps up to 1 (at the end "
            f"{factor_words(seen.now)}), as of 1/k^{significant(seen.power, 2)}: slower than any "
            f"fixed rate ({span})."
        )
    why = "" if seen.unseen is None else seen.unseen.value
    told = f"No rate: {why}"
    if seen.unseen in (Unseen.SLOWING, Unseen.GAINING):
        told += f" ({factor_words(seen.early)}, then {factor_words(seen.late)}; {span})"
    return f"{told}."


def curvatures_at(problem: Problem, x: Vector) -> Curvatures | None:
    """The spectrum at a point (n,); None where it is not finite, or there is none to be had."""
    try:
        with np.errstate(all="ignore"):
            found = curvatures(Evaluator(problem.objective), x)
    except (TypeError, ValueError):  # a derivative rule of the user's that has no derivative
        return None
    return found if np.isfinite(found.values).all() else None


def height_below(gradient: Vector, near: Curvatures) -> float | None:
    """How far the minimum of the quadratic model lies below a point: ½ gᵀH⁻¹g.

    None where a curvature is not positive, or not all are known.
    """
    if not near.complete or not near.values[0] > 0.0:
        return None
    return 0.5 * float(np.sum((near.vectors @ gradient) ** 2 / near.values))


def predicted_rate(
    rule: str, rate: float | None, given: Mapping[str, float] | None, near: Curvatures
) -> float | None:
    """What a step of a constant rate keeps of the slowest mode; None where that is not known."""
    if given is None or rate is None or rule not in MODES:
        return None
    if rule == "newton":
        return contraction(rule, rate, 1.0, given)
    if MODES[rule].preconditioned or near.lowest_positive is None:
        return None
    if near.values[0] < -1e-12 * near.top:
        return None
    positive = near.values[near.values >= near.lowest_positive]
    return contraction(rule, rate, positive, given)


def rounding(points: Vector, gradients: Vector, near: Curvatures) -> Vector:
    """(k,) the size of a gradient at each point that may be rounding alone; ∞ from where x stays.

    x has its last digit at 2⁻⁵²‖x‖, which moves the gradient by λ times that. λ at the last point
    says nothing of points far from it where it is not constant (|x|^1.5 has none at 0), so there
    are no more digits lost than the largest change of the gradient per step seen so far tells.

    Args:
        points, gradients: (k, n).
        near: the spectrum at the last point.
    """
    top = float(np.max(np.abs(near.values)))
    sizes, long = lengths(points), lengths(np.diff(points, axis=0))
    moves = long > MOVES * sizes[:-1]
    if not moves.any():
        return np.where(np.arange(len(points)) > 0, np.inf, ROUNDING * top * sizes)
    bends = np.zeros(len(points))
    bends[:-1][moves] = lengths(np.diff(gradients, axis=0))[moves] / long[moves]
    seen = np.maximum.accumulate(bends)
    floor = ROUNDING * np.minimum(top, np.where(seen > 0.0, seen, top)) * sizes
    floor[int(np.flatnonzero(moves)[-1]) + 2 :] = np.inf
    return floor
