"""The floating-point numbers nearest to the answer of a linear least-squares problem.

The minimiser of Σ ((a − 10¹⁷) tᵢ + b − yᵢ)² rounds to a point that is far above the minimum: its a
is off by up to 8, and its b fits the a that was meant. So, where the value shows such a loss:

1. x ← x − A⁺ r(x), r the residuals as the program computes them.
2. the coordinate whose rounding moves the residuals most is held at its floating-point number, and
   step 1 is repeated over the others, until none is left.

This is Babai's rounding of a least-squares solution to a lattice, the lattice being float64.
"""

from collections.abc import Callable

import numpy as np

from surefoot.descent import solve_linear_least_squares
from surefoot.facts import QuadraticForm
from surefoot.program import Vector

MOST = 30
"""Coordinates up to which it is tried; each costs a factorisation."""


def nearest_floats(
    form: QuadraticForm,
    value: Callable[[Vector], float],
    residual: Callable[[Vector], Vector],
    x: Vector,
    tol: float,
) -> Vector:
    """x, or a point nearby whose value is lower.

    Args:
        form: a sum of squares.
        value: the function as the program computes it.
        residual: its residuals, (m,), in the order of `form.residual_matrix`.
        tol: relative part of the value that counts.
    """
    best = value(x)
    if x.size > MOST or not np.isfinite(best):
        return x
    left = form.below(x, np.ones(x.size, dtype=bool))
    least = tol * max(1.0, abs(best))
    if left is None or max(left.gain, abs(best - left.value)) <= least:
        return x
    matrix = form.residual_matrix
    matrix = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    free = np.ones(x.size, dtype=bool)
    point = x.copy()
    while free.any():
        r = residual(point)
        step = np.zeros_like(x)
        step[free] = solve_linear_least_squares(matrix[:, free], -r).x
        point = point + step
        if not np.all(np.isfinite(point)):
            break
        found = value(point)
        if found < best:
            best, x = found, point
        loss = np.spacing(np.abs(point)) * np.linalg.norm(matrix, axis=0)
        free[int(np.argmax(np.where(free, loss, -1.0)))] = False
    return x
