"""The line that made the first NaN or infinity."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus.blame import blame_nonfinite
from surefoot.program import trace

DIRTY = np.array([1.0, np.nan])


def logs(x):
    y = x - 2
    z = jnp.log(y)
    return jnp.sum(3 * z)


def masked_root(x):
    return jnp.sum(jnp.where(x > 0, jnp.sqrt(x), 0.0))


def harmless_mask(x):
    best = jnp.max(jnp.where(x > 0, x, -jnp.inf))
    return best + 1 / x[0]


def loop(x):
    return jax.lax.fori_loop(0, 3, lambda i, c: jnp.log(c) - 3, x)


CASES = {
    "log": (logs, [3.0, 1.0], "value", "log", "z = jnp.log(y)", "entry [1]: log of -1"),
    "mask": (
        masked_root, [3.0, 0.0], "gradient", "sqrt",
        "return jnp.sum(jnp.where(x > 0, jnp.sqrt(x), 0.0))", "guard the argument",
    ),
    "norm": (lambda x: jnp.linalg.norm(x), [0.0, 0.0], "gradient", None, None, "corner at 0"),
    "overflow": (
        lambda x: jnp.exp(x * 1000) - jnp.exp(x * 1001), 1.0, "value", "exp", None, "overflows",
    ),
    "harmless −inf": (harmless_mask, [0.0, 1.0], "value", "div", "return best + 1 / x[0]", "div"),
    "data": (lambda x: jnp.sum(x * DIRTY), [0.0, 1.0], "value", "", "", "captured holds NaN"),
    "point": (jnp.sum, [np.nan, 1.0], "value", "", "", "x[0] is nan"),
    "loop": (loop, 1.0, "value", "scan", None, "positive"),
    "0/0": (lambda x: jnp.sin(x) / x, 0.0, "value", "div", None, "0 and 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_blame(name) -> None:
    f, x, kind, primitive, line, words = CASES[name]
    x = np.asarray(x)
    if name == "point":

        def f(x):
            return jnp.sum(x)

    blame = blame_nonfinite(trace(f, np.ones_like(x)), np.atleast_1d(x))
    assert blame is not None
    assert blame.kind == kind
    assert words in blame.sentence
    if primitive is not None:
        assert blame.primitive == primitive
    if line is not None:
        assert blame.source.text == line
    if blame.source.line:
        assert f"test_blame.py:{blame.source.line}" in blame.sentence


def test_no_blame_where_all_is_finite() -> None:
    assert blame_nonfinite(trace(logs, np.ones(2)), np.array([3.0, 4.0])) is None

    def masked(x):
        return jnp.sum(jnp.exp(jnp.where(x > 0, x, -jnp.inf)))

    assert blame_nonfinite(trace(masked, np.ones(2)), np.array([-1.0, 4.0])) is None
