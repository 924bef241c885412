"""The front desk: structure decides, the judge speaks, nothing is lost."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.solve.compiling import compiles

import surefoot as sf
from surefoot import PointKind, Status

GOOD = (PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM)


def rosenbrock(x: Any) -> Any:
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def himmelblau(p: Any) -> Any:
    x, y = p
    return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2


# ── structure first ────────────────────────────────────────────────────────────────────────────


def test_a_constant_depends_on_nothing() -> None:
    solution = sf.minimize(lambda x: 0.0 * jnp.sum(x) + 3.0, np.ones(2))
    assert solution.value == 3.0
    assert solution.verdict.kind in (PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM)
    assert set(solution.verdict.flat) == {"x[0]", "x[1]"}


def test_affine_is_unbounded_with_a_checked_direction() -> None:
    solution = sf.minimize(lambda x: 2.0 * x[0] - x[1] + 5.0, np.zeros(2))
    assert solution.status is Status.UNBOUNDED
    direction = solution.verdict.direction
    assert 2.0 * direction[0] - direction[1] < 0.0


def test_affine_over_a_box_is_a_corner() -> None:
    solution = sf.minimize(
        lambda x: 2.0 * x[0] - x[1] + 5.0, np.zeros(2), bounds=sf.Box(-1.0, np.array([2.0, 3.0]))
    )
    np.testing.assert_array_equal(solution.x, [-1.0, 3.0])
    assert solution.status is Status.CONVERGED
    assert solution.verdict.kind in GOOD
    # d(best value)/d(limit): raising the lower limit by 1 costs 2, the upper one gains 1.
    assert solution.multipliers == {"x[0]": 2.0, "x[1]": -1.0}


@pytest.mark.parametrize("shift", [0.0, -3.0, 1e6])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_quadratics_in_closed_form(shift: float, scale: float) -> None:
    A = np.array([[3.0, 1.0], [1.0, 2.0]])
    target = np.array([1.0, -2.0]) + shift
    with compiles() as seen:
        solution = sf.minimize(lambda x: scale * (x - target) @ A @ (x - target), np.zeros(2))
    assert seen == []
    assert solution.engine == "closed-form"
    np.testing.assert_allclose(solution.x, target, rtol=1e-12, atol=1e-12)
    assert solution.verdict.kind in GOOD


def test_indefinite_quadratic_names_the_escape() -> None:
    solution = sf.minimize(lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2))
    assert solution.status is Status.UNBOUNDED
    assert abs(solution.verdict.direction[1]) > abs(solution.verdict.direction[0])


def test_indefinite_quadratic_over_a_box() -> None:
    solution = sf.minimize(
        lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2), bounds=sf.Box(-1.0, np.array([2.0, 3.0]))
    )
    np.testing.assert_allclose(solution.x[0], 0.0, atol=1e-9)
    assert solution.x[1] in (-1.0, 3.0)
    assert solution.verdict.kind in GOOD


def test_parameters_that_are_not_identified_are_named() -> None:
    x = np.arange(6.0)
    solution = sf.least_squares(
        lambda p: p["a"] * x + 2.0 * p["b"] * x + p["c"] - 1.0, {"a": 0.0, "b": 0.0, "c": 0.0}
    )
    assert solution.value < 1e-20
    assert {"a", "b"} <= set(solution.verdict.flat)
    assert any("a" in w and "b" in w for w in solution.warnings)


@pytest.mark.parametrize(
    "loss",
    [
        lambda A, b: lambda x: jnp.sum((A @ x - b) ** 2),
        lambda A, b: lambda x: (A @ x - b) @ (A @ x - b),
        lambda A, b: lambda x: jnp.linalg.norm(A @ x - b) ** 2,
        lambda A, b: lambda x: jnp.vdot(A @ x - b, A @ x - b),
        lambda A, b: lambda x: 20.0 * jnp.mean(jnp.square(A @ x - b)),
        lambda A, b: lambda x: sum((A[i] @ x - b[i]) ** 2 for i in range(20)),
    ],
)
def test_least_squares_in_any_form(loss: Callable[..., Any]) -> None:
    rng = np.random.default_rng(3)
    A, b = rng.normal(size=(20, 8)), rng.normal(size=20)
    with compiles() as seen:
        solution = sf.minimize(loss(A, b), np.zeros(8))
    assert seen == []
    np.testing.assert_allclose(solution.x, np.linalg.lstsq(A, b, rcond=None)[0], rtol=1e-10)


# ── smooth ─────────────────────────────────────────────────────────────────────────────────────


def test_himmelblau_in_the_structure_of_the_start() -> None:
    solution = sf.minimize(himmelblau, (0.5, 0.3))
    assert isinstance(solution.x, tuple)
    np.testing.assert_allclose(solution.x, (3.0, 2.0), atol=1e-12)
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM
    assert solution.status is Status.CONVERGED


@pytest.mark.parametrize("n", [2, 10, 100, 400])
def test_rosenbrock(n: int) -> None:
    solution = sf.minimize(rosenbrock, np.tile([1.2, 1.0], n // 2))
    assert solution.value <= 1e-12
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM


@pytest.mark.parametrize("x_scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("f_scale", [1e-12, 1.0, 1e12])
def test_units_change_nothing(x_scale: float, f_scale: float) -> None:
    def loss(x: Any) -> Any:
        return f_scale * rosenbrock(x / x_scale)

    solution = sf.minimize(loss, x_scale * np.array([-1.2, 1.0]))
    np.testing.assert_allclose(solution.x / x_scale, 1.0, atol=1e-7)
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM


@pytest.mark.parametrize(
    ("f", "start"),
    [
        (lambda x: x**4 - x**2, 0.0),
        (himmelblau, (-0.270845, -0.923039)),
        (lambda x: (x[0] ** 2 + x[1] ** 2 - 1.0) ** 2 + x[0] * x[1], np.zeros(2)),
        (lambda x: jnp.cos(x[0]) + jnp.cos(x[1]), np.zeros(2)),
        (lambda x: jnp.cos(x), np.array(0.0)),
        (lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2 + jnp.sum(x**4), np.zeros(2)),
    ],
)
def test_escape_from_saddles_and_maxima(f: Any, start: Any) -> None:
    solution = sf.minimize(f, start)
    assert solution.verdict.kind in GOOD
    assert solution.value < f(start) - 1e-3


@pytest.mark.parametrize(
    ("f", "start"),
    [
        (lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2, np.zeros(2)),
        (lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2)),
        (lambda x: x**3, 0.0),
        (lambda x: -(x**4), 0.0),
    ],
)
def test_no_minimum_is_never_called_one(f: Any, start: Any) -> None:
    solution = sf.minimize(f, start)
    assert solution.verdict.kind not in GOOD
    assert solution.status in (Status.UNBOUNDED, Status.DIVERGED)
    assert sf.classify(f, start).kind not in GOOD


def test_bounds_hold_at_every_evaluation() -> None:
    seen: list[Any] = []

    def loss(x: Any) -> Any:
        return jnp.sum((x - 3.0) ** 4) + jnp.sum(jnp.log(x)) + jnp.sum(jnp.sqrt(2.5 - x))

    solution = sf.minimize(
        loss, np.array([0.5, 1.5]), bounds=(0.1, 2.0), callback=lambda k, x, v: seen.append(x)
    )
    assert np.isfinite(solution.value)
    assert all(np.all((x >= 0.1) & (x <= 2.0)) for x in seen)
    assert solution.verdict.kind in GOOD


def test_multipliers_are_shadow_prices() -> None:
    def best(limit: float) -> Any:
        return sf.minimize(
            lambda x: (x[0] - 3.0) ** 4 + x[0] * x[1] + x[1] ** 2,
            np.ones(2),
            bounds={"x[0]": (None, limit)},
        )

    price = best(1.0).multipliers["x[0]"]
    measured = (best(1.0 + 1e-4).value - best(1.0 - 1e-4).value) / 2e-4
    np.testing.assert_allclose(price, measured, rtol=1e-6)


def test_maximize_speaks_of_maxima() -> None:
    solution = sf.maximize(lambda x: jnp.exp(-((x - 2.0) ** 2)), 1.0)
    assert solution.verdict.kind is PointKind.LOCAL_MAXIMUM
    np.testing.assert_allclose(solution.x, 2.0, atol=1e-9)
    np.testing.assert_allclose(solution.value, 1.0)
    held = sf.maximize(lambda x: jnp.exp(x), 0.5, bounds=(0.0, 1.0))
    assert float(held.x) == 1.0
    np.testing.assert_allclose(held.multipliers["x"], np.e)


# ── not attained, unbounded, not a number ──────────────────────────────────────────────────────


def test_the_infimum_of_exp_is_not_attained() -> None:
    solution = sf.minimize(lambda x: jnp.exp(-x), 0.5)
    assert solution.status is Status.NOT_ATTAINED
    assert solution.verdict.attained is False
    assert float(solution.verdict.direction) > 0


def test_logistic_loss_on_separable_data() -> None:
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(10, 2)) + 4.0, rng.normal(size=(10, 2)) - 4.0])
    y = np.repeat([1.0, -1.0], 10)
    solution = sf.minimize(lambda w: jnp.sum(jax.nn.softplus(-y * (X @ w))), np.zeros(2))
    assert solution.status is Status.NOT_ATTAINED
    assert np.all(y * (X @ np.asarray(solution.verdict.direction)) > 0)


def test_a_vanishing_slope_far_out_is_no_minimum() -> None:
    verdict = sf.classify(lambda x: -jnp.log(x), 1e6, bounds=(1.0, 1e12))
    assert verdict.kind is PointKind.NOT_STATIONARY
    solution = sf.minimize(lambda x: -jnp.log(x), 1e6, bounds=(1.0, 1e12))
    assert float(solution.x) == 1e12


def test_nan_names_the_line() -> None:
    def loss(x: Any) -> Any:
        return jnp.log(x) + x**2

    solution = sf.minimize(loss, -1.0)
    assert solution.status is Status.NOT_A_NUMBER
    assert solution.verdict.kind is PointKind.UNKNOWN
    words = solution.report()
    assert f"test_minimize.py:{loss.__code__.co_firstlineno + 1}" in words


# ── kinks and jumps ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("f", "start", "expected"),
    [
        (lambda x: jnp.abs(x), 1.3, 0.0),
        (lambda x: jnp.abs(x - 3.0) + 0.5 * x, 1.3, 3.0),
        (lambda x: jnp.max(jnp.stack([x**2, (x - 2.0) ** 2])), 5.0, 1.0),
        (lambda x: jnp.linalg.norm(x - 2.0), np.zeros(3), np.full(3, 2.0)),
        (lambda x: jnp.sum(jnp.abs(x - jnp.arange(3.0))), np.full(3, 9.0), np.arange(3.0)),
    ],
)
def test_corners(f: Any, start: Any, expected: Any) -> None:
    solution = sf.minimize(f, start)
    np.testing.assert_allclose(solution.x, expected, atol=1e-7)
    assert solution.verdict.kind in (*GOOD, PointKind.KINK)
    assert solution.first_verdict.confidence is not sf.Confidence.PROVED
    words = " ".join((*solution.warnings, solution.why))
    assert any(word in words for word in ("corner", "abs", "max"))


def test_jumps_say_why_calculus_cannot_help() -> None:
    solution = sf.minimize(lambda x: jnp.floor(3.0 * x) ** 2, 4.2, bounds=(-10.0, 10.0))
    assert solution.engine == "direct-search"
    assert solution.value == 0.0
    assert "tells nothing about the jumps" in solution.why


# ── the run ────────────────────────────────────────────────────────────────────────────────────


def test_a_second_call_compiles_nothing() -> None:
    rng = np.random.default_rng(1)

    def solve() -> Any:
        data = rng.normal(size=7)
        return sf.minimize(lambda x: jnp.sum((jnp.sin(x) - 0.1 * data) ** 2 + x**4), np.ones(7))

    solve()
    with compiles() as seen:
        solution = solve()
    assert seen == []
    assert solution.verdict.kind in GOOD
    assert solution.timings["compile"] < 0.02


def test_callback_stops_and_nothing_is_lost() -> None:
    def stop(k: int, x: Any, value: float) -> bool:
        assert isinstance(x, dict)
        return k == 3

    solution = sf.minimize(
        lambda p: rosenbrock(p["x"]), {"x": np.array([-1.2, 1.0])}, callback=stop
    )
    assert solution.status is Status.INTERRUPTED
    assert solution.value < rosenbrock(np.array([-1.2, 1.0]))
    assert solution.verdict.kind is PointKind.NOT_STATIONARY


def test_ctrl_c_gives_the_best_point_so_far() -> None:
    def interrupt(k: int, x: Any, value: float) -> None:
        if k == 4:
            raise KeyboardInterrupt

    solution = sf.minimize(rosenbrock, np.array([-1.2, 1.0]), callback=interrupt)
    assert solution.status is Status.INTERRUPTED
    assert np.isfinite(solution.value)


def test_a_sparse_hessian_is_factorised_where_gradients_alone_take_too_long() -> None:
    springs = np.logspace(0, 6, 299)

    def stiff(x: Any) -> Any:
        return jnp.sum(springs * jnp.sin(x[1:] - x[:-1]) ** 2) + jnp.sum(jnp.cosh(x - 1) - 1)

    found = sf.minimize(stiff, np.linspace(0.0, 1.0, 300), max_steps=500)
    assert found.engine == "sparse-newton" and found.status is Status.CONVERGED
    assert found.verdict.kind in GOOD
    np.testing.assert_allclose(found.x, 1.0, atol=1e-9)
    named = sf.minimize(stiff, np.linspace(0.0, 1.0, 300), method="sparse-newton")
    np.testing.assert_allclose(named.x, 1.0, atol=1e-9)


def test_once_the_time_is_over_no_other_engine_starts() -> None:
    """From a saddle L-BFGS ends at once; the next engine would compile before it saw the limit."""
    found = sf.minimize(
        lambda x: jnp.sum(x[1:] ** 2) + x[0] ** 4 - x[0] ** 2, np.zeros(250), time_limit=1e-6
    )
    assert found.engine == "l-bfgs" and found.status is Status.TIME_LIMIT
    assert "hessian_vector" not in found.counts
    assert found.verdict.kind is PointKind.SADDLE_POINT


def test_step_and_time_limits() -> None:
    few = sf.minimize(rosenbrock, np.array([-1.2, 1.0]), max_steps=2)
    assert few.status is Status.STEP_LIMIT
    short = sf.minimize(rosenbrock, np.tile([-1.2, 1.0], 500), time_limit=1e-6)
    assert short.status is Status.TIME_LIMIT
    assert np.isfinite(short.value)


def test_a_named_method_runs_alone() -> None:
    for name in ("newton", "newton-cg", "sparse-newton", "l-bfgs", "nonsmooth"):
        solution = sf.minimize(himmelblau, (0.5, 0.3), method=name)
        assert solution.engine == name
        assert solution.verdict.kind is PointKind.LOCAL_MINIMUM


def test_without_a_start() -> None:
    for text, best in (("x^2", 0.0), ("x^4 - x^2", -0.25), ("(x-1)^2 + (y+2)^2", 0.0)):
        solution = sf.minimize(text)
        np.testing.assert_allclose(solution.value, best, atol=1e-12)
        assert solution.verdict.kind in GOOD
    boxed = sf.minimize(lambda x: (x - 3.0) ** 4, bounds=(2.0, 5.0))
    np.testing.assert_allclose(boxed.x, 3.0, atol=1e-2)


def test_many_starts_report_their_basins() -> None:
    solution = sf.minimize(himmelblau, (0.5, 0.3), starts=40, bounds=(-6.0, 6.0), seed=1)
    assert solution.value < 1e-20
    assert solution.basins is not None
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM
    assert "of 40 starts ended here" in solution.verdict.advice


def test_resolve_with_new_data() -> None:
    target = np.array([1.0, 2.0])
    solution = sf.minimize(
        lambda x, target: jnp.sum((x - target) ** 4 + (x - target) ** 2),
        np.zeros(2),
        data={"target": target},
    )
    again = solution.resolve(target=target + 1.0)
    np.testing.assert_allclose(again.x, target + 1.0, atol=1e-8)
    with pytest.raises(sf.InputError, match="no data named 'goal'"):
        solution.resolve(goal=target)


def test_sensitivity_is_the_slope_of_resolve() -> None:
    target = np.array([1.0, 2.0])
    solution = sf.minimize(
        lambda x, target: jnp.sum(jnp.cosh(x - target)) + 0.5 * (x[0] - x[1]) ** 2,
        np.zeros(2),
        data={"target": target},
    )
    slopes = solution.sensitivity("target")
    h = 1e-5
    for j in range(2):
        up, down = target.copy(), target.copy()
        up[j] += h
        down[j] -= h
        measured = (solution.resolve(target=up).x - solution.resolve(target=down).x) / (2 * h)
        np.testing.assert_allclose(slopes[:, j], measured, rtol=1e-6)


def test_importing_and_solving_changes_no_global_setting() -> None:
    assert jnp.ones(1).dtype == np.float32
    sf.minimize(himmelblau, (0.5, 0.3))
    assert jnp.ones(1).dtype == np.float32


def test_to_dict_and_reports() -> None:
    solution = sf.minimize(himmelblau, (0.5, 0.3))
    told = solution.to_dict()
    assert told["verdict"]["kind"] == "LOCAL_MINIMUM"
    assert set(told["x"]) == {"p[0]", "p[1]"}
    assert "himmelblau" in solution.report()
    assert "<" in solution._repr_html_()


def test_ends_that_creep_are_not_polished_for_ever() -> None:
    t = np.linspace(0, 4, 40)
    y = 2 * np.sin(3 * t + 0.5) + 0.1 * np.cos(17 * t)
    solution = sf.least_squares(
        lambda p: p[0] * jnp.sin(p[1] * t + p[2]) - y, np.array([1.0, 1.0, 0.0]), starts=10
    )
    assert solution.value < 0.5
    assert solution.counts["jacobian"] < 4000


def test_repr_of_a_solution_is_one_short_line() -> None:
    solution = sf.minimize(lambda w: jnp.sum((w["W"] - 0.25) ** 2), {"W": np.ones((3, 4))})
    assert repr(solution) == (
        "Solution(GLOBAL_MINIMUM, value=0, W[0,0]=0.25, W[0,1]=0.25, W[0,2]=0.25, "
        "… 9 more, CONVERGED)"
    )
    assert str(solution).startswith("minimize")


def test_a_cubic_ridge_is_left_in_few_steps() -> None:
    # On the ridge the curvature is a few roundings, and the region had become NaN.
    solution = sf.minimize("((x-y)+(x+x))^3")
    assert solution.status is sf.Status.UNBOUNDED
    assert solution.counts["steps"] < 200


# ── no end along a curve ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shift", [0.0, 2.0])
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_a_fall_without_end_along_a_curve_is_no_answer(sense: str, shift: float) -> None:
    """Along y = 2x² it is −x⁴; along every straight line it goes up in the end."""

    def f(p: Any) -> Any:
        x, y = p["x"] - shift, p["y"] + shift
        value = (y - x**2) * (y - 3 * x**2)
        return value if sense == "minimize" else -value

    found = getattr(sf, sense)(f, {"x": 0.3 + shift, "y": 0.1 - shift})
    assert found.status in (Status.DIVERGED, Status.UNBOUNDED)
    assert not found.status.answered
    moved = "fallen" if sense == "minimize" else "risen"
    assert found.status is Status.UNBOUNDED or moved in found.verdict.advice


def test_a_deep_minimum_is_no_fall_without_end() -> None:
    found = sf.minimize(lambda x: (x - 1e8) ** 4 - 1e32, 0.0)
    assert found.status is Status.CONVERGED
