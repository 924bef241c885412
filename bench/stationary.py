"""Every stationary point with proof, against searches that may miss some.

    python -m bench.stationary [--rounds 5]

Warm times: the second call and later ones, each with its own trace, search, and Arb's second
opinion. SciPy's multi-start runs L-BFGS-B on |∇f|² and its jitted gradient from four random starts
for each point that there is, 400 at most; SHGO lists the minima that it finds. Both say nothing of
what they missed.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import optimize

import surefoot as sf

Function = Callable[[Any], Any]


def himmelblau(x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11.0) ** 2 + (x[0] + x[1] ** 2 - 7.0) ** 2


def camel(x: Any) -> Any:
    a, b = x
    return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + (-4 + 4 * b**2) * b**2


def rastrigin(x: Any) -> Any:
    return 10.0 * x.size + x @ x - 10.0 * jnp.sum(jnp.cos(2.0 * jnp.pi * x))


def waves(x: Any) -> Any:
    return jnp.sin(x[0]) * jnp.sin(x[1])


def styblinski(x: Any) -> Any:
    return jnp.sum(x**4 - 16.0 * x**2 + 5.0 * x) / 2.0


PROBLEMS: list[tuple[str, Function, list[float], list[float], int]] = [
    ("Himmelblau", himmelblau, [-6.0] * 2, [6.0] * 2, 9),
    ("six-hump camel", camel, [-3.0, -2.0], [3.0, 2.0], 15),
    ("Rastrigin-2", rastrigin, [-5.0] * 2, [6.0] * 2, 529),
    ("sin x sin y", waves, [-5.0] * 2, [6.0] * 2, 25),
    ("Styblinski-Tang-4", styblinski, [-5.0] * 4, [5.0] * 4, 81),
    ("Styblinski-Tang-6", styblinski, [-5.0] * 6, [5.0] * 6, 729),
]


def distinct(points: Any) -> int:
    """How many points are further than 10⁻⁴ from all before them."""
    kept: list[Any] = []
    for point in points:
        if all(np.max(np.abs(point - other)) > 1e-4 for other in kept):
            kept.append(point)
    return len(kept)


def multistart(f: Function, low: Any, high: Any, starts: int) -> int:
    """Distinct zeros of the gradient that SciPy finds from random starts."""
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(f))
        square = jax.jit(jax.value_and_grad(lambda x: jnp.sum(jax.grad(f)(x) ** 2)))
        rng = np.random.default_rng(0)
        found: list[Any] = []
        for start in rng.uniform(low, high, (starts, len(low))):
            run = optimize.minimize(
                lambda x: tuple(np.asarray(part) for part in square(x)), start, jac=True,
                bounds=list(zip(low, high, strict=True)), method="L-BFGS-B",
                options={"ftol": 1e-16, "gtol": 1e-10},
            )  # fmt: skip
            if np.linalg.norm(np.asarray(slope(run.x))) < 1e-5:
                found.append(run.x)
    return distinct(found)


def shgo(f: Function, low: Any, high: Any) -> int:
    """Distinct minima that SHGO lists."""
    with jax.enable_x64(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = jax.jit(f)
        found = optimize.shgo(
            lambda x: float(value(x)), list(zip(low, high, strict=True)), n=256, iters=3,
            sampling_method="sobol",
        )  # fmt: skip
    return distinct(np.atleast_2d(found.xl)) if found.xl is not None else 0


def timed(work: Callable[[], Any], rounds: int) -> tuple[Any, float, float]:
    """The answer, the first time and the median of later ones, in seconds."""
    times: list[float] = []
    answer: Any = None
    for _ in range(rounds + 1):
        began = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - began)
    return answer, times[0], float(np.median(times[1:] or times))


def main() -> None:
    """Print one row a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'':<20}{'points':>8}{'proved':>8}{'cold s':>9}{'warm s':>9}"
          f"{'multi-start':>16}{'SHGO minima':>16}")  # fmt: skip
    for name, f, low, high, count in PROBLEMS:
        over = sf.Box(np.array(low), np.array(high))
        slow = len(low) > 4
        found, cold, warm = timed(lambda f=f, over=over: sf.stationary_points(f, over),
                                  1 if slow else rounds)  # fmt: skip
        proved = sum(p.confidence is sf.Confidence.PROVED for p in found)
        starts = min(4 * count, 400)
        many, _, many_s = timed(lambda f=f, a=low, b=high, k=starts: multistart(f, a, b, k), 0)
        minima, _, shgo_s = timed(lambda f=f, a=low, b=high: shgo(f, a, b), 0)
        state = "" if found.complete and len(found) == count else "  NOT COMPLETE"
        print(f"{name:<20}{len(found):>8}{proved:>8}{cold:>9.3f}{warm:>9.3f}"
              f"{f'{many} in {many_s:.2f} s':>16}{f'{minima} in {shgo_s:.2f} s':>16}{state}",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
