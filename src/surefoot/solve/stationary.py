"""Every stationary point of a function in a box, and every zero of a field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.facts import narrowed
from surefoot.facts.intervals import enclose
from surefoot.facts.krawczyk import Field, GradientField, ProgramField, inertia
from surefoot.facts.second_opinion import Opinion, second_opinion
from surefoot.problem import flat_bounds, require_number, shape_giver, with_data
from surefoot.program import Program, Vector, trace
from surefoot.search import Budget, Left, Zero, Zeros, all_zeros
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, significant
from surefoot.solve.progress import Counting
from surefoot.solve.settings import is_number, is_whole
from surefoot.terms import Box, Confidence, InputError, PointKind, noted_interrupts

ROWS = 30
MOST = 12
"""Variables; of more even one halving each makes too many boxes."""


@dataclass(frozen=True)
class Unresolved(Box):
    """A part of the box about which nothing is decided.

    Attributes:
        why: the reason, as a sentence.
    """

    why: str = ""


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
        boxes, seconds: what it took.
    """

    points: tuple[ProvedPoint, ...]
    unresolved: tuple[Unresolved, ...]
    program: Program = field(repr=False)
    box: Box = field(repr=False)
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
    def rounded(self) -> tuple[str, ...]:
        """Where the function rounds to fewer digits than float64, which intervals do not."""
        return narrowed(self.program)

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
            lines = (f"The box holds exactly {count} {one}.", "Proved: nothing is missing.")
            blocks.append(Claim("COMPLETE", lines, "good"))
        else:
            left = len(self.unresolved)
            where = "box" if left == 1 else f"{left} boxes"
            words = f"{count} {one} found; more may lie in the {where} below."
            if not left:
                words = f"{count} {one} found, of which not all are proved."
            if self.rounded and not left:
                words = f"{count} {one} found of the function without its rounding to few digits."
            blocks.append(Claim("NOT COMPLETE", (words,), "doubtful"))
        if self.rounded:
            blocks.append(Note("rounding", _without(self.rounded)))
        if self.interrupted:
            blocks.append(Note("ended", "You interrupted the search; what was found stands."))
        if count:
            blocks.append(self._table())
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

    def _table(self) -> Block:
        paths = self.program.structure.paths
        shown = paths[:6]
        valued = self.points[0].value is not None
        columns = [Column("", numeric=True), *(Column(path, numeric=True) for path in shown)]
        if valued:
            columns += [Column("value", numeric=True), Column("what it is", whole=True)]
        columns += [Column("known"), Column("within", numeric=True)]
        rows: list[tuple[str, ...]] = []
        for number, point in enumerate(self.points[: ROWS + 1], 1):
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
        return grid(columns, rows, limit=ROWS)

    def _open(self) -> Block:
        paths = self.program.structure.paths
        rows: list[tuple[str, ...]] = []
        for box in self.unresolved[: ROWS + 1]:
            low = self.program.structure.ravel(box.lower, "box")
            high = self.program.structure.ravel(box.upper, "box")
            where = ", ".join(
                f"{path} {significant(float(a), 6)} … {significant(float(b), 6)}"
                for path, a, b in zip(paths[:4], low, high, strict=False)
            )
            rows.append((where, box.why))
        columns = [Column("where", flexible=True), Column("why", flexible=True, quiet=True)]
        return grid(columns, rows, title="unresolved", limit=ROWS)

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
                }
                for p in self.points
            ],
            "unresolved": [
                {"lower": flat(b.lower), "upper": flat(b.upper), "why": b.why}
                for b in self.unresolved
            ],
            "boxes": self.boxes,
            "seconds": self.seconds,
        }  # fmt: skip


