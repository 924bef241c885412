"""Where the curvature vanishes: the function reduced to the null directions.

Splitting lemma: near a stationary point with Hessian positive on range(R) and null on range(Z),

    φ(u) = min over w of f(x + Zu + Rw)

is a minimum, maximum or neither at u = 0 exactly as f is at x (for R negative definite take the
maximum over w). Straight lines are not enough: (y − x²)(y − 3x²) rises along every line through 0
and falls along y = 2x². In order of execution:

1. w follows from chord Newton steps w ← w − (RᵀHR)⁻¹ Rᵀ∇f, for all distances in one batch.
2. Along ± each null direction, and many more where there are several, φ is walked and named.
3. With two or more null directions φ is also minimised over spheres of several radii: a valley
   between the sampled directions is found by going down into it.
"""

from dataclasses import dataclass, replace

import numpy as np

from surefoot.judge.contracts import EPS, Matrix, Vector
from surefoot.judge.creases import along_creases
from surefoot.judge.site import Site
from surefoot.judge.walk import LADDER, Trend, Walk, distances, rounding_along, tell, unless_deaf

_CHORD_STEPS = 30
_SPHERE_DIMENSION = 8
_CREASES = 32


@dataclass(frozen=True)
class Reduced:
    """φ(u) = stationary value over w of sign·f(x + Zu + Rw).

    Attributes:
        null: (k, n) null directions as rows. range_rows: (r, n) the others.
        inverse: (r, r) inverse of the Hessian among the others.
    """

    site: Site
    null: Matrix
    range_rows: Matrix
    inverse: Matrix
    sign: float

    def __call__(self, u: Matrix) -> tuple[Vector, Matrix]:
        """φ(u) − f(x) and ∇φ(u) for the rows of u; NaN where w does not settle."""
        change, gradients, _ = self.settle(u)
        return change, gradients

    def settle(self, u: Matrix) -> tuple[Vector, Matrix, Matrix]:
        """φ(u) − f(x), ∇φ(u) and the steps Zu + Rw that reach it, for the rows of u."""
        site, base = self.site, u @ self.null
        w = np.zeros((u.shape[0], self.range_rows.shape[0]))
        values, gradients = site.look(site.at(base))
        best = self._residual(gradients)
        for _ in range(_CHORD_STEPS if self.range_rows.shape[0] else 0):
            trial = w - gradients @ self.range_rows.T @ self.inverse
            trial_values, trial_gradients = site.look(site.at(base + trial @ self.range_rows))
            residual = self._residual(trial_gradients)
            better = np.isfinite(trial_values) & (residual < 0.9 * best)
            if not np.any(better):
                break
            w[better], values[better] = trial[better], trial_values[better]
            gradients[better], best[better] = trial_gradients[better], residual[better]
        change = self.sign * (values - site.value)
        # What the unfinished minimisation over w may still hide must not be read as a change.
        unsettled = best > np.maximum(site.noise, 1e-4 * np.abs(change))
        unsettled &= best > self._smallest(base)
        change = np.where(unsettled, np.nan, change)
        return change, self.sign * (gradients @ self.null.T), base + w @ self.range_rows

    def _residual(self, gradients: Matrix) -> Vector:
        """½ rᵀ|RᵀHR|⁻¹r with r = Rᵀ∇f: how much the minimisation over w may still gain."""
        if self.range_rows.shape[0] == 0:
            return np.zeros(gradients.shape[0])
        slopes = gradients @ self.range_rows.T
        with np.errstate(over="ignore", invalid="ignore"):
            found = 0.5 * np.abs(np.sum(slopes * (slopes @ self.inverse), axis=1))
        return np.where(np.isfinite(found), found, np.inf)

    def _smallest(self, base: Matrix) -> Vector:
        """The residual that rounding of the point alone leaves behind."""
        ulp = 4.0 * EPS * (np.abs(self.site.x) + np.abs(base))
        if self.site.hessian is None or self.range_rows.shape[0] == 0:
            return np.zeros(base.shape[0])
        return self._residual(ulp @ np.abs(self.site.hessian) + self.site.widths) * 16.0

    def walk(self, direction: Vector, ladder: Vector = LADDER) -> Walk:
        """Walk u = t·direction (k,); the slope of φ along it is direction·∇φ."""
        line = direction @ self.null
        t = distances(self.site, line, ladder)
        if t.size == 0:
            return tell(t, t, t, t, t)
        values, gradients = self(np.outer(t, direction))
        noise, width = rounding_along(self.site, line, t)
        # Below some distance rounding alone keeps w from settling: start where it does settle.
        first = int(np.argmax(np.isfinite(values)))
        slopes = gradients @ direction

        def probe(distances: Vector) -> Vector:
            return self(np.outer(distances, direction))[1] @ direction

        seen = values[first:], slopes[first:], noise[first:], width[first:]
        return unless_deaf(tell(t[first:], *seen, probe), self.site, t, noise)


