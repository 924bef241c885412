"""Along a corner: what f does in the directions without a jump in the slope.

V holds the directions in which the slope jumps, U = V⊥ the others; coordinates are scaled by the
extents. In order of execution:

1. *Curvature* Uᵀ(Σλᵢ∇²fᵢ)U, λ the weights with which the slopes around x cancel (the second-order
   condition of Lemaréchal, Oustry and Sagastizábal 2000). It is taken at three distances; what
   changes with the distance by as much as it is does not belong to x: around the ridge
   |y − x³| − x⁴ the Hessians are ±6x, and any mixture of them is as good as 0. Nor does what is
   less than 10⁻⁶ of the parts that cancel.
2. Where it is zero, the U-Lagrangian φ(u) = min over v of f(x + Uu + Vv) is followed: lines do not
   see a ridge that is curved. Along y = x³ the value above is −x⁴, and it rises along every line.
   With one sharp and one smooth direction that is all there is; with more the way down may be
   missed, so that only a fall is believed.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from surefoot.judge.contracts import Matrix, Vector
from surefoot.judge.curvature import equilibrate
from surefoot.judge.site import Site
from surefoot.judge.walk import Trend, saturates, straight

_DISTANCES = 2.0 ** -np.arange(1.0, 15.0)
_ROUNDS = 44
_LOUD = 64.0
_STEADY = 4


class Course(Enum):
    """What f does along the corner, as a minimum-seeker sees it."""

    RISES = "the value rises along the corner"
    FALLS = "the value falls along a curve"
    LEVEL = "the value stays level along some straight lines"
    UNCLEAR = "it cannot be told"


@dataclass(frozen=True)
class Bend:
    """Curvature along U at one distance: Uᵀ(Σλᵢ∇²fᵢ)U, max |Uᵀ∇²fᵢU| and its rounding (u, u)."""

    total: Matrix
    parts: Matrix
    rounding: Matrix


@dataclass(frozen=True)
class Ridge:
    """The course with the step (n,) to a lower point and its gain, or the level direction.

    `why` says what is missing where the course is UNCLEAR.
    """

    course: Course
    step: Vector | None = None
    drop: float = 0.0
    why: str = ""


def along(site: Site, sharp: Matrix, smooth: Matrix, sign: float, bends: list[Bend]) -> Ridge:
    """Name the course of sign·f along the corner.

    Args:
        sharp: (m, n) orthonormal rows spanning V. smooth: (u, n) those of U. bends: measured at
            several distances, the nearest first.
    """
    if not bends or not all(np.all(np.isfinite(bend.total)) for bend in bends):
        return Ridge(Course.UNCLEAR, why="the curvature along it is not a finite number")
    # Across a norm's corner ∇²fᵢ is of size 1/r; where U is off by δ, δ²/r is left along it.
    while len(bends) > 2 and np.max(bends[0].parts) > 4.0 * np.max(bends[1].parts):
        bends = bends[1:]
    blocks = [bend.total for bend in bends]
    scale = equilibrate(blocks[0], np.ones(len(smooth)))
    scaled = [block * scale[:, None] * scale for block in blocks]
    values, vectors = np.linalg.eigh(scaled[0])
    mixed = np.abs(scale[:, None] * vectors)
    allowed = 1e-6 * bends[0].parts + bends[0].rounding
    error = np.einsum("ik,ij,jk->k", mixed, allowed, mixed)
    error = np.maximum(_error(scaled, values, vectors), error)
    ways = (scale[:, None] * vectors).T @ smooth * site.extent
    if np.all(values > error):
        if not _lower_on_lines(site, ways, sign):
            return Ridge(Course.RISES)
        why = "it curves upwards by its slopes, yet lower values lie along it"
        return Ridge(Course.UNCLEAR, why=why)
    if np.any(values < -error):
        return _falling(site, sharp, smooth, sign, ways[values < -error])
    return _follow(site, sharp, smooth, sign, ways[values <= error])


def _falling(site: Site, sharp: Matrix, smooth: Matrix, sign: float, ways: Matrix) -> Ridge:
    """Curvature is negative along `ways` (k, n): show a lower point on the corner itself."""
    for way in ways[:4]:
        for turn in (way, -way):
            unit = site.unit(turn) / site.extent
            steps, floor = _floor(site, sharp, unit, sign)
            where = _falls(site, floor)
            if where is not None:
                return Ridge(Course.FALLS, steps[where], -float(floor[where]))
    return Ridge(Course.UNCLEAR, why="the value should fall along it by its curvature")


def _error(scaled: list[Matrix], values: Vector, vectors: Matrix) -> Vector:
    """The error bar (k,) of each eigenvalue: twice as far as it moves with the distance."""
    again = [np.einsum("ik,ij,jk->k", vectors, block, vectors) for block in scaled[1:]]
    moved = [2.0 * np.abs(other - values) for other in again]
    rounding = np.full(values.size, 1e-10 * float(np.max(np.abs(values), initial=0.0)))
    return np.max([rounding, *moved], axis=0)


def _lower_on_lines(site: Site, ways: Matrix, sign: float) -> bool:
    """Positive curvature is believed if no walk along it finds the value lower."""
    t = 2.0 ** np.arange(-20.0, -6.0)
    for way in ways[:4]:
        for line in (site.unit(way), -site.unit(way)):
            found, _ = site.look(site.at(np.outer(t, line)))
            if np.any(sign * (found - site.value) < -_LOUD * site.noise - site.tolerance):
                return True
    return False


def _follow(site: Site, sharp: Matrix, smooth: Matrix, sign: float, level: Matrix) -> Ridge:
    """No curvature in the directions `level` (k, n): follow the corner itself."""
    turns = _directions(len(smooth))
    courses = [_floor(site, sharp, turn @ smooth, sign) for turn in turns]
    for steps, floor in courses:
        where = _falls(site, floor)
        if where is not None:
            return Ridge(Course.FALLS, steps[where], -float(floor[where]))
    if all(_level(site, way) for way in level):
        return Ridge(Course.LEVEL, np.max(np.abs(level), axis=0))
    whole = len(smooth) == len(sharp) == 1
    if whole and all(_rises(site, floor) for _, floor in courses):
        return Ridge(Course.RISES)
    names = "no curvature was found along it, and a way down may hide between the ways walked"
    return Ridge(Course.UNCLEAR, why=names)


def _directions(size: int) -> Matrix:
    if size == 1:
        return np.array([[1.0], [-1.0]])
    extra = np.random.default_rng(29).standard_normal((16, size))
    extra /= np.linalg.norm(extra, axis=1, keepdims=True)
    return np.concatenate([np.eye(size)[:8], -np.eye(size)[:8], extra])


def _floor(site: Site, sharp: Matrix, way: Vector, sign: float) -> tuple[Matrix, Vector]:
    """The steps (k, n) to the lowest points beside x + t·way, for all distances t, and φ (k,).

    Each of the sharp directions in turn: 25 places, the best kept, then six times closer ones. φ is
    NaN where it is not lower than 0 and still sinks at the end.
    """
    places = np.linspace(-1.0, 1.0, 25)
    t = _DISTANCES
    best = np.outer(t, way)
    half = t.copy()
    floor = earlier = np.full(t.size, np.inf)
    for turn in range(_ROUNDS):
        earlier = floor if turn == _ROUNDS - 6 else earlier
        for row in sharp:
            tried = best[:, None, :] + (half[:, None] * places)[:, :, None] * row
            values, _ = site.look(site.at(tried.reshape(-1, site.size) * site.extent))
            change = sign * (values.reshape(t.size, -1) - site.value)
            change = np.where(np.isfinite(change), change, np.inf)
            k = np.argmin(change, axis=1)
            best, floor = tried[np.arange(t.size), k], change[np.arange(t.size), k]
        half = half / 6.0
    sinking = (floor > 0.0) & ~(floor >= 0.9 * earlier)
    return best * site.extent, np.where(sinking, np.nan, floor)


def _falls(site: Site, floor: Vector) -> int | None:
    """Which of the distances to name, where φ is lower at four in a row, the less the closer."""
    low = floor < -_LOUD * site.noise
    for k in range(len(floor) - _STEADY + 1):
        part = floor[k : k + _STEADY]
        shrinks = np.all(low[k : k + _STEADY]) and all(b > a for a, b in pairwise(part))
        # A lower basin next door is lower at the large distances only.
        if shrinks and not np.any(floor[k + _STEADY :] >= -part[-1]):
            return k
    return None


def _rises(site: Site, floor: Vector) -> bool:
    """Whether φ follows one power of the distance over six rungs, and is lower nowhere closer."""
    loud = np.flatnonzero(floor > _LOUD * site.noise)
    if loud.size < 6 or np.any(np.isnan(floor)) or np.any(floor < -_LOUD * site.noise):
        return False
    last = floor[loud[-6] : loud[-1] + 1]
    if last.size != 6:
        return False
    powers = -np.diff(np.log2(last))
    return bool(np.all(powers > 0.5) and np.ptp(powers) < 0.2 * np.max(powers) + 0.2)


def _level(site: Site, direction: Vector) -> bool:
    unit = site.unit(direction)
    return all(
        straight(site, way).trend is Trend.LEVEL and not saturates(site, way)
        for way in (unit, -unit)
    )
