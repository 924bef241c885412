"""The slope as a limit: difference quotients as h → 0, against what AD says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus.checks import require_finite, whole_numbers_as_real
from surefoot.calculus.sampler import Sampler
from surefoot.calculus.slopes import Finding, Slope, slopes_along
from surefoot.calculus.steps import Steps
from surefoot.program import Vector, as_argument
from surefoot.show import (
    Block,
    Claim,
    Column,
    Grid,
    Heading,
    Note,
    Report,
    grid,
    plot_quotients,
    scientific,
    significant,
)
from surefoot.terms import InputError

MOST_RUNGS = 10
"""Quotients shown; all of them are in the result."""
MOST_DIRECTIONS = 128
"""Coordinates checked one by one; of a longer argument a documented selection is."""


@dataclass(frozen=True, repr=False)
class LimitCheck(Report):
    """Difference quotients against AD, direction by direction.

    Attributes:
        value: f(w).
        slopes: one for each direction that was checked.
        total: how many coordinates the argument has.
        suspects: source lines with steps whose AD slope is a convention (`abs`, `max`, `where`,
            `stop_gradient`, custom rules); filled in when there is an alarm.
    """

    value: float
    slopes: tuple[Slope, ...]
    total: int
    suspects: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Slope, ...]:
        """The directions in which AD's slope must not be trusted."""
        return tuple(slope for slope in self.slopes if slope.alarm)

    @property
    def digits(self) -> float | None:
        """The fewest digits in which AD and the limit agree, over all directions."""
        return min((s.digits for s in self.slopes if s.digits is not None), default=None)

    def to_dict(self) -> Mapping[str, Any]:
        """The result as plain names, numbers and strings."""
        return {
            "value": self.value,
            "checked": len(self.slopes),
            "total": self.total,
            "digits": self.digits,
            "alarms": [slope.sentence for slope in self.alarms],
            "suspects": list(self.suspects),
            "slopes": [
                {
                    **{k: v for k, v in vars(slope).items() if k not in ("finding", "rungs")},
                    "finding": slope.finding.name,
                    "rungs": [vars(rung) for rung in slope.rungs],
                }
                for slope in self.slopes
            ],
        }

    def blocks(self) -> list[Block]:
        """The report: what the limit says of AD's slope, then the numbers."""
        checked = f"{len(self.slopes)} of {self.total} directions checked"
        blocks: list[Block] = [Heading(f"limit check where f = {self.value:.10g}; {checked}")]
        blocks += [Claim("ALARM", (slope.sentence,), "bad") for slope in self.alarms[:10]]
        if not self.alarms:
            blocks.append(self._agreement())
        if self.suspects:
            blocks.append(Note("look at", ", ".join(self.suspects)))
        worst = sorted(self.slopes, key=lambda s: (not s.alarm, s.digits or 99.0))
        blocks.append(_slope_grid(worst))
        if len(self.slopes) == 1:
            blocks.append(_rung_grid(self.slopes[0]))
        return blocks

    def _agreement(self) -> Claim:
        other = [s for s in self.slopes if s.finding is not Finding.AGREES]
        if other:
            name = other[0].finding.name.replace("_", " ")
            tone = "doubtful" if other[0].finding in _DOUBTFUL else "bad"
            return Claim(name, (other[0].sentence,), tone)
        told = "" if self.digits is None else f", to {self.digits:.1f} digits or more"
        if self.digits is None:
            # Where AD gives 0 digits say nothing; what rounding may hide does.
            told = f", to ± {max(s.error for s in self.slopes):.1g}"
        return Claim("AGREES", (f"AD's slope is the limit of the quotients{told}.",), "good")

    def plot(self, path: Any = None) -> Any:
        """The distance of each quotient from the limit against h (needs matplotlib).

        The direction drawn is the one that agrees worst.

        Args:
            path: where to save the picture; None leaves it to the notebook.
        """
        slope = min(self.slopes, key=lambda s: (not s.alarm, s.digits or 99.0))
        steps = np.array([rung.h for rung in slope.rungs])
        limit = slope.limit if np.isfinite(slope.limit) else slope.ad
        figure = plot_quotients(
            steps,
            {
                kind: np.abs(np.array([getattr(rung, kind) for rung in slope.rungs]) - limit)
                for kind in ("forward", "backward", "central")
            },
            best=slope.best_h,
            title=f"difference quotients along {slope.name}",
        )
        if path is not None:
            figure.savefig(path)
        return figure


_DOUBTFUL = (Finding.UNDECIDED, Finding.HIDDEN, Finding.ONE_SIDED)


