"""The stationary points of a window as the lab is told them: proved, and what the proof cut.

The function is the one that the page draws: a program of one or two numbers, or one of more along
a line or on a plane, φ(t) = f(x + (t − t₀)·d) and φ(s, t) = f(x + s·d₁ + t·d₂).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np

from surefoot.facts.curvature import bend
from surefoot.facts.intervals import enclose
from surefoot.program import Program, Vector, trace
from surefoot.search import FATES, Budget
from surefoot.show import significant
from surefoot.solve.stationary import ProvedPoint, ProvedPoints, proved_points
from surefoot.terms import Confidence, InputError, PointKind

SECONDS = 2.0
"""The longest that a window is searched, second opinions included."""
SEARCH = 0.6
"""Of that, what the search itself may take."""
TESTED = 20_000
"""Boxes: what is left then, as where a function ends, is undecided."""
PARTS = 200
"""Parts of the window that are looked at for how the function bends."""
MOST_MARKS = 1000
MOST_LEFT = 200
"""Undecided boxes that are told one by one."""
MOST_ROUNDS = 48
MOST_IN_ROUND = 2000
MOST_BOXES = 8000
SAME = 1e-9
"""How far the page's values may be from ours by rounding."""
GRAIN = 10_000
"""Sides of boxes are told in so many parts of the window: they are for a picture."""

Kind = Literal["minimum", "maximum", "saddle", "unknown"]
_KINDS: dict[PointKind, Kind] = {
    PointKind.LOCAL_MINIMUM: "minimum",
    PointKind.LOCAL_MAXIMUM: "maximum",
    PointKind.SADDLE_POINT: "saddle",
}


@dataclass(frozen=True)
class ProofMark:
    """A stationary point.

    Attributes:
        x: (n,) the float64 point nearest to it. value: φ there.
        kind: what it is shown to be. eigenvalues: of the Hessian there, the smallest first.
        within: the largest side of the box in which it lies, alone.
        proved: whether both arithmetics agree that it exists.
    """

    x: tuple[float, ...]
    value: float
    kind: Kind
    eigenvalues: tuple[float, ...]
    within: float
    proved: bool


@dataclass(frozen=True)
class ProofRound:
    """Boxes that were tested at once.

    Attributes:
        boxes: lower and upper side of each coordinate of each, in parts of the window.
        fates: a digit for each box, its place in `surefoot.search.FATES`.
    """

    boxes: tuple[int, ...]
    fates: str


@dataclass(frozen=True)
class ProofBend:
    """How φ is proved to bend in the window.

    Attributes:
        kind: what is shown. words: the sentence for it.
        witness: of "neither" the ends a, b of a chord that passes below φ in the middle, then φ
            there and the chord there: (2n + 2,); else empty.
    """

    kind: Literal["convex", "concave", "straight", "neither"]
    words: str
    witness: tuple[float, ...] = ()


@dataclass(frozen=True)
class WindowProof:
    """What is proved of a window.

    Attributes:
        box: the window. fixed: what the tape takes behind its coordinates.
        marks: the stationary points, the lowest first.
        unresolved: lower and upper side of each coordinate of what is undecided. more: how many
            boxes beyond those that are listed. why: the reason for the first.
        boxes: how many were tested. seconds: how long it took.
        rounds: the boxes as they were cut, where that was asked for.
        bend: how it bends, where that is proved.
    """

    box: tuple[tuple[float, float], ...]
    fixed: tuple[float, ...]
    marks: tuple[ProofMark, ...]
    unresolved: tuple[tuple[float, ...], ...]
    more: int
    why: str
    boxes: int
    seconds: float
    rounds: tuple[ProofRound, ...] = ()
    bend: ProofBend | None = None


