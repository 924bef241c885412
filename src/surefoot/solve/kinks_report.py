"""What `kinks` answers with: the places where a function is not smooth, and what is not decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import isfinite
from typing import Any

from surefoot.program import Program
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.terms import Box, Confidence

ROWS = 40


class KinkKind(Enum):
    """In which way a function is not smooth; the value is the sentence."""

    KINK = "The slope changes at once."
    JUMP = "The value jumps."
    FLAT_STEP = (
        "The value jumps, and this step has zero gradient almost everywhere: descent cannot see it."
    )
    VERTICAL = "The slope is infinite."
    DOMAIN_END = "The function ends here, or has no finite value."
    ONE_POINT = "The value at this one point is another than all around it."
    AD_WRONG = "The function is smooth here, but AD's number is not its slope."


class Smoothness(Enum):
    """Whether a function has a continuous slope all over a box; the value is the sentence."""

    SMOOTH = "The function has a continuous slope all over the box."
    NOT_SMOOTH = "The function is not smooth at the places below."
    UNKNOWN = "No corner and no jump was found, and some places are not decided."


@dataclass(frozen=True, eq=False)
class Kink:
    """A place where a function is not smooth, or where AD's slope is wrong.

    Attributes:
        x: the float64 point nearest to it, in the structure of the argument; where there are
            several variables one point of many.
        kind: in which way it is not smooth.
        step: the step that is to blame, e.g. "abs".
        where: the user's place, e.g. "loss.py:3". source: what stands there.
        left, right: the slopes to both sides, of a function of several variables along
            `direction`; NaN where there is none.
        jump: the value to the right less that to the left (the one in between for ONE_POINT).
        ad: the slope that AD gives, along `direction`.
        subgradient: whether AD's number lies between the slopes; None where there are none.
        confidence: PROVED where intervals show it, else SUPPORTED, from difference quotients or
            because the place is known to rounding only.
        enclosure: it lies in here. direction: None for one variable.
        elements: how many elements of the step may switch somewhere in the box.
        on_the_edge: whether it lies on a face of the box.
        flat: whether the step has zero gradient almost everywhere.
        also: other steps that switch at the same place, e.g. ("abs, loss.py:3",).
    """

    x: Any
    kind: KinkKind
    step: str
    where: str
    source: str
    left: float
    right: float
    jump: float
    ad: float
    subgradient: bool | None
    confidence: Confidence
    enclosure: Box
    direction: Any
    elements: int
    on_the_edge: bool
    flat: bool
    also: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line."""
        return f"<{self.kind.name} of {self.step} at x = {self.x} ({self.where})>"

    @property
    def sentence(self) -> str:
        """What it means, with AD's number."""
        words = self.kind.value
        if self.also and self.kind is not KinkKind.AD_WRONG:
            who = "Another step switches" if len(self.also) == 1 else "Other steps switch"
            words += f" {who} at the same place: {'; '.join(self.also)}."
        if self.flat and self.kind is not KinkKind.FLAT_STEP:
            words += " The step has zero gradient almost everywhere: descent cannot see it."
        if self.kind is KinkKind.AD_WRONG:
            return f"{words} AD gives {_shown(self.ad)}, the slope is {_shown(self.right)}."
        if self.subgradient is False:
            return f"{words} AD's {_shown(self.ad)} does not lie between the slopes."
        return words


@dataclass(frozen=True)
class Undecided(Box):
    """A part of the box about which nothing is decided.

    Attributes:
        step, where: the step that may not be smooth there. why: the reason, as a sentence.
    """

    step: str = ""
    where: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False)
