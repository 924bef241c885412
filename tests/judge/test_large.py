"""Above the dense limit: Lanczos, and what it costs is said."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from tests.judge.known_points import rosenbrock
from tests.judge.oracles import JaxOracle, QuadraticOracle, judged, problem

from surefoot.facts.lanczos import lanczos, missed_bound
from surefoot.judge import judge
from surefoot.judge.definite import definite
from surefoot.terms import PointKind as K

SIZE = 400


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 25), degenerate=st.booleans())
def test_lanczos_run_to_the_end_is_the_spectrum(seed: int, size: int, degenerate: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((size, size))
    matrix = matrix + matrix.T
    if degenerate:
        matrix = np.eye(size) * 3.0
    found = lanczos(lambda v: matrix @ v, rng.standard_normal(size), size, accuracy=0.0)
    truth = np.linalg.eigvalsh(matrix)
    assert abs(found.values[0] - truth[0]) <= 1e-8 * np.max(np.abs(truth))
    assert abs(found.values[-1] - truth[-1]) <= 1e-8 * np.max(np.abs(truth))
    assert found.products <= size


def test_the_missed_bound_shrinks_with_products() -> None:
    bounds = [missed_bound(1000, m, 1.0) for m in (5, 20, 80, 320)]
    assert bounds == sorted(bounds, reverse=True) and missed_bound(10, 10, 1.0) == 0.0


def test_a_large_minimum_and_its_cost() -> None:
    verdict = judged(rosenbrock, np.ones(SIZE))
    assert verdict.kind is K.LOCAL_MINIMUM
    assert any("Hessian-vector products" in row.note for row in verdict.evidence)


def test_a_large_start_is_not_stationary() -> None:
    verdict = judged(rosenbrock, np.full(SIZE, -1.0))
    assert verdict.kind is K.NOT_STATIONARY


@pytest.mark.parametrize(
    ("turned", "kind"),
    [
        (0, K.LOCAL_MINIMUM),
        (1, K.SADDLE_POINT),
        (SIZE, K.LOCAL_MAXIMUM),
    ],
)
def test_large_quadratics(turned: int, kind: K) -> None:
    values = np.linspace(1.0, 2.0, SIZE)
    values[:turned] *= -1.0
    x = np.arange(SIZE) % 7.0
    oracle = QuadraticOracle(np.diag(values), -values * x)
    verdict = judge(problem(SIZE), x, oracle=oracle)
    assert verdict.kind is kind
    if kind is not K.LOCAL_MINIMUM:
        assert oracle.value(x + np.asarray(verdict.direction)) < oracle.value(x)


def test_a_large_unused_parameter_is_never_a_strict_minimum() -> None:
    verdict = judged(lambda x: jnp.sum((x[1:] - 1.0) ** 2), np.ones(SIZE))
    assert verdict.kind in (K.FLAT_MINIMUM, K.UNKNOWN)


def test_a_large_point_off_by_little_is_not_stationary() -> None:
    values = np.linspace(1.0, 2.0, SIZE)
    x = np.ones(SIZE)
    off = x.copy()
    off[3] += 1e-2
    oracle = QuadraticOracle(np.diag(values), -values * x, 5.0)
    verdict = judge(problem(SIZE), off, oracle=oracle)
    assert verdict.kind is K.NOT_STATIONARY


def test_a_large_corner() -> None:
    verdict = judge(
        problem(SIZE), np.zeros(SIZE), oracle=JaxOracle(lambda x: jnp.sum(jnp.abs(x)), SIZE)
    )
    assert verdict.kind in (K.LOCAL_MINIMUM, K.KINK)


def chain(least: float):
    """Springs of strength 1 to 10⁶ between 600 neighbours; the smallest eigenvalue is `least`."""
    springs = np.logspace(0, 6, 599)
    jumps = sparse.diags_array([-np.ones(599), np.ones(599)], offsets=[0, 1], shape=(599, 600))
    stiff = jumps.T @ sparse.diags_array(springs) @ jumps
    return sparse.csc_array(stiff + least * sparse.eye_array(600))


@pytest.mark.parametrize("least", [1.0, -1e-3, -1.0])
def test_a_sparse_hessian_settles_what_products_cannot(least: float) -> None:
    """Lanczos does not get to the smallest of eigenvalues that spread over 10⁶."""
    matrix = chain(least)
    oracle = QuadraticOracle(matrix.toarray())
    x = np.zeros(600)
    alone = judge(problem(600), x, oracle=oracle)
    told = judge(problem(600), x, oracle=oracle, sparse=lambda _: matrix)
    if least > 0:
        assert alone.kind is K.UNKNOWN and "could not be told from zero" in alone.advice
        assert told.kind is K.LOCAL_MINIMUM
        assert any(row.name == "definite" and row.holds for row in told.evidence)
    else:
        assert {alone.kind, told.kind} <= {K.UNKNOWN, K.SADDLE_POINT, K.DEGENERATE}


def test_a_negative_diagonal_or_a_lie_is_not_definite() -> None:
    """The values of −x² contradict a Hessian that claims to be positive."""
    matrix = chain(1.0)
    assert definite(matrix, np.arange(600)) is not None
    assert definite(-matrix, np.arange(600)) is None
    lying = judge(
        problem(600), np.zeros(600), oracle=QuadraticOracle(chain(-1.0).toarray()),
        sparse=lambda _: matrix,
    )  # fmt: skip
    assert lying.kind is not K.LOCAL_MINIMUM
