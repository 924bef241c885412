"""The options that several commands share."""

from typing import Annotated

import typer

FormulaArgument = Annotated[
    str,
    typer.Argument(
        metavar="FORMULA", help='The formula, in quotes: "x^2 + 3y^2", "-x^2+4x", "|x| + e^x".'
    ),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--from", "--at", metavar="x=1,y=2", help="Where to start. Default: chosen for you."
    ),
]
BoundsOption = Annotated[
    str | None,
    typer.Option(
        "--bounds", metavar="x=-6:6,y=0:", help="Limits, honoured at every evaluation."
    ),
]
OverOption = Annotated[
    str | None,
    typer.Option("--over", metavar="x=-6:6,y=-6:6", help="The box to answer for; finite."),
]
WholeOption = Annotated[
    str | None,
    typer.Option(
        "--over", metavar="x=-6:6,y=-6:6",
        help="A finite box: the best value in all of it, with proof.",
    ),
]
MethodOption = Annotated[
    str, typer.Option("--method", metavar="NAME", help="The engine; auto lets structure decide.")
]
TolOption = Annotated[
    float, typer.Option("--tol", metavar="NUMBER", help="How exactly the answer must hold.")
]
MaxStepsOption = Annotated[
    int | None, typer.Option("--max-steps", metavar="N", help="Stop after so many steps.")
]
TimeLimitOption = Annotated[
    float | None, typer.Option("--time-limit", metavar="SECONDS", help="Stop after so long.")
]
StartsOption = Annotated[
    int | None, typer.Option("--starts", metavar="N", help="Try so many starts and compare.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Makes random starts repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a report.")]
ExportOption = Annotated[
    str | None,
    typer.Option(
        "--export", metavar="page.html", help="Also write the answer as one page for a browser."
    ),
]
RuleOption = Annotated[
    str,
    typer.Option("--rule", metavar="NAME", help="The step rule: gd, momentum, adam, newton, …"),
]
RateOption = Annotated[
    str | None,
    typer.Option("--lr", "--rate", metavar="0.1", help="The learning rate of the rule."),
]
WithOption = Annotated[
    str | None,
    typer.Option("--with", metavar="beta=0.8", help="The rule's other numbers, by name."),
]
