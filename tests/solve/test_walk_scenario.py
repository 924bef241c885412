"""Walks and answers as scenarios: what is recorded, what is replayed, and in which window."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tests.solve.test_snippet import names_of

import surefoot as sf
from surefoot.descent.plane_rules import plane_rules
from surefoot.program.tape import Tape
from surefoot.solve.recorded_walk import window_with
from surefoot.solve.walk_scenario import REPLAYED, replayed_rate
from surefoot.terms import InputError, RecordedWalk, Scenario

HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
START = {"x": 0.0, "y": -3.0}
MATRIX = jnp.array([[2.0, 0.3, 0.0], [0.3, 1.0, 0.1], [0.0, 0.1, 0.2]])


def bowl(x: Any) -> Any:
    return 0.5 * x @ MATRIX @ x + jnp.sum(x**4)


def recorded(scenario: Scenario) -> RecordedWalk:
    assert scenario.function.plane is not None
    found = scenario.function.plane.cuts[0].recorded
    assert found is not None
    return found


# ── two variables ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", REPLAYED)
def test_a_rule_of_the_page_is_replayed_beside_the_record(rule: str) -> None:
    lr = None if rule == "newton" else 0.004
    walk = sf.descend(HIMMELBLAU, START, rule, 30, lr=lr)
    shown = sf.lab(walk).scenario
    assert Scenario.from_json(shown.to_text()) == shown
    assert shown.tab == "landscape" and shown.plane is not None
    held = recorded(shown)
    assert held.label == rule and held.numbers == tuple(range(31)) and held.share == 1.0
    np.testing.assert_array_equal(np.column_stack([held.x, held.y]), walk.points)
    np.testing.assert_array_equal(held.value, walk.values)
    np.testing.assert_array_equal(held.slope, walk.gradient_norms)
    assert shown.plane.rules == (rule,) and shown.plane.chosen == rule
    assert shown.plane.mode == "tuned" and shown.plane.steps == 30
    assert shown.plane.rates == {rule: 1.0 if rule == "newton" else 0.004}
    assert shown.plane.start == (0.0, -3.0)


def test_what_is_replayed_are_rules_of_the_page() -> None:
    assert set(REPLAYED) == {rule.name for rule in plane_rules() if not rule.searches}


@pytest.mark.parametrize(
    "options",
    [
        {"rule": "gd", "lr": lambda k: 0.01 / (1 + k)},
        {"rule": "momentum", "lr": 0.004, "options": {"beta": 0.5}},
        {"rule": "gd", "lr": 0.004, "weight_decay": 0.1},
        {"rule": "gd", "lr": 0.004, "clip": 10.0},
        {"rule": "gd", "lr": 0.004, "record": 5},
        {"rule": "random", "lr": 0.1},
        {"rule": "l-bfgs"},
        {"rule": optax.adam(0.1)},
    ],
    ids=["schedule", "numbers", "decay", "clip", "thinned", "random", "l-bfgs", "optax"],
)  # fmt: skip
def test_what_the_page_does_not_walk_stands_as_recorded_alone(options: Any) -> None:
    walk = sf.descend(HIMMELBLAU, START, steps=20, **options)
    shown = walk.to_lab()
    assert shown.plane is not None and shown.plane.rules == () and shown.plane.rates == {}
    held = recorded(shown)
    assert held.label == walk.rule and held.numbers == tuple(walk.numbers.tolist())
    assert held.x[-1] == walk.points[-1, 0]
    # On a curve too: a ball that took other steps than the walk was once shown for clipped ones.
    line = sf.descend("(w^2 - 4)^2", 3.0, steps=20, **options)
    assert replayed_rate(line) is None and line.to_lab().steps == 0


def test_minibatches_are_recorded_with_the_loss_of_all() -> None:
    data = np.random.default_rng(0).standard_normal((40, 2))

    def loss(w: Any, rows: Any) -> Any:
        return jnp.mean(jnp.sum((w - rows) ** 2, axis=1))

    batches = sf.Batches(data, 4, seed=1)
    walk = sf.descend(loss, np.array([3.0, -2.0]), steps=15, lr=0.1, batches=batches)
    shown = walk.to_lab()
    assert shown.plane is not None and shown.plane.rules == ()
    held, plane = recorded(shown), shown.function.plane
    assert plane is not None
    np.testing.assert_array_equal(held.value, walk.full_values)
    out = Tape.from_json(plane.tape).run_many(walk.points)
    np.testing.assert_allclose(held.value, out[:, 0], rtol=1e-12)
    np.testing.assert_allclose(held.slope, np.hypot(out[:, 1], out[:, 2]), rtol=1e-9)


def test_a_walk_that_ran_away_says_so_and_is_replayed_to_its_end() -> None:
    walk = sf.descend(HIMMELBLAU, START, steps=50, lr=1.0)
    shown = walk.to_lab()
    assert shown.plane is not None
    assert recorded(shown).ended == walk.reason != ""
    assert f"at step {shown.plane.steps}" in walk.reason
    (x0, x1), (y0, y1) = shown.plane.box
    assert x0 < 0.0 < x1 < 1e3 and y0 < -3.0 < y1 < 1e3


def test_a_long_walk_is_thinned_and_keeps_both_ends() -> None:
    walk = sf.descend("x^2 + 2y^2", {"x": 1.0, "y": 1.0}, steps=3000, lr=0.001)
    shown = walk.to_lab()
    held = recorded(shown)
    assert len(held.x) == 1000 and (held.numbers[0], held.numbers[-1]) == (0, 3000)
    assert (held.x[-1], held.y[-1]) == tuple(walk.points[-1])
    assert len(shown.to_text()) < 2**17


def test_no_step_at_all_is_a_point() -> None:
    shown = sf.descend("x^2 + 2y^2", {"x": 1.0, "y": 1.0}, steps=0, lr=0.1).to_lab()
    assert recorded(shown).numbers == (0,) and shown.plane is not None
    assert shown.plane.steps == 1 and shown.plane.rules == ()


# ── windows ────────────────────────────────────────────────────────────────────────────────────

BOX = ((-2.0, 2.0), (-1.0, 1.0))


def _inside(box: Any, points: Any) -> bool:
    (x0, x1), (y0, y1) = box
    x, y = np.array(points).T
    return bool(((x0 < x) & (x < x1) & (y0 < y) & (y < y1)).all())


def test_the_window_holds_the_path() -> None:
    inside = np.array([[-1.5, 0.5], [0.0, 0.0]])
    assert window_with(BOX, inside, True) == BOX
    beside = np.array([[5.0, 0.5], [0.0, 0.0]])
    assert _inside(window_with(BOX, beside, True), beside)
    far = np.array([[500.0, 300.0], [490.0, 295.0]])
    held = window_with(BOX, far, True)
    assert _inside(held, far) and held[0][1] - held[0][0] < 20.0
    small = np.array([[0.0, 0.0], [1e-3, 1e-3]])
    held = window_with(BOX, small, True)
    assert _inside(held, small) and held[0][1] - held[0][0] < 0.01
    still = np.array([[0.5, 0.5]])
    assert window_with(BOX, still, True) == BOX


def test_of_a_path_that_ran_away_the_near_part_is_held() -> None:
    away = np.array([[1.0, 0.0], [-3.0, 0.1], [40.0, -5.0], [-1e30, 1e20]])
    held = window_with(BOX, away, False)
    assert _inside(held, away[:2]) and held[0][1] < 10.0
    begun_far = np.array([[1e3, 0.0], [-1e9, 0.1]])
    assert _inside(window_with(BOX, begun_far, False), [*begun_far[:1], [0.0, 0.0]])


# ── more variables ─────────────────────────────────────────────────────────────────────────────


def test_of_more_variables_the_plane_of_the_path_is_shown() -> None:
    walk = sf.descend(bowl, np.array([1.0, -2.0, 3.0]), "momentum", 40, lr=0.02)
    shown = sf.lab(walk).scenario
    assert Scenario.from_json(shown.to_text()) == shown
    plane = shown.function.plane
    assert shown.tab == "landscape" and plane is not None and shown.plane is not None
    first, *pairs = plane.cuts
    assert first.label == "the plane of the path" and len(pairs) == 3
    held = recorded(shown)
    assert held.share == pytest.approx(walk.plane.share) and 0.5 < held.share < 1.0
    np.testing.assert_array_equal(held.value, walk.values)
    # The last point lies in the plane, and what is drawn is the path at right angles onto it.
    tape, path = Tape.from_json(plane.tape), np.column_stack([held.x, held.y])
    np.testing.assert_allclose(path[-1], 0.0, atol=1e-12)
    assert tape.run([*path[-1], *first.fixed])[0] == pytest.approx(walk.values[-1], rel=1e-12)
    origin, a, b = np.split(np.array(first.fixed), 3)
    laid = origin + path @ np.stack([a, b])
    off = walk.points - laid
    np.testing.assert_allclose(off @ np.stack([a, b]).T, 0.0, atol=1e-12)
    assert _inside(first.box, path) and shown.plane.box == first.box
    # No rule walks of itself: in the plane it would take other steps.
    assert shown.plane.rules == () and shown.plane.start == (held.x[0], held.y[0])


def test_a_walk_without_a_tape_is_cut_through_its_last_point() -> None:
    def hard(x: Any) -> Any:
        return jnp.sum(jnp.linalg.eigvalsh(jnp.diag(x) + MATRIX) ** 2)

    walk = sf.descend(hard, np.ones(3), steps=5, lr=0.01)
    shown = walk.to_lab()
    assert shown.tab == "curve" and shown.function.plane is None and shown.function.why
    assert shown.function.slices[0].fixed[1:4] == tuple(walk.points[-1])


def test_many_variables_fit_into_a_scenario_or_are_refused() -> None:
    walk = sf.descend(lambda x: jnp.sum(x**2), np.ones(400), steps=3, lr=0.1)
    assert len(walk.to_lab().to_text()) < 2**20
    many = sf.descend(lambda x: jnp.sum(x**2), np.ones(5001), steps=1, lr=0.1)
    with pytest.raises(InputError, match=r"5,001 coordinates.*plot"):
        many.to_lab()


# ── words, answers, the document ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("f", "x0", "options"),
    [
        (HIMMELBLAU, START, {"rule": "adam", "lr": 0.2}),
        (HIMMELBLAU, START, {"rule": "momentum", "lr": 0.004, "options": {"beta": 0.5}}),
        (HIMMELBLAU, START, {"rule": "gd", "lr": 1.0}),
        ("w^4 - w^2", 1.0, {"rule": "momentum", "lr": 0.02}),
    ],
)
def test_the_call_that_recorded_it_runs(f: Any, x0: Any, options: Any) -> None:
    walk = sf.descend(f, x0, steps=12, **options)
    again = names_of(walk.to_lab())["recorded"]
    # Called with the list of its numbers the function may round otherwise.
    np.testing.assert_allclose(again.points, walk.points, rtol=1e-11)
    assert again.reason == walk.reason


def test_where_there_is_no_call_none_is_written() -> None:
    for options in ({"clip": 1.0, "lr": 0.01}, {"lr": lambda k: 0.01 / (1 + k)}):
        walk = sf.descend(HIMMELBLAU, START, steps=4, **options)
        assert "recorded" not in walk.to_lab().function.snippet


def test_an_answer_has_the_engines_path_on_its_landscape() -> None:
    solution = sf.minimize("(1 - x)^2 + 100(y - x^2)^2", {"x": -1.2, "y": 1.0})
    shown = solution.to_lab()
    held = recorded(shown)
    assert shown.tab == "curve" and held.label == solution.engine
    assert (held.x[0], held.y[0]) == (-1.2, 1.0)
    assert (held.x[-1], held.y[-1]) == pytest.approx((1.0, 1.0), abs=1e-6)
    np.testing.assert_allclose(held.value, solution.trajectory.values, rtol=1e-9, atol=1e-15)
    upside = sf.maximize("-(x - 1)^2 - (y^2 - 1)^2", {"x": 3.0, "y": 0.5}).to_lab()
    heights = recorded(upside).value  # of the negative, which rolls down
    assert heights[0] > 0.0 and heights[-1] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"x": (1.0,)}, "differ in length"),
        ({"numbers": (), "x": (), "y": (), "value": (), "slope": ()}, "no points"),
        ({"numbers": (0, 0)}, "do not rise"),
        ({"y": (0.0, np.nan)}, "not finite"),
        ({"share": 1.5}, "expected 0 to 1"),
    ],
)
def test_a_record_that_cannot_be_drawn_is_refused(change: Any, why: str) -> None:
    good = {
        "label": "gd", "numbers": (0, 1), "x": (0.0, 1.0), "y": (0.0, 1.0), "value": (1.0, 0.0),
        "slope": (1.0, 0.0),
    }  # fmt: skip
    RecordedWalk(**good)
    with pytest.raises(InputError, match=why):
        RecordedWalk(**{**good, **change})
