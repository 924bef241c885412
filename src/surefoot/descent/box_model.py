"""The trust-region step inside a box: the model's minimum among the variables that are free."""

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.bounds import Mask, held
from surefoot.descent.steps import Vector
from surefoot.descent.trust_region import ModelStep, solve

HALVINGS = 30
SUFFICIENT = 0.01


def box_step(
    hessian: Vector,
    gradient: Vector,
    radius: float,
    below: Vector,
    above: Vector,
    slope_noise: float = 0.0,
) -> ModelStep:
    """A step p, below ≤ p ≤ above and ‖p‖ ≤ about `radius`, that lowers q(p) = gᵀp + ½pᵀHp well.

    After Lin and Moré (TRON, SIAM J. Optim. 9, 1999): (1) the Cauchy step along the projected
    gradient path says which variables meet their bounds; (2) among the others the trust-region
    subproblem is solved and its step projected; (3) variables that meet a bound on the way stay
    there and (2) is repeated for the rest. The decrease is never less than the Cauchy step's,
    which is what global convergence rests on. Without finite bounds it is `trust_region.solve`.

    Args:
        hessian, gradient: (n, n) and (n,).
        radius, slope_noise: see `trust_region.solve`.
        below, above: (n,) lower − x ≤ 0 and upper − x ≥ 0, infinite where there is no bound.
    """  # fmt: skip
    if not (np.isfinite(below).any() or np.isfinite(above).any()):
        return solve(hessian, gradient, radius, slope_noise)
    n = gradient.size
    at = _cauchy(hessian, gradient, radius, below, above)
    blocked = np.zeros(n, dtype=np.bool_)
    curvature, bend, interior = np.nan, None, True
    for _ in range(n + 1):
        slope = gradient + hessian @ at
        blocked |= held(at, slope, below, above)
        free = np.flatnonzero(~blocked)
        if free.size == 0 or float(np.linalg.norm(at)) > 2.0 * radius:
            break
        inner = solve(hessian[np.ix_(free, free)], slope[free], radius, slope_noise)
        whole = _spread(inner.step, free, n)
        moved, blocked_now = _projected(hessian, slope, at, whole, below, above)
        if np.isfinite(inner.curvature):
            curvature = inner.curvature
            bend = None if inner.bend is None else _spread(inner.bend, free, n)
        interior = inner.interior
        stuck = not _model(hessian, gradient, moved) < _model(hessian, gradient, at)
        at = at if stuck else moved
        blocked |= blocked_now
        if not blocked_now.any():
            break
    return ModelStep(at, max(0.0, -_model(hessian, gradient, at)), interior, curvature, bend)


def _cauchy(
    hessian: Vector, gradient: Vector, radius: float, below: Vector, above: Vector
) -> Vector:
    """P(−αg) for an α with q(p) ≤ 0.01·gᵀp inside the region."""
    zero = np.zeros_like(gradient)
    down = np.where(held(zero, gradient, below, above), 0.0, -gradient)
    steep = float(np.linalg.norm(down))
    if steep == 0.0:
        return zero
    bend = float(down @ hessian @ down)
    alpha = radius / steep
    if bend > 0.0:
        alpha = min(alpha, steep * steep / bend)
    for _ in range(HALVINGS):
        step = np.clip(alpha * down, below, above)
        if _model(hessian, gradient, step) <= SUFFICIENT * float(gradient @ step):
            return step
        alpha *= 0.5
    return zero


def _projected(
    hessian: Vector, slope: Vector, at: Vector, inner: Vector, below: Vector, above: Vector
) -> tuple[Vector, Mask]:
    """P(at + β·inner) for the first β = ±1, ±½, … that lowers the model; and who met a bound.

    A step along pure negative curvature may go either way, hence the two signs.
    """
    level = 1e-14 * float(np.linalg.norm(slope)) * float(np.linalg.norm(inner))
    signs = (1.0, -1.0) if abs(float(slope @ inner)) <= level else (1.0,)
    beta = 1.0
    hit = np.zeros(at.size, dtype=np.bool_)
    for _ in range(HALVINGS):
        for sign in signs:
            straight = at + sign * beta * inner
            there = np.clip(straight, below, above)
            hit = (there != straight) & (inner != 0)
            move = there - at
            change = float(slope @ move + 0.5 * move @ (hessian @ move))
            if change < 0.0 and change <= SUFFICIENT * float(slope @ move):
                return there, hit
        beta *= 0.5
    return at, hit


def _model(hessian: Vector, gradient: Vector, step: Vector) -> float:
    return float(gradient @ step + 0.5 * step @ (hessian @ step))


def _spread(part: Vector, free: NDArray[np.intp], size: int) -> Vector:
    whole = np.zeros(size)
    whole[free] = part
    return whole
