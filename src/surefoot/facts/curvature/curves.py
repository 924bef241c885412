"""Fact cards of functions of one number: where each bends up or down, and where it rises or falls.

Composition with u, element by element (Boyd, Vandenberghe, Convex Optimization, 2004, eq. 3.10):

    h(u) convex     h convex on the range of u, and u affine, or u convex and h rising, or u
                    concave and h falling
    h(u) concave    h concave on the range of u, and u affine, or u concave and h rising, or u
                    convex and h falling

A function that is not defined everywhere must leave a convex domain: {h(u) defined} is one if u is
affine, or if h asks for u ≥ c and u is concave, or if u stays where h is defined.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.terms import Atom
from surefoot.facts.intervals.derivatives import DERIVATIVES, power_of
from surefoot.facts.intervals.functions import FUNCTIONS
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals

ALL, RIGHT, LEFT, NOWHERE = "all", "right", "left", "nowhere"
"""Where a card holds: everywhere, for arguments ≥ 0, for arguments ≤ 0."""


@dataclass(frozen=True)
class Curve:
    """A function of one number.

    Attributes:
        convex, concave, rising, falling: where it is.
        domain: "all", or "above" where it is defined from some number on, or "between".
        words: the fact, for the proof.
    """

    convex: str
    concave: str
    rising: str
    falling: str
    domain: str = "all"
    words: str = ""


_UP = Curve(ALL, NOWHERE, ALL, NOWHERE, words="convex and rising")
_ROOT = Curve(NOWHERE, ALL, ALL, NOWHERE, "above", "concave and rising")
_BOWL = Curve(ALL, NOWHERE, RIGHT, LEFT, words="convex, rising where its argument is ≥ 0")
_FLATTENS = Curve(LEFT, RIGHT, ALL, NOWHERE, words="rising, concave where its argument is ≥ 0")
_STEEPENS = Curve(RIGHT, LEFT, ALL, NOWHERE, words="rising, convex where its argument is ≥ 0")
_WAVE = Curve(NOWHERE, NOWHERE, NOWHERE, NOWHERE, words="concave where it is ≥ 0, else convex")

CURVES: Mapping[str, Curve] = {
    "exp": _UP, "exp2": _UP, "expm1": _UP,
    "log": _ROOT, "log1p": _ROOT, "sqrt": _ROOT,
    "acosh": _ROOT,
    "rsqrt": Curve(ALL, NOWHERE, NOWHERE, ALL, "above", "convex and falling"),
    "abs": _BOWL, "cosh": _BOWL, "square": _BOWL,
    "logistic": _FLATTENS, "tanh": _FLATTENS, "erf": _FLATTENS, "atan": _FLATTENS,
    "asinh": _FLATTENS, "cbrt": _FLATTENS, "sinh": _STEEPENS,
    "erfc": Curve(RIGHT, LEFT, NOWHERE, ALL, words="falling, convex where its argument is ≥ 0"),
    "asin": Curve(RIGHT, LEFT, ALL, NOWHERE, "between", _STEEPENS.words),
    "atanh": Curve(RIGHT, LEFT, ALL, NOWHERE, "between", _STEEPENS.words),
    "acos": Curve(LEFT, RIGHT, NOWHERE, ALL, "between", "falling, concave where its argument ≥ 0"),
    "sin": _WAVE, "cos": _WAVE, "tan": Curve(NOWHERE, NOWHERE, NOWHERE, NOWHERE, "between"),
}  # fmt: skip
"""Primitive → its card; what a card does not say may be seen from bounds of h′ and h″."""


def power_card(exponent: float) -> Curve:
    """The card of uᵃ."""
    whole = float(exponent).is_integer()
    even = whole and int(exponent) % 2 == 0
    if whole and exponent >= 2:
        return _BOWL if even else Curve(RIGHT, LEFT, ALL, NOWHERE, words=_STEEPENS.words)
    if whole and exponent < 0:
        # 1/u on either side of 0, told apart by the bounds of u.
        if even:
            return Curve(ALL, NOWHERE, LEFT, RIGHT, "sides", "convex on either side of 0")
        return Curve(RIGHT, LEFT, NOWHERE, ALL, "sides", "convex for u > 0, concave for u < 0")
    if exponent > 1:
        return Curve(ALL, NOWHERE, ALL, NOWHERE, "from", "convex and rising for u ≥ 0")
    if exponent > 0:
        return _ROOT
    return Curve(ALL, NOWHERE, NOWHERE, ALL, "above", "convex and falling for u > 0")


def _where(region: str, u: Intervals) -> Flags:
    if region == ALL:
        return np.ones(u.lower.shape[1], bool)
    if region == RIGHT:
        return u.lower[0] >= 0.0
    if region == LEFT:
        return u.upper[0] <= 0.0
    return np.zeros(u.lower.shape[1], bool)


@dataclass(frozen=True)
class Bends:
    """What is shown of h on the range of u: (size,) flags each."""

    convex: Flags
    concave: Flags
    rising: Flags
    falling: Flags
    domain: Flags


def bends(name: str, card: Curve, u: Form, value: Intervals, exponent: float = 0.0) -> Bends:
    """What is known of h on the range of an argument, by its card or by bounds of h′ and h″."""
    if card.convex == card.domain == ALL and bool(u.affine.all()):
        # Of an affine argument nothing else matters.
        yes, no = np.ones(u.size, bool), np.zeros(u.size, bool)
        return Bends(yes, no, no, no, yes)
    parts = [_where(getattr(card, part), u.bounds)
             for part in ("convex", "concave", "rising", "falling")]  # fmt: skip
    finite = np.isfinite(u.bounds.lower[0]) & np.isfinite(u.bounds.upper[0])
    if name in DERIVATIVES or name == "pow":
        with np.errstate(all="ignore"):
            plain = Intervals(value.shape, value.lower, value.upper)
            arg = Intervals(value.shape, u.bounds.lower, u.bounds.upper)
            found = power_of(arg, exponent) if name == "pow" else DERIVATIVES[name](arg, plain)
        first, second = found
        smooth = finite if name in _SINGULAR else np.ones_like(finite)
        sides = [(second, 1), (second, -1), (first, 1), (first, -1)]
        for k, (part, sign) in enumerate(sides):
            if part is not None:
                good = part.lower[0] >= 0.0 if sign > 0 else part.upper[0] <= 0.0
                parts[k] = parts[k] | (good & smooth)
    convex, concave, rising, falling = parts
    return Bends(convex, concave, rising, falling, _domain(card.domain, u, value))


_SINGULAR = frozenset({"tan", "cbrt", "pow", "rsqrt", "sqrt", "asin", "acos", "atanh", "acosh"})


def _domain(kind: str, u: Form, value: Intervals) -> Flags:
    size = u.size
    if kind == ALL:
        return np.ones(size, bool)
    inside = np.ones(size, bool) if value.inside is None else value.inside[0]
    if kind == "sides":
        return (u.bounds.lower[0] >= 0.0) | (u.bounds.upper[0] <= 0.0)
    good = inside | u.affine
    if kind == "above":
        good = good | u.concave
    return good


def composed(h: Bends, u: Form) -> tuple[Flags, Flags]:
    """(convex, concave) of h(u)."""
    up = u.affine | (u.convex & h.rising) | (u.concave & h.falling)
    down = u.affine | (u.concave & h.rising) | (u.convex & h.falling)
    return h.convex & up & h.domain, h.concave & down & h.domain


def second_derivative(atom: Atom, u: Form) -> tuple[Floats, Floats] | None:
    """(size,) bounds of h″ on the range of u, for an atom h(u)."""
    name = atom.name
    size = u.size
    if name == "square":
        return np.full(size, 2.0), np.full(size, 2.0)
    arg = Intervals(u.shape, u.bounds.lower, u.bounds.upper)
    with np.errstate(all="ignore"):
        if name in ("power", "root"):
            second = power_of(arg, atom.exponent)[1]
        elif name == "over":
            second = power_of(arg, -1.0)[1]
        elif name in DERIVATIVES:
            second = DERIVATIVES[name](arg, FUNCTIONS[name](arg))[1]
        else:
            return None
    if second is None:
        return np.zeros(size), np.zeros(size)
    low, high = (np.broadcast_to(side[0], (size,)) for side in (second.lower, second.upper))
    # Where h bends one way only that holds beyond what intervals show.
    low = np.where(atom.convex, np.maximum(low, 0.0), low)
    return low, np.where(atom.concave, np.minimum(high, 0.0), high)
