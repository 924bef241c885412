"""Gradients and second derivatives by powers of one t, against JAX and along directions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from attack.boxes import random_program

from surefoot.facts.intervals.balls import ends
from surefoot.facts.intervals.series import bends_of_two, gradients, taylor
from surefoot.program import trace
from surefoot.terms import UnsupportedError


def smooth(x):
    return jnp.exp(0.3 * x[0] * x[1]) + jnp.sin(x[2] * x[0]) / (1 + x[1] ** 2) + x[2] ** 3


X = np.array([0.3, -0.7, 1.1])


def by_jax(derivative):
    with jax.enable_x64(True):
        return np.asarray(derivative(jnp.asarray(X)))


def holds(ball, number):
    low, high = ends(ball)
    size = max(1.0, abs(number))
    assert low - 1e-12 * size <= number <= high + 1e-12 * size
    assert high - low <= 1e-12 * size


def test_a_gradient_in_one_walk_is_that_of_jax():
    program, wanted = trace(smooth, X), by_jax(jax.grad(smooth))
    for ball, number in zip(gradients(program, X, X, range(3))[0], wanted, strict=True):
        holds(ball, float(number))
    [only] = gradients(program, X, X, [1])[0]
    holds(only, float(wanted[1]))


def test_second_derivatives_of_two_variables_are_those_of_jax():
    program, wanted = trace(smooth, X), by_jax(jax.hessian(smooth))
    for i, j in ((0, 1), (2, 0), (1, 2)):
        found = bends_of_two(program, X, X, i, j)
        for ball, number in zip(found, (wanted[i, i], wanted[i, j], wanted[j, j]), strict=True):
            holds(ball, float(number))


def test_a_field_has_a_gradient_for_each_number():
    def field(x):
        return jnp.stack([x[0] * x[1], jnp.sin(x[1]) + 2 * x[2], x[0] ** 2])

    found = gradients(trace(field, X), X, X, range(3))
    wanted = by_jax(jax.jacobian(field))
    for balls, row in zip(found, wanted, strict=True):
        for ball, number in zip(balls, row, strict=True):
            holds(ball, float(number))


@pytest.mark.parametrize("block", range(3))
def test_balls_hold_what_is_found_at_points_of_the_box(block):
    known = 0
    for seed in range(100 * block, 100 * block + 100):
        f, n = random_program(seed)
        rng = np.random.default_rng(seed)
        middle, half = rng.normal(size=n), 10.0 ** rng.uniform(-9, -1) * np.ones(n)
        lower, upper = middle - half, middle + half
        try:
            program = trace(f, np.ones(n))
            over = gradients(program, lower, upper, range(n))[0]
            bent = bends_of_two(program, lower, upper, 0, 1) if n > 1 else ()
        except UnsupportedError:
            continue
        x = rng.uniform(lower, upper)
        for k, ball in enumerate(over):
            _, slope, _ = taylor(program, x, x, np.eye(n)[k])[0]
            assert not ball.is_finite() or ball.overlaps(slope), seed
        if bent:
            along = [taylor(program, x, x, d)[0][2] for d in (np.eye(n)[0], np.eye(n)[1])]
            both = taylor(program, x, x, np.eye(n)[0] + np.eye(n)[1])[0][2]
            at = (along[0], (both - along[0] - along[1]) / 2, along[1])
            for ball, number in zip(bent, at, strict=True):
                assert not ball.is_finite() or ball.overlaps(number), seed
        known += all(ball.is_finite() for ball in over)
    assert known > 30
