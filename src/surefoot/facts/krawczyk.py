"""Is there a zero of a field in a box, and is it the only one? The Krawczyk test, on many boxes.

For g: ℝⁿ → ℝⁿ, a box X with centre c, J(X) ∋ g′ on X, and Y near the inverse of its middle,

    K = c − Y g(c) + (I − Y J(X)) (X − c)

    every zero in X lies in K                  so K ∩ X = ∅ shows that there is none
    K inside the interior of X                 shows that there is exactly one

Source: Krawczyk, Computing 4 (1969); Neumaier, Interval Methods for Systems of Equations, 1990,
theorem 5.1.8. All is rounded outward. A field that is not shown to be continuously differentiable
on X has an infinite J there, which decides nothing.
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.intervals import Intervals, enclose, enclose_derivatives
from surefoot.facts.intervals.arithmetic import plus, product
from surefoot.facts.intervals.intervals import Flags, Floats, difference
from surefoot.facts.intervals.reductions import summed
from surefoot.facts.intervals.rounding import above, below, sum_margin
from surefoot.program import Program


@dataclass(frozen=True)
class FieldBounds:
    """A field on boxes.

    Attributes:
        value: (boxes, n) bounds of g. known: (boxes,) whether g is defined all over the box.
        jacobian: (boxes, n, n) of g′, row i that of gᵢ; None where it was not asked for.
    """

    value: Intervals
    known: Flags
    jacobian: Intervals | None = None


@runtime_checkable
class Field(Protocol):
    """g: ℝⁿ → ℝⁿ, bounded on boxes."""

    @property
    def program(self) -> Program:
        """What g is of; where it has no value, g has none."""
        ...

    def __call__(self, lower: Floats, upper: Floats, *, jacobian: bool) -> FieldBounds:
        """What g is on boxes (k, n), with its Jacobian or without."""
        ...


@dataclass(frozen=True)
class GradientField:
    """∇f of a program that returns one number; its Jacobian is the Hessian."""

    program: Program

    def __call__(self, lower: Floats, upper: Floats, *, jacobian: bool) -> FieldBounds:
        """∇f on boxes."""
        found = enclose_derivatives(self.program, lower, upper, second=jacobian)[0]
        boxes, n = lower.shape
        frame = found.frame
        slope = _side_by_side(found.slope, boxes, n)
        known = _known(found.value, boxes)
        if not jacobian:
            return FieldBounds(slope, known)
        packed = _side_by_side(found.curvature, boxes, len(frame.first))
        place = frame.place
        hessian = Intervals((n, n), packed.lower[:, place], packed.upper[:, place])
        return FieldBounds(slope, known, hessian)


@dataclass(frozen=True)
class ProgramField:
    """g of a program that returns as many numbers as it takes."""

    program: Program

    def __call__(self, lower: Floats, upper: Floats, *, jacobian: bool) -> FieldBounds:
        """g on boxes."""
        boxes, n = lower.shape
        if not jacobian:
            plain = enclose(self.program, lower, upper)[0]
            return FieldBounds(_wide(plain, (boxes, n)), _known(plain, boxes))
        found = enclose_derivatives(self.program, lower, upper, second=False)[0]
        zero = np.zeros((1, n, n))
        slope = Intervals((), zero, zero) if found.slope is None else found.slope
        value = _wide(found.value, (boxes, n))
        return FieldBounds(value, _known(found.value, boxes), _wide(slope, (boxes, n, n)))


def _wide(part: Intervals, shape: tuple[int, ...]) -> Intervals:
    lower, upper = (np.broadcast_to(side, shape) for side in (part.lower, part.upper))
    return Intervals(shape[1:], lower, upper)


def _side_by_side(part: Intervals | None, boxes: int, width: int) -> Intervals:
    """Derivatives of one number as (boxes, width)."""
    if part is None:
        zero = np.zeros((boxes, width))
        return Intervals((width,), zero, zero)
    lower, upper = (
        np.broadcast_to(side[:, 0, :], (boxes, width)) for side in (part.lower, part.upper)
    )
    return Intervals((width,), lower, upper)


def _known(value: Intervals, boxes: int) -> Flags:
    if value.inside is None:
        return np.ones(boxes, bool)
    return np.array(np.broadcast_to(value.inside.all(axis=1), (boxes,)))


@dataclass(frozen=True)
class Tested:
    """What the test says of each box.

    Attributes:
        lower, upper: (boxes, n) what of the box may hold a zero; empty where lower > upper.
        none: (boxes,) there is no zero. one: (boxes,) there is exactly one, in [lower, upper].
        level: (boxes,) the field is 0 all over the box.
        jacobian: (boxes, n, n) bounds of g′ on the whole box.
        known: (boxes,) whether g is shown to be defined all over it.
    """

    lower: Floats
    upper: Floats
    none: Flags
    one: Flags
    level: Flags
    jacobian: Intervals
    known: Flags


def krawczyk(field: Field, lower: Floats, upper: Floats) -> Tested:
    """The test on boxes (k, n)."""
    with np.errstate(all="ignore"):
        here = field(lower, upper, jacobian=True)
        assert here.jacobian is not None, "asked for"
        away = (here.value.lower > 0.0) | (here.value.upper < 0.0)
        # What is shown of g where it is defined shows nothing where it may not be.
        none: Flags = here.known & np.asarray(away.any(axis=1))
        centre = np.clip(0.5 * lower + 0.5 * upper, lower, upper)
        at = field(centre, centre, jacobian=False)
        image = _image(at.value, here.jacobian, lower, upper, centre)
        usable = here.known & at.known & np.isfinite(image.lower).all(axis=1)
        usable &= np.isfinite(image.upper).all(axis=1)
        first = np.where(usable[:, None], np.maximum(lower, image.lower), lower)
        last = np.where(usable[:, None], np.minimum(upper, image.upper), upper)
        none |= (first > last).any(axis=1)
        one = usable & ~none
        one &= ((image.lower > lower) & (image.upper < upper)).all(axis=1)
        level = here.known & ((here.value.lower == 0.0) & (here.value.upper == 0.0)).all(axis=1)
    return Tested(first, last, none, one, level, here.jacobian, here.known)


def _image(
    value: Intervals, jacobian: Intervals, lower: Floats, upper: Floats, centre: Floats
) -> Intervals:
    """K (boxes, n); infinite where the middle of J has no inverse."""
    n = lower.shape[1]
    middle = 0.5 * jacobian.lower + 0.5 * jacobian.upper
    inverse = _inverses(middle)
    step = matrix_times(inverse, value.lower[:, :, None], value.upper[:, :, None])
    turned = matrix_times(inverse, jacobian.lower, jacobian.upper)
    unit = np.eye(n)[None]
    rest = plus(Intervals((), unit, unit), Intervals((), -turned.upper, -turned.lower))
    from_centre = difference(Intervals((), lower, upper), Intervals((), centre, centre))
    reach = Intervals((), from_centre[0][:, None, :], from_centre[1][:, None, :])
    moved = product(rest, reach)
    low, high = summed(moved.lower, moved.upper, n, lambda part: part.sum(axis=-1))
    newton = plus(
        Intervals((), centre, centre), Intervals((), -step.upper[:, :, 0], -step.lower[:, :, 0])
    )
    return plus(newton, Intervals((), low, high))


def _inverses(matrices: Floats) -> Floats:
    """Approximate inverses; NaN where there is none."""
    good: Flags = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    unit = np.eye(matrices.shape[1])
    safe = np.where(good[:, None, None], matrices, unit)
    # One singular matrix would spoil the call for all. The sign of a determinant is 0 where a pivot
    # is; the determinant itself may underflow.
    good &= np.linalg.slogdet(safe)[0] != 0.0
    safe = np.where(good[:, None, None], safe, unit)
    return np.where(good[:, None, None], np.linalg.inv(safe), np.nan)


def matrix_times(matrix: Floats, lower: Any, upper: Any) -> Intervals:
    """Float64 matrices (boxes, n, n) times interval matrices (boxes, n, m)."""
    plus_part, minus_part = np.maximum(matrix, 0.0), np.minimum(matrix, 0.0)
    size = np.abs(matrix) @ np.maximum(np.abs(lower), np.abs(upper))
    margin = sum_margin(size, 2 * matrix.shape[-1] + 2)
    low = plus_part @ lower + minus_part @ upper - margin
    high = plus_part @ upper + minus_part @ lower + margin
    return Intervals((), below(low), above(high))


@dataclass(frozen=True)
class Discs:
    """Gershgorin's discs of VᵀHV, V near the eigenvectors of the middle, for matrices (k, n, n).

    Attributes:
        good: (k,) whether the bounds have a finite middle; nothing is said of the others.
        low, high: (k, n) ends of the discs. vectors: (k, n, n), columns.
    """

    good: Flags
    low: Floats
    high: Floats
    vectors: Floats


def discs(lower: Floats, upper: Floats) -> Discs:
    """The discs of every symmetric matrix between bounds (k, n, n), rounded outward."""
    n = lower.shape[1]
    with np.errstate(all="ignore"):
        middle = 0.5 * lower + 0.5 * upper
        good: Flags = np.asarray(np.isfinite(middle).all(axis=(1, 2)))
        safe = np.where(good[:, None, None], 0.5 * (middle + middle.swapaxes(1, 2)), np.eye(n))
        vectors = np.asarray(np.linalg.eigh(safe)[1], np.float64)
        turn: NDArray[np.float64] = np.ascontiguousarray(vectors.swapaxes(1, 2))
        half = matrix_times(turn, lower, upper)
        back = matrix_times(turn, half.lower.swapaxes(1, 2), half.upper.swapaxes(1, 2))
        off = np.maximum(np.abs(back.lower), np.abs(back.upper)) * (1.0 - np.eye(n))
        radius = off.sum(axis=2)
        radius = above(radius + sum_margin(radius, n))
        low = below(np.diagonal(back.lower, axis1=1, axis2=2) - radius)
        high = above(np.diagonal(back.upper, axis1=1, axis2=2) + radius)
    return Discs(good, low, high, vectors)


def inertias(lower: Floats, upper: Floats) -> list[tuple[int, int] | None]:
    """How many eigenvalues of every symmetric matrix between bounds (k, n, n) are < 0 and > 0.

    VᵀHV, V the eigenvectors of the middle, has the same inertia (Sylvester), and Gershgorin's discs
    tell its signs where none of them holds 0. That also shows that V has an inverse.

    Returns:
        For each of the k; None where that is not shown.
    """
    found = discs(lower, upper)
    positive, negative = found.low > 0.0, found.high < 0.0
    shown = found.good & (positive | negative).all(axis=1)
    counts = zip(negative.sum(axis=1).tolist(), positive.sum(axis=1).tolist(), strict=True)
    return [count if known else None for known, count in zip(shown, counts, strict=True)]


def positive_definite(lower: Floats, upper: Floats) -> Flags:
    """Whether every symmetric matrix between bounds (k, n, n) is, box by box, as in `inertias`."""
    found = discs(lower, upper)
    return found.good & np.asarray((found.low > 0.0).all(axis=1))
