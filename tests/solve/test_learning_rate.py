"""learning_rate: limits, forecasts and regimes, against what descend does."""

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from attack.nets import foretold_and_seen
from attack.rates import broken_forecasts, increases

import surefoot as sf
from surefoot.solve import LongRun, Regime
from surefoot.terms import InputError

DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"


@pytest.mark.parametrize("seed", range(20))
def test_no_forecast_on_a_quadratic_is_refuted(seed: int) -> None:
    assert broken_forecasts(seed) == []


@pytest.mark.parametrize("seed", range(100))
def test_a_guaranteed_step_never_goes_up(seed: int) -> None:
    assert increases(seed) == []


def test_hovering_is_told_from_divergence_on_nets() -> None:
    told = [foretold_and_seen(seed) for seed in range(10)]
    right = [one.regime.long_run is one.seen for one in told]
    leaving = [LongRun.LEAVES in (one.regime.long_run, one.seen) for one in told]
    wrong = [one.words for one, fits, leaves in zip(told, right, leaving, strict=True)
             if leaves and not fits]  # fmt: skip
    assert wrong == [] and sum(right) >= 9


def test_every_regime_says_what_it_holds_for_the_long_run() -> None:
    """The sentence is the value, and one that runs away or swings is not called settling."""
    assert all(isinstance(regime.value, str) for regime in Regime)
    assert {regime.long_run for regime in Regime} == set(LongRun)
    assert Regime("meets no limit: no curvature was found that sets one") is Regime.NO_LIMIT
    told = {run: {one for one in Regime if one.long_run is run} for run in LongRun}
    assert {Regime.HOVERS, Regime.SHARPENS, Regime.HOPS, Regime.STEEPENS} <= told[LongRun.HOVERS]
    assert {Regime.DIVERGES, Regime.LEAVES} <= told[LongRun.LEAVES]
    assert {Regime.BEYOND, Regime.UNTOUCHED, Regime.NOT_FORETOLD} == told[LongRun.OPEN]


def test_the_page_lists_every_regime_with_its_long_run(repository: Path) -> None:
    page = (repository / "docs" / "learning-rate.md").read_text()
    rows = re.findall(r"^\| ([A-Z_]+) \| .* \| ([A-Z]+) \|$", page, re.MULTILINE)
    assert dict(rows) == {regime.name: regime.long_run.name for regime in Regime}


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
def test_the_contraction_is_the_one_observed(name: str) -> None:
    scale = jnp.asarray([1.0, 4.0, 10.0])

    def f(x: Any) -> Any:
        return 0.5 * jnp.sum(scale * x * x)

    rate = sf.learning_rate(f, np.ones(3), name)
    for lr in (0.2 * rate.limit, rate.suggestion, 0.9 * rate.limit):
        walk = sf.descend(f, np.ones(3), name, 160, lr=lr)
        lengths = np.linalg.norm(walk.points, axis=1)
        observed = (lengths[120] / lengths[40]) ** (1 / 80)
        assert rate.contraction(lr) == pytest.approx(observed, rel=0.05)


@pytest.mark.parametrize("start", [1.88354, 1.25, 2.6])
def test_the_limit_is_of_the_valley_and_not_of_the_point(start: float) -> None:
    # On the right side all starts head for the same minimum; 2/L″ at 1.25 would be four times off.
    rate = sf.learning_rate(DOUBLE_WELL, start)
    assert rate.limit == pytest.approx(2.0 / 2.8521, rel=1e-4)
    assert sf.learning_rate(DOUBLE_WELL, -0.4).limit == pytest.approx(
        sf.learning_rate(DOUBLE_WELL, -2.5).limit, rel=1e-6
    )


@pytest.mark.parametrize(
    ("share", "regime"),
    [
        (1e-4, Regime.CRAWLS), (0.4, Regime.STEADY), (0.7, Regime.OSCILLATES),
        (1.0, Regime.AT_THE_LIMIT), (1.2, Regime.HOVERS), (4.0, Regime.DIVERGES),
    ],
)  # fmt: skip
def test_the_regimes(share: float, regime: Regime) -> None:
    limit = sf.learning_rate(DOUBLE_WELL, 1.5).limit
    rate = sf.learning_rate(DOUBLE_WELL, 1.5, lr=share * limit)
    assert rate.regime is regime
    text = " ".join(rate.report().split())
    assert regime.value.split(":")[0] in text and "nan" not in text


