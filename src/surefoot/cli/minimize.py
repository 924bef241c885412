"""`surefoot minimize FORMULA`."""

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.optimise import Request, answer


def minimize(
    formula: options.FormulaArgument,
    start: options.StartOption = None,
    bounds: options.BoundsOption = None,
    over: options.WholeOption = None,
    method: options.MethodOption = "auto",
    tol: options.TolOption = 1e-9,
    max_steps: options.MaxStepsOption = None,
    time_limit: options.TimeLimitOption = None,
    starts: options.StartsOption = None,
    seed: options.SeedOption = 0,
    export: options.ExportOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Find the lowest point of a formula.

    Prints the point, its value, what it is, how that is known, and what to do next.

    Example: surefoot minimize "(x^2+y-11)^2 + (x+y^2-7)^2" --from x=1,y=1
    """
    request = Request(
        formula, start, bounds, method, tol, max_steps, time_limit, starts, seed, as_json,
        export, over,
    )
    raise typer.Exit(guarded(lambda: answer("minimize", request), as_json=as_json))
