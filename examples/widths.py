"""Are the local minima nearly as good? Many seeds × widths of a small net in one program.

    python examples/widths.py

A net with one hidden layer, f(x) = Σⱼ aⱼ tanh(bⱼx + cⱼ) + d, is fitted to 32 noisy points of a
curve by full-batch Adam. Nets of all widths and seeds train together: a narrow net is a wide one
whose other units are masked. What is printed is what comes out: the median of the final losses for
each width, and how far the best and the worst seeds lie apart.
"""

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

WIDTHS = (1, 2, 4, 8, 16, 32)
QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)


def points(count: int = 32, seed: int = 0) -> tuple[Any, Any]:
    """Noisy points of a curve that turns three times."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1.0, 1.0, count)
    return x, np.sin(5.0 * x) + 0.5 * x + 0.1 * rng.standard_normal(count)


def final_losses(widths: Any, seeds: int, steps: int, lr: float = 0.01) -> Any:
    """The mean squared errors after training, (widths, seeds), in one batched program."""
    x, y = points()
    most = max(widths)
    rule = optax.adam(lr)

    def loss(net: Any, mask: Any) -> Any:
        hidden = jnp.tanh(x[:, None] * net["b"] + net["c"])
        return jnp.mean((hidden @ (mask * net["a"]) + net["d"] - y) ** 2)

    def train(mask: Any, key: Any) -> Any:
        a, b, c = jax.random.normal(key, (3, most))
        net = {"a": a / jnp.sqrt(mask.sum()), "b": 3.0 * b, "c": c, "d": jnp.asarray(0.0)}

        def step(_: Any, carry: Any) -> Any:
            net, state = carry
            update, state = rule.update(jax.grad(loss)(net, mask), state, net)
            return optax.apply_updates(net, update), state

        return loss(jax.lax.fori_loop(0, steps, step, (net, rule.init(net)))[0], mask)

    masks = jnp.asarray([np.arange(most) < width for width in widths], jnp.float32)
    keys = jax.random.split(jax.random.key(0), seeds)
    run = jax.jit(jax.vmap(jax.vmap(train, (None, 0)), (0, None)))
    return np.asarray(run(masks, keys))


def main() -> None:
    """Train, and print the spread of the final losses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--steps", type=int, default=3000)
    given = parser.parse_args()
    found = final_losses(WIDTHS, given.seeds, given.steps)
    print(f"final losses of {given.seeds} seeds after {given.steps} steps of Adam")
    print("width      best       10 %     median       90 %      worst   worst/best")
    for width, losses in zip(WIDTHS, found, strict=True):
        marks = np.quantile(losses, QUANTILES)
        shown = " ".join(f"{mark:10.5f}" for mark in marks)
        print(f"{width:5d} {shown}   {marks[-1] / marks[0]:10.1f}")


if __name__ == "__main__":
    main()