def test_what_the_curvatures_say_is_not_tried_without_being_asked() -> None:
    rate = sf.learning_rate(DOUBLE_WELL, 1.5, lr=1.0, trial=False)
    assert rate.trial is None and rate.regime is Regime.BEYOND
    assert sf.learning_rate("x^2 + 9y^2", {"x": 1.0, "y": 1.0}, lr=0.2).regime is Regime.DIVERGES


def test_a_start_from_which_the_valley_is_never_reached() -> None:
    """Stable at the minimum, where L″ = 2, and far too long a step where it begins."""
    assert sf.learning_rate("x^2 + x^4", 0.1, lr=0.6).regime is Regime.OSCILLATES
    rate = sf.learning_rate("x^2 + x^4", 5.0, lr=0.6)
    assert rate.regime_of() is Regime.OSCILLATES
    assert rate.regime is Regime.DIVERGES and rate.trial is not None
    walk = sf.descend("x^2 + x^4", 5.0, lr=0.6)
    assert rate.trial.ended == len(walk.points)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-6, 3.0), (1e6, -50.0)])
def test_a_minimum_flatter_than_a_parabola_sets_no_limit(scale: float, shift: float) -> None:
    rate = sf.learning_rate(lambda w: scale * (w - shift) ** 4, shift + 1.0)
    assert rate.flat and rate.limit == np.inf and rate.regime is Regime.NO_LIMIT
    # f(1 − 4η) ≤ 1 − 8η holds up to η = 0.0845 for the plain one.
    assert rate.suggestion * scale == pytest.approx(0.0625, rel=0.5)
    text = rate.report()
    assert "∞" not in text and "e2" not in text and "condition" not in text


@pytest.mark.parametrize("f", [
    "exp(x) + exp(-2x)", "1e6 + 1e-3 (x-3)^2", "log(1+x^2)", "cosh(x)^9",
])  # fmt: skip
@pytest.mark.parametrize("start", [4.0, 15.0])
def test_a_parabola_with_steep_walls_is_not_flat(f: str, start: float) -> None:
    rate = sf.learning_rate(f, start)
    assert not rate.flat and np.isfinite(rate.limit)


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 1.0), (0.3, 1e-3), (-7.0, 50.0)])
def test_no_constant_rate_settles_at_a_corner(shift: float, slope: float) -> None:
    def f(w: Any) -> Any:
        return slope * jnp.abs(w - shift) + 0.1 * slope * (w - shift) ** 2

    rate = sf.learning_rate(f, shift + 2.3, lr=0.07 / slope)
    assert rate.corner and rate.limit == 0.0 and rate.regime is Regime.HOPS
    assert rate.contraction() is None and rate.divergence_step() is None
    assert "sink" in rate.reason and "stable below" not in rate.report()
    walk = sf.descend(f, shift + 2.3, steps=400, lr=0.07 / slope)
    assert np.abs(walk.points[-2:, 0] - shift).max() > 0.02


@pytest.mark.parametrize("start", [-1.0, 1.0])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_the_steeper_side_of_a_switch_sets_the_limit(shift: float, start: float) -> None:
    """At the minimum of 50 max(w, 0)² + max(−w, 0)² AD's curvature is 0."""

    def f(w):
        return 50 * jnp.maximum(w - shift, 0) ** 2 + jnp.maximum(shift - w, 0) ** 2

    assert sf.learning_rate(f, start + shift).limit == pytest.approx(2 / 100)


