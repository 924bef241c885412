"""Ten million parameters: memory and time of a step, against bare optax.

    python bench/large.py [--width 5000] [--steps 20]

Adam on a net of two layers, 1000 → width → 1000, with 256 examples, in float64 on JAX's default
device. "descend" is `sf.descend(..., record="last")` as a person calls it; "optax" the same rule
in a jitted loop with the parameters donated. Each runs in a process of its own. The time of a
step is the difference between a walk of 2k and one of k steps, the best of three, over k. The
memory is the peak of the device where JAX tells it, else that of the process less what it held
before the first call.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import surefoot as sf

INPUTS, ROWS, ETA = 1000, 256, 1e-3


def problem(width: int) -> tuple[Callable[[Any], Any], dict[str, np.ndarray]]:
    """The mean squared error of the net on random data, and its start."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((ROWS, INPUTS)), rng.standard_normal((ROWS, INPUTS))
    start = {
        "W1": rng.standard_normal((INPUTS, width)) / np.sqrt(INPUTS),
        "W2": rng.standard_normal((width, INPUTS)) / np.sqrt(width),
    }

    def loss(w: dict[str, Any]) -> Any:
        return jnp.mean((jnp.tanh(x @ w["W1"]) @ w["W2"] - y) ** 2)

    return loss, start


def by_descend(width: int) -> Callable[[int], float]:
    """steps → the last value, as a person would get it."""
    loss, start = problem(width)
    device = jax.devices()[0]
    return lambda steps: float(
        sf.descend(loss, start, "adam", steps, lr=ETA, record="last", device=device).values[-1]
    )


def by_optax(width: int) -> Callable[[int], float]:
    """The same with nothing between JAX and optax."""
    loss, start = problem(width)
    rule = optax.adam(ETA)
    both = jax.value_and_grad(loss)

    def whole(w: Any, steps: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            w, state, _ = carry
            value, gradient = both(w)
            update, state = rule.update(gradient, state, w)
            return optax.apply_updates(w, update), state, value

        w, _, _ = jax.lax.fori_loop(0, steps, step, (w, rule.init(w), jnp.zeros(())))
        return both(w)[0], w

    compiled = jax.jit(whole, donate_argnums=0)

    def walk(steps: int) -> float:
        with jax.enable_x64(True):
            value, _ = compiled(jax.tree_util.tree_map(jnp.asarray, start), steps)
            return float(value)

    return walk


WAYS = {"descend": by_descend, "optax": by_optax}


def measure(name: str, width: int, steps: int) -> dict[str, Any]:
    """Seconds a step and peak memory in MiB, in this process."""
    walk = WAYS[name](width)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    value = 0.0
    calls: dict[int, list[float]] = {steps: [], 2 * steps: []}
    for _ in range(4):
        for count, times in calls.items():
            began = time.perf_counter()
            value = walk(count)
            times.append(time.perf_counter() - began)
    short, long = (min(times[1:]) for times in calls.values())
    device = jax.devices()[0]
    stats = device.memory_stats() or {}
    peak = stats.get("peak_bytes_in_use", 0) / 2**20
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
    return {
        "step": (long - short) / steps,
        "call": short,
        "memory": peak or resident,
        "value": value,
        "device": f"{device.platform} {device.device_kind}",
    }


def main() -> None:
    """Print both, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=5000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--only", choices=list(WAYS))
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure(given.only, given.width, given.steps)))
        return
    found: dict[str, Any] = {}
    for name in WAYS:
        command = [
            sys.executable, __file__, "--only", name, "--width", str(given.width),
            "--steps", str(given.steps),
        ]  # fmt: skip
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[name] = json.loads(out.splitlines()[-1])
    size = 2 * INPUTS * given.width
    print(f"{size:,} parameters ({size * 8 / 2**20:.0f} MiB) on {found['optax']['device']}")
    for name, row in found.items():
        print(
            f"{name:<9}{1e3 * row['step']:9.2f} ms a step   {row['call']:7.2f} s a call   "
            f"{row['memory']:8.0f} MiB   last value {row['value']:.6f}"
        )
    ours, theirs = found["descend"], found["optax"]
    print(
        f"ratios   time of a step {ours['step'] / theirs['step']:.2f}, memory "
        f"{ours['memory'] / theirs['memory']:.2f}"
    )


if __name__ == "__main__":
    main()
