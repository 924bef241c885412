"""Levenberg-Marquardt: its first step by hand, and where such engines go wrong."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.descent.residual_problems import JaxResiduals, fit

from surefoot.descent.least_squares import LevenbergMarquardt
from surefoot.descent.loop import loop
from surefoot.descent.residual_model import ResidualModel, Spectrum, trust_region_minimiser
from surefoot.descent.steps import Limits
from surefoot.terms import Status


def rosenbrock(x):
    return jnp.array([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


def test_the_first_step_by_hand() -> None:
    # r = 2x − 8 at x = 1: J = D = 2, r = −6, F = 36, Δ = ‖D x‖ = 2. Gauss-Newton wants D p = 6,
    # the radius allows 2: x = 2, F = 16. The model is exact, so Δ = 4 and then x = 4, F = 0.
    run = fit(lambda x: 2.0 * x - 8.0, [1.0])
    assert [float(step.x[0]) for step in run.trajectory] == [1.0, 2.0, 4.0]
    assert [step.value for step in run.trajectory] == [36.0, 16.0, 0.0]
    assert run.trajectory[1].gradient_norm == 2 * 2 * 4
    assert run.status is Status.CONVERGED


def test_the_damped_step_by_hand() -> None:
    # A = diag(2, 1), r = (2, 1): z(μ) = −(4/(4+μ), 1/(1+μ)); μ = 2 gives ‖z‖² = 4/9 + 1/9.
    model = ResidualModel.build(np.diag([2.0, 1.0]), np.array([2.0, 1.0]))
    z, binds = model.minimise(np.sqrt(5.0) / 3.0, *_open(2))
    np.testing.assert_allclose(z, [-2.0 / 3.0, -1.0 / 3.0], rtol=1e-9)
    assert binds


def test_the_hard_case_fills_the_radius_along_the_lowest_curvature() -> None:
    spectrum = Spectrum(np.eye(2), np.array([-1.0, 1.0]), np.array([0.0, 2.0]))
    z, binds = trust_region_minimiser(spectrum, 3.0)
    assert binds
    np.testing.assert_allclose(z, [np.sqrt(8.0), -1.0], rtol=1e-12)


def test_nearly_the_hard_case_still_fills_the_radius() -> None:
    spectrum = Spectrum(np.eye(2), np.array([-1.0, 1.0]), np.array([1e-33, 1e-16]))
    z, _ = trust_region_minimiser(spectrum, 3.0)
    np.testing.assert_allclose(z, [-3.0, 0.0], atol=1e-12)


@given(
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.floats(0.01, 10),
)
def test_the_trust_region_step_satisfies_its_optimality_conditions(lam, gamma, radius) -> None:
    lam, gamma = np.array(lam), np.array(gamma)
    gamma = np.where(np.abs(gamma) < 1e-3, 0.0, gamma)
    lam = np.where(np.abs(lam) < 1e-3, 0.0, lam)
    z, binds = trust_region_minimiser(Spectrum(np.eye(3), lam, gamma), radius)
    length = float(np.linalg.norm(z))
    assert length <= radius * (1 + 1e-9)
    value = gamma @ z + 0.5 * lam @ z**2
    rng = np.random.default_rng(0)
    for trial in rng.normal(size=(200, 3)):
        trial *= radius * rng.uniform() ** (1 / 3) / np.linalg.norm(trial)
        assert gamma @ trial + 0.5 * lam @ trial**2 >= value - 1e-7 * (1 + abs(value))
    assert binds or bool(np.all(lam >= 0))


def _open(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(n, -np.inf), np.full(n, np.inf)


def test_rosenbrock_to_the_last_digit() -> None:
    run = fit(rosenbrock, [-1.2, 1.0])
    assert run.status is Status.CONVERGED
    np.testing.assert_array_equal(run.x, [1.0, 1.0])
    assert run.steps <= 20


def _decay(b, x, y, unit):
    return b[0] * unit[0] * jnp.exp(-b[1] * unit[1] * x) + b[2] * unit[2] - y


X = np.linspace(0.0, 4.0, 25)
Y = 3.0 * np.exp(-0.7 * X) + 0.5 + 0.02 * np.cos(37.0 * X)


@pytest.mark.parametrize("unit", [(1e-6, 1.0, 1.0), (1.0, 1e5, 1e-3), (2.0**40, 2.0**-40, 1.0)])
def test_units_of_parameters_change_nothing(unit) -> None:
    plain = fit(lambda b: _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1])
    scaled = fit(lambda b: _decay(b, X, Y, np.array(unit)), np.array([1.0, 0.2, 0.1]) / unit)
    assert abs(scaled.steps - plain.steps) <= 2  # the last polish is a matter of rounding
    np.testing.assert_allclose(scaled.x * unit, plain.x, rtol=1e-10)


@pytest.mark.parametrize("factor", [1e-8, 1e7, 2.0**100])
def test_units_of_the_residuals_change_nothing(factor) -> None:
    plain = fit(lambda b: _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1])
    scaled = fit(lambda b: factor * _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1])
    assert abs(scaled.steps - plain.steps) <= 2  # the last polish is a matter of rounding
    np.testing.assert_allclose(scaled.x, plain.x, rtol=1e-10)
    np.testing.assert_allclose(scaled.value, plain.value * factor**2, rtol=1e-10)


def test_order_of_parameters_and_measurements_changes_nothing() -> None:
    turn, rows = np.array([2, 0, 1]), np.random.default_rng(1).permutation(X.size)
    back = np.argsort(turn)
    plain = fit(lambda b: _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1])
    turned = fit(lambda b: _decay(b[back], X[rows], Y[rows], np.ones(3)), [0.1, 1.0, 0.2])
    np.testing.assert_allclose(turned.x, plain.x[turn], rtol=1e-10)


# ── bounds ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ([-2.0, -2.0], [0.5, 2.0], [0.5, 0.25]),
        ([-2.0, -2.0], [-0.5, 0.1], [-0.5, 0.1]),
        ([-2.0, 1.5], [2.0, 2.0], [np.nan, 1.5]),
        ([0.3, 0.3], [0.3, 5.0], [0.3, 0.3]),
    ],
)
def test_bounds_hold_at_every_evaluation_and_active_ones_are_met_exactly(
    lower, upper, expected
) -> None:
    oracle = JaxResiduals(rosenbrock)
    run = fit(oracle, [-1.2, 1.0], lower, upper)
    assert all(np.all((x >= lower) & (x <= upper)) for x in oracle.asked)
    assert run.status is Status.CONVERGED
    for found, wanted in zip(run.x, expected, strict=True):
        assert np.isnan(wanted) or found == wanted
    from scipy.optimize import minimize

    peer = minimize(
        lambda x: float(np.sum(np.asarray([10 * (x[1] - x[0] ** 2), 1 - x[0]]) ** 2)),
        run.x, method="L-BFGS-B", bounds=list(zip(lower, upper, strict=True)),
    )
    assert run.value <= peer.fun + 1e-12


def test_a_bound_that_does_not_matter_changes_nothing() -> None:
    free = fit(lambda b: _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1])
    boxed = fit(lambda b: _decay(b, X, Y, np.ones(3)), [1.0, 0.2, 0.1], [-9.0] * 3, [9.0] * 3)
    np.testing.assert_array_equal(free.x, boxed.x)


def test_a_bound_is_let_go_again() -> None:
    # Starts on the lower bound of both; the minimum is inside.
    run = fit(rosenbrock, [0.0, 0.0], [0.0, 0.0], [5.0, 5.0])
    np.testing.assert_allclose(run.x, [1.0, 1.0], rtol=1e-12)


# ── large residuals, saddles, NaN ──────────────────────────────────────────────────────────────


def test_large_residuals_converge_fast_and_fully() -> None:
    t = np.arange(1, 21) / 5.0

    def brown_dennis(x):
        return (x[0] + t * x[1] - jnp.exp(t)) ** 2 + (x[2] + x[3] * jnp.sin(t) - jnp.cos(t)) ** 2

    run = fit(brown_dennis, [25.0, 5.0, -5.0, -1.0])
    assert run.status is Status.CONVERGED
    assert run.steps <= 60  # Gauss-Newton's model alone takes more than 300
    # More 1981: f = 85822.2
    np.testing.assert_allclose(run.value, 85822.20162635628, rtol=1e-12)
    np.testing.assert_allclose(
        run.x, [-11.594439904762, 13.203630051265, -0.403439488, 0.236778774], rtol=1e-8
    )


@pytest.mark.parametrize(
    ("f", "start", "value"),
    [
        (
            lambda x: 2 + 2 * np.arange(1, 11) - jnp.exp(np.arange(1, 11) * x[0])
            - jnp.exp(np.arange(1, 11) * x[1]),
            [0.3, 0.4], 124.36218235561473,
        ),
        (
            lambda x: jnp.array(
                [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1],
                 -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]
            ),
            [0.5, -2.0], 48.98425367924002,
        ),
    ],
    ids=["Jennrich-Sampson", "Freudenstein-Roth"],
)
def test_minima_where_the_jacobian_is_nearly_singular(f, start, value) -> None:
    run = fit(f, start)
    assert run.status is Status.CONVERGED
    np.testing.assert_allclose(run.value, value, rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 3.0, -1e3])
def test_a_start_at_a_maximum_is_left(offset) -> None:
    run = fit(lambda x: (x - offset) ** 2 - 1.0, [offset])
    np.testing.assert_allclose(np.abs(run.x - offset), 1.0, rtol=1e-10)


def test_a_start_on_the_ridge_between_two_minima_is_left() -> None:
    # F = 2(x² − 4)² + 2x² has a maximum at 0 although J is not 0 there, and minima at x² = 3.5.
    run = fit(lambda x: jnp.array([x[0] ** 2 + x[0] - 4, x[0] ** 2 - x[0] - 4]), [0.0])
    np.testing.assert_allclose(run.x**2, 3.5, rtol=1e-12)
    np.testing.assert_allclose(run.value, 7.5, rtol=1e-12)


def test_equal_starts_for_two_exponentials_do_not_stay_equal() -> None:
    y = 2.0 * np.exp(-0.3 * X) + 1.0 * np.exp(-2.0 * X)
    run = fit(lambda b: b[0] * jnp.exp(-b[1] * X) + b[2] * jnp.exp(-b[3] * X) - y, [1, 1, 1, 1])
    assert run.value < 1e-20


def test_a_maximum_at_a_bound_is_left_towards_the_inside() -> None:
    run = fit(lambda x: jnp.array([x[0] ** 2 - 1.0]), [0.0], [0.0], [5.0])
    np.testing.assert_allclose(run.x, [1.0], rtol=1e-12)
    run = fit(lambda x: jnp.array([x[0] ** 2 - 1.0]), [0.0], [-5.0], [0.0])
    np.testing.assert_allclose(run.x, [-1.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("f", "start", "answer"),
    [
        (lambda x: jnp.log(x) + 2.0, [30.0], np.exp(-2.0)),  # x ≤ 0 is NaN
        (lambda x: jnp.sqrt(x) - 1e-3, [100.0], 1e-6),
        (lambda x: jnp.exp(jnp.exp(x)) - 3.0, [4.0], np.log(np.log(3.0))),  # overflows above 6.6
    ],
)
def test_nan_and_overflow_shrink_the_step(f, start, answer) -> None:
    run = fit(f, start)
    assert run.status is Status.CONVERGED
    np.testing.assert_allclose(run.x, answer, rtol=1e-9)


def test_nan_at_the_start_is_said() -> None:
    assert fit(lambda x: jnp.log(x), [-1.0]).status is Status.NOT_A_NUMBER


def test_a_corner_is_not_called_convergence() -> None:
    run = fit(lambda x: jnp.abs(x - 1.0) + 1.0, [5.0])
    np.testing.assert_allclose(run.x, 1.0, atol=1e-6)
    assert run.status is Status.STALLED


def test_a_wrong_jacobian_is_not_called_convergence() -> None:
    class Wrong(JaxResiduals):
        def residual_and_jacobian(self, x):
            residual, jacobian = super().residual_and_jacobian(x)
            return residual, -jacobian

    run = fit(Wrong(lambda x: jnp.array([x[0] - 3.0, 1.0])), [1.0], curvature=False)
    assert run.status is Status.STALLED
    assert run.x[0] == 1.0


def test_a_column_of_zeros_leaves_its_parameter_alone() -> None:
    run = fit(lambda x: jnp.array([x[0] - 3.0, 0.0 * x[1] + 2.0]), [1.0, 7.0])
    np.testing.assert_allclose(run.x, [3.0, 7.0])


def test_more_parameters_than_measurements() -> None:
    run = fit(lambda x: jnp.stack([x[0] * x[1] * x[2] - 6.0]), [1.0, 2.0, 2.0])
    assert run.status is Status.CONVERGED
    assert run.value < 1e-28


def test_zero_residuals_end_without_second_derivatives() -> None:
    class Without(JaxResiduals):
        def curvature(self, x):
            raise AssertionError("not needed")

    assert fit(Without(rosenbrock), [-1.2, 1.0]).value == 0.0


def test_a_budget_of_one_step_gives_the_same_path() -> None:
    engine = LevenbergMarquardt(JaxResiduals(rosenbrock), *_open(2))
    state, path = engine.start(np.array([-1.2, 1.0])), []
    while state.status is None:
        state, steps = engine.advance(state, 1)
        assert len(steps) <= 1
        path += [step.value for step in steps]
    np.testing.assert_array_equal(path, fit(rosenbrock, [-1.2, 1.0]).trajectory.values[1:])


def test_values_never_rise() -> None:
    values = fit(lambda b: _decay(b, X, Y, np.ones(3)), [30.0, 5.0, -4.0]).trajectory.values
    assert np.all(np.diff(values) <= 1e-11 * values[:-1])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_a_creep_along_a_valley_floor_ends_long_before_the_step_limit(
    seed: int, scale: float
) -> None:
    """Six exponentials through twelve numbers: F falls by a few 10⁻⁶ of itself for ever."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 4.0, 12)
    heights, rates = np.array([1, 0.5, 0.3, 0.8, 0.2, 0.6]), np.array([0.1, 0.4, 0.9, 1.7, 3, 6])
    y = np.exp(-np.outer(t, rates)) @ heights + 1e-3 * rng.normal(size=12)

    class Sum:
        def residual(self, p):
            return scale * (np.exp(-np.outer(t, p[6:])) @ p[:6] - y)

        def residual_and_jacobian(self, p):
            waves = np.exp(-np.outer(t, p[6:]))
            jacobian = np.concatenate([waves, -t[:, None] * waves * p[:6]], axis=1)
            return self.residual(p), scale * jacobian

        def curvature(self, p):
            r, waves = self.residual(p), np.exp(-np.outer(t, p[6:]))
            total = np.zeros((12, 12))
            cross = -scale * (r * t) @ waves
            total[np.arange(6), np.arange(6, 12)] = total[np.arange(6, 12), np.arange(6)] = cross
            total[np.arange(6, 12), np.arange(6, 12)] = scale * (r * t**2) @ waves * p[:6]
            return total

    none = np.full(12, np.inf)
    start = np.concatenate([np.ones(6), np.linspace(0.1, 8.0, 6)])
    run = loop(LevenbergMarquardt(Sum(), -none, none), start)
    assert run.status in (Status.STALLED, Status.CONVERGED)
    assert run.steps <= 4000
    assert run.value < 1e-5 * scale**2


def test_a_long_walk_that_still_gains_is_not_cut_off() -> None:
    """A bent valley on whose floor the value falls visibly is walked to the end."""

    class Slow:
        def residual(self, p):
            return np.array([np.exp(-p[0]), 1e2 * (p[1] - np.sin(40.0 * p[0]))])

        def residual_and_jacobian(self, p):
            steep = -4e3 * np.cos(40.0 * p[0])
            return self.residual(p), np.array([[-np.exp(-p[0]), 0.0], [steep, 1e2]])

        def curvature(self, p):
            r = self.residual(p)
            bend = r[0] * np.exp(-p[0]) + r[1] * 1.6e5 * np.sin(40.0 * p[0])
            return np.array([[bend, 0.0], [0.0, 0.0]])

    none = np.full(2, np.inf)
    run = loop(LevenbergMarquardt(Slow(), -none, none), np.zeros(2), Limits(max_steps=2500))
    assert run.status is Status.STEP_LIMIT
