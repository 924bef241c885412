"""The operations of a tape, and what each computes on float64 numbers.

Truth values are 0 and 1. Every operation works element by element; `REDUCTIONS` alone turn a column
into a number.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from surefoot.program.numpy_rules.elementwise import integer_power

Array = Any
Operation = Callable[..., Array]


def _sign(a: Array) -> Array:
    # The sign of a zero is kept, as XLA does; NumPy's own sign loses it.
    return np.where(a == 0, a, np.sign(a))


def _logistic(a: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-a))


def _rsqrt(a: Array) -> Array:
    return 1.0 / np.sqrt(a)


def _special(name: str) -> Operation:
    def operation(a: Array) -> Array:
        from scipy import special

        return getattr(special, name)(a)

    return operation


def _digamma(a: Array) -> Array:
    from scipy import special

    # At its poles JAX answers NaN, at 0 SciPy a signed infinity.
    return np.where(a == 0, np.nan, special.digamma(a))


def _trigamma(a: Array) -> Array:
    from scipy import special

    return special.polygamma(1, a)


def _truth(compare: Operation) -> Operation:
    def operation(a: Array, b: Array) -> Array:
        return compare(a, b).astype(np.float64)

    return operation


UNARY: Mapping[str, Operation] = {
    "neg": np.negative, "abs": np.abs, "sign": _sign, "floor": np.floor, "ceil": np.ceil,
    "rint": np.rint, "trunc": np.trunc, "sqrt": np.sqrt, "rsqrt": _rsqrt, "cbrt": np.cbrt,
    "square": np.square, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "logistic": _logistic,
    "erf": _special("erf"), "erfc": _special("erfc"), "erfinv": _special("erfinv"),
    "lgamma": _special("gammaln"), "digamma": _digamma, "trigamma": _trigamma,
    "not": lambda a: 1.0 - a, "isfinite": lambda a: np.isfinite(a).astype(np.float64),
}  # fmt: skip

BINARY: Mapping[str, Operation] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "rem": np.fmod,
    "pow": np.power, "atan2": np.arctan2, "max": np.maximum, "min": np.minimum,
    "eq": _truth(np.equal), "ne": _truth(np.not_equal), "lt": _truth(np.less),
    "le": _truth(np.less_equal), "gt": _truth(np.greater), "ge": _truth(np.greater_equal),
    "and": np.minimum, "or": np.maximum, "xor": _truth(np.not_equal), "nextafter": np.nextafter,
}  # fmt: skip


def _select(which: Array, yes: Array, no: Array) -> Array:
    return np.where(which != 0, yes, no)


TERNARY: Mapping[str, Operation] = {"select": _select}


def _in_order(combine: Any, start: float) -> Operation:
    def operation(a: Array) -> Array:
        # `accumulate` goes one lane after the other; `np.sum` would add pairwise.
        return combine(start, combine.accumulate(a, axis=0)[-1])

    return operation


REDUCTIONS: Mapping[str, Operation] = {
    "sum": _in_order(np.add, 0.0), "prod": _in_order(np.multiply, 1.0),
    "maxof": _in_order(np.maximum, -np.inf), "minof": _in_order(np.minimum, np.inf),
}  # fmt: skip
"""What makes one number of a column's lanes, taken in order."""

ARITY: Mapping[str, int] = {
    **dict.fromkeys(UNARY, 1), **dict.fromkeys(BINARY, 2), **dict.fromkeys(TERNARY, 3),
    **dict.fromkeys(REDUCTIONS, 1), "ipow": 1,
}  # fmt: skip
"""How many registers each operation takes; `ipow` takes a literal whole number besides."""

_ALL: Mapping[str, Operation] = {**UNARY, **BINARY, **TERNARY, **REDUCTIONS}


def apply(name: str, *arguments: Any) -> Array:
    """One operation on arrays; for "ipow" the last argument is the exponent."""
    with np.errstate(all="ignore"):
        if name == "ipow":
            return integer_power(arguments[0], int(arguments[1]))
        return _ALL[name](*arguments)
