"""The rate of convergence that a sequence of gradient norms, or of distances, really shows.

The sequence e₀, e₁, … goes to 0 if the walk converges. Its envelope Mₖ = max over j ≥ k of eⱼ never
rises, so a momentum walk that swings through the minimum has a rate as well. What is looked at is
the last half of it, above the rounding: the first steps are far from the minimum, where no rate
holds. With sₖ = −d log Mₖ/dk, the slope by Theil and Sen in the two halves of that window gives
s₁ (early) and s₂ (late):

    linear        s₂ = s₁           M falls like ρᵏ, ρ = e⁻ˢ
    superlinear   s₂ > s₁           the factor per step goes to 0
    sublinear     s₂ < s₁           M falls like (k + c)⁻ᵖ, for which d(1/s)/dk = 1/p for any c

Differences that the scatter about a parabola in log M can explain are none. The page of the lab has
the same words for curves of one number (`lab/src/math/observed.ts`), from distances.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

FEWEST = 5
"""Points that a rate takes; of fewer only an exact end can be told."""
STEADY = 0.1
"""Late over early slope may differ from 1 by so much where there is one rate."""
SLOWER, FASTER = 0.8, 1.25
"""Late over early slope below and above which there is none. Of a power of k it is 5/7."""
CREEPS = 0.1
"""1/p from which a slowing that is small so far may be that of a power (k + c)⁻ᵖ."""
SMALL = 0.1
"""The factor of a superlinear sequence's last step."""
ALIKE = 0.2
"""By so much the orders of the last two steps may differ where one is told."""
SCATTER = 4.0
"""Times the scatter that each of two slopes may be off over the window."""
ABOVE = 2.0
"""Times its scatter that a sequence has to fall over the window."""
MOST = 200
"""Points that a slope is taken from; of more, so many are picked evenly."""


class RateKind(Enum):
    """How a walk closes in."""

    LINEAR = "each step multiplies the gradient by about the same factor"
    SUPERLINEAR = "each step shrinks the gradient by a better factor: faster than linear"
    SUBLINEAR = "the factor per step creeps up to 1: slower than any fixed rate"
    NONE = "no rate is seen"


class Unseen(Enum):
    """Why there is no rate, or none yet."""

    SHORT = "too few steps to see a rate"
    SPARSE = "too few of the steps were recorded to see a rate"
    LEVEL = "the gradient does not shrink, or by less than it goes up and down"
    SLOWING = "the factor per step still rises: too few steps to tell a steady rate from a slowing"
    GAINING = "the factor per step still falls: no steady rate yet"
    SWINGS = (
        "the walk goes up and down, and its gradient keeps more than half in a quarter of the "
        "steps: it hovers, or closes in too slowly to tell"
    )
    FLAT = "the gradient is exactly 0, or nothing but rounding, from the start"
    STILL = "the walk stands still, its steps shorter than the last digits of x"


@dataclass(frozen=True)
class Observed:
    """What a sequence shows.

    Attributes:
        kind: how it closes in.
        rate: ρ, the factor a step in the long run; 0 where superlinear, 1 where sublinear; None
            where no rate is seen.
        early, late: the factor a step in the first and second half of the window; NaN where there
            is none. Of a superlinear sequence `late` is that of the last step.
        now: the factor of the last step of a sublinear sequence, where the power through the window
            puts it; `late` is that of the middle of the second half.
        order: q in eₖ₊₁ ≈ C eₖ^q of a superlinear sequence: the log-decrease of a step over that
            of the one before, where the last two agree and no step between them is missing.
        power: p of a sublinear one.
        window: the numbers of the first and last step looked at.
        exact: whether the sequence ended below its rounding.
        unseen: why there is no rate.
    """

    kind: RateKind
    rate: float | None = None
    early: float = np.nan
    late: float = np.nan
    now: float = np.nan
    order: float | None = None
    power: float | None = None
    window: tuple[int, int] = (0, 0)
    exact: bool = False
    unseen: Unseen | None = None


def observed_rate(
    sizes: Numbers, numbers: NDArray[np.int64] | None = None, floor: Numbers | float = 0.0
) -> Observed:
    """How a sequence of positive sizes goes to 0.

    Args:
        sizes: (k,) gradient norms or distances, finite.
        numbers: (k,) how many steps had been taken; None: 0, 1, 2, …
        floor: a number, or (k,), at or below which a size is rounding; ∞ where x stands still.
    """
    steps = np.arange(len(sizes)) if numbers is None else np.asarray(numbers)
    gaps = bool((np.diff(steps[: FEWEST + 1]) > 1).any())
    envelope = np.maximum.accumulate(sizes[::-1])[::-1]
    usable = envelope > np.maximum(floor, 0.0)
    count = len(sizes) if usable.all() else int(np.argmin(usable))
    exact = count < len(sizes)
    steps, envelope = steps[:count], envelope[:count]
    if count == 0:
        return Observed(RateKind.NONE, exact=True, unseen=Unseen.FLAT)
    if count < FEWEST and gaps:
        window = int(steps[0]), int(steps[-1])
        return Observed(RateKind.NONE, window=window, exact=exact, unseen=Unseen.SPARSE)
    if exact and count < FEWEST - 1:
        window = int(steps[0]), int(steps[-1]) + 1
        if np.isposinf(np.broadcast_to(floor, np.shape(sizes))[count]):
            return Observed(RateKind.NONE, window=window, unseen=Unseen.STILL)
        return Observed(RateKind.SUPERLINEAR, 0.0, window=window, exact=True, unseen=Unseen.SHORT)
    if count < FEWEST:
        return Observed(RateKind.NONE, exact=exact, unseen=Unseen.SHORT)
    first = count // 2 - (count < 2 * FEWEST)
    return _told(steps[first:], np.log(envelope[first:]), sizes[first:count], exact)


