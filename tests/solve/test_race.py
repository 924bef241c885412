"""race: each walk as descend takes it, ranks, divergence, and what cannot be raced."""

import doctest
from collections.abc import Callable
from math import inf
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surefoot as sf
from surefoot.descent import RULES
from surefoot.descent.rule_chunks import Asked
from surefoot.program import trace
from surefoot.show import significant
from surefoot.solve import Race, Racer, Rates
from surefoot.terms import InputError, Status

BOWL = "x^2 + 10y^2"
START = {"x": 1.0, "y": 1.0}
ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"
HARD = {"x": -1.2, "y": 1.0}
ALL = {
    "gd": 1e-3, "momentum": 2e-4, "nesterov": 2e-4, "rmsprop": 1e-3, "adam": 0.05,
    "newton": None, "l-bfgs": None, "guaranteed": None, "random": 0.05,
}  # fmt: skip


@pytest.fixture(scope="module")
def everybody() -> Race:
    return sf.race(ROSENBROCK, HARD, {**ALL, "lion": optax.lion(0.01)}, 300)


@pytest.mark.parametrize("name", [*ALL, "lion"])
def test_every_rule_walks_as_it_does_in_descend(everybody: Race, name: str) -> None:
    assert set(ALL) == set(RULES)
    outcome = everybody[name].outcomes[0]
    rule = optax.lion(0.01) if name == "lion" else name
    walk = sf.descend(ROSENBROCK, HARD, rule, 300, lr=ALL.get(name))
    count = len(outcome.values)
    assert count == 301 or (RULES[name].searches and count > 20)
    # RMSProp hovers by then, and doubles a difference in the last digit every few steps.
    count = min(count, 200)
    np.testing.assert_allclose(outcome.values[:count], walk.values[:count], rtol=1e-5, atol=1e-9)
    assert outcome.ended is None and np.isfinite(outcome.values).all()


def test_a_step_is_counted_from_where_on_the_walk_stays_near() -> None:
    found = sf.race(BOWL, START, {"gd": 0.05, "momentum": 0.05, "newton": None}, 300, best=0.0)
    for label, racer in ((racer.label, racer) for racer in found.racers):
        walk = sf.descend(BOWL, START, label, 300, lr=racer.eta)
        outside = np.flatnonzero(walk.values > 1e-6 * walk.values[0])
        assert racer.outcomes[0].steps == outside[-1] + 1
    # ‖x‖² shrinks by 0.81 a step from 1, and the height of the start is 11.
    by_hand = int(np.ceil(np.log(11e-6) / np.log(0.81)))
    assert found["gd"].outcomes[0].steps == by_hand == 55
    assert [racer.label for racer in found.ranking()] == ["newton", "gd", "momentum"]
    # Momentum is inside earlier, and leaves again.
    values = sf.descend(BOWL, START, "momentum", 300, lr=0.05).values
    assert np.flatnonzero(values <= 11e-6)[0] < (found["momentum"].outcomes[0].steps or 0)


def test_costs_are_those_of_the_rules() -> None:
    wanted = {"gd": 1, "adam": 1, "newton": 3, "random": 1}
    given = {"gd": 0.05, "adam": 0.1, "newton": None, "random": 0.2}
    found = sf.race(BOWL, START, given, 3000, accuracy=1e-2, best=0.0)
    for racer in found.racers:
        outcome = racer.outcomes[0]
        assert outcome.steps is not None and outcome.evaluations is not None
        assert outcome.evaluations == wanted[racer.label] * outcome.steps
        assert outcome.seconds is not None and outcome.seconds > 0.0