def test_a_hinge_that_is_smooth_at_its_minimum_is_no_corner() -> None:
    rate = sf.learning_rate(lambda w: jnp.sum(jax.nn.relu(w) ** 2 + w**2), np.array([1.0, -2.0]))
    assert not rate.corner


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "rmsprop", "adam"])
@pytest.mark.parametrize(("f", "start"), [
    ("w^2", 1.0), ("x^2 + x^4", 5.0), ("(w-1)^2 (w+2)", 1.0618), ("-w^2", 1.0), ("w^4", 1.0),
])  # fmt: skip
def test_the_first_step_at_the_suggested_rate_goes_down(f: str, start: float, name: str) -> None:
    rate = sf.learning_rate(f, start, name)
    walk = sf.descend(f, start, name, 1, lr=rate.suggestion)
    assert walk.values[1] < walk.values[0]
    # And it is no crawl either: a hundred times as much goes too far, or is beyond the limit.
    assert rate.suggestion > 1e-3 * min(rate.local, rate.limit, rate.own)


@pytest.mark.parametrize(("lr", "regime"), [(0.001, Regime.STEADY), (0.5, Regime.OSCILLATES)])
def test_momentum_swings_through_where_its_roots_are_complex(lr: float, regime: Regime) -> None:
    rate = sf.learning_rate("w^2", 1.0, "momentum", lr=lr)
    walk = sf.descend("w^2", 1.0, "momentum", 200, lr=lr)
    sides = np.sign(walk.points[:, 0])
    assert rate.regime is regime and bool(np.any(sides < 0)) is (regime is Regime.OSCILLATES)


def test_a_step_out_of_the_domain_is_foretold() -> None:
    assert sf.learning_rate("x - log(x)", 3.0, lr=5.0).regime is Regime.LEAVES


def test_a_walk_that_jumps_to_flatter_ground() -> None:
    """Two valleys: η is beyond the limit of the narrow one, and the walk ends in the wide one."""
    f = "0.05w^2 + 1 - e^(-40(w-1)^2)"
    rate = sf.learning_rate(f, 1.02, lr=0.5)
    assert rate.regime is Regime.FLATTENS and rate.limit < 0.05


def test_a_trial_goes_on_from_the_given_state() -> None:
    rule = optax.adam(0.01)
    with jax.enable_x64(True):
        x = jnp.asarray(2.0)
        state = rule.init(x)
        for _ in range(3):
            update, state = rule.update(4 * x**3, state, x)
            x = x + update
    rate = sf.learning_rate("x^4", float(x), "adam", state, lr=0.01)
    assert rate.trial is not None and rate.trial.steps == 256
    nested = sf.learning_rate("x^4", float(x), "adam", (state, 1), lr=0.01)
    assert nested.trial is None


def test_no_curvature_no_limit() -> None:
    rate = sf.learning_rate("3x + y", {"x": 1.0, "y": 0.0})
    assert rate.limit == np.inf and rate.regime is Regime.NO_LIMIT
    assert np.isfinite(rate.suggestion) and rate.suggestion > 0
    assert "no direction curves upwards" in rate.reason and "inf" not in rate.reason


def test_this_step_goes_down_and_so_do_the_shorter_ones() -> None:
    for f, start in ((DOUBLE_WELL, -0.4), ("x^4", 3.0), ("exp(x) + exp(-2x)", 2.0)):
        rate = sf.learning_rate(f, start)
        for lr in rate.local * 2.0 ** -np.arange(20):
            walk = sf.descend(f, start, "gd", 1, lr=float(lr))
            assert walk.values[1] <= walk.values[0] - 0.5 * lr * walk.gradients[0, 0] ** 2


def test_many_variables_cost_products_and_no_matrix() -> None:
    scale = jnp.asarray(np.geomspace(0.5, 50.0, 1000))
    rate = sf.learning_rate(lambda x: 0.5 * jnp.sum(scale * x * x), np.ones(1000))
    assert rate.limit == pytest.approx(2.0 / 50.0, rel=1e-3)
    assert rate.curvatures.products <= 120 and "products" in rate.cost
    assert rate.condition is None and rate.contraction(0.5 * rate.limit) is None
    step = rate.divergence_step(1.05 * rate.limit)
    walk = sf.descend(lambda x: 0.5 * jnp.sum(scale * x * x), np.ones(1000), "gd", 400,
                      lr=1.05 * rate.limit)  # fmt: skip
    far = np.linalg.norm(walk.points, axis=1) > 1e6 * np.linalg.norm(walk.points[0])
    assert step == pytest.approx(int(np.argmax(far)), rel=0.05)


