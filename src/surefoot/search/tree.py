"""What was done to each part of a box, written down as it happens."""

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.cover import Cover, Node
from surefoot.facts.intervals.intervals import Floats


class Tree:
    """A growing tree of parts; node 0 is the whole box.

    Attributes:
        kind, axis, at, child: as in `Cover`.
        bound: what was shown of each part; −∞ of those that nobody looked at.
    """

    def __init__(self) -> None:
        self.count = 1
        self.kind = np.zeros(64, np.int8)
        self.axis = np.zeros(64, np.int32)
        self.at: Floats = np.zeros(64)
        self.child = np.zeros(64, np.int64)
        self.bound: Floats = np.full(64, -np.inf)

    def cut(
        self, node: NDArray[np.int64], axis: NDArray[np.int32], at: Floats
    ) -> NDArray[np.int64]:
        """Note cuts; the first child of each node."""
        children = self._children(node, np.full(len(node), 2))
        self.kind[node], self.axis[node], self.at[node] = Node.CUT, axis, at
        return children

    def reduce(
        self, node: NDArray[np.int64], count: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Note reductions to so many faces each; the first child of each node."""
        children = self._children(node, count)
        self.kind[node] = Node.REDUCED
        return children

    def _children(
        self, node: NDArray[np.int64], count: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        first = self.count + np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
        first = first[: len(node)]
        self.count += int(count.sum())
        while self.count > len(self.kind):
            self._grow()
        self.child[node] = first
        return first

    def _grow(self) -> None:
        for name, empty in (
            ("kind", 0), ("axis", 0), ("at", 0.0), ("child", 0), ("bound", -np.inf),
        ):  # fmt: skip
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full(len(old), empty, old.dtype)]))

    def cover(self, goal: float, most: int | None = None) -> Cover:
        """The tree as a proof of a bound, with no more than about `most` cuts.

        A part whose own bound reaches the goal is a leaf, whatever was done to it later.
        """
        size = self.count
        kind, bound = self.kind[:size].copy(), self.bound[:size]
        inner = bound[kind != Node.LEAF]
        if most is not None and len(inner) > most:
            # Best first: the parts that were done with early have the lowest bounds.
            goal = min(goal, float(np.partition(inner, most)[most]))
        kind[bound >= goal] = Node.LEAF
        return Cover(kind, self.axis[:size].copy(), self.at[:size].copy(),
                     self.child[:size].copy(), goal)  # fmt: skip
