"""The landscape of a function of two numbers or more: its tape, and where to look at it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from surefoot.program import Program, Vector
from surefoot.program.tape import NotOnTape, Tape, plane_tape
from surefoot.terms import PlaneCut, PlaneOf, Slice

Span = tuple[float, float]

MOST_PLANES = 15
"""Pairs of coordinates that are offered; of a function of many numbers the first ones."""
MOST_WORK = 20_000
"""Operations at one point, rows of data counted, beyond which no drag could be followed."""
HALVES = (4.0, 8.0, 40.0, 400.0)
"""Half-widths that are searched for stationary points, the smallest first."""
SEEDS = 13
FEATURES = 25
ROUNDS = 40
PLAIN = 4.0


def plane_of(program: Program, paths: Sequence[str], slices: Sequence[Slice]) -> PlaneOf | None:
    """The planes of a traced function; None where it has none that a page could follow.

    A function of two numbers is its own plane, and its window holds the stationary points near 0
    that are found numerically. Of more, the planes of pairs of coordinates go through the point
    that the cuts `slices` go through, with their windows.
    """
    size = program.structure.size
    if size < 2 or len(slices) < 2:
        return None
    try:
        tape = plane_tape(program)
    except NotOnTape:
        return None  # the curves are alive, and say why where they are not
    if tape.work > MOST_WORK:
        return None
    if size == 2:
        box = window_of_plane(tape, slices)
        cuts = [cut_of_plane(tape, (paths[0], paths[1]), (), box)]
    else:
        cuts = [_pair(tape, slices, i, j) for i, j in _pairs(len(slices))]
    return PlaneOf(tape.to_json(), tuple(cuts))


def _pairs(count: int) -> Sequence[tuple[int, int]]:
    near = sorted(combinations(range(min(count, 24)), 2), key=lambda pair: (pair[1], pair[0]))
    return near[:MOST_PLANES]


def _pair(tape: Tape, slices: Sequence[Slice], i: int, j: int) -> PlaneCut:
    size = (len(slices[i].fixed) - 1) // 2
    origin = np.array(slices[i].fixed[1 : 1 + size])
    first, second = np.zeros(size), np.zeros(size)
    first[i] = second[j] = 1.0
    origin[i] = origin[j] = 0.0
    fixed = (*origin.tolist(), *first.tolist(), *second.tolist())
    names = slices[i].variable, slices[j].variable
    return cut_of_plane(tape, names, fixed, (slices[i].box, slices[j].box))


def cut_of_plane(
    tape: Tape,
    names: tuple[str, str],
    fixed: tuple[float, ...],
    box: tuple[Span, Span],
    start: Span | None = None,
    label: str = "",
) -> PlaneCut:
    """A plane with a window, a start and a rate that suits gradient descent from there.

    Args:
        tape: of `plane_tape`. fixed: its inputs behind the two coordinates.
        start: None chooses one high up in the window.
        label: by default the two names.
    """
    start = _start(tape, fixed, box) if start is None else start
    label = label or f"{names[0]} and {names[1]}"
    return PlaneCut(label, names, fixed, box, start, _rate(tape, fixed, box, start))


def window_of_plane(tape: Tape, slices: Sequence[Slice]) -> tuple[Span, Span]:
    """A window with the stationary points near 0 in it, with room; else that of the cuts."""
    for half in HALVES:
        found = stationary(tape, half)
        if len(found):
            near = found[np.argsort(np.linalg.norm(found, axis=1))][:FEATURES]
            return _around(near)
    return slices[0].box, slices[1].box


def stationary(tape: Tape, half: float) -> Vector:
    """Places with zero gradient in ±half, by Newton's method from a grid, (k, 2); none twice."""
    axis = np.linspace(-half, half, SEEDS)
    points = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2) * 0.98 + 0.013 * half
    size = np.full(len(points), np.inf)
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            out = tape.run_many(points)
            points = points - _newton(out)
        out = tape.run_many(points)
        size = np.linalg.norm(out[:, 1:3], axis=1)
        scale = np.linalg.norm(out[:, 3:], axis=1) * half + np.abs(out[:, 0])
        good = (size <= 1e-9 * (1e-30 + scale)) & (np.abs(points).max(axis=1) <= half)
        # A slope that fades, as that of exp(-x), is as small, but no step ends there.
        good &= (size == 0.0) | (np.linalg.norm(_newton(out), axis=1) <= 1e-6 * half)
    kept: list[Vector] = []
    for point in points[good]:
        if all(np.linalg.norm(point - other) > 1e-5 * half for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, 2)


