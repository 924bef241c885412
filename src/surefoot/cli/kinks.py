"""`surefoot kinks FORMULA --over …`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import show_result
from surefoot.cli.values import needed_box
from surefoot.terms import held_interrupts

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
        found = found_in(formula, needed_box(over, variables, "look at"), most=most)
        show_result(found, as_json=as_json)
        return ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
