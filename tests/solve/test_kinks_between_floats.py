"""Values on a surface that no float64 of a line meets; what SMOOTH says where it is no proof."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import Confidence
from surefoot.solve.kinks_report import KinkKind as K
from surefoot.solve.kinks_report import Smoothness

PLANE = sf.Box(np.array([-1.0, -0.9]), np.array([1.0, 1.0]))
LINE = (0.0, 2.0)
F = Callable[[Any], Any]

OTHER: dict[str, tuple[F, Any, float]] = {
    "a diagonal": (lambda v: jnp.where(v[0] == v[1], v[0] ** 2 + 5, v[0] ** 2), PLANE, 5.0),
    "a slanted line": (lambda v: jnp.where(v[0] == 2 * v[1] + 0.3, 1.0, 0.0), PLANE, 1.0),
    "!=": (lambda v: jnp.where(v[0] != v[1], v[0], v[0] - 3.0), PLANE, -3.0),
    "<= and >=": (lambda v: jnp.where((v[0] <= v[1]) & (v[0] >= v[1]), 2.0, 0.0), PLANE, 2.0),
    "an irrational point": (lambda x: jnp.where(x * x == 2, 1.0, 0.0), LINE, 1.0),
    "under an abs": (lambda x: jnp.where(jnp.abs(x * x - 2) <= 0, x + 0.5, x), LINE, 0.5),
    "the 0 of a sign": (
        lambda x: jnp.where(x * x < 2, 1.0, 2 - jnp.sign(x * x - 2)), LINE, 1.0
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_a_value_on_a_surface_between_floats_is_found(name: str) -> None:
    f, over, jump = OTHER[name]
    found = sf.kinks(f, over=over)
    assert found.smooth is Smoothness.NOT_SMOOTH
    assert [place.kind for place in found] == [K.ONE_POINT]
    assert found[0].jump == pytest.approx(jump)


SAME: dict[str, tuple[F, Any]] = {
    "the same product": (lambda v: jnp.where(v[0] == v[1], v[0] ** 2, v[0] * v[1]), PLANE),
    "what is equal there": (lambda v: jnp.where(v[0] ** 2 == 2 * v[1], v[0] ** 2, 2 * v[1]), PLANE),
    "2 at the root of 2": (lambda x: jnp.where(x * x == 2, 2.0, x * x), LINE),
}


@pytest.mark.parametrize("name", SAME)
def test_a_value_that_is_that_of_both_sides_is_no_place(name: str) -> None:
    f, over = SAME[name]
    assert sf.kinks(f, over=over).smooth is Smoothness.SMOOTH


@pytest.mark.parametrize(
    "f, over",
    [
        (lambda v: jnp.where((v[0] - v[1]) ** 2 == 0, 5.0, v[0]), PLANE),
        (lambda x: jnp.where((x * x - 2) ** 2 == 0, 2.0, x), LINE),
    ],
)
def test_what_is_touched_between_floats_is_not_called_smooth(f: F, over: Any) -> None:
    found = sf.kinks(f, over=over)
    assert found.smooth is Smoothness.UNKNOWN
    assert "met exactly" in found.unresolved[0].why


def test_smooth_that_is_not_proved_says_how_far_it_was_looked() -> None:
    found = sf.kinks(lambda x: 1e9 * jnp.cos(x) + 1e-9 * jnp.floor(x), over=(-2.0, 2.0))
    assert found.smooth is Smoothness.SMOOTH
    assert "what is smaller is not seen" in found.report()


def test_slopes_that_differ_are_printed_so_that_they_differ() -> None:
    found = sf.kinks(lambda x: x**2 + 1e-15 * jnp.abs(x - 0.3), over=(-2.0, 2.0))
    assert found[0].left != found[0].right
    assert "0.59999999999999898" in found.report()
    assert "0.60000000000000098" in found.report()


@pytest.mark.parametrize("width", [1e-4, 1e-9, 1e-12, 1e-13])
@pytest.mark.parametrize("centre", [0.0, 0.3, 0.123456789])
def test_a_stretch_that_is_narrower_than_the_parts_is_no_single_point(
    centre: float, width: float
) -> None:
    over = (-1e5, 1e5) if width == 1e-4 else (-1.0, 1.0)
    stair = sf.kinks(lambda x: jnp.where(jnp.abs(x - centre) < width, x + 1.0, x), over=over)
    assert [place.kind for place in stair] == [K.JUMP, K.JUMP]
    assert np.allclose([float(p.x) - centre for p in stair], [-width, width], rtol=1e-2)
    roof = sf.kinks(lambda x: jax.nn.relu(width - jnp.abs(x - centre)), over=over)
    assert [place.kind for place in roof] == [K.KINK] * 3
    assert np.allclose([float(p.x) - centre for p in roof], [-width, 0, width], atol=0.01 * width)


@pytest.mark.parametrize("delta, over", [(1.0, 1e10), (1e-6, 1e4), (1e-9, 1.0), (1e-10, 1.0)])
def test_no_alarm_on_a_narrow_huber(delta: float, over: float) -> None:
    def huber(x: Any) -> Any:
        return jnp.where(jnp.abs(x) < delta, 0.5 * x * x, delta * (jnp.abs(x) - 0.5 * delta))

    assert sf.kinks(huber, over=(-over, over)).smooth is Smoothness.SMOOTH


def test_one_point_is_proved_of_what_is_alone_there() -> None:
    alone = sf.kinks(lambda x: jnp.where(x == 0.5, 7.0, x), over=(-1.0, 1.0))
    assert alone.confidence is Confidence.PROVED
    # 0.3 · 10 is 3 in float64, and no other number.
    rounds = sf.kinks(lambda x: jnp.where((x == 0.3) & (x * 10 == 3), 1.0, x), over=(0.0, 2.0))
    assert rounds.confidence is not Confidence.PROVED
    # 3 · 0.1 is another real number than 0.3: the value jumps by 3e-17, so a kink is not shown.
    step = sf.kinks(lambda x: jnp.where(x > 0.1, 3 * x, 0.3), over=(0.0, 1.0))
    assert step.confidence is not Confidence.PROVED


GUARDED: dict[str, tuple[F, float]] = {
    "sin(x)/x": (lambda x: jnp.sin(x) / x, 1.0),
    "safe sin(x)/x": (lambda x: jnp.sin(x) / jnp.where(x == 0, 1.0, x), 1.0),
    "expm1(x)/x": (lambda x: jnp.expm1(x) / jnp.where(x == 0, 1.0, x), 1.0),
    "x/x": (lambda x: x / jnp.where(x == 0, 1.0, x), 1.0),
    "x²/x": (lambda x: x * x / jnp.where(x == 0, 1.0, x), 0.0),
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_guarded_quotient_with_another_value_at_its_point_is_not_smooth(name: str) -> None:
    f, limit = GUARDED[name]
    found = sf.kinks(lambda x: jnp.where(x == 0, 3.0, f(x)), over=(-1.0, 1.0))
    assert [place.kind for place in found] == [K.ONE_POINT]
    assert found[0].jump == pytest.approx(3.0 - limit, abs=1e-6)
    right = sf.kinks(lambda x: jnp.where(x == 0, limit, f(x)), over=(-1.0, 1.0))
    assert right.smooth is not Smoothness.NOT_SMOOTH
