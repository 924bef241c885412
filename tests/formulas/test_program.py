"""Formulas as functions: traced, differentiated, blamed by character, shapes inferred."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.formulas import parse
from surefoot.formulas.evaluate import IMPLEMENTATIONS
from surefoot.formulas.functions import FUNCTIONS, SPELLINGS
from surefoot.program import trace
from surefoot.terms import FormulaError

A = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]])
B = np.array([1.0, 2.0])


def test_every_function_of_the_table_computes_something() -> None:
    assert set(FUNCTIONS) == set(IMPLEMENTATIONS)
    assert {f.name for f in SPELLINGS.values()} == set(FUNCTIONS)


def test_grad_jit_and_vmap_go_through() -> None:
    formula = parse("x^3 - 2x y")
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(formula))({"x": 2.0, "y": 3.0})
        assert float(slope["x"]) == 3 * 2.0**2 - 2 * 3.0
        assert float(slope["y"]) == -4.0
        many = jax.vmap(lambda x: parse("sin x")(x))(jnp.array([0.0, 1.0]))
        np.testing.assert_allclose(many, np.sin([0.0, 1.0]))


def test_a_plain_call_leaves_no_setting_behind() -> None:
    value = parse("x/3")(1.0)
    assert value == 1 / 3
    assert not jax.config.jax_enable_x64


def test_every_step_knows_its_characters() -> None:
    text = "2x + sin(x^2) - |x|"
    program = trace(parse(text), 0.5)
    found = {node.primitive: node.source.segment for node in program.graph.nodes}
    assert found["integer_pow"] == "x^2"
    assert found["sin"] == "sin(x^2)"
    assert found["abs"] == "|x|"
    assert found["mul"] == "2x"
    assert found["add"] == "2x + sin(x^2)"
    assert found["sub"] == text
    assert program.name == text


def test_the_blamed_characters_count_in_the_text_as_typed() -> None:
    program = trace(parse("  π·x² + √x"), 0.5)
    segments = {node.source.segment for node in program.graph.nodes}
    assert {"x²", "π·x²", "√x"} <= segments


def test_powers_are_the_primitives_that_analysis_knows() -> None:
    def steps(text: str) -> list[str]:
        return [node.primitive for node in trace(parse(text), 0.5).graph.nodes]

    assert steps("x^3") == ["integer_pow"]
    assert steps("x^-1") == ["integer_pow"]
    assert steps("e^x") == ["exp"]
    assert steps("x^0.5") == ["sqrt"]
    assert steps("x^1.5") == ["pow"]
    assert steps("(1/3) x") == ["mul"]


@pytest.mark.parametrize(
    ("text", "data", "shapes"),
    [
        ("x^2 + y", {}, {"x": (), "y": ()}),
        ("||A @ x - b||^2", {"A": A, "b": B}, {"x": (3,)}),
        ("sum((A @ x + x0 - b)^2)", {"A": A, "b": B}, {"x": (3,), "x0": ()}),
        ("y @ A @ x", {"A": A}, {"x": (3,), "y": (2,)}),
        ("x @ x + sum(A @ x)", {"A": A}, {"x": (3,)}),
        ("A @ (x + y)", {"A": A}, {"x": (3,), "y": (3,)}),
        ("A.T @ y", {"A": A}, {"y": (2,)}),
        ("dot(b, x)", {"b": B}, {"x": (2,)}),
        ("dot(x, b)", {"b": B}, {"x": (2,)}),
        ("x[0]^2 + x[3]", {}, {"x": (4,)}),
        ("x[-2] + y", {}, {"x": (2,), "y": ()}),
        ("b1*(1 - e^(-b2 t))", {"t": B}, {"b1": (), "b2": ()}),
        ("sum((b - m)^2)", {"b": B}, {"m": ()}),
        ("norm(x) + sum(A @ x)", {"A": A}, {"x": (3,)}),
        ("x.T @ A.T @ A @ x", {"A": A}, {"x": (3,)}),
        ("A @ (2x) - b", {"A": A, "b": B}, {"x": (3,)}),
        ("A[0] @ x", {"A": A}, {"x": (3,)}),
        ("A[:, 1] @ y", {"A": A}, {"y": (2,)}),
    ],
)
def test_shapes_follow_from_data(
    text: str, data: dict[str, Any], shapes: dict[str, tuple[int, ...]]
) -> None:
    example = parse(text, data).example()
    if len(shapes) == 1:
        example = {next(iter(shapes)): example}
    assert {name: np.shape(value) for name, value in example.items()} == shapes


@pytest.mark.parametrize(
    ("text", "data", "piece"),
    [
        ("||w||", {}, "length of w is not known"),
        ("sum(w^2)", {}, "length of w is not known"),
        ("max(w)", {}, "length of w is not known"),
        ("x @ y", {}, "not known"),
        ("norm(x - c)", {"c": B}, "number or a vector"),
        ("A @ (s*x)", {"A": A}, "number or a vector"),
        ("A @ x - c", {"A": A, "c": np.ones(3)}, "do not fit"),
        ("x[1:] + y", {}, "shape of x is not known"),
    ],
)
def test_shapes_that_nothing_tells(text: str, data: dict[str, Any], piece: str) -> None:
    with pytest.raises(FormulaError, match=piece):
        parse(text, data).example()


def test_what_is_given_is_kept() -> None:
    formula = parse("||w|| + s", {})
    example = formula.example({"w": [1.0, 2.0]})
    assert example["w"].tolist() == [1.0, 2.0]
    assert np.shape(example["s"]) == ()
    assert parse("||w||").example(np.ones(4)).tolist() == [1.0] * 4
