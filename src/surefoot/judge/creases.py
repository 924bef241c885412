"""Directions along and across the creases of a function: where the pieces that meet at x end.

Sampled directions miss a piece that is narrow. Its edges lie where planes along which the formula
changes meet, so that directions in the intersections of such planes are looked at as well. And of
many coordinates none is much of a sampled direction: x² on one side and −x² on the other has a
curvature that AD gives for one side, and is seen straight across.
"""

from itertools import combinations, islice

import numpy as np

from surefoot.judge.contracts import Matrix, Vector
from surefoot.judge.site import Site
from surefoot.judge.walk import Trend, straight

_MOST = 256
_LARGEST = 12
_SPREAD = 4


def along_creases(site: Site) -> Matrix:
    """Steps (k, n) in the units of x that lie in intersections of the planes, each unit long."""
    none = np.zeros((0, site.size))
    if site.creases is None or site.size < 2:
        return none
    normals = _normals(site)
    rng = np.random.default_rng(47)
    rays: list[Matrix] = []
    for rows in _subsets(normals, site.size):
        _, values, basis = np.linalg.svd(rows)
        level = basis[int(np.sum(values > 1e-9)) :]
        mixed = level if len(level) == 1 else rng.standard_normal((_SPREAD, len(level))) @ level
        rays += [mixed, -mixed]
    if not rays:
        return none
    return np.array([site.unit(ray * site.extent) for ray in np.concatenate(rays)])


def lower_across(site: Site) -> tuple[Vector, float] | None:
    """The step (n,) to a lower point straight across a crease, and its gain; None where none is."""
    if site.creases is None:
        return None
    for normal in _normals(site)[:_MOST]:
        for sign in (1.0, -1.0):
            way = site.unit(sign * normal * site.extent)
            walk = straight(site, way)
            if walk.trend is Trend.FALLS:
                lowest = int(np.argmin(walk.values))
                return walk.t[lowest] * way, -float(walk.values[lowest])
    return None


def _normals(site: Site) -> Matrix:
    """Normals (k, n) of the planes along which the formula changes, in units of the extents."""
    if site.creases is None:
        return np.zeros((0, site.size))
    normals = np.asarray(site.creases(site.x, site.extent)) * site.extent
    sizes = np.linalg.norm(normals, axis=1)
    good = np.isfinite(sizes) & (sizes > 0.0)
    return _distinct(normals[good] / sizes[good, None])


def _distinct(rows: Matrix) -> Matrix:
    kept: list[int] = []
    for k, row in enumerate(rows):
        if not kept or np.max(np.abs(rows[kept] @ row)) < 1.0 - 1e-12:
            kept.append(k)
    return rows[kept]


def _subsets(normals: Matrix, size: int) -> list[Matrix]:
    """Sets of planes that meet in a line, then in more, as many as there is time for."""
    most = min(size - 1, len(normals)) if size <= _LARGEST else 1
    sets = [
        list(chosen)
        for count in range(most, 0, -1)
        for chosen in islice(combinations(range(len(normals)), count), _MOST)
    ]
    return [normals[chosen] for chosen in sets[:_MOST]]
