"""A function with its choices frozen: what it would be if every switch stayed as it is at a point.

Between its switches a program is a smooth function, and that function goes on beyond them. With f₋
the program whose choices are those taken left of a place c, and f₊ with those taken to the right,

    f₊(c) − f₋(c)      is the jump of the value
    f₊′(c) − f₋′(c)    is the jump of the slope

whatever happens at c itself. Every choice comes with the condition under which it is the one that
the program takes (`sure`), and with the difference that changes sign where it changes (`gap`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.intervals.intervals import Flags, Intervals
from surefoot.facts.intervals.jet import Jet, jet
from surefoot.facts.intervals.jet_rules import table_of
from surefoot.facts.line import IN_T, Line
from surefoot.program import Node, Program, walk

Choice = NDArray[np.int64]
Gap = Callable[[Choice, Choice], tuple[Jet, Flags] | None]


class OtherCourseError(Exception):
    """The program takes another course than the one that was noted: nothing can be frozen."""


@dataclass(frozen=True, eq=False)
class Visit:
    """One run of a step that chooses, or that has an edge.

    Attributes:
        node: the step. choice: (size,) what is chosen for each element.
        sure: (size,) whether the program chooses so all over the part that was looked at; of a
            step with an edge, whether it stays away from it.
        gap: gap(one, two) is the jet of what is 0 where choice `one` gives way to `two`, and for
            which elements that is known; None where it is for none.
        continuous: whether the step's value does not jump.
        edge: whether this is a root, a quotient and the like, that chooses nothing.
    """

    node: Node
    choice: Choice
    sure: Flags
    gap: Gap
    continuous: bool
    edge: bool = False


@dataclass
class Course:
    """What is chosen on the way through a program.

    Attributes:
        given: the choices to make, in order; None to note those of the middle of the part.
        side: −1 or 1 for the slopes on one side of a point where a root is 0; 0 for none.
        wide: whether the part is more than a point.
    """

    given: Sequence[Choice] | None = None
    side: int = 0
    wide: bool = False
    visits: list[Visit] = field(default_factory=list[Visit])

    def settle(
        self, node: Node, found: Choice, sure: Callable[[Choice], Flags], gap: Gap,
        *, continuous: bool, edge: bool = False,
    ) -> Choice:  # fmt: skip
        """The choice to make; it is noted."""
        choice = found
        if self.given is not None:
            place = len(self.visits)
            if place >= len(self.given) or self.given[place].shape != found.shape:
                raise OtherCourseError
            choice = self.given[place]
        self.visits.append(Visit(node, choice, sure(choice), gap, continuous, edge))
        return choice


@dataclass(frozen=True, eq=False)
class Frozen:
    """A program of one number on a part of a line.

    Attributes:
        value, slope, curvature: bounds, (lower, upper), with respect to t.
        inside: whether it is defined all over the part.
        visits: the steps that chose, in order.
    """

    value: tuple[float, float]
    slope: tuple[float, float]
    curvature: tuple[float, float]
    inside: bool
    visits: tuple[Visit, ...]

    @property
    def choices(self) -> list[Choice]:
        """What was chosen, to be frozen elsewhere."""
        return [visit.choice for visit in self.visits]


def frozen(
    program: Program, line: Line, lower: float, upper: float,
    given: Sequence[Choice] | None = None, *, side: int = 0,
) -> Frozen:  # fmt: skip
    """A program on the part [lower, upper] of a line, with the given choices or those made there.

    Raises:
        OtherCourseError: it runs other steps than those whose choices are given.
        UnsupportedError: a step has no rule.
    """
    from surefoot.facts.piece_rules import piece_rules

    course = Course(given, side, lower < upper)
    table = table_of(IN_T, piece_rules(course))
    constants = [table.literal(value) for value in program.consts]
    with np.errstate(all="ignore"):
        inputs = list(line.jets(program, np.array([lower]), np.array([upper])))
        found = jet(IN_T, walk(program.graph, table, constants, inputs)[0])
    if given is not None and len(course.visits) != len(given):
        raise OtherCourseError
    value = found.value
    inside = value.inside is None or bool(value.inside.all())
    return Frozen(
        _ends(value), _ends(found.slope), _ends(found.curvature), inside, tuple(course.visits)
    )


def _ends(part: Intervals | None) -> tuple[float, float]:
    if part is None:
        return 0.0, 0.0
    low, high = float(np.ravel(part.lower)[0]), float(np.ravel(part.upper)[0])
    return (-np.inf, np.inf) if np.isnan(low) or np.isnan(high) else (low, high)
