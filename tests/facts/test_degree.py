"""Degrees: proved bounds, never too low, and the line that breaks a polynomial."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.facts.generator import N, affine, polynomial, quadratic

from surefoot.facts import degree
from surefoot.program import trace

X = np.ones(N)
RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(9, N)), RNG.normal(size=9)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_polynomial_has_its_degree(seed: int) -> None:
    f, wanted = polynomial(np.random.default_rng(seed))
    assert degree(trace(f, X)).value == wanted


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_random_spellings_stay_within_their_degree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert degree(trace(affine(rng), X)).at_most(1)
    assert degree(trace(quadratic(rng), X)).at_most(2)


KNOWN = {
    "least squares": (lambda x: jnp.sum((A @ x - B) ** 2), 2),
    "norm squared": (lambda x: jnp.linalg.norm(A @ x - B) ** 2, 2),
    "abs to the fourth": (lambda x: jnp.sum(jnp.abs(x) ** 4), 4),
    "Rosenbrock": (lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), 4),
    "product": (lambda x: jnp.prod(x), N),
    "one element of many": (lambda x: jnp.stack([x[0] ** 5, x[1]])[1], 1),
    "masked away": (lambda x: jnp.sum(jnp.where(np.arange(N) < 2, x, jnp.sin(x))[:2]), 1),
    "times zero": (lambda x: jnp.sum(np.zeros(N) * jnp.exp(x) + x), 1),
    "stopped": (lambda x: jnp.sum(jax.lax.stop_gradient(x) * x), 2),
    "constant": (lambda x: jnp.sum(0.0 * x) + 1.0, 0),
    "whole power": (lambda x: jnp.sum(x**3.0), 3),
    "loop": (lambda x: jax.lax.fori_loop(0, 3, lambda i, c: c * x[0], 1.0), 3),
    "branch on data": (lambda x: jax.lax.cond(B[0] > 9, jnp.sin, lambda y: y**2, x[0]), 2),
    "NaN guard": (lambda x: jnp.sum(jnp.where(jnp.isnan(x), 0.0, x)), 1),
    "matrix product": (lambda x: jnp.trace(jnp.outer(x, x) @ jnp.outer(x, x)), 4),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_degrees(name: str) -> None:
    f, wanted = KNOWN[name]
    found = degree(trace(f, X))
    assert found.value == wanted, found.why
    assert found.proved


FALSE = {
    "sin": lambda x: jnp.sum(jnp.sin(x)),
    "comparison": lambda x: jnp.sum(jnp.where(x > 0, x, -x)),
    "abs": lambda x: jnp.sum(jnp.abs(x)),
    "square root": lambda x: jnp.linalg.norm(x),
    "division": lambda x: jnp.sum(1 / x),
    "power": lambda x: jnp.sum(x**2.5),
    "max": lambda x: jnp.sum(jax.nn.relu(x)),
    "floor": lambda x: jnp.sum(jnp.floor(x)),
    "sort": lambda x: jnp.median(x),
    "exp": lambda x: jax.nn.softmax(x)[0],
    "type conversion": lambda x: jnp.sum(x.astype(int)),
    "remainder": lambda x: jnp.sum(x % 2),
    "branch": lambda x: jax.lax.cond(x[0] > 0, lambda y: y, lambda y: -y, x[0]),
    "while loop": lambda x: jax.lax.while_loop(lambda c: c < 9, lambda c: c * 2, x[0]),
    "eigenvalues": lambda x: jnp.linalg.eigvalsh(jnp.outer(x, x))[-1],
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_no_polynomial_is_refused_with_its_line(name: str) -> None:
    found = degree(trace(FALSE[name], X))
    assert found.value is None
    assert not found.proved
    assert "test_degree.py:" in found.why, found.why


def test_the_sentence() -> None:
    assert degree(trace(FALSE["sin"], X)).why.startswith(
        "not polynomial because of sin at test_degree.py:"
    )


def test_a_cast_to_single_precision_is_noted_and_not_proved() -> None:
    found = degree(trace(lambda x: jnp.sum(x.astype(jnp.float32) ** 2), X))
    assert found.value == 2
    assert not found.proved
    assert found.notes[0].startswith("rounded to float32 at test_degree.py:")


def test_single_precision_data_is_no_rounding() -> None:
    data = A.astype(np.float32)
    assert degree(trace(lambda x: jnp.sum((data @ x) ** 2), X)).proved


def test_a_root_of_what_may_be_negative_squared_is_no_polynomial() -> None:
    assert degree(trace(lambda x: jnp.sqrt(jnp.sum(x)) ** 2, X)).value is None
