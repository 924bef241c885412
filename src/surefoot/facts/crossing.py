"""What a function does where switches of it are crossed on a line: kink, jump, or nothing.

In order of execution, on a small part [a, b] of the line:

1. The choices p just left of it and q just right of it are noted, and shown to hold up to it.
2. Where they differ, the difference g that changes sign there is bounded with its slope; if that
   is not 0, there is one crossing, and g(m)/g′ narrows it (interval Newton). Crossings that are
   apart are looked at one by one.
3. f with the choices p and f with the choices q are compared at the crossing: value and slope.

Where values may meet and the switch is one that jumps, the value at the place itself is compared
with them too, also where the place is no float64 (`exactly_met`).

Where a root, a quotient or the like meets its edge this does not apply, save for a root of what
touches 0 there (a norm). What cannot be compared is UNCLEAR, and left to difference quotients.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surefoot.facts import crossing_opinion
from surefoot.facts.between_sides import another_course, is_alone, stretch_around
from surefoot.facts.corners import Place
from surefoot.facts.exactly_met import exactly_met
from surefoot.facts.intervals.rounding import add_down, add_up
from surefoot.facts.line import Line
from surefoot.facts.pieces import Frozen, OtherCourseError, Visit, frozen
from surefoot.facts.reached import Named, open_parts
from surefoot.facts.sides import Meeting, Pair, Sides, middle_of, sides_of
from surefoot.facts.whereabouts import (
    Group,
    candidates,
    edge_point,
    gaps_of,
    narrowed,
    nicest,
)
from surefoot.program import Program

DEEPEST = 20
"""So often a part is cut into crossings that lie apart."""


@dataclass(frozen=True)
class Crossing:
    """A place on a line where switches are crossed or met.

    Attributes:
        lower, upper: it lies between them. at: the float64 nearest to it.
        meeting: how the sides meet. proved: whether that is shown for the real function.
        left, right: the slope to each side; NaN where not known. Of what is UNCLEAR those a
            little way off.
        jump: the value right of it less that left of it; 0 where the value is continuous.
        places: the steps that are met, as `smoothness` names them. elements: how many of their
            elements. defined: whether the function has values on the left and on the right.
        why: what stood in the way.
    """

    lower: float
    upper: float
    at: float
    meeting: Meeting
    proved: bool
    left: float
    right: float
    jump: float
    places: tuple[Place, ...]
    elements: int
    defined: tuple[bool, bool]
    why: str = ""


def crossings(
    program: Program, named: Named, line: Line, part: Pair, limits: Pair, depth: int = 0
) -> Iterator[Crossing]:
    """The crossings on a part of a line.

    Args:
        part: where something is undecided. limits: how far to both sides nothing else is.

    Raises:
        UnsupportedError: a step has no rule.
    """
    lower, upper = part
    try:
        sides = sides_of(program, named, line, part, limits)
        pieces = sides.on(lower, upper, -1), sides.on(lower, upper, 1)
    except OtherCourseError:
        yield _unclear(part, (), "a loop runs another number of times to each side", (True, True))
        return
    visits = pieces[0].visits
    places, elements = _met(sides, pieces)
    if not all(sides.defined):
        yield _unclear(part, places, "", sides.defined, sides)
        return
    differing = sides.differing(visits)
    edges = [k for k, v in enumerate(visits) if v.edge and _open(named, v, pieces[1].visits[k])]
    if edges:
        yield replace(_at_an_edge(sides, part, edges, bool(differing), places), elements=elements)
        return
    other = None
    if _others_open(sides, *pieces, differing):
        other = another_course(sides, part)
        stretch = None if other is None else stretch_around(sides, part, other)
        if stretch is not None and depth <= DEEPEST:
            yield from _about(program, named, line, part, limits, stretch, depth)
            return
    if not differing:
        yield replace(_touched(sides, part, places, other), elements=elements)
        return
    groups = narrowed(sides, part, differing)
    if groups is None:
        yield replace(_compared(sides, part, differing, places, alone=False), elements=elements)
    elif len(groups) == 1 or depth > DEEPEST:
        hull = groups[0].lower, groups[-1].upper
        yield replace(
            _compared(sides, hull, differing, places, alone=groups[0].count == 1),
            elements=sum(group.count for group in groups),
        )
    else:
        yield from _apart(program, named, line, groups, limits, depth)


def _apart(
    program: Program, named: Named, line: Line, groups: Sequence["Group"], limits: Pair, depth: int
) -> Iterator[Crossing]:
    for k, group in enumerate(groups):
        before = groups[k - 1].upper if k else limits[0]
        after = groups[k + 1].lower if k + 1 < len(groups) else limits[1]
        inner = (group.lower, group.upper)
        yield from crossings(program, named, line, inner, (before, after), depth + 1)


def _about(
    program: Program, named: Named, line: Line, part: Pair, limits: Pair, stretch: Pair, depth: int
) -> Iterator[Crossing]:  # fmt: skip
    """The crossings at both ends of a stretch of another course, and within it."""
    quarter = 0.25 * (stretch[1] - stretch[0])
    first, last = stretch[0] + quarter, stretch[1] - quarter
    if not stretch[0] < first < last < stretch[1]:
        first, last = stretch
    yield from crossings(program, named, line, (part[0], first), (limits[0], last), depth + 1)
    if first < last and open_parts(program, named, line, np.array([first]), np.array([last]))[0]:
        yield from crossings(program, named, line, (first, last), stretch, depth + 1)
    yield from crossings(program, named, line, (last, part[1]), (first, limits[1]), depth + 1)


def _open(named: Named, one: Visit, two: Visit) -> bool:
    if named.place(one.node) is None:
        return False
    return not (bool(one.sure.all()) and bool(two.sure.all()))


def _met(sides: Sides, pieces: tuple[Frozen, Frozen]) -> tuple[tuple[Place, ...], int]:
    """The steps that are crossed or met, and how many elements."""
    found: dict[Place, None] = {}
    elements = 0
    for k, (one, two) in enumerate(zip(*(piece.visits for piece in pieces), strict=True)):
        place = sides.named.place(one.node)
        if place is None:
            continue
        crossed = sides.left[k] != sides.right[k]
        if crossed.any() or not (one.sure.all() and two.sure.all()):
            found.setdefault(place)
            elements += int(np.sum(crossed | ~one.sure | ~two.sure))
    return tuple(found), elements


def _unclear(
    part: Pair, places: tuple[Place, ...], why: str, defined: tuple[bool, bool],
    sides: Sides | None = None,
) -> Crossing:  # fmt: skip
    at, beside = nicest(part), (np.nan, np.nan)
    if sides is not None:
        which = 1 if defined[1] else -1
        at, beside = edge_point(sides, part, which), sides.beside
    return Crossing(
        *part, at, Meeting.UNCLEAR, False, *beside, np.nan, places, len(places), defined, why
    )


# ── how the sides meet ─────────────────────────────────────────────────────────────────────────


def _apart_by(one: Pair, two: Pair) -> Pair:
    """Bounds of two − one; 0 where both are the same number."""
    return float(add_down(two[0], -one[1])), float(add_up(two[1], -one[0]))


def _level(jump: Pair, size: float) -> bool:
    """Whether a difference that may be 0 is no more than rounding."""
    return jump[0] <= 0.0 <= jump[1] and max(-jump[0], jump[1]) <= 1e-9 * size


def _compared(
    sides: Sides, part: Pair, differing: Sequence[int], places: tuple[Place, ...], *, alone: bool
) -> Crossing:
    """Value and slope of the two sides at a crossing that lies in `part`."""
    exact: float | None = None
    for t in candidates(part):
        gaps = gaps_of(sides, sides.on(t, t, -1), differing)
        if gaps is not None and all(gap[0] == gap[1] == 0.0 for gap in gaps):
            exact = t
            break
    where = part if exact is None else (exact, exact)
    one, two = sides.on(*where, -1), sides.on(*where, 1)
    others = _others_open(sides, one, two, differing)
    # Crossings that are shown to be single and lie at one float64 are one place.
    rigorous = sides.sure and not others and (alone or (exact is not None and _single(
        sides, part, differing
    )))  # fmt: skip
    jump, bend = _apart_by(one.value, two.value), _apart_by(one.slope, two.slope)
    smooth_steps = all(one.visits[k].continuous for k in differing)
    size = max([1e-300, *(abs(v) for v in (*one.value, *two.value) if np.isfinite(v))])
    steep = max([1e-300, *(abs(v) for v in (*one.slope, *two.slope) if np.isfinite(v))])
    level = smooth_steps or jump == (0.0, 0.0)
    # Where slopes vanish, a difference is set against how much they change close by.
    bent = max([0.0, *(abs(v) for v in (*one.curvature, *two.curvature) if np.isfinite(v))])
    tilt = steep + bent * sides.span
    meeting, proved, why = Meeting.UNCLEAR, False, ""
    if not smooth_steps and not jump[0] <= 0.0 <= jump[1]:
        meeting, proved, why = Meeting.JUMP, rigorous, ""
    elif (level or _level(jump, size)) and not bend[0] <= 0.0 <= bend[1]:
        meeting, proved, why = Meeting.KINK, rigorous, ""
        if not rigorous and max(map(abs, bend)) <= 1e-9 * tilt:
            meeting = Meeting.SMOOTH
    elif (level or _level(jump, size)) and _level(bend, tilt):
        proved = rigorous and level and bend == (0.0, 0.0)
        meeting, why = Meeting.SMOOTH, ""
    found = Crossing(
        *where, nicest(where), meeting, proved, middle_of(one.slope), middle_of(two.slope),
        0.0 if level or _level(jump, size) else middle_of(jump), places, 1, sides.defined, why,
    )  # fmt: skip
    if meeting not in (Meeting.SMOOTH, Meeting.KINK) or (smooth_steps and not others):
        return _again(sides, found, joined=smooth_steps)
    if exact is None:
        return _between_floats(sides, found)
    return _one_point(sides, found, part, (one.value, two.value))


def _one_point(
    sides: Sides, found: Crossing, part: Pair, values: Sequence[Pair]
) -> Crossing:  # fmt: skip
    """Whether the value at the place itself is that of neither side."""
    t = found.at
    here = frozen(sides.program, sides.line, t, t)
    apart = [_apart_by(value, here.value) for value in values]
    if all(not gap[0] <= 0.0 <= gap[1] for gap in apart):
        jump = middle_of(apart[0])
        proved = sides.sure and is_alone(sides, part, t, here) and (
            crossing_opinion.value_differs(sides, t, here.choices)
        )  # fmt: skip
        return replace(found, meeting=Meeting.ONE_POINT, jump=jump, proved=proved)
    return _again(sides, found)


def _between_floats(sides: Sides, found: Crossing) -> Crossing:
    """The same where no float64 that was tried meets the switches exactly."""
    hidden = replace(found, meeting=Meeting.HIDDEN, proved=False)
    try:
        met = exactly_met(sides, (found.lower, found.upper))
    except OtherCourseError:
        return hidden
    if met is None:
        return _again(sides, found)
    apart = [
        _apart_by(sides.on(met.lower, met.upper, side).value, met.run.value) for side in (-1, 1)
    ]
    if any(gap[0] <= 0.0 <= gap[1] for gap in apart):
        size = max([1e-300, *(abs(v) for v in met.run.value if np.isfinite(v))])
        return _again(sides, found) if any(_level(gap, size) for gap in apart) else hidden
    if not met.sure:
        return hidden
    return replace(
        found, lower=met.lower, upper=met.upper, at=nicest((met.lower, met.upper)),
        meeting=Meeting.ONE_POINT, jump=middle_of(apart[0]), proved=False,
    )  # fmt: skip


def _again(sides: Sides, found: Crossing, *, joined: bool = False) -> Crossing:
    """A proof is one only where Arb agrees; `joined`: the value is known to be continuous."""
    part = found.lower, found.upper
    if not found.proved or crossing_opinion.agrees(sides, part, found.meeting, joined=joined):
        return found
    return replace(found, proved=False)


def _others_open(sides: Sides, one: Frozen, two: Frozen, differing: Sequence[int]) -> bool:
    """Whether a named step that is not crossed may switch there."""
    for k, (a, b) in enumerate(zip(one.visits, two.visits, strict=True)):
        if sides.named.place(a.node) is None:
            continue
        same = sides.left[k] == sides.right[k] if k in differing else np.ones(a.sure.shape, bool)
        if not bool((a.sure | ~same).all() and (b.sure | ~same).all()):
            return True
    return False


def _single(sides: Sides, part: Pair, differing: Sequence[int]) -> bool:
    """Whether each difference is 0 at one place of the part at most."""
    gaps = gaps_of(sides, sides.on(*part, -1), differing)
    return gaps is not None and all(gap[2] > 0.0 or gap[3] < 0.0 for gap in gaps)


def _touched(
    sides: Sides, part: Pair, places: tuple[Place, ...], other: float | None
) -> Crossing:  # fmt: skip
    """The same choices on both sides: a switch that is touched, or met at one point."""
    middle = nicest(part)
    slope = middle_of(sides.on(middle, middle, -1).slope)
    found = Crossing(
        *part, middle, Meeting.SMOOTH, False, slope, slope, 0.0, places, len(places),
        sides.defined,
    )  # fmt: skip
    if other is None:
        return _between_floats(sides, found)
    met = replace(found, lower=other, upper=other, at=other)
    return _one_point(sides, met, part, (sides.on(other, other, -1).value,))


def _at_an_edge(
    sides: Sides, part: Pair, edges: Sequence[int], crossed: bool, places: tuple[Place, ...]
) -> Crossing:
    """A root of what touches 0 has slopes; whatever else meets its edge is unclear."""
    at = edge_point(sides, part, -1)
    one, two = sides.on(at, at, -1, side=-1), sides.on(at, at, 1, side=1)
    unclear = _unclear(part, places, "", sides.defined, sides)
    handled = all(
        bool(run.visits[k].sure.all()) for run in (one, two) for k in edges
    ) and all(bool(np.isfinite(run.slope).all()) for run in (one, two))
    if crossed or not handled:
        return unclear
    touched = any(
        v.node.primitive == "sqrt" and bool((v.gap(v.choice, v.choice) or (None,))[0] is not None)
        for v in one.visits
    )
    bend = _apart_by(one.slope, two.slope)
    if not touched or bend[0] <= 0.0 <= bend[1]:
        return unclear
    found = Crossing(
        at, at, at, Meeting.KINK, not _others_open(sides, one, two, ()), middle_of(one.slope),
        middle_of(two.slope), 0.0, places, len(places), sides.defined,
    )  # fmt: skip
    return _again(sides, found)