def limit_check(f: Any, w: Any, direction: Any = None) -> LimitCheck:
    """Check AD's slope against the definition of a slope.

        right = lim (f(w + h d) − f(w)) / h,   left = lim (f(w) − f(w − h d)) / h,   h → 0⁺

    in float64, on a ladder of h from the scale of w down to its rounding, extrapolated, for every
    coordinate direction d (of an argument with more than 128 numbers: the 96 with the steepest
    slope and 32 spread evenly over the rest) or for the given one. Each quotient carries a bound
    on its rounding, so a disagreement is called one only where rounding cannot explain it.

    Args:
        f: a function of a pytree of real arrays that returns one number, or a formula.
        w: the point.
        direction: a direction in the structure of w; default: each coordinate by itself.

    Raises:
        InputError: w or direction is not made of real numbers of matching shape, or f does not
            return one number.
    """
    w = as_argument(w)
    sampler = Sampler(f, w, "limit_check")
    structure = sampler.structure
    x = structure.ravel(w, "w")
    require_finite(x, structure.paths, "limit_check: w")
    value, gradient = sampler.value_and_gradient(x)
    if direction is not None:
        d = structure.ravel(whole_numbers_as_real(as_argument(direction)), "direction")
        require_finite(d, structure.paths, "limit_check: direction")
        if not d.any():
            raise InputError("limit_check: the direction is zero; it has to lead somewhere")
        names, directions = ["direction"], d[None]
    else:
        chosen = _chosen(gradient)
        paths = structure.paths
        names = [paths[i] for i in chosen]
        directions = np.zeros((len(chosen), structure.size))
        directions[np.arange(len(chosen)), chosen] = 1.0
    # 0 · inf in a direction that leaves a coordinate alone would be NaN: only what moves counts.
    ad = np.array([float(gradient[d != 0.0] @ d[d != 0.0]) for d in directions])
    slopes = tuple(slopes_along(sampler, x, directions, names, ad))
    suspects = _suspects(sampler.steps) if any(slope.alarm for slope in slopes) else ()
    return LimitCheck(value, slopes, structure.size, suspects)


def _chosen(gradient: Vector) -> list[int]:
    """Which coordinates to check: all, or the steepest three quarters and an even spread."""
    size = len(gradient)
    if size <= MOST_DIRECTIONS:
        return list(range(size))
    steep = np.argsort(-np.abs(np.nan_to_num(gradient, nan=np.inf)), kind="stable")
    first = steep[: 3 * MOST_DIRECTIONS // 4]
    rest = np.sort(steep[3 * MOST_DIRECTIONS // 4 :])
    even = rest[np.linspace(0, len(rest) - 1, MOST_DIRECTIONS // 4).astype(int)]
    return sorted({int(i) for i in (*first, *even)})


_CONVENTIONS = (
    "abs", "sign", "max", "min", "reduce_max", "reduce_min", "clamp", "select_n", "floor", "ceil",
    "round", "stop_gradient", "custom_jvp_call", "custom_vjp_call", "sort", "argmax", "argmin",
    "gt", "ge", "lt", "le", "eq", "ne", "cond", "rem", "convert_element_type",
)  # fmt: skip


def _suspects(steps: Steps | None) -> tuple[str, ...]:
    """The source lines whose AD slope is a convention, in order of execution."""
    if steps is None:
        return ()
    found: dict[str, None] = {}
    for slot in steps.slots:
        names = {slot.node.primitive, *(n.primitive for g in slot.node.inner for n in g.nodes)}
        if slot.active and slot.source.line and names & set(_CONVENTIONS):
            found.setdefault(f"{slot.source} `{slot.source.segment}`")
    return tuple(found)


def _slope_grid(slopes: Sequence[Slope]) -> Grid:
    columns = [Column("")]
    names = ("AD", "limit", "left", "right", "digits", "best h")
    spare = {"best h": 2, "left": 1, "right": 1}
    columns += [Column(name, numeric=True, spare=spare.get(name, 0)) for name in names]
    rows = [
        (
            s.name,
            significant(s.ad, 10),
            significant(s.limit, 10),
            significant(s.left, 6),
            significant(s.right, 6),
            "–" if s.digits is None else f"{s.digits:.1f}",
            scientific(s.best_h, 2),
        )
        for s in slopes
    ]
    return grid(columns, rows, limit=20)


def _what_errs(slope: Slope, rounded: bool) -> str:
    """What keeps the central quotient from the slope; nothing where there is no slope."""
    if slope.finding not in (Finding.AGREES, Finding.WRONG_SLOPE):
        return "–"
    return "rounding" if rounded else "truncation"


def _rung_grid(slope: Slope) -> Grid:
    """The quotients from coarse to fine; of a long ladder a few rungs spread over all of it."""
    rungs, kept = slope.rungs, range(len(slope.rungs))
    if len(rungs) > MOST_RUNGS:
        chosen = {round(k) for k in np.linspace(0, len(rungs) - 1, MOST_RUNGS - 1)}
        if np.isfinite(slope.best_h):
            chosen.add(int(np.argmin([abs(rung.h - slope.best_h) for rung in rungs])))
        kept = sorted(chosen)
    columns = [Column("h", numeric=True)]
    columns += [Column(name, numeric=True) for name in ("backward", "central", "forward")]
    rows = [
        (
            scientific(rung.h, 2),
            *(significant(q, 13) for q in (rung.backward, rung.central, rung.forward)),
            _what_errs(slope, rung.rounded),
        )
        for rung in (rungs[k] for k in kept)
    ]
    made = grid([*columns, Column("central error is", spare=1)], rows)
    left_out = len(rungs) - len(rows)
    more = f"{left_out} more in .slopes[0].rungs" if left_out else ""
    return Grid(made.columns, made.rows, made.title, more)
