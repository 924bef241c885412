"""`surefoot stationary FORMULA --over …`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import to_json
from surefoot.cli.values import ranges
from surefoot.terms import InputError, held_interrupts

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
        if over is None:
            sides = ",".join(f"{name}=-5:5" for name in variables[:3])
            raise InputError(f"--over is the box to search, e.g. --over {sides}")
        found = stationary_points(
            formula, ranges(over, variables, "--over"), boxes=boxes, seconds=seconds
        )
        if as_json:
            print(to_json(found.to_dict()))
        else:
            from surefoot.show import print_blocks

            print_blocks(found.blocks())
        return ExitCode.INTERRUPTED if found.interrupted else ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
