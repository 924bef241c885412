"""Where on a line something is undecided: cut, ask, and keep what the answer leaves open.

    ask about every part, a little wider than it is      so that a place between two parts is seen
    drop those that are decided; halve the rest          down to the least width
    join what is left and touches
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.facts.intervals.tight import cut, overlap

LEAST = 1e-9
"""Of the whole line's length: narrower parts are not halved."""
OVERLAP = 1e-3
MOST = 2048
ROUNDS = 200


@dataclass(frozen=True)
class Parts:
    """What is left.

    Attributes:
        found: (lower, upper) of parts of the least width, joined where they touch, in order.
        unasked: (lower, upper) of what the budget did not reach.
    """

    found: tuple[tuple[float, float], ...]
    unasked: tuple[tuple[float, float], ...]


def undecided_parts(
    open_on: Callable[[Floats, Floats], Flags], lower: float, upper: float, *, most: int = MOST,
    least: float = LEAST, stop: Callable[[], bool] = lambda: False,
) -> Parts:  # fmt: skip
    """The parts of [lower, upper], a side of which may be infinite, that stay undecided.

    Args:
        open_on: open_on(lower, upper) says of parts (k,) which are undecided.
        most: how many parts are kept at once. least: see LEAST.
        stop: asked between rounds; True ends the search.
    """
    finite = np.isfinite(lower) and np.isfinite(upper)
    span = upper - lower if finite else 1.0
    home = 0.5 * lower + 0.5 * upper if finite else float(np.clip(0.0, lower, upper))
    low, high = np.array([lower]), np.array([upper])
    done: list[tuple[float, float]] = []
    unasked: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        size = np.maximum(np.abs(low), np.abs(high))
        narrow = np.maximum(least * span, 8.0 * 2.0**-52 * size)
        with np.errstate(invalid="ignore"):
            width = high - low
        margin = overlap(low, high, OVERLAP, 0.01 * least * span)
        kept = open_on(low - margin, high + margin)
        low, high, width, narrow = low[kept], high[kept], width[kept], narrow[kept]
        small = (width <= narrow) & np.isfinite(width)
        done += [(float(a), float(b)) for a, b in zip(low[small], high[small], strict=True)]
        low, high = low[~small], high[~small]
        over = len(low) > most or stop()
        if over:
            # Those nearest to the middle are followed to the end; there has to be room to halve.
            keep = np.zeros(len(low), bool)
            order = np.argsort(_distance(low, high, home), kind="stable")
            keep[order[: 0 if stop() else most // 2]] = True
            unasked += [(float(a), float(b)) for a, b in zip(low[~keep], high[~keep], strict=True)]
            low, high = low[keep], high[keep]
        if not len(low):
            break
        at = cut(low, high)
        order = np.argsort(np.concatenate([low, at]), kind="stable")
        low, high = np.concatenate([low, at])[order], np.concatenate([at, high])[order]
    unasked += [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Parts(_joined(done, OVERLAP * least * span), _joined(unasked, 0.0))


def _distance(low: Floats, high: Floats, home: float) -> Floats:
    return np.maximum(np.maximum(low - home, home - high), 0.0)


def _joined(parts: list[tuple[float, float]], apart: float) -> tuple[tuple[float, float], ...]:
    joined: list[tuple[float, float]] = []
    for low, high in sorted(parts):
        if joined and low <= joined[-1][1] + apart:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)
