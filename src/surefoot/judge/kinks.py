"""Corners: where the gradients around a point do not agree however near one looks.

In order of execution:

1. *Suspect*: see suspicion.py; what the facts report makes the judge look and decides nothing.
2. *Sample*: gradients gᵢ at distance r and 8r in many directions, r within tolerance of x.
3. *Hull*: v = the shortest element of conv{gᵢ}, by NNLS. Clarke: v = 0 at every local minimum.
4. *Slopes*: one-sided slopes f'(x; u) from values; a fall that continues over many radii is a
   way down, and then the point is not stationary.
5. *Sharp* directions V = span{gᵢ − gⱼ}: minimum if 0 lies inside the hull relative to V, f is
   regular (sharp.py), and every sampled slope within V is positive. *Smooth* directions U = V⊥:
   see ridge.py, with Σλᵢ∇²fᵢ, λ the weights of the hull.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.judge.cloud import Cloud, distinct, in_like_units, sample
from surefoot.judge.contracts import EPS, Matrix, Vector
from surefoot.judge.creases import along_creases
from surefoot.judge.ridge import Bend, Course, along
from surefoot.judge.sharp import (
    FEW,
    depth,
    hull_weights,
    inside,
    lowest_slope,
    regular,
    sharp_space,
)
from surefoot.judge.site import Site
from surefoot.judge.suspicion import finite, radius, within_tolerance
from surefoot.judge.walk import Trend, Walk, saturates, straight


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
        why: what is missing, where it cannot be told.
    """

    corner: Corner
    hull: float
    margin: float
    slopes: tuple[float, float]
    direction: Vector | None = None
    drop: float = 0.0
    pieces: int = 0
    flat: Vector | None = None
    why: str = ""


def examine(site: Site) -> CornerReport:
    """Name the corner at `site`."""
    site = within_tolerance(site)
    site = replace(site, widths=2.0 * EPS * np.abs(finite(site.gradient)))
    if site.size == 1:
        return _one_dimension(site)
    site = in_like_units(site)
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
    # A side beyond a bound or the edge of the domain does not count; one on which only slopes are
    # not finite does.
    trends = [
        walk.trend if walk.t.size or _has_values(site, sign * unit, ladder) else None
        for walk, sign in zip(walks, (1.0, -1.0), strict=True)
    ]
    present = [trend for trend in trends if trend is not None]
    slopes = tuple(_slope(walk) for walk in walks if walk.t.size)
    ends = (min(slopes, default=0.0), max(slopes, default=0.0))
    jumps = {Trend.JUMPS_DOWN, Trend.JUMPS_UP, Trend.STEPS}
    if not present:
        kind = Corner.CORNER
    elif any(trend in jumps for trend in present):
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


def _has_values(site: Site, direction: Vector, ladder: Vector) -> bool:
    t = ladder[ladder <= site.reach(direction)]
    return bool(t.size) and bool(np.isfinite(site.look(site.at(t[:1, None] * direction))[0][0]))


def _slope(walk: Walk) -> float:
    return float(walk.values[0] / walk.t[0])


def _examine(site: Site, sign: float) -> CornerReport:
    cloud = sample(site, sign)
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
    pieces = distinct(cloud)
    steepest = -(weights @ cloud.gradients) * site.extent
    way = _way_down(site, cloud.directions, slopes, steepest, sign, probe_radius)
    if way is not None:
        return CornerReport(Corner.DOWN, hull, 0.0, ends, way[0], way[1], len(pieces))
    report = CornerReport(Corner.CORNER, hull, 0.0, ends, pieces=len(pieces))
    rays = along_creases(site)
    creased = _slopes_along(site, rays, sign, probe_radius)
    way = _way_down(site, rays, creased, steepest, sign, probe_radius)
    if way is not None:
        return CornerReport(Corner.DOWN, hull, 0.0, ends, way[0], way[1], len(pieces))
    if hull > 1e-4:
        return replace(report, why="zero is not among the slopes, and no way down was seen")
    sharp = sharp_space(cloud)
    inner = depth(cloud, sharp)
    report = replace(report, margin=inner)
    if inner <= 1e-3:
        return replace(report, why="zero lies on the rim of the slopes around it")
    if _touches_bound(site):
        return replace(report, why="it lies on a bound as well")
    noisy = 4.0 * site.noise / (probe_radius * cloud.largest)
    if not regular(cloud, slopes, 0.25 * inner + noisy):
        return _not_regular(site, cloud, sharp, sign, probe_radius, report)
    within = slopes[inside(cloud.units, sharp)]
    if within.size and not float(np.min(within)) > 1e-4 * cloud.largest:
        return replace(report, why="a slope across the corner is lost in rounding")
    if sharp.shape[0] == site.size:
        return replace(report, corner=Corner.MINIMUM)
    if site.hessian is None:
        return replace(report, why="there are too many variables to look along the corner")
    return _along_the_corner(site, sharp, sign, report)


