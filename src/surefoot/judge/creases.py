"""Directions along the creases of a function: the edges of the pieces that meet at x.

Sampled directions miss a piece that is narrow. Its edges lie where planes along which the formula
changes meet, so that directions in the intersections of such planes are looked at as well.
"""

from itertools import combinations, islice

import numpy as np

from surefoot.judge.contracts import Matrix
from surefoot.judge.site import Site

_MOST = 256
_LARGEST = 12
_SPREAD = 4


def along_creases(site: Site) -> Matrix:
    """Steps (k, n) in the units of x that lie in intersections of the planes, each unit long."""
    none = np.zeros((0, site.size))
    if site.creases is None or site.size < 2:
        return none
    normals = np.asarray(site.creases(site.x, site.extent)) * site.extent
    sizes = np.linalg.norm(normals, axis=1)
    good = np.isfinite(sizes) & (sizes > 0.0)
    normals = _distinct(normals[good] / sizes[good, None])
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
