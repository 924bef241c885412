"""How a function bends on a box, by bounds of its Hessian on the parts of it.

On each part the eigenvalues of every matrix between the bounds are bounded; a part that does not
show it is cut in two. What is shown so is shown once more by Arb.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from surefoot.facts.cover import halves
from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.facts.krawczyk import GradientField
from surefoot.facts.second_opinion import bends_so
from surefoot.facts.spectrum import spectrum
from surefoot.program import Program
from surefoot.terms import UnsupportedError

MOST_VARIABLES = 12
BATCH = 256
ARB_SECONDS = 5.0
NEARLY = 1e-12
"""A curvature that misses 0 by no more of its size may be 0: cutting a part does not show that of
x² + 2 sin x, whose curvature is 0 at π/2, and Arb's narrower bounds may."""
ASKED = 32
"""So often, at most, Arb is asked before the end."""


@dataclass(frozen=True)
class OnBoxes:
    """What is shown on a box.

    Attributes:
        shown: whether the curvature has the asked sign everywhere.
        least, most: bounds of the eigenvalues of the Hessian on the box; infinite if not known.
        boxes: how many parts were looked at.
        agreed: whether Arb shows the same. why: what stood in the way.
    """

    shown: bool
    least: float = -np.inf
    most: float = np.inf
    boxes: int = 0
    agreed: bool = False
    why: str = ""


def by_boxes(
    program: Program, lower: Floats, upper: Floats, *, up: bool, budget: int,
    stop: Callable[[], bool] = lambda: False,
) -> OnBoxes:  # fmt: skip
    """Whether f is convex (concave for `up` False) on a box, by bounds of its Hessian.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    n = lower.size
    if n > MOST_VARIABLES:
        return OnBoxes(False, why=f"of more than {MOST_VARIABLES} variables boxes are not cut")
    field = GradientField(program)
    lows, highs = lower[None, :], upper[None, :]
    done: list[tuple[Floats, Floats]] = []
    least, most, looked, asked = np.inf, -np.inf, 0, 0
    while len(lows):
        now, rest = slice(0, BATCH), slice(BATCH, None)
        low, high = lows[now], highs[now]
        lows, highs = lows[rest], highs[rest]
        with np.errstate(all="ignore"):
            found = field(low, high, jacobian=True)
        looked += len(low)
        assert found.jacobian is not None, "asked for"
        first, last = spectrum(found.jacobian.lower, found.jacobian.upper)
        good: Flags = np.asarray(first >= 0.0 if up else last <= 0.0) & found.known
        wrong = np.asarray(last < 0.0 if up else first > 0.0) & found.known
        if wrong.any():
            k = int(np.argmax(wrong))
            why = f"it bends the other way all over a part of the box, near {_near(low, high, k)}"
            return OnBoxes(False, boxes=looked, why=why)
        nearly = np.flatnonzero(~good & found.known & _misses_by_rounding(first, last, up=up))
        for k in nearly[: ASKED - asked]:
            asked += 1
            good[k] = _arb_agrees(program, low[k], high[k], up=up)
            if good[k] and up:
                first[k] = max(first[k], 0.0)
            elif good[k]:
                last[k] = min(last[k], 0.0)
        if good.any():
            least, most = min(least, float(first[good].min())), max(most, float(last[good].max()))
            done += list(zip(low[good], high[good], strict=True))
        cut = _halves(low[~good], high[~good])
        if cut is None:
            return OnBoxes(False, boxes=looked, why="a side of the box is infinite")
        lows, highs = (np.concatenate(pair) for pair in zip((lows, highs), cut, strict=True))
        if looked >= budget and len(lows):
            return OnBoxes(False, boxes=looked, why=f"{looked:,} parts of the box did not suffice")
        if stop():
            return OnBoxes(False, boxes=looked, why="interrupted")
    agreed, why = _agreed(program, done, up=up)
    return OnBoxes(True, least, most, looked, agreed, why)


def _misses_by_rounding(first: Floats, last: Floats, *, up: bool) -> Flags:
    amiss, size = -first if up else last, np.maximum(np.abs(first), np.abs(last))
    # Where nothing is known of the curvature, Arb is not to be asked alone.
    return np.asarray(np.isfinite(size) & (amiss <= NEARLY * size))


def _arb_agrees(program: Program, low: Floats, high: Floats, *, up: bool) -> bool:
    try:
        return bends_so(program, low, high, up=up)
    except UnsupportedError:
        return False


def _near(low: Floats, high: Floats, k: int) -> str:
    with np.errstate(invalid="ignore"):  # the middle of the whole line is no number
        middle = 0.5 * low[k] + 0.5 * high[k]
    return ", ".join(f"{x:.4g}" for x in middle)


def _halves(low: Floats, high: Floats) -> tuple[Floats, Floats] | None:
    if not len(low):
        return low, high
    width = high - low
    if not np.isfinite(width).all():
        return None
    side = np.argmax(width, axis=1).astype(np.int32)
    rows = np.arange(len(low))
    return halves(low, high, side, 0.5 * low[rows, side] + 0.5 * high[rows, side])


def _agreed(
    program: Program, parts: list[tuple[Floats, Floats]], *, up: bool
) -> tuple[bool, str]:
    """Arb's opinion of each part; cut further where it is less tight."""
    began = perf_counter()
    waiting = [(low, high, 0) for low, high in parts]
    while waiting:
        low, high, depth = waiting.pop()
        if perf_counter() - began > ARB_SECONDS:
            return False, f"Arb's second opinion took more than {ARB_SECONDS:g} s"
        try:
            same = bends_so(program, low, high, up=up)
        except UnsupportedError as error:
            return False, str(error)
        if same:
            continue
        cut = _halves(low[None], high[None]) if depth < 8 else None
        if cut is None:
            return False, "Arb does not show the same on every part"
        waiting += [(a, b, depth + 1) for a, b in zip(*cut, strict=True)]
    return True, ""
