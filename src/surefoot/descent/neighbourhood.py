"""What f looks like around a point: samples, and the steepest descent they allow."""

from dataclasses import dataclass
from math import inf
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.fold import fold
from surefoot.descent.min_norm import min_norm
from surefoot.descent.steps import Stop, Vector, never

NULL_DECREASE = 0.1
NULL_SLOPE = 0.5
DOUBLINGS = 60
BISECTIONS = 40


@runtime_checkable
class BatchOracle(Protocol):
    """What the methods for kinks ask of a function."""

    @property
    def size(self) -> int: ...
    def value_and_gradient(self, x: Vector, /) -> tuple[float, Vector]: ...
    def values(self, points: Vector, /) -> Vector: ...
    def values_and_gradients(self, points: Vector, /) -> tuple[Vector, Vector]: ...
    def derivatives(self, x: Vector, /) -> tuple[float, Vector, Vector]: ...


@dataclass(frozen=True)
class Found:
    """A point lower than the one looked at."""

    x: Vector
    value: float
    gradient: Vector


@dataclass(frozen=True)
class Stationary:
    """No descent was found; `norm` is the length of the shortest vector of the hull."""

    norm: float


class Neighbourhood:
    """Samples of f around points of a box, drawn from one seeded stream.

    Args:
        oracle: the function.
        lower, upper: (n,) bounds; every sample is inside them (by reflection).
        seed: of the samples.

    Attributes:
        count: points per sample: always the same, so that one compiled batch serves all.
        stop: asked between two null steps; a yes ends them.
    """

    def __init__(self, oracle: BatchOracle, lower: Vector, upper: Vector, seed: int) -> None:
        self.oracle = oracle
        self.lower = lower
        self.upper = upper
        self.stop: Stop = never
        self.count = int(np.clip(2 * oracle.size, 8, 120))
        self._random = np.random.default_rng(seed)

    def sample(self, x: Vector, reach: Vector) -> tuple[Vector, Vector, Vector]:
        """Points x + reach·(−1 … 1), their values and gradients, where these are finite.

        Args:
            x: (n,) centre.
            reach: (n,) half widths of a box, or an (n, n) matrix that shapes it.
        """
        offsets = self._random.uniform(-1.0, 1.0, (self.count, x.size))
        moved = offsets * reach if reach.ndim == 1 else offsets @ reach.T
        points, _ = fold(x + moved, self.lower, self.upper)
        values, gradients = self.oracle.values_and_gradients(points)
        good = np.isfinite(values) & np.all(np.isfinite(gradients), axis=1)
        return points[good], values[good], gradients[good]

    def gradient_beside(self, x: Vector) -> Vector:
        """A finite gradient from next to x, where f has none at x; zeros where none is found."""
        _, _, gradients = self.sample(x, 1e-9 * np.where(x == 0, 1.0, np.abs(x)))
        return gradients[0] if len(gradients) else np.zeros(x.size)

    def lowest(self, candidates: Vector) -> tuple[Vector, float]:
        """The lowest of at most `count` points after clipping them to the bounds; NaN is +∞."""
        kept = np.clip(candidates, self.lower, self.upper)[: self.count]
        padded = np.concatenate([kept, np.repeat(kept[:1], self.count - len(kept), axis=0)])
        values = self.oracle.values(padded)[: len(kept)]
        values = np.where(np.isnan(values), inf, values)
        best = int(np.argmin(values))
        return kept[best], float(values[best])

    def steepest(
        self, x: Vector, value: float, metric: Vector, radius: float, slack: float
    ) -> Found | Stationary | None:
        """One step of gradient sampling: a lower point near x, or how nearly stationary x is.

        In coordinates z = x/M: gradients at random points within the radius; v, the shortest
        vector of their convex hull plus the cone of directions in which the bounds within reach
        push; a search along −v. Where f does not fall by 0.1·t‖v‖², some point on the segment has
        a slope above −½‖v‖² along it; its gradient joins the hull, which cuts v off, and v is found
        anew.

        Args:
            x, value: (n,) and f(x).
            metric: (n,) M.
            radius: in z.
            slack: ‖v‖ below this counts as stationary.

        Returns:
            A lower point, or how short v is, or None where no sample had a finite gradient.
        """
        span = last_place(x, radius * metric)
        points, values, gradients = self.sample(x, span)
        if len(values) == 0:
            return None
        low = int(np.argmin(values))
        if values[low] < value - max(1e-2 * radius, 1e-12 * abs(value)):
            return Found(points[low], float(values[low]), gradients[low])
        hull, cone = gradients * metric, self._cone(x, span)
        shortest = inf
        for _ in range(2 * x.size + 10):
            if self.stop():
                break
            vector, _ = min_norm(hull, cone)
            norm = float(np.linalg.norm(vector))
            if norm <= slack or not norm < shortest * (1 - 1e-12):
                return Stationary(min(norm, shortest))
            shortest = norm
            met = self._probe(x, value, -vector * metric, norm, radius)
            if isinstance(met, Found):
                return met
            if met is None:
                break
            hull = np.concatenate([hull, (met * metric)[None, :]])
        return Stationary(shortest)

    def _cone(self, x: Vector, span: Vector) -> Vector:
        """Directions in which the bounds within reach push back, as rows."""
        unit = np.eye(x.size)
        return np.concatenate([-unit[x - self.lower <= span], unit[self.upper - x <= span]])

    def _probe(
        self, x: Vector, value: float, direction: Vector, norm: float, radius: float
    ) -> Found | Vector | None:
        """Along a direction of slope −‖v‖²: a lower point, or the gradient that forbids it."""

        def look(t: float) -> Found:
            point = np.clip(x + t * direction, self.lower, self.upper)
            reached, gradient = self.oracle.value_and_gradient(point)
            return Found(point, inf if reached != reached else reached, gradient)

        def falls(t: float, found: Found) -> bool:
            return found.value < value - NULL_DECREASE * t * norm**2

        t = radius / norm
        found = look(t)
        if falls(t, found):
            for _ in range(DOUBLINGS):
                t *= 2
                longer = look(t)
                if not (falls(t, longer) and longer.value < found.value):
                    break
                found = longer
            return found
        low, high = 0.0, t
        for _ in range(BISECTIONS):
            slope = found.gradient @ direction
            if np.isfinite(slope) and slope >= -NULL_SLOPE * norm**2:
                return found.gradient
            t = (low + high) / 2
            found = look(t)
            low, high = (t, high) if falls(t, found) else (low, t)
        return None


def last_place(x: Vector, span: Vector) -> Vector:
    """The span, at least a few units in the last place of x."""
    return np.maximum(span, 16 * np.finfo(np.float64).eps * np.abs(x))
