"""The time of a step: descend against PyTorch and optax.

    python bench/steps.py [--rounds 5]

10⁴ steps of each rule from one start, all in float64 on the CPU. "descend" is `sf.descend` as a
person calls it, keeping the last step or all of them; "optax, scan" is the same rule in one jitted
`lax.scan` that keeps nothing, not even the value; "that looks" is one that asks at each step
whether the value is a number, as descend has to; "optax, loop" is a jitted update called from
Python; PyTorch its own optimiser in a Python loop, and with torch.compile where that works here.
Loops in Python take fewer steps, since their time per step is the same. Times are the median of
rounds taken in turns, compile left out. Ratios are to "descend, last".

A call of descend looks whether the function is what it was, and at the walk's last point, whatever
the number of steps; a jitted scan does neither. "One step more" is without the call: the time of
10⁶ steps less that of 10⁴, for each step between (10⁵ steps where one takes over 10 µs).
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import surefoot as sf
from surefoot.descent import RULES

STEPS, MORE, SLOW = 10_000, 1_000_000, 300
RATES = {"gd": 1e-4, "momentum": 1e-5, "nesterov": 1e-5, "rmsprop": 1e-4, "adam": 1e-3}
DESCEND_ON, SCAN_ON = "descend, on", "optax, scan, on"
LOOKS, LOOKS_ON = "optax, scan that looks", "optax, scan that looks, on"
Way = Callable[[], int]
"""Walks once and returns how many steps that were."""


def chain(x: Any) -> Any:
    """Rosenbrock's function of any size."""
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(features: int = 200, rows: int = 500) -> tuple[Callable[[Any], Any], np.ndarray, Any]:
    """The mean logistic loss of random data; the function, the start, and the data."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((rows, features)) / np.sqrt(features)
    sign = np.where(a @ rng.standard_normal(features) > 0, 1.0, -1.0)

    def f(w: Any) -> Any:
        return jnp.mean(jnp.logaddexp(0.0, -sign * (a @ w)))

    return f, np.zeros(features), (a, sign)


def jax_ways(
    f: Callable[[Any], Any], x0: np.ndarray, name: str, more: int
) -> Iterator[tuple[str, Way]]:
    """descend, and optax by scan and by a loop in Python."""
    eta = RATES[name]
    rule = RULES[name](eta)
    both = jax.value_and_grad(f)

    def last(steps: int = STEPS) -> int:
        sf.descend(f, x0, name, steps, lr=eta, record="last")
        return steps

    def every() -> int:
        sf.descend(f, x0, name, STEPS, lr=eta)
        return STEPS

    def step(carry: Any, _: Any) -> Any:
        x, state = carry
        value, gradient = both(x)
        update, state = rule.update(gradient, state, x)
        return (optax.apply_updates(x, update), state), value

    whole = {
        steps: jax.jit(
            lambda x, steps=steps: jax.lax.scan(step, (x, rule.init(x)), length=steps)[0]
        )
        for steps in (STEPS, more)
    }

    def looking(carry: Any, _: Any) -> Any:
        inner, fine = carry
        inner, value = step(inner, None)
        return (inner, fine & jnp.isfinite(value)), None

    looks = {
        steps: jax.jit(
            lambda x, steps=steps: jax.lax.scan(
                looking, ((x, rule.init(x)), jnp.asarray(True)), length=steps
            )[0]
        )
        for steps in (STEPS, more)
    }
    single = jax.jit(lambda carry: step(carry, None)[0])

    def scan(steps: int = STEPS, compiled: Any = whole) -> int:
        with jax.enable_x64(True):
            jax.block_until_ready(compiled[steps](jnp.asarray(x0)))
        return steps

    def loop() -> int:
        with jax.enable_x64(True):
            carry = (jnp.asarray(x0), rule.init(jnp.asarray(x0)))
            for _ in range(SLOW):
                carry = single(carry)
            jax.block_until_ready(carry)
        return SLOW

    yield "descend, last", last
    yield "descend, all", every
    yield "optax, scan", scan
    yield LOOKS, lambda: scan(compiled=looks)
    yield "optax, loop", loop
    yield DESCEND_ON, lambda: last(more)
    yield SCAN_ON, lambda: scan(more)
    yield LOOKS_ON, lambda: scan(more, looks)


def torch_ways(kind: str, data: Any, x0: np.ndarray, name: str) -> Iterator[tuple[str, Way]]:
    """PyTorch's own optimiser on the same function, plain and compiled."""
    import torch

    torch.set_default_dtype(torch.float64)
    eta = RATES[name]
    make: dict[str, Callable[[Any], Any]] = {
        "gd": lambda p: torch.optim.SGD(p, eta),
        "momentum": lambda p: torch.optim.SGD(p, eta, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, eta, momentum=0.9, nesterov=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, eta, alpha=0.9),
        "adam": lambda p: torch.optim.Adam(p, eta),
    }
    if kind == "logistic":
        a, sign = (torch.from_numpy(array) for array in data)

        def loss(w: Any) -> Any:
            return torch.nn.functional.softplus(-sign * (a @ w)).mean()
    else:

        def loss(w: Any) -> Any:
            return (100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum()

    def way(function: Callable[[Any], Any]) -> Way:
        def walk() -> int:
            x = torch.nn.Parameter(torch.from_numpy(x0.copy()))
            optimiser = make[name]([x])
            for _ in range(SLOW):
                optimiser.zero_grad()
                function(x).backward()
                optimiser.step()
            return SLOW

        return walk

    yield "PyTorch", way(loss)
    yield "torch.compile", way(torch.compile(loss))


def one_more(found: dict[str, float], more: int) -> dict[str, float]:
    """Microseconds for each further step, and the ways without the long walks."""
    further = {
        f"{label}, one step more": (more * found.pop(on) - STEPS * found[label]) / (more - STEPS)
        for label, on in (
            ("descend, last", DESCEND_ON),
            ("optax, scan", SCAN_ON),
            (LOOKS, LOOKS_ON),
        )
    }
    return {**found, **further}


def table(title: str, ways: list[tuple[str, Way]], rounds: int) -> dict[str, float]:
    """Microseconds a step for each way that works."""
    working: list[tuple[str, Way]] = []
    for label, way in ways:
        try:
            way()
        except Exception as error:
            print(f"{title}: {label} does not work here: {type(error).__name__}")
            continue
        working.append((label, way))
    times: dict[str, list[float]] = {label: [] for label, _ in working}
    for _ in range(rounds):
        for label, way in working:
            began = time.perf_counter()
            steps = way()
            times[label].append(1e6 * (time.perf_counter() - began) / steps)
    return {label: statistics.median(found) for label, found in times.items()}


def main() -> None:
    """Print microseconds a step, and ratios to descend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    f, w0, data = logistic()
    problems = [
        ("Rosenbrock-2", chain, np.array([-1.2, 1.0]), "chain", None),
        ("Rosenbrock-1000", chain, np.tile([-1.2, 1.0], 500), "chain", None),
        ("logistic-200", f, w0, "logistic", data),
    ]
    for title, function, x0, kind, given in problems:
        for name in RATES:
            more = MORE if kind == "chain" else MORE // 10
            ways = list(jax_ways(function, x0, name, more))
            with suppress(ImportError):
                ways += torch_ways(kind, given, x0, name)
            found = one_more(table(f"{title} {name}", ways, rounds), more)
            ours = found["descend, last"]
            cells = "  ".join(f"{k} {v:.3g} µs ({v / ours:.2f})" for k, v in found.items())
            print(f"{title:<16}{name:<9}{cells}", flush=True)


if __name__ == "__main__":
    main()
