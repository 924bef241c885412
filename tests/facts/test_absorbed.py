"""What floating point hides along a line, and what is level because it is meant to be."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.scipy.special import erf

import surefoot as sf
from surefoot.facts import absorbed
from surefoot.program import trace

T = 0.25 * np.concatenate([[0.0], 4.0 ** np.arange(-4.0, 1.0)])


def along(f, x, direction=None) -> str:
    x = np.atleast_1d(np.asarray(x, float))
    way = np.ones(x.size) if direction is None else np.asarray(direction, float)
    return absorbed(trace(f, x), x + np.outer(T, way))


HIDDEN = {
    "exp underflows": (lambda x: -jnp.exp(-((x[0] - 100) ** 2)), 0.0, "exp"),
    "tanh saturates": (lambda x: jnp.tanh(x[0]), 200.0, "tanh"),
    "sigmoid saturates": (lambda x: jax.nn.sigmoid(x[0]), 800.0, "logistic"),
    "erf saturates": (lambda x: erf(x[0]), 10.0, "erf"),
    "softplus underflows": (lambda x: jax.nn.softplus(x[0]), -800.0, "exp"),
    "a large constant": (lambda x: 1e30 + x[0] ** 4, 5.0, "add"),
    "taken away": (lambda x: x[0] ** 2 - 1e30, 5.0, "sub"),
    "a long sum": (lambda x: jnp.sum(jnp.concatenate([x, jnp.full(3, 1e20)])), 1.0, "reduce_sum"),
    "a product underflows": (lambda x: (x[0] * 1e-200) * (x[0] * 1e-200), 1.0, "mul"),
    "denormal for XLA": (lambda x: jnp.exp(-x[0]), 740.0, "exp"),
    "one of two": (lambda x: x[0] ** 2 + jnp.exp(-((x[1] - 100) ** 2)), [0.0, 0.0], "exp"),
    "a power": (lambda x: (x[0] * 1e-30) ** 12, 1.0, "integer_pow"),
    "inside where": (lambda x: jnp.where(x[0] > 0, jnp.exp(-1e4 * x[0]), 1.0), 1.0, "exp"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_the_step_that_hides_is_named(name: str) -> None:
    f, x, step = HIDDEN[name]
    direction = [0.0, 1.0] if name == "one of two" else None
    found = along(f, x, direction)
    assert found.startswith(f"{step} of ")
    assert "test_absorbed.py" in found


SHOWN = {
    "relu": (lambda x: jax.nn.relu(x[0]), -1.0, None),
    "relu squared": (lambda x: jnp.maximum(x[0], 0.0) ** 2, -3.0, None),
    "unused": (lambda x: x[0] ** 2 + 0 * x[1], [0.0, 1.0], [0.0, 1.0]),
    "unused and hidden": (lambda x: 0 * jnp.exp(-1e4 * x[0]) + 1.0, 1.0, None),
    "not taken": (lambda x: jnp.where(x[0] < 9, 0.0, jnp.exp(-1e4 * x[0])), 1.0, None),
    "difference": (lambda x: (x[0] - x[1]) ** 2, [2.0, 2.0], [1.0, 1.0]),
    "difference in a large sum": (
        lambda x: 1e20 + jnp.cosh(x[0] - x[1]), [2.0, 2.0], [1.0, 1.0]
    ),
    "balanced": (lambda x: jnp.cosh(0.3 * x[0] + 0.7 * x[1] - 3), [1.0, 2.7 / 0.7], [0.7, -0.3]),
    "floor": (lambda x: jnp.floor(x[0]), 0.2, None),
    "clip": (lambda x: jnp.clip(x[0], 2.0, 3.0), 0.2, None),
    "smooth": (lambda x: jnp.exp(-x[0]) + 1.0, 0.2, None),
    "a network that is off": (
        lambda x: jnp.sum(jax.nn.relu(jnp.array([[1.0, 2.0], [3.0, 4.0]]) @ x - 10) ** 2) + 1,
        [1.0, 1.0],
        [0.3, 0.7],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_level_by_itself_hides_nothing(name: str) -> None:
    f, x, direction = SHOWN[name]
    assert along(f, x, direction) == ""


def test_a_mark_follows_its_element_through_moves() -> None:
    def f(x, keep):
        bells = jnp.exp(-(jnp.stack([x[0] - 100, x[0] - 1]) ** 2))
        return bells.reshape(2, 1)[::-1][keep, 0]

    assert along(lambda x: f(x, 1), 0.0).startswith("exp of ")
    assert along(lambda x: f(x, 0), 0.0) == ""


def test_nothing_is_said_of_what_cannot_be_held() -> None:
    x = np.ones(2**20)
    assert absorbed(trace(lambda w: jnp.sum(jnp.exp(w) * 1e-3), x), x + np.zeros((6, 1))) == ""


def test_residuals_are_looked_at_one_by_one() -> None:
    found = along(lambda x: jnp.array([x[0] - 1, jnp.exp(-((x[0] - 100) ** 2))]), 0.0)
    assert found.startswith("exp of ")


inner = jax.jit(lambda t: jnp.maximum(t, 3.0))
"""The same inner program, called by the function itself and inside of a loop."""
RUNS_INSIDE = {
    "interp": lambda x: jax.nn.relu(
        jnp.interp(x[0], np.array([-1.0, 0.0, 1.0]), np.array([1.0, -1.0, -0.5]))
    ),
    "cond": lambda x: lax.cond(x[0] > 0.2, inner, lambda t: inner(t**2), x[0]) + inner(x[0]),
    "scan": lambda x: lax.scan(lambda c, k: (c * 0.5 + k, None), x[0], np.array([0.1, 0.2]))[0],
    "loop": lambda x: inner(x[0]) + lax.fori_loop(0, 3, lambda _, c: inner(jnp.sin(c)), x[0]),
    "tanh in a loop": lambda x: lax.fori_loop(0, 2, lambda _, c: jnp.tanh(c), x[0] + 100.0),
}


@pytest.mark.parametrize("name", RUNS_INSIDE)
def test_a_loop_or_a_branch_is_one_step(name: str) -> None:
    """What runs inside is watched too, and is none of the steps that marks follow."""
    assert along(RUNS_INSIDE[name], 0.1) == ""
    assert sf.classify(lambda x: jnp.floor(RUNS_INSIDE[name](x)), np.array([0.3])).evidence
