"""What is known of a rule's learning rate at a point: limit, forecasts, regime."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite

import numpy as np

from surefoot.descent import Rule
from surefoot.descent.stability import MODES, contraction, first_step_beyond
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.solve.advice import Advice
from surefoot.solve.approached import MAXIMA, MINIMA, Approached
from surefoot.solve.batches import Batches
from surefoot.solve.curvatures import Curvatures
from surefoot.solve.near_minimum import Rise
from surefoot.solve.rate_noise import RateNoise
from surefoot.solve.regime import SHOWN, Regime
from surefoot.solve.trial import Outcome, Trial
from surefoot.terms import InputError, PointKind, Verdict

GROWTH = 1e6
"""A walk has diverged when it is this many times further from the minimum than it began."""
CRAWL = 0.99
"""A mode that keeps more than this of its distance takes hundreds of steps a digit."""
UNSEEN = 2.0**-40
"""Of the distance: a smaller part of it is rounding."""
LEVEL = 1e-12
"""Of the largest curvature in size: a smaller one is 0."""


@dataclass(frozen=True, eq=False)
class RateTheory:
    """What curvatures, a judged end and a trial say of a learning rate.

    Attributes:
        rule, parameters: the rule and its numbers.
        lr: the learning rate that was asked about; None: the suggestion.
        problem: what is minimised.
        start: (n,) the point asked about. point: (n,) where the curvatures were taken.
        curvatures: the spectrum there.
        local: the largest η of a ladder (powers of 2, and half the limit) whose first step goes
            down from `start` by half of what the slope promises, as do those below it; ∞ where all
            of them do, 0 where none does.
        own: the η whose first step is as long as `start` is far from 0 (at least 1).
        rise: how the value rises about the minimum: as its curvature says, or otherwise.
        end: where small steps end, of Newton's method its own; None for rules that are judged at
            the point itself.
        origin: where the preconditioner is from; "" without one.
        trial: what `lr` did in a walk on a copy; None where none was made.
        standing: what `start` is where its slope is zero to its rounding; else None.
        value: f at `start`. gap: how far that is above the value at `point`.
        batches: the minibatches, if any.
        advice: what walks on trial made of the suggestion; None where none was made.
        doubt: what is wrong with the slopes that the derivative rules give; "" where nothing is.
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
    rise: Rise
    end: Approached | None
    origin: str
    trial: Trial | None = None
    standing: Verdict | None = None
    value: float = 0.0
    gap: float = 0.0
    batches: Batches | None = field(default=None, repr=False)
    noise: RateNoise | None = field(default=None, repr=False)
    advice: Advice | None = field(default=None, repr=False)
    doubt: str = ""

    @property
    def curvature(self) -> float:
        """λ, the top one."""
        return self.curvatures.top

    @property
    def condition(self) -> float | None:
        """κ = λ/μ where the whole spectrum is known and every direction curves, or is level."""
        return None if self.slackens else self.curvatures.condition

    @property
    def slackens(self) -> bool:
        """Whether f rises from the minimum along a way that does not curve, as x⁴ + y² along x."""
        end = self.end
        if end is None or not end.is_minimum or end.quadratic or not self.curvatures.complete:
            return False
        if end.corner or end.half_corner:
            return False
        sizes = np.abs(self.curvatures.values)
        level = end.verdict.kind is PointKind.FLAT_MINIMUM
        return not level and bool(np.any(sizes <= LEVEL * np.max(sizes, initial=0.0)))

    @property
    def flat(self) -> bool:
        """Whether the minimum is flatter than a parabola."""
        return self.rise is Rise.FLATTER

    @property
    def steep(self) -> bool:
        """Whether the curvature at the minimum is infinite."""
        return self.rise is Rise.STEEPER

    @property
    def corner(self) -> bool:
        """Whether small steps from here end at a corner."""
        return self.end is not None and self.end.corner

    @property
    def half_corner(self) -> bool:
        """Whether small steps from here end at a corner beyond which the slope sinks to 0."""
        return self.end is not None and self.end.half_corner

    @property
    def stands(self) -> bool:
        """Whether no step leads away from `start`, which is not known to be a minimum."""
        return self.standing is not None and self.standing.kind not in MINIMA

    @property
    def _newton(self) -> bool:
        return self.rule.name == "newton"

    @property
    def _foretells(self) -> bool:
        """Whether the curvatures are those of a minimum, so that they say how a walk closes in."""
        frozen = MODES[self.rule.name].preconditioned and not self._newton
        plain = self.rise is Rise.PARABOLA
        return not frozen and self.end is not None and self.end.is_minimum and plain

    @property
    def endless(self) -> bool:
        """Whether f is proved to be a quadratic that falls without end, along a curvature < 0."""
        end = self.end
        if end is None or not end.quadratic or end.is_minimum or end.turns or self.doubt:
            return False
        if self._newton:
            return False
        return self._bends_down

    @property
    def _bends_down(self) -> bool:
        values = self.curvatures.values
        return bool(values[0] < -LEVEL * float(np.max(np.abs(values))))

    @cached_property
    def limit(self) -> float:
        """The η below which every direction that curves upwards shrinks.

        0 at a corner and where the curvature is infinite, where no constant rate settles; ∞ where
        no curvature sets a limit, as at a corner that a walk may settle beyond.
        """
        if self.corner or (self.steep and not self._newton):
            return 0.0
        if self.half_corner:
            return inf
        top = self.curvature
        bends = top > 0.0 and (self._newton or not self.flat)
        return MODES[self.rule.name].limit(top, self.parameters) if bends else inf

    @property
    def half(self) -> float:
        """Half the limit, in mean square where minibatches lower it; `own` without a limit."""
        return 0.5 * self._noisy_limit if 0.0 < self.limit < inf else self.own

    @property
    def suggestion(self) -> float | None:
        """A learning rate to begin with; `reason` says why. None where no η is any good.

        That is a start from which no step leads, a Newton step that goes up or to a saddle, and a
        function whose derivative is not its own.
        """
        if self.advice is not None:
            return self.advice.settles or self.advice.first
        if self.stands or self.doubt:
            return None
        if self._newton and (not self.local > 0.0 or (self.end is not None and self.end.turns)):
            return None
        return min(self.half, self.local) if self.local > 0.0 else self.half

    @property
    def _noisy_limit(self) -> float:
        """The limit, in mean square where the noise of minibatches lowers it."""
        lowered = self.noise.limit if self.noise is not None else None
        return self.limit if lowered is None else min(lowered, self.limit)

    def _rate(self, lr: float | None) -> float:
        lr = self.lr if lr is None else lr
        lr = self.suggestion if lr is None else lr
        lr = self.half if lr is None else lr
        if not lr > 0.0 or not isfinite(lr):
            raise InputError(f"lr is {lr!r}; expected a number above 0")
        return lr

    def contraction(self, lr: float | None = None) -> float | None:
        """The factor a step of the slowest mode (or of the one that grows fastest) in the long run.

        At a saddle, and of a quadratic that falls without end, it is the growth of the direction
        that curves down, which a walk follows once it has a part in it. None where the flattest
        curvature is not known, where no such point was reached, and for rules whose P changes.
        """
        eta = self._rate(lr)
        if self._newton:
            known = self.end is not None and (self.end.is_minimum or self.end.turns)
            known = known and not self.flat and not self.steep and not self.stands
            return contraction("newton", eta, 1.0, self.parameters) if known else None
        if self.limit == 0.0 or self.origin or self.half_corner:
            return None
        values = self.curvatures.values
        if self.endless or (self.end is not None and self.end.turns and self._bends_down):
            size = float(np.max(np.abs(values)))
            return contraction(
                self.rule.name, eta, values[np.abs(values) > LEVEL * size], self.parameters
            )
        if not self._foretells or (self.slackens and eta < self.limit):
            return None
        positive = values[values > 0.0]
        low = self.curvatures.lowest_positive
        if (eta < self.limit and low is None) or positive.size == 0:
            return None
        ends = [self.curvature] if low is None else positive[positive >= low]
        return contraction(self.rule.name, eta, ends, self.parameters)

    def regime_of(self, lr: float | None = None) -> Regime:
        """What this learning rate does, from the judged end and the curvatures there alone."""
        eta = self._rate(lr)
        if self.stands:
            return Regime.STANDS_STILL
        if self.corner:
            return Regime.HOPS
        if self.half_corner:
            return Regime.NOT_FORETOLD
        if self.limit == 0.0:
            return Regime.STEEPENS
        if self.endless:
            return Regime.DIVERGES
        if self.end is not None and self.end.turns and not eta > self.limit:
            climbs = self.end.verdict.kind in MAXIMA or self.gap < 0.0
            return Regime.CLIMBS if climbs else Regime.TO_A_SADDLE
        if not isfinite(self.limit):
            return Regime.NO_LIMIT
        if self.origin and not self._newton:
            return Regime.NOT_FORETOLD
        if eta > self.limit * (1.0 + 1e-9):
            if not (self.end is not None and self.end.quadratic and self.end.is_minimum):
                return Regime.BEYOND
            return Regime.UNTOUCHED if self.lacks_growing(eta) else Regime.DIVERGES
        return self._closing_in(eta) if self._foretells else Regime.NOT_FORETOLD

    def _closing_in(self, eta: float) -> Regime:
        """Near a minimum, at no more than the limit."""
        if abs(eta / self.limit - 1.0) <= 1e-9:
            return Regime.AT_THE_LIMIT
        if eta >= self._noisy_limit:
            return Regime.NOISE_GROWS
        if self._changes_sides(eta):
            return Regime.OSCILLATES
        factor = self.contraction(eta)
        return Regime.CRAWLS if factor is not None and factor > CRAWL else Regime.STEADY

    def lacks_growing(self, eta: float) -> bool:
        """Whether the start has no part, but for rounding, in any direction that grows at η."""
        away = self.start - self.point
        limit = MODES[self.rule.name].limit
        grows = [
            value > 0.0 and eta > limit(float(value), self.parameters)
            for value in self.curvatures.values
        ]
        parts = np.abs(self.curvatures.vectors[grows] @ away)
        return bool(np.all(parts <= UNSEEN * np.linalg.norm(away))) and any(grows)

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
        if self.trial is None or foretold is Regime.STANDS_STILL or self.endless:
            return foretold
        if foretold is Regime.AT_THE_LIMIT and self.trial.ended is None:
            return foretold  # on a quadratic, to which a trial of rounding has nothing to add
        outcome, hops = self.trial.outcome, foretold in (Regime.HOPS, Regime.STEEPENS)
        if foretold is Regime.UNTOUCHED and outcome is not Outcome.DIVERGES:
            return foretold
        if outcome in (Outcome.SETTLES, Outcome.CLIMBS) and foretold is Regime.BEYOND:
            return Regime.FLATTENS
        if outcome is Outcome.SETTLES and (hops or foretold is Regime.NOT_FORETOLD):
            return Regime.GOES_DOWN
        if outcome is Outcome.TO_AND_FRO and self._swings_in(self.trial):
            return foretold
        if hops and outcome in (Outcome.HOVERS, Outcome.TO_AND_FRO, Outcome.UNCLEAR):
            return foretold
        if outcome is Outcome.UNCLEAR and foretold is not Regime.BEYOND:
            return Regime.NOT_FORETOLD
        return SHOWN.get(outcome, foretold)

    def _swings_in(self, trial: Trial) -> bool:
        """Whether a walk to and fro loses its swings as fast as the curvatures at the end foretell.

        Near the limit it takes thousands of steps to see them die out.
        """
        factor = self.contraction()
        if factor is None or not factor < 1.0:
            return False
        return trial.kept <= 0.5 * (1.0 + factor**trial.quarter)

    def divergence_step(self, lr: float | None = None) -> int | None:
        """The first step k with ‖xₖ − x*‖ > 10⁶ ‖x₀ − x*‖ on the quadratic at x*; None: never.

        None too for rules whose P changes with every step, and where no minimum was reached: theirs
        is no forecast. Nor is there one from a start without a part in what grows (UNTOUCHED).
        """
        eta = self._rate(lr)
        if self.origin or not self._foretells or not eta > self.limit > 0.0:
            return None
        away = self.start - self.point
        parts = self.curvatures.vectors @ away
        distance = float(np.linalg.norm(away))
        if distance == 0.0 or self.lacks_growing(eta):
            return None
        # Of several that grow the start may lack some; rounding brings them in.
        parts = np.maximum(np.abs(parts) / distance, 2.0**-52)
        positive = self.curvatures.values > 0.0
        return first_step_beyond(
            self.rule.name, eta, self.curvatures.values[positive], self.parameters, GROWTH,
            parts[positive],
        )  # fmt: skip
