"""Interval rules for + − × ÷, powers, roots and absolute values.

    [a] + [b] = [a₋ + b₋, a₊ + b₊]          [a]·[b] = hull of the four products of ends
    [a] / [b] = hull of the four quotients; with 0 at an end of [b] a half-line, inside it the line
    [a]²ᵏ    = [0 or min, max] of |a|²ᵏ     [a]²ᵏ⁺¹ by the ends

each rounded outward (`rounding`). A product or quotient whose sign is known from the signs of its
factors keeps it: rounding outward must not make √(2x) undefined at 0.
"""

from math import frexp
from typing import Any

import numpy as np

from surefoot.facts.intervals.intervals import Flags, Intervals, both, narrowed, of
from surefoot.facts.intervals.rounding import (
    LARGEST,
    LEAST,
    MOST_WHOLE,
    SMALLEST,
    Floats,
    above,
    add_down,
    add_up,
    below,
    times,
    whole_exponent,
)
from surefoot.program import Node
from surefoot.program.abstract import spread

Bounds = tuple[Floats, Floats]

POWER_ULPS = 4
"""What NumPy's pow may be off by; measured at most 1.2."""


def pair(node: Node, a: Any, b: Any) -> tuple[Intervals, Intervals]:
    """Two arguments in the shape of the result."""
    shape = node.outputs[0].shape
    return of(spread(a, shape)), of(spread(b, shape))


def add(node: Node, a: Any, b: Any) -> Intervals:
    """a + b."""
    return plus(*pair(node, a, b))


def plus(one: Intervals, two: Intervals) -> Intervals:
    """a + b of two intervals of one shape."""
    lower, upper = add_down(one.lower, two.lower), add_up(one.upper, two.upper)
    if one.exact and two.exact:
        return Intervals(one.shape, *_merged(lower, upper))
    return Intervals(one.shape, lower, upper, both(one, two))


def subtract(node: Node, a: Any, b: Any) -> Intervals:
    """a − b; of one and the same array 0."""
    if a is b:
        zero = np.zeros_like(of(a).lower)
        return Intervals(node.outputs[0].shape, zero, zero, of(a).inside)
    return add(node, a, negative(of(b)))


def _merged(lower: Floats, upper: Floats) -> Bounds:
    """One array for both bounds where all are exact, so that this is seen at a glance."""
    return (lower, lower) if np.array_equal(lower, upper) else (lower, upper)


def negative(value: Intervals) -> Intervals:
    """−a."""
    lower = -value.upper
    upper = lower if value.upper is value.lower else -value.lower
    return Intervals(value.shape, lower, upper, value.inside)


def product(one: Intervals, two: Intervals) -> Intervals:
    """a · b of two intervals of one shape."""
    for fixed, other in ((one, two), (two, one)):
        factor = float(fixed.lower.flat[0]) if fixed.exact and fixed.lower.size == 1 else 0.0
        if abs(frexp(factor)[0]) == 0.5 and (abs(factor) >= 1.0 or _keeps(factor, other)):
            return _stretched(one.shape, factor, other)
    low = high = times(one.lower, two.lower)
    if one.upper is not one.lower:
        low, high = _hulled(low, high, times(one.upper, two.lower))
    if two.upper is not two.lower:
        low, high = _hulled(low, high, times(one.lower, two.upper))
        if one.upper is not one.lower:
            low, high = _hulled(low, high, times(one.upper, two.upper))
    lower, upper = below(low), above(high)
    fixed = one if one.upper is one.lower else two
    if fixed.upper is fixed.lower:
        # Times 0, ±1 and powers of two nothing is rounded, but for what underflows.
        mantissa, _ = np.frexp(fixed.lower)
        scaled = (np.abs(mantissa) == 0.5) | (mantissa == 0.0)
        if scaled.any():
            lower = np.where(scaled & (_safe(low) | (fixed.lower == 0.0)), low, lower)
            upper = np.where(scaled & (_safe(high) | (fixed.lower == 0.0)), high, upper)
    # Else no bound is on the wrong side of 0: one step out of a rounded number leads to 0 at most.
    if (lower == -LEAST).any() or (upper == LEAST).any():
        lower, upper = _signed(lower, upper, one, two)
    if one.exact and two.exact:
        lower, upper = _merged(lower, upper)
    return Intervals(one.shape, lower, upper, both(one, two))


