"""Frozen programs: equal to the program near where they were frozen, smooth beyond."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.facts.line import Line
from surefoot.facts.pieces import frozen
from surefoot.program import trace

V = jnp.array([1.0, -0.5, 2.0, 0.25])

PIECES: dict[str, Callable[[Any], Any]] = {
    "abs": lambda x: jnp.abs(x - 0.3),
    "max": lambda x: jnp.maximum(x, x**2),
    "min": lambda x: jnp.minimum(x, x**2),
    "clip": lambda x: jnp.clip(3.0 * x, -1.0, 2.0),
    "sign": lambda x: x * jnp.sign(x - 0.2),
    "floor": lambda x: x * jnp.floor(3.0 * x),
    "ceil": lambda x: x * jnp.ceil(3.0 * x),
    "round": lambda x: x * jnp.round(3.0 * x),
    "whole part": lambda x: x * (3.0 * x).astype(int),
    "bool": lambda x: x * (x - 0.1).astype(bool),
    "rem": lambda x: jnp.fmod(x, 0.7),
    "mod": lambda x: x % 0.7,
    "where": lambda x: jnp.where(x > 0.4, jnp.sin(x), x**3),
    "and": lambda x: jnp.where((x > -1.0) & (x <= 1.0), x**2, x),
    "cond": lambda x: jax.lax.cond(x < 0.1, jnp.sin, jnp.cos, x),
    "reduce_max": lambda x: jnp.max(x * V),
    "reduce_min": lambda x: jnp.sum(jnp.min((x * V + V**2).reshape(2, 2), axis=1)),
    "argmax": lambda x: x * jnp.argmax(x * V + V**2),
    "argmin": lambda x: jnp.sum(x * jnp.argmin((x * V).reshape(2, 2), axis=0)),
    "sort": lambda x: jnp.sort(x * V) @ V,
    "argsort": lambda x: x * jnp.argsort(x * V)[0],
    "sort rows": lambda x: jnp.sum(jnp.sort((x * V).reshape(2, 2), axis=0)[0] * V[:2]),
    "top_k": lambda x: jnp.sum(jax.lax.top_k(x * V, 2)[0] * V[:2]),
    "cummax": lambda x: jax.lax.cummax(x * V) @ V,
    "cummin back": lambda x: jax.lax.cummin(x * V, reverse=True) @ V,
    "norm": lambda x: jnp.linalg.norm(x * V - V),
    "roots": lambda x: jnp.sqrt(x**2) + jnp.cbrt(x) + jnp.abs(x) ** 0.5 + 1.0 / x + jnp.log(x**2),
    "arcs": lambda x: jnp.arcsin(x / 4) + jnp.arctan2(x, 0.3) + jnp.tan(x) + jnp.log1p(x**2),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_frozen_program_is_the_program(name: str) -> None:
    """At random points value, slope and curvature are JAX's; the choices hold close by."""
    f = PIECES[name]
    program, line = trace(f, 0.0), Line.of_one()
    draw = np.random.default_rng(11)
    with jax.enable_x64(True):
        for x in draw.uniform(-2.5, 2.5, 12):
            here = frozen(program, line, x, x)
            derivatives = (f, jax.grad(f), jax.grad(jax.grad(f)))
            bounds = (here.value, here.slope, here.curvature)
            for (low, high), derivative in zip(bounds, derivatives, strict=True):
                true = float(derivative(jnp.asarray(x)))
                room = 1e-9 * (1.0 + abs(true))
                assert low - room <= true <= high + room
            # Where all choices are sure on a part, the frozen program is the program there.
            part = frozen(program, line, x - 1e-3, x + 1e-3, here.choices)
            if all(visit.sure.all() for visit in part.visits):
                for y in np.linspace(x - 1e-3, x + 1e-3, 5):
                    true = float(f(jnp.asarray(y)))
                    room = 1e-12 * (1.0 + abs(true))
                    assert part.value[0] - room <= true <= part.value[1] + room


@pytest.mark.parametrize("name", PIECES)
def test_sure_is_not_said_across_a_switch(name: str) -> None:
    """Over a part on which choices change, some choice is not sure."""
    program, line = trace(PIECES[name], 0.0), Line.of_one()
    ends = [frozen(program, line, x, x) for x in (-1.37, 1.21)]
    changed = [
        k for k, (a, b) in enumerate(zip(*(end.visits for end in ends), strict=False))
        if a.node is b.node and a.choice.shape == b.choice.shape and np.any(a.choice != b.choice)
    ]  # fmt: skip
    for end in ends:
        part = frozen(program, line, -1.37, 1.21, end.choices)
        for k in changed[:1]:
            crossed = ends[0].choices[k] != ends[1].choices[k]
            assert not part.visits[k].sure[crossed].any()


def test_one_sided_slopes_of_a_norm() -> None:
    program, line = trace(lambda x: jnp.linalg.norm((x - 0.5) * V), 0.0), Line.of_one()
    length = float(np.linalg.norm(np.asarray(V, np.float64)))
    for side in (-1, 1):
        here = frozen(program, line, 0.5, 0.5, side=side)
        assert here.slope[0] <= side * length <= here.slope[1]
        assert here.slope[1] - here.slope[0] < 1e-13
    assert not frozen(program, line, 0.5, 0.5).visits[-1].sure.all()
