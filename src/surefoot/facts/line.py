"""A straight line through the space of the argument: functions of many variables as of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import plus, product
from surefoot.facts.intervals.enclosure import TABLE, inputs_on, places
from surefoot.facts.intervals.intervals import Floats, Intervals, difference
from surefoot.facts.intervals.jet import Frame, Jet
from surefoot.facts.intervals.jet_rules import JET_RULES, table_of
from surefoot.facts.intervals.rounding import above, add_down, add_up, below
from surefoot.program import Node, Program, walk

IN_T = Frame(1, True)
"""Derivatives with respect to the place on the line."""


@dataclass(frozen=True, eq=False)
class Line:
    """x(t) = base + t · direction.

    Attributes:
        base, direction: (n,); or (parts, n), a line of its own for each part that is asked about.
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
        with np.errstate(all="ignore"):
            return self._bounds(lower, upper)

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        d = np.atleast_2d(self.direction)
        one, two = lower[:, None] * d, upper[:, None] * d
        low, high = np.minimum(one, two), np.maximum(one, two)
        # A product by ±1 or 0 has no rounding, nor has one with t = 0.
        simple = np.isin(d, (-1.0, 0.0, 1.0))
        low = np.where(simple | (low == 0.0), low, below(low))
        high = np.where(simple | (high == 0.0), high, above(high))
        low, high = (np.where(d == 0.0, 0.0, side) for side in (low, high))
        base = np.atleast_2d(self.base)
        return add_down(base, low), add_up(base, high)

    def reach(self, lower: Floats, upper: Floats) -> tuple[float, float]:
        """From where to where t may go for x(t) to stay in a box (n,)."""
        moving = self.direction != 0.0
        with np.errstate(all="ignore"):
            one = (lower - self.base)[moving] / self.direction[moving]
            two = (upper - self.base)[moving] / self.direction[moving]
        return float(np.max(np.minimum(one, two))), float(np.min(np.maximum(one, two)))

    def jets(
        self, program: Program, lower: Floats, upper: Floats, frame: Frame = IN_T
    ) -> Iterator[Jet]:
        """The inputs of a program on parts (boxes,) of the line, with their slopes along it."""
        low, high = self.bounds(lower, upper)
        slope = np.atleast_2d(self.direction)[:, :, None]
        for shape, part in places(program):
            value = Intervals(shape, low[:, part], high[:, part])
            along = Intervals(shape, slope[:, part], slope[:, part])
            yield Jet(frame, value, along)


@dataclass(frozen=True)
class Bounded:
    """A step as it runs on boxes: what it is given and what it returns, in intervals."""

    node: Node
    arguments: tuple[Any, ...]
    results: tuple[Any, ...]


def tightened_steps(
    program: Program, line: Line, lower: Floats, upper: Floats
) -> Iterator[Bounded] | None:
    """As `steps_on` for parts (boxes,) of a line, with what is given bounded by mean values too.

    f(X) ⊆ f(c) + f′(X)·(X − c): where f = (x − 1)² is written out, plain intervals leave 10⁵
    parts of 10⁻⁹ around 1 undecided, these three. None where the program takes another course at
    the middles than on the parts.
    """
    frame = Frame(1, False)
    made = table_of(frame, JET_RULES)
    centre = np.clip(0.5 * lower + 0.5 * upper, lower, upper)
    runs: list[list[tuple[Node, tuple[Any, ...], tuple[Any, ...]]]] = []
    for ends in ((lower, upper), (centre, centre)):
        inputs = list(line.jets(program, *ends, frame))
        seen: list[tuple[Node, tuple[Any, ...], tuple[Any, ...]]] = []
        with np.errstate(all="ignore"):
            walk(
                program.graph, made, [made.literal(value) for value in program.consts], inputs,
                lambda node, given, results, seen=seen: seen.append(
                    (node, tuple(given), tuple(results))
                ),
            )  # fmt: skip
        runs.append(seen)
    if [step[0] for step in runs[0]] != [step[0] for step in runs[1]]:
        return None
    with np.errstate(all="ignore"):
        away = difference(Intervals((), lower, upper), Intervals((), centre, centre))
        reach = Intervals((), away[0][:, None], away[1][:, None])
        return iter([
            Bounded(
                node,
                tuple(_mean(a, b, reach) for a, b in zip(given, other[1], strict=True)),
                tuple(part.value if isinstance(part, Jet) else part for part in results),
            )
            for (node, given, results), other in zip(*runs, strict=True)
        ])  # fmt: skip


def _mean(whole: Any, at: Any, reach: Intervals) -> Any:
    if not isinstance(whole, Jet):
        return whole
    value = whole.value
    if whole.slope is None or not isinstance(at, Jet) or value.inside is not None:
        return value
    slope = Intervals(value.shape, whole.slope.lower[:, :, 0], whole.slope.upper[:, :, 0])
    mean = plus(at.value, product(slope, reach))
    known = np.isfinite(mean.lower) & np.isfinite(mean.upper)
    low = np.where(known, np.maximum(value.lower, mean.lower), value.lower)
    high = np.where(known, np.minimum(value.upper, mean.upper), value.upper)
    return Intervals(value.shape, low, high)


def steps_on(program: Program, lower: Floats, upper: Floats) -> Iterator[Bounded]:
    """Every step of a program on boxes (boxes, n), inside calls too.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    inputs = inputs_on(program, lower, upper)
    constants = [TABLE.literal(value) for value in program.consts]
    seen: list[Bounded] = []
    with np.errstate(all="ignore"):
        walk(
            program.graph, TABLE, constants, inputs,
            lambda node, given, made: seen.append(Bounded(node, tuple(given), tuple(made))),
        )  # fmt: skip
    return iter(seen)