def _not_regular(
    site: Site, cloud: Cloud, sharp: Matrix, sign: float, r: float, report: CornerReport
) -> CornerReport:
    """The slopes around x do not add up to a maximum of slopes: all directions have to be tried."""
    lowest, step = lowest_slope(site, sharp, sign, r)
    if lowest < 0.0:
        way = _way_down(site, step[None, :], np.array([lowest]), step, sign, r)
        if way is not None:
            return replace(report, corner=Corner.DOWN, direction=way[0], drop=way[1])
    if lowest > 1e-3 * cloud.largest and len(sharp) == site.size <= FEW:
        return replace(report, corner=Corner.MINIMUM)
    return replace(
        report,
        why="corners that bend up and down meet here, so that the slopes around it do not tell "
        "whether the value rises",
    )


def _along_the_corner(site: Site, sharp: Matrix, sign: float, report: CornerReport) -> CornerReport:
    """Sharp in some directions, smooth in the others: what f does along the latter."""
    _, _, rows = np.linalg.svd(sharp, full_matrices=True)
    smooth = rows[sharp.shape[0] :]
    bends = [_bend(site, smooth, sign, factor) for factor in (1.0, 64.0, 4096.0)]
    ridge = along(site, sharp, smooth, sign, [bend for bend in bends if bend is not None])
    match ridge.course:
        case Course.RISES:
            return replace(report, corner=Corner.MINIMUM)
        case Course.FALLS:
            return replace(report, corner=Corner.CURVED, direction=ridge.step, drop=ridge.drop)
        case Course.LEVEL:
            return replace(report, corner=Corner.FLAT, direction=ridge.step, flat=ridge.step)
        case Course.UNCLEAR:
            return replace(report, why=ridge.why)


def _bend(site: Site, smooth: Matrix, sign: float, factor: float) -> Bend | None:
    """The curvature along U, from gradients `factor` times the usual radius off."""
    cloud = sample(site, sign, factor)
    if cloud is None or cloud.largest == 0.0:
        return None
    weights, _ = hull_weights(cloud.gradients)
    total, parts, rounding = (np.zeros((len(smooth), len(smooth))) for _ in range(3))
    sizes = np.abs(smooth)
    for k in np.flatnonzero(weights > 1e-12):
        _, _, hessian = site.oracle.derivatives(cloud.points[k])
        whole = sign * np.asarray(hessian) * site.extent[:, None] * site.extent
        part = smooth @ (0.5 * (whole + whole.T)) @ smooth.T
        total += weights[k] * part
        parts = np.maximum(parts, np.abs(part))
        # At a distance r of a norm's corner ∇²fᵢ is of size 1/r across it: what of that is left
        # along U comes from rounding alone.
        rounding += weights[k] * 8.0 * EPS * (sizes @ np.abs(whole) @ sizes.T)
    return Bend(total, parts, rounding)


def _cliff(site: Site, cloud: Cloud) -> bool:
    """Whether values at the samples differ from f(x) by far more than slopes can explain."""
    values, _ = site.look(cloud.points)
    reach = np.max(np.abs(cloud.points - site.x) / site.extent, axis=1)
    explained = 1e3 * reach * cloud.largest + 64.0 * site.noise
    return bool(np.any(np.abs(values - site.value) > explained))


def _touches_bound(site: Site) -> bool:
    return bool(np.any((site.x <= site.lower) | (site.x >= site.upper)))


def _one_sided(site: Site, cloud: Cloud, sign: float) -> tuple[Vector, float]:
    """Slopes (f(x + ru) − f(x))/r per sampled direction, at a radius beyond the samples."""
    r = min(2.0**8 * radius(site), 2.0**-20)
    floor = 256.0 * site.noise / cloud.largest
    r = max(r, min(floor, 2.0**-12))
    return _slopes_along(site, cloud.directions, sign, r), r


def _slopes_along(site: Site, directions: Matrix, sign: float, r: float) -> Vector:
    if len(directions) == 0:
        return np.zeros(0)
    values, _ = site.look(site.at(r * directions))
    found = sign * (values - site.value) / r
    return np.where(np.isfinite(found), found, np.inf)


def _way_down(
    site: Site, directions: Matrix, slopes: Vector, steepest: Vector, sign: float, r: float
) -> tuple[Vector, float] | None:
    """A direction along which the value keeps falling over many radii, beyond the tolerance."""
    order = np.argsort(slopes)[:6]
    candidates = [site.unit(steepest)] + [directions[k] for k in order if slopes[k] < 0.0]
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
