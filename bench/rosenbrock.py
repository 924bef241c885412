"""Rosenbrock's function of 100 variables, and which engine for how many variables.

    python bench/rosenbrock.py [--rounds 15]      # against SciPy, optax and optimistix
    python bench/rosenbrock.py --sizes            # our engines by problem and size

Both columns come from one run: "cold" is the first call in this process (compile included, the
backend already started), "warm" the median of later calls, taken in turns so that a busy machine
slows all alike. Each is made right after one that is not counted, so that none pays for what the
solver before it threw out of the processor's caches. "CPU" is the median processor time of a warm
call, which other processes disturb least, and the one that the warm ratio is taken from. The goal
is f ≤ 1e-12 and ‖g‖ ≤ 1e-9 from the classic start; each solver is given the tolerance that gets it
there. `sf.minimize` knows a function again where all that it reads is as it was; in the row
"traced anew" it has to follow it first. A run that ends in the local minimum f = 3.99 has a
different answer and is marked so.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.calculus import Evaluator
from surefoot.descent import LBFGS, Limits, Newton, NewtonCG, loop
from surefoot.program import trace

SIZE = 100
GOAL_VALUE, GOAL_GRADIENT = 1e-12, 1e-9
Solver = Callable[[], Any]


def chain(x: Any) -> Any:
    """Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²."""
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def another(f: Any) -> Callable[..., Any]:
    """The same function as one that was never seen: a call on it traces it."""
    return FunctionType(f.__code__.replace(), f.__globals__, f.__name__)


def classic_start(size: int) -> np.ndarray:
    return np.tile([-1.2, 1.0], size // 2)


@dataclass
class Row:
    """One solver's times and its answer."""

    name: str
    solve: Solver
    cold: float = 0.0
    warm: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    x: Any = None

    def call(self) -> float:
        begin, cpu = time.perf_counter(), time.process_time()
        self.x = np.asarray(self.solve())
        self.cpu.append(time.process_time() - cpu)
        return time.perf_counter() - begin


def ours(engine: type, f: Callable[..., Any], x0: np.ndarray, steps: int = 20_000) -> Solver:
    """An engine alone: traced once, as a peer's function is compiled once."""
    evaluator: list[Evaluator] = []

    def solve() -> Any:
        if not evaluator:
            evaluator.append(Evaluator(trace(f, x0)))
        return loop(engine(evaluator[0]), x0, Limits(max_steps=steps)).x

    return solve


def peers(x0: np.ndarray) -> list[Row]:
    """SciPy with jitted derivatives, optax and optimistix with the whole loop jitted."""
    import optax
    import optimistix
    from scipy.optimize import minimize

    both = jax.jit(jax.value_and_grad(chain))
    hessian = jax.jit(jax.hessian(chain))

    def value_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = both(x)
        return float(value), np.asarray(gradient)

    def scipy(method: str, **options: Any) -> Solver:
        extra = {"hess": lambda x: np.asarray(hessian(x))} if method == "trust-exact" else {}
        return lambda: (
            minimize(value_and_gradient, x0, jac=True, method=method, options=options, **extra).x
        )

    def whole(run: Callable[[Any], Any]) -> Solver:
        compiled = jax.jit(run)
        return lambda: jax.block_until_ready(compiled(x0))

    def optimistix_run(solver: Any) -> Solver:
        return whole(
            lambda x: (
                optimistix.minimise(
                    lambda y, _: chain(y), solver, x, max_steps=5000, throw=False
                ).value
            )
        )

    def optax_run(x: Any) -> Any:
        rule = optax.lbfgs()
        evaluate = optax.value_and_grad_from_state(chain)

        def step(carry: Any) -> Any:
            x, state, k, _ = carry
            value, gradient = evaluate(x, state=state)
            update, state = rule.update(
                gradient, state, x, value=value, grad=gradient, value_fn=chain
            )
            return optax.apply_updates(x, update), state, k + 1, jnp.linalg.norm(gradient)

        def going(carry: Any) -> Any:
            return (carry[3] > GOAL_GRADIENT) & (carry[2] < 5000)

        return jax.lax.while_loop(going, step, (x, rule.init(x), 0, jnp.inf))[0]

    tight = {"rtol": 1e-12, "atol": 1e-12}
    return [
        Row("SciPy L-BFGS-B", scipy("L-BFGS-B", maxiter=9999, maxfun=9999, ftol=0, gtol=1e-10)),
        Row("SciPy trust-exact", scipy("trust-exact", maxiter=9999, gtol=1e-9)),
        Row("optax L-BFGS", whole(optax_run)),
        Row("optimistix BFGS", optimistix_run(optimistix.BFGS(**tight))),
        Row("optimistix L-BFGS", optimistix_run(optimistix.LBFGS(**tight))),
    ]


