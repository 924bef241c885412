"""Test problems, and an oracle in plain jitted JAX, independent of Surefoot's own evaluator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from surefoot.descent.sparse_newton import SparseNewton
from surefoot.facts.compression import Compression


class LocalOracle:
    """f and its derivatives at flat float64 points; remembers every point it was asked for."""

    def __init__(self, f: Callable[..., Any], size: int, consts: Any = ()) -> None:
        self.size = size
        self.f = f
        self.consts = consts
        self.key = (f, size)
        self.asked: list[np.ndarray] = []
        self._value = jax.jit(self.jax_value)
        self._gradient = jax.jit(jax.value_and_grad(self.jax_value, argnums=1))
        self._derivatives = jax.jit(
            lambda c, x: (
                *jax.value_and_grad(self.jax_value, argnums=1)(c, x),
                jax.hessian(self.jax_value, argnums=1)(c, x),
            )
        )
        self._product = jax.jit(
            lambda c, x, v: jax.jvp(
                lambda y: jax.grad(self.jax_value, argnums=1)(c, y), (x,), (v,)
            )[1]
        )

    def jax_value(self, consts: Any, x: Any) -> Any:
        return self.f(*consts, x)

    def _call(self, function: Callable[..., Any], x: Any, *more: Any) -> Any:
        self.asked.append(np.array(x))
        with jax.enable_x64(True):
            return jax.tree.map(np.array, function(self.consts, x, *more))

    def value(self, x: Any) -> float:
        return float(self._call(self._value, x))

    def value_and_gradient(self, x: Any) -> Any:
        value, gradient = self._call(self._gradient, x)
        return float(value), gradient

    def derivatives(self, x: Any) -> Any:
        value, gradient, hessian = self._call(self._derivatives, x)
        return float(value), gradient, hessian

    def hessian_vector(self, x: Any, v: Any) -> Any:
        return self._call(self._product, x, v)

    def hessian_products(self, x: Any, directions: Any) -> Any:
        return np.array([self.hessian_vector(x, v) for v in directions])


def sparse_newton(
    oracle: LocalOracle, lower: Any = None, upper: Any = None, **options: Any
) -> SparseNewton:
    """Sparse Newton where every variable may be tied to every other."""
    full = Compression(sparse.csr_array(np.ones((oracle.size, oracle.size), bool)))
    return SparseNewton(oracle, lower, upper, compression=full, **options)


@dataclass(frozen=True)
class Problem:
    """A function with its classic start and its known lowest values (first the best)."""

    f: Callable[..., Any]
    start: list[float]
    best: float
    also: float | None = None


def chain(x: Any) -> Any:
    """Rosenbrock's function, chained."""
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def himmelblau(x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def beale(x: Any) -> Any:
    powers = jnp.stack([x[1], x[1] ** 2, x[1] ** 3])
    return jnp.sum((jnp.array([1.5, 2.25, 2.625]) - x[0] + x[0] * powers) ** 2)


def powell_singular(x: Any) -> Any:
    pairs = (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2
    return pairs + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4


def wood(x: Any) -> Any:
    valleys = 100 * (x[0] ** 2 - x[1]) ** 2 + 90 * (x[2] ** 2 - x[3]) ** 2
    bowls = (x[0] - 1) ** 2 + (x[2] - 1) ** 2 + 10.1 * ((x[1] - 1) ** 2 + (x[3] - 1) ** 2)
    return valleys + bowls + 19.8 * (x[1] - 1) * (x[3] - 1)


def brown_badly_scaled(x: Any) -> Any:
    return (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2


def freudenstein_roth(x: Any) -> Any:
    first = -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1]
    second = -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]
    return first**2 + second**2


PROBLEMS = {
    "rosenbrock": Problem(chain, [-1.2, 1.0], 0.0),
    "rosenbrock-10": Problem(chain, [-1.2, 1.0] * 5, 0.0, 3.98657911),
    "himmelblau": Problem(himmelblau, [0.0, 0.0], 0.0),
    "beale": Problem(beale, [1.0, 1.0], 0.0),
    "powell singular": Problem(powell_singular, [3.0, -1.0, 0.0, 1.0], 0.0),
    "wood": Problem(wood, [-3.0, -1.0, -3.0, -1.0], 0.0),
    "brown badly scaled": Problem(brown_badly_scaled, [1.0, 1.0], 0.0),
    "freudenstein-roth": Problem(freudenstein_roth, [0.5, -2.0], 0.0, 48.98425368),
    "x^4": Problem(lambda x: jnp.sum(x**4), [1.0], 0.0),
}


def reached(problem: Problem, value: float, scale: float = 1.0) -> bool:
    """Whether a value is one of the problem's known minima."""
    known = [problem.best] if problem.also is None else [problem.best, problem.also]
    return any(abs(value / scale - best) <= 1e-9 * max(1.0, abs(best)) for best in known)
