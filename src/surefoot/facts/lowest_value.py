"""What can be shown of the lowest value on boxes: a bound, or that it lies elsewhere.

Of a box X with centre c inside the whole box B, and of X′ a little wider than X, still in B:

    f ≥ F(X′)                                       rule by rule; ∞ where f has no value on X′
    f ≥ f(c) + min G·(X − c)                        G ∋ ∇f on X′ (mean-value theorem)
    f ≥ f(c) + Σ min (gᵢdᵢ + ½λᵢdᵢ²)                g = ∇f(c), λᵢ = Hᵢᵢ − Σ |Hᵢⱼ| sⱼ/sᵢ, d = X − c:
                                                    2|dᵢdⱼ| ≤ dᵢ²sⱼ/sᵢ + dⱼ²sᵢ/sⱼ
    f ≥ f(x) + min ∇f(x)·(X − x)                    where H is positive definite on X′: f is convex
                                                    there, and its tangent plane lies below it; x is
                                                    where Newton's steps lead, kept inside X

and the lowest point of B does not lie in X, but for faces of X that lie on faces of B, where

    ∂f/∂xᵢ ≠ 0 on X′           moving xᵢ against it stays in X′ and lowers f
    ∂²f/∂xᵢ² < 0 on X′         so does moving it one way or the other

Both need f to be continuous on X′, which finite bounds of its slope show. X′ is wider than X so
that the lower point is there for all of X; of a sequence of points of X along which f approaches
its infimum over B a limit lies in X, and has a lower point beside it. So the infimum is the least
of what the parts that are left show. Source of the tests: Hansen and Walster, Global Optimization
Using Interval Analysis, 2nd ed. 2004, chapter 12; of the tangent planes: Newton's steps replace
Krawczyk's test, since no existence is needed.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.boxed import Bounds, Boxed
from surefoot.facts.intervals import Intervals
from surefoot.facts.intervals.arithmetic import product
from surefoot.facts.intervals.intervals import Flags, Floats, difference
from surefoot.facts.intervals.nowhere import nowhere
from surefoot.facts.intervals.reductions import summed
from surefoot.facts.intervals.rounding import above, add_down, below
from surefoot.facts.krawczyk import positive_definite

WIDER = 2.0**-10
"""Of the width of X: how far X′ reaches beyond it."""
NEWTON = 6


class Fate(IntEnum):
    """Where the lowest point of the whole box may lie, if it lies in a part of it."""

    OPEN = 0  # anywhere in the part
    NOWHERE = 1  # not in the part
    FACE = 2  # on one face of the part
    SIDES = 3  # on two opposite faces


@dataclass
class Looked:
    """What is shown of k boxes.

    Attributes:
        bound: (k,) no value on the box is lower.
        fate: (k,) where the lowest point may lie.
        lower, upper: (k, n) the face, where the fate is FACE, else the box.
        axis: (k,) the variable whose two faces are left, where the fate is SIDES.
        reach: (k, n) how far each variable moves f at most; infinite where that is not known.
        defined: (k,) whether f has a value all over the box.
        x: (k, n) the point of the box with the least value seen; high: (k,) no less than f there.
        low: (k,) no more than f at one point of the box: no cut lifts all bounds above it.
    """

    bound: Floats
    fate: NDArray[np.int8]
    lower: Floats
    upper: Floats
    axis: NDArray[np.int64]
    reach: Floats
    defined: Flags
    x: Floats
    high: Floats
    low: Floats


def look(boxed: Boxed, lower: Floats, upper: Floats, goal: float) -> Looked:
    """What is shown of boxes (k, n); bounds that reach the goal are not made better.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    with np.errstate(all="ignore"):
        return _looked(boxed, lower, upper, goal)


def _looked(boxed: Boxed, lower: Floats, upper: Floats, goal: float) -> Looked:
    margin = WIDER * (upper - lower)
    wide = np.maximum(lower - margin, boxed.first), np.minimum(upper + margin, boxed.last)
    here = boxed.bounds(*wide, second=True)
    c = np.clip(0.5 * lower + 0.5 * upper, lower, upper)
    at = boxed.bounds(c, c)
    bound, reach = here.low.copy(), _reach(here, lower, upper)
    smooth = here.defined & np.isfinite(reach).all(axis=1)
    away = difference(Intervals((), lower, upper), Intervals((), c, c))
    mean = add_down(at.low, _least_move(here.slope, away))
    bound = np.where(smooth & at.defined & np.isfinite(mean), np.maximum(bound, mean), bound)
    high = np.where(at.defined & ~np.isnan(at.high), at.high, np.inf)
    low = np.where(at.defined & np.isfinite(at.low), at.low, np.inf)
    made = Looked(
        bound, np.zeros(len(c), np.int8), lower.copy(), upper.copy(), np.zeros(len(c), np.int64),
        reach, here.defined, c, high, low,
    )  # fmt: skip
    _without_values(boxed, made, wide, goal)
    _where_it_may_lie(boxed, made, here, wide, smooth)
    _by_curvature(boxed, made, here, at, goal, smooth & at.defined)
    return made


