"""What formulas mean: text → value at a point, against plain Python."""

from contextlib import suppress
from math import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    copysign,
    cos,
    cosh,
    e,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    fmod,
    hypot,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)  # fmt: skip
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.formulas import Formula, parse
from surefoot.terms import FormulaError

X, Y, Z = 0.7, -1.3, 2.9
SCALARS = {"x": X, "y": Y, "z": Z}

# Formulas in x = 0.7, y = −1.3, z = 2.9 (off the origin, one negative, none a round number).
NUMBERS: list[tuple[str, float]] = [
    # powers and signs
    ("x^2", X**2),
    ("x**2", X**2),
    ("-x^2", -(X**2)),
    ("(-x)^2", X**2),
    ("-x^2+4x", -(X**2) + 4 * X),
    ("--x", X),
    ("+x", X),
    ("- -x", X),
    ("x - -y", X + Y),
    ("x^-1", 1 / X),
    ("x^-2", X**-2),
    ("2^-x", 2**-X),
    ("2^-x^2", 2 ** -(X**2)),
    ("-2^-x^2", -(2 ** -(X**2))),
    ("2^3^2", 512.0),
    ("(2^3)^2", 64.0),
    ("z^x^y", Z ** (X**Y)),
    ("z^y", Z**Y),
    ("z^(1/2)", sqrt(Z)),
    ("z^0.5", sqrt(Z)),
    ("z^(1/3)", cbrt(Z)),
    ("x^0", 1.0),
    ("y^3", Y**3),
    ("y^4", Y**4),
    ("x^2.5", X**2.5),
    ("x^1000000000", 0.0),
    ("x²", X**2),
    ("x²⁰", X**20),
    ("x⁻¹", 1 / X),
    ("x⁻²y", X**-2 * Y),
    ("x²y³", X**2 * Y**3),
    ("(x+y)²", (X + Y) ** 2),
    ("2x²", 2 * X**2),
    ("-x²", -(X**2)),
    ("x²y", X**2 * Y),
    # sums, products, quotients: from the left
    ("x - y - z", X - Y - Z),
    ("x - (y - z)", X - (Y - Z)),
    ("x/y/z", X / Y / Z),
    ("x/(y/z)", X / (Y / Z)),
    ("x/y*z", X / Y * Z),
    ("x*y/z", X * Y / Z),
    ("x + y*z", X + Y * Z),
    ("(x + y)*z", (X + Y) * Z),
    ("x/-y", X / -Y),
    ("x*-y", -X * Y),
    ("x − y", X - Y),
    ("x × y", X * Y),
    ("x·y", X * Y),
    ("x ⋅ y", X * Y),
    ("x ÷ y", X / Y),
    ("1/3", 1 / 3),
    ("0.1 + 0.2 + x - x", 0.1 + 0.2),
    # multiplication without a sign
    ("2x", 2 * X),
    ("2 x", 2 * X),
    ("2x y", 2 * X * Y),
    ("x y z", X * Y * Z),
    ("3(x+1)", 3 * (X + 1)),
    ("3 (x+1)", 3 * (X + 1)),
    ("(x+1)(x-1)", (X + 1) * (X - 1)),
    ("(x+1) (y-1) z", (X + 1) * (Y - 1) * Z),
    ("(x+1)y", (X + 1) * Y),
    ("x(x+1)", X * (X + 1)),
    ("x (y+1) + x", X * (Y + 1) + X),
    ("2x + 3y - 4z", 2 * X + 3 * Y - 4 * Z),
    ("2x/3", 2 * X / 3),
    ("x^2 y", X**2 * Y),
    ("x^2 y^2", X**2 * Y**2),
    ("x^(2)y", X**2 * Y),
    ("2 x^2 y", 2 * X**2 * Y),
    ("-2x", -2 * X),
    ("-2x y", -2 * X * Y),
    ("½x²", X**2 / 2),
    ("½(x+y)", (X + Y) / 2),
    ("1_000x", 1000 * X),
    ("2e3x", 2000 * X),
    ("2e-3x", 0.002 * X),
    ("2e x", 2 * e * X),
    ("2e-x", 2 * e - X),
    (".5x", 0.5 * X),
    ("5.x", 5 * X),
    ("1.5E2", 150.0),
    # constants
    ("π x", pi * X),
    ("2πx", 2 * pi * X),
    ("πx²", pi * X**2),
    ("pi", pi),
    ("2pi x", 2 * pi * X),
    ("e", e),
    ("e^x", exp(X)),
    ("e^-x", exp(-X)),
    ("e^(-x^2/2)", exp(-(X**2) / 2)),
    ("e^-x sin x", exp(-X) * sin(X)),
    ("e^-x²", exp(-(X**2))),
    ("e^(2x)", exp(2 * X)),
    ("e x", e * X),
    ("e²", e**2),
    # functions with and without brackets
    ("sin x", sin(X)),
    ("sin(x)", sin(X)),
    ("sin (x)", sin(X)),
    ("2 sin x", 2 * sin(X)),
    ("2sin(x)", 2 * sin(X)),
    ("sin 2x", sin(2 * X)),
    ("sin 2πx", sin(2 * pi * X)),
    ("sin 2π x", sin(2 * pi * X)),
    ("sin -x", sin(-X)),
    ("sin -2x", sin(-2 * X)),
    ("sin x^2", sin(X**2)),
    ("sin x²", sin(X**2)),
    ("sin(x)^2", sin(X) ** 2),
    ("sin(x)²", sin(X) ** 2),
    ("sin² x", sin(X) ** 2),
    ("sin²x + cos²x", 1.0),
    ("sin^2 x", sin(X) ** 2),
    ("sin^3(x)", sin(X) ** 3),
    ("sin x cos y", sin(X) * cos(Y)),
    ("2 sin x cos x", sin(2 * X)),
    ("sin x * cos y", sin(X) * cos(Y)),
    ("ln z / ln 2", log2(Z)),
    ("sin x + 1", sin(X) + 1),
    ("sin x - y", sin(X) - Y),
    ("sin cos x", sin(cos(X))),
    ("sin(x) y", sin(X) * Y),
    ("sin(x)(y+1)", sin(X) * (Y + 1)),
    ("sin|y|", sin(abs(Y))),
    ("y sin(1/y)", Y * sin(1 / Y)),
    ("ln z", log(Z)),
    ("ln |y|", log(abs(Y))),
    ("log(z)", log(Z)),
    ("log2 z", log2(Z)),
    ("log10(z)", log10(Z)),
    ("log1p(z)", log1p(Z)),
    ("ln² z", log(Z) ** 2),
    ("exp(y)", exp(Y)),
    ("exp -y^2", exp(-(Y**2))),
    ("exp2(y)", exp2(Y)),
    ("expm1 y", expm1(Y)),
    ("sqrt z", sqrt(Z)),
    ("sqrt(z)^3", Z**1.5),
    ("√z", sqrt(Z)),
    ("√2", sqrt(2)),
    ("√2 x", sqrt(2) * X),
    ("√(x+z)", sqrt(X + Z)),
    ("√(z) x", sqrt(Z) * X),
    ("√|y|", sqrt(abs(Y))),
    ("3√z", 3 * sqrt(Z)),
    ("√z/2", sqrt(Z) / 2),
    ("cbrt(y)", cbrt(Y)),
    ("square(y)", Y**2),
    ("tan x", tan(X)),
    ("sec x", 1 / cos(X)),
    ("csc x", 1 / sin(X)),
    ("cot x", 1 / tan(X)),
    ("asin x", asin(X)),
    ("arcsin(x)", asin(X)),
    ("acos x", acos(X)),
    ("arctan(y)", atan(Y)),
    ("atan2(y, x)", atan2(Y, X)),
    ("sinh y", sinh(Y)),
    ("cosh y", cosh(Y)),
    ("tanh y", tanh(Y)),
    ("asinh y", asinh(Y)),
    ("acosh z", acosh(Z)),
    ("arctanh(x)", atanh(X)),
    ("sigmoid(y)", 1 / (1 + exp(-Y))),
    ("relu(y) + relu(x)", X),
    ("softplus(y)", log1p(exp(Y))),
    ("erf y", erf(Y)),
    ("erfc(y)", erfc(Y)),
    ("lgamma(z)", lgamma(Z)),
    ("floor(y)", floor(Y)),
    ("ceil(y)", ceil(Y)),
    ("round(z)", 3.0),
    ("sign(y)", copysign(1, Y)),
    ("hypot(x, y)", hypot(X, Y)),
    ("mod(z, x)", fmod(Z, X)),
    ("logaddexp(x, y)", log(exp(X) + exp(Y))),
    ("max(x, y)", X),
    ("max(x, y, z)", Z),
    ("min(x, y, z)", Y),
    ("maximum(x, 1)", 1.0),
    ("max(y, 0) + max(x, 0)", X),
    ("clip(z, -1, 1)", 1.0),
    ("where(y < 0, x, z)", X),
    ("where(x > 0 and y > 0, 1, 2)", 2.0),
    ("where(x > 0 or y > 0, 1, 2)", 1.0),
    ("where(not x > 0, 1, 2)", 2.0),
    ("where(0 < x <= 1, 1, 2)", 1.0),
    ("(y < 0) x", X),
    ("(y < 0) + (x < 1) + (z < 0)", 2.0),
    # bars
    ("|y|", abs(Y)),
    ("2|y|", 2 * abs(Y)),
    ("|x||y|", abs(X * Y)),
    ("|x| |y|", abs(X * Y)),
    ("|x + |y||", abs(X + abs(Y))),
    ("||x| - |y||", abs(abs(X) - abs(Y))),
    ("|x| + |y| + |z|", abs(X) + abs(Y) + abs(Z)),
    ("|x| - y|z|", abs(X) - Y * abs(Z)),
    ("|x| y |z|", abs(X) * Y * abs(Z)),
    ("|y|^2", Y**2),
    ("|y|²", Y**2),
    ("||y||", abs(Y)),
    ("‖y‖", abs(Y)),
    ("x|y| + |x|y", X * abs(Y) + abs(X) * Y),
    ("|x - |y - |z|||", abs(X - abs(Y - abs(Z)))),
    ("max(|x|, |y|)", abs(Y)),
    # lists, indices, reductions
    ("[x, y, z][1]", Y),
    ("[x, y, z][-1]", Z),
    ("sum([x, y, z])", X + Y + Z),
    ("sum([x, y, z][1:])", Y + Z),
    ("sum([x, y, z][::2])", X + Z),
    ("prod([x, y, z])", X * Y * Z),
    ("mean([x, y, z])", (X + Y + Z) / 3),
    ("var([x, y])", ((X - Y) / 2) ** 2),
    ("max([x, y, z])", Z),
    ("norm([x, y])", hypot(X, Y)),
    ("norm([x, y], 1)", abs(X) + abs(Y)),
    ("norm([x, y], inf)", abs(Y)),
    ("||[x, y]||^2", X**2 + Y**2),
    ("dot([x, y], [y, z])", X * Y + Y * Z),
    ("[x, y] @ [y, z]", X * Y + Y * Z),
    ("sum(2[x, y])", 2 * (X + Y)),
    ("sum(3*2[x, y])", 6 * (X + Y)),
    ("[[x, y], [z, 1]][1, 0]", Z),
    ("[[x, y], [z, 1]].T[1, 0]", Y),
    ("trace([[x, y], [z, 1]])", X + 1),
    ("det([[x, y], [z, 1]])", X - Y * Z),
    ("logsumexp([x, y])", log(exp(X) + exp(Y))),
    ("sum(softmax([x, y]))", 1.0),
    ("sum(cumsum([x, y]))", 2 * X + Y),
    ("sum(outer([x, y], [y, z]))", (X + Y) * (Y + Z)),
    ("√[x, z][1]", sqrt(Z)),
    # heads and line breaks
    ("f(x, y) = x^2 - y", X**2 - Y),
    ("g(z) = √z", sqrt(Z)),
    ("f(x,y,z)=x(y+z)", X * (Y + Z)),
    ("x +\n  y", X + Y),
    ("  x\t* y ", X * Y),
]  # fmt: skip


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """All formulas of the table in one compiled call: one by one they would take a minute."""
    formulas: dict[str, Formula] = {}
    for text, _ in NUMBERS:
        with suppress(FormulaError):  # each test parses its own formula once more
            formulas[text] = parse(text)

    def everything(point: dict[str, Any]) -> dict[str, Any]:
        return {
            text: jnp.asarray(formula({name: point[name] for name in formula.variables}))
            for text, formula in formulas.items()
        }

    with jax.enable_x64(True):
        return {text: np.asarray(v) for text, v in jax.jit(everything)(SCALARS).items()}