def answer(x: Any) -> str:
    """What was reached."""
    value, gradient = jax.value_and_grad(chain)(np.asarray(x, dtype=np.float64))
    value, steep = float(value), float(jnp.linalg.norm(gradient))
    if 3.98 < value < 3.99:
        verdict = "a different answer"
    else:
        verdict = "goal" if value <= GOAL_VALUE and steep <= GOAL_GRADIENT else "goal missed"
    return f"{value:>10.1e}{steep:>10.1e}  {verdict}"


def compare(rounds: int) -> str:
    """The table against the peers; ratios are to our L-BFGS engine."""
    x0 = classic_start(SIZE)
    rows = [
        Row("Surefoot L-BFGS engine", ours(LBFGS, chain, x0)),
        Row("Surefoot Newton engine", ours(Newton, chain, x0)),
        Row("Surefoot Newton-CG engine", ours(NewtonCG, chain, x0)),
        Row("sf.minimize, l-bfgs", lambda: sf.minimize(chain, x0, method="l-bfgs").x),
        Row("sf.minimize", lambda: sf.minimize(chain, x0).x),
        Row("sf.minimize, traced anew", lambda: sf.minimize(another(chain), x0).x),
        *peers(x0),
    ]
    for row in rows:
        row.cold = row.call()
    for _ in range(rounds):
        for row in rows:
            row.call()
            row.warm.append(row.call())
    ours_cpu = statistics.median(rows[0].cpu[2::2])
    head = f"{'Rosenbrock-100':<28}{'cold':>9}{'ratio':>7}{'warm':>11}{'CPU':>11}{'ratio':>8}"
    lines = [f"{head}{'f':>10}{'‖g‖':>10}"]
    for row in rows:
        warm, cpu = statistics.median(row.warm), statistics.median(row.cpu[2::2])
        lines.append(
            f"{row.name:<28}{row.cold:>7.2f} s{row.cold / rows[0].cold:>7.2f}"
            f"{1e3 * warm:>8.2f} ms{1e3 * cpu:>8.2f} ms{cpu / ours_cpu:>8.2f}"
            f"{answer(row.x)}"
        )
    return "\n".join(lines)


def quadratic(size: int) -> tuple[Callable[..., Any], np.ndarray]:
    """½Σwᵢ(xᵢ − 1)² turned by a reflection, w from 1 to 10⁴."""
    weights, mirror = np.logspace(0, 4, size), np.ones(size) / np.sqrt(size)

    def f(x: Any) -> Any:
        y = x - 2 * mirror * jnp.dot(mirror, x) - 1
        return 0.5 * jnp.sum(weights * y * y)

    return f, np.zeros(size)


def logistic(size: int) -> tuple[Callable[..., Any], np.ndarray]:
    """Logistic regression, three observations per weight, with a small ridge."""
    random = np.random.default_rng(size)
    A = random.standard_normal((3 * size, size))
    labels = np.sign(A @ random.standard_normal(size) + random.standard_normal(3 * size))

    def f(w: Any) -> Any:
        return jnp.mean(jnp.logaddexp(0.0, -labels * (A @ w))) + 1e-3 * jnp.dot(w, w)

    return f, np.zeros(size)


def by_size() -> str:
    """Cold and warm times of our engines over problems and sizes."""
    problems = {"Rosenbrock": lambda n: (chain, classic_start(n)), "quadratic": quadratic,
                "logistic": logistic}  # fmt: skip
    lines = [f"{'problem':<12}{'n':>7}  {'engine':<12}{'cold':>9}{'warm':>12}{'f':>12}{'‖g‖':>10}"]
    for name, make in problems.items():
        for size in (2, 10, 30, 100, 300, 1000) + ((10_000,) if name == "Rosenbrock" else ()):
            f, x0 = make(size)
            for engine in (Newton, NewtonCG, LBFGS):
                if engine is Newton and size > 100:
                    continue
                row = Row(engine.name, ours(engine, f, x0))
                row.cold = row.call()
                row.warm = [row.call() for _ in range(3)]
                with jax.enable_x64(True):
                    value, gradient = jax.value_and_grad(f)(row.x)
                lines.append(
                    f"{name:<12}{size:>7}  {engine.name:<12}{row.cold:>7.2f} s"
                    f"{1e3 * min(row.warm):>9.2f} ms{float(value):>12.4g}"
                    f"{float(np.linalg.norm(gradient)):>10.1e}"
                )
                print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Prints the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sizes", action="store_true")
    options = parser.parse_args()
    with jax.enable_x64(True):
        jax.block_until_ready(jax.jit(lambda x: x + 1)(np.zeros(3)))  # starts the backend
        print(by_size() if options.sizes else compare(options.rounds))


if __name__ == "__main__":
    main()