def _without_values(
    boxed: Boxed, made: Looked, wide: tuple[Floats, Floats], goal: float
) -> None:
    """Where f has no value at all none is low."""
    rows = np.flatnonzero(~made.defined & (made.bound < goal))
    if rows.size:
        lost = nowhere(boxed.program, wide[0][rows], wide[1][rows])
        made.bound[rows[lost]] = np.inf


def _reach(here: Bounds, lower: Floats, upper: Floats) -> Floats:
    size = np.maximum(np.abs(here.slope[0]), np.abs(here.slope[1]))
    return np.where(upper > lower, size * (upper - lower), 0.0)


def _least_move(
    slope: tuple[Floats, Floats], away: tuple[Floats, Floats]
) -> Floats:
    """(k,) a lower bound of slope · (X − c)."""
    moves = product(Intervals((), *slope), Intervals((), *away))
    n = slope[0].shape[1]
    return summed(moves.lower, moves.upper, n, lambda part: part.sum(axis=-1))[0]


def _where_it_may_lie(
    boxed: Boxed, made: Looked, here: Bounds, wide: tuple[Floats, Floats], smooth: Flags
) -> None:
    """Fates by the signs of slopes and curvatures."""
    free = (made.upper > made.lower) & smooth[:, None]
    # A face of the whole box, or room beyond the part.
    ends = made.lower == boxed.first, made.upper == boxed.last
    room = wide[0] < made.lower, wide[1] > made.upper
    rises, falls = free & (here.slope[0] >= 0.0), free & (here.slope[1] <= 0.0)
    none = free & (here.slope[0] > 0.0) & ~ends[0] & room[0]
    none |= free & (here.slope[1] < 0.0) & ~ends[1] & room[1]
    down, up = rises & ends[0], falls & ends[1] & ~(rises & ends[0])
    sides = np.zeros_like(free)
    if here.curvature is not None:
        bend = np.diagonal(here.curvature[1], axis1=1, axis2=2)
        least = np.diagonal(here.curvature[0], axis1=1, axis2=2)
        hollow = free & (bend < 0.0) & np.isfinite(least)
        none |= hollow & ~ends[0] & ~ends[1] & room[0] & room[1]
        down |= hollow & ends[0] & ~ends[1] & room[1] & ~up
        up |= hollow & ends[1] & ~ends[0] & room[0] & ~down
        sides = hollow & ends[0] & ends[1]
    gone, face = none.any(axis=1), (down | up).any(axis=1)
    made.axis = np.argmax(sides, axis=1)
    two = sides.any(axis=1)
    made.fate[:] = np.select([gone, face, two], [Fate.NOWHERE, Fate.FACE, Fate.SIDES], Fate.OPEN)
    fixed = face & ~gone
    made.upper = np.where(down & fixed[:, None], made.lower, made.upper)
    made.lower = np.where(up & fixed[:, None], made.upper, made.lower)


def _by_curvature(
    boxed: Boxed, made: Looked, here: Bounds, at: Bounds, goal: float, smooth: Flags
) -> None:
    """Better bounds of boxes that need them, from second derivatives."""
    if here.curvature is None:
        return
    known = np.isfinite(here.curvature[0]).all(axis=(1, 2))
    known &= np.isfinite(here.curvature[1]).all(axis=(1, 2)) & smooth
    rows = np.flatnonzero(known & (made.bound < goal) & (made.fate == Fate.OPEN))
    if not rows.size:
        return
    lower, upper, c = made.lower[rows], made.upper[rows], made.x[rows]
    hessian = here.curvature[0][rows], here.curvature[1][rows]
    least = _row_by_row(hessian, upper - lower)
    slope = at.slope[0][rows], at.slope[1][rows]
    away = difference(Intervals((), lower, upper), Intervals((), c, c))
    lows = _least_parabola(slope, least, away)
    total = summed(lows, lows, boxed.size, lambda part: part.sum(axis=-1))[0]
    curved = add_down(at.low[rows], total)
    better = np.where(np.isfinite(curved), curved, -np.inf)
    made.bound[rows] = np.maximum(made.bound[rows], better)
    fixed = lower == upper
    convex = (fixed | (least > 0.0)).all(axis=1)
    unsure = np.flatnonzero(~convex & (made.bound[rows] < goal))
    if unsure.size:
        width = (upper - lower)[unsure]
        scaled = _scaled(hessian[0][unsure], hessian[1][unsure], width)
        convex[unsure] = positive_definite(*scaled)
    rows, hessian = rows[convex], (hessian[0][convex], hessian[1][convex])
    _by_tangents(boxed, made, rows, 0.5 * hessian[0] + 0.5 * hessian[1], slope_at(slope, convex),
                 goal)  # fmt: skip


def slope_at(slope: tuple[Floats, Floats], rows: Flags) -> Floats:
    """The middles of slopes at points."""
    return 0.5 * slope[0][rows] + 0.5 * slope[1][rows]


