"""Where a function rounds to fewer digits than float64, followed from the argument."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.facts import narrowed
from surefoot.program import trace

X = np.array([1.0, 2.0])
A32 = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)

ROUNDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a cast and back": (lambda x: jnp.sum(x.astype(jnp.float16).astype(jnp.float64)), "float16"),
    "a cast": (lambda x: jnp.sum(x.astype(jnp.float32) ** 2), "float32"),
    "bfloat16": (lambda x: jnp.sum(x.astype(jnp.bfloat16)), "bfloat16"),
    "convert_element_type": (
        lambda x: sum(jax.lax.convert_element_type(x[i], jnp.float16) for i in range(2)), "float16",
    ),
    "reduce_precision": (lambda x: jnp.sum(jax.lax.reduce_precision(x, 8, 7)), "8 binary digits"),
    "inside a call": (lambda x: jax.jit(lambda y: jnp.sum(y.astype(jnp.float32)))(x), "float32"),
    "inside a scan": (
        lambda x: jax.lax.scan(
            lambda c, _: (c + x[0].astype(jnp.float32).astype(jnp.float64), None), 0.0, None, 3
        )[0],
        "float32",
    ),
    "carried by a scan": (
        lambda x: jax.lax.scan(
            lambda c, _: ((c[1], c[1] + c[0].astype(jnp.float32)), None), (x[0], 0.0 * x[0]), None,
            3,
        )[0][1],
        "float32",
    ),
    "carried by a while loop": (
        lambda x: jax.lax.while_loop(
            lambda c: c[0] < 3,
            lambda c: (c[0] + 1, c[2], jnp.float64(jnp.float32(c[1])) + x[0], c[3]),
            (0, x[0], 0.0 * x[0], x[1]),
        )[1],
        "float32",
    ),
    "in one branch": (
        lambda x: jax.lax.cond(x[0] > 0, lambda y: y[1].astype(jnp.float32) * 1.0,
                               lambda y: jnp.float32(0.0), x), "float32",
    ),
    "under a stopped gradient": (
        lambda x: jnp.sum(x + jax.lax.stop_gradient(x.astype(jnp.float16) - x)), "float16",
    ),
}  # fmt: skip

EXACT: dict[str, Callable[[Any], Any]] = {
    "float64 all through": lambda x: jnp.sum(jnp.sin(x) ** 2),
    "data of single precision": lambda x: jnp.sum((A32 @ x) ** 2),
    "a number of single precision": lambda x: jnp.sum(jnp.float32(0.1) * x),
    "data rounded beside the argument": lambda x: jnp.sum(x * jnp.sin(A32[0])),
    "single precision data in a loop": lambda x: jax.lax.scan(
        lambda c, row: (c + jnp.sum((row * 2.0) * x), None), 0.0, jnp.asarray(A32)
    )[0],
    "a comparison": lambda x: jnp.sum(jnp.where(x > 0.0, jnp.float32(1.0), jnp.float32(2.0))),
    "all digits kept": lambda x: jnp.sum(jax.lax.reduce_precision(x, 11, 52)),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_a_rounding_on_the_way_is_found_with_its_line(name: str) -> None:
    function, kind = ROUNDS[name]
    found = narrowed(trace(function, X))
    assert found, name
    assert found[0].startswith(f"rounded to {kind} at test_narrowed.py:")


@pytest.mark.parametrize("name", EXACT)
def test_what_does_not_round_the_argument_is_not_blamed(name: str) -> None:
    assert narrowed(trace(EXACT[name], X)) == ()
