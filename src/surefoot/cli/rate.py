"""`surefoot rate FORMULA --at x=1`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.optimise import arrays
from surefoot.cli.output import show_result
from surefoot.cli.rule_words import numbers_by_name
from surefoot.cli.values import number, point
from surefoot.terms import InputError, held_interrupts

AtOption = Annotated[
    str | None,
    typer.Option("--at", "--from", metavar="x=1,y=pi/2", help="The point to begin from."),
]


def rate(
    formula: options.FormulaArgument,
    at: AtOption = None,
    rule: options.RuleOption = "gd",
    lr: options.RateOption = None,
    numbers: options.WithOption = None,
    seed: options.SeedOption = 0,
    as_json: options.JsonOption = False,
) -> None:
    """Say which learning rates are stable, and what one does.

    Prints the limit, the curvature that sets it, a suggestion and its reason.

    Example: surefoot rate "x^2 + 10y^2" --at x=1,y=1 --rule momentum --lr 0.1
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot import solve
            from surefoot.formulas import parse

        variables = parse(formula).variables
        if at is None:
            example = ",".join(f"{name}=1" for name in variables[:3])
            raise InputError(f"rate needs the point to begin from; write --at {example}")
        found = solve.learning_rate(
            formula,
            arrays(point(at, variables, "--at")),
            rule,
            lr=None if lr is None else number(lr, "--lr"),
            options=numbers_by_name(numbers, "--with"),
            seed=seed,
        )
        show_result(found, as_json=as_json)
        return ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
