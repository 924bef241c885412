"""The answer: the point, its value, what it is, how the run went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import (
    Block,
    Parameter,
    Report,
    SolutionView,
    significant,
    solution_blocks,
    verdict_view,
)
from surefoot.show.view import MAXIMA, MINIMA
from surefoot.solve.proved import of_a_convex_function
from surefoot.terms import Evidence, InputError, Scenario, Status, Verdict

_CUT_SHORT = "interrupted: whether the function is convex was not worked out to the end"
_GOOD = {"minimize": MINIMA, "maximize": MAXIMA}


def is_wanted(verdict: Verdict, sense: str) -> bool:
    """Whether the verdict is what was asked for: a minimum of a minimisation, say."""
    return verdict.kind in _GOOD[sense]


@dataclass(frozen=True, eq=False, repr=False)
class Solution(Report):
    """What a solver found, and what it is.

    Attributes:
        x: the point, NumPy arrays in the structure of the start.
        value: the objective there; the sum of squares for least squares.
        status: how the run ended.
        first_verdict: what the point is, judged from values and slopes around it.
        multipliers: for each bound that holds the point, by name, the shadow price
            d(best value)/d(limit).
        engine: the engine that found it.
        why: why that engine.
        trajectory: the steps (`.points`, `.values`, `.gradient_norms`), None for a closed form.
        fit: standard errors, covariance and the like of a least-squares fit, else None.
        basins: the distinct end points of a multi-start, else None.
        counts: evaluations by kind.
        timings: seconds by kind; compiling is apart from running.
        warnings: sentences that must not be missed.
        undetermined: one sentence for each direction that changes nothing at the point, as far as
            a closed form or the statistics of a fit tell them.
        notes: sentences that are good to know, e.g. where the search began.
        units, labels: texts of a problem file by the names of variables and data.
        sides: for each coordinate beside a jump, by index, the side, e.g. "just below 2".
    """

    x: Any
    value: float
    status: Status
    first_verdict: Verdict
    multipliers: Mapping[str, float]
    engine: str
    why: str
    problem: Problem = field(repr=False)
    point: Vector = field(repr=False)
    trajectory: Any = field(default=None, repr=False)
    fit: Any = field(default=None, repr=False)
    basins: Any = field(default=None, repr=False)
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    warnings: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    title: str = ""
    units: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    labels: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    sides: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    again: Callable[..., "Solution"] | None = field(default=None, repr=False)

    @cached_property
    def verdict(self) -> Verdict:
        """What the point is: raised where the function is proved to be convex.

        The proof is made when the verdict is first asked for; whoever only wants x does not wait.
        Ctrl-C ends it, and leaves the verdict as it was before.
        """
        try:
            return of_a_convex_function(
                self.problem, self.point, self.first_verdict, self.value
            )
        except KeyboardInterrupt:
            missing = Evidence("convex function", "step by step", note=_CUT_SHORT)
            evidence = (*self.first_verdict.evidence, missing)
            return replace(self.first_verdict, evidence=evidence)

    # ── asking further ─────────────────────────────────────────────────────────────────────────

    def resolve(self, **new_data: Any) -> "Solution":
        """Solve again with other data, starting from this point.

        Args:
            new_data: arrays by the names that `data=` had.

        Raises:
            InputError: a name that the problem has no data for.
        """
        assert self.again is not None, "set by every front door"
        return self.again(new_data, self.x)

    def sensitivity(self, name: str) -> Any:
        """How the point moves with the data: ∂x*/∂data, by the implicit function theorem.

        With F the free coordinates (those that no bound holds) and g the gradient,
        H_FF · ∂x_F/∂data = −∂g_F/∂data; coordinates at a bound do not move.

        NaN where there is no derivative, or it is not in the Hessian: at a point that is not what
        was asked for, where the Hessian is singular, at a corner of the function (of the argument
        or of the data), and at a bound that holds the point without a slope that pushes.

        Args:
            name: of an array given as `data=`, or of a captured array with a unique name; of a fit
                by `curve_fit` "x", "y" or "sigma", where these are arrays of floats.

        Returns:
            In the structure of x, each leaf of shape leaf.shape + data.shape.

        Raises:
            InputError: no data of that name; or NumPy computes with it, unseen by JAX.
        """
        from surefoot.solve.sensitivity import sensitivity

        return sensitivity(self, name)

    def __deepcopy__(self, memo: Any) -> "Solution":
        return self  # nothing in it changes

    def __reduce__(self) -> Any:
        raise InputError(
            "a solution holds the traced function, which cannot be pickled; store "
            "solution.to_dict(), or solution.x and solution.value"
        )

    def to_lab(self) -> Scenario:
        """What the lab shows of this solution; `sf.lab(solution)` opens it.

        The curve is the function itself where it has one variable, else a cut through the point
        along each of them; the verdict stands beside it.
        """
        from surefoot.solve.scenario import scenario_of_solution

        return scenario_of_solution(self)

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the whole."""
        shown = 3 if self.point.size > 4 else self.point.size
        numbers = ", ".join(
            f"{path}={float(number)!r}" if i in self.sides else f"{path}={significant(number)}"
            for i, (path, number) in enumerate(
                zip(self.problem.structure.paths[:shown], self.point, strict=False)
            )
        )
        left = self.point.size - shown
        more = f", … {left:,} more" if left else ""
        return (
            f"Solution({self.verdict.kind.name}, value={significant(self.value)}, "
            f"{numbers}{more}, {self.status.name})"
        )

    def view(self) -> SolutionView:
        """The solution as plain names and numbers, for reports."""
        statistics = dict(self.fit.summary()) if self.fit is not None else {}
        kind = "sum of squares" if self.problem.residual else "value"
        return SolutionView(
            title=self.title,
            verdict=verdict_view(self.verdict, self.problem.sense),
            parameters=self._parameters(),
            value_label=self.labels.get("objective", kind),
            value=self.value,
            status=self.status.value,
            status_name=self.status.name,
            engine=self.engine,
            why=self.why,
            warnings=self.warnings,
            notes=self.notes,
            counts=self.counts,
            timings=self.timings,
            statistics=statistics,
            confidence_level=getattr(self.fit, "level", 0.95),
            answered=self.status.answered,
        )

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        return solution_blocks(self.view())

    def plot(self, path: Any = None) -> Any:
        """Value and gradient norm over the steps, on logarithmic axes (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        from surefoot.show import plot_convergence

        if self.trajectory is None:
            raise InputError(
                "there are no steps to plot: the answer was computed in closed form"
            )
        figure = plot_convergence(
            self.trajectory.values * self.problem.sign, self.trajectory.gradient_norms
        )
        if path is not None:
            figure.savefig(path)
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings (NaN and infinity stay floats)."""
        return {
            "title": self.title,
            "x": dict(zip(self.problem.structure.paths, self.point.tolist(), strict=True)),
            "value": self.value,
            "status": self.status.name,
            "status_meaning": self.status.value,
            "verdict": self.verdict.to_dict(),
            "multipliers": dict(self.multipliers),
            "engine": self.engine,
            "why": self.why,
            "fit": None if self.fit is None else self.fit.to_dict(),
            "basins": None if self.basins is None else self.basins.to_dict(),
            "counts": dict(self.counts),
            "timings": dict(self.timings),
            "warnings": list(self.warnings),
            "undetermined": list(self.undetermined),
            "notes": list(self.notes),
            "units": dict(self.units),
            "labels": dict(self.labels),
        }

    def _parameters(self) -> tuple[Parameter, ...]:
        errors = getattr(self.fit, "standard_errors", None)
        intervals = getattr(self.fit, "intervals", None)
        free = getattr(self.fit, "free", None)
        rows: list[Parameter] = []
        for i, path in enumerate(self.problem.structure.paths):
            leaf = path.partition("[")[0]
            # The errors are of the others, as if what a bound holds were known.
            held = free is not None and not free[i]
            rows.append(
                Parameter(
                    path=path,
                    value=float(self.point[i]),
                    standard_error=None if errors is None or held else float(errors[i]),
                    interval=None
                    if intervals is None or held
                    else (float(intervals[i][0]), float(intervals[i][1])),
                    unit=self.units.get(path, self.units.get(leaf, "")),
                    label=self.labels.get(path, self.labels.get(leaf, "")),
                    note=f"{self._note(i)}, taken as known" if held else self._note(i),
                    exact=i in self.sides,
                )
            )
        return tuple(rows)

    def _note(self, i: int) -> str:
        lower, upper = self.problem.lower[i], self.problem.upper[i]
        if lower == upper:
            return "fixed"
        if self.point[i] == lower:
            return "at its lower bound"
        if self.point[i] == upper:
            return "at its upper bound"
        return self.sides.get(i, "")


def bound_multipliers(problem: Problem, point: Vector, gradient: Vector) -> dict[str, float]:
    """Shadow prices d(best value)/d(limit) of the bounds that hold the point.

    Moving the bound of coordinate i moves the point along that coordinate, so the price is the
    slope ∂f/∂xᵢ of the user's own objective, for lower and upper bounds, minimum and maximum.

    Args:
        gradient: of the minimised objective, (n,).
    """
    held = ((point == problem.lower) | (point == problem.upper)) & np.isfinite(gradient)
    return {
        problem.structure.paths[int(i)]: float(problem.sign * gradient[i])
        for i in np.flatnonzero(held)
    }
