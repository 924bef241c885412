"""First order: is there a step that lowers the value by more than the tolerance?

In order of execution:

1. A coordinate at a bound whose slope pushes outwards is *blocked*; the others may move.
   multiplier λᵢ = gᵢ at a lower bound, −gᵢ at an upper bound (≥ 0 when blocked).
2. On the moving coordinates: Newton decrement δ = ½ gᵀ|H|⁺g, in scaled coordinates; |H| turns
   negative curvature round, so δ has one meaning at minima, saddles and maxima.
   Components of g along null directions must be below their own rounding width.
3. Stationary if δ ≤ tol·scale, or if every |gᵢ| ≤ 8 rounding widths.
4. Blocked with |λᵢ| within rounding, or within what the remaining Newton step may change,
   is *weak*: the point may leave that bound; otherwise *strict*.
"""

from dataclasses import dataclass, replace

import numpy as np

from surefoot.facts.lanczos import lanczos
from surefoot.judge.contracts import EPS, Index, Mask, Vector
from surefoot.judge.curvature import Spectrum, spectrum
from surefoot.judge.site import Site

WIDTHS = 8.0
_PRODUCTS = 60
_NEAR = 1e-3
"""A Newton step of this share of the extent or less ends at the same point."""


@dataclass(frozen=True)
class Stationarity:
    """What the slope says.

    Attributes:
        holds: stationary within tolerance or rounding.
        decrement: δ; threshold: tol·scale; by_rounding: decided by the widths.
        rise, fall: (n,) Newton steps towards the stationary point within the subspaces of
            positive and negative curvature: x + rise + fall is where the slope vanishes.
        downhill: (n,) −|H|⁺g, projected on the bounds: the way down.
        free, weak, strict: masks (n,). spectrum: of the Hessian on the moving coordinates.
        multipliers: (n,) λ for blocked coordinates, else 0. products: Hessian products spent.
    """

    holds: bool
    decrement: float
    threshold: float
    by_rounding: bool
    rise: Vector
    fall: Vector
    downhill: Vector
    free: Mask
    weak: Mask
    strict: Mask
    multipliers: Vector
    spectrum: Spectrum | None
    products: int


def bounds_touched(site: Site) -> tuple[Mask, Mask]:
    """Coordinates at their lower and at their upper bound, within 8 ulp."""
    with np.errstate(invalid="ignore"):
        ulp = np.spacing(np.abs(site.x))
        low = np.isfinite(site.lower) & (site.x - site.lower <= 8.0 * ulp)
        high = np.isfinite(site.upper) & (site.upper - site.x <= 8.0 * ulp)
    return low, high


def stationarity(site: Site, *, exact: bool = False) -> Stationarity:
    """Measure the slope at `site`; gradient and Hessian must be finite.

    Args:
        exact: the function is a proven quadratic: where it is affine in a coordinate its slope
            there is a coefficient, and no rounding of the value excuses it (1 + 10⁻²⁰ x).
    """
    gradient = site.gradient
    low, high = bounds_touched(site)
    low, high = _pushed_to_bounds(site, low, high)
    fixed = site.lower == site.upper
    blocked = ~fixed & ((low & (gradient > 0)) | (high & (gradient < 0)))
    moving = np.flatnonzero(~fixed & ~blocked)
    dense = site.hessian is not None
    parts = _dense_parts(site, moving, exact) if dense else _thin_parts(site, moving)
    rounding = WIDTHS * site.widths[moving]
    by_rounding = bool(np.all(np.abs(gradient[moving]) <= rounding))
    allowed = _allowed(site, parts)
    if exact and site.hessian is not None:
        affine = ~np.any(site.hessian != 0.0, axis=0)
        by_rounding = by_rounding and not np.any((affine & (gradient != 0.0))[moving])
        parts = _tilted(site, parts, affine, moving)
    holds = by_rounding or (parts.null_small and parts.decrement <= allowed)
    step = parts.rise + parts.fall
    shift = site.hessian_vector(step) if np.any(step) else np.zeros_like(step)
    multipliers = np.where(blocked, np.where(low, gradient, -gradient), 0.0)
    small = np.abs(gradient) <= WIDTHS * site.widths + 2.0 * np.abs(shift)
    touching = ~fixed & (low | high)
    weak = touching & (~blocked | small)
    strict = blocked & ~weak
    free = ~fixed & ~touching
    return Stationarity(
        holds,
        parts.decrement,
        allowed,
        by_rounding,
        parts.rise,
        parts.fall,
        _projected(site, parts.downhill),
        free,
        weak,
        strict,
        multipliers,
        parts.spectrum,
        parts.products,
    )


def _tilted(site: Site, parts: "_Parts", affine: Mask, moving: Index) -> "_Parts":
    """The parts, with an infinite decrement where f is affine in a coordinate that may move."""
    tilt = np.zeros(site.size)
    tilt[moving] = np.where(affine[moving], -site.gradient[moving], 0.0)
    if not np.any(tilt):
        return parts
    downhill = site.unit(tilt * site.extent**2)
    return replace(parts, decrement=np.inf, null_small=False, downhill=downhill)


def _allowed(site: Site, parts: "_Parts") -> float:
    """tol·scale; without |f| in the scale where the value cannot show what the slope promises.

    10³⁰ + x² at 5 is its minimum to 28 digits, and 5 is nowhere near 0: the value absorbs x².
    Promises below tol itself, as of 1 + x² at 10⁻⁹, are small by any measure.
    """
    step = np.abs(parts.rise + parts.fall) / site.extent
    if not site.tol < parts.decrement <= site.noise or np.max(step, initial=0.0) <= _NEAR:
        return site.tolerance
    sizes = np.abs(site.gradient) * site.extent
    if site.hessian is not None:
        sizes = np.maximum(sizes, np.abs(np.diag(site.hessian)) * site.extent**2)
    return min(site.tolerance, site.tol * float(np.max(sizes[np.isfinite(sizes)], initial=0.0)))


