"""Bounds made tighter: by the mean-value form, and by splitting the box.

On a box X with centre c and slopes G(X) both hold, and so does what they have in common:

    f(X) ⊆ F(X)   (rule by rule)        f(X) ⊆ F(c) + G(X)·(X − c)   (mean-value theorem)

The second is close on small boxes: its excess shrinks with the square of their width, that of the
first with the width (Moore, Kearfott, Cloud, Introduction to Interval Analysis, 2009, ch. 6). At
corners G holds Clarke's gradient, for which the theorem holds as well (Lebourg 1975).

Boxes whose bounds reach the outermost ones are cut in two, across the variable that moves f most,
until the bounds are within `tol` of values that f takes, or the budget of boxes is spent.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surefoot.facts.intervals.arithmetic import plus, product
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, difference
from surefoot.facts.intervals.jet_rules import enclose_derivatives
from surefoot.facts.intervals.reductions import total
from surefoot.program import Program

BATCH = 256
"""Boxes that are cut in one round."""


@dataclass(frozen=True)
class Tight:
    """Bounds of the elements of an output.

    Attributes:
        lower, upper: (size,). inside: (size,) whether the element is defined all over the box.
        taken: ((size,), (size,)) values that lie at or above the least, at or below the most
            value of f: how far the bounds may be off.
        boxes: how many boxes were looked at.
    """

    lower: Floats
    upper: Floats
    inside: Flags
    taken: tuple[Floats, Floats]
    boxes: int


def tight_bounds(
    program: Program, lower: Floats, upper: Floats, *, budget: int = 1000, tol: float = 1e-6,
    stop: Callable[[], bool] = lambda: False,
) -> Tight:  # fmt: skip
    """Bounds of a program's only output on one box.

    Args:
        lower, upper: (n,) ends of the box; a side may be infinite.
        budget: how many boxes may be looked at.
        tol: of the size of the bounds: nearer than this to a value that is taken is near enough.
        stop: asked before each cut; the bounds so far hold too.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    with np.errstate(all="ignore"):
        return _tightened(program, lower, upper, budget, tol, stop)


