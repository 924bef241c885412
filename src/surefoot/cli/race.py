"""`surefoot race FORMULA`."""

from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.optimise import arrays
from surefoot.cli.output import show_result
from surefoot.cli.rule_words import rates as read_rates
from surefoot.cli.rule_words import require_rates, rules_with_rates
from surefoot.cli.values import point
from surefoot.terms import held_interrupts

EVERYBODY = "gd,momentum,nesterov,rmsprop,adam,newton,l-bfgs"

RulesOption = Annotated[
    str,
    typer.Option(
        "--rules", metavar="gd=0.1,adam=[0.01,0.1]", help="Who races, with learning rates if any."
    ),
]
LrOption = Annotated[
    str | None,
    typer.Option(
        "--lr", "--rate", metavar="0.1", help="Learning rates for all rules, between commas."
    ),
]
RatesOption = Annotated[
    str | None,
    typer.Option(
        "--rates", metavar="MODE", help="same, best or as-given. Default: best where none is given."
    ),
]
StepsOption = Annotated[
    int, typer.Option("--steps", metavar="N", help="How many steps each walk takes.")
]
AccuracyOption = Annotated[
    float, typer.Option("--accuracy", metavar="NUMBER", help="Part of the height that may be left.")
]
BestOption = Annotated[
    float | None, typer.Option("--best", metavar="VALUE", help="The lowest value, if known.")
]


def race(
    formula: options.FormulaArgument,
    start: options.StartOption = None,
    rules: RulesOption = EVERYBODY,
    lr: LrOption = None,
    rates: RatesOption = None,
    steps: StepsOption = 1000,
    starts: options.StartsOption = None,
    accuracy: AccuracyOption = 1e-6,
    best: BestOption = None,
    seed: options.SeedOption = 0,
    as_json: options.JsonOption = False,
) -> None:
    """Race step rules from the same starts.

    Prints who is there first by steps, by cost and by time, and who diverged at which step.

    Example: surefoot race "x^2 + 10y^2" --from x=1,y=1 --rules gd=0.05,adam=0.1,newton
    """

    def run() -> ExitCode:
        with held_interrupts():
            from surefoot import solve
            from surefoot.formulas import parse

        variables = parse(formula).variables
        wanted = rules_with_rates(rules)
        free = lr is None and all(rate is None for rate in wanted.values())
        if lr is None and rates in (None, "as-given") and not (rates is None and free):
            require_rates(wanted)
        found = solve.race(
            formula,
            None if start is None else arrays(point(start, variables, "--from")),
            wanted,
            steps,
            lr=read_rates(lr, "--lr"),
            rates="best" if rates is None and free else rates and rates.replace("-", " "),
            starts=starts,
            accuracy=accuracy,
            best=best,
            seed=seed,
        )
        show_result(found, as_json=as_json)
        if found.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.REFUSED if found.winner is None else ExitCode.ANSWERED

    raise typer.Exit(guarded(run, as_json=as_json))
