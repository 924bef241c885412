"""A straight line through the space of the argument: functions of many variables as of one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surefoot.facts.intervals.enclosure import TABLE, places
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals
from surefoot.facts.intervals.jet import Frame, Jet
from surefoot.facts.intervals.rounding import above, add_down, add_up, below
from surefoot.program import Node, Program, walk

IN_T = Frame(1, True)
"""Derivatives with respect to the place on the line."""


@dataclass(frozen=True, eq=False)
class Line:
    """x(t) = base + t · direction.

    Attributes:
        base, direction: (n,).
    """

    base: Floats
    direction: Floats

    @classmethod
    def of_one(cls) -> "Line":
        """The line of the only variable of a function of one: x(t) = t."""
        return cls(np.zeros(1), np.ones(1))

    def at(self, t: float) -> Floats:
        """The float64 point nearest to x(t), about."""
        return self.base + t * self.direction

    def bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds (boxes, n) of x on parts [lower, upper] (boxes,) of the line."""
        d = self.direction[None, :]
        one, two = lower[:, None] * d, upper[:, None] * d
        low, high = np.minimum(one, two), np.maximum(one, two)
        # A product by ±1 or 0 has no rounding, nor has one with t = 0.
        simple = np.isin(d, (-1.0, 0.0, 1.0))
        low = np.where(simple | (low == 0.0), low, below(low))
        high = np.where(simple | (high == 0.0), high, above(high))
        low, high = (np.where(d == 0.0, 0.0, side) for side in (low, high))
        base = self.base[None, :]
        return add_down(base, low), add_up(base, high)

    def reach(self, lower: Floats, upper: Floats) -> tuple[float, float]:
        """From where to where t may go for x(t) to stay in a box (n,)."""
        moving = self.direction != 0.0
        with np.errstate(all="ignore"):
            one = (lower - self.base)[moving] / self.direction[moving]
            two = (upper - self.base)[moving] / self.direction[moving]
        return float(np.max(np.minimum(one, two))), float(np.min(np.maximum(one, two)))

    def jets(self, program: Program, lower: float, upper: float) -> Iterator[Jet]:
        """The inputs of a program on a part of the line, with their slopes along it."""
        low, high = self.bounds(np.array([lower]), np.array([upper]))
        slope = self.direction[None, :, None]
        for shape, part in places(program):
            value = Intervals(shape, low[:, part], high[:, part])
            along = Intervals(shape, slope[:, part], slope[:, part])
            yield Jet(IN_T, value, along)


@dataclass(frozen=True)
class Bounded:
    """A step as it runs on boxes: what it is given and what it returns, in intervals."""

    node: Node
    arguments: tuple[object, ...]
    results: tuple[object, ...]


def steps_on(program: Program, lower: Floats, upper: Floats) -> Iterator[Bounded]:
    """Every step of a program on boxes (boxes, n), inside calls too.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    inputs = [Intervals(shape, lower[:, part], upper[:, part]) for shape, part in places(program)]
    constants = [TABLE.literal(value) for value in program.consts]
    seen: list[Bounded] = []
    with np.errstate(all="ignore"):
        walk(
            program.graph, TABLE, constants, inputs,
            lambda node, given, made: seen.append(Bounded(node, tuple(given), tuple(made))),
        )  # fmt: skip
    return iter(seen)


def in_all(value: Intervals, boxes: int) -> Flags:
    """(boxes,) whether every element is defined all over its box."""
    if value.inside is None:
        return np.ones(boxes, bool)
    return np.array(np.broadcast_to(value.inside.all(axis=1), (boxes,)))
