"""All zeros of a field in a box: branch, test, and keep what is not decided.

    take boxes from the end of the queue           depth first, so that few are held
    inflate each by a tenth, test it (`krawczyk`)
      no zero, or outside of the domain            dropped
      exactly one in the inflated box              noted, refined; the box is done
      all of it is zero                            kept as such: cutting it shows nothing more
      else                                         cut to what may hold a zero; halved where that
                                                   gains little; below the least width: unresolved

The inflated boxes overlap, so that a zero on the edge between two boxes is proved by one of them;
it is noted once, since it is the only one in the first inflated box that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.facts.intervals.nowhere import nowhere
from surefoot.facts.krawczyk import Field, krawczyk
from surefoot.search.joined import fused, hulls, touching

INFLATED = 0.1
GAIN = 0.7
"""A box that keeps more of its width than this is halved."""
BATCH = 512
FEW = 64
"""Fewer boxes than this are halved again before they are tested."""
NEWTON = 8
SHARES = (1e-6, 1e-3, 0.05)
"""Of the box: how far around the end of Newton's steps the zero is looked for."""


FATES = ("no zero", "exactly one zero", "cut", "undecided")
"""What may become of a box that is tested; told to `Budget.seen` by their places here."""

Seen = Callable[[Floats, Floats, "np.ndarray[Any, np.dtype[np.int8]]"], None]


class Left(Enum):
    """Why a box is undecided."""

    DEGENERATE = "the Jacobian is not shown to be regular there: a multiple zero, or several close"
    LEVEL = "every point of it is a zero"
    UNKNOWN = "the function is not shown to be smooth there"
    BUDGET = "the budget was spent before it was looked at"


@dataclass(frozen=True)
class Zero:
    """A zero that exists and is the only one near by.

    Attributes:
        lower, upper: (n,) it lies in here. alone: ((n,), (n,)) no other lies in there.
    """

    lower: Floats
    upper: Floats
    alone: tuple[Floats, Floats]

    @property
    def middle(self) -> Floats:
        """The float64 point nearest to the middle."""
        return 0.5 * self.lower + 0.5 * self.upper


@dataclass
class Budget:
    """What a search may spend.

    Attributes:
        boxes: how many boxes are tested. seconds: how long. held: how many wait at once.
        stop: asked between batches; True ends the search.
        told: called between batches with (boxes tested, boxes waiting, zeros found).
        seen: called with the boxes of each batch, (k, n) lower and upper, and their fates (k,).
    """

    boxes: int = 1_000_000
    seconds: float = np.inf
    held: int = 2_000_000
    stop: Callable[[], bool] = lambda: False
    told: Callable[[int, int, int], None] = lambda tested, waiting, found: None
    seen: Seen | None = None


@dataclass
class Zeros:
    """What was found.

    Attributes:
        zeros: proved ones. unresolved: (lower, upper, why) of what is not decided.
        boxes: how many were tested. seconds: how long it took.
        interrupted: whether `stop` ended it.
        candidates: (lower, upper, and both sides of the box that was tested), (k, n) each, of
            boxes that hold one zero; several may hold the same.
    """

    zeros: list[Zero] = field(default_factory=list[Zero])
    unresolved: list[tuple[Floats, Floats, Left]] = field(
        default_factory=list[tuple[Floats, Floats, Left]]
    )
    boxes: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    candidates: list[tuple[Floats, ...]] = field(default_factory=list[tuple[Floats, ...]])


def all_zeros(
    g: Field, lower: Floats, upper: Floats, budget: Budget, least: float = 1e-9
) -> Zeros:
    """Every zero of a field in a closed, finite box.

    Args:
        g: the field. lower, upper: (n,).
        least: boxes narrower than this, of the size of the box's own sides, are not cut further.
    """
    began = perf_counter()
    found = Zeros()
    queue = [np.array([lower]), np.array([upper])]
    narrow = least * np.maximum(upper - lower, 1e-300)
    while len(queue[0]):
        spent = found.boxes >= budget.boxes or perf_counter() - began > budget.seconds
        found.interrupted = budget.stop()
        if spent or found.interrupted or len(queue[0]) > budget.held:
            found.unresolved += [(a, b, Left.BUDGET) for a, b in zip(*queue, strict=True)]
            break
        count = min(BATCH, len(queue[0]), max(1, budget.boxes - found.boxes))
        boxes = queue[0][-count:], queue[1][-count:]
        queue = [queue[0][:-count], queue[1][:-count]]
        found.boxes += count
        more = _one_round(g, boxes, narrow, found, budget.seen)
        queue = [np.concatenate([kept, new]) for kept, new in zip(queue, more, strict=True)]
        budget.told(found.boxes, len(queue[0]), sum(len(part[0]) for part in found.candidates))
    _note(g, found, (lower, upper))
    found.unresolved = _merged(found.unresolved)
    found.seconds = perf_counter() - began
    return found


