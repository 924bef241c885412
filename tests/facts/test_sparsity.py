"""The Hessian's pattern: never too small, and exact where the structure is plain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse
from tests.facts.functions import KINKED, SMOOTH, A

from surefoot.facts.sparsity import colours, hessian_sparsity
from surefoot.program import trace

X = np.linspace(0.3, 1.7, 8)
ROSENBROCK = SMOOTH["Rosenbrock"]
EVERY = {**dict(list(SMOOTH.items())[::2]), **dict(list(KINKED.items())[::2])}


@pytest.mark.parametrize("name", EVERY)
def test_no_second_derivative_is_missed(name: str) -> None:
    pattern = hessian_sparsity(trace(EVERY[name], X)).toarray()
    with jax.enable_x64(True):
        hessian = np.asarray(jax.jit(jax.hessian(EVERY[name]))(X))
    assert not np.any((hessian != 0) & ~pattern)
    np.testing.assert_array_equal(pattern, pattern.T)


def test_plain_structures_are_exact() -> None:
    def pattern(f: object) -> np.ndarray:
        return hessian_sparsity(trace(f, X)).toarray()  # type: ignore[arg-type]

    eye = np.eye(8, dtype=bool)
    chain = eye | np.eye(8, k=1, dtype=bool) | np.eye(8, k=-1, dtype=bool)
    np.testing.assert_array_equal(pattern(ROSENBROCK), chain)
    np.testing.assert_array_equal(pattern(lambda x: jnp.sum(jnp.exp(x) + x**3)), eye)
    np.testing.assert_array_equal(pattern(lambda x: jnp.sum(A @ x)), eye & False)
    np.testing.assert_array_equal(pattern(lambda x: x[0] * x[5]).nonzero(), ([0, 5], [5, 0]))
    np.testing.assert_array_equal(pattern(lambda x: jnp.sum(jnp.abs(x))), eye & False)
    halves = np.eye(8, k=4, dtype=bool) | np.eye(8, k=-4, dtype=bool)
    np.testing.assert_array_equal(pattern(lambda x: jnp.sum(x[:4] * x[4:])), halves)
    tridiagonal = 2 * np.eye(8) - np.eye(8, k=1) - np.eye(8, k=-1)
    np.testing.assert_array_equal(pattern(lambda x: x @ tridiagonal @ x), chain)


def test_captured_zeros_are_seen() -> None:
    mask = np.zeros((3, 8))
    mask[0, 1] = mask[1, 4] = mask[2, 4] = 1.0
    pattern = hessian_sparsity(trace(lambda x: jnp.sum((mask @ x) ** 2), X)).toarray()
    np.testing.assert_array_equal(np.argwhere(pattern), [[1, 1], [4, 4]])


def test_a_random_pattern_is_coloured_so_that_columns_can_be_read_off() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        n = int(rng.integers(1, 40))
        dense = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.1)
        hessian = dense + dense.T
        colour = colours(sparse.csr_array(hessian != 0))
        seeds = np.eye(colour.max() + 1)[colour]
        product = hessian @ seeds
        rows, columns = np.nonzero(hessian)
        np.testing.assert_array_equal(product[rows, colour[columns]], hessian[rows, columns])


def test_a_long_chain_needs_few_colours_and_little_time() -> None:
    program = trace(ROSENBROCK, np.ones(2000))
    pattern = hessian_sparsity(program)
    assert pattern.nnz == 3 * 2000 - 2
    assert colours(pattern).max() + 1 == 3


def test_what_is_not_followed_is_full() -> None:
    program = trace(lambda x: jnp.sum(jnp.real(jnp.fft.fft(x)) ** 2), X)
    assert hessian_sparsity(program).toarray().all()
