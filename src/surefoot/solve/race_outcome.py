"""What became of each walk of a race, and of each racer over its walks."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import Any

import numpy as np

from surefoot.program import Vector
from surefoot.terms import InputError, Status

MEASURES = ("steps", "evaluations", "seconds")
ROUNDING = 8.0 * 2.0**-52
"""Of |f*|: no walk can be asked to come nearer."""
LATELY = 20
"""Values at the end of a walk that tell what it is doing."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one walk.

    Attributes:
        start: the number of its start.
        steps: the first step from which on the walk stays within the accuracy; None where it does
            not get there, or leaves again.
        evaluations: values, gradients and Hessian-vector products that it took to get there.
        seconds: the steps times the share of the batch's time that one step of one walk has.
        ended: the step at which it could not go on; None where all steps were taken.
        status: DIVERGED or NOT_A_NUMBER where it ended.
        value: f at the last good point. gap: how much of the height f(x₀) − f* is left there.
        x: (n,) the last good point, flat.
        values: (k,) f(xₖ) of all good points.
        visiting: whether it is within the accuracy at its end, and was for as long before it left
            again: from that it cannot be told to stay.
    """

    start: int
    steps: int | None
    evaluations: int | None
    seconds: float | None
    ended: int | None
    status: Status | None
    value: float
    gap: float
    x: Vector = field(repr=False)
    values: Vector = field(repr=False)
    visiting: bool = False

    @property
    def words(self) -> str:
        """What became of it."""
        if self.ended is not None:
            verb = "diverged" if self.status is Status.DIVERGED else "left the domain"
            return f"{verb} at step {self.ended}"
        if self.steps is not None:
            return f"there at step {self.steps}"
        return f"{self._lately}, near enough by its last step" if self.visiting else self._lately

    @property
    def _lately(self) -> str:
        """What the values of a walk that is not there did in its last steps."""
        last = self.values[-LATELY:]
        moves, unit = np.diff(last), ROUNDING * float(np.max(np.abs(last), initial=0.0))
        falls, rises = bool((moves < -unit).any()), bool((moves > unit).any())
        if self.gap == 0.0 and not rises:
            return ""
        if falls and rises:
            return "goes up and down"
        if rises:
            return "goes up"
        return "still on its way down" if falls else "no longer gets lower"


@dataclass(frozen=True, eq=False)
class Racer:
    """A rule with one learning rate, from all starts.

    Attributes:
        label: its name in the race. rule: the rule's. equation: one step, as text.
        eta: the learning rate; None where the rule has no single one.
        outcomes: one for each start.
        step_seconds: of one step of one walk, as a share of the batch that it ran in.
        tried: how many rates this one was chosen from.
        edge: "smallest" or "largest" where it is at an end of those that were tried.
    """

    label: str
    rule: str
    equation: str
    eta: float | None
    outcomes: tuple[Outcome, ...] = field(repr=False)
    step_seconds: float
    tried: int = 1
    edge: str = ""

    @property
    def reached(self) -> int:
        """How many walks got there."""
        return sum(outcome.steps is not None for outcome in self.outcomes)

    @property
    def diverged(self) -> int:
        """How many walks ended because they could not go on."""
        return sum(outcome.ended is not None for outcome in self.outcomes)

    def median(self, by: str = "steps") -> float:
        """The median over the starts of a measure; a walk that does not get there counts as ∞."""
        require_measure(by)
        costs = [getattr(outcome, by) for outcome in self.outcomes]
        return float(np.median([inf if cost is None else float(cost) for cost in costs]))

    @property
    def gap(self) -> float:
        """The median over the starts of the part of the height that is left at the end."""
        return float(np.median([outcome.gap for outcome in self.outcomes]))

    def order(self, by: str) -> tuple[float, int, float]:
        """Smaller is better: the measure, then who got there more often, then who is lower."""
        return self.median(by), -self.reached, self.gap

    @property
    def note(self) -> str:
        """What went wrong, with its step."""
        ended = [outcome for outcome in self.outcomes if outcome.ended is not None]
        if not ended:
            if self.median() < inf:
                return ""
            words = [outcome.words for outcome in self.outcomes if outcome.steps is None]
            return max(words, key=words.count)
        first = min(ended, key=lambda outcome: outcome.ended or 0)
        if len(self.outcomes) == 1:
            return first.words
        kinds = {outcome.status for outcome in ended}
        verb = "diverged" if kinds == {Status.DIVERGED} else "left the domain"
        verb = verb if len(kinds) == 1 else "ended early"
        return f"{len(ended)} {verb} (step {first.ended} on)"


def require_measure(by: Any) -> None:
    """Refuse what is no measure of a race.

    Raises:
        InputError: with the names of those that are.
    """
    if by not in MEASURES:
        near = get_close_matches(str(by), MEASURES, 1, 0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"by is {by!r}; expected {', '.join(map(repr, MEASURES))}{hint}")
