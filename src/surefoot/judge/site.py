"""Everything the judge measures at the point itself, before it asks any question."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np

from surefoot.judge.contracts import (
    EPS,
    Bounded,
    Creases,
    Hidden,
    Index,
    Matrix,
    Oracle,
    Problem,
    SparseHessian,
    Vector,
)

DENSE_LIMIT = 300
"""Up to this many coordinates the Hessian is formed; above, only its products are used."""

_BATCH = 64
"""Points are asked about in batches of at most this many, for which an oracle needs no compile."""

_RESIDUE = 4096.0
"""Of what the slope's rounding leaves open of a coordinate: what is not more is 0."""


@dataclass
class Site:
    """The point under judgement and what was measured there.

    Attributes:
        x: (n,) the point. value, gradient (n,), hessian (n, n) or None above DENSE_LIMIT.
        noise: how far rounding alone moves the value near x, in units of the value.
        widths: (n,) how far rounding alone moves each component of the gradient.
        extent: (n,) a length for each coordinate in its own units: its size, its distance from
            the reference point or the width of its bounds; 1 where none of these says anything.
        scale: the size of value against which `tol` is meant (see docs/judge.md, "scale").
        tolerance: tol · scale.
        change: |f(reference) − f|; 0 where there is no reference.
        sparse: x -> the Hessian as scipy.sparse (n, n), where it is known to be sparse.
        creases: the planes along which the formula changes at x, where the facts tell.
        hidden: points on a line -> the step in which rounding hides how f moves along them.
    """

    oracle: Oracle
    x: Vector
    lower: Vector
    upper: Vector
    tol: float
    names: Sequence[str]
    value: float
    gradient: Vector
    hessian: Matrix | None
    extent: Vector
    noise: float = 0.0
    widths: Vector = field(default_factory=lambda: np.zeros(0))
    scale: float = 1.0
    change: float = 0.0
    sparse: SparseHessian | None = None
    creases: Creases | None = None
    hidden: Hidden | None = None

    @property
    def size(self) -> int:
        return self.x.size

    @cached_property
    def is_open(self) -> bool:
        """Whether there are no bounds at all."""
        return bool(np.all(np.isneginf(self.lower)) and np.all(np.isposinf(self.upper)))

    @property
    def tolerance(self) -> float:
        return self.tol * self.scale

    def look(self, points: Matrix) -> tuple[Vector, Matrix]:
        """Values (k,) and gradients (k, n) at the rows of `points`."""
        return evaluate(self.oracle, points)

    def reach(self, direction: Vector) -> float:
        """The largest t for which x + t·direction stays within the bounds."""
        if self.is_open:  # asked twenty times a verdict, and mostly this is the answer
            return np.inf
        return reach(self.x, direction, self.lower, self.upper)

    def at(self, steps: Matrix) -> Matrix:
        """The points x + steps, clipped against the last rounding error at a bound."""
        points = self.x + steps
        return points if self.is_open else np.clip(points, self.lower, self.upper)

    def hessian_vector(self, v: Vector) -> Vector:
        if self.hessian is not None:
            return self.hessian @ v
        return np.asarray(self.oracle.hessian_vector(self.x, v), dtype=float)

    def hessian_on(self, free: Index) -> Matrix:
        """The rows and columns `free` (m,) of the Hessian (m, m), which must be present."""
        assert self.hessian is not None
        return self.hessian if free.size == self.size else self.hessian[np.ix_(free, free)]

    @cached_property
    def hessian_in_extents(self) -> Matrix:
        """The Hessian (n, n), which must be present, symmetric and in units of the extents.

        Infinite where it overflows.
        """
        assert self.hessian is not None
        with np.errstate(over="ignore", under="ignore"):
            scaled = self.hessian * self.extent[:, None] * self.extent
            return 0.5 * (scaled + scaled.T)

    def unit(self, direction: Vector) -> Vector:
        """`direction` stretched so that it moves some coordinate by exactly its extent."""
        largest = float(np.max(np.abs(direction) / self.extent, initial=0.0))
        if not np.isfinite(largest) or largest == 0.0:
            return np.zeros_like(direction)
        return direction / largest


def evaluate(oracle: Oracle, points: Matrix) -> tuple[Vector, Matrix]:
    """Values (k,) and gradients (k, n) at the rows of `points`."""
    found = [
        oracle.values_and_gradients(points[k : k + _BATCH]) for k in range(0, len(points), _BATCH)
    ]
    values = np.concatenate([np.asarray(item[0], dtype=float) for item in found])
    gradients = np.concatenate([np.asarray(item[1], dtype=float) for item in found])
    return values, gradients


