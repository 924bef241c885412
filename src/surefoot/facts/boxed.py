"""A function that is minimised over a box, bounded on parts of that box."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from surefoot.facts.intervals import Intervals, enclose_derivatives
from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.program import Graph, Program

SECOND_UP_TO = 40
"""Variables: beyond, the n²/2 curvatures of every step cost more than they tell."""
NUMBERS = 2**21
"""How many numbers one step of a walk may hold: 16 MB a side."""
MOST_AT_ONCE = 1024


@dataclass(frozen=True)
class Bounds:
    """What is known of f on k boxes.

    Attributes:
        low, high: (k,) bounds of its values.
        defined: (k,) whether it has a value all over the box.
        slope: ((k, n), (k, n)) bounds of the gradient.
        curvature: ((k, n, n), (k, n, n)) of the Hessian; None where it was not asked for.
    """

    low: Floats
    high: Floats
    defined: Flags
    slope: tuple[Floats, Floats]
    curvature: tuple[Floats, Floats] | None


@dataclass(frozen=True)
class Boxed:
    """sign·f on a box, as something to minimise.

    Attributes:
        program: f. sign: −1 where f is maximised.
        first, last: (n,) the ends of the box, finite.
    """

    program: Program
    sign: float
    first: Floats
    last: Floats

    @property
    def size(self) -> int:
        """The number of variables n."""
        return self.first.size

    @property
    def curved(self) -> bool:
        """Whether second derivatives are bounded as well."""
        return self.size <= SECOND_UP_TO

    @cached_property
    def at_once(self) -> int:
        """How many boxes a walk takes, so that no step grows too large."""
        n = self.size
        each = 1 + n + (n * (n + 1) // 2 if self.curved else 0)
        return int(np.clip(NUMBERS // (each * _widest(self.program.graph)), 1, MOST_AT_ONCE))

    def bounds(self, lower: Floats, upper: Floats, *, second: bool = False) -> Bounds:
        """Bounds on boxes (k, n), `at_once` at most.

        Raises:
            UnsupportedError: a step has no interval rule.
        """
        boxes, n = lower.shape
        second = second and self.curved
        found = enclose_derivatives(self.program, lower, upper, second=second)[0]
        low, high = (
            np.broadcast_to(side[:, 0], (boxes,)) for side in (found.value.lower, found.value.upper)
        )
        inside = found.value.inside
        defined = np.ones(boxes, bool) if inside is None else np.array(
            np.broadcast_to(inside.all(axis=1), (boxes,))
        )  # fmt: skip
        curvature = None
        if second:
            packed = _sides(found.curvature, boxes, len(found.frame.first))
            place = found.frame.place
            curvature = packed[0][:, place], packed[1][:, place]
        slope = _sides(found.slope, boxes, n)
        if self.sign < 0.0:
            low, high, slope = -high, -low, (-slope[1], -slope[0])
            curvature = None if curvature is None else (-curvature[1], -curvature[0])
        return Bounds(np.array(low), np.array(high), defined, slope, curvature)


def _sides(part: Intervals | None, boxes: int, width: int) -> tuple[Floats, Floats]:
    """Derivatives of one number as two arrays (boxes, width)."""
    if part is None:
        return np.zeros((boxes, width)), np.zeros((boxes, width))
    lower, upper = (
        np.array(np.broadcast_to(side[:, 0, :], (boxes, width)))
        for side in (part.lower, part.upper)
    )
    return lower, upper


def _widest(graph: Graph) -> int:
    """The most elements that a step takes or gives."""
    sizes = [1]
    for node in graph.nodes:
        parts: Sequence[object] = (*node.inputs, *node.outputs)
        sizes += [prod(getattr(part, "shape", ())) for part in parts]
        sizes += [_widest(inner) for inner in node.inner]
    return max(sizes)
