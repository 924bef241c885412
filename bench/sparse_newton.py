"""Sparse Newton against gradients alone: where a factorised Hessian pays.

    python bench/sparse_newton.py [--limit 20] [--only chain]

Each row is a problem and a solver: "cold" is the first call in this process (compile, pattern and
colours included), "warm" the faster of two later calls (left out where a call takes over 5 s), and
the ratio is to sparse Newton in the same row, warm where both are known, else cold. "gap" is how
far the value is above the lowest of all solvers. SciPy is given jitted derivatives; trust-krylov
gets Hessian-vector products.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import LBFGS, Limits, NewtonCG, SparseNewton, loop
from surefoot.facts.compression import Compression
from surefoot.facts.sparsity import sparse_pattern
from surefoot.program import trace

Objective = tuple[Callable[..., Any], np.ndarray]
SLOW = 5.0


def rosenbrock(n: int) -> Objective:
    """Rosenbrock's chain from the classic start."""

    def f(x: Any) -> Any:
        return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return f, np.tile([-1.2, 1.0], n // 2)


def trigonometric(n: int) -> Objective:
    """Pendulums of growing weight, coupled to their neighbours."""
    weights = np.arange(1, n + 1) / n

    def f(x: Any) -> Any:
        own = jnp.sum(weights * (1 - jnp.cos(x))) + 5e-4 * jnp.sum((x - 1) ** 2)
        return own + 10 * jnp.sum(jnp.sin(x[1:] - x[:-1]) ** 2)

    return f, np.full(n, 0.7)


def stiff_chain(n: int) -> Objective:
    """Springs of strength 1 to 10⁶ between neighbours."""
    springs = np.logspace(0, 6, n - 1)

    def f(x: Any) -> Any:
        return jnp.sum(springs * jnp.sin(x[1:] - x[:-1]) ** 2) + jnp.sum(jnp.cosh(x - 1) - 1)

    return f, np.linspace(0.0, 1.0, n)


def minimal_surface(n: int) -> Objective:
    """The area of a surface over a grid, its rim given."""
    k = round(n**0.5)
    t = np.linspace(0, 1, k + 2)
    rim = np.add.outer(np.sin(3 * t), -(t**2))

    def f(u: Any) -> Any:
        z = jnp.asarray(rim).at[1:-1, 1:-1].set(u.reshape(k, k))
        a = (z[1:, :-1] - z[:-1, :-1]) * (k + 1)
        b = (z[:-1, 1:] - z[:-1, :-1]) * (k + 1)
        return jnp.mean(jnp.sqrt(1 + a**2 + b**2))

    return f, np.zeros(k * k)


def plate(n: int) -> Objective:
    """A clamped plate under load on a weak nonlinear bed: fourth differences."""
    k = round(n**0.5)

    def f(u: Any) -> Any:
        z = jnp.pad(u.reshape(k, k), 2)
        bend = 4 * z[1:-1, 1:-1] - z[2:, 1:-1] - z[:-2, 1:-1] - z[1:-1, 2:] - z[1:-1, :-2]
        return 0.5 * jnp.sum(bend**2) + 1e-4 * jnp.sum(jnp.log1p(u**2)) - 1e-3 * jnp.sum(u)

    return f, np.zeros(k * k)


def arrowhead(n: int) -> Objective:
    """Logistic regression with one common slope and an intercept for each observation."""
    random = np.random.default_rng(0)
    B, labels = random.standard_normal(n), np.sign(random.standard_normal(n) + 0.3)

    def f(w: Any) -> Any:
        loss = jnp.sum(jnp.logaddexp(0.0, -labels * (w[0] * B + w[1:])))
        return loss + 0.05 * jnp.sum(w[1:] ** 2) + 1e-3 * w[0] ** 2

    return f, np.zeros(n + 1)


def broyden(n: int) -> Objective:
    """Broyden's banded function (Moré, Garbow and Hillstrom 1981, no. 31), squared and summed."""

    def f(x: Any) -> Any:
        p = jnp.pad(x, (5, 1))
        near = [p[5 + d : 5 + d + n] for d in (-5, -4, -3, -2, -1, 1)]
        return jnp.sum((x * (2 + 5 * x * x) + 1 - sum(v * (1 + v) for v in near)) ** 2)

    return f, np.full(n, -1.0)


PROBLEMS = {
    "rosenbrock": (rosenbrock, (1000, 10_000)), "trigonometric": (trigonometric, (1000, 10_000)),
    "stiff chain": (stiff_chain, (1000, 10_000)), "surface": (minimal_surface, (2500, 10_000)),
    "plate": (plate, (2500, 10_000)), "arrowhead": (arrowhead, (1000, 10_000)),
    "broyden": (broyden, (1000, 10_000)),
}  # fmt: skip


@dataclass
class Row:
    """One solver's times and its answer."""

    name: str
    cold: float
    warm: float
    x: np.ndarray
    note: str


def measured(name: str, solve: Callable[[], tuple[np.ndarray, str]]) -> Row:
    begin = time.perf_counter()
    x, note = solve()
    cold, warm = time.perf_counter() - begin, nan
    for _ in range(2 if cold < SLOW else 0):
        begin = time.perf_counter()
        x, note = solve()
        warm = min(time.perf_counter() - begin, warm) if not isnan(warm) else (
            time.perf_counter() - begin
        )
    return Row(name, cold, warm, x, note)


def ours(f: Callable[..., Any], x0: np.ndarray, limit: float) -> list[Row]:
    """Our three engines for many variables, on one evaluator each."""

    def with_engine(make: Callable[[Evaluator], Any]) -> Callable[[], tuple[np.ndarray, str]]:
        kept: list[Any] = []

        def solve() -> tuple[np.ndarray, str]:
            if not kept:
                kept.append(Evaluator(trace(f, x0)))
            run = loop(make(kept[0]), x0, Limits(max_steps=20_000, time_limit=limit))
            return run.x, f"{run.steps} steps, {run.status.name}"

        return solve

    def sparse(evaluator: Evaluator) -> SparseNewton:
        return SparseNewton(evaluator, compression=Compression(sparse_pattern(evaluator.program)))

    engines = {"sparse-newton": sparse, "l-bfgs": LBFGS, "newton-cg": NewtonCG}
    return [measured(name, with_engine(make)) for name, make in engines.items()]


class OutOfTimeError(Exception):
    """SciPy has no time limit of its own."""


def scipy(f: Callable[..., Any], x0: np.ndarray, limit: float) -> list[Row]:
    """SciPy's L-BFGS-B and trust-krylov."""
    from scipy.optimize import minimize

    both = jax.jit(jax.value_and_grad(f))
    product = jax.jit(lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1])

    def with_method(method: str, **options: Any) -> Callable[[], tuple[np.ndarray, str]]:
        extra: dict[str, Any] = {}
        if method == "trust-krylov":
            extra["hessp"] = lambda x, v: np.asarray(product(x, v))

        def solve() -> tuple[np.ndarray, str]:
            end, last = time.perf_counter() + limit, [x0]

            def told(x: np.ndarray) -> tuple[float, np.ndarray]:
                if time.perf_counter() > end:
                    raise OutOfTimeError
                last[0] = np.array(x)
                value, gradient = both(x)
                return float(value), np.asarray(gradient)

            try:
                found = minimize(told, x0, jac=True, method=method, options=options, **extra)
            except OutOfTimeError:
                return last[0], "TIME_LIMIT"
            return found.x, f"{found.nit} steps"

        return solve

    bounded = with_method("L-BFGS-B", maxiter=20_000, maxfun=40_000, ftol=0, gtol=1e-9)
    krylov = with_method("trust-krylov", maxiter=20_000, gtol=1e-9)
    return [measured("SciPy L-BFGS-B", bounded), measured("SciPy trust-krylov", krylov)]


