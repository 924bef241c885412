"""What a program does where its switches are met exactly, at a place that may be no float64.

where(u == v, 1, 0) is 1 on u = v, and a line meets that surface between two floats. In order of
execution, on a small part [a, b] of the line:

1. Each comparison that is open there is answered as for equal arguments: ==, ≤, ≥ hold, ≠, <, > do
   not, sign is 0; a staircase is on the stair that its end belongs to.
2. Where that is another course than to both sides, the differences that are then 0 are narrowed
   together; if they are not all 0 at one place, the course is not taken there.
3. f with these choices is bounded at that place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surefoot.facts.pieces import Choice, Frozen, Visit, frozen
from surefoot.facts.reached import COMPARISONS
from surefoot.facts.sides import Pair, Sides
from surefoot.facts.whereabouts import narrowed

_HOLDS = frozenset(["le", "ge", "eq", "le_to", "eq_to"])


@dataclass(frozen=True)
class Met:
    """The course at the place where switches are met.

    Attributes:
        lower, upper: it lies between them. run: the program there.
        sure: whether all the differences are 0 at one place there, as far as floats tell.
    """

    lower: float
    upper: float
    run: Frozen
    sure: bool


def exactly_met(sides: Sides, part: Pair) -> Met | None:
    """The course where the switches that are open on a part are met; None where it is no other.

    Raises:
        OtherCourseError: with those choices the program runs other steps.
    """
    pieces = sides.on(*part, -1), sides.on(*part, 1)
    choices = [_choice(sides, *pair) for pair in zip(*(p.visits for p in pieces), strict=True)]
    changed = [
        [k for k, own in enumerate(choices) if np.any(own != other[k])]
        for other in (sides.left, sides.right)
    ]
    if not all(changed):
        return None
    meets = replace(sides, left=choices, right=_others(sides, choices))
    apart = [k for k, (p, q) in enumerate(zip(meets.left, meets.right, strict=True))
             if np.any(p != q)]  # fmt: skip
    groups = narrowed(meets, part, apart)
    sure = groups is not None and len(groups) == 1
    where = (groups[0].lower, groups[0].upper) if groups is not None and sure else part
    return Met(*where, frozen(sides.program, sides.line, *where, choices), sure)


def _others(sides: Sides, choices: Sequence[Choice]) -> list[Choice]:
    """For each step a choice beside the place that is not the one at it, where there is one."""
    return [
        np.where(own != left, left, right)
        for own, left, right in zip(choices, sides.left, sides.right, strict=True)
    ]


def _choice(sides: Sides, one: Visit, two: Visit) -> Choice:
    """What a step chooses where its arguments are equal."""
    made = one.choice
    if one.edge or sides.named.place(one.node) is None:
        return made
    open_still = (made != two.choice) | ~one.sure | ~two.sure
    name = one.node.primitive
    if name in COMPARISONS:
        met = np.full_like(made, name in _HOLDS)
    elif name == "sign" or (name == "convert_element_type" and _to_truth(one)):
        met = np.zeros_like(made)
    elif name == "floor":
        met = np.maximum(made, two.choice)
    elif name == "ceil":
        met = np.minimum(made, two.choice)
    else:
        return made
    return np.where(open_still, met, made)


def _to_truth(visit: Visit) -> bool:
    return np.dtype(visit.node.params["new_dtype"]).kind == "b"

