"""The answer of escapes: how many walks left for a deeper valley, with the share's interval."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from surefoot.descent.wilson import wilson
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.show import (
    Block,
    Claim,
    Column,
    Heading,
    Note,
    Report,
    grid,
    plot_escapes,
    significant,
)


@dataclass(frozen=True)
class SizeCount:
    """What became of the walks of one batch size.

    Attributes:
        size: examples a step. walks: how many there were.
        stayed: ended in the valley of the start. escaped: in one with a lower minimum.
        elsewhere: in another one that is not lower. unsettled: where no minimum was found below.
        diverged: ran away, or left the domain of the loss.
    """

    size: int
    walks: int
    stayed: int
    escaped: int
    elsewhere: int
    unsettled: int
    diverged: int

    @property
    def share(self) -> float:
        """Of all walks, those that escaped."""
        return self.escaped / self.walks

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the chance of an escape."""
        return wilson(self.escaped, self.walks)


@dataclass(frozen=True, eq=False, repr=False)
class Escapes(Report):
    """How often walks leave the valley of their start for a deeper one, by batch size.

    Attributes:
        problem: the loss on all the data.
        start: (p,) flat. home: (p,) the minimum of its valley. home_value: the loss there.
        valleys: the minima that were met, (point, value) each, that of the start first.
        counts: for each batch size.
        without_noise: what the walk with all the data at each step does.
        rule, equation, steps: of the walks.
        examples: how many there are. replace: whether one may come twice in a batch.
        seed: of the first walk.
    """

    problem: Problem = field(repr=False)
    start: Vector
    home: Vector
    home_value: float
    valleys: tuple[tuple[Vector, float], ...]
    counts: tuple[SizeCount, ...]
    without_noise: str
    rule: str
    equation: str
    steps: int
    examples: int
    replace: bool
    seed: int

    @property
    def advice(self) -> str:
        """What the counts say."""
        told = f"Without noise the walk {self.without_noise}"
        if self.without_noise != "stays":
            return f"{told}: it is the length of the steps that carries it out, noise or not."
        if self.home_value == min(value for _, value in self.valleys) and len(self.valleys) > 1:
            return f"{told}. No valley that was met is deeper than that of the start."
        most = max(self.counts, key=lambda count: count.share)
        if most.escaped == 0 and self._all("stayed") < self._all("walks"):
            lost = self._all("diverged")
            more = f"; {lost} ran away: take a smaller η" if lost else ""
            return (
                f"{told}. With it {self._all('stayed')} of {self._all('walks')} do, and none ended "
                f"in a deeper valley{more}."
            )
        if most.escaped == 0:
            high = most.interval[1]
            return f"{told}, and so does every walk with it: escapes are rarer than {high:.1%}."
        return (
            f"{told}; it is the noise that carries walks out, most often with batches of "
            f"{most.size}: {most.escaped} of {most.walks}. A larger η, or more steps, has a like "
            "effect."
        )

    def _all(self, what: str) -> int:
        return sum(int(getattr(count, what)) for count in self.counts)

    def _claim(self) -> Claim:
        escaped, walks, lost = self._all("escaped"), self._all("walks"), self._all("diverged")
        line = f"{escaped} of {walks} walks ended in a deeper valley than that of the start"
        if lost:
            line += f"; {lost} diverged"
        if escaped:
            name = "ESCAPES"
        elif self._all("stayed") == walks:
            name = "STAYS"
        else:
            name = "DIVERGES" if 2 * lost > walks else "NO ESCAPES"
        tone = "bad" if name == "DIVERGES" else "good" if escaped else "doubtful"
        return Claim(name, (f"{line}.",), tone)

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        columns = [
            Column("batch"), Column("walks", numeric=True), Column("escaped", numeric=True),
            Column("share", numeric=True), Column("95 % interval", whole=True),
            Column("stayed", numeric=True), Column("elsewhere", numeric=True),
            Column("diverged", numeric=True),
        ]  # fmt: skip
        rows = [
            (
                str(count.size), str(count.walks), str(count.escaped), f"{count.share:.1%}",
                "{:.1%} to {:.1%}".format(*count.interval), str(count.stayed),
                str(count.elsewhere + count.unsettled), str(count.diverged),
            )
            for count in self.counts
        ]  # fmt: skip
        how = "with" if self.replace else "without"
        lowest = min(value for _, value in self.valleys)
        return [
            Heading(f"escapes from a valley of {self.problem.objective.name}"),
            self._claim(),
            grid(columns, rows),
            Note("next", self.advice),
            Note(
                "valleys",
                f"{len(self.valleys)} were met; the minimum of the start's is "
                f"{significant(self.home_value)}, the lowest {significant(lowest)}.",
                "quiet",
            ),
            Note(
                "walks",
                f"{self.rule}: {self.equation}; {self.steps} steps, batches from {self.examples} "
                f"examples {how} replacement, seeds from {self.seed} on. A walk is where it ends.",
                "quiet",
            ),
        ]

    def plot(self, path: Any = None) -> Any:
        """The share of escapes against batch size (needs matplotlib).

        Args:
            path: where to save the picture; None leaves it to the notebook.

        Returns:
            The matplotlib figure.
        """
        ends = [count.interval for count in self.counts]
        figure = plot_escapes(
            [float(count.size) for count in self.counts],
            [count.share for count in self.counts],
            [low for low, _ in ends],
            [high for _, high in ends],
            title=f"escapes from a valley of {self.problem.objective.name}",
        )
        if path is not None:
            figure.savefig(path)
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        return {
            "function": self.problem.objective.name,
            "coordinates": list(self.problem.structure.paths),
            "start": self.start.tolist(),
            "valleys": [{"point": p.tolist(), "value": float(v)} for p, v in self.valleys],
            "sizes": [
                {
                    "size": count.size,
                    "walks": count.walks,
                    "stayed": count.stayed,
                    "escaped": count.escaped,
                    "elsewhere": count.elsewhere,
                    "unsettled": count.unsettled,
                    "diverged": count.diverged,
                    "share": count.share,
                    "interval": list(count.interval),
                }
                for count in self.counts
            ],
            "without_noise": self.without_noise,
            "rule": self.rule,
            "equation": self.equation,
            "steps": self.steps,
            "examples": self.examples,
            "replace": self.replace,
            "seed": self.seed,
            "advice": self.advice,
        }