@pytest.mark.parametrize("name", ["l-bfgs", "guaranteed"])
def test_the_cost_of_a_search_is_the_number_of_calls(name: str) -> None:
    """Counted by a callback in the function itself, one step at a time."""
    import jax

    calls: list[None] = []

    def f(x: jax.Array) -> jax.Array:
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    rule = RULES[name](0.0)
    found = sf.race(f, [-1.2, 1.0], {name: None}, 10, best=0.0, accuracy=1e-12)
    spent = found[name].outcomes[0]
    with jax.enable_x64(True), jax.disable_jit():
        x = jnp.array([-1.2, 1.0])
        state = rule.init(x)

        def counted(y: jax.Array) -> jax.Array:
            calls.append(None)
            return f(y)

        asked = Asked(counted, trace(f, np.zeros(2)))
        total = 0
        for _ in range(10):
            value, gradient = jax.value_and_grad(f)(x)
            calls.clear()
            update, state = rule.update(
                gradient, state, x, value=value, grad=gradient, value_fn=asked,
            )
            total += 1 + len(calls)
            x = x + update
        end = float(f(x))
    from surefoot.calculus import Evaluator
    from surefoot.descent import evaluations_of, race_walks
    from surefoot.solve.question import ask

    evaluator = Evaluator(ask(f, [-1.2, 1.0]).problem.objective)
    walks = race_walks(
        evaluator, RULES[name], name, evaluations_of(name, 2), np.array([[-1.2, 1.0]]),
        np.zeros(1), 10, searches=True,
    )  # fmt: skip
    assert int(walks.spent[10, 0]) == total > 20
    np.testing.assert_allclose(spent.values[10], end, rtol=1e-6)


def test_divergence_is_a_result_with_its_step() -> None:
    found = sf.race("x^4", 3.0, {"gd": [0.01, 0.5], "adam": 0.1}, 200)
    wild = next(racer for racer in found.racers if racer.eta == 0.5)
    outcome = wild.outcomes[0]
    assert outcome.status is Status.DIVERGED
    assert outcome.ended == 3 and "step 3" in outcome.words
    walk = sf.descend("x^4", 3.0, "gd", 50, lr=0.5)
    assert walk.reason.startswith("Diverged at step 3:")
    np.testing.assert_allclose(outcome.values, walk.values)
    np.testing.assert_allclose(outcome.x, walk.points[-1])
    assert wild.median() == inf and found.ranking()[-1] is wild
    text = found.report()
    assert "diverged at step 3" in text and "nan" not in text.lower()
    assert np.isfinite(outcome.gap)


def test_a_walk_out_of_the_domain_is_told_from_one_that_ran_away() -> None:
    found = sf.race("x - log(x)", 2.0, {"gd": [0.1, 5.0]}, 100)
    out = next(racer for racer in found.racers if racer.eta == 5.0).outcomes[0]
    assert out.status is Status.NOT_A_NUMBER
    assert out.words == f"left the domain at step {out.ended}"
    assert "left the domain" in found.report()


def test_walks_from_many_starts_do_not_disturb_each_other() -> None:
    points = np.random.default_rng(0).normal(size=(3, 2))
    found = sf.race(
        "(x@x)^2 - x@x + 0.3x[0]", points[0], {"gd": [0.05, 3.0], "adam": 0.1}, 60, starts=points
    )
    for racer in found.racers:
        for start, outcome in enumerate(racer.outcomes):
            walk = sf.descend(
                "(x@x)^2 - x@x + 0.3x[0]", points[start], racer.rule, 60, lr=racer.eta
            )
            count = len(outcome.values)
            assert outcome.start == start
            if outcome.ended is not None:
                assert walk.steps == outcome.ended - 1
            near = slice(None, min(count, len(walk.values)))
            np.testing.assert_allclose(outcome.values, walk.values[near], rtol=1e-6, atol=1e-9)


def test_the_median_counts_who_is_not_there_as_never() -> None:
    found = sf.race("cosh(x)", 1.0, {"gd": 0.3}, 60, starts=[1.0, 2.0, 9.0])
    racer = found["gd"]
    assert [outcome.steps is not None for outcome in racer.outcomes] == [True, True, False]
    assert racer.reached == 2 and racer.median() < inf
    assert racer.outcomes[2].ended is not None


