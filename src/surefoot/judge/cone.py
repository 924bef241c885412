"""Curvature on a cone: coordinates on a bound with zero multiplier may move inwards only.

With F the free and W the weak coordinates, H_FF positive definite and Σ = ±1 the inward signs:

    S = Σ (H_WW − H_WF H_FF⁻¹ H_FW) Σ

dᵀHd > 0 for every allowed d ≠ 0 exactly if S is strictly copositive. Kaplan (2000): it is exactly
if no principal submatrix has a positive eigenvector with an eigenvalue ≤ 0.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from surefoot.judge.contracts import Mask, Matrix, Vector
from surefoot.judge.curvature import equilibrate
from surefoot.judge.higher import reduce
from surefoot.judge.site import Site
from surefoot.judge.walk import Walk

_MOST = 10
_ERROR = 1e-10


@dataclass(frozen=True)
class ConeAnswer:
    """Whether the curvature is positive on the cone.

    Attributes:
        strict: True, False, or None where it cannot be told.
        curvature: the least found (scaled). direction: (n,) where, if negative.
        level: (k, n) allowed directions without curvature, if those are all that is missing.
    """

    strict: bool | None
    curvature: float
    direction: Vector | None = None
    level: Matrix | None = None


def inward(site: Site, weak: Mask) -> Vector:
    """+1 for weak coordinates at their lower bound, −1 at their upper bound, else 0."""
    with np.errstate(invalid="ignore"):
        low = site.x - site.lower <= site.upper - site.x
    return np.where(weak, np.where(low, 1.0, -1.0), 0.0)


def examine(site: Site, free: Mask, weak: Mask, sign: float = 1.0) -> ConeAnswer:
    """Curvature of sign·f over directions with free coordinates any, weak ones inwards."""
    assert site.hessian is not None
    block = np.flatnonzero(free | weak)
    hessian = sign * site.hessian[np.ix_(block, block)]
    scale = equilibrate(hessian, site.extent[block])
    hessian = hessian * scale[:, None] * scale
    f, w = np.flatnonzero(free[block]), np.flatnonzero(weak[block])
    signs = inward(site, weak)[block][w]
    inner = hessian[np.ix_(f, f)]
    values, vectors = np.linalg.eigh(inner) if f.size else (np.ones(1), np.zeros((0, 1)))

    def whole(free_part: Vector, weak_part: Vector) -> Vector:
        full = np.zeros(site.size)
        full[block[f]], full[block[w]] = scale[f] * free_part, scale[w] * signs * weak_part
        return full

    if f.size and values[0] < -_ERROR:
        return ConeAnswer(False, float(values[0]), whole(vectors[:, 0], np.zeros(w.size)))
    if (f.size and values[0] <= _ERROR) or w.size > _MOST:
        return ConeAnswer(None, float(values[0]))
    cross = hessian[np.ix_(f, w)] * signs
    response = -np.linalg.solve(inner, cross) if f.size else np.zeros((0, w.size))
    schur = hessian[np.ix_(w, w)] * signs[:, None] * signs + cross.T @ response
    least, where = _least_on_orthant(schur)
    direction = whole(response @ where, where)
    if least < -_ERROR:
        return ConeAnswer(False, least, direction)
    if least > _ERROR:
        return ConeAnswer(True, least)
    axes = [k for k in range(w.size) if abs(schur[k, k]) <= _ERROR]
    if w.size == 1:
        return ConeAnswer(None, least, None, direction[None, :])
    level = np.array([whole(response @ e, e) for e in np.eye(w.size)[axes]])
    return ConeAnswer(None, least, None, level if axes else None)


def _least_on_orthant(matrix: Matrix) -> tuple[float, Vector]:
    """The least vᵀMv/vᵀv at a positive eigenvector of a principal submatrix, and v ≥ 0."""
    size = matrix.shape[0]
    least, where = np.inf, np.zeros(size)
    for count in range(1, size + 1):
        for chosen in combinations(range(size), count):
            part = list(chosen)
            values, vectors = np.linalg.eigh(matrix[np.ix_(part, part)])
            for value, vector in zip(values, vectors.T, strict=True):
                oriented = vector * np.sign(np.sum(vector) or 1.0)
                if np.all(oriented > 1e-9) and value < least:
                    least, where = float(value), np.zeros(size)
                    where[part] = oriented
    return least, where


def rises(site: Site, free: Mask, weak: Mask) -> bool:
    """Whether some allowed direction has positive curvature."""
    assert site.hessian is not None
    answer = examine(site, free, weak, -1.0)
    return answer.direction is not None and answer.curvature < 0.0


def walk(site: Site, way: Vector, free: Mask) -> Walk:
    """Walk f, minimised over the free coordinates, along the half-line."""
    rows = np.diag(site.extent)[free]
    return reduce(site, way[None, :], rows, 1.0).walk(np.ones(1))
