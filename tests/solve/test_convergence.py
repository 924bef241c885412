"""trajectory.convergence: what walks show, beside what the curvatures foretell."""

import re
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf
from surefoot.descent import RateKind, Unseen
from surefoot.show import significant
from surefoot.solve.convergence import Ground, convergence

BOWL = "x^2 + 10y^2 + 3x"
START = {"x": 1.0, "y": 1.0}
ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"


@pytest.mark.parametrize(
    ("rule", "options", "due"),
    [
        # gd: 1 − 0.02·2. The roots of momentum and Nesterov are complex: √β and √(β(1 − ηλ)).
        ("gd", None, 0.96),
        ("momentum", None, np.sqrt(0.9)),
        # Of z² − (1 + β − ηλ)z + β with ηλ = 0.04 and β = ½ the larger root.
        ("momentum", {"beta": 0.5}, 0.5 * (1.46 + np.sqrt(1.46**2 - 2.0))),
        ("nesterov", None, np.sqrt(0.9 * 0.96)),
    ],
)
def test_the_observed_rate_on_a_bowl_is_the_predicted_one(
    rule: str, options: dict[str, float] | None, due: float
) -> None:
    found = sf.descend(BOWL, START, rule, 300, lr=0.02, options=options).convergence
    assert found.kind is RateKind.LINEAR and found.rate is not None
    assert found.predicted is not None
    assert found.predicted == pytest.approx(due, rel=1e-9)
    assert found.rate == pytest.approx(found.predicted, rel=2e-3)


def test_rosenbrocks_valley_is_left_slowly_and_then_linearly() -> None:
    early = sf.descend(ROSENBROCK, {"x": -1.2, "y": 1.0}, "gd", 3000, lr=1e-3).convergence
    assert early.kind is not RateKind.LINEAR
    late = sf.descend(ROSENBROCK, {"x": -1.2, "y": 1.0}, "gd", 30000, lr=1e-3).convergence
    assert late.kind is RateKind.LINEAR and late.rate is not None and late.predicted is not None
    assert 1.0 - late.rate == pytest.approx(1.0 - late.predicted, rel=0.01)


def test_a_minimum_flatter_than_a_parabola_is_sublinear() -> None:
    found = sf.descend("x^4", 1.0, "gd", 1000, lr=0.05).convergence
    # x falls like k^(−1/2), so the gradient 4x³ like k^(−3/2).
    assert found.kind is RateKind.SUBLINEAR
    assert found.observed.power == pytest.approx(1.5, rel=0.02)
    assert "1/k^1.5" in found.words


def test_newton_is_superlinear_and_at_a_flat_minimum_it_is_not() -> None:
    found = sf.descend("x - log(x)", 0.05, "newton", 40).convergence
    # e⁺ = −e² exactly for the distance e = x − 1.
    assert found.kind is RateKind.SUPERLINEAR and found.predicted == 0.0
    assert found.observed.order == pytest.approx(2.0, abs=0.3)
    flat = sf.descend("x^4", 1.0, "newton", 60).convergence
    # x⁺ = ⅔x, and the gradient 4x³ keeps (⅔)³.
    assert flat.kind is RateKind.LINEAR and flat.rate == pytest.approx((2 / 3) ** 3)


def test_the_rate_does_not_change_with_units_or_place() -> None:
    plain = sf.descend("(x-1)^2 + 0.1(x-1)^3", 1.5, "gd", 60, lr=0.1).convergence
    scaled = sf.descend(
        "1e6((x-1000)^2 + 0.1(x-1000)^3) + 7e5", 1000.5, "gd", 60, lr=1e-7
    ).convergence
    assert plain.rate == pytest.approx(scaled.rate, rel=1e-3)
    assert plain.rate == pytest.approx(0.8, rel=1e-3)


def test_digits_lost_to_rounding_do_not_hide_the_rate() -> None:
    found = sf.descend("(x-1)^2", 3.0, "gd", 2000, lr=0.1).convergence
    assert found.kind is RateKind.LINEAR and found.rate == pytest.approx(0.8, rel=1e-3)
    assert found.observed.window[1] < 200


def test_what_does_not_close_in_is_said() -> None:
    hops = sf.descend("|x|", 1.3, "gd", 100, lr=0.1).convergence
    assert hops.kind is RateKind.NONE and hops.rate is None
    away = sf.descend("x^2", 1.0, "gd", 100, lr=1.2).convergence
    assert away.kind is RateKind.NONE and away.predicted == pytest.approx(1.4)
    few = sf.descend("x^2 + 1", 3.0, "gd", 2, lr=0.1).convergence
    assert "too few steps" in few.words
    at_once = sf.descend("x^2", 1.0, "gd", 100, lr=0.5).convergence
    assert at_once.kind is RateKind.SUPERLINEAR and "after 1 step," in at_once.words