def _one_round(
    g: Field, boxes: tuple[Floats, Floats], narrow: Floats, found: Zeros, seen: Seen | None
) -> tuple[Floats, Floats]:
    """Test boxes; note zeros and what is too narrow to cut; the boxes that come of the rest."""
    lower, upper = boxes
    margin = INFLATED * (upper - lower) + 1e-3 * narrow
    wide = lower - margin, upper + margin
    tested = krawczyk(g, *wide)
    unsure = ~tested.none & ~tested.one & ~np.isfinite(tested.jacobian.lower).all(axis=(1, 2))
    if unsure.any():
        # Beyond the box the function may end; inside it may be smooth.
        open_up = unsure[:, None]
        wide = np.where(open_up, lower, wide[0]), np.where(open_up, upper, wide[1])
        tested = krawczyk(g, *wide)
    strange = np.flatnonzero(~tested.none & ~tested.known)
    if strange.size:
        tested.none[strange] = nowhere(g.program, lower[strange], upper[strange])
    one = tested.one
    if one.any():
        parts = tested.lower, tested.upper, *wide
        found.candidates.append(tuple(part[one] for part in parts))
    level = tested.level & ~tested.none & ~tested.one
    zeros = zip(lower[level], upper[level], strict=True)
    found.unresolved += [(first, last, Left.LEVEL) for first, last in zeros]
    rest = ~tested.none & ~tested.one & ~level
    first, last = np.maximum(tested.lower, lower)[rest], np.minimum(tested.upper, upper)[rest]
    some = (first <= last).all(axis=1)
    first, last, before = first[some], last[some], (upper - lower)[rest][some]
    slopes = np.isfinite(tested.jacobian.lower) & np.isfinite(tested.jacobian.upper)
    known = (tested.known & np.asarray(slopes.all(axis=(1, 2))))[rest][some]
    width = last - first
    small = (width <= narrow).all(axis=1)
    if seen is not None:
        fates = np.where(level, 3, np.where(tested.one, 1, 0)).astype(np.int8)
        fates[np.flatnonzero(rest)[some]] = np.where(small, 3, 2)
        seen(lower, upper, fates)
    for a, b, sure in zip(first[small], last[small], known[small], strict=True):
        found.unresolved.append((a, b, Left.DEGENERATE if sure else Left.UNKNOWN))
    first, last, before, width = first[~small], last[~small], before[~small], width[~small]
    jacobian = np.maximum(np.abs(tested.jacobian.lower), np.abs(tested.jacobian.upper))
    steep = jacobian[rest][some][~small].sum(axis=1)
    gained: Flags = np.asarray((width <= GAIN * before).any(axis=1))
    whole, cut = (first[gained], last[gained]), (first[~gained], last[~gained], steep[~gained])
    while len(cut[0]):
        cut = _halved(*cut)
        # A round of a few boxes takes as long as one of many.
        if len(whole[0]) + len(cut[0]) >= FEW:
            break
    return np.concatenate([whole[0], cut[0]]), np.concatenate([whole[1], cut[1]])


def _halved(first: Floats, last: Floats, steep: Floats) -> tuple[Floats, Floats, Floats]:
    """Both halves of boxes, cut across the variable that moves the field most.

    Where that is unknown the widest is cut. `steep` is how fast each variable moves it.
    """
    width = last - first
    with np.errstate(invalid="ignore"):  # infinitely steep, and no width
        moves = steep * width
    weight = np.where(np.isfinite(moves).all(axis=1, keepdims=True), moves, width)
    k = np.argmax(np.where(width > 0.0, weight, -1.0), axis=1)
    rows = np.arange(len(first))
    at = 0.5 * first[rows, k] + 0.5 * last[rows, k]
    lower, upper = first.copy(), last.copy()
    upper[rows, k] = lower[rows, k] = at
    both = [np.concatenate(pair) for pair in ((first, lower), (upper, last), (steep, steep))]
    return both[0], both[1], both[2]


