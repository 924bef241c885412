"""Bounds of a function on a box: bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surefoot.facts.intervals import tight_bounds
from surefoot.problem import flat_bounds, shape_giver, with_data
from surefoot.program import trace
from surefoot.show import Block, Claim, Column, Heading, Note, Report, grid, outward, significant
from surefoot.terms import InputError, noted_interrupts

ROWS = 20


@dataclass(frozen=True, eq=False)
class Interval(Report):
    """Bounds that hold at every real point of a box.

    Attributes:
        lower, upper: numbers, or arrays in the shape of what the function returns.
        inside: whether the function is shown to be defined at every point of the box. Where it is
            not, the bounds are those of the values that it has.
        within: how far each bound may be from a value that the function takes: (below, above).
        boxes: how many boxes were looked at.
        name: the function's.
        interrupted: whether Ctrl-C ended it; the bounds hold, and more boxes would tighten them.
    """

    lower: Any
    upper: Any
    inside: bool
    within: tuple[Any, Any]
    boxes: int
    name: str = "f"
    interrupted: bool = False

    @property
    def width(self) -> Any:
        """upper − lower."""
        return self.upper - self.lower

    def __contains__(self, value: Any) -> bool:
        """Whether every element of a value lies between the bounds."""
        return bool(np.all(np.asarray(value) >= self.lower) and np.all(value <= self.upper))

    def __repr__(self) -> str:
        """Both bounds, with the digits that they have."""
        if np.ndim(self.lower):
            return f"Interval(shape={np.shape(self.lower)}, boxes={self.boxes})"
        return f"Interval({self.lower!r}, {self.upper!r})"

    def blocks(self) -> Sequence[Block]:
        """What stands in the report, top to bottom."""
        blocks: list[Block] = [Heading(f"bounds of {self.name}")]
        words = "Every value on the box lies between these, for real numbers: rounded outward."
        if not self.inside:
            words = "Every value that the function has on the box lies between these."
        blocks.append(Claim("BOUNDS", (words,), "good" if self.inside else "doubtful"))
        lower, upper = np.ravel(self.lower), np.ravel(self.upper)
        columns = [Column("")] if lower.size > 1 else []
        columns += [Column(name, numeric=True) for name in ("lower", "upper")]
        rows: list[tuple[str, ...]] = []
        for place, low, high in zip(np.ndindex(np.shape(self.lower)), lower, upper, strict=True):
            ends = outward(float(low), -1), outward(float(high), 1)
            rows.append((str(list(place)), *ends) if lower.size > 1 else ends)
        blocks.append(grid(columns, rows, limit=ROWS))
        if not self.inside:
            blocks.append(
                Note("domain", "It is not shown to be defined on the whole box: part of it leads "
                     "to a logarithm or root of a negative number, or divides by zero.", "bad")
            )  # fmt: skip
        blocks.append(Note("within", self._how_near(), "quiet"))
        ended = ", then you interrupted it: the bounds hold" if self.interrupted else ""
        blocks.append(Note("effort", f"{self.boxes:,} boxes{ended}", "quiet"))
        return blocks

    def _how_near(self) -> str:
        below, above = (float(np.max(side)) for side in self.within)
        low = f"the lower bound is at most {significant(below, 2)} below a value that is taken"
        high = f"upper one at most {significant(above, 2)} above one"
        if np.isfinite(below) and np.isfinite(above):
            return f"{low}, the {high}"
        help_words = "a smaller box, or a larger budget=, may help"
        if np.isfinite(below):
            return f"{low}; none was seen near the upper one: {help_words}"
        if np.isfinite(above):
            return f"the {high} that is taken; none was seen near the lower one: {help_words}"
        return f"no value near a bound was seen; {help_words}"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain names and numbers."""
        plain = [np.asarray(part).tolist() for part in (self.lower, self.upper, *self.within)]
        return {
            "function": self.name, "lower": plain[0], "upper": plain[1], "inside": self.inside,
            "below": plain[2], "above": plain[3], "boxes": self.boxes,
            "interrupted": self.interrupted,
        }  # fmt: skip


def bounds(
    f: Any,
    box: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    budget: int = 1000,
    tol: float = 1e-6,
) -> Interval:
    """Numbers between which a function stays at every real point of a box.

    Every step of the program is bounded by a rule that rounds outward, so that the bounds hold for
    the real function whose constants are the program's float64 numbers; `docs/bounds.md` lists the
    rules. They are tightened by the mean-value form and by cutting the box, until they are within
    `tol` of values that f takes or `budget` boxes have been looked at. Ctrl-C returns the bounds
    so far.

    Args:
        f: a function of one argument written in jax.numpy that returns numbers, or a formula.
        box: `sf.Box(lower, upper)`, a tuple of two numbers, or a dict name → (lower, upper); a
            side may be infinite.
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the box does not tell it.
        budget: the most boxes. tol: relative to the size of the values.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> sf.bounds("x^2 - x", (0, 2), tol=1e-3)
        Interval(-0.25..., 2.0...)
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"budget is {budget!r}; expected a whole number of at least 1")
    if not 0.0 <= tol < np.inf:
        raise InputError(f"tol is {tol!r}; expected a number of at least 0")
    if box is None:
        raise InputError("bounds needs a box: bounds(f, (lower, upper)), or a dict of such pairs")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, None, box, example))
    if len(program.outputs) != 1:
        raise InputError(
            f"{program.name} returns {len(program.outputs)} arrays; return one of them, or stack "
            "them"
        )
    lower, upper = flat_bounds(box, program.structure, "box")
    with noted_interrupts() as interrupted:
        found = tight_bounds(program, lower, upper, budget=budget, tol=tol, stop=interrupted)
        stopped = interrupted()
    shape = tuple(program.outputs[0].shape)
    low, high = found.lower.reshape(shape), found.upper.reshape(shape)
    seen_low, seen_high = (side.reshape(shape) for side in found.taken)
    with np.errstate(invalid="ignore"):
        within = np.maximum(seen_low - low, 0.0), np.maximum(high - seen_high, 0.0)
    if not shape:
        low, high, within = float(low), float(high), (float(within[0]), float(within[1]))
    return Interval(
        low, high, bool(found.inside.all()), within, found.boxes, program.name, stopped
    )
