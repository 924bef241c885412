"""The slope as a limit: difference quotients as h → 0, against what AD says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.calculus.checks import whole_numbers_as_real
from surefoot.calculus.rounding import Sampler
from surefoot.calculus.slopes import Slope, slopes_along
from surefoot.calculus.steps import Steps
from surefoot.program import Vector, as_argument

MOST_DIRECTIONS = 128
"""Coordinates checked one by one; of a longer argument a documented selection is."""


@dataclass(frozen=True)
class LimitCheck:
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

    def __str__(self) -> str:
        worst = sorted(self.slopes, key=lambda s: (not s.alarm, s.digits or 99.0))
        lines = [f"f(w) = {self.value:.10g}; {len(self.slopes)} of {self.total} directions checked"]
        lines += [f"ALARM  {slope.sentence}" for slope in self.alarms[:10]]
        if self.suspects:
            lines.append(f"lines to look at: {', '.join(self.suspects)}")
        lines += ["", f"{'':12} {'AD':>18} {'limit':>18} {'left':>14} {'right':>14} digits  best h"]
        for s in worst[:20]:
            digits = "     –" if s.digits is None else f"{s.digits:6.1f}"
            lines.append(
                f"{s.name:12} {s.ad:18.11g} {s.limit:18.11g} {s.left:14.7g} {s.right:14.7g} "
                f"{digits}  {s.best_h:.1e}"
            )
        if len(self.slopes) > 20:
            lines.append(f"… and {len(self.slopes) - 20} more")
        if len(self.slopes) == 1:
            lines += ["", *_rung_lines(self.slopes[0])]
        return "\n".join(lines)


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
    value, gradient = sampler.value_and_gradient(x)
    if direction is not None:
        d = structure.ravel(whole_numbers_as_real(as_argument(direction)), "direction")
        names, directions = ["direction"], d[None]
    else:
        chosen = _chosen(gradient)
        paths = structure.paths
        names = [paths[i] for i in chosen]
        directions = np.eye(structure.size)[chosen]
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


def _rung_lines(slope: Slope) -> list[str]:
    lines = [f"{'h':>10} {'backward':>22} {'central':>22} {'forward':>22}  error is"]
    for rung in slope.rungs:
        why = "rounding" if rung.rounded else "truncation"
        lines.append(
            f"{rung.h:10.2e} {rung.backward:22.14g} {rung.central:22.14g} "
            f"{rung.forward:22.14g}  {why}"
        )
    return lines
