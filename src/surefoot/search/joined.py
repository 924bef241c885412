"""Boxes that touch, joined: of a hundred thousand undecided ones a few hundred are left to read.

`hulls` puts the least box around boxes that touch, as long as any two of one kind do. Which are
joined first does not matter: the boxes that are left are the same. In the order of execution:

    neighbours in the order of the search, then of each side, are joined     most lie so
    all pairs that touch are looked up, and what hangs together is joined    until none touch

`fused` joins only boxes that together are a box.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from surefoot.facts.intervals.intervals import Floats

Whole = np.ndarray[Any, np.dtype[np.int64]]
Boxes = tuple[Floats, Floats, Whole]
"""lower (k, n), upper (k, n), kind (k,)."""

FALLS = 0.9
"""Neighbours are joined as long as that leaves fewer than this share of the boxes."""
PAIRS = 2_000_000
"""So many pairs are compared at once."""


def hulls(lower: Floats, upper: Floats, kind: Whole) -> Boxes:
    """Boxes of which no two of one kind touch, and which hold all those that are given."""
    boxes, before = (lower, upper, kind), np.inf
    while 1 < len(boxes[0]) < FALLS * before:
        before = len(boxes[0])
        boxes = _joined_neighbours(*boxes)
    while True:
        joined = _joined_pairs(*boxes)
        if len(joined[0]) == len(boxes[0]):
            return boxes
        boxes = joined


def _joined_neighbours(lower: Floats, upper: Floats, kind: Whole) -> Boxes:
    """Boxes joined that touch and follow each other, as they come and along each side."""
    n = lower.shape[1]
    for side in (None, *range(n)):
        if side is not None:
            others = [lower[:, j] for j in range(n) if j != side]
            order = np.lexsort((lower[:, side], *others))
            lower, upper, kind = lower[order], upper[order], kind[order]
        touch = (lower[1:] <= upper[:-1]).all(axis=1) & (upper[1:] >= lower[:-1]).all(axis=1)
        touch &= kind[1:] == kind[:-1]
        first = np.flatnonzero(np.concatenate([[True], ~touch]))
        lower = np.minimum.reduceat(lower, first)
        upper, kind = np.maximum.reduceat(upper, first), kind[first]
    return lower, upper, kind


def _joined_pairs(lower: Floats, upper: Floats, kind: Whole) -> Boxes:
    """What hangs together by boxes that touch, each as one box."""
    count = len(lower)
    pairs = np.concatenate([np.empty((2, 0), np.int64), *touching(lower, upper, kind)], axis=1)
    if not pairs.shape[1]:
        return lower, upper, kind
    graph = coo_array((np.ones(pairs.shape[1], bool), (pairs[0], pairs[1])), (count, count))
    labels = np.asarray(connected_components(graph, directed=False)[1])
    order = np.argsort(labels, kind="stable")
    first = np.flatnonzero(np.diff(labels[order], prepend=-1))
    return (
        np.minimum.reduceat(lower[order], first), np.maximum.reduceat(upper[order], first),
        kind[order][first],
    )  # fmt: skip


def touching(lower: Floats, upper: Floats, kind: Whole) -> Iterator[Whole]:
    """All pairs of boxes of one kind that touch, as (2, k): a sweep along the side that parts best.

    In the order of their lower ends a box touches none beyond the first that begins after it ends.
    """
    places = np.arange(len(lower))
    best: tuple[Whole, Whole] | None = None
    for side in range(lower.shape[1]):
        order = np.argsort(lower[:, side], kind="stable")
        last = np.searchsorted(lower[order, side], upper[order, side], side="right")
        after = np.asarray(last - places - 1)
        if best is None or after.sum() < best[1].sum():
            best = order, after
    assert best is not None, "a box has a side"
    order, after = best
    lower, upper, kind = lower[order], upper[order], kind[order]
    ends = np.cumsum(after)
    begin = 0
    while begin < len(order):
        spent = ends[begin - 1] if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, spent + PAIRS, side="right")))
        some = after[begin:stop]
        one = np.repeat(places[begin:stop], some)
        starts = np.repeat(np.cumsum(some) - some, some)
        two = one + 1 + np.arange(len(one)) - starts
        touch = (lower[two] <= upper[one]).all(axis=1) & (upper[two] >= lower[one]).all(axis=1)
        touch &= kind[one] == kind[two]
        yield np.stack([order[one[touch]], order[two[touch]]])
        begin = stop


def fused(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Boxes that share a whole face made one, as often as there are such; the largest first."""
    n, before = lower.shape[1], np.inf
    while len(lower) < before:
        before = len(lower)
        for k in range(n):
            others = [side[:, j] for j in range(n) if j != k for side in (lower, upper)]
            order = np.lexsort((lower[:, k], *others))
            lower, upper = lower[order], upper[order]
            same = np.delete(lower[1:] == lower[:-1], k, axis=1).all(axis=1)
            same &= np.delete(upper[1:] == upper[:-1], k, axis=1).all(axis=1)
            same &= lower[1:, k] == upper[:-1, k]
            first = np.flatnonzero(np.concatenate([[True], ~same]))
            last = np.concatenate([first[1:], [len(lower)]]) - 1
            lower, upper = lower[first], np.where(
                np.arange(n) == k, upper[last], upper[first]
            )
    order = np.argsort(-np.prod(upper - lower, axis=1), kind="stable")
    return lower[order], upper[order]
