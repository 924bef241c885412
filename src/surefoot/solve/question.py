"""From the arguments of a call to a Problem: traced, checked, with a start inside its bounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.problem import (
    Problem,
    Sense,
    Tolerances,
    default_start,
    flat_bounds,
    require_number,
    require_residuals,
    shape_giver,
    with_data,
)
from surefoot.program import Vector, as_argument, name_of, trace
from surefoot.terms import InputError

SMALLEST, LARGEST = 1e-140, 1e150
"""Sizes of residuals whose squares, and the last digits of these, are float64 numbers."""
MOST_TOLD = 4


@dataclass(frozen=True)
class Question:
    """A problem, where to start on it, and how it came about.

    Attributes:
        problem: what is asked.
        start: flat start (n,), inside the bounds.
        function: what was traced.
        data: the arrays given by name.
        notes: sentences about what was done to the input, for the report.
        trace_seconds: time spent to follow the function.
        whole: whether the bounds are a box whose best value is asked for, with proof.
    """

    problem: Problem
    start: Vector
    function: Callable[..., Any]
    data: Mapping[str, Any]
    notes: tuple[str, ...]
    trace_seconds: float
    whole: bool = False


def ask(
    f: Any,
    x0: Any,
    *,
    sense: Sense = "minimize",
    residual: bool = False,
    data: Mapping[str, Any] | None = None,
    bounds: Any = None,
    over: Any = None,
    example: Any = None,
    tol: float = 1e-9,
) -> Question:
    """The Question of a call; see `minimize` for the arguments.

    Raises:
        InputError: anything that cannot be used as it is; no work has been done.
    """
    began = perf_counter()
    if over is not None and bounds is not None:
        raise InputError("over is a box already, and bounds another; give one of them")
    given, what = (bounds, "bounds") if over is None else (over, "over")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, x0, given, example))
    (require_residuals if residual else require_number)(program)
    structure = program.structure
    lower, upper = flat_bounds(given, structure, what)
    if over is not None:
        _require_finite_box(lower, upper, structure.paths)
    notes: list[str] = []
    if x0 is None:
        start = default_start(lower, upper)
        shown = ", ".join(f"{v:.4g}" for v in start[:4]) + (", …" if start.size > 4 else "")
        notes.append(f"No start was given; {shown} was taken.")
    else:
        start = structure.ravel(as_argument(x0), "x0")
        _require_finite(start, structure.paths)
    inside = np.clip(start, lower, upper)
    if not np.array_equal(inside, start):
        moved = np.flatnonzero(inside != start)
        told = ", ".join(f"{structure.paths[k]} = {start[k]:g}" for k in moved[:MOST_TOLD])
        if moved.size > MOST_TOLD:
            told += f" and {moved.size - MOST_TOLD} more"
        notes.append(
            f"The start lay outside the bounds ({told}); it was moved to the nearest point inside."
        )
    problem = Problem(program, sense, lower, upper, residual, Tolerances(tol))
    arrays = dict(data or {})
    return Question(
        problem, inside, function, arrays, tuple(notes), perf_counter() - began, over is not None
    )


def _require_finite_box(lower: Vector, upper: Vector, paths: Sequence[str]) -> None:
    open_side = ~(np.isfinite(lower) & np.isfinite(upper))
    if open_side.any():
        raise InputError(
            f"over has no end for {paths[int(np.argmax(open_side))]}; what is best everywhere is "
            "proved on a finite box. Give both ends, or use bounds= for a search without that proof"
        )
    with np.errstate(over="ignore"):
        wide = ~np.isfinite(upper - lower)
    if wide.any():
        raise InputError(
            f"over of {paths[int(np.argmax(wide))]} is wider than the largest number; give a "
            "smaller box"
        )


def require_finite_data(
    question: Question, value: Callable[[Vector], float], point: Vector
) -> None:
    """Refuse data with NaN in it, where the value at `point` shows that it matters.

    Raises:
        InputError: naming the captured array and the first place.
    """
    holed = [
        array
        for array in question.problem.objective.consts
        if array.dtype.kind == "f" and np.isnan(array).any()
    ]
    if not holed or np.isfinite(value(point)):
        return
    array = holed[0]
    place = ", ".join(str(int(i)) for i in np.argwhere(np.isnan(array))[0])
    name = name_of(array, question.function)
    raise InputError(
        f"{name or f'an array of shape {array.shape} that the function uses'} contains NaN "
        f"(first at [{place}]), and the value at the start is not a number; remove those "
        "rows, or fill them in, before the fit"
    )


def require_squares(question: Question, evaluator: Evaluator) -> None:
    """Refuse residuals whose squares all vanish in float64: every point would be as good.

    Raises:
        InputError: naming the size of the residuals at the start.
    """
    # Of all forms of the residual this is the one that the engines compile anyway.
    residual, _ = evaluator.residual_and_jacobian(question.start)
    top = float(np.max(np.abs(residual), initial=0.0))
    if 0.0 < top < SMALLEST or LARGEST < top < np.inf:
        end = "vanish to 0" if top < SMALLEST else "overflow"
        raise InputError(
            f"the residuals are at most {top:.3g} in size at the start, and the squares of such "
            f"numbers {end} in float64: measure them in other units (multiply them by "
            f"{10.0 ** -round(np.log10(top)):.0e}), or start elsewhere"
        )


def _require_finite(start: Vector, paths: Sequence[str]) -> None:
    bad = ~np.isfinite(start)
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(f"x0 at {paths[i]} is {start[i]}; a start must be finite numbers")
