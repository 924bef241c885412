"""Many starts at once, and the basins they fall into."""

import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus import Evaluator
from surefoot.descent.basins import group_ends
from surefoot.descent.multistart import many_starts
from surefoot.descent.start_points import spread_points, starting_points
from surefoot.descent.steps import Limits
from surefoot.program import Structure, trace
from surefoot.terms import InputError, Status


class Watched:
    """An oracle that keeps every point it was asked about."""

    def __init__(self, f, size):
        self.inner = Evaluator(trace(f, np.zeros(size)))
        self.size = size
        self.seen = []

    def values(self, points):
        self.seen.append(np.array(points))
        return self.inner.values(points)

    def values_and_gradients(self, points):
        self.seen.append(np.array(points))
        return self.inner.values_and_gradients(points)


def run(f, x0, count, lower=None, upper=None, *, polish=True, limits=None):
    x0 = np.asarray(x0, float)
    lower = np.full(x0.size, -np.inf) if lower is None else np.asarray(lower, float)
    upper = np.full(x0.size, np.inf) if upper is None else np.asarray(upper, float)
    oracle = Watched(f, x0.size)
    points = spread_points(count, x0, lower, upper, np.random.default_rng(0))

    def newton(x):
        for _ in range(10):
            _, gradient, hessian = oracle.inner.derivatives(x)
            free = (x > lower) & (x < upper)
            if np.any(free):
                step = np.linalg.lstsq(hessian[np.ix_(free, free)], gradient[free], rcond=None)
                x = x.copy()
                x[free] = np.clip(x[free] - step[0], lower[free], upper[free])
        return x, oracle.inner.value(x)

    found, basins = many_starts(
        oracle, points, lower, upper, polish=newton if polish else None, limits=limits
    )
    return found, basins, np.concatenate(oracle.seen)


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


FOUR = np.array(
    [[3, 2], [-2.805118086952745, 3.131312518250573], [-3.779310253377747, -3.283185991286170],
     [3.584428340330492, -1.848126526964404]]
)  # fmt: skip


@pytest.mark.parametrize("box", [None, 5.0])
def test_the_four_minima_of_himmelblau(box):
    lower = None if box is None else [-box, -box]
    upper = None if box is None else [box, box]
    found, basins, seen = run(himmelblau, [0.0, 0.0], 64, lower, upper)
    assert found.status is Status.CONVERGED
    assert len(basins) == 4 and sum(b.count for b in basins) == 64
    ends = np.array([b.x for b in basins])
    for point in FOUR:
        assert np.min(np.max(np.abs(ends - point), axis=1)) <= 1e-9
    if box:
        assert np.max(np.abs(seen)) <= box


def test_units_do_not_change_the_basins():
    units = np.array([1e-6, 1e4])
    _, plain, _ = run(himmelblau, [0.0, 0.0], 32, [-5, -5], [5, 5])
    _, scaled, _ = run(
        lambda x: himmelblau(x * units), [0.0, 0.0], 32, -5 / units, 5 / units
    )
    assert len(scaled) == len(plain) == 4
    assert sorted(b.starts for b in scaled) == sorted(b.starts for b in plain)


def test_lowest_first_with_shares():
    def f(x):
        return 0.5 * jnp.sum(x**4 - 16 * x**2 + 5 * x)

    _, basins, _ = run(f, np.zeros(3), 64, np.full(3, -5.0), np.full(3, 5.0))
    values = [b.value for b in basins]
    assert len(basins) == 8 and values == sorted(values)
    np.testing.assert_allclose(basins[0].x, -2.903534027771177, atol=1e-9)
    assert sum(b.share for b in basins) == pytest.approx(1)
    assert "64 starts led to 8 distinct end points" in basins.sentence


def test_a_flat_valley_is_one_basin():
    _, basins, _ = run(lambda x: (x[0] + 2 * x[1] - 1) ** 2, [0.0, 0.0], 32)
    assert len(basins) == 1 and basins[0].count == 32


def test_equal_valleys_with_regular_spacing_stay_apart():
    _, basins, _ = run(lambda x: jnp.sin(jnp.pi * x[0]) ** 2, [0.2], 32, [-3.3], [4.4])
    assert len(basins) == 8
    np.testing.assert_allclose(sorted(b.x[0] for b in basins), np.arange(-3, 5), atol=1e-9)


def test_minima_at_corners_of_the_box():
    found, basins, seen = run(lambda x: x[0] + 2 * x[1], [0.5, 0.5], 8, [0, -1], [1, 3])
    assert len(basins) == 1
    np.testing.assert_array_equal(basins[0].x, [0, -1])
    assert np.all(seen >= [0, -1]) and np.all(seen <= [1, 3])
    assert found.status is Status.CONVERGED


def test_starts_that_meet_nan_are_counted_as_failed():
    _, basins, _ = run(lambda x: x[0] - jnp.log(x[0]), [1.0], 16)
    assert len(basins) == 1 and basins[0].x[0] == pytest.approx(1)
    assert 0 < len(basins.failed) < 16
    assert basins[0].count + len(basins.failed) == 16


