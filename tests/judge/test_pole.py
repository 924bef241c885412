"""A fall without end next to x, and what looks like one until it ends."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind, Status

Function = Callable[[Any], Any]


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e5])
@pytest.mark.parametrize(
    "formula",
    ["log({0})", "-1/{0}^2", "-1/abs({0})", "-tan({0} + pi/2)", "log({0}^2)", "-1/sqrt(abs({0}))"],
)
@pytest.mark.parametrize("shift", [0.0, 1 / 3, -2.0])
def test_poles_are_found_wherever_they_lie(formula: str, shift: float, scale: float) -> None:
    text = f"{scale!r} * ({formula.format(f'(x - {shift!r})')})"
    found = sf.minimize(text.replace("- -", "+ "), shift + 0.7)
    assert found.status is Status.UNBOUNDED, found.verdict


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, -2.0), (1 / 3, 0.1)])
def test_poles_of_several_coordinates(at: tuple[float, float], power: int) -> None:
    place = np.array(at)

    def logarithm(p: Any) -> Any:
        return jnp.log(jnp.sum((p - place) ** 2))

    def root(p: Any) -> Any:
        return -1.0 / jnp.sum((p - place) ** 2) ** power

    for f in (logarithm, root):
        assert sf.minimize(f, place + np.array([0.7, 0.4])).status is Status.UNBOUNDED


@pytest.mark.parametrize("guard", [1e-8, 1e-12, 1e-30, 1e-100])
def test_a_guarded_logarithm_has_its_lowest_value_on_the_bound(guard: float) -> None:
    found = sf.minimize(lambda x: jnp.log(x + guard), 0.7, bounds=(0.0, 1.0))
    assert (float(found.x), found.status) == (0.0, Status.CONVERGED)
    assert found.value == pytest.approx(np.log(guard))
    assert found.verdict.attained is not False
    turned = sf.maximize(lambda x: 1.0 / (x + guard), 0.7, bounds=(0.0, 1.0))
    assert turned.status is not Status.UNBOUNDED


CLAMPED: list[Function] = [
    lambda x: jnp.maximum(jnp.log(jnp.abs(x)), -100.0),
    lambda x: -1.0 / (x**2 + 1e-100),
    lambda x: jnp.log(x**2 + 1e-200),
    lambda x: jnp.log(jnp.maximum(x, 1e-12)) + x**2,
]


@pytest.mark.parametrize("f", CLAMPED)
def test_a_fall_that_ends_is_none_without_end(f: Function) -> None:
    found = sf.minimize(f, 0.7)
    assert found.status is not Status.UNBOUNDED
    assert found.verdict.attained is not False
    verdict = sf.classify(f, 0.0)
    assert verdict.attained is not False
    assert verdict.kind is not PointKind.NOT_STATIONARY
