"""`surefoot descend FORMULA`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.optimise import arrays, report
from surefoot.cli.rule_words import numbers_by_name, require_rate
from surefoot.cli.values import number, point
from surefoot.terms import held_interrupts

StepsOption = Annotated[
    int, typer.Option("--steps", metavar="N", help="How many steps to take.")
]
ClipOption = Annotated[
    float | None, typer.Option("--clip", metavar="NORM", help="Shorten longer gradients to it.")
]
DecayOption = Annotated[
    float, typer.Option("--weight-decay", metavar="NUMBER", help="Shrink the point each step.")
]


def descend(
    formula: options.FormulaArgument,
    start: options.StartOption = None,
    rule: options.RuleOption = "gd",
    lr: options.RateOption = None,
    steps: StepsOption = 100,
    numbers: options.WithOption = None,
    weight_decay: DecayOption = 0.0,
    clip: ClipOption = None,
    export: options.ExportOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Walk downhill with a step rule and keep every step.

    Prints the steps, how the walk closed in, and what its last point is.

    Example: surefoot descend "x^2 + 10y^2" --from x=1,y=1 --rule adam --lr 0.1
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot import solve
            from surefoot.formulas import parse

        variables = parse(formula).variables
        require_rate(rule, lr)
        walk = solve.descend(
            formula,
            None if start is None else arrays(point(start, variables, "--from")),
            rule,
            steps,
            lr=None if lr is None else number(lr, "--lr"),
            options=numbers_by_name(numbers, "--with"),
            weight_decay=weight_decay,
            clip=clip,
        )
        if export is not None:
            walk.to_lab()  # refuses what has no page, before anything is printed
        return report(walk, as_json=as_json, export=export)

    raise typer.Exit(guarded(run, as_json=as_json))
