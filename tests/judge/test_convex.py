"""Minima of functions that are proved to be convex are global, with a gap that holds."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind as K
from surefoot.judge.convex import lowest_if_convex
from surefoot.problem import Problem
from surefoot.program import trace
from surefoot.terms import Confidence, Verdict

RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 3))
Y = np.sign(X @ np.array([1.0, 2.0, -1.0]) + RNG.normal(size=40))


def logistic(w: Any) -> Any:
    return jnp.mean(jax.nn.softplus(-Y * (X @ w)))


PROVED: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "slope and modulus": (lambda w: logistic(w) + 0.05 * w @ w, np.zeros(3), {}),
    "existence": (logistic, np.zeros(3), {}),
    "a quadratic": ("x^2 + y^2", None, {}),
    "held by a bound": ("(x-3)^2 + exp(x)", None, {"bounds": (-1, 0.5)}),
    "slope and bounds": ("exp(x) + |x|*0", None, {"bounds": (-2, 5)}),
    "far from the origin": ("cosh((x - 1e4)/10)", {"x": 1e4 + 3}, {}),
    "corners": ("|x - 3| + 2|y + 1|", {"x": 2.0, "y": 0.0}, {}),
    "a norm": (lambda w: jnp.linalg.norm(w - 1.0) + jnp.abs(w[0] - 1.0), np.zeros(2), {}),
    "level at the bottom": ("max(0, |x| - 1)^2", {"x": 4.0}, {}),
    "x^4": ("x^4", {"x": 1.0}, {"tol": 1e-6}),
    "tiny": ("1e-8*(x^4 + x^2 - x)", None, {}),
}


@pytest.mark.parametrize("name", PROVED)
def test_a_minimum_of_a_convex_function_is_global_and_proved(name: str) -> None:
    f, start, more = PROVED[name]
    found = sf.minimize(f, start, **more)
    verdict = found.verdict
    assert (verdict.kind, verdict.confidence) == (K.GLOBAL_MINIMUM, Confidence.PROVED), (
        found.report()
    )
    assert verdict.gap <= 1e-9 * max(1.0, abs(found.value))
    assert any(row.name == "convex function" for row in verdict.evidence)
    assert "Proved" in found.report()


def test_concave_functions_are_maximised_likewise() -> None:
    found = sf.maximize("log(x) - x")
    assert (found.verdict.kind, found.verdict.confidence) == (K.GLOBAL_MAXIMUM, Confidence.PROVED)
    assert "concave" in found.report()
    assert sf.minimize("log(x) + 0.1 sin(x)", {"x": 3.0}).verdict.confidence is not (
        Confidence.PROVED
    )


def test_without_a_gap_it_is_global_but_only_supported() -> None:
    found = sf.minimize("(x + y)^2 + exp(x + y)")
    assert found.verdict.kind is K.GLOBAL_MINIMUM
    assert found.verdict.confidence is Confidence.SUPPORTED and found.verdict.gap == np.inf


@pytest.mark.parametrize("f", ["x^4 - x^2", "sin(x)", "x^2*exp(-x)", "(x^2 - 1)^2 + 0.1x"])
def test_what_is_not_convex_stays_local(f: str) -> None:
    found = sf.minimize(f, {"x": 1.2})
    assert found.verdict.kind in (K.LOCAL_MINIMUM, K.FLAT_MINIMUM)
    assert found.verdict.confidence is Confidence.SUPPORTED


def test_a_cast_inside_blocks_the_proof() -> None:
    found = sf.minimize(lambda x: jnp.cosh(x.astype(jnp.float32)).astype(jnp.float64), 0.3)
    assert found.verdict.confidence is not Confidence.PROVED


def test_classify_uses_the_same_proof() -> None:
    found = sf.classify("log(1 + exp(x)) + log(1 + exp(-x))", 0.0)
    assert (found.kind, found.confidence) == (K.GLOBAL_MINIMUM, Confidence.PROVED)
    assert sf.classify("x^2", {"x": 0.1}).kind is K.NOT_STATIONARY


@pytest.mark.parametrize("seed", range(30))
def test_the_gap_is_never_less_than_the_truth(seed: int) -> None:
    """A verdict of LOCAL_MINIMUM is claimed of points that are none: the gap must show it."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    matrix, shift = rng.normal(size=(5, n)), rng.normal(size=5)
    weight = float(rng.choice([0.0, 0.3]))

    def f(x: Any) -> Any:
        return jnp.sum(jax.nn.softplus(matrix @ x + shift)) + weight * x @ x + jnp.sum(jnp.exp(-x))

    half = float(rng.choice([0.5, 3.0, np.inf]))
    lower, upper = np.full(n, -half), np.full(n, half)
    best = sf.minimize(f, np.zeros(n), bounds=None if half == np.inf else sf.Box(lower, upper))
    away = 10.0 ** rng.uniform(-9.0, -1.0)
    x = np.clip(best.point + away * rng.normal(size=n), lower, upper)
    program = trace(f, np.zeros(n))
    problem = Problem(program, "minimize", lower, upper)
    claimed = Verdict(K.LOCAL_MINIMUM, Confidence.SUPPORTED)
    verdict = lowest_if_convex(problem, program, x, claimed, float(f(x)))
    with jax.enable_x64(True):
        excess = float(f(x)) - best.value
    assert verdict.gap >= excess - 1e-14
    if excess > 1e-8:
        assert verdict.confidence is not Confidence.PROVED
