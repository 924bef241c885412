"""Convexity of a traced program, against CVXPY's check of the same expression.

    python -m bench.convexity [--rounds 9]

Warm times after tracing, the best of some: the proof of Surefoot with its bounds of the curvature,
and `Problem.is_dcp()` of CVXPY, on an expression that is built anew for each round, since CVXPY
keeps what it found. "–" where CVXPY does not accept the expression. Nodes are Surefoot's, those
inside of called functions among them.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import cvxpy as cp
import jax
import jax.numpy as jnp
import numpy as np

from surefoot.facts.curvature import bend
from surefoot.program import trace

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 20)), np.sign(RNG.normal(size=200))


def bowls(x: Any) -> Any:
    total: Any = 0.0
    for k in range(84):
        total = total + 0.5 * (x[k % 20] - 0.1 * k) ** 2
    return total


def bowls_cp(x: Any) -> Any:
    return sum(0.5 * cp.square(x[k % 20] - 0.1 * k) for k in range(84))


def softplus_sum(x: Any) -> Any:
    total: Any = 0.0
    for k in range(50):
        total = total + jnp.logaddexp(x[k % 20], 0.5 * x[(k + 1) % 20] + k)
    return total


def softplus_sum_cp(x: Any) -> Any:
    return sum(
        cp.log_sum_exp(cp.hstack([x[k % 20], 0.5 * x[(k + 1) % 20] + k])) for k in range(50)
    )


CASES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "84 bowls, one by one": (bowls, bowls_cp),
    "50 logaddexp, one by one": (softplus_sum, softplus_sum_cp),
    "logistic loss": (
        lambda w: jnp.mean(jax.nn.softplus(-Y * (X @ w))),
        lambda w: cp.sum(cp.logistic(-cp.multiply(Y, X @ w))) / 200.0,
    ),
    "least squares and a norm": (
        lambda w: jnp.sum((X @ w - Y) ** 2) + jnp.linalg.norm(w),
        lambda w: cp.sum_squares(X @ w - Y) + cp.norm(w),
    ),
    "sqrt(1 + x·x)": (
        lambda w: jnp.sqrt(1.0 + w @ w), lambda w: cp.sqrt(1.0 + cp.sum_squares(w))
    ),
}  # fmt: skip


def best(run: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    times: list[float] = []
    answer: Any = None
    for _ in range(rounds):
        began = time.perf_counter()
        answer = run()
        times.append(time.perf_counter() - began)
    return 1e3 * min(times), answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    heads = ("function", "nodes", "surefoot", "answer", "CVXPY", "answer")
    print("{:28} {:>6} {:>10} {:>8} {:>10} {:>8}".format(*heads))
    for name, (ours, theirs) in CASES.items():
        program = trace(ours, np.ones(20))
        low, high = np.full(20, -np.inf), np.full(20, np.inf)
        time_ours, found = best(lambda p=program, a=low, b=high: bend(p, a, b), rounds)
        variable = cp.Variable(20)

        def check(make: Any = theirs, x: Any = variable) -> bool:
            return cp.Problem(cp.Minimize(make(x))).is_dcp()

        time_theirs, accepted = best(check, rounds)
        said = "convex" if found.convex.holds else "unknown"
        nodes = sum(1 for _ in program.graph.every_node())
        print(
            f"{name:28} {nodes:6d} {time_ours:7.1f} ms {said:>8} "
            f"{time_theirs:7.1f} ms {'convex' if accepted else '–':>8}"
        )


if __name__ == "__main__":
    main()
