"""The plane that a walk lies in best, and the heights of the function on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.problem import Problem
from surefoot.program import Vector

MOST_ROWS = 500
"""Points that the plane is fitted to; of a longer walk so many are picked evenly."""
LEAST = 1e-12
SIDE, COARSE = 81, 31
MOST_FINE = 2_000
"""Coordinates beyond which the map is coarse."""
BUFFER = 2**22
"""Numbers that the points of one call have together."""
MARGIN = 0.2


@dataclass(frozen=True, eq=False)
class WalkPlane:
    """A plane origin + a·first + b·second.

    Attributes:
        origin: (n,). axes: (2, n) orthonormal.
        share: of the movement Σ ‖xₖ − x_last‖² what lies in the plane, 0 to 1.
        path: (k, 2) the walk in it.
        names: of the two axes.
    """

    origin: Vector
    axes: Vector
    share: float
    path: Vector
    names: tuple[str, str]


def walk_plane(points: Vector, paths: Sequence[str]) -> WalkPlane:
    """The plane of the two coordinates, or by principal components through the last point.

    The axes are the two directions in which Σ ‖xₖ − x_last‖² is largest (Li et al., arXiv
    1712.09913, section 7), so that the last point lies in the plane.

    Args:
        points: (k, n), n ≥ 2. paths: the names of the coordinates.
    """
    size = points.shape[1]
    if size == 2:
        return WalkPlane(np.zeros(2), np.eye(2), 1.0, points, (paths[0], paths[1]))
    kept = np.unique(np.linspace(0, len(points) - 1, MOST_ROWS).round().astype(int))
    away = points[kept] - points[-1]
    # Scaled, so that no square overflows; the rows are few, so their products are the cheap way.
    largest = float(np.max(np.abs(away))) or 1.0
    away = away / largest
    values, weights = np.linalg.eigh(away @ away.T)
    axes = np.zeros((2, size))
    if values[-1] > 0.0:
        axes[0] = weights[:, -1] @ away
        axes[0] /= np.linalg.norm(axes[0])
    else:
        axes[0, 0] = 1.0
    # The squares of a movement below a millionth of the first are rounding.
    second = weights[:, -2] @ away if len(values) > 1 and values[-2] > LEAST * values[-1] else None
    axes[1] = _across(axes[0], second)
    total = float(np.sum(away * away))
    share = float(np.sum((away @ axes.T) ** 2)) / total if total > 0.0 else 1.0
    path = (points - points[-1]) @ axes.T
    return WalkPlane(points[-1], axes, min(share, 1.0), path, ("first", "second"))


def _across(axis: Vector, way: Vector | None) -> Vector:
    """The unit vector at right angles to another in the direction `way`, or in any."""
    if way is None:
        way = np.zeros_like(axis)
        way[int(np.argmin(np.abs(axis)))] = 1.0
    found = way - (way @ axis) * axis
    found /= np.linalg.norm(found)
    return found - (found @ axis) * axis


def heights(problem: Problem, plane: WalkPlane) -> tuple[Vector, Vector, Vector]:
    """The function around the path: two coordinates (m,) each and values (m, m), rows along the
    second; what is not finite is NaN."""
    side = SIDE if len(plane.origin) <= MOST_FINE else COARSE
    lower, upper = plane.path.min(axis=0), plane.path.max(axis=0)
    widest = float(np.max(upper - lower)) or 1.0
    half = np.maximum(0.5 * (upper - lower), 0.125 * widest) * (1.0 + 2.0 * MARGIN)
    middle = 0.5 * (lower + upper)
    first, second = (np.linspace(m - h, m + h, side) for m, h in zip(middle, half, strict=True))
    places = np.stack(np.meshgrid(first, second), -1).reshape(-1, 2)
    evaluator = Evaluator(problem.objective)
    together = max(1, min(len(places), BUFFER // len(plane.origin)))
    found = np.empty(len(places))
    with np.errstate(all="ignore"):
        for begin in range(0, len(places), together):
            # The last call repeats some places: one length, one compiled form.
            part = slice(min(begin, len(places) - together), None)
            part = slice(part.start, part.start + together)
            found[part] = evaluator.values(plane.origin + places[part] @ plane.axes)
    found[~np.isfinite(found)] = np.nan
    return first, second, found.reshape(side, side)


def curve_about(problem: Problem, walk: Vector) -> tuple[Vector, Vector]:
    """Places (m,) around a walk (k,) along one coordinate, and the function there."""
    lower, upper = float(walk.min()), float(walk.max())
    room = MARGIN * ((upper - lower) or 1.0)
    where = np.linspace(lower - room, upper + room, 4 * SIDE)
    with np.errstate(all="ignore"):
        found = Evaluator(problem.objective).values(where[:, None])
    found[~np.isfinite(found)] = np.nan
    return where, found
