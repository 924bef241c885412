"""The gap at a corner of a convex function, from planes that touch it close by.

Where slopes jump no single gradient is small, but a mixture of those around is. For points y₁ … yₖ
of the box, with λ ≥ 0, Σλ = 1, slopes gⱼ = ∇f(yⱼ) and G = Σ λⱼgⱼ, convexity with modulus μ ≥ 0 says

    f(z) ≥ P + Gᵀ(z − x) + ½μ ‖z − ȳ‖²,   P = Σ λⱼ(f(yⱼ) + gⱼᵀ(x − yⱼ)),   ȳ = Σ λⱼyⱼ

for all z, so that f(x) − min f is at most f(x) − P + Σᵢ min(aᵢ, bᵢ) with

    aᵢ = Gᵢ(xᵢ − ȳᵢ) + Gᵢ²/2μ,   bᵢ = max of Gᵢ(xᵢ − zᵢ) over the box

Where the box is open and μ = 0, G would have to be 0 exactly. There mixtures are looked for that
lead uphill along each ± axis, G·± ≥ Σ of the other |Gᵢ|: whichever way z lies, that of the axis on
which it is farthest says f(z) ≥ P, and the gap is at most the largest f(x) − P.

The points are looked for with intervals: each next one lies a little way down the mixture so far
(Wolfe's method for the nearest point of a polytope), until the mixture is as good as wanted. What
is said of the gap is then computed once more by Arb alone, at the points that count.

Source: Kelley's cutting planes; Wolfe, Math. Programming 11 (1976), for the mixture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, ctx  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals import enclose_derivatives
from surefoot.facts.intervals.balls import BITS, Ball, balls
from surefoot.facts.intervals.series import gradients
from surefoot.judge.contracts import Vector
from surefoot.program import Program

DISTANCES = (1e-6, 1e-9, 1e-12)
"""How far from x the points lie, in its sizes: within the pieces that meet there."""
SMALL = 1e-13
"""A mixture of slopes this near to what is wanted, in the longest slope, is as good as there."""
UPHILL = 1e-3
"""How far uphill the mixtures along the axes are wanted, in the longest slope."""
PATIENCE = 8
"""Points in a row that may bring no mixture that is nearer."""


@dataclass(frozen=True)
class Region:
    """Where the gap is asked for.

    Attributes:
        lower, upper: (n,) bounds; f is convex between them. modulus: μ.
        first, last: (n,) the lowest value is known to lie in here.
    """

    lower: Vector
    upper: Vector
    modulus: float
    first: Vector
    last: Vector

    @cached_property
    def is_open(self) -> bool:
        """Whether neither a modulus nor ends say how far away the lowest value may lie."""
        ends = np.concatenate([self.first, self.last])
        return self.modulus == 0.0 and not bool(np.isfinite(ends).all())


def gaps_by_planes(
    program: Program, sign: float, x: Vector, region: Region
) -> Iterator[float]:
    """Bounds of f(x) − min f, one for each distance that gives one.

    Raises:
        UnsupportedError: a step without a rule.
    """
    for distance in DISTANCES:
        planes = _Planes(program, sign, x, region, distance)
        weights = planes.mixed(np.zeros(x.size))
        if weights is not None:
            exact = _Exact(planes)
            yield exact.along_the_axes() if region.is_open else exact.gap(weights)


class _Planes:
    """Planes that touch f near x. Slopes are kept in the sizes of x, minimised.

    Attributes:
        points, slopes: (k, n). size: (n,).
        outward: (m, n) unit vectors that lead out of the bounds that hold x, turned round.
    """

    def __init__(
        self, program: Program, sign: float, x: Vector, region: Region, distance: float
    ) -> None:
        self.program, self.sign, self.x, self.region = program, sign, x, region
        self.size = np.maximum(np.abs(x), 1.0)
        self.points, self.slopes = np.zeros((0, x.size)), np.zeros((0, x.size))
        axes = np.eye(x.size)
        self.outward = np.concatenate([axes[x <= region.lower], -axes[x >= region.upper]])
        self._distance = distance
        self._rng = np.random.default_rng(3)

    @property
    def longest(self) -> float:
        """The length of the longest slope."""
        return float(np.max(np.linalg.norm(self.slopes, axis=1), initial=0.0))

    def mixed(self, wanted: Vector) -> Vector | None:
        """Weights (k,) of the mixture nearest to `wanted`, apart from what leads out of bounds."""
        best, since = np.inf, 0
        weights, missing = self._nearest(wanted)
        for _ in range(4 * self.x.size + 40):
            length = float(np.linalg.norm(missing))
            since = 0 if length < 0.9 * best else since + 1
            best = min(best, length)
            if since > PATIENCE or (len(self.points) and length <= SMALL * self.longest):
                break
            if self._add(missing):
                weights, missing = self._nearest(wanted)
        return weights

    def _add(self, way: Vector) -> bool:
        """A plane a little way from x, somewhat to the side: off the creases that x lies on."""
        aside = self._rng.standard_normal(way.size)
        unit = way / max(float(np.linalg.norm(way)), 1e-300)
        step = self._distance * self.size * (unit + 1e-2 * aside / np.linalg.norm(aside))
        y = np.clip(self.x + step, self.region.lower, self.region.upper)
        slope = _slope(self.program, y)
        if slope is None:
            return False
        self.points = np.vstack([self.points, y])
        self.slopes = np.vstack([self.slopes, self.sign * slope * self.size])
        return True

    def _nearest(self, wanted: Vector) -> tuple[Vector | None, Vector]:
        """The weights, and what is missing in their mixture."""
        from scipy.optimize import nnls

        if not len(self.points):
            return None, self._rng.standard_normal(wanted.size)
        unit = max(self.longest, 1e-300)
        columns = np.vstack([self.slopes / unit, -self.outward]).T
        sums = np.concatenate([np.ones(len(self.points)), np.zeros(len(self.outward))])
        try:
            found = nnls(np.vstack([columns, sums]), np.append(wanted / unit, 1.0))[0]
        except RuntimeError:  # too many rounds
            return None, self._rng.standard_normal(wanted.size)
        weights, led = np.split(np.asarray(found), [len(self.points)])
        total = float(weights.sum())
        if total <= 0.0:
            return None, self._rng.standard_normal(wanted.size)
        mixture = (weights @ self.slopes - unit * (led @ self.outward)) / total
        return weights / total, wanted - mixture


def _slope(program: Program, y: Vector) -> Vector | None:
    """∇f at a point, None where it has none: on a crease, or outside of the domain."""
    found = enclose_derivatives(program, y[None], y[None], second=False)[0]
    if found.value.inside is not None and not bool(np.all(found.value.inside)):
        return None
    if found.slope is None:
        return np.zeros(y.size)
    sides = found.slope.lower, found.slope.upper
    low, high = (np.broadcast_to(side[0, 0], y.shape) for side in sides)
    size = float(np.max(np.abs([low, high])))
    if not np.isfinite(size) or np.max(high - low) > 1e-6 * size:
        return None
    return 0.5 * low + 0.5 * high


class _Exact:
    """The same planes by Arb: what can be said of the gap."""

    def __init__(self, planes: _Planes) -> None:
        self._planes = planes
        self._known: dict[int, tuple[Ball, list[Ball], list[Ball]]] = {}
        with ctx.workprec(BITS):
            self._x = [arb(float(part)) for part in planes.x]
            value = balls(planes.program, planes.x, planes.x)[0].values[0]
            self._value = planes.sign * value

    def gap(self, weights: Vector) -> float:
        """f(x) − min f by one mixture; infinite where it shows none."""
        region = self._planes.region
        with ctx.workprec(BITS):
            below, mixture, middle = self._mixture(weights)
            for i, slope in enumerate(mixture):
                below += _most(slope, self._x[i], middle[i], region, i)
            return _upper(below)

    def along_the_axes(self) -> float:
        """f(x) − min f by one mixture along each ± axis that does not lead out of the bounds."""
        planes, worst = self._planes, 0.0
        held = {1.0: planes.x >= planes.region.upper, -1.0: planes.x <= planes.region.lower}
        for sign, out in held.items():
            for j in np.flatnonzero(~out):
                wanted = np.zeros(planes.x.size)
                wanted[j] = sign * UPHILL * planes.longest
                weights = planes.mixed(wanted)
                if weights is None:
                    return np.inf
                with ctx.workprec(BITS):
                    worst = max(worst, self._uphill(weights, int(j), sign, held))
                if worst == np.inf:
                    return worst
        return worst

    def _uphill(
        self, weights: Vector, j: int, sign: float, held: dict[float, Any]
    ) -> float:
        """f(x) − P where the mixture leads uphill along an axis, whatever the others do."""
        below, mixture, _ = self._mixture(weights)
        sizes = [arb(float(size)) for size in self._planes.size]
        least = int(sign) * mixture[j] * sizes[j]
        for i, slope in enumerate(mixture):
            if i == j or (held[-1.0][i] and slope >= 0) or (held[1.0][i] and slope <= 0):
                continue
            least -= abs(slope) * sizes[i]
        return max(_upper(below), 0.0) if least >= 0 else np.inf

    def _mixture(self, weights: Vector) -> tuple[Ball, list[Ball], list[Ball]]:
        """f(x) − P, G and ȳ."""
        n = len(self._x)
        used = np.flatnonzero(weights > 0.0)
        total = sum((arb(float(weights[k])) for k in used), start=arb(0))
        plane, mixture, middle = arb(0), [arb(0)] * n, [arb(0)] * n
        for k in used:
            value, slope, place = self._plane(int(k))
            share = arb(float(weights[k])) / total
            plane += share * value
            for i in range(n):
                plane += share * slope[i] * (self._x[i] - place[i])
                mixture[i] += share * slope[i]
                middle[i] += share * place[i]
        return self._value - plane, mixture, middle

    def _plane(self, k: int) -> tuple[Ball, list[Ball], list[Ball]]:
        """f, ∇f and the point itself."""
        if k not in self._known:
            planes = self._planes
            y, sign = planes.points[k], planes.sign
            slopes = gradients(planes.program, y, y, range(y.size))[0]
            value = balls(planes.program, y, y)[0].values[0]
            place = [arb(float(part)) for part in y]
            self._known[k] = sign * value, [sign * slope for slope in slopes], place
        return self._known[k]


def _upper(ball: Ball) -> float:
    high = ball.upper()
    return float(np.nextafter(float(high), np.inf)) if high.is_finite() else np.inf


def _most(slope: Ball, x: Ball, middle: Ball, region: Region, i: int) -> Ball:
    """min(aᵢ, bᵢ) of the equations above, as a ball that holds it or more."""
    ends = (
        _towards(slope, x, region.first[i], slope <= 0),
        _towards(slope, x, region.last[i], slope >= 0),
    )
    known = [end for end in ends if end is not None]
    within = known[0].max(known[1]) if len(known) == 2 else None
    if region.modulus == 0.0:
        return arb("+inf") if within is None else within
    bent = slope * (x - middle) + slope * slope / (2 * arb(region.modulus))
    return bent if within is None else bent.min(within)


def _towards(slope: Ball, x: Ball, end: float, is_up: bool) -> Ball | None:
    """Gᵢ(xᵢ − zᵢ) at an end of the box; at an open one 0 if it is uphill, else unknown."""
    if np.isfinite(end):
        return slope * (x - arb(float(end)))
    return arb(0) if is_up else None
