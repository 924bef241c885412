"""Points on the floor of a long valley: the slope is within tolerance, and the floor leads on."""

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind as K
from surefoot import Status

MINIMA = {K.LOCAL_MINIMUM, K.FLAT_MINIMUM, K.GLOBAL_MINIMUM}


def turned(angle: float, shift: float):
    """(x, y) → the same turned and moved, so that no valley keeps to an axis or the origin."""
    c, s = np.cos(angle), np.sin(angle)
    return lambda p: (c * p[0] - s * p[1] - shift, s * p[0] + c * p[1] + 2.0 * shift)


@pytest.mark.parametrize(
    ("formula", "falls"),
    [
        (lambda x, y: (x - jnp.cos(y)) ** 2 + 1e-7 * y, True),
        (lambda x, y: (x - jnp.cos(3 * y)) ** 2 + 1e-9 * y, True),
        (lambda x, y: (x - y**2) ** 2 + y**9, True),
        (lambda x, y: 1e4 * (x - y**2) ** 2 + y**5, True),
        (lambda x, y: 1e6 * (x - y**2) ** 2 + y**3, True),
        (lambda x, y: (x - y**2) ** 2 + 1e-6 * y**3, True),
        (lambda x, y: (x - y**2) ** 2 + 1e-6 * y**2, False),
        (lambda x, y: 1e4 * (x - y**2) ** 2 + 1e-4 * (y - 0.1) ** 2, False),
        (lambda x, y: (x - jnp.cos(y)) ** 2 + 1e-7 * y**2, False),
    ],
)
@pytest.mark.parametrize(("angle", "shift"), [(0.0, 0.0), (0.7, 3.0)])
def test_the_floor_of_a_curved_valley(formula, falls: bool, angle: float, shift: float) -> None:
    """Without an end no minimum may be claimed; with one it must still be found."""
    move = turned(angle, shift)
    steps = 300 if falls else 10_000
    found = sf.minimize(lambda p: formula(*move(p)), np.array([1.3, 0.6]), max_steps=steps)
    assert (found.verdict.kind in MINIMA) is not falls, found


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_a_ring_that_tilts_a_little_is_followed_to_its_lowest_point(sense: str) -> None:
    sign = 1.0 if sense == "minimize" else -1.0
    solve = sf.minimize if sense == "minimize" else sf.maximize
    found = solve(
        lambda p: sign * ((p[0] ** 2 + p[1] ** 2 - 1.0) ** 2 + 1e-8 * p[1] ** 3),
        np.array([0.5, 0.6]),
    )
    assert found.x == pytest.approx([0.0, -1.0], abs=1e-3)


def test_a_point_on_the_ring_is_told_the_way() -> None:
    """The step that is named leads to a lower value, round the bend."""

    def f(p):
        return (p[0] ** 2 + p[1] ** 2 - 1.0) ** 2 + 1e-10 * p[1] ** 3

    x = np.array([0.8, 0.6])
    found = sf.classify(f, x)
    assert found.kind not in MINIMA
    assert found.direction is not None
    assert float(f(x + found.direction)) < float(f(x))


@pytest.mark.parametrize("power", [10, 40])
@pytest.mark.parametrize("at", [3.0, -70.0])
def test_a_minimum_of_high_order_is_reached(power: int, at: float) -> None:
    """At 2.4 the value of (x − 3)⁴⁰ is within tolerance of its minimum, and the point is not."""
    found = sf.minimize(lambda x: ((x - at) / abs(at)) ** power, 0.0)
    assert found.first_verdict.kind in {K.LOCAL_MINIMUM, K.DEGENERATE}
    assert found.x == pytest.approx(at, rel=1e-3)


@pytest.mark.parametrize("big", [1e14, 1e15, 1e17])
@pytest.mark.parametrize("turn", [1.0, 3.0])
def test_a_quadratic_that_falls_where_rounding_hides_it(big: float, turn: float) -> None:
    found = sf.minimize(lambda p: big * (p[0] - turn * p[1]) ** 2 - p[1] ** 2, np.ones(2))
    assert found.status is Status.UNBOUNDED
    assert found.verdict.kind is K.SADDLE_POINT


def test_a_faint_fall_of_a_quadratic_far_out() -> None:
    """f(10¹², 10¹²) = −10⁴."""
    found = sf.minimize("(x - y)^2 - 1e-20 (x + y)^2 + (z - x)^2")
    assert found.status is Status.UNBOUNDED


@pytest.mark.parametrize("seed", range(8))
def test_a_rank_deficient_quadratic_is_level(seed: int) -> None:
    """BᵀB has eigenvalues of −10⁻¹⁵ by rounding: noise of either sign, no fall."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((3, 6))
    matrix = rows.T @ rows
    slope = matrix @ rng.standard_normal(6)
    found = sf.minimize(lambda x: 0.5 * x @ jnp.asarray(matrix) @ x - slope @ x, np.zeros(6))
    assert found.status is Status.CONVERGED
    assert found.verdict.kind in {K.FLAT_MINIMUM, K.GLOBAL_MINIMUM}