def reduce(site: Site, null: Matrix, range_rows: Matrix, sign: float) -> Reduced:
    """Set up φ; null directions are stretched to the extent of the coordinates.

    Args:
        null: (k, n) rows spanning the null space. range_rows: (r, n) rows spanning the rest,
            all of one sign of curvature. sign: +1 for a candidate minimum, −1 for a maximum.
    """
    stretched = np.array([site.unit(row) for row in null]).reshape(null.shape)
    if range_rows.shape[0]:
        products = np.array([site.hessian_vector(row) for row in range_rows])
        inverse = np.asarray(np.linalg.inv(range_rows @ products.T), dtype=np.float64)
    else:
        inverse = np.zeros((0, 0))
    return Reduced(site, stretched, range_rows, inverse, sign)


def sampled_directions(count: int, rng: np.random.Generator) -> Matrix:
    """± axes and, for two and more dimensions, ± diagonals and random directions (m, count)."""
    axes = np.eye(count)
    if count == 1:
        return np.concatenate([axes, -axes])
    if count == 2:
        angle = np.pi * np.arange(24) / 12.0
        circle: Matrix = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return np.asarray(np.round(circle, 15), dtype=np.float64)
    extra = rng.standard_normal((min(24, 6 * count), count))
    extra /= np.linalg.norm(extra, axis=1, keepdims=True)
    axes = axes[:24]
    return np.concatenate([axes, -axes, extra, -extra])


@dataclass(frozen=True)
class Lowest:
    """The lowest value of φ found on spheres of several radii.

    Attributes:
        radii: (m,) values: (m,) lowest φ on each, directions: (m, k) where.
        clean: whether the values follow one power of the radius, above rounding.
    """

    radii: Vector
    values: Vector
    directions: Matrix
    clean: bool


def lowest_on_spheres(reduced: Reduced, radii: Vector, starts: Matrix) -> Lowest:
    """Minimise φ over ‖u‖ = r for each r, from the best of the given directions."""
    found_values, found_directions = [], []
    settled = True
    descend = _zoom_on_circle if starts.shape[1] == 2 else _descend_on_sphere
    for radius in radii:
        values, _ = reduced(radius * starts)
        order = np.argsort(np.where(np.isfinite(values), values, np.inf))[:4]
        value, direction, still = descend(reduced, float(radius), starts[order])
        settled = settled and still
        found_values.append(value)
        found_directions.append(direction)
    values = np.array(found_values)
    clean = settled and bool(np.all(values > 16.0 * reduced.site.noise))
    if clean:
        powers = np.diff(np.log(values)) / np.diff(np.log(radii))
        clean = bool(np.all(powers > 0.5) and np.ptp(powers) < 0.2 * np.max(powers) + 0.2)
    return Lowest(radii, values, np.array(found_directions), clean)


def _zoom_on_circle(reduced: Reduced, radius: float, starts: Matrix) -> tuple[float, Vector, bool]:
    """One angle: look at 25 angles around the best, narrow by 6, until 1e-9 rad."""
    best, where, earlier = np.inf, 0.0, np.inf
    for start in starts:
        centre, half = float(np.arctan2(start[1], start[0])), np.pi / 12.0
        history: list[float] = []
        while half > 1e-9:
            angles = centre + half * np.linspace(-1.0, 1.0, 25)
            circle = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            values = reduced(circle)[0]
            values = np.where(np.isfinite(values), values, np.inf)
            k = int(np.argmin(values))
            history.append(min([*history, float(values[k])]))
            centre, half = float(angles[k]), half / 6.0
        if history[-1] < best:
            best, where, earlier = history[-1], centre, history[-5]
    settled = bool(best >= 0.9 * earlier) or best < 0.0
    return best, np.array([np.cos(where), np.sin(where)]), settled


