"""What is known of an array on many boxes at once: a lower and an upper bound for each element."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.intervals.rounding import MOST_WHOLE, Floats, above, add_down, add_up, below
from surefoot.program.abstract import Dependent, Indices

Flags = NDArray[np.bool_]


class Intervals(Dependent):
    """Bounds of the elements of an array, one row a box.

    Every real value that an element takes on box i lies in [lower[i], upper[i]]. The first axis has
    length 1 where the bounds are the same for all boxes, as those of constants are.

    Attributes:
        lower, upper: (boxes or 1, size) with lower ≤ upper; infinite where nothing is known.
        inside: (boxes or 1, size) whether the element is defined all over the box; None where all
            are. Where it is not, the bounds are those of what is defined.
    """

    def __init__(
        self, shape: tuple[int, ...], lower: Floats, upper: Floats, inside: Flags | None = None
    ) -> None:
        self.shape = shape
        self.lower = lower
        self.upper = upper
        self.inside = inside

    @property
    def exact(self) -> bool:
        """Whether each element is one number, known without error."""
        return self.lower is self.upper and self.inside is None

    def take(self, where: Indices) -> "Intervals":
        flat = np.ravel(where)
        if flat.size and flat.min() < 0:
            # A gather beyond the end fills in NaN: there is no value.
            # Values are (boxes, size), derivatives (boxes, size, n).
            there = (flat >= 0).reshape(-1, *(1,) * (self.lower.ndim - 2))
            lower = np.where(there, self.lower[:, flat], -np.inf)
            upper = np.where(there, self.upper[:, flat], np.inf)
            known = np.ones(self.lower.shape, bool) if self.inside is None else self.inside
            return Intervals(where.shape, lower, upper, np.where(there, known[:, flat], False))
        lower = self.lower[:, flat]
        upper = lower if self.upper is self.lower else self.upper[:, flat]
        inside = None if self.inside is None else self.inside[:, flat]
        return Intervals(where.shape, lower, upper, inside)

    def reshaped(self, shape: tuple[int, ...]) -> "Intervals":
        return Intervals(shape, self.lower, self.upper, self.inside)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Intervals":
        parts = [of(value) for value in values]
        boxes = max((len(part.lower) for part in parts), default=1)
        lower = np.concatenate([_rows(part.lower, boxes) for part in parts], axis=1)
        exact = all(part.lower is part.upper for part in parts)
        upper = lower
        if not exact:
            upper = np.concatenate([_rows(part.upper, boxes) for part in parts], axis=1)
        return cls((lower.shape[1],), lower, upper, _joined(parts, boxes))

    # ── measures ───────────────────────────────────────────────────────────────────────────────

    @property
    def middle(self) -> Floats:
        """A float64 inside each element; 0 or a finite one where a side is open."""
        with np.errstate(invalid="ignore"):
            half = 0.5 * self.lower + 0.5 * self.upper
        open_below, open_above = np.isneginf(self.lower), np.isposinf(self.upper)
        half = np.where(open_below, np.minimum(self.upper, 0.0), half)
        half = np.where(open_above, np.maximum(self.lower, 0.0), half)
        return np.where(open_below & open_above, 0.0, half)

    @property
    def size_bound(self) -> Floats:
        """max(|lower|, |upper|)."""
        return np.maximum(np.abs(self.lower), np.abs(self.upper))


def _rows(array: NDArray[Any], boxes: int) -> NDArray[Any]:
    return np.broadcast_to(array, (boxes, array.shape[1]))


def _joined(parts: Sequence[Intervals], boxes: int) -> Flags | None:
    if all(part.inside is None for part in parts):
        return None
    return np.concatenate(
        [
            np.ones((boxes, part.size), bool) if part.inside is None else _rows(part.inside, boxes)
            for part in parts
        ],
        axis=1,
    )


def of(value: Any) -> Intervals:
    """A value as an interval; a constant is known without error, if float64 holds it."""
    if isinstance(value, Intervals):
        return value
    array = np.asarray(value)
    flat = np.ravel(array).astype(np.float64)[None, :]
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        rounded = np.abs(flat) >= MOST_WHOLE
        if rounded.any():
            lower = np.where(rounded, below(flat), flat)
            return Intervals(array.shape, lower, np.where(rounded, above(flat), flat))
    if np.isnan(flat).any():
        wrong = np.isnan(flat)
        lower, upper = np.where(wrong, -np.inf, flat), np.where(wrong, np.inf, flat)
        return Intervals(array.shape, lower, upper, ~wrong)
    return Intervals(array.shape, flat, flat)


def both(*parts: Intervals | None) -> Flags | None:
    """Where all of several elementwise arguments are defined."""
    known = [part.inside for part in parts if part is not None and part.inside is not None]
    if not known:
        return None
    result = known[0]
    for flags in known[1:]:
        result = result & flags
    return result


def narrowed(inside: Flags | None, also: Flags) -> Flags | None:
    """The flags with one more condition; None where all hold."""
    if bool(also.all()):
        return inside
    return also if inside is None else inside & also


def whole(shape: tuple[int, ...], inside: bool = False) -> Intervals:
    """Nothing known: the real line, and perhaps no value at all."""
    size = int(np.prod(shape, dtype=np.int64))
    lower, upper = np.full((1, size), -np.inf), np.full((1, size), np.inf)
    return Intervals(shape, lower, upper, None if inside else np.zeros((1, size), bool))


def hull(parts: Sequence[Intervals]) -> Intervals:
    """The smallest bounds around several; defined where all are."""
    lower, upper = parts[0].lower, parts[0].upper
    for part in parts[1:]:
        lower, upper = np.minimum(lower, part.lower), np.maximum(upper, part.upper)
    return Intervals(parts[0].shape, lower, upper, both(*parts))


def difference(a: Intervals, b: Intervals) -> tuple[Floats, Floats]:
    """Bounds of a − b."""
    return add_down(a.lower, -b.upper), add_up(a.upper, -b.lower)
