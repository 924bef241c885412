"""A walk with a step rule: every step, and what the last point is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.facts.falling import fall_shown
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import (
    Block,
    Claim,
    Column,
    Grid,
    Heading,
    Note,
    Report,
    frame,
    grid,
    plot_walk,
    significant,
    verdict_blocks,
    verdict_view,
)
from surefoot.show.view import NO_EXTREMUM
from surefoot.solve.batches import Batches
from surefoot.solve.closed import quadratic_verdict
from surefoot.solve.convergence import (
    Convergence,
    Ground,
    convergence,
    curvatures_at,
    height_below,
    predicted_rate,
    rounding,
)
from surefoot.solve.curvatures import DENSE, Curvatures
from surefoot.solve.judging import judge_point
from surefoot.solve.proved import of_a_convex_function
from surefoot.solve.slope import lengths
from surefoot.solve.walk_plane import WalkPlane, curve_about, heights, walk_plane
from surefoot.solve.where import where_words
from surefoot.terms import InputError, PointKind, Scenario, Status, Verdict

FIRST_ROWS, LAST_ROWS = 6, 4
BLOCK = 64
"""Points that are evaluated on all the data in one call."""
MOST_COLUMNS = 100
"""A data frame has the coordinates up to this many."""
LONG_NAME = 60
MOST_COORDINATES = 3
"""A table of steps shows the points themselves up to this many coordinates."""


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Report):
    """The steps xₖ₊₁ = xₖ + uₖ of a rule. What is recorded is finite; `reason` says what was not.

    Attributes:
        points: (k + 1, n), the start first; flat, see `at`.
        values: (k + 1,) f(xₖ).
        gradients: (k + 1, n) ∇f(xₖ).
        updates: (k, n) uₖ, the step from each point but the last.
        numbers: (k + 1,) how many steps had been taken; 0, 1, 2, … where all are recorded.
        rates: (k,) the learning rate ηₖ of each step; None where the rule has no single one.
        rule: its name.
        equation: one step, as text.
        reason: why the walk ended before its last step, with the number of the step; "" where all
            steps were taken.
        problem: what is minimised.
        batches: the minibatches, where there were any: `values` and `gradients` are then those of
            the batch of each step, (k + 1,) and (k + 1, n), and `full_values` and `full_gradients`
            those of all the data.
        parameters: the numbers of a rule with a name; None where it was altered, by clipping or
            weight decay, and for other rules.
        rest: with weight decay the equation of the point where a constant rate comes to rest, which
            is no minimum of f; "" without.
        timings: seconds by kind.
    """

    points: Vector
    values: Vector
    gradients: Vector
    updates: Vector
    numbers: NDArray[np.int64]
    rates: Vector | None
    rule: str
    equation: str
    reason: str
    problem: Problem = field(repr=False)
    batches: Batches | None = field(default=None, repr=False)
    ended: Status | None = field(default=None, repr=False)
    parameters: Mapping[str, float] | None = field(default=None, repr=False)
    rest: str = field(default="", repr=False)
    timings: Mapping[str, float] = field(default_factory=dict[str, float], repr=False)

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return int(self.numbers[-1])

    def __len__(self) -> int:
        return len(self.updates)

    def at(self, k: int) -> Any:
        """The point of row k, in the structure of the start."""
        return self.problem.structure.unravel(self.points[k])

    @property
    def x(self) -> Any:
        """The last point, in the structure of the start."""
        return self.at(-1)

    @property
    def value(self) -> float:
        """f at the last point; with minibatches on all the data."""
        return float(self.values[-1] if self.batches is None else self._full(-1)[0][0])

    @property
    def full_values(self) -> Vector:
        """(k + 1,) f(xₖ) on all the data; computed when first asked for."""
        return self._full_walk[0]

    @property
    def full_gradients(self) -> Vector:
        """(k + 1, n) ∇f(xₖ) on all the data; computed when first asked for."""
        return self._full_walk[1]

    @cached_property
    def _full_walk(self) -> tuple[Vector, Vector]:
        if self.batches is None:
            return self.values, self.gradients
        parts = [self._full(k, k + BLOCK) for k in range(0, len(self.points), BLOCK)]
        values, gradients = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(gradients)

    def _full(self, first: int, stop: int | None = None) -> tuple[Vector, Vector]:
        with np.errstate(all="ignore"):
            evaluator = Evaluator(self.problem.objective)
            return evaluator.values_and_gradients(self.points[first:stop])

    @property
    def gradient_norms(self) -> Vector:
        """(k + 1,) ‖∇f(xₖ)‖."""
        return lengths(self.gradients)

    @property
    def angles(self) -> Vector:
        """(k,) the angle between each step and the steepest way down −∇f(xₖ), in degrees.

        0 for gradient descent; above 90 the step goes uphill at first. NaN where either is 0.
        """
        gradients = self.gradients[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            # Kahan's form is exact for small angles, where the arc cosine is not.
            down = -gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
            step = self.updates / np.linalg.norm(self.updates, axis=1, keepdims=True)
            apart = np.linalg.norm(down - step, axis=1), np.linalg.norm(down + step, axis=1)
            return np.degrees(2.0 * np.arctan2(*apart))

    @cached_property
    def shown_to_fall(self) -> NDArray[np.bool_]:
        """(k,) whether f is shown to be lower at the next point, by bounds along the step.

        Bounds of the slope where it begins and of the curvature on the way, in intervals; of any
        rule. False says that it is not shown, as of programs that are too long to be bounded, of
        minibatches, and where a row holds more than one step.
        """
        single = np.diff(self.numbers) == 1
        if self.batches is not None:
            return np.zeros_like(single)
        return single & fall_shown(self.problem.objective, self.points)

    @cached_property
    def verdict(self) -> Verdict:
        """What the last point is, judged from the function alone; raised where it is convex."""
        return of_a_convex_function(
            self.problem, self.points[-1], self.first_verdict, float(self.values[-1])
        )

    @cached_property
    def first_verdict(self) -> Verdict:
        """What values and slopes around the last point tell."""
        problem, last = self.problem, self.points[-1]
        with np.errstate(all="ignore"):
            found = quadratic_verdict(problem, last, self.points[0])
            if found is None:
                evaluator = Evaluator(problem.objective)
                found = judge_point(problem, last, evaluator, self.points[0])
        return found

    @cached_property
    def status(self) -> Status:
        """How the walk ended. CONVERGED says that the judge finds no slope at the last point."""
        if self.ended is not None:
            return self.ended
        moving = self.first_verdict.kind in NO_EXTREMUM | {PointKind.UNKNOWN}
        return Status.STEP_LIMIT if moving else Status.CONVERGED

    @cached_property
    def _near(self) -> Curvatures | None:
        # Where a walk ran away there is nothing at its last point that it could close in on.
        return curvatures_at(self.problem, self.points[-1]) if self.ended is None else None

    def _lowest(self) -> tuple[float, str]:
        """What heights are measured from in the picture, and what that is.

        From the lowest value seen the curve would plunge at its end, however far it is from done.
        """
        seen = float(self.values.min())
        if self.batches is None and self.points.shape[1] <= DENSE and self._near is not None:
            below = height_below(self.gradients[-1], self._near)
            if below is not None:
                return min(seen, float(self.values[-1]) - below), "f*"
        return seen, "lowest value"

    @cached_property
    def convergence(self) -> Convergence:
        """How the gradient went to 0: linearly, faster, slower or not at all, and what was due.

        With minibatches it is the gradient of all the data; with weight decay it is the step over
        η that is looked at, since the walk comes to rest where the gradient is not 0.
        """
        points, sizes, numbers = self.points, self.full_gradients, self.numbers
        constant = self.rates is not None and self.rates.size and np.ptp(self.rates) == 0.0
        rate = float(self.rates[0]) if self.rates is not None and constant else None
        if self.rest and self.rates is not None and self.rates.size:
            # The gradient of f does not go to 0; the step, as a multiple of η, does.
            with np.errstate(divide="ignore", invalid="ignore"):
                sizes = np.nan_to_num(self.updates / self.rates[:, None], posinf=0.0, neginf=0.0)
            points, numbers = points[:-1], numbers[:-1]
        near = self._near
        batched = self.batches is not None
        known = None if batched else self.parameters
        due = None if near is None else predicted_rate(self.rule, rate, known, near)
        floor = np.zeros(len(points)) if near is None else rounding(points, sizes, near)
        ground = Ground(self.rest, self.rates, None if batched else self.values)
        return convergence(lengths(sizes), numbers, floor, due, ground)

    def to_lab(self) -> Scenario:
        """What the lab shows of this walk; `sf.lab(trajectory)` opens it.

        The path stands there as recorded: on the curve of one variable, on the landscape of two,
        and of more on the plane through the last point in which it moved most. Where the page's
        rule takes the same steps, it walks them beside the record.

        Raises:
            InputError: there are more variables than a page could hold.
        """
        from surefoot.solve.walk_scenario import scenario_of_trajectory

        return scenario_of_trajectory(self)

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the whole."""
        where = where_words(self.problem, self.points[-1], float(self.value))
        return f"<Trajectory: {self.rule}, {self.steps} steps, to {where}>"

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        blocks: list[Block] = [Heading(f"descend {self.problem.objective.name} with {self.rule}")]
        if self.reason:
            name = self.status.name.replace("_", " ")
            blocks.append(Claim(name, (self.status.value, self.reason), "bad"))
        blocks += verdict_blocks(verdict_view(self.verdict, self.problem.sense))
        blocks.append(Note("where", where_words(self.problem, self.points[-1], self.value)))
        blocks.append(self._table())
        blocks.append(Note("rule", f"{self.rule}: {self.equation}", "quiet"))
        if self.rule == "guaranteed" and len(self.updates):
            blocks.append(Note("steps", self._told_falls(), "quiet"))
        if not self.reason:
            blocks.append(Note("ended", self.status.value, "quiet"))
            if self.points.shape[1] <= DENSE:
                blocks.append(Note("rate", self.convergence.words, "quiet"))
        if self.batches is not None:
            blocks.append(Note("batches", self._told_batches(self.batches), "quiet"))
        first = float(self.values[0] if self.batches is None else self._full(0, 1)[0][0])
        if self.steps and self.value > first:
            rise = f"{significant(first)} to {significant(self.value)}"
            blocks.append(Note("warning", f"The value rose from {rise} over the walk.", "bad"))
        return blocks

    def _told_falls(self) -> str:
        taken = (np.diff(self.points, axis=0) != 0.0).any(axis=1)
        shown, count = int((self.shown_to_fall & taken).sum()), int(taken.sum())
        return (
            f"{shown} of {count} are shown to lower the value by bounds of the curvature along them"
            + ("." if shown == count else "; the others were measured to.")
        )

    def _told_batches(self, batches: Batches) -> str:
        how = "with" if batches.replace else "without"
        return (
            f"{batches.size} of {batches.count} examples a step, {how} replacement, seed "
            f"{batches.seed}; values and slopes in the table are those of the batches. On all the "
            f"data the value at the end is {significant(self.value)}."
        )

    def _table(self) -> Grid:
        size = self.points.shape[1]
        shown = list(self.problem.structure.paths) if size <= MOST_COORDINATES else []
        columns = [Column("step"), *(Column(path, numeric=True) for path in shown)]
        columns += [Column("value", numeric=True)]
        columns += [Column("slope" if size == 1 else "‖gradient‖", numeric=True)]
        columns += [Column("η", numeric=True)]
        every = range(len(self.points))
        few = len(every) <= FIRST_ROWS + LAST_ROWS + 1
        kept = list(every) if few else [*every[:FIRST_ROWS], *every[-LAST_ROWS:]]
        rows = [self._row(k, len(shown)) for k in kept]
        if not few:
            rows.insert(FIRST_ROWS, ("…", *[""] * (len(columns) - 1)))
        return grid(columns, rows, title="steps")

    def _row(self, k: int, coordinates: int) -> tuple[str, ...]:
        slope = self.gradients[k, 0] if self.points.shape[1] == 1 else self.gradient_norms[k]
        rates: list[float] = [] if self.rates is None else self.rates.tolist()
        rate = significant(rates[k]) if k < len(rates) else ""
        point = (significant(float(v), 8) for v in self.points[k, :coordinates])
        return (
            str(self.numbers[k]), *point, significant(float(self.values[k]), 8),
            significant(float(slope), 4), rate,
        )  # fmt: skip

    @cached_property
    def plane(self) -> WalkPlane:
        """The plane of the path: that of two coordinates, or of more by principal components.

        `share` says how much of the movement lies in it.

        Raises:
            InputError: the function has one variable.
        """
        if self.points.shape[1] < 2:
            raise InputError("a walk along one coordinate has a line, not a plane: see points")
        return walk_plane(self.points, self.problem.structure.paths)

    def plot(self, path: Any = None) -> Any:
        """Value and gradient norm on logarithmic axes, and the path on the function.

        Heights are measured from f*, where the quadratic model at the last point has its minimum,
        or from the lowest value seen where it has none. The path is drawn on the curve of one
        number, on the contour map of two, and for more on the plane that holds most of the
        movement, with the share that it holds (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        slopes, name = self.gradient_norms, self.problem.objective.name
        lowest, word = self._lowest()
        title = f"{self.rule} on {name if len(name) <= LONG_NAME else 'f'}"
        if self.points.shape[1] == 1:
            where, found = curve_about(self.problem, self.points[:, 0])
            axis = self.problem.structure.paths[0]
            figure = plot_walk(
                self.numbers, self.values, slopes, lowest, word,
                curve=(where, found, self.points[:, 0]), names=(axis, "value"), title=title,
            )  # fmt: skip
        else:
            plane, told = self.plane, ""
            if self.points.shape[1] > 2:
                told = f"the plane of the path: {plane.share:.1%} of the movement"
            figure = plot_walk(
                self.numbers, self.values, slopes, lowest, word,
                level=(*heights(self.problem, plane), plane.path), names=plane.names, title=title,
                subtitle=told,
            )  # fmt: skip
        if path is not None:
            figure.savefig(path)
        return figure

    def to_frame(self) -> Any:
        """One row for each step recorded, as a pandas DataFrame (needs pandas).

        Columns: step, value, gradient_norm, rate (of the step that follows), step_size, angle, and
        the coordinates by name where there are at most 100.
        """
        rows = len(self.points)

        def padded(column: Vector | None) -> Vector:
            whole = np.full(rows, np.nan)
            if column is not None:
                whole[: len(column)] = column
            return whole

        columns: dict[str, Any] = {
            "step": self.numbers, "value": self.values, "gradient_norm": self.gradient_norms,
            "rate": padded(self.rates), "angle": padded(self.angles),
            "step_size": padded(np.linalg.norm(self.updates, axis=1)),
        }  # fmt: skip
        if self.points.shape[1] <= MOST_COLUMNS:
            for k, name in enumerate(self.problem.structure.paths):
                columns[f"{name}" if name not in columns else f"{name} (coordinate)"] = (
                    self.points[:, k]
                )
        return frame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        return {
            "function": self.problem.objective.name,
            "coordinates": list(self.problem.structure.paths),
            "rule": self.rule,
            "equation": self.equation,
            "points": self.points.tolist(),
            "values": self.values.tolist(),
            "gradients": self.gradients.tolist(),
            "updates": self.updates.tolist(),
            "numbers": self.numbers.tolist(),
            "batches": None if self.batches is None else {
                "size": int(self.batches.size), "examples": self.batches.count,
                "replace": bool(self.batches.replace), "seed": int(self.batches.seed),
            },
            "rates": None if self.rates is None else self.rates.tolist(),
            "status": self.status.name,
            "status_meaning": self.status.value,
            "reason": self.reason,
            "verdict": self.verdict.to_dict(),
            "convergence": (
                self.convergence.to_dict() if self.points.shape[1] <= DENSE else None
            ),
            "timings": dict(self.timings),
        }
