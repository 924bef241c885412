"""`surefoot kinks FORMULA --over …`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import to_json
from surefoot.cli.values import ranges
from surefoot.terms import InputError, held_interrupts

MostOption = Annotated[int, typer.Option("--most", metavar="N", help="The most places listed.")]


def kinks(
    formula: options.FormulaArgument,
    over: options.OverOption = None,
    most: MostOption = 100,
    as_json: options.JsonOption = False,
) -> None:
    """Find every place of a box where a formula is not smooth.

    Prints corners, jumps, steep places and ends of the domain, with the slopes to both sides and
    what automatic differentiation says there.

    Example: surefoot kinks "abs(x - 1) + floor(x)" --over x=-2:2
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot.formulas import parse
            from surefoot.solve.kinks import kinks as found_in

        variables = parse(formula).variables
        if over is None:
            sides = ",".join(f"{name}=-5:5" for name in variables[:3])
            raise InputError(f"--over is the box to look at, e.g. --over {sides}")
        found = found_in(formula, ranges(over, variables, "--over"), most=most)
        if as_json:
            print(to_json(found.to_dict()))
        else:
            from surefoot.show import print_blocks

            print_blocks(found.blocks())
        return ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
