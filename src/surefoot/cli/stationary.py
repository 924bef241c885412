"""`surefoot stationary FORMULA --over …`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import show_result
from surefoot.cli.values import needed_box
from surefoot.terms import held_interrupts

BoxesOption = Annotated[
    int, typer.Option("--boxes", metavar="N", help="The most boxes that are tested.")
]
SecondsOption = Annotated[
    float, typer.Option("--time-limit", metavar="SECONDS", help="Stop after so long.")
]


def stationary(
    formula: options.FormulaArgument,
    over: options.OverOption = None,
    boxes: BoxesOption = 1_000_000,
    seconds: SecondsOption = 60.0,
    as_json: options.JsonOption = False,
) -> None:
    """Find every point of a box where the slope is zero, with proof.

    Prints the points, the lowest first, what each is, and which parts of the box are not decided.

    Example: surefoot stationary "(x^2+y-11)^2 + (x+y^2-7)^2" --over x=-6:6,y=-6:6
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot.formulas import parse
            from surefoot.solve.stationary import stationary_points

        variables = parse(formula).variables
        box = needed_box(over, variables, "search")
        found = stationary_points(formula, box, boxes=boxes, seconds=seconds)
        show_result(found, as_json=as_json)
        return ExitCode.INTERRUPTED if found.interrupted else ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
