"""The answer of learning_rate: limits, forecasts, and the regime in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from math import inf, isfinite

import numpy as np

from surefoot.descent import Rule
from surefoot.descent.stability import MODES, contraction
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.solve.approached import Approached
from surefoot.solve.batches import Batches
from surefoot.solve.curvatures import Curvatures
from surefoot.solve.rate_noise import RateNoise
from surefoot.terms import InputError

GROWTH = 1e6
"""A walk has diverged when it is this many times further from the minimum than it began."""
CRAWL = 0.99
"""A mode that keeps more than this of its distance takes hundreds of steps a digit."""
MOST = 200_000
"""Steps after which a forecast of divergence is given up."""


class Regime(Enum):
    """What a learning rate does, near the minimum."""

    CRAWLS = "crawls: each step keeps more than 99 % of the distance along the flattest direction"
    STEADY = "steady: every direction shrinks, and none changes sides"
    OSCILLATES = "overshoots and returns: the steepest direction changes sides at each step"
    AT_THE_LIMIT = "at the limit: the steepest direction neither shrinks nor grows"
    BEYOND = (
        "beyond the limit: near the minimum the steepest direction grows; on a quadratic that is "
        "divergence, on a function whose curvature falls further out it may hover"
    )
    NOISE_GROWS = (
        "shrinks every direction on average, but is beyond the limit in mean square: the noise of "
        "the minibatches grows"
    )
    NO_LIMIT = "no curvature was found that sets a limit"


@dataclass(frozen=True, eq=False)
class LearningRate(Report):
    """What is known of a rule's learning rate at a point.

    Attributes:
        rule, parameters: the rule and its numbers.
        lr: the learning rate that was asked about; None: the suggestion.
        problem: what is minimised.
        start: (n,) the point asked about. point: (n,) where the curvatures were taken.
        curvatures: the spectrum there.
        local: the largest η of a halving ladder that goes down from `start` by half of what the
            slope promises.
        end: the minimum approached; None for rules that are judged at the point itself.
        origin: where the preconditioner is from; "" without one.
        gap: how far the value at `start` is above that at `point`.
        batches: the minibatches, if any.
        noise: what they do; None without them, where no minimum was reached, and for rules and
            sizes that have no such theory.
    """

    rule: Rule
    parameters: Mapping[str, float]
    lr: float | None
    problem: Problem = field(repr=False)
    start: Vector
    point: Vector
    curvatures: Curvatures
    local: float
    end: Approached | None
    origin: str
    gap: float = 0.0
    batches: Batches | None = field(default=None, repr=False)
    noise: RateNoise | None = field(default=None, repr=False)

    @property
    def curvature(self) -> float:
        """λ, the top one."""
        return self.curvatures.top

    @property
    def condition(self) -> float | None:
        """κ = λ/μ where the whole spectrum is known."""
        return self.curvatures.condition

    @property
    def cost(self) -> str:
        """What it took."""
        words = f"{self.curvatures.products} Hessian-vector products"
        if self.end is not None:
            words += f", {self.end.evaluations} evaluations on the way to the minimum"
        return words

    @cached_property
    def limit(self) -> float:
        """The η below which every mode shrinks; ∞ where no curvature is positive."""
        top = self.curvature
        return MODES[self.rule.name].limit(top, self.parameters) if top > 0.0 else inf

    @property
    def suggestion(self) -> float:
        """A learning rate to begin with; `reason` says why."""
        return 0.5 * self._noisy_limit if isfinite(self.limit) else self.local

    @property
    def _noisy_limit(self) -> float:
        """The limit, in mean square where the noise of minibatches lowers it."""
        lowered = self.noise.limit if self.noise is not None else None
        return self.limit if lowered is None else min(lowered, self.limit)

    @property
    def reason(self) -> str:
        """Why the suggestion."""
        if not isfinite(self.limit):
            return (
                "no direction curves upwards here, so nothing limits the rate; the suggestion is "
                "the largest step of a ladder that measurably goes down from this point"
            )
        where = self._where
        if self._noisy_limit < self.limit:
            return (
                f"half the limit in mean square {significant(self._noisy_limit)}: a batch's own "
                f"curvature changes from step to step, and the noise then grows before η reaches "
                f"the limit {significant(self.limit)} of the whole data"
            )
        return (
            f"half the limit {significant(self.limit)}, which the top curvature "
            f"{significant(self.curvature)} {where} sets: room for what the quadratic leaves out"
        )

    @property
    def _where(self) -> str:
        if self.rule.name == "newton":
            return "of H⁻¹H"
        if self.origin:
            return f"of P^(−½)HP^(−½), P {self.origin},"
        if self.end is not None and self.end.is_minimum:
            return "at the minimum that small steps from here end in"
        return "at this point, since no minimum was reached from it,"

    def _rate(self, lr: float | None) -> float:
        lr = self.lr if lr is None else lr
        lr = self.suggestion if lr is None else lr
        if not lr > 0.0 or not isfinite(lr):
            raise InputError(f"lr is {lr!r}; expected a number above 0")
        return lr

    def contraction(self, lr: float | None = None) -> float | None:
        """The factor a step of the slowest mode (or of the one that grows fastest) in the long run.

        None where the flattest curvature is not known.
        """
        eta = self._rate(lr)
        positive = self.curvatures.values[self.curvatures.values > 0.0]
        if eta < self.limit and self.curvatures.lowest_positive is None:
            return None
        if positive.size == 0:
            return None
        low = self.curvatures.lowest_positive
        ends = [self.curvature] if low is None else positive[positive >= low]
        return contraction(self.rule.name, eta, ends, self.parameters)

    def regime_of(self, lr: float | None = None) -> Regime:
        """What this learning rate does near the minimum."""
        eta = self._rate(lr)
        if not isfinite(self.limit):
            return Regime.NO_LIMIT
        if abs(eta / self.limit - 1.0) <= 1e-9:
            return Regime.AT_THE_LIMIT
        if eta > self.limit:
            return Regime.BEYOND
        if eta >= self._noisy_limit:
            return Regime.NOISE_GROWS
        matrix = MODES[self.rule.name].matrix(eta, self.curvature, self.parameters)
        values = np.linalg.eigvals(matrix)
        if values[np.argmax(np.abs(values))].real < 0.0:
            return Regime.OSCILLATES
        factor = self.contraction(eta)
        return Regime.CRAWLS if factor is not None and factor > CRAWL else Regime.STEADY

    @property
    def regime(self) -> Regime:
        """The regime of the learning rate that was asked about, or of the suggestion."""
        return self.regime_of(None)

    def divergence_step(self, lr: float | None = None) -> int | None:
        """The first step k with ‖xₖ − x*‖ > 10⁶ ‖x₀ − x*‖ on the quadratic at x*; None: never.

        None too for rules whose P changes with every step: theirs is no forecast.
        """
        eta = self._rate(lr)
        if self.origin or self.end is None or not eta > self.limit:
            return None
        away = self.start - self.point
        parts = self.curvatures.vectors @ away
        distance = float(np.linalg.norm(away))
        if distance == 0.0:
            return None
        # A part that the start lacks comes in with the rounding of the first steps.
        parts = np.maximum(np.abs(parts) / distance, 2.0**-52)
        modes = MODES[self.rule.name]
        return _first_beyond([
            (modes.matrix(eta, float(curvature), self.parameters), float(part))
            for curvature, part in zip(self.curvatures.values, parts, strict=True)
            if curvature > 0.0 and eta > modes.limit(float(curvature), self.parameters)
        ])

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        eta = self._rate(None)
        blocks: list[Block] = [
            Heading(f"learning rate of {self.rule.label} for {self.problem.objective.name}")
        ]
        regime = self.regime
        tone = {
            Regime.BEYOND: "bad", Regime.NOISE_GROWS: "bad", Regime.STEADY: "good",
            Regime.OSCILLATES: "good",
        }  # fmt: skip
        blocks.append(
            Claim(
                regime.name.replace("_", " "),
                (f"η = {significant(eta)} {regime.value}.",),
                tone.get(regime, "doubtful"),
            )
        )
        rows = [(words, significant(number), why) for words, number, why in self._numbers(eta)]
        blocks.append(
            grid([Column("what"), Column("value", numeric=True), Column("why")], rows)
        )
        blocks += self._noise_notes(eta)
        blocks.append(Note("suggest", f"η = {significant(self.suggestion)}: {self.reason}."))
        if self.origin and self.rule.name != "newton":
            blocks.append(
                Note(
                    "note",
                    f"{self.rule.label} divides by a P that changes with every step: this is a "
                    "reading of its present state, no forecast of divergence.",
                    "quiet",
                )
            )
        blocks.append(Note("cost", self.cost, "quiet"))
        return blocks

    def _noise_notes(self, eta: float) -> list[Note]:
        if self.batches is None:
            return []
        if self.noise is not None and isfinite(self.limit) and eta < self.limit:
            return [Note("noise", self.noise.words(eta, self.gap))]
        if self.noise is not None:
            return []
        why = "no minimum was reached from here"
        if self.end is None:
            why = f"{self.rule.label} divides by a P that the noise changes as well"
        elif self.end.is_minimum:
            why = "there are too many coordinates for the covariance of the gradients"
        return [Note("noise", f"What the minibatches do at the end is not known: {why}.", "quiet")]

    def _numbers(self, eta: float) -> list[tuple[str, float, str]]:
        found = [
            ("limit", self.limit, f"stable below: {self._where.rstrip(',')}"),
            ("top curvature λ", self.curvature, ""),
            ("this step goes down", self.local, "largest η of a halving ladder, measured"),
        ]
        if self.condition is not None:
            found.append(("condition κ", self.condition, "largest over smallest curvature"))
        if self.noise is not None:
            found += self._noise_numbers(self.noise, eta)
        factor = self.contraction(eta)
        if factor is not None:
            words = "growth" if factor > 1.0 else "contraction"
            found.append((f"{words} a step", factor, f"at η = {significant(eta)}, in the long run"))
        step = self.divergence_step(eta)
        if step is not None:
            words = "10⁶ times further out, on the quadratic"
            found.append(("diverges at step", float(step), words))
        return found


    def _noise_numbers(self, noise: RateNoise, eta: float) -> list[tuple[str, float, str]]:
        found: list[tuple[str, float, str]] = []
        if noise.limit is not None:
            found.append(("limit in mean square", noise.limit, "the noise grows above it"))
        floor = noise.floor(eta) if eta < self.limit else inf
        if isfinite(floor):
            words = f"how far above the minimum the mean loss stays at η = {significant(eta)}"
            found.append(("noise floor", floor, words))
        if noise.best_first is not None:
            words = "lowers the expected loss most, from the start"
            if noise.best_without is not None:
                words += f"; {significant(noise.best_without)} without noise"
            found.append(("best first step", noise.best_first, words))
        return found


def _first_beyond(modes: Sequence[tuple[Vector, float]]) -> int | None:
    """The first step at which modes that begin as (c, 0) together exceed GROWTH."""
    if not modes:
        return None
    size = modes[0][0].shape[0]
    matrices = np.array([matrix for matrix, _ in modes])
    states = np.zeros((len(modes), size))
    states[:, 0] = [part for _, part in modes]
    for k in range(1, MOST + 1):
        states = np.einsum("kij,kj->ki", matrices, states)
        if np.linalg.norm(states[:, 0]) > GROWTH:
            return k
    return None