class Kinks(Report):
    """The places where a function is not smooth.

    Attributes:
        places: the places, from left to right; for several variables one for each step and kind.
        unresolved: what is not decided, with reasons.
        more: how many further places were seen and not listed.
        smooth: whether the function has a continuous slope all over the box.
        confidence: how that is known.
        zero_gradient: a sentence where f depends on x only through steps that have no slope.
        program: the function. box: where was looked.
    """

    places: tuple[Kink, ...]
    unresolved: tuple[Undecided, ...]
    more: int
    smooth: Smoothness
    confidence: Confidence
    program: Program = field(repr=False)
    box: Box = field(repr=False)
    zero_gradient: str = ""

    def __iter__(self) -> Iterator[Kink]:
        """The places."""
        return iter(self.places)

    def __len__(self) -> int:
        """How many are listed."""
        return len(self.places)

    def __getitem__(self, place: int) -> Kink:
        """One of them."""
        return self.places[place]

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the list."""
        words = self.smooth.name.lower().replace("_", " ")
        return f"<{len(self.places)} places of {self.program.name}: {words}>"

    @property
    def complete(self) -> bool:
        """Whether nothing is left open and every place is in the list."""
        return not self.unresolved and not self.more

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        blocks: list[Block] = [Heading(f"where {self.program.name} is not smooth")]
        tone = {
            Smoothness.SMOOTH: "good", Smoothness.NOT_SMOOTH: "bad", Smoothness.UNKNOWN: "doubtful",
        }[self.smooth]  # fmt: skip
        known = f"{self.confidence.name.capitalize()}{self._compared}."
        lines = (self.smooth.value,) if self.smooth is Smoothness.UNKNOWN else (
            self.smooth.value, known
        )  # fmt: skip
        blocks.append(Claim(self.smooth.name.replace("_", " "), lines, tone))
        if self.zero_gradient:
            blocks.append(Note("no slope", self.zero_gradient, "bad"))
        if self.places:
            blocks.append(self._table())
            if self.places[0].direction is not None:
                blocks.append(Note("along", self._directions(), "quiet"))
            blocks.append(self._lines())
        if self.more:
            least = "At least " if self.unresolved else ""
            blocks.append(
                Note("more", f"{least}{self.more:,} further places are not listed.", "quiet")
            )
        if self.unresolved:
            blocks.append(self._open())
        if any(place.on_the_edge for place in self.places):
            names = ", ".join(str(k + 1) for k, p in enumerate(self.places) if p.on_the_edge)
            blocks.append(Note("edge", f"Number {names}: on a face of the box."))
        return blocks

    @property
    def _compared(self) -> str:
        """How far smoothness was looked at where it is not proved."""
        if self.smooth is not Smoothness.SMOOTH or self.confidence is Confidence.PROVED:
            return ""
        where = " on lines through the box" if self.program.structure.size > 1 else ""
        return (
            f": where a step switches, the values and slopes to both sides agree{where}, to a "
            "billionth of their size; what is smaller is not seen"
        )

    def _table(self) -> Block:
        paths = self.program.structure.paths
        shown, digits = (paths, 10) if len(paths) == 1 else (paths[:3], 6)
        columns = [Column("", numeric=True), *(Column(path, numeric=True) for path in shown)]
        columns += [
            Column("what it is", whole=True), Column("left", numeric=True),
            Column("right", numeric=True), Column("AD", numeric=True),
        ]  # fmt: skip
        jumps = any(isfinite(place.jump) and place.jump != 0.0 for place in self.places)
        columns += [*([Column("jump", numeric=True)] if jumps else []), Column("known")]
        rows: list[tuple[str, ...]] = []
        for number, place in enumerate(self.places, 1):
            flat = self.program.structure.ravel(place.x, "x")[: len(shown)]
            told = (place.left, place.right, place.ad, *((place.jump,) if jumps else ()))
            numbers = _told_apart(told)
            rows.append((
                str(number), *(significant(float(x), digits) for x in flat),
                place.kind.name.lower().replace("_", " "), *numbers,
                place.confidence.name.lower(),
            ))  # fmt: skip
        return grid(columns, rows, limit=ROWS)

    def _directions(self) -> str:
        """In which direction the slopes of each place are told."""
        told: list[str] = []
        for number, place in enumerate(self.places[:ROWS], 1):
            flat = self.program.structure.ravel(place.direction, "direction")
            parts = [significant(float(d), 3) for d in flat[:6]]
            told.append(f"{number}: ({', '.join(parts)}{', …' * (len(flat) > len(parts))})")
        return "; ".join(told)

    def _lines(self) -> Block:
        """Each line of the user's once, with what it does."""
        grouped: dict[tuple[str, str, str], list[int]] = {}
        for number, place in enumerate(self.places, 1):
            key = (f"{place.step}, {place.where}", place.source, place.sentence)
            grouped.setdefault(key, []).append(number)
        rows = [
            (_numbers(numbers), f"{where}: {source}" if source else where, sentence)
            for (where, source, sentence), numbers in grouped.items()
        ]
        columns = [
            Column("", numeric=True), Column("where", flexible=True),
            Column("what it means", flexible=True),
        ]  # fmt: skip
        return grid(columns, rows, title="lines", limit=ROWS)

    def _open(self) -> Block:
        structure = self.program.structure
        rows: list[tuple[str, ...]] = []
        for box in self.unresolved:
            low, high = structure.ravel(box.lower, "box"), structure.ravel(box.upper, "box")
            part = ", ".join(
                f"{path} {significant(float(a), 6)} … {significant(float(b), 6)}"
                for path, a, b in zip(structure.paths[:3], low, high, strict=False)
            )
            rows.append((f"{box.step}, {box.where}", part, box.why))
        columns = [
            Column("step", flexible=True), Column("where", flexible=True),
            Column("why", flexible=True, quiet=True),
        ]  # fmt: skip
        return grid(columns, rows, title="unresolved", limit=ROWS)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        structure = self.program.structure

        def flat(tree: Any) -> list[float]:
            return structure.ravel(tree, "x").tolist()

        return {
            "function": self.program.name, "coordinates": list(structure.paths),
            "smooth": self.smooth.name, "confidence": self.confidence.name,
            "complete": self.complete, "more": self.more, "zero_gradient": self.zero_gradient,
            "places": [
                {
                    "x": flat(p.x), "kind": p.kind.name, "step": p.step, "where": p.where,
                    "also": list(p.also),
                    "source": p.source, "left": p.left, "right": p.right, "jump": p.jump,
                    "ad": p.ad, "subgradient": p.subgradient, "flat": p.flat,
                    "confidence": p.confidence.name, "sentence": p.sentence,
                    "lower": flat(p.enclosure.lower), "upper": flat(p.enclosure.upper),
                    "direction": None if p.direction is None else flat(p.direction),
                    "elements": p.elements, "on_the_edge": p.on_the_edge,
                }
                for p in self.places
            ],
            "unresolved": [
                {
                    "lower": flat(b.lower), "upper": flat(b.upper), "step": b.step,
                    "where": b.where, "why": b.why,
                }
                for b in self.unresolved
            ],
        }  # fmt: skip


def _told_apart(numbers: Sequence[float]) -> Sequence[str]:
    """Numbers to six digits, or to all where the first two would look alike and are not."""
    shown = [significant(v, 6) for v in numbers]
    if shown[0] == shown[1] and numbers[0] != numbers[1]:
        return [significant(v, 17) for v in numbers]
    return shown


def _shown(number: float) -> str:
    return significant(number, 6)


def _numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers, those that follow each other as "1 … 4"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        f"{run[0]} … {run[-1]}" if len(run) > 3 else ", ".join(map(str, run)) for run in runs
    ]
    return ", ".join(parts)
