"""The search for the lowest value of a box: budgets, ends, and what it writes down."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.facts.boxed import Boxed
from surefoot.facts.cover import recheck
from surefoot.program import trace
from surefoot.search.downhill import downhill
from surefoot.search.lowest import Budget, Ended, Found, lowest


def rastrigin(x: Any) -> Any:
    return 10.0 * x.size + x @ x - 10.0 * jnp.sum(jnp.cos(2.0 * jnp.pi * x)) + 0.3 * x[0]


def boxed(f: Callable[[Any], Any], low: Any, high: Any, sign: float = 1.0) -> Boxed:
    return Boxed(trace(f, np.ones(len(low))), sign, np.array(low, float), np.array(high, float))


def search(problem: Boxed, tol: float = 1e-9, **budget: Any) -> Found:
    return lowest(problem, tol, Budget(**budget), (0.4 * problem.first + 0.6 * problem.last)[None])


def test_a_search_that_is_done_is_within_its_tolerance() -> None:
    problem = boxed(rastrigin, [-4.0, -5.0, -3.0], [5.0, 4.0, 6.0])
    for tol in (1e-3, 1e-6, 1e-12):
        found = search(problem, tol)
        assert found.ended is Ended.DONE and found.stuck == []
        near = tol * max(1.0, abs(found.high))
        assert found.high - found.bound <= near
        assert found.high - recheck(problem, found.cover()).bound <= near


def test_every_budget_ends_the_search_and_leaves_a_bound_that_holds() -> None:
    problem = boxed(rastrigin, [-4.0, -5.0, -3.0], [5.0, 4.0, 6.0])
    best = search(problem).high
    told: list[tuple[int, int]] = []

    def note(looked: int, waiting: int, x: Any, high: float, low: float) -> None:
        told.append((looked, waiting))
        assert low <= best + 1e-9 <= high + 2e-9

    calls = iter([False, False, True])
    budgets: dict[Ended, dict[str, Any]] = {
        Ended.BOXES: {"boxes": 40}, Ended.SECONDS: {"seconds": 0.0}, Ended.MEMORY: {"held": 20},
        Ended.STOPPED: {"stop": lambda: next(calls), "told": note},
    }  # fmt: skip
    for ended, budget in budgets.items():
        found = search(problem, **budget)
        assert found.ended is ended
        shown = recheck(problem, found.cover())
        assert shown.bound <= best + 1e-9 and found.bound <= best + 1e-9
        # With no time nothing was looked at; the whole box is bounded even so.
        assert shown.bound > -500.0
    assert told


def test_narrow_parts_are_left_where_no_bound_is_found() -> None:
    problem = boxed(lambda x: 1.0 / (x[0] - 0.3), [-1.0], [1.0])
    found = search(problem)
    assert found.ended is Ended.STUCK and found.stuck and found.bound == -np.inf
    assert all(a[0] - 1e-3 <= 0.3 <= b[0] + 1e-3 for a, b in found.stuck)


def test_the_descent_from_above_is_asked_where_newton_does_not_work() -> None:
    problem = boxed(lambda x: jnp.sum(jnp.abs(x - 0.123)), [-1.0, -1.0], [2.0, 3.0])
    asked: list[Any] = []

    def local(x: Any) -> Any:
        asked.append(x)
        return np.full(2, 0.123)

    start = np.array([[1.0, 1.0]])
    found = lowest(problem, 1e-9, Budget(), start, local)
    assert asked and found.high <= 1e-9 and found.locals == len(asked)
    alone = lowest(problem, 1e-9, Budget(), start, lambda x: None)
    assert alone.ended is Ended.DONE and alone.high <= 1e-9


def test_downhill_ends_at_a_minimum_inside_or_on_a_face() -> None:
    problem = boxed(rastrigin, [-4.0, 0.3], [5.0, 0.4])
    x, high = downhill(problem, np.array([1.2, 0.35]))
    at = problem.bounds(x[None], x[None])
    assert abs(at.slope[0][0, 0]) < 1e-7 and x[1] in (0.3, 0.4)
    assert high == at.high[0]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_fixed_variable_is_no_variable(sign: float) -> None:
    problem = boxed(lambda x: jnp.sin(3.0 * x[0]) * x[1], [-2.0, 0.5], [2.0, 0.5], sign)
    found = search(problem)
    assert found.ended is Ended.DONE and found.high == pytest.approx(-0.5, abs=1e-9)


def test_walks_stay_small_where_steps_are_large() -> None:
    data = np.linspace(0.0, 1.0, 200_000)
    problem = boxed(lambda x: jnp.mean((x[0] * data - x[1]) ** 2), [-1.0, -1.0], [2.0, 1.0])
    assert problem.at_once <= 2 and boxed(rastrigin, [0.0], [1.0]).at_once == 1024