@pytest.mark.parametrize("record", ["last", 100])
def test_a_walk_of_which_few_steps_were_kept_says_so(record: Any) -> None:
    f = "(x^2+y-11)^2+(x+y^2-7)^2"
    found = sf.descend(f, {"x": 0.0, "y": 0.0}, "gd", 300, lr=0.01, record=record).convergence
    assert found.kind is RateKind.NONE and found.rate is None
    assert "too few of the steps were recorded" in found.words


def test_some_steps_tell_the_same_rate_as_all() -> None:
    every = sf.descend(BOWL, START, "gd", 300, lr=0.02, record=6).convergence
    assert every.rate == pytest.approx(0.96, rel=2e-3) and every.observed.window[1] == 300


@pytest.mark.parametrize(("f", "start", "steps", "lr"), [
    ("x^4", 1.0, 2000, 0.1), ("e^-x", 0.0, 2000, 1.0),
])  # fmt: skip
def test_the_factor_at_the_end_is_that_of_the_last_step(
    f: str, start: float, steps: int, lr: float
) -> None:
    walk = sf.descend(f, start, "gd", steps, lr=lr)
    last = 1.0 - walk.gradient_norms[-1] / walk.gradient_norms[-2]
    seen = walk.convergence.observed
    assert seen.kind is RateKind.SUBLINEAR and 1.0 - seen.now == pytest.approx(last, rel=0.02)
    assert f"(at the end 1 − {significant(1.0 - seen.now, 2)})" in walk.convergence.words


def test_no_prediction_is_made_where_there_is_no_theory() -> None:
    for rule, more in (
        ("adam", {"lr": 0.05}),
        ("gd", {"lr": lambda k: 0.1 / (1 + k)}),
        ("gd", {"lr": 0.1, "weight_decay": 0.1}),
        ("gd", {"lr": 0.1, "clip": 1.0}),
        (optax.sgd(0.1), {}),
        ("l-bfgs", {}),
    ):
        assert sf.descend("x^2", 1.0, rule, 50, **more).convergence.predicted is None
    saddle = sf.descend("x^2 - y^2", {"x": 1.0, "y": 0.0}, "gd", 50, lr=0.1).convergence
    assert saddle.predicted is None and saddle.rate == pytest.approx(0.8)


def test_a_walk_that_ran_away_has_no_rate() -> None:
    walk = sf.descend("x^4", 3.0, "gd", 50, lr=0.5)
    assert walk.convergence.kind is RateKind.NONE
    assert "nan" not in walk.convergence.words.lower()


def test_the_report_and_the_dict_tell_it() -> None:
    walk = sf.descend(BOWL, START, "gd", 300, lr=0.02)
    assert "Linear: the gradient is multiplied by 0.96" in " ".join(walk.report().split())
    told = walk.to_dict()["convergence"]
    assert told["kind"] == "LINEAR" and told["predicted"] == pytest.approx(0.96)
    assert (told["from_step"], told["to_step"]) == (150, 300)


