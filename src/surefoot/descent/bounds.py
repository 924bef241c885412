"""Bounds on the variables: projection, and which variables are held by them."""

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.steps import Vector

Mask = NDArray[np.bool_]


def project(x: Vector, lower: Vector, upper: Vector) -> Vector:
    """The nearest point of the box."""
    return np.minimum(np.maximum(x, lower), upper)


def held(x: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Mask:
    """Which variables sit at a bound that the descent direction −g pushes against.

    A fixed variable (lower = upper) is always held.
    """
    pushed_down = (x <= lower) & (gradient > 0)
    pushed_up = (x >= upper) & (gradient < 0)
    return pushed_down | pushed_up | (lower == upper)


def projected_gradient(x: Vector, gradient: Vector, lower: Vector, upper: Vector) -> Vector:
    """The gradient without the part that the bounds take up: zero exactly at first-order points."""
    return np.where(held(x, gradient, lower, upper), 0.0, gradient)


def reach(x: Vector, direction: Vector, lower: Vector, upper: Vector) -> Vector:
    """How far along the direction each variable can go: x_i + t d_i meets its bound at t_i ≥ 0."""
    room = np.where(direction > 0, upper - x, x - lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = room / np.abs(direction)
    return np.where(direction == 0, np.inf, np.maximum(far, 0.0))
