"""Interval rules for functions of one variable, and the angle of two.

A function that only rises or falls is bounded by its values at the ends, each moved outward by what
NumPy's or SciPy's float64 function may be off by: the table has that in units in the last place,
about four times what is measured against Arb. Where f(c) = 0, the sign of f follows from that of
x − c, and its bounds never leave the range of f.

sin and cos reach ±1 where a whole number lies in [(a₋ − c)/2π, (a₊ − c)/2π], c = ±π/2 or 0, π; the
quotients are widened by their rounding and by that of π.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, nan, pi
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import absolute, outward, pair
from surefoot.facts.intervals.intervals import Intervals, both, narrowed, of
from surefoot.facts.intervals.rounding import Floats
from surefoot.program import Node

OnIntervals = Callable[[Intervals], Intervals]

HALF_PI = np.nextafter(pi / 2, 4.0)
"""Above π/2."""


@dataclass(frozen=True)
class Monotone:
    """A function that only rises, or only falls, on its domain.

    Attributes:
        function: float64 NumPy function.
        ulps: what its value may be off by, in units in the last place.
        rises: whether it rises.
        range: (least, most) value.
        zero: where it is 0; NaN where nowhere.
        domain: (first, last) argument.
        closed: whether the ends of the domain belong to it.
    """

    function: Callable[[Floats], Floats]
    ulps: float = 4.0
    rises: bool = True
    range: tuple[float, float] = (-inf, inf)
    zero: float = nan
    domain: tuple[float, float] = (-inf, inf)
    closed: bool = True

    def __call__(self, value: Intervals) -> Intervals:
        """The bounds of f on [a₋, a₊]."""
        first, last = self.domain
        low, high = np.maximum(value.lower, first), np.minimum(value.upper, last)
        if not self.rises:
            low, high = high, low
        with np.errstate(all="ignore"):
            lower, upper = outward(self.function(low), self.function(high), self.ulps)
        if not np.isnan(self.zero):
            positive = low >= self.zero if self.rises else low <= self.zero
            negative = high <= self.zero if self.rises else high >= self.zero
            lower = np.where(positive, np.maximum(lower, 0.0), lower)
            upper = np.where(negative, np.minimum(upper, 0.0), upper)
        lower, upper = np.maximum(lower, self.range[0]), np.minimum(upper, self.range[1])
        if self.domain == (-inf, inf):
            return Intervals(value.shape, lower, upper, value.inside)
        if self.closed:
            inside = (value.lower >= first) & (value.upper <= last)
        else:
            # An infinite bound stands for real numbers of any size.
            inside = ((value.lower > first) | (first == -inf)) & (
                (value.upper < last) | (last == inf)
            )
        none = (value.upper < first) | (value.lower > last)
        lower, upper = np.where(none, -inf, lower), np.where(none, inf, upper)
        return Intervals(value.shape, lower, upper, narrowed(value.inside, inside))


def _special(name: str) -> Callable[[Floats], Floats]:
    """A function of scipy.special, which takes 0.1 s to load, when it is first called."""

    def call(x: Floats) -> Floats:
        from scipy import special

        return getattr(special, name)(x)

    return call


def _rsqrt(x: Floats) -> Floats:
    return 1.0 / np.sqrt(x)


MONOTONE: Mapping[str, Monotone] = {
    "exp": Monotone(np.exp, range=(0.0, inf)),
    "exp2": Monotone(np.exp2, range=(0.0, inf)),
    "expm1": Monotone(np.expm1, range=(-1.0, inf), zero=0.0),
    "log": Monotone(np.log, zero=1.0, domain=(0.0, inf), closed=False),
    "log1p": Monotone(np.log1p, zero=0.0, domain=(-1.0, inf), closed=False),
    "sqrt": Monotone(np.sqrt, 1.0, range=(0.0, inf), zero=0.0, domain=(0.0, inf)),
    "rsqrt": Monotone(_rsqrt, rises=False, range=(0.0, inf), domain=(0.0, inf), closed=False),
    "cbrt": Monotone(np.cbrt, zero=0.0),
    "logistic": Monotone(_special("expit"), 8.0, range=(0.0, 1.0)),
    "tanh": Monotone(np.tanh, range=(-1.0, 1.0), zero=0.0),
    "sinh": Monotone(np.sinh, zero=0.0),
    "asinh": Monotone(np.arcsinh, zero=0.0),
    "atan": Monotone(np.arctan, range=(-HALF_PI, HALF_PI), zero=0.0),
    "asin": Monotone(
        np.arcsin, range=(-HALF_PI, HALF_PI), zero=0.0, domain=(-1.0, 1.0)
    ),
    "acos": Monotone(
        np.arccos, rises=False, range=(0.0, np.nextafter(pi, 4.0)), zero=1.0, domain=(-1.0, 1.0)
    ),
    "acosh": Monotone(np.arccosh, range=(0.0, inf), zero=1.0, domain=(1.0, inf)),
    "atanh": Monotone(np.arctanh, zero=0.0, domain=(-1.0, 1.0), closed=False),
    "erf": Monotone(_special("erf"), 10.0, range=(-1.0, 1.0), zero=0.0),
    "erfc": Monotone(_special("erfc"), 2048.0, rises=False, range=(0.0, 2.0)),
}  # fmt: skip
"""Primitive → how it is bounded. `log(x + (…))` and `log` near 1: NumPy's is relative there too."""


