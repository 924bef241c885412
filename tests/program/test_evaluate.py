"""The walker computes what JAX computes."""

from typing import Any

import jax
import numpy as np
import pytest
from tests.program.corpus import CASES, Case

from surefoot.program import Node, evaluate, trace, walk
from surefoot.program.numpy_rules import evaluate as numpy_table

ULP = np.finfo(np.float64).eps


def _leaves(tree: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(tree)]


def test_corpus_is_large_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_compiled_against_compiled_bit_for_bit(case: Case) -> None:
    program = trace(case.f, case.point)
    x = program.structure.ravel(case.point)
    with jax.enable_x64(True):
        ours = _leaves(jax.jit(program.flat)(program.consts, x))
        theirs = _leaves(jax.jit(lambda flat: case.f(program.structure.unravel_jax(flat)))(x))
    assert len(ours) == len(theirs)
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_step_by_step_to_four_ulp(case: Case) -> None:
    """Every step, bound alone on the values the walk has reached, is within 4 ulp of compiled."""
    program = trace(case.f, case.point)
    inputs = _leaves(program.structure.unravel(program.structure.ravel(case.point)))
    seen = 0

    def compare(node: Node, arguments: Any, results: Any) -> None:
        nonlocal seen
        rule = evaluate.default
        assert rule is not None
        compiled = jax.jit(lambda *a: rule(node, *a))(*arguments)
        compiled = compiled if isinstance(compiled, tuple) else (compiled,)
        for mine, expected in zip(results, compiled, strict=True):
            seen += 1
            mine, expected = np.asarray(mine), np.asarray(expected)
            assert mine.dtype == expected.dtype
            if mine.dtype.kind != "f":
                np.testing.assert_array_equal(mine, expected)
                continue
            # A sum is as exact as its terms: 4 ulp of the result, or of the largest argument
            # where the result cancels.
            finite = np.isfinite(expected)
            np.testing.assert_array_equal(mine[~finite], expected[~finite])
            sizes = [np.max(np.abs(a), initial=0.0) for a in map(np.asarray, arguments)
                     if a.dtype.kind == "f" and np.isfinite(a).all()]
            scale = np.maximum(np.abs(expected[finite]), max(sizes, default=0.0) * ULP)
            np.testing.assert_array_less(
                np.abs(mine[finite] - expected[finite]), 4 * ULP * scale + np.finfo(np.float64).tiny
            )

    with jax.enable_x64(True):
        out = walk(program.graph, evaluate, list(program.consts), inputs, watch=compare)
    assert len(out) == len(program.outputs)
    assert seen > 0


@pytest.mark.parametrize(
    "case", [c for c in CASES if "several" not in c.name], ids=lambda case: case.name
)
def test_entered_calls_give_the_same_values(case: Case) -> None:
    """Calls mean no more than their bodies: entering them changes nothing but rounding."""
    from dataclasses import replace

    program = trace(case.f, case.point)
    inputs = _leaves(program.structure.unravel(program.structure.ravel(case.point)))
    entering = replace(evaluate, whole=lambda node: False)
    with jax.enable_x64(True):
        whole = walk(program.graph, evaluate, list(program.consts), inputs)
        entered = walk(program.graph, entering, list(program.consts), inputs)
    for a, b in zip(whole, entered, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-13, atol=1e-14)


def test_custom_rules_stay_in_force() -> None:
    """Gradients of the walked program follow the user's rule, not the body's."""
    case = next(c for c in CASES if c.name == "custom vjp")
    program = trace(case.f, case.point)
    x = program.structure.ravel(case.point)
    with jax.enable_x64(True):
        slope = np.asarray(jax.grad(program.flat, argnums=1)(program.consts, x))
    np.testing.assert_array_equal(slope, np.clip(3 * x**2, 0.0, 1.0))


def test_data_changed_in_place_is_seen() -> None:
    data = np.array([1.0, 2.0])

    def loss(x: Any) -> Any:
        return jax.numpy.sum(data * x)

    before = trace(loss, np.zeros(2))
    data[1] = 5.0
    after = trace(loss, np.zeros(2))
    assert before.key == after.key
    np.testing.assert_array_equal(after.consts[0], [1.0, 5.0])


def test_unused_steps_are_left_out() -> None:
    def loss(x: Any) -> Any:
        jax.numpy.sign(x)
        return x * 2.0

    assert [node.primitive for node in trace(loss, 1.0).graph.nodes] == ["mul"]


def test_a_watch_sees_every_step_inside_of_loops_and_branches() -> None:
    seen: list[str] = []

    def looped(x: Any) -> Any:
        total = jax.lax.fori_loop(0, 3, lambda _, s: jax.numpy.sin(s), x)
        total = jax.lax.while_loop(lambda s: s[0] < 2, lambda s: (s[0] + 1, -s[1]), (0, total))[1]
        return jax.lax.cond(True, jax.numpy.cos, jax.numpy.tan, total)

    program = trace(looped, 1.0)
    constants = [numpy_table.literal(value) for value in program.consts]

    def note(node: Node, arguments: Any, results: Any) -> None:
        seen.append(node.primitive)

    out = walk(program.graph, numpy_table, constants, [np.asarray(0.5)], note)
    assert out[0] == pytest.approx(np.cos(np.sin(np.sin(np.sin(0.5)))))
    assert [seen.count(name) for name in ("sin", "neg", "lt", "cos", "tan")] == [3, 2, 3, 1, 0]
    before = len(seen)
    walk(program.graph, numpy_table, constants, [np.asarray(0.5)])
    assert len(seen) == before, "a watch ends with its walk"
