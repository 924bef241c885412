"""The subproblem against its optimality conditions, hard cases included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.descent.trust_region import solve

SIZES = [1, 2, 5, 12, 13, 30]


def check(hessian: np.ndarray, gradient: np.ndarray, radius: float, loose: float = 0.0) -> None:
    """(H + σI)p = −g, H + σI ⪰ 0, ‖p‖ ≤ radius, and σ = 0 inside."""
    model = solve(hessian, gradient, radius)
    p = model.step
    length = np.linalg.norm(p)
    assert length <= radius * (1 + loose + 1e-9)
    scale = max(np.abs(hessian).max(initial=0.0), 1e-300)
    promised = -(gradient @ p + 0.5 * p @ hessian @ p)
    assert model.decrease == pytest.approx(promised, rel=1e-8, abs=1e-9 * scale * radius**2)
    # The best that any method finds, from the exact secular equation in extended steps.
    eigenvalues, vectors = np.linalg.eigh(hessian)
    slopes = vectors.T @ gradient
    floor = max(0.0, -eigenvalues[0])
    sigmas = floor + scale * np.logspace(-14, 8, 4000)
    parts = -slopes / (eigenvalues + sigmas[:, None])
    inside = np.linalg.norm(parts, axis=1) <= radius
    values = parts @ slopes + 0.5 * (parts**2) @ eigenvalues
    best = -values[inside].min() if inside.any() else 0.0
    assert model.decrease >= (0.8 if loose else 0.999) * best - 1e-12 * scale * radius**2
    if eigenvalues[0] < -1e-6 * scale:
        assert not model.interior
        assert model.decrease >= 0.4 * -eigenvalues[0] * radius**2


@pytest.mark.parametrize("size", SIZES)
@given(st.integers(0, 10_000), st.sampled_from([1e-3, 1.0, 1e3]), st.booleans())
def test_solution_is_as_good_as_the_secular_equation(
    size: int, seed: int, radius: float, definite: bool
) -> None:
    random = np.random.default_rng(seed)
    root = random.standard_normal((size, size))
    hessian = root @ root.T if definite else root + root.T
    check(hessian, random.standard_normal(size), radius, loose=0.1 if size > 12 else 0.0)


@pytest.mark.parametrize("size", SIZES)
def test_hard_case_with_no_gradient_goes_along_the_lowest_curvature(size: int) -> None:
    hessian = np.diag(np.linspace(-2.0, 3.0, size)) if size > 1 else np.array([[-2.0]])
    model = solve(hessian, np.zeros(size), 0.5)
    expected = np.zeros(size)
    expected[0] = 0.5
    assert np.abs(model.step) == pytest.approx(expected, abs=1e-12)
    assert model.decrease == pytest.approx(0.25)
    assert model.curvature == pytest.approx(-2.0)


def test_hard_case_with_a_gradient_by_hand() -> None:
    # H = diag(−1, 1), g = (0, 1), radius 2: σ = 1, p₂ = −½, p₁ = ±√(4 − ¼).
    model = solve(np.diag([-1.0, 1.0]), np.array([0.0, 1.0]), 2.0)
    assert abs(model.step[0]) == pytest.approx(np.sqrt(3.75))
    assert model.step[1] == pytest.approx(-0.5)


def test_interior_newton_step_by_hand() -> None:
    model = solve(np.diag([2.0, 4.0]), np.array([2.0, 4.0]), 10.0)
    assert model.step == pytest.approx([-1.0, -1.0])
    assert model.interior
    assert model.decrease == pytest.approx(3.0)


def test_a_plane_goes_straight_down() -> None:
    model = solve(np.zeros((2, 2)), np.array([3.0, 4.0]), 5.0)
    assert model.step == pytest.approx([-3.0, -4.0])
    assert not model.interior


def test_singular_direction_with_a_slope_reaches_the_edge() -> None:
    model = solve(np.diag([1.0, 0.0]), np.array([0.0, 1e-3]), 7.0)
    assert model.step == pytest.approx([0.0, -7.0])


@pytest.mark.parametrize("size", [3, 20])
@pytest.mark.parametrize("factor", [1e-150, 1e-8, 1e8, 1e150])
def test_units_do_not_matter(size: int, factor: float) -> None:
    random = np.random.default_rng(3)
    hessian = random.standard_normal((size, size))
    hessian += hessian.T
    gradient = random.standard_normal(size)
    plain = solve(hessian, gradient, 0.7)
    assert solve(factor * hessian, factor * gradient, 0.7).step == pytest.approx(
        plain.step, rel=1e-6, abs=1e-9
    )


def test_a_slope_below_the_rounding_of_the_curvature_is_the_hard_case() -> None:
    # From (3x − y)³ near its ridge: the shift that the slope asks for is lost beside 3·10⁻¹⁵.
    hessian = np.array([[-2.99760217e-15, 9.99200722e-16], [9.99200722e-16, -3.33066907e-16]])
    gradient = np.array([2.77333912e-32, -9.24446373e-33])
    found = solve(hessian, gradient, 0.2)
    assert np.linalg.norm(found.step) == pytest.approx(0.2)
    assert found.decrease == pytest.approx(0.5 * 3.3306690738754696e-15 * 0.04)
    assert gradient @ found.step <= 0.0
