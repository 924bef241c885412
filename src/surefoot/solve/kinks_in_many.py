"""Of several variables: which switches' surfaces cross the box, with a point on each.

In order of execution:

1. The box is cut; parts where no named step may switch are dropped. If nothing is left, the
   function is smooth on the box.
2. Lines are drawn through what is left, and across the whole box; along each the function has one
   variable, and its crossings are found and compared as those of one variable are.
3. Where the slopes differ, the crossing is looked at once more along the difference of the
   gradients to both sides, which is normal to the surface.
4. Roots that touch 0 at a point, as a norm does, are met by no line that is drawn blindly: the
   point is found by Newton's method on their argument.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from surefoot.facts.corners import Place
from surefoot.facts.crossing import Crossing
from surefoot.facts.edge_points import edge_points
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.tight import cut, overlap
from surefoot.facts.line import Line
from surefoot.facts.reached import Named, reached
from surefoot.facts.sides import Meeting
from surefoot.program import Program, Vector
from surefoot.solve.kink_places import Places, step_of
from surefoot.solve.kinks_on_line import Search, along
from surefoot.solve.kinks_report import Kink, KinkKind, Undecided
from surefoot.terms import Confidence

BOXES = 256
FEW = 12
"""Variables: with more the box is not cut."""
ACROSS = 4
"""Lines across the whole box."""
WITHIN = 12
"""Lines through parts that are open."""
HERE = 6
"""Crossings that are looked at on one line."""
NARROW = 1e-3
"""Of the box's longest side: narrower parts are not cut."""
FAR = 1e3
"""How far lines go where the box is open."""


@dataclass
class _Met:
    """What is known of a step: how many of its elements may switch, and what was seen.

    Attributes:
        seen: whether a line met a place where it switches. told: whether one was judged as its own.
        kinks: of the kinks that were judged as its own, the steps that switch there.
    """

    elements: int
    seen: bool = False
    told: bool = False
    kinks: list[set[Place]] = field(default_factory=list[set[Place]])


def places_in_many(
    program: Program, named: Named, lower: Vector, upper: Vector, most: int, seed: int,
    stop: Callable[[], bool],
) -> Search:  # fmt: skip
    """A place for each step and kind; see the head of this file."""
    search = Search()
    low, high, met = _open_boxes(program, named, lower, upper)
    if not met:
        return search
    search.shown = False
    judged = Places(program, lower, upper)
    best: dict[tuple[Place, KinkKind], Kink] = {}
    doubts: dict[Place, Undecided] = {}
    proved: set[Place] = set()
    for line, reach in _lines(program, named, lower, upper, (low, high), seed):
        if stop() or all(place in proved for place in met):
            break
        for crossing in along(program, named, line, reach, HERE, stop, coarse=True).crossings:
            steps = [place for place in crossing.places if place in met]
            for place in steps:
                met[place].seen = True
            if not steps or (crossing.meeting is Meeting.KINK and set(steps) <= proved):
                continue
            count = max(met[place].elements for place in steps)
            better = _across(program, named, judged, line, crossing, stop)
            found = judged.judge(*better, count)
            for place in steps if found is None else steps[:1]:
                met[place].told = True
            if isinstance(found, Kink):
                met[steps[0]].kinks.append(set(steps))
            if isinstance(found, Kink):
                key = (steps[0], found.kind)
                if key not in best or _rank(found) > _rank(best[key]):
                    best[key] = found
                if found.confidence is Confidence.PROVED and found.kind is not KinkKind.AD_WRONG:
                    proved.update(steps[:1])
            elif found is not None:
                doubts.setdefault(steps[0], found)
    listed = list(best.values())
    search.places, search.more = listed[:most], max(0, len(listed) - most)
    blamed = {place for place, _ in best}
    search.unresolved += [doubt for place, doubt in doubts.items() if place not in blamed]
    _unmet(program, met, (low, high), stop(), search)
    return search


def _rank(place: Kink) -> tuple[bool, bool]:
    return place.confidence is Confidence.PROVED, not place.on_the_edge


def _unmet(
    program: Program, met: dict[Place, _Met], boxes: tuple[Floats, Floats], stopped: bool,
    search: Search,
) -> None:  # fmt: skip
    """Steps whose surface may cross the box and was met by no line."""
    structure = program.structure
    low, high = structure.unravel(boxes[0].min(axis=0)), structure.unravel(boxes[1].max(axis=0))
    why = "interrupted" if stopped else (
        "it is not shown that the step does not switch in the box, and no line met a place"
    )  # fmt: skip
    for place, known in met.items():
        reason = "" if known.seen else why
        if not reason and _is_hidden(place, met):
            reason = "it was met only where another step has a corner, so that its own is not told"
        elif not reason and place.primitive == "atan2" and not known.kinks:
            reason = "it was met on its cut alone: both its arguments may be 0 somewhere"
        if reason:
            search.unresolved.append(
                Undecided(low, high, step_of(place), str(place.source), reason)
            )


def _is_hidden(place: Place, met: dict[Place, _Met]) -> bool:
    """Whether a step's places lie on a larger surface of another step, and none is its own.

    Steps that always switch together, as a comparison and the choice by it, are told by one.
    """
    if met[place].told:
        return False
    shared = [known.kinks for known in met.values() if any(place in each for each in known.kinks)]
    return any(place not in each for kinks in shared for each in kinks)