@noted_interrupts()
def stationary_points(
    f: Any,
    over: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    boxes: int = 1_000_000,
    seconds: float = 60.0,
    megabytes: float = 1000.0,
    progress: bool | None = None,
) -> ProvedPoints:
    """Every point of a box where the gradient is zero, each proved to exist and to be alone.

    The box is cut until in each part the gradient is shown to have no zero, or exactly one
    (interval Newton method, Krawczyk's test; `surefoot.facts.krawczyk` has the equations). A zero
    is narrowed to the last digits, its Hessian bounded there, and both are shown once more by Arb.
    What stays undecided is listed with the reason: a multiple zero (x⁴ at 0) is never called one.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        over: the box, finite: `sf.Box`, a tuple of two numbers, or a dict name → (lower, upper).
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the box does not tell it.
        boxes, seconds, megabytes: what may be spent; what is left then is unresolved.
        progress: whether to show what is going on; None: on a terminal, after a second.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> [float(point.x["x"]) for point in sf.stationary_points("x^4 - 2x^2", {"x": (-2, 2)})]
        [-1.0, 1.0, 0.0]
    """
    program, lower, upper = _asked(f, over, data, example)
    require_number(program)
    budget = _budget(boxes, seconds, megabytes, lower.size)
    return _searched(program, GradientField(program), lower, upper, budget, progress, True)


@noted_interrupts()
def roots(
    g: Any,
    over: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    boxes: int = 1_000_000,
    seconds: float = 60.0,
    megabytes: float = 1000.0,
    progress: bool | None = None,
) -> ProvedPoints:
    """Every point of a box where a function is zero, each proved to exist and to be alone.

    Args:
        g: a function that returns as many numbers as its argument has, or a formula.
        over, data, example, boxes, seconds, megabytes, progress: as in `stationary_points`.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> [round(float(root.x["x"]), 12) for root in sf.roots("x^2 - 2", {"x": (-2, 2)})]
        [-1.414213562373, 1.414213562373]
    """
    program, lower, upper = _asked(g, over, data, example)
    size = sum(int(np.prod(out.shape, dtype=np.int64)) for out in program.outputs)
    if len(program.outputs) != 1 or size != lower.size:
        raise InputError(
            f"{program.name} returns {size} numbers and takes {lower.size}; roots asks for as many "
            "equations as unknowns (return them as one array)"
        )
    budget = _budget(boxes, seconds, megabytes, lower.size)
    return _searched(program, ProgramField(program), lower, upper, budget, progress, False)


def _asked(
    f: Any, over: Any, data: Mapping[str, Any] | None, example: Any
) -> tuple[Program, Vector, Vector]:
    if over is None:
        raise InputError("over is the box to search, e.g. over=(-6, 6), or a dict of such pairs")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, None, over, example))
    lower, upper = flat_bounds(over, program.structure, "over")
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        k = int(np.argmin(np.isfinite(lower) & np.isfinite(upper)))
        raise InputError(
            f"over has no end for {program.structure.paths[k]}; a complete list takes a finite box"
        )
    if lower.size > MOST:
        raise InputError(
            f"{program.name} has {lower.size} variables; a box of more than {MOST} cannot be "
            "searched through: halving each once makes 2ⁿ boxes"
        )
    return program, lower, upper


def _budget(boxes: int, seconds: float, megabytes: float, n: int) -> Budget:
    if not is_whole(boxes, least=1):
        raise InputError(f"boxes is {boxes!r}; expected a whole number of at least 1")
    for name, number in (("seconds", seconds), ("megabytes", megabytes)):
        if not (is_number(number) and number > 0):
            raise InputError(f"{name} is {number!r}; expected a number above 0")
    # A box that waits is 2n float64; while it is tested, its Hessian and more are held.
    held = max(1, int(megabytes * 1e6 / (16.0 * n)))
    return Budget(boxes=int(boxes), seconds=float(seconds), held=held)


def _searched(
    program: Program, g: Field, lower: Vector, upper: Vector, budget: Budget,
    progress: bool | None, gradient: bool,
) -> ProvedPoints:  # fmt: skip
    began = perf_counter()
    shown = Counting(progress, "searching")
    with noted_interrupts() as interrupted:
        budget.stop, budget.told = interrupted, shown
        try:
            found = all_zeros(g, lower, upper, budget)
        finally:
            shown.close()
        points = _points(program, g, found.zeros, lower, upper, gradient, interrupted)
    points.sort(key=lambda p: (0.0 if p.value is None else p.value, _key(program, p.x)))
    structure = program.structure
    return ProvedPoints(
        tuple(points), tuple(_left(structure.unravel, found)), program,
        Box(structure.unravel(lower), structure.unravel(upper)),
        "stationary points" if gradient else "roots", found.interrupted, found.boxes,
        perf_counter() - began,
    )  # fmt: skip


