"""`surefoot convex FORMULA`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import show_result
from surefoot.cli.values import ranges
from surefoot.terms import held_interrupts

BoxesOption = Annotated[
    int, typer.Option("--boxes", metavar="N", help="The most parts of the box that are looked at.")
]


def convex(
    formula: options.FormulaArgument,
    over: options.OverOption = None,
    boxes: BoxesOption = 2000,
    as_json: options.JsonOption = False,
) -> None:
    """Say whether a formula is convex, concave or neither, with the proof.

    Prints the proof step by step, or two points and their middle that contradict it.

    Example: surefoot convex "x^2/y + y*log(y)" --over x=-5:5,y=0.1:5
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot.facts.convexity import convexity
            from surefoot.formulas import parse

        box = None if over is None else ranges(over, parse(formula).variables, "--over")
        found = convexity(formula, box, budget=boxes)
        show_result(found, as_json=as_json)
        return ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
