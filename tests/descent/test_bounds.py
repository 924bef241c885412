"""Bounds: honoured at every evaluation, by every engine of this room that takes them."""

from math import inf

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from tests.descent.smooth_problems import LocalOracle, chain, sparse_newton

from surefoot.descent.bounds import held, project, projected_gradient
from surefoot.descent.box_model import box_step
from surefoot.descent.lbfgs import LBFGS
from surefoot.descent.loop import loop
from surefoot.descent.newton import Newton
from surefoot.descent.newton_cg import NewtonCG
from surefoot.descent.steps import Limits
from surefoot.terms import Status

ENGINES = [Newton, NewtonCG, LBFGS, sparse_newton]
LIMITS = Limits(max_steps=2000)


def inside_only(f, lower, upper):
    """f that is NaN outside the box, so one evaluation outside spoils everything."""
    lower, upper = jnp.asarray(lower), jnp.asarray(upper)
    return lambda x: jnp.where(jnp.all((x >= lower) & (x <= upper)), f(x), jnp.nan)


def run(engine, f, start, lower, upper):
    lower, upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    x0 = np.asarray(start, dtype=float)
    oracle = LocalOracle(f, x0.size)
    result = loop(engine(oracle, lower, upper), x0, LIMITS)
    asked = np.array([*oracle.asked, *result.trajectory.points])
    assert (asked >= lower).all(), "an evaluation below the lower bounds"
    assert (asked <= upper).all(), "an evaluation above the upper bounds"
    return result


@pytest.mark.parametrize("engine", ENGINES)
class TestBoxes:
    def test_inactive(self, engine) -> None:
        result = run(engine, chain, [-1.2, 1.0], [-5, -5], [5, 5])
        assert result.status is Status.CONVERGED
        assert result.x == pytest.approx([1, 1], abs=1e-8)

    def test_active(self, engine) -> None:
        # With x ≤ ½ the valley floor ends at (½, ¼).
        result = run(engine, chain, [-1.2, 1.0], [-5, -5], [0.5, 5])
        assert result.status is Status.CONVERGED
        assert result.x == pytest.approx([0.5, 0.25], abs=1e-8)
        assert result.x[0] == 0.5

    def test_start_in_a_corner_that_is_not_the_answer(self, engine) -> None:
        result = run(engine, chain, [-2.0, -2.0], [-2, -2], [3, 3])
        assert result.status is Status.CONVERGED
        assert result.x == pytest.approx([1, 1], abs=1e-8)

    def test_start_in_the_corner_that_is_the_answer(self, engine) -> None:
        result = run(engine, lambda x: jnp.sum(x + x**2), [0.0, 0.0], [0, 0], [1, 1])
        assert (result.status, result.steps) == (Status.CONVERGED, 0)

    def test_one_side_infinite(self, engine) -> None:
        f = lambda x: jnp.sum((x + 3) ** 4 + x**2)  # noqa: E731
        result = run(engine, f, [5.0, 4.0], [-1, -inf], [inf, inf])
        assert result.x[0] == -1.0
        assert 4 * (result.x[1] + 3) ** 3 + 2 * result.x[1] == pytest.approx(0, abs=1e-6)

    def test_fixed_variable(self, engine) -> None:
        result = run(engine, chain, [-1.2, 2.0, 0.3], [-9, 2, -9], [9, 2, 9])
        assert result.status is Status.CONVERGED
        assert result.x[1] == 2.0
        assert result.x[2] == pytest.approx(4.0, abs=1e-8)
        x = result.x[0]
        assert 400 * x * (x**2 - 2) - 2 * (1 - x) == pytest.approx(0.0, abs=1e-5)
        assert abs(x) == pytest.approx(2**0.5, abs=0.01)

    def test_all_fixed(self, engine) -> None:
        result = run(engine, chain, [0.5, 0.5], [0.5, 0.5], [0.5, 0.5])
        assert (result.status, result.steps) == (Status.CONVERGED, 0)

    def test_every_variable_is_pushed_out_at_once(self, engine) -> None:
        goal = np.linspace(-2, 2, 7)
        f = lambda x: jnp.sum(jnp.cosh(x - goal))  # noqa: E731
        result = run(engine, f, np.zeros(7), [-1] * 7, [0.5] * 7)
        assert result.status is Status.CONVERGED
        assert result.x == pytest.approx(np.clip(goal, -1, 0.5), abs=1e-7)

    def test_nan_outside_is_never_met(self, engine) -> None:
        f = inside_only(lambda x: jnp.sum((x - 2) ** 2 + jnp.sqrt(x)), [0, 0], [1, 9])
        result = run(engine, f, [0.5, 0.5], [0.01, 0.01], [1, 9])
        assert result.status is Status.CONVERGED
        assert result.x[0] == 1.0

    def test_unbounded_without_bounds_ends_in_a_corner_with_them(self, engine) -> None:
        result = run(engine, lambda x: -jnp.sum(x**2) + x[0], [0.3, -0.2], [-4, -4], [3, 3])
        assert result.status is Status.CONVERGED
        assert result.x.tolist() in ([-4.0, -4.0], [3.0, -4.0])