def test_all_ran_away():
    found, basins, _ = run(lambda x: x[0] - 2 * x[1], [0.0, 0.0], 8)
    assert found.status is Status.DIVERGED and len(basins) == 0 and len(basins.failed) == 8
    assert found.state.direction[0] < 0 < found.state.direction[1]
    assert "None of the 8 starts" in basins.sentence


def test_nan_everywhere():
    found, basins, _ = run(lambda x: jnp.log(-1 - x[0] ** 2), [0.0], 4)
    assert found.status is Status.NOT_A_NUMBER and len(basins.failed) == 4


def test_a_limit_gives_the_best_so_far_unpolished():
    found, basins, _ = run(himmelblau, [0.0, 0.0], 16, limits=Limits(max_steps=3))
    assert found.status is Status.STEP_LIMIT and found.steps == 3
    assert basins[0].value >= found.value - 1e-15


def test_rosenbrock_in_ten_variables_finds_both_minima():
    def f(x):
        return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    _, basins, _ = run(f, np.full(10, -1.0), 32, np.full(10, -5.0), np.full(10, 5.0))
    np.testing.assert_allclose([b.value for b in basins], [0, 3.98657911], atol=1e-8)


# ── start points ─────────────────────────────────────────────────────────────────────────────────


def test_the_spread_fills_the_box_and_keeps_x0():
    lower, upper = np.array([1.0, -np.inf, 0.0]), np.array([2.0, np.inf, np.inf])
    x0 = np.array([1.5, 100.0, 3.0])
    points = spread_points(64, x0, lower, upper, np.random.default_rng(1))
    np.testing.assert_array_equal(points[0], x0)
    assert np.all(points >= lower) and np.all(points <= upper)
    assert np.ptp(points[:, 0]) > 0.9
    # Two standard deviations of |x0| hold most of an open coordinate.
    assert 0.7 < np.std(points[:, 1]) / 100 < 1.3


def test_a_number_a_list_and_an_array_of_starts():
    structure = Structure({"a": 0.0, "b": np.zeros(2)})
    low, high = np.full(3, -10.0), np.full(3, 10.0)
    x0 = np.zeros(3)
    assert starting_points(5, structure, x0, low, high, 0).shape == (5, 3)
    listed = [{"a": 1.0, "b": np.array([2.0, 3.0])}, {"a": 4.0, "b": np.array([5.0, 6.0])}]
    np.testing.assert_array_equal(
        starting_points(listed, structure, x0, low, high, 0), [[1, 2, 3], [4, 5, 6]]
    )
    plain = Structure(np.zeros(2))
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(
        starting_points(rows, plain, np.zeros(2), low[:2], high[:2], 0), rows
    )


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (0, "from 1 to"),
        (-3, "from 1 to"),
        (True, "found bool"),
        ("many", "found str"),
        ([], "empty"),
        (np.array([[1.0, np.nan]]), "x[1] = nan"),
        (np.array([[1.0, 99.0]]), "outside its bounds"),
        (np.array([[1.0, 2.0, 3.0]]), "shape"),
    ],
)
def test_what_cannot_be_starts(starts, words):
    low, high = np.full(2, -10.0), np.full(2, 10.0)
    with pytest.raises(InputError) as caught:
        starting_points(starts, Structure(np.zeros(2)), np.zeros(2), low, high, 0)
    assert words in str(caught.value)


def test_equal_seeds_give_equal_starts():
    structure = Structure(np.zeros(2))
    arguments = (structure, np.zeros(2), np.full(2, -1.0), np.full(2, 1.0))
    np.testing.assert_array_equal(
        starting_points(8, *arguments, 3), starting_points(8, *arguments, 3)
    )
    assert not np.array_equal(
        starting_points(8, *arguments, 3), starting_points(8, *arguments, 4)
    )


def test_thousands_of_unfinished_ends_are_counted_quickly():
    """An interrupted batch has as many ends as starts; each against each takes hours."""
    points = np.random.default_rng(0).uniform(-5, 5, (20_000, 2))
    oracle = Watched(himmelblau, 2)
    groups = group_ends(oracle, points, oracle.values(points), np.full(2, 10.0), 1e-9)
    assert sum(map(len, groups)) == 20_000
    assert len(oracle.seen) < 50_000


@pytest.mark.parametrize("size", [1, 2, 7])
def test_near_ends_are_one_group_as_when_all_are_compared_with_all(size: int) -> None:
    rng = np.random.default_rng(size)
    centres = rng.uniform(-3.0, 3.0, (40, size))
    points = np.repeat(centres, 4, axis=0) + rng.uniform(-9e-5, 9e-5, (160, size))
    values = rng.uniform(0.0, 1.0, 160)
    values[5] = np.nan

    class Uphill:
        """A wall between any two points, so that nothing is joined by its valley."""

        def values(self, x):
            return np.full(len(x), np.inf)

    found = group_ends(Uphill(), points, values, np.ones(size), 1e-9)
    left = [int(i) for i in np.argsort(values) if np.isfinite(values[i])]
    expected = []
    while left:
        near = [i for i in left if np.max(np.abs(points[i] - points[left[0]])) <= 1e-4]
        expected.append(near)
        left = [i for i in left if i not in near]
    assert found == expected
