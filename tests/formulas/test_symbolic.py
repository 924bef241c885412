"""The SymPy form: derivatives and solutions, each confirmed by JAX."""

import signal
import sys
import time
from math import isclose, pi
from typing import Any

import numpy as np
import pytest
import sympy

from surefoot.formulas import parse
from surefoot.formulas.symbolic.deadline import OutOfTimeError, deadline
from surefoot.formulas.symbolic.writer import UnwritableError, write
from surefoot.terms import FormulaError, InputError

DERIVATIVES: list[tuple[str, list[str]]] = [
    ("x^2", ["2x"]),
    ("x^3 - x", ["3x^2 - 1"]),
    ("sin x", ["cos(x)"]),
    ("x^4-x^2", ["4x^3 - 2x"]),
    ("ln x", ["1/x"]),
    ("e^(-2x)", ["-2e^(-2x)"]),
    ("√x", ["1/(2sqrt(x))"]),
    ("1/x", ["-1/x^2"]),
    ("x/3", ["1/3"]),
    ("|x|", ["sign(x)"]),
    ("max(x, 0)", ["where(x > 0, 1, 0)"]),
    ("5", []),
    ("x^2 + 3x y", ["2x + 3y", "3x"]),
    ("a x^2 + b", ["x^2", "1", "2a*x"]),
]


@pytest.mark.parametrize(("text", "expected"), DERIVATIVES, ids=[t for t, _ in DERIVATIVES])
def test_derivatives_read_well(text: str, expected: list[str]) -> None:
    formula = parse(text)
    if not expected:
        with pytest.raises(FormulaError, match="no variable"):
            formula.symbolic()
        return
    report = formula.symbolic()
    assert [line.text for line in report.gradient] == expected
    assert report.checked
    assert all(line.error <= 1e-8 for line in (*report.gradient, *report.hessian))


def test_one_variable_report() -> None:
    report = parse("f(x) = x^4 - x^2").symbolic(at=1.0)
    assert [line.name for line in (*report.gradient, *report.hessian)] == ["f'(x)", "f''(x)"]
    assert report.equations == ("4x^3 - 2x = 0",)
    assert [s.point["x"] for s in report.solutions] == ["-sqrt(2)/2", "0", "sqrt(2)/2"]
    assert [round(s.value, 12) for s in report.solutions] == [-0.25, 0.0, -0.25]
    assert all(s.checked and s.error < 1e-12 for s in report.solutions)
    assert report.complete
    assert (report.at, report.value) == ({"x": 1.0}, 0.0)
    assert [line.value for line in (*report.gradient, *report.hessian)] == [2.0, 10.0]


def test_himmelblau_has_nine_stationary_points() -> None:
    report = parse("(x^2 + y - 11)^2 + (x + y^2 - 7)^2").symbolic(seconds=30.0)
    assert report.checked
    assert report.complete
    assert len(report.solutions) == 9
    exact = [s for s in report.solutions if s.point == {"x": "3", "y": "2"}]
    assert len(exact) == 1
    # The four minima of Himmelblau (1972), to six digits.
    known = [(3.0, 2.0), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)]
    minima = [(s.values["x"], s.values["y"]) for s in report.solutions if s.value < 1e-9]
    for place in known:
        assert any(np.allclose(place, found, atol=2e-6) for found in minima)


def test_a_shifted_and_scaled_problem() -> None:
    report = parse("3(x - 1/7)^2 + 2(y + 5/3)^2 - x/2").symbolic()
    (solution,) = report.solutions
    assert isclose(solution.values["x"], 1 / 7 + 1 / 12, rel_tol=1e-14)
    assert isclose(solution.values["y"], -5 / 3, rel_tol=1e-14)


def test_sine_has_families_in_words() -> None:
    report = parse("sin x").symbolic()
    assert report.families == (
        "x = 2π*n + π/2 for every whole number n",
        "x = 2π*n + 3π/2 for every whole number n",
    )
    assert [s.values["x"] for s in report.solutions] == pytest.approx([pi / 2, 3 * pi / 2])


def test_curves_of_solutions() -> None:
    report = parse("(x y - 1)^2").symbolic(seconds=30.0)
    assert report.families == ("x = 1/y for every y with y ≠ 0",)
    assert [s.point for s in report.solutions] == [{"x": "0", "y": "0"}]
    assert "curves" in report.note
    assert not report.complete


def test_no_solution_and_every_point() -> None:
    slope = parse("2x + 3y").symbolic()
    assert slope.solutions == ()
    assert slope.complete
    assert "constant other than zero" in slope.note
    flat = parse("f(x) = 3").symbolic()
    assert flat.families == ("every point",)
    assert parse("e^x").symbolic().solutions == ()


def test_corners_are_not_called_complete() -> None:
    report = parse("|x - 1| + x^2/10").symbolic()
    assert not report.complete
    assert "corners" in report.note


def test_a_false_solution_is_not_shown() -> None:
    # SymPy sees x here; in real numbers the formula exists for x ≥ 0 alone, and its slope at 0 is
    # no number.
    report = parse("(√x)^4").symbolic()
    assert report.solutions == ()
    assert not report.complete


