"""Where the lab looks, where its ball begins, and how long its steps are, when nobody says."""

import numpy as np
import pytest

import surefoot as sf
from surefoot.program.tape import Tape
from surefoot.studio import lab


@pytest.mark.parametrize("formula", ["e^(-w)", "tanh(w)", "1/(1 + e^(-w))", "log(1 + e^w)"])
def test_a_slope_that_fades_in_float64_is_no_place_to_look_at(formula: str) -> None:
    shown = lab(formula).scenario
    assert shown.box == (-4.0, 4.0)
    slope = Tape.from_json(shown.function.tape).run([shown.start])[1]
    assert abs(slope) > 1e-3


def test_the_ball_on_a_falling_curve_begins_where_it_has_a_way_to_go() -> None:
    shown = lab("e^(-w)").scenario
    assert shown.start < 0.0
    walk = sf.descend("e^(-w)", shown.start, steps=50, lr=shown.eta)
    assert walk.points[-1, 0] - shown.start > 1.0


def test_a_wall_does_not_fill_the_window() -> None:
    shown = lab("w^1000").scenario
    assert -1.1 < shown.box[0] < -1.0 < 1.0 < shown.box[1] < 1.1
    assert 0.9 < abs(shown.start) < 1.01, "elsewhere the slope is next to nothing"


def test_a_level_stretch_is_a_place_to_look_at_where_the_slope_is_real_beside_it() -> None:
    box = lab("max(w - 50, 0)").scenario.box
    assert box[0] < 50.0 < box[1] < 100.0
    box = lab("max(|w - 30| - 2, 0)").scenario.box
    assert box[0] < 28.0 < 32.0 < box[1]


@pytest.mark.parametrize(
    "formula",
    ["w^4/4 - w^3/3 - w^2 + 0.3 sin(5w)", "w^6 - 3w^4 + w", "e^(w^2)", "(w - 1)^2 (w + 2)",
     "1e-300 w^2", "sin(50w) + w^2", "e^(-w) + 0.01w", "w^1000"],
)  # fmt: skip
def test_the_first_step_scale_arrives(formula: str) -> None:
    shown = lab(formula).scenario
    walk = sf.descend(formula, shown.start, steps=400, lr=shown.eta)
    values = walk.values
    assert walk.ended is None and np.isfinite(values).all()
    assert (np.diff(values) <= 1e-9 * abs(values[0])).all(), "every step goes down"


@pytest.mark.parametrize("formula", ["|w| + 0.1w^2", "log(w)", "sqrt(w)", "tan(w)", "1/w", "-w^2"])
def test_without_a_smooth_minimum_ahead_the_ball_stays_in_sight(formula: str) -> None:
    shown = lab(formula).scenario
    walk = sf.descend(formula, shown.start, steps=40, lr=shown.eta)
    width = shown.box[1] - shown.box[0]
    assert walk.ended is None
    assert np.all(np.abs(walk.points[:, 0]) < max(map(abs, shown.box)) + width)


def test_a_step_scale_that_is_asked_for_is_taken() -> None:
    assert lab("w^6 - 3w^4 + w", eta=0.5).scenario.eta == 0.5


@pytest.mark.parametrize("text", ["exp(-x) + exp(-y)", "exp(-x - 2y)"])
def test_a_landscape_opens_where_the_slope_is_no_rounding(text: str) -> None:
    shown = sf.lab(text).scenario.function
    assert shown.plane is not None
    cut = shown.plane.cuts[0]
    assert all(-20.0 < lower < upper < 20.0 for lower, upper in cut.box)
    value, *slope = Tape.from_json(shown.plane.tape).run([*cut.start])[:3]
    assert value > 1e-3 and max(abs(each) for each in slope) > 1e-3


def test_of_equally_steep_places_the_start_is_not_beside_the_answer() -> None:
    shown = sf.lab("abs(x) + abs(y)").scenario.function
    assert shown.plane is not None
    assert max(abs(each) for each in shown.plane.cuts[0].start) > 0.3
