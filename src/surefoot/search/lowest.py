"""The lowest value on a box: branch and bound, the most promising parts first.

    goal = f(x) − ½ tol max(1, |f(x)|), x the best point so far
    take the parts with the lowest bounds          as many as a walk takes well
    look at each (`facts.lowest_value`)            bound ≥ goal: done
                                                   no lowest point in it: done; on faces: those
    else                                           halved across the variable that moves f most
    a better point seen: downhill from there, and the goal is lower

What was done to each part is written down as it happens, and is the proof: `facts.cover` shows it
once more. Source: Hansen and Walster, Global Optimization Using Interval Analysis, 2004, ch. 12.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.boxed import Boxed
from surefoot.facts.cover import Cover, halves, reduced
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.lowest_value import Fate, Looked, look
from surefoot.search.downhill import downhill, highs
from surefoot.search.tree import Tree

SHARE = 0.5
"""Of the tolerance, what parts may reach below the best value; the rest is for rounding."""
AT_FIRST, GROWTH = 16, 4
"""Parts of the first walk; later a quarter of what waits."""
NARROW = 2.0**-46
"""Of the box: parts narrower than this in every variable are not cut."""
NARROW_UNKNOWN = 2.0**-12
"""The same for parts of which nothing at all is known, as beside a pole."""
LOCALS, FAR = 12, 1e-3
"""Descents from above at most; another starts so far from the end of the last, of the box."""


class Ended(Enum):
    """Why the search ended."""

    DONE = "Every part of the box is shown to hold no better value."
    BOXES = "The number of parts that may be looked at was reached."
    SECONDS = "The time was up."
    MEMORY = "More parts waited than memory was allowed for."
    STOPPED = "It was stopped."
    STUCK = "What is left are parts too narrow to cut."


@dataclass
class Budget:
    """What a search may spend.

    Attributes:
        boxes: how many parts are looked at. seconds: how long. held: how many wait at once.
        stop: asked between walks. told: called between walks with (parts looked at, waiting, the
            best point, no less than its value, no more than the lowest value).
    """

    boxes: int = 1_000_000
    seconds: float = np.inf
    held: int = 2_000_000
    stop: Callable[[], bool] = lambda: False
    told: Callable[[int, int, Floats, float, float], None] = lambda *news: None


@dataclass
class Found:
    """What was found.

    Attributes:
        x: (n,) the best point. high: no less than its value; ∞ where no value was seen.
        bound: the search's own word for the lowest value; the judge shows it again.
        ended: why it ended. boxes, seconds: what it took. locals: descents from above.
        stuck: (lower, upper) of parts too narrow to cut that keep the bound down.
    """

    x: Floats
    high: float
    bound: float
    ended: Ended
    boxes: int
    seconds: float
    tree: Tree
    goal: float
    locals: int = 0
    stuck: list[tuple[Floats, Floats]] = field(default_factory=list[tuple[Floats, Floats]])

    def cover(self, most: int | None = None) -> Cover:
        """The proof, of no more than about `most` parts where it has to be a short one."""
        return self.tree.cover(min(self.goal, max(self.bound, -np.inf)), most)


@dataclass(frozen=True)
class _Waiting:
    """Parts that wait: which node each is, what bounds it so far, where it lies."""

    node: NDArray[np.int64]
    bound: Floats
    lower: Floats
    upper: Floats

    def pick(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "_Waiting":
        return _Waiting(self.node[rows], self.bound[rows], self.lower[rows], self.upper[rows])

    def joined(self, *others: "_Waiting") -> "_Waiting":
        parts = [self, *others]
        return _Waiting(
            *(np.concatenate([getattr(part, name) for part in parts])
              for name in ("node", "bound", "lower", "upper"))
        )  # fmt: skip


def lowest(
    boxed: Boxed, tol: float, budget: Budget, starts: Floats,
    local: Callable[[Floats], Floats | None] | None = None,
) -> Found:  # fmt: skip
    """Search for the lowest value of a function on a box, and prove that there is no lower one.

    Args:
        boxed: the function, as something to minimise, and the box.
        tol: the value may be off by tol·max(1, |value|).
        starts: (k, n) points to go downhill from first.
        local: a descent from a point (n,), for functions on which Newton's steps do not work; None
            of a run that came to nothing.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    return _Search(boxed, tol, budget, local).run(starts)