@pytest.mark.parametrize("engine", [Newton, NewtonCG])
def test_a_maximum_on_a_bound_is_left_along_it(engine) -> None:
    # At (0, 0) the gradient is (1, 0): x is held at its bound, y sits on a ridge.
    result = run(engine, lambda x: x[0] - x[1] ** 2 + x[1] ** 4, [0.0, 0.0], [0, -3], [3, 3])
    assert result.status is Status.CONVERGED
    assert np.abs(result.x) == pytest.approx([0, 0.5**0.5], abs=1e-7)


def test_a_maximum_in_a_corner_is_left_inwards() -> None:
    # The gradient vanishes at 0, the only way is up, and that is down the hill.
    result = run(Newton, lambda x: -jnp.sum(x**2), [0.0], [0.0], [2.0])
    assert result.x.tolist() == [2.0]


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
@pytest.mark.parametrize("engine", ENGINES)
def test_random_bounded_least_squares_against_scipy(engine, seed: int) -> None:
    random = np.random.default_rng(seed)
    A, b = random.standard_normal((12, 6)), 3 * random.standard_normal(12)
    lower, upper = -random.random(6), random.random(6)
    result = run(_with(engine, A, b), least_squares, np.zeros(6), lower, upper)
    expected = lsq_linear(A, b, (lower, upper), method="bvls", tol=1e-13)
    assert result.x == pytest.approx(expected.x, abs=1e-6)


def least_squares(A, b, x):
    return jnp.sum((A @ x - b) ** 2)


def _with(engine, *consts):
    """An engine whose oracle gets its data as arguments, so that it compiles once for all."""

    def make(oracle, lower, upper):
        oracle.consts = consts
        return engine(oracle, lower, upper)

    return make


def test_projection_and_held_by_hand() -> None:
    lower, upper = np.array([0.0, 0.0, -inf, 2.0]), np.array([1.0, 1.0, inf, 2.0])
    x, g = np.array([0.0, 1.0, 5.0, 2.0]), np.array([1.0, 1.0, -1.0, 0.0])
    assert held(x, g, lower, upper).tolist() == [True, False, False, True]
    assert held(x, -g, lower, upper).tolist() == [False, True, False, True]
    assert projected_gradient(x, g, lower, upper).tolist() == [0.0, 1.0, -1.0, 0.0]
    assert project(np.array([-1.0, 2, 3, 9]), lower, upper).tolist() == [0.0, 1.0, 3.0, 2.0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 100.0]))
def test_box_step_stays_inside_and_beats_the_cauchy_step(seed: int, radius: float) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 6))
    hessian = random.standard_normal((n, n))
    hessian += hessian.T
    gradient = random.standard_normal(n) * random.integers(0, 2, n)
    below = np.where(random.random(n) < 0.3, 0.0, -random.random(n))
    above = np.where(random.random(n) < 0.3, inf, random.random(n))
    model = box_step(hessian, gradient, radius, below, above)
    p = model.step
    assert (p >= below).all() and (p <= above).all()
    assert np.linalg.norm(p) <= 3 * radius
    promised = -(gradient @ p + 0.5 * p @ hessian @ p)
    assert model.decrease == pytest.approx(max(promised, 0.0), abs=1e-9)
    down = np.where((below == 0) & (gradient > 0), 0.0, -gradient)
    if down.any():
        t = 1e-6 * radius / np.linalg.norm(down)
        s = np.clip(t * down, below, above)
        assert model.decrease >= -(gradient @ s + 0.5 * s @ hessian @ s)
