"""Newton-CG: known minima, many variables, escapes, the inner iteration."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.descent.smooth_problems import PROBLEMS, LocalOracle, chain, reached

from surefoot.descent.lanczos_bottom import lowest_curvature
from surefoot.descent.loop import loop
from surefoot.descent.newton_cg import NewtonCG, conjugate_gradients
from surefoot.descent.steps import Limits, Run
from surefoot.descent.trust_region import solve
from surefoot.terms import Status


def run(f, start, **options) -> Run:
    x0 = np.asarray(start, dtype=np.float64)
    return loop(NewtonCG(LocalOracle(f, x0.size), **options), x0, Limits(max_steps=500))


@pytest.mark.parametrize("name", PROBLEMS)
def test_known_minima(name: str) -> None:
    problem = PROBLEMS[name]
    result = run(problem.f, problem.start)
    assert result.status is Status.CONVERGED
    assert reached(problem, result.value)


def test_a_thousand_variables() -> None:
    weights = np.linspace(1.0, 50.0, 1000)
    result = run(lambda x: jnp.sum(weights * jnp.cosh(x - 1)), np.zeros(1000))
    assert result.status is Status.CONVERGED
    assert result.x == pytest.approx(np.ones(1000), abs=1e-8)
    assert result.steps <= 20


@pytest.mark.parametrize(
    ("f", "start", "least"),
    [
        (lambda x: jnp.sum(x**4 - x**2), np.zeros(30), -7.5),
        (lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4, [0.0, 0.0], -0.25),
        (lambda x: jnp.sum(jnp.cos(x)), np.zeros(5), -5.0),
    ],
)
def test_saddles_and_maxima_are_left(f, start, least) -> None:
    result = run(f, start)
    assert result.status is Status.CONVERGED
    assert result.value == pytest.approx(least, abs=1e-8)


def test_no_floor_and_no_number() -> None:
    assert run(lambda x: -jnp.sum(x**2), [0.3, 0.1]).status is Status.DIVERGED
    assert run(lambda x: -jnp.sum(jnp.exp(x)), [0.3, 0.1]).status is Status.DIVERGED
    assert run(lambda x: jnp.sum(jnp.log(x)), [-1.0]).status is Status.NOT_A_NUMBER
    finite = run(lambda x: jnp.sum(x - jnp.log(x)), [1e-3, 50.0])
    assert finite.x == pytest.approx([1, 1])


def test_units_do_not_matter() -> None:
    plain = run(chain, [-1.2, 1.0])
    scaled = run(lambda x: 2.0**-40 * chain(x / 2.0**20), np.array([-1.2, 1.0]) * 2.0**20)
    assert scaled.status is Status.CONVERGED
    assert scaled.x / 2.0**20 == pytest.approx(plain.x, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 1e3]), st.booleans())
def test_the_inner_iteration_keeps_half_of_the_best_decrease(
    seed: int, radius: float, definite: bool
) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 8))
    root = random.standard_normal((n, n))
    hessian = root @ root.T + 0.1 * np.eye(n) if definite else root + root.T
    gradient = random.standard_normal(n)
    inner = conjugate_gradients(lambda v: hessian @ v, -gradient, radius, 1e-10)
    p = inner.step
    assert np.linalg.norm(p) <= radius * (1 + 1e-9)
    promised = -(gradient @ p + 0.5 * p @ hessian @ p)
    assert inner.decrease == pytest.approx(promised, rel=1e-6, abs=1e-9)
    assert inner.negative <= (not definite)
    if definite:
        # Yuan's theorem: at least half of what the exact solution gains.
        assert inner.decrease >= 0.499 * solve(hessian, gradient, radius).decrease


def test_lowest_curvature_by_hand() -> None:
    diagonal = np.array([4.0, -3.0, 1.0, 9.0])
    free = np.array([True, True, True, False])
    value, bend, top = lowest_curvature(lambda v: np.where(free, diagonal * v, 0.0), free)
    assert value == pytest.approx(-3.0)
    assert np.abs(bend) == pytest.approx([0, 1, 0, 0], abs=1e-8)
    assert top == pytest.approx(4.0)
