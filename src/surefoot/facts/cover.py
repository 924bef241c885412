"""A cover of a box by parts, with what was done to each: a proof that no value is lower.

The parts are the nodes of a tree whose root is the box. Only the cuts are kept, and the parts are
computed from them again: so they cover the box whoever made the tree.

    CUT      halved across one variable        the two halves cover it, whatever f is
    REDUCED  to what `look` leaves of it       a face, two faces, or nothing
    LEAF     bounded                           by what `look` shows

`recheck` walks down and shows all of it again; it takes nothing from the tree but where to cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.boxed import Boxed
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.lowest_value import Fate, Looked, look

LOWEST = 16
"""How many of the parts with the lowest bounds are handed on."""


class Node(IntEnum):
    """What is done to a part."""

    LEAF = 0
    CUT = 1
    REDUCED = 2


@dataclass(frozen=True)
class Cover:
    """The tree, node by node; node 0 is the whole box.

    Attributes:
        kind: (m,) what is done. axis, at: (m,) across which variable it is cut, and where.
        child: (m,) the first of its one or two children, which follow each other.
        goal: bounds that reach this need not be better.
    """

    kind: NDArray[np.int8]
    axis: NDArray[np.int32]
    at: Floats
    child: NDArray[np.int64]
    goal: float


@dataclass(frozen=True)
class Lowest:
    """The parts with the lowest bounds, lowest first.

    Attributes:
        lower, upper: (k, n). bound: (k,). x: (k, n) a point of each where f is low.
    """

    lower: Floats
    upper: Floats
    bound: Floats
    x: Floats


@dataclass(frozen=True)
class Rechecked:
    """What a cover shows.

    Attributes:
        bound: no value on the box is lower; −∞ where the walk was ended.
        parts: how many parts were bounded. reduced: how many hold no lowest point, or on a face.
        undefined: how many of the bounded parts the function is not shown to be defined on.
        lowest: those that decide the bound.
        ended: whether the walk came to its end.
    """

    bound: float
    parts: int
    reduced: int
    undefined: int
    lowest: Lowest
    ended: bool


def halves(
    lower: Floats, upper: Floats, axis: NDArray[np.int32], at: Floats
) -> tuple[Floats, Floats]:
    """The halves of parts (k, n), first and second of each in turn: (2k, n)."""
    rows = np.arange(len(lower))
    place = np.clip(at, lower[rows, axis], upper[rows, axis])
    firsts, seconds = np.repeat(lower, 2, axis=0), np.repeat(upper, 2, axis=0)
    seconds[2 * rows, axis] = place
    firsts[2 * rows + 1, axis] = place
    return firsts, seconds


def reduced(seen: Looked, rows: NDArray[np.int64]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """What is left of parts that `look` reduced: (lower, upper, which row each comes from)."""
    faces = rows[seen.fate[rows] == Fate.FACE]
    pairs = rows[seen.fate[rows] == Fate.SIDES]
    lower, upper = np.repeat(seen.lower[pairs], 2, axis=0), np.repeat(seen.upper[pairs], 2, axis=0)
    k, axis = np.arange(len(pairs)), seen.axis[pairs]
    upper[2 * k, axis] = lower[2 * k, axis]
    lower[2 * k + 1, axis] = upper[2 * k + 1, axis]
    return (
        np.concatenate([seen.lower[faces], lower]), np.concatenate([seen.upper[faces], upper]),
        np.concatenate([faces, np.repeat(pairs, 2)]),
    )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """Parts that wait: which node each is, and where it lies."""

    node: NDArray[np.int64]
    lower: Floats
    upper: Floats

    def pick(self, rows: slice | NDArray[np.bool_]) -> "_Part":
        return _Part(self.node[rows], self.lower[rows], self.upper[rows])

    def joined(self, other: "_Part") -> "_Part":
        return _Part(
            np.concatenate([self.node, other.node]), np.concatenate([self.lower, other.lower]),
            np.concatenate([self.upper, other.upper]),
        )  # fmt: skip


def recheck(
    boxed: Boxed, cover: Cover, stop: Callable[[], bool] = lambda: False
) -> Rechecked:
    """Show once more what a cover claims.

    Args:
        boxed: the function and the box. stop: asked between walks; True ends them.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    found = _Found.empty(boxed.size)
    if not _usable(boxed, cover):
        return found.told(ended=False)
    last = len(cover.kind)
    # What a part is reduced to now may be more than what it was then: such parts are bounded whole.
    cover = replace(cover, kind=np.append(cover.kind, np.int8(Node.LEAF)))
    waiting = [_Part(np.zeros(1, np.int64), boxed.first[None, :], boxed.last[None, :])]
    while waiting:
        # Nodes with several parents would make of few nodes more parts than there is time for.
        if stop() or found.parts + found.reduced > 2 * last + 1:
            return found.told(ended=False)
        part = waiting.pop()
        if len(part.node) > boxed.at_once:
            waiting.append(part.pick(slice(boxed.at_once, None)))
            part = part.pick(slice(boxed.at_once))
        cut: NDArray[np.bool_] = np.asarray(cover.kind[part.node] == Node.CUT)
        if cut.any():
            node = part.node[cut]
            sides = halves(part.lower[cut], part.upper[cut], cover.axis[node], cover.at[node])
            children = np.repeat(cover.child[node], 2) + np.tile([0, 1], len(node))
            children = np.minimum(children, last)
            waiting.append(_Part(children, *sides))
        if not cut.all():
            left = _bounded(boxed, cover, part.pick(~cut), found)
            waiting += [left] if left.node.size else []
        waiting = _gathered(waiting, boxed.at_once)
    return found.told(ended=True)


