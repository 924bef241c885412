"""The trust-region subproblem: the lowest point of a quadratic model inside a ball."""

from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np

from surefoot.descent.steps import Vector, norm

SPECTRAL_SIZE = 12
EPS = float(np.finfo(np.float64).eps)
FAINT = 1e-24
OVERFLOWS = 1e100


@dataclass(frozen=True, slots=True)
class ModelStep:
    """A step of the model q(p) = gᵀp + ½pᵀHp.

    Attributes:
        step: p.
        decrease: −q(p) ≥ 0.
        interior: whether p is the model's own minimum rather than one on the edge of the region;
            then `decrease` is the Newton decrement ½gᵀH⁻¹g.
        curvature: the smallest eigenvalue of H where it was computed, else NaN (H is then
            positive definite, or the step is on the edge).
        bend: a unit eigenvector of `curvature`, None where it was not computed.
    """

    step: Vector
    decrease: float
    interior: bool
    curvature: float
    bend: Vector | None = None


def solve(hessian: Vector, gradient: Vector, radius: float, slope_noise: float = 0.0) -> ModelStep:
    """Minimise gᵀp + ½pᵀHp over ‖p‖ ≤ radius, H symmetric and of any sign.

    p solves (H + σI)p = −g with σ ≥ 0, H + σI ⪰ 0 and σ(radius − ‖p‖) = 0 (Moré and Sorensen,
    SIAM J. Sci. Stat. Comput. 4, 1983). Up to 12 variables by one eigendecomposition, which
    settles the hard case (g ⊥ the lowest eigenvectors: a saddle or maximum, g = 0, is one) exactly;
    above by Cholesky factorisations, of which two or three suffice for ‖p‖ within 10 % of the
    radius, and by the eigendecomposition where they do not settle it.

    Args:
        hessian, gradient: (n, n) symmetric and (n,).
        radius: of the region, > 0.
        slope_noise: rounding width of the gradient. Along eigenvectors whose curvature is lost in
            rounding a slope below it is taken for zero; a larger one leads to the edge.
    """
    size = max(float(np.max(np.abs(hessian), initial=0.0)), float(np.max(np.abs(gradient))))
    if size > OVERFLOWS:
        # The step is the same for both divided by one number.
        found = solve(hessian / size, gradient / size, radius, slope_noise / size)
        return replace(found, decrease=found.decrease * size, curvature=found.curvature * size)
    if gradient.size > SPECTRAL_SIZE:
        found = _by_cholesky(hessian, gradient, radius)
        if found is not None:
            return found
    return _by_eigenvalues(hessian, gradient, radius, slope_noise)


def _by_eigenvalues(
    hessian: Vector, gradient: Vector, radius: float, slope_noise: float
) -> ModelStep:
    n = gradient.size
    eigenvalues, vectors = np.linalg.eigh(hessian)
    top = float(max(abs(eigenvalues[0]), abs(eigenvalues[-1])))
    noise = 8 * n * EPS * top
    lowest, bend = float(eigenvalues[0]), vectors[:, 0]
    slopes = vectors.T @ gradient
    flat = np.abs(eigenvalues) <= noise
    slopes = np.where(flat & (np.abs(slopes) <= slope_noise), 0.0, slopes)
    # As good as zero, but still a number to divide by: the step then ends at the edge.
    curvatures = np.where(flat, FAINT * top, eigenvalues)
    if top == 0.0:
        return _along_gradient(gradient, radius, bend)
    if curvatures[0] > 0:
        parts = -slopes / curvatures
        if norm(parts) <= radius:
            return _pack(vectors, parts, slopes, curvatures, True, lowest, bend)
    parts = _on_the_edge(curvatures, slopes, radius)
    return _pack(vectors, parts, slopes, curvatures, False, lowest, bend)


