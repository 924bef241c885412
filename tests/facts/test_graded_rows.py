"""Rows of very different sizes: each must be factorised to its own last digits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surefoot.facts.graded_rows import factorise_rows, is_graded


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(0, 3), st.floats(0.0, 12.0))
def test_every_row_keeps_its_own_digits(seed, n, dependent, spread) -> None:
    rng = np.random.default_rng(seed)
    m = 3 * n + 2
    matrix = rng.normal(size=(m, n)) * 10.0 ** rng.uniform(-spread, spread, (m, 1))
    factors = rng.choice([-2.0, 1.0, 4.0], dependent)  # exact, so that the rank is no question
    matrix = np.column_stack([matrix, matrix[:, rng.integers(0, n, dependent)] * factors])
    size = np.max(np.abs(matrix), axis=1, keepdims=True)
    found = factorise_rows(matrix)
    assert found.rank == n
    assert np.max(np.abs(matrix @ found.null) / size, initial=0.0) < 1e-11
    padded = np.concatenate([found.triangle, np.zeros((m - n, n + dependent))])
    again = np.array([found.back(column) for column in padded.T]).T
    np.testing.assert_allclose(again / size, matrix[:, found.columns] / size, atol=1e-13 * m)
    b = rng.normal(size=m)
    np.testing.assert_allclose(found.back(found.turned(b)), b, atol=1e-13 * m)


@given(st.permutations(range(4)), st.sampled_from([1e8, 1e12, 1e17, 1e30, 1e100]))
def test_heavy_rows_that_repeat_each_other_leave_the_light_ones_their_say(order, weight) -> None:
    matrix = np.array([[1.0, -3.0], [1.0, -3.0], [3.0, -9.0], [1.0, 0.0]])
    matrix[:3] *= weight
    right = np.array([0.0, 0.0, 0.0, 3.0])
    found = factorise_rows(matrix[order])
    assert found.rank == 2
    np.testing.assert_allclose(found.basic(found.turned(right[order])[:2]), [3.0, 1.0], rtol=1e-12)


def test_what_counts_as_graded() -> None:
    assert is_graded(np.array([[1e6, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    assert not is_graded(np.array([[1e4, 0.0], [0.0, 0.0], [1.0, 0.0]]))
    assert not is_graded(np.zeros((3, 2)))
