"""Trust-region Newton: known minima, units, escapes, rounding, trouble."""

from math import inf, log

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.descent.smooth_problems import PROBLEMS, LocalOracle, chain, himmelblau, reached

from surefoot.descent.loop import loop
from surefoot.descent.newton import Newton
from surefoot.descent.ratio import level, next_radius, ratio
from surefoot.descent.steps import Limits, Run
from surefoot.terms import Status

LIMITS = Limits(max_steps=500)


def run(f, start, lower=None, upper=None, limits=LIMITS, **options) -> Run:
    x0 = np.asarray(start, dtype=np.float64)
    return loop(Newton(LocalOracle(f, x0.size), lower, upper, **options), x0, limits)


def gradient_norm(run: Run) -> float:
    return run.trajectory[-1].gradient_norm


@pytest.mark.parametrize("name", PROBLEMS)
def test_known_minima_to_the_last_digits(name: str) -> None:
    problem = PROBLEMS[name]
    result = run(problem.f, problem.start)
    assert result.status is Status.CONVERGED
    assert reached(problem, result.value)
    assert gradient_norm(result) <= 1e-9
    assert result.steps <= 60


def test_first_step_on_a_quadratic_is_the_newton_step() -> None:
    # f = x² + 2y² − 2x − 8y: H = diag(2, 4), minimum at (1, 2), reached in one step from anywhere.
    result = run(lambda x: x[0] ** 2 + 2 * x[1] ** 2 - 2 * x[0] - 8 * x[1], [-3.0, 5.0])
    assert result.trajectory[1].x == pytest.approx([1.0, 2.0], abs=1e-14)
    assert result.value == pytest.approx(-9.0)


def test_first_step_on_rosenbrock_by_hand() -> None:
    # At (−1.2, 1): g = (−215.6, −88), H = [[1330, 480], [480, 200]]; det H = 35600, so
    # p = −H⁻¹g = (880, 13552)/35600.
    result = run(chain, [-1.2, 1.0])
    assert result.trajectory[1].x == pytest.approx([-1.2 + 880 / 35600, 1 + 13552 / 35600])


@pytest.mark.parametrize("scale_x", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("scale_f", [1e-12, 1.0, 1e12])
def test_units_of_x_and_f_do_not_matter(scale_x: float, scale_f: float) -> None:
    # Powers of two keep the rounding the same, so the steps must be the same as well.
    scale_x, scale_f = 2.0 ** round(log(scale_x, 2)), 2.0 ** round(log(scale_f, 2))
    plain = run(chain, [-1.2, 1.0])
    scaled = run(lambda x: scale_f * chain(x / scale_x), np.array([-1.2, 1.0]) * scale_x)
    assert scaled.status is Status.CONVERGED
    assert scaled.x / scale_x == pytest.approx(plain.x, abs=1e-12)
    common = min(plain.steps, scaled.steps) - 2
    assert scaled.trajectory.points[:common] / scale_x == pytest.approx(
        plain.trajectory.points[:common], rel=1e-7, abs=1e-9
    )


@pytest.mark.parametrize("shift", [0.0, 1e3, -1e6])
def test_a_shift_of_the_origin_and_of_the_value(shift: float) -> None:
    result = run(lambda x: chain(x - shift) + shift, np.array([-1.2, 1.0]) + shift)
    assert result.status is Status.CONVERGED
    assert result.x == pytest.approx([1 + shift, 1 + shift], abs=1e-9 + 1e-15 * abs(shift))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_rotated_and_permuted_problems_end_in_the_same_place(seed: int) -> None:
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.standard_normal((2, 2)))
    result = run(lambda x: himmelblau(turn @ x), turn.T @ np.array([0.0, 0.0]))
    plain = run(himmelblau, [0.0, 0.0])
    assert turn @ result.x == pytest.approx(plain.x, abs=1e-8)


MAXIMUM = [-0.270844590667, -0.923038557480]


@pytest.mark.parametrize(
    ("f", "start", "least"),
    [
        (lambda x: jnp.sum(x**4 - x**2), [0.0], -0.25),
        (lambda x: jnp.sum(x**4 - x**2), [0.0, 0.0, 0.0], -0.75),
        (himmelblau, MAXIMUM, 0.0),
        (lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4, [0.0, 0.0], -0.25),
        (lambda x: x[0] * x[1] + x[0] ** 4 + x[1] ** 4, [0.0, 0.0], -0.125),
        (lambda x: jnp.cos(x[0]), [0.0], -1.0),
        # flat to second order: the third derivative goes down
        (lambda x: x[0] ** 3 + x[0] ** 4, [0.0], -27 / 256),
        (lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2 + jnp.sum(x**2) ** 2, [0.0, 0.0], -27 / 256),
        (lambda x: x[0] * x[1] * x[2] + jnp.sum(x**4), [0.0, 0.0, 0.0], -1 / 6912 * 9),
        # and the same off the origin
        (lambda x: (x[0] - 3) ** 3 + (x[0] - 3) ** 4, [3.0], -27 / 256),
    ],
)
def test_a_start_at_a_maximum_saddle_or_flat_point_is_left(f, start, least) -> None:
    result = run(f, start)
    assert result.status is Status.CONVERGED
    assert result.value <= min(0.0, least) * 0.99 + 1e-9
    assert gradient_norm(result) <= 1e-8