@pytest.mark.parametrize(("text", "expected"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_value(text: str, expected: float, values: dict[str, Any]) -> None:
    parse(text)
    assert values[text] == pytest.approx(expected, rel=1e-13, abs=1e-15)
    assert values[text].dtype == np.float64


def test_a_call_with_numbers_gives_the_same() -> None:
    for text, expected in NUMBERS[::20]:
        formula = parse(text)
        value = formula({name: SCALARS[name] for name in formula.variables})
        assert value == pytest.approx(expected, rel=1e-13, abs=1e-15)
        assert np.asarray(value).dtype == np.float64


def test_the_table_is_long() -> None:
    assert len(NUMBERS) >= 200


A = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
Q = np.array([[2.0, 0.5, 0.0], [0.5, 3.0, -1.0], [0.0, -1.0, 4.0]])
B = np.array([0.3, -0.7])
C = np.array([1.5, -0.5, 2.0])
W = np.array([0.4, -1.2, 0.9])
DATA = {"A": A, "Q": Q, "b": B, "c": C}

ARRAYS: list[tuple[str, Any]] = [
    ("A @ w - b", A @ W - B),
    ("||A @ w - b||^2", np.sum((A @ W - B) ** 2)),
    ("||A@w - b||", np.linalg.norm(A @ W - B)),
    ("sum((A @ w - b)^2)", np.sum((A @ W - B) ** 2)),
    ("mean(|A @ w - b|)", np.mean(np.abs(A @ W - B))),
    ("w @ Q @ w", W @ Q @ W),
    ("½ w.T @ Q @ w - c @ w", 0.5 * W @ Q @ W - C @ W),
    ("A.T @ b + w", A.T @ B + W),
    ("Aᵀ @ b + w", A.T @ B + W),
    ("dot(c, w)", C @ W),
    ("c w", C * W),
    ("c*w + 1", C * W + 1),
    ("w^2", W**2),
    ("w²", W**2),
    ("2^w", 2**W),
    ("e^w", np.exp(W)),
    ("|w|", np.abs(W)),
    ("||w||", np.linalg.norm(W)),
    ("norm(w, 1)", np.abs(W).sum()),
    ("norm(w, inf)", np.abs(W).max()),
    ("max(w)", W.max()),
    ("min(w, 0)", np.minimum(W, 0)),
    ("max(w, c)", np.maximum(W, C)),
    ("w[0] + w[-1]", W[0] + W[-1]),
    ("w[1:] - w[:-1]", W[1:] - W[:-1]),
    ("w[::-1]", W[::-1]),
    ("A[1, 2] w", A[1, 2] * W),
    ("A[:, 0] @ b + w[0]", A[:, 0] @ B + W[0]),
    ("A[0] @ w", A[0] @ W),
    ("norm(A) + sum(w)", np.linalg.norm(A) + W.sum()),
    ("w @ inv(Q) @ w", W @ np.linalg.inv(Q) @ W),
    ("ln det(Q) + sum(w)", np.log(np.linalg.det(Q)) + W.sum()),
    ("std(w)", W.std()),
    ("where(w > 0, w, 0)", np.where(W > 0, W, 0)),
    ("[w[0], w[1]^2]", np.array([W[0], W[1] ** 2])),
    ("2 A @ w", 2 * (A @ W)),
    ("sum(clip(w, -1, 0.5))", np.clip(W, -1, 0.5).sum()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ARRAYS, ids=[text for text, _ in ARRAYS])
def test_array_value(text: str, expected: Any) -> None:
    formula = parse(text, DATA)
    assert formula.variables == ("w",)
    np.testing.assert_allclose(formula(W), expected, rtol=1e-13, atol=1e-15)
    assert np.shape(formula({"w": W})) == np.shape(expected)


def test_one_spelling_of_a_name() -> None:
    assert parse("x₁ + x1").variables == ("x1",)
    assert parse("\u00b5 + \u03bc").variables == ("\u03bc",)  # micro sign and Greek mu
    assert parse("\u03d5 + \u03c6").variables == ("\u03c6",)  # both spellings of phi
    assert parse("θ + π").variables == ("θ",)


def test_variables_are_sorted_as_people_count() -> None:
    assert parse("b10 + b2 + b1 + a").variables == ("a", "b1", "b2", "b10")


def test_the_head_names_the_variables_and_their_order() -> None:
    formula = parse("loss(y, x, z) = x - y")
    assert formula.variables == ("y", "x", "z")
    assert formula.name == "loss"


def test_constants_give_way_to_declared_names() -> None:
    assert parse("f(e) = 2e")(3.0) == 6.0
    assert parse("e^2", variables=["e"])(3.0) == 9.0
    assert parse("x pi", data={"pi": 3.0})(2.0) == 6.0
    # A time constant or an angle is a variable, never silently 6.28.
    assert parse("e^(-t/tau)").variables == ("t", "tau")


def test_a_bare_value_comes_back_bare() -> None:
    value = parse("x^2")(3.0)
    assert isinstance(value, np.float64)
    assert parse("x^2")([1.0, 2.0]).tolist() == [1.0, 4.0]
    assert parse("x^2")({"x": 3}) == 9.0


def test_comparisons_are_constraints() -> None:
    formula = parse("0 <= x + y <= 1 and z > 2")
    assert formula.is_constraint
    spelled = [(formula.text[s.start : s.end], s.operator) for s in formula.sides]
    assert spelled == [("0 <= x + y", "<="), ("x + y <= 1", "<="), ("z > 2", ">")]
    assert formula.constraints == formula.sides
    point = {"x": 0.5, "y": 0.75, "z": 3.0}
    assert [bool(v) for v in formula(point)] == [True, False, True]
    assert formula.residual(point) == [-1.25, 0.25, 1.0]
    assert not parse("x").is_constraint
    assert parse("x").sides == ()


def test_equations_and_unicode_comparisons() -> None:
    assert [s.operator for s in parse("x == 1").sides] == ["=="]
    assert [s.operator for s in parse("1 ≤ x ≥ y").sides] == ["<=", ">="]
    assert parse("(x + y <= 1)").is_constraint


def test_data_changed_in_place_is_seen() -> None:
    c = np.array([1.0, 2.0])
    formula = parse("c @ x", data={"c": c})
    assert formula([1.0, 1.0]) == 3.0
    c[0] = 5.0
    assert formula([1.0, 1.0]) == 7.0