_SPHERE_STEPS = 160


def _descend_on_sphere(
    reduced: Reduced, radius: float, starts: Matrix
) -> tuple[float, Vector, bool]:
    """Gradient steps of Barzilai-Borwein length along the sphere, all starts in one batch.

    Settled means that the last third of the steps gained nothing worth the name: a valley whose
    floor is a quartic along the sphere is descended slowly and its floor may be zero.
    """
    u = starts.copy()
    best_value, best_u = np.full(u.shape[0], np.inf), u.copy()
    earlier = np.inf
    step, last_u, last_slope = np.full(u.shape[0], np.nan), u, np.zeros_like(u)
    for k in range(_SPHERE_STEPS):
        values, gradients = reduced(radius * u)
        along = radius * gradients
        slope = along - u * np.sum(along * u, axis=1, keepdims=True)
        good = np.isfinite(values) & np.all(np.isfinite(slope), axis=1)
        better = good & (values < best_value)
        best_value[better], best_u[better] = values[better], u[better]
        if k == 2 * _SPHERE_STEPS // 3:
            earlier = float(np.min(best_value))
        moved, turned = u - last_u, slope - last_slope
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.sum(moved * moved, axis=1) / np.abs(np.sum(moved * turned, axis=1))
            first = 0.1 / np.linalg.norm(slope, axis=1)
        step = np.where(np.isfinite(step) & (step > 0.0) & (k > 0), step, first)
        last_u, last_slope = u, slope
        shift = step[:, None] * slope
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        shift = np.where(length > 0.3, 0.3 * shift / np.maximum(length, 1e-300), shift)
        shift = np.where(good[:, None] & np.isfinite(shift), shift, 0.0)
        u = u - shift
        u = u / np.linalg.norm(u, axis=1, keepdims=True)
    k = int(np.argmin(best_value))
    settled = bool(best_value[k] >= 0.9 * earlier) or best_value[k] < 0.0
    return float(best_value[k]), best_u[k], settled


def probe(site: Site, null: Matrix, range_rows: Matrix, sign: float) -> "Probe":
    """Name what f does along the null directions, for a candidate minimum of sign·f."""
    reduced = reduce(site, null, range_rows, sign)
    count = null.shape[0]
    if 2 <= count <= _SPHERE_DIMENSION:
        reduced = _equalised(reduced)
    starts = sampled_directions(count, np.random.default_rng(11))
    starts = np.concatenate([starts, _along_creases(site, reduced.null)])
    walks = [reduced.walk(direction) for direction in starts]
    trends = {walk.trend for walk in walks}
    if count == 1 or not trends <= {Trend.RISES, Trend.LEVEL}:
        return Probe(reduced, starts, walks, None, count == 1)
    if trends == {Trend.LEVEL}:
        return Probe(reduced, starts, walks, None, True)
    radii = _radii(walks)
    if count > _SPHERE_DIMENSION or radii.size < 3:
        return Probe(reduced, starts, walks, None, False)
    lowest = lowest_on_spheres(reduced, radii, starts)
    extra = lowest.directions[0]
    starts = np.concatenate([starts, extra[None, :]])
    walks.append(reduced.walk(extra))
    return Probe(reduced, starts, walks, lowest, True)


def _along_creases(site: Site, null: Matrix) -> Matrix:
    """Directions (m, count) in the null space along which pieces of the function meet."""
    rays = along_creases(site)[:_CREASES]
    if len(rays) == 0 or len(null) < 2:
        return np.zeros((0, len(null)))
    found = rays @ np.linalg.pinv(null)
    missed = np.max(np.abs(found @ null - rays) / site.extent, axis=1)
    found = found[missed < 1e-6]
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float64)


