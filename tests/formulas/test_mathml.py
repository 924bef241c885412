"""Formulas as pictures and as words."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.program.tape_cases import CASES, REFUSED

from surefoot.formulas import parse

CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub",
    "msup", "msubsup", "munder", "mover", "mtable", "mtr", "mtd",
}  # fmt: skip
ARITY = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2}
TEXTS = [
    *(case.text for case in CASES.values()), *(text for text, _ in REFUSED.values()),
    "0 <= x <= 1", "where(not (x < 1 or y > 2), x, y)",
    "A.T @ (A @ x)", "x[0]^2 + x[1:3][0]", "-x^2 (-y)",
    "x - (-y)", "[[1, 2], [3, 4]] @ x", "3e-4 x + ½y", "||w||^2 + |x|",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_mathml_is_well_formed_and_of_the_core(text: str) -> None:
    root = ElementTree.fromstring(parse(text, variables=None).mathml)
    for element in root.iter():
        tag = element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}")
        assert tag in CORE
        if tag in ARITY:
            assert len(element) == ARITY[tag], ElementTree.tostring(element)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x < 1", "x<1"), ("-x^2", "−x2"), ("(-x)^2", "(−x)2"), ("x - (-y)", "x−(−y)"),
        ("a - (b - c)", "a−(b−c)"), ("(a + b) c", "(a+b)\u2062c"), ("a/(b c)", "ab\u2062c"),
        ("2*3", "2·3"), ("sin(x)^2", "sin2\u2061(x)"), ("exp(x)^2", "(ex)2"),
        ("e^(-b2 x)", "e−b2\u2062x"), ("theta_0", "θ0"), ("|x|^2", "|x|2"), ("3e-4", "3×10−4"),
        ("where(x < 1, x, 2)", "{xwhere x<12otherwise"), ("x[-1]", "x−1"), ("2^3^2", "232"),
    ],
)  # fmt: skip
def test_what_the_eye_reads(text: str, shown: str) -> None:
    root = ElementTree.fromstring(parse(text).mathml)
    assert "".join(root.itertext()) == shown


@pytest.mark.parametrize("text", TEXTS)
def test_words_hold_no_symbol(text: str) -> None:
    words = parse(text).spoken
    assert words and not set(words) & set("+*/^<>=()[]{}|@_−·")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9",
         "0.08 w to the fourth minus 0.6 w squared plus 0.25 w plus 0.15 times the sine of 3 w "
         "plus 1.9"),
        ("-(x + 1)^2", "minus open bracket x plus 1 close bracket squared"),
        ("(x + 1)/(2 y)", "open bracket x plus 1 close bracket over open bracket 2 y close "
         "bracket"),
        ("a - (b - c)", "a minus open bracket b minus c close bracket"),
        ("e^(-b2 x)", "e to the power open bracket minus b 2 times x close bracket"),
        ("sqrt(x + 1)", "the square root of open bracket x plus 1 close bracket"),
        ("0 <= x <= 1", "0 is at most x is at most 1"),
        ("3e-4 x", "3 times 10 to the power minus 4 times x"),
        ("max(x, y)", "the maximum of x and y, end of arguments"),
        ("2*3", "2 times 3"), ("x^-1", "x to the power minus 1"),
    ],
)  # fmt: skip
def test_what_the_ear_hears(text: str, words: str) -> None:
    assert parse(text).spoken == words


def test_the_page_says_what_is_spoken(repository: Path) -> None:
    page = (repository / "docs" / "formulas.md").read_text(encoding="utf-8")
    found = re.search(r'brackets spoken: `([^`]+)` is "([^"]+)"', page)
    assert found is not None
    text, words = found.groups()
    assert parse(text).spoken == words
