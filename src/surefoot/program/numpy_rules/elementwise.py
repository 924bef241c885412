"""NumPy rules for steps that work element by element."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from surefoot.program.graph import Node

Array = Any
"""A NumPy array or NumPy scalar; rules accept and return both."""
Rule = Callable[..., Any]


def quiet(rule: Rule) -> Rule:
    """The rule without NumPy's floating-point warnings: NaN and infinity are answers here."""

    @wraps(rule)
    def silent(node: Node, *arguments: Array) -> Any:
        with np.errstate(all="ignore"):
            return rule(node, *arguments)

    return silent


def of(function: Callable[..., Any]) -> Rule:
    """The rule that applies a NumPy function and ignores the step's parameters."""

    def rule(node: Node, *arguments: Array) -> Array:
        return function(*arguments)

    return rule


def _is_integer(array: Array) -> bool:
    return array.dtype.kind in "iu"


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────


def _div(a: Array, b: Array) -> Array:
    if not _is_integer(a):
        return np.divide(a, b)
    # XLA rounds integer quotients towards zero, answers −1 (all bits set) for x / 0 and wraps
    # around for the one quotient that overflows, smallest / −1.
    zero = b == 0
    safe = np.where(zero | (b == -1), 1, b) if a.dtype.kind == "i" else np.where(zero, 1, b)
    remainder = np.fmod(a, safe)
    quotient = (a - remainder) // safe
    if a.dtype.kind == "i":
        quotient = np.where(b == -1, np.negative(a), quotient)
    all_bits = np.invert(np.zeros((), a.dtype))
    return np.where(zero, all_bits, quotient).astype(a.dtype)


def _rem(a: Array, b: Array) -> Array:
    if not _is_integer(a):
        return np.fmod(a, b)
    special = (b == 0) | (b == -1) if a.dtype.kind == "i" else b == 0
    plain = np.fmod(a, np.where(special, 1, b))
    return np.where(b == 0, a, plain).astype(a.dtype)


def _sign(a: Array) -> Array:
    # XLA keeps the sign of a zero; NumPy does not.
    return np.where(a == 0, a, np.sign(a)) if a.dtype.kind == "f" else np.sign(a)


def integer_power(a: Array, exponent: int) -> Array:
    """Repeated squaring in JAX's own order, so that the roundings agree."""
    if exponent == 0:
        return np.ones_like(a)
    left, square = abs(exponent), a
    product: Any = None
    while left:
        if left & 1:
            product = square if product is None else np.multiply(product, square)
        left >>= 1
        if left:
            square = np.multiply(square, square)
    return np.divide(np.ones((), a.dtype), product) if exponent < 0 else product


def _integer_pow(node: Node, a: Array) -> Array:
    return integer_power(a, int(node.params["y"]))


def _round(node: Node, a: Array) -> Array:
    if int(node.params["rounding_method"]) == 1:
        return np.rint(a)
    # Away from zero at ties. Adding ½ would round 0.49999999999999994 up, so look at the rest.
    whole = np.trunc(a)
    return np.copysign(whole + np.where(np.abs(a - whole) >= 0.5, np.copysign(1.0, a), 0.0), a)


def _clamp(lower: Array, a: Array, upper: Array) -> Array:
    return np.minimum(np.maximum(lower, a), upper)


def _reciprocal_root(a: Array) -> Array:
    return np.divide(np.ones((), a.dtype), np.sqrt(a))


def _logistic(a: Array) -> Array:
    one = np.ones((), a.dtype)
    return np.divide(one, np.add(one, np.exp(np.negative(a))))


# ── choice, bits, types ───────────────────────────────────────────────────────────────────────


def _select(which: Array, *cases: Array) -> Array:
    if which.dtype == np.bool_:
        # A predicate without x and two constants are common; `where` wants the true case first.
        return np.where(which, cases[1], cases[0]) if len(cases) == 2 else cases[0]
    result = cases[0]
    for number, case in enumerate(cases[1:], 1):
        result = np.where(which == number, case, result)
    return result


def _not(a: Array) -> Array:
    return np.logical_not(a) if a.dtype == np.bool_ else np.invert(a)


def _population_count(a: Array) -> Array:
    # NumPy counts the bits of the absolute value; XLA those of the two's complement.
    return np.bitwise_count(np.asarray(a).view(f"u{a.dtype.itemsize}")).astype(a.dtype)


def _shift(kind: str) -> Rule:
    def shift(node: Node, a: Array, count: Array) -> Array:
        bits = a.dtype.itemsize * 8
        too_far = (count < 0) | (count >= bits)
        near = np.where(too_far, 0, count).astype(a.dtype)
        if kind == "left":
            return np.where(too_far, 0, np.left_shift(a, near)).astype(a.dtype)
        unsigned, signed = np.dtype(f"u{a.dtype.itemsize}"), np.dtype(f"i{a.dtype.itemsize}")
        if kind == "arithmetic":
            # XLA drags the top bit along for unsigned numbers too.
            steps = np.where(too_far, bits - 1, near).astype(signed)
            return np.right_shift(np.asarray(a).view(signed), steps).view(a.dtype)
        moved = np.right_shift(np.asarray(a).view(unsigned), near.astype(unsigned))
        return np.asarray(np.where(too_far, 0, moved).astype(unsigned)).view(a.dtype)

    return shift


