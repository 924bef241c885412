"""Whether a walk hovers: what its values, slopes and points say, step by step."""

import numpy as np
from numpy.typing import NDArray

from surefoot.program import Vector
from surefoot.solve.slope import lengths

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


def noise_of(values: Vector) -> float:
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
    long = lengths(moves)
    size = float(np.max(lengths(points)))
    if len(moves) < 2 or not (np.min(told) > noise_of(values[late])):
        return False
    if not np.min(long) > DIGITS * size:
        return False
    turned = float(np.mean(np.sum(moves[1:] * moves[:-1], axis=1) < 0.0))
    gained = abs(float(values[late][0] - values[-1]))
    idle = turned > 1.0 - SHARE and gained <= IDLE * float(np.sum(told))
    return idle and kept_of(lengths(gradients)) > HALVES


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
    noise = 1e-6 * float(np.ptp(late)) + noise_of(late)
    return float(np.mean(np.diff(late) > noise))


def grows(values: Vector) -> bool:
    """Whether the last quarter is still far above all before it, measured from the lowest."""
    heights = values - np.min(values)
    quarter = len(values) // 4
    return float(np.max(heights[-quarter:])) > 3.0 * float(np.max(heights[:-quarter]))