def _note(g: Field, found: Zeros, whole: tuple[Floats, Floats]) -> None:
    """Refine the boxes that hold one zero each, and note each zero of the whole box once."""
    if not found.candidates:
        return
    lower, upper, *alone = (np.concatenate(part) for part in zip(*found.candidates, strict=True))
    found.candidates.clear()
    lower, upper = refined(g, lower, upper)
    outside = (upper < whole[0]).any(axis=1) | (lower > whole[1]).any(axis=1)
    order = np.flatnonzero(~outside)
    order = order[np.argsort(lower[order, 0], kind="stable")]
    lower, upper, alone = lower[order], upper[order], [side[order] for side in alone]
    first = np.searchsorted(lower[:, 0], alone[0][:, 0], side="left")
    last = np.searchsorted(lower[:, 0], alone[1][:, 0], side="right")
    open_still = np.ones(len(order), bool)
    for k in range(len(order)):
        if not open_still[k]:
            continue
        found.zeros.append(Zero(lower[k], upper[k], (alone[0][k], alone[1][k])))
        # The zero is the only one in its box: whatever was narrowed to lie in there is the same.
        near = slice(first[k], last[k])
        same = (lower[near] >= alone[0][k]).all(axis=1) & (upper[near] <= alone[1][k]).all(axis=1)
        open_still[near] &= ~same
        open_still[k] = False
    _keep_apart(found)


def _keep_apart(found: Zeros) -> None:
    """Two enclosures that meet, neither in the other's box, may hold one zero or two."""
    if len(found.zeros) < 2:
        return
    lower = np.array([zero.lower for zero in found.zeros])
    upper = np.array([zero.upper for zero in found.zeros])
    pairs = touching(lower, upper, np.zeros(len(lower), np.int64))
    meets = np.unique(np.concatenate([pair.ravel() for pair in pairs]))
    for k in meets[::-1]:
        zero = found.zeros.pop(int(k))
        found.unresolved.append((zero.lower, zero.upper, Left.DEGENERATE))


def refined(g: Field, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Boxes (k, n) that hold one zero each, made as narrow as float64 arithmetic makes them."""
    lower, upper = _near_the_zero(g, lower, upper)
    going = np.arange(len(lower))
    for _ in range(60):
        tested = krawczyk(g, lower[going], upper[going])
        before, width = upper[going] - lower[going], tested.upper - tested.lower
        lower[going], upper[going] = tested.lower, tested.upper
        going = going[(width < 0.9 * before).any(axis=1)]
        if not going.size:
            break
    return lower, upper


def _near_the_zero(g: Field, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """A small box around where Newton's steps lead, if that is shown to hold the zero.

    On a wide box the test may hold and yet cut off little; on a small one it cuts to the square.
    """
    lower, upper = lower.copy(), upper.copy()
    x = 0.5 * lower + 0.5 * upper
    with np.errstate(all="ignore"):
        for _ in range(NEWTON):
            here = g(x, x, jacobian=True)
            assert here.jacobian is not None, "asked for"
            slope = 0.5 * here.jacobian.lower + 0.5 * here.jacobian.upper
            value = 0.5 * here.value.lower + 0.5 * here.value.upper
            good = np.isfinite(slope).all(axis=(1, 2)) & np.isfinite(value).all(axis=1)
            good &= np.linalg.matrix_rank(np.nan_to_num(slope)) == x.shape[1]
            safe = np.where(good[:, None, None], slope, np.eye(x.shape[1]))
            step = np.linalg.solve(safe, np.where(good[:, None], value, 0.0)[:, :, None])[:, :, 0]
            x = np.clip(x - step, lower, upper)
            if not (np.abs(step) > SHARES[0] ** 2 * (upper - lower)).any():
                break
    open_still = np.arange(len(x))
    for share in SHARES:
        reach = share * (upper[open_still] - lower[open_still])
        first = np.maximum(x[open_still] - reach, lower[open_still])
        last = np.minimum(x[open_still] + reach, upper[open_still])
        tested = krawczyk(g, first, last)
        done = open_still[tested.one]
        lower[done], upper[done] = tested.lower[tested.one], tested.upper[tested.one]
        open_still = open_still[~tested.one]
        if not open_still.size:
            break
    return lower, upper


def _merged(
    boxes: list[tuple[Floats, Floats, Left]],
) -> list[tuple[Floats, Floats, Left]]:
    """Undecided boxes that touch, as one; boxes of zeros where together they are a box."""
    made: list[tuple[Floats, Floats, Left]] = []
    for level in (True, False):
        some = [box for box in boxes if (box[2] is Left.LEVEL) == level]
        if not some:
            continue
        # In columns: where a function ends there may be a hundred thousand.
        lower, upper = (np.array([box[side] for box in some]) for side in (0, 1))
        if level:
            made += [(*box, Left.LEVEL) for box in zip(*fused(lower, upper), strict=True)]
            continue
        reasons = list(Left)
        kind = np.array([reasons.index(box[2]) for box in some])
        lower, upper, kind = hulls(lower, upper, kind)
        made += [(a, b, reasons[k]) for a, b, k in zip(lower, upper, kind.tolist(), strict=True)]
    return made