class _Search:
    def __init__(
        self, boxed: Boxed, tol: float, budget: Budget,
        local: Callable[[Floats], Floats | None] | None,
    ) -> None:  # fmt: skip
        self.boxed, self.tol, self.budget, self.local = boxed, tol, budget, local
        self.began = perf_counter()
        self.tree = Tree()
        self.x, self.high = 0.5 * boxed.first + 0.5 * boxed.last, np.inf
        self.floor = np.inf
        self.boxes, self.locals, self.descended = 0, 0, self.x
        self.whole = np.maximum(boxed.last - boxed.first, 1e-300)
        self.stuck: list[_Waiting] = []

    @property
    def goal(self) -> float:
        """What bounds have to reach."""
        if not np.isfinite(self.high):
            return np.inf
        # No bound of a part that holds a point reaches above what is known of f there.
        return min(self.high - SHARE * self.tol * max(1.0, abs(self.high)), self.floor)

    def run(self, starts: Floats) -> Found:
        boxed = self.boxed
        for x in starts:
            self.better(*downhill(boxed, x))
        self.descend()
        waiting = _Waiting(
            np.zeros(1, np.int64), np.array([-np.inf]), boxed.first[None, :], boxed.last[None, :]
        )
        while True:
            waiting = waiting.pick(waiting.bound < self.goal)
            ended = self.why_end(waiting)
            if ended is not None:
                break
            chosen, waiting = self.chosen(waiting)
            waiting = waiting.joined(*self.round(chosen))
            low = min(float(np.min(waiting.bound, initial=np.inf)), self.lowest_stuck(), self.goal)
            self.budget.told(self.boxes, len(waiting.node), self.x, self.high, low)
        left = [part.pick(part.bound < self.goal) for part in self.stuck]
        narrow = [pair for part in left for pair in zip(part.lower, part.upper, strict=True)]
        if ended is Ended.DONE and narrow:
            ended = Ended.STUCK
        bound = min(float(np.min(waiting.bound, initial=np.inf)), self.lowest_stuck(), self.goal)
        seconds = perf_counter() - self.began
        return Found(
            self.x, self.high, bound, ended, self.boxes, seconds, self.tree, self.goal,
            self.locals, narrow,
        )  # fmt: skip

    def why_end(self, waiting: _Waiting) -> Ended | None:
        budget = self.budget
        if not waiting.node.size:
            return Ended.DONE
        if budget.stop():
            return Ended.STOPPED
        if perf_counter() - self.began > budget.seconds:
            return Ended.SECONDS
        if self.boxes >= budget.boxes:
            return Ended.BOXES
        return Ended.MEMORY if len(waiting.node) > budget.held else None

    def lowest_stuck(self) -> float:
        return min((float(part.bound.min()) for part in self.stuck), default=np.inf)

    def chosen(self, waiting: _Waiting) -> tuple[_Waiting, _Waiting]:
        """The parts with the lowest bounds; half of them others where nothing is known of many."""
        count = min(max(AT_FIRST, len(waiting.node) // GROWTH), self.boxed.at_once)
        count = min(count, max(1, self.budget.boxes - self.boxes), len(waiting.node))
        if count == len(waiting.node):
            return waiting, waiting.pick(np.zeros(0, np.int64))
        order = np.argpartition(waiting.bound, count - 1)
        first = order[:count]
        known = np.flatnonzero(np.isfinite(waiting.bound))
        half = count // 2
        if known.size > half and not np.isfinite(waiting.bound[first]).any():
            best = known[np.argpartition(waiting.bound[known], half)[:half]]
            first = np.concatenate([first[: count - half], best])
        rest = np.ones(len(waiting.node), bool)
        rest[first] = False
        return waiting.pick(first), waiting.pick(rest)

    def round(self, part: _Waiting) -> list[_Waiting]:
        """Look at parts and write down what becomes of each; the parts that come of them."""
        seen = look(self.boxed, part.lower, part.upper, self.goal)
        self.boxes += len(part.node)
        k = int(np.argmin(seen.high))
        found = self.better(seen.x[k], float(seen.high[k]))
        found = self.better(*self.at_faces(part, seen)) or found
        if found:
            self.better(*downhill(self.boxed, self.x))
            self.descend()
        self.floor = min(self.floor, float(seen.low.min()))
        self.tree.bound[part.node] = seen.bound
        rest = seen.bound < self.goal
        rows = np.flatnonzero(rest & (seen.fate != Fate.OPEN))
        made = [self.reduced(part, seen, rows)]
        rows = np.flatnonzero(rest & (seen.fate == Fate.OPEN))
        if rows.size:
            made.append(self.cut(part.pick(rows), seen, rows))
        return made

    def at_faces(self, part: _Waiting, seen: Looked) -> tuple[Floats, float]:
        """The best point on a face of the whole box, of parts that reach it and may jump there.

        A cost that is paid as soon as x > 0 is not paid at 0, where no point inside comes.
        """
        first, last = self.boxed.first, self.boxed.last
        low, high = part.lower == first, part.upper == last
        rows = (low | high).any(axis=1) & ~np.isfinite(seen.reach).all(axis=1)
        if not rows.any():
            return self.x, np.inf
        x = np.where(low[rows], first, np.where(high[rows], last, seen.x[rows]))
        value = highs(self.boxed, x)
        k = int(np.argmin(value))
        return x[k], float(value[k])

    def reduced(self, part: _Waiting, seen: Looked, rows: NDArray[np.int64]) -> _Waiting:
        lower, upper, origin = reduced(seen, rows)
        count = np.bincount(origin, minlength=len(part.node))[rows]
        children = self.tree.reduce(part.node[rows], count)
        # Children of one part follow each other, in the order in which `reduced` lists its faces.
        place = np.empty(len(part.node), np.int64)
        place[rows] = children
        second = np.zeros(len(origin), np.int64)
        second[1:] = origin[1:] == origin[:-1]
        return _Waiting(place[origin] + second, seen.bound[origin], lower, upper)

    def cut(self, part: _Waiting, seen: Looked, rows: NDArray[np.int64]) -> _Waiting:
        axis, at, able = self.where(part, seen.reach[rows])
        bound = seen.bound[rows]
        nothing = np.isneginf(bound) & ~seen.defined[rows]
        width = np.max((part.upper - part.lower) / self.whole, axis=1)
        able &= width > np.where(nothing, NARROW_UNKNOWN, NARROW)
        if not able.all():
            kept = part.pick(~able)
            self.stuck.append(_Waiting(kept.node, bound[~able], kept.lower, kept.upper))
        part, axis, at = part.pick(able), axis[able], at[able]
        children = self.tree.cut(part.node, axis, at)
        lower, upper = halves(part.lower, part.upper, axis, at)
        node = np.repeat(children, 2) + np.tile([0, 1], len(children))
        return _Waiting(node, np.repeat(bound[able], 2), lower, upper)

    def where(
        self, part: _Waiting, reach: Floats
    ) -> tuple[NDArray[np.int32], Floats, NDArray[np.bool_]]:
        """Across which variable to cut, where, and whether there is room."""
        width = part.upper - part.lower
        own = width / self.whole
        known = np.isfinite(reach).all(axis=1, keepdims=True)
        weight = np.where(known, reach, own)
        # A variable that hardly moves f is cut as well, where it is all that is wide.
        most = np.max(weight, axis=1, keepdims=True)
        weight = np.where(width > 0.0, np.maximum(weight, 1e-6 * most * own), -1.0)
        axis = np.argmax(weight, axis=1).astype(np.int32)
        rows = np.arange(len(axis))
        low, high, x = part.lower[rows, axis], part.upper[rows, axis], self.x[axis]
        at = 0.5 * low + 0.5 * high
        # A cut through the best point would leave it in the corners of 2ⁿ parts.
        holds = ((part.lower <= self.x) & (self.x <= part.upper)).all(axis=1)
        close = holds & (np.abs(x - at) < 0.1 * (high - low))
        side = np.where(x > at, -0.25, 0.25)
        at = np.where(close, x + side * (high - low), at)
        return axis, at, (low < at) & (at < high)

    def better(self, x: Floats, high: float) -> bool:
        """Note a point if it is the best so far."""
        if not high < self.high:
            return False
        self.x, self.high = x.copy(), high
        return True

    def descend(self) -> None:
        """The descent from above, from a best point that is far from where the last one ended."""
        if self.local is None or self.locals >= LOCALS:
            return
        if self.locals and np.max(np.abs(self.x - self.descended) / self.whole) < FAR:
            return
        self.locals += 1
        end = self.local(self.x)
        if end is not None:
            self.better(*downhill(self.boxed, end))
        self.descended = self.x
