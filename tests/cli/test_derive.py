"""`surefoot derive`: symbolic derivatives with their checks, for people and for programs."""

import json

import pytest
from tests.show.test_reports import Terminal

from surefoot.cli import main
from surefoot.cli.derive import derivation
from surefoot.formulas import parse
from surefoot.formulas.symbolic import SymbolicLine, SymbolicReport, SymbolicSolution
from surefoot.show import print_blocks, to_html, to_text


def _shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["derive", *words]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_a_parabola(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(capsys, "-x^2+4x")
    for words in ("✓ f'(x) = 4 - 2x", "✓ f''(x) = -2", "4 - 2x = 0", "✓ 2 4", "✓ agrees"):
        assert words in shown


def test_a_gradient_at_a_point(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(capsys, "x^2 y", "--at", "y=-3,x=1")
    assert "x = 1, y = -3; the value there is -3" in shown
    assert "✓ ∂f/∂x = 2x*y -6" in shown
    assert "✓ ∂f/∂y = x^2 1" in shown


def test_the_place_may_be_negative_and_the_formula_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "x = -3; the value there is 3" in _shown(capsys, "-x", "--at", "-3")


def test_programs_get_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--json", "-x^2+4x", "--at", "-3"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["value"] == -21.0
    assert answer["gradient"][0]["value"] == 10.0
    assert answer["solutions"][0]["values"] == {"x": 2.0}
    assert answer["gradient"][0]["checked"] is True


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["x <= 3"], "a comparison has no derivative"),
        (["3"], "there is no variable"),
        (["x^2", "--at", "y=1"], "no variable 'y'"),
        (["x^2", "--at", "inf"], "finite"),
        (["x^2", "--at", "[1,2]"], "one finite number"),
        (["x y", "--at", "x=1"], "no value for y"),
    ],
)
def test_what_cannot_be_derived_is_said(
    typed: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", *typed]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_exact_solutions_carry_their_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert "≈ 0.668740305" in _shown(capsys, "x^5 - x")


def test_no_stationary_point_is_said() -> None:
    report = SymbolicReport(
        text="ln x", expression="log(x)", variables=("x",), at=None, value=None,
        gradient=(SymbolicLine("f'(x)", "1/x", error=0.0, checked=True),), hessian=(),
        equations=("1/x = 0",), solutions=(), families=(), complete=True, note="",
    )  # fmt: skip
    assert "no real point has zero slope" in to_text(derivation(report))


def test_a_line_that_fails_its_check_is_marked_and_a_warning_closes_the_report() -> None:
    report = SymbolicReport(
        text="x^2", expression="x^2", variables=("x",), at=None, value=None,
        gradient=(SymbolicLine("f'(x)", "3x", error=0.5), SymbolicLine("g'(x)", "x")),
        hessian=(), equations=("3x = 0",),
        solutions=(SymbolicSolution({"x": "≈ 0.1"}, {"x": 0.1}, 0.01, 0.2),),
        families=("x = π n for every whole number n",), complete=False, note="a note",
    )  # fmt: skip
    text = " ".join(to_text(derivation(report)).split())
    for words in ("✗ f'(x)", "? g'(x)", "may be more", "do not rely", "whole number", "note"):
        assert words in text
    assert "do not rely" in to_html(derivation(report))


def test_it_looks_right_on_a_terminal() -> None:
    terminal = Terminal()
    print_blocks(derivation(parse("sin(x) y^2 + x^3").symbolic()), terminal)
    assert "\x1b" in terminal.getvalue()
    assert max(map(len, to_text(derivation(parse("sin(x) y^2").symbolic())).splitlines())) <= 80


def test_a_corner_is_no_solution() -> None:
    """AD's convention at the corner of max(x, 2 − x) is 0, and the slopes beside it are ∓1."""
    assert parse("max(x, 2-x)").symbolic().solutions == ()
    assert len(parse("x^4 - x^2").symbolic().solutions) == 3


def test_a_list_of_some_of_endlessly_many_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(capsys, "sin(x)")
    assert "some of the solutions (there is no end of them, see below)" in shown
    assert "some of" not in _shown(capsys, "x^4 - x^2")
