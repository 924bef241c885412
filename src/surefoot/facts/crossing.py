"""What a function does where switches of it are crossed on a line: kink, jump, or nothing.

In order of execution, on a small part [a, b] of the line:

1. The choices p just left of it and q just right of it are noted, and shown to hold up to it.
2. Where they differ, the difference g that changes sign there is bounded with its slope; if that
   is not 0, there is one crossing, and g(m)/g′ narrows it (interval Newton). Crossings that are
   apart are looked at one by one.
3. f with the choices p and f with the choices q are compared at the crossing: value and slope.

Where a root, a quotient or the like meets its edge this does not apply, save for a root of what
touches 0 there (a norm). What cannot be compared is UNCLEAR, and left to difference quotients.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.facts.corners import Place
from surefoot.facts.intervals.rounding import above, add_down, add_up, below
from surefoot.facts.line import Line
from surefoot.facts.pieces import Choice, Frozen, OtherCourseError, Visit, frozen
from surefoot.facts.reached import Named
from surefoot.program import Program

Pair = tuple[float, float]
Pair4 = tuple[float, float, float, float]


class Meeting(Enum):
    """How the two sides meet."""

    SMOOTH = "value and slope agree"
    KINK = "the slopes differ"
    JUMP = "the values differ"
    ONE_POINT = "the sides agree, and the value between them is another"
    UNCLEAR = "they could not be compared"


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


@dataclass(frozen=True, eq=False)
class _Sides:
    """The choices to both sides. sure: whether they are shown to hold up to the part."""

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
        given = self.left if which < 0 else self.right
        return frozen(self.program, self.line, lower, upper, given, side=side)

    def differing(self, visits: Sequence[Visit]) -> list[int]:
        """The named steps whose choices differ."""
        return [
            k for k, visit in enumerate(visits)
            if not visit.edge and self.named.place(visit.node) is not None
            and bool(np.any(self.left[k] != self.right[k]))
        ]  # fmt: skip


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
        sides = _sides(program, named, line, part, limits)
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
    if not differing:
        yield replace(_touched(sides, part, places), elements=elements)
        return
    groups = _narrowed(sides, part, differing)
    if groups is None:
        yield replace(_compared(sides, part, differing, places, alone=False), elements=elements)
    elif len(groups) == 1 or depth > 20:
        hull = groups[0].lower, groups[-1].upper
        yield replace(
            _compared(sides, hull, differing, places, alone=groups[0].count == 1),
            elements=sum(group.count for group in groups),
        )
    else:
        yield from _apart(program, named, line, groups, limits, depth)


def _apart(
    program: Program, named: Named, line: Line, groups: Sequence["_Group"], limits: Pair, depth: int
) -> Iterator[Crossing]:
    for k, group in enumerate(groups):
        before = groups[k - 1].upper if k else limits[0]
        after = groups[k + 1].lower if k + 1 < len(groups) else limits[1]
        inner = (group.lower, group.upper)
        yield from crossings(program, named, line, inner, (before, after), depth + 1)


def _sides(program: Program, named: Named, line: Line, part: Pair, limits: Pair) -> _Sides:
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
        slopes.append(_middle(run.slope))
        defined.append(run.inside and bool(np.isfinite(run.value).all()))
        sure = sure and good
    if [c.shape for c in noted[0]] != [c.shape for c in noted[1]]:
        raise OtherCourseError
    return _Sides(
        program, named, line, noted[0], noted[1], (defined[0], defined[1]), sure,
        limits[1] - limits[0], (slopes[0], slopes[1]),
    )


def _open(named: Named, one: Visit, two: Visit) -> bool:
    if named.place(one.node) is None:
        return False
    return not (bool(one.sure.all()) and bool(two.sure.all()))


def _met(sides: _Sides, pieces: tuple[Frozen, Frozen]) -> tuple[tuple[Place, ...], int]:
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
    sides: _Sides | None = None,
) -> Crossing:  # fmt: skip
    at, beside = _nicest(part), (np.nan, np.nan)
    if sides is not None:
        which = 1 if defined[1] else -1
        at, beside = _edge_point(sides, part, which), sides.beside
    return Crossing(
        *part, at, Meeting.UNCLEAR, False, *beside, np.nan, places, len(places), defined, why
    )


# ── where exactly ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Group:
    """Crossings that could not be told apart."""

    lower: float
    upper: float
    count: int


def _gaps(sides: _Sides, run: Frozen, differing: Sequence[int]) -> tuple[Pair4, ...] | None:
    """(value, slope) bounds of what is 0 at each crossing; None where it is not known."""
    rows: list[Pair4] = []
    for k in differing:
        one, two = sides.left[k], sides.right[k]
        made = run.visits[k].gap(one, two)
        if made is None:
            return None
        jet, known = made
        crossed = one != two
        if not known[crossed].all():
            return None
        for place in np.flatnonzero(crossed):
            value = jet.value.lower[0, place], jet.value.upper[0, place]
            slope = (0.0, 0.0)
            if jet.slope is not None:
                low, high = (
                    np.broadcast_to(side, (1, jet.size, 1))[0, place, 0]
                    for side in (jet.slope.lower, jet.slope.upper)
                )
                slope = float(low), float(high)
            rows.append((float(value[0]), float(value[1]), *slope))
    return tuple(rows)


def _newton(m: float, value: Pair, slope: Pair, part: Pair) -> Pair | None:
    """Where in a part g may be 0, g(m) and g′ being bounded; None where g′ may be 0."""
    if not (slope[0] > 0.0 or slope[1] < 0.0):
        return None
    ends = [v / s for v in value for s in slope]
    low, high = below(min(ends)), above(max(ends))
    if value[0] == value[1] == 0.0:
        low = high = 0.0
    return max(part[0], float(add_down(m, -high))), min(part[1], float(add_up(m, -low)))


def _narrowed(sides: _Sides, part: Pair, differing: Sequence[int]) -> list[_Group] | None:
    """The crossings of a part, in groups that lie apart; None where one is not shown to be one."""
    groups: list[_Group] | None = None
    for _ in range(12):
        whole = _gaps(sides, sides.on(*part, -1), differing)
        middle = float(np.clip(0.5 * part[0] + 0.5 * part[1], *part))
        at = _gaps(sides, sides.on(middle, middle, -1), differing)
        if whole is None or at is None:
            return None
        found: list[Pair] = []
        for here, over in zip(at, whole, strict=True):
            root = _newton(middle, here[:2], over[2:], part)
            if root is None or root[0] > root[1]:
                return None
            found.append(root)
        groups = _grouped(found)
        hull = groups[0].lower, groups[-1].upper
        if len(groups) > 1 or not hull[1] - hull[0] < 0.5 * (part[1] - part[0]):
            return groups
        part = hull
    return groups


def _grouped(found: Sequence[Pair]) -> list[_Group]:
    groups: list[_Group] = []
    for low, high in sorted(found):
        if groups and low <= groups[-1].upper:
            last = groups[-1]
            groups[-1] = _Group(last.lower, max(high, last.upper), last.count + 1)
        else:
            groups.append(_Group(low, high, 1))
    return groups


def _candidates(part: Pair) -> list[float]:
    """Numbers in a part that people write, and its middle."""
    low, high = part
    middle = float(np.clip(0.5 * low + 0.5 * high, low, high))
    tried = [0.0, *(float(f"{middle:.{digits}g}") for digits in range(1, 16)), middle, low, high]
    return list(dict.fromkeys(t for t in tried if low <= t <= high))


def _nicest(part: Pair) -> float:
    """The shortest number that is as good as the middle."""
    if part[1] - part[0] <= 1e-12 * max(abs(part[0]), abs(part[1])):
        return float(np.clip(0.5 * part[0] + 0.5 * part[1], *part))
    return _candidates(part)[0]


# ── how the sides meet ─────────────────────────────────────────────────────────────────────────


def _apart_by(one: Pair, two: Pair) -> Pair:
    """Bounds of two − one; 0 where both are the same number."""
    return float(add_down(two[0], -one[1])), float(add_up(two[1], -one[0]))


def _middle(pair: Pair) -> float:
    middle = 0.5 * pair[0] + 0.5 * pair[1]
    return float(middle) if np.isfinite(middle) else np.nan


def _level(jump: Pair, size: float) -> bool:
    """Whether a difference that may be 0 is no more than rounding."""
    return jump[0] <= 0.0 <= jump[1] and max(-jump[0], jump[1]) <= 1e-9 * size


def _compared(
    sides: _Sides, part: Pair, differing: Sequence[int], places: tuple[Place, ...], *, alone: bool
) -> Crossing:
    """Value and slope of the two sides at a crossing that lies in `part`."""
    exact: float | None = None
    for t in _candidates(part):
        gaps = _gaps(sides, sides.on(t, t, -1), differing)
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
        *where, _nicest(where), meeting, proved, _middle(one.slope), _middle(two.slope),
        0.0 if level or _level(jump, size) else _middle(jump), places, 1, sides.defined, why,
    )  # fmt: skip
    if exact is None or meeting not in (Meeting.SMOOTH, Meeting.KINK) or smooth_steps:
        return found
    return _one_point(sides, found, exact, (one.value, two.value))


def _one_point(sides: _Sides, found: Crossing, t: float, values: Sequence[Pair]) -> Crossing:
    """Whether the value at the place itself is that of neither side."""
    here = frozen(sides.program, sides.line, t, t).value
    if all(not (a[0] <= 0.0 <= a[1]) for a in (_apart_by(value, here) for value in values)):
        jump = _middle(_apart_by(values[0], here))
        return replace(found, meeting=Meeting.ONE_POINT, jump=jump, proved=sides.sure)
    return found


def _others_open(sides: _Sides, one: Frozen, two: Frozen, differing: Sequence[int]) -> bool:
    """Whether a named step that is not crossed may switch there."""
    for k, (a, b) in enumerate(zip(one.visits, two.visits, strict=True)):
        if sides.named.place(a.node) is None:
            continue
        same = sides.left[k] == sides.right[k] if k in differing else np.ones(a.sure.shape, bool)
        if not bool((a.sure | ~same).all() and (b.sure | ~same).all()):
            return True
    return False


def _single(sides: _Sides, part: Pair, differing: Sequence[int]) -> bool:
    """Whether each difference is 0 at one place of the part at most."""
    gaps = _gaps(sides, sides.on(*part, -1), differing)
    return gaps is not None and all(gap[2] > 0.0 or gap[3] < 0.0 for gap in gaps)


def _touched(sides: _Sides, part: Pair, places: tuple[Place, ...]) -> Crossing:
    """The same choices on both sides: a switch that is touched, or met at one point."""
    middle = _nicest(part)
    slope = _middle(sides.on(middle, middle, -1).slope)
    found = Crossing(
        *part, middle, Meeting.SMOOTH, False, slope, slope, 0.0, places, len(places),
        sides.defined,
    )  # fmt: skip
    for t in _candidates(part):
        noted = frozen(sides.program, sides.line, t, t)
        if len(noted.choices) != len(sides.left):
            continue
        other = any(np.any(a != b) for a, b in zip(noted.choices, sides.left, strict=True))
        if other:
            beside = sides.on(t, t, -1)
            met = replace(found, lower=t, upper=t, at=t)
            return _one_point(sides, met, t, (beside.value,))
    return found


def _edge_point(sides: _Sides, part: Pair, which: int) -> float:
    """Where a step with an edge meets it: a zero of its argument, or of that one's slope."""
    at = float(np.clip(0.5 * part[0] + 0.5 * part[1], *part))
    for _ in range(20):
        run = sides.on(at, at, which)
        steps: list[float] = []
        for visit in run.visits:
            if not visit.edge or sides.named.place(visit.node) is None:
                continue
            made = visit.gap(visit.choice, visit.choice)
            if made is None or made[0].slope is None:
                continue
            steps += _steps_to_zero(made[0])
        moves = [s for s in steps if part[0] <= at + s <= part[1] and s != 0.0]
        if not moves:
            break
        at = float(at + min(moves, key=abs))
    # Of what is equally near the edge the number that people write.
    return min([*_candidates(part), at], key=lambda t: _distance(sides, t, which))


