"""Second order from Hessian-vector products, where the Hessian is too large to form.

Lanczos from a random start gives the extreme eigenvalues θ of H on the free coordinates with
residuals. θ₁ − residual > 0 supports a minimum; a Ritz vector with θ₁ + residual < 0 is a
direction of negative curvature, and is walked. Where θ₁ is not told from 0, a sparse Hessian is
factorised (definite.py), if there is one.
"""

import numpy as np

from surefoot.facts.lanczos import Ritz, lanczos, missed_bound
from surefoot.judge.contracts import Index, Vector
from surefoot.judge.curvature import Check, confirm
from surefoot.judge.definite import definite
from surefoot.judge.escape import walk_down
from surefoot.judge.second_order import Finding
from surefoot.judge.site import Site
from surefoot.judge.stationarity import Stationarity
from surefoot.judge.walk import Trend, straight
from surefoot.terms import Evidence, PointKind

_PRODUCTS = 200


def classify(site: Site, first: Stationarity, trusted: bool) -> Finding:
    """Judge a stationary point by Lanczos; costs up to 200 Hessian-vector products."""
    block = np.flatnonzero(first.free | first.weak)
    if block.size == 0:
        return Finding(PointKind.LOCAL_MINIMUM)
    found = _ritz(site, block)
    if found.values.size == 0:
        return Finding(PointKind.UNKNOWN)
    spread = float(found.values[-1] - found.values[0])
    largest = float(np.max(np.abs(found.values)))
    bar = float(found.residuals[0]) + 1e-13 * largest
    rows = [_row(found, bar, block.size, spread)]
    smallest = float(found.values[0])
    way = _full(site, block, found.vectors[0])
    if smallest < -bar:
        return _descending(site, first, found, way, rows)
    if np.any(first.weak):
        return Finding(PointKind.UNKNOWN, rows=rows)
    if smallest > bar:
        agreed = trusted or confirm(site, way[None], np.array([smallest])) == [Check.CONFIRMED]
        return Finding(PointKind.LOCAL_MINIMUM if agreed else PointKind.UNKNOWN, rows=rows)
    return _by_factor(site, block, rows) or _nearly_flat(site, way, largest, bar, rows)


def _by_factor(site: Site, block: Index, rows: list[Evidence]) -> Finding | None:
    """A minimum, where the sparse Hessian is positive definite and a walk agrees."""
    matrix = None if site.sparse is None else site.sparse(site.x)
    found = None if matrix is None else definite(matrix, block)
    if found is None:
        return None
    way = _full(site, block, found.direction)
    answer = confirm(site, way[None], np.array([found.curvature]))
    if answer != [Check.CONFIRMED]:
        return None
    row = Evidence(
        "definite",
        "smallest eigenvalue of the scaled Hessian, Hᵢᵢ = 1",
        found.smallest,
        found.error,
        True,
        note=f"all {block.size} pivots of SHS − τI = LDLᵀ are positive, τ the threshold; a walk "
        "along the direction of least curvature agrees",
    )
    return Finding(PointKind.LOCAL_MINIMUM, rows=[*rows, row])


def _ritz(site: Site, block: Index) -> Ritz:
    def product(v: Vector) -> Vector:
        return site.hessian_vector(_full(site, block, v))[block]

    start = np.random.default_rng(17).standard_normal(block.size)
    return lanczos(product, start, _PRODUCTS)


def _full(site: Site, block: Index, part: Vector) -> Vector:
    full = np.zeros(site.size)
    full[block] = part
    return full


def _row(found: Ritz, bar: float, size: int, spread: float) -> Evidence:
    missed = missed_bound(size, found.products, spread)
    smallest = float(found.values[0])
    return Evidence(
        "curvature",
        "smallest eigenvalue of H by Lanczos",
        smallest,
        bar,
        True if smallest > bar else (False if smallest < -bar else None),
        note=f"{found.products} Hessian-vector products on {size} coordinates; the threshold is "
        f"the residual; except with chance 0.001 no eigenvalue lies below {smallest - missed:.3g}",
    )


def _descending(
    site: Site, first: Stationarity, found: Ritz, way: Vector, rows: list[Evidence]
) -> Finding:
    down = walk_down(site, way, float(found.values[0]))
    rows.append(
        Evidence(
            "escape",
            "f(x) − f(x + td), a short way along",
            None if down is None else down.gain,
            0.0,
            None if down is None else True,
        )
    )
    if down is None:
        return Finding(PointKind.DEGENERATE, rows=rows)
    top = float(found.values[-1])
    error = float(found.residuals[-1]) + 1e-13 * abs(float(found.values[0]))
    if np.any(first.strict) or top > error:
        return Finding(PointKind.SADDLE_POINT, *down, rows=rows)
    kind = PointKind.LOCAL_MAXIMUM if top < -error else PointKind.DEGENERATE
    return Finding(kind, *down, rows=rows)


def _nearly_flat(
    site: Site, way: Vector, largest: float, bar: float, rows: list[Evidence]
) -> Finding:
    """The smallest eigenvalue cannot be told from zero."""
    unit = site.unit(way)
    trends = {straight(site, sign * unit).trend for sign in (1.0, -1.0)}
    if Trend.FALLS in trends:
        return Finding(PointKind.SADDLE_POINT, unit, rows=rows)
    if trends == {Trend.LEVEL} and bar <= 1e-8 * largest:
        return Finding(PointKind.FLAT_MINIMUM, unit, flat=np.abs(unit), rows=rows)
    why = (
        "The smallest curvature of so many variables could not be told from zero: scale them to "
        "like sizes, judge a smaller version of the problem, or add a small multiple of the sum "
        "of squares and compare the answers."
    )
    return Finding(PointKind.UNKNOWN, unit, rows=rows, why=why)