def test_best_is_the_eta_that_no_other_beats() -> None:
    found = sf.race(BOWL, START, ["gd"], 500, rates="best", lr=[0.01, 0.03, 0.05, 0.08, 0.2])
    (racer,) = found.racers
    assert found.rates is Rates.BEST and racer.tried == 5 and racer.edge == ""
    each = sf.race(BOWL, START, {"gd": [0.01, 0.03, 0.05, 0.08, 0.2]}, 500)
    assert racer.eta == min(each.racers, key=Racer.median).eta == 0.08
    alone = sf.race(BOWL, START, ["gd"], 500, rates="best", lr=[0.01, 0.03])
    assert alone.racers[0].edge == "largest" and "better ones may lie beyond" in alone.report()


def test_without_rates_a_ladder_is_tried() -> None:
    found = sf.race(BOWL, START, ["gd", "momentum", "adam", "newton"], 300, rates="best")
    tried = {racer.label: racer.tried for racer in found.racers}
    assert tried == {"gd": 26, "momentum": 26, "adam": 26, "newton": 1}
    # 2/(λ + μ) = 1/11 is the best there is; its neighbours on the ladder lie 1.6 apart.
    eta = found["gd"].eta
    assert eta is not None and 1 / 11 / 1.6 < eta < 1 / 11 * 1.6


def test_the_same_rate_is_everybodys_but_newtons() -> None:
    found = sf.race(BOWL, START, ["gd", "adam", "newton", "l-bfgs"], 50, lr=0.02)
    assert found.rates is Rates.SAME
    assert {racer.label: racer.eta for racer in found.racers} == {
        "gd": 0.02, "adam": 0.02, "newton": 1.0, "l-bfgs": None,
    }  # fmt: skip


def test_the_lowest_value_is_looked_for_below_the_best_walk() -> None:
    found = sf.race("(x-1)^2 + 2", 3.0, {"gd": 0.1}, 10)
    assert found.best == 2.0 and "Newton's method" in found.source
    assert found["gd"].outcomes[0].gap == pytest.approx(0.8**20)
    endless = sf.race("x", 0.0, {"gd": 0.1}, 10)
    assert endless.best == pytest.approx(-1.0) and "no minimum was found" in endless.source


@pytest.mark.parametrize("f", ["-x^2", "e^-x", "x^3"])
def test_nobody_arrives_where_there_is_no_minimum(f: str) -> None:
    found = sf.race(f, 1.0, {"gd": [0.1, 0.01], "momentum": 0.01}, 40)
    assert not found.is_minimum and found.winner is None
    assert {o.steps for racer in found.racers for o in racer.outcomes} == {None}
    text = " ".join(found.report().split())
    assert "NOBODY" in text and "no minimum was found" in text and "is first" not in text
    # The order that is left is that of the heights.
    gaps = [racer.gap for racer in found.ranking()]
    assert gaps == sorted(gaps) and found.to_dict()["best_is_minimum"] is False
    # A goal that is given can be reached without one.
    given = sf.race("e^-x", 1.0, {"gd": 1.0}, 100, best=0.1, accuracy=0.1)
    assert given.winner is not None


def test_the_headline_keeps_the_letter_eta() -> None:
    text = sf.race(BOWL, START, {"gd": [0.05, 0.03]}, 300).report()
    assert "GD η=0.05" in text and "Η" not in text