def on_cut(program: Program, fixed: Sequence[float], size: int) -> Program:
    """The program of what is drawn: of `size` coordinates, with `fixed` behind them.

    Raises:
        InputError: `fixed` is none of this function's.
    """
    n = program.structure.size
    if not fixed and n == size:
        return program
    expected = 1 + 2 * n if size == 1 else 3 * n
    if len(fixed) != expected:
        raise InputError(f"a cut of {n} coordinates takes {expected} numbers; found {len(fixed)}")
    numbers = np.array(fixed, np.float64)
    if size == 1:
        origin, directions, shifts = numbers[1 : 1 + n], numbers[1 + n :].reshape(1, n), numbers[:1]
    else:
        origin, directions, shifts = numbers[:n], numbers[n:].reshape(2, n), np.zeros(2)

    def along(v: Any) -> Any:
        return program.flat(program.consts, jnp.stack([entry(i, v) for i in range(n)]))

    def entry(i: int, v: Any) -> Any:
        total, moving = jnp.asarray(float(origin[i])), False
        for k in range(size):
            d, shift = float(directions[k, i]), float(shifts[k])
            if d == 1.0 and not moving and origin[i] == shift:
                total, moving = v[k], True  # x + (t − x) is t itself
            elif d != 0.0:
                total, moving = total + d * (v[k] - shift if shift else v[k]), True
        return total

    return trace(along, np.zeros(size), name="t")


def draws(program: Program, fixed: Sequence[float], probes: Sequence[Sequence[float]]) -> bool:
    """Whether a page that has these values draws this function.

    Args:
        probes: rows of coordinates, and the value that the page has there.
    """
    rows = np.array(probes, np.float64)
    cut, at = on_cut(program, fixed, rows.shape[1] - 1), rows[:, :-1]
    with np.errstate(all="ignore"):
        found = enclose(cut, at, at)[0]
    lower, upper, value = found.lower[:, 0], found.upper[:, 0], rows[:, -1]
    room = SAME * np.maximum(1.0, np.maximum(np.abs(lower), np.abs(upper)))
    within = (value >= lower - room) & (value <= upper + room)
    # Where it has no value no finite one is right, and the enclosure is the whole line.
    return bool((within | ~np.isfinite(value)).all() and np.isfinite(value).any())


class Rounds:
    """Keeps what is seen of a search, within limits: fewer boxes where there are too many."""

    def __init__(self, lower: Vector, upper: Vector) -> None:
        self._lower, self._width = lower, upper - lower
        self._rounds: list[tuple[Any, Any]] = []

    def __call__(self, lower: Vector, upper: Vector, fates: Any) -> None:
        """Take the boxes of a batch."""
        sides = np.stack([lower, upper], axis=2)
        with np.errstate(all="ignore"):
            share = (sides - self._lower[:, None]) / self._width[:, None]
        parts = np.rint(np.clip(np.nan_to_num(share), 0.0, 1.0) * GRAIN).astype(np.int64)
        self._rounds.append(_thinned(parts, fates, MOST_IN_ROUND))
        if len(self._rounds) > MOST_ROUNDS:
            self._rounds = [
                _joined(self._rounds[k : k + 2]) for k in range(0, len(self._rounds), 2)
            ]
        total = sum(len(fates) for _, fates in self._rounds)
        if total > MOST_BOXES:
            keep = MOST_BOXES / total
            self._rounds = [
                _thinned(parts, fates, max(1, int(keep * len(fates))))
                for parts, fates in self._rounds
            ]

    def told(self) -> tuple[ProofRound, ...]:
        """What was kept."""
        return tuple(
            ProofRound(tuple(parts.reshape(-1).tolist()), "".join(map(str, fates.tolist())))
            for parts, fates in self._rounds
        )


