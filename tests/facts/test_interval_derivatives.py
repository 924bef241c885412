"""Slopes and curvatures of boxes: what they enclose, against JAX at points and against corners."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.facts.test_intervals import ARRAYS, EVERYWHERE, MORE, POSITIVE, TWO, UNIT

from surefoot.facts.intervals import RULES
from surefoot.facts.intervals.derivatives import DERIVATIVES
from surefoot.facts.intervals.jet_rules import JET_RULES, enclose_derivatives
from surefoot.program import trace

RNG = np.random.default_rng(1)
JUMPS = {"sign", "floor", "ceil", "round", "rem", "argmax", "argmin", "top_k"}
SMOOTH_ONE = {
    name: f for name, f in {**EVERYWHERE, **POSITIVE, **UNIT}.items() if name not in JUMPS | {"abs"}
}


def derivatives(f: Callable[..., Any], x: Any) -> tuple[Any, Any]:
    """Gradient and Hessian at points (k, n), by JAX."""
    with jax.enable_x64(True):
        first = jax.jit(jax.vmap(jax.grad(f)))(x)
        second = jax.jit(jax.vmap(jax.hessian(f)))(x)
    return np.asarray(first), np.asarray(second)


def check(
    f: Callable[..., Any], lower: Any, upper: Any, shape: tuple[int, ...], points: int
) -> None:
    """Derivatives at random points of each box lie within the bounds, but for JAX's rounding."""
    program = trace(f, np.ones(shape))
    found = enclose_derivatives(program, lower, upper)[0]
    n = lower.shape[1]
    first, other = np.triu_indices(n)
    for share in RNG.uniform(size=(points, n)):
        x = np.clip(lower + share * (upper - lower), lower, upper)
        slope, curvature = derivatives(f, x.reshape(-1, *shape))
        slope = slope.reshape(len(x), n)
        curvature = curvature.reshape(len(x), n, n)[:, first, other]
        for part, true in ((found.slope, slope), (found.curvature, curvature)):
            low = np.zeros((1, 1)) if part is None else part.lower[:, 0]
            high = np.zeros((1, 1)) if part is None else part.upper[:, 0]
            usable = np.isfinite(true)
            margin = 1e-9 * (1.0 + np.abs(true))
            assert np.all((low <= true + margin) | ~usable)
            assert np.all((high >= true - margin) | ~usable)


@pytest.mark.parametrize("name", SMOOTH_ONE)
def test_functions_of_one_number(name: str) -> None:
    f = SMOOTH_ONE[name]
    middles = RNG.uniform(-3.0, 3.0, 200)
    half = 10.0 ** RNG.uniform(-6.0, 0.0, 200)
    if name in UNIT:
        middles, half = np.tanh(middles) * 0.95, 0.02 * half
    if name in POSITIVE:
        middles, half = np.abs(middles) + 0.1, 0.08 * half
    check(lambda x: f(x[0]), (middles - half)[:, None], (middles + half)[:, None], (1,), 4)


@pytest.mark.parametrize("name", sorted(set(TWO) - JUMPS))
def test_functions_of_two_numbers(name: str) -> None:
    f = TWO[name]
    middles = RNG.normal(size=(200, 2))
    half = np.abs(RNG.normal(size=(200, 2))) * 10.0 ** RNG.uniform(-6, 0, (200, 1))
    check(f, middles - half, middles + half, (2,), 4)


@pytest.mark.parametrize("name", sorted((set(ARRAYS) | set(MORE)) - JUMPS - {"branch"}))
def test_arrays(name: str) -> None:
    g = {**ARRAYS, **MORE}[name]

    def f(x: Any) -> Any:
        # A sum of squares with weights, so that every entry and every pair of them matters.
        y = g(x)
        weights = jnp.cos(jnp.arange(y.size, dtype=float)).reshape(y.shape)
        return jnp.sum(weights * y * y)

    middles = RNG.normal(size=(6, 12))
    half = np.abs(RNG.normal(size=(6, 12))) * 10.0 ** RNG.uniform(-8, -1, (6, 1))
    check(f, middles - half, middles + half, (3, 4), 3)