def _usable(boxed: Boxed, cover: Cover) -> bool:
    """Whether children come later than their parents and axes are variables: the walk then ends."""
    inner = np.flatnonzero(cover.kind != Node.LEAF)
    later = bool((cover.child[inner] > inner).all())
    axis = cover.axis[inner]
    known = bool(((axis >= 0) & (axis < boxed.size)).all()) and not np.isnan(cover.at[inner]).any()
    sizes = {len(cover.kind), len(cover.axis), len(cover.at), len(cover.child)}
    return later and known and len(sizes) == 1 and len(cover.kind) > 0


def _gathered(waiting: list[_Part], enough: int) -> list[_Part]:
    """Few parts at the end of the list as one: a walk costs as much for one as for many."""
    while len(waiting) > 1 and len(waiting[-1].node) + len(waiting[-2].node) <= enough:
        last, before = waiting.pop(), waiting.pop()
        waiting.append(before.joined(last))
    return waiting


def _bounded(boxed: Boxed, cover: Cover, part: _Part, found: "_Found") -> _Part:
    """Notes the bounds of parts that are leaves; what is left of those that are reduced."""
    seen = look(boxed, part.lower, part.upper, cover.goal)
    # A reduction that is not shown again leaves a part that is bounded as a whole.
    again = (cover.kind[part.node] == Node.REDUCED) & (seen.fate != Fate.OPEN)
    found.note(part, seen, ~again)
    rows = np.flatnonzero(again)
    found.reduced += len(rows)
    lower, upper, origin = reduced(seen, rows)
    second = np.zeros(len(origin), np.int64)
    second[1:] = origin[1:] == origin[:-1]
    children = cover.child[part.node[origin]] + second
    return _Part(np.minimum(children, len(cover.kind) - 1), lower, upper)


@dataclass
class _Found:
    bound: float
    parts: int
    reduced: int
    undefined: int
    lowest: Lowest

    @classmethod
    def empty(cls, n: int) -> "_Found":
        none = np.empty((0, n))
        return cls(np.inf, 0, 0, 0, Lowest(none, none, np.empty(0), none))

    def note(self, part: _Part, seen: Looked, leaf: NDArray[np.bool_]) -> None:
        if not leaf.any():
            return
        bound = seen.bound[leaf]
        self.bound = min(self.bound, float(bound.min()))
        self.parts += len(bound)
        self.undefined += int((~seen.defined[leaf]).sum())
        old = self.lowest
        together = [
            np.concatenate(pair) for pair in (
                (old.lower, part.lower[leaf]), (old.upper, part.upper[leaf]),
                (old.bound, bound), (old.x, seen.x[leaf]),
            )
        ]  # fmt: skip
        order = np.argsort(together[2], kind="stable")[:LOWEST]
        self.lowest = Lowest(*(side[order] for side in together))

    def told(self, *, ended: bool) -> Rechecked:
        bound = self.bound if ended else -np.inf
        return Rechecked(
            bound, self.parts, self.reduced, self.undefined, self.lowest, ended
        )
