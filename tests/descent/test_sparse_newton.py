"""Sparse Newton: the battery of the other engines, and what only a factorisation can do."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from surefoot.calculus import Evaluator
from surefoot.descent import sparse_factor
from surefoot.descent.loop import loop
from surefoot.descent.sparse_factor import positive_factor
from surefoot.descent.sparse_newton import SparseNewton
from surefoot.descent.steps import Limits, Run
from surefoot.facts.compression import Compression
from surefoot.facts.sparsity import hessian_sparsity
from surefoot.program import trace
from surefoot.terms import Status


def run_sparse(f, x0, lower=None, upper=None, max_steps=100) -> Run:
    program = trace(f, x0)
    found = Compression(hessian_sparsity(program))
    engine = SparseNewton(Evaluator(program), lower, upper, compression=found)
    return loop(engine, x0, Limits(max_steps=max_steps))


def test_a_stiff_chain_of_a_thousand_variables() -> None:
    """Springs from 1 to 10⁶: all at rest where every x is 1."""
    springs = np.logspace(0, 6, 999)

    def f(x):
        return jnp.sum(springs * jnp.sin(x[1:] - x[:-1]) ** 2) + jnp.sum(jnp.cosh(x - 1) - 1)

    result = run_sparse(f, np.linspace(0.0, 1.0, 1000))
    assert result.status is Status.CONVERGED and result.steps <= 40
    assert result.x == pytest.approx(np.ones(1000), abs=1e-9)


def test_bounds_hold_among_many_variables() -> None:
    """Pulled to 2 beyond a bound at 1, and below −1 on the other side: |x| = 1 there."""
    pull = np.where(np.arange(200) % 3 == 0, 2.0, -2.0)

    def f(x):
        return jnp.sum((x - pull) ** 2) + 1e-3 * jnp.sum((x[1:] - x[:-1]) ** 4)

    result = run_sparse(f, np.zeros(200), np.full(200, -1.0), np.full(200, 1.0))
    assert result.status is Status.CONVERGED
    np.testing.assert_array_equal(result.x, np.sign(pull))


@pytest.mark.parametrize("band", [0, 32])
def test_factors_solve_or_refuse(band: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By LAPACK's band and by SuperLU, with some variables held, against dense linear algebra."""
    monkeypatch.setattr(sparse_factor, "BAND", band)
    random = np.random.default_rng(3)
    root = np.tril(np.triu(random.normal(size=(20, 20)), -2))
    matrix, free = root @ root.T, random.uniform(size=20) < 0.7
    right = random.normal(size=20)
    stored = sparse.csc_array(matrix)
    stored.sort_indices()
    solve = positive_factor(stored, 19, free, 0.5)
    assert solve is not None
    part = np.ix_(free, free)
    np.testing.assert_allclose(
        solve(right)[free], np.linalg.solve(matrix[part] + 0.5 * np.eye(free.sum()), right[free])
    )
    assert not np.any(solve(right)[~free])
    lowest = np.linalg.eigvalsh(matrix[part])[0]
    turned = sparse.csc_array(matrix - (lowest + 0.1) * np.eye(20))
    assert positive_factor(turned, 19, free, 0.0) is None
    assert positive_factor(turned, 19, free, 0.2) is not None
