"""Rules of the smoothness table: what arithmetic does to corners, bounds and atoms."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.facts.cards import Smooth
from surefoot.facts.composites import composite
from surefoot.facts.corners import (
    NOTHING,
    Atom,
    Corner,
    Places,
    Share,
    atom_of,
    combined,
    exact_product,
    of,
    summed,
    union,
)
from surefoot.facts.intervals.rounding import whole_exponent
from surefoot.facts.narrowed import narrow
from surefoot.facts.smooth_choices import CHOICES
from surefoot.facts.smooth_steps import opaque, pair, place, places_of, varies_of
from surefoot.program import Node
from surefoot.program.abstract import depends, spread


def _add(node: Node, a: Any, b: Any) -> Corner:
    one, two = pair(node, a, b)
    sign = -1.0 if node.primitive == "sub" else 1.0
    one = one.realised() if one.factors else one
    two = two.realised() if two.factors else two
    terms, lost = combined(one.terms, two.terms, sign)
    low, high = (two.lower, two.upper) if sign > 0 else (-two.upper, -two.lower)
    positive = sign > 0 and ((one.positive and two.nonneg) or (one.nonneg and two.positive))
    return Corner(
        node.outputs[0].shape, union([one.places, two.places, lost]), one.varies or two.varies,
        _below_sum(one.lower, low), _above_sum(one.upper, high), positive, terms,
    )  # fmt: skip


def _below_sum(a: float, b: float) -> float:
    """At most a + b; −∞ where that is not known."""
    total = a + b
    if np.isnan(total):
        return -np.inf
    # Not by `intervals`, which every solve would have to load for this.
    part = total - a
    lost = (a - (total - part)) + (b - part)
    return total if lost >= 0.0 or np.isinf(total) else float(np.nextafter(total, -np.inf))


def _above_sum(a: float, b: float) -> float:
    """At least a + b; ∞ where that is not known."""
    return -_below_sum(-a, -b)


def _negate(node: Node, v: Corner) -> Corner:
    v = v.realised() if v.factors else v
    terms = {atom: Share(s.element, -s.factor) for atom, s in v.terms.items()}
    return Corner(v.shape, v.places, v.varies, -v.upper, -v.lower, terms=terms, square=v.square)


def _times_constant(node: Node, v: Corner, constant: Any) -> Any:
    shape = node.outputs[0].shape
    v = spread(v, shape)
    if np.iscomplexobj(constant):  # what is linear stays smooth; sizes and signs have no meaning
        v = v.realised()
        return Corner(shape, v.places, v.varies)
    array = np.broadcast_to(np.asarray(constant, float), shape)
    if not np.any(array):
        return np.zeros(shape)
    flat = np.ravel(array)
    if not all(exact_product(s.factor, flat) for s in v.terms.values()):
        # Factors that are rounded might cancel in float64 and not in truth.
        v = v.realised()
    terms = {a: Share(s.element, s.factor * flat) for a, s in v.terms.items()}
    factor = of(array)
    low, high = _product_bounds(v, factor)
    return Corner(
        shape, v.places, v.varies, low, high, v.positive and factor.positive, terms, v.factors,
        square=v.square,
    )  # fmt: skip


def _product_bounds(one: Corner, two: Corner) -> tuple[float, float]:
    pairs = [(a, b) for a in (one.lower, one.upper) for b in (two.lower, two.upper)]
    corners = [a * b if a and b else 0.0 for a, b in pairs]
    low, high = min(corners), max(corners)
    if all(abs(a) in _KEPT or abs(b) in _KEPT for a, b in pairs):
        return low, high
    return _lowered(low), -_lowered(-high)


_KEPT = (0.0, 1.0, 2.0, 0.5, np.inf)
"""Numbers by which a product is not rounded."""


def _lowered(value: float) -> float:
    """Below a bound that a few operations have rounded; 0 stays, its sign was exact."""
    return value - abs(value) * 2.0**-49 if np.isfinite(value) else value


def _mul(node: Node, a: Any, b: Any) -> Any:
    if a is b:
        return _power(node, of(a), 2)
    if not depends(a):
        return _times_constant(node, b, a)
    if not depends(b):
        return _times_constant(node, a, b)
    one, two = pair(node, a, b)
    low, high = _product_bounds(one, two)
    positive = one.positive and two.positive
    one = one.realised() if one.terms else one
    two = two.realised() if two.terms else two
    factors, lost = combined(one.factors, two.factors, 1.0)
    places = union([one.places, two.places, lost])
    varies = one.varies or two.varies
    return Corner(one.shape, places, varies, low, high, positive, NOTHING, factors)


def _div(node: Node, a: Any, b: Any) -> Any:
    if not depends(b):
        array = np.asarray(b)
        if np.all(array != 0):
            once = 1.0 / array
            if np.iscomplexobj(array):
                return _times_constant(node, a, once)
            # 1/10 is not 0.1: corners divided by 10 and multiplied by 0.1 do not cancel.
            exact = np.abs(np.frexp(array)[0]) == 0.5
            return _times_constant(node, a, np.where(exact, once, np.nextafter(once, 0.0)))
        return opaque(node, a, b)
    one, two = pair(node, a, b)
    extra = () if two.positive or two.upper < 0 or two.lower > 0 else (place(node, Smooth.INSIDE),)
    one = one.realised() if one.terms else one
    two = two.realised() if two.terms else two
    factors, lost = combined(one.factors, two.factors, -1.0)
    positive = one.positive and two.positive
    low = 0.0 if one.nonneg and two.positive else -np.inf
    return Corner(
        one.shape, union([one.places, two.places, lost, extra]), one.varies or two.varies, low,
        np.inf, positive, NOTHING, factors,
    )  # fmt: skip


def _power(node: Node, v: Corner, exponent: int) -> Any:
    shape = node.outputs[0].shape
    if exponent == 0:
        return np.ones(shape)
    extra: Places = ()
    if exponent < 0 and not (v.positive or v.upper < 0):
        extra = (place(node, Smooth.INSIDE, where="where its argument is 0"),)
    even = exponent % 2 == 0
    low = 0.0 if even or v.nonneg else -np.inf
    with np.errstate(over="ignore"):
        top = float(np.float64(max(abs(v.lower), abs(v.upper))) ** max(exponent, 0))
    top = -_lowered(-top) if exponent > 0 else np.inf
    if v.square is not None and exponent > 0 and (even or exponent >= 3):
        # |v|², |v|³, … have no corner: slope and curvature go to 0 with v.
        return Corner(shape, v.square, v.varies, low, top, v.positive)
    if v.terms:
        v = v.realised()
    factors = {a: Share(s.element, s.factor * exponent) for a, s in v.factors.items()}
    return Corner(
        shape, union([v.places, extra]), v.varies, low, top, v.positive, NOTHING, factors
    )


def _pow(node: Node, base: Any, exponent: Any) -> Any:
    one, two = pair(node, base, exponent)
    if not depends(exponent):
        powers = np.unique(exponent)
        whole = whole_exponent(float(powers[0])) if powers.size == 1 else None
        if whole is not None:
            return _power(node, one, whole)
        if one.positive:
            return Corner(one.shape, one.all_places, one.varies, 0.0, np.inf, True)
        if one.nonneg and powers.size == 1 and powers[0] > 0:
            return _rooted(node, one)
    positive = one.positive
    extra = () if positive else (place(node, Smooth.INSIDE),)
    places = union([one.all_places, two.all_places, extra])
    return Corner(one.shape, places, one.varies or two.varies, positive=positive)


# ── functions of one argument ─────────────────────────────────────────────────────────────────


def _exp(node: Node, v: Corner) -> Corner:
    v = v.realised() if v.factors else v
    with np.errstate(over="ignore"):
        low, high = _lowered(float(np.exp(v.lower))), -_lowered(-float(np.exp(v.upper)))
    return Corner(v.shape, v.places, v.varies, low, high, True, NOTHING, v.terms)


def _log(node: Node, v: Corner) -> Corner:
    v = v.realised() if v.terms else v
    extra = () if v.positive else (place(node, Smooth.INSIDE),)
    low = _lowered(float(np.log(v.lower))) if v.lower > 0 else -np.inf
    high = -_lowered(-float(np.log(v.upper))) if v.upper > 0 else np.inf
    return Corner(
        v.shape, union([v.places, extra]), v.varies, low, high, v.lower > 1, v.factors
    )


def _log1p(node: Node, v: Corner) -> Corner:
    v = v.realised()
    extra = () if v.lower > -1 or v.nonneg else (place(node, Smooth.INSIDE),)
    low = 0.0 if v.nonneg else -np.inf
    return Corner(v.shape, union([v.places, extra]), v.varies, low, np.inf, v.positive)


def _rooted(node: Node, v: Corner) -> Any:
    """√v, or a power between, of something ≥ 0: a corner where it is 0, unless squared."""
    here = place(node, Smooth.KINK, where="where its argument is 0")
    square = v.all_places if node.primitive == "sqrt" else None
    return atom_of(v.shape, union([v.all_places, (here,)]), varies=v.varies, lower=0.0,
                   square=square)  # fmt: skip


def _sqrt(node: Node, v: Corner) -> Any:
    if v.positive:
        factors = {a: Share(s.element, s.factor / 2) for a, s in v.factors.items()}
        places = v.places if not v.terms else v.all_places
        root = _lowered(float(np.sqrt(max(v.lower, 0.0))))
        return Corner(v.shape, places, v.varies, root, np.inf, True, NOTHING, factors)
    if v.nonneg:
        return _rooted(node, v)
    places = union([v.all_places, (place(node, Smooth.INSIDE),)])
    return Corner(v.shape, places, v.varies, 0.0, np.inf)


def _rsqrt(node: Node, v: Corner) -> Corner:
    extra = () if v.positive else (place(node, Smooth.INSIDE),)
    return Corner(v.shape, union([v.all_places, extra]), v.varies, 0.0, np.inf, True)


def _abs(node: Node, v: Corner) -> Any:
    if v.nonneg:
        return v
    if v.upper <= 0:
        return _negate(node, v)
    here = place(node, Smooth.KINK)
    square = v.square if v.square is not None else v.all_places
    top = max(abs(v.lower), abs(v.upper))
    return atom_of(v.shape, union([v.all_places, (here,)]), varies=v.varies, lower=0.0, upper=top,
                   square=square)  # fmt: skip


def _bounded(low: float, high: float, positive: bool = False) -> Callable[..., Any]:
    """A function smooth everywhere with values between two numbers."""

    def rule(node: Node, v: Corner) -> Corner:
        return Corner(v.shape, v.all_places, v.varies, low, high, positive)

    return rule


def _inside(low: float, high: float) -> Callable[..., Any]:
    """A function smooth between two numbers."""

    def rule(node: Node, v: Corner) -> Corner:
        inside = low < v.lower and v.upper < high
        extra = () if inside else (place(node, Smooth.INSIDE),)
        return Corner(v.shape, union([v.all_places, extra]), v.varies)

    return rule


def _gamma(node: Node, v: Corner) -> Corner:
    extra = () if v.positive else (place(node, Smooth.INSIDE),)
    return Corner(v.shape, union([v.all_places, extra]), v.varies)


def _acosh(node: Node, v: Corner) -> Corner:
    extra = () if v.lower > 1 else (place(node, Smooth.INSIDE),)
    return Corner(v.shape, union([v.all_places, extra]), v.varies, 0.0, np.inf)


def _same_sign(node: Node, v: Corner) -> Corner:
    """expm1, sinh, asinh, atan, erf, tan-like: smooth, increasing through 0."""
    low = 0.0 if v.nonneg else -np.inf
    return Corner(v.shape, v.all_places, v.varies, low, np.inf, v.positive)


def _sign(node: Node, v: Corner) -> Any:
    if v.positive:
        return np.ones(v.shape)
    return opaque(node, v)


# ── reductions and the rest ──────────────────────────────────────────────────────────────────


def _reduce_sum(node: Node, v: Corner) -> Corner:
    axes = node.params["axes"]
    kept = [axis for axis in range(len(v.shape)) if axis not in axes]
    order = np.arange(v.size).reshape(v.shape).transpose([*kept, *axes])
    out = node.outputs[0].shape
    results = int(np.prod(out, dtype=np.int64))
    groups = order.reshape(results, -1) if v.size else np.zeros((results, 0), np.int64)
    count = groups.shape[1]
    terms, lost = summed(v.terms, groups)
    rounded = [a for a, s in terms.items() if not exact_product(s.factor, float(count))]
    lost = union([lost, *(atom.places for atom in rounded)])
    terms = {
        a: Share(s.element, s.factor * count) for a, s in terms.items() if a not in rounded
    }
    factors, lost_too = summed(v.factors, groups)
    low = _lowered(v.lower * count) if v.lower else 0.0
    high = -_lowered(-v.upper * count) if v.upper else 0.0
    return Corner(
        out, union([v.places, lost, lost_too]), v.varies, low, high, v.positive and count > 0,
        terms, factors,
    )  # fmt: skip


def _dot(node: Node, a: Any, b: Any) -> Corner:
    one, two = of(a), of(b)
    square = a is b and len(one.shape) == 1
    nonneg = square or (one.nonneg and two.nonneg)
    places = union([one.all_places, two.all_places])
    if square and one.square is not None:
        places = one.square
    return Corner(node.outputs[0].shape, places, one.varies or two.varies,
                  0.0 if nonneg else -np.inf, np.inf, one.positive and two.positive)  # fmt: skip


def _convert(node: Node, v: Corner) -> Any:
    target = np.dtype(node.params["new_dtype"])
    if target.kind in "fc" or narrow(target):  # bfloat16 is of no kind that NumPy knows
        return replace(v, compares=None)
    if np.dtype(node.inputs[0].dtype).kind == "b" or not v.varies:
        return v
    return opaque(node, v, kind=Smooth.JUMP)


def _same(node: Node, v: Any) -> Any:
    return v


def _scattered(node: Node, a: Any, indices: Any, updates: Any) -> Any:
    if depends(indices):
        return opaque(node, a, indices, updates, kind=Smooth.JUMP)
    return opaque(node, a, updates)


def _call(node: Node, *arguments: Any) -> Any:
    """A library function that is known as a whole."""
    known = composite(node)
    assert known is not None, "only verified calls are kept whole"
    places, varies = places_of(arguments), varies_of(arguments)
    if known.edge:
        here = place(node, Smooth.INSIDE, words=known.words, where=known.edge)
        places = union([places, (here,)])
    positive = known.positive and any(not depends(v) and of(v).nonneg for v in arguments)
    if known.kink and not any(of(v).positive or of(v).upper < 0 for v in arguments):
        here = place(node, Smooth.KINK, words=known.words, where=known.kink)
        results = tuple(
            atom_of(out.shape, union([places, (here,)]), varies=varies, lower=0.0)
            for out in node.outputs
        )
    else:
        results = tuple(Corner(o.shape, places, varies, positive=positive) for o in node.outputs)
    return results


def unknown(node: Node, *arguments: Any) -> Any:
    """Steps that move elements to places that depend on x jump; the rest follow their card."""
    if node.primitive in ("gather", "dynamic_slice", "dynamic_update_slice", "scatter"):
        result = opaque(node, *arguments, kind=Smooth.JUMP)
        moves = of(arguments[0]).varies
        return replace(result, varies=moves, terms=_softened(result, moves))
    return opaque(node, *arguments)


def _softened(result: Corner, moves: bool) -> Any:
    """A table looked up at a place that depends on x has slope only if its entries have."""
    return {
        Atom(tuple(replace(p, flat=p.flat and not moves) for p in atom.places)): share
        for atom, share in result.terms.items()
    }


RULES: dict[str, Any] = {
    "add": _add, "add_any": _add, "sub": _add, "neg": _negate, "mul": _mul, "div": _div,
    "integer_pow": lambda node, v: _power(node, v, int(node.params["y"])),
    "square": lambda node, v: _power(node, v, 2), "pow": _pow, "exp": _exp, "log": _log,
    "log1p": _log1p, "sqrt": _sqrt, "rsqrt": _rsqrt, "abs": _abs, "sign": _sign,
    "exp2": _bounded(0.0, np.inf, True), "logistic": _bounded(0.0, 1.0, True),
    "tanh": _bounded(-1.0, 1.0), "sin": _bounded(-1.0, 1.0), "cos": _bounded(-1.0, 1.0),
    "erf": _bounded(-1.0, 1.0), "erfc": _bounded(0.0, 2.0, True),
    "atan": _bounded(-1.6, 1.6), "cosh": _bounded(1.0, np.inf, True),
    "expm1": _same_sign, "sinh": _same_sign, "asinh": _same_sign,
    "asin": _inside(-1.0, 1.0), "acos": _inside(-1.0, 1.0), "atanh": _inside(-1.0, 1.0),
    "erf_inv": _inside(-1.0, 1.0), "acosh": _acosh,
    "lgamma": _gamma, "digamma": _gamma,
    "reduce_sum": _reduce_sum, "dot_general": _dot, **CHOICES, "convert_element_type": _convert,
    "is_finite": lambda node, v: np.ones(v.shape, bool),
    **dict.fromkeys(["stop_gradient", "copy", "copy_p", "name", "device_put", "real"], _same),
    **dict.fromkeys(
        ["scatter-add", "scatter-sub", "scatter-mul", "scatter-min", "scatter-max"], _scattered
    ),
    "custom_linear_solve": opaque,
    "jit": _call, "pjit": _call, "custom_jvp_call": _call, "custom_vjp_call": _call,
}  # fmt: skip
