"""Where on a line switches are crossed, and edges met, to the last digits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surefoot.facts.intervals.intervals import Floats, Intervals
from surefoot.facts.intervals.jet import Jet
from surefoot.facts.intervals.rounding import above, add_down, add_up, below
from surefoot.facts.pieces import Frozen
from surefoot.facts.sides import Pair, Sides

Pair4 = tuple[float, float, float, float]
_HALVINGS = 100
"""Newton's steps take few; on x² − 10⁻³⁰ the signs halve a part of 10⁻¹⁴ until they do."""


@dataclass(frozen=True)
class Group:
    """Crossings that could not be told apart."""

    lower: float
    upper: float
    count: int


def ends_of(part: Intervals | None, size: int) -> tuple[Floats, Floats]:
    """Both bounds (size,) of a derivative along the line; 0 where it has none."""
    if part is None:
        return np.zeros(size), np.zeros(size)
    low, high = (
        np.broadcast_to(side, (1, size, 1))[0, :, 0] for side in (part.lower, part.upper)
    )
    return low, high


def gaps_of(sides: Sides, run: Frozen, differing: Sequence[int]) -> tuple[Pair4, ...] | None:
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
        low, high = ends_of(jet.slope, jet.size)
        for place in np.flatnonzero(crossed):
            value = jet.value.lower[0, place], jet.value.upper[0, place]
            slope = float(low[place]), float(high[place])
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
    first, last = max(part[0], float(add_down(m, -high))), min(part[1], float(add_up(m, -low)))
    if value[0] > 0.0 or value[1] < 0.0:
        # Where slopes differ too much to say how far it is, the signs still say to which side.
        before = (value[0] > 0.0) == (slope[0] > 0.0)
        first, last = (first, min(last, m)) if before else (max(first, m), last)
    return first, last


def narrowed(sides: Sides, part: Pair, differing: Sequence[int]) -> list[Group] | None:
    """The crossings of a part, in groups that lie apart; None where one is not shown to be one."""
    groups: list[Group] | None = None
    for _ in range(_HALVINGS):
        whole = gaps_of(sides, sides.on(*part, -1), differing)
        middle = float(np.clip(0.5 * part[0] + 0.5 * part[1], *part))
        at = gaps_of(sides, sides.on(middle, middle, -1), differing)
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
        if len(groups) > 1 or not hull[1] - hull[0] <= 0.51 * (part[1] - part[0]):
            return groups
        part = hull
    return groups


def _grouped(found: Sequence[Pair]) -> list[Group]:
    groups: list[Group] = []
    for low, high in sorted(found):
        if groups and low <= groups[-1].upper:
            last = groups[-1]
            groups[-1] = Group(last.lower, max(high, last.upper), last.count + 1)
        else:
            groups.append(Group(low, high, 1))
    return groups


def candidates(part: Pair) -> list[float]:
    """Numbers in a part that people write, and its middle."""
    low, high = part
    middle = float(np.clip(0.5 * low + 0.5 * high, low, high))
    tried = [0.0, *(float(f"{middle:.{digits}g}") for digits in range(1, 16)), middle, low, high]
    return list(dict.fromkeys(t for t in tried if low <= t <= high))


def nicest(part: Pair) -> float:
    """The shortest number that is as good as the middle."""
    if part[1] - part[0] <= 1e-12 * max(abs(part[0]), abs(part[1])):
        return float(np.clip(0.5 * part[0] + 0.5 * part[1], *part))
    return candidates(part)[0]


def edge_point(sides: Sides, part: Pair, which: int) -> float:
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
    return min([*candidates(part), at], key=lambda t: _distance(sides, t, which))


def _distance(sides: Sides, t: float, which: int) -> float:
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
