"""The answer of learning_rate: limits, forecasts, and what a learning rate does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite
from typing import Any

import numpy as np

from surefoot.descent import Rule
from surefoot.descent.stability import MODES, contraction, first_step_beyond
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.solve.approached import Approached
from surefoot.solve.batches import Batches
from surefoot.solve.curvatures import Curvatures
from surefoot.solve.rate_noise import RateNoise
from surefoot.solve.regime import SHOWN, Regime
from surefoot.solve.trial import Outcome, Trial
from surefoot.terms import InputError

GROWTH = 1e6
"""A walk has diverged when it is this many times further from the minimum than it began."""
CRAWL = 0.99
"""A mode that keeps more than this of its distance takes hundreds of steps a digit."""



@dataclass(frozen=True, eq=False)
class LearningRate(Report):
    """What is known of a rule's learning rate at a point.

    Attributes:
        rule, parameters: the rule and its numbers.
        lr: the learning rate that was asked about; None: the suggestion.
        problem: what is minimised.
        start: (n,) the point asked about. point: (n,) where the curvatures were taken.
        curvatures: the spectrum there.
        local: the largest η of a halving ladder whose first step goes down from `start` by half of
            what the slope promises.
        own: the η whose first step is as long as `start` is far from 0 (at least 1).
        flat: whether the value rises about the minimum in another way than its curvature says.
        end: the minimum approached; None for rules that are judged at the point itself.
        origin: where the preconditioner is from; "" without one.
        trial: what `lr` did in a walk on a copy; None where none was made.
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
    own: float
    flat: bool
    end: Approached | None
    origin: str
    trial: Trial | None = None
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
        tried = 0 if self.trial is None else self.trial.products
        count = self.curvatures.products + tried
        words = f"{count} Hessian-vector product" + "s" * (count != 1)
        if self.end is not None:
            words += f", {self.end.evaluations} evaluations on the way to the minimum"
        if self.trial is not None:
            words += f", {self.trial.steps} steps on trial"
        return words

    @property
    def corner(self) -> bool:
        """Whether small steps from here end at a corner."""
        return self.end is not None and self.end.corner

    @cached_property
    def limit(self) -> float:
        """The η below which every mode shrinks.

        0 at a corner, where no constant rate settles; ∞ where no curvature sets a limit.
        """
        if self.corner:
            return 0.0
        top = self.curvature
        bends = top > 0.0 and not self.flat
        return MODES[self.rule.name].limit(top, self.parameters) if bends else inf

    @property
    def suggestion(self) -> float:
        """A learning rate to begin with; `reason` says why."""
        if self.rule.name == "newton":
            return 0.5 * self.limit
        half = 0.5 * self._noisy_limit if 0.0 < self.limit < inf else self.own
        return min(half, self.local) if self.local > 0.0 else half

    @property
    def _noisy_limit(self) -> float:
        """The limit, in mean square where the noise of minibatches lowers it."""
        lowered = self.noise.limit if self.noise is not None else None
        return self.limit if lowered is None else min(lowered, self.limit)

    @property
    def reason(self) -> str:
        """Why the suggestion."""
        if self.corner:
            return (
                "no constant rate settles at a corner: the walk ends hopping about it by η times "
                "the slope. Begin with this and let it sink (lr=lambda k: η/√(k + 1)), or use "
                "`minimize`"
            )
        limited = isfinite(self.limit)
        half = 0.5 * self._noisy_limit if limited else self.own
        if self.rule.name != "newton" and 0.0 < self.local < half:
            beyond = (
                f"; half the limit {significant(self.limit)} would be too long a first step"
                if limited else ""
            )  # fmt: skip
            return f"the longest first step of a ladder that measurably goes down{beyond}"
        if not limited:
            why = (
                "the minimum is flatter than a parabola" if self.flat
                else "no direction curves upwards here"
            )  # fmt: skip
            return f"{why}, so nothing limits the rate; this moves the point by its own size"
        if self._noisy_limit < self.limit:
            return (
                f"half the limit in mean square {significant(self._noisy_limit)}: a batch's own "
                f"curvature changes from step to step, and the noise then grows before η reaches "
                f"the limit {significant(self.limit)} of the whole data"
            )
        return (
            f"half the limit {significant(self.limit)}, which the top curvature "
            f"{significant(self.curvature)} {self._where} sets: room for what the quadratic "
            "leaves out"
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
        if self.corner or self.flat:
            return None
        positive = self.curvatures.values[self.curvatures.values > 0.0]
        if eta < self.limit and self.curvatures.lowest_positive is None:
            return None
        if positive.size == 0:
            return None
        low = self.curvatures.lowest_positive
        ends = [self.curvature] if low is None else positive[positive >= low]
        return contraction(self.rule.name, eta, ends, self.parameters)

    def regime_of(self, lr: float | None = None) -> Regime:
        """What this learning rate does near the minimum, from the curvatures there alone."""
        eta = self._rate(lr)
        if self.corner:
            return Regime.HOPS
        if not isfinite(self.limit):
            return Regime.NO_LIMIT
        if abs(eta / self.limit - 1.0) <= 1e-9:
            return Regime.AT_THE_LIMIT
        if eta > self.limit:
            linear = self.end is not None and self.end.quadratic
            return Regime.DIVERGES if linear else Regime.BEYOND
        if eta >= self._noisy_limit:
            return Regime.NOISE_GROWS
        if self._changes_sides(eta):
            return Regime.OSCILLATES
        factor = self.contraction(eta)
        return Regime.CRAWLS if factor is not None and factor > CRAWL else Regime.STEADY

    def _changes_sides(self, eta: float) -> bool:
        """Whether a mode's slowest root is negative or complex: momentum swings through."""
        positive = self.curvatures.values[self.curvatures.values > 0.0]
        for curvature in positive:
            matrix = MODES[self.rule.name].matrix(eta, float(curvature), self.parameters)
            roots = np.linalg.eigvals(matrix)
            slowest = roots[np.argmax(np.abs(roots))]
            if slowest.real < 0.0 or abs(slowest.imag) > 1e-6 * abs(slowest):
                return True
        return False

    @property
    def regime(self) -> Regime:
        """The regime of the learning rate that was asked about, or of the suggestion.

        What a trial has shown goes before what the curvatures say.
        """
        foretold = self.regime_of(None)
        if self.trial is None or foretold is Regime.AT_THE_LIMIT:
            return foretold
        if foretold is Regime.HOPS and self.trial.ended is None:
            return foretold
        shown = SHOWN.get(self.trial.outcome)
        if self.trial.outcome is Outcome.SETTLES and foretold is Regime.BEYOND:
            return Regime.FLATTENS
        return shown or foretold

    def divergence_step(self, lr: float | None = None) -> int | None:
        """The first step k with ‖xₖ − x*‖ > 10⁶ ‖x₀ − x*‖ on the quadratic at x*; None: never.

        None too for rules whose P changes with every step: theirs is no forecast.
        """
        eta = self._rate(lr)
        if self.origin or self.end is None or self.corner or not eta > self.limit:
            return None
        away = self.start - self.point
        parts = self.curvatures.vectors @ away
        distance = float(np.linalg.norm(away))
        if distance == 0.0:
            return None
        # A part that the start lacks comes in with the rounding of the first steps.
        parts = np.maximum(np.abs(parts) / distance, 2.0**-52)
        positive = self.curvatures.values > 0.0
        return first_step_beyond(
            self.rule.name, eta, self.curvatures.values[positive], self.parameters, GROWTH,
            parts[positive],
        )  # fmt: skip

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        eta = self._rate(None)
        blocks: list[Block] = [
            Heading(f"learning rate of {self.rule.label} for {self.problem.objective.name}")
        ]
        regime = self.regime
        bad = (Regime.BEYOND, Regime.DIVERGES, Regime.LEAVES, Regime.NOISE_GROWS)
        good = (Regime.STEADY, Regime.OSCILLATES, Regime.FLATTENS)
        tone = "bad" if regime in bad else "good" if regime in good else "doubtful"
        blocks.append(
            Claim(
                regime.name.replace("_", " "),
                (f"η = {significant(eta)} {regime.value}.",),
                tone,
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

    def _tried(self, trial: Trial) -> tuple[str, float, str]:
        if trial.ended is not None:
            return "trial ended at step", float(trial.ended), trial.outcome.value
        words = f"the value after {trial.steps} steps from this point: {trial.outcome.value}"
        return "value on trial", trial.value, words

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
        found: list[tuple[str, float, str]] = []
        limited = isfinite(self.limit) and not self.corner
        if limited:
            found += [
                ("limit", self.limit, f"stable below: {self._where.rstrip(',')}"),
                ("top curvature λ", self.curvature, ""),
            ]
        if isfinite(self.local):
            words = "largest η of a halving ladder, measured"
            found.append(("this step goes down", self.local, words))
        if limited and self.condition is not None:
            found.append(("condition κ", self.condition, "largest over smallest curvature"))
        if self.noise is not None:
            found += self._noise_numbers(self.noise, eta)
        factor = self.contraction(eta)
        if factor is not None:
            words = "growth" if factor > 1.0 else "contraction"
            found.append((f"{words} a step", factor, f"at η = {significant(eta)}, in the long run"))
        if self.trial is not None:
            found.append(self._tried(self.trial))
        step = None if self.trial is not None else self.divergence_step(eta)
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

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        eta = self._rate(None)
        return {
            "function": self.problem.objective.name,
            "coordinates": list(self.problem.structure.paths),
            "rule": self.rule.name,
            "parameters": dict(self.parameters),
            "lr": eta,
            "point": self.start.tolist(),
            "judged_at": self.point.tolist(),
            "limit": self.limit,
            "suggestion": self.suggestion,
            "reason": self.reason,
            "local": self.local,
            "curvature": self.curvature,
            "condition": self.condition,
            "regime": self.regime.name,
            "regime_meaning": self.regime.value,
            "contraction": self.contraction(),
            "divergence_step": self.divergence_step(),
            "trial": None if self.trial is None else self.trial.outcome.name,
            "cost": self.cost,
        }
