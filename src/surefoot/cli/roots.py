"""`surefoot roots EQUATION… --over …`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import show_result
from surefoot.cli.stationary import BoxesOption, SecondsOption
from surefoot.cli.values import needed_box
from surefoot.terms import held_interrupts

EquationsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="EQUATION...",
        help='As many as there are unknowns, each in quotes: "x^2 + y^2 = 4" "x y = 1"; of a '
        "formula without = the places where it is 0.",
    ),
]


def roots(
    equations: EquationsArgument,
    over: options.OverOption = None,
    boxes: BoxesOption = 1_000_000,
    seconds: SecondsOption = 60.0,
    as_json: options.JsonOption = False,
) -> None:
    """Find every solution of equations in a box, with proof.

    Prints the solutions and which parts of the box are not decided.

    Example: surefoot roots "x^2 + y^2 = 4" "x y = 1" --over x=-3:3,y=-3:3
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot.formulas import system
            from surefoot.solve.stationary import roots as all_roots

        box = needed_box(over, system(equations).variables, "search")
        found = all_roots(equations, box, boxes=boxes, seconds=seconds)
        show_result(found, as_json=as_json)
        return ExitCode.INTERRUPTED if found.interrupted else ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