def test_a_flat_minimum_is_not_left() -> None:
    result = run(lambda x: jnp.sum(x**4), [0.0, 0.0])
    assert result.status is Status.CONVERGED
    assert result.x.tolist() == [0.0, 0.0]


def test_a_constant_function_ends_at_once() -> None:
    result = run(lambda x: 0 * jnp.sum(x) + 3, [1.0, 2.0])
    assert (result.status, result.steps) == (Status.CONVERGED, 0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: -jnp.sum(x**2),
        lambda x: jnp.sum(x**3),
        lambda x: jnp.sum(x),
        lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2,
        lambda x: -jnp.sum(jnp.exp(x)),
        lambda x: x[0] ** 2 - x[1],
    ],
)
@pytest.mark.parametrize("start", [[0.0, 0.0], [0.7, -0.3]])
def test_without_a_floor_it_runs_away_quickly_and_says_where(f, start) -> None:
    result = run(f, start)
    assert result.status is Status.DIVERGED
    assert result.steps <= 120
    assert np.isfinite(result.value)
    direction = result.state.direction
    assert np.linalg.norm(direction) > 0
    oracle = LocalOracle(f, 2)
    assert oracle.value(result.x) < oracle.value(result.x - direction)


def test_an_infimum_that_is_not_attained_ends() -> None:
    result = run(lambda x: jnp.sum(jnp.exp(-x)), [0.0, 1.0])
    assert result.steps <= 100
    assert result.value < 1e-9


def test_nan_regions_shrink_the_step_and_are_never_the_answer() -> None:
    result = run(lambda x: jnp.sum(x - jnp.log(x)), [1e-3, 50.0])
    assert result.status is Status.CONVERGED
    assert result.x == pytest.approx([1.0, 1.0])
    assert np.isfinite(result.trajectory.values).all()


def test_nan_at_the_start_is_said() -> None:
    result = run(lambda x: jnp.sum(jnp.log(x)), [-1.0])
    assert result.status is Status.NOT_A_NUMBER


def test_minus_infinity_at_a_trial_is_a_runaway() -> None:
    result = run(lambda x: jnp.where(x[0] > 2, -jnp.inf, -(x[0] ** 2)), [1.0])
    assert result.status is Status.DIVERGED
    assert np.isfinite(result.value)


def test_rounding_of_a_large_value_does_not_stop_it_early() -> None:
    # The last steps lower f = 10⁸ + … by less than an ulp of f.
    result = run(lambda x: chain(x) + 1e8, [-1.2, 1.0])
    assert result.status is Status.CONVERGED
    assert result.x == pytest.approx([1.0, 1.0], abs=1e-12)


def test_limits_and_interruption() -> None:
    assert run(chain, [-1.2, 1.0], limits=Limits(max_steps=3)).status is Status.STEP_LIMIT

    class Interrupted(LocalOracle):
        def derivatives(self, x):
            if len(self.asked) == 9:
                raise KeyboardInterrupt
            return super().derivatives(x)

    result = loop(Newton(Interrupted(chain, 2)), np.array([-1.2, 1.0]))
    assert result.status is Status.INTERRUPTED
    assert result.value <= 24.2


@pytest.mark.parametrize("size", [3, 20])
def test_least_norm_is_not_needed_where_the_minimum_is_a_line(size: int) -> None:
    result = run(lambda x: (jnp.sum(x) - 3) ** 2, np.linspace(0.0, 1.0, size))
    assert result.status is Status.CONVERGED
    assert result.x.sum() == pytest.approx(3.0)


def test_the_ratio_asks_the_slope_where_the_value_has_no_digits() -> None:
    value = 1e8
    step, before, after = np.array([-1e-6]), np.array([2e-6]), np.array([0.0])
    share = ratio(value, value, before, after, step, promised=1e-12)
    assert share == pytest.approx(1.0)
    # A real rise is not explained away.
    assert ratio(value, value + 1.0, before, after, step, promised=1e-12) < 0
    assert ratio(1.0, 0.0, before, after, step, promised=0.0) == 0.0


def test_radius_rules() -> None:
    assert next_radius(1.0, 1.0, -5.0, False) == 0.25
    assert next_radius(1.0, 1.0, float("nan"), False) == 0.25
    assert next_radius(1.0, 1.0, 0.9, False) == 2.0
    assert next_radius(1.0, 1.0, 0.9, False, again=True) == 1.0
    assert next_radius(1.0, 0.1, 0.9, True) == 1.0


def test_the_level_follows_the_units() -> None:
    assert level(1e-9, 0.0, 1.0) == 1e-9
    assert level(1e-9, 0.0, 1e-12) == pytest.approx(1e-21)
    assert level(1e-9, 0.0, 1e30) == pytest.approx(100.0)
    assert level(1e-9, 7.0, inf) == inf