def box(f: Callable[..., Any], lower: float, upper: float) -> Any:
    return enclose_derivatives(trace(f, 1.0), np.array([[lower]]), np.array([[upper]]))[0]


CORNERS: dict[str, tuple[Callable[[Any], Any], tuple[float, float]]] = {
    "abs": (jnp.abs, (-1.0, 1.0)), "minus abs": (lambda x: -jnp.abs(x), (-1.0, 1.0)),
    "relu": (jax.nn.relu, (0.0, 1.0)), "max": (lambda x: jnp.maximum(x, -2.0 * x), (-2.0, 1.0)),
    "min": (lambda x: jnp.minimum(x, 0.5 * x), (0.5, 1.0)),
    "clip": (lambda x: jnp.clip(x, -5.0, 0.0), (0.0, 1.0)),
    "both relus": (lambda x: jax.nn.relu(x) - jax.nn.relu(-x), (0.0, 2.0)),
    "reduce max": (lambda x: jnp.max(jnp.stack([x, 0.0 * x])), (0.0, 1.0)),
    "sorted": (lambda x: jnp.sort(jnp.stack([x, 0.0 * x]))[1], (0.0, 1.0)),
    "running max": (lambda x: jax.lax.cummax(jnp.stack([0.0 * x, x]))[1], (0.0, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CORNERS)
def test_at_a_corner_slopes_of_both_sides_and_no_curvature(name: str) -> None:
    """JAX's Hessian of all of these is 0, which would prove -|x| convex."""
    f, (least, most) = CORNERS[name]
    found = box(f, -0.5, 0.5)
    assert found.slope.lower[0, 0, 0] <= least and found.slope.upper[0, 0, 0] >= most
    assert found.curvature.lower[0, 0, 0] == -np.inf and found.curvature.upper[0, 0, 0] == np.inf
    if name == "sorted":  # which number comes where is not looked at
        return
    beside = box(f, 0.3, 0.5)
    sides = beside.slope is None or np.ptp([beside.slope.lower, beside.slope.upper]) < 1e-12
    assert sides and (beside.curvature is None or abs(beside.curvature.upper[0, 0, 0]) < 1e-12)


@pytest.mark.parametrize(
    "f",
    [
        jnp.floor, jnp.sign, lambda x: jnp.round(x + 0.2), jnp.ceil,
        lambda x: jnp.where(x > 0, x, x + 1.0),
        lambda x: (x > 0.1) * 1.0, lambda x: jax.lax.cond(x > 0, lambda y: y, lambda y: -y, x),
        lambda x: jax.lax.rem(x + 1.0, 1.0), lambda x: x.astype(int) * 1.0 + jnp.floor(x),
    ],
)  # fmt: skip
def test_across_a_jump_nothing_is_known(f: Callable[[Any], Any]) -> None:
    found = box(f, -0.5, 0.5)
    assert found.slope.lower[0, 0, 0] == -np.inf and found.slope.upper[0, 0, 0] == np.inf
    assert found.curvature.lower[0, 0, 0] == -np.inf


def test_stop_gradient_and_custom_rules_do_not_change_the_function() -> None:
    @jax.custom_jvp
    def wrong(x):
        return x**2

    wrong.defjvp(lambda primals, tangents: (primals[0] ** 2, 0.0 * tangents[0]))
    for f in (lambda x: -jax.lax.stop_gradient(x**2), lambda x: -wrong(x)):
        found = box(f, 1.0, 2.0)
        assert found.slope.lower[0, 0, 0] <= -4.0 and found.slope.upper[0, 0, 0] >= -2.0
        assert found.curvature.upper[0, 0, 0] < -1.99


def test_every_interval_rule_carries_derivatives() -> None:
    assert set(JET_RULES) == set(RULES)
    assert set(DERIVATIVES) <= set(RULES)