def reach(x: Vector, direction: Vector, lower: Vector, upper: Vector) -> float:
    """The largest t ≥ 0 with lower ≤ x + t·direction ≤ upper; infinite without a limit."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        room = np.where(direction > 0, upper - x, x - lower)
        steps = np.where(direction == 0, np.inf, room / np.abs(direction))
    return float(np.min(steps, initial=np.inf))


def survey(problem: Problem, x: Vector, oracle: Oracle, reference: Vector | None = None) -> Site:
    """Evaluate at x and measure scale and rounding there."""
    lower = np.asarray(problem.lower, dtype=float)
    upper = np.asarray(problem.upper, dtype=float)
    hessian: Matrix | None = None
    if x.size <= DENSE_LIMIT:
        value, gradient, hessian = oracle.derivatives(x)
        hessian = np.asarray(hessian, dtype=float)
    else:
        value, gradient = oracle.value_and_gradient(x)
    site = Site(
        oracle,
        x,
        lower,
        upper,
        float(problem.tolerances.tol),
        problem.structure.paths,
        float(value),
        np.asarray(gradient, dtype=float),
        hessian,
        _extent(x, lower, upper, reference),
        widths=np.zeros_like(x),
    )
    if np.isfinite(site.value):
        # One call of the oracle costs more than an evaluation, so all are asked at once.
        near = site.at(_ulps(x.size) * np.where(x == 0.0, 0.0, np.spacing(np.abs(x))))
        asked = near if reference is None else np.concatenate([near, reference[None, :]])
        values, gradients = site.look(asked)
        _measure_rounding(site, near, values[: len(near)], gradients[: len(near)])
        _know_zeros(site)
        _set_scale(site, reference, values[len(near) :])
    return site


def _extent(x: Vector, lower: Vector, upper: Vector, reference: Vector | None) -> Vector:
    extent = np.abs(x)
    if reference is not None:
        extent = np.maximum(extent, np.abs(x - reference))
    with np.errstate(over="ignore"):
        width = upper - lower
    # A box 1e300 wide is a way of writing "no bound", not a length of the problem.
    useful = np.isfinite(width) & (width < 1e100)
    extent = np.where((extent == 0.0) & useful, width, extent)
    return np.where(extent == 0.0, 1.0, extent)


def _measure_rounding(site: Site, near: Matrix, values: Vector, gradients: Matrix) -> None:
    """noise = 4ε|f| + max |f(x̃) − f − g·(x̃−x)|, widths = max |g(x̃) − g|, x̃ within 2 ulp of x.

    The width counts both what rounding does inside the function and that the exact minimiser
    lies between two floating-point numbers: no float point can do better.
    """
    x, gradient = site.x, site.gradient
    site.noise = 4.0 * EPS * abs(site.value)
    if not np.all(np.isfinite(gradient)):
        return
    good = np.isfinite(values) & np.all(np.isfinite(gradients), axis=1)
    if np.any(good):
        moved = (near - x)[good]
        site.noise += float(np.max(np.abs(values[good] - site.value - moved @ gradient)))
        site.widths = np.max(np.abs(gradients[good] - gradient), axis=0)
    site.widths = site.widths + 2.0 * EPS * np.abs(gradient)
    if site.hessian is not None and np.all(np.isfinite(site.hessian)):
        ulp = np.where(x == 0.0, 0.0, np.spacing(np.abs(x)))
        site.widths = np.maximum(site.widths, 0.5 * np.abs(site.hessian) @ ulp)


def _know_zeros(site: Site) -> None:
    """Give a coordinate that is 0 within rounding the extent that 0 has.

    10⁻¹⁵, where the slope is rounding and its curvature says no better than 10⁻¹⁵, is what is left
    of 0 and no length of the problem.
    """
    if site.hessian is None or not np.all(np.isfinite(site.hessian)):
        return
    bends = np.diag(site.hessian)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        unsure = np.where(bends > 0.0, site.widths / bends, 0.0)
    zero = (site.extent < 1.0) & (site.extent <= _RESIDUE * unsure)
    if np.any(zero):
        none = np.zeros_like(site.x)
        site.extent = np.where(zero, _extent(none, site.lower, site.upper, None), site.extent)


@lru_cache(maxsize=4)
def _ulps(size: int) -> Matrix:
    """How many ulp each of five neighbours lies from the point in each coordinate (5, size)."""
    return np.random.default_rng(7).choice(np.array([-2.0, -1.0, 1.0, 2.0]), size=(5, size))


def with_bound(site: Site) -> Site | None:
    """The site with the oracle's own bound as its noise, where that is larger than what was seen.

    Values within 2 ulp of x do not show what cancels: 1 − exp(−(x − 7)²) is exactly 0 around 7, and
    a little further out it is known to 10⁻¹⁶ only.
    """
    if not isinstance(site.oracle, Bounded):
        return None
    noise = _finite_max(np.asarray(site.oracle.rounding(around(site)), dtype=float))
    return replace(site, noise=noise) if noise > 2.0 * site.noise else None


def around(site: Site, reach: float = 1e-3) -> Matrix:
    """Points at which a bound on rounding is asked for: x, and some that lie a little off, (k, n).

    At a stationary point itself every part may weigh nothing.

    Args:
        reach: the larger of two distances, as a share of the extent; the other is a thousandth.
    """
    steps = np.random.default_rng(13).uniform(-1.0, 1.0, (6, site.size)) * site.extent
    near = [np.zeros((1, site.size)), reach * steps, 1e-3 * reach * steps]
    return site.at(np.concatenate(near))


def _set_scale(site: Site, reference: Vector | None, values: Vector) -> None:
    """scale = min(max(1, |f|), max(|f|, |gᵢ|eᵢ, |Hᵢᵢ|eᵢ², |f(reference) − f|)), e = extent.

    `values` holds f(reference), or nothing where there is no reference. The second bracket moves
    with the units of f and x; the first is the promise made by `tol`.
    Without the second, 1e-12·(x−3)² would be stationary everywhere.
    """
    known = np.abs(site.x)
    if reference is not None:
        known = np.maximum(known, np.abs(site.x - reference))
    own = [abs(site.value)]
    with np.errstate(over="ignore", invalid="ignore"):
        own.append(_finite_max(np.abs(site.gradient) * known))
        if site.hessian is not None:
            own.append(_finite_max(np.abs(np.diag(site.hessian)) * known**2))
    for at_reference in values[np.isfinite(values)]:  # one, or none
        site.change = abs(float(at_reference) - site.value)
        own.append(site.change)
    site.scale = min(max(1.0, abs(site.value)), max(own))


def _finite_max(values: Vector) -> float:
    return float(np.max(values[np.isfinite(values)], initial=0.0))
