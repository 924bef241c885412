"""Points about whose slope nothing can be said: NaN, infinity, outside the bounds, wrong shapes."""

import jax.numpy as jnp
import numpy as np
import pytest
from tests.judge.oracles import JaxOracle, judged, problem

from surefoot.judge import judge
from surefoot.terms import Confidence, InputError, PointKind


def test_a_nan_value_names_the_line_that_made_it() -> None:
    verdict = judged(lambda x: jnp.log(x[0]), -1.0, blame=lambda x: "model.py:12")
    assert verdict.kind is PointKind.UNKNOWN
    assert verdict.confidence is Confidence.UNKNOWN
    assert any(row.where == "model.py:12" and row.holds is False for row in verdict.evidence)
    assert "model.py:12" in verdict.advice


@pytest.mark.parametrize(
    "function",
    [
        lambda x: -jnp.log(x[0]),
        lambda x: jnp.log(x[0]),
        lambda x: x[0] / x[0],
    ],
)
def test_an_infinite_or_undefined_value_is_no_minimum(function) -> None:
    verdict = judged(function, 0.0)
    assert verdict.kind is PointKind.UNKNOWN


def test_a_gradient_that_is_not_finite_is_blamed_where_nothing_else_decides() -> None:
    verdict = judged(lambda x: jnp.sqrt(x[0]) + x[1], (0.0, 0.0), blame=lambda x: "model.py:3")
    assert verdict.kind in (PointKind.UNKNOWN, PointKind.KINK, PointKind.NOT_STATIONARY)


def test_a_point_with_nan_is_unknown() -> None:
    verdict = judged(lambda x: x @ x, (1.0, np.nan))
    assert verdict.kind is PointKind.UNKNOWN


@pytest.mark.parametrize(
    ("x", "broken"),
    [
        ((1.0 + 2.3e-16, 0.5), "x[0]"),
        ((0.5, -5e-324), "x[1]"),
        ((2.0, 3.0), "x[1]"),
    ],
)
def test_any_excess_over_a_bound_is_named(x, broken: str) -> None:
    verdict = judged(lambda y: y @ y, x, lower=(0.0, 0.0), upper=(1.0, 1.0))
    assert verdict.kind is PointKind.INFEASIBLE_POINT
    assert broken in verdict.evidence[0].where and broken in verdict.advice


def test_bounds_come_before_nan() -> None:
    verdict = judged(lambda x: jnp.log(x[0]), -1.0, lower=(0.5,), upper=(2.0,))
    assert verdict.kind is PointKind.INFEASIBLE_POINT


@pytest.mark.parametrize("x", [np.zeros(3), np.zeros((2, 1)), 0.0, "ab", [[1.0], 2.0]])
def test_a_wrong_shape_is_refused_with_both_shapes(x) -> None:
    oracle = JaxOracle(lambda y: y @ y, 2)
    with pytest.raises(InputError, match=r"x must be a flat array"):
        judge(problem(2), x, oracle=oracle)


def test_bounds_are_honoured_at_every_evaluation() -> None:
    class Watched(JaxOracle):
        def value_and_gradient(self, x):
            assert np.all((x >= 0.0) & (x <= 1.0)), x
            return super().value_and_gradient(x)

        def values_and_gradients(self, X):
            assert np.all((X >= 0.0) & (X <= 1.0)), X
            return super().values_and_gradients(X)

    for function in (
        lambda x: (x[0] - 0.5) ** 2 + x[1] ** 4,
        lambda x: x[0] ** 3 + jnp.abs(x[1] - 0.25),
        lambda x: jnp.sqrt(x[0]) + x[1],
        lambda x: x[0] * x[1],
    ):
        for point in ((0.0, 0.0), (0.5, 0.25), (1.0, 1.0), (0.5, 0.0)):
            oracle = Watched(function, 2)
            judge(problem(2, np.zeros(2), np.ones(2)), np.array(point), oracle=oracle)
