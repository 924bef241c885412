"""Arb's opinion of crossings: it agrees with what is so, and with nothing else."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.facts.crossing_opinion import agrees, value_differs
from surefoot.facts.line import Line
from surefoot.facts.pieces import frozen
from surefoot.facts.reached import Named
from surefoot.facts.sides import Meeting, sides_of
from surefoot.program import trace

MEETINGS = (Meeting.SMOOTH, Meeting.KINK, Meeting.JUMP)

CROSSED = {
    "abs": (lambda x: jnp.abs(x - 0.25), 0.25, "KINK"),
    "abs of a square": (lambda x: jnp.abs(x) * x, 0.0, "SMOOTH"),
    "max": (lambda x: jnp.maximum(x, 2 * x - 0.5), 0.5, "KINK"),
    "min": (lambda x: jnp.minimum(x, x**2), 1.0, "KINK"),
    "clip, below": (lambda x: jnp.clip(x, 0.25, 0.75) * x, 0.25, "KINK"),
    "clip, above": (lambda x: jnp.clip(x, 0.25, 0.75) * x, 0.75, "KINK"),
    "floor": (lambda x: jnp.floor(x / 2) + x, 2.0, "JUMP"),
    "ceil": (lambda x: jnp.ceil(4 * x), 0.75, "JUMP"),
    "round": (lambda x: jnp.round(x), 1.5, "JUMP"),
    "sign": (lambda x: jnp.sign(x - 0.5), 0.5, "JUMP"),
    "sign, hidden": (lambda x: jnp.sign(x) * x, 0.0, "KINK"),
    "whole part": (lambda x: x.astype(int) * 1.0, -1.0, "JUMP"),
    "truth": (lambda x: (x > 0.5) * 1.0, 0.5, "JUMP"),
    "remainder": (lambda x: jax.lax.rem(x, 0.75), 1.5, "JUMP"),
    "where": (lambda x: jnp.where(x < 0.5, x, x**2), 0.5, "JUMP"),
    "where that meets": (lambda x: jnp.where(x < 1, x, x**2), 1.0, "KINK"),
    "Huber": (lambda x: jnp.where(jnp.abs(x) <= 1, 0.5 * x * x, jnp.abs(x) - 0.5), 1.0, "SMOOTH"),
    "largest": (lambda x: jnp.max(jnp.stack([x, 0.5 * x + 0.25])), 0.5, "KINK"),
    "place of the largest": (lambda x: jnp.argmax(jnp.stack([x, 0.5])) * 1.0, 0.5, "JUMP"),
    "running": (lambda x: jax.lax.cummax(jnp.stack([x, 0.5])).sum(), 0.5, "KINK"),
    "sort": (lambda x: jnp.sort(jnp.stack([x, 0.5, 3.0]))[0], 0.5, "KINK"),
    "two largest": (lambda x: jax.lax.top_k(jnp.stack([x, 0.5, 3.0]), 2)[0].sum(), 0.5, "KINK"),
    "relu pair": (lambda x: jax.nn.relu(x) - jax.nn.relu(-x), 0.0, "SMOOTH"),
    "root": (lambda x: jnp.sqrt((x - 0.5) ** 2), 0.5, "KINK"),
    "quotient beside it": (lambda x: jnp.abs(x - 0.5) / (1 + x * x) + jnp.log(x), 0.5, "KINK"),
}  # fmt: skip


def sides(f, at, part=None):
    program = trace(f, 0.5)
    part = part or (at, at)
    return sides_of(program, Named(program), Line.of_one(), part, (at - 0.1, at + 0.1))


@pytest.mark.parametrize("name", CROSSED)
def test_what_is_so_is_shown_and_nothing_else(name):
    f, at, meeting = CROSSED[name]
    found = sides(f, at)
    assert [claim for claim in MEETINGS if agrees(found, (at, at), claim)] == [Meeting[meeting]]


@pytest.mark.parametrize("name", [n for n in CROSSED if n not in ("root", "relu pair")])
def test_there_is_no_crossing_beside_it(name):
    f, at, _ = CROSSED[name]
    found = sides(f, at)
    for part in ((at + 0.01, at + 0.02), (at - 0.02, at - 0.01), (at + 0.01, at + 0.01)):
        assert not any(agrees(found, part, claim) for claim in MEETINGS)


def test_a_crossing_between_two_floats_is_enclosed():
    def f(x):
        return jnp.abs(jnp.exp(x) - 2)

    root = math.log(2)
    part = (np.nextafter(root, 0), np.nextafter(root, 1))
    found = sides(f, root, part)
    assert agrees(found, part, Meeting.KINK)
    assert not agrees(found, (part[1], part[1]), Meeting.KINK)
    assert not agrees(found, (root + 1e-12, root + 2e-12), Meeting.KINK)


def test_a_touched_zero_is_not_one_crossing():
    def f(x):
        return jnp.abs(x) + jnp.abs(x**3)

    found = sides(f, 0.0)
    assert not any(agrees(found, (-1e-3, 1e-3), claim) for claim in MEETINGS)


def test_differences_below_float64_are_told_from_none():
    def f(x):
        return jnp.abs(x) + 1e-30 * jnp.sign(x) + x

    assert agrees(sides(f, 0.0), (0.0, 0.0), Meeting.JUMP)
    assert not agrees(sides(f, 0.0), (0.0, 0.0), Meeting.SMOOTH)


@pytest.mark.parametrize(("here", "differs"), [(1.0, True), (0.25, False)])
def test_one_point_that_has_another_value(here, differs):
    def f(x):
        return jnp.where(x == 0.25, here, x)

    found = sides(f, 0.25)
    noted = frozen(found.program, found.line, 0.25, 0.25).choices
    assert value_differs(found, 0.25, noted) is differs


def test_another_course_is_no_proof():
    found = sides(lambda x: jnp.abs(x - 0.25) + jnp.abs(x), 0.25)
    assert not value_differs(found, 0.25, found.left[:1])
    assert not value_differs(found, 0.25, [*found.left, found.left[0]])
