"""A residual oracle in plain jitted JAX, independent of Surefoot's own evaluator."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.descent.least_squares import LevenbergMarquardt
from surefoot.descent.loop import loop
from surefoot.descent.steps import Limits, Run

Array = np.ndarray


class JaxResiduals:
    """r, J and Σ rᵢ ∇²rᵢ at flat float64 points; remembers every point it was asked for."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.asked: list[Array] = []
        self._residual = jax.jit(f)
        self._both = jax.jit(lambda x: (f(x), jax.jacfwd(f)(x)))
        self._curvature = jax.jit(
            lambda x: (lambda r: jax.hessian(lambda y: jnp.vdot(r, f(y)))(x))(f(x))
        )

    def residual(self, x: Array) -> Array:
        self.asked.append(x)
        with jax.enable_x64(True):
            return np.asarray(self._residual(x))

    def residual_and_jacobian(self, x: Array) -> tuple[Array, Array]:
        self.asked.append(x)
        with jax.enable_x64(True):
            residual, jacobian = self._both(x)
            return np.asarray(residual), np.asarray(jacobian)

    def curvature(self, x: Array) -> Array:
        self.asked.append(x)
        with jax.enable_x64(True):
            return np.asarray(self._curvature(x))


def fit(
    f: Callable[[Any], Any] | JaxResiduals, start: Any, lower: Any = None, upper: Any = None,
    steps: int = 1000, **options: Any,
) -> Run:
    """Levenberg-Marquardt from a start."""
    x0 = np.asarray(start, dtype=np.float64)
    oracle = f if isinstance(f, JaxResiduals) else JaxResiduals(f)
    low = np.full(x0.size, -np.inf) if lower is None else np.asarray(lower, dtype=np.float64)
    high = np.full(x0.size, np.inf) if upper is None else np.asarray(upper, dtype=np.float64)
    return loop(LevenbergMarquardt(oracle, low, high, **options), x0, Limits(steps))
