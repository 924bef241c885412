"""Formulas that read two ways are refused, with both readings, each of which can be typed."""

import re

import numpy as np
import pytest

from surefoot.formulas import parse
from surefoot.terms import FormulaError

VARIABLES = ["a", "b", "c", "x", "y"]
MATRIX = {"A": np.ones((2, 2))}

# text → the characters marked, and the two readings.
TWO_WAYS: list[tuple[str, str, str, str]] = [
    ("1/2x", "1/2x", "1/(2 x)", "(1/2)*x"),
    ("1/2 x + 3", "1/2 x", "1/(2 x)", "(1/2)*x"),
    ("y + a/b c", "a/b c", "a/(b c)", "(a/b)*c"),
    ("1/2(x+1)", "1/2(x+1)", "1/(2 (x+1))", "(1/2)*(x+1)"),
    ("1/2 sin(x)", "1/2 sin(x)", "1/(2 sin(x))", "(1/2)*sin(x)"),
    ("2x/3y", "3y", "", ""),
    ("2^3x", "2^3x", "2^(3 x)", "2^(3) x"),
    ("x^2y", "x^2y", "x^(2 y)", "x^(2) y"),
    ("-x^2y", "x^2y", "x^(2 y)", "x^(2) y"),
    ("e^-2x", "e^-2x", "e^(-2 x)", "e^(-2) x"),
    ("x + e^-x y", "e^-x y", "e^(-x y)", "e^(-x) y"),
    ("x^2(x-1)", "x^2(x-1)", "x^(2 (x-1))", "x^(2) (x-1)"),
    ("x^2sin(x)", "x^2sin(x)", "x^(2 sin(x))", "x^(2) sin(x)"),
    ("sin x y", "sin x y", "sin(x)*y", "sin(x y)"),
    ("sin 2x y", "sin 2x y", "sin(2x)*y", "sin(2x y)"),
    ("x + sin x (y + 1)", "sin x (y + 1)", "sin(x)*(y + 1)", "sin(x (y + 1))"),
    ("sin x / 2", "sin x / 2", "sin(x) / 2", "sin(x / 2)"),
    ("ln x * y", "ln x * y", "ln(x) * y", "ln(x * y)"),
    ("sin 2 cos x", "sin 2 cos x", "sin(2)*cos x", "sin(2 cos x)"),
    ("√2x", "√2x", "sqrt(2)*x", "sqrt(2*x)"),
    ("√x²", "√x²", "sqrt(x)²", "sqrt(x²)"),
    ("√x^2", "√x^2", "sqrt(x)^2", "sqrt(x^2)"),
    ("|a|b|c|", "|a|b|c|", "abs(a*abs(b)*c)", "abs(a)*b*abs(c)"),
    ("x 2", "x 2", "2*x", "x^2"),
    ("(x+1)2", "(x+1)2", "2*(x+1)", "(x+1)^2"),
    ("a(x+1)", "a(x+1)", "a*(x+1)", ""),
]


@pytest.mark.parametrize(
    ("text", "marked", "one", "other"), TWO_WAYS, ids=[case[0] for case in TWO_WAYS]
)
def test_two_readings(text: str, marked: str, one: str, other: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    error = caught.value
    assert "two ways" in error.reason
    if not one:
        assert marked in error.text[error.start : error.end]
        return
    assert error.text[error.start : error.end] == marked
    readings = [reading for reading in (one, other) if reading]
    for reading in readings:
        assert reading in error.reason
        parse(reading, variables=VARIABLES)
    if other:
        assert _differ(one, other), "two readings with one meaning are no ambiguity"


def _differ(one: str, other: str) -> bool:
    """Whether the readings differ at a positive or at a negative point ((√x)² and √(x²))."""
    for sign in (1.0, -1.0):
        point = {"a": -1.7 * sign, "b": -0.6, "c": -2.3, "x": 1.7 * sign, "y": 0.6}
        formulas = [parse(reading, variables=VARIABLES) for reading in (one, other)]
        values = [f({name: point[name] for name in f.variables}) for f in formulas]
        if not abs(values[0] - values[1]) <= 1e-3:
            return True
    return False


@pytest.mark.parametrize("text", ["sin⁻¹ x", "sin^-1(x)", "cos⁻¹ x", "ln⁻¹ x"])
def test_inverse_or_reciprocal(text: str) -> None:
    with pytest.raises(FormulaError, match="two ways"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "start"),
    [("A x", 0), ("1 + A x", 4), ("A^2", 0), ("2A^-1", 1), ("x + A²", 4), ("A (x + y)", 0)],
)
def test_matrices_ask_for_their_product(text: str, start: int) -> None:
    with pytest.raises(FormulaError, match="two ways") as caught:
        parse(text, MATRIX)
    assert caught.value.start == start


def test_a_power_of_T_is_a_transpose_or_a_power() -> None:
    with pytest.raises(FormulaError, match=re.escape("the transpose w.T")):
        parse("w^T @ w")
    assert parse("f(w, T) = w^T")({"w": 2.0, "T": 3.0}) == 8.0
    assert parse("w^(T)").variables == ("T", "w")


@pytest.mark.parametrize(
    ("text", "name", "reading"),
    [("x y + xy", "xy", "x y"), ("sinx", "sinx", "sin(x)"), ("a + b + ab", "ab", "a b"),
     ("x1 x2 - x1x2", "x1x2", "x1 x2"), ("n + lnn", "lnn", "ln(n)"), ("r + πr + rr", "rr", "r r")],
)  # fmt: skip
def test_glued_names(text: str, name: str, reading: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    error = caught.value
    assert error.text[error.start : error.end] == name
    assert reading in error.reason


@pytest.mark.parametrize("text", ["xy", "tang", "logs", "alpha + a", "maximal", "f(xy) = xy + 1"])
def test_names_that_are_only_names(text: str) -> None:
    assert parse(text).variables


@pytest.mark.parametrize("text", ["y = x^2", "x + y = 1", "2 = x"])
def test_a_single_equals_sign(text: str) -> None:
    with pytest.raises(FormulaError, match="==") as caught:
        parse(text)
    assert text[caught.value.start] == "="
