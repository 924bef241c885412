"""Loops in one kernel: what the table lets through compiles, and nothing changes but the time."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.program.corpus import CASES, Case

from surefoot.calculus.compiler import WITHIN, known
from surefoot.calculus.one_kernel import (
    MOST_VARIABLES,
    TRUSTED_FROM,
    OneKernel,
    fits_one_kernel,
)
from surefoot.program import Program, trace


def traced(case: Case) -> tuple[Program, Any]:
    program = trace(case.f, case.point)
    return program, program.structure.ravel(case.point, "the point")


def total(program: Program, x: Any) -> Any:
    out = program.flat(program.consts, x)
    return sum(jnp.sum(part) for part in (out if isinstance(out, list) else [out]))


def slopes(program: Program) -> Callable[..., Any]:
    """Value and gradient in a loop, as an engine's chunk holds them."""
    derive = jax.jacfwd if "while" in str(program.graph.nodes) else jax.grad

    def run(x: Any) -> Any:
        def turn(_: Any, carry: Any) -> Any:
            x, seen = carry
            return x, seen + total(program, x) + jnp.sum(derive(lambda y: total(program, y))(x))

        return jax.lax.fori_loop(0, 2, turn, (x, jnp.zeros(())))[1]

    return run


def test_all_that_the_table_lets_through_compiles_and_agrees() -> None:
    picked = [pair for pair in map(traced, CASES) if fits_one_kernel(pair[0].graph)]
    assert len(picked) > 50, "most ordinary functions fit"
    runs = [slopes(program) for program, _ in picked]

    def everything(points: Any) -> Any:
        return [run(x) for run, x in zip(runs, points, strict=True)]

    points = [x for _, x in picked]
    with jax.enable_x64(True):
        kernel = OneKernel(everything, {})
        found = kernel(points)
        assert not kernel.refused
        np.testing.assert_allclose(found, jax.jit(everything)(points), rtol=1e-12)


@pytest.mark.skipif(not known(WITHIN), reason="this XLA hands products to no such library")
@pytest.mark.parametrize("columns", [1, 2, 8])
def test_products_of_matrices_are_in_the_kernel(columns: int) -> None:
    table = np.linspace(-1.0, 1.0, 250).reshape(50, 5)
    program = trace(lambda w: jnp.sum(jnp.tanh(table @ w) ** 2), np.full((5, columns), 0.1))
    assert fits_one_kernel(program.graph)
    x = np.linspace(0.1, 0.9, program.structure.size)
    with jax.enable_x64(True):
        kernel = OneKernel(slopes(program), {})
        np.testing.assert_allclose(kernel(x), jax.jit(slopes(program))(x), rtol=1e-12)
        assert not kernel.refused


@pytest.mark.parametrize("name", ["sort", "solve", "cholesky", "eigvalsh", "fancy index", "at set"])
def test_what_calls_into_a_library_is_left_alone(name: str) -> None:
    program, _ = traced(next(case for case in CASES if case.name == name))
    assert not fits_one_kernel(program.graph)


def test_large_arrays_and_heavy_products_are_left_alone() -> None:
    table = np.ones((64, 64))
    assert not fits_one_kernel(trace(jnp.sum, np.zeros(MOST_VARIABLES + 1)).graph)
    assert not fits_one_kernel(trace(lambda m: jnp.sum(m @ table), np.zeros((64, 64))).graph)
    assert fits_one_kernel(trace(lambda x: jnp.sum((table @ x) ** 2), np.zeros(64)).graph)


@pytest.mark.skipif(jax.__version_info__ < TRUSTED_FROM, reason="older XLA is not asked")
def test_what_xla_turns_down_is_compiled_in_the_ordinary_way() -> None:
    with jax.enable_x64(True):
        kernel = OneKernel(jnp.linalg.eigvalsh, {})
        np.testing.assert_allclose(kernel(np.diag([2.0, 1.0])), [1.0, 2.0])
        assert kernel.refused
        np.testing.assert_allclose(kernel(np.diag([3.0, 1.0])), [1.0, 3.0])
