"""Each landscape shows what its lesson says, by Python's own walks."""

from typing import Any

import numpy as np
import pytest

import surefoot as sf
from surefoot.studio.plane_presets import PLANE_PRESETS, PlanePreset, plane_preset_scenario
from surefoot.terms import Scenario

NAMES = {preset.name: preset for preset in PLANE_PRESETS}
RATES = {"gd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 2, "adam": 3}


def _walk(name: str, rule: str, steps: int = 400, start: Any = None) -> Any:
    preset = NAMES[name]
    x, y = preset.start if start is None else start
    lr = 1.0 if rule == "newton" else preset.rates[RATES[rule]]
    return sf.descend(preset.formula, {"x": x, "y": y}, rule, steps, lr=lr)


def _end(name: str, rule: str, **options: Any) -> tuple[float, float]:
    x, y = _walk(name, rule, **options).points[-1]
    return round(float(x), 2), round(float(y), 2)


def _arrives(walk: Any) -> int | None:
    size = np.linalg.norm(walk.gradients, axis=1)
    found = np.flatnonzero(size <= 1e-6 * size[0])
    return int(found[0]) if found.size else None


@pytest.mark.parametrize("preset", PLANE_PRESETS, ids=lambda preset: preset.name)
def test_every_landscape_is_alive_without_an_engine(preset: PlanePreset) -> None:
    scenario = plane_preset_scenario(preset)
    assert scenario.tab == "landscape" and scenario.plane is not None and scenario.lesson
    assert scenario.function.plane is not None
    (x0, x1), (y0, y1) = scenario.plane.box
    x, y = scenario.plane.start
    assert x0 < x < x1 and y0 < y < y1
    assert Scenario.from_json(scenario.to_text()) == scenario


def test_himmelblau_one_start_many_ends() -> None:
    ends = {_end("Himmelblau", rule) for rule in ("gd", "momentum", "adam", "newton")}
    assert len(ends) == 4
    assert _walk("Himmelblau", "newton").verdict.kind.name == "SADDLE_POINT"


def test_rosenbrock_is_slow_to_follow() -> None:
    assert _arrives(_walk("Rosenbrock", "gd")) is None
    arrived = _arrives(_walk("Rosenbrock", "newton"))
    assert arrived is not None and arrived <= 6
    hessian = np.array([[802.0, -400.0], [-400.0, 200.0]])
    low, high = np.linalg.eigvalsh(hessian)
    assert high / low == pytest.approx(2500, rel=0.01)


def test_the_narrow_valley_is_jumped_across() -> None:
    y = _walk("narrow valley", "gd", 12).points[:, 1]
    assert (np.sign(y[1:]) == -np.sign(y[:-1])).all()
    assert _arrives(_walk("narrow valley", "newton")) == 1
    momentum, plain = (_arrives(_walk("narrow valley", rule)) for rule in ("momentum", "gd"))
    assert momentum is not None and plain is not None and momentum < plain


def test_the_saddle_holds_gradient_descent_and_not_adam() -> None:
    def waits(rule: str) -> int:
        points = _walk("saddle", rule).points
        return int(np.count_nonzero(np.abs(points).max(axis=1) < 0.5))

    assert waits("gd") > 20
    assert waits("adam") == waits("rmsprop") == 0
    assert _end("saddle", "newton") == (0.0, 0.0)
    for rule in RATES:
        assert (_walk("saddle", rule, 100, (-3.0, 0.0)).points[:, 1] == 0.0).all()


def test_the_camel_rewards_luck() -> None:
    plain, heavy = _walk("six-hump camel", "gd"), _walk("six-hump camel", "momentum")
    assert heavy.values[-1] < plain.values[-1] - 1.0, "momentum rolls through the shallow one"


def test_the_crater_stalls_what_follows_the_slope() -> None:
    sizes = {rule: np.linalg.norm(np.diff(_walk("crater", rule, 12).points, axis=0), axis=1)
             for rule in ("gd", "adam")}  # fmt: skip
    assert sizes["adam"].max() / sizes["adam"].min() < sizes["gd"].max() / sizes["gd"].min()
    assert np.linalg.norm(_walk("crater", "newton", 8).points[-1]) > 5.0


def test_the_corner_is_hopped_across_for_ever() -> None:
    x, y = _walk("corner valley", "gd", 400).points[-40:].T
    hops = np.sign(y[1:]) == -np.sign(y[:-1])
    assert hops.all() or (np.sign(x[1:]) == -np.sign(x[:-1])).all()
    assert np.linalg.norm(_walk("corner valley", "newton", 3).points[-1]) > 4.0
