"""What a learning rate does, in words."""

from enum import Enum

from surefoot.solve.trial import Outcome


class LongRun(Enum):
    """What a regime says of the next 500 steps: what `python -m bench.edge_of_stability` counts."""

    SETTLES = "the walk neither swings nor runs away"
    HOVERS = "the walk does not settle and does not run away"
    LEAVES = "the walk runs away or leaves the domain"
    OPEN = "nothing is said"


class Regime(Enum):
    """What a learning rate does: near the minimum that small steps end in, or on trial."""

    CRAWLS = "crawls: each step keeps more than 99 % of the distance along the flattest direction"
    STEADY = "is steady: every direction that curves shrinks, and none changes sides"
    OSCILLATES = (
        "overshoots and returns: every direction that curves shrinks, and some change sides"
    )
    AT_THE_LIMIT = "is at the limit: the steepest direction neither shrinks nor grows"
    BEYOND = (
        "is beyond the limit: where the curvature is what the limit was taken from the steepest "
        "direction grows; where it falls further out the walk may hover"
    )
    HOVERS = (
        "hovers: the walk goes up and down, or to and fro, between bounds and does not run away, "
        "as at the edge of stability of a net"
    )
    SHARPENS = (
        "goes down for now: the curvature grows to the limit on the way, or is beyond it already, "
        "and there the walk begins to swing"
    )
    FLATTENS = (
        "is beyond the limit, yet the value sinks on trial and does not go up and down: so far the "
        "walk stays where the ground is flat enough for it"
    )
    DIVERGES = "diverges: the walk runs away"
    UNTOUCHED = (
        "is beyond the limit of directions in which this start has no part that could be told from "
        "rounding: the others shrink, and any part in those, however small, grows until it shows"
    )
    LEAVES = "leaves: the walk steps out of the domain of the function"
    HOPS = (
        "hops: at the corner below the slope does not shrink, so the steps do not either, and no "
        "constant rate settles"
    )
    STEEPENS = (
        "hops about the minimum: the curvature there is infinite, so no constant rate settles, and "
        "the smaller the rate the nearer it ends"
    )
    NOISE_GROWS = (
        "shrinks every direction on average, but is beyond the limit in mean square: the noise of "
        "the minibatches grows"
    )
    CLIMBS = "climbs: the walk ends higher than it began"
    TO_A_SADDLE = (
        "leads to a saddle: the walk closes in on a point from which one way still goes down"
    )
    GOES_DOWN = (
        "goes down on trial, in the end without swinging, and where that ends is not foretold"
    )
    NOT_FORETOLD = "has no forecast: what it does in the long run cannot be told from here"
    STANDS_STILL = (
        "stands still: the slope is zero here to its rounding, a step is a multiple of the slope, "
        "and this is not known to be a minimum"
    )
    NO_LIMIT = "meets no limit: no curvature was found that sets one"

    @property
    def long_run(self) -> LongRun:
        """What it says of the next 500 steps."""
        return _LONG_RUNS.get(self, LongRun.SETTLES)


_LONG_RUNS = {
    Regime.AT_THE_LIMIT: LongRun.HOVERS,
    Regime.HOVERS: LongRun.HOVERS,
    Regime.SHARPENS: LongRun.HOVERS,
    Regime.HOPS: LongRun.HOVERS,
    Regime.STEEPENS: LongRun.HOVERS,
    Regime.DIVERGES: LongRun.LEAVES,
    Regime.LEAVES: LongRun.LEAVES,
    Regime.NOISE_GROWS: LongRun.LEAVES,
    Regime.BEYOND: LongRun.OPEN,
    Regime.UNTOUCHED: LongRun.OPEN,
    Regime.NOT_FORETOLD: LongRun.OPEN,
}
"""All others say that the walk neither swings nor runs away."""


SHOWN = {
    Outcome.HOVERS: Regime.HOVERS,
    Outcome.TO_AND_FRO: Regime.HOVERS,
    Outcome.BALANCES: Regime.UNTOUCHED,
    Outcome.SHARPENS: Regime.SHARPENS,
    Outcome.DIVERGES: Regime.DIVERGES,
    Outcome.LEAVES: Regime.LEAVES,
    Outcome.CLIMBS: Regime.CLIMBS,
}
"""What a trial has shown, where that alone names the regime."""
