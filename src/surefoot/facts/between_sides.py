"""What lies between two sides that look alike: one point, or a stretch too narrow to be seen.

A part of a line is no narrower than 10⁻⁹ of it, and |x| < 10⁻¹² may hold on a stretch inside. In
order of execution, on a part [a, b] of whose two sides the choices are noted:

1. A place t where the program takes another course than on either side: a number that people write,
   or where the difference of a step that is open there comes nearest to the other sign.
2. Beside t, at distances (b − a)/4ᵏ: if the course is that of neither side there, t lies in a
   stretch, whose ends are crossings of their own.
3. Else it is one point as far as floats tell. It is shown to be one where each difference that is
   open on the part has a slope that is not 0, or touches 0 at t with a curvature that is not.
"""

from collections.abc import Iterator

import numpy as np

from surefoot.facts.intervals.intervals import Flags, Intervals
from surefoot.facts.pieces import Choice, Frozen, Visit, frozen
from surefoot.facts.sides import Pair, Sides
from surefoot.facts.whereabouts import candidates, ends_of

_LOOKS = 28
_TURNS = 40
_STEPS = 4
"""Of so many open steps the difference is followed."""


def another_course(sides: Sides, part: Pair) -> float | None:
    """A place of a part where the course is that of neither side; None where none is found."""
    for t in (*candidates(part), *_nearest(sides, part)):
        if _is_other(sides, t):
            return t
    return None


def stretch_around(sides: Sides, part: Pair, t: float) -> Pair | None:
    """Places to both sides of t up to which the course is another; None where t is alone."""
    ends = [t, t]
    for which, end in enumerate(part):
        for k in range(1, _LOOKS):
            at = t + (end - t) * 4.0**-k
            if at == t:
                break
            if _is_other(sides, at):
                ends[which] = at
                break
    return (ends[0], ends[1]) if ends[0] < ends[1] else None


def is_alone(sides: Sides, part: Pair, t: float, here: Frozen) -> bool:
    """Whether it is shown that at every other place of a part the course is that of a side.

    Args:
        here: the program at t, with the choices made there.
    """
    runs = [sides.on(*part, -1), sides.on(t, t, -1)]
    for k, (at, over, point) in enumerate(zip(here.visits, *(r.visits for r in runs), strict=True)):
        if sides.named.place(at.node) is None:
            continue
        if at.edge or not bool(at.sure.all()):
            return False
        left, right = sides.left[k], sides.right[k]
        open_still = (left != right) | ~over.sure
        beyond = np.where(left != right, right, at.choice)
        if bool((open_still & (left == beyond)).any()):
            return False
        if open_still.any() and not _is_met_once(over, point, (left, beyond), open_still):
            return False
    return True


def _is_other(sides: Sides, t: float) -> bool:
    """Whether the choices at a place, as far as they are shown, are those of neither side."""
    run = frozen(sides.program, sides.line, t, t)
    if [c.shape for c in run.choices] != [c.shape for c in sides.left]:
        return False
    named = sides.choosing(run.visits)
    return all(
        any(bool(((run.choices[k] != side[k]) & run.visits[k].sure).any()) for k in named)
        for side in (sides.left, sides.right)
    )


def _nearest(sides: Sides, part: Pair) -> Iterator[float]:
    """Where the differences of steps that are open, and alike on both sides, are nearest to 0.

    By thirds: what has one valley on the part is followed to its bottom, also below 0.
    """
    run = sides.on(*part, -1)
    found = [
        (k, int(place)) for k in sides.choosing(run.visits)
        for place in np.flatnonzero(~run.visits[k].sure & (sides.left[k] == sides.right[k]))
    ]  # fmt: skip
    for k, place in found[:_STEPS]:
        low, high = part
        ends = [_difference(sides, k, place, t) for t in part]
        if ends[0] is None or ends[1] is None or not ends[0] * ends[1] > 0.0:
            continue
        sign = 1.0 if ends[0] > 0.0 else -1.0
        for _ in range(_TURNS):
            third = (high - low) / 3.0
            if not low < low + third < high - third < high:
                break
            one, two = (_difference(sides, k, place, t) for t in (low + third, high - third))
            if one is None or two is None:
                break
            low, high = (low, high - third) if sign * one <= sign * two else (low + third, high)
        yield 0.5 * low + 0.5 * high


def _difference(sides: Sides, k: int, place: int, t: float) -> float | None:
    """What is 0 where a step's choice gives way to another, at a place."""
    visits = frozen(sides.program, sides.line, t, t).visits
    if k >= len(visits):
        return None
    choice = visits[k].choice
    made = visits[k].gap(choice, choice + 1 - 2 * (choice > 0))
    return None if made is None else float(made[0].value.middle[0, place])


def _is_met_once(over: Visit, point: Visit, pair: tuple[Choice, Choice], where: Choice) -> bool:
    """Whether a step's differences are 0 at the point, and nowhere else on the part."""
    whole, at = over.gap(*pair), point.gap(*pair)
    if whole is None or at is None or not bool(whole[1][where].all()):
        return False
    jet, here = whole[0], at[0]
    zero = (here.value.lower[0] == 0.0) & (here.value.upper[0] == 0.0)
    low, high = ends_of(here.slope, here.size)
    touched = (low == 0.0) & (high == 0.0) & _keeps_sign(jet.curvature, jet.size)
    return bool((zero & (_keeps_sign(jet.slope, jet.size) | touched))[where].all())


def _keeps_sign(part: Intervals | None, size: int) -> Flags:
    low, high = ends_of(part, size)
    return (low > 0.0) | (high < 0.0)
