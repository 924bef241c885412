"""What every rule of the smoothness table starts from: places, and steps known by their card."""

from typing import Any

import numpy as np

from surefoot.facts.cards import CARDS, REFUSED, Smooth
from surefoot.facts.corners import Corner, Place, Places, atom_of, of, union
from surefoot.program import Node
from surefoot.program.abstract import spread

FLAT = frozenset(
    [
        "floor", "ceil", "round", "integer_div", "sign", "lt", "le", "gt", "ge", "eq", "ne",
        "lt_to", "le_to", "eq_to", "argmax", "argmin", "and", "or", "xor", "not", "is_finite",
        "reduce_and", "reduce_or", "reduce_xor", "shift_left", "shift_right_arithmetic",
        "shift_right_logical",
        "population_count", "bitcast_convert_type", "lu_pivots_to_permutation",
    ]
)
"""Steps whose slope is zero wherever they have one."""


def place(node: Node, kind: Smooth, *, words: str = "", where: str = "") -> Place:
    """The place that a step is."""
    card = CARDS.get(node.primitive)
    name = words or (card.words if card else node.primitive)
    where = where or (card.place if card else "")
    flat = kind is Smooth.JUMP and node.primitive != "rem"
    return Place(node.primitive, node.source, kind, f"{name} at {node.source}", where, flat)


def places_of(values: Any) -> Places:
    """All places that the values carry."""
    return union(of(value).all_places for value in values)


def varies_of(values: Any) -> bool:
    """Whether any of the values moves with x along a slope."""
    return any(of(value).varies for value in values)


def opaque(node: Node, *arguments: Any, extra: Places = (), kind: Smooth | None = None) -> Any:
    """A step of which only the card is known."""
    card = CARDS.get(node.primitive)
    places = places_of(arguments)
    kind = kind or (card.smooth if card else Smooth.BRANCH)
    moving = varies_of(arguments)
    if card is None:
        reason = REFUSED.get(node.primitive, "no rule")
        extra = (*extra, place(node, Smooth.BRANCH, where=f"unknown: {reason}"))
    results: list[Corner] = []
    for out in node.outputs:
        # Random keys have types of their own, and are no numbers that move.
        whole = not isinstance(out.dtype, np.dtype) or out.dtype.kind in "iub"
        if kind is Smooth.EVERYWHERE and not whole:
            results.append(Corner(out.shape, union([places, extra]), moving))
            continue
        if kind is Smooth.INSIDE and not whole:
            found = union([places, extra, (place(node, Smooth.INSIDE),)])
            results.append(Corner(out.shape, found, moving))
            continue
        here = place(node, Smooth.JUMP if whole else kind)
        moves = moving and not whole and node.primitive not in FLAT
        results.append(atom_of(out.shape, union([places, extra, (here,)]), varies=moves))
    return tuple(results) if len(results) > 1 else results[0]


def pair(node: Node, a: Any, b: Any) -> tuple[Corner, Corner]:
    """Both arguments in the shape of the result."""
    shape = node.outputs[0].shape
    return of(spread(a, shape)), of(spread(b, shape))
