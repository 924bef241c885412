"""Is a function convex, and how is that known: convexity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from surefoot.facts.curvature import Found, Step, Way, Witness, bend, proof_of
from surefoot.facts.degree import degree
from surefoot.facts.intervals import enclose
from surefoot.facts.overflow import overflow_heard
from surefoot.facts.precision import fewer_digits
from surefoot.problem import flat_bounds, require_number, shape_giver, with_data
from surefoot.program import Program, trace
from surefoot.show import (
    Block,
    Claim,
    Column,
    Heading,
    Note,
    Report,
    exactly,
    grid,
    outward,
    plot_chord,
    significant,
)
from surefoot.terms import Box, Confidence, InputError

SHOWN = 8


def _bound(number: float, side: int) -> str:
    """A bound that stays one, but for a rounding of the twelfth digit: 2 for 2.0000000000000004."""
    short = significant(number, 6)
    return short if abs(float(short) - number) <= 1e-12 * abs(number) else outward(number, side)


class Bend(Enum):
    """How a function bends; the value is the sentence for it."""

    CONVEX = "No chord goes below the graph: what is lowest nearby is lowest everywhere."
    CONCAVE = "No chord goes above the graph: what is highest nearby is highest everywhere."
    AFFINE = "The graph is straight: every chord lies on it."
    NEITHER = "One chord goes below the graph, another above it."
    UNKNOWN = "Whether it is convex or concave could not be determined."


@dataclass(frozen=True, eq=False)
class Counterexample:
    """Two points and their middle: f there is on the wrong side of the chord.

    Attributes:
        a, b, middle: in the structure of the argument; the middle is exactly (a + b)/2.
        values: f(a), f(b), f(middle).
        chord: (f(a) + f(b))/2.
        against: "convex" or "concave".
        confidence: PROVED where Arb shows the inequality as well.
    """

    a: Any
    b: Any
    middle: Any
    values: tuple[float, float, float]
    against: str
    confidence: Confidence
    flat: tuple[np.ndarray, np.ndarray] = field(repr=False)

    @property
    def chord(self) -> float:
        """The middle of the chord."""
        return 0.5 * self.values[0] + 0.5 * self.values[1]


@dataclass(frozen=True, eq=False)
class Convexity(Report):
    """How a function bends on a box, and how that is known.

    Attributes:
        kind: CONVEX, CONCAVE, AFFINE, NEITHER or UNKNOWN.
        confidence: PROVED, SUPPORTED where Arb did not agree, UNKNOWN.
        modulus: μ ≥ 0: f − ½μ‖x‖² is convex (f + ½μ‖x‖² concave for a concave f) on the box; 0
            where none above 0 is shown.
        smoothness: L: ∇f is Lipschitz with L on the box; inf where none is shown.
        proof: the steps as a tree; what is not shown is in it as well.
        how: how the kind is known, in words.
        counterexample, other_counterexample: points against convexity and against concavity.
        box: where it holds. inside: whether the function is shown to be defined all over it.
        stopped: for UNKNOWN, the step that stopped the proof, with its line.
        why: for UNKNOWN, what stood in the way of the other ways to show it.
        advice: what would help.
    """

    kind: Bend
    confidence: Confidence
    modulus: float
    smoothness: float
    proof: Step
    how: str
    counterexample: Counterexample | None
    other_counterexample: Counterexample | None
    box: Box
    inside: bool
    stopped: str
    why: str
    advice: str
    program: Program = field(repr=False)
    boxes: int = 0

    def __repr__(self) -> str:
        """One line; `print` and `report()` show the proof."""
        return f"<{self.program.name}: {self.kind.name}, {self.confidence.name}>"

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        blocks: list[Block] = [Heading(f"convexity of {self.program.name}")]
        known = self.confidence is not Confidence.UNKNOWN
        lines = [self.kind.value]
        if known:
            told = self.confidence.value
            lines.append(told[:1].upper() + told[1:] + ".")
        if self.kind is Bend.UNKNOWN and self.counterexample is not None:
            lines.append("It is not convex: a chord goes below the graph.")
        if self.kind is Bend.UNKNOWN and self.other_counterexample is not None:
            lines.append("It is not concave: a chord goes above the graph.")
        tone = "good" if self.kind in (Bend.CONVEX, Bend.CONCAVE, Bend.AFFINE) else "doubtful"
        blocks.append(Claim(self.kind.name, tuple(lines), tone))
        blocks += self._where()
        if self.kind in (Bend.CONVEX, Bend.CONCAVE):
            blocks.append(self._numbers())
        for found in (self.counterexample, self.other_counterexample):
            if found is not None:
                blocks.append(self._points(found))
        if self.kind in (Bend.CONVEX, Bend.CONCAVE, Bend.AFFINE):
            blocks.append(Note("how", self.how, "plain"))
        told = self.kind in (Bend.CONVEX, Bend.CONCAVE, Bend.UNKNOWN)
        # A program that is not followed at all is one line, which `stopped` has as well.
        if told and (known or self.proof.parts or not self.stopped):
            columns = [Column("claim", whole=True), Column("because", flexible=True, quiet=True)]
            # Where the steps do not show it, and something else does, they are no proof.
            title = "steps"
            if known:
                shown = self.proof.claim == self.kind.name.lower()
                title = "proof" if shown else "steps, which alone do not show it"
            blocks.append(grid(columns, self.proof.rows(), title=title))
        if self.stopped:
            blocks.append(Note("stopped", self.stopped))
        if self.why:
            blocks.append(Note("tried", self.why, "quiet"))
        if self.advice:
            blocks.append(Note("next", self.advice))
        return blocks

    def _where(self) -> list[Block]:
        lower = self.program.structure.ravel(self.box.lower, "box")
        upper = self.program.structure.ravel(self.box.upper, "box")
        finite = np.isfinite(lower) | np.isfinite(upper)
        made: list[Block] = []
        if finite.any():
            paths = self.program.structure.paths
            parts = [
                f"{paths[k]} {exactly(float(lower[k]))} … {exactly(float(upper[k]))}"
                for k in np.flatnonzero(finite)[:SHOWN]
            ]
            made.append(Note("box", ", ".join(parts)))
        if not self.inside:
            words = (
                "The function is not shown to be defined all over the box."
                if self.kind is Bend.UNKNOWN else "It holds where the function is defined."
            )  # fmt: skip
            made.append(Note("domain", words))
        return made

    def _numbers(self) -> Block:
        least = "convex" if self.kind is Bend.CONVEX else "concave"
        strong = _bound(self.modulus, -1) if self.modulus > 0.0 else "none shown"
        smooth = "none shown"
        if np.isfinite(self.smoothness):
            smooth = f"{_bound(self.smoothness, 1)} per unit"
        rows = [
            (f"μ, strongly {least}", strong), ("L, the slope changes by at most", smooth)
        ]  # fmt: skip
        return grid([Column(""), Column("", numeric=True)], rows)

    def _points(self, found: Counterexample) -> Block:
        structure = self.program.structure
        paths = structure.paths
        shown = paths[:SHOWN]
        rows: list[tuple[str, ...]] = []
        points = (("one end", found.a), ("other end", found.b), ("their middle", found.middle))
        for (name, point), value in zip(points, found.values, strict=True):
            flat = structure.ravel(point, "x")
            rows.append((name, *(significant(float(x), 6) for x in flat[: len(shown)]),
                         significant(value, 8)))  # fmt: skip
        rows.append(("middle of the chord", *("" for _ in shown), significant(found.chord, 8)))
        apart = found.values[2] - found.chord
        if rows[-1][-1] == rows[-2][-1] and apart != 0.0:
            rows.append(("the graph less the chord", *("" for _ in shown), significant(apart, 3)))
        columns = [Column(""), *(Column(path, numeric=True) for path in shown),
                   Column("value", numeric=True)]  # fmt: skip
        side = "above" if found.against == "convex" else "below"
        title = f"not {found.against}: in the middle the graph is {side} the chord"
        return grid(columns, rows, title=title)

    def plot(self) -> Any:
        """The graph along a line with a chord: the contradicting one where there is one.

        Returns:
            a matplotlib figure.
        """
        found = self.counterexample or self.other_counterexample
        if found is None:
            a, b = self._ends()
        else:
            a, b = found.flat
        room = 0.25 if found is not None else 0.0
        t = np.linspace(-room, 1.0 + room, 241)
        lower, upper = (self.program.structure.ravel(side, "box")
                        for side in (self.box.lower, self.box.upper))  # fmt: skip
        points = a + t[:, None] * (b - a)
        with np.errstate(all="ignore"):
            bounds = enclose(self.program, points, points)[0]
            values = np.broadcast_to(bounds.middle[:, 0], t.shape).copy()
        outside = ((points < lower) | (points > upper)).any(axis=1)
        if bounds.inside is not None:
            outside |= ~np.broadcast_to(bounds.inside[:, 0], t.shape)
        values[outside] = np.nan
        alone = a.size == 1
        place = points[:, 0] if alone else t
        ends = [(float(p[0]) if alone else s) for p, s in ((a, 0.0), (b, 1.0))]
        here = np.interp([0.0, 1.0], t, values)
        middle = None
        if found is not None:
            middle = (0.5 * ends[0] + 0.5 * ends[1], found.values[2])
        label = self.program.structure.paths[0] if alone else "t, from one end to the other"
        title = f"{self.program.name}: {self.kind.name}"
        return plot_chord(
            place.tolist(), values.tolist(),
            ((ends[0], float(here[0])), (ends[1], float(here[1]))),
            middle=middle, title=title, label=label,
        )  # fmt: skip

    def _ends(self) -> tuple[Any, Any]:
        lower, upper = (self.program.structure.ravel(side, "box")
                        for side in (self.box.lower, self.box.upper))  # fmt: skip
        low = np.where(np.isfinite(lower), lower, np.minimum(upper - 4.0, -2.0))
        low = np.where(np.isfinite(low), low, -2.0)
        high = np.where(np.isfinite(upper), upper, np.maximum(low + 4.0, 2.0))
        inward = 0.02 * (high - low)
        return low + inward, high - inward

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names, numbers and strings."""
        structure = self.program.structure

        def flat(tree: Any) -> list[float]:
            return structure.ravel(tree, "x").tolist()

        def points(found: Counterexample | None) -> dict[str, Any] | None:
            if found is None:
                return None
            return {
                "a": flat(found.a), "b": flat(found.b), "middle": flat(found.middle),
                "values": list(found.values), "chord": found.chord, "against": found.against,
                "confidence": found.confidence.name,
            }  # fmt: skip

        return {
            "function": self.program.name, "coordinates": list(structure.paths),
            "kind": self.kind.name, "meaning": self.kind.value,
            "confidence": self.confidence.name, "modulus": self.modulus,
            "smoothness": self.smoothness, "how": self.how, "proof": self.proof.lines(),
            "counterexample": points(self.counterexample),
            "other_counterexample": points(self.other_counterexample),
            "lower": flat(self.box.lower), "upper": flat(self.box.upper), "inside": self.inside,
            "stopped": self.stopped, "why": self.why, "advice": self.advice, "boxes": self.boxes,
        }  # fmt: skip


