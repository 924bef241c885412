"""What a search of a whole box found: points, each proved, and what is not decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from surefoot.facts.precision import unlike_real
from surefoot.formulas import Formula
from surefoot.program import Program, Vector
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.terms import Box, Confidence, FormulaError, PointKind

HAND_SECONDS = 2.0
"""How long SymPy may look for solutions by hand, in seconds of processor time."""
HAND_VARIABLES = 3

ROWS = 30
MOST_SOLVED = 3
"""So many of them are named in one box."""


@dataclass(frozen=True)
class Unresolved(Box):
    """A part of the box about which nothing is decided.

    Attributes:
        why: the reason, as a sentence.
        level: whether every point of it is one of those that are looked for.
        unseen: whether the budget was spent before it was looked at.
    """

    why: str = ""
    level: bool = False
    unseen: bool = False


@dataclass(frozen=True, eq=False)
class ProvedPoint:
    """A point that exists, is the only one of its kind near by, and lies in its enclosure.

    Attributes:
        x: the float64 point nearest to it, in the structure of the argument.
        value: f there, or None for a zero of a field.
        kind: what it is; UNKNOWN where the sign of the Hessian is not shown, and for fields.
        eigenvalues: (n,) of the Hessian at x, in float64.
        enclosure: bounds of every coordinate.
        confidence: PROVED where Arb agrees, else SUPPORTED; `why` says what stood in the way.
        on_the_edge: whether it may lie on a face of the box, or a rounding outside of it.
    """

    x: Any
    value: float | None
    kind: PointKind
    eigenvalues: Vector
    enclosure: Box
    confidence: Confidence
    on_the_edge: bool
    why: str = ""


@dataclass(frozen=True, eq=False)
class ProvedPoints(Report):
    """All of them, the lowest first, and what is not decided.

    Attributes:
        points: the points. unresolved: what is not decided, with reasons.
        complete: whether nothing is left: every stationary point in the box is in the list.
        program: the function. box: where was looked. interrupted: whether Ctrl-C ended it.
        formula: the formula, where it was given as one.
        boxes, seconds: what it took.
    """

    points: tuple[ProvedPoint, ...]
    unresolved: tuple[Unresolved, ...]
    program: Program = field(repr=False)
    box: Box = field(repr=False)
    formula: Formula | None = field(default=None, repr=False)
    what: str = "stationary points"
    interrupted: bool = False
    boxes: int = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every one in the box is listed, and proved by both arithmetics."""
        return not self.unresolved and not self.rounded and all(
            point.confidence is Confidence.PROVED for point in self.points
        )

    @cached_property
    def rounded(self) -> str:
        """What the function uses that the real one, which is proved of, does not; or ""."""
        ends = (self.program.structure.ravel(side, "box") for side in
                (self.box.lower, self.box.upper))  # fmt: skip
        return unlike_real(self.program, *ends)

    @cached_property
    def by_hand(self) -> Mapping[int, str]:
        """Number of a point → its coordinates as SymPy writes them, for formulas that it solves.

        Looked for when it is first asked for, `HAND_SECONDS` long.
        """
        found = {k: self._solved_in(point.enclosure) for k, point in enumerate(self.points)}
        return {k: texts[-1] for k, texts in found.items() if texts}

    @cached_property
    def _solved(self) -> Sequence[tuple[Vector, str]]:
        """What SymPy finds by hand: the place in numbers, and in its own words."""
        formula = self.formula
        if formula is None or self.what != "stationary points":
            return ()
        if len(formula.variables) > HAND_VARIABLES or not (self.points or self.unresolved):
            return ()
        from surefoot.formulas.symbolic import derive

        try:
            solutions = derive(formula, seconds=HAND_SECONDS).solutions
        except FormulaError:
            return ()
        return [
            (
                np.array([each.values[name] for name in formula.variables]),
                ", ".join(f"{k} = {v}" for k, v in each.point.items()),
            )
            for each in solutions
            if not any(text.startswith("≈") for text in each.point.values())
        ]  # fmt: skip

    def _solved_in(self, part: Box) -> list[str]:
        """Those of a box."""
        low, high = (self.program.structure.ravel(side, "x") for side in (part.lower, part.upper))
        return [
            text
            for x, text in self._solved
            if bool(np.all(np.abs(x - np.clip(x, low, high)) <= 1e-12 * np.maximum(1.0, np.abs(x))))
        ]

    def __iter__(self) -> Iterator[ProvedPoint]:
        """The points, the lowest first."""
        return iter(self.points)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.points)

    def __getitem__(self, place: int) -> ProvedPoint:
        """One of them."""
        return self.points[place]

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the list."""
        state = "complete" if self.complete else f"{len(self.unresolved)} boxes unresolved"
        state = "not proved" if self.rounded else state
        return f"<{len(self.points)} {self.what} of {self.program.name}, {state}>"

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        count = len(self.points)
        blocks: list[Block] = [Heading(f"{self.what} of {self.program.name} in a box")]
        one = self.what[:-1] if count == 1 else self.what
        if self.complete:
            edge = sum(point.on_the_edge for point in self.points)
            doubt = f", {edge} of which may lie a rounding outside of its face" if edge else ""
            lines = (f"The box holds exactly {count} {one}{doubt}.", "Proved: nothing is missing.")
            blocks.append(Claim("COMPLETE", lines, "good"))
        else:
            blocks.append(Claim("NOT COMPLETE", tuple(self._left()), "doubtful"))
        if self.rounded:
            blocks.append(
                Note("rounding", f"The function uses {self.rounded}. What is found is true of the "
                     "function without that rounding.", "bad")
            )  # fmt: skip
        if self.interrupted:
            blocks.append(Note("ended", "You interrupted the search; what was found stands."))
        if count:
            blocks.append(self._table())
        if self.by_hand:
            rows = [(str(number + 1), text) for number, text in self.by_hand.items()]
            columns = [Column("", numeric=True), Column("", flexible=True)]
            # SymPy gives a few of endlessly many, or those that have a closed form.
            part = "" if len(rows) == count else f": {len(rows)} of the {count} points, not all"
            title = f"by hand, as SymPy solves it{part}"
            blocks.append(grid(columns, rows, title=title, limit=ROWS))
        if self.unresolved:
            blocks.append(self._open())
        if any(point.on_the_edge for point in self.points):
            names = ", ".join(str(k + 1) for k, p in enumerate(self.points) if p.on_the_edge)
            words = "on a face of the box, or within a rounding of it."
            blocks.append(Note("edge", f"Number {names}: {words}"))
        if self.what == "stationary points":
            blocks.append(
                Note("boundary", "Points where the slope is zero are listed. On a face of the box "
                     "the value may be lowest with a slope that leads out; such points are not.",
                     "quiet")
            )  # fmt: skip
        counted = f"{self.boxes:,} box" + "es" * (self.boxes != 1)
        blocks.append(
            Note("effort", f"{counted} · {significant(self.seconds, 3)} s", "quiet")
        )
        return blocks

    def _left(self) -> Iterator[str]:
        """What is known, and what is not, in sentences."""
        count = len(self.points)
        one = self.what[:-1] if count == 1 else self.what
        level = sum(box.level for box in self.unresolved)
        left = len(self.unresolved) - level
        yield f"{count} {one} found{'' if self.unresolved else ', of which not all are proved'}."
        if level:
            where = "a box" if level == 1 else f"{level} boxes"
            yield f"Every point of {where} below is one."
        if left:
            other = "other " * (level > 0)
            where = f"the {other}box" if left == 1 else f"the {left} {other}boxes"
            yield f"More may lie in {where} below."
        unseen = sum(box.unseen for box in self.unresolved)
        if unseen:
            where = "a part" if unseen == 1 else f"{unseen:,} parts"
            yield f"The budget was spent before {where} of the box had been looked at."

    def _table(self) -> Block:
        paths = self.program.structure.paths
        shown = paths[:6]
        valued = self.points[0].value is not None
        columns = [Column("", numeric=True), *(Column(path, numeric=True) for path in shown)]
        if valued:
            columns += [Column("value", numeric=True), Column("what it is", whole=True)]
        columns += [Column("known", whole=True), Column("within", numeric=True)]
        rows: list[tuple[str, ...]] = []
        for number, point in enumerate(self.points[:ROWS], 1):
            flat = self.program.structure.ravel(point.x, "x")
            width = np.max(
                self.program.structure.ravel(point.enclosure.upper, "x")
                - self.program.structure.ravel(point.enclosure.lower, "x")
            )
            row = [str(number), *(significant(float(x), 10) for x in flat[: len(shown)])]
            if valued and point.value is not None:
                row += [significant(point.value, 8), point.kind.name.lower().replace("_", " ")]
            row += [point.confidence.name.lower(), f"{width:.1e}"]
            rows.append(tuple(row))
        return grid(columns, rows, of=len(self.points))

    def _open(self) -> Block:
        paths = self.program.structure.paths
        rows: list[tuple[str, ...]] = []
        # What was not looked at is the largest part of what is left, and stands first.
        for box in sorted(self.unresolved, key=lambda box: not box.unseen)[:ROWS]:
            low = self.program.structure.ravel(box.lower, "box")
            high = self.program.structure.ravel(box.upper, "box")
            where = ", ".join(
                f"{path} {significant(float(a), 6)} … {significant(float(b), 6)}"
                for path, a, b in zip(paths[:4], low, high, strict=False)
            )
            # A large box that nobody has looked at holds whatever it holds.
            solved = [] if box.unseen else self._solved_in(box)
            told = f"; by hand SymPy finds {'; '.join(solved[:MOST_SOLVED])} there"
            rows.append((where, box.why + told * bool(solved)))
        columns = [Column("where", flexible=True), Column("why", flexible=True, quiet=True)]
        more: list[tuple[str, ...]] = [("", "")] * (len(self.unresolved) - len(rows))
        return grid(columns, rows + more, title="unresolved", limit=ROWS)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        structure = self.program.structure

        def flat(tree: Any) -> list[float]:
            return structure.ravel(tree, "x").tolist()

        return {
            "function": self.program.name,
            "coordinates": list(structure.paths),
            "complete": self.complete,
            "interrupted": self.interrupted,
            "points": [
                {
                    "x": flat(p.x), "value": p.value, "kind": p.kind.name,
                    "eigenvalues": p.eigenvalues.tolist(), "confidence": p.confidence.name,
                    "lower": flat(p.enclosure.lower), "upper": flat(p.enclosure.upper),
                    "on_the_edge": p.on_the_edge, "why": p.why,
                    "by_hand": self.by_hand.get(number, ""),
                }
                for number, p in enumerate(self.points)
            ],
            "unresolved": [
                {
                    "lower": flat(b.lower), "upper": flat(b.upper), "why": b.why,
                    "level": b.level, "by_hand": [] if b.unseen else self._solved_in(b),
                }
                for b in self.unresolved
            ],
            "boxes": self.boxes,
            "seconds": self.seconds,
        }  # fmt: skip