def table(only: str, limit: float) -> None:
    """Prints the table as it is measured."""
    head = f"{'problem':<14}{'n':>7}  {'solver':<19}{'cold':>9}{'warm':>11}{'ratio':>8}"
    print(f"{head}{'gap':>10}{'‖g‖':>10}  how it ended")
    for name, (make, sizes) in PROBLEMS.items():
        for size in sizes if only in name else ():
            f, x0 = make(size)
            rows = [*ours(f, x0, limit), *scipy(f, x0, limit)]
            found = [jax.value_and_grad(f)(row.x) for row in rows]
            lowest = min(float(value) for value, _ in found)
            first = rows[0]
            for row, (value, gradient) in zip(rows, found, strict=True):
                ratio = row.warm / first.warm
                ratio = row.cold / first.cold if isnan(ratio) else ratio
                warm = "" if isnan(row.warm) else f"{1e3 * row.warm:.1f} ms"
                print(
                    f"{name:<14}{size:>7}  {row.name:<19}{row.cold:>7.2f} s{warm:>11}{ratio:>8.2f}"
                    f"{float(value) - lowest:>10.1e}{float(jnp.linalg.norm(gradient)):>10.1e}"
                    f"  {row.note}",
                    flush=True,
                )


def main() -> None:
    """Reads the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for one call")
    parser.add_argument("--only", default="", help="problems with this in their name")
    options = parser.parse_args()
    with jax.enable_x64(True):
        jax.block_until_ready(jax.jit(lambda x: x + 1)(np.zeros(3)))  # starts the backend
        table(options.only, options.limit)


if __name__ == "__main__":
    main()
