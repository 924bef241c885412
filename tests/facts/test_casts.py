"""Casts are steps with jumps: nothing false is proved of them, and they saturate at their ends."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import Confidence
from surefoot.facts.convexity import Bend
from surefoot.solve.kinks_report import KinkKind as K
from surefoot.solve.kinks_report import Smoothness

F = Callable[[Any], Any]
TARGETS = ["bool", "int8", "uint8", "int32", "int64", "float32", "bfloat16"]
BEFORE: dict[str, F] = {
    "x": lambda x: x,
    "x²": lambda x: x**2,
    "|x|": jnp.abs,
    "relu": jax.nn.relu,
    "300x": lambda x: 300.0 * x,
    "-x": lambda x: -x,
    "bfloat16 first": lambda x: x.astype(jnp.bfloat16),
}
BOX = (-2.0, 3.0)
POINTS = np.unique([*np.linspace(*BOX, 1001), 0.0, 1.0, -1.0, 1e-9, -1e-9])


def cast(name: str, before: str) -> F:
    return lambda x: BEFORE[before](x).astype(name).astype(float)


def sampled(f: F) -> np.ndarray:
    with jax.enable_x64(True):
        return np.asarray(jax.jit(jax.vmap(f))(jnp.asarray(POINTS)), np.float64)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_false_is_proved_of_a_cast(name: str, before: str) -> None:
    f = cast(name, before)
    values = sampled(f)
    # Rounding to fewer digits is none of the real function's.
    room = 0.02 * np.max(np.abs(values)) if name in ("float32", "bfloat16") else 0.0
    found = sf.bounds(f, BOX, budget=50)
    assert found.lower - room <= values.min() and values.max() <= found.upper + room
    bend = sf.convexity(f, BOX, budget=200)
    if bend.confidence is Confidence.PROVED and bend.kind is not Bend.UNKNOWN and not room:
        middle = 0.5 * (values[:-2:2] + values[2::2])
        even = np.isclose(POINTS[1:-1:2], 0.5 * (POINTS[:-2:2] + POINTS[2::2]))
        over, under = values[1:-1:2] - middle > 1e-6, middle - values[1:-1:2] > 1e-6
        if bend.kind in (Bend.CONVEX, Bend.AFFINE):
            assert not np.any(over & even)
        if bend.kind in (Bend.CONCAVE, Bend.AFFINE):
            assert not np.any(under & even)


@pytest.mark.parametrize("name", ["bool", "int8", "uint8", "int64"])
def test_a_penalty_for_what_is_not_zero_has_no_false_minimum(name: str) -> None:
    def f(x: Any) -> Any:
        return (x - 1.0) ** 2 + 5.0 * x.astype(name)

    def of_two(w: Any) -> Any:
        return jnp.sum((w - 1.0) ** 2) + 2.0 * jnp.sum(w.astype(name).astype(float))

    for found in (sf.minimize(f, 3.0), sf.minimize(f, over=BOX)):
        lowest = float(sampled(f).min())
        assert found.verdict.confidence is not Confidence.PROVED or found.value <= lowest + 1e-6
    for found in (sf.minimize(of_two, np.full(2, 0.5)), sf.minimize(of_two, np.full(2, 3.0))):
        assert found.verdict.confidence is not Confidence.PROVED or found.value <= 2.0 + 1e-6


def test_the_highest_point_of_a_penalty() -> None:
    found = sf.maximize(lambda x: x - 3.0 * x.astype(bool), over=(-1.0, 1.0))
    assert found.verdict.confidence is not Confidence.PROVED or found.value == 0.0


@pytest.mark.parametrize(
    "name, over, places",
    [
        ("uint8", (-5.0, 3.5), [1.0, 2.0, 3.0]),
        ("int8", (125.5, 131.0), [126.0, 127.0]),
        ("int8", (-131.0, -125.5), [-128.0, -127.0, -126.0]),
        ("uint8", (-9.0, -4.0), []),
        ("int32", (2147483645.5, 2147483651.0), [2147483646.0, 2147483647.0]),
    ],
)
def test_a_cast_stands_still_beyond_the_ends_of_its_type(
    name: str, over: tuple[float, float], places: list[float]
) -> None:
    found = sf.kinks(lambda x: x.astype(name).astype(float), over)
    assert [float(p.x) for p in found] == places and not found.unresolved
    assert {p.kind for p in found} <= {K.FLAT_STEP}
    assert found.smooth is (Smoothness.NOT_SMOOTH if places else Smoothness.SMOOTH)


def test_one_point_where_a_truth_value_differs() -> None:
    found = sf.kinks(lambda x: x + 3.0 * x.astype(bool), (-1.0, 2.0))
    assert [(float(p.x), p.kind) for p in found] == [(0.0, K.ONE_POINT)]