def _key(program: Program, x: Any) -> tuple[float, ...]:
    return tuple(program.structure.ravel(x, "x").tolist())


def _left(unravel: Callable[[Vector], Any], found: Zeros) -> Iterator[Unresolved]:
    why = {
        Left.DEGENERATE: "zeros that coincide or nearly do are not told apart from one: "
        "the curvature is not shown to be regular there",
        Left.UNKNOWN: "the function is not shown to be smooth, or to be defined, there",
        Left.BUDGET: "the budget was spent before it was looked at",
    }
    for lower, upper, reason in found.unresolved:
        yield Unresolved(unravel(lower), unravel(upper), why[reason])


def _points(
    program: Program, g: Field, zeros: Sequence[Zero], lower: Vector, upper: Vector,
    gradient: bool, interrupted: Callable[[], bool],
) -> list[ProvedPoint]:  # fmt: skip
    if not zeros:
        return []
    structure, sizes = program.structure, 0.01 * (upper - lower)
    first = np.array([zero.lower for zero in zeros])
    last = np.array([zero.upper for zero in zeros])
    x = np.clip(0.5 * first + 0.5 * last, lower, upper)
    edge = np.asarray(((first <= lower) | (last >= upper)).any(axis=1))
    curved = _curved(program, g, x, first, last) if gradient else None
    points: list[ProvedPoint] = []
    rounded = narrowed(program)
    for k in range(len(zeros)):
        opinion = Opinion(False, None, "the search was interrupted before Arb was asked")
        if not interrupted():
            opinion = second_opinion(program, first[k], last[k], sizes, gradient=gradient)
        kind, eigenvalues, value = PointKind.UNKNOWN, np.empty(0), None
        if curved is not None:
            value, eigenvalues = float(curved.values[k]), curved.eigenvalues[k]
            signs = curved.signs[k]
            if signs is not None and signs == opinion.inertia:
                kind = _kind(signs)
        why = "" if opinion.exists else opinion.why or "Arb's test of the same box is not passed"
        if rounded:
            why = _without(rounded)
        points.append(
            ProvedPoint(
                structure.unravel(x[k]), value, kind, eigenvalues,
                Box(structure.unravel(first[k]), structure.unravel(last[k])),
                Confidence.SUPPORTED if why else Confidence.PROVED, bool(edge[k]), why,
            )
        )  # fmt: skip
    return points


def _without(rounded: Sequence[str]) -> str:
    return (
        f"the function is {rounded[0]}, a staircase: what is shown holds of it without that "
        "rounding"
    )


@dataclass(frozen=True)
class _Curved:
    """Of each point its value, the eigenvalues of its Hessian, and what is shown of their signs."""

    values: Vector
    eigenvalues: Vector
    signs: list[tuple[int, int] | None]


def _curved(program: Program, g: Field, x: Vector, first: Vector, last: Vector) -> _Curved:
    with np.errstate(all="ignore"):
        bounds = g(first, last, jacobian=True).jacobian
        assert bounds is not None, "asked for"
        found = enclose(program, x, x)[0]
        values = np.broadcast_to((0.5 * found.lower + 0.5 * found.upper)[:, 0], (len(x),))
        middle = 0.5 * bounds.lower + 0.5 * bounds.upper
    eigenvalues = np.asarray(np.linalg.eigvalsh(middle), np.float64)
    signs = [inertia(low, high) for low, high in zip(bounds.lower, bounds.upper, strict=True)]
    return _Curved(np.asarray(values, np.float64), eigenvalues, signs)


def _kind(signs: tuple[int, int]) -> PointKind:
    below, above = signs
    if below == 0:
        return PointKind.LOCAL_MINIMUM
    return PointKind.LOCAL_MAXIMUM if above == 0 else PointKind.SADDLE_POINT
