"""Programs that round to another course than the real function takes: nothing is proved of them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import Confidence
from surefoot.terms import PointKind as K

erf, sigmoid, where = jax.scipy.special.erf, jax.nn.sigmoid, jnp.where

CASES: dict[str, tuple[Callable[[Any], Any], tuple[float, float]]] = {
    "a sum": (lambda x: where(1 + x * 1e-20 > 1, -5.0, x), (0.1, 1)),
    "a sum of large parts": (lambda x: where(x + 1e16 > 1e16, -5.0, x), (0.1, 1)),
    "tanh": (lambda x: where(jnp.tanh(x) < 1, -5.0, x), (20, 80)),
    "erf": (lambda x: where(erf(x) < 1, -5.0, x), (7, 10)),
    "sigmoid": (lambda x: where(sigmoid(x) < 1, -5.0, x), (40, 80)),
    "cos": (lambda x: where(jnp.cos(x) < 1, -5.0, x + 9), (1e-20, 1e-18)),
    "cancelled": (lambda x: where(x**2 > x**2 - 1e-30, -5.0, x), (0.1, 1)),
    "exp that is lost": (lambda x: where(jnp.exp(-x) > 0, -5.0, x), (710, 720)),
    "a product that is lost": (lambda x: where((x * 1e-170) ** 2 > 0, -5.0, x + 1), (0.1, 1)),
    "no comparison": (lambda x: -x * 1e-310 * 1e308 * 100, (0.1, 1)),
    "a smallest number": (lambda x: where(x > 0, -5.0, x), (0, 5e-324)),
    "a literal that is lost": (lambda x: where(x < 1e-310, -5.0, 1.0) + x, (0, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_proved_of_another_function_than_the_program(name: str) -> None:
    f, over = CASES[name]
    found = sf.minimize(f, over=over)
    assert found.verdict.confidence is not Confidence.PROVED
    assert found.verdict.kind is not K.GLOBAL_MINIMUM
    rows = [row for row in found.verdict.evidence if row.name == "own value"]
    assert len(rows) == 1 and rows[0].holds is False
    assert found.verdict.gap > 1e-3


def test_nor_where_the_real_function_is_convex() -> None:
    f = lambda x: where(x * 1e-320 > 0, -5.0, x)  # noqa: E731
    found = sf.minimize(f, 0.5, bounds=(0.1, 1))
    assert found.verdict.confidence is not Confidence.PROVED
    verdict = sf.classify(f, 0.1, bounds=(0.1, 1))
    assert verdict.confidence is not Confidence.PROVED
    assert sf.maximize(lambda x: -f(x), over=(0.1, 1)).verdict.kind is not K.GLOBAL_MAXIMUM


@pytest.mark.parametrize("offset", [0.0, 1e3, -1e9])
def test_rounding_alone_is_no_other_course(offset: float) -> None:
    found = sf.minimize(lambda x: (x - 0.3) ** 2 + 0.1 * x + offset, over=(-1, 1))
    assert found.verdict.kind is K.GLOBAL_MINIMUM
    assert found.verdict.confidence is Confidence.PROVED


def test_the_value_is_one_that_the_function_has() -> None:
    box = sf.Box(-np.ones(3), np.ones(3))
    found = sf.minimize(lambda x: jnp.sort(x)[1], over=box)
    assert found.verdict.kind is K.GLOBAL_MINIMUM and found.value == -1.0
