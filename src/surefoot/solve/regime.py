"""What a learning rate does, in words."""

from enum import Enum

from surefoot.solve.trial import Outcome


class Regime(Enum):
    """What a learning rate does, near the minimum."""

    CRAWLS = "crawls: each step keeps more than 99 % of the distance along the flattest direction"
    STEADY = "steady: every direction shrinks, and none changes sides"
    OSCILLATES = "overshoots and returns: every direction shrinks, and some change sides"
    AT_THE_LIMIT = "at the limit: the steepest direction neither shrinks nor grows"
    BEYOND = (
        "beyond the limit: near the minimum the steepest direction grows; where the curvature "
        "falls further out it may hover"
    )
    HOVERS = (
        "hovers: the value goes up and down between bounds and the walk does not run away, as at "
        "the edge of stability of a net"
    )
    SHARPENS = (
        "goes down for now: the curvature grows on the way, and where it meets the limit the walk "
        "will hover"
    )
    FLATTENS = "is beyond the limit, yet the walk goes where the ground is flat enough for it"
    DIVERGES = "diverges: the walk runs away"
    LEAVES = "leaves: the walk steps out of the domain of the function"
    HOPS = (
        "hops: at the corner below the slope does not shrink, so the steps do not either, and no "
        "constant rate settles"
    )
    NOISE_GROWS = (
        "shrinks every direction on average, but is beyond the limit in mean square: the noise of "
        "the minibatches grows"
    )
    NO_LIMIT = "no curvature was found that sets a limit"


SHOWN = {
    Outcome.HOVERS: Regime.HOVERS,
    Outcome.SHARPENS: Regime.SHARPENS,
    Outcome.DIVERGES: Regime.DIVERGES,
    Outcome.LEAVES: Regime.LEAVES,
}
"""What a trial has shown, where that alone names the regime."""