def _on_the_edge(curvatures: Vector, slopes: Vector, radius: float) -> Vector:
    """‖p(σ)‖ = radius in the eigenbasis, where p_i = −slope_i/(curvature_i + σ)."""
    floor = max(0.0, -float(curvatures[0]))
    gaps = curvatures + floor
    width = 16 * EPS * float(np.max(np.abs(curvatures)))
    tight = gaps <= width
    steep = norm(slopes)
    # A slope that asks for a shift below the rounding of the curvature is as good as none: the
    # shifted curvature would come out as 0, and the step as 0/0.
    if bool(np.all(np.abs(slopes[tight]) <= max(EPS * steep, width * radius))):
        parts = np.where(tight, 0.0, -slopes / np.where(tight, 1.0, gaps))
        short = radius * radius - float(parts @ parts)
        if short > 0:
            # The hard case: the lowest curvature takes up the rest, downhill if there is a slope.
            parts[0] = sqrt(short) if slopes[0] <= 0 else -sqrt(short)
            return parts
    lower, upper = floor, floor + steep / radius
    sigma = max(0.5 * (lower + upper), lower + 1e-3 * (upper - lower))
    parts = -slopes / (curvatures + sigma)
    for _ in range(60):
        length = norm(parts)
        if abs(length - radius) <= 1e-10 * radius or not lower < sigma < upper:
            break
        if length > radius:
            lower = sigma
        else:
            upper = sigma
        rate = float(np.sum(parts * parts / (curvatures + sigma)))
        slide = radius * rate
        sigma += length * length * (length - radius) / slide if slide > 0.0 else upper
        if not lower < sigma < upper:
            sigma = max(_middle(lower, upper), 0.5 * (lower + upper) if lower == 0 else 0.0)
        parts = -slopes / (curvatures + sigma)
    size = norm(parts)
    return np.asarray(parts * min(1.0, radius / size)) if size > 0.0 else parts


def _middle(lower: float, upper: float) -> float:
    """√(lower·upper); the product itself overflows beyond 10¹⁵⁴."""
    return sqrt(lower) * sqrt(upper)


def _by_cholesky(hessian: Vector, gradient: Vector, radius: float) -> ModelStep | None:
    """The same by factorisations of H + σI; None where σ is not found quickly."""
    from scipy.linalg import cho_solve, solve_triangular

    identity = np.eye(gradient.size)
    steep = norm(gradient)
    bound = float(np.max(np.sum(np.abs(hessian), axis=1)))
    lower = max(0.0, -float(np.min(np.diagonal(hessian))), steep / radius - bound)
    upper = max(steep / radius + bound, lower)
    sigma = 0.0 if lower <= 0 else lower
    for _ in range(12):
        try:
            factor = np.linalg.cholesky(hessian + sigma * identity if sigma else hessian)
        except np.linalg.LinAlgError:
            lower = max(lower, sigma)
            sigma = max(_middle(lower, upper), lower + 0.01 * (upper - lower))
            continue
        step = -cho_solve((factor, True), gradient, check_finite=False)
        length = norm(step)
        if not 0.0 < length < inf and not (sigma == 0.0 and length == 0.0):
            return None
        if (sigma == 0.0 and length <= radius) or abs(length - radius) <= 0.1 * radius:
            decrease = -float(gradient @ step + 0.5 * step @ (hessian @ step))
            return ModelStep(step, decrease, sigma == 0.0 and length <= radius, np.nan)
        if length > radius:
            lower = max(lower, sigma)
        else:
            upper = min(upper, sigma)
        tilt = solve_triangular(factor, step, lower=True, check_finite=False)
        sigma += (length / norm(tilt)) ** 2 * (length - radius) / radius
        if not lower < sigma < upper:
            sigma = max(_middle(lower, upper), lower + 0.01 * (upper - lower))
    return None


def _along_gradient(gradient: Vector, radius: float, bend: Vector) -> ModelStep:
    """The model is a plane."""
    steep = norm(gradient)
    if steep == 0.0:
        return ModelStep(np.zeros_like(gradient), 0.0, True, 0.0, bend)
    step = gradient * (-radius / steep)
    return ModelStep(step, radius * steep, False, 0.0, bend)


def _pack(
    vectors: Vector, parts: Vector, slopes: Vector, curvatures: Vector,
    interior: bool, lowest: float, bend: Vector,
) -> ModelStep:  # fmt: skip
    decrease = -float(slopes @ parts + 0.5 * parts @ (curvatures * parts))
    return ModelStep(vectors @ parts, max(decrease, 0.0), interior, lowest, bend)
