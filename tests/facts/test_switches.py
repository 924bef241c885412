"""Smoothness: what is smooth is said to be smooth, and no corner is missed."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.facts.functions import FLAT, JUMPS, KINKED, SMOOTH, SWITCHED, A, B

from surefoot.facts import SmoothnessKind, has_values_everywhere, near_switches, smoothness
from surefoot.facts.cards import Smooth
from surefoot.program import trace

X = np.linspace(0.3, 1.7, 8)
KINDS = {
    SmoothnessKind.SMOOTH: SMOOTH, SmoothnessKind.KINKED: KINKED,
    SmoothnessKind.JUMPS: {**JUMPS, **FLAT}, SmoothnessKind.UNKNOWN: SWITCHED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(kind, name, id=name) for kind, group in KINDS.items() for name in group],
)
def test_the_kind_of_smoothness(kind: SmoothnessKind, name: str) -> None:
    found = smoothness(trace(KINDS[kind][name], X))
    assert found.kind is kind, found.why
    assert bool(found.places) is (kind is not SmoothnessKind.SMOOTH)


@pytest.mark.parametrize("name", FLAT)
def test_what_descent_cannot_see_is_said(name: str) -> None:
    found = smoothness(trace(FLAT[name], X))
    assert found.zero_gradient
    assert "gradient is zero almost everywhere" in found.why
    with jax.enable_x64(True):
        slope = jax.grad(lambda x: jnp.asarray(FLAT[name](x), float))(X + 0.01)
    np.testing.assert_array_equal(slope, np.zeros(8))


@pytest.mark.parametrize("name", [*SMOOTH, *KINKED, *JUMPS, *SWITCHED])
def test_what_descent_can_see_is_not_called_flat(name: str) -> None:
    every = {**SMOOTH, **KINKED, **JUMPS, **SWITCHED}
    assert not smoothness(trace(every[name], X)).zero_gradient


def test_a_place_names_the_users_line() -> None:
    found = smoothness(trace(KINKED["abs"], X))
    (place,) = found.places
    assert place.words.startswith("abs at functions.py:")
    assert "jnp.abs(x)" in place.source.text
    assert place.where == "where its argument is 0"


def test_an_impostor_of_a_known_name_is_looked_into() -> None:
    @jax.jit
    def xlogy(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.abs(x) * y

    assert smoothness(trace(lambda x: jnp.sum(xlogy(x, x)), X)).kind is SmoothnessKind.KINKED


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_have_no_corner_along_random_lines(name: str) -> None:
    """A check from outside: second differences of the slope shrink with the step."""
    f = SMOOTH[name]
    rng = np.random.default_rng(1)
    direction = rng.normal(size=8)
    with jax.enable_x64(True):
        slope = jax.jit(jax.vmap(jax.grad(lambda t: f(X + t * direction))))
        t = np.linspace(-0.02, 0.02, 401)
        jumps = np.abs(np.diff(np.asarray(slope(t))))
    assert np.max(jumps) <= 20 * np.median(jumps) + 1e-6


# ── close switches ────────────────────────────────────────────────────────────────────────────


def test_a_tie_is_found_with_its_distance() -> None:
    x = np.array([1.0, 3.0, 3.0 + 1e-12, 0, 0, 0, 0, 0])
    (switch,) = near_switches(trace(KINKED["max"], x), x)
    assert switch.kind is Smooth.KINK
    assert switch.primitive == "reduce_max"
    assert switch.distance == pytest.approx(1e-12, rel=1e-3)
    assert switch.scale == pytest.approx(3.0)


def test_a_zero_of_a_norm_is_measured_against_what_cancelled() -> None:
    target = A @ np.ones(8) * 1e6
    x = np.full(8, 1e6)
    program = trace(lambda x: jnp.linalg.norm(A @ x - target), x)
    (switch,) = near_switches(program, x)
    assert switch.primitive == "sqrt"
    assert switch.relative <= 1e-12
    assert near_switches(program, x * 1.5) == []


@pytest.mark.parametrize("name", ["logsumexp", "own logsumexp", "softplus", "norm squared"])
def test_ties_that_cancel_are_silent(name: str) -> None:
    assert near_switches(trace(SMOOTH[name], X), np.zeros(8)) == []


def test_switches_of_every_sort() -> None:
    zero = np.zeros(8)
    cases = {
        "abs": (KINKED["abs"], zero), "relu": (KINKED["relu"], zero),
        "where": (KINKED["relu by where"], zero), "clip": (KINKED["clip"], zero + 1),
        "sort": (KINKED["smallest"], zero), "floor": (FLAT["floor"], zero + 2),
        "round": (FLAT["round"], zero + 0.5), "argmax": (FLAT["argmax"], zero),
        "branch": (SWITCHED["branch"], zero), "log": (SMOOTH["x log x"], zero + 1e-9),
        "division": (SMOOTH["powers"], zero + 1e-9), "remainder": (JUMPS["remainder"], zero + 3),
        "whole": (FLAT["whole number"], zero + 3),
    }  # fmt: skip
    for name, (f, x) in cases.items():
        program = trace(f, x)
        found = near_switches(program, x)
        assert found, name
        assert found[0].relative <= 1e-6, name
        assert str(found[0].source).startswith("functions.py:"), name
        away = x + np.linspace(0.2, 0.35, 8)
        assert all(switch.relative > 1e-6 for switch in near_switches(program, away)), name


def test_nothing_is_near_for_a_smooth_function() -> None:
    assert near_switches(trace(SMOOTH["Rosenbrock"], X), X) == []


def test_constants_do_not_alarm() -> None:
    def f(x: jax.Array) -> jax.Array:
        return jnp.sum((jnp.abs(jnp.asarray(B) - B)[:8] + x) ** 2)

    assert smoothness(trace(f, X)).kind is SmoothnessKind.SMOOTH
    assert near_switches(trace(f, X), np.zeros(8)) == []


@pytest.mark.parametrize(
    ("f", "everywhere"),
    [
        (lambda x: jnp.sum((1 - x) ** 2 + 100 * jnp.sin(x)), True),
        (lambda x: jnp.sum(jax.nn.softplus(x) + jnp.tanh(x)), True),
        (lambda x: jnp.sum(jnp.log(x)), False),
        (lambda x: jnp.sum(x**2 + 1e-3 * jnp.log1p(x)), False),
        (lambda x: jnp.sum(jnp.where(x > 0, x * x, jnp.inf)), False),
        (lambda x: jnp.sum(jnp.where(x > 0, x * x, jnp.nan)), False),
        (lambda x: jnp.sum(jnp.arcsin(x)), False),
        (lambda x: jnp.sum(1 / x), False),
        (lambda x: jnp.sum(jax.scipy.special.gammaln(x)), False),
        (lambda x: jnp.sum(jnp.arctanh(x)), False),
        (lambda x: jnp.sum(x**0.5), False),
        (lambda x: jnp.linalg.slogdet(jnp.diag(x))[1], False),
    ],
)
def test_where_only_an_overflow_is_not_finite(f: Any, everywhere: bool) -> None:
    assert has_values_everywhere(trace(f, np.ones(2))) is everywhere
