"""Functions that round to few digits inside are staircases: their slopes prove no minimum."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.terms import Confidence, InputError, PointKind

CLAIMS = tuple(kind for kind in PointKind if kind.name.endswith(("MINIMUM", "MAXIMUM")))
Cast = Callable[[Any], Any]

CASTS: dict[str, Cast] = {
    "float16": lambda x: x.astype(jnp.float16).astype(jnp.float64),
    "float32": lambda x: x.astype(jnp.float32),
    "bfloat16": lambda x: x.astype(jnp.bfloat16),
    "back": lambda x: x.astype(jnp.float32).astype(jnp.float64),
    "converted": lambda x: jax.lax.convert_element_type(x, jnp.float16),
    "reduced": lambda x: jax.lax.reduce_precision(x, 8, 7),
    "in a call": lambda x: jax.jit(lambda y: y.astype(jnp.float32).astype(jnp.float64))(x),
    "int": lambda x: x.astype(jnp.int32) * 1.0,
}
SHAPES: dict[str, Callable[[Any], Any]] = {
    "square": lambda t: jnp.sum(t**2),
    "quartic": lambda t: jnp.sum(t**4),
    "cosh": lambda t: jnp.sum(jnp.cosh(t)),
    "tilted": lambda t: jnp.sum(t**2) + 0.3 * t[0] * t[1],
}


@pytest.mark.parametrize("cast", CASTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("shift", "scale"), [(0.1, 1.0), (-37.3, 1.0), (0.1, 1e3)])
def test_no_minimum_is_claimed_of_a_staircase(
    cast: str, shape: str, shift: float, scale: float
) -> None:
    def f(x: Any) -> Any:
        return SHAPES[shape](scale * CASTS[cast](x) - shift)

    found = sf.classify(f, np.full(2, shift / scale))
    # A staircase of whole numbers is level, which walks from step to step may well have seen.
    wrong = [k for k in CLAIMS if not (cast == "int" and k is PointKind.FLAT_MINIMUM)]
    assert found.kind not in wrong
    assert found.kind is not PointKind.UNKNOWN or found.confidence is Confidence.UNKNOWN


@pytest.mark.parametrize("shift", [0.1, 300.7])
@pytest.mark.parametrize("cast", ["float16", "float32", "bfloat16", "in a call"])
def test_the_solver_names_the_cast(cast: str, shift: float) -> None:
    def f(x: Any) -> Any:
        return jnp.sum(jnp.cosh(CASTS[cast](x) - shift))

    solution = sf.minimize(f, np.full(2, shift + 0.5), max_steps=100)
    assert solution.verdict.kind is PointKind.UNKNOWN
    assert "moves in steps: it is rounded to" in solution.verdict.advice
    assert "test_rounded_inside.py:" in solution.verdict.advice
    row = next(row for row in solution.verdict.evidence if row.name == "rounded inside")
    assert row.holds is False and row.measured is not None and row.measured > 0.0


def test_least_squares_and_maximize_hear_it_too() -> None:
    fit = sf.least_squares(lambda x: x.astype(jnp.float16) - np.array([0.1, 0.2]), np.ones(2))
    assert fit.verdict.kind is PointKind.UNKNOWN
    top = sf.maximize(lambda x: -jnp.sum((x.astype(jnp.float32) - 0.1) ** 2), np.ones(2))
    assert top.verdict.kind is PointKind.UNKNOWN
    assert "a local maximum" in top.verdict.advice and "is higher" in top.verdict.advice


def test_a_closed_form_is_refused_by_name_of_the_cast() -> None:
    with pytest.raises(InputError, match="rounded to float32 at test_rounded_inside"):
        sf.minimize(lambda x: jnp.sum(x.astype(jnp.float32) ** 2), np.ones(2), method="closed-form")


def test_single_precision_data_cost_no_claim() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    flat = sf.minimize(lambda x: jnp.sum((a @ x - 0.1) ** 2), np.ones(2))
    assert flat.verdict.kind is PointKind.GLOBAL_MINIMUM
    bent = sf.minimize(lambda x: jnp.sum(jnp.cosh(a @ x - 0.1)), np.ones(2))
    assert bent.verdict.kind is PointKind.LOCAL_MINIMUM


def test_a_cast_that_moves_nothing_leaves_the_claim() -> None:
    def f(x: Any) -> Any:
        return jnp.sum(jnp.cosh(x - 3.0)) + 1e-13 * jnp.sum(jnp.cos(x).astype(jnp.float32))

    solution = sf.minimize(f, np.ones(2))
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM
    assert any(row.name == "rounded below notice" for row in solution.verdict.evidence)


def test_what_values_show_is_still_said() -> None:
    found = sf.classify(lambda x: jnp.sum((x.astype(jnp.float32) - 0.1) ** 2), np.ones(2))
    assert found.kind is PointKind.NOT_STATIONARY
    saddle = sf.classify(lambda x: jnp.prod(jnp.sinh(x.astype(jnp.float32))), np.zeros(2))
    assert saddle.kind is PointKind.SADDLE_POINT


@pytest.mark.parametrize("cast", ["float16", "float32", "back", "in a call"])
@pytest.mark.parametrize("shift", [0.1, -30.3])
def test_nothing_is_proved_of_a_staircase(cast: str, shift: float) -> None:
    def f(x: Any) -> Any:
        return jnp.cosh(CASTS[cast](x) - shift)

    found = sf.stationary_points(f, (shift - 1.0, shift + 1.0))
    crossed = sf.roots(lambda x: f(x) - 2.0, (shift - 3.0, shift + 3.0))
    for points in (found, crossed):
        assert len(points) > 0 and not points.complete
        for point in points:
            assert point.confidence is Confidence.SUPPORTED
            assert "test_rounded_inside.py" in point.why
        assert "without that rounding" in " ".join(str(points.report()).split())
    nothing = sf.stationary_points(lambda x: CASTS[cast](x) * 2.0, (1.0, 2.0))
    assert not nothing.complete and len(nothing) == 0


def test_a_function_without_casts_is_still_proved() -> None:
    found = sf.stationary_points(lambda x: jnp.cosh(x - 0.1), (-1.0, 1.0))
    assert found.complete
