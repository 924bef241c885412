"""Numbers that float64 or a type of whole numbers does not hold, and sums that cancel."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.facts.convexity import Bend
from surefoot.terms import Confidence, PointKind

BEYOND = 2**53 + 1
"""A whole number that lies between two float64."""


@pytest.fixture(autouse=True)
def _wide() -> Any:
    with jax.enable_x64(True):
        yield


def end_digits(x: Any) -> Any:
    """993 from 1 to 2, since BEYOND ends in 993; float64 makes it 992."""
    return jnp.floor(x).astype(jnp.int64) * BEYOND % 1000


def test_whole_numbers_between_two_floats_are_bounded() -> None:
    assert float(end_digits(jnp.array(1.2))) == 993.0
    found = sf.bounds(lambda x: end_digits(x).astype(float), (1.0, 1.5))
    assert found.lower <= 993.0 <= found.upper


def test_sums_and_comparisons_of_them_too() -> None:
    def whole(x: Any) -> Any:
        return jnp.floor(x).astype(jnp.int64)

    offset = sf.bounds(lambda x: (whole(x) + BEYOND) - 2**53 + 0.0, (0.0, 0.5))
    assert offset.lower <= 1.0 <= offset.upper
    same = sf.bounds(lambda x: (whole(x) * BEYOND == 2**53) * (x - 3), (1.0, 1.5))
    assert same.lower <= 0.0 <= same.upper


def test_a_choice_by_such_a_number_proves_nothing_false() -> None:
    def f(x: Any) -> Any:  # −x² on the whole box
        return jnp.where(end_digits(x) == 992, (x - 1.25) ** 2, -x * x)

    assert sf.convexity(f, (1.0, 1.5)).kind is not Bend.CONVEX
    found = sf.minimize(f, over=(1.0, 1.5))
    assert found.verdict.confidence is not Confidence.PROVED or found.value == -2.25


@pytest.mark.parametrize("power", [1_000_001, 1_000_001.0, 2**53 - 1.0])
def test_odd_powers_are_odd_however_large(power: Any) -> None:
    def f(x: Any) -> Any:
        return x**power

    found = sf.bounds(f, (-1.0, 1.0))
    assert found.lower <= -1.0 and found.upper >= 1.0 and found.inside
    assert sf.convexity(f, (-1.0, 1.0)).kind is Bend.NEITHER
    assert sf.convexity(f, (-1.0, 0.5)).kind is not Bend.CONVEX
    lowest = sf.minimize(f, over=(-1.0, 1.0))
    assert lowest.verdict.kind is PointKind.GLOBAL_MINIMUM and lowest.value == -1.0


def test_even_powers_are_even_however_large() -> None:
    for power in (1_000_002, 2.0**60, 1e300):
        found = sf.bounds(lambda x, n=power: x**n, (-1.0, 0.5))
        assert found.lower >= 0.0 and 1.0 <= found.upper < 1.01 and found.inside
    slope = sf.stationary_points(lambda x: x**1_000_002 + x, (-1.0, 1.0))
    assert not (slope.complete and not slope.points), "one lies at −0.99998618"


@pytest.mark.parametrize("scale", [1e17, 1e9])
def test_weights_that_cancel_are_rounded_as_well(scale: float) -> None:
    weights = np.array([scale, -3e-17 * scale, -scale])

    def f(x: Any) -> Any:  # ½·10⁻¹⁷·(x² − 6 eˣ), times the scale
        return jnp.sum(weights * jnp.exp(x)) + 0.5e-17 * scale * x**2

    assert sf.convexity(f, (-1.0, 1.0)).kind is not Bend.CONVEX
    gathered = sf.convexity(
        lambda x: jnp.sum(jnp.exp(x)[np.array([0, 0, 0])] * weights) + 0.5e-17 * scale * x[0] ** 2,
        sf.Box(np.array([-1.0]), np.array([1.0])),
    )
    assert gathered.kind is not Bend.CONVEX


STEP: dict[str, Any] = {
    "int32 + 1": lambda x: jnp.where(x > 0, jnp.int32(2**31 - 1), jnp.int32(0)) + jnp.int32(1),
    "int8": lambda x: (x > 0).astype(jnp.int8) * jnp.int8(100) * jnp.int8(2),
    "uint8": lambda x: (x > 0).astype(jnp.uint8) - jnp.uint8(1),
    "int32": lambda x: (x > 0).astype(jnp.int32) * 100_000 * 100_000,
}


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", STEP)
def test_whole_numbers_that_wrap_round_are_no_sums(name: str, sign: float) -> None:
    def f(x: Any) -> Any:
        return sign * STEP[name](x).astype(float) * x

    found = sf.convexity(f, (-1.0, 1.0)).kind
    low, middle, high = (float(f(jnp.array(x))) for x in (-0.5, 0.0, 0.5))
    above = middle > 0.5 * low + 0.5 * high
    assert found is not (Bend.CONVEX if above else Bend.CONCAVE)


def test_whole_numbers_that_do_not_wrap_are() -> None:
    for number in (jnp.int32(7), jnp.uint8(7)):
        found = sf.convexity(lambda x, n=number: ((x > 0) * n).astype(float) * x, (-1.0, 1.0))
        assert found.kind is Bend.CONVEX and found.confidence is Confidence.PROVED


def test_the_remainder_by_the_whole_number_0_is_what_was_divided() -> None:
    def f(x: Any) -> Any:
        whole = (x + 5).astype(jnp.int64), jnp.floor(x).astype(jnp.int64)
        return jax.lax.rem(*whole) + 0.0

    found = sf.bounds(f, (0.0, 2.5))
    assert float(f(jnp.array(0.5))) == 5.0
    assert found.lower <= 0.0 and found.upper >= 5.0 and found.inside


@pytest.mark.parametrize("text", ["max(log(x),5)+x^2", "min(-sqrt(x),1)-x^2"])
def test_what_loses_a_comparison_keeps_its_domain(text: str) -> None:
    found = sf.convexity(text, (-1.0, 1.0))
    assert not found.inside or float(found.box.lower) >= 0.0