def test_what_has_no_closed_form_says_so() -> None:
    report = parse("sin(x) + x^2 + e^x").symbolic(seconds=5.0)
    assert report.checked
    assert report.solutions == ()
    assert report.note
    assert not report.complete


def test_a_variable_named_e() -> None:
    report = parse("f(e, x) = e x^2 + exp(x)").symbolic()
    assert [line.text for line in report.gradient] == ["x^2", "2e*x + exp(x)"]
    assert report.checked


def test_exact_decimals() -> None:
    report = parse("0.1x^2 - 0.3x").symbolic()
    assert report.solutions[0].point == {"x": "3/2"}


def test_scalar_data_take_part() -> None:
    report = parse("k x^2 - x", data={"k": 0.25}).symbolic()
    assert report.gradient[0].text == "x/2 - 1"
    assert report.solutions[0].values == {"x": 2.0}


def test_lists_of_numbers_take_part() -> None:
    report = parse("sum([x, y, x]) + norm([x, y])^2").symbolic()
    assert [line.text for line in report.gradient] == ["2x + 2", "2y + 1"]


@pytest.mark.parametrize(
    ("text", "data", "marked"),
    [
        ("1 + floor(x)", {}, "floor(x)"),
        ("c @ x", {"c": [1.0, 2.0]}, "c @ x"),
        ("sum(c x)", {"c": [1.0, 2.0]}, "sum(c x)"),
        ("norm(x) + 1", {}, "norm(x)"),
        ("x[0] + 1", {}, "x[0]"),
        ("x <= 1", {}, "x <= 1"),
        ("x^1000", {}, "x^1000"),
        ("lgamma(x)", {}, "lgamma(x)"),
        ("((x^90)^90)^90", {}, "((x^90)^90)^90"),
    ],
)
def test_what_has_no_symbolic_form(text: str, data: dict[str, Any], marked: str) -> None:
    with pytest.raises(FormulaError, match="no symbolic form") as caught:
        parse(text, data).symbolic()
    assert text[caught.value.start : caught.value.end].strip("() ") == marked.strip("() ")


def test_the_point_must_be_finite_numbers() -> None:
    with pytest.raises(InputError, match="finite number"):
        parse("x^2").symbolic(at=float("nan"))
    with pytest.raises(InputError, match="needs a value for 'y'"):
        parse("x + y").symbolic(at={"x": 1.0})


def test_the_deadline_stops_endless_work() -> None:
    def forever() -> None:
        while True:
            isclose(1.0, 2.0)
            str.strip.__get__("x")()
            _nothing()

    before = sys.gettrace()
    start = time.perf_counter()
    with pytest.raises(OutOfTimeError), deadline(0.05):
        forever()
    assert time.perf_counter() - start < 5.0
    assert sys.gettrace() is before


def _nothing() -> None:
    pass


def test_hard_equations_come_back_in_time() -> None:
    start = time.perf_counter()
    report = parse("sin(x y) e^(x^2 y) + cos(x + y^3) + x^5 y^7").symbolic(seconds=2.0)
    assert time.perf_counter() - start < 60.0
    assert report.checked
    assert not report.complete


X, Y = sympy.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (2 * X * Y, "2x*y"),
        (X / 2, "x/2"),
        (-X / (3 * Y), "-x/(3y)"),
        (X * sympy.exp(-X), "x*e^(-x)"),
        (2 * sympy.cos(X), "2cos(x)"),
        (2 * (X + 1) ** 2, "2(x + 1)^2"),
        ((X + 1) * (X - 1), "(x - 1)*(x + 1)"),
        (X ** sympy.Rational(1, 3), "x^(1/3)"),
        (X**Y, "x^y"),
        (X ** (Y + 1), "x^(y + 1)"),
        ((X + 1) ** Y, "(x + 1)^y"),
        (-(X**2) + 4, "4 - x^2"),
        (2 * sympy.Abs(X), "2*|x|"), (sympy.Abs(X) ** (2 * Y), "|x|^(2y)"),
        (sympy.pi * X, "π*x"),
        (2 * sympy.E, "2e"),
        (3 * sympy.Symbol("e1"), "3*e1"),
        (sympy.Rational(-2, 3), "-2/3"),
        (sympy.Rational(2, 3) * X, "2x/3"),
        (1 / sympy.sqrt(X), "1/sqrt(x)"),
    ],
)
def test_the_writer(expression: Any, text: str) -> None:
    assert write(expression) == text
    point = {"x": 0.7, "y": 1.9, "e1": 2.3}
    formula = parse(text, variables=list(point))
    value = formula(point)
    subs = {s: point[s.name] for s in expression.free_symbols}
    assert float(value) == pytest.approx(float(expression.evalf(subs=subs)), rel=1e-13)


def test_the_writer_refuses_what_formulas_lack() -> None:
    for expression in (sympy.I * X, sympy.zeta(X), sympy.Derivative(sympy.Function("f")(X), X)):
        with pytest.raises(UnwritableError):
            write(expression)


