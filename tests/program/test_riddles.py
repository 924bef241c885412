"""JAX's riddles become sentences with the line and what to write instead."""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.program import trace
from surefoot.terms import InputError, TraceError

_kept: list[Any] = []
_box: dict[str, Any] = {}


def _branch(x: Any) -> Any:
    if x > 0:
        return x
    return -x


def _while(x: Any) -> Any:
    while x < 3:
        x = x * 2
    return x


def _assert(x: Any) -> Any:
    assert x > 0
    return x


def _in_place(x: Any) -> Any:
    x[0] = 3.0
    return x.sum()


def _add_in_place(x: Any) -> Any:
    x[0] += 3.0
    return x.sum()


def _append(x: Any) -> Any:
    _kept.append(x * 2)
    return x


def _store(x: Any) -> Any:
    _box["last"] = x
    return x


@functools.partial(jax.jit, static_argnums=1)
def _static(x: Any, power: Any) -> Any:
    return x * len(power)


class _Remembers:
    last: Any = None

    def loss(self, x: Any) -> Any:
        self.last = x
        return x**2


RIDDLES = [
    (lambda x: np.sin(x), 1.0, ["np.sin(x)", "jnp.sin"]),
    (lambda x: np.linalg.norm(x), np.ones(2), ["NumPy", "jnp"]),
    (lambda x: math.sin(x), 1.0, ["math.sin(x)", "jnp.sin"]),
    (_branch, 1.0, ["`if` on `x > 0`", "jnp.where"]),
    (_while, 1.0, ["`while` on `x < 3`", "while_loop"]),
    (_assert, 1.0, ["`assert`"]),
    (lambda x: x if x > 0 and x < 3 else -x, 1.0, ["jnp.where"]),
    (lambda x: max(x, 0.0), 1.0, ["jnp.maximum"]),
    (lambda x: float(x) ** 2, 1.0, ["float(x)", "leave the float() out"]),
    (lambda x: int(x) ** 2, 1.0, ["int(x)", "jnp.floor"]),
    (lambda x: x.item() ** 2, 1.0, ["x.item()", "0-d array"]),
    (lambda x: x[0].tolist(), np.ones(2), [".tolist()"]),
    (_in_place, np.ones(2), ["x = x.at[0].set(3.0)"]),
    (_add_in_place, np.ones(2), ["x = x.at[0].add(3.0)"]),
    (lambda x: x[x > 0].sum(), np.ones(2), ["jnp.where(condition, x, 0.0)"]),
    (lambda x: sum(range(x.astype(int))), 1.0, ["placeholder"]),
    (lambda x: 0 <= x <= 3, 1.0, ["chained comparison", "(a <= x) & (x <= b)"]),
    (lambda a, b: a + b, 1.0, ["takes 2 arguments (a, b)", "dict or tuple"]),
    (lambda: 1.0, 1.0, ["takes no argument"]),
    (_append, 1.0, ["_kept", "Return"]),
    (_store, 1.0, ["_box"]),
    (_Remembers().loss, 1.0, ["self"]),
    (lambda x: _static(x, [1, 2]), 1.0, ["tuple"]),
    (lambda x: x.detach(), 1.0, ["detach"]),
    (lambda x: jnp.sum(x), (1.0, 2.0), ["list, tuple or dict"]),
    (lambda x: x + nothing, 1.0, ["NameError", "nothing"]),  # noqa: F821  # type: ignore
    (3.0, 1.0, ["expected a function or a formula"]),
]


@pytest.mark.parametrize(("f", "example", "words"), RIDDLES)
def test_sentence(f: Any, example: Any, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        trace(f, example)
    message = str(caught.value)
    for word in words:
        assert word in message
    assert "_src" not in message
    _kept.clear()
    _box.clear()


def test_the_line_is_named() -> None:
    with pytest.raises(TraceError) as caught:
        trace(_branch, 1.0)
    assert caught.value.line == _branch.__code__.co_firstlineno + 1
    assert caught.value.file == __file__
    assert "if x > 0:" in str(caught.value)


def test_a_stored_value_used_later_is_told() -> None:
    deep: dict[str, list[Any]] = {"values": []}

    def keep(x: Any) -> Any:
        deep["values"].append(x)
        return x

    trace(lambda x: keep(x), 1.0)
    with pytest.raises(TraceError, match="earlier trace"):
        trace(lambda x: x + deep["values"][0], 1.0)


def test_callbacks_with_effects_are_refused() -> None:
    from jax.experimental import io_callback

    def loud(x: Any) -> Any:
        io_callback(lambda v: None, None, x)
        return x

    with pytest.raises(TraceError, match="side effect"):
        trace(loud, 1.0)


def test_debug_prints_are_allowed(capfd: pytest.CaptureFixture[str]) -> None:
    def talks(x: Any) -> Any:
        jax.debug.print("x = {}", x)
        return x * 2

    assert trace(talks, 1.0).is_scalar
    capfd.readouterr()


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (np.array([1, 2]), "int64"),
        (np.array([True]), "bool"),
        (True, "truth value"),
        (1j, "complex"),
        (np.array([1j]), "complex"),
        ("abc", "str"),
        (None, "no numbers"),
        ([], "no numbers"),
        ({}, "no numbers"),
        (np.zeros(0), "empty"),
        ([[1.0, 2.0], [3.0]], "different lengths"),
        (np.array(["a"]), "expected real numbers"),
    ],
)
def test_starts_that_cannot_be(example: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        trace(lambda x: x, example)


def test_inside_jit_the_sentence_names_argmin() -> None:
    with pytest.raises(InputError, match="argmin"):
        jax.jit(lambda a: trace(lambda x: x, a) and a)(1.0)
