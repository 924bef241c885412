"""Newton-CG: known minima, many variables, escapes, the inner iteration."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.descent.smooth_problems import LocalOracle

from surefoot.descent.lanczos_bottom import lowest_curvature
from surefoot.descent.loop import loop
from surefoot.descent.newton_cg import NewtonCG, conjugate_gradients
from surefoot.descent.steps import Limits, Run
from surefoot.descent.trust_region import solve
from surefoot.terms import Status


def run(f, start, **options) -> Run:
    x0 = np.asarray(start, dtype=np.float64)
    return loop(NewtonCG(LocalOracle(f, x0.size), **options), x0, Limits(max_steps=500))


def test_a_thousand_variables() -> None:
    weights = np.linspace(1.0, 50.0, 1000)
    result = run(lambda x: jnp.sum(weights * jnp.cosh(x - 1)), np.zeros(1000))
    assert result.status is Status.CONVERGED
    assert result.x == pytest.approx(np.ones(1000), abs=1e-8)
    assert result.steps <= 20


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
