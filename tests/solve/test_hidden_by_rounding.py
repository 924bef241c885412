"""Sums of squares whose answer rounding would hide: found where it can be, else no claim."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind, Status


def heavy(weight: float) -> Any:
    return lambda p: jnp.stack([weight * (p[0] - 3.0 * p[1]), p[0] - 3.0])


@pytest.mark.parametrize("weight", [1e12, 1e15, 1e17, 1e20, 1e30])
def test_a_heavy_residual_does_not_hide_a_light_one(weight: float) -> None:
    found = sf.least_squares(heavy(weight), np.zeros(2))
    np.testing.assert_array_equal(found.x, [3.0, 1.0])
    assert found.value == 0.0 and found.verdict.kind is PointKind.GLOBAL_MINIMUM
    assert "changing the value" not in found.verdict.advice
    total = sf.minimize(lambda p: jnp.sum(heavy(weight)(p) ** 2), np.zeros(2))
    np.testing.assert_allclose(total.x, [3.0, 1.0], rtol=1e-15)
    kind = PointKind.GLOBAL_MINIMUM if total.value < 1e-9 else PointKind.UNKNOWN
    assert total.verdict.kind is kind


@pytest.mark.parametrize("x", [(0.0, 0.0), (3.3, 1.1), (2e-35, -6e-35)])
def test_the_floor_of_a_steep_valley_is_not_the_bottom(x: tuple[float, float]) -> None:
    verdict = sf.classify(lambda p: jnp.sum(heavy(1e17)(p) ** 2), np.array(x))
    assert verdict.kind in (PointKind.NOT_STATIONARY, PointKind.UNKNOWN)


def test_more_heavy_and_light_residuals() -> None:
    four = sf.least_squares(
        lambda p: jnp.stack([1e14 * (p[0] - 3 * p[1]), p[0] - 3, p[1] - 1, p[0] + p[1] - 4]),
        np.zeros(2),
    )
    np.testing.assert_array_equal(four.x, [3.0, 1.0])
    three = sf.least_squares(
        lambda p: jnp.stack(
            [1e16 * (p[0] - 0.3 * p[1] - 0.07 * p[2]), p[0] - 0.37, p[1] - 1.0, p[2] - 1.0]
        ),
        np.zeros(3),
    )
    assert three.value == 0.0


T = np.linspace(0.0, 3.0, 20)
Y = 2.0 * np.exp(-T)


def line(origin: float) -> Any:
    return lambda p: (p[0] - origin) * T + p[1] - Y


@pytest.mark.parametrize("origin, best", [(1e15, 0.8744), (1e16, 6.15), (1e17, 6.15)])
def test_an_answer_between_two_floats_is_not_called_global(origin: float, best: float) -> None:
    found = sf.least_squares(line(origin), np.zeros(2))
    assert found.value <= 1.001 * best
    assert found.verdict.kind is PointKind.UNKNOWN and found.status is Status.STALLED
    assert "Measure the variables from a place near the answer" in found.verdict.advice
    total = sf.minimize(lambda p: jnp.sum(line(origin)(p) ** 2), np.zeros(2))
    assert total.verdict.kind is PointKind.UNKNOWN


@pytest.mark.parametrize("origin", [0.0, 1e6, 1e9])
def test_an_origin_that_double_precision_can_bear_is_no_doubt(origin: float) -> None:
    found = sf.least_squares(line(origin), np.zeros(2))
    assert found.verdict.kind is PointKind.GLOBAL_MINIMUM


def test_a_constant_that_is_rounded_away_is_seen() -> None:
    found = sf.minimize(lambda p: ((p[0] - 1e17) - 5.0) ** 2 + p[1] ** 2, np.zeros(2))
    assert found.value == 25.0 and found.verdict.kind is PointKind.UNKNOWN


def test_a_quadratic_with_a_slope_along_its_steep_valley_is_not_flat() -> None:
    found = sf.minimize("1e30*(x-3y)^2-(x-1)^2", {"x": 1.0, "y": 0.0})
    assert found.status is Status.UNBOUNDED
    assert found.verdict.kind is PointKind.NOT_STATIONARY
    verdict = sf.classify(
        lambda p: 1e30 * (p[0] - 3.0 * p[1]) ** 2 - (p[0] - 1.0) ** 2,
        np.array([-6.4e-32, 1.92e-31]),
    )
    assert verdict.kind is PointKind.NOT_STATIONARY


def test_curvature_that_the_hessian_loses_is_not_called_level() -> None:
    verdict = sf.classify(
        lambda p: (p[0] + p[1]) ** 2
        + (p[0] + (1.0 + 1e-9) * p[1]) ** 2
        - 1e-19 * (p[0] - p[1]) ** 2,
        np.zeros(2),
    )
    assert verdict.kind is PointKind.DEGENERATE
