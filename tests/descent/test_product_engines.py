"""The battery of the engines that know the Hessian by its products: truncated and factorised."""

import jax.numpy as jnp
import numpy as np
import pytest
from tests.descent.smooth_problems import PROBLEMS, LocalOracle, chain, reached, sparse_newton

from surefoot.descent.loop import loop
from surefoot.descent.newton_cg import NewtonCG
from surefoot.descent.steps import Limits, Run
from surefoot.terms import Status

MAKERS = {"newton-cg": NewtonCG, "sparse-newton": sparse_newton}
ENGINES = pytest.mark.parametrize("engine", MAKERS)


def run(engine: str, f, start) -> Run:
    x0 = np.asarray(start, dtype=np.float64)
    return loop(MAKERS[engine](LocalOracle(f, x0.size)), x0, Limits(max_steps=500))


@ENGINES
@pytest.mark.parametrize("name", PROBLEMS)
def test_known_minima(engine: str, name: str) -> None:
    problem = PROBLEMS[name]
    result = run(engine, problem.f, problem.start)
    assert result.status is Status.CONVERGED
    assert reached(problem, result.value)


@ENGINES
@pytest.mark.parametrize(
    ("f", "start", "least"),
    [
        (lambda x: jnp.sum(x**4 - x**2), np.zeros(30), -7.5),
        (lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4, [0.0, 0.0], -0.25),
        (lambda x: jnp.sum(jnp.cos(x)), np.zeros(5), -5.0),
    ],
)
def test_saddles_and_maxima_are_left(engine: str, f, start, least) -> None:
    result = run(engine, f, start)
    assert result.status is Status.CONVERGED
    assert result.value == pytest.approx(least, abs=1e-8)


@ENGINES
def test_no_floor_and_no_number(engine: str) -> None:
    assert run(engine, lambda x: -jnp.sum(x**2), [0.3, 0.1]).status is Status.DIVERGED
    assert run(engine, lambda x: -jnp.sum(jnp.exp(x)), [0.3, 0.1]).status is Status.DIVERGED
    assert run(engine, lambda x: jnp.sum(jnp.log(x)), [-1.0]).status is Status.NOT_A_NUMBER
    finite = run(engine, lambda x: jnp.sum(x - jnp.log(x)), [1e-3, 50.0])
    assert finite.x == pytest.approx([1, 1])


@ENGINES
def test_units_do_not_matter(engine: str) -> None:
    plain = run(engine, chain, [-1.2, 1.0])
    scaled = run(engine, lambda x: 2.0**-40 * chain(x / 2.0**20), np.array([-1.2, 1.0]) * 2.0**20)
    assert scaled.status is Status.CONVERGED
    assert scaled.x / 2.0**20 == pytest.approx(plain.x, abs=1e-9)
