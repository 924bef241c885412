"""What was once said falsely, with proof: of each of these functions something not true."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import surefoot as sf
from surefoot.facts.convexity import Bend
from surefoot.solve.kinks_report import KinkKind, Smoothness
from surefoot.terms import Confidence, PointKind, UnsupportedError

Function = Callable[[Any], Any]
NEVER = (Bend.CONVEX, Bend.CONCAVE, Bend.AFFINE)

BENT: dict[str, tuple[Any, Any]] = {
    "a jump at the left face": ("(x-3)^2 + 20 (x>0)", (0, 10)),
    "one point at the face": ("(x-3)^2 - 20 (x==0)", (0, 10)),
    "a jump at the right face": ("(x-3)^2 - 20 (x>=10)", (0, 10)),
    "a sign at the face": ("(x-0.2)^2 + 3 sign(x)", (0, 1)),
    "an imaginary part": (lambda x: jnp.abs(jnp.exp(1j * x) + 1) ** 2, (-3.0, 3.0)),
    "a complex power": (lambda x: jnp.real((x + 1j) ** 4), (-3.0, 3.0)),
    "a test for NaN": (
        lambda x: jnp.where(jnp.isnan(jnp.log(x)), -50.0 - x**2, x**2), (-3.0, 3.0)
    ),
    "a comparison with NaN": (
        lambda x: jnp.where(jnp.sqrt(x) >= 0, x**2, x**2 - 10.0) + x, (-3.0, 3.0)
    ),
    "a NaN that is sorted": (
        lambda x: x**2 + jnp.sort(jnp.stack([jnp.log(x) * 0, x * 0 - 5]))[0], (-3.0, 3.0)
    ),
    "the place of a NaN": (
        lambda x: x**2 - 5 * jnp.argmax(jnp.stack([jnp.log(x) * 0, x * 0 + 1])), (-3.0, 3.0)
    ),
    "a lower end of clamp that varies": (
        lambda x: lax.clamp(x, jnp.float64(0.0), jnp.float64(3.0)), (-5.0, 5.0)
    ),
    "a convex lower end": (
        lambda x: lax.clamp(jnp.exp(x) - x, jnp.float64(0.0), jnp.float64(3.0)), (-5.0, 5.0)
    ),
    "data that hold a NaN": (lambda x: (x**2 + jnp.array([1.0, np.nan])).sum(), (0.0, 2.0)),
    "more than a geometric mean": ("x^0.5*y^0.6", {"x": (0, 3), "y": (0, 3)}),
    "nine tenths and a tenth, which are more than 1": ("x^0.1*y^0.9", {"x": (0, 3), "y": (0, 3)}),
    "a mean of a convex part": ("sqrt(x^2*y)", {"x": (0.1, 3), "y": (0.1, 3)}),
    "a mean below 0": ("sqrt((x-1)*(y-1))", {"x": (0, 3), "y": (0, 3)}),
    "a mean of a mean": ("sqrt(x*y)*sqrt(x+y)*z^0.1",
                         {"x": (0, 3), "y": (0, 3), "z": (0, 3)}),
    "a power of a mean": ("sqrt(x*y)^3*y^0.1", {"x": (0.1, 3), "y": (0.1, 3)}),
    "a log-convex part times a concave one": ("e^x*sqrt(y)", {"x": (0, 3), "y": (0.1, 3)}),
    "log-convex, below 0 and above": ("e^x*(e^y-2)", {"x": (0, 3), "y": (0, 3)}),
    "no value anywhere": (lambda x: -jnp.log(x), (-3.0, -0.5)),
    "poles that all go up": ("x^-2 + x^-4 + x^2 + x", (-3, 3)),
    "a pole, moved": ("(x-0.3)^-2 + x", (-1, 1)),
    "a pole in each variable": ("x^-2 + y^-2", {"x": (-1, 1), "y": (-1, 1)}),
    "a pole of a real power": (lambda x: jnp.power(x, -2.0) + x**2, (-3.0, 3.0)),
    "two parts, by a term that is gone": (
        lambda x: x**2 - 0.0 * jnp.sqrt(x**2 - 1), (-3.0, 3.0)
    ),
    "two parts, by terms that cancel": (
        lambda x: jnp.sqrt(x**2 - 1) + x**2 - jnp.sqrt(x**2 - 1), (-3.0, 3.0)
    ),
    "poles of a term that is gone": ("x^2 + 0 tan(x)", (-3, 3)),
    "a point that a quotient of 0 leaves out": ("x^2 + 0/(x-0.3)", (-3, 3)),
    "whole numbers divided": (
        lambda x: lax.div(x.astype(jnp.int32), jnp.int32(3)).astype(float), (-9.0, 9.0)
    ),
    "a test for overflow": (
        lambda x: jnp.where(jnp.isfinite(jnp.exp(800 * x)), 0.0, -1.0) + 0.01 * x, (0.0, 1.0)
    ),
    "a test for what overflow leaves": (
        lambda x: jnp.where(jnp.isnan(jnp.exp(800 * x) / jnp.exp(800 * x)), -1.0, x), (0.0, 1.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_no_bend_is_claimed(name: str) -> None:
    f, over = BENT[name]
    assert sf.convexity(f, over).kind not in NEVER


ROUGH: dict[str, tuple[Any, Any]] = {
    "a root of a corner, squared": ("sqrt(abs(x))^2", (-1, 1)),
    "a root of relu, squared": ("sqrt(max(x-1,0))^2", (0, 3)),
    "two roots that make |x − 1|": ("sqrt(relu(x-1))^2 + sqrt(relu(1-x))^2", (-3, 3)),
    "the poles of tan": ("tan(x)", (0, 3)),
    "a jump by way of a pole": ("atan(tan(x))", (0, 3)),
    "a test for NaN": BENT["a test for NaN"],
    "a comparison with NaN": BENT["a comparison with NaN"],
    "NaN to the 0": (lambda x: jnp.log(x) ** 0 + x, (-3.0, 3.0)),
    "a lower end of clamp that varies": BENT["a lower end of clamp that varies"],
    "a staircase of float16": (
        lambda x: x.astype(jnp.float16).astype(jnp.float64) ** 2, (-3.0, 3.0)
    ),
    "data that hold a NaN": BENT["data that hold a NaN"],
    "no value anywhere": BENT["no value anywhere"],
}  # fmt: skip


@pytest.mark.parametrize("name", ROUGH)
def test_no_smoothness_is_claimed(name: str) -> None:
    f, over = ROUGH[name]
    assert sf.kinks(f, over).smooth is not Smoothness.SMOOTH


def test_both_corners_of_a_clamp_are_found() -> None:
    places = sf.kinks(BENT["a lower end of clamp that varies"][0], (-5.0, 5.0))
    assert [(place.kind, float(place.x)) for place in places] == [
        (KinkKind.KINK, 0.0), (KinkKind.KINK, 3.0)
    ]  # fmt: skip


def test_floor_and_not_abs_has_no_slope() -> None:
    blamed = {(float(p.x), p.step) for p in sf.kinks("abs(x) + floor(x)", (-1.5, 1.5))}
    assert (0.0, "floor") in blamed and (0.0, "abs") not in blamed


def _wrapping(x: Any) -> Any:
    return -x - (x.astype(jnp.uint8) - jnp.uint8(5)).astype(jnp.float64)


BOUNDED: dict[str, tuple[Function, Any, float]] = {
    "uint8 below 0": (_wrapping, (0.0, 10.0), 4.9),
    "int32 beyond its end": (
        lambda x: (x.astype(jnp.int32) * jnp.int32(100_000)).astype(jnp.float64), (0.0, 1e5), 21500
    ),
    "int64 at its end": (
        lambda x: ((x.astype(jnp.int64) + 1) * 2**62).astype(jnp.float64), (0.0, 5.0), 1.5
    ),
    "a test for NaN": (lambda x: jnp.where(jnp.isnan(jnp.log(x)), -50.0, x), (-3.0, 3.0), -1.0),
    "nansum": (lambda x: jnp.nansum(jnp.stack([-jnp.log(x), x * x])), (-3.0, 3.0), -0.005),
    "a fill beyond the end": (
        lambda x: jnp.stack([x, x]).at[jnp.array([0, 7])].get(mode="fill", fill_value=5.0).sum(),
        (-1.0, 1.0), 0.5,
    ),
    "branches that do not look at x": (
        lambda x: x**2 + lax.cond(x > 0.3, lambda: 1.0, lambda: 0.0), (-2.0, 2.0), 0.4
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_hold(name: str) -> None:
    f, over, x = BOUNDED[name]
    found = sf.bounds(f, over)
    with jax.enable_x64(True):
        value = float(f(jnp.asarray(x)))
    assert found.lower <= value <= found.upper


@pytest.mark.parametrize("name", ["uint8 below 0", "nansum"])
def test_no_minimum_is_proved_where_the_bounds_did_not_hold(name: str) -> None:
    f, over, _ = BOUNDED[name]
    found = sf.minimize(f, over=over, time_limit=5.0)
    assert found.verdict.confidence is not Confidence.PROVED


def test_branches_that_do_not_look_at_x_are_followed() -> None:
    f, over, _ = BOUNDED["branches that do not look at x"]
    assert sf.convexity(f, over).kind not in NEVER
    assert sf.minimize(f, over=over).value == 0.0
    assert [float(point.x) for point in sf.stationary_points(f, over)] == [0.0]


@pytest.mark.parametrize(
    ("f", "x", "bounds"),
    [
        (lambda x: x**2, 1e200, None), (lambda x: 1e300 * x**2, 1e5, None),
        (lambda x: jnp.exp(x), 759.0, None), (lambda x: jnp.exp(x) + x, 759.0, (-5.0, 800.0)),
        (lambda x: 1 / x, 2e-310, (1e-320, 1e-309)),
    ],
)  # fmt: skip
def test_a_value_that_overflows_is_not_the_lowest(f: Function, x: float, bounds: Any) -> None:
    assert sf.classify(f, x, bounds=bounds).kind is PointKind.UNKNOWN


def test_complex_numbers_are_refused_by_name_and_line() -> None:
    def f(x: Any) -> Any:
        return jnp.real((x + 1j) ** 2)

    for ask in (sf.bounds, sf.kinks, sf.stationary_points):
        with pytest.raises(UnsupportedError, match=r"test_false_proofs.py.*complex"):
            ask(f, (-3.0, 3.0))
    found = sf.minimize(f, over=(-3.0, 3.0))
    assert found.value == pytest.approx(-1.0)
    assert found.verdict.confidence is not Confidence.PROVED


def test_a_point_on_a_face_may_lie_outside() -> None:
    words = " ".join(sf.stationary_points("cos(x)", (0, np.pi)).report().split())
    assert "2 of which may lie a rounding outside of its face" in words


@pytest.mark.parametrize(("formula", "start", "bounds", "x"), [
    ("x^2 + ceil(x)", 2.0, (0.0, 3.0), 0.0),
    ("(x-5)^2 + ceil(x-5)", 7.0, (5.0, 8.0), 5.0),
    ("(x-5)^2 - floor(x-5)", 4.0, (2.0, 5.0), 5.0),
])  # fmt: skip
def test_a_bound_beside_a_jump_is_looked_at(
    formula: str, start: float, bounds: Any, x: float
) -> None:
    found = sf.minimize(formula, start, bounds=bounds)
    assert found.x == x and found.value == 0.0


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e150])
def test_a_determinant_that_underflows_hides_no_zero(scale: float) -> None:
    found = sf.stationary_points(
        lambda p: scale * (p[0] ** 2 + p[0] * p[1] + p[1] ** 2 - p[0]),
        sf.Box(-np.ones(2), 2.0 * np.ones(2)),
    )
    assert found.complete and len(found) == 1


@pytest.mark.parametrize(("formula", "start"), [
    ("x^-2 + x^-4 + x^2 + x", 1.0), ("(x-0.3)^-2 + x^2 + x", 2.0), ("x^-2 + x^2 + x", 1.0),
])  # fmt: skip
def test_the_lowest_on_one_side_of_a_pole_is_not_the_lowest(formula: str, start: float) -> None:
    for bounds in (None, (-3.0, 3.0)):
        assert sf.minimize(formula, start, bounds=bounds).verdict.kind is PointKind.LOCAL_MINIMUM


def _ints(x: Any, dtype: Any = jnp.int8) -> Any:
    return jnp.stack([x, x, x]).astype(dtype)


WHOLE: dict[str, tuple[Function, tuple[float, float]]] = {
    "cut off": (lambda x: lax.div(x.astype(int), 3).astype(float), (-100.0, 100.0)),
    "floor": (lambda x: (x.astype(int) // (-3)).astype(float), (0.5, 100.0)),
    "the divisor": (lambda x: lax.div(7, x.astype(int)).astype(float), (1.0, 3.0)),
    "by 0": (lambda x: lax.div(7, x.astype(int)).astype(float), (-2.0, 2.0)),
    "a product that wraps": (
        lambda x: jnp.prod(_ints(x), dtype=jnp.int8).astype(float), (0.0, 10.0)
    ),
    "products that wrap": (lambda x: jnp.cumprod(_ints(x))[2].astype(float), (0.0, 10.0)),
    "a sum that wraps": (lambda x: jnp.sum(_ints(x), dtype=jnp.int8).astype(float), (0.0, 100.0)),
    "the least turned round": (lambda x: (-x.astype(jnp.int8)).astype(float), (-128.0, 127.0)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_are_bounded_as_they_are_computed(name: str) -> None:
    f, over = WHOLE[name]
    points = np.unique(np.concatenate([np.linspace(*over, 999), np.trunc(np.linspace(*over, 999))]))
    with jax.enable_x64(True):
        values = np.asarray(jax.vmap(f)(points))
    found = sf.bounds(f, over)
    assert found.lower <= values.min() and found.upper >= values.max()
    best = sf.minimize(f, over=over)
    if best.verdict.kind is PointKind.GLOBAL_MINIMUM:
        assert best.value == values.min()
    roots = sf.roots(f, over)
    assert not roots.complete or (len(roots) > 0) == bool((values == 0.0).any())


def test_the_value_is_that_of_the_program_where_a_comparison_ties() -> None:
    for f, over in (
        (lambda x: jnp.round(x) - 0.3 * x, (1.5, 2.5)),
        (lambda x: jnp.where(jnp.isinf(1 / x), -3.0, x * x), (-1.0, 1.0)),
    ):
        found = sf.minimize(f, over=over)
        with jax.enable_x64(True):
            assert found.value == float(f(jnp.asarray(found.x)))


def test_what_the_quotients_stepped_over_is_not_called_smooth() -> None:
    found = sf.kinks(lambda x: jnp.maximum(0, 1 - jnp.abs(x - 0.3) * 1e12), (-1.0, 2.0))
    assert found.smooth is not Smoothness.SMOOTH
