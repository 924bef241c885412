"""A walk with a step rule: every step, and what the last point is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
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
    grid,
    significant,
    verdict_blocks,
    verdict_view,
)
from surefoot.show.view import NO_EXTREMUM
from surefoot.solve.answer import judge_point
from surefoot.solve.batches import Batches
from surefoot.solve.closed import quadratic_verdict
from surefoot.solve.convergence import (
    Convergence,
    convergence,
    curvatures_at,
    predicted_rate,
    rounding,
)
from surefoot.solve.curvatures import DENSE
from surefoot.solve.where import where_words
from surefoot.terms import PointKind, Scenario, Status, Verdict

FIRST_ROWS, LAST_ROWS = 6, 4
BLOCK = 64
"""Points that are evaluated on all the data in one call."""
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
        return np.linalg.norm(self.gradients, axis=1)

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
    def verdict(self) -> Verdict:
        """What the last point is, judged from the function alone."""
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
        moving = self.verdict.kind in NO_EXTREMUM | {PointKind.UNKNOWN}
        return Status.STEP_LIMIT if moving else Status.CONVERGED

    @cached_property
    def convergence(self) -> Convergence:
        """How the gradient went to 0: linearly, faster, slower or not at all, and what was due.

        With minibatches it is the gradient of all the data.
        """
        points, gradients = self.points, self.full_gradients
        rate = None
        if self.rates is not None and self.rates.size and np.ptp(self.rates) == 0.0:
            rate = float(self.rates[0])
        # Where a walk ran away there is nothing at its last point that it could close in on.
        near = curvatures_at(self.problem, points[-1]) if self.ended is None else None
        batched = self.batches is not None
        known = None if batched else self.parameters
        due = None if near is None else predicted_rate(self.rule, rate, known, near)
        floor = np.zeros(len(points)) if near is None else rounding(points, near)
        return convergence(np.linalg.norm(gradients, axis=1), self.numbers, floor, due)

    def to_lab(self) -> Scenario:
        """What the lab shows of this walk; `sf.lab(trajectory)` opens it.

        Raises:
            InputError: the function has more than one variable.
        """
        from surefoot.solve.scenario import scenario_of_trajectory

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

    def plot(self, path: Any = None) -> Any:
        """Value and gradient norm over the steps, on logarithmic axes (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        from surefoot.show import plot_convergence

        figure = plot_convergence(self.values, self.gradient_norms, title=self.rule)
        if path is not None:
            figure.savefig(path)
        return figure

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
            "convergence": self.convergence.to_dict(),
            "timings": dict(self.timings),
        }
