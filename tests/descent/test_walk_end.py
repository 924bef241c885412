"""Where a walk with a step rule ends, and how it is stopped."""

import numpy as np
import pytest

import surefoot as sf
from surefoot.calculus import Evaluator
from surefoot.descent import RULES, rule_steps, walk_end
from surefoot.formulas import parse
from surefoot.program import trace
from surefoot.terms import Status

INF, NAN = float("inf"), float("nan")


def end(w: list[float], value: list[float] | None = None) -> tuple[int, Status | None]:
    """The end of a walk on x², or with other values."""
    points = np.array(w)[:, None]
    values = points[:, 0] ** 2 if value is None else np.array(value)
    return walk_end(points, values, 2.0 * points)


def test_a_walk_that_goes_on_has_no_end() -> None:
    assert end([1.0, -2.0, 4.0]) == (3, None)
    assert end([1e20, 1e10, 0.0]) == (3, None)


def test_far_and_above_the_start_is_the_end() -> None:
    assert end([2.0, -1.9e15, 1.0]) == (3, None)
    assert end([2.0, -2.1e15, 1.0]) == (1, Status.DIVERGED)


def test_far_and_below_the_start_the_minimum_may_be_there() -> None:
    assert end([0.0, 1e20, 2e20], [5.0, 4.0, 3.0]) == (3, None)
    walk = sf.descend("(x - 1e20)^2", 0.0, "gd", 3, lr=0.5)
    assert walk.reason == "" and walk.value == 0.0


@pytest.mark.parametrize(
    ("last", "value", "status"),
    [
        (3.0, NAN, Status.NOT_A_NUMBER),
        (3.0, INF, Status.NOT_A_NUMBER),
        (1e7, INF, Status.DIVERGED),
        (1e200, NAN, Status.DIVERGED),
        (-INF, INF, Status.DIVERGED),
        (NAN, NAN, Status.DIVERGED),
    ],
)
def test_what_is_not_finite_ends_it(last: float, value: float, status: Status) -> None:
    assert end([1.0, 2.0, last], [1.0, 4.0, value]) == (2, status)


def test_overflow_is_divergence_and_a_wall_of_infinities_is_none() -> None:
    assert walk_end(np.array([[1.0], [60.0]]), np.array([2.7, INF]), np.array([[5.4], [INF]])) == (
        1, Status.DIVERGED,
    )  # fmt: skip
    assert walk_end(np.array([[1.0], [3.0]]), np.array([2.7, INF]), np.array([[5.4], [0.0]])) == (
        1, Status.NOT_A_NUMBER,
    )  # fmt: skip
    for every in ("all", 7):
        walk = sf.descend("exp(x^2)", 1.1, "gd", 30, lr=0.5, record=every)
        assert walk.ended is Status.DIVERGED and walk.reason.startswith("Diverged at step 2")


def test_a_walk_is_stopped_between_two_calls() -> None:
    evaluator = Evaluator(trace(parse("x^2"), 1.0))
    looks = iter([False, False, True, True])
    found = rule_steps(
        evaluator, RULES["gd"], "gd", np.ones(1), 0.25, 1000, lambda: next(looks), 16
    )
    assert found.interrupted
    np.testing.assert_array_equal(found.points[:, 0], 0.5 ** np.arange(32))