def _tightened(
    program: Program, lower: Floats, upper: Floats, budget: int, tol: float,
    stop: Callable[[], bool],
) -> Tight:  # fmt: skip
    work = _Work.of(program, lower[None, :], upper[None, :])
    looked = 1
    while looked < budget and not stop():
        chosen = work.worth_cutting(tol)[: max(1, min(BATCH, (budget - looked) // 2))]
        if not chosen.size:
            break
        halves = work.halves(chosen)
        looked += len(halves[0])
        work = work.without(chosen).joined(_Work.of(program, *halves))
    inside: Flags = np.asarray(work.inside.all(axis=0))
    taken = work.seen_low.min(axis=0), work.seen_high.max(axis=0)
    return Tight(work.low.min(axis=0), work.high.max(axis=0), inside, taken, looked)


@dataclass(frozen=True)
class _Work:
    """Boxes (k, n) that cover the whole, with what is known of each.

    Attributes:
        low, high: (k, size) bounds. seen_low, seen_high: bounds of f at the centre, the upper one
            of which the least value does not exceed, and the other way round.
        reach: (k, n) how much each variable may move f over the box. inside: (k, size).
    """

    lower: Floats
    upper: Floats
    low: Floats
    high: Floats
    seen_low: Floats
    seen_high: Floats
    reach: Floats
    inside: Flags

    @classmethod
    def of(cls, program: Program, lower: Floats, upper: Floats) -> "_Work":
        found = enclose_derivatives(program, lower, upper, second=False)[0]
        box = Intervals((lower.shape[1],), lower, upper)
        centre = np.clip(box.middle, lower, upper)
        point = enclose_derivatives(program, centre, centre, second=False)[0].value
        count, size = len(lower), found.size
        low, high, at_low, at_high = (
            np.array(np.broadcast_to(side, (count, size)))
            for side in (found.value.lower, found.value.upper, point.lower, point.upper)
        )
        flags = found.value.inside
        inside = np.array(np.broadcast_to(True if flags is None else flags, (count, size)))
        reach = np.maximum(upper - lower, 0.0)
        if found.slope is not None:
            moves = _moves(found.slope, box, centre)
            mean = plus(Intervals((size,), at_low, at_high), total_over_variables(moves))
            # The theorem asks for f on the whole segment from the centre.
            usable = inside & np.isfinite(mean.lower) & np.isfinite(mean.upper)
            low = np.where(usable, np.maximum(low, mean.lower), low)
            high = np.where(usable, np.minimum(high, mean.upper), high)
            reach = np.max(moves.size_bound, axis=1)
        # A centre without a value bounds nothing.
        defined = np.broadcast_to(True if point.inside is None else point.inside, (count, size))
        return cls(
            lower, upper, low, high, np.where(defined, at_high, np.inf),
            np.where(defined, at_low, -np.inf), np.broadcast_to(reach, lower.shape), inside,
        )  # fmt: skip

    def worth_cutting(self, tol: float) -> np.ndarray:
        """The boxes that hold the bounds back, the worst first."""
        least, most = self.seen_low.min(axis=0), self.seen_high.max(axis=0)
        bottom, top = self.low.min(axis=0), self.high.max(axis=0)
        with np.errstate(invalid="ignore"):
            scale = np.maximum(np.maximum(np.abs(least), np.abs(most)), most - least)
            near = tol * np.where(np.isfinite(scale), scale, 1.0) + 1e-300
            below = np.where(np.isfinite(least), least, 0.0) - self.low
            above = self.high - np.where(np.isfinite(most), most, 0.0)
            share = np.maximum(below / near, above / near)
        share = np.where(np.isnan(share), np.inf, share)
        share = np.where((bottom >= least - near) & (top <= most + near), 0.0, share)
        width = np.max(self.upper - self.lower, axis=1)
        worst = np.where(width > 0.0, np.max(share, axis=1, initial=0.0), 0.0)
        order = np.argsort(-worst, kind="stable")
        return order[worst[order] > 1.0]

    def halves(self, chosen: np.ndarray) -> tuple[Floats, Floats]:
        """Each chosen box cut in two, across the variable that matters most there."""
        lower, upper, reach = self.lower[chosen], self.upper[chosen], self.reach[chosen]
        width = upper - lower
        # Where nothing is known of the slopes the widest goes first, by its own size.
        own = width / (1.0 + np.minimum(np.abs(lower), np.abs(upper)))
        weight = np.where(np.isfinite(reach).all(axis=1, keepdims=True), reach, own)
        weight = np.where(width > 0.0, np.maximum(weight, 1e-12 * own), -1.0)
        k = np.argmax(weight, axis=1)
        rows = np.arange(len(chosen))
        at = cut(lower[rows, k], upper[rows, k])
        first, second = upper.copy(), lower.copy()
        first[rows, k] = second[rows, k] = at
        return np.concatenate([lower, second]), np.concatenate([first, upper])

    def without(self, chosen: np.ndarray) -> "_Work":
        kept = np.ones(len(self.lower), bool)
        kept[chosen] = False
        return _Work(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))

    def joined(self, other: "_Work") -> "_Work":
        return _Work(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            )
        )


def cut(lower: Floats, upper: Floats) -> Floats:
    """Where to cut: in the middle; of an open side at twice the size of the closed one."""
    both = np.isfinite(lower) & np.isfinite(upper)
    with np.errstate(invalid="ignore"):
        middle = 0.5 * lower + 0.5 * upper
        up = np.where(lower < 1.0, np.maximum(lower + 1.0, 1.0), 4.0 * lower)
        down = np.where(upper > -1.0, np.minimum(upper - 1.0, -1.0), 4.0 * upper)
    open_both = np.isneginf(lower) & np.isposinf(upper)
    at = np.where(np.isposinf(upper), up, down)
    at = np.where(open_both, 0.0, np.where(both, middle, at))
    return np.clip(at, lower, upper)


def overlap(lower: Floats, upper: Floats, share: float, least: float = 0.0) -> Floats:
    """How far parts reach into each other: a share of their widths and `least`, or two last digits.

    Far out a share of the width may be less than a digit: parts that only touch lose their ends.
    Open parts reach no further.
    """
    size = np.maximum(np.abs(lower), np.abs(upper))
    with np.errstate(invalid="ignore"):
        width = upper - lower
        reach = np.where(np.isfinite(width), share * width, 0.0) + least
        return np.where(np.isfinite(size), np.maximum(reach, 2.0 * np.spacing(size)), reach)


def _moves(slope: Intervals, box: Intervals, centre: Floats) -> Intervals:
    """(boxes, size, n) slope · (X − c)."""
    away = difference(box, Intervals(box.shape, centre, centre))
    lower, upper = (side[:, None, :] for side in away)
    return product(slope, Intervals(slope.shape, lower, upper))


def total_over_variables(moves: Intervals) -> Intervals:
    """(boxes, size) Σ over the last axis."""
    boxes, size, n = moves.lower.shape
    shape = (size, n)
    flat = Intervals(
        shape, moves.lower.reshape(boxes, -1), moves.upper.reshape(boxes, -1)
    )
    return total(flat, (2,), (size,))
