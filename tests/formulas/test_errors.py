"""What is refused, where the message points, and what it suggests."""

import time
from typing import Any

import numpy as np
import pytest

from surefoot.formulas import parse
from surefoot.formulas.tokens import MAX_LENGTH
from surefoot.terms import FormulaError, InputError

# text, the characters marked, a piece of the sentence
REFUSED: list[tuple[str, str, str]] = [
    ("", " ", "empty"),
    ("   ", " ", "empty"),
    ("x +", "+", "ends after"),
    ("x + * y", "*", "expected a number"),
    ("* x", "*", "expected a number"),
    ("(x", "(", "never closed"),
    ("x)", ")", "closes nothing"),
    ("(x]", "]", "closes a '('"),
    ("[x)", ")", "closes a '['"),
    ("()", "()", "nothing in these brackets"),
    ("[] + x", "[]", "empty list"),
    ("2 3", "2 3", "side by side"),
    ("x\ny", "y", "line break"),
    ("1,5", ",", "point"),
    ("(x, y)", ",", "[a, b]"),
    ("sin", "sin", "is a function"),
    ("sin + 1", "sin", "is a function"),
    ("sin(x, y)", "sin(x, y)", "one argument, found 2"),
    ("sin()", "sin()", "one argument, found 0"),
    ("atan2(x)", "atan2(x)", "two arguments, found 1"),
    ("atan2 x", "atan2", "two arguments"),
    ("log(x, 2)", "log(x, 2)", "log(x)/log(b)"),
    ("sum(x, y)", "sum(x, y)", "sum([a, b])"),
    ("sine(x)", "sine", "'sin'"),
    ("sqr(x) + 1", "sqr", "'sqrt'"),
    ("sin^x(y)", "sin^", "is a function"),
    ("sin^0.5 x", "sin^0.5", "whole number"),
    ("f(x) = x + a", "a", "not defined"),
    ("f(alpha) = alpa", "alpa", "'alpha'"),
    ("f(x) = f(x)", "f", "own formula"),
    ("f(x) =", "=", "nothing stands after"),
    ("f(x, x) = x", "x", "twice"),
    ("sin(x) = x", "sin", "already has a meaning"),
    ("f(sin) = sin", "sin", "name of a function"),
    ("sum(x, axis=0)", "=", "named arguments"),
    ("__import__('os')", "__import__", "begin with a letter"),
    ("x.__class__", ".__class__", "attributes"),
    ("np.sin(x)", ".sin", "functions stand alone"),
    ("x.T.shape", ".shape", "attributes"),
    ("_x", "_x", "begin with a letter"),
    ("||w||_1", "_1", "norm(w, p)"),
    ("'x'", "'", "quote"),
    ('"x"', '"', "quotes"),
    ("A'", "'", "A.T"),
    ("lambda x: x", "lambda", "Python word"),
    ("x if x > 0 else y", "if", "where"),
    ("[x for x in y]", "for", "Python word"),
    ("(x := 3)", ":=", "definition"),
    ("True", "True", "write 1"),
    ("x!", "!", "factorial"),
    ("5%", "%", "mod"),
    ("x // 2", "//", "floor"),
    ("x & y", "&", "and"),
    ("{x}", "{", "curly"),
    ("x; y", ";", "one expression"),
    ("x # y", "#", "comment"),
    ("x ≠ 2", "≠", "≠"),
    ("x != 2", "!=", "≠"),
    ("∑ x", "∑", "sum"),
    ("∂x", "∂", "derive"),
    ("x € 2", "€", "euro sign"),
    ("x\u200by", "\u200b", "zero width"),
    ("xⁿ", "ⁿ", "^n"),
    ("x²⁻", "²⁻", "whole number"),
    ("⅓x", "⅓", "quotient"),
    ("0x10", "0x1", "base 16"),
    ("1.2.3", "1.2.", "one decimal point"),
    ("x. + 1", ".", "no number"),
    ("1e999", "1e999", "too large"),
    ("1/0", "1/0", "zero"),
    ("x/0", "x/0", "zero"),
    ("x + 1/(2-2)", "1/(2-2)", "zero"),
    ("9^9^9^9", "9^9^9", "no finite"),
    ("(-8)^(1/3) x", "(-8)^(1/3)", "no finite"),
    ("sqrt(-1) + x", "sqrt(-1)", "no finite"),
    ("x[y]", "y", "whole number"),
    ("x[1.5]", "1.5", "whole number"),
    ("x[]", "]", "whole number"),
    ("x[::0]", "0", "not 0"),
    ("x[1", "[", "never closed"),
    ("|x", "|", "even"),
    ("|x| + |", "|x| + |", "even"),
    ("|x + (y|)", "|", "even"),
    ("√", "√", "under the root"),
    ("x and y > 1", "x", "comparison"),
    ("x > 1 or y > 1", "x > 1 or y > 1", "in pieces"),
    ("not x > 1", "not x > 1", "in pieces"),
    ("sin(x > 1)", "x > 1", "number is expected"),
    ("where(x, 1, 2)", "x", "comparison"),
    ("x" * 61, "x" * 61, "at most 60"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "marked", "piece"), REFUSED, ids=[repr(case[0][:20]) for case in REFUSED]
)
def test_refused(text: str, marked: str, piece: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    error = caught.value
    assert piece in error.reason
    assert error.text[error.start : error.end].startswith(marked)
    assert "\n" not in error.reason


def test_the_mark_stands_under_the_place() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("3x + 4 & y")
    lines = str(caught.value).splitlines()
    assert lines[1].index("&") == lines[2].index("^")


HOSTILE = {
    "sum": "x+" * 50_000,
    "brackets": "(" * 4_000 + "x" + ")" * 4_000,
    "square": "[" * 4_000,
    "signs": "-" * 9_000 + "x",
    "powers": "x^" * 4_900 + "x",
    "functions": "sin " * 2_400 + "x",
    "roots": "√" * 9_000 + "x",
    "bars": "|" * 9_000,
    "bars and names": "|x" * 2_400,
    "mixed bars": "||x|" * 1_600,
    "not": "not " * 2_000 + "x > 0",
    "long name": "x" * 9_000,
    "digits": "1" * 9_000,
    "glued": "abcdefgh" * 1_000 + " + a b c d e f g h",
    "nested maxima": "max(" * 99 + "x" + ")" * 98,
    "nested sums": "((x)+" * 99 + "x" + ")" * 99,
    "superscripts": "²" * 9_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_at_once(name: str) -> None:
    start = time.perf_counter()
    with pytest.raises(FormulaError):
        parse(HOSTILE[name])
    assert time.perf_counter() - start < 2.0, "generous: run-time type checks are on in tests"


def test_a_very_long_formula_is_refused_in_no_time() -> None:
    text = "x + " * 25_000
    parse_once = _seconds(lambda: parse("x"))
    assert parse_once < 1.0
    start = time.perf_counter()
    with pytest.raises(FormulaError, match="100000 characters"):
        parse(text)
    assert time.perf_counter() - start < 0.05


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_a_long_formula_within_the_limits_is_read() -> None:
    text = " + ".join(f"{k}x^2" for k in range(1, 701))
    assert len(text) <= MAX_LENGTH
    assert parse(text)(1.0) == 700 * 701 / 2


def test_brackets_nested_sixty_deep_are_read() -> None:
    assert parse("(" * 60 + "x" + ")" * 60)(2.0) == 2.0
    assert parse("sin(" * 60 + "x" + ")" * 60)(0.0) == 0.0
    assert parse("(1+" * 60 + "x" + ")" * 60)(0.0) == 60.0


def test_a_huge_power_is_computed_in_floats() -> None:
    assert parse("x^1000000000")(1.0) == 1.0
    assert parse("x^(10^300)")(0.5) == 0.0


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_only_text_is_a_formula(text: Any) -> None:
    # The run-time type check of the tests may be the one to refuse.
    with pytest.raises(Exception, match=r"text such as|Type-check"):
        parse(text)


def test_data_must_be_finite_numbers() -> None:
    with pytest.raises(InputError, match=r"data 'c'\[1\] is nan"):
        parse("c @ x", data={"c": [1.0, np.nan]})
    with pytest.raises(InputError, match=r"data 'M'\[0, 1\] is inf"):
        parse("M @ x", data={"M": [[1.0, np.inf]]})
    with pytest.raises(InputError, match="ragged"):
        parse("M @ x", data={"M": [[1.0, 2.0], [3.0]]})
    with pytest.raises(InputError, match="no array of real numbers"):
        parse("c @ x", data={"c": ["a", "b"]})
    with pytest.raises(InputError, match="no array of real numbers"):
        parse("c x", data={"c": 1j})


def test_names_of_data_and_variables() -> None:
    with pytest.raises(InputError, match="name of a function"):
        parse("mean x", data={"mean": 1.0})
    with pytest.raises(InputError, match="cannot stand in a formula"):
        parse("x", data={"my data": 1.0})
    with pytest.raises(InputError, match="both as data and as a variable"):
        parse("x", data={"x": 1.0}, variables=["x"])
    with pytest.raises(FormulaError, match="not defined"):
        parse("x + z", data={"y": 1.0}, variables=["x"])
    with pytest.raises(FormulaError, match="given as data"):
        parse("f(x, y) = x", data={"y": 1.0})


def test_values_are_checked_by_name() -> None:
    formula = parse("x + y")
    with pytest.raises(InputError, match="needs a value for 'y'"):
        formula({"x": 1.0})
    with pytest.raises(InputError, match="'z' is not a variable"):
        formula({"x": 1.0, "y": 2.0, "z": 3.0})
    with pytest.raises(InputError, match="2 variables"):
        formula(1.0)
    with pytest.raises(InputError, match="no real number"):
        formula({"x": "a", "y": 1.0})


@pytest.mark.parametrize(
    ("text", "values", "marked"),
    [
        ("1 + x[3]", {"x": np.ones(3)}, "x[3]"),
        ("x[-4]", {"x": np.ones(3)}, "x[-4]"),
        ("x[0, 0]", {"x": np.ones(3)}, "x[0, 0]"),
        ("x[0]", {"x": 1.0}, "x[0]"),
        ("x + y", {"x": np.ones(3), "y": np.ones(2)}, "x + y"),
        ("1 + x @ y", {"x": np.ones(3), "y": np.ones(2)}, "x @ y"),
        ("x @ y", {"x": 1.0, "y": 2.0}, "x @ y"),
        ("norm(x, 1)", {"x": np.ones((2, 2))}, "norm(x, 1)"),
        ("2 det(x)", {"x": np.ones((2, 3))}, "det(x)"),
    ],
)
def test_shapes_that_do_not_fit(text: str, values: dict[str, Any], marked: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)(values)
    assert text[caught.value.start : caught.value.end] == marked


def test_an_index_does_not_call_for_a_huge_vector() -> None:
    with pytest.raises(FormulaError, match="would be the shortest"):
        parse("w[999999999]^2").example()


def test_nested_calls_are_written_once() -> None:
    # Twice a level would be 10¹² times.
    assert len(parse("sin(" * 40 + "w" + ")" * 40).mathml) < 10_000


@pytest.mark.parametrize("name", ["nan", "NaN", "undefined"])
def test_a_word_for_no_number_is_no_variable(name: str) -> None:
    with pytest.raises(FormulaError, match="is not a number that a formula can compute with"):
        parse(f"x*{name}")
    assert parse(f"f(x, {name}) = x*{name}").variables == ("x", name)
