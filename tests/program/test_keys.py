"""Programs share compiled code exactly when they compute the same thing the same way."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.program.corpus import CASES, Case

import surefoot as sf
from surefoot.program import trace


class Anew:
    """The same function as an object, of which nothing is known."""

    def __init__(self, f: Any) -> None:
        self.f = f

    def __call__(self, x: Any) -> Any:
        return self.f(x)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_same_function_same_key(case: Case) -> None:
    # In another wrapper it is followed anew.
    first, second = trace(case.f, case.point), trace(Anew(case.f), case.point)
    assert first is not second
    assert first.key == second.key
    assert hash(first.key) == hash(second.key)


def test_no_two_functions_share_a_key() -> None:
    keys = [trace(case.f, case.point).key for case in CASES]
    assert len(set(keys)) == len(keys)


def test_literals_shapes_and_parameters_count() -> None:
    x = np.ones(3)
    variants = [
        lambda v: jnp.sum(2.0 * v),
        lambda v: jnp.sum(3.0 * v),
        lambda v: jnp.sum(2.0 * v[::-1]),
        lambda v: jnp.sum(2.0 * v[:2]),
        lambda v: jnp.sum(v**2),
        lambda v: jnp.sum(v**3),
    ]
    keys = {trace(f, x).key for f in variants} | {trace(variants[0], np.ones(4)).key}
    assert len(keys) == len(variants) + 1


def test_literals_differ_in_sign_of_zero() -> None:
    assert trace(lambda x: x * 0.0, 1.0).key != trace(lambda x: x * -0.0, 1.0).key


def _with_slope(slope: float) -> Any:
    @jax.custom_jvp
    def f(x: Any) -> Any:
        return x * x

    f.defjvp(lambda p, t: (f(p[0]), slope * t[0]))
    return lambda x: f(x)


def test_equal_bodies_with_different_rules_differ() -> None:
    assert trace(_with_slope(1.0), 1.0).key != trace(_with_slope(2.0), 1.0).key
    assert trace(_with_slope(1.0), 1.0).key == trace(_with_slope(1.0), 1.0).key


def _by_defjvps(slope: float) -> Any:
    f = jax.custom_jvp(lambda x: x * x)
    f.defjvps(lambda t, out, x: slope * t)
    return lambda x: f(x)


def _by_custom_gradient(slope: float) -> Any:
    f = jax.custom_gradient(lambda x: (x * x, lambda g: (slope * g,)))
    return lambda x: f(x)


def _by_defvjp(slope: float) -> Any:
    f = jax.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, None), lambda kept, g: (slope * g,))
    return lambda x: f(x)


def _jitted(slope: float) -> Any:
    f = jax.custom_jvp(lambda x: x * x)
    f.defjvp(jax.jit(lambda p, t: (f(p[0]), slope * t[0])))
    return lambda x: f(x)


def _partial(slope: float) -> Any:
    f = jax.custom_jvp(lambda x: x * x)
    f.defjvp(partial(lambda s, p, t: (f(p[0]), s * t[0]), slope))
    return lambda x: f(x)


def _of_a_librarys_function(slope: float) -> Any:
    f = jax.custom_jvp(jnp.square)
    f.defjvps(lambda t, out, x: slope * t)
    return lambda x: f(x)


WAYS = [_by_defjvps, _by_custom_gradient, _by_defvjp, _jitted, _partial, _of_a_librarys_function]


@pytest.mark.parametrize("make", WAYS, ids=lambda make: make.__name__.strip("_"))
def test_rules_are_told_apart_however_they_are_given(make: Any) -> None:
    assert trace(make(1.0), 1.0).key != trace(make(2.0), 1.0).key
    with jax.enable_x64(True):
        found = [float(sf.derivative(make(slope))(1.0)) for slope in (1.0, 2.0)]
    assert found == [1.0, 2.0]


def test_captured_values_do_not_count_but_shapes_do() -> None:
    def loss(data: Any) -> Any:
        return lambda x: jnp.sum(data * x)

    a, b, c = np.ones(3), np.full(3, 7.0), np.ones((2, 3))
    x = np.ones(3)
    assert trace(loss(a), x).key == trace(loss(b), x).key
    assert trace(loss(a), x).key != trace(loss(c), x).key
    assert trace(loss(a), x).key != trace(loss(a.astype(np.float32)), x).key
