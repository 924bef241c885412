"""What `minimize` and `maximize` share: from the words on the command line to a reported answer."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import show_result, writable
from surefoot.cli.values import Value, point, ranges
from surefoot.terms import held_interrupts

if TYPE_CHECKING:
    from surefoot.solve import Solution, Trajectory


@dataclass(frozen=True)
class Request:
    """What was typed."""

    formula: str
    start: str | None
    bounds: str | None
    method: str
    tol: float
    max_steps: int | None
    time_limit: float | None
    starts: int | None
    seed: int
    as_json: bool
    export: str | None = None
    over: str | None = None


def answer(sense: Literal["minimize", "maximize"], request: Request) -> ExitCode:
    """Finds the best point of a formula, prints it, and returns the exit code."""
    if request.export is not None:
        writable(request.export)
    with held_interrupts():
        from surefoot import solve
        from surefoot.formulas import parse

    variables = parse(request.formula).variables
    start = None
    if request.start is not None:
        start = arrays(point(request.start, variables, "--from"))
    bounds = None
    if request.bounds is not None:
        bounds = ranges(request.bounds, variables, "--bounds")
    over = None if request.over is None else ranges(request.over, variables, "--over")

    find = solve.minimize if sense == "minimize" else solve.maximize
    solution = find(
        request.formula,
        start,
        bounds=bounds,
        over=over,
        method=request.method,
        tol=request.tol,
        max_steps=request.max_steps,
        time_limit=request.time_limit,
        starts=request.starts,
        seed=request.seed,
    )
    return report(solution, as_json=request.as_json, export=request.export)


def report(
    solution: "Solution | Trajectory", *, as_json: bool, export: str | None = None
) -> ExitCode:
    """Prints a solution or a walk for people or for programs, and says how the command ends.

    With `export` it is also written as one page for a browser.
    """
    from surefoot.terms import Status

    show_result(solution, as_json=as_json)
    if export is not None:
        from surefoot.studio import write_page

        path = write_page(solution.to_lab(), export)
        # Programs read the output; the sentence is for people.
        print(f"page      {path} (open it in a browser)", file=sys.stderr if as_json else None)
    if solution.status is Status.INTERRUPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.ANSWERED if solution.status.answered else ExitCode.REFUSED


def arrays(values: dict[str, Value]) -> dict[str, Any]:
    """Lists as arrays: a list of numbers is one parameter, not many."""
    if not any(isinstance(value, list) for value in values.values()):
        return dict(values)
    import numpy as np

    return {
        name: np.asarray(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
