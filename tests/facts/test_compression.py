"""A sparse Hessian out of few products: every entry comes back, in as few products as promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from surefoot.facts.compression import Compression
from surefoot.facts.sparsity import PER_ROW, sparse_pattern
from surefoot.program import trace


def recovered(matrix: np.ndarray, found: Compression) -> np.ndarray:
    return found.matrix(found.entries(found.seeds @ matrix)).toarray()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(0, 3))
def test_what_was_compressed_comes_back(seed: int, n: int, heads: int) -> None:
    random = np.random.default_rng(seed)
    matrix = np.where(random.uniform(size=(n, n)) < 2.0 / n, random.normal(size=(n, n)), 0.0)
    matrix[: min(heads, n)] = 1.0 + random.uniform(size=(min(heads, n), n))
    matrix = matrix + matrix.T
    found = Compression(sparse.csr_array(matrix != 0))
    np.testing.assert_array_equal(recovered(matrix, found), matrix)


@pytest.mark.parametrize(("offsets", "products"), [((0,), 1), ((0, 1), 3), ((0, 1, 2), 5)])
def test_a_band_takes_as_many_products_as_it_has_diagonals(
    offsets: tuple[int, ...], products: int
) -> None:
    band = sum(np.eye(100, k=k) + np.eye(100, k=-k) for k in offsets)
    found = Compression(sparse.csr_array(band != 0))
    assert len(found.seeds) == products and found.bandwidth == max(offsets)
    np.testing.assert_array_equal(recovered(band, found), band)


def test_an_arrow_takes_two() -> None:
    arrow = np.diag(np.arange(1.0, 101.0))
    arrow[0] = arrow[:, 0] = np.arange(1.0, 101.0)
    found = Compression(sparse.csr_array(arrow != 0))
    assert len(found.seeds) == 2
    np.testing.assert_array_equal(recovered(arrow, found), arrow)


def test_a_dense_pattern_is_given_up_early() -> None:
    n = 4 * PER_ROW
    table = np.ones((2 * n, n))
    assert sparse_pattern(trace(lambda x: ((table @ x) ** 4).sum(), np.zeros(n))) is None
    assert sparse_pattern(trace(lambda x: (x.sum()) ** 4, np.zeros(n))) is None
    chain = sparse_pattern(trace(lambda x: ((x[1:] - x[:-1]) ** 4).sum(), np.zeros(n)))
    assert chain.nnz == 3 * n - 2