def test_parts_of_a_rule_are_those_of_descend() -> None:
    found = sf.race(
        BOWL, START,
        {"heavy": {"rule": "momentum", "lr": 0.02, "options": {"beta": 0.5}},
         "short": {"rule": "gd", "lr": 0.05, "clip": 1.0, "weight_decay": 0.1},
         "sinking": {"rule": "gd", "lr": lambda k: 0.05 / (1 + 0.01 * k)}},
        40,
    )  # fmt: skip
    walks = {
        "heavy": sf.descend(BOWL, START, "momentum", 40, lr=0.02, options={"beta": 0.5}),
        "short": sf.descend(BOWL, START, "gd", 40, lr=0.05, clip=1.0, weight_decay=0.1),
        "sinking": sf.descend(BOWL, START, "gd", 40, lr=lambda k: 0.05 / (1 + 0.01 * k)),
    }
    for label, walk in walks.items():
        np.testing.assert_allclose(found[label].outcomes[0].values, walk.values, rtol=1e-6)
    assert found["sinking"].eta is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sf.race(BOWL, START, {}), "rules is empty"),
        (lambda: sf.race(BOWL, START, []), "rules is empty"),
        (lambda: sf.race(BOWL, START), "race needs rules"),
        (lambda: sf.race(BOWL, START, {"adm": 0.1}), "did you mean 'adam'"),
        (lambda: sf.race(BOWL, START, ["nestrov"], lr=0.1), "did you mean 'nesterov'"),
        (lambda: sf.race(BOWL, START, ["gd", "gd"], lr=0.1), "twice"),
        (lambda: sf.race(BOWL, START, 3), "rules is int"),
        (lambda: sf.race(BOWL, START, [optax.sgd(0.1)]), "needs a label"),
        (lambda: sf.race(BOWL, START, {"gd": {"rate": 0.1}}), "no part 'rate'"),
        (lambda: sf.race(BOWL, START, {"gd": None}), "no learning rate"),
        (lambda: sf.race(BOWL, START, {"gd": -0.1}), "above 0"),
        (lambda: sf.race(BOWL, START, {"gd": 0.0}), "above 0"),
        (lambda: sf.race(BOWL, START, {"gd": float("nan")}), "above 0"),
        (lambda: sf.race(BOWL, START, {"gd": [0.1, inf]}), "above 0"),
        (lambda: sf.race(BOWL, START, {"gd": []}), "0 learning rates"),
        (lambda: sf.race(BOWL, START, {"l-bfgs": 0.1}), "looks for its own step"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, rates="bets"), "did you mean 'best'"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, rates="same"), "has its own"),
        (lambda: sf.race(BOWL, START, ["gd"], rates="same"), "needs the η"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, rates="as given", lr=0.1), "lr is for"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, 0), "at least 1"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, accuracy=0.0), "between 0 and 1"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, best=100.0), "no start is above it"),
        (lambda: sf.race(BOWL, START, {"gd": 0.1}, 10**9), "more values than can be kept"),
        (lambda: sf.race("log(x)", -1.0, {"gd": 0.1}), "not a finite number"),
        (lambda: sf.race("floor(x)", 0.5, {"gd": 0.1}), "slope is exactly zero"),
        (lambda: sf.race("sign(x)", 0.5, {"gd": 0.1}), "slope is exactly zero"),
        (
            lambda: sf.race("max(x, 0)", -1.0, {"gd": 0.1}, starts=[-1.0, -2.0]),
            "slope is exactly zero",
        ),
        (
            lambda: sf.race(BOWL, START, {"momentum": {"lr": 0.1, "options": {"beta": 1.0}}}),
            "beta is 1.0",
        ),
    ],
)
def test_what_cannot_be_raced_is_said(call: Callable[[], Race], words: str) -> None:
    with pytest.raises(sf.InputError, match=words):
        call()


def test_the_example_in_the_docstring_is_what_comes_out() -> None:
    text = sf.race.__doc__ or ""
    example = doctest.DocTestParser().get_doctest(text, {}, "race", None, 0)
    assert len(example.examples) == 3 and doctest.DocTestRunner().run(example).failed == 0


def test_blind_search_may_race_where_there_is_no_slope() -> None:
    found = sf.race("floor(x)", 5.5, {"random": 1.0}, 50)
    assert found.racers[0].outcomes[0].value < 5.0