def _told(
    steps: NDArray[np.int64], logs: Numbers, sizes: Numbers, exact: bool
) -> Observed:
    length = float(steps[-1] - steps[0])
    middle = (len(steps) - 1) // 2
    halves = slice(0, middle + 1), slice(middle, None)
    early, late = (slope(steps[part], logs[part]) for part in halves)
    whole, doubt = slope(steps, logs), 2.0 * SCATTER * _scatter(steps, logs) / length
    seen = Observed(
        RateKind.NONE, None, float(np.exp(-early)), float(np.exp(-late)), exact=exact,
        window=(int(steps[0]), int(steps[-1])),
    )  # fmt: skip
    # The envelope of mere noise falls too, at its end: the sizes themselves must be seen to fall.
    own = np.log(np.maximum(sizes, np.finfo(np.float64).tiny))
    if not (whole > 0.0 and slope(steps, own) * length > ABOVE * _scatter(steps, own)):
        return replace(seen, unseen=Unseen.LEVEL)
    if min(early, late) <= 0.0 and whole * length <= 2.0 * doubt * length:
        return replace(seen, unseen=Unseen.LEVEL)
    if abs(late - early) <= max(doubt, 1e-6 * early):
        return replace(seen, kind=RateKind.LINEAR, rate=float(np.exp(-whole)))
    if late > early:
        return _faster(seen, steps, logs, late / early if early > 0.0 else np.inf)
    if not late > 0.0:
        return replace(seen, unseen=Unseen.LEVEL)
    bend = (1.0 / late - 1.0 / early) / (0.5 * length)
    if late < SLOWER * early and np.exp(-late) > 0.5:
        # 1/s grows by `bend` a step, and `late` is s a quarter of the window before its end.
        now = float(np.exp(-1.0 / (1.0 / late + 0.25 * length * bend)))
        return replace(seen, kind=RateKind.SUBLINEAR, rate=1.0, now=now, power=float(1.0 / bend))
    if bend > CREEPS or late < (1.0 - STEADY) * early:
        return replace(seen, unseen=Unseen.SLOWING)
    return replace(seen, kind=RateKind.LINEAR, rate=float(np.exp(-whole)))


def _faster(
    seen: Observed, steps: NDArray[np.int64], logs: Numbers, gain: float
) -> Observed:
    """Of a sequence whose factor per step falls, late slope over early slope being `gain`."""
    falls = -np.diff(logs) / np.diff(steps)
    if gain <= 1.0 + STEADY:
        return replace(seen, kind=RateKind.LINEAR, rate=float(np.exp(-slope(steps, logs))))
    if gain > FASTER and np.exp(-falls[-1]) < SMALL:
        orders = falls[-2:] / falls[-3:-1] if (falls[-3:-1] > 0.0).all() else np.array([1.0])
        alike = np.ptp(orders) <= ALIKE * orders[-1] and len(orders) == 2
        alike = alike and bool((np.diff(steps[-4:]) == 1).all())
        return replace(
            seen, kind=RateKind.SUPERLINEAR, rate=0.0, late=float(np.exp(-falls[-1])),
            order=float(orders[-1]) if alike else None,
        )  # fmt: skip
    return replace(seen, unseen=Unseen.GAINING)


def slope(steps: NDArray[np.int64], logs: Numbers) -> float:
    """How fast logs fall a step: the median over all pairs, which no single dip moves."""
    kept = np.unique(np.linspace(0, len(steps) - 1, MOST).round().astype(int))
    k, heights = steps[kept].astype(np.float64), logs[kept]
    i, j = np.triu_indices(len(kept), 1)
    return float(np.median((heights[i] - heights[j]) / (k[j] - k[i])))


def _scatter(steps: NDArray[np.int64], logs: Numbers) -> float:
    """The usual distance of logs from a parabola through them."""
    k = (steps - steps[0]) / (steps[-1] - steps[0])
    terms = np.stack([np.ones_like(k), k, k * k], 1)
    rest = logs - terms @ np.linalg.lstsq(terms, logs, rcond=None)[0]
    return float(1.4826 * np.median(np.abs(rest)))