def _row_by_row(hessian: tuple[Floats, Floats], width: Floats) -> Floats:
    """(k, n) λ with dᵀHd ≥ Σ λᵢ dᵢ² for every H between the bounds."""
    n = width.shape[1]
    size = np.maximum(np.abs(hessian[0]), np.abs(hessian[1]))
    # Rounded up both ways, so that r·(1/r) ≥ 1, which the inequality needs.
    ratio = above(width[:, None, :] / width[:, :, None])
    moves = (width[:, None, :] > 0.0) & (width[:, :, None] > 0.0) & ~np.eye(n, dtype=bool)
    off = np.where(moves, above(size * ratio), 0.0)
    _, off = summed(off, off, n, lambda part: part.sum(axis=-1))
    return below(np.diagonal(hessian[0], axis1=1, axis2=2) - off)


def _least_parabola(
    slope: tuple[Floats, Floats], least: Floats, away: tuple[Floats, Floats]
) -> Floats:
    """(k, n) a lower bound of g d + ½λd² for d in [a, b] around 0 and g in the slope."""
    (low, high), (a, b) = slope, away
    line_a, line_b = below(high * a), below(low * b)
    half = 0.5 * least
    bent = np.minimum(
        add_down(line_a, below(half * above(a * a))), add_down(line_b, below(half * above(b * b)))
    )
    straight = np.minimum(np.minimum(line_a, line_b), 0.0)
    steep = np.maximum(np.maximum(-low, high), 0.0)
    vertex = -above(above(steep * steep) / below(2.0 * least))
    upward = np.maximum(straight, np.where(np.isnan(vertex), -np.inf, vertex))
    found = np.where(least > 0.0, upward, np.minimum(bent, 0.0))
    return np.where((a == 0.0) & (b == 0.0), 0.0, found)


def _scaled(
    lower: Floats, upper: Floats, width: Floats
) -> tuple[Floats, Floats]:
    """SHS with S near the widths, powers of two so that nothing is rounded; 1 for fixed ones."""
    moves = width > 0.0
    s = np.exp2(np.round(np.log2(np.where(moves, width, 1.0))))
    # Squares of extreme widths would leave the range of float64.
    s = np.clip(s / np.max(s, axis=1, keepdims=True), 2.0**-400, 1.0)
    s = np.where(moves, s, 0.0)
    both = s[:, :, None] * s[:, None, :]
    eye = np.eye(width.shape[1]) * ~moves[:, :, None]
    return below(lower * both) + eye, above(upper * both) + eye


def _by_tangents(
    boxed: Boxed, made: Looked, rows: NDArray[np.int64], middle: Floats, slope: Floats, goal: float
) -> None:
    """Tangent planes at the ends of Newton's steps, on boxes where f is convex."""
    x = made.x[rows]
    for _ in range(NEWTON):
        if not rows.size:
            return
        x = newton_inside(x, slope, middle, made.lower[rows], made.upper[rows])
        at = boxed.bounds(x, x)
        box = Intervals((), made.lower[rows], made.upper[rows])
        plane = add_down(at.low, _least_move(at.slope, difference(box, Intervals((), x, x))))
        plane = np.where(at.defined & np.isfinite(plane), plane, -np.inf)
        made.bound[rows] = np.maximum(made.bound[rows], plane)
        lower = at.defined & (at.high < made.high[rows])
        made.x[rows[lower]], made.high[rows[lower]] = x[lower], at.high[lower]
        made.low[rows[lower]] = np.minimum(made.low[rows[lower]], at.low[lower])
        # Above the goal, or shown that the box reaches below it: both settle the box's part.
        left = made.bound[rows] < goal
        left &= np.isfinite(at.high) & (at.high > made.bound[rows] + 4.0 * np.spacing(at.high))
        slope = (0.5 * at.slope[0] + 0.5 * at.slope[1])[left]
        rows, x, middle = rows[left], x[left], middle[left]


def newton_inside(
    x: Floats, slope: Floats, hessian: Floats, lower: Floats, upper: Floats
) -> Floats:
    """One of Newton's steps from points (k, n) of boxes, held by the faces that it pushes against.

    Args:
        slope: (k, n). hessian: (k, n, n), positive definite.
    """
    held = (x <= lower) & (slope > 0.0) | (x >= upper) & (slope < 0.0) | (lower == upper)
    tried = x
    for _ in range(2):
        move = ~held
        both = move[:, :, None] & move[:, None, :]
        system = np.where(both, hessian, 0.0) + np.eye(x.shape[1]) * held[:, :, None]
        right = np.where(move & np.isfinite(slope), -slope, 0.0)
        step = _solved(system, right)
        # A face that the step runs into holds the next try; the others then make up for it.
        blocked = move & ((x + step < lower) | (x + step > upper))
        tried = np.clip(x + step, lower, upper)
        at_face = blocked & ((x <= lower) | (x >= upper))
        if not at_face.any():
            return tried
        held |= at_face
    return tried


def _solved(system: Floats, right: Floats) -> Floats:
    good: Flags = np.asarray(np.isfinite(system).all(axis=(1, 2)))
    safe = np.where(good[:, None, None], system, np.eye(right.shape[1]))
    try:
        found = np.linalg.solve(safe, right[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        found = np.zeros_like(right)
    return np.where(np.isfinite(found), found, 0.0)
