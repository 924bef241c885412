"""Rules of the smoothness table for steps that choose: extremes, comparisons, where, clip."""

from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.facts.cards import Smooth
from surefoot.facts.corners import Corner, atom_of, of, union
from surefoot.facts.smooth_steps import opaque, pair, place, places_of, varies_of
from surefoot.program import Node
from surefoot.program.abstract import depends, spread


def _extreme(node: Node, a: Any, b: Any) -> Any:
    shape = node.outputs[0].shape
    one, two = pair(node, a, b)
    largest = node.primitive == "max"
    for first, second, value in ((one, two, b), (two, one, a)):
        if (largest and first.upper <= second.lower) or (
            not largest and first.lower >= second.upper
        ):
            # The other side always wins; −inf and +inf as idle constants are such a case.
            return spread(value, shape)
    here = place(node, Smooth.KINK)
    pick = max if largest else min
    low, high = pick(one.lower, two.lower), pick(one.upper, two.upper)
    positive = (one.positive or two.positive) if largest else (one.positive and two.positive)
    places = union([one.all_places, two.all_places, (here,)])
    return atom_of(shape, places, varies=one.varies or two.varies, lower=low, upper=high,
                   positive=positive)  # fmt: skip


def _reduce_extreme(node: Node, v: Corner) -> Any:
    out = node.outputs[0].shape
    if v.size == int(np.prod(out, dtype=np.int64)):
        return v.reshaped(out)
    places = union([v.all_places, (place(node, Smooth.KINK),)])
    return atom_of(out, places, varies=v.varies, lower=v.lower, upper=v.upper, positive=v.positive)


def _compare(node: Node, a: Any, b: Any) -> Any:
    name = node.primitive
    if a is b:
        # A test for NaN: the function is a real number wherever it is asked about.
        return np.full(node.outputs[0].shape, name in ("eq", "le", "ge", "eq_to", "le_to"))
    one, two = of(a), of(b)
    known = _decided(name, one, two)
    if known is not None:
        return np.full(node.outputs[0].shape, known)
    result = opaque(node, a, b)
    return replace(result, compares=(name, a, b))


def _decided(name: str, one: Corner, two: Corner) -> bool | None:
    """The answer of a comparison that the bounds settle, else None."""
    above = one.lower > two.upper or (one.positive and two.upper <= 0)
    below = one.upper < two.lower or (two.positive and one.upper <= 0)
    if above:
        return name in ("gt", "ge", "ne")
    if below:
        return name in ("lt", "le", "ne")
    if one.lower >= two.upper and name in ("ge", "lt"):
        return name == "ge"
    if one.upper <= two.lower and name in ("le", "gt"):
        return name == "le"
    return None


def _select(node: Node, which: Any, *cases: Any) -> Any:
    shape = node.outputs[0].shape
    if depends(which):
        return choose(node, shape, which, cases)
    chosen = np.broadcast_to(which, shape).astype(np.int64)
    for number, case in enumerate(cases):
        if np.all(chosen == number):
            return spread(case, shape)
    whole = Corner.join([spread(case, shape) for case in cases])
    return whole.take(chosen * chosen.size + np.arange(chosen.size).reshape(shape))


def choose(node: Node, shape: tuple[int, ...], which: Corner, cases: Any) -> Any:
    """One of several cases, picked by something that depends on x."""
    values = [of(case) for case in cases]
    if not any(depends(case) for case in cases) and _all_equal(cases, shape):
        return np.broadcast_to(cases[0], shape)
    varies = any(value.varies for value in values)
    kind = _meeting(which, cases) if varies else Smooth.JUMP
    here = replace(place(node, kind), flat=not varies)
    # The comparison is not a second place: the choice it makes is this one.
    inner = places_of(cases)
    if which.compares:
        inner = union([inner, places_of(which.compares[1:])])
    else:
        inner = union([inner, tuple(p for p in which.all_places if not p.flat)])
    return atom_of(
        shape, union([inner, (here,)]), varies=varies,
        lower=min(value.lower for value in values), upper=max(value.upper for value in values),
        positive=all(value.positive for value in values),
    )  # fmt: skip


def _all_equal(cases: Any, shape: tuple[int, ...]) -> bool:
    first = np.broadcast_to(cases[0], shape)
    return all(np.array_equal(first, np.broadcast_to(case, shape)) for case in cases[1:])


def _meeting(which: Corner, cases: Any) -> Smooth:
    """KINK for max and |·| written with where; else the sides may or may not meet."""
    if which.compares is None or len(cases) != 2:
        return Smooth.BRANCH
    name, a, b = which.compares
    if name not in ("lt", "le", "gt", "ge"):
        return Smooth.BRANCH
    sides = {id(a), id(b)}
    if {id(cases[0]), id(cases[1])} == sides:
        return Smooth.KINK
    level = [s for s in (a, b) if not depends(s)]
    constants = [case for case in cases if not depends(case)]
    followed = any(case is a or case is b for case in cases)
    meets = followed and level and constants and np.all(np.equal(level[0], constants[0]))
    return Smooth.KINK if meets else Smooth.BRANCH


def _clamp(node: Node, low: Any, v: Any, high: Any) -> Any:
    inner = of(v)
    if of(low).upper <= inner.lower and of(high).lower >= inner.upper:
        return v
    places = union([places_of([low, v, high]), (place(node, Smooth.KINK),)])
    return atom_of(node.outputs[0].shape, places, varies=varies_of([low, v, high]),
                   lower=of(low).lower, upper=of(high).upper)  # fmt: skip


CHOICES: dict[str, Any] = {
    "max": _extreme, "min": _extreme, "reduce_max": _reduce_extreme,
    "reduce_min": _reduce_extreme, "clamp": _clamp, "select_n": _select,
    **dict.fromkeys(["eq", "ne", "lt", "le", "gt", "ge", "eq_to", "lt_to", "le_to"], _compare),
}  # fmt: skip
"""Primitive → rule."""
