"""learning_rate where there is no plain minimum ahead: maxima, saddles, and no end at all."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.solve import LearningRate, LongRun, Regime
from surefoot.solve.hovering import hovers
from surefoot.solve.trial import Outcome
from surefoot.terms import PointKind

SADDLE = "x^2 - y^2"
STRETCHED = "x^2 + 25y^2"


def told(rate: LearningRate) -> str:
    return " ".join(rate.report().split())


@pytest.mark.parametrize(("f", "start"), [("cos x", 0.3), ("cos x", 1.0), ("x^4 - x^2", 0.2)])
@pytest.mark.parametrize("lr", [None, 0.5, 1.0])
def test_newton_on_its_way_to_a_maximum_climbs(f: str, start: float, lr: float | None) -> None:
    rate = sf.learning_rate(f, start, "newton", lr=lr)
    assert rate.regime is Regime.CLIMBS and rate.local == 0.0 and rate.suggestion is None
    assert rate.end is not None and rate.end.verdict.kind is PointKind.LOCAL_MAXIMUM
    text = told(rate)
    assert "end at a local maximum" in text and "no η" in text
    assert "goes down" not in text and "STEADY" not in text
    if lr is not None:
        walk = sf.descend(f, start, "newton", 256, lr=lr)
        assert rate.trial is not None and rate.trial.outcome is Outcome.CLIMBS
        assert rate.trial.value == walk.value > walk.values[0]
    assert rate.to_dict()["suggestion"] is None and rate.to_dict()["end_is"] == "LOCAL_MAXIMUM"


def test_newton_on_its_way_down_to_a_saddle_is_no_advice() -> None:
    rate = sf.learning_rate(SADDLE, {"x": 1.0, "y": 0.5}, "newton")
    # The first step goes down, from 0.75 to 0, and that is where it ends.
    assert rate.local >= 1.0 and rate.regime is Regime.TO_A_SADDLE and rate.suggestion is None
    assert "end at a saddle point" in told(rate)


def test_newtons_first_step_is_tried_along_its_own_direction() -> None:
    # From 2 the whole step −x³ leads to −8: d = x + x³ = 10, and 0.25 d is what still goes down.
    rate = sf.learning_rate("sqrt(1+x^2)", 2.0, "newton")
    assert rate.suggestion == rate.local == 0.25
    for lr, falls in ((0.25, True), (0.5, False)):
        walk = sf.descend("sqrt(1+x^2)", 2.0, "newton", 1, lr=lr)
        promised = walk.values[0] - 0.5 * lr * walk.gradients[0, 0] * 10.0
        assert bool(walk.values[1] <= promised) is falls
    assert sf.learning_rate("sqrt(1+x^2)", 2.0, "newton", lr=1.0).regime is Regime.CLIMBS


def test_newton_at_a_flat_minimum_is_given_no_factor() -> None:
    # x⁺ = (1 − η/3)x, where 1 − η is what a curvature would give.
    rate = sf.learning_rate("x^4", 1.0, "newton", lr=1.5)
    assert rate.contraction() is None and rate.regime is Regime.GOES_DOWN


@pytest.mark.parametrize(("rule", "growth"), [("gd", 1.2), ("momentum", None), ("nesterov", None)])
def test_a_saddle_that_is_left_is_never_steady(rule: str, growth: float | None) -> None:
    start = {"x": 1.0, "y": 0.5}
    rate = sf.learning_rate(SADDLE, start, rule, lr=0.1)
    walk = sf.descend(SADDLE, start, rule, 60, lr=0.1)
    seen = walk.points[-1, 1] / walk.points[-2, 1]
    assert rate.regime is Regime.DIVERGES and rate.contraction() == pytest.approx(seen, rel=1e-3)
    assert growth is None or rate.contraction() == pytest.approx(growth)
    assert "with every η the walk runs away" in told(rate)


@pytest.mark.parametrize("f", [SADDLE, "(y^2-1)^2 + x^2"])
def test_a_saddle_that_is_reached_is_judged_by_its_own_curvatures(f: str) -> None:
    rate = sf.learning_rate(f, {"x": 1.0, "y": 0.0}, lr=0.1)
    assert rate.regime is Regime.TO_A_SADDLE
    assert rate.end is not None and rate.end.verdict.kind is PointKind.SADDLE_POINT
    np.testing.assert_allclose(rate.point, 0.0, atol=1e-8)
    factor = rate.contraction()
    assert factor is not None and factor > 1.0 and "end at a saddle point" in told(rate)


def test_a_parabola_upside_down_runs_away_at_every_rate() -> None:
    for lr in (1e-3, 0.1, 10.0):
        rate = sf.learning_rate("-x^2", 1.0, lr=lr)
        assert rate.regime is Regime.DIVERGES
        assert rate.contraction() == pytest.approx(1.0 + 2.0 * lr)
    assert "e34" not in told(rate) and "runs away" in told(rate)


@pytest.mark.parametrize(("f", "start", "kind"), [
    ("cos x", 0.0, PointKind.LOCAL_MAXIMUM),
    ("sin x", np.pi / 2, PointKind.LOCAL_MAXIMUM),
    (SADDLE, {"x": 0.0, "y": 0.0}, PointKind.SADDLE_POINT),
    ("1e-6cos(x)", 0.0, PointKind.LOCAL_MAXIMUM),
])  # fmt: skip
@pytest.mark.parametrize("rule", ["gd", "momentum", "newton"])
def test_a_start_without_slope_is_named_and_nothing_moves(
    f: str, start: Any, kind: PointKind, rule: str
) -> None:
    rate = sf.learning_rate(f, start, rule, lr=0.1)
    assert rate.regime is Regime.STANDS_STILL and rate.suggestion is None
    assert rate.standing is not None and rate.standing.kind is kind
    assert rate.contraction() is None and rate.trial is None
    text = told(rate)
    assert kind.name.lower().replace("_", " ") in text and "no step moves it" in text
    assert "stable below" not in text and "goes down" not in text
    walk = sf.descend(f, start, rule, 20, lr=0.1)
    np.testing.assert_allclose(walk.points[-1], walk.points[0], rtol=1e-15)


def test_at_a_minimum_nothing_moves_and_the_limit_holds() -> None:
    rate = sf.learning_rate("x^2", 0.0)
    assert rate.limit == 1.0 and rate.suggestion == 0.5 and rate.regime is Regime.STEADY
    assert "A global minimum: x = 0" in told(rate) and "no step moves it" in told(rate)


def test_a_small_slope_is_a_slope() -> None:
    assert sf.learning_rate("cos x", 1e-8).standing is None
    # Adam divides by the size of the slope, so it leaves where gradient descent stays.
    assert sf.learning_rate("sin x", np.pi / 2, "adam", lr=0.1).standing is None


@pytest.mark.parametrize("rule", ["gd", "newton"])
@pytest.mark.parametrize("lr", [1.0, 1.9, 3.0, 20.0])
def test_nothing_is_foretold_where_no_minimum_was_reached(rule: str, lr: float) -> None:
    rate = sf.learning_rate("e^-x", 0.0, rule, lr=lr)
    assert rate.contraction() is None and rate.divergence_step() is None
    calm = (Regime.STEADY, Regime.OSCILLATES, Regime.AT_THE_LIMIT, Regime.CRAWLS)
    assert rate.regime not in calm and rate.regime_of() not in calm
    text = told(rate)
    assert "in the long run" not in text.replace("nothing is said of the long run", "")
    assert "No minimum was reached from here" in text


def test_half_the_limit_is_a_rung() -> None:
    rate = sf.learning_rate(STRETCHED, {"x": 2.0, "y": 1.0})
    assert rate.suggestion == pytest.approx(0.02) and "too long" not in told(rate)


@pytest.mark.parametrize("seed", range(6))
def test_half_the_limit_passes_on_convex_quadratics(seed: int) -> None:
    from attack.rates import random_quadratic

    f, values, _, start = random_quadratic(seed)
    rate = sf.learning_rate(f, start)
    assert rate.suggestion == pytest.approx(1.0 / values[-1], rel=1e-5)
    walk = sf.descend(f, start, "gd", 1, lr=rate.suggestion)
    assert walk.values[1] < walk.values[0]


@pytest.mark.parametrize("lr", [0.1, 50.0])
def test_adam_that_converges_does_not_hover_and_has_no_forecast(lr: float) -> None:
    rate = sf.learning_rate(STRETCHED, {"x": 2.0, "y": 1.0}, "adam", lr=lr)
    assert rate.trial is not None and rate.trial.value < 1e-6
    assert rate.regime is Regime.GOES_DOWN and rate.contraction() is None
    text = told(rate)
    assert "HOVERS" not in text and "contraction" not in text and "stable below" not in text
    untried = sf.learning_rate(STRETCHED, {"x": 2.0, "y": 1.0}, "adam", lr=lr, trial=False)
    assert untried.regime is Regime.NOT_FORETOLD


def test_rmsprop_that_does_not_converge_hovers() -> None:
    rate = sf.learning_rate(STRETCHED, {"x": 2.0, "y": 1.0}, "rmsprop", lr=0.1)
    assert rate.regime is Regime.HOVERS and rate.contraction() is None


def test_hovering_is_told_from_swinging_in() -> None:
    k = np.arange(257.0)
    for shrink, still in ((1.0, True), (0.97, False)):
        slopes = shrink**k * (1.1 + np.cos(2.1 * k))
        assert hovers(slopes**2, slopes) is still


@pytest.mark.parametrize("lr", [0.1, 2.0])
def test_every_headline_is_a_sentence(lr: float) -> None:
    for f in ("x^2", "3x", "x^4", "-x^2", "cosh(x)"):
        words = told(sf.learning_rate(f, 1.0, lr=lr))
        after = words.split(f"η = {lr:g} ", 1)[1].split()[0]
        assert after in ("is", "meets", "overshoots", "goes", "diverges:", "hovers:", "crawls:")


def test_heavy_momentum_that_swings_in_slowly_is_walked_on_until_that_shows() -> None:
    # It keeps √0.99 a step, 0.73 over a quarter of 256 steps.
    rate = sf.learning_rate("cosh(x)", 1.0, "momentum", lr=0.05, options={"beta": 0.99})
    assert rate.regime is Regime.OSCILLATES
    assert rate.trial is not None and rate.trial.steps > 256
    assert rate.trial.outcome is Outcome.SETTLES


def test_a_rate_beyond_the_limit_of_a_direction_that_the_start_lacks() -> None:
    lacks = sf.learning_rate("x^2 + 100y^2", {"x": 1.0, "y": 0.0}, lr=0.02)
    assert lacks.regime is Regime.UNTOUCHED and lacks.divergence_step() is None
    assert lacks.trial is not None and lacks.trial.value < 1e-6
    untried = sf.learning_rate("x^2 + 100y^2", {"x": 1.0, "y": 0.0}, lr=0.02, trial=False)
    assert untried.regime is Regime.UNTOUCHED
    for start, lr in (({"x": 1.0, "y": 1e-9}, 0.02), ({"x": 1.0, "y": 0.0}, 1.02)):
        assert sf.learning_rate("x^2 + 100y^2", start, lr=lr).regime is Regime.DIVERGES


def test_a_part_that_rounding_brings_in_runs_away() -> None:
    c, s = np.cos(0.3), np.sin(0.3)

    def turned(p):
        return (c * p[0] + s * p[1]) ** 2 + 100.0 * (c * p[1] - s * p[0]) ** 2

    rate = sf.learning_rate(turned, np.array([c, s]), lr=0.02)
    assert rate.regime is Regime.DIVERGES and rate.trial is not None
    assert rate.trial.outcome is Outcome.DIVERGES


def test_a_walk_that_jumps_to_and_fro_hovers() -> None:
    # w = 1.1311 solves 2w = 2.5 sin w, so that a step leads to −w and the next one back.
    rate = sf.learning_rate("-cos(x)", 0.3, lr=2.5)
    assert rate.regime is Regime.HOVERS
    walk = sf.descend("-cos(x)", 0.3, "gd", 300, lr=2.5)
    assert walk.points[-1, 0] == pytest.approx(-walk.points[-2, 0], abs=1e-9)
    assert abs(float(walk.gradients[-1, 0])) > 0.9


def test_a_step_that_leaves_the_domain_does_not_go_down() -> None:
    """From 1 the step η = 1 of ln x lands on 0, where it is −∞."""
    rate = sf.learning_rate("ln(x)", 1.0)
    assert rate.local == 0.5 and rate.suggestion == 0.5
    tried = sf.learning_rate("ln(x)", 1.0, lr=1.0)
    assert tried.regime is Regime.LEAVES


def test_the_ladder_is_said_to_ask_for_half_of_the_promise() -> None:
    rate = sf.learning_rate("x^2 + x^4", 5.0)
    words = told(rate)
    assert "half of what the slope promises" in words
    # The next rung goes down as well, by less than that.
    down = [x**2 + x**4 for x in (5.0 - 510.0 * rate.local, 5.0 - 510.0 * 2.0 * rate.local)]
    assert down[0] <= 650.0 - 0.5 * rate.local * 510.0**2 and down[1] < 650.0


@pytest.mark.parametrize("power", [1.2, 1.5, 1.9])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.3, 1e-8), (-70.0, 1e8)])
def test_an_infinite_curvature_sets_no_number(power: float, shift: float, scale: float) -> None:
    """|x|^1.5 had the limit 10⁻⁶⁹: the curvature where the search had ended."""

    def f(x):
        return scale * jnp.abs(x - shift) ** power

    rate = sf.learning_rate(f, shift + 1.3, lr=0.1 / scale)
    assert rate.limit == 0.0 and rate.contraction() is None and rate.divergence_step() is None
    # Nearer to |x| the slope hardly sinks, which is a corner; |x|^1.9 is reached to rounding.
    assert rate.regime in (Regime.STEEPENS, Regime.HOPS, Regime.GOES_DOWN)
    assert "no constant rate settles" in told(rate) and "e-" not in str(rate.limit)
    assert rate.suggestion is not None and 0.01 < rate.suggestion * scale < 10.0


def test_one_direction_of_infinite_curvature_is_enough() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    powers = jnp.array([2.0, 1.5, 2.0])

    def f(p):
        return jnp.sum(jnp.abs(turn @ (p - 1.0)) ** powers)

    assert sf.learning_rate(f, np.array([2.0, 3.0, 0.5]), lr=0.1).regime is Regime.STEEPENS
    assert sf.learning_rate("((x-3)^2)^(2/3)", 1.0, lr=0.1).regime is Regime.STEEPENS


@pytest.mark.parametrize("f", [
    "exp(x) + exp(-2x)", "log(1+x^2)", "cosh(x)^9", "sqrt(x^2 + 1e-4)", "log(1 + 1e6(x-1)^2)",
    "sqrt((x-1)^2 + 1e-8)", "(x-1)^4", "(x-1)^2",
])  # fmt: skip
def test_a_steep_or_narrow_valley_has_its_curvature(f: str) -> None:
    rate = sf.learning_rate(f, 4.0)
    assert not rate.steep and rate.limit > 0.0


@pytest.mark.parametrize(("share", "regime"), [
    (0.995, Regime.OSCILLATES), (1.0005, Regime.HOVERS), (1.005, Regime.HOVERS),
    (1.25, Regime.HOVERS),
])  # fmt: skip
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-6, 5.0), (1e6, -40.0)])
def test_a_cycle_that_is_come_near_to_slowly_hovers(
    share: float, regime: Regime, scale: float, shift: float
) -> None:
    def f(x):
        return -scale * jnp.cos(x - shift)

    rate = sf.learning_rate(f, shift + 0.3, lr=2.0 * share / scale)
    assert rate.limit == pytest.approx(2.0 / scale) and rate.regime is regime
    walk = sf.descend(f, shift + 0.3, "gd", 5000, lr=2.0 * share / scale)
    stays = abs(float(walk.points[-1, 0]) - shift) > 1e-2
    assert stays is (regime is Regime.HOVERS)


@pytest.mark.parametrize("part", [0.0, 1e-300])
@pytest.mark.parametrize("scale", [1.0, 1e-5, 1e5])
def test_what_the_start_has_no_part_in_is_untouched_on_any_function(
    part: float, scale: float
) -> None:
    """x² + x⁴ + 100y² is no quadratic, and the walk on the axis ends where the rate is too large.
    """

    def f(p):
        return scale * (p[0] ** 2 + p[0] ** 4 + 100.0 * p[1] ** 2)

    rate = sf.learning_rate(f, np.array([0.5, part]), lr=0.02 / scale)
    assert rate.regime is Regime.UNTOUCHED and rate.regime.long_run is LongRun.OPEN
    assert "any part in those, however small, grows" in told(rate)
    seen = sf.learning_rate(f, np.array([0.5, 1e-6]), lr=0.02 / scale)
    assert seen.regime is Regime.DIVERGES
    flat = sf.learning_rate(f, np.array([0.5, 0.0]), lr=0.005 / scale)
    assert flat.regime in (Regime.STEADY, Regime.OSCILLATES)


@pytest.mark.parametrize("scale", ["1e-200", "1e-160", "1e150"])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_a_slope_whose_square_float64_does_not_hold_is_a_slope(scale: str, shift: float) -> None:
    f = f"{scale}*(x-{shift})^2"
    for share, regime in ((0.3, Regime.STEADY), (0.9, Regime.OSCILLATES), (1.2, Regime.DIVERGES)):
        rate = sf.learning_rate(f, 1.0, lr=share / float(scale))
        assert rate.standing is None and rate.regime is regime
        assert rate.limit == pytest.approx(1.0 / float(scale), rel=1e-9)
        assert rate.suggestion == pytest.approx(0.5 / float(scale), rel=1e-9)


@pytest.mark.parametrize("shift", [0.0, 5.0])
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_a_minimum_that_is_flat_on_one_side_is_not_swung_about(shift: float, scale: float) -> None:
    def f(x):
        return scale * jnp.maximum(x - shift, 0.0) ** 2

    rate = sf.learning_rate(f, shift + 2.0, lr=0.7 / scale)
    walk = sf.descend(f, shift + 2.0, "gd", 20, lr=0.7 / scale)
    assert walk.points[-1, 0] == walk.points[1, 0] < shift
    assert rate.regime is Regime.GOES_DOWN and rate.contraction() is None
    assert rate.limit == pytest.approx(1.0 / scale)
    assert "another one on each side" in told(rate)


def test_sides_that_agree_are_one_valley() -> None:
    def f(w):
        return jnp.where(w > 1.0, (w - 1.0) ** 2, (1.0 - w) ** 2) + 0.1 * (w - 1.0) ** 3

    assert sf.learning_rate(f, 1.5, lr=0.7).regime is Regime.OSCILLATES


def ruled(value: Any, slope: Any) -> Any:
    """A function with a derivative rule of its own."""

    @jax.custom_jvp
    def f(x):
        return value(x)

    f.defjvp(lambda x, t: (f(*x), slope(x[0]) * t[0]))
    return f


@pytest.mark.parametrize(("value", "wrong", "right"), [
    (lambda x: x**2, lambda x: 3.0 * x, lambda x: 2.0 * x),
    (lambda x: x**2, lambda x: -x, lambda x: 2.0 * x),
    (lambda x: 1e-6 * jnp.cosh(10.0 * (x - 5.0)), lambda x: 2e-5 * jnp.sinh(10.0 * (x - 5.0)),
     lambda x: 1e-5 * jnp.sinh(10.0 * (x - 5.0))),
    (lambda x: 1e3 + jnp.cos(x), lambda x: jnp.sin(x), lambda x: -jnp.sin(x)),
])  # fmt: skip
@pytest.mark.parametrize("lr", [None, 0.8])
def test_a_wrong_derivative_is_said_to_be_one(
    value: Any, wrong: Any, right: Any, lr: float | None
) -> None:
    rate = sf.learning_rate(ruled(value, wrong), 4.6, lr=lr)
    assert "derivative given for this function is not its own" in rate.doubt
    assert rate.doubt in told(rate) and rate.suggestion is None
    assert "quadratic that falls without end" not in told(rate)
    assert sf.learning_rate(ruled(value, right), 4.6, lr=lr).doubt == ""


def test_a_suggestion_is_one_that_settles_or_says_why_it_is_not() -> None:
    for rule in ("gd", "momentum", "adam", "rmsprop"):
        for f in ("x^2 + 25y^2 + x^4", "cosh(x-1) + (y+2)^2"):
            rate = sf.learning_rate(f, {"x": 2.0, "y": 1.0}, rule)
            assert rate.suggestion is not None and rate.advice is not None
            again = sf.learning_rate(f, {"x": 2.0, "y": 1.0}, rule, lr=rate.suggestion)
            settles = again.regime.long_run is LongRun.SETTLES
            assert settles or "settles lower: let it sink" in rate.reason