def cast(a: Array, dtype: Any) -> Array:
    """`a` in another type as XLA converts: floats to integers saturate, NaN becomes 0."""
    dtype = np.dtype(dtype)
    if a.dtype == dtype:
        return a
    if a.dtype.kind == "c" and dtype.kind != "c":
        a = a.real
    if dtype == np.bool_:
        return a != 0
    if dtype.kind in "iu" and a.dtype.kind not in "iub":
        limits = np.iinfo(dtype)
        wide = np.where(np.isnan(a), 0, np.trunc(a.astype(np.float64)))
        # The largest int64 is no float64, so compare with 2⁶³ and put the limit in by hand.
        high, low = wide >= float(limits.max), wide <= float(limits.min)
        inside = np.where(high | low, 0, wide).astype(dtype)
        return np.where(high, dtype.type(limits.max), np.where(low, dtype.type(limits.min), inside))
    return a.astype(dtype)


def _convert(node: Node, a: Array) -> Array:
    return cast(a, node.params["new_dtype"])


def _bitcast(node: Node, a: Array) -> Array:
    return np.asarray(a).view(np.dtype(node.params["new_dtype"])).reshape(node.outputs[0].shape)


def _total_order(a: Array) -> Array:
    """Integers in the order −NaN < −∞ < … < −0 < +0 < … < ∞ < NaN."""
    if a.dtype.kind != "f":
        return a
    signed = np.dtype(f"i{a.dtype.itemsize}")
    bits = np.asarray(a).view(signed)
    return np.where(bits < 0, np.bitwise_xor(bits, np.iinfo(signed).max), bits)


def _ordered(compare: Callable[..., Any]) -> Rule:
    def rule(node: Node, a: Array, b: Array) -> Array:
        return compare(_total_order(a), _total_order(b))

    return rule


def _same(node: Node, a: Array, *more: Array) -> Any:
    return (a, *more) if more else a


def _reduce_precision(node: Node, a: Array) -> Array:
    kept, exponent = int(node.params["mantissa_bits"]), int(node.params["exponent_bits"])
    info = np.finfo(a.dtype)
    if kept >= info.nmant and exponent >= info.bits - info.nmant - 1:
        return a
    with np.errstate(all="ignore"):
        mantissa, power = np.frexp(a)
        rounded = np.ldexp(np.rint(np.ldexp(mantissa, kept + 1)), power - kept - 1)
    top = 2 ** (exponent - 1)
    small = np.abs(rounded) < 2.0 ** (2 - top)
    large = np.abs(rounded) >= 2.0**top if top < 1024 else np.zeros(a.shape, bool)
    limited = np.where(small, np.copysign(0.0, a), np.where(large, np.copysign(np.inf, a), rounded))
    return np.where(np.isfinite(a), limited, a).astype(a.dtype)


ELEMENTWISE: dict[str, Rule] = {
    name: quiet(rule)
    for name, rule in {
        "add": of(np.add), "add_any": of(np.add), "sub": of(np.subtract), "mul": of(np.multiply),
        "div": of(_div), "integer_div": of(_div), "rem": of(_rem), "neg": of(np.negative),
        "abs": of(np.abs),
        "sign": of(_sign), "max": of(np.maximum), "min": of(np.minimum), "clamp": of(_clamp),
        "floor": of(np.floor), "ceil": of(np.ceil), "round": _round,
        "pow": of(np.power), "integer_pow": _integer_pow, "square": of(np.square),
        "sqrt": of(np.sqrt), "rsqrt": of(_reciprocal_root), "cbrt": of(np.cbrt),
        "exp": of(np.exp), "exp2": of(np.exp2), "expm1": of(np.expm1),
        "log": of(np.log), "log1p": of(np.log1p), "logistic": of(_logistic),
        "sin": of(np.sin), "cos": of(np.cos), "tan": of(np.tan), "asin": of(np.arcsin),
        "acos": of(np.arccos), "atan": of(np.arctan), "atan2": of(np.arctan2),
        "sinh": of(np.sinh), "cosh": of(np.cosh), "tanh": of(np.tanh), "asinh": of(np.arcsinh),
        "acosh": of(np.arccosh), "atanh": of(np.arctanh),
        "eq": of(np.equal), "ne": of(np.not_equal), "lt": of(np.less), "le": of(np.less_equal),
        "gt": of(np.greater), "ge": of(np.greater_equal), "eq_to": _ordered(np.equal),
        "lt_to": _ordered(np.less), "le_to": _ordered(np.less_equal),
        "and": of(np.bitwise_and), "or": of(np.bitwise_or), "xor": of(np.bitwise_xor),
        "not": of(_not), "shift_left": _shift("left"),
        "shift_right_arithmetic": _shift("arithmetic"), "shift_right_logical": _shift("logical"),
        "population_count": of(_population_count),
        "is_finite": of(np.isfinite), "nextafter": of(np.nextafter), "select_n": of(_select),
        "convert_element_type": _convert, "bitcast_convert_type": _bitcast,
        "reduce_precision": _reduce_precision, "stop_gradient": _same, "copy": _same,
        "copy_p": _same, "device_put": _same, "optimization_barrier": _same, "name": _same,
        "sharding_constraint": _same, "layout_constraint": _same,
        "real": of(np.real), "imag": of(np.imag), "conj": of(np.conj),
        "complex": of(lambda a, b: (a + 1j * b)),
    }.items()
}  # fmt: skip
