"""Gradients sampled around a point, in coordinates in which its corners have like sizes."""

from dataclasses import dataclass, replace

import numpy as np

from surefoot.judge.contracts import Mask, Matrix
from surefoot.judge.site import Site
from surefoot.judge.suspicion import radius

_SAMPLES = 192


@dataclass(frozen=True)
class Cloud:
    """Sampled gradients in scaled coordinates (k, n), their points, and the directions.

    `inner` (k,) tells those taken at r from those at 8r; `units` (m, n) are the directions, scaled.
    """

    directions: Matrix
    gradients: Matrix
    points: Matrix
    largest: float
    inner: Mask
    units: Matrix


def _sample_directions(site: Site, rng: np.random.Generator) -> Matrix:
    """± axes (up to 48 coordinates) and random directions, in units of the extent."""
    size = site.size
    extra = rng.standard_normal((min(_SAMPLES, 6 * size + 16), size))
    extra /= np.linalg.norm(extra, axis=1, keepdims=True)
    if size > 48:
        return np.concatenate([extra, -extra]) * site.extent
    axes = np.eye(size)
    return np.concatenate([axes, -axes, extra, -extra]) * site.extent


def sample(site: Site, sign: float, factor: float = 1.0) -> Cloud | None:
    """Gradients of sign·f at `factor` times r and 8r; None where most are not finite."""
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
    return Cloud(directions, scaled, points[good], largest, inner, directions / site.extent)


def in_like_units(site: Site) -> Site:
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


def distinct(cloud: Cloud) -> list[int]:
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
