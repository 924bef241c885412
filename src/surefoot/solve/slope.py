"""What the slope at a point allows before any rate is chosen."""

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.program import Vector
from surefoot.terms import InputError


def require_a_slope(evaluator: Evaluator, x: Vector, gradient: Vector) -> None:
    """Refuse a function whose slope is zero in a whole neighbourhood: no rate moves it."""
    if np.any(gradient != 0.0):
        return
    rng = np.random.default_rng(3)
    sides = x + 1e-3 * np.maximum(1.0, np.abs(x)) * rng.choice([-1.0, 1.0], (8, x.size))
    values, gradients = evaluator.values_and_gradients(sides)
    if np.any(gradients != 0.0):
        return
    moved = "although its value changes" if np.ptp(values) > 0.0 else "and so is its value's change"
    raise InputError(
        f"the slope is exactly zero at this point and all around it, {moved}: a step is a multiple "
        "of the slope, so no learning rate moves the point. Look for floor, sign, a comparison, or "
        "a relu whose argument is negative; start elsewhere, or use `minimize`, which compares "
        "values"
    )


def length(row: Vector) -> float:
    """‖row‖, of 10⁻³⁰⁰ and 10³⁰⁰ too, whose squares float64 does not hold."""
    return float(np.hypot.reduce(np.abs(row)))


def lengths(rows: Vector) -> Vector:
    """(k,) ‖rᵢ‖ of rows (k, n), likewise."""
    return np.abs(np.hypot.reduce(rows, axis=1))


def own_rate(x: Vector, first: Vector) -> float:
    """The η whose first step is as long as the point is far from 0, at least 1."""
    step = length(first)
    return max(1.0, length(x)) / step if step > 0.0 else 1.0