def _stretched(shape: tuple[int, ...], factor: float, part: Intervals) -> Intervals:
    """±2ᵏ times an interval that keeps its digits: exact, but for what overflows."""
    ends = factor * part.lower, factor * part.upper
    low, high = ends if factor > 0.0 else ends[::-1]
    lower, upper = np.minimum(low, LARGEST), np.maximum(high, -LARGEST)
    if part.exact:
        lower, upper = _merged(lower, upper)
    return Intervals(shape, lower, upper, part.inside)


def _keeps(factor: float, part: Intervals) -> bool:
    """Whether the ends of an interval keep all their digits when they become smaller."""
    ends = (part.lower,) if part.exact else (part.lower, part.upper)
    return all(bool(((np.abs(factor * e) > 1e-290) | (e == 0.0)).all()) for e in ends)


def _hulled(low: Floats, high: Floats, end: Floats) -> Bounds:
    return np.minimum(low, end), np.maximum(high, end)


def _safe(value: Floats) -> Any:
    """Whether a scaled number is finite, and large enough not to have lost digits."""
    return (np.abs(value) > 1e-290) & (np.abs(value) < np.inf)


def _signed(lower: Floats, upper: Floats, one: Intervals, two: Intervals) -> Bounds:
    """The bounds of a product or quotient, with the sign that its factors give it."""
    up = ((one.lower >= 0) & (two.lower >= 0)) | ((one.upper <= 0) & (two.upper <= 0))
    down = ((one.lower >= 0) & (two.upper <= 0)) | ((one.upper <= 0) & (two.lower >= 0))
    none = ((one.lower == 0) & (one.upper == 0)) | ((two.lower == 0) & (two.upper == 0))
    lower = np.where(up | none, np.maximum(lower, 0.0), lower)
    upper = np.where(down | none, np.minimum(upper, 0.0), upper)
    return lower, upper


def multiply(node: Node, a: Any, b: Any) -> Intervals:
    """a · b; of one and the same array a²."""
    if a is b:
        return powered(of(spread(a, node.outputs[0].shape)), 2)
    return product(*pair(node, a, b))


def divide(node: Node, a: Any, b: Any) -> Intervals:
    """a / b."""
    one, two = pair(node, a, b)
    if a is b:
        ones = np.ones_like(two.lower)
        apart = (two.lower > 0.0) | (two.upper < 0.0)
        return Intervals(two.shape, ones, ones, narrowed(two.inside, apart))
    return quotient(one, two)


def integer_divide(node: Node, a: Any, b: Any) -> Intervals:
    """a / b of whole numbers, cut off towards 0; of the divisor 0 anything that the type holds."""
    one, two = pair(node, a, b)
    ends = [x / y for x in (one.lower, one.upper) for y in (two.lower, two.upper)]
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    # Whole numbers below 2⁵³ have quotients that no rounding carries over a whole number.
    large = np.maximum(np.abs(one.lower), np.abs(one.upper)) >= 2.0**53
    low, high = np.where(large, below(low), low), np.where(large, above(high), high)
    apart = (two.lower > 0.0) | (two.upper < 0.0)
    low, high = np.where(apart, low, -np.inf), np.where(apart, high, np.inf)
    return Intervals(one.shape, np.trunc(low), np.trunc(high), both(one, two))


def quotient(one: Intervals, two: Intervals) -> Intervals:
    """a / b of two intervals of one shape."""
    apart = (two.lower > 0.0) | (two.upper < 0.0)
    if bool(apart.all()):
        ends = [
            _ratio(a, b) for a in (one.lower, one.upper) for b in (two.lower, two.upper)
        ]
        lower, upper = below(np.minimum.reduce(ends)), above(np.maximum.reduce(ends))
        lower, upper = _signed(lower, upper, one, two)
        return Intervals(one.shape, lower, upper, both(one, two))
    return product(one, reciprocal(two))