def test_the_numbers_on_the_page_are_those_that_come_out(repository: Path) -> None:
    page = (repository / "docs" / "race.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[1]
    kind, rate, predicted = re.search(r"# (\w+), (\S+), (\S+)\n", code).groups()  # type: ignore[union-attr]
    names: dict[str, Any] = {"sf": sf}
    exec(code, names)
    found = names["walk"].convergence
    assert found.kind.name == kind
    assert f"{found.rate:.3f}" == rate and f"{found.predicted:.3f}" == predicted


A = np.array([1.0, 2.0])


def test_a_curvature_that_is_infinite_at_the_end_hides_no_rate() -> None:
    # |p|^1.5 has no second derivative at 0, where the walk ends; the slopes before it are no noise.
    walk = sf.descend(lambda p: jnp.sum(jnp.abs(p) ** 1.5), A, "guaranteed", 100)
    assert "from the start" not in walk.convergence.words
    assert walk.gradient_norms[-1] < 1e-6
    seen = walk.convergence.observed
    assert seen.kind is not RateKind.NONE or seen.unseen is Unseen.GAINING
    falling = sf.descend(lambda p: jnp.sum(jnp.sqrt(p)), A, "guaranteed", 100)
    assert falling.convergence.observed.unseen is Unseen.LEVEL


@pytest.mark.parametrize(
    ("f", "start", "rule", "lr"),
    [
        (lambda p: jnp.sum((p - 1) ** 2), A, optax.set_to_zero(), None),
        ("exp(-x)", 1.0, "gd", 1e3),
        (lambda p: 1e-300 * jnp.sum(p**2), A, "gd", 0.1),
        (lambda p: jnp.sum(p**2) + 1e17, A, "guaranteed", None),
    ],
)
def test_a_walk_that_stands_still_has_no_rate(f: Any, start: Any, rule: Any, lr: Any) -> None:
    found = sf.descend(f, start, rule, 100, lr=lr).convergence
    assert found.kind is RateKind.NONE and found.observed.unseen is Unseen.STILL
    assert "stands still" in found.words


def test_slopes_whose_squares_underflow_have_a_norm() -> None:
    walk = sf.descend(lambda p: 1e-200 * jnp.sum(p**2), A, "gd", 60, lr=1e199)
    assert walk.gradient_norms[0] == pytest.approx(2e-200 * np.sqrt(5.0))
    assert walk.convergence.rate == pytest.approx(0.8, rel=1e-6)


DECAYED = [("gd", 0.1, 0.1), ("momentum", 0.02, 0.01), ("nesterov", 0.02, 0.01)]


@pytest.mark.parametrize(("rule", "lr", "weight"), DECAYED)
@pytest.mark.parametrize(("shift", "scale"), [(3.0, 1.0), (-40.0, 1.0), (0.5, 1e-3)])
def test_weight_decay_comes_to_rest_where_it_says(
    rule: str, lr: float, weight: float, shift: float, scale: float
) -> None:
    """The gradient is not 0 there, so a rate is read from the steps, and the point is named."""

    def f(x: Any) -> Any:
        return scale * (x - shift) ** 2

    decay = 0.1 * scale
    walk = sf.descend(f, 0.0, rule, 800, lr=lr / scale, weight_decay=decay)
    rest = float(walk.gradients[-1, 0]) + weight * scale * float(walk.points[-1, 0])
    assert abs(rest) < 1e-9 * scale * abs(shift) and abs(walk.gradients[-1, 0]) > 1e-4 * scale
    found = walk.convergence
    assert found.kind is RateKind.LINEAR and found.rate is not None
    assert f"comes to rest where ∇f(x) + {significant(weight * scale)} x = 0" in found.words
    assert "gradient is multiplied" not in found.words
    away = np.abs(walk.points[:, 0] - 2.0 * shift / (2.0 + weight))
    if rule == "gd":
        assert found.rate == pytest.approx(away[40] / away[39], rel=1e-3)


def test_without_weight_decay_nothing_is_said_of_it() -> None:
    words = sf.descend("(x-3)^2", 0.0, "gd", 100, lr=0.1).convergence.words
    assert "decay" not in words and "schedule" not in words


@pytest.mark.parametrize("power", [1.0, 0.5])
@pytest.mark.parametrize("shift", [0.0, 7.0])
def test_the_pace_of_a_schedule_is_called_its_own(power: float, shift: float) -> None:
    walk = sf.descend(
        lambda x: (x - shift) ** 2, shift + 1.0, "gd", 1000, lr=lambda k: 0.1 / (k + 1) ** power
    )
    assert "the schedule sets this pace, not the rule" in walk.convergence.words
    flat = sf.descend(lambda x: (x - shift) ** 4, shift + 1.0, "gd", 1000, lr=0.05).convergence
    assert flat.kind is RateKind.SUBLINEAR and "schedule" not in flat.words


def test_a_schedule_that_sinks_too_fast_ends_short_of_the_minimum() -> None:
    walk = sf.descend("(x-3)^2", 0.0, "gd", 2000, lr=lambda k: 0.01 * 0.97**k)
    assert abs(walk.gradients[-1, 0]) > 1.0
    assert "ends short of any minimum" in walk.convergence.words


def test_a_sublinear_envelope_of_what_swings_is_called_no_rate() -> None:
    """The swings lessen like k^(−1/2): they may hover, or close in too slowly to tell."""
    k = np.arange(1.0, 1002.0)
    sizes = k**-0.5 * (1.0 + 0.01 * np.cos(2.1 * k))
    numbers = np.arange(len(k))
    floor = np.zeros(len(k))
    swinging = convergence(sizes, numbers, floor, None, Ground(values=sizes**2))
    assert swinging.kind is RateKind.NONE and swinging.observed.unseen is Unseen.SWINGS
    falling = convergence(k**-0.5, numbers, floor, None, Ground(values=1.0 / k))
    assert falling.kind is RateKind.SUBLINEAR