@pytest.mark.parametrize(
    ("text", "root", "complete"),
    [("x^x", float(np.exp(-1.0)), True), ("x^2 sin x", 0.0, False), ("x^2 + cos x", 0.0, False)],
)
def test_a_factor_that_can_be_solved_is(text: str, root: float, complete: bool) -> None:
    report = parse(text).symbolic()
    (solution,) = report.solutions
    assert solution.values["x"] == pytest.approx(root, abs=1e-15)
    assert report.complete is complete
    assert report.note == ("" if complete else "SymPy finds no closed form for all solutions")


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("|x|", ("x ≠ 0",)),
        ("ln(x)", ("x > 0",)),
        ("|x| + ln(x)", ("x > 0",)),
        ("ln(x^2 + 1)", ()),
        ("max(x, 1)", ("x ≠ 1",)),
        ("|x - y|", ("x - y ≠ 0",)),
        ("where(x > y, x^2, y)", ("x ≠ y",)),
        ("x^2", ()),
    ],
)
def test_where_the_derivatives_hold_is_said(text: str, conditions: tuple[str, ...]) -> None:
    assert parse(text).symbolic().conditions == conditions


def test_a_family_says_where_its_fraction_has_a_value() -> None:
    report = parse("sin(a x + b)").symbolic()
    assert report.families
    assert all(sentence.endswith("for every b and x with x ≠ 0") for sentence in report.families)


def test_ctrl_c_keeps_the_derivatives(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        while True:
            sympy.Integer(2).is_prime

    monkeypatch.setattr("surefoot.formulas.symbolic.report.solve_system", pressed)
    report = parse("x^2 sin x").symbolic()
    assert report.interrupted
    assert report.note == "you interrupted the search for solutions"
    assert report.gradient[0].checked


def test_ctrl_c_before_there_is_a_derivative_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        while True:
            sympy.Integer(2).is_prime

    monkeypatch.setattr("surefoot.formulas.symbolic.report._derivatives", pressed)
    with pytest.raises(KeyboardInterrupt):
        parse("x^2 sin x").symbolic()
    monkeypatch.undo()
    assert parse("x^2").symbolic().checked


def test_no_derivative_is_told_where_there_is_none() -> None:
    for text, at in (("|x|", 0.0), ("|x-2|", 2.0), ("|x^2-1|", 1.0), ("max(x, 1-x)", 0.5)):
        lines = (*parse(text).symbolic(at).gradient, *parse(text).symbolic(at).hessian)
        assert all(line.jumps and line.value is None for line in lines), text
    for text, at in (("x|x|", 0.0), ("|x|", 0.3), ("sqrt(x^2+1e-4)", 0.0), ("e^(50x)", 1.0)):
        assert not any(line.jumps for line in parse(text).symbolic(at).gradient), text
    both = parse("|x| + |y|").symbolic({"x": 1.0, "y": 0.0}).gradient
    assert [(line.jumps, line.value) for line in both] == [(False, 1.0), (True, None)]


DOMAINS: dict[str, tuple[str, ...]] = {
    "x/x": ("x ≠ 0",),
    "(2x)/(3x)": ("x ≠ 0",),
    "x^(-2)*x^2 + y": ("x ≠ 0",),
    "(x^2-1)/(x-1)": ("x - 1 ≠ 0",),
    "(x-3)/(x-3)": ("x - 3 ≠ 0",),
    "(x-x)/(x y)": ("x ≠ 0", "y ≠ 0"),
    "sqrt(x)^2": ("x > 0",),
    "x^0.5*x^0.5": ("x > 0",),
    "exp(log(x))": ("x > 0",),
    "1/x": (),
    "x + 1/y": (),
    "x/(x^2+1)": (),
    "e^x/(1+e^x)": (),
}


@pytest.mark.parametrize("text", DOMAINS)
def test_what_sympy_cancels_is_still_asked_of_the_variables(text: str) -> None:
    assert parse(text).symbolic().conditions == DOMAINS[text]


@pytest.mark.parametrize("text", ["x/x", "(2x)/(3x)", "1 + (x-x)/x", "x^2/x"])
def test_no_derivative_where_there_is_no_value(text: str) -> None:
    at_hole = parse(text).symbolic({"x": 0.0})
    assert at_hole.value is not None and np.isnan(at_hole.value)
    assert all(line.jumps and line.value is None for line in at_hole.gradient + at_hole.hessian)


@pytest.mark.parametrize("x", [2.0, -7.3, 1e-5, -1e8, 3e4])
@pytest.mark.parametrize("text", ["x/x", "(x^2+x)/(x+1)", "100*x/x"])
def test_rounding_beside_a_point_is_no_corner(text: str, x: float) -> None:
    there = parse(text).symbolic({"x": x})
    assert not any(line.jumps for line in there.gradient)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (3.0, 1e-6), (-2.0, 1e5)])
def test_corners_are_still_found_beside_rounding(shift: float, scale: float) -> None:
    there = parse(f"1 + {scale:f}*|x - {shift}|").symbolic({"x": shift})
    assert there.gradient[0].jumps
