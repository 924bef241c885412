"""Where a Cholesky factor stands for the spectrum: it says what the whole one would have said."""

from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judge.known_points import rosenbrock
from tests.judge.oracles import JaxOracle, QuadraticOracle, judged, problem

from surefoot.judge import cholesky, judge
from surefoot.terms import PointKind as K

SIZE = 60


def turned(values: np.ndarray, seed: int, spread: float) -> np.ndarray:
    """A matrix with the signs of `values`, turned, its coordinates in units from 10^±spread."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((values.size, values.size)))[0]
    units = 10.0 ** rng.uniform(-spread, spread, values.size)
    matrix = (basis * values) @ basis.T * units[:, None] * units
    return 0.5 * (matrix + matrix.T)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    least=st.sampled_from([1.0, 1e-3, 1e-7, 1e-12, 1e-15, 0.0, -1e-12, -1e-3]),
    spread=st.sampled_from([0.0, 4.0]),
)
def test_a_factor_means_that_all_eigenvalues_are_positive(
    seed: int, least: float, spread: float
) -> None:
    values = np.random.default_rng(seed).uniform(0.5, 2.0, SIZE)
    values[0] = least
    matrix = turned(values, seed, spread)
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * scale[:, None] * scale
    error = 1e-13
    found = cholesky.factored(scaled, scale, error)
    truth = np.linalg.eigvalsh(scaled)
    if found is None:
        assert truth[0] < 2e6 * error
        return
    assert truth[0] > error
    assert found.values[0] == pytest.approx(truth[0], rel=1e-6)
    curvatures = np.einsum("ik,ij,jk->k", found.vectors, scaled, found.vectors)
    assert curvatures == pytest.approx(found.values, rel=1e-6)
    right = np.random.default_rng(seed + 1).standard_normal(SIZE)
    assert scaled @ found.solve(right) == pytest.approx(right, rel=1e-5, abs=1e-5)


def both(point: np.ndarray, oracle) -> list:
    """The verdict by the factor where there is one, and by the whole spectrum."""
    quick = judge(problem(point.size), point, oracle=oracle)
    with patch.object(cholesky, "LEAST_SIZE", 10**9):
        return [quick, judge(problem(point.size), point, oracle=oracle)]


@pytest.mark.parametrize("least", [2.0, 1e-2, 1e-6, 1e-13, 0.0, -1e-6, -1.0])
@pytest.mark.parametrize("off", [0.0, 1e-9, 1e-2])
@pytest.mark.parametrize("spread", [0.0, 3.0])
def test_quadratics_are_judged_alike(least: float, off: float, spread: float) -> None:
    values = np.linspace(0.5, 2.0, SIZE)
    values[0] = least
    matrix = turned(values, 7, spread)
    best = np.random.default_rng(8).standard_normal(SIZE)
    units = np.sqrt(np.diag(matrix))
    oracle = QuadraticOracle(matrix, -matrix @ best, 3.0)
    quick, whole = both(best + off / units, oracle)
    assert quick.kind is whole.kind and quick.confidence is whole.confidence
    if least >= 1e-2 and off == 0.0 and spread == 0.0:
        assert quick.kind is K.LOCAL_MINIMUM
    if least <= -1e-6:
        assert quick.kind is not K.LOCAL_MINIMUM
    rows = [[r for r in v.evidence if r.name == "curvature"] for v in (quick, whole)]
    for one, other in zip(*rows, strict=True):
        assert one.measured == pytest.approx(other.measured, rel=1e-6, abs=1e-12)
        assert one.note == other.note


@pytest.mark.parametrize("where", [np.ones(SIZE), np.ones(SIZE) + 1e-3, np.zeros(SIZE)])
def test_rosenbrock_is_judged_alike(where: np.ndarray) -> None:
    quick, whole = both(where, JaxOracle(rosenbrock, SIZE))
    assert (quick.kind, quick.confidence) == (whole.kind, whole.confidence)
    assert quick.kind is (K.LOCAL_MINIMUM if where[0] == 1.0 else K.NOT_STATIONARY)


def flattened(x):
    """Fourth powers written out in the first three coordinates: their Hessian is rounding."""
    y = x[:3]
    written_out = y**4 - 4 * y**3 + 6 * y**2 - 4 * y + 1
    return jnp.sum(written_out) + jnp.sum((x[3:] - 2.0) ** 2)


def test_curvature_that_is_rounding_is_not_a_factors_to_believe() -> None:
    at = np.where(np.arange(SIZE) < 3, 1.0, 2.0)
    for near in (at, at + np.where(np.arange(SIZE) < 3, 3e-4, 0.0)):
        quick, whole = both(near, JaxOracle(flattened, SIZE))
        assert (quick.kind, quick.confidence) == (whole.kind, whole.confidence)
        rows = [row for row in quick.evidence if row.name == "curvature"]
        assert not rows or rows[0].holds is not True


@pytest.mark.parametrize("liar", [0, 17, SIZE - 1])
def test_a_lie_is_found_where_curvature_is_least(liar: int) -> None:
    """Behind stop_gradient the value falls along one coordinate, and AD sees a bowl."""
    weights = np.ones(SIZE)
    weights[liar] = 0.1

    def lying(x):
        return jnp.sum(weights * x**2) - 0.3 * jax.lax.stop_gradient(x[liar]) ** 2 + x[liar] ** 4

    verdict = judged(lying, np.zeros(SIZE))
    assert verdict.kind is not K.LOCAL_MINIMUM


@pytest.mark.parametrize("size", [2, 3, 10, 47, 48, 100, 300])
@pytest.mark.parametrize("turn", [False, True])
def test_a_lie_in_any_direction_is_found(size: int, turn: bool) -> None:
    """Behind stop_gradient the value falls along one direction, neither the least nor the last."""
    rng = np.random.default_rng(size)
    basis = np.linalg.qr(rng.standard_normal((size, size)))[0] if turn else np.eye(size)
    weights, liar = np.linspace(1.0, 5.0, size), size // 2

    def bowl(x):
        return jnp.sum(weights * (1.0 - jnp.cos(jnp.asarray(basis) @ x)))

    def lying(x):
        part = weights[liar] * (1.0 - jnp.cos((jnp.asarray(basis) @ x)[liar]))
        return bowl(x) - jax.lax.stop_gradient(2.0 * part)

    assert judged(bowl, np.zeros(size)).kind is K.LOCAL_MINIMUM
    assert judged(lying, np.zeros(size)).kind is not K.LOCAL_MINIMUM
