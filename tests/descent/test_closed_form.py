"""Closed forms: exact answers, what is not identified, ways down without end, bounds, digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from surefoot.descent.closed_form import solve_linear_least_squares, solve_quadratic
from surefoot.descent.symmetric_factor import factorise
from surefoot.facts.compensated import residual
from surefoot.terms import Status

INF = np.inf


def array(*rows) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


# ── quadratics ─────────────────────────────────────────────────────────────────────────────────


def test_a_bowl_by_hand() -> None:
    found = solve_quadratic(array([2, 0], [0, 4]), array(-2, 4))
    assert found.status is Status.CONVERGED
    np.testing.assert_array_equal(found.x, [1, -1])
    assert (found.rank, found.is_unique, found.unidentified) == (2, True, ())


@given(st.integers(0, 10**6), st.integers(1, 9), st.floats(-6, 6))
def test_any_units_give_the_same_answer(seed, n, spread) -> None:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(n + 2, n))
    x = rng.normal(size=n)
    unit = 10.0 ** rng.uniform(-abs(spread), abs(spread), n)
    plain = solve_quadratic(half.T @ half, -half.T @ half @ x)
    scaled = solve_quadratic(
        (half * unit).T @ (half * unit), -(half * unit).T @ half @ x
    )
    assert scaled.status is Status.CONVERGED
    assert plain.rank == scaled.rank == n
    np.testing.assert_allclose(scaled.x * unit, x, rtol=1e-6, atol=1e-6)


def test_a_saddle_has_a_checked_way_down() -> None:
    for shift in (0.0, 1e8):
        found = solve_quadratic(array([0, 1], [1, 0]), array(shift, shift))
        assert found.status is Status.UNBOUNDED
        d = found.direction
        assert d is not None
        assert d @ array([0, 1], [1, 0]) @ d < 0.0
        assert shift * d.sum() <= 0.0


def test_an_escape_is_found_in_any_units() -> None:
    unit = np.array([1e-9, 1e7])
    found = solve_quadratic(array([1, 3], [3, 1]) * np.outer(unit, unit), np.zeros(2))
    assert found.status is Status.UNBOUNDED


def test_two_parameters_that_count_only_as_their_sum() -> None:
    found = solve_quadratic(array([1, 1], [1, 1]), array(-2, -2))
    assert found.status is Status.CONVERGED
    assert not found.is_unique
    assert found.unidentified == (0, 1)
    np.testing.assert_allclose(found.x, [1, 1])
    np.testing.assert_allclose(np.abs(found.null), [[0.5**0.5, 0.5**0.5]])


def test_unrelated_null_directions_stay_apart() -> None:
    block = array([1, 2], [2, 4])
    matrix = np.zeros((5, 5))
    matrix[np.ix_([0, 3], [0, 3])] = block
    matrix[np.ix_([1, 4], [1, 4])] = 3 * block
    matrix[2, 2] = 1.0
    found = solve_quadratic(matrix, np.zeros(5))
    touched = sorted(tuple(np.flatnonzero(row)) for row in found.null)
    assert touched == [(0, 3), (1, 4)]
    assert found.unidentified == (0, 1, 3, 4)


@pytest.mark.parametrize("slope", [1e-12, -1.0, 1e9])
def test_a_slope_without_curvature_is_unbounded(slope) -> None:
    found = solve_quadratic(array([0, 0], [0, 1]), array(slope, -3.0))
    assert found.status is Status.UNBOUNDED
    np.testing.assert_array_equal(found.direction, [-np.sign(slope), 0.0])


def test_a_constant_and_a_line() -> None:
    flat = solve_quadratic(np.zeros((2, 2)), np.zeros(2))
    assert (flat.status, flat.rank, flat.unidentified) == (Status.CONVERGED, 0, (0, 1))
    line = solve_quadratic(np.zeros((2, 2)), array(3, -6))
    assert line.status is Status.UNBOUNDED
    np.testing.assert_allclose(line.direction, [-0.5, 1.0])


def test_rounding_noise_is_not_a_downward_curvature() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        half = rng.normal(size=(3, 6))  # rank 3 of 6: eigenvalues ±1e-16
        found = solve_quadratic(half.T @ half, -half.T @ rng.normal(size=3))
        assert found.status is Status.CONVERGED
        assert found.rank == 3


def test_the_gradient_reaches_its_rounding_width() -> None:
    n = 12
    matrix = 1.0 / (np.arange(n)[:, None] + np.arange(n)[None, :] + 1.0)  # Hilbert
    matrix = matrix + 1e-9 * np.eye(n)
    g = -matrix @ np.ones(n)
    found = solve_quadratic(matrix, g)
    width = 4e-16 * (np.abs(matrix) @ np.abs(found.x) + np.abs(g))
    assert np.all(np.abs(residual(matrix, found.x, -g)) <= width)


def test_a_large_matrix_goes_by_cholesky_and_a_singular_one_by_eigenvalues() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(300, 250))
    x = rng.normal(size=250)
    found = solve_quadratic(half.T @ half, -half.T @ half @ x)
    assert found.method == "Cholesky"
    np.testing.assert_allclose(found.x, x, atol=1e-9)
    half[:, 7] = half[:, 3]
    again = solve_quadratic(half.T @ half, -half.T @ (half @ x))
    assert again.method == "eigenvalues"
    assert again.unidentified == (3, 7)


# ── quadratics in a box ────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(1, 9))
def test_a_convex_quadratic_in_a_box_meets_its_first_order_conditions(seed, n, rows) -> None:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(rows, n))  # singular where rows < n
    matrix, g = half.T @ half, rng.normal(size=n)
    lower, upper = np.sort(rng.normal(size=(2, n)), axis=0)
    found = solve_quadratic(matrix, g, lower, upper)
    assert found.status is Status.CONVERGED
    x, slope = found.x, matrix @ found.x + g
    assert np.all((x >= lower) & (x <= upper))
    tiny = 1e-9
    assert np.all(slope[(x > lower) & (x < upper)] <= tiny)
    assert np.all(slope[(x > lower) & (x < upper)] >= -tiny)
    assert np.all(slope[x == lower] >= -tiny)
    assert np.all(slope[x == upper] <= tiny)


def test_bounds_stop_a_slope_or_do_not() -> None:
    matrix, g = array([1, 1], [1, 1]), array(-2, -1)
    found = solve_quadratic(matrix, g, array(-1, -1), array(INF, INF))
    np.testing.assert_allclose(found.x, [3, -1])
    assert found.is_unique  # the bound removes the freedom that the matrix leaves
    open_side = solve_quadratic(matrix, g, array(-INF, -INF), array(INF, 5))
    assert open_side.status is Status.UNBOUNDED
    np.testing.assert_allclose(open_side.direction, [1, -1])


def test_downward_curvature_in_a_box_is_left_to_an_engine() -> None:
    found = solve_quadratic(array([1, 0], [0, -1]), np.zeros(2), -np.ones(2), np.ones(2))
    assert found.status is None
    assert "bends away" in found.why
    free = solve_quadratic(array([1, 0], [0, -1]), np.zeros(2), array(-1, -INF), array(1, INF))
    assert free.status is Status.UNBOUNDED


def test_fixed_coordinates_stay() -> None:
    found = solve_quadratic(array([2, 1], [1, 2]), array(-3, -3), array(0, -INF), array(0, INF))
    np.testing.assert_allclose(found.x, [0, 1.5])


# ── large and sparse ───────────────────────────────────────────────────────────────────────────


def _chain(n: int, shift: float):
    return sparse.diags_array(
        [-np.ones(n - 1), np.full(n, 2.0 + shift), -np.ones(n - 1)], offsets=[-1, 0, 1]
    ).tocsr()


def test_a_sparse_chain() -> None:
    n = 20_000
    g = np.cos(np.arange(n))
    found = solve_quadratic(_chain(n, 1e-3), g)
    assert found.status is Status.CONVERGED
    np.testing.assert_allclose(_chain(n, 1e-3) @ found.x, -g, atol=1e-10)


@pytest.mark.parametrize(
    "matrix",
    [_chain(50, -0.5), -_chain(50, 1.0), sparse.csr_array((50, 50)), _chain(50, 0.0) * 0.0],
)
def test_sparse_matrices_that_are_not_clearly_convex_are_left_to_an_engine(matrix) -> None:
    found = solve_quadratic(matrix, np.ones(50))
    assert found.status is None
    assert found.why


# ── linear least squares ───────────────────────────────────────────────────────────────────────


def test_a_line_through_three_points_by_hand() -> None:
    found = solve_linear_least_squares(array([1, 0], [1, 1], [1, 2]), array(1, 2, 2))
    np.testing.assert_allclose(found.x, [7 / 6, 1 / 2], rtol=1e-15)


def test_refinement_reaches_full_accuracy_where_the_residual_is_large() -> None:
    # Vandermonde with a large residual orthogonal to its range: the exact answer in rationals.
    from sympy import Matrix, Rational

    t = np.arange(12.0)
    matrix = t[:, None] ** np.arange(6)
    b = matrix @ np.ones(6) + 1e6 * (-1.0) ** np.arange(12)
    exact = Matrix(12, 6, lambda i, j: Rational(matrix[i, j]))
    right = Matrix(12, 1, lambda i, _: Rational(b[i]))
    solution = (exact.T * exact).LUsolve(exact.T * right)
    found = solve_linear_least_squares(matrix, b)
    np.testing.assert_allclose(found.x, np.array(solution, dtype=float).ravel(), rtol=2e-15)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 9))
def test_any_shape_gives_the_shortest_minimiser(seed, m, n) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 3, size=(m, n)).astype(float)
    b = rng.normal(size=m)
    found = solve_linear_least_squares(matrix, b)
    expected = np.linalg.lstsq(matrix, b, rcond=None)[0]
    assert found.rank == np.linalg.matrix_rank(matrix)
    np.testing.assert_allclose(found.x, expected, atol=1e-9)
    assert found.null.shape == (n - found.rank, n)
    assert np.all(np.abs(matrix @ found.null.T) < 1e-9)


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e12])
def test_a_collinear_design_names_its_parameters(unit) -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(30, 5))
    matrix[:, 4] = unit * (matrix[:, 1] - 2 * matrix[:, 2])
    found = solve_linear_least_squares(matrix, rng.normal(size=30))
    assert found.rank == 4
    assert found.unidentified == (1, 2, 4)
    assert tuple(np.flatnonzero(found.null[0])) == (1, 2, 4)
    ratio = found.null[0] / found.null[0, 1]
    np.testing.assert_allclose(ratio[[2, 4]], [-2, -1 / unit], rtol=1e-10)


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_bounds_agree_with_scipy(seed, n) -> None:
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(seed)
    matrix, b = rng.normal(size=(n + 5, n)), rng.normal(size=n + 5)
    lower, upper = -rng.uniform(0, 0.3, n), rng.uniform(0.01, 0.3, n)
    found = solve_linear_least_squares(matrix, b, lower, upper)
    peer = lsq_linear(matrix, b, (lower, upper), method="bvls", tol=1e-14)
    np.testing.assert_allclose(found.x, peer.x, atol=1e-9)
    assert found.active is None or np.all(
        (found.x[found.active] == lower[found.active])
        | (found.x[found.active] == upper[found.active])
    )


def test_a_sparse_design() -> None:
    rng = np.random.default_rng(2)
    dense = rng.normal(size=(40, 6)) * (rng.uniform(size=(40, 6)) < 0.3)
    b = rng.normal(size=40)
    found = solve_linear_least_squares(sparse.csr_array(dense), b)
    np.testing.assert_allclose(found.x, np.linalg.lstsq(dense, b, rcond=None)[0], atol=1e-12)


# ── the parts ──────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_the_compensated_residual_survives_cancellation(seed, n) -> None:
    from fractions import Fraction

    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3, n)) * 10.0 ** rng.integers(-8, 8, size=(3, n))
    x = rng.normal(size=n)
    b = matrix @ x
    exact = [
        float(Fraction(y) - sum(Fraction(a) * Fraction(z) for a, z in zip(row, x, strict=True)))
        for row, y in zip(matrix, b, strict=True)
    ]
    scale = np.abs(matrix) @ np.abs(x)
    np.testing.assert_allclose(residual(matrix, x, b), exact, rtol=1e-13, atol=1e-29 * scale.max())


def test_the_compensated_residual_falls_back_on_overflow() -> None:
    huge = array([1e300, 1.0])
    np.testing.assert_allclose(residual(huge, array(1, 1), array(0.0)), [-1e300])


def test_a_factor_solves_what_it_factorises() -> None:
    matrix = array([4, 1], [1, 3]) * 1e-12
    np.testing.assert_allclose(matrix @ factorise(matrix).solve(array(1, 2)), [1, 2])
