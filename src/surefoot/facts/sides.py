"""The choices that a program makes to both sides of a small part of a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from surefoot.facts.line import Line
from surefoot.facts.pieces import Choice, Frozen, OtherCourseError, Visit, frozen
from surefoot.facts.reached import Named
from surefoot.program import Program

Pair = tuple[float, float]


class Meeting(Enum):
    """How the two sides meet."""

    SMOOTH = "value and slope agree"
    KINK = "the slopes differ"
    JUMP = "the values differ"
    ONE_POINT = "the sides agree, and the value between them is another"
    HIDDEN = "where the switch is met exactly, which no float64 tried is, the value is not known"
    UNCLEAR = "they could not be compared"


def middle_of(pair: Pair) -> float:
    """The middle of two bounds; NaN where one is infinite."""
    middle = 0.5 * pair[0] + 0.5 * pair[1]
    return float(middle) if np.isfinite(middle) else np.nan


@dataclass(frozen=True, eq=False)
class Sides:
    """The choices to both sides.

    Attributes:
        left, right: what each step chooses there, in order.
        defined: whether the function has a value on the left and on the right.
        sure: whether the choices are shown to hold up to the part.
        span: the length of the line on which nothing else is undecided.
        beside: the slopes at the points where the choices were noted.
    """

    program: Program
    named: Named
    line: Line
    left: list[Choice]
    right: list[Choice]
    defined: tuple[bool, bool]
    sure: bool
    span: float
    beside: Pair

    def on(self, lower: float, upper: float, which: int, *, side: int = 0) -> Frozen:
        """The program with the choices of one side (`which` < 0: left) on a part of the line."""
        given = self.left if which < 0 else self.right
        return frozen(self.program, self.line, lower, upper, given, side=side)

    def choosing(self, visits: Sequence[Visit]) -> list[int]:
        """The named steps that choose; those that only have an edge do not."""
        return [
            k for k, visit in enumerate(visits)
            if not visit.edge and self.named.place(visit.node) is not None
        ]  # fmt: skip

    def differing(self, visits: Sequence[Visit]) -> list[int]:
        """Those whose choices differ."""
        return [k for k in self.choosing(visits) if np.any(self.left[k] != self.right[k])]


def sides_of(program: Program, named: Named, line: Line, part: Pair, limits: Pair) -> Sides:
    """The choices beside a part of a line, noted where nothing else is undecided.

    Raises:
        OtherCourseError: the program runs other steps on the left than on the right.
    """
    noted: list[list[Choice]] = []
    defined: list[bool] = []
    slopes: list[float] = []
    sure = True
    size = max(abs(part[0]), abs(part[1]))
    for end, limit, sign in ((part[0], limits[0], -1.0), (part[1], limits[1], 1.0)):
        room = 0.5 * abs(limit - end)
        wanted = max(64.0 * (part[1] - part[0]), 2.0**-40 * size, 2.0**-60)
        good = False
        run = None
        for share in (1.0, 0.125, 2.0**-6):
            point = end + sign * min(wanted, room) * share
            run = frozen(program, line, point, point)
            ends = (point, end) if sign < 0 else (end, point)
            whole = frozen(program, line, *ends, run.choices)
            good = whole.inside and all(
                bool(v.sure.all()) for v in whole.visits if named.place(v.node) is not None
            )
            if good:
                break
        assert run is not None, "three shares are tried"
        noted.append(run.choices)
        slopes.append(middle_of(run.slope))
        defined.append(run.inside and bool(np.isfinite(run.value).all()))
        sure = sure and good
    if [c.shape for c in noted[0]] != [c.shape for c in noted[1]]:
        raise OtherCourseError
    return Sides(
        program, named, line, noted[0], noted[1], (defined[0], defined[1]), sure,
        limits[1] - limits[0], (slopes[0], slopes[1]),
    )
