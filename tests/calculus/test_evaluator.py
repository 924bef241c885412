"""The compiled oracle: right numbers, few compiles, nothing left behind."""

import threading
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus import Evaluator
from surefoot.program import trace


def rosenbrock(x: Any) -> Any:
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def by_hand(x: Any) -> tuple[float, Any, Any]:
    """Value, gradient and Hessian of Rosenbrock's function in two variables."""
    a, b = x
    value = 100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2
    gradient = np.array([-400.0 * a * (b - a * a) - 2.0 * (1.0 - a), 200.0 * (b - a * a)])
    hessian = np.array([[1200.0 * a * a - 400.0 * b + 2.0, -400.0 * a], [-400.0 * a, 200.0]])
    return value, gradient, hessian


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_against_hand_written_derivatives(sign: float) -> None:
    x, v = np.array([-1.2, 1.0]), np.array([0.3, -0.7])
    oracle = Evaluator(trace(rosenbrock, x), sign=sign)
    value, gradient, hessian = by_hand(x)
    np.testing.assert_allclose(oracle.value(x), sign * value)
    np.testing.assert_allclose(oracle.value_and_gradient(x)[1], sign * gradient)
    found = oracle.derivatives(x)
    np.testing.assert_allclose(found[0], sign * value)
    np.testing.assert_allclose(found[2], sign * hessian)
    np.testing.assert_allclose(oracle.hessian_vector(x, v), sign * hessian @ v)
    np.testing.assert_allclose(oracle.values(np.array([x, 2 * x])), [
        sign * by_hand(x)[0], sign * by_hand(2 * x)[0]])
    np.testing.assert_allclose(oracle.values_and_gradients(np.array([x, 2 * x]))[1], [
        sign * by_hand(x)[1], sign * by_hand(2 * x)[1]])


@pytest.mark.parametrize("n", [2, 9, 30])
def test_small_and_large_agree_with_jax(n: int) -> None:
    x = np.linspace(-1.2, 1.3, n)
    oracle = Evaluator(trace(rosenbrock, x))
    with jax.enable_x64(True):
        expected = np.asarray(jax.grad(rosenbrock)(jnp.asarray(x)))
    np.testing.assert_allclose(oracle.value_and_gradient(x)[1], expected, rtol=1e-13, atol=1e-12)
    assert oracle.counts == {"gradient": 1}


def test_residuals() -> None:
    t = np.arange(4.0)
    oracle = Evaluator(trace(lambda p: p[0] * jnp.exp(p[1] * t), np.ones(2)), residual=True)
    x = np.array([2.0, -0.3])
    residual, jacobian = oracle.residual_and_jacobian(x)
    e = np.exp(-0.3 * t)
    np.testing.assert_allclose(residual, 2 * e)
    np.testing.assert_allclose(jacobian, np.stack([e, 2 * t * e], axis=1))
    np.testing.assert_allclose(oracle.value(x), np.sum(4 * e * e))
    cross = np.sum(2 * e * t * e)
    np.testing.assert_allclose(
        oracle.curvature(x), [[0.0, cross], [cross, np.sum(2 * e * 2 * t * t * e)]]
    )
    assert oracle.rows == 4


def test_nan_comes_back_as_it_is() -> None:
    oracle = Evaluator(trace(lambda x: jnp.log(x), 1.0))
    assert np.isnan(oracle.value(np.array([-1.0])))
    assert oracle.value(np.array([0.0])) == -np.inf


def test_float64_inside_and_float32_outside_in_every_thread() -> None:
    found: list[Any] = []

    def work() -> None:
        oracle = Evaluator(trace(lambda x: x / 3.0, 1.0))
        found.append((oracle.value(np.array([1.0])), jnp.ones(1).dtype))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(1.0 / 3.0, np.float32)] * 4


def test_other_data_of_the_same_shape_compile_nothing_new() -> None:
    def oracle(data: Any) -> Evaluator:
        return Evaluator(trace(lambda x: jnp.sum(jnp.tanh(data * x)), np.ones(3)))

    x = np.array([0.1, 0.2, 0.3])
    first, second = oracle(np.ones(3)), oracle(np.full(3, 2.0))
    np.testing.assert_allclose(first.value(x), np.sum(np.tanh(x)))
    np.testing.assert_allclose(second.value(x), np.sum(np.tanh(2 * x)))
    assert first.key == second.key
    assert second.compile_seconds < first.compile_seconds