def _joined(rounds: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    parts, fates = (np.concatenate(each) for each in zip(*rounds, strict=True))
    return _thinned(parts, fates, MOST_IN_ROUND)


def _thinned(parts: Any, fates: Any, most: int) -> tuple[Any, Any]:
    """At most so many boxes, evenly; those with a zero and those left undecided first."""
    if len(fates) <= most:
        return parts, fates
    rare = np.flatnonzero((fates == FATES.index("exactly one zero")) | (fates == len(FATES) - 1))
    others = np.setdiff1d(np.arange(len(fates)), rare)
    rare = rare[np.linspace(0, len(rare) - 1, min(len(rare), most)).astype(int)]
    room = most - len(rare)
    if room and len(others):
        others = others[np.unique(np.linspace(0, len(others) - 1, room).astype(int))]
    else:
        others = others[:0]
    kept = np.sort(np.concatenate([rare, others]))
    return parts[kept], fates[kept]


def prove_window(
    program: Program,
    fixed: Sequence[float],
    box: Sequence[tuple[float, float]],
    *,
    stop: Callable[[], bool] = lambda: False,
    rounds: bool = False,
    seconds: float = SECONDS,
) -> WindowProof:
    """Prove the stationary points of what is drawn in a window of one or two coordinates.

    Args:
        program: returns one number. fixed: what its tape takes behind the coordinates drawn.
        stop: asked between pieces of work; True ends it with what is known then.
        rounds: whether to keep the boxes. seconds: the longest that it may take.

    Raises:
        InputError: `fixed` is none of this function's.
        UnsupportedError: a step without an interval rule, by name and line.
    """
    end = monotonic() + seconds
    cut = on_cut(program, fixed, len(box))
    lower, upper = (np.array(side, np.float64) for side in zip(*box, strict=True))
    kept = Rounds(lower, upper)
    budget = Budget(
        boxes=TESTED, seconds=SEARCH * seconds, held=200_000,
        stop=lambda: stop() or monotonic() > end, seen=kept if rounds else None,
    )  # fmt: skip
    found = proved_points(cut, lower, upper, budget)
    bent = None if stop() or monotonic() > end else _bent(cut, lower, upper)
    return replace(_told(found, cut, box, fixed, kept), bend=bent)


def _bent(cut: Program, lower: Vector, upper: Vector) -> ProofBend | None:
    """How a function bends in a window, where intervals and Arb agree on it."""
    found = bend(cut, lower, upper, budget=PARTS)
    if found.inside and found.convex.holds and found.convex.agreed:
        if found.concave.holds and found.concave.agreed:
            return ProofBend("straight", "Straight on this window, proved.")
        words = f"its curvature is at least {significant(max(found.least, 0.0), 3)}"
        if np.isfinite(found.most):
            words += f" and at most {significant(found.most, 3)}"
        return ProofBend(
            "convex", f"Convex on this window, proved: no chord passes below it; {words}."
        )
    if found.inside and found.concave.holds and found.concave.agreed:
        return ProofBend("concave", "Concave on this window, proved: no chord passes above it.")
    seen = found.convex.witness
    if seen is None or not seen.agreed:
        return None
    chord = 0.5 * seen.values[0] + 0.5 * seen.values[1]
    a, b = (", ".join(significant(float(x), 4) for x in end) for end in (seen.a, seen.b))
    words = (
        f"Not convex, proved: halfway between {a if seen.a.size == 1 else f'({a})'} and "
        f"{b if seen.a.size == 1 else f'({b})'} the value is {significant(seen.values[2], 6)}, "
        f"above the chord at {significant(chord, 6)}."
    )
    witness = (*seen.a.tolist(), *seen.b.tolist(), seen.values[2], chord)
    return ProofBend("neither", words, witness)


def _told(
    found: ProvedPoints, cut: Program, box: Sequence[tuple[float, float]],
    fixed: Sequence[float], kept: Rounds,
) -> WindowProof:  # fmt: skip
    def flat(tree: Any) -> list[float]:
        return cut.structure.ravel(tree, "x").tolist()

    def mark(point: ProvedPoint) -> ProofMark:
        lower, upper = flat(point.enclosure.lower), flat(point.enclosure.upper)
        assert point.value is not None, "a gradient's zero has a value"
        return ProofMark(
            tuple(flat(point.x)), point.value, _KINDS.get(point.kind, "unknown"),
            tuple(point.eigenvalues.tolist()),
            max(b - a for a, b in zip(lower, upper, strict=True)),
            point.confidence is Confidence.PROVED,
        )  # fmt: skip

    sides = [
        tuple(np.stack([flat(left.lower), flat(left.upper)], 1).reshape(-1).tolist())
        for left in found.unresolved[:MOST_LEFT]
    ]
    marks = tuple(mark(point) for point in found.points[:MOST_MARKS])
    # A point that is not listed is undecided for the reader.
    more = len(found.unresolved) - len(sides) + len(found.points) - len(marks)
    return WindowProof(
        tuple(box), tuple(fixed), marks, tuple(sides), more,
        found.unresolved[0].why if found.unresolved else "", found.boxes, found.seconds,
        kept.told(),
    )  # fmt: skip
