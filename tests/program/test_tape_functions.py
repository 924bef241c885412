"""Every function that formulas know: value, slope and curvature on a tape as JAX has them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.program.tape_cases import CASES, REFUSED, Case

from surefoot.formulas.formula import parse
from surefoot.formulas.functions import FUNCTIONS
from surefoot.program import trace
from surefoot.program.tape import NotOnTape, curve_tape


def test_every_function_is_carried_or_listed_as_refused() -> None:
    assert set(CASES) | set(REFUSED) == set(FUNCTIONS)
    assert not set(CASES) & set(REFUSED)


@pytest.mark.parametrize("name", CASES)
def test_value_slope_and_curvature_are_those_of_jax(name: str) -> None:
    case: Case = CASES[name]
    program = trace(parse(case.text), 1.0)
    tape = curve_tape(program)

    def f(w: jax.Array) -> jax.Array:
        return jnp.asarray(program.flat(program.consts, w[None]), float)

    def all_three(w: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        return f(w), jax.grad(f)(w), jax.grad(jax.grad(f))(w)

    points = np.array(case.at())
    found = tape.run_many(points[:, None])
    with jax.enable_x64(True):
        wanted = np.stack(jax.jit(jax.vmap(all_three))(jnp.asarray(points)), axis=1)
    scale = np.nanmax(np.abs(wanted), axis=0) if case.cancels else np.full(3, 1e-288)
    for column in range(3):
        np.testing.assert_allclose(
            found[:, column], wanted[:, column], rtol=1e-12, atol=1e-12 * scale[column],
            err_msg=f"derivative {column}",
        )  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(NotOnTape, match=words):
        curve_tape(trace(parse(text), 1.0))