def _equalised(reduced: Reduced) -> Reduced:
    """Null directions stretched until φ changes by like amounts along each.

    Where x is 0 nothing else tells the units, and the valleys between directions of unlike
    units are too narrow to be hit: X⁴ − 6X²Y² + Y⁴ with X = 2²⁰x, Y = 2⁻²⁰y.
    """
    count = reduced.null.shape[0]
    walks = [reduced.walk(axis) for axis in np.eye(count)]
    known = np.array([walk.power > 0.0 and walk.seen is not None for walk in walks])
    if np.sum(known) < 2:
        return reduced
    seen = [walk.seen for walk in walks if walk.power > 0.0 and walk.seen is not None]
    powers = np.array([walk.power for walk, k in zip(walks, known, strict=True) if k])
    sizes, values = np.array([t for t, _ in seen]), np.array([abs(v) for _, v in seen])
    # The level at which the lengths have the geometric mean 0.1: that is where the spheres are.
    level = (np.sum(np.log(0.1 / sizes)) + np.sum(np.log(values) / powers)) / np.sum(1.0 / powers)
    lengths = 10.0 * sizes * np.exp((level - np.log(values)) / powers)
    factors = np.ones(count)
    factors[known] = lengths
    return replace(reduced, null=reduced.null * factors[:, None])


def _radii(walks: list[Walk]) -> Vector:
    """Four radii, ascending by 4, within the region where every walk keeps its first story."""
    smallest, largest = 0.0, 0.25
    for walk in walks:
        if walk.seen is None or walk.trend is not Trend.RISES:
            continue
        smallest = max(smallest, walk.seen[0])
        after = walk.t >= walk.seen[0]
        broken = after & (walk.values <= 0)
        if np.any(broken):
            largest = min(largest, 0.25 * float(walk.t[int(np.argmax(broken))]))
    radii = largest * 4.0 ** -np.arange(4.0, 0.0, -1.0)
    return radii[radii >= smallest]


@dataclass(frozen=True)
class Probe:
    """Walks along the null directions, and the floor of the valleys between them."""

    reduced: Reduced
    directions: Matrix
    walks: list[Walk]
    lowest: Lowest | None
    thorough: bool

    def first(self, *trends: Trend) -> int | None:
        """Index of the first walk with one of these trends."""
        for k, walk in enumerate(self.walks):
            if walk.trend in trends:
                return k
        return None

    @property
    def dip(self) -> tuple[Vector, float] | None:
        """A step to a point lower than x, found on the smallest spheres, and by how much."""
        if self.lowest is None:
            return None
        floor = -16.0 * self.reduced.site.noise
        if not np.all(self.lowest.values[:2] < min(floor, -1e-300)):
            return None
        u = self.lowest.radii[1] * self.lowest.directions[1]
        values, _, steps = self.reduced.settle(u[None, :])
        return steps[0], -float(values[0])

    def fall(self, index: int) -> tuple[Vector, float]:
        """The step to the lowest point within a tenth of the extent on a walk that falls.

        Along a curved valley the straight direction need not fall; the step does.
        """
        walk = self.walks[index]
        near = np.flatnonzero((walk.t <= 0.1) | (walk.t == walk.t[0]))
        k = int(near[np.argmin(walk.values[near])])
        u = walk.t[k] * self.directions[index]
        values, _, steps = self.reduced.settle(u[None, :])
        return steps[0], -float(values[0])

    def rises_everywhere(self) -> bool:
        every = all(walk.trend is Trend.RISES for walk in self.walks)
        clean = self.lowest is None or self.lowest.clean
        return every and self.thorough and clean

    def level_somewhere(self) -> bool:
        """Every walk rises or stays level, some stay level, and no valley between them dips."""
        trends = {walk.trend for walk in self.walks}
        quiet = self.lowest is None or bool(
            np.all(self.lowest.values >= -16.0 * self.reduced.site.noise - 1e-300)
        )
        return (
            trends <= {Trend.RISES, Trend.LEVEL}
            and Trend.LEVEL in trends
            and (self.thorough and quiet)
        )

    def along(self, index: int) -> Vector:
        """The walked direction in the user's coordinates."""
        return self.directions[index] @ self.reduced.null