def _distance(sides: _Sides, t: float, which: int) -> float:
    """How far the nearest edge is at t."""
    nearest = np.inf
    for visit in sides.on(t, t, which).visits:
        if visit.edge and sides.named.place(visit.node) is not None:
            made = visit.gap(visit.choice, visit.choice)
            if made is not None:
                with np.errstate(all="ignore"):
                    nearest = min(nearest, float(np.min(np.abs(made[0].value.middle))))
    return nearest


def _steps_to_zero(argument: object) -> list[float]:
    from surefoot.facts.intervals.jet import Jet

    assert isinstance(argument, Jet) and argument.slope is not None, "asked of what moves"
    with np.errstate(all="ignore"):
        value = argument.value.middle[0]
        slope = np.broadcast_to(argument.slope.middle, (1, argument.size, 1))[0, :, 0]
        bend = np.zeros_like(slope)
        if argument.curvature is not None:
            bend = np.broadcast_to(argument.curvature.middle, (1, argument.size, 1))[0, :, 0]
        first, second = -value / slope, -slope / bend
    # What touches 0 has a least value there; what crosses it has a slope.
    touches = np.abs(slope * slope) < np.abs(4.0 * value * bend)
    steps = np.where(touches | (slope == 0.0), second, first)
    return [float(s) for s in steps if np.isfinite(s)]


def _at_an_edge(
    sides: _Sides, part: Pair, edges: Sequence[int], crossed: bool, places: tuple[Place, ...]
) -> Crossing:
    """A root of what touches 0 has slopes; whatever else meets its edge is unclear."""
    at = _edge_point(sides, part, -1)
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
    return Crossing(
        at, at, at, Meeting.KINK, not _others_open(sides, one, two, ()), _middle(one.slope),
        _middle(two.slope), 0.0, places, len(places), sides.defined,
    )  # fmt: skip
