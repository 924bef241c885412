"""Facts that outlive a trace: only what is the same for every equal computation."""

import jax.numpy as jnp
import numpy as np

from surefoot.facts import SmoothnessKind, degree, smoothness
from surefoot.facts.remembered import LARGEST, remembered
from surefoot.program import trace


def quartic(x):
    return jnp.sum(3.25 * x**4 - x)


def test_an_equal_program_is_not_looked_at_again() -> None:
    first, second = (trace(quartic, np.zeros(7)) for _ in range(2))
    assert degree(first) is degree(second)
    assert smoothness(first) is smoothness(second)
    assert degree(first).value == 4
    assert smoothness(first).kind is SmoothnessKind.SMOOTH


def test_a_captured_array_that_changed_in_place_is_seen() -> None:
    weights = np.zeros(5)

    def f(x):
        return jnp.sum(weights * x**3)

    before = degree(trace(f, np.zeros(5)))
    weights[2] = 1.0
    assert (before.value, degree(trace(f, np.zeros(5))).value) == (0, 3)


def test_what_blames_a_line_is_found_anew() -> None:
    def early(x):
        return jnp.abs(x) + jnp.sin(x)

    def late(x):
        return jnp.abs(x) + jnp.sin(x)

    one, other = trace(early, 1.0), trace(late, 1.0)
    assert one.key == other.key
    assert smoothness(one).places[0].source != smoothness(other).places[0].source
    assert degree(one).why != degree(other).why


def test_large_captured_arrays_are_not_compared() -> None:
    asked: list[int] = []
    for size in (LARGEST // 8, LARGEST // 8 + 1):
        data = np.ones(size)
        for _ in range(2):
            program = trace(lambda x, data=data: jnp.sum((x - data) ** 4), np.zeros(1))
            remembered("size", program, lambda p: asked.append(p.consts[0].size), lambda _: True)
    assert asked == [LARGEST // 8, LARGEST // 8 + 1, LARGEST // 8 + 1]