def _ratio(a: Floats, b: Floats) -> Floats:
    ratio = a / b
    # ∞ / ∞: anything between 0 and ∞; the 0 comes from the other end, this one stays infinite.
    return np.where(np.isnan(ratio), np.sign(a) * np.sign(b) * np.inf, ratio)


def reciprocal(value: Intervals) -> Intervals:
    """1 / b, of which only the part without 0 is defined."""
    low, high = value.lower, value.upper
    with np.errstate(divide="ignore"):
        from_high, from_low = below(1.0 / high), above(1.0 / low)
    lower = np.where(low > 0, np.maximum(from_high, 0.0), np.where(high < 0, from_high, -np.inf))
    upper = np.where(high < 0, np.minimum(from_low, 0.0), np.where(low > 0, from_low, np.inf))
    lower = np.where((low == 0) & (high > 0), np.maximum(from_high, 0.0), lower)
    upper = np.where((high == 0) & (low < 0), np.minimum(from_low, 0.0), upper)
    apart = (low > 0.0) | (high < 0.0)
    return Intervals(value.shape, lower, upper, narrowed(value.inside, apart))


# ── powers ─────────────────────────────────────────────────────────────────────────────────────


def absolute(value: Intervals) -> Intervals:
    """|a|."""
    low, high = np.abs(value.lower), np.abs(value.upper)
    least = np.where((value.lower <= 0.0) & (value.upper >= 0.0), 0.0, np.minimum(low, high))
    if value.upper is value.lower:
        return Intervals(value.shape, low, low, value.inside)
    return Intervals(value.shape, least, np.maximum(low, high), value.inside)


def outward(lower: Floats, upper: Floats, ulps: float) -> Bounds:
    """Computed bounds, each off by no more than so many units in its last place.

    Below the smallest normal number that says nothing: SciPy's expit(−740) is 0 and should be
    6·10⁻³²². There the margin is that number.
    """
    share, least = ulps * 2.0**-52, SMALLEST
    low = below(lower - (np.abs(lower) * share + least))
    high = above(upper + (np.abs(upper) * share + least))
    # An infinite bound that was computed may be an overflow: no further in than the largest float.
    return np.where(np.isposinf(lower), below(lower), low), np.where(
        np.isneginf(upper), above(upper), high
    )


def powered(value: Intervals, exponent: int) -> Intervals:
    """aⁿ for a whole number n."""
    if exponent == 0:
        # Also of what has no value: NaN⁰ is 1.
        ones = np.ones_like(value.lower)
        return Intervals(value.shape, ones, ones)
    if exponent < 0:
        return reciprocal(powered(value, -exponent))
    if exponent == 1:
        return value
    if exponent % 2 == 0:
        size = absolute(value)
        lower, upper = _raised(size.lower, size.upper, exponent)
        upper = np.where(size.upper == 0.0, 0.0, upper)
        return Intervals(value.shape, np.maximum(lower, 0.0), upper, value.inside)
    lower, upper = _raised(value.lower, value.upper, exponent)
    lower = np.where(value.lower >= 0.0, np.maximum(lower, 0.0), lower)
    upper = np.where(value.upper <= 0.0, np.minimum(upper, 0.0), upper)
    return Intervals(value.shape, lower, upper, value.inside)


def _raised(lower: Floats, upper: Floats, exponent: int) -> Bounds:
    if exponent == 2:
        return below(lower * lower), above(upper * upper)
    with np.errstate(over="ignore", under="ignore"):
        return outward(lower**exponent, upper**exponent, POWER_ULPS)


def integer_pow(node: Node, a: Any) -> Intervals:
    """aⁿ with n from the step's parameters."""
    return powered(of(a), int(node.params["y"]))


