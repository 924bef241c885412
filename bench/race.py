"""The cost of a race: against the rules' own batched runs, and against single runs.

    python bench/race.py [--rounds 5]

Eight rules × 64 starts × one rate each, on Rosenbrock's function of 2 and of 10 numbers, warm.

    race     `sf.race` as a person calls it, retrace, ranking and the search for f* left out
             (`best=` is given), of all eight rules
    alone    the sum over the rules of the same race with that rule alone
    bare     the sum over the rules of one hand-written jitted `vmap` of a `lax.scan` with optax
    single   512 calls of `sf.descend(…, record="last")`, of which some are timed and the rest
             reckoned from them

Goals: race ≤ 1.2 × alone, and single ≥ 5 × race. Times are the median of rounds taken in turns.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import surefoot as sf
from surefoot.descent import RULES

RATES: dict[str, float | None] = {
    "gd": 1e-3, "momentum": 2e-4, "nesterov": 2e-4, "rmsprop": 1e-3, "adam": 0.02, "newton": None,
    "l-bfgs": None, "random": 0.02,
}  # fmt: skip
STARTS, STEPS, SINGLES = 64, 500, 8


def chain(x: Any) -> Any:
    """Rosenbrock's function of any size."""
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def bare(name: str, points: np.ndarray) -> Callable[[], None]:
    """The rule's walks in one jitted program that keeps the values and looks at nothing."""
    rule = optax.with_extra_args_support(RULES[name](RATES[name] or 1.0))

    def walk(x: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            x, state = carry
            value, gradient = jax.value_and_grad(chain)(x)
            update, state = rule.update(
                gradient, state, x, value=value, grad=gradient, value_fn=chain
            )
            return (x + update, state), value

        return jax.lax.scan(step, (x, rule.init(x)), length=STEPS + 1)[1]

    run = jax.jit(jax.vmap(walk))

    def called() -> None:
        with jax.enable_x64(True):
            jax.block_until_ready(run(jnp.asarray(points)))

    return called


def measured(size: int, rounds: int) -> None:
    """Print one row of ratios."""
    rng = np.random.default_rng(0)
    points = np.full(size, -1.0) + 0.3 * rng.standard_normal((STARTS, size))

    def raced(rules: dict[str, float | None]) -> Callable[[], None]:
        def called() -> None:
            sf.race(chain, points[0], rules, STEPS, starts=points, best=0.0)

        return called

    def single(name: str) -> Callable[[], None]:
        def called() -> None:
            for x in points[:SINGLES]:
                sf.descend(chain, x, name, STEPS, lr=RATES[name], record="last")

        return called

    ways = {"race": [raced(RATES)], "alone": [raced({name: RATES[name]}) for name in RATES]}
    ways["bare"] = [bare(name, points) for name in RATES]
    ways["single"] = [single(name) for name in RATES]
    for calls in ways.values():
        for call in calls:
            call()
    times: dict[str, list[float]] = {label: [] for label in ways}
    for _ in range(rounds):
        for label, calls in ways.items():
            began = time.perf_counter()
            for call in calls:
                call()
            times[label].append(time.perf_counter() - began)
    found = {label: statistics.median(taken) for label, taken in times.items()}
    found["single"] *= STARTS / SINGLES
    print(
        f"{size:5d} {1e3 * found['race']:9.1f} ms {found['race'] / found['alone']:12.2f} "
        f"{found['race'] / found['bare']:12.2f} {found['single'] / found['race']:14.1f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"{len(RATES)} rules × {STARTS} starts, {STEPS} steps; the median of {given.rounds}")
    print("    n         race   race/alone    race/bare    single/race")
    for size in (2, 10):
        measured(size, given.rounds)


if __name__ == "__main__":
    main()