def even(function: Callable[[Floats], Floats], least: float) -> OnIntervals:
    """A function of |a| that rises with it, as cosh."""
    rising = Monotone(function, range=(least, inf))
    return lambda value: rising(absolute(value))


# ── trigonometric functions ────────────────────────────────────────────────────────────────────


def meets(value: Intervals, first: float, period: float) -> Any:
    """Whether [a₋, a₊] may hold first + k·period for a whole k; both are roundings."""
    with np.errstate(all="ignore"):
        low, high = (value.lower - first) / period, (value.upper - first) / period
        ends = np.abs(low) + np.abs(high) + 1.0
        width = 8.0 * 2.0**-52 * ends
        found = np.floor(high + width) >= np.ceil(low - width)
    return found | ~np.isfinite(ends)


def wave(function: Callable[[Floats], Floats], top: float, bottom: float) -> OnIntervals:
    """sin or cos, which is 1 at top + 2πk and −1 at bottom + 2πk."""

    def bounds(value: Intervals) -> Intervals:
        with np.errstate(all="ignore"):
            ends = [function(value.lower), function(value.upper)]
        lower, upper = outward(np.minimum(*ends), np.maximum(*ends), 4.0)
        lower = np.where(meets(value, bottom, 2.0 * pi), -1.0, np.maximum(lower, -1.0))
        upper = np.where(meets(value, top, 2.0 * pi), 1.0, np.minimum(upper, 1.0))
        return Intervals(value.shape, lower, upper, value.inside)

    return bounds


def with_sign(function: OnIntervals, reach: float) -> OnIntervals:
    """The same for an odd function that is ≥ 0 on [0, reach]: no rounding takes it across 0."""

    def bounds(value: Intervals) -> Intervals:
        found = function(value)
        up = (value.lower >= 0.0) & (value.upper <= reach)
        down = (value.upper <= 0.0) & (value.lower >= -reach)
        lower = np.where(up, np.maximum(found.lower, 0.0), found.lower)
        upper = np.where(down, np.minimum(found.upper, 0.0), found.upper)
        return Intervals(value.shape, lower, upper, found.inside)

    return bounds


def tangent(value: Intervals) -> Intervals:
    """tan a, the whole line where a pole lies in [a]."""
    pole = meets(value, pi / 2, pi)
    with np.errstate(all="ignore"):
        lower, upper = outward(np.tan(value.lower), np.tan(value.upper), 4.0)
    lower, upper = np.where(pole, -inf, lower), np.where(pole, inf, upper)
    return Intervals(value.shape, lower, upper, narrowed(value.inside, ~pole))


def angle(node: Node, a: Any, b: Any) -> Intervals:
    """atan2(a, b): at the corners of the box, unless it meets the cut b ≤ 0, a = 0."""
    one, two = pair(node, a, b)
    with np.errstate(all="ignore"):
        ends = [
            np.arctan2(y, x) for y in (one.lower, one.upper) for x in (two.lower, two.upper)
        ]
    lower, upper = outward(np.minimum.reduce(ends), np.maximum.reduce(ends), 4.0)
    # On the cut itself atan2 is π (or −π for −0): a box that touches it is given the whole circle.
    cut = (one.lower <= 0.0) & (one.upper >= 0.0) & (two.lower <= 0.0)
    most = np.nextafter(pi, 4.0)
    lower, upper = np.where(cut, -most, lower), np.where(cut, most, upper)
    return Intervals(one.shape, lower, upper, both(one, two))


FUNCTIONS: Mapping[str, OnIntervals] = {
    **MONOTONE,
    "cosh": even(np.cosh, 1.0),
    # The float64 numbers π and π/2 lie below the real ones.
    "sin": with_sign(wave(np.sin, pi / 2, -pi / 2), pi),
    "cos": wave(np.cos, 0.0, pi),
    "tan": with_sign(tangent, pi / 2),
}
"""Primitive → bounds of a function of one number."""


def _rule(function: OnIntervals) -> Callable[..., Intervals]:
    def rule(node: Node, a: Any) -> Intervals:
        return function(of(a))

    return rule


FUNCTION_RULES: dict[str, Any] = {
    **{name: _rule(function) for name, function in FUNCTIONS.items()},
    "atan2": angle,
}
