"""The answer of noise: the cloud, the noise scale, and which batch size is worthwhile, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite, isnan, nan, sqrt
from typing import Any

import numpy as np

from surefoot.descent.gradient_cloud import GradientCloud
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, plot_noise, significant
from surefoot.terms import InputError


@dataclass(frozen=True, eq=False)
class Spread:
    """The gradients of drawn batches of one size.

    Attributes:
        size: b. points: (m, 2) the gradients in the axes of the cloud.
        squares: (m,) ‖g_b − ḡ‖².
        predicted: the root of its mean, from the covariance.
    """

    size: int
    points: Vector = field(repr=False)
    squares: Vector = field(repr=False)
    predicted: float
    unit: float = 1.0

    @property
    def measured(self) -> float:
        """The root of the mean of ‖g_b − ḡ‖²."""
        return float(np.sqrt(self.squares.mean())) * self.unit

    @property
    def error(self) -> float:
        """The standard error of `measured`."""
        if self.measured == 0.0:
            return 0.0
        of_mean = float(self.squares.std(ddof=1)) / sqrt(len(self.squares))
        return of_mean / (2.0 * float(np.sqrt(self.squares.mean()))) * self.unit


@dataclass(frozen=True, eq=False, repr=False)
class Noise(Report):
    """The noise of minibatch gradients at a point.

    Attributes:
        problem: the loss on all the data.
        point: (p,) flat.
        cloud: the gradients of the examples: mean, covariance, axes, points.
        spreads: for each batch size the gradients of drawn batches.
        replace: whether an example may come twice in a batch.
        seed: of the draws.
        evaluations: gradients of single examples that it took.
    """

    problem: Problem = field(repr=False)
    point: Vector
    cloud: GradientCloud = field(repr=False)
    spreads: tuple[Spread, ...] = field(repr=False)
    replace: bool
    seed: int
    evaluations: int

    @property
    def count(self) -> int:
        """n, how many examples there are."""
        return self.cloud.scale.count

    @property
    def trace(self) -> float:
        """tr Σ, the variance of an example's gradient over all coordinates."""
        return self.cloud.scale.trace

    @property
    def square(self) -> float:
        """‖g‖² without the bias of the noise; below 0 where the noise hides it."""
        return self.cloud.scale.square

    @property
    def scale(self) -> float:
        """B = tr Σ/‖g‖², the simple noise scale, in examples."""
        return self.cloud.scale.scale

    @property
    def standard_error(self) -> float:
        """Of B, by the jackknife; ∞ where the gradient is not told from 0."""
        return self.cloud.scale.scale_error

    @property
    def interval(self) -> tuple[float, float]:
        """A 95 % interval for B; its upper end is ∞ where the gradient is not told from 0."""
        return self.cloud.scale.interval

    def share_of_progress(self, size: int) -> float:
        """1/(1 + B/b): how far a step goes down, of a step with the gradient of endless data."""
        if not size >= 1:
            raise InputError(f"the batch size is {size!r}; expected a number of at least 1")
        if isnan(self.scale):
            return nan
        return 0.0 if self.scale == inf else 1.0 / (1.0 + self.scale / size)

    @cached_property
    def exponent(self) -> tuple[float, float]:
        """k in spread ∝ bᵏ as measured, and its standard error; −½ is foretold.

        Where nothing is drawn twice the measured spread is first divided by √(1 − b/n). NaN where
        fewer than two batch sizes spread at all.
        """
        x, y, weight = [], [], []
        for spread in self.spreads:
            left = 1.0 if self.replace else 1.0 - spread.size / self.count
            # A batch of all the data spreads by rounding alone.
            if left <= 0.0 or spread.measured == 0.0 or spread.error == 0.0:
                continue
            x.append(np.log(spread.size))
            y.append(np.log(spread.measured / sqrt(left)))
            weight.append((spread.measured / spread.error) ** 2)
        if len(x) < 2:
            return np.nan, np.nan
        a, b, w = np.array(x), np.array(y), np.array(weight)
        a = a - np.average(a, weights=w)
        curvature = float(w @ a**2)
        return float(w @ (a * b)) / curvature, 1.0 / sqrt(curvature)

    @property
    def advice(self) -> str:
        """Which batch size is worthwhile here, and why."""
        low, high = self.interval
        if isnan(self.scale):
            return "Every example's gradient is 0 here: there is nothing to average."
        if self.cloud.scaled.trace == 0.0:
            return "All examples have the same gradient here: one is as good as any number of them."
        if not isfinite(high):
            least = (
                f"at least {significant(low, 2)} examples (95 %)"
                if isfinite(low)
                else "beyond what they can tell"
            )
            return (
                f"These {self.count} examples do not tell the gradient from 0: near a minimum it "
                f"is noise that remains. The noise scale is {least}. Any batch here is worth its "
                "size in steps; take a smaller η rather than a larger batch, or average the points."
            )
        if self.scale <= 1.0:
            return (
                f"A single example already points the way: it makes "
                f"{self.share_of_progress(1):.0%} of the progress of a noise-free step. Larger "
                "batches save few steps here."
            )
        near = f"{max(2, round(self.scale)):,}"
        words = (
            f"A batch of {near} makes half the progress of a noise-free step, one of ten times "
            "that 91 %. Far below it a batch of twice the size needs little more than half the "
            "steps, at it three quarters of them; far above it more examples buy little."
        )
        if self.scale >= self.count:
            words += f" All {self.count} examples together are still below it."
        return words + " B holds for this point: it grows as the gradient shrinks."

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        scale, (low, high) = self.cloud.scale, self.interval
        told, none = isfinite(high), isnan(self.scale)
        name = "NOISE SCALE" if told else "NO GRADIENT" if none else "MOSTLY NOISE"
        ends = f"{significant(low, 3)} to {significant(high, 3) if told else '∞'}"
        line = f"B = {significant(self.scale, 3) if isfinite(self.scale) else '∞'} examples"
        error = f", standard error {significant(self.standard_error, 2)}" if told else ""
        rows = [
            ("tr Σ", significant(scale.trace, 4), significant(scale.trace_error, 2),
             "variance of an example's gradient"),
            ("‖g‖²", significant(scale.square, 4), significant(scale.square_error, 2),
             "without the part that is noise"),
            ("B = tr Σ/‖g‖²", _told(self.scale, 4), "–" if none else
             _told(self.standard_error, 2) if told else "∞", "simple noise scale"),
        ]  # fmt: skip
        columns = [
            Column("what"), Column("estimate", numeric=True),
            Column("standard error", numeric=True), Column("", flexible=True, quiet=True),
        ]  # fmt: skip
        return [
            Heading(f"gradient noise of {self.problem.objective.name}"),
            Claim(
                name,
                ("Every example's gradient is 0: B = tr Σ/‖g‖² is 0/0.",)
                if none
                else (f"{line}{error}; 95 % interval {ends}.",),
                "good" if told else "doubtful",
            ),
            grid(columns, rows),
            self._batches(),
            Note("next", self.advice),
            Note(
                "assumes",
                "the share of progress takes the curvature to be alike in all directions, and the "
                "examples to be independent draws from what is to be learnt.",
                "quiet",
            ),
            *self._notes(),
        ]

    def _batches(self) -> Any:
        columns = [
            Column("batch"), Column("spread", numeric=True), Column("±", numeric=True),
            Column("predicted", numeric=True), Column("share of progress", numeric=True),
        ]  # fmt: skip
        rows = [
            (
                str(spread.size), significant(spread.measured, 4), significant(spread.error, 2),
                significant(spread.predicted, 4), _percent(self.share_of_progress(spread.size)),
            )
            for spread in self.spreads
        ]  # fmt: skip
        return grid(columns, rows, title="batches drawn")

    def _notes(self) -> list[Note]:
        notes: list[Note] = []
        power, error = self.exponent
        if np.isfinite(power):
            words = f"spread ∝ b^{power:.3f} ± {error:.3f} as measured; −0.5 is foretold"
            if not self.replace:
                words += ", with √(1 − b/n) for what is not drawn twice"
            notes.append(Note("spread", words + ".", "quiet"))
        notes.append(
            Note(
                "cloud",
                f"the plane of the picture holds {self.cloud.share:.0%} of tr Σ"
                + (
                    f"; its second axis was found from {self.cloud.rows} of {self.count} examples."
                    if self.cloud.rows < self.count
                    else "."
                ),
                "quiet",
            )
        )
        drawn = len(self.spreads[0].squares)
        notes.append(
            Note(
                "cost",
                f"{self.evaluations:,} gradients of single examples; {drawn} batches of each size, "
                f"seed {self.seed}",
                "quiet",
            )
        )
        return notes

    def plot(self, path: Any = None) -> Any:
        """The gradient cloud, and the spread against batch size (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        inner = [spread for spread in self.spreads if spread.size > 1] or list(self.spreads)
        drawn = [inner[len(inner) // 2]]
        # A batch of all the data spreads by rounding alone and has no place on a logarithmic axis.
        spreading = [spread for spread in self.spreads if spread.predicted > 0.0]
        figure = plot_noise(
            self.cloud.points,
            [(f"a batch of {spread.size}", spread.points) for spread in drawn],
            float(np.linalg.norm(self.cloud.gradient)),
            [float(spread.size) for spread in spreading],
            [spread.measured for spread in spreading],
            [spread.error for spread in spreading],
            [spread.predicted for spread in spreading],
            title=f"gradient noise of {self.problem.objective.name}",
        )
        if path is not None:
            figure.savefig(path)
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings; what is not finite is None."""
        scale = self.cloud.scale
        return {
            "function": self.problem.objective.name,
            "coordinates": list(self.problem.structure.paths),
            "point": self.point.tolist(),
            "value": self.cloud.value,
            "gradient": self.cloud.gradient.tolist(),
            "examples": self.count,
            "trace": _plain(scale.trace),
            "trace_error": _plain(scale.trace_error),
            "square": _plain(scale.square),
            "square_error": _plain(scale.square_error),
            "noise_scale": _plain(scale.scale),
            "noise_scale_error": _plain(scale.scale_error),
            "noise_scale_interval": [_plain(end) for end in scale.interval],
            "exponent": [_plain(number) for number in self.exponent],
            "replace": self.replace,
            "seed": self.seed,
            "axes": self.cloud.axes.tolist(),
            "share": self.cloud.share,
            "cloud": self.cloud.points.tolist(),
            "batches": [
                {
                    "size": spread.size,
                    "spread": spread.measured,
                    "error": spread.error,
                    "predicted": spread.predicted,
                    "share_of_progress": _plain(self.share_of_progress(spread.size)),
                    "cloud": spread.points.tolist(),
                }
                for spread in self.spreads
            ],
            "advice": self.advice,
            "gradients": self.evaluations,
        }


def _told(number: float, digits: int) -> str:
    if isnan(number):
        return "–"
    return significant(number, digits) if isfinite(number) else "∞"


def _percent(share: float) -> str:
    return "–" if isnan(share) else f"{share:.0%}"


def _plain(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
