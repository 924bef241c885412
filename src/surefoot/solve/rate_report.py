"""The answer of learning_rate in words and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.solve.near_minimum import Rise
from surefoot.solve.rate_noise import RateNoise
from surefoot.solve.rate_theory import RateTheory
from surefoot.solve.regime import Regime
from surefoot.solve.trial import Outcome, Trial
from surefoot.solve.where import where_words
from surefoot.terms import PointKind, Verdict

GOOD = (Regime.STEADY, Regime.OSCILLATES, Regime.FLATTENS)
BAD = (
    Regime.BEYOND, Regime.DIVERGES, Regime.LEAVES, Regime.NOISE_GROWS, Regime.CLIMBS,
    Regime.TO_A_SADDLE, Regime.STANDS_STILL,
)  # fmt: skip
SAFER = "`minimize` has a safeguarded Newton's method"


@dataclass(frozen=True, eq=False)
class LearningRate(RateTheory, Report):
    """What is known of a rule's learning rate at a point; `RateTheory` names its parts."""

    @property
    def cost(self) -> str:
        """What it took."""
        tried = 0 if self.trial is None else self.trial.products
        count = self.curvatures.products + tried
        words = f"{count} Hessian-vector product" + "s" * (count != 1)
        if self.end is not None and self.end.evaluations:
            steps = "whole Newton steps to where they end" if self._newton else (
                "evaluations on the way down"
            )  # fmt: skip
            words += f", {self.end.evaluations} {steps}"
        walked = 0 if self.trial is None or self._tries_the_suggestion else self.trial.steps
        walked += 0 if self.advice is None else self.advice.steps
        return words + (f", {walked} steps on trial" if walked else "")

    @property
    def _tries_the_suggestion(self) -> bool:
        return self.lr is None and self.advice is not None

    @property
    def reason(self) -> str:
        """Why the suggestion, or why there is none."""
        return self._theory if self.advice is None else self.advice.reason(self._theory)

    @property
    def _theory(self) -> str:
        """Why theory suggests it."""
        if self.steep and not self._newton:
            return (
                "the curvature at the minimum is infinite, so no constant rate settles there: the "
                "walk ends hopping about it, the nearer the smaller η is. Begin with this and let "
                "it sink (lr=lambda k: η/√(k + 1)), or use `minimize`"
            )
        if self.corner:
            return (
                "no constant rate settles at a corner: the walk ends hopping about it by η times "
                "the slope. Begin with this and let it sink (lr=lambda k: η/√(k + 1)), or use "
                "`minimize`"
            )
        if self.half_corner:
            return (
                "it gains half of what the slope promises here. At the corner below the slope does "
                "not shrink on this side, and beyond it does: a walk may settle there, or hop to "
                "and fro; a trial of an η (lr=) tells"
            )
        if self.suggestion is None:
            return self._refusal()
        limited = isfinite(self.limit)
        if 0.0 < self.local < self.half:
            shorter = f"; at half the limit {significant(self.limit)} it gains less than that"
            return (
                "the longest first step of a ladder that gains at least half of what the slope "
                f"promises{shorter if limited else ''}"
            )
        if self.endless:
            return "it goes down at first; there is no minimum for it to settle in"
        if not limited:
            why = (
                "the minimum is flatter than a parabola" if self.flat
                else "no direction curves upwards here" if isfinite(self.curvature)
                else "the curvatures here are no finite numbers"
            )  # fmt: skip
            moved = (
                "at this start no rate moves the point" if self.standing is not None
                else "this moves the point by its own size"
            )  # fmt: skip
            return f"{why}, so nothing limits the rate; {moved}"
        if self._noisy_limit < self.limit:
            return (
                f"half the limit in mean square {significant(self._noisy_limit)}: a batch's own "
                f"curvature changes from step to step, and the noise then grows before η reaches "
                f"the limit {significant(self.limit)} of the whole data"
            )
        if self._newton:
            return "whole steps, half the limit 2"
        return (
            f"half the limit {significant(self.limit)}, which the top curvature "
            f"{significant(self.curvature)} {self._where} sets: room for what the quadratic "
            "leaves out"
        )

    def _refusal(self) -> str:
        if self.doubt:
            return (
                "the derivative given is not that of the values, so no step along it can be relied "
                "upon; mend the derivative first (`limit_check` shows where it is off)"
            )
        if self.standing is not None:
            return f"this point is {_called(self.standing)}, and no η moves it; start elsewhere"
        if not self.local > 0.0:
            return (
                "the direction H⁺g of the first step does not go down from here, whatever η is "
                f"(f does not curve upwards along it); {SAFER}"
            )
        kind = "" if self.end is None else _called(self.end.verdict)
        return f"Newton's steps from here end at {kind}, not at a minimum; {SAFER}"

    @property
    def _where(self) -> str:
        if self._newton:
            return "of H⁻¹H"
        if self.origin:
            return f"of P^(−½)HP^(−½), P {self.origin},"
        if self.end is not None and self.end.is_minimum:
            return "at the minimum that small steps from here end in"
        if self.end is not None and self.end.turns:
            return f"at {_called(self.end.verdict)} that small steps from here end in"
        return "at this point, since no minimum was reached from it,"

    @property
    def _limits(self) -> str:
        """What the limit is a limit of."""
        where = self._where.rstrip(",")
        if self._newton:
            return "stable below, about any point without slope where H is regular"
        if self.origin:
            return f"of the modes {where}, frozen: no forecast"
        if self._foretells:
            return f"stable below: {where}"
        return f"of the directions that curve upwards {where}"

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        eta = self._rate(None)
        regime = self.regime
        rises = self.trial is not None and self.trial.outcome is Outcome.CLIMBS
        tone = "bad" if regime in BAD or rises else "good" if regime in GOOD else "doubtful"
        words = "Any η" if self.stands else f"η = {significant(eta)}"
        blocks: list[Block] = [
            Heading(f"learning rate of {self.rule.label} for {self.problem.objective.name}"),
            Claim(regime.name.replace("_", " "), (f"{words} {regime.value}.",), tone),
        ]
        rows = [(words, significant(number), why) for words, number, why in self._numbers(eta)]
        if rows:
            columns = [Column("what"), Column("value", numeric=True), Column("why")]
            blocks.append(grid(columns, rows))
        if self.doubt:
            blocks.append(Note("slope", self.doubt, "bad"))
        blocks += self._noise_notes(eta)
        blocks += self._ground_notes()
        chosen = self.suggestion
        told = "no η" if chosen is None else f"η = {significant(chosen)}"
        blocks.append(Note("suggest", f"{told}: {self.reason}."))
        if self.origin and not self._newton:
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

    def _ground_notes(self) -> list[Note]:
        """What the start is, or the end, where that is no plain minimum."""
        if self.standing is not None:
            at = where_words(self.problem, self.start, self.value)
            words = f"{_called(self.standing)}: {at}. The slope is zero there, so no step moves it."
            return [Note("start", words[0].upper() + words[1:])]
        if self.rise is Rise.SIDED:
            words = (
                "The curvature at the minimum is another one on each side. The limit is that of "
                "the steepest; which sides a walk meets is not foretold."
            )
            return [Note("end", words)]
        if self.slackens and isfinite(self.limit):
            words = (
                "f rises from the minimum along a direction that does not curve there. Every η "
                "slows down along it more and more (sublinear), and κ is infinite."
            )
            return [Note("end", words)]
        if self.end is None or self.end.is_minimum or self.corner:
            return []
        if self.endless:
            words = (
                "f is a quadratic that falls without end along a direction that curves down: with "
                "every η the walk runs away."
            )
            return [Note("end", words, "bad")]
        if not self.end.turns:
            words = (
                "No minimum was reached from here, so nothing is said of the long run: the "
                "numbers are of this point only."
            )
            return [Note("end", words)]
        at = where_words(self.problem, self.end.point, self.value - self.gap)
        way = "Newton's steps" if self._newton else "Small steps"
        aside = "" if self._newton else ". A start a little to the side of this one avoids it"
        words = f"{way} from here end at {_called(self.end.verdict)}: {at}{aside}."
        return [Note("end", words, "bad")]

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
        if self.stands:
            low, top = float(self.curvatures.values[0]), self.curvature
            rows = [("lowest curvature", low, "at this point"), ("highest curvature", top, "")]
            return rows if self.curvatures.complete and not self.origin else []
        limited = 0.0 < self.limit < inf
        if limited:
            found.append(("limit", self.limit, self._limits))
        if limited and not self._newton:
            found.append(("top curvature λ", self.curvature, ""))
        if isfinite(self.local) and self.local > 0.0:
            words = "largest η of a ladder that gains half of what the slope promises"
            found.append(("this step goes down", self.local, words))
        if limited and self._foretells and self.condition is not None and not self._newton:
            found.append(("condition κ", self.condition, "largest over smallest curvature"))
        if self.noise is not None:
            found += self._noise_numbers(self.noise, eta)
        factor = self.contraction(eta)
        if factor is not None:
            words = "growth" if factor > 1.0 else "contraction"
            # It is a fact about the quadratic there, and not about the way to it.
            near = "as long as it is close to the minimum"
            why = f"at η = {significant(eta)}, {near if factor > 1.0 else 'close to the minimum'}"
            if self.end is not None and not self.end.is_minimum:
                why = f"at η = {significant(eta)}, of the direction that curves down"
                if self._newton:
                    why = f"at η = {significant(eta)}, towards {_called(self.end.verdict)}"
            found.append((f"{words} a step", factor, why))
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
            words = "lowers the expected loss most, on the quadratic at the start"
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
            "start_is": None if self.standing is None else self.standing.kind.name,
            "end_is": None if self.end is None else self.end.verdict.kind.name,
            "local": self.local,
            "curvature": self.curvature,
            "condition": self.condition,
            "regime": self.regime.name,
            "regime_meaning": self.regime.value,
            "contraction": self.contraction(),
            "divergence_step": self.divergence_step(),
            "trial": None if self.trial is None else self.trial.outcome.name,
            "long_run": self.regime.long_run.name,
            "doubt": self.doubt,
            "cost": self.cost,
        }


def _called(verdict: Verdict) -> str:
    """A point in a sentence: "a saddle point"."""
    if verdict.kind is PointKind.UNKNOWN:
        return "a point that could not be judged"
    return f"a {verdict.kind.name.lower().replace('_', ' ')}"
