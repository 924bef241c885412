"""Corners: where the gradients around a point do not agree however near one looks.

In order of execution:

1. *Suspect*: see suspicion.py; what the facts report makes the judge look and decides nothing.
2. *Sample*: gradients gᵢ at distance r and 8r in many directions, r within tolerance of x.
3. *Hull*: v = the shortest element of conv{gᵢ}, by NNLS. Clarke: v = 0 at every local minimum.
4. *Slopes*: one-sided slopes f'(x; u) from values; a fall that continues over many radii is a
   way down, and then the point is not stationary.
5. *Sharp* directions V = span{gᵢ − gⱼ}: minimum if 0 lies inside the hull relative to V and
   every sampled slope within V is positive. *Smooth* directions U = V⊥: see ridge.py, with
   Σλᵢ∇²fᵢ, λ the weights of the hull.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.judge.contracts import EPS, Mask, Matrix, Vector
from surefoot.judge.ridge import Course, along
from surefoot.judge.site import Site
from surefoot.judge.suspicion import finite, radius, within_tolerance
from surefoot.judge.walk import Trend, Walk, saturates, straight

_SAMPLES = 192


class Corner(Enum):
    """What the corner is, as a minimum-seeker sees it."""

    MINIMUM = "sharp or smooth, every direction rises"
    FLAT = "no direction falls and some stay level"
    MAXIMUM = "every direction falls"
    DOWN = "a direction falls"
    CURVED = "every straight line rises and the value falls along a curve"
    CORNER = "zero lies among the slopes, but it cannot be told what this is"
    STEPS = "the value jumps"


@dataclass(frozen=True)
class CornerReport:
    """The finding with its numbers.

    Attributes:
        hull: length of v relative to the longest gᵢ. margin: how far 0 lies inside the hull.
        slopes: smallest and largest measured one-sided slope. direction: way down or level way.
        drop: how much lower the value is along it. pieces: number of distinct gradients.
    """

    corner: Corner
    hull: float
    margin: float
    slopes: tuple[float, float]
    direction: Vector | None = None
    drop: float = 0.0
    pieces: int = 0
    flat: Vector | None = None


def examine(site: Site) -> CornerReport:
    """Name the corner at `site`."""
    site = within_tolerance(site)
    site = replace(site, widths=2.0 * EPS * np.abs(finite(site.gradient)))
    if site.size == 1:
        return _one_dimension(site)
    site = _in_like_units(site)
    report = _examine(site, 1.0)
    if report.corner is not Corner.DOWN:
        return report
    flipped = _examine(site, -1.0)
    if flipped.corner is Corner.MINIMUM:
        return CornerReport(
            Corner.MAXIMUM,
            flipped.hull,
            flipped.margin,
            (-flipped.slopes[1], -flipped.slopes[0]),
            report.direction,
            report.drop,
            flipped.pieces,
        )
    return report


_NEAR_LADDER = 2.0 ** np.arange(-30.0, 1.0, 1.0)


def _one_dimension(site: Site) -> CornerReport:
    """Both sides are all there is, so two walks decide."""
    unit = site.unit(np.ones(1))
    # AD's Hessian at a corner or a cusp says nothing about rounding further out.
    site = replace(site, hessian=None)
    ladder = np.concatenate([radius(site) * 2.0 ** np.arange(4.0, 12.0), _NEAR_LADDER])
    ladder = np.unique(ladder[ladder >= 16.0 * radius(site)])
    walks = [straight(site, sign * unit, ladder) for sign in (1.0, -1.0)]
    trends = [walk.trend if walk.t.size else None for walk in walks]
    present = [trend for trend in trends if trend is not None]
    slopes = tuple(_slope(walk) for walk in walks if walk.t.size)
    ends = (min(slopes, default=0.0), max(slopes, default=0.0))
    jumps = {Trend.JUMPS_DOWN, Trend.JUMPS_UP, Trend.STEPS}
    if any(trend in jumps for trend in present):
        kind = Corner.STEPS
    elif all(trend is Trend.RISES for trend in present):
        kind = Corner.MINIMUM
    elif all(trend is Trend.FALLS for trend in present):
        kind = Corner.MAXIMUM
    elif any(trend is Trend.FALLS for trend in present):
        kind = Corner.DOWN
    elif all(trend in (Trend.RISES, Trend.LEVEL) for trend in present):
        kind = Corner.FLAT
        level = [
            sign for sign, trend in zip((1.0, -1.0), trends, strict=True) if trend is Trend.LEVEL
        ]
        if any(saturates(site, sign * unit) for sign in level):
            kind = Corner.CORNER
    else:
        kind = Corner.CORNER
    direction, drop = None, 0.0
    for sign, walk, trend in zip((1.0, -1.0), walks, trends, strict=True):
        wanted = Trend.LEVEL if kind is Corner.FLAT else Trend.FALLS
        if trend is wanted:
            direction = sign * unit
            drop = -walk.seen[1] if walk.seen is not None else 0.0
    flat = unit if kind is Corner.FLAT else None
    return CornerReport(kind, 0.0, 0.0, ends, direction, drop, 2, flat)


def _slope(walk: Walk) -> float:
    return float(walk.values[0] / walk.t[0])


def _sample_directions(site: Site, rng: np.random.Generator) -> Matrix:
    """± axes (up to 48 coordinates) and random directions, in units of the extent."""
    size = site.size
    extra = rng.standard_normal((min(_SAMPLES, 6 * size + 16), size))
    extra /= np.linalg.norm(extra, axis=1, keepdims=True)
    if size > 48:
        return np.concatenate([extra, -extra]) * site.extent
    axes = np.eye(size)
    return np.concatenate([axes, -axes, extra, -extra]) * site.extent


@dataclass(frozen=True)
class _Cloud:
    """Sampled gradients in scaled coordinates (k, n), their points, and the directions.

    `inner` (k,) tells those taken at r from those at 8r.
    """

    directions: Matrix
    gradients: Matrix
    points: Matrix
    largest: float
    inner: Mask


def _sample(site: Site, sign: float, factor: float = 1.0) -> _Cloud | None:
    rng = np.random.default_rng(5)
    directions = _sample_directions(site, rng)
    r = factor * radius(site)
    steps = np.concatenate([r * directions, 8.0 * r * directions])
    points = site.at(steps)
    _, gradients = site.look(points)
    good = np.all(np.isfinite(gradients), axis=1)
    if np.sum(good) < good.size // 2:
        return None
    scaled = sign * gradients[good] * site.extent
    largest = float(np.max(np.linalg.norm(scaled, axis=1), initial=0.0))
    inner = np.flatnonzero(good) < directions.shape[0]
    return _Cloud(directions, scaled, points[good], largest, inner)


def _in_like_units(site: Site) -> Site:
    """The site with lengths that give every coordinate with a corner the same spread of slopes.

    A spread that is as large at r as at 8r comes from a corner, whatever its units; a smooth one
    is eight times smaller, and its coordinate is left as it is.
    """
    r = radius(site)
    directions = _sample_directions(site, np.random.default_rng(5))
    _, near = site.look(site.at(r * directions))
    _, far = site.look(site.at(8.0 * r * directions))
    good = np.all(np.isfinite(near), axis=1) & np.all(np.isfinite(far), axis=1)
    if not np.any(good):
        return site
    near_spread = np.ptp(near[good] * site.extent, axis=0)
    far_spread = np.ptp(far[good] * site.extent, axis=0)
    largest = float(np.max(near_spread))
    sharp = (near_spread > 0.5 * far_spread) & (near_spread > 1e-13 * largest)
    factors = np.where(sharp, largest / np.where(sharp, near_spread, 1.0), 1.0)
    # A coordinate that is not zero has a size of its own: stay well within it.
    factors = np.where(site.x == 0.0, factors, np.minimum(factors, 2.0**-14 / r))
    return replace(site, extent=site.extent * factors)


def hull_weights(rows: Matrix, target: Vector | None = None) -> tuple[Vector, float]:
    """Weights λ ≥ 0, Σλ = 1 that bring Σλᵢ·rowᵢ nearest to `target` (0), and the distance."""
    # scipy.optimize is slow to load, and points without a corner never need it.
    from scipy.optimize import nnls

    size = float(np.max(np.abs(rows), initial=1e-300))
    target = np.zeros(rows.shape[1]) if target is None else target
    # A heavy last row keeps the weights summing to one; 1e4 leaves the rest eight digits.
    heavy = 1e4
    matrix = np.concatenate([(rows / size).T, np.full((1, rows.shape[0]), heavy)])
    weights, _ = nnls(matrix, np.concatenate([target / size, [heavy]]), maxiter=50 * rows.shape[0])
    total = float(np.sum(weights))
    weights = weights / total if total > 0.0 else weights
    return weights, float(np.linalg.norm(weights @ rows - target))


def _examine(site: Site, sign: float) -> CornerReport:
    cloud = _sample(site, sign)
    if cloud is None:
        return CornerReport(Corner.CORNER, np.inf, 0.0, (0.0, 0.0))
    if _cliff(site, cloud):
        return CornerReport(Corner.STEPS, 0.0, 0.0, (0.0, 0.0))
    if cloud.largest == 0.0:
        return CornerReport(Corner.CORNER, 0.0, 0.0, (0.0, 0.0))
    weights, distance = hull_weights(cloud.gradients)
    hull = distance / cloud.largest
    slopes, probe_radius = _one_sided(site, cloud, sign)
    ends = (float(np.min(slopes)), float(np.max(slopes)))
    pieces = _pieces(cloud)
    steepest = -(weights @ cloud.gradients) * site.extent
    way = _way_down(site, cloud, slopes, steepest, sign, probe_radius)
    if way is not None:
        return CornerReport(Corner.DOWN, hull, 0.0, ends, way[0], way[1], len(pieces))
    if hull > 1e-4:
        return CornerReport(Corner.CORNER, hull, 0.0, ends, None, 0.0, len(pieces))
    sharp = _sharp_space(cloud)
    margin = _margin(cloud, sharp)
    within = slopes[_inside(cloud.directions / site.extent, sharp)]
    rising = within.size == 0 or float(np.min(within)) > 1e-4 * cloud.largest
    certain = margin > 1e-3 and rising and not _touches_bound(site)
    kind = Corner.CORNER
    if certain and sharp.shape[0] == site.size:
        kind = Corner.MINIMUM
    elif certain and site.hessian is not None:
        return _along_the_corner(
            site, sharp, sign, CornerReport(kind, hull, margin, ends, pieces=len(pieces))
        )
    return CornerReport(kind, hull, margin, ends, None, 0.0, len(pieces))


def _along_the_corner(site: Site, sharp: Matrix, sign: float, report: CornerReport) -> CornerReport:
    """Sharp in some directions, smooth in the others: what f does along the latter."""
    bends = [_bend(site, sign, factor) for factor in (1.0, 64.0, 4096.0)]
    ridge = along(site, sharp, sign, [bend for bend in bends if bend is not None])
    match ridge.course:
        case Course.RISES:
            return replace(report, corner=Corner.MINIMUM)
        case Course.FALLS:
            return replace(report, corner=Corner.CURVED, direction=ridge.step, drop=ridge.drop)
        case Course.LEVEL:
            return replace(report, corner=Corner.FLAT, direction=ridge.step, flat=ridge.step)
        case Course.UNCLEAR:
            return report


def _bend(site: Site, sign: float, factor: float) -> tuple[Matrix, Matrix] | None:
    """Σλᵢ∇²fᵢ and max |∇²fᵢ| (n, n), scaled, from gradients `factor` times the usual radius off."""
    cloud = _sample(site, sign, factor)
    if cloud is None or cloud.largest == 0.0:
        return None
    weights, _ = hull_weights(cloud.gradients)
    total, largest = (np.zeros((site.size, site.size)) for _ in range(2))
    for k in np.flatnonzero(weights > 1e-12):
        _, _, hessian = site.oracle.derivatives(cloud.points[k])
        part = sign * np.asarray(hessian) * site.extent[:, None] * site.extent
        total += weights[k] * part
        largest = np.maximum(largest, np.abs(part))
    return total, largest


def _cliff(site: Site, cloud: _Cloud) -> bool:
    """Whether values at the samples differ from f(x) by far more than slopes can explain."""
    values, _ = site.look(cloud.points)
    reach = np.max(np.abs(cloud.points - site.x) / site.extent, axis=1)
    explained = 1e3 * reach * cloud.largest + 64.0 * site.noise
    return bool(np.any(np.abs(values - site.value) > explained))


def _touches_bound(site: Site) -> bool:
    return bool(np.any((site.x <= site.lower) | (site.x >= site.upper)))


def _one_sided(site: Site, cloud: _Cloud, sign: float) -> tuple[Vector, float]:
    """Slopes (f(x + ru) − f(x))/r per sampled direction, at a radius beyond the samples."""
    r = min(2.0**8 * radius(site), 2.0**-20)
    floor = 256.0 * site.noise / cloud.largest
    r = max(r, min(floor, 2.0**-12))
    points = site.at(r * cloud.directions)
    values, _ = site.look(points)
    found = sign * (values - site.value) / r
    return np.where(np.isfinite(found), found, np.inf), r


def _way_down(
    site: Site, cloud: _Cloud, slopes: Vector, steepest: Vector, sign: float, r: float
) -> tuple[Vector, float] | None:
    """A direction along which the value keeps falling over many radii, beyond the tolerance."""
    order = np.argsort(slopes)[:6]
    candidates = [site.unit(steepest)] + [cloud.directions[k] for k in order if slopes[k] < 0.0]
    allowed = max(site.tolerance, 64.0 * site.noise)
    best: tuple[Vector, float] | None = None
    for direction in candidates:
        if not np.any(direction):
            continue
        t = r * 4.0 ** np.arange(0, 14)
        t = t[(t <= site.reach(direction)) & (t <= 0.5)]
        if t.size < 2:
            continue
        values, _ = site.look(site.at(np.outer(t, direction)))
        change = sign * (values - site.value)
        falling = np.isfinite(change) & (np.diff(np.concatenate([[0.0], change])) < 0)
        stop = int(np.argmin(falling)) if not np.all(falling) else falling.size
        deep = stop >= 2 and change[stop - 1] < -allowed
        if deep and (best is None or change[stop - 1] < -best[1]):
            best = (direction, float(-change[stop - 1]))
    return best


def _pieces(cloud: _Cloud) -> list[int]:
    """Indices of gradients that differ from each other by more than a thousandth."""
    found: list[int] = []
    for k, row in enumerate(cloud.gradients):
        known = cloud.gradients[found]
        gaps = np.linalg.norm(known - row, axis=1)
        if known.shape[0] == 0 or np.min(gaps) > 1e-3 * cloud.largest:
            found.append(k)
        if len(found) >= 64:
            break
    return found


def _sharp_space(cloud: _Cloud) -> Matrix:
    """Orthonormal rows spanning the jumps between the gradients (scaled coordinates).

    A spread along a row that is eight times smaller at r than at 8r is curvature, not a jump.
    """
    centred = cloud.gradients - np.mean(cloud.gradients, axis=0)
    _, sizes, rows = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-5 * cloud.largest * np.sqrt(centred.shape[0])
    if np.any(cloud.inner) and not np.all(cloud.inner):
        along = cloud.gradients @ rows.T
        near, far = np.ptp(along[cloud.inner], axis=0), np.ptp(along[~cloud.inner], axis=0)
        kept &= near > 0.25 * far
    return rows[kept]


def _inside(directions: Matrix, space: Matrix) -> Mask:
    """Directions that lie at least half within the space."""
    part = np.linalg.norm(directions @ space.T, axis=1)
    return part >= 0.5 * np.linalg.norm(directions, axis=1)


def _margin(cloud: _Cloud, sharp: Matrix) -> float:
    """Largest tested ρ (relative) such that ±ρ along every axis of V lies in the hull."""
    if sharp.shape[0] == 0:
        return 0.0
    reduced = cloud.gradients @ sharp.T
    for rho in (1e-1, 1e-2, 2e-3):
        corners = (
            rho * cloud.largest * np.concatenate([np.eye(sharp.shape[0]), -np.eye(sharp.shape[0])])
        )
        if all(hull_weights(reduced, c)[1] <= 0.05 * rho * cloud.largest for c in corners):
            return rho
    return 0.0
