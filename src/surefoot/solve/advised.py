"""Whether the suggested learning rate settles, and a smaller one where it does not."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

from surefoot.solve.advice import Advice
from surefoot.solve.rate_report import LearningRate
from surefoot.solve.regime import LongRun, Regime
from surefoot.solve.trial import Trial

SMALLER = 4
"""So many smaller rates are tried."""
FACTOR = 0.25


def advised(rate: LearningRate, walk: Callable[[float], Trial | None]) -> LearningRate:
    """The answer with a suggestion that has been tried.

    A rate asked about keeps its own trial; where none was, that of the suggestion is the answer's.

    Args:
        walk: from η to what it does from the start.
    """
    first = rate.suggestion
    if first is None or rate.limit == 0.0:
        return rate
    eta, smallest, lowest, steps = first, first, inf, 0
    regime, settles = Regime.NOT_FORETOLD, None
    for _ in range(SMALLER + 1):
        tried = walk(eta)
        if tried is None:
            return rate
        steps += tried.steps
        found = replace(rate, lr=eta, trial=tried)
        if eta == first:
            regime = found.regime
            rate = replace(rate, trial=tried) if rate.lr is None else rate
        if _is_good(found.regime) and tried.value <= lowest:
            settles = eta
            # What is said is said of the rate that is suggested.
            rate = replace(rate, trial=tried) if rate.lr is None else rate
            break
        if tried.ended is not None and tried.value < rate.value:
            break  # downhill all the way: a smaller rate gets there later
        lowest = min(lowest, tried.value if tried.ended is None else inf)
        smallest, eta = eta, eta * FACTOR
    return replace(rate, advice=Advice(first, regime, settles, smallest, steps))


def _is_good(regime: Regime) -> bool:
    settles = regime.long_run is LongRun.SETTLES and regime is not Regime.CLIMBS
    # At the edge of stability of a net every rate gets there, a smaller one later.
    return settles or regime is Regime.SHARPENS
