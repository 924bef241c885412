"""Each preset shows what its lesson says."""

from typing import Any

import numpy as np
import pytest

import surefoot as sf
from surefoot.program.tape import Tape
from surefoot.studio.presets import PRESETS, preset_named, preset_scenario
from surefoot.terms import InputError


def _walk(name: str, eta: float | None = None, start: float | None = None, steps: int = 400) -> Any:
    preset = preset_named(name)
    begin = preset.start if start is None else start
    walk = sf.descend(preset.formula, begin, steps=steps, lr=eta or preset.eta)
    return walk.points[:, 0], walk.values, walk


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_is_alive_without_an_engine(preset: Any) -> None:
    scenario = preset_scenario(preset)
    low, high = scenario.box
    assert low < scenario.start < high and scenario.preset == preset.name and scenario.lesson
    tape = Tape.from_json(scenario.function.tape)
    step = Tape.from_json(scenario.function.steps["gd"].tape)
    value, slope, _ = tape.run([scenario.start])
    assert np.isfinite(value) and slope != 0.0
    assert step.run([scenario.start, scenario.eta])[0] == pytest.approx(
        scenario.start - scenario.eta * slope, rel=1e-14
    )


def test_the_first_screen() -> None:
    scenario = preset_scenario()
    assert scenario.function.formula == "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"
    assert (scenario.start, scenario.eta) == (1.88354, 0.5)
    slope = Tape.from_json(scenario.function.tape).run([1.88354])[1]
    assert slope == pytest.approx(0.491, abs=5e-4)


def test_double_well_the_start_decides() -> None:
    right, values, _ = _walk("double well")
    assert right[-1] == pytest.approx(1.72, abs=0.005)
    left, deeper, _ = _walk("double well", eta=0.1, start=-3.0)
    assert left[-1] == pytest.approx(-2.18, abs=0.005)
    assert deeper[-1] < values[-1] - 0.5


def test_bowl_one_number_decides() -> None:
    slides, _, _ = _walk("bowl", 0.5)
    assert (slides[:20] > 0).all()
    returns, _, _ = _walk("bowl", 1.5)
    assert (np.sign(returns[:20]) == (-1.0) ** np.arange(20)).all()
    assert abs(returns[40]) < 1e-9
    _, rises, _ = _walk("bowl", 2.1, steps=30)
    assert (np.diff(rises) > 0).all()


def test_ravine_the_wide_step_does_not_fit() -> None:
    outside, _, _ = _walk("narrow ravine cut", steps=3000)
    assert outside[-1] == pytest.approx(0.0, abs=1e-3)
    inside, low, _ = _walk("narrow ravine cut", 0.024, steps=3000)
    assert inside[-1] == pytest.approx(1.0, abs=0.01) and low[-1] < 0.1
    quick = int(np.argmax(outside < 1.3))
    slow = int(np.argmax(inside < 1.01))
    assert slow > 10 * quick > 0


def test_plateau_a_small_slope_is_no_arrival() -> None:
    crawls, _, walk = _walk("plateau")
    assert abs(walk.gradients[0, 0]) < 0.01
    assert int(np.argmax(np.abs(crawls) < 0.01)) > 300
    direct, _, _ = _walk("plateau", start=1.0)
    assert 0 < int(np.argmax(np.abs(direct) < 0.01)) < 10


def test_kink_the_hops_do_not_end() -> None:
    hops, _, _ = _walk("kink")
    last = np.abs(np.diff(hops[-50:]))
    assert last.min() > 0.2
    halved, _, _ = _walk("kink", 0.25)
    assert np.abs(np.diff(halved[-50:])).mean() == pytest.approx(last.mean() / 2, rel=0.15)


def test_jump_the_slope_cannot_see_it() -> None:
    points, values, walk = _walk("jump")
    across = int(np.argmax(points >= 0.0))
    assert (walk.gradients[:across, 0] < 0).all(), "downhill to the right, by the slope"
    assert 1.8 < values[across] - values[across - 1] < 2.0
    assert values[-1] > values[across - 1]


def test_cliff_one_step_leaves_the_picture() -> None:
    preset = preset_named("cliff")
    points, _, walk = _walk("cliff")
    assert walk.gradients[0, 0] == pytest.approx(30.0, abs=0.5)
    assert points[1] < preset.box[0]
    back = np.diff(points[1:20])
    assert (back > 0.03).all() and (back < 0.12).all()
    assert points[-1] == pytest.approx(-1.0, abs=1e-3)
    short, _, _ = _walk("cliff", 0.01)
    assert (short > preset.box[0]).all() and (short < preset.box[1]).all()


def test_a_name_that_is_none() -> None:
    with pytest.raises(InputError, match="double well"):
        preset_named("tripple well")
