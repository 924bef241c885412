"""`surefoot derive FORMULA`."""

from collections.abc import Sequence
from math import isinf
from typing import TYPE_CHECKING, Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import to_json
from surefoot.cli.values import point
from surefoot.terms import held_interrupts

if TYPE_CHECKING:
    from surefoot.formulas.symbolic import SymbolicLine, SymbolicReport, SymbolicSolution
    from surefoot.show import Block, Grid

AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="x=1,y=pi/2", help="Also give every value at this point."),
]


def derive(
    formula: options.FormulaArgument,
    at: AtOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Differentiate a formula.

    Prints the derivatives as formulas, the equations for a zero slope and their solutions; each
    line is checked against numbers.

    Example: surefoot derive "x^2 + 3x y" --at x=1,y=2
    """
    raise typer.Exit(guarded(lambda: _derive(formula, at, as_json), as_json=as_json))


def _derive(formula: str, at: str | None, as_json: bool) -> ExitCode:
    with held_interrupts():
        from surefoot.formulas import parse

    form = parse(formula)
    place = None if at is None else point(at, form.variables, "--at")
    report = form.symbolic(place)
    if as_json:
        print(to_json(report))
    else:
        from surefoot.show import print_blocks

        print_blocks(derivation(report))
    return ExitCode.INTERRUPTED if report.interrupted else ExitCode.ANSWERED


def derivation(report: "SymbolicReport") -> "list[Block]":
    """The blocks of a symbolic report, top to bottom."""
    from surefoot.show import Heading, Note, significant

    blocks: list[Block] = [Heading(f"derive {report.text}")]
    if report.at is not None and report.value is not None:
        place = ", ".join(f"{name} = {significant(x)}" for name, x in report.at.items())
        blocks.append(Note("at", f"{place}; the value there is {significant(report.value, 10)}"))
    title = "derivative" if len(report.gradient) == 1 else "gradient"
    blocks.append(_lines(title, report.gradient))
    if report.hessian:
        blocks.append(_lines("second derivatives", report.hessian))
    if report.conditions:
        blocks.append(Note("where", "these hold where " + " and ".join(report.conditions)))
    blocks.append(_equations(report))
    if report.solutions:
        blocks.append(_solutions(report))
    blocks += [Note("also", text) for text in report.families]
    if report.complete and not (report.solutions or report.families or report.note):
        blocks.append(Note("so", "no real point has zero slope"))
    if report.note:
        blocks.append(Note("note", report.note))
    blocks.append(Note("checked", _how_checked(report), "quiet" if report.checked else "bad"))
    return blocks


def _lines(title: str, lines: "Sequence[SymbolicLine]") -> "Grid":
    from surefoot.show import Column, grid, significant

    columns = [
        Column(),
        Column(),
        Column(flexible=True),
        Column("value there" if lines[0].value is not None or lines[0].jumps else "", numeric=True),
    ]
    rows = [
        (
            "–" if line.jumps else _mark(line.checked, line.error),
            line.name,
            f"= {line.text}",
            "no derivative here"
            if line.jumps
            else ("" if line.value is None else significant(line.value, 10)),
        )
        for line in lines
    ]
    return grid(columns, rows, title=title)


def _equations(report: "SymbolicReport") -> "Grid":
    from surefoot.show import Column, grid

    rows = [(equation,) for equation in report.equations]
    return grid([Column(flexible=True)], rows, title="the slope is zero where")


def _solutions(report: "SymbolicReport") -> "Grid":
    from surefoot.show import Column, grid, significant

    names = [Column(name, flexible=True) for name in report.variables]
    columns = [Column(), *names, Column("value", numeric=True)]
    rows = [
        (
            _mark(solution.checked, solution.error),
            *(_place(solution, name) for name in report.variables),
            significant(solution.value, 10),
        )
        for solution in report.solutions
    ]
    title = "solutions" if report.complete else "solutions found (there may be more)"
    if report.complete and report.families:
        title = "some of the solutions (there is no end of them, see below)"
    return grid(columns, rows, title=title, limit=40)


def _place(solution: "SymbolicSolution", name: str) -> str:
    """The exact value, and its digits where it does not show them."""
    from surefoot.show import significant

    exact, digits = solution.point[name], significant(solution.values[name], 10)
    plain = exact.startswith("≈") or exact.lstrip("-").replace(".", "", 1).isdecimal()
    return exact if plain else f"{exact} ≈ {digits}"


def _how_checked(report: "SymbolicReport") -> str:
    if report.checked:
        return "✓ agrees with automatic differentiation at random points, to 1e-8"
    return "a line without ✓ is not confirmed by automatic differentiation: do not rely on it"


def _mark(checked: bool, error: float) -> str:
    if checked:
        return "✓"
    return "?" if isinf(error) else "✗"
