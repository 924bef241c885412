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
FADED = 1e-9
"""A slope this small against the largest one nearby that ends in exact zeros has faded out: that is
float64, and no place of the function."""
WALL = 1e12
"""A rise so many times that over half the way is a wall; a window that holds it shows nothing else.
"""


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


def holding(box: Window, w: float) -> Window:
    """The window, or where the point lies outside it one that reaches a little beyond the point."""
    lower, upper = min(box[0], w), max(box[1], w)
    room = 0.05 * (upper - lower)
    return (lower - room if w < box[0] else lower, upper + room if w > box[1] else upper)


def window_around(line: Line, centre: float, scale: float) -> Window:
    """A window of half-width `scale` around a point, halved until both of its ends are finite."""
    for _ in range(12):
        box = (centre - scale, centre + scale)
        if np.isfinite(line.many(np.array(box))[0]).all():
            return box
        scale *= 0.5
    return _finite_part(line, (centre - scale, centre + scale))


def start_in(line: Line, box: Window) -> float:
    """Where to put the ball: towards the right end, at a finite value with a slope to roll down.

    Of the places at 78 %, 22 %, 90 %, … of the window the first whose slope is finite and not next
    to nothing; where the function rises or falls all the way, the first from which downhill leads
    into the window. On a function without any, 78 %.
    """
    lower, upper = box
    shares = np.array([0.78, 0.22, 0.9, 0.1, 0.65, 0.35, 0.55, 0.45, 0.97, 0.03, 0.99, 0.01])
    places = lower + (upper - lower) * shares
    value, slope, _ = line.many(places)
    finite = np.isfinite(value)
    usable = finite & np.isfinite(slope) & (slope != 0.0)
    if usable.any():
        # Beyond a wall the values say nothing about what counts as a slope elsewhere.
        seen = value[usable]
        spread = min(float(np.ptp(seen)), 1e3 * max(1.0, abs(float(np.median(seen)))))
        steep = usable & (np.abs(slope) >= 1e-6 * spread / (upper - lower))
        usable = steep if steep.any() else usable
        signs = np.sign(slope[usable])
        rises = value[usable][np.argmax(places[usable])] - value[usable][np.argmin(places[usable])]
        one_way = bool((signs == np.sign(rises)).all())
        inward = usable & ((slope > 0.0) == (shares > 0.5))
        usable = inward if one_way and inward.any() else usable
    chosen = np.flatnonzero(usable if usable.any() else finite if finite.any() else shares > 0.0)
    return float(f"{places[chosen[0]]:.6g}")


def _turns(w: Vector, value: Vector, slope: Vector) -> Vector:
    """Where the slope changes sign between neighbours that are both finite, or is zero.

    A level stretch counts at its middle where the slopes beside it differ in sign, else at its end;
    not at all where the slope only fades into it, as that of exp(-w) does.
    """
    fine = np.isfinite(value) & np.isfinite(slope)
    signs = np.where(fine, np.sign(slope), np.nan)
    found = 0.5 * (w[:-1] + w[1:])[signs[:-1] * signs[1:] < 0.0]
    largest = float(np.max(np.abs(slope[fine]), initial=0.0))
    zeros = np.flatnonzero(signs == 0.0)
    level: list[float] = []
    for run in np.split(zeros, np.flatnonzero(np.diff(zeros) > 1) + 1) if zeros.size else []:
        first, last = int(run[0]), int(run[-1])
        before = signs[first - 1] if first > 0 else np.nan
        after = signs[last + 1] if last + 1 < len(w) else np.nan
        if before * after < 0.0 or (first == last and np.isfinite(before * after)):
            level.append(0.5 * float(w[first] + w[last]))
        elif np.isfinite(before) and abs(slope[first - 1]) > FADED * largest:
            level.append(float(w[first]))
        elif np.isfinite(after) and abs(slope[last + 1]) > FADED * largest:
            level.append(float(w[last]))
    return np.sort(np.append(found, level))


def _with_room(line: Line, turns: Vector, around: float) -> Window:
    near = turns[np.argsort(np.abs(turns - around))][:FEATURES]
    lower, upper = float(near.min()), float(near.max())
    if len(near) > 1:
        room = 0.45 * (upper - lower)
    else:
        room = _before_the_walls(line, lower, max(2.0, 0.75 * abs(lower - around)))
    return _finite_part(line, (lower - room, upper + room))


def _before_the_walls(line: Line, centre: float, room: float) -> float:
    """The room beside a lone place, or less where the function rises like a wall in it: then as far
    as the wall is ten times as high as the function is there, or as 1."""
    shares = np.linspace(0.0, 1.0, 1001)
    rise = np.full(len(shares), -np.inf)
    for side in (-1.0, 1.0):
        value = line.many(centre + side * room * shares)[0]
        with np.errstate(invalid="ignore"):
            rise = np.fmax(rise, np.where(np.isnan(value), -np.inf, np.abs(value - value[0])))
    height = 10.0 * max(1.0, abs(float(line.many(np.array([centre]))[0][0])))
    if not (rise[-1] > WALL * max(float(rise[500]), 1e-300) and rise[-1] > WALL * height):
        return room
    return room * float(shares[np.argmax(rise > height)])


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


def near_path(box: Window, points: Vector) -> Window:
    """The window, widened to what of a path lies within four widths of it."""
    width = box[1] - box[0]
    near = points[(points > box[0] - 4.0 * width) & (points < box[1] + 4.0 * width)]
    if near.size == 0:
        near = points[:1]
    room = 0.05 * width
    return min(box[0], float(near.min()) - room), max(box[1], float(near.max()) + room)
