"""Functions that jump."""

import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus import Evaluator
from surefoot.descent.direct_search import WHY, DirectSearch
from surefoot.descent.loop import loop
from surefoot.descent.steps import Limits
from surefoot.program import trace
from surefoot.terms import Status


class Watched:
    """Values only, and every point that was asked about."""

    def __init__(self, f, size):
        self.inner = Evaluator(trace(f, np.zeros(size)))
        self.size = size
        self.seen = []

    def values(self, points):
        self.seen.append(np.array(points))
        return self.inner.values(points)


def run(f, x0, lower=None, upper=None, *, seed=0, limits=None, callback=None):
    x0 = np.asarray(x0, float)
    oracle = Watched(f, x0.size)
    found = loop(DirectSearch(oracle, lower, upper, seed=seed), x0, limits, callback)
    return found, np.concatenate(oracle.seen)


@pytest.mark.parametrize("start", [4.4, -7.7, 1e4])
@pytest.mark.parametrize("seed", [0, 1])
def test_floors_without_bounds(start, seed):
    found, _ = run(lambda x: jnp.sum(jnp.floor(x) ** 2), np.full(3, start), seed=seed)
    assert found.value == 0 and np.all(np.floor(found.x) == 0)
    assert found.status is Status.CONVERGED


def test_rounding_far_from_the_origin():
    target = np.array([3.0, -5.0, 70.0, 1100.0])
    found, _ = run(lambda x: jnp.sum((jnp.round(x) - target) ** 2), np.zeros(4))
    np.testing.assert_array_equal(np.round(found.x), target)


def test_a_decision_threshold():
    data = np.random.default_rng(0).normal(size=200)
    label = data > 0.37

    def errors(x):
        return jnp.mean(jnp.where((jnp.asarray(data) > x[0]) == label, 0.0, 1.0))

    found, _ = run(errors, [-3.0])
    assert found.value == 0


def test_a_decision_rule_inside_bounds():
    def loss(x):
        # Serve at most 10, at a price that falls; a bonus beyond 3 that costs a little.
        sold = jnp.where(x[0] > 10, 0.0, x[0] * (20 - x[0]))
        return -sold - jnp.where(x[1] > 3, 5.0, 0.0) + 0.1 * x[1]

    lower, upper = np.zeros(2), np.full(2, 30.0)
    found, seen = run(loss, [1.0, 0.0], lower, upper)
    assert found.value == pytest.approx(-104.7, abs=1e-6)
    np.testing.assert_allclose(found.x, [10.0, 3.0], atol=1e-4)
    assert np.all(seen >= lower) and np.all(seen <= upper)


def test_a_jump_beside_a_smooth_valley():
    def f(x):
        return jnp.where(x[0] > 1, (x[0] - 3) ** 2, 5.0 + x[0]) + x[1] ** 2

    found, _ = run(f, [0.0, 1.0], np.full(2, -4.0), np.full(2, 6.0))
    np.testing.assert_allclose(found.x, [3.0, 0.0], atol=1e-7)


def test_many_local_plateaus():
    def f(x):
        steps = jnp.round(4 * x) / 4
        return 50 + jnp.sum(steps**2 - 10 * jnp.cos(2 * jnp.pi * steps))

    found, _ = run(f, np.full(5, 3.3), np.full(5, -5.0), np.full(5, 5.0))
    assert found.value <= 1.0


def test_a_better_value_without_end():
    found, _ = run(lambda x: -jnp.floor(x[0]), [0.0])
    assert found.status is Status.DIVERGED
    np.testing.assert_allclose(found.state.direction, [1.0])


def test_bounds_give_it_an_end():
    found, seen = run(lambda x: -jnp.floor(x[0]), [0.0], np.zeros(1), np.array([5.5]))
    assert found.value == -5
    assert np.all(seen >= 0) and np.all(seen <= 5.5)


def test_nan_counts_as_worst():
    def f(x):
        return jnp.floor(jnp.sqrt(x[0])) + jnp.where(x[0] > 3, 0, 2.0)

    found, _ = run(f, [9.0])
    assert found.value == 1 and 3 < found.x[0] < 4


def test_nothing_but_nan_is_said():
    found, _ = run(lambda x: jnp.floor(jnp.log(-1 - x[0] ** 2)), [0.0])
    assert found.status is Status.NOT_A_NUMBER


def test_a_nan_start_with_values_elsewhere():
    found, _ = run(lambda x: jnp.floor(jnp.abs(jnp.log(x[0]) * 10)), [-0.5])
    assert found.value == 0


def test_equal_seeds_give_equal_runs():
    def f(x):
        return jnp.sum(jnp.floor(3 * x) ** 2)

    first, _ = run(f, [2.2, 3.3], seed=5)
    second, _ = run(f, [2.2, 3.3], seed=5)
    np.testing.assert_array_equal(first.trajectory.points, second.trajectory.points)


def test_limits_and_callback_end_the_run_with_the_best_point():
    def f(x):
        return jnp.sum(jnp.floor(x) ** 2)

    found, _ = run(f, np.full(3, 50.5), limits=Limits(max_steps=5))
    assert found.status is Status.STEP_LIMIT and found.steps == 5 and found.value < 7500
    stopped, _ = run(f, np.full(3, 50.5), callback=lambda k, x, value: k >= 2)
    assert stopped.status is Status.INTERRUPTED and stopped.steps == 2


def test_the_sentence_says_why_calculus_cannot_help():
    assert "tells nothing about the jumps" in WHY and DirectSearch.why == WHY