def _pushed_to_bounds(site: Site, low: Mask, high: Mask) -> tuple[Mask, Mask]:
    """Count a bound as touched if reaching it is worth less than the tolerance, and wanted.

    Solvers that stay strictly inside stop a hair before the bound.
    """
    if site.hessian is None or not np.any(np.isfinite(site.lower) | np.isfinite(site.upper)):
        return low, high
    gradient = site.gradient
    curvature = np.abs(np.diag(site.hessian))
    with np.errstate(invalid="ignore", over="ignore"):
        to_low = np.where(gradient > 0, site.x - site.lower, np.inf)
        to_high = np.where(gradient < 0, site.upper - site.x, np.inf)
        wanted_low = np.abs(gradient) >= curvature * to_low
        wanted_high = np.abs(gradient) >= curvature * to_high
        cheap_low = np.abs(gradient) * to_low * site.size <= site.tolerance
        cheap_high = np.abs(gradient) * to_high * site.size <= site.tolerance
    return low | (wanted_low & cheap_low), high | (wanted_high & cheap_high)


@dataclass(frozen=True)
class _Parts:
    decrement: float
    null_small: bool
    rise: Vector
    fall: Vector
    downhill: Vector
    spectrum: Spectrum | None
    products: int = 0


def _dense_parts(site: Site, moving: Index, exact: bool) -> _Parts:
    found = spectrum(site, moving, whole=False)
    gradient = found.scale * site.gradient[moving]
    if found.factor is not None:
        newton = found.factor.solve(gradient)
        step = np.zeros(site.size)
        step[moving] = -found.scale * newton
        decrement = 0.5 * float(newton @ gradient)
        return _Parts(decrement, True, step, np.zeros(site.size), step, found)
    along = found.vectors.T @ gradient
    up, down, null = found.positive, found.negative, found.null
    sizes = np.where(null, 1.0, np.abs(found.values))
    newton = np.where(null, 0.0, along / sizes)
    decrement = 0.5 * float(newton @ along)
    loud = np.zeros_like(null)
    if np.any(null):
        loud[null] = ~(np.abs(along[null]) <= WIDTHS * _null_widths(site, found, exact))

    def spread(coefficients: Vector) -> Vector:
        full = np.zeros(site.size)
        full[moving] = found.scale * (found.vectors @ coefficients)
        return full

    # Where curvature cannot say how far to go, the slope alone says which way.
    downhill = spread(-newton)
    if np.any(loud):
        steepest = np.where(loud, along, 0.0)
        downhill = site.unit(spread(-steepest))
        decrement = np.inf
    return _Parts(
        decrement,
        not np.any(loud),
        spread(np.where(up, -newton, 0.0)),
        spread(np.where(down, newton, 0.0)),
        downhill,
        found,
    )


def _null_widths(site: Site, found: Spectrum, exact: bool) -> Vector:
    """The rounding width of the slope along each null eigenvector of the Hessian (k,)."""
    shares = np.abs(found.scale[:, None] * found.vectors[:, found.null])
    widths = shares.T @ site.widths[found.free]
    if exact:  # coefficients are read off, not measured: their slope is g + Hx and no more
        return widths
    # Rounding of the parts of a sum is the same all around x, where no probe of x can see it: what
    # it could change the value by, over the whole extent, is the last digits of the value.
    lengths = np.max(shares / site.extent[found.free, None], axis=0, initial=0.0)
    return np.maximum(widths, 4.0 * EPS * abs(site.value) * lengths)


def _thin_parts(site: Site, moving: Index) -> _Parts:
    """The same from Lanczos started at g: gᵀ|H|⁻¹g ≈ ‖g‖² Σ s₁ᵢ²/|θᵢ| (Gauss quadrature)."""
    size = site.size
    norm = float(np.linalg.norm(site.gradient[moving]))
    zero = np.zeros(size)
    if norm == 0.0 or moving.size == 0:
        return _Parts(0.0, True, zero, zero, zero, None)

    def product(v: Vector) -> Vector:
        full = np.zeros(size)
        full[moving] = v
        return np.asarray(site.hessian_vector(full), dtype=float)[moving]

    ritz = lanczos(product, site.gradient[moving], _PRODUCTS, accuracy=0.0)
    if ritz.values.size == 0:
        return _Parts(np.inf, False, zero, zero, -site.gradient, None, 1)
    floor = 1e-13 * float(np.max(np.abs(ritz.values)))
    usable = np.abs(ritz.values) > floor
    weights = np.where(usable, norm * ritz.first / np.where(usable, np.abs(ritz.values), 1.0), 0.0)
    decrement = 0.5 * float(np.sum(weights * norm * ritz.first))
    lost = norm * np.abs(ritz.first[~usable])
    null_small = bool(np.all(lost <= WIDTHS * np.linalg.norm(site.widths[moving])))

    def spread(coefficients: Vector) -> Vector:
        full = np.zeros(size)
        full[moving] = coefficients @ ritz.vectors
        return full

    downhill = spread(-weights) if null_small else -site.gradient
    rise = spread(np.where(ritz.values > 0, -weights, 0.0))
    fall = spread(np.where(ritz.values < 0, weights, 0.0))
    return _Parts(
        decrement if null_small else np.inf, null_small, rise, fall, downhill, None, ritz.products
    )


def _projected(site: Site, step: Vector) -> Vector:
    """The step with the parts removed that leave the bounds at once."""
    low, high = bounds_touched(site)
    return np.where((low & (step < 0)) | (high & (step > 0)), 0.0, step)
