"""Oracles and problems for tests of the judge, without the rooms between it and JAX.

The judged function is c · f(A(x − b)) + 0: A, b and c are arguments of the compiled code, so one
compile serves every disguise of a function.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from surefoot.judge import judge
from surefoot.terms import Verdict

Floats = NDArray[np.float64]


@cache
def _compiled(function: Callable[[Any], Any]) -> tuple[Any, Any, Any, Any]:
    def value(x: Any, a: Any, b: Any, c: Any) -> Any:
        return c * function(a @ (x - b))

    gradient = jax.grad(value)
    return (
        jax.jit(jax.value_and_grad(value)),
        jax.jit(jax.hessian(value)),
        jax.jit(jax.vmap(jax.value_and_grad(value), in_axes=(0, None, None, None))),
        jax.jit(lambda x, v, a, b, c: jax.jvp(lambda y: gradient(y, a, b, c), (x,), (v,))[1]),
    )


class JaxOracle:
    """c · f(A(x − b)) with derivatives by JAX."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        size: int,
        *,
        matrix: Any = None,
        shift: Any = None,
        factor: float = 1.0,
    ) -> None:
        self.size = size
        self.data = (
            np.eye(size) if matrix is None else np.asarray(matrix, dtype=float),
            np.zeros(size) if shift is None else np.asarray(shift, dtype=float),
            np.float64(factor),
        )
        self.one, self.second, self.many, self.product = _compiled(function)
        self.evaluations = 0

    def value(self, x: Floats) -> float:
        return self.value_and_gradient(x)[0]

    def value_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        self.evaluations += 1
        with jax.enable_x64(True):
            value, gradient = self.one(x, *self.data)
            return float(value), np.array(gradient)

    def derivatives(self, x: Floats) -> tuple[float, Floats, Floats]:
        with jax.enable_x64(True):
            return (*self.value_and_gradient(x), np.array(self.second(x, *self.data)))

    def hessian_vector(self, x: Floats, v: Floats) -> Floats:
        with jax.enable_x64(True):
            return np.array(self.product(x, v, *self.data))

    def values(self, X: Floats) -> Floats:
        return self.values_and_gradients(X)[0]

    def values_and_gradients(self, X: Floats) -> tuple[Floats, Floats]:
        self.evaluations += len(X)
        # Every number of points is a compile: few numbers, filled up with the last point.
        short = -len(X) % (16 if len(X) <= 64 else 256)
        padded = np.concatenate([X, np.repeat(X[-1:], short, axis=0)])
        with jax.enable_x64(True):
            values, gradients = self.many(padded, *self.data)
            return np.array(values)[: len(X)], np.array(gradients)[: len(X)]


class QuadraticOracle:
    """½ xᵀHx + gᵀx + c in NumPy."""

    is_least_squares = False

    def __init__(self, hessian: Any, gradient: Any = None, constant: float = 0.0) -> None:
        self.hessian = np.asarray(hessian, dtype=float)
        self.size = self.hessian.shape[0]
        self.gradient = np.zeros(self.size) if gradient is None else np.asarray(gradient)
        self.constant = float(constant)

    def value(self, x: Floats) -> float:
        return float(0.5 * x @ self.hessian @ x + self.gradient @ x + self.constant)

    def value_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        return self.value(x), self.hessian @ x + self.gradient

    def derivatives(self, x: Floats) -> tuple[float, Floats, Floats]:
        return (*self.value_and_gradient(x), self.hessian.copy())

    def hessian_vector(self, x: Floats, v: Floats) -> Floats:
        return self.hessian @ v

    def values(self, X: Floats) -> Floats:
        return np.array([self.value(x) for x in X])

    def values_and_gradients(self, X: Floats) -> tuple[Floats, Floats]:
        return self.values(X), X @ self.hessian + self.gradient


@dataclass(frozen=True)
class FakeTolerances:
    tol: float = 1e-9


@dataclass(frozen=True)
class FakeStructure:
    paths: tuple[str, ...]

    def unravel(self, vec: Any) -> Any:
        return vec


@dataclass(frozen=True)
class FakeProblem:
    lower: Floats
    upper: Floats
    structure: FakeStructure
    sense: str = "minimize"
    tolerances: FakeTolerances = field(default_factory=FakeTolerances)


def problem(
    size: int,
    lower: Any = None,
    upper: Any = None,
    sense: str = "minimize",
    tol: float = 1e-9,
    names: tuple[str, ...] | None = None,
) -> FakeProblem:
    return FakeProblem(
        np.full(size, -np.inf) if lower is None else np.asarray(lower, dtype=float),
        np.full(size, np.inf) if upper is None else np.asarray(upper, dtype=float),
        FakeStructure(names or tuple(f"x[{k}]" for k in range(size))),
        sense,
        FakeTolerances(tol),
    )


def judged(
    function: Callable[[Any], Any],
    x: Any,
    *,
    lower: Any = None,
    upper: Any = None,
    sense: str = "minimize",
    tol: float = 1e-9,
    names: tuple[str, ...] | None = None,
    factor: float = 1.0,
    **more: Any,
) -> Verdict:
    """The verdict on a function as it stands."""
    point = np.atleast_1d(np.asarray(x, dtype=float))
    asked = problem(point.size, lower, upper, sense, tol, names)
    sign = -1.0 if sense == "maximize" else 1.0
    oracle = JaxOracle(function, point.size, factor=sign * factor)
    return judge(asked, point, oracle=oracle, **more)
