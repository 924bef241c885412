"""Nets: minima with coordinates that are 0 but for rounding, and saddles where all are 0."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind as K

T = np.linspace(-2.0, 2.0, 25)
U = np.sin(2.0 * T)


def net(p: Any) -> Any:
    hidden = jnp.tanh(T[:, None] * p["w"] + p["b"])
    return jnp.mean((hidden @ p["v"] + p["c"] - U) ** 2)


def drawn(seed: int, width: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=width) for name in "wbv"} | {"c": 0.0}


@pytest.mark.parametrize("seed", [11, 5, 6, 7])
def test_a_minimum_with_zeros_of_rounding_is_one(seed: int) -> None:
    # By symmetry the minimum has c = 0 and one b = 0; a search ends at 1e-15.
    solution = sf.minimize(net, drawn(seed))
    assert solution.value < 2.6e-6
    assert solution.verdict.kind is K.LOCAL_MINIMUM


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("shift", [0.0, 0.25])
def test_all_weights_zero_is_a_saddle(width: int, shift: float) -> None:
    # ∂²f/∂w∂v < 0 there. Without a shift the row of b holds the mean of U, which is rounding.
    def f(p: Any) -> Any:
        hidden = jnp.tanh(T[:, None] * p["w"] + p["b"])
        return jnp.mean((hidden @ p["v"] + p["c"] - U - shift) ** 2)

    zero = {name: np.zeros(width) for name in "wbv"} | {"c": shift}
    verdict = sf.classify(f, zero)
    assert verdict.kind is K.SADDLE_POINT
    lower = {name: zero[name] + 0.01 * np.asarray(verdict.direction[name]) for name in zero}
    assert float(f(lower)) < float(f(zero)) - 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_a_molecule_may_be_moved_and_turned(seed: int) -> None:
    # Three atoms in the plane: two ways to move and one to turn cost nothing.
    def energy(p: Any) -> Any:
        pairs = [(0, 1), (0, 2), (1, 2)]
        squares = jnp.array([jnp.sum((p[i] - p[j]) ** 2) for i, j in pairs])
        return jnp.sum(4.0 * (squares**-6 - squares**-3))

    start = np.array([[0.0, 0.0], [1.2, 0.0], [0.5, 1.1]])
    start += 0.1 * np.random.default_rng(seed).normal(size=start.shape)
    solution = sf.minimize(energy, start)
    assert solution.value == pytest.approx(-3.0)
    assert solution.verdict.kind is K.FLAT_MINIMUM
