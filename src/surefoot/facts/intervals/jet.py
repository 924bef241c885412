"""Value, slope and curvature of an array on many boxes, enclosed together.

The slope encloses every ∂/∂xᵢ at every point of a box where it exists, and what Clarke's gradient
holds at corners; the curvature every ∂²/∂xᵢ∂xⱼ, and the whole line where the array is not shown to
be continuously differentiable. Both belong to the function that the program computes, whatever
custom rules and `stop_gradient` tell JAX.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.intervals.arithmetic import plus, powered, product
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, of
from surefoot.program.abstract import Dependent, Indices


class Frame:
    """How many variables there are, and which pairs of them the curvature is kept for.

    Attributes:
        n: the number of variables. second: whether curvature is kept.
        first, other: (m,) the pairs i ≤ j.
        square: (m,) whether i = j.
    """

    def __init__(self, n: int, second: bool) -> None:
        self.n = n
        self.second = second
        self.first, self.other = np.triu_indices(n)
        self.square = self.first == self.other

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """(n, n) where in the packed pairs an entry of the Hessian stands."""
        found = np.zeros((self.n, self.n), np.int64)
        found[self.first, self.other] = found[self.other, self.first] = np.arange(len(self.first))
        return found


class Jet(Dependent):
    """Elements with their first and second derivatives.

    Attributes:
        value: their values. slope: (boxes or 1, size, n), None where all are 0.
        curvature: (boxes or 1, size, m) for the pairs of `frame`, None where all are 0.
    """

    def __init__(
        self, frame: Frame, value: Intervals, slope: Intervals | None = None,
        curvature: Intervals | None = None,
    ) -> None:  # fmt: skip
        self.frame = frame
        self.shape = value.shape
        self.value = value
        self.slope = slope
        self.curvature = curvature

    def take(self, where: Indices) -> "Jet":
        return self._each(lambda part: part.take(where))

    def reshaped(self, shape: tuple[int, ...]) -> "Jet":
        return self._each(lambda part: part.reshaped(shape))

    def _each(self, change: Any) -> "Jet":
        slope = None if self.slope is None else change(self.slope)
        curvature = None if self.curvature is None else change(self.curvature)
        return Jet(self.frame, change(self.value), slope, curvature)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Jet":
        frame = next(value.frame for value in values if isinstance(value, Jet))
        parts = [jet(frame, value) for value in values]
        value = Intervals.join([part.value for part in parts])
        slopes = [part.slope for part in parts]
        curvatures = [part.curvature for part in parts]
        return cls(
            frame, value, _laid(parts, slopes, frame.n), _laid(parts, curvatures, len(frame.first))
        )


def jet(frame: Frame, value: Any) -> Jet:
    """A value as a jet; a constant has no slope."""
    return value if isinstance(value, Jet) else Jet(frame, of(value))


def _laid(
    parts: Sequence[Jet], derivatives: Sequence[Intervals | None], width: int
) -> Intervals | None:
    if all(part is None for part in derivatives):
        return None
    boxes = max(1 if part is None else len(part.lower) for part in derivatives)
    zero = np.zeros((1, 1, 1))
    known = [Intervals((), zero, zero) if part is None else part for part in derivatives]
    sizes = [part.size for part in parts]

    def end_to_end(sides: Sequence[Floats]) -> Floats:
        rows = zip(sides, sizes, strict=True)
        return np.concatenate(
            [np.broadcast_to(side, (boxes, size, width)) for side, size in rows], axis=1
        )

    lower = end_to_end([part.lower for part in known])
    return Intervals((sum(sizes),), lower, end_to_end([part.upper for part in known]))


# ── composing derivatives ──────────────────────────────────────────────────────────────────────


def widened(part: Intervals) -> Intervals:
    """Values (boxes, size) beside derivatives (boxes, size, n)."""
    lower = part.lower[:, :, None]
    upper = lower if part.upper is part.lower else part.upper[:, :, None]
    return Intervals(part.shape, lower, upper)


def scaled(factor: Intervals, derivative: Intervals | None) -> Intervals | None:
    """factor · derivative, element by element.

    An infinite one, as that of √ at 0, times 0 says nothing: (√|x|)² has a corner.
    """
    if derivative is None:
        return None
    wide = widened(factor)
    found = product(wide, derivative)
    open_ends = np.isinf(derivative.lower) | np.isinf(derivative.upper)
    if not open_ends.any():
        return found
    lost = open_ends & (wide.lower == 0.0) & (wide.upper == 0.0)
    if not lost.any():
        return found
    lower, upper = np.where(lost, -np.inf, found.lower), np.where(lost, np.inf, found.upper)
    return Intervals(found.shape, lower, upper, found.inside)


def together(one: Intervals | None, two: Intervals | None) -> Intervals | None:
    """The sum of two derivatives, either of which may be 0."""
    if one is None or two is None:
        return two if one is None else one
    return plus(one, two)


def squared(frame: Frame, slope: Intervals) -> Intervals:
    """(boxes, size, m) gᵢ gⱼ of a gradient g."""
    left, right = _picked(slope, frame.first), _picked(slope, frame.other)
    made, even = product(left, right), powered(left, 2)
    return Intervals(
        slope.shape, np.where(frame.square, even.lower, made.lower),
        np.where(frame.square, even.upper, made.upper),
    )  # fmt: skip


def crossed(frame: Frame, one: Intervals, two: Intervals) -> Intervals:
    """(boxes, size, m) gᵢ hⱼ + hᵢ gⱼ of two gradients."""
    return plus(
        product(_picked(one, frame.first), _picked(two, frame.other)),
        product(_picked(two, frame.first), _picked(one, frame.other)),
    )


def _picked(slope: Intervals, which: NDArray[Any]) -> Intervals:
    return Intervals(slope.shape, slope.lower[:, :, which], slope.upper[:, :, which])


def composed(
    value: Intervals, inner: Jet, first: Intervals, second: Intervals | None
) -> Jet:
    """f(u):  ∇ = f′(u) ∇u,  ∇² = f′(u) ∇²u + f″(u) ∇u∇uᵀ.

    Args:
        value: f(u). first, second: (boxes, size) bounds of f′ and f″ on u; `second` None for 0.
    """
    frame = inner.frame
    if inner.slope is None:
        return Jet(frame, value)
    slope = scaled(first, inner.slope)
    curvature: Intervals | None = None
    if frame.second:
        curvature = scaled(first, inner.curvature)
        if second is not None:
            curvature = together(curvature, scaled(second, squared(frame, inner.slope)))
    return Jet(frame, value, slope, curvature)


def product_of(value: Intervals, one: Jet, two: Jet) -> Jet:
    """u·v:  ∇ = v∇u + u∇v,  ∇² = v∇²u + ∇u∇vᵀ + ∇v∇uᵀ + u∇²v."""
    frame = one.frame
    slope = together(scaled(two.value, one.slope), scaled(one.value, two.slope))
    curvature: Intervals | None = None
    if frame.second:
        curvature = together(scaled(two.value, one.curvature), scaled(one.value, two.curvature))
        if one.slope is not None and two.slope is not None:
            curvature = together(curvature, crossed(frame, one.slope, two.slope))
    return Jet(frame, value, slope, curvature)


def unknown_where(found: Jet, slope: Flags, curvature: Flags) -> Jet:
    """The jet with the whole line for derivatives where flags (boxes, size) say so."""
    frame = found.frame
    made = _opened(found.slope, slope, frame.n)
    if not frame.second:
        return Jet(frame, found.value, made)
    return Jet(frame, found.value, made, _opened(found.curvature, curvature, len(frame.first)))


def _opened(part: Intervals | None, where: Flags, width: int) -> Intervals | None:
    if not where.any():
        return part
    zero: Floats = np.zeros((1, 1, width))
    lower, upper = (zero, zero) if part is None else (part.lower, part.upper)
    flags = where[:, :, None]
    shape = (where.shape[1],) if part is None else part.shape
    return Intervals(shape, np.where(flags, -np.inf, lower), np.where(flags, np.inf, upper))
