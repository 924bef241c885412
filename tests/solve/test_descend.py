"""descend: every step of a rule, as written down by hand, by optax and by the judge."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tests.solve.compiling import compiles

import surefoot as sf
from surefoot.descent import RULES
from surefoot.terms import InputError, PointKind, Status, TraceError

DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"


def test_the_steps_on_the_page_are_those_taken(repository: Path) -> None:
    page = (repository / "docs" / "descent.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| \((.+), (.+)\) \| (\S+) \| \((.+), (.+)\) \|$", page, re.M)
    assert len(rows) == 4
    walk = sf.descend("f(x, y) = x^2 + 10y^2", {"x": 1.0, "y": 1.0}, "gd", 3, lr=0.05)
    for k, row in enumerate(rows):
        shown = np.array([float(text) for text in row])
        found = [k, *walk.points[k], walk.values[k], *walk.gradients[k]]
        np.testing.assert_allclose(found, shown, rtol=1e-14, atol=1e-14)


def test_gradient_descent_on_a_curve_follows_its_equation() -> None:
    walk = sf.descend(DOUBLE_WELL, 1.88354, "gd", 50, lr=0.2)
    w = 1.88354
    for k in range(50):
        slope = 0.32 * w**3 - 1.2 * w + 0.25 + 0.45 * np.cos(3 * w)
        assert walk.points[k, 0] == pytest.approx(w, rel=1e-12)
        assert walk.gradients[k, 0] == pytest.approx(slope, rel=1e-9, abs=1e-14)
        w -= 0.2 * slope
    assert walk.gradients[0, 0] == pytest.approx(0.491, abs=5e-4)
    assert walk.rates is not None and np.all(walk.rates == 0.2)
    assert walk.steps == len(walk) == 50 and walk.reason == ""
    assert walk.status is Status.CONVERGED
    assert walk.verdict.kind is PointKind.LOCAL_MINIMUM


@pytest.mark.parametrize("make", [optax.adam, optax.rmsprop, optax.adagrad, optax.lion])
def test_an_optax_rule_takes_the_steps_that_optax_takes(make: object) -> None:
    rule = make(0.05)  # type: ignore[operator]
    start = {"a": np.array([1.0, -2.0]), "b": 0.5}

    def f(p: dict[str, jax.Array]) -> jax.Array:
        return jnp.sum(jnp.cosh(p["a"])) + (p["b"] - 2.0) ** 4

    walk = sf.descend(f, start, rule, steps=50)
    with jax.enable_x64(True):
        x = jax.tree_util.tree_map(jnp.asarray, start)
        state = rule.init(x)
        for _ in range(50):
            update, state = rule.update(jax.grad(f)(x), state, x)
            x = optax.apply_updates(x, update)
        wanted = np.concatenate([np.ravel(x["a"]), np.ravel(x["b"])])  # type: ignore[index]
    np.testing.assert_allclose(walk.points[-1], wanted, rtol=1e-9)
    np.testing.assert_allclose(np.diff(walk.points, axis=0), walk.updates, atol=1e-15)
    assert walk.rates is None


def test_a_rule_that_treats_arrays_by_themselves_sees_them_so() -> None:
    # Each of the two arrays is clipped to a root mean square of its own.
    rule = optax.chain(optax.clip_by_block_rms(1.0), optax.sgd(1.0))
    start = {"a": np.array([100.0, 100.0]), "b": np.array([1e-3])}
    walk = sf.descend(
        lambda p: 0.5 * jnp.sum(p["a"] ** 2) + 0.5 * jnp.sum(p["b"] ** 2), start, rule, steps=1
    )
    np.testing.assert_allclose(walk.updates[0], [-1.0, -1.0, -1e-3], rtol=1e-12)


def test_a_rule_that_asks_for_the_value_gets_it() -> None:
    walk = sf.descend("x^2", 4.0, optax.polyak_sgd(), steps=1)
    # Polyak: η = f/‖g‖² = 16/64, so x becomes 4 − 8/4 = 2.
    assert walk.points[1, 0] == pytest.approx(2.0, rel=1e-12)


def test_a_schedule_gives_each_step_its_rate() -> None:
    schedule = optax.exponential_decay(0.25, 1, 0.5)
    walk = sf.descend("x^2", 1.0, "gd", 3, lr=schedule)
    assert walk.rates is not None
    np.testing.assert_allclose(walk.rates, [0.25, 0.125, 0.0625], rtol=1e-6)
    np.testing.assert_allclose(walk.points[:, 0], [1.0, 0.5, 0.375, 0.328125], rtol=1e-6)


def test_more_steps_than_a_chunk_are_all_there() -> None:
    walk = sf.descend("x^2", 1.0, "gd", 1000, lr=1e-3)
    np.testing.assert_allclose(walk.points[:, 0], 0.998 ** np.arange(1001), rtol=1e-11)


def test_no_step_is_a_walk_of_one_point() -> None:
    walk = sf.descend("x^2 + 1", 3.0, "gd", 0, lr=0.1)
    assert walk.steps == 0 and walk.value == 10.0 and float(walk.x) == 3.0
    assert walk.status is Status.STEP_LIMIT
    assert "NOT STATIONARY" in walk.report()


def test_a_walk_that_runs_away_is_cut_before_it_is_no_number() -> None:
    walk = sf.descend("x^4", 3.0, "gd", 50, lr=0.5)
    assert walk.status is Status.DIVERGED
    assert walk.reason.startswith("Diverged at step 3:")
    assert walk.steps == 2
    np.testing.assert_array_equal(walk.points[:, 0], [3.0, -51.0, 265251.0])
    text = walk.report()
    assert "Take a smaller learning rate" in text.replace("\n          ", " ")
    assert "nan" not in text.lower() and "nan" not in walk._repr_html_().lower()
    assert np.isfinite(walk.points).all() and np.isfinite(walk.values).all()


def test_a_step_out_of_the_domain_names_the_step_and_the_line() -> None:
    walk = sf.descend("log(x)", 1.0, "gd", 20, lr=0.6)
    assert walk.status is Status.NOT_A_NUMBER
    assert walk.reason.startswith("Step 2 left the domain of the function:")
    assert "log of -1.1" in walk.reason
    np.testing.assert_allclose(walk.points[:, 0], [1.0, 0.4], rtol=1e-14)


def test_a_walk_that_rises_says_so() -> None:
    walk = sf.descend("x^2", 1.0, "gd", 5, lr=1.5)
    assert "The value rose from 1 to 1024" in walk.report()
    assert "rose" not in sf.descend("x^2", 1.0, "gd", 5, lr=0.4).report()


def test_ctrl_c_keeps_the_steps_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter([False, True, True])

    @contextmanager
    def pressed_after_one_chunk() -> Iterator[Callable[[], bool]]:
        yield lambda: next(calls)

    monkeypatch.setattr("surefoot.descent.rule_chunks.noted_interrupts", pressed_after_one_chunk)
    walk = sf.descend("x^2", 1.0, "gd", 1000, lr=0.01)
    assert walk.status is Status.INTERRUPTED
    assert walk.reason == "You interrupted the walk after 255 of 1000 steps."
    np.testing.assert_allclose(walk.points[:, 0], 0.98 ** np.arange(256), rtol=1e-11)


def test_another_rate_compiles_nothing() -> None:
    sf.descend("x^2 + x^4", 1.0, "gd", 20, lr=0.1)
    with compiles() as seen:
        sf.descend("x^2 + x^4", 1.2, "gd", 20, lr=0.03)
    assert not seen


def test_the_record_as_plain_values() -> None:
    record = sf.descend("x^2", 1.0, "gd", 2, lr=0.25).to_dict()
    assert record["points"] == [[1.0], [0.5], [0.25]]
    assert record["updates"] == [[-0.5], [-0.25]]
    assert record["rates"] == [0.25, 0.25]
    assert record["status"] == "STEP_LIMIT" and record["coordinates"] == ["x"]
    assert record["verdict"]["kind"] == "NOT_STATIONARY"


def test_the_picture_has_one_point_for_each_step() -> None:
    pytest.importorskip("matplotlib")
    figure = sf.descend("x^2", 1.0, "gd", 4, lr=0.25).plot()
    assert len(figure.axes[2].lines[0].get_xdata()) == 5


def test_every_rule_says_what_it_does() -> None:
    for name, rule in RULES.items():
        assert rule.name == name and rule.label and "x⁺" in rule.equation
        assert callable(rule(0.1).init)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rule": "gdd", "lr": 0.1}, "did you mean 'gd'"),
        ({}, "needs a learning rate"),
        ({"lr": 0.0}, "a number above 0"),
        ({"lr": float("nan")}, "a number above 0"),
        ({"rule": optax.adam}, r"call it: rule=adam\(0.1\)"),
        ({"rule": 3}, "expected a name"),
        ({"rule": optax.adam(0.1), "lr": 0.1}, "lr belongs to a rule given by name"),
        ({"lr": 0.1, "steps": -1}, "expected a whole number"),
        ({"lr": 0.1, "steps": 10**9}, "more than can be kept"),
        ({"lr": 0.1, "x0": -1.0}, "the value at the start is not a finite number"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_a_sentence(arguments: dict[str, object], words: str) -> None:
    given = {"x0": 1.0, **arguments}
    with pytest.raises(sf.InputError, match=words):
        sf.descend("log(x)", given.pop("x0"), **given)  # type: ignore[arg-type]


def test_the_report_says_where_the_walk_ended_and_what_was_classified() -> None:
    walk = sf.descend(lambda p: p["a"] ** 2 + p["b"] ** 2, {"a": 1.0, "b": 2.0}, steps=1, lr=0.25)
    assert "a = 0.5, b = 1; the value is 1.25" in walk.report()
    found = sf.classify("x^2 + y^2", {"x": 0.5, "y": 1.0}).report()
    assert "classify x^2 + y^2" in found
    assert "x = 0.5, y = 1; the value is 1.25" in found


@pytest.mark.parametrize(
    "f", [lambda x: jnp.floor(x) ** 2, jnp.sign, lambda x: jnp.maximum(0.0, x - 5.0)]
)
def test_a_start_that_no_slope_could_ever_move_is_explained(f: Callable[..., object]) -> None:
    with pytest.raises(InputError, match="slope is exactly zero at this point and all around it"):
        sf.descend(f, 2.5, "gd", 10, lr=0.1)
    # Random search looks at values alone, and a stationary point is a start as any other.
    sf.descend(jnp.sign, 0.25, "random", 40, lr=1.0)
    assert sf.descend("x^2", 0.0, "gd", 3, lr=0.1).verdict.kind is PointKind.GLOBAL_MINIMUM


@pytest.mark.parametrize(
    ("rule", "lr", "told"),
    [
        (optax.sgd(float("nan")), None, "Step 1 is no number: the rule gave nan"),
        ("gd", lambda k: jnp.where(k < 20, 0.1, jnp.nan), "Step 21 is no number: the learning"),
    ],
)
def test_a_step_that_is_no_number_is_no_flight(rule, lr, told: str) -> None:
    walk = sf.descend(lambda p: jnp.sum((p - 1) ** 2), np.array([1.0, 2.0]), rule, 40, lr=lr)
    assert walk.status is Status.NOT_A_NUMBER and walk.reason.startswith(told)


def test_a_flight_downwards_is_no_matter_of_the_rate() -> None:
    walk = sf.descend(lambda p: -jnp.sum(p**2), np.array([1.0, 2.0]), "guaranteed", 100)
    assert walk.status is Status.DIVERGED
    assert "no lowest value" in walk.reason and "learning rate" not in walk.reason


@pytest.mark.parametrize(("rule", "lr"), [("gd", 0.1), ("guaranteed", None)])
def test_a_walk_inside_of_jit_is_a_walk(rule: str, lr: float | None) -> None:
    def shifted(by: Any) -> Any:
        return by + sf.descend(lambda x: (x - 1) ** 2, 3.0, rule, steps=5, lr=lr).value

    alone = sf.descend(lambda x: (x - 1) ** 2, 3.0, rule, steps=5, lr=lr).value
    assert float(jax.jit(shifted)(1.0)) == pytest.approx(1.0 + alone, rel=1e-6)
    with pytest.raises(TraceError, match="placeholder"):
        jax.jit(lambda a: sf.descend(lambda x: (x - a) ** 2, 3.0, rule, lr=lr).value)(1.0)


@pytest.mark.parametrize("record", ["last", 100, 7])
def test_the_last_good_step_is_recorded_where_the_walk_ends(record: Any) -> None:
    # log x has no lowest value: Adam walks into the end of its domain.
    whole = sf.descend("log(x)", 1.0, "adam", 2000, lr=1e-3)
    some = sf.descend("log(x)", 1.0, "adam", 2000, lr=1e-3, record=record)
    assert some.numbers[-1] == whole.numbers[-1] < 2000
    assert some.points[-1] == pytest.approx(whole.points[-1], rel=1e-9)
    assert some.reason == whole.reason


def test_an_interrupted_walk_keeps_where_it_got_to() -> None:
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        walk = sf.descend("x^2 + 1", 5.0, "adam", 10**9, lr=1e-9, record="last")
    finally:
        timer.cancel()
    assert walk.numbers[0] == 0 and walk.numbers[-1] > 0
    assert walk.points[-1] < walk.points[0]


def test_a_schedule_or_rule_that_reads_something_else_walks_otherwise() -> None:
    held = [0.1]
    rule = optax.GradientTransformation(
        lambda params: (), lambda g, s, p=None: (jax.tree.map(lambda v: -held[0] * v, g), s)
    )
    for make in ({"lr": lambda k: held[0], "rule": "gd"}, {"rule": rule}):
        for rate in (0.1, 0.25, 0.1):
            held[0] = rate
            walk = sf.descend("x^2", 1.0, steps=2, **make)
            expected = [(1.0 - 2.0 * rate) ** k for k in range(3)]
            assert walk.points.ravel() == pytest.approx(expected)


def test_an_overflow_on_the_way_is_no_end_of_the_domain() -> None:
    walk = sf.descend("log(1 + exp(-x)) + 0.05x^2", {"x": 2.7578}, "gd", 20, lr=60.0)
    assert walk.ended is Status.DIVERGED and "overflow" in walk.reason
