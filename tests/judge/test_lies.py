"""Derivatives that lie: what a curvature of AD's claims and the values do not do."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.lax import stop_gradient

import surefoot as sf
from surefoot import PointKind

MINIMA = (PointKind.LOCAL_MINIMUM, PointKind.GLOBAL_MINIMUM, PointKind.FLAT_MINIMUM)


def with_slope(
    f: Callable[[Any], Any], slope: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """f, of which AD is told this slope."""
    told = jax.custom_jvp(f)
    told.defjvp(lambda p, t: (f(p[0]), jnp.sum(slope(p[0]) * t[0])))
    return told


@pytest.mark.parametrize("size", [2, 3, 5, 8])
@pytest.mark.parametrize("pull", [2.2, 3.0, -2.5])
@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_a_saddle_between_the_coordinates_is_no_minimum(
    size: int, pull: float, shift: float
) -> None:
    def f(v: Any) -> Any:
        v = v - shift
        return jnp.sum(v**2) - pull * stop_gradient(v[0]) * v[1] + jnp.sum(v**4)

    assert sf.classify(f, np.full(size, shift)).kind not in MINIMA


def test_nor_one_that_is_hidden_from_both() -> None:
    def f(v: Any) -> Any:
        hidden = stop_gradient(v[0] - 1) * stop_gradient(v[1] - 1)
        return jnp.sum((v - 1) ** 2) - 2.2 * hidden + jnp.sum((v - 1) ** 4)

    assert sf.minimize(f, np.zeros(3)).verdict.kind not in MINIMA


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e6])
@pytest.mark.parametrize("at", [0.0, 1.0, -40.0])
def test_a_slope_of_another_function_is_found_out(at: float, scale: float) -> None:
    cubic = with_slope(lambda x: scale * (x - at) ** 3, lambda x: 2 * scale * (x - at))
    assert sf.classify(cubic, at).kind not in MINIMA
    level = with_slope(lambda x: 0.0 * x + scale, lambda x: 2 * scale * (x - at))
    assert sf.classify(level, at).kind is not PointKind.LOCAL_MINIMUM


@pytest.mark.parametrize("size", [6, 8, 12, 20])
def test_one_orthant_of_many_is_looked_into(size: int) -> None:
    """All falls lie where every coordinate is positive."""

    def ridge(v: Any) -> Any:
        return jnp.max(jnp.abs(v)) - 1.2 * jax.nn.relu(jnp.min(v))

    def smooth(v: Any) -> Any:
        steep = 1.5 * float(size) ** (size / 2)
        return jnp.sum(v**2) ** (size / 2) - steep * jnp.prod(jax.nn.relu(v))

    for f in (ridge, smooth):
        assert sf.classify(f, np.zeros(size)).kind not in MINIMA
