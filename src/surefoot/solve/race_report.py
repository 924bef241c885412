"""The answer of race: who got there, in how many steps, at what cost, and who did not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import Any

import numpy as np

from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import (
    Block,
    Claim,
    Column,
    Heading,
    Note,
    Report,
    duration,
    frame,
    grid,
    plot_race,
    significant,
)
from surefoot.solve.race_outcome import MEASURES, ROUNDING, Racer, require_measure
from surefoot.solve.racers import Rates
from surefoot.terms import InputError

MOST_ROWS = 40
MOST_NAMED = 8
MOST_FIRST = 3


@dataclass(frozen=True, eq=False, repr=False)
class Race(Report):
    """A race of step rules; `ranking` says who is first by steps, evaluations or seconds.

    Attributes:
        problem: what is minimised.
        racers: a rule with its rate each; with "best η each" the best of every rule.
        starts: (s, n) flat.
        accuracy: the part of the height f(x₀) − f* that may be left.
        best: f*. source: where it is from, in words. is_minimum: whether it was given, or the judge
            calls it a minimum: else it is the lowest value met, and nobody can be said to be there.
        steps: how many each walk had.
        rates: whose learning rates were raced.
        interrupted: whether Ctrl-C ended it.
        timings: seconds by kind.
        chosen: whether the start, or the first of them, was chosen, since none was given.
    """

    problem: Problem = field(repr=False)
    racers: tuple[Racer, ...]
    starts: Vector
    accuracy: float
    best: float
    source: str
    steps: int
    rates: Rates
    interrupted: bool = False
    timings: dict[str, float] = field(default_factory=dict[str, float], repr=False)
    is_minimum: bool = True
    chosen: bool = False

    def __len__(self) -> int:
        return len(self.racers)

    def __getitem__(self, label: str) -> Racer:
        """The best racer of a label."""
        found = [racer for racer in self.ranking() if racer.label == label]
        if not found:
            labels = list(dict.fromkeys(racer.label for racer in self.racers))
            near = get_close_matches(str(label), labels, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(labels)}"
            raise InputError(f"nobody called {label!r} was in the race{hint}")
        return found[0]

    def ranking(self, by: str = "steps") -> tuple[Racer, ...]:
        """Who is first: by "steps", "evaluations" or "seconds", the median over the starts.

        Those that do not get there from more than half of the starts come last, by how often they
        do, then by how far they are.
        """
        require_measure(by)
        return tuple(sorted(self.racers, key=lambda racer: racer.order(by)))

    @property
    def winner(self) -> Racer | None:
        """The first by steps; None where nobody got there from more than half of the starts."""
        first = self.ranking()[0]
        return first if first.median() < inf else None

    # ── showing ────────────────────────────────────────────────────────────────────────────────

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the whole."""
        first = self.winner
        won = "nobody got there" if first is None else f"{self._called(first)} is first"
        return f"<Race: {len(self.racers)} racers × {len(self.starts)} starts, {won}>"

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        blocks: list[Block] = [
            Heading(f"race on {self.problem.objective.name}, {self.rates.value}"),
            self._claim(),
            self._table(),
            Note("from", self._from(), "quiet"),
        ]
        for by, words in (("evaluations", "by cost"), ("seconds", "by time")):
            told = self._ranked(by)
            if told:
                blocks.append(Note(words, told))
        blocks.append(Note("there", self._there(), "quiet"))
        blocks += [Note("note", words, "quiet") for words in self._edges()]
        if self.interrupted:
            blocks.append(Note("warning", "You interrupted the race; this is what was run.", "bad"))
        return blocks

    def _claim(self) -> Claim:
        first = self.winner
        if first is None:
            count = sum(racer.diverged for racer in self.racers)
            walks = sum(len(racer.outcomes) for racer in self.racers)
            more = f" {count} of {walks} walks could not go on." if count else ""
            where = "" if len(self.starts) == 1 else " from more than half of its starts"
            words = f"got there in {self.steps} steps{where}{self._nearest()}.{more}"
            if not self.is_minimum:
                words = (
                    "arrived: no minimum was found, so there is nowhere to arrive. The order is "
                    f"that of the heights after {self.steps} steps, and may be another one after "
                    f"more.{more}"
                )
            return Claim("NOBODY", (words,), "doubtful")
        steps = first.median()
        where = "" if len(self.starts) == 1 else f" (median of {len(self.starts)} starts)"
        equals = [racer for racer in self.racers if racer.median() == steps]
        named = [self._called(racer, racer.label.upper()) for racer in equals[:MOST_FIRST]]
        if len(equals) > MOST_FIRST:
            named.append(f"{len(equals) - MOST_FIRST} MORE")
        verb = "is first" if len(equals) == 1 else "are first together"
        words = f"{verb}, in {significant(steps)} step{'s' * (steps != 1)}{where}."
        return Claim(" AND ".join(named), (words,), "good")

    def _nearest(self) -> str:
        """How far the best one is from being there, as a part of the height of the start."""
        nearest = min(self.racers, key=lambda racer: racer.gap)
        if not self.accuracy < nearest.gap < inf:
            return ""  # it was there and left again, or is there from some of the starts
        return (
            f": {self._called(nearest)}, the nearest, has {significant(nearest.gap, 2)} of the "
            f"height left, and no more than {significant(self.accuracy)} may be"
        )

    def _called(self, racer: Racer, label: str = "") -> str:
        label = label or racer.label
        alone = sum(other.label == racer.label for other in self.racers) == 1
        return label if alone or racer.eta is None else (
            f"{label} η={significant(racer.eta, 3)}"
        )  # fmt: skip

    def _table(self) -> Any:
        one = len(self.starts) == 1
        columns = [
            Column(""), Column("rule", whole=True), Column("η", numeric=True),
            Column("" if one else "there", numeric=True), Column("steps", numeric=True),
            Column("cost", numeric=True), Column("time", whole=True),
            Column("left", numeric=True), Column("", flexible=True),
        ]  # fmt: skip
        rows: list[tuple[str, ...]] = []
        finished = sorted(racer.median() for racer in self.racers)
        for racer in self.ranking():
            steps, costs, seconds = (racer.median(by) for by in MEASURES)
            there, place = steps < inf, 1 + finished.index(steps)  # equals share a place
            rows.append((
                str(place) if there else "–", racer.label,
                "" if racer.eta is None else significant(racer.eta, 3),
                "" if one else f"{racer.reached}/{len(racer.outcomes)}",
                significant(steps) if there else "–", significant(costs) if there else "–",
                duration(seconds) if there else "–", significant(racer.gap, 2), racer.note,
            ))  # fmt: skip
        return grid(columns, rows, limit=MOST_ROWS)

    def _ranked(self, by: str) -> str:
        there = [racer for racer in self.ranking(by) if racer.median(by) < inf]
        if len(there) < 2:
            return ""
        shown = [self._called(racer) for racer in there[:MOST_NAMED]]
        return ", ".join(shown) + (", …" if len(there) > MOST_NAMED else "") + "."

    def _from(self) -> str:
        """Where the race began."""
        count, size = self.starts.shape
        pairs = zip(self.problem.structure.paths[:MOST_NAMED], self.starts[0], strict=False)
        place = ", ".join(f"{path} = {significant(float(x))}" for path, x in pairs)
        place += ", …" if size > MOST_NAMED else ""
        words = place if count == 1 else f"{count} starts, the first {place}"
        return f"{words} (no start was given)" if self.chosen else words

    def _there(self) -> str:
        if not self.is_minimum:
            return (
                f"nowhere: {significant(self.best, 8)} is {self.source}. Left is the part of the "
                "way down from the start to it. With best= a walk can be there without a minimum."
            )
        heights = [o.values[0] - self.best for o in self.racers[0].outcomes if len(o.values)]
        rounded = ""
        if any(self.accuracy * height < ROUNDING * abs(self.best) for height in heights):
            rounded = " (or of the rounding of f*, where that is more)"
        met = min(float(o.values.min()) for racer in self.racers for o in racer.outcomes)
        lower = ""
        if met < self.best - ROUNDING * abs(self.best):
            lower = f", though a walk went down to {significant(met, 8)}: it is not the lowest"
        return (
            f"from where on f(x) − f* stays within {significant(self.accuracy)} of f(x₀) − f*"
            f"{rounded}; f* = {significant(self.best, 8)}, {self.source}{lower}. Left is that part "
            "at the end. Cost counts values, gradients and Hessian-vector products; time is the "
            "share that a walk has of its rule's batch."
        )

    def _edges(self) -> list[str]:
        found = [racer for racer in self.racers if racer.edge]
        if not found:
            return []
        told = ", ".join(f"{racer.label} ({racer.edge})" for racer in found)
        return [f"At an end of the rates that were tried, so better ones may lie beyond: {told}."]

    def plot(self, path: Any = None) -> Any:
        """The height left over the steps, the median over the starts (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        curves = [(self._called(racer), self._heights(racer)) for racer in self.ranking()]
        figure = plot_race(
            curves[:MOST_NAMED], self.accuracy, several=len(self.starts) > 1,
            title=f"race on {self.problem.objective.name}",
        )  # fmt: skip
        if path is not None:
            figure.savefig(path)
        return figure

    def _heights(self, racer: Racer) -> Vector:
        """(k,) the median over the walks that are still under way of the part that is left."""
        longest = max(len(outcome.values) for outcome in racer.outcomes)
        rows = np.full((len(racer.outcomes), longest), np.nan)
        for row, outcome in zip(rows, racer.outcomes, strict=True):
            height = outcome.values[0] - self.best
            row[: len(outcome.values)] = (outcome.values - self.best) / (height or 1.0)
        return np.nanmedian(rows, axis=0)

    def to_frame(self) -> Any:
        """One row for each walk, as a pandas DataFrame (needs pandas)."""
        rows = [(racer, outcome) for racer in self.racers for outcome in racer.outcomes]
        return frame({
            "label": [racer.label for racer, _ in rows],
            "rule": [racer.rule for racer, _ in rows],
            "eta": [racer.eta for racer, _ in rows],
            "start": [outcome.start for _, outcome in rows],
            "steps": [outcome.steps for _, outcome in rows],
            "evaluations": [outcome.evaluations for _, outcome in rows],
            "seconds": [outcome.seconds for _, outcome in rows],
            "ended": [outcome.ended for _, outcome in rows],
            "status": [None if o.status is None else o.status.name for _, o in rows],
            "value": [outcome.value for _, outcome in rows],
            "gap": [outcome.gap for _, outcome in rows],
        })

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        return {
            "function": self.problem.objective.name,
            "coordinates": list(self.problem.structure.paths),
            "starts": self.starts.tolist(),
            "accuracy": self.accuracy,
            "best": self.best,
            "best_is": self.source,
            "best_is_minimum": self.is_minimum,
            "steps": self.steps,
            "rates": self.rates.value,
            "interrupted": self.interrupted,
            "ranking": {by: [self._called(r) for r in self.ranking(by)] for by in MEASURES},
            "racers": [_racer_dict(racer) for racer in self.ranking()],
            "timings": dict(self.timings),
        }


def _racer_dict(racer: Racer) -> dict[str, Any]:
    medians = {by: racer.median(by) for by in MEASURES}
    return {
        "label": racer.label,
        "rule": racer.rule,
        "equation": racer.equation,
        "eta": racer.eta,
        "tried": racer.tried,
        "edge": racer.edge,
        "reached": racer.reached,
        "diverged": racer.diverged,
        "median": {by: None if cost == inf else cost for by, cost in medians.items()},
        "gap": racer.gap,
        "walks": [
            {
                "start": outcome.start,
                "steps": outcome.steps,
                "evaluations": outcome.evaluations,
                "seconds": outcome.seconds,
                "ended": outcome.ended,
                "status": None if outcome.status is None else outcome.status.name,
                "value": outcome.value,
                "gap": outcome.gap,
                "x": outcome.x.tolist(),
            }
            for outcome in racer.outcomes
        ],
    }