def convexity(
    f: Any,
    over: Any = None,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    budget: int = 2000,
    seed: int = 0,
) -> Convexity:
    """Whether a function is convex, concave, both or neither, with the proof or a contradiction.

    In this order: step by step (each step's card and the composition rule, which
    `docs/convexity.md` lists), exactly for polynomials of degree two and for piecewise polynomials
    of one number, by the curvatures of the parts of a sum, by bounds of the Hessian on parts of the
    box. What is neither is shown by two points and their middle. JAX's Hessian is not asked: it is
    0 for −|x|.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        over: the box it is asked of: `sf.Box`, a tuple of two numbers, or a dict name → (lower,
            upper); a side may be infinite. None: everywhere that f is defined.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where no box tells it.
        budget: the most parts of the box that are looked at; 0: none.
        seed: of the points that are tried against convexity.

    Raises:
        InputError: anything that cannot be used as it is.

    Example:
        >>> import surefoot as sf
        >>> sf.convexity("log(1 + exp(x))").kind.name, sf.convexity("x^3").kind.name
        ('CONVEX', 'NEITHER')
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"budget is {budget!r}; expected a whole number of at least 0")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, None, over, example))
    require_number(program)
    lower, upper = flat_bounds(over, program.structure, "over")
    return _told(program, bend(program, lower, upper, budget=budget, seed=seed))


def _told(program: Program, found: Found) -> Convexity:
    kind = _kind(found.convex, found.concave)
    structure = program.structure
    least, most = found.least, found.most
    modulus = 0.0
    if kind is Bend.CONVEX:
        modulus = max(0.0, least)
    elif kind is Bend.CONCAVE:
        modulus = max(0.0, -most)
    if kind is Bend.CONVEX:
        least = max(least, 0.0)
    if kind is Bend.CONCAVE:
        most = min(most, 0.0)
    how = found.convex.how if kind is Bend.CONVEX else found.concave.how
    stopped, why, advice = "", "", ""
    if kind is Bend.UNKNOWN:
        stopped = _stopped(found)
        why = _why(found)
        advice = _advice(program, found)
    elif kind is Bend.NEITHER:
        advice = (
            "On a smaller box it may be convex (over=); several starts or a box that is searched "
            "through show whether a minimum is the lowest."
        )
        if degree(program).at_most(2):
            advice = (
                "Its Hessian is the same everywhere: no box of full dimension makes it convex. On "
                "a box that is searched through (minimize, over=) the lowest value is proved."
            )
    return Convexity(
        kind, _confidence(kind, found), modulus, max(abs(least), abs(most)),
        proof_of(found.form, program.name), how,
        _points(program, found.convex.witness, "convex"),
        _points(program, found.concave.witness, "concave"),
        Box(structure.unravel(found.lower), structure.unravel(found.upper)), found.inside,
        stopped, why, advice, program, found.boxes,
    )  # fmt: skip


def _kind(convex: Way, concave: Way) -> Bend:
    if convex.holds and concave.holds:
        return Bend.AFFINE
    if convex.holds:
        return Bend.CONVEX
    if concave.holds:
        return Bend.CONCAVE
    if convex.holds is False and concave.holds is False:
        return Bend.NEITHER
    return Bend.UNKNOWN


def _confidence(kind: Bend, found: Found) -> Confidence:
    if kind is Bend.UNKNOWN:
        return Confidence.UNKNOWN
    ways = {
        Bend.CONVEX: [found.convex], Bend.CONCAVE: [found.concave],
    }.get(kind, [found.convex, found.concave])  # fmt: skip
    agreed = all(way.agreed for way in ways)
    return Confidence.PROVED if agreed else Confidence.SUPPORTED


def _points(program: Program, found: Witness | None, against: str) -> Counterexample | None:
    if found is None:
        return None
    unravel = program.structure.unravel
    return Counterexample(
        unravel(found.a), unravel(found.b), unravel(found.middle), found.values, against,
        Confidence.PROVED if found.agreed else Confidence.SUPPORTED, (found.a, found.b),
    )  # fmt: skip


def _stopped(found: Found) -> str:
    atom = found.stopped
    if atom is None or atom.node is None:
        return "" if atom is None else atom.words
    place = str(atom.node.source)
    return f"{place}: {atom.words}"


def _why(found: Found) -> str:
    reasons = dict.fromkeys(way.why for way in (found.convex, found.concave) if way.why)
    return "; ".join(reasons)


def _advice(program: Program, found: Found) -> str:
    if overflow_heard(program, found.lower, found.upper):
        return "Give a box on which nothing overflows, or take that test out."
    if fewer_digits(program):
        return "Compute in float64 throughout; what is proved is proved of real numbers."
    infinite = not (np.isfinite(found.lower).all() and np.isfinite(found.upper).all())
    if infinite:
        return (
            "Give a finite box, over=…: bounds of the curvature on it may decide. A step that is "
            "named above may be written as a known convex function."
        )
    return "A smaller box, or more parts of it (budget=), may decide."
