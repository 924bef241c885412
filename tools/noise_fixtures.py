"""What the page's draws, walks and noise numbers are compared with, all from the engine."""

from typing import Any

import numpy as np

import surefoot as sf
from surefoot.studio.noise_presets import NOISE_PRESETS, NoisePreset, noise_preset_scenario
from surefoot.terms import number_to_json

Item = dict[str, Any]

SEEDS = (0, 7, 4_294_967_000)
DRAWN = 100
WALKED = 50
SIZES = (1, 4, 16, 32)
ESCAPES = (1, 4, 16)


def noise_items() -> list[Item]:
    """Each preset: places of batches, walks of 50 steps right within 1e-9, and numbers."""
    return [_item(preset) for preset in NOISE_PRESETS]


def _item(preset: NoisePreset) -> Item:
    scenario = noise_preset_scenario(preset).to_json()
    return {
        "name": preset.name,
        "function": scenario["function"],
        "noise": scenario["noise"],
        "draws": [_draws(preset, seed, again) for seed in SEEDS for again in (True, False)],
        "walks": [
            _walk(preset, beta, size, again)
            for beta in (0.0, 0.6) for size, again in ((1, True), (5, False), (32, False))
        ],
        "spread": [_spread(preset, again) for again in (True, False)],
        "floors": [
            _floor(preset, eta, beta, size, again)
            for eta in (0.1, 0.7)
            for beta in (0.0, 0.6) for size, again in ((1, True), (8, False), (32, False))
        ],
        "escapes": _escapes(preset),
    }  # fmt: skip


def _batches(preset: NoisePreset, size: int, again: bool, seed: int = 3) -> Any:
    return sf.Batches(preset.data, size, replace=again, seed=seed)


def _draws(preset: NoisePreset, seed: int, again: bool) -> Item:
    places = _batches(preset, 7, again, seed).indices(DRAWN)
    return {"seed": seed, "replace": again, "size": 7, "places": places.tolist()}


def _walk(preset: NoisePreset, beta: float, size: int, again: bool) -> Item:
    eta = preset.eta * (1.0 - beta)
    walk = sf.descend(
        preset.loss, preset.start, "momentum", WALKED, lr=eta, options={"beta": beta},
        batches=_batches(preset, size, again),
    )  # fmt: skip
    return {
        "beta": beta, "eta": eta, "size": size, "replace": again, "seed": 3,
        "points": walk.points.tolist(), "losses": walk.full_values.tolist(),
    }  # fmt: skip


def _spread(preset: NoisePreset, again: bool) -> Item:
    found = sf.noise(preset.loss, preset.start, preset.data, sizes=SIZES, draws=2, replace=again)
    return {
        "replace": again, "trace": found.trace, "square": found.square,
        "scale": number_to_json(found.scale),
        "gradient": float(np.linalg.norm(found.cloud.gradient)),
        "spreads": [{"size": each.size, "predicted": each.predicted} for each in found.spreads],
    }  # fmt: skip


def _floor(preset: NoisePreset, eta: float, beta: float, size: int, again: bool) -> Item:
    rule, options = ("momentum", {"beta": beta}) if beta > 0.0 else ("gd", None)
    rate = sf.learning_rate(
        preset.loss, preset.start, rule, options=options, batches=_batches(preset, size, again)
    )
    assert rate.noise is not None
    return {
        "eta": eta, "beta": beta, "size": size, "replace": again,
        "minimum": rate.point.tolist(),
        "limit": rate.noise.limit, "floor": number_to_json(rate.noise.floor(eta)),
    }  # fmt: skip


def _escapes(preset: NoisePreset) -> Item:
    found = sf.escapes(
        preset.loss, preset.start, preset.data, ESCAPES, "gd", 200, lr=preset.eta,
        replace=preset.replace,
    )  # fmt: skip
    return {
        "eta": preset.eta, "steps": 200, "replace": preset.replace, "walks": 64,
        "escaped": {str(each.size): each.escaped for each in found.counts},
    }  # fmt: skip
