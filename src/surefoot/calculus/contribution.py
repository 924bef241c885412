"""How one parameter contributes to the output: along which paths, and checked by moving it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.derivatives import transposed_pullback
from surefoot.calculus.evaluate import Evaluator, compiled
from surefoot.calculus.local import Local
from surefoot.calculus.paths import Path, paths_from
from surefoot.calculus.steps import Steps
from surefoot.program import Source
from surefoot.show import (
    Block,
    Column,
    Grid,
    Heading,
    Note,
    Report,
    grid,
    scientific,
    significant,
)
from surefoot.terms import InputError

Array = np.ndarray[Any, np.dtype[Any]]
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Passage:
    """What passes through one step on its way from the parameter to the output.

    Attributes:
        number: the step, as in the rows of the chain.
        name: its name.
        source, text: the user's line, and the piece of it.
        reach: ‖∂step/∂parameter‖: how much the parameter moves this step.
        onward: ‖∂output/∂step‖: how much this step moves the output.
        through: Σ ∂step/∂parameter · ∂output/∂step: the part of ∂output/∂parameter that passes
            here. Where all paths meet in one step this is the whole of it.
    """

    number: int
    name: str
    source: Source
    text: str
    reach: float
    onward: float
    through: float


@dataclass(frozen=True)
class Move:
    """The parameter moved by ±h.

    Attributes:
        h: the move.
        predicted: 2h · slope.
        actual: output at +h minus output at −h.
        digits: digits in which they agree; None where both are 0.
    """

    h: float
    predicted: float
    actual: float
    digits: float | None


@dataclass(frozen=True, repr=False)
class Contribution(Report):
    """One parameter's contribution to the output.

    Attributes:
        path: the parameter's name.
        value: the parameter.
        slope: ∂output/∂parameter, by reverse mode.
        forward: the same number by forward mode.
        passages: every step that the parameter moves, in order of execution.
        paths: the paths from the parameter to the output, entry by entry, each with its product
            of local derivatives; empty where there are more than 64.
        complete: whether `paths` lists all of them.
        sum_of_paths: Σ of their products, which is the slope; NaN unless complete.
        moves: the check: the parameter moved by ±h.
        digits: the most digits in which prediction and move agree; None where both are 0.
        corner: the slopes on the lower and the upper side where they differ however short the
            move, else None. At a tie of max or min AD's slope is their mean, as the move by ±h has
            it: neither side alone follows it.
    """

    path: str
    value: float
    slope: float
    forward: float
    passages: tuple[Passage, ...]
    paths: tuple[Path, ...]
    complete: bool
    sum_of_paths: float
    moves: tuple[Move, ...]
    digits: float | None
    corner: tuple[float, float] | None = None

    def to_dict(self) -> Mapping[str, Any]:
        """The result as plain names, numbers and strings."""
        return {
            **vars(self),
            "passages": [{**vars(p), "source": str(p.source)} for p in self.passages],
            "paths": [path.to_dict() for path in self.paths],
            "moves": [vars(move) for move in self.moves],
        }

    def blocks(self) -> list[Block]:
        """The report: the slope, the paths that make it up, and the check by moving."""
        name = self.path
        blocks: list[Block] = [
            Heading(f"{name} = {self.value:.8g}, ∂output/∂{name} = {self.slope:.10g}")
        ]
        if self.paths:
            rows = [(f"{path.product:+.8g}", path.factors) for path in self.paths]
            columns = [Column("product", numeric=True)]
            columns.append(Column("local derivatives along the path", flexible=True))
            made = grid(columns, rows, limit=12)
            word = "path" if len(self.paths) == 1 else "paths"
            total = f"sum over {len(self.paths)} {word}: {self.sum_of_paths:.10g}"
            foot = f"{made.footnote}\n{total}" if made.footnote else total
            blocks.append(Grid(made.columns, made.rows, made.title, foot))
        elif self.complete:
            text = "No path carries anything: every one is cut by a local derivative of 0."
            blocks.append(Note("paths", text))
        else:
            blocks.append(self._merged())
        columns = [Column(word, numeric=True) for word in ("moved by ±h", "predicted", "actual")]
        moves = [
            (scientific(m.h, 3), f"{m.predicted:+.9g}", f"{m.actual:+.9g}",
             "–" if m.digits is None else f"{m.digits:.1f}")
            for m in self.moves
        ]  # fmt: skip
        blocks.append(grid([*columns, Column("digits", numeric=True)], moves))
        if self.corner is not None:
            back, ahead = self.corner
            text = (
                f"The output has a corner here: its slope is {significant(back)} below {name} = "
                f"{self.value:.8g} and {significant(ahead)} above, so no one number is."
            )
            blocks.append(Note("warning", text, "bad"))
        elif self.digits is not None and self.digits < 2.0:
            text = "The output does not follow its slope here; see limit_check."
            blocks.append(Note("warning", text, "bad"))
        return blocks

    def _merged(self) -> Grid:
        columns = [Column("line"), Column("step")]
        columns += [Column(name, numeric=True) for name in ("reach", "onward", "through")]
        rows = [
            (str(p.source), f"#{p.number} {p.name}", significant(p.reach, 4),
             significant(p.onward, 4), f"{p.through:+.6g}")
            for p in self.passages
        ]  # fmt: skip
        return grid(columns, rows, title="more than 64 paths; merged step by step")


def contribution_of(
    steps: Steps, x: Array, path: str, local: Sequence[tuple[Local, ...]]
) -> Contribution:
    """The contribution of the coordinate named `path` at x (n,), given the local derivatives."""
    place = steps.program.structure.index(path)
    if isinstance(place, slice):
        raise InputError(
            f"{path} is a whole array; name one of its entries, e.g. "
            f"{steps.program.structure.paths[place.start]!r}"
        )
    unit = np.zeros(len(x))
    unit[place] = 1.0
    with jax.enable_x64(True):
        consts = tuple(jnp.asarray(value) for value in steps.program.consts)
        _, values, slopes, gradient = compiled(
            (steps.program.key, "sensitivities"), lambda: steps.sensitivities
        )(consts, x)
        tangents = compiled((steps.program.key, "tangents"), lambda: _tangents(steps))(
            consts, x, unit
        )
        paths = paths_from(steps, x, int(place), [np.asarray(v) for v in values], local)
    moves, corner = _moves(steps, x, int(place), float(gradient[place]))
    known = [move.digits for move in moves if move.digits is not None]
    forward = _forward(steps, tangents, unit)
    return Contribution(
        path=steps.program.structure.paths[place],
        value=float(x[place]),
        slope=float(gradient[place]),
        forward=forward,
        passages=_passages(steps, tangents, slopes),
        paths=paths or (),
        complete=paths is not None,
        sum_of_paths=float(sum(p.product for p in paths)) if paths is not None else float("nan"),
        moves=moves,
        digits=max(known, default=None),
        corner=corner,
    )


def _tangents(steps: Steps) -> Any:
    """∂slot/∂x · unit for every real slot, by forward mode."""

    def tangents(consts: Any, x: Any, unit: Any) -> Any:
        def real_values(point: Any) -> list[Any]:
            values = steps.run(consts, point)[1]
            return [values[slot.index] for slot in steps.real]

        if steps.reverse_only:
            return transposed_pullback(real_values, x, unit)
        return jax.jvp(real_values, (x,), (unit,))[1]

    return tangents


def _forward(steps: Steps, tangents: Sequence[Any], unit: Array) -> float:
    if steps.output.slot is None:
        # The output is the argument itself, or a constant.
        return float(unit.sum()) if steps.output.leaf is not None else 0.0
    where = next(i for i, slot in enumerate(steps.real) if slot.index == steps.output.slot)
    return float(tangents[where])


def _passages(steps: Steps, tangents: Sequence[Any], slopes: Sequence[Any]) -> tuple[Passage, ...]:
    found: list[Passage] = []
    for slot, tangent, slope in zip(steps.real, tangents, slopes, strict=True):
        t = np.asarray(tangent, dtype=np.float64).ravel()
        s = np.asarray(slope, dtype=np.float64).ravel()
        reach = float(np.linalg.norm(t))
        if reach == 0.0:
            continue
        onward = float(np.linalg.norm(s))
        found.append(
            Passage(
                slot.index, slot.name, slot.source, slot.source.segment, reach, onward, float(t @ s)
            )
        )
    return tuple(found)


def _moves(
    steps: Steps, x: Array, place: int, slope: float
) -> tuple[tuple[Move, ...], tuple[float, float] | None]:
    """The output at x ± h for a few h, against 2h · slope; and the two slopes of a corner."""
    leaf = next(f for f in steps.program.structure.leaves if f.start <= place < f.stop)
    typical = float(np.sqrt(np.mean(x[leaf.start : leaf.stop] ** 2)))
    scale = 2.0 ** np.round(np.log2(max(abs(float(x[place])), typical) or 1.0))
    steps_h = scale * 2.0 ** -np.arange(3.0, 28.0, 4.0)
    points = np.repeat(x[None], 2 * len(steps_h) + 1, axis=0)
    points[: len(steps_h), place] += steps_h
    points[len(steps_h) : -1, place] -= steps_h
    values = Evaluator(steps.program).values(points)
    moves: list[Move] = []
    for k, h in enumerate(steps_h):
        width = float(points[k, place] - points[len(steps_h) + k, place])
        predicted, actual = slope * width, float(values[k] - values[len(steps_h) + k])
        moves.append(Move(float(h), predicted, actual, _digits(predicted, actual)))
    ahead = points[: len(steps_h), place] - x[place]
    back = x[place] - points[len(steps_h) : -1, place]
    with np.errstate(all="ignore"):
        above = (values[: len(steps_h)] - values[-1]) / ahead
        below = (values[-1] - values[len(steps_h) : -1]) / back
    return tuple(moves), _corner(below, above, steps_h, float(np.max(np.abs(values))))


def _corner(below: Array, above: Array, h: Array, size: float) -> tuple[float, float] | None:
    """Slopes on the two sides that stay apart over moves from 2⁻¹¹ to 2⁻¹⁹ of the scale.

    Where f is smooth, they come 16 times closer from one of these moves to the next.
    """
    apart = np.abs(above - below)[2:5]
    least = np.maximum(1e-3 * np.maximum(np.abs(above), np.abs(below)), 64 * _EPS * size / h)[2:5]
    if not np.all(apart > least) or not np.all(apart[1:] > 0.5 * apart[:-1]):
        return None
    # A jump makes quotients that grow as the move shrinks; there are no slopes to tell.
    if not np.all(apart[1:] < 2.0 * apart[:-1]):
        return None
    return float(below[4]), float(above[4])


def _digits(a: float, b: float) -> float | None:
    scale, apart = max(abs(a), abs(b)), abs(a - b)
    if scale == 0.0 or not np.isfinite(scale):
        return None if scale == 0.0 else 0.0
    return 15.9 if apart == 0.0 else max(0.0, min(15.9, -log10(apart / scale)))