def power(node: Node, a: Any, b: Any) -> Intervals:
    """aᵇ: by each whole constant exponent as above, else for a ≥ 0 (a > 0 where b may be < 0)."""
    base, exponent = pair(node, a, b)
    if not exponent.exact or not exponent.size:
        return real_power(base, exponent)
    exponents = exponent.lower[0]
    parts: list[Intervals] = []
    order: list[Any] = []
    for known in np.unique(exponents):
        where = np.flatnonzero(exponents == known)
        order.append(where)
        chosen = base.take(where)
        number = whole_exponent(float(known))
        if number is None:
            if abs(known) > MOST_WHOLE:
                chosen = absolute(chosen)
            parts.append(real_power(chosen, exponent.take(where)))
        else:
            parts.append(powered(chosen, number))
    if len(parts) == 1:
        return parts[0].reshaped(base.shape)
    back = np.argsort(np.concatenate(order))
    return Intervals.join(parts).take(back.reshape(base.shape))


def real_power(base: Intervals, exponent: Intervals) -> Intervals:
    """aᵇ at the corners of the box, for a ≥ 0."""
    low, high = np.maximum(base.lower, 0.0), np.maximum(base.upper, 0.0)
    with np.errstate(all="ignore"):
        ends = [np.power(x, y) for x in (low, high) for y in (exponent.lower, exponent.upper)]
    lower, upper = outward(np.minimum.reduce(ends), np.maximum.reduce(ends), POWER_ULPS)
    # A negative base has a power where the exponent, if it is not known, happens to be whole.
    strange = np.isnan(lower) | np.isnan(upper) | ((base.lower < 0.0) & (not exponent.exact))
    inside = (base.lower > 0.0) | ((base.lower == 0.0) & (exponent.lower > 0.0))
    none = strange | (base.upper < 0.0)
    lower, upper = np.where(none, -np.inf, np.maximum(lower, 0.0)), np.where(none, np.inf, upper)
    return Intervals(base.shape, lower, upper, narrowed(both(base, exponent), inside & ~strange))


def in_one_period(one: Intervals, two: Intervals) -> tuple[Floats, Floats, Flags]:
    """The remainders of the ends of [a] by an exact b, and whether no jump lies between them."""
    with np.errstate(all="ignore"):
        step = np.abs(two.lower)
        low, high = np.fmod(one.lower, step), np.fmod(one.upper, step)
        # fmod is exact: both ends are in one period if they are as far apart as their remainders.
        same = (high >= low) & (add_up(one.upper, -one.lower) <= add_down(high, -low))
    return low, high, same


def remainder(node: Node, a: Any, b: Any) -> Intervals:
    """a − b·trunc(a/b): continuous between the jumps of trunc; at most |b| in size.

    Of whole numbers the remainder by 0 is a, as XLA has it.
    """
    one, two = pair(node, a, b)
    widest = two.size_bound
    lower = np.where(one.lower >= 0.0, 0.0, -widest)
    upper = np.where(one.upper <= 0.0, 0.0, widest)
    if two.exact:
        low, high, same = in_one_period(one, two)
        lower, upper = np.where(same, low, lower), np.where(same, high, upper)
    apart = (two.lower > 0.0) | (two.upper < 0.0)
    lower = np.where(np.isnan(lower), -widest, lower)
    upper = np.where(np.isnan(upper), widest, upper)
    if np.dtype(node.outputs[0].dtype).kind in "iu":
        lower = np.where(apart, lower, np.minimum(lower, one.lower))
        upper = np.where(apart, upper, np.maximum(upper, one.upper))
        return Intervals(one.shape, lower, upper, both(one, two))
    return Intervals(one.shape, lower, upper, narrowed(both(one, two), apart))


ARITHMETIC: dict[str, Any] = {
    "add": add, "add_any": add, "sub": subtract, "mul": multiply, "div": divide,
    "integer_div": integer_divide,
    "neg": lambda node, a: negative(of(a)), "abs": lambda node, a: absolute(of(a)),
    "integer_pow": integer_pow, "square": lambda node, a: powered(of(a), 2), "pow": power,
    "rem": remainder,
}  # fmt: skip
