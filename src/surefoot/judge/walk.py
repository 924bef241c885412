"""Walking away from the point along one line, and naming what the values and slopes do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from surefoot.judge.contracts import EPS, Hidden, Mask, Vector
from surefoot.judge.site import Site

LADDER: Vector = np.array([4.0**k for k in range(-40, 21)])
"""Distances tried, as multiples of the extent: from far below rounding to far out, by 4."""

_RUN = 5
"""So many ladder steps (a factor of 1024 in distance) must tell the same story."""


Probe = Callable[[Vector], Vector]


class Trend(Enum):
    """What happens along a line, as near to the point as float64 can see."""

    RISES = "the value rises"
    FALLS = "the value falls"
    LEVEL = "the value stays level"
    FADES = "the value falls ever more slowly and never turns"
    STEPS = "the value changes although every slope is zero: it moves in steps"
    JUMPS_UP = "the value jumps up however short the step"
    JUMPS_DOWN = "the value jumps down however short the step"
    UNCLEAR = "rounding hides what the value does"


@dataclass(frozen=True)
class Walk:
    """Value changes and slopes at distances t from the point.

    Attributes:
        t: (k,) distances, ascending. values: (k,) f − f(x). slopes: (k,) df/dt.
        trend: what they say. power: p where the value changes like t^p; 0 where unknown.
        seen: the distance and value change of the first change beyond rounding, if any.
    """

    t: Vector
    values: Vector
    slopes: Vector
    trend: Trend
    power: float = 0.0
    seen: tuple[float, float] | None = None


def straight(site: Site, direction: Vector, ladder: Vector = LADDER) -> Walk:
    """Walk along x + t·direction, direction as returned by `site.unit`."""
    t = distances(site, direction, ladder)
    points = site.at(np.outer(t, direction))
    values, gradients = site.look(points) if t.size else (np.zeros(0), np.zeros((0, site.size)))
    noise, width = rounding_along(site, direction, t)

    def probe(distances: Vector) -> Vector:
        return site.look(site.at(np.outer(distances, direction)))[1] @ direction

    told = tell(t, values - site.value, gradients @ direction, noise, width, probe)
    return unless_deaf(told, site, t, noise)


def _hears(site: Site, t: Vector, noise: Vector) -> bool:
    """Whether rounding, a hundredth of the extent away, lets "level" mean anything.

    Far out on a staircase to −∞ the terms are so large that rounding hides 10⁻⁷ of the value:
    then silence proves nothing, as where it exceeds all that the value has changed since the
    start. A value that is itself rounding is no measure, and 0 has no size.
    """
    near = noise[t <= 0.01]
    if near.size == 0:
        return True
    if 0.0 < site.change < near[-1]:
        return False
    size = abs(site.value)
    return bool(near[-1] <= site.tol * size or size <= 1e3 * site.noise)


def unless_deaf(walk: Walk, site: Site, t: Vector, noise: Vector) -> Walk:
    """The walk; UNCLEAR where it is LEVEL and rounding drowns what there might be."""
    if walk.trend is not Trend.LEVEL or _hears(site, t, noise):
        return walk
    return replace(walk, trend=Trend.UNCLEAR)


def distances(site: Site, direction: Vector, ladder: Vector) -> Vector:
    """Rungs within the bounds at which every coordinate that matters moves by 64 ulp or more."""
    relative = np.abs(direction) / site.extent
    moving = relative > 1e-6 * np.max(relative, initial=0.0)
    ulp = np.where(site.x == 0.0, 0.0, np.spacing(np.abs(site.x)))
    shortest = np.max(64.0 * ulp[moving] / np.abs(direction[moving]), initial=0.0)
    return ladder[(ladder <= site.reach(direction)) & (ladder > shortest)]


def rounding_along(site: Site, direction: Vector, t: Vector) -> tuple[Vector, Vector]:
    """Noise of the value and width of the slope at the distances t.

    With y = |x| + t|d|: the slope along d is a sum of terms of size |d|ᵀ|H|y and the value one of
    terms of size yᵀ|H|y, each rounded to ε; written out as a polynomial they cancel to that.
    """
    noise = np.full(t.size, 2.0 * site.noise)
    width = np.full(t.size, 4.0 * float(np.abs(direction) @ site.widths))
    if site.hessian is None:
        return noise, width
    hessian = np.abs(np.nan_to_num(site.hessian, nan=0.0, posinf=0.0, neginf=0.0))
    reached = np.abs(site.x) + np.outer(t, np.abs(direction))
    with np.errstate(over="ignore", under="ignore"):
        pulled = 4.0 * EPS * reached @ hessian
        return noise + 0.5 * np.sum(pulled * reached, axis=1), width + pulled @ np.abs(direction)


def hidden_along(site: Site, ways: Sequence[Vector], hidden: Hidden) -> str:
    """What rounding absorbs along ± each of the ways, near by and further out; "" if nothing.

    Without a way the coordinates are tried, up to 16 of them.
    """
    axes = np.eye(min(16, site.size), site.size) * site.extent
    for way in ways or axes:
        for line in (site.unit(way), -site.unit(way)):
            for most in (0.25, 2.0**-10):
                longest = min(most, site.reach(line))
                t = longest * np.concatenate([[0.0], 4.0 ** np.arange(-4.0, 1.0)])
                sentence = hidden(site.at(np.outer(t, line))) if longest > 0.0 else ""
                if sentence:
                    return sentence
    return ""


def saturates(site: Site, direction: Vector) -> bool:
    """Whether the level stretch along `direction` is only rounding of something that fades.

    Backwards, where the value leaves the level, a plateau like relu's ends with a slope that is
    zero or of honest size; tanh and e⁻ˣ leave it with a slope of the size of rounding that hardly
    changes over a thousandth of the way.
    """
    back = -direction
    t = LADDER[site.reach(back) >= LADDER]
    _, gradients = site.look(site.at(np.outer(t, back)))
    slopes = np.abs(np.nan_to_num(gradients @ back, nan=np.inf))
    awake = np.flatnonzero(slopes > 0.0)
    if awake.size == 0 or awake[0] == 0:
        return False
    low, high = float(t[awake[0] - 1]), float(t[awake[0]])
    for _ in range(60):
        middle = 0.5 * (low + high)
        slope = site.look(site.at(middle * back[None, :]))[1] @ back
        low, high = (low, middle) if abs(float(slope[0])) > 0.0 else (middle, high)
    ahead = high * (1.0 + np.array([1e-3, 2e-3]))
    near = np.abs(site.look(site.at(np.outer(ahead, back)))[1] @ back)
    rounding = max(1e3 * EPS * abs(site.value), 1e-290)
    return bool(near[0] * high <= rounding and near[1] <= 1.5 * near[0])


def tell(
    t: Vector,
    values: Vector,
    slopes: Vector,
    noise: Vector,
    width: Vector,
    probe: Probe | None = None,
) -> Walk:
    """Name the trend. The slope is asked first: it is visible long before the value is.

    RISES or FALLS: the slope keeps one sign and grows over `_RUN` ladder steps, and the first
    value change beyond rounding at or after them has that sign too.
    FADES: the slope stays negative and shrinks, over all of the ladder it is visible on.
    LEVEL: no slope and no value change beyond rounding up to a hundredth of the extent and more, or
    up to where something that is no power law begins.

    Args:
        t: (k,) ascending. values: (k,) changes. slopes: (k,). noise, width: (k,) their rounding.
        probe: slopes (k,) at other distances (k,), to see where a level stretch ends.
    """
    finite = np.isfinite(values) & np.isfinite(slopes)
    end = int(np.argmin(finite)) if not np.all(finite) else finite.size
    t, values, slopes = t[:end], values[:end], slopes[:end]
    loud = np.abs(values) > 2.0 * noise[:end]
    story = _Story(t, values, slopes, loud, noise[:end], width[:end], probe)
    if t.size < _RUN + 2:
        return story.walk(Trend.UNCLEAR)
    jump = _jump(story)
    if jump is not None:
        return story.walk(jump)
    signs = np.where(np.abs(slopes) > story.width, np.sign(slopes), 0.0)
    start = _run(signs, np.abs(slopes))
    if start is None:
        start = _cusp(story, signs)
    if start is not None:
        return _grown(story, start, signs)
    if not np.any(story.loud) and not np.any(signs):
        return story.walk(Trend.LEVEL if t[-1] >= 0.01 else Trend.UNCLEAR)
    if np.any(story.loud) and not np.any(signs[: int(np.argmax(story.loud)) + 1]):
        return _without_slope(story)
    if _level_up_to_a_corner(story, signs) or _level_up_to_a_break(story, signs):
        return story.walk(Trend.LEVEL)
    return story.walk(_tail(story, signs))


def _level_up_to_a_break(story: "_Story", signs: Vector) -> bool:
    """Whether a level stretch of a hundredth of the extent or more ends at one place.

    Turned so far that a bond of a molecule breaks, for one: the slopes are there within a twentieth
    of the distance. What comes out of rounding, as tanh does far out, takes longer to come.
    """
    awake = np.flatnonzero((signs != 0.0) | story.loud)
    if story.probe is None or awake.size == 0 or not _RUN < awake[0] < story.t.size - _RUN:
        return False
    first = int(awake[0])
    low, high = float(story.t[first - 1]), float(story.t[first])
    beyond = story.values[first:]
    if low < 0.01 or not (beyond[0] > 1e6 * story.noise[first] and np.all(beyond > 0.0)):
        return False
    between = np.geomspace(low, high, 200)
    sizes = np.abs(story.probe(between[1:-1]))
    if not np.all(np.isfinite(sizes)) or not np.any(sizes):
        return False
    quiet = float(np.max(story.width[first - 1 : first + 1]))
    heard = int(np.argmax(sizes > quiet)), int(np.argmax(sizes > 1e-3 * np.max(sizes)))
    return bool(between[heard[1] + 1] <= 1.05 * between[heard[0] + 1])


def _level_up_to_a_corner(story: "_Story", signs: Vector) -> bool:
    """Whether a level stretch of a hundredth of the extent or more ends at a corner.

    Too few rungs lie beyond it to tell a power. At a corner the slope is at once of the size that
    it has at the next rung; what comes out of rounding, or is smooth there, begins small.
    """
    awake = np.flatnonzero((signs != 0.0) | story.loud)
    if story.probe is None or awake.size == 0 or awake[0] <= _RUN:
        return False
    first = int(awake[0])
    if story.t[first - 1] < 0.01 or np.any(story.slopes[:first]):
        return False
    _, begins = _first_slope(story, first, np.linspace)
    return bool(begins >= 0.3 * abs(float(story.slopes[first])) > 0.0)


def _first_slope(
    story: "_Story", rung: int, spaced: Callable[[float, float, int], Vector]
) -> tuple[float, float]:
    """Where the slopes begin between the silent rung before `rung` and it, and the size there.

    Args:
        spaced: (low, high, count) -> places in between, ends included.
    """
    assert story.probe is not None
    low, high = float(story.t[rung - 1]), float(story.t[rung])
    for _ in range(8):
        between = spaced(low, high, 18)
        awake = np.abs(story.probe(between[1:-1])) > 0.0
        first = int(np.argmax(awake)) if np.any(awake) else 16
        low, high = float(between[first]), float(between[first + 1])
    return high, abs(float(story.probe(np.array([high]))[0]))


@dataclass(frozen=True)
class _Story:
    t: Vector
    values: Vector
    slopes: Vector
    loud: Mask
    noise: Vector
    width: Vector
    probe: Probe | None = None

    def walk(self, trend: Trend, power: float = 0.0, first: int | None = None) -> Walk:
        seen = None
        if first is None and np.any(self.loud):
            first = int(np.argmax(self.loud))
        if first is not None:
            seen = (float(self.t[first]), float(self.values[first]))
        return Walk(self.t, self.values, self.slopes, trend, power, seen)


def _jump(story: _Story) -> Trend | None:
    """A change at the shortest distances that does not shrink with them."""
    head = story.values[:_RUN]
    clear = np.all(np.abs(head) > 8.0 * story.noise[:_RUN])
    if clear and np.all(np.sign(head) == np.sign(head[0])):
        explained = np.abs(story.slopes[:_RUN]) * story.t[:_RUN]
        if np.ptp(head) <= 0.05 * abs(head[0]) and np.all(explained < 0.5 * np.abs(head)):
            return Trend.JUMPS_UP if head[0] > 0 else Trend.JUMPS_DOWN
    return None


def _run(signs: Vector, sizes: Vector) -> int | None:
    """Where the first run of one sign with growing (or constant) slope begins."""
    for k in range(signs.size - _RUN):
        part = signs[k : k + _RUN + 1]
        if part[0] == 0.0 or np.any(part != part[0]):
            continue
        size = sizes[k : k + _RUN + 1]
        if np.all(size[1:] >= 0.9 * size[:-1]):
            return k
    return None


def _cusp(story: _Story, signs: Vector) -> int | None:
    """Where a run of loud, growing values begins whose slopes shrink, as for √|x|."""
    for k in range(signs.size - _RUN):
        part = slice(k, k + _RUN + 1)
        size = np.abs(story.values[part])
        agree = np.all(signs[part] == signs[k]) and np.all(np.sign(story.values[part]) == signs[k])
        if agree and np.all(story.loud[part]) and np.all(size[1:] >= 1.1 * size[:-1]):
            return k
    return None


def _grown(story: _Story, start: int, signs: Vector) -> Walk:
    """RISES or FALLS, if the values agree with the slopes; LEVEL if a plateau comes first."""
    t, values, slopes, loud = story.t, story.values, story.slopes, story.loud
    sign = float(signs[start])
    grown = np.abs(slopes[start + _RUN] / slopes[start])
    power = 1.0 + float(np.log(grown) / np.log(t[start + _RUN] / t[start]))
    if start > 0 and not np.any(loud[:start]) and _plateau(story, start, signs):
        return story.walk(Trend.LEVEL)
    stop = start
    while stop < signs.size and signs[stop] == sign:
        stop += 1
    # Before the run the slopes told no story, so what the values did there is noise.
    floor = 4.0 * float(np.max(np.abs(values[:start]), initial=0.0))
    visible = np.flatnonzero(loud[:stop] & (np.abs(values[:stop]) > floor))
    visible = visible[visible >= start]
    if visible.size == 0:
        return story.walk(_tail(story, signs))
    if np.sign(values[visible[0]]) != sign:
        return story.walk(Trend.UNCLEAR)
    return story.walk(Trend.RISES if sign > 0 else Trend.FALLS, power, int(visible[0]))


def _plateau(story: _Story, start: int, signs: Vector) -> bool:
    """Whether a level stretch ends at `start`, rather than a power law coming out of rounding.

    A power law, continued inwards by the ratio seen outwards, would have been visible one ladder
    step earlier. Growth by more than 4⁸ a step is the foot of something like exp(−1/t²).
    """
    slopes = story.slopes
    ratio = abs(slopes[start + 1] / slopes[start])
    expected = abs(slopes[start]) / max(ratio, 1.0)
    silent = not np.any(signs[:start])
    visible = expected > max(8.0 * float(story.width[start - 1]), 1e-290)
    # Close to x a slope may be missing only because x cannot be moved so little: it counts as
    # missing where the value would have shown it too, or where the stretch is long.
    t = story.t
    felt = expected * float(t[start - 1]) > float(story.noise[start - 1]) or t[start] >= 0.01
    if not (silent and ratio < 4.0**8 and visible and felt):
        return False
    return not (ratio > 1.5 and story.probe is not None and _cut_off(story, start, ratio))


def _cut_off(story: _Story, start: int, ratio: float) -> bool:
    """Whether the slopes before `start` are missing because a small term was absorbed.

    1 − cos t is 0 below 10⁻⁸, and no rounding seen at x tells that. A power law that is cut off
    keeps to itself up to the very place where the slopes begin, at the size of a last digit; behind
    a real plateau they begin at zero, however steep the law, or, as of x⌊x⌋ at 1, at once.
    """
    begin, size = _first_slope(story, start, np.geomspace)
    law = np.log(ratio) / np.log(story.t[start + 1] / story.t[start])
    expected = abs(story.slopes[start]) * (begin / story.t[start]) ** law
    far = np.max(np.abs(story.slopes[story.t <= max(1.0, story.t[start])]))
    return bool(0.3 * expected <= size <= 1e-8 * far)


def _without_slope(story: _Story) -> Walk:
    """The value moved where no slope was seen: steps, or slopes that AD denies."""
    t, values = story.t, story.values
    first = int(np.argmax(story.loud))
    later = values[first : first + _RUN + 1]
    growing = later.size > _RUN and bool(np.all(np.abs(later[1:]) > 1.2 * np.abs(later[:-1])))
    # A power law, continued inwards, would have been visible one ladder step earlier.
    if growing and first > 0:
        expected = abs(later[0]) * abs(later[0] / later[1])
        growing = bool(expected <= max(8.0 * float(story.noise[first - 1]), 1e-290))
    if growing and np.all(np.sign(later) == np.sign(later[0])):
        ratio = np.log(np.abs(later[-1] / later[0])) / np.log(t[first + _RUN] / t[first])
        return story.walk(Trend.RISES if later[0] > 0 else Trend.FALLS, float(ratio))
    return story.walk(Trend.STEPS)


def _tail(story: _Story, signs: Vector) -> Trend:
    """No growing run: fading, level after all, or unclear."""
    nonzero = np.flatnonzero(signs)
    if nonzero.size == 0:
        return Trend.UNCLEAR
    t, values, noise = story.t, story.values, story.noise
    slopes = story.slopes[int(nonzero[0]) :]
    sizes = np.abs(slopes)
    if np.all(slopes <= 0) and np.all(sizes[1:] <= sizes[:-1] * 1.0001):
        shrunk = sizes[-1] <= 1e-3 * sizes[0]
        strictly = int(np.sum(sizes[1:] < 0.999 * sizes[:-1]))
        if shrunk and strictly >= 3 and np.all(values <= noise):
            return Trend.FADES
    # Slopes that promise less than the rounding of the value, and then vanish for long.
    last = int(nonzero[-1])
    hidden = bool(np.all(np.abs(story.slopes) * t <= noise)) and not np.any(story.loud)
    if hidden and t.size - last > 2 * _RUN and t[-1] >= 0.01:
        return Trend.LEVEL
    return Trend.UNCLEAR
