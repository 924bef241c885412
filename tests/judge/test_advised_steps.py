"""A step that a verdict advises was taken and measured; limits and tolerances are told."""

import re
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf

STEP = re.compile(r"improves the value, by (\S+) \(tolerance \S+\), as was measured: move (.*?)\. ")


def _himmelblau(p: Any) -> Any:
    return (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2


SMOOTH: dict[str, Callable[[Any], Any]] = {
    "rosenbrock": lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2,
    "himmelblau": _himmelblau,
    "camel": lambda p: (4 - 2.1 * p[0] ** 2 + p[0] ** 4 / 3) * p[0] ** 2
    + p[0] * p[1]
    + (4 * p[1] ** 2 - 4) * p[1] ** 2,
    "wavy": lambda p: jnp.sum(p**2) + 3 * jnp.sum(jnp.sin(4 * p)),
    "stiff": lambda p: (p[0] + p[1] - 1) ** 2 + 1e-6 * (p[0] - p[1]) ** 4 + jnp.exp(0.3 * p[0]),
}


def _taken(f: Any, x: Any, advice: str) -> tuple[float, float]:
    """The gain that a sentence names, and the one of the step that it names."""
    found = STEP.search(advice)
    assert found is not None, advice
    point = np.atleast_1d(np.array(x, dtype=float))
    for move in found[2].split(", "):
        name, number = move.split(" by ")
        place = re.search(r"\[(\d+)\]", name)
        point[int(place[1]) if place else 0] += float(number)
    start = sf.descend(f, x, steps=0, lr=1.0).values[0]
    end = sf.descend(f, point.reshape(np.shape(x)), steps=0, lr=1.0).values[0]
    return float(found[1]), float(start - end)


@pytest.mark.parametrize("name", SMOOTH)
def test_what_is_advised_improves_by_what_is_said(name: str) -> None:
    f, rng = SMOOTH[name], np.random.default_rng(5)
    for x in rng.uniform(-2.5, 2.5, (40, 2)):
        verdict = sf.classify(f, x)
        if verdict.attained is False or "improves" not in verdict.advice:
            continue
        said, seen = _taken(f, x, verdict.advice)
        assert seen == pytest.approx(said, rel=1e-2) and seen > 0.0


def test_a_corner_and_the_end_of_a_domain_are_not_jumped() -> None:
    for f, x in (("|x|", -0.2), ("|x|", 0.7), ("sqrt(x)", 0.093), ("x ln x", 0.01)):
        said, seen = _taken(f, x, sf.classify(f, {"x": x}).advice)
        assert seen == pytest.approx(said, rel=1e-2) and seen > 0.0


def test_no_limit_is_named_that_is_the_value_itself() -> None:
    x = np.array([-3.0, -2, -1, 1, 2, 3])
    y = (x > 0) * 1.0

    def loss(w: Any) -> Any:
        z = w[0] * x + w[1]
        return jnp.mean(jnp.logaddexp(0.0, z) - y * z)

    found = sf.minimize(loss, np.zeros(2))
    assert found.verdict.attained is False
    assert f"{found.value:.6g}" not in found.verdict.advice
    assert "no best point" in found.verdict.meaning
    assert "slope is not zero" not in found.verdict.meaning


def test_a_maximum_that_is_not_reached_speaks_of_no_step_downhill() -> None:
    verdict = sf.maximize("-x^4 + 3x", {"x": 5.0}, max_steps=1).verdict
    assert verdict.kind is sf.PointKind.NOT_STATIONARY
    assert "uphill" in verdict.advice
    for words in (verdict.kind.value, verdict.meaning, verdict.advice):
        assert "downhill" not in words


def test_a_minimum_within_tolerance_says_how_far_above_it_may_lie() -> None:
    near = sf.classify("(x-1)^2+5", {"x": 1.00006})
    assert near.kind is sf.PointKind.GLOBAL_MINIMUM
    assert near.excess == pytest.approx(3.6e-9, rel=1e-3)
    assert near.gap == pytest.approx(3.6e-9, rel=1e-3) and "more than 3.7e-09" in near.meaning
    walk = sf.descend("x^4 - x^2", {"x": 1.0}, "gd", 40, lr=0.05).verdict
    assert walk.kind is sf.PointKind.LOCAL_MINIMUM
    assert walk.excess == pytest.approx(8.4e-10, rel=0.05) and "within 8.4e-10" in walk.meaning
    exact = sf.classify("(x-1)^2+5", {"x": 1.0})
    assert exact.excess == 0.0 and exact.meaning == sf.PointKind.GLOBAL_MINIMUM.value


@pytest.mark.parametrize("start", [0.5, 2.0, -1.0])
def test_saturation_is_not_taken_for_a_custom_derivative(start: float) -> None:
    for f in ("tanh x", "x/sqrt(1+x^2)"):
        verdict = sf.maximize(f, {"x": start}).verdict
        assert verdict.kind is sf.PointKind.NOT_STATIONARY and verdict.attained is False
        assert not any("stop_gradient" in row.note for row in verdict.evidence)
