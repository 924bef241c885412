"""A step scale to begin with: one with which the ball arrives somewhere."""

from math import isfinite

import numpy as np

from surefoot.program import Vector
from surefoot.show import outward
from surefoot.solve.line import Line
from surefoot.solve.window import Window

POINTS = 401
FEWER = 101
"""So many without a tape, where each point is a call."""
CORNER = 4.0
"""A slope that changes so many times more than the curvature accounts for turns at a corner."""
SHARE = 0.1
"""Of the window: the longest first step where no smooth minimum ahead says how long one may be."""
STEPS = 40
HALVINGS = 12
LEAST, MOST = 1e-307, 1e307


def suited_rate(line: Line, box: Window, start: float) -> float:
    """A step scale η for gradient descent from `start`, two digits.

    1/M for the largest curvature M between the start and the first minimum downhill: with it every
    step on that way goes down. Without a smooth minimum ahead 1/M for the curvature at the start,
    and no first step longer than a tenth of the window. Halved, at most 12 times, until the first
    40 steps stay near the window.
    """
    w = np.linspace(*box, FEWER if line.tape is None else POINTS)
    _, slope, curvature = line.many(np.append(w, start))
    steep = float(slope[-1])
    if not (isfinite(steep) and steep != 0.0):
        return 0.5
    top, smooth = _on_the_way(w, slope, curvature, start)
    room = SHARE * (box[1] - box[0]) / abs(steep)
    top = top if smooth else float(curvature[-1])
    eta = 1.0 / top if top > 0.0 and isfinite(1.0 / top) else room
    eta = eta if smooth else min(eta, room)
    for _ in range(HALVINGS):
        if _stays(line, box, start, eta):
            break
        eta *= 0.5
    return two_digits(min(max(eta, LEAST), MOST))


def two_digits(eta: float) -> float:
    """A step scale as a slider shows it, rounded down: a larger one might go too far."""
    return float(outward(eta, -1, 2))


def _on_the_way(w: Vector, slope: Vector, curvature: Vector, start: float) -> tuple[float, bool]:
    """The largest curvature from the start to where the slope turns, and whether it turns smoothly.

    The last entries of slope and curvature are those at the start.
    """
    downhill = -np.sign(slope[-1])
    ahead = np.flatnonzero((w - start) * downhill > 0.0)
    ahead = ahead if downhill > 0.0 else ahead[::-1]
    signs = np.sign(slope[ahead]) * downhill
    turned = np.flatnonzero(~(signs < 0.0))
    end = int(turned[0]) + 1 if turned.size else len(ahead)
    way = np.append(curvature[ahead[:end]], curvature[-1])
    top = float(np.max(way[np.isfinite(way)], initial=0.0))
    if not turned.size or not np.isfinite(slope[ahead[end - 1]]):
        return top, False
    last = ahead[end - 1]
    before = float(slope[ahead[end - 2]] if end > 1 else slope[-1])
    away = abs(float(w[last] - (w[ahead[end - 2]] if end > 1 else start)))
    local = float(np.nanmax(np.abs(curvature[[last, ahead[end - 2] if end > 1 else -1]])))
    return top, abs(float(slope[last]) - before) <= CORNER * local * away


def _stays(line: Line, box: Window, start: float, eta: float) -> bool:
    """Whether the first steps stay finite, and within a width of the window."""
    width = box[1] - box[0]
    w = start
    for _ in range(STEPS):
        value, slope, _ = line.many(np.array([w]))
        if not isfinite(float(value[0] + slope[0])):
            return False
        w -= eta * float(slope[0])
        if not box[0] - width <= w <= box[1] + width:
            return False
    return True
