"""Ends of 128 bits, and slopes and curvatures between such ends, on random programs."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from attack.boxes import random_program

from surefoot.facts.intervals.balls import balls, ends
from surefoot.facts.intervals.nowhere import nowhere
from surefoot.facts.intervals.series import curvatures, taylor
from surefoot.facts.intervals.spans import lower_end
from surefoot.program import Program, trace
from surefoot.terms import UnsupportedError, at_most


def drawn(seed: int) -> tuple[Program, Any, Any] | None:
    f, n = random_program(seed)
    rng = np.random.default_rng(seed + 3)
    middle = rng.normal(size=n)
    half = np.abs(rng.normal(size=n)) * 10.0 ** rng.uniform(-6.0, 0.5)
    try:
        return trace(f, np.ones(n)), middle - half, middle + half
    except UnsupportedError:
        return None


def points(lower: Any, upper: Any, seed: int, count: int) -> Any:
    rng = np.random.default_rng(seed)
    inside = rng.uniform(lower, upper, (count, lower.size))
    return np.clip(np.concatenate([lower[None], upper[None], inside]), lower, upper)


@pytest.mark.parametrize("block", range(5))
def test_ends_hold_and_are_no_wider_than_balls(block: int) -> None:
    known = 0
    for seed in range(60 * block, 60 * block + 60):
        found = drawn(seed)
        if found is None:
            continue
        program, lower, upper = found
        try:
            low, high = (sign * lower_end(program, lower, upper, sign) for sign in (1.0, -1.0))
            ball = ends(balls(program, lower, upper)[0].values[0])
        except UnsupportedError:
            continue
        known += np.isfinite(low)
        assert low >= ball[0] - 1e-12 * abs(ball[0]) or not np.isfinite(ball[0])
        empty = bool(nowhere(program, lower[None], upper[None])[0])
        for x in points(lower, upper, seed, 5):
            value = ends(balls(program, x, x)[0].values[0])
            if np.isfinite(value[0]):
                assert not empty
                assert value[1] >= low and value[0] <= high, seed
    assert known > 30


@pytest.mark.parametrize("block", range(5))
def test_slopes_and_curvatures_hold(block: int) -> None:
    known = 0
    for seed in range(60 * block, 60 * block + 60):
        found = drawn(seed)
        if found is None:
            continue
        program, lower, upper = found
        n = lower.size
        try:
            on_box = curvatures(program, lower, upper)
            at = [
                (i, j, taylor(program, x, x, np.eye(n)[i] + np.eye(n)[j] * (i != j))[0])
                for x in points(lower, upper, seed, 2) for i in range(n) for j in range(i, n)
            ]  # fmt: skip
        except UnsupportedError:
            continue
        known += 1
        for i, j, (value, slope, bend) in at:
            total = {k: on_box.slope[k].ball for k in {i, j} if k in on_box.slope}
            pairs = [(i, j)] if i == j else [(i, i), (j, j), (i, j), (i, j)]
            bends = [on_box.bend[pair].ball for pair in pairs if pair in on_box.bend]
            assert not value.is_finite() or on_box.value.ball.overlaps(value)
            assert not slope.is_finite() or sum(total.values(), 0 * value).overlaps(slope), seed
            assert not bend.is_finite() or sum(bends, 0 * value).overlaps(bend), seed
    assert known > 15


def test_wide_boxes_keep_what_balls_lose() -> None:
    program = trace(lambda x: (x[0] ** 2 - 1.0) ** 2 + x[1] ** 2 + jnp.cos(x[0] * 0.0), np.ones(2))
    lower, upper = np.array([-1e6, -3.0]), np.array([1e6, 5.0])
    assert lower_end(program, lower, upper, 1.0) == pytest.approx(1.0)
    curved = curvatures(trace(lambda x: jnp.sum(x**4), np.ones(3)), -np.ones(3), 2.0 * np.ones(3))
    assert set(curved.bend) == {(0, 0), (1, 1), (2, 2)}
    assert curved.bend[0, 0].low == 0 and curved.bend[0, 0].high == 48


def test_bounds_in_few_digits_are_rounded_up() -> None:
    assert [at_most(x) for x in (1.02e-10, 1e-10, 0.999, 5e-324, 0.0)] == [
        "1.1e-10", "1e-10", "1", "1e-300", "0"
    ]  # fmt: skip
    for x in np.random.default_rng(0).lognormal(0.0, 30.0, 500):
        assert x <= float(at_most(x)) <= 1.1000001 * x