def test_a_function_without_second_derivatives_is_raced_and_walked() -> None:
    import jax

    @jax.custom_vjp
    def doubled(x: jax.Array) -> jax.Array:
        return 2 * x

    def refused(rest: None, g: jax.Array) -> tuple[jax.Array]:
        raise TypeError("no derivative")

    doubled.defvjp(lambda x: (2 * x, None), refused)

    @jax.custom_vjp
    def square(x: jax.Array) -> jax.Array:
        return jnp.sum(x**2)

    def forward(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        return square(x), x

    def backward(x: jax.Array, g: jax.Array) -> tuple[jax.Array]:
        return (g * doubled(x),)

    square.defvjp(forward, backward)
    found = sf.race(square, [1.0, 2.0], {"gd": 0.1}, 30)
    assert found.best == pytest.approx(5 * 0.8**60) and "no second derivatives" in found.source
    assert found.winner is None and "NOBODY" in found.report()
    assert sf.race(square, [1.0, 2.0], {"gd": 0.1}, 40, best=0.0)["gd"].outcomes[0].steps == 31
    walk = sf.descend(square, [1.0, 2.0], "gd", 30, lr=0.1)
    assert walk.convergence.rate == pytest.approx(0.8) and walk.convergence.predicted is None
    assert "multiplied by 0.8" in " ".join(walk.report().split())


def test_wrong_questions_to_the_answer() -> None:
    found = sf.race(BOWL, START, {"gd": 0.05}, 10)
    with pytest.raises(sf.InputError, match="did you mean 'steps'"):
        found.ranking("step")
    with pytest.raises(sf.InputError, match="nobody called 'adam'"):
        found["adam"]


def test_nobody_there_is_said() -> None:
    found = sf.race(BOWL, START, {"gd": 1e-4}, 20)
    assert found.winner is None and "NOBODY" in found.report()
    assert repr(found) == "<Race: 1 racers × 1 starts, nobody got there>"


@pytest.mark.parametrize("f", ["x^4", "1e-3(x-5)^4 + 2", "x^6"])
@pytest.mark.parametrize("steps", [100, 1000])
def test_a_flat_minimum_is_one_to_arrive_at(f: str, steps: int) -> None:
    """After 1,000 steps Newton's x⁴ is 0 by underflow, and nothing can be told of its point."""
    found = sf.race(f, 6.0, {"gd": 1e-6, "newton": None}, steps)
    assert found.is_minimum and found.winner is not None and found.winner.label == "newton"
    assert found.best == pytest.approx(2.0 if "+ 2" in f else 0.0, abs=1e-12)
    assert sf.race(f, 6.0, {"newton": None}, steps).winner is not None


def test_where_nothing_ends_there_is_still_nowhere_to_arrive() -> None:
    for f in ("e^(-x)", "-x^2", "3x"):
        assert not sf.race(f, 1.0, {"gd": 0.1, "newton": None}, 200).is_minimum


def test_how_far_the_nearest_is_stands_in_the_claim() -> None:
    found = sf.race("(x-3)^4", 4.0, {"gd": 0.05, "adam": 0.001}, 100)
    words = " ".join(found.report().split())
    left = float(found["gd"].gap)
    assert found.winner is None and left < found["adam"].gap
    assert f"gd, the nearest, has {significant(left, 2)} of the height left" in words
    assert "no more than 1e-6 may be" in words


def test_what_rounding_leaves_to_ask_for_is_said() -> None:
    lost = sf.race("1e16 + (x-3)^2", 1.0, {"gd": 0.1}, 50)
    assert "or of the rounding of f*" in " ".join(lost.report().split())
    kept = sf.race("1e3 + (x-3)^2", 1.0, {"gd": 0.1}, 50)
    assert "rounding of f*" not in " ".join(kept.report().split())


def test_the_table_and_the_dict(everybody: Race) -> None:
    text = everybody.report()
    assert "NEWTON" in text and "l-bfgs" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "NEWTON" in everybody._repr_html_()
    told = everybody.to_dict()
    assert told["ranking"]["steps"][0] == "newton"
    walks = [walk for racer in told["racers"] for walk in racer["walks"]]
    assert len(walks) == 10 and all(np.isfinite(walk["value"]) for walk in walks)


def test_the_frame_has_a_row_for_each_walk(everybody: Race) -> None:
    pytest.importorskip("pandas")
    frame = everybody.to_frame()
    assert len(frame) == 10
    assert set(frame["label"]) == {*ALL, "lion"}
    row = frame[frame["label"] == "newton"].iloc[0]
    assert row["steps"] == everybody["newton"].outcomes[0].steps


def test_without_pandas_a_frame_says_what_to_install(
    everybody: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(sf.InputError, match="needs pandas"):
        everybody.to_frame()


def test_the_picture_has_a_curve_for_each(everybody: Race, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    figure = everybody.plot(tmp_path / "race.png")
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels[:2] == ["newton", "l-bfgs"] and (tmp_path / "race.png").stat().st_size > 10_000
    pyplot.close(figure)


def test_who_is_at_the_very_bottom_is_seen() -> None:
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    found = sf.race(BOWL, START, {"gd": 0.05, "newton": None}, 60)
    assert found["newton"].outcomes[0].values[-1] == found.best
    axes = found.plot().axes[0]
    lines = dict(zip(axes.get_legend_handles_labels()[1], axes.get_lines()[::2], strict=False))
    bottom = axes.get_ylim()[0]
    steps, heights = lines["newton"].get_data()
    assert heights[0] == 1.0 and heights[1] == bottom and len(steps) == 61
    mark = axes.get_lines()[1]
    assert mark.get_marker() == "v" and mark.get_xydata().tolist() == [[1.0, bottom]]
    assert mark.get_color() == lines["newton"].get_color()
    pyplot.close("all")


@pytest.mark.parametrize("steps", [51, 50])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_a_walk_that_hops_is_not_there_by_its_last_step(steps: int, shift: float) -> None:
    # From 1: 0.7, 0.4, 0.1, −0.2, 0.1, −0.2, …; 0.1 is inside, after every odd number of steps.
    found = sf.race(
        lambda x: jnp.abs(x - shift), 1.0 + shift, {"gd": 0.3}, steps, best=0.0, accuracy=0.15
    )
    outcome = found.racers[0].outcomes[0]
    assert (outcome.values[-1] < 0.15) == (steps == 51)
    assert outcome.steps is None and found.winner is None
    assert "goes up and down" in found.report()


def test_a_walk_that_came_in_and_out_on_its_way_is_there_once_it_stays() -> None:
    found = sf.race("x^2", 1.0, {"momentum": 0.1}, 400, best=0.0)
    outside = np.flatnonzero(found.racers[0].outcomes[0].values > 1e-6)
    assert (np.diff(outside) > 1).any(), "it passes the end on its way"
    assert found.racers[0].outcomes[0].steps == outside[-1] + 1


def test_what_became_of_those_that_are_not_there_is_told() -> None:
    found = sf.race("x^4 - 3x^3 + 2", 1.0, {"newton": None, "gd": 0.01}, 10)
    assert "still on its way down" in found["gd"].note
    assert found["newton"].note == "goes up", "to the inflection at 0, where the slope is 0 too"
    found = sf.race("x^2", 1.0, {"gd": 1.0, "l-bfgs": None}, 20)
    assert found["gd"].note == "no longer gets lower"
    assert found["l-bfgs"].note == ""


def test_a_race_from_the_minimum_is_no_race() -> None:
    with pytest.raises(InputError, match=r"already at f\* = 0.0"):
        sf.race(lambda x: jnp.abs(x), 0.0, {"gd": 0.1})


@pytest.mark.parametrize(
    "name, rule",
    [("gradient descent", "gd"), ("SGD", "gd"), ("heavy_ball", "momentum"), ("LBFGS", "l-bfgs")],
)
def test_what_others_call_a_rule_is_understood(name: str, rule: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{rule}'"):
        sf.race("x^2", 1.0, [name])


def test_a_best_value_that_walks_go_below_is_told() -> None:
    told = sf.race("x^2", 1.0, {"gd": 0.1}, 100, best=0.5).report()
    assert "it is not the lowest" in " ".join(told.split())
    assert "not the lowest" not in sf.race("x^2", 1.0, {"gd": 0.1}, 100, best=0.0).report()


def test_equals_share_a_place() -> None:
    rules = {"a": "gd", "b": "gd", "c": "momentum"}
    told = sf.race("x^2", 1.0, rules, 200, rates="same", lr=0.1).report()
    assert "A AND B  are first together" in told
    places = [row.split()[0] for row in told.splitlines() if row.split()[1:2] in (["a"], ["b"])]
    assert places == ["1", "1"]
    many = dict.fromkeys("abcde", "gd")
    told = sf.race("x^2", 1.0, many, 200, rates="same", lr=0.1).report()
    assert "A AND B AND C AND 2 MORE" in told
