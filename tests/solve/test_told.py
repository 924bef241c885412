"""Numbers in warnings are those that a reader would find by trying them."""

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf


@pytest.mark.parametrize("seed", range(4))
def test_a_move_along_what_is_hardly_determined_stays_within_the_scatter(seed: int) -> None:
    """The numbers of the warning are those of a move that changes no residual by more than s."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 6.0, 40)
    y = 2 * np.exp(-0.5 * t) + 1.5 * np.exp(-0.6 * t) + 0.02 * rng.standard_normal(40)

    def residual(p):
        return p["a"] * jnp.exp(-p["k"] * t) + p["b"] * jnp.exp(-p["l"] * t) - y

    fit = sf.least_squares(residual, {"a": 2.0, "k": 0.5, "b": 1.5, "l": 0.6}).fit
    if not fit.hardly_determined:
        pytest.skip("these data determine all four")
    sentence = fit.hardly_determined[0]
    listed = sentence.split("moving ")[1].split(" together")[0].split(", ")
    moves = dict(part.rsplit(" by ", 1) for part in listed)
    way = np.array([float(moves.get(name, 0.0)) for name in fit.names])
    change = np.max(np.abs(fit.jacobian @ way))
    assert change <= 0.51 * fit.residual_deviation
