"""Each preset of the noise shows what its lesson says, by Python's own walks."""

from typing import Any

import numpy as np
import pytest

import surefoot as sf
from surefoot.studio.noise_presets import NOISE_PRESETS, NoisePreset, noise_preset_scenario
from surefoot.terms import Scenario

LINE, WELL = NOISE_PRESETS
SEEDS = range(24)


def _ends(preset: NoisePreset, size: int, eta: float, steps: int, tail: bool = False) -> Any:
    """Where walks end, or the mean of their last halves."""
    ends: list[Any] = []
    for seed in SEEDS:
        batches = sf.Batches(preset.data, size, replace=preset.replace, seed=seed)
        walk = sf.descend(preset.loss, preset.start, "gd", steps, lr=eta, batches=batches)
        ends.append(walk.points[steps // 2 + 1 :].mean(axis=0) if tail else walk.points[-1])
    return np.array(ends)


def _width(ends: Any) -> float:
    return float(np.sqrt(((ends - ends.mean(axis=0)) ** 2).sum(axis=1).mean()))


@pytest.mark.parametrize("preset", NOISE_PRESETS, ids=lambda preset: preset.name)
def test_every_one_is_alive_without_an_engine(preset: NoisePreset) -> None:
    scenario = noise_preset_scenario(preset)
    assert scenario.tab == "noise" and scenario.noise is not None and scenario.lesson
    assert scenario.function.examples is not None and scenario.function.tape is not None
    for at, (low, high) in zip(scenario.noise.start, scenario.noise.box, strict=True):
        assert low < at < high
    assert Scenario.from_json(scenario.to_text()) == scenario


@pytest.mark.parametrize("preset", NOISE_PRESETS, ids=lambda preset: preset.name)
def test_the_python_that_it_shows_runs(preset: NoisePreset) -> None:
    names: dict[str, Any] = {}
    exec(noise_preset_scenario(preset).function.snippet, names)
    assert float(names["f"](preset.start)) == pytest.approx(
        float(preset.loss(preset.start, preset.data))
    )
    found = sf.noise(names["loss"], preset.start, names["data"])
    assert found.trace == pytest.approx(sf.noise(preset.loss, preset.start, preset.data).trace)


def test_four_times_the_batch_halves_the_fan_and_so_does_a_quarter_of_the_rate() -> None:
    one = _width(_ends(LINE, 4, 0.1, 200))
    assert _width(_ends(LINE, 16, 0.1, 200)) / one == pytest.approx(0.5, abs=0.15)
    assert _width(_ends(LINE, 4, 0.025, 800)) / one == pytest.approx(0.5, abs=0.15)
    assert _width(_ends(LINE, 4, 0.1, 200, tail=True)) < 0.4 * one


def test_small_batches_leave_the_valley_and_large_ones_do_not() -> None:
    found = sf.escapes(
        WELL.loss, WELL.start, WELL.data, [2, 4, 16, 32], "gd", 200, lr=WELL.eta, replace=True
    )
    assert found.without_noise == "stays"
    escaped = [each.escaped for each in found.counts]
    assert escaped[0] > 32 and escaped[1] > 16 and escaped[2:] == [0, 0]
    # The deeper valley is harder to leave.
    back = sf.escapes(
        WELL.loss, -1.03, WELL.data, [4], "gd", 200, lr=WELL.eta, replace=True
    ).counts[0]
    assert back.elsewhere + back.escaped < escaped[1]
