"""BFGS for functions with kinks: the weak Wolfe line search and the update."""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

import numpy as np

from surefoot.descent.steps import Vector

DECREASE = 1e-4
CURVATURE = 0.5
TRIALS = 60


class Reached(NamedTuple):
    """A point of the line search: its parameter, coordinates, value and gradient."""

    t: float
    u: Vector
    value: float
    gradient: Vector


def weak_wolfe(
    evaluate: Callable[[Vector], tuple[float, Vector]],
    u: Vector,
    value: float,
    direction: Vector,
    slope: float,
) -> Reached | None:
    """A step t with f(u + t d) ≤ f(u) + c₁ t s and slope there ≥ c₂ s, for s = gᵀd < 0.

    Doubles t until the first test fails, then bisects; NaN fails the first test. The strong Wolfe
    test (|slope| small) would be wrong at a kink, where the slope jumps over zero (Lewis &
    Overton, Math. Program. 141, 2013, algorithm 2.6).

    Returns:
        The point; where 60 trials do not meet both tests, the last one that met the first; None
        where no trial did.
    """
    low, high, t = 0.0, inf, 1.0
    best: Reached | None = None
    for _ in range(TRIALS):
        trial = u + t * direction
        if np.array_equal(trial, u):
            break
        reached, gradient = evaluate(trial)
        if not reached <= value + DECREASE * t * slope:
            high = t
        else:
            best = Reached(t, trial, reached, gradient)
            if reached == -inf or gradient @ direction >= CURVATURE * slope:
                return best
            low = t
        t = (low + high) / 2 if high < inf else 2 * t
    return best if best is not None and best.value < value else None


def bfgs_update(inverse: Vector | None, s: Vector, y: Vector) -> Vector | None:
    """The inverse Hessian after the step s changed the gradient by y.

    H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ with ρ = 1/sᵀy; unchanged where sᵀy is not > 0. The
    first one starts from I·sᵀy/yᵀy (Nocedal & Wright 2006, eq. 6.17 and 6.20).
    """
    product = float(s @ y)
    if not product > 1e-300:
        return inverse
    if inverse is None:
        inverse = np.eye(s.size) * (product / float(y @ y))
    rho = 1 / product
    hy = inverse @ y
    change = np.outer(s, hy)
    return (
        inverse - rho * (change + change.T) + rho * (rho * float(y @ hy) + 1) * np.outer(s, s)
    )
