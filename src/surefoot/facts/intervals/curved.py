"""A number with its slopes and curvatures, each a span: second derivatives on wide boxes, by Arb.

    f(u):  ∂ᵢ = f′∂ᵢu,  ∂ᵢⱼ = f′∂ᵢⱼu + f″∂ᵢu∂ⱼu         u·v by the product rule, u/v = u·(1/v)

Power series along directions give mixed derivatives as differences of wide balls, which tell
nothing; here each is kept for itself, and only those that are not 0.
"""

from typing import Any

from flint import arb  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals.spans import ON_SPANS, Span, span

Slope = dict[int, Span]
Bend = dict[tuple[int, int], Span]


class Curved:
    """A number that depends on variables.

    Attributes:
        value: where it lies. slope: variable → where ∂ᵢ lies, of those that are not 0.
        bend: (i, j), i ≤ j → where ∂ᵢⱼ lies, likewise.
    """

    __slots__ = ("bend", "slope", "value")

    def __init__(self, value: Span, slope: Slope, bend: Bend) -> None:
        self.value = value
        self.slope = slope
        self.bend = bend

    def __add__(self, other: Any) -> "Curved":
        other = _curved(other)
        return Curved(
            self.value + other.value, _merged(self.slope, other.slope),
            _merged(self.bend, other.bend),
        )  # fmt: skip

    __radd__ = __add__

    def __neg__(self) -> "Curved":
        return Curved(
            -self.value, {k: -g for k, g in self.slope.items()},
            {k: -h for k, h in self.bend.items()},
        )  # fmt: skip

    def __sub__(self, other: Any) -> "Curved":
        return self + -_curved(other)

    def __rsub__(self, other: Any) -> "Curved":
        return -self + other

    def __mul__(self, other: Any) -> "Curved":
        if other is self:
            return self.power(2)
        other = _curved(other)
        u, v = self.value, other.value
        slope = _merged(_scaled(v, self.slope), _scaled(u, other.slope))
        bend = _merged(_scaled(v, self.bend), _scaled(u, other.bend))
        cross: Bend = {}
        for i, g in self.slope.items():
            for j, h in other.slope.items():
                place = (min(i, j), max(i, j))
                term = g * h if i != j else 2 * (g * h)
                cross[place] = cross[place] + term if place in cross else term
        return Curved(u * v, slope, _merged(bend, cross))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Curved":
        other = _curved(other)
        u = other.value
        return self * other.composed(1 / u, -(1 / u.power(2)), 2 / u.power(3))

    def __rtruediv__(self, other: Any) -> "Curved":
        return _curved(other) / self

    def __pow__(self, exponent: Any) -> "Curved":
        return (self.log() * exponent).exp()

    def composed(self, value: Span, first: Span, second: Span) -> "Curved":
        """f of it, from f, f′ and f″ on its value."""
        bend = _scaled(first, self.bend)
        names = sorted(self.slope)
        curl: Bend = {}
        for place, i in enumerate(names):
            for j in names[place:]:
                g, h = self.slope[i], self.slope[j]
                curl[i, j] = second * (g.power(2) if i == j else g * h)
        return Curved(value, _scaled(first, self.slope), _merged(bend, curl))

    def power(self, exponent: int) -> "Curved":
        """To a whole number."""
        u = self.value
        if exponent == 0:
            return _curved(1)
        first = exponent * u.power(exponent - 1)
        if exponent == 1:
            return self
        return self.composed(
            u.power(exponent), first, exponent * (exponent - 1) * u.power(exponent - 2)
        )

    def exp(self) -> "Curved":
        """eᵘ."""
        v = ON_SPANS["exp"](self.value)
        return self.composed(v, v, v)

    def log(self) -> "Curved":
        """log u."""
        u = self.value
        return self.composed(ON_SPANS["log"](u), 1 / u, -(1 / u.power(2)))

    def sqrt(self) -> "Curved":
        """√u."""
        v = ON_SPANS["sqrt"](self.value)
        return self.composed(v, 1 / (2 * v), -(1 / (4 * v.power(3))))

    def rsqrt(self) -> "Curved":
        """1/√u."""
        v = ON_SPANS["rsqrt"](self.value)
        return self.composed(v, -(v.power(3) / 2), 3 * v.power(5) / 4)

    def sin(self) -> "Curved":
        """sin u."""
        v, w = ON_SPANS["sin"](self.value), ON_SPANS["cos"](self.value)
        return self.composed(v, w, -v)

    def cos(self) -> "Curved":
        """cos u."""
        v, w = ON_SPANS["cos"](self.value), ON_SPANS["sin"](self.value)
        return self.composed(v, -w, -v)

    def tan(self) -> "Curved":
        """tan u."""
        v = span(self.value.ball.tan())
        first = 1 + v.power(2)
        return self.composed(v, first, 2 * v * first)

    def asin(self) -> "Curved":
        """The arc sine."""
        first = ON_SPANS["rsqrt"](1 - self.value.power(2))
        return self.composed(ON_SPANS["asin"](self.value), first, self.value * first.power(3))

    def acos(self) -> "Curved":
        """The arc cosine."""
        first = ON_SPANS["rsqrt"](1 - self.value.power(2))
        return self.composed(ON_SPANS["acos"](self.value), -first, -(self.value * first.power(3)))

    def atan(self) -> "Curved":
        """The arc tangent."""
        first = 1 / (1 + self.value.power(2))
        second = -(2 * self.value * first.power(2))
        return self.composed(ON_SPANS["atan"](self.value), first, second)

    def erf(self) -> "Curved":
        """The error function."""
        first, second = _bell(self.value)
        return self.composed(ON_SPANS["erf"](self.value), first, second)

    def erfc(self) -> "Curved":
        """1 − erf u."""
        first, second = _bell(self.value)
        return self.composed(ON_SPANS["erfc"](self.value), -first, -second)


def _bell(u: Span) -> tuple[Span, Span]:
    first = ON_SPANS["exp"](-u.power(2)) * (2 / arb.pi().sqrt())
    return first, -(2 * u * first)


def _curved(value: Any) -> Curved:
    return value if isinstance(value, Curved) else Curved(span(value), {}, {})


def _scaled(factor: Span, parts: dict[Any, Span]) -> dict[Any, Span]:
    return {place: factor * part for place, part in parts.items()}


def _merged(one: dict[Any, Span], two: dict[Any, Span]) -> dict[Any, Span]:
    if not two:
        return one
    made = dict(one)
    for place, part in two.items():
        made[place] = made[place] + part if place in made else part
    return made


def variable(k: int, low: float, high: float) -> Curved:
    """The variable number k, between two float64 numbers."""
    one = span(1)
    return Curved(Span(arb(float(low)), arb(float(high))), {k: one}, {})
