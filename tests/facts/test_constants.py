"""What a program computes of constants may be rounded, and then proves nothing."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.facts import degree
from surefoot.facts.convexity import Bend
from surefoot.program import trace
from surefoot.terms import Confidence, PointKind

TENTH = np.array(0.1)
CUBIC: dict[str, Any] = {  # each is c·x³ + x² with c ≠ 0, and float64 makes c 0
    "exp": "1e17*(exp(1)-2.718281828459045)*x^3+x^2",
    "exp, small": lambda x: (jnp.exp(1.0) - 2.718281828459045) * x**3 + x**2,
    "sum": lambda x: 1e17 * ((jnp.asarray(TENTH) + 0.4) - 0.5) * x**3 + x**2,
    "dot": lambda x: 1e17 * (jnp.dot(np.array([0.1, 0.4]), np.ones(2)) - 0.5) * x**3 + x**2,
    "mean": lambda x: 1e17 * (jnp.mean(np.array([0.1, 0.2, 0.3])) - 0.2) * x**3 + x**2,
}


@pytest.fixture(autouse=True)
def _wide() -> Any:
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("name", CUBIC)
def test_a_rounded_zero_removes_nothing(name: str) -> None:
    f = CUBIC[name]
    assert sf.convexity(f, example=0.3).kind not in (Bend.CONVEX, Bend.AFFINE)
    for found in (sf.minimize(f, 0.3).verdict, sf.classify(f, 0.0)):
        assert (found.kind, found.confidence) != (PointKind.GLOBAL_MINIMUM, Confidence.PROVED)
    if name != "exp, small":  # c is 1.4·10⁻¹⁶ there: 0 is the lowest on that box
        whole = sf.minimize(f, over=(-1.0, 1.0)).verdict
        assert whole.confidence is not Confidence.PROVED


@pytest.mark.parametrize(
    "text",
    ["1e16*(sqrt(2)*sqrt(2)-2)*y^2-y^2", "1e16*((x+sqrt(2)*y)^2-2*sqrt(2)*x*y-2y^2)-y^2"],
)
def test_coefficients_that_are_rounded_prove_no_sign(text: str) -> None:
    box = {name: (-1.0, 1.0) for name in "xy" if name in text}
    assert sf.convexity(text, box).kind is not Bend.CONVEX
    for found in (sf.minimize(text, dict.fromkeys(box, 0.3)), sf.minimize(text, over=box)):
        assert found.verdict.confidence is not Confidence.PROVED


def test_corners_times_a_rounded_zero_are_not_proved_smooth() -> None:
    found = sf.kinks("1e17*(exp(1)-2.718281828459045)*abs(x)", (-1, 1))
    assert "Proved" not in found.report()


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: (jnp.asarray(TENTH) + 0.1 - 0.2) * x**3 + x**2, 2),
        (lambda x: (jnp.asarray(np.array(0.75)) - 0.5 - 0.25) * x**3 + x**2, 2),
        (lambda x: jnp.array([0.0, 1.0]) * np.array([0.1, 0.2]) @ jnp.stack([x**3, x]), 1),
        (lambda x: 0.5 * (x - 1.3) ** 2 + 0.5 * jnp.log(2 * jnp.pi), 2),
        (lambda x: x**2 / jnp.sqrt(2.0), 2),
    ],
)
def test_what_is_exact_or_only_scales_stays_known(f: Any, expected: int) -> None:
    assert degree(trace(f, 1.0)).value == expected


def test_a_gaussian_likelihood_is_still_proved() -> None:
    found = sf.minimize(lambda x: 0.5 * (x - 1.3) ** 2 + 0.5 * jnp.log(2 * jnp.pi), 0.0)
    assert found.verdict.kind is PointKind.GLOBAL_MINIMUM
    assert found.verdict.confidence is Confidence.PROVED and found.engine == "closed-form"


def test_an_angle_beside_a_jump_has_its_slopes() -> None:
    found = sf.kinks(lambda x: jnp.arctan2(jnp.ceil(x), jnp.exp(x)), (0.9, 2.4))
    assert [float(place.x) for place in found.places] == [1.0, 2.0]
    e = np.e
    np.testing.assert_allclose(found.places[0].left, -e / (1 + e * e), rtol=1e-9)
    np.testing.assert_allclose(found.places[0].right, -2 * e / (4 + e * e), rtol=1e-9)
