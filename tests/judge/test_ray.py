"""Rays: without end, slowly, towards a limit, turning."""

import jax.numpy as jnp
import numpy as np
import pytest
from tests.judge.oracles import JaxOracle

from surefoot.judge import Far, check_ray, follow

ENDLESS = [
    lambda x: -x[0] + 3,
    lambda x: -(x[0] ** 2),
    lambda x: -(x[0] ** 3),
    lambda x: -jnp.sqrt(1 + x[0]),
    lambda x: -x[0] + 5 * jnp.sin(x[0] / 1e3),
    lambda x: -jnp.exp(x[0] / 50),
    lambda x: x[0] ** 4 - x[0] ** 5,
    lambda x: 1e-9 * -x[0] + 100,
]


@pytest.mark.parametrize("function", ENDLESS)
def test_a_fall_without_end_is_confirmed(function) -> None:
    found = check_ray(JaxOracle(function, 1), np.array([2.0]), np.array([1.0]))
    assert found is not None and found.holds is True


@pytest.mark.parametrize(
    ("function", "far"),
    [
        (lambda x: jnp.exp(-x[0]), Far.LEVELS_OFF),
        (lambda x: 3 + jnp.exp(-x[0]), Far.LEVELS_OFF),
        (lambda x: 1 / (1 + x[0]), Far.LEVELS_OFF),
        (lambda x: -jnp.log(1 + x[0]), Far.SLOWLY),
        (lambda x: (x[0] - 1e6) ** 2, Far.TURNS),
        (lambda x: x[0], Far.TURNS),
        (lambda x: -(x[0] ** 2) + 1e-40 * x[0] ** 4, Far.TURNS),
        (lambda x: jnp.maximum(-x[0], -100.0), Far.UNCLEAR),
        (lambda x: 0 * x[0] + 2.0, Far.UNCLEAR),
        (lambda x: jnp.log(5 - x[0]), Far.UNCLEAR),
    ],
)
def test_what_is_no_fall_without_end(function, far: Far) -> None:
    oracle = JaxOracle(function, 1)
    assert follow(oracle, np.array([2.0]), np.array([1.0])).far is far
    assert check_ray(oracle, np.array([2.0]), np.array([1.0])) is None


def test_a_bound_ends_the_ray() -> None:
    oracle = JaxOracle(lambda x: -x[0], 1)
    x, way = np.array([0.0]), np.array([1.0])
    assert check_ray(oracle, x, way, lower=np.array([0.0]), upper=np.array([1e300])) is None
    free = check_ray(oracle, x, way, lower=np.array([0.0]), upper=np.array([np.inf]))
    assert free is not None


@pytest.mark.parametrize("direction", [np.zeros(1), np.array([np.nan])])
def test_no_direction_no_ray(direction) -> None:
    assert check_ray(JaxOracle(lambda x: -x[0], 1), np.array([0.0]), direction) is None
