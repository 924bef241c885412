"""A path that an engine walked, in a plane that the lab shows, and a window that holds it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.program import Vector
from surefoot.program.tape import Tape
from surefoot.solve.plane import Span, cut_of_plane
from surefoot.solve.walk_plane import walk_plane
from surefoot.terms import PlaneOf, RecordedWalk

MOST_RECORDED = 1000
FAR = 1e100
"""The page draws nothing further out."""
NEAR = 4.0
"""What lies so many widths of a window outside it is not near."""
SMALL = 0.05
"""A path below this share of a window would be a dot in it."""
ROOM, MARGIN = 0.05, 0.2
LEAST = 0.125
"""The shorter side of a window, as a share of the longer one."""

Box = tuple[Span, Span]


def before_far(points: Vector) -> Vector:
    """The points (k, n) of a path up to the first one that no window can hold; at least one."""
    far = np.abs(points).max(axis=1) > FAR
    return points[: (int(np.argmax(far)) if far.any() else len(points)) or 1]


def evenly(count: int) -> Sequence[int]:
    """The rows of a path that are kept: all, or 1000 evenly chosen ones with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_RECORDED)).astype(int)).tolist()


def recorded_walk(
    label: str,
    points: Vector,
    numbers: Any,
    values: Vector,
    slopes: Vector,
    share: float = 1.0,
    ended: str = "",
) -> RecordedWalk:
    """The record of a path; what is not finite is left out.

    Args:
        points: (k, 2) in the coordinates of the plane; all else has a row for each.
    """
    table = np.column_stack([points, values, slopes])
    good = np.flatnonzero(np.isfinite(table).all(axis=1))
    kept = good[evenly(len(good))]
    x, y, value, slope = (tuple(column) for column in table[kept].T.tolist())
    steps = tuple(int(k) for k in np.asarray(numbers)[kept])
    return RecordedWalk(label, steps, x, y, value, slope, share, ended)


def with_walk(plane: PlaneOf, walk: RecordedWalk) -> PlaneOf:
    """The plane of a function of two numbers with a path on it, from whose start the rules walk."""
    cut = plane.cuts[0]
    points = np.column_stack([walk.x, walk.y])
    fell = walk.value[-1] <= walk.value[0]
    box = window_with(cut.box, points, fell)
    made = cut_of_plane(Tape.from_json(plane.tape), cut.names, (), box, (walk.x[0], walk.y[0]))
    return PlaneOf(plane.tape, (replace(made, recorded=walk),))


def with_plane_of(
    plane: PlaneOf, points: Vector, names: Sequence[str], make: Any, most: int
) -> PlaneOf:
    """The planes of a function of three numbers or more, before them the one of a path.

    That goes through its last point along the two directions in which it moved most.

    Args:
        points: (k, n). names: of the coordinates.
        make: from the path in the plane (k, 2) and the share of the movement that it has to the
            record.
        most: of the other planes so many are kept.
    """
    found = walk_plane(points, names)
    walk: RecordedWalk = make(found.path, found.share)
    fixed = (*found.origin.tolist(), *found.axes[0].tolist(), *found.axes[1].tolist())
    box = window_of_path(np.column_stack([walk.x, walk.y]))
    made = cut_of_plane(
        Tape.from_json(plane.tape), found.names, fixed, box, (walk.x[0], walk.y[0]),
        "the plane of the path",
    )  # fmt: skip
    return PlaneOf(plane.tape, (replace(made, recorded=walk), *plane.cuts[:most]))


def window_with(box: Box, points: Vector, fell: bool) -> Box:
    """A window on what there is to see, widened to what of a path is near it.

    A path that began far from it, or that would be a dot in it, has a window of its own; of one
    that ran away only the near part is held.

    Args:
        points: (k, 2). fell: whether the path ended no higher than it began.
    """
    lower, upper = np.array(box).T
    width = upper - lower
    near = (np.abs(points - 0.5 * (lower + upper)) <= (NEAR + 0.5) * width).all(axis=1)
    if not near[0] and fell:
        return window_of_path(points)
    kept = points[near] if near[0] else points[:1]
    reach = np.ptp(kept, axis=0)
    if (reach < SMALL * width).all() and (reach > 0.0).any():
        return window_of_path(kept, 1.0)
    # The room is for a path that comes to the edge; one inside the window changes nothing.
    room = ROOM * width
    lower = np.minimum(lower, kept.min(axis=0) - room)
    upper = np.maximum(upper, kept.max(axis=0) + room)
    return _box(lower, upper)


def window_of_path(points: Vector, margin: float = MARGIN) -> Box:
    """The window around all points (k, 2) of a path, with room; neither side is a mere slit."""
    lower, upper = points.min(axis=0), points.max(axis=0)
    widest = float(np.max(upper - lower)) or max(1.0, float(np.abs(points).max()) * LEAST)
    half = np.maximum(0.5 * (upper - lower), LEAST * widest) * (1.0 + 2.0 * margin)
    middle = 0.5 * (lower + upper)
    return _box(middle - half, middle + half)


def _box(lower: Vector, upper: Vector) -> Box:
    lower, upper = np.maximum(lower, -FAR), np.minimum(upper, FAR)
    return (float(lower[0]), float(upper[0])), (float(lower[1]), float(upper[1]))
