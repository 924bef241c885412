"""Where to look at a function that nobody has chosen a window for, and where to put the ball."""

import numpy as np

from surefoot.program import Vector
from surefoot.solve.line import Line

Window = tuple[float, float]

SPANS = (8.0, 40.0, 400.0, 4000.0)
"""Half-widths that are looked through for places with zero slope, the smallest first."""
POINTS = 1601
FEATURES = 9
"""So many places with zero slope make a picture; of a wave no more are shown."""
PLAIN = 4.0
"""Half-width where there is nothing to centre on."""


def window_of(line: Line, around: float = 0.0) -> Window:
    """A window with what there is to see: the places of zero slope near `around`, with room.

    The slope's changes of sign are looked for in windows that grow until there are some. Without
    any, the window is ±4 around the point, cut to where the function is finite.
    """
    for half in SPANS:
        w = np.linspace(around - half, around + half, POINTS)
        value, slope, _ = line.many(w)
        turns = _turns(w, value, slope)
        if turns.size:
            return _with_room(line, turns, around)
        if line.tape is None:
            break  # each point costs a call; one look is enough
    return _finite_part(line, (around - PLAIN, around + PLAIN))


def window_around(line: Line, centre: float, scale: float) -> Window:
    """A window of half-width `scale` around a point, halved until both of its ends are finite."""
    for _ in range(12):
        box = (centre - scale, centre + scale)
        if np.isfinite(line.many(np.array(box))[0]).all():
            return box
        scale *= 0.5
    return _finite_part(line, (centre - scale, centre + scale))


def start_in(line: Line, box: Window) -> float:
    """Where to put the ball: towards the right end, at a finite value with a slope.

    Of the places at 78 %, 22 %, 90 %, … of the window the first that has a finite slope which is
    not zero; on a function without any, 78 %.
    """
    lower, upper = box
    places = lower + (upper - lower) * np.array([0.78, 0.22, 0.9, 0.1, 0.65, 0.35, 0.55, 0.45])
    value, slope, _ = line.many(places)
    good = np.flatnonzero(np.isfinite(value) & np.isfinite(slope) & (slope != 0.0))
    finite = np.flatnonzero(np.isfinite(value))
    chosen = good if good.size else finite if finite.size else np.array([0])
    return float(f"{places[chosen[0]]:.6g}")


def _turns(w: Vector, value: Vector, slope: Vector) -> Vector:
    """Where the slope changes sign between neighbours that are both finite, or is zero."""
    fine = np.isfinite(value) & np.isfinite(slope)
    signs = np.sign(slope)
    both = fine[:-1] & fine[1:]
    changes = both & (signs[:-1] * signs[1:] < 0.0)
    # A slope of exactly zero on one side alone: a flat stretch is no place to centre on.
    zero = both & (signs[:-1] != 0.0) & (signs[1:] == 0.0)
    found = np.flatnonzero(changes | zero)
    return 0.5 * (w[found] + w[found + 1])


def _with_room(line: Line, turns: Vector, around: float) -> Window:
    near = turns[np.argsort(np.abs(turns - around))][:FEATURES]
    lower, upper = float(near.min()), float(near.max())
    room = 0.45 * (upper - lower) if len(near) > 1 else max(2.0, 0.75 * abs(lower - around))
    return _finite_part(line, (lower - room, upper + room))


def _finite_part(line: Line, box: Window) -> Window:
    """The window from the first to the last finite value in it; the window itself without any.

    It ends in round numbers, which read well below an axis.
    """
    w = np.linspace(*box, 401)
    finite = np.flatnonzero(np.isfinite(line.many(w)[0]))
    if finite.size > 1:
        room = 0.04 * (w[finite[-1]] - w[finite[0]])
        lower = box[0] if finite[0] == 0 else float(w[finite[0]]) - room
        upper = box[1] if finite[-1] == 400 else float(w[finite[-1]]) + room
        box = (float(lower), float(upper))
    digits = int(np.ceil(-np.log10(box[1] - box[0]))) + 2
    return (float(np.floor(box[0] * 10.0**digits) / 10.0**digits),
            float(np.ceil(box[1] * 10.0**digits) / 10.0**digits))  # fmt: skip
