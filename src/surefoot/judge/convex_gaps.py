"""How far above its lowest value a convex function can be at a point.

With g the gradient at x, bounded by intervals and by Arb, and d = x − y for any y in the bounds,

    f(x) − f(y) ≤ gᵀd − ½ μ ‖d‖²                  (convexity, with modulus μ ≥ 0)

so that the gap f(x) − min f is at most the least of

    slope and modulus    Σ max over dᵢ of gᵢdᵢ − ½ μ dᵢ²;  ‖g‖²/2μ where nothing is bounded
    slope and bounds     Σ max over dᵢ of gᵢdᵢ             where the bounds are finite
    existence            Σ |gᵢ| rᵢ                         a zero of ∇f lies in x ± r (Krawczyk)
    lower bound          f(x) − L                          L a bound of f on the whole box
    faces                f(x) − L                          L a bound on a box around x, on whose
                                                           faces f is at least f(x)
    planes               `convex_planes`                   at a corner, asked last

The last holds since a convex function that is no lower on the way out is no lower beyond.

To each is added how far f(x) may be from its float64 value.

Source: Boyd, Vandenberghe, Convex Optimization (2004), equations 9.8 and 9.9.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surefoot.facts.arb_bounds import value_by_arb
from surefoot.facts.boxed import Boxed
from surefoot.facts.intervals import enclose, enclose_derivatives
from surefoot.facts.intervals.balls import ends
from surefoot.facts.intervals.series import gradients
from surefoot.facts.intervals.spans import lower_end
from surefoot.facts.krawczyk import GradientField
from surefoot.facts.second_opinion import reach, second_opinion
from surefoot.judge.contracts import Vector
from surefoot.judge.convex_planes import Region, gaps_by_planes
from surefoot.program import Program
from surefoot.terms import UnsupportedError

MOST_SLOPES, MOST_FACES, MOST_CURVED = 100, 50, 12
"""Variables up to which slopes are bounded, values on faces, and Hessians."""


@dataclass(frozen=True)
class Gap:
    """f(x) − min f is at most `size`; `agreed` where Arb says so too."""

    size: float
    formula: str
    agreed: bool


def gaps_of(
    program: Program, sign: float, x: Vector, lower: Vector, upper: Vector, modulus: float,
    tol: float,
) -> tuple[float, list[Gap]]:  # fmt: skip
    """f(x), minimised, and the gaps that can be shown.

    Args:
        program: f, minimised for `sign` 1 and maximised for −1. x, lower, upper: (n,).
        modulus: μ, 0 where none is known.
        tol: a gap of tol·max(1, |f(x)|) is small enough; what takes long is left out then.

    Returns:
        the value, NaN where it has no bounds; and the gaps, none where it is not finite.
    """
    gaps = [Gap(np.inf, "", False)]
    try:
        at = enclose(program, x[None], x[None])[0]
        if at.inside is not None and not bool(at.inside.all()):
            return np.nan, gaps
        if not bool(np.isfinite(at.lower).all() and np.isfinite(at.upper).all()):
            return np.nan, []
        value = sign * float(0.5 * at.lower[0, 0] + 0.5 * at.upper[0, 0])
        top = float(at.upper[0, 0] if sign > 0.0 else -at.lower[0, 0])
        # The value that is reported is f(x) rounded on the way, as its bounds are.
        width = float(np.nextafter(at.upper[0, 0] - at.lower[0, 0], np.inf))
        width = 0.0 if at.upper[0, 0] == at.lower[0, 0] else width
        near = tol * max(1.0, abs(value)) - width
        gaps += _by_bound(program, sign, top, lower, upper)
        gaps += _by_slopes(program, sign, x, lower, upper, modulus)
        if not _is_shown(gaps, near):
            around, by_box = _closed_box(program, sign, x, lower, upper)
            gaps += by_box
            if not _is_shown(gaps, near):
                region = Region(lower, upper, modulus, *around)
                gaps += _by_planes(program, sign, x, region, near)
    except UnsupportedError:
        return np.nan, gaps[:1]
    return value, [
        replace(gap, size=gap.size + width) for gap in gaps if not np.isnan(gap.size)
    ]


def _by_bound(
    program: Program, sign: float, top: float, lower: Vector, upper: Vector
) -> Iterator[Gap]:
    whole = enclose(program, lower[None], upper[None])[0]
    least = float(whole.lower[0, 0] if sign > 0.0 else -whole.upper[0, 0])
    if not np.isfinite(least):
        return
    gap = 0.0 if top == least else float(np.nextafter(top - least, np.inf))
    agreed = False
    if np.isfinite(lower).all() and np.isfinite(upper).all():
        agreed = bool(lower_end(program, lower, upper, sign) >= least - 1e-12 * abs(least))
    yield Gap(max(gap, 0.0), "f(x) − L, L a bound on the whole box", agreed)


def _is_shown(gaps: Sequence[Gap], near: float) -> bool:
    return any(gap.agreed and gap.size <= near for gap in gaps)


def _closed_box(
    program: Program, sign: float, x: Vector, lower: Vector, upper: Vector
) -> tuple[tuple[Vector, Vector], list[Gap]]:
    """A box around x, on whose faces inside the bounds f is at least f(x), and the gap it shows.

    Where |x| has its corner there is no slope to go by; on such a box there are bounds. Where none
    is found: the bounds, and no gap.
    """
    if x.size > MOST_FACES:
        return (lower, upper), []
    top = value_by_arb(Boxed(program, sign, lower, upper), x)[1]
    for share in (1.0, 1e-4, 1e4):
        width = share * np.maximum(1.0, np.abs(x))
        first, last = np.maximum(x - width, lower), np.minimum(x + width, upper)
        if all(
            lower_end(program, *face, sign) >= top for face in _faces(first, last, lower, upper)
        ):
            gap = top - lower_end(program, first, last, sign)
            size = 0.0 if gap <= 0.0 else float(np.nextafter(gap, np.inf))
            return (first, last), [Gap(size, "f(x) − L, L a bound on a box around x", True)]
    return (lower, upper), []


def _by_planes(
    program: Program, sign: float, x: Vector, region: Region, near: float
) -> Iterator[Gap]:
    if x.size > MOST_SLOPES:
        return
    for size in gaps_by_planes(program, sign, x, region):
        yield Gap(max(size, 0.0), "f(x) − L, L of planes that touch f around x", True)
        if size <= near:
            return


def _faces(
    first: Vector, last: Vector, lower: Vector, upper: Vector
) -> Iterator[tuple[Vector, Vector]]:
    """The faces of a box that are not faces of the whole one."""
    for k in range(first.size):
        if last[k] < upper[k]:
            face = first.copy()
            face[k] = last[k]
            yield face, last
        if first[k] > lower[k]:
            face = last.copy()
            face[k] = first[k]
            yield first, face


def _by_slopes(
    program: Program, sign: float, x: Vector, lower: Vector, upper: Vector, modulus: float
) -> Iterator[Gap]:
    n = x.size
    if n > MOST_SLOPES:
        return
    found = enclose_derivatives(program, x[None], x[None], second=False)[0].slope
    slopes = np.zeros((2, n))
    if found is not None:
        slopes = np.array([np.broadcast_to(s[0, 0], (n,)) for s in (found.lower, found.upper)])
    by_arb, agreed = _arb_slopes(program, x)
    low = np.minimum(slopes[0], by_arb[0]) if agreed else slopes[0]
    high = np.maximum(slopes[1], by_arb[1]) if agreed else slopes[1]
    if sign < 0.0:
        low, high = -high, -low
    # d = x − y lies between x − upper and x − lower.
    first = np.nextafter(x - upper, -np.inf)
    last = np.nextafter(x - lower, np.inf)
    size = np.maximum(np.abs(low), np.abs(high))
    if modulus > 0.0:
        room = _up(np.maximum(size**2, _least(size)) / (2.0 * modulus))
        # Where a bound holds x and the slope leads out, no d gains anything.
        held = ((x <= lower) & (low >= 0.0)) | ((x >= upper) & (high <= 0.0))
        yield Gap(float(_up(np.where(held, 0.0, room).sum(), n)), "Σ gᵢ²/2μ", agreed)
    moves = np.where(low >= 0.0, _ends(high, last, x <= lower), _ends(size, last, x <= lower))
    back = np.where(high <= 0.0, _ends(-low, -first, x >= upper), _ends(size, -first, x >= upper))
    moves, back = np.where(high <= 0.0, 0.0, moves), np.where(low >= 0.0, 0.0, back)
    yield Gap(float(_up(np.maximum(moves, back).sum(), n)), "Σ max gᵢ(xᵢ − yᵢ)", agreed)
    if n <= MOST_CURVED:
        yield from _by_existence(program, x, size, lower, upper)


def _ends(slope: Any, width: Vector, held: Any) -> Any:
    """slope · width for slope ≥ 0; nothing where a bound holds x on that side."""
    product = np.maximum(slope * np.maximum(width, 0.0), _least(slope))
    return np.where(held | (slope <= 0.0), 0.0, _up(product))


def _least(factor: Any) -> Any:
    """The smallest number for a product that may have sunk to 0; 0 where a factor is 0."""
    return np.where(factor == 0.0, 0.0, 5e-324)


def _up(numbers: Any, count: int = 2) -> Any:
    """At least the exact result of a few roundings of numbers ≥ 0; what is 0 stays so."""
    more = numbers * (1.0 + 4.0 * (count + 2) * 2.0**-53) + 1e-320
    return np.where(numbers == 0.0, 0.0, more)


def _arb_slopes(program: Program, x: Vector) -> tuple[Any, bool]:
    """Bounds of the gradient by Arb, (2, n), and whether it could tell."""
    n = x.size
    try:
        found = [ends(slope) for slope in gradients(program, x, x, range(n))[0]]
    except UnsupportedError:
        return np.zeros((2, n)), False
    bounds = np.array(found).T
    return bounds, bool(np.isfinite(bounds).all())


def _by_existence(
    program: Program, x: Vector, size: Vector, lower: Vector, upper: Vector
) -> Iterator[Gap]:
    """A zero of the gradient in x ± r is a minimum, and f(x) is at most Σ |gᵢ| rᵢ above it."""
    bounds = GradientField(program)(x[None], x[None], jacobian=True).jacobian
    assert bounds is not None, "asked for"
    middle = 0.5 * bounds.lower[0] + 0.5 * bounds.upper[0]
    if not np.isfinite(middle).all():
        return
    try:
        step = np.abs(np.linalg.solve(middle, size))
    except np.linalg.LinAlgError:
        return
    low, high, scale = x - step, x + step, np.ones(x.size)
    around = reach(low, high, scale) + step
    # Beyond the bounds nothing is known of how f bends.
    if not bool(((x - around > lower) & (x + around < upper)).all()):
        return
    if second_opinion(program, low, high, scale).exists:
        gap = float(_up((size * around).sum() + 1e-320, x.size + 2))
        yield Gap(gap, "Σ |gᵢ| rᵢ, ∇f = 0 in x ± r", True)