def _newton(out: Vector) -> Vector:
    gx, gy, a, b, c = out[:, 1:].T
    determinant = a * c - b * b
    return np.stack([c * gx - b * gy, a * gy - b * gx], 1) / determinant[:, None]


def _around(points: Vector) -> tuple[Span, Span]:
    lower, upper = points.min(axis=0), points.max(axis=0)
    middle, reach = 0.5 * (lower + upper), upper - lower
    # A lone point, or points in a row, still have a landscape around them.
    least = np.maximum(2.0, 0.75 * np.abs(middle)) if len(points) == 1 else 0.35 * reach.max()
    half = np.maximum(0.68 * reach, least)
    return _rounded(middle[0], half[0]), _rounded(middle[1], half[1])


def _rounded(middle: float, half: float) -> Span:
    unit = 10.0 ** np.floor(np.log10(half)) / 4.0
    lower, upper = np.floor((middle - half) / unit) * unit, np.ceil((middle + half) / unit) * unit
    return float(f"{lower:.9g}"), float(f"{upper:.9g}")


def _rows(fixed: Sequence[float], points: Any) -> Vector:
    return np.hstack([points, np.tile(np.array(fixed, np.float64), (len(points), 1))])


def _start(tape: Tape, fixed: Sequence[float], box: tuple[Span, Span]) -> Span:
    """High up, but not at the edge: of some places in the window the one of the largest finite
    gradient among those below the middle height."""
    shares = (0.14, 0.24, 0.36, 0.64, 0.76, 0.86)
    lower = np.array([box[0][0], box[1][0]])
    width = np.array([box[0][1], box[1][1]]) - lower
    places = lower + width * np.array([(a, b) for a in shares for b in shares])
    with np.errstate(all="ignore"):
        out = tape.run_many(_rows(fixed, places))
        steep = np.linalg.norm(out[:, 1:3], axis=1)
    good = np.isfinite(out).all(axis=1) & (steep > 0.0)
    if not good.any():
        return tuple(float(f"{each:.4g}") for each in lower + 0.3 * width)  # pyright: ignore
    middle = np.median(out[good, 0])
    steep[~good | (out[:, 0] > middle)] = -1.0
    # Of places that are equally steep, as on the sides of |x| + |y|, the highest.
    height = np.where(steep >= (1.0 - 1e-9) * steep.max(), out[:, 0], -np.inf)
    x, y = places[int(np.argmax(height))]
    return float(f"{x:.4g}"), float(f"{y:.4g}")


def _rate(
    tape: Tape, fixed: Sequence[float], box: tuple[Span, Span], start: Span
) -> float:
    """Two thirds of 1/λ for the largest curvature λ at the start and in the lower half of some
    places of the window; two digits."""
    lower = np.array([box[0][0], box[1][0]])
    width = np.array([box[0][1], box[1][1]]) - lower
    axis = np.linspace(0.1, 0.9, 9)
    places = lower + width * np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        out = tape.run_many(_rows(fixed, np.vstack([[start], places])))
        a, b, c = out[:, 3:].T
        top = 0.5 * (a + c) + np.hypot(0.5 * (a - c), b)
    low = out[:, 0] <= np.nanmedian(out[:, 0])
    low[0] = True
    top = top[low & np.isfinite(top) & (top > 1e-12)]
    if not top.size:
        return 0.1
    return float(f"{min(max(0.67 / float(top.max()), 1e-12), 1e12):.2g}")
