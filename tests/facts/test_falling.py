"""Steps that are shown to go down: what is shown holds, and is not less than what can be."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surefoot as sf
from surefoot.facts.falling import TRIES, can_be_bounded, fall_shown, falling_steps
from surefoot.program import trace

SHAPES = (jnp.sin, jnp.cosh, jnp.tanh, jnp.exp, lambda z: z**4, lambda z: jnp.sqrt(1.0 + z**2))


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_a_step_that_is_shown_goes_down_as_far_as_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c = rng.standard_normal((5, 3)), 10.0 ** rng.uniform(-3, 3), rng.standard_normal(3)
    shape = SHAPES[seed % len(SHAPES)]

    def f(x: Any) -> Any:
        return b * jnp.sum(shape(jnp.asarray(a) @ x)) - jnp.sum(jnp.cos(x - c))

    program = trace(f, np.zeros(3))
    x = rng.uniform(-3, 3, (8, 3))
    g = np.array(jax.vmap(jax.grad(f))(x))
    first = 10.0 ** rng.uniform(-6, 1, 8)
    t, rounding = falling_steps(program, x, -g, first)
    values = np.array(jax.vmap(f)(x))
    after = np.array(jax.vmap(f)(x - t[:, None] * g))
    slack = 1e-12 * (np.abs(values) + b * 100.0)
    assert np.all(after <= values - 0.5 * t * (g * g).sum(axis=1) + slack)
    ratio = np.log2(first / np.where(t > 0.0, t, first))
    assert np.all((rounding > 0.0) & (rounding < slack))
    assert np.all((ratio == np.round(ratio)) & (ratio < TRIES))


@pytest.mark.parametrize("shift", [0.0, 1.0, -300.0])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e8])
def test_of_a_quadratic_it_is_the_longest_below_one_over_its_curvature(
    shift: float, scale: float
) -> None:
    weights = np.array([1.0, 3.0])

    def f(x: Any) -> Any:
        return 0.5 * scale * jnp.sum(weights * (x - shift) ** 2)

    x = np.array([[shift + 1.0, shift], [shift, shift - 2.0]])
    g = scale * weights * (x - shift)
    # Along the axes the curvature is one of the weights; 1 in units of 1/scale is too long for 3.
    t, _ = falling_steps(trace(f, np.zeros(2)), x, -g, np.array([0.99, 0.99]) / scale)
    np.testing.assert_array_equal(t * scale, np.array([0.99, 0.99 / 4.0]) / scale * scale)


def test_over_a_corner_a_jump_or_a_pole_nothing_is_shown() -> None:
    one = np.array([[1.0]])
    for f in (lambda x: jnp.abs(x[0]), lambda x: jnp.floor(x[0]) + x[0], lambda x: -1.0 / x[0],
              lambda x: x[0] + jnp.log(x[0])):  # fmt: skip
        program = trace(f, np.zeros(1))
        assert falling_steps(program, one, -one, np.array([40.0]), 1)[0][0] == 0.0
        short, _ = falling_steps(program, one, -one, np.array([0.25]), 1, by_half=False)
        assert short[0] in (0.0, 0.25)
    program = trace(lambda x: jnp.abs(x[0]), np.zeros(1))
    shown, _ = falling_steps(program, one, -one, np.array([0.5]))
    assert shown[0] == 0.5


def test_a_custom_derivative_shows_nothing_of_the_function() -> None:
    @jax.custom_jvp
    def f(x: Any) -> Any:
        return x[0] ** 2

    @f.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        return f(x), -2.0 * x[0] * dx[0]

    walk = sf.descend(f, np.array([1.0]), "guaranteed", 3)
    # The slope that JAX is told leads uphill: no step is taken.
    assert np.all(walk.values == 1.0) and not walk.shown_to_fall.any()


def test_what_is_too_long_or_loops_or_rounds_is_not_bounded() -> None:
    def long(x: Any) -> Any:
        for _ in range(400):
            x = jnp.sin(x)
        return x[0]

    def loop(x: Any) -> Any:
        return jax.lax.fori_loop(0, 3, lambda _, y: jnp.sin(y), x)[0]

    def stairs(x: Any) -> Any:
        return jnp.sum(x.astype(jnp.float32) ** 2).astype(jnp.float64)

    for f in (long, loop, stairs):
        program = trace(f, np.ones(1))
        assert not can_be_bounded(program)
        assert not fall_shown(program, np.array([[1.0], [0.9], [0.8]])).any()
        walk = sf.descend(f, np.ones(1), "guaranteed", 3)
        assert walk.values[-1] < walk.values[0]


def test_data_changed_in_place_are_seen() -> None:
    data = np.array([1.0, 2.0])

    def f(x: Any) -> Any:
        return jnp.sum(jnp.asarray(data) * x**2)

    start = np.array([1.0, 1.0])
    first = sf.descend(f, start, "guaranteed", 20)
    data[:] = [1.0, 2000.0]
    stiff = sf.descend(f, start, "guaranteed", 20)
    data[:] = [1.0, 2.0]
    again = sf.descend(f, start, "guaranteed", 20)
    assert first.shown_to_fall[:5].all() and stiff.shown_to_fall[:5].all()
    assert not np.array_equal(first.points, stiff.points)
    np.testing.assert_array_equal(first.points, again.points)


def test_it_is_said_of_the_points_and_not_of_the_steps() -> None:
    """Near 10⁸ a step is rounded to a whole ulp, which goes too far; or to none at all."""
    hop = sf.descend(lambda x: (2 * (x - 1e8) - 0.9 * 2**-26) ** 2, 1e8, "gd", 3, lr=0.15)
    assert np.all(np.diff(hop.values)[[0, 2]] > 0.0)
    assert hop.shown_to_fall.tolist() == [False, True, False]
    still = sf.descend(lambda x: jnp.log1p(jnp.exp(-x)) + 1e-9 * x, 1e8, "gd", 50, lr=1.0)
    assert np.ptp(still.points) == 0.0 and not still.shown_to_fall.any()


def test_the_report_counts_them() -> None:
    walk = sf.descend("x^4 - x^2 + y^2", {"x": 2.0, "y": 1.0}, "guaranteed", 10)
    assert walk.shown_to_fall.all()
    assert "10 of 10 are shown to lower the value" in " ".join(walk.report().split())
    assert not sf.descend("x^2", 1.0, "gd", 10, lr=0.9, record=5).shown_to_fall.any()
    assert sf.descend("x^2", 1.0, "gd", 10, lr=0.9).shown_to_fall.all()
    assert not sf.descend("x^2", 1.0, "gd", 10, lr=1.1).shown_to_fall.any()
