"""The gap at a corner: never less than it is, and small where the point is the lowest."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog

import surefoot as sf
from surefoot import Confidence, PointKind
from surefoot.judge.convex_planes import Region, gaps_by_planes
from surefoot.program import trace


def lowest(rows: Any, shifts: Any, lower: Any, upper: Any) -> tuple[float, np.ndarray]:
    """min of max_k rows[k]·x + shifts[k] on a box, by linear programming."""
    n = rows.shape[1]
    solved = linprog(
        np.append(np.zeros(n), 1.0), A_ub=np.hstack([rows, -np.ones((len(rows), 1))]),
        b_ub=-shifts, bounds=[*zip(lower, upper, strict=True), (None, None)], method="highs",
    )  # fmt: skip
    assert solved.status == 0
    return float(solved.fun), np.asarray(solved.x[:n])


def region(lower: Any, upper: Any, modulus: float = 0.0) -> Region:
    return Region(lower, upper, modulus, lower, upper)


@pytest.mark.parametrize("seed", range(24))
def test_no_gap_is_less_than_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 6)), int(rng.integers(2, 14))
    rows = rng.standard_normal((k, n)) * 10.0 ** rng.integers(-3, 4)
    rows = np.vstack([rows, -rows[: k // 2] - 0.1 * rng.standard_normal((k // 2, n))])
    shifts = rng.standard_normal(len(rows))
    where = rng.integers(3)
    lower = np.full(n, -np.inf) if where == 0 else -rng.uniform(0.1, 3.0, n)
    upper = np.full(n, np.inf) if where < 2 else rng.uniform(0.1, 3.0, n)
    sign = -1.0 if seed % 2 else 1.0

    def f(x: Any) -> Any:
        return sign * jnp.max(rows @ x + shifts)

    program = trace(f, np.zeros(n))
    try:
        best, argument = lowest(rows, shifts, lower, upper)
    except AssertionError:
        best, argument = -np.inf, np.zeros(n)  # no lowest value: no gap at all
    for share in (0.0, 1e-12, 1e-6, 1e-2, 1.0):
        x = np.clip(argument + share * rng.standard_normal(n), lower, upper)
        value = float(np.max(rows @ x + shifts))
        true = value - best
        for gap in gaps_by_planes(program, sign, x, region(lower, upper)):
            assert gap >= true - 1e-12 * max(1.0, abs(value))
            if not np.isfinite(true):
                assert gap == np.inf


@pytest.mark.parametrize("seed", range(12))
def test_the_modulus_is_used_and_not_overused(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    n = int(rng.integers(1, 7))
    centre, weight = rng.standard_normal(n), rng.uniform(0.1, 3.0, n)
    mu = 10.0 ** rng.integers(-3, 3)
    program = trace(
        lambda x: 0.5 * mu * jnp.sum((x - centre) ** 2) + jnp.sum(weight * jnp.abs(x)), np.zeros(n)
    )
    best = np.sign(centre) * np.maximum(np.abs(centre) - weight / mu, 0.0)

    def value(x: Any) -> float:
        return float(0.5 * mu * np.sum((x - centre) ** 2) + np.sum(weight * np.abs(x)))

    everywhere = np.full(n, np.inf)
    for share in (0.0, 1e-9, 1e-3, 1.0):
        x = best + share * rng.standard_normal(n)
        true = value(x) - value(best)
        found = list(gaps_by_planes(program, 1.0, x, region(-everywhere, everywhere, mu)))
        assert all(gap >= true - 1e-13 * max(1.0, value(x)) for gap in found)
        if share == 0.0:
            assert min(found) <= 1e-9 * max(1.0, value(best))


def test_a_level_bottom_is_known_exactly() -> None:
    program = trace(lambda x: jnp.maximum(jnp.abs(x[0]), 1.0) + 0.0 * x[1], np.zeros(2))
    everywhere = region(np.full(2, -np.inf), np.full(2, np.inf))
    for first, true in ((0.0, 0.0), (1.0, 0.0), (1.5, 0.5)):
        gaps = list(gaps_by_planes(program, 1.0, np.array([first, 0.3]), everywhere))
        assert all(gap >= true for gap in gaps)


RNG = np.random.default_rng(1)
A, B = RNG.standard_normal((31, 5)), RNG.standard_normal(31)
WIDE, FEW = RNG.standard_normal((20, 40)), RNG.standard_normal(20)
SIGNS = np.sign(B)
PROBLEMS: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "lasso": (lambda x: 0.5 * jnp.sum((A @ x - B) ** 2) + 8.0 * jnp.sum(jnp.abs(x)), 5, {}),
    "lasso of more weights than rows": (
        lambda x: 0.5 * jnp.sum((WIDE @ x - FEW) ** 2) + jnp.sum(jnp.abs(x)), 40, {}),
    "least absolute deviations": (lambda x: jnp.sum(jnp.abs(A @ x - B)), 5, {}),
    "least largest deviation": (lambda x: jnp.max(jnp.abs(A @ x - B)), 5, {}),
    "ninth decile": (
        lambda x: jnp.sum(jnp.maximum(0.9 * (B - A @ x), -0.1 * (B - A @ x))), 5, {}),
    "support vectors": (
        lambda w: 0.5 * w @ w + jnp.sum(jnp.maximum(0.0, 1.0 - SIGNS * (A @ w))), 5, {}),
    "groups": (
        lambda w: 0.5 * jnp.sum((A @ w - B) ** 2) + 30.0 * jnp.linalg.norm(w[:3])
        + 30.0 * jnp.linalg.norm(w[3:]), 5, {}),
    "half open": (
        lambda x: 0.5 * jnp.sum((A @ x - B) ** 2) + 3.0 * jnp.sum(jnp.abs(x - 0.1)), 5,
        {"bounds": (0.0, np.inf)}),
    "boxed": (
        lambda x: 0.5 * jnp.sum((A @ x - B) ** 2) + 3.0 * jnp.sum(jnp.abs(x - 0.1)), 5,
        {"bounds": (-0.05, 0.2)}),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_minima_at_corners_are_proved(name: str) -> None:
    f, n, options = PROBLEMS[name]
    solution = sf.minimize(f, np.full(n, 0.15), **options)
    assert solution.verdict.kind is PointKind.GLOBAL_MINIMUM
    assert solution.verdict.confidence is Confidence.PROVED
    assert solution.verdict.gap <= 1e-9 * max(1.0, abs(solution.value))


def test_a_point_beside_the_minimum_is_not_proved_to_be_it() -> None:
    f = PROBLEMS["lasso"][0]
    x = sf.minimize(f, np.full(5, 0.15)).x
    beside = sf.classify(f, np.asarray(x) + 1e-3)
    assert beside.confidence is not Confidence.PROVED or beside.kind is PointKind.NOT_STATIONARY


def test_weights_that_a_lasso_leaves_out_are_zeros() -> None:
    rng = np.random.default_rng(4)
    rows, true = rng.standard_normal((60, 12)), np.zeros(12)
    true[:3] = 2.0, -1.0, 0.5
    right = rows @ true + 0.1 * rng.standard_normal(60)

    def loss(x: Any) -> Any:
        return 0.5 * jnp.mean((rows @ x - right) ** 2) + 0.1 * jnp.sum(jnp.abs(x))

    solution = sf.minimize(loss, np.full(12, 0.1))
    assert np.flatnonzero(solution.x).tolist() == [0, 1, 2]
    assert solution.verdict.confidence is Confidence.PROVED
