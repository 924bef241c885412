"""Covers: what is shown again of a tree of cuts, and what a tree that lies is good for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.facts.arb_bounds import lowest_by_arb, value_by_arb
from surefoot.facts.boxed import Boxed
from surefoot.facts.cover import Cover, Node, recheck
from surefoot.facts.krawczyk import inertias, positive_definite
from surefoot.facts.lowest_value import Fate, look
from surefoot.facts.precision import fewer_digits
from surefoot.program import trace
from surefoot.search.lowest import Budget, Found, lowest


def boxed(f: Callable[[Any], Any], n: int, low: float, high: float, sign: float = 1.0) -> Boxed:
    return Boxed(trace(f, np.ones(n)), sign, np.full(n, low), np.full(n, high))


def camel(x: Any) -> Any:
    a, b = x
    return (4 - 2.1 * a**2 + a**4 / 3) * a**2 + a * b + (-4 + 4 * b**2) * b**2


CAMEL = -1.0316284534898774


def found_of(problem: Boxed, tol: float = 1e-9, **budget: Any) -> Found:
    start = 0.4 * problem.first + 0.6 * problem.last
    return lowest(problem, tol, Budget(**budget), start[None])


@pytest.fixture(scope="module")
def proved() -> tuple[Boxed, Cover]:
    problem = boxed(camel, 2, -2.5, 2.0)
    return problem, found_of(problem).cover()


def test_the_cover_shows_what_the_search_says(proved: tuple[Boxed, Cover]) -> None:
    problem, cover = proved
    shown = recheck(problem, cover)
    assert shown.ended and CAMEL - 2e-9 < shown.bound <= CAMEL + 1e-12
    assert shown.parts > 10 and shown.reduced > 0
    assert list(shown.lowest.bound) == sorted(shown.lowest.bound)


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_that_lies_shows_no_more_than_is_true(
    proved: tuple[Boxed, Cover], seed: int
) -> None:
    """Whatever is written into the tree: the bound that comes of it holds, or there is none."""
    problem, cover = proved
    rng = np.random.default_rng(seed)
    kind, axis, at, child = (
        side.copy() for side in (cover.kind, cover.axis, cover.at, cover.child)
    )
    some = rng.integers(len(kind), size=8)
    match seed % 5:
        case 0:
            kind[some] = rng.integers(3, size=8)
        case 1:
            axis[some] = rng.integers(2, size=8)
        case 2:
            at[some] = rng.uniform(-50.0, 50.0, 8)
        case 3:
            child[some] = rng.integers(len(kind) + 5, size=8)
        case _:
            kind[:] = Node.REDUCED
    shown = recheck(problem, Cover(kind, axis, at, child, 1e300))
    assert not shown.ended or shown.bound <= CAMEL + 1e-12
    assert shown.bound <= CAMEL + 1e-12


def test_a_tree_that_has_no_end_shows_nothing(proved: tuple[Boxed, Cover]) -> None:
    problem, cover = proved
    circle = replace(cover, child=np.zeros_like(cover.child))
    assert recheck(problem, circle).bound == -np.inf
    wrong = replace(cover, axis=np.full_like(cover.axis, 7))
    assert recheck(problem, wrong).bound == -np.inf
    nowhere = replace(cover, at=np.full_like(cover.at, np.nan))
    assert recheck(problem, nowhere).bound == -np.inf
    assert recheck(problem, cover, stop=lambda: True).bound == -np.inf


def test_a_short_cover_shows_less_and_still_what_is_true(proved: tuple[Boxed, Cover]) -> None:
    problem = proved[0]
    found = found_of(problem)
    bounds = [recheck(problem, found.cover(most)).bound for most in (0, 5, 40, 10**6)]
    assert bounds == sorted(bounds)
    assert bounds[0] < -5.0 and bounds[-1] > CAMEL - 2e-9 and bounds[-1] <= CAMEL + 1e-12


def test_a_leaf_alone_is_bounded_as_a_whole() -> None:
    problem = boxed(camel, 2, -2.5, 2.0)
    zero = np.zeros(1)
    alone = Cover(zero.astype(np.int8), zero.astype(np.int32), zero, zero.astype(np.int64), np.inf)
    assert recheck(problem, alone).bound < -5.0


# ── what is shown of one part ──────────────────────────────────────────────────────────────────


def looked(f: Callable[[Any], Any], low: Any, high: Any, box: Boxed) -> Any:
    return look(box, np.array([low], float), np.array([high], float), np.inf)


def test_fates_follow_from_slopes_and_curvatures() -> None:
    rising = boxed(lambda x: x[0] + 0.1 * jnp.sin(x[0]), 1, -2.0, 2.0)
    assert looked(camel, [0.5], [1.0], rising).fate[0] == Fate.NOWHERE
    seen = looked(camel, [-2.0], [1.0], rising)
    assert seen.fate[0] == Fate.FACE and seen.upper[0, 0] == -2.0
    hill = boxed(lambda x: -(x[0] ** 2) + x[0] * x[1], 2, -2.0, 2.0)
    assert looked(camel, [-1.0, -0.1], [1.0, 0.1], hill).fate[0] == Fate.NOWHERE
    whole = looked(camel, [-2.0, -0.5], [2.0, 0.5], hill)
    assert whole.fate[0] == Fate.SIDES and whole.axis[0] == 0
    bowl = boxed(lambda x: x[0] ** 2 + x[1] ** 2, 2, -2.0, 2.0)
    assert looked(camel, [-1.0, -1.0], [1.0, 1.0], bowl).fate[0] == Fate.OPEN


@pytest.mark.parametrize(
    "f", [jnp.abs, jnp.floor, jnp.sign, lambda x: jnp.where(x >= 0.0, x, -x),
          lambda x: jnp.where(x > 0.0, x, -x), lambda x: jnp.maximum(x, -2.0 * x)],
)  # fmt: skip
@pytest.mark.parametrize("ends", [(0.0, 1.0), (-1.0, 0.0), (-0.5, 0.5), (1e-9, 1.0)])
def test_corners_and_jumps_at_the_end_of_a_part_are_not_passed_by(
    f: Callable[[Any], Any], ends: tuple[float, float]
) -> None:
    """A part that ends in the lowest point must not be given away to its neighbour, and back."""
    problem = boxed(lambda x: f(x[0]), 1, -1.0, 1.0)
    fates = [int(looked(f, [a], [b], problem).fate[0]) for a, b in (ends, (-ends[1], -ends[0]))]
    if ends[0] <= 0.0 <= ends[1] and f is not jnp.floor and f is not jnp.sign:
        assert Fate.NOWHERE not in fates


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_small_parts_hold_and_are_close(seed: int) -> None:
    """Of boxes on which slopes and curvatures decide: below every value, and not far below."""
    rng = np.random.default_rng(seed)
    waves, phases = rng.normal(size=(4, 3)), rng.uniform(0.0, 6.0, 4)
    bowl = rng.normal(size=(3, 3))

    def f(x: Any) -> Any:
        return jnp.sum(jnp.sin(waves @ x + phases)) + x @ bowl @ x

    problem = boxed(f, 3, -50.0, 50.0, float(rng.choice([-1.0, 1.0])))
    lower = rng.uniform(-3.0, 3.0, (150, 3))
    width = 10.0 ** rng.uniform(-2.0, 0.0, (150, 3))
    seen = look(problem, lower, lower + width, np.inf)
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    shares = np.concatenate([corners, rng.uniform(size=(50, 3))])
    for k in np.flatnonzero(seen.fate == Fate.OPEN):
        points = np.clip(lower[k] + shares * width[k], lower[k], (lower + width)[k])
        least = problem.bounds(points, points).high.min()
        assert seen.bound[k] <= least
        assert least - seen.bound[k] < 30.0 * np.max(width[k]) ** 2
        assert seen.low[k] <= seen.high[k]


def test_products_of_variables_are_bounded_as_they_are() -> None:
    """x·y on boxes around 0: the curvature is all in the pair, and the bound has no room."""
    for half in ([1.0, 1.0], [1.0, 8.0], [3e-3, 2e4]):
        problem = boxed(lambda x: x[0] * x[1] + 1e-3 * x[0] ** 2, 2, -1e5, 1e5)
        ends = np.array([half])
        least = -half[0] * half[1] + 1e-3 * half[0] ** 2
        bound = float(look(problem, -ends, ends, np.inf).bound[0])
        assert least - 0.01 * abs(least) <= bound <= least


def test_where_there_is_no_value_none_is_low() -> None:
    problem = boxed(lambda x: x[0] - jnp.log(x[0]), 1, -3.0, 4.0)
    assert looked(camel, [-3.0], [-1.0], problem).bound[0] == np.inf
    assert looked(camel, [-3.0], [1.0], problem).bound[0] < 1.0
    masked = boxed(lambda x: jnp.where(x[0] > 0.0, jnp.log(x[0]), x[0]), 1, -3.0, 4.0)
    assert looked(camel, [-3.0], [-1.0], masked).bound[0] < -2.9
    summed = boxed(lambda x: jnp.sum(jnp.sqrt(x)), 2, -3.0, 4.0)
    assert looked(camel, [-3.0, 1.0], [-1.0, 2.0], summed).bound[0] == np.inf


def test_definite_matrices_are_told_as_one_by_one() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(size=(60, 3, 3))
    middle = root @ root.swapaxes(1, 2) + 0.7 * np.eye(3)
    width = rng.uniform(0.0, 0.2, (60, 1, 1)) * np.ones((60, 3, 3))
    many = positive_definite(middle - width, middle + width)
    pairs = zip((middle - width)[:, None], (middle + width)[:, None], strict=True)
    single = [inertias(*pair) == [(0, 3)] for pair in pairs]
    assert many.tolist() == single and 5 < many.sum() < 55
    for sure, low, high in zip(many, middle - width, middle + width, strict=True):
        for _ in range(20 * int(sure)):
            share = rng.uniform(size=(3, 3))
            share = np.triu(share) + np.triu(share, 1).T
            assert np.linalg.eigvalsh(low + share * (high - low))[0] > 0.0


# ── Arb ────────────────────────────────────────────────────────────────────────────────────────


def test_arb_bounds_wide_parts_and_is_never_above_what_is_taken() -> None:
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]

    def f(x: Any) -> Any:
        z = turn @ x
        return jnp.sum(z**4 - 16.0 * z**2 + 5.0 * z) / 2.0

    problem = boxed(f, 3, -5.0, 5.0)
    found = found_of(problem)
    parts = recheck(problem, found.cover()).lowest
    for lower, upper, x in zip(parts.lower, parts.upper, parts.x, strict=True):
        bound = lowest_by_arb(problem, lower, upper, x, found.high - 1e-6)
        assert bound >= found.high - 1e-6
        points = rng.uniform(lower, upper, (50, 3))
        assert bound <= min(value_by_arb(problem, point)[1] for point in points)


def test_arb_does_not_reach_what_is_false() -> None:
    problem = boxed(camel, 2, -2.5, 2.0)
    x = np.array([0.0898, -0.7127])
    assert lowest_by_arb(problem, problem.first, problem.last, x, CAMEL + 1e-6) == -np.inf
    upside = boxed(camel, 2, -1.0, 1.0, sign=-1.0)
    assert lowest_by_arb(upside, upside.first, upside.last, np.zeros(2), 0.1) == -np.inf
    assert lowest_by_arb(problem, problem.first, problem.last, x, np.nan) == -np.inf
    low, high = value_by_arb(upside, np.array([0.3, 0.2]))
    assert low <= -float(camel(np.array([0.3, 0.2]))) <= high


def test_a_value_that_float64_has_is_told_exactly() -> None:
    assert value_by_arb(boxed(lambda x: x[0] ** 2, 1, -3.0, 3.0), np.array([1.5])) == (2.25, 2.25)


def test_fewer_digits_are_named_by_step() -> None:
    plain = trace(lambda x: jnp.sum(jnp.sin(x) ** 2), np.ones(2))
    assert fewer_digits(plain) == ""
    cast = trace(lambda x: jnp.sum(x.astype(jnp.float32)), np.ones(2))
    assert "float32" in fewer_digits(cast) and "test_cover.py:" in fewer_digits(cast)
    closure = np.ones(2, np.float32)
    captured = trace(lambda x: jnp.sum(x * closure), np.ones(2))
    assert "float32" in fewer_digits(captured)
    half = trace(lambda x: jnp.sum(x.astype(jnp.bfloat16)), np.ones(2))
    assert "bfloat16" in fewer_digits(half)
