"""Losses on minibatches, each with the one thing that it teaches."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from surefoot.solve.batches import Batches
from surefoot.studio.batches import noise_scenario
from surefoot.terms import Scenario


@dataclass(frozen=True)
class NoisePreset:
    """A loss with its examples, window, start, batches, and lesson.

    Attributes:
        name: the word for it, also in files and links.
        loss: loss(params, batch). data: its examples.
        start: in the structure of params. box: the window of each parameter.
        eta, size, replace: learning rate and batches.
        lesson: what to try, and what it shows.
    """

    name: str
    loss: Callable[[Any, Any], Any]
    data: Any
    start: Any
    box: Any
    eta: float
    size: int
    replace: bool
    lesson: str


def line_loss(w: Any, batch: Any) -> Any:
    """The mean square of what a line misses y by."""
    x, y = batch
    return jnp.mean((w["a"] + w["b"] * x - y) ** 2)


def well_loss(w: Any, batch: Any) -> Any:
    """Two valleys, in which each example pushes to one side."""
    return jnp.mean((w**2 - 1) ** 2 + 0.3 * w + batch * w)


def _scatter(count: int) -> Any:
    rng = np.random.default_rng(11)
    x = np.round(rng.uniform(-1.0, 2.0, count), 2)
    return x, np.round(1.0 + 0.5 * x + 0.6 * rng.standard_normal(count), 2)


def _pushes(count: int) -> Any:
    pushes = np.round(5.0 * np.random.default_rng(6).standard_normal(count), 2)
    return np.round(pushes - pushes.mean(), 2)


NOISE_PRESETS = (
    NoisePreset(
        "line through scatter", line_loss, _scatter(32), {"a": -0.9, "b": -0.7},
        {"a": (-1.4, 2.4), "b": (-1.2, 1.8)}, 0.1, 4, True,
        "Every walk has the same loss and the same start; they differ in the examples that they "
        "draw. Four times the batch makes the cloud of steps and the fan of ends half as wide, and "
        "so does a quarter of η, which takes four times the steps. Averaging the last half of a "
        "walk takes most of the noise away.",
    ),
    NoisePreset(
        "noise leaves a valley", well_loss, _pushes(32), 0.96, (-1.9, 1.9), 0.08, 4, True,
        "The ball lies in the shallower of two valleys. Without noise it stays there for ever. "
        "Small batches kick it over the hill, mostly into the deeper valley, which is harder to "
        "leave; batches of 16 and more do not.",
    ),
)  # fmt: skip


def noise_preset_scenario(preset: NoisePreset) -> Scenario:
    """A preset as a scenario with its tapes, opened on the noise."""
    batches = Batches(preset.data, preset.size, replace=preset.replace)
    scenario, _ = noise_scenario(preset.loss, preset.box, preset.start, preset.eta, batches)
    return replace(scenario, preset=preset.name, lesson=preset.lesson)
