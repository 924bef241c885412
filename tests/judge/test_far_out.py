"""Minima far out, where what remains of the slope is tiny; and slopes made by rounding alone."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.terms import PointKind, Status

CLAIMED = (PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM)


@pytest.mark.parametrize("tilt", [1e-30, 1e-100, 1e-200, 1e-300])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (5.0, 1.0), (-40.0, 3.0), (2.0, 0.1)])
def test_a_minimum_far_out_is_neither_unattained_nor_elsewhere(
    tilt: float, shift: float, scale: float
) -> None:
    def f(x: Any) -> Any:
        t = (x - shift) / scale
        return jnp.exp(-t) + tilt * t

    solution = sf.minimize(f, shift)
    assert solution.status is not Status.NOT_ATTAINED
    assert solution.verdict.attained is not False
    if solution.verdict.kind in CLAIMED:
        # The value there is within 10⁻¹⁹⁰ of the lowest; the place counts to a tenth (valley.FAR).
        best = shift - scale * np.log(tilt)
        assert float(solution.x) == pytest.approx(best, rel=0.1)


def test_a_minimum_far_out_beside_another_variable() -> None:
    solution = sf.minimize("(x-1)^2 + e^(-y) + 10^(-100)*y + x*e^(-y)", {"x": 0.0, "y": 0.0})
    assert solution.status is not Status.NOT_ATTAINED
    assert solution.verdict.kind not in CLAIMED or solution.x["y"] > 200.0


@pytest.mark.parametrize(("offset", "power"), [(0.0, 1.0), (0.0, 2.0), (3.0, 1.0)])
def test_what_is_not_attained_is_still_called_so(offset: float, power: float) -> None:
    solution = sf.minimize(lambda x: offset + jnp.exp(-power * x), 0.0)
    assert solution.status is Status.NOT_ATTAINED


@pytest.mark.parametrize("edge", [60.0, 100.0, 300.0, 700.0])
def test_a_fall_that_ends_in_another_piece_is_no_minimum_on_the_way(edge: float) -> None:
    def f(x: Any) -> Any:
        return jnp.where(x > edge, x - edge - 1.0, jnp.exp(-x))

    solution = sf.minimize(f, 0.0)
    on_the_way = abs(float(solution.x) - edge) > 1.0
    assert not (on_the_way and solution.verdict.kind in CLAIMED)
    assert not (on_the_way and solution.verdict.attained is False)


ALONG_A_RAY: dict[str, Callable[[Any, Any], Any]] = {
    "hypot": lambda x, y: jnp.hypot(x, y) - x,
    "root": lambda x, y: jnp.sqrt(x**2 + y**2) - x,
}


@pytest.mark.parametrize("name", ALONG_A_RAY)
@pytest.mark.parametrize("start", [(1.0, 2.0), (1e3, 2.0), (-1.0, 2.0), (3.0, 1e-3)])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (5.0, 1.0), (-2.0, 1e3), (5.0, 1e-3)])
def test_a_ray_of_minima_is_level_or_not_known(
    name: str, start: tuple[float, float], shift: float, scale: float
) -> None:
    def f(p: Any) -> Any:
        return ALONG_A_RAY[name](scale * p[0] - shift, scale * p[1])

    solution = sf.minimize(f, np.array(start))
    allowed = (PointKind.FLAT_MINIMUM, PointKind.UNKNOWN, PointKind.DEGENERATE, PointKind.KINK)
    kind = solution.first_verdict.kind
    falls = kind is PointKind.NOT_STATIONARY and solution.value > 1e-12
    assert kind in allowed or falls
    assert solution.verdict.kind is kind or solution.value <= 1e-9
    assert solution.status is not Status.UNBOUNDED


@pytest.mark.parametrize("floor", [1e-12, 1e-30, 1e-50, 1e-100])
@pytest.mark.parametrize(("shift", "scale", "offset"), [(0, 1, 0), (3, 10, 0), (-20, 0.5, 1e-3)])
def test_a_floor_that_is_reached_is_not_called_out_of_reach(
    floor: float, shift: float, scale: float, offset: float
) -> None:
    def f(x: Any) -> Any:
        return offset + jnp.maximum(jnp.exp(-(x - shift) / scale), floor)

    solution = sf.minimize(f, float(shift))
    # Beside an offset of 10¹⁶ floors and more, rounding hides whether there is one.
    if floor > 1e-16 * offset:
        assert solution.status is not Status.NOT_ATTAINED
        assert solution.verdict.attained is not False
    assert solution.verdict.kind is not PointKind.LOCAL_MINIMUM


def test_a_floor_that_is_reached_beside_another_variable() -> None:
    def f(p: Any) -> Any:
        return jnp.maximum(jnp.exp(-p[0]), 1e-30) + (p[1] - 1.0) ** 2

    solution = sf.minimize(f, np.zeros(2))
    assert solution.status is not Status.NOT_ATTAINED
    assert solution.verdict.kind is not PointKind.LOCAL_MINIMUM


@pytest.mark.parametrize("shift", [0.0, 3.0, -40.0])
def test_a_slope_that_no_value_follows_is_no_way_down(shift: float) -> None:
    @jax.custom_vjp
    def rounded(x: Any) -> Any:
        return jnp.round(x)

    rounded.defvjp(lambda x: (jnp.round(x), None), lambda _, g: (g,))
    solution = sf.minimize(lambda x: (rounded(x - shift) - 0.3) ** 2, shift + 5.0)
    assert solution.verdict.kind in (PointKind.UNKNOWN, PointKind.FLAT_MINIMUM)


def test_a_product_too_small_for_a_number_is_not_level() -> None:
    for size in (1e-20, -1e-25):
        found = sf.classify(lambda p: jnp.prod(p) ** 2, np.full(20, size))
        assert found.kind is PointKind.UNKNOWN
    there = sf.classify(lambda p: jnp.prod(p) ** 2, np.array([0.0, 2.0, 3.0]))
    assert there.kind is PointKind.FLAT_MINIMUM
