"""Does the slope vanish here because this is the bottom, or because the bottom is far away?

A Newton step p promises a stationary point at x + p, hence a slope turned round at x + 2p. Where
it has not turned, the promise is false: e⁻ˣ at 40, x³ at 1e-4, x⁴ at 1e-3 (which turns at 8p).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from surefoot.judge.contracts import Bounded, Matrix, Vector
from surefoot.judge.ray import Far, Ray, follow, points_up
from surefoot.judge.site import Site

_DOUBLINGS = 1000
_FAR = 1e3
_FOLLOWED = 12
_NEARER = (1, 2, 3, 4, 5, 8, 12, 16)
"""Halvings of the way back to the start: 1 − x/√(1 + x²) is lost in rounding from 10⁵ on."""
_TURNED = 0.1
_LEVEL = 3
"""So many equal values without slope at the end of a ray are a plateau, or rounding."""
_CLOSER = 33
"""Points between the last two distances, to see how the plateau is reached."""
_SHORT = 0.1
"""A Newton step of this share of the way or less puts back onto the floor what strayed off it."""


class Turn(Enum):
    """What the slope does beyond the Newton step."""

    TURNS = "the slope turns round beyond the Newton step, as it does at a stationary point"
    RUNS_ON = "the slope does not turn round and the change exceeds the tolerance"
    FADES = "the slope shrinks for ever and never turns round"
    UNSEEN = "nothing changes beyond rounding"


@dataclass(frozen=True)
class TurnReport:
    """How far the walk went (as a multiple of the step) and how much the value changed."""

    turn: Turn
    multiple: float
    change: float


def turn_check(site: Site, step: Vector, sign: float) -> TurnReport:
    """Walk 2p, 4p, 8p, … until the slope of sign·f along p turns, or the change exceeds tolerance.

    Args:
        step: (n,) towards the stationary point, downhill for sign·f.
        sign: +1 in the subspace of positive curvature, −1 in that of negative curvature.
    """
    if not np.any(step):
        return TurnReport(Turn.UNSEEN, 0.0, 0.0)
    allowed = max(2.0 * site.tolerance, 64.0 * site.noise)
    first = sign * float(site.gradient @ step)
    length = float(np.max(np.abs(step) / site.extent))
    sizes: list[float] = []
    change, multiple = 0.0, 0.0
    room = site.reach(step)
    for k in range(1, _DOUBLINGS):
        multiple = 2.0**k
        if multiple > room:
            return TurnReport(Turn.TURNS, room, change)
        values, gradients = site.look(site.at(multiple * step[None, :]))
        slope = sign * float(gradients[0] @ step)
        change = sign * (float(values[0]) - site.value)
        if not (np.isfinite(slope) and np.isfinite(change)):
            return TurnReport(Turn.UNSEEN, multiple, 0.0)
        # Beside an inflection the slope at 2p is 0 and of no sign; at a minimum it is as at x.
        if slope > _TURNED * abs(first):
            return TurnReport(Turn.TURNS, multiple, change)
        if change < -allowed:
            return TurnReport(Turn.RUNS_ON, multiple, change)
        sizes.append(abs(slope))
        # A slope of exactly 0 is no end: that of x¹⁰⁰ underflows on both sides of its minimum.
        if multiple * length > _FAR:
            break
    shrinking = sum(b < a for a, b in pairwise(sizes) if a > 0.0)
    monotone = all(b <= a for a, b in pairwise(sizes))
    if monotone and shrinking >= 3 and first < 0.0 and sizes[-1] <= 1e-3 * sizes[0]:
        return TurnReport(Turn.FADES, multiple, change)
    return TurnReport(Turn.UNSEEN, multiple, change)


@dataclass(frozen=True)
class Descent:
    """A way down from the point and what lies at its end."""

    direction: Vector
    ray: Ray


def explore(site: Site, downhill: Vector, *, moves: int = 0, heed: bool = False) -> Descent | None:
    """Follow candidate directions far out; the first that never turns up, or None.

    Candidates: the Newton step, the slope, x itself (for separable data every multiple of a
    separating w is better than w), and where a few Newton steps lead to.
    """
    best: Descent | None = None
    for direction in _candidates(site, downhill, moves):
        if not np.any(direction) or not np.all(np.isfinite(direction)):
            continue
        if float(site.gradient @ direction) >= 0.0:
            continue
        if np.isfinite(site.reach(direction)):
            continue
        ray = follow(site.oracle, site.x, direction, heed=heed)
        if ray.far is Far.LEVELS_OFF and ends_far_out(site, direction, ray):
            continue
        shown = direction / np.max(np.abs(direction))
        if ray.far in (Far.ENDLESS, Far.LEVELS_OFF):
            return Descent(shown, ray)
        if ray.far is Far.SLOWLY and best is None:
            best = Descent(shown, ray)
    return best


def ends_far_out(site: Site, direction: Vector, ray: Ray) -> bool:
    """Whether what levels off has an end after all: it rises far out, or reaches a plateau."""
    return turns_far_out(site, direction, ray) or _reaches_a_plateau(site, direction, ray)


def _reaches_a_plateau(site: Site, direction: Vector, ray: Ray) -> bool:
    """Whether the ray ends where the function itself is level: max(e⁻ˣ, 10⁻⁵⁰) from 115 on.

    That is so where no step of the function absorbs what moves (e⁻ˣ does at 746), and what rounding
    could hide is less than the last step down (log(1 + eˣ) − x ends within its rounding).
    """
    if site.hidden is None or not isinstance(site.oracle, Bounded):
        return False
    floor = _along_the_floor(site, direction)
    if floor is not None:
        direction, ray = floor, follow(site.oracle, site.x, floor)
    if ray.t.size <= _LEVEL:
        return False
    last = ray.values[-_LEVEL:]
    if np.any(last != last[-1]) or np.any(ray.slopes[-_LEVEL:] != 0.0):
        return False
    points = site.x + np.outer(ray.t[-_LEVEL:], direction)
    clear = bool(np.all(site.oracle.rounding(points) <= 0.25 * _last_fall(site, direction, ray)))
    return clear and not site.hidden(points)


def _last_fall(site: Site, direction: Vector, ray: Ray) -> float:
    """What the last small step down to the level end of a ray gains."""
    first = int(np.flatnonzero(ray.values != ray.limit)[-1]) + 1 if np.ptp(ray.values) else 0
    edge = np.linspace(float(ray.t[first - 1]) if first else 0.0, float(ray.t[first]), _CLOSER)
    values, _ = site.look(site.x + np.outer(edge, direction))
    falls = np.abs(np.diff(values))
    return float(falls[np.flatnonzero(falls)[-1]]) if np.any(falls) else 0.0


def turns_far_out(site: Site, direction: Vector, ray: Ray) -> bool:
    """Whether a ray that levels off rises after all: e⁻ˣ + 10⁻³⁰⁰ x has its minimum at 691.

    A ray that is slanted a little rises because of what it moves beside the floor. So the part of
    the direction that a short Newton step would undo is left out first.
    """
    if site.hessian is None or not points_up(ray.slopes):
        return False
    lengths = site.extent
    for t in ray.t[-3:]:
        _, gradient, hessian = site.oracle.derivatives(site.x + t * direction)
        gradient, hessian = gradient * lengths, hessian * lengths[:, None] * lengths
        if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(hessian))):
            return False
        kept = _kept(gradient, hessian, t * direction / lengths)
        if not float(gradient @ kept) > 0.0:
            return False
    return True


def _along_the_floor(site: Site, direction: Vector) -> Vector | None:
    """The direction without what a short Newton step at x would undo; None if that is nothing."""
    if site.hessian is None or not np.all(np.isfinite(site.hessian)):
        return None
    lengths = site.extent
    hessian = site.hessian * lengths[:, None] * lengths
    floor = _kept(site.gradient * lengths, hessian, direction / lengths) * lengths
    return floor if np.any(floor) and not np.array_equal(floor, direction) else None


def _kept(gradient: Vector, hessian: Matrix, way: Vector) -> Vector:
    """The way without its part in directions in which a short Newton step ends at the bottom."""
    values, vectors = np.linalg.eigh(hessian)
    along, parts = vectors.T @ gradient, vectors.T @ way
    undone = (values > 0.0) & (np.abs(along) <= _SHORT * np.linalg.norm(way) * values)
    return vectors @ np.where(undone, 0.0, parts)


def from_nearer(site: Site, nearer: Callable[[Vector], Site], centre: Vector) -> Descent | None:
    """A fall towards a limit that is not reached, seen from between `centre` and x.

    At x itself rounding hides everything: of log(1 + eᶻ) − z at 60 nothing is left.

    Args:
        nearer: x (n,) -> the site there. centre: (n,) the start, or 0.
    """
    allowed = site.value + 2.0 * site.noise + 1e-12 * abs(site.value)
    for k in _NEARER:
        there = nearer(centre + (site.x - centre) * 2.0**-k)
        derivatives = there.gradient if there.hessian is None else there.hessian
        if not (np.isfinite(there.value) and np.all(np.isfinite(derivatives))):
            continue
        # Steps short enough that some of the fall is seen before all is level.
        way = (site.x - centre) * 2.0 ** -(k + 3)
        found = explore(there, way, moves=_FOLLOWED, heed=True)
        if found is None or found.ray.far is not Far.LEVELS_OFF or found.ray.limit > allowed:
            continue
        if _falls_through(site, there, found.direction, way):
            return found
    return None


def _falls_through(site: Site, there: Site, direction: Vector, way: Vector) -> bool:
    """Whether the line through x itself falls to a limit as the one from beside it does.

    √(u² + v²) − u falls for ever at v = 1, and is 0 at v = 0, where x may lie.

    Args:
        direction: (n,) of the fall from there. way: (n,) a short step from there to x.
    """
    unit = direction / site.extent
    back, step = (
        float(unit @ (part / site.extent)) / float(unit @ unit) for part in (site.x - there.x, way)
    )
    if back <= 0.0:
        return True
    ray = follow(site.oracle, site.x - back * direction, step * direction, heed=True)
    return ray.far is Far.LEVELS_OFF and not _drops_at_once(ray.slopes)


def _drops_at_once(slopes: Vector) -> bool:
    """Whether a doubling takes slopes from a tenth to 10⁻⁸ of the steepest: e⁻ˣ squares them."""
    sizes = np.abs(slopes) / np.max(np.abs(slopes))
    first = int(np.argmax(sizes <= 1e-8))
    return bool(first > 0 and sizes[first] <= 1e-8 and sizes[first - 1] >= 0.1)


def _candidates(site: Site, downhill: Vector, moves: int) -> list[Vector]:
    # Cut where the bounds would end the ray at once: an infimum may hide along a face.
    found = [downhill, steepest(site)]
    if float(site.gradient @ site.x) < 0.0:
        found.append(site.x.copy())
    if moves and site.hessian is not None:
        found.insert(0, _newton_walk(site, moves))
    return [_inside(site, direction) for direction in found]


def steepest(site: Site) -> Vector:
    """Down the slope, in units where every coordinate counts by its extent."""
    step = -site.gradient * site.extent**2
    return site.unit(step)


def _inside(site: Site, direction: Vector) -> Vector:
    """The direction without the components that lead against a finite bound."""
    blocked = ((direction < 0) & np.isfinite(site.lower)) | (
        (direction > 0) & np.isfinite(site.upper)
    )
    return np.where(blocked, 0.0, direction)


def _newton_walk(site: Site, moves: int) -> Vector:
    """x_k − x after a few Newton steps with the Hessian made positive."""
    x = site.x
    for _ in range(moves):
        _, gradient, hessian = site.oracle.derivatives(x)
        if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(hessian))):
            break
        scale = np.sqrt(np.abs(np.diag(hessian)))
        scale = np.where(scale > 0.0, 1.0 / np.where(scale > 0.0, scale, 1.0), 0.0)
        values, vectors = np.linalg.eigh(hessian * scale[:, None] * scale)
        sizes = np.maximum(np.abs(values), 1e-8 * np.max(np.abs(values), initial=1e-300))
        step = -scale * (vectors @ ((vectors.T @ (scale * gradient)) / sizes))
        if not np.all(np.isfinite(step)):
            break
        x = np.clip(x + step, site.lower, site.upper)
    return x - site.x


def follow_newton(site: Site, downhill: Vector) -> Descent | None:
    """`explore` with a few Newton steps first; costs Hessians, so only on suspicion."""
    return explore(site, downhill, moves=_FOLLOWED)
