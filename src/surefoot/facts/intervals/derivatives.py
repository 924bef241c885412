"""f′ and f″ of the functions of one number, as bounds from those of the argument u and the value v.

Each is written in v where that is tighter: tanh′ = 1 − v². Where a formula divides by what may be 0
(√ at 0), its bound is the whole line or half of it, as it should be.
"""

from collections.abc import Callable, Mapping
from math import log, pi, sqrt

import numpy as np

from surefoot.facts.intervals.arithmetic import (
    negative,
    plus,
    powered,
    product,
    quotient,
    real_power,
    reciprocal,
)
from surefoot.facts.intervals.functions import FUNCTIONS
from surefoot.facts.intervals.intervals import Intervals
from surefoot.facts.intervals.intervals import whole as nothing
from surefoot.facts.intervals.rounding import MOST_WHOLE, above, below, whole_exponent

Pair = tuple[Intervals, Intervals | None]
Derivatives = Callable[[Intervals, Intervals], Pair]
"""(u, v) -> bounds of (f′, f″)."""


def constant(value: float, *, exact: bool = True) -> Intervals:
    """One number, or a float64 that is a rounding of it."""
    lower = np.full((1, 1), value)
    if exact:
        return Intervals((), lower, lower)
    return Intervals((), below(lower), above(lower))


def _times(factor: float, part: Intervals) -> Intervals:
    return product(constant(factor), part)


def _one_plus(part: Intervals, one: float = 1.0) -> Intervals:
    return plus(constant(one), part)


def _one_minus(part: Intervals) -> Intervals:
    return plus(constant(1.0), negative(part))


def _apply(name: str, u: Intervals) -> Intervals:
    return FUNCTIONS[name](u)


def _exp2(u: Intervals, v: Intervals) -> Pair:
    base = constant(log(2.0), exact=False)
    first = product(base, v)
    return first, product(base, first)


def _log(u: Intervals, v: Intervals) -> Pair:
    first = reciprocal(u)
    return first, negative(powered(first, 2))


def _log1p(u: Intervals, v: Intervals) -> Pair:
    return _log(_one_plus(u), v)


def _sqrt(u: Intervals, v: Intervals) -> Pair:
    first = reciprocal(_times(2.0, v))
    return first, negative(_times(2.0, powered(first, 3)))


def _rsqrt(u: Intervals, v: Intervals) -> Pair:
    return negative(_times(0.5, powered(v, 3))), _times(0.75, powered(v, 5))


def _cbrt(u: Intervals, v: Intervals) -> Pair:
    first = reciprocal(_times(3.0, powered(v, 2)))
    return first, negative(quotient(_times(2.0, first), _times(3.0, powered(v, 3))))


def _logistic(u: Intervals, v: Intervals) -> Pair:
    # s(1 − s) = ¼ − (s − ½)², in which s stands once.
    first = plus(constant(0.25), negative(powered(_one_plus(v, -0.5), 2)))
    # Where s is all but 1 that cancels; the other form holds the sign.
    first = _met(first, product(v, _apply("logistic", negative(u))))
    return first, product(first, _one_minus(_times(2.0, v)))


def _met(one: Intervals, two: Intervals) -> Intervals:
    """What two bounds of the same thing have in common."""
    return Intervals(one.shape, np.maximum(one.lower, two.lower), np.minimum(one.upper, two.upper))


def _tanh(u: Intervals, v: Intervals) -> Pair:
    first = _one_minus(powered(v, 2))
    # sech² = 1/cosh² keeps its digits where tanh is all but 1.
    with np.errstate(all="ignore"):
        first = _met(first, reciprocal(powered(_apply("cosh", u), 2)))
    return first, negative(_times(2.0, product(v, first)))


def _tan(u: Intervals, v: Intervals) -> Pair:
    first = _one_plus(powered(v, 2))
    return first, _times(2.0, product(v, first))


def _asinh(u: Intervals, v: Intervals) -> Pair:
    first = _apply("rsqrt", _one_plus(powered(u, 2)))
    return first, negative(product(u, powered(first, 3)))


def _acosh(u: Intervals, v: Intervals) -> Pair:
    first = _apply("rsqrt", _one_plus(powered(u, 2), -1.0))
    return first, negative(product(u, powered(first, 3)))


def _atanh(u: Intervals, v: Intervals) -> Pair:
    first = reciprocal(_one_minus(powered(u, 2)))
    return first, _times(2.0, product(u, powered(first, 2)))


def _asin(u: Intervals, v: Intervals) -> Pair:
    first = _apply("rsqrt", _one_minus(powered(u, 2)))
    return first, product(u, powered(first, 3))


def _acos(u: Intervals, v: Intervals) -> Pair:
    first, second = _asin(u, v)
    assert second is not None, "of the arc sine"
    return negative(first), negative(second)


def _atan(u: Intervals, v: Intervals) -> Pair:
    first = reciprocal(_one_plus(powered(u, 2)))
    return first, negative(_times(2.0, product(u, powered(first, 2))))


def _erf(u: Intervals, v: Intervals) -> Pair:
    bell = _apply("exp", negative(powered(u, 2)))
    first = product(constant(2.0 / sqrt(pi), exact=False), bell)
    first = Intervals(first.shape, below(first.lower), above(first.upper))
    return first, negative(_times(2.0, product(u, first)))


def _erfc(u: Intervals, v: Intervals) -> Pair:
    first, second = _erf(u, v)
    assert second is not None, "of the error function"
    return negative(first), negative(second)


def power_of(u: Intervals, exponent: float) -> Pair:
    """f′ and f″ of uᵃ."""
    n = whole_exponent(exponent)
    if n is not None:
        first = _times(exponent, powered(u, n - 1))
        if n in (0, 1):
            return first, None
        if n == 2:
            return first, constant(2.0)
        factor = constant(float(n * (n - 1)), exact=abs(n) < 2**26)
        return first, product(factor, powered(u, n - 2))
    if abs(exponent) > MOST_WHOLE:  # a whole number, whose neighbours are no float64
        return nothing(u.shape), None
    # a − 1 and a − 2 may be rounded: of 10⁻²⁰ they are −1 and −2.
    one_less = _one_plus(constant(exponent), -1.0)
    two_less = _one_plus(constant(exponent), -2.0)
    first = _times(exponent, real_power(u, one_less))
    return first, product(_times(exponent, one_less), real_power(u, two_less))


DERIVATIVES: Mapping[str, Derivatives] = {
    "exp": lambda u, v: (v, v), "exp2": _exp2,
    "expm1": lambda u, v: (_apply("exp", u), _apply("exp", u)),
    "log": _log, "log1p": _log1p, "sqrt": _sqrt, "rsqrt": _rsqrt, "cbrt": _cbrt,
    "logistic": _logistic, "tanh": _tanh, "sinh": lambda u, v: (_apply("cosh", u), v),
    "cosh": lambda u, v: (_apply("sinh", u), v), "asinh": _asinh, "acosh": _acosh,
    "atanh": _atanh, "sin": lambda u, v: (_apply("cos", u), negative(v)),
    "cos": lambda u, v: (negative(_apply("sin", u)), negative(v)), "tan": _tan, "asin": _asin,
    "acos": _acos, "atan": _atan, "erf": _erf, "erfc": _erfc,
    "square": lambda u, v: (_times(2.0, u), constant(2.0)),
}  # fmt: skip
"""Primitive → bounds of its first two derivatives."""