def test_adam_is_read_at_its_state() -> None:
    scale = jnp.asarray([1.0, 25.0])

    def f(p: dict[str, Any]) -> Any:
        return 0.5 * jnp.sum(scale * p["w"] ** 2)

    start = {"w": np.array([2.0, 1.0])}
    first = sf.learning_rate(f, start, "adam", options={"eps": 1e-8})
    # At step 0 P = |g| = (2, 25), so P⁻¹H = (1/2, 1).
    assert first.curvature == pytest.approx(1.0, rel=1e-6)
    assert first.limit == pytest.approx(2 * 1.9 / 0.1, rel=1e-6)
    assert "at step 0" in first.report() and "no forecast" in " ".join(first.report().split())
    rule = optax.chain(optax.clip_by_global_norm(1e9), optax.adam(0.1))
    with jax.enable_x64(True):
        x = {"w": jnp.asarray(start["w"])}
        state = rule.init(x)
        for _ in range(5):
            update, state = rule.update(jax.grad(f)(x), state, x)
            x = optax.apply_updates(x, update)
        moments = state[1][0]  # type: ignore[index]
        p = np.sqrt(np.asarray(moments.nu["w"]) / (1 - 0.999**5)) + 1e-8
    here = sf.learning_rate(f, {"w": np.asarray(x["w"])}, "adam", state)  # type: ignore[index]
    assert here.curvature == pytest.approx(float(np.max(np.asarray(scale) / p)), rel=1e-9)
    assert here.divergence_step(1e3) is None
    assert "after 5 steps" in " ".join(here.report().split())


def test_newtons_limit_is_two() -> None:
    rate = sf.learning_rate("x^2 + 30y^2", {"x": 1.0, "y": 1.0}, "newton", lr=1.0)
    assert rate.limit == 2.0 and rate.regime is Regime.STEADY


@pytest.mark.parametrize("f", ["floor(x)", "sign(x) + 1", "max(x, 0)"])
def test_a_slope_that_is_zero_all_around_is_explained(f: str) -> None:
    with pytest.raises(InputError, match="no learning rate moves the point"):
        sf.learning_rate(f, -0.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rule": "l-bfgs"}, "no theory"),
        ({"rule": optax.adam(0.1)}, "no theory"),
        ({"rule": "gdd"}, "did you mean 'gd'"),
        ({"lr": 0.0}, "above 0"),
        ({"lr": float("nan")}, "above 0"),
        ({"lr": -1}, "above 0"),
        ({"rule": "momentum", "options": {"beta": 2.0}}, "below 1"),
        ({"rule": "adam", "state": (1, 2)}, "no mean square"),
        ({"rule": "adam", "state": "state"}, "no mean square"),
    ],
)
def test_what_cannot_be_used_is_said(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        sf.learning_rate("x^2", 1.0, **given)


def test_a_state_of_another_size_and_a_point_of_no_value() -> None:
    state = optax.adam(0.1).init(jnp.zeros(3))
    with pytest.raises(InputError, match="belongs to 3 numbers"):
        sf.learning_rate("x^2", 1.0, "adam", state)
    with pytest.raises(InputError, match="not a finite number"):
        sf.learning_rate("log(x)", -1.0)


def test_huge_curvature_is_told_without_a_warning() -> None:
    assert sf.learning_rate("1e300 x^2", 1.0).limit == pytest.approx(1e-300)


def test_at_the_limit_of_a_curve_that_steepens_the_trial_is_believed() -> None:
    assert sf.learning_rate("x^2 + 0.01x^4", 1.0, lr=1.0).regime is Regime.DIVERGES
    assert sf.learning_rate("x^2", 1.0, lr=1.0).regime is Regime.AT_THE_LIMIT


def test_what_is_said_is_said_of_the_suggested_rate() -> None:
    rate = sf.learning_rate("x^2+10y^2", {"x": 1.0, "y": 1.0}, "rmsprop")
    assert rate.suggestion is not None and rate.regime is Regime.GOES_DOWN
    again = sf.learning_rate("x^2+10y^2", {"x": 1.0, "y": 1.0}, "rmsprop", lr=rate.suggestion)
    assert again.regime is rate.regime
