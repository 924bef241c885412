"""What is another function at each call is refused, at its line; all else is left in peace."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.program.corpus import CASES, Case

import surefoot as sf
from surefoot.program import trace
from surefoot.program.graph import Node
from surefoot.program.repeat import first_difference
from surefoot.terms import TraceError

_generator = np.random.default_rng(5)
_clock = itertools.count(1)
_log: list[Any] = []
_turn = itertools.cycle([True, False])
_bag = {"scale": 1.0}
_WIDE = np.random.default_rng(6).normal(size=(4_000, 3))


def drawn(x: Any) -> Any:
    return jnp.sum((x - np.random.rand()) ** 2)


def drawn_array(x: Any) -> Any:
    return jnp.sum((x - _generator.normal(size=x.shape)) ** 2)


def drawn_by_python(x: Any) -> Any:
    return jnp.sum(x**2) * random.random()


def counted(x: Any) -> Any:
    return jnp.sum(x**2) * next(_clock)


def grows(x: Any) -> Any:
    _log.append(1.0)
    return jnp.sum(x**2) * len(_log)


def turns(x: Any) -> Any:
    return jnp.sum(x**2) if next(_turn) else jnp.sum(jnp.abs(x))


def shrinks(x: Any) -> Any:
    _bag["scale"] *= 0.5
    return jnp.sum(x**2) + _bag["scale"]


def in_a_loop(x: Any) -> Any:
    return jax.lax.fori_loop(0, 3, lambda _, s: s * np.random.rand(), jnp.sum(x**2))


def in_a_branch(x: Any) -> Any:
    total = jnp.sum(x)
    return jax.lax.cond(total > 0, lambda: total * np.random.rand(), lambda: total)


def returns_a_draw(x: Any) -> Any:
    return jnp.asarray(np.random.rand())


CHANGING = [
    drawn, drawn_array, drawn_by_python, counted, grows, turns, shrinks, in_a_loop, in_a_branch,
    returns_a_draw,
]  # fmt: skip


@pytest.mark.parametrize("f", CHANGING, ids=lambda f: f.__name__)
def test_a_function_that_changes_is_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(TraceError, match="another function each time") as caught:
        trace(f, np.array([1.0, 2.0]))
    first = f.__code__.co_firstlineno
    assert caught.value.file == __file__ and first <= caught.value.line < first + 4

    def on_a_tree(p: Any) -> Any:
        return f(jnp.append(p["b"], p["a"]))

    with pytest.raises(TraceError, match="another function each time"):
        trace(on_a_tree, {"a": 1.0, "b": np.ones(2)})


def test_a_method_that_draws_is_refused() -> None:
    class Noisy:
        def __call__(self, x: Any) -> Any:
            return jnp.sum((x - _generator.normal()) ** 2)

    with pytest.raises(TraceError, match="another function each time"):
        sf.minimize(Noisy(), np.ones(2))


def test_data_do_not_hide_a_draw() -> None:
    def loss(x: Any, a: Any) -> Any:
        return jnp.sum((a @ x - np.random.rand()) ** 2)

    with pytest.raises(TraceError, match="another function each time"):
        sf.minimize(loss, np.ones(3), data={"a": _WIDE})


def test_what_stays_the_same_passes() -> None:
    def seeded(x: Any) -> Any:
        return jnp.sum((x - np.random.default_rng(3).normal(size=x.shape)) ** 2)

    def logged(x: Any) -> Any:
        _log.append("called")
        return jnp.sum((x - 2.0) ** 2)

    def wide(x: Any) -> Any:
        return jnp.sum((_WIDE @ x - 1.0) ** 2)

    def keyed(x: Any) -> Any:
        return jnp.sum((x - jax.random.normal(jax.random.key(0), x.shape)) ** 2)

    def with_nan(x: Any) -> Any:
        return jnp.sum(jnp.where(x > 0, x, np.full(3, np.nan)))

    class Kept:
        def __init__(self) -> None:
            self.seen: dict[str, Any] = {}

        def __call__(self, x: Any) -> Any:
            self.seen.setdefault("centre", np.random.default_rng().normal(size=3))
            return jnp.sum((x - self.seen["centre"]) ** 2)

    for f in (seeded, logged, wide, keyed, with_nan, Kept()):
        trace(f, np.ones(3))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_in_the_corpus_differs_from_itself(case: Case) -> None:
    def fresh() -> Any:
        return lambda x: case.f(x)

    one, other = trace(fresh(), case.point).graph, trace(fresh(), case.point).graph
    assert first_difference(one, other) is None


def test_every_pair_in_the_corpus_is_told_apart() -> None:
    def line(x: Any, scale: float) -> Any:
        return jnp.sum(jnp.sin(x) * scale)

    graphs = [trace(lambda x, s=s: line(x, s), np.ones(2)).graph for s in (1.0, 1.5, np.nan)]
    for k, one in enumerate(graphs):
        for m, other in enumerate(graphs):
            found = first_difference(one, other)
            assert (found is None) == (k == m)
            if found is not None:
                assert isinstance(found, Node) and found.primitive == "mul"
    kinds = [
        trace(f, np.ones(2)).graph
        for f in (jnp.sum, jnp.prod, lambda x: jnp.sum(x) + x[0], lambda x: x[0] + jnp.sum(x))
    ]
    for k, one in enumerate(kinds):
        for m, other in enumerate(kinds):
            assert (first_difference(one, other) is None) == (k == m)
