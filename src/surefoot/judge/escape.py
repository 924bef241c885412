"""A measured way down from where some curvature is negative: shown, not inferred from ∇²f."""

from typing import NamedTuple

import numpy as np

from surefoot.judge.contracts import Matrix, Vector
from surefoot.judge.curvature import EPS, Spectrum, in_extents
from surefoot.judge.site import Site
from surefoot.terms import Evidence


class Descent(NamedTuple):
    """A measured way down: its direction (n,), and by how much the value is lower at a step."""

    direction: Vector
    gain: float
    step: Vector


def walk_down(site: Site, direction: Vector, curvature: float) -> Descent | None:
    """± direction, whichever is measurably lower a short way along, and by how much.

    Starts where ½κt² is 64 times the noise and goes on until the value is lower, then for as long
    as it falls further, up to a tenth of the extents: a drop that a person can see.
    """
    start = np.sqrt(128.0 * site.noise / abs(curvature)) if curvature else 0.0
    unit = float(np.max(np.abs(direction) / site.extent, initial=1e-300))
    start = max(start, 1e-10 / unit)
    for k in range(0, 40, 2):
        t = start * 2.0**k
        best: tuple[Vector, float] | None = None
        for sign in (1.0, -1.0):
            way = sign * direction
            if t > site.reach(way):
                continue
            value = float(site.look(site.at(t * way[None, :]))[0][0]) - site.value
            if value < -16.0 * site.noise and (best is None or value < -best[1]):
                best = (way, -value)
        if best is not None:
            return _farther(site, *best, t, 0.1 / unit)
        if t * unit > 1.0:
            return None
    return None


def _farther(site: Site, way: Vector, drop: float, t: float, most: float) -> Descent:
    """Where the value has fallen steadily from x + t·way on, at most at x + most·way."""
    lengths = [t * 4.0**k for k in range(1, 40) if t * 4.0**k <= min(most, site.reach(way))]
    if not lengths:
        return Descent(way, drop, t * way)
    values, _ = site.look(site.at(np.outer(lengths, way)))
    for length, gain in zip(lengths, site.value - values, strict=True):
        if not gain > drop:
            break
        t, drop = length, float(gain)
    return Descent(way, drop, t * way)


def escape(site: Site, found: Spectrum) -> Descent | None:
    """A measured way down among the directions of negative curvature.

    Where a row of the Hessian holds rounding alone, the scaling that makes it 1 turns directions
    far along that coordinate; those in units of the extents are then tried as well.
    """
    equal = found.directions(found.negative, site.size)[:4], found.values[found.negative][:4]
    for directions, curvatures in (equal, _in_extents(site, found)):
        for direction, curvature in zip(directions, curvatures, strict=True):
            way = walk_down(site, direction, float(curvature))
            if way is not None:
                return way
    return None


def _in_extents(site: Site, found: Spectrum) -> tuple[Matrix, Vector]:
    """Directions (k, n) of negative curvature and the curvatures, in units of the extents."""
    lengths = site.extent[found.free]
    scaled = in_extents(site, found.free)
    if found.free.size == 0 or scaled is None:
        return np.zeros((0, site.size)), np.zeros(0)
    values, vectors = np.linalg.eigh(scaled)
    bends = np.flatnonzero(values < -8.0 * values.size * EPS * np.max(np.abs(values)))[:4]
    directions = np.zeros((bends.size, site.size))
    directions[:, found.free] = (lengths[:, None] * vectors[:, bends]).T
    return directions, values[bends]


def escape_row(way: Descent | None) -> Evidence:
    """The measured drop as evidence, or that there was none."""
    return Evidence(
        "escape",
        "f(x) − f(x + td), a short way along",
        None if way is None else way.gain,
        0.0,
        None if way is None else True,
        note="measured, not inferred from the Hessian"
        if way is not None
        else "no lower value could be measured along the directions of negative curvature",
    )
