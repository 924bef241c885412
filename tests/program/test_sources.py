"""Every step knows the user's file, line and column."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program import Graph, Node, definition_of, span, trace


def _all(graph: Graph) -> list[Node]:
    found: list[Node] = []
    for node in graph.nodes:
        found.append(node)
        for inner in node.inner:
            found += _all(inner)
    return found


def _loss(x: Any) -> Any:
    a = jnp.sin(x)
    b = jnp.linalg.norm(x)
    c = jax.nn.softplus(x)
    return jnp.sum(a) * b + c.sum()


def _other(x: Any) -> Any:
    return jnp.linalg.norm(x) * 2.0


@jax.jit
def _model(w: Any) -> Any:
    y = jnp.exp(w)
    return y.sum()


def test_lines_and_columns() -> None:
    first = _loss.__code__.co_firstlineno
    nodes = trace(_loss, np.ones(3)).graph.nodes
    sine = next(node for node in nodes if node.primitive == "sin")
    assert (sine.source.file, sine.source.line) == (__file__, first + 1)
    assert sine.source.segment == "jnp.sin(x)"
    assert sine.source.text == "a = jnp.sin(x)"
    assert sine.source.column == 8
    assert str(sine.source) == f"test_sources.py:{first + 1}"


def test_inside_library_calls_the_calling_line_is_blamed() -> None:
    # JAX caches the body of norm with the frames of whoever called it first.
    trace(_other, np.ones(3))
    first = _loss.__code__.co_firstlineno
    for node in _all(trace(_loss, np.ones(3)).graph):
        assert node.source.file == __file__
        assert first < node.source.line <= first + 4
    norm = next(n for n in _all(trace(_loss, np.ones(3)).graph) if n.primitive == "sqrt")
    assert norm.source.segment == "jnp.linalg.norm(x)"


def test_inside_the_users_own_jit_the_inner_line_is_blamed() -> None:
    line = _model.__wrapped__.__code__.co_firstlineno + 2
    for caller in (lambda w: _model(w), lambda w: 2.0 * _model(w)):
        exponential = next(n for n in _all(trace(caller, np.ones(3)).graph) if n.primitive == "exp")
        assert exponential.source.line == line
        assert exponential.source.segment == "jnp.exp(w)"


def test_bodies_of_loops_and_branches() -> None:
    def loss(x: Any) -> Any:
        return jax.lax.cond(
            x > 0,
            lambda y: jnp.sin(y),
            lambda y: jnp.cos(y),
            x,
        )

    first = loss.__code__.co_firstlineno
    nodes = _all(trace(loss, 1.0).graph)
    assert {n.primitive: n.source.line - first for n in nodes if n.primitive in ("sin", "cos")} == {
        "sin": 3,
        "cos": 4,
    }


def test_a_library_function_handed_in_directly() -> None:
    (node,) = trace(jnp.sin, 1.0).graph.nodes[-1:]
    assert "an unknown line" in str(node.source) or node.source.line > 0


def test_formula_spans() -> None:
    text = "sin(x) + x^2"

    def formula(x: Any) -> Any:
        with span(text, 0, 6):
            left = jnp.sin(x)
        with span(text, 9, 12):
            right = jnp.linalg.norm(x) ** 2
        with span(text, 0, 12):
            return left + right

    for node in _all(trace(formula, 1.0).graph):
        expected = {"sin": "sin(x)", "add": text}.get(node.primitive, "x^2")
        assert node.source.segment == expected
        assert node.source.file == "<formula>"


def test_definition() -> None:
    assert definition_of(_loss).line == _loss.__code__.co_firstlineno
    assert definition_of(len).line == 0


def test_labels_name_calls_as_people_do() -> None:
    nodes = trace(lambda x: jax.nn.relu(x) + _model(x), np.ones(2)).graph.nodes
    assert [node.label for node in nodes if node.is_call] == ["relu", "_model"]