def _open_boxes(
    program: Program, named: Named, lower: Vector, upper: Vector
) -> tuple[Floats, Floats, dict[Place, _Met]]:
    """Parts of the box on which a named step is undecided, and which steps those are."""
    low, high = lower[None, :], upper[None, :]
    near, far = _finite(lower, upper)
    span = max(float(np.max(far - near)), 1e-300)
    while True:
        # Beside each other with a little overlap, so that a surface between two is in one.
        margin = overlap(low, high, 1e-9)
        open_still = np.zeros(len(low), bool)
        met: dict[Place, _Met] = {}
        for step in reached(program, named, low - margin, high + margin):
            open_still |= step.boxes
            known = met.setdefault(step.place, _Met(0))
            known.elements = max(known.elements, step.elements)
        low, high = low[open_still], high[open_still]
        if not len(low) or 2 * len(low) > BOXES or lower.size > FEW:
            return low, high, met
        size = np.where(np.isfinite(high - low), high - low, np.inf)
        rows = np.arange(len(low))
        k = np.argmax(size, axis=1)
        if bool((size[rows, k] <= NARROW * span).all()):
            return low, high, met
        at = cut(low[rows, k], high[rows, k])
        first, second = high.copy(), low.copy()
        first[rows, k] = second[rows, k] = at
        low, high = np.concatenate([low, second]), np.concatenate([first, high])


def _lines(
    program: Program, named: Named, lower: Vector, upper: Vector, boxes: tuple[Floats, Floats],
    seed: int,
) -> Iterator[tuple[Line, tuple[float, float]]]:  # fmt: skip
    """Lines with the part of each that lies in the box."""
    draw = np.random.default_rng(seed)
    near, far = _finite(lower, upper)
    ends = [(near, far)] * ACROSS
    rows = np.linspace(0, len(boxes[0]) - 1, min(WITHIN, len(boxes[0]))).astype(int)
    for row in rows:
        low, high = _finite(boxes[0][row], boxes[1][row])
        grown = 0.5 * (high - low)
        ends.append((np.maximum(low - grown, near), np.minimum(high + grown, far)))
    for low, high in ends:
        start, end = (low + draw.random(low.size) * (high - low) for _ in range(2))
        # Short digits keep the arithmetic of the line exact where the function's allows.
        start = np.clip(_short(start, high - low), lower, upper)
        direction = end - start
        largest = float(np.max(np.abs(direction), initial=0.0))
        if largest == 0.0:
            continue
        direction = np.round(direction / largest * 64.0) / 64.0
        if not np.any(direction):
            continue
        yield Line(start, direction), Line(start, direction).reach(low, high)
    known: set[bytes] = set()
    for row in rows[: WITHIN // 3]:
        start = 0.5 * sum(_finite(boxes[0][row], boxes[1][row]))
        for point in edge_points(program, named, np.asarray(start), near, far):
            if point.tobytes() in known:
                continue
            known.add(point.tobytes())
            around = 1e-3 * float(np.max(far - near, initial=1e-12))
            for direction in _some_directions(lower.size, draw):
                line = Line(point, direction)
                first, last = line.reach(near, far)
                if first < last:
                    yield line, (max(first, -around), min(last, around))


def _some_directions(n: int, draw: np.random.Generator) -> list[Vector]:
    first = np.zeros(n)
    first[0] = 1.0
    mixed = np.round(draw.uniform(-1.0, 1.0, n) * 64.0) / 64.0
    return [first, np.where(mixed == 0.0, 1.0, mixed)]


def _short(x: Vector, size: Vector) -> Vector:
    """Numbers near x with few digits."""
    with np.errstate(all="ignore"):
        unit = 2.0 ** np.floor(np.log2(np.where(size > 0.0, size, 1.0)) - 12.0)
    return np.where(size > 0.0, np.round(x / unit) * unit, x)


def _finite(lower: Vector, upper: Vector) -> tuple[Vector, Vector]:
    """The box, with open sides drawn in."""
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper - FAR, -FAR))
    high = np.where(np.isfinite(upper), upper, np.where(np.isfinite(lower), lower + FAR, FAR))
    return low, high


def _across(
    program: Program, named: Named, judged: Places, line: Line, crossing: Crossing,
    stop: Callable[[], bool],
) -> tuple[Line, Crossing]:  # fmt: skip
    """The same crossing along the normal of the surface, where the slopes differ."""
    if crossing.meeting is not Meeting.KINK:
        return line, crossing
    away = 1e-7 * max(1e-3, float(np.max(np.abs(line.at(crossing.at)))))
    sides = [judged.gradient(line.at(crossing.at + s * away)) for s in (-1.0, 1.0)]
    normal = sides[1] - sides[0]
    largest = float(np.max(np.abs(normal), initial=0.0))
    if not np.isfinite(largest) or largest == 0.0:
        return line, crossing
    turned = Line(line.at(crossing.at), normal / largest)
    reach = -2.0 * away, 2.0 * away
    again = along(program, named, turned, reach, HERE, stop, coarse=True).crossings
    same = [
        c for c in again
        if c.meeting is Meeting.KINK and (c.proved or not crossing.proved)
        and set(c.places) & set(crossing.places)
    ]  # fmt: skip
    if not same:
        return line, crossing
    return turned, min(same, key=lambda c: abs(c.at))
