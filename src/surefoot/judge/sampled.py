"""A cloud of points around x, at every scale: the last look before a minimum is announced.

Walks along lines do not see a valley that is curved or lies between them: (y − x²)(y − 3x²) rises
along every line through 0 and falls along y = 2x². So where curvature alone did not decide,
points are drawn at distances 4⁻¹, …, 4⁻¹⁶ of the extent, and along the creases of the function.
Another basin is lower at the large distances only; a point that is no minimum has lower ones
however close. Eight distances in a row must tell so: nothing says in what units the function is
wild, or where rounding begins.
"""

from itertools import pairwise

import numpy as np

from surefoot.judge.contracts import Vector
from surefoot.judge.creases import along_creases
from surefoot.judge.site import Site

_SCALES = 4.0 ** -np.arange(1.0, 17.0)
_WINDOW = 8
_POINTS = 512
_LEAST = 5
_LOUD = 64.0


def lower_at_every_scale(site: Site) -> tuple[Vector, float] | None:
    """The step (n,) to a lower point and its gain, where there is one at every small distance.

    The gain must shrink with the distance, which rounding does not.
    """
    rng = np.random.default_rng(23)
    edges = along_creases(site)
    # Of many coordinates, a random one of 2ⁿ orthants is rarely that of all.
    all_alike = np.outer([1.0, -1.0], np.ones(site.size))
    lowest: list[Vector] = []
    gains: list[float] = []
    for scale in _SCALES:
        cloud = np.vstack([_cloud(rng, site.size, scale), scale * all_alike])
        steps = np.vstack([cloud * site.extent, scale * edges])
        # Half of the cloud would lie beyond a bound that x sits on.
        outside = (site.x + steps < site.lower) | (site.x + steps > site.upper)
        points = site.at(np.where(outside, -steps, steps))
        values, _ = site.look(points)
        values = np.where(np.isfinite(values), values, np.inf)
        k = int(np.argmin(values))
        gain = site.value - float(values[k])
        gains.append(gain if gain > _LOUD * site.noise else 0.0)
        lowest.append(points[k] - site.x)
    for start in range(0, len(gains) - _WINDOW + 1, _WINDOW // 2):
        part = gains[start : start + _WINDOW]
        # Beside the minimum of x⁴ some point is lower however close, by less than anybody asked.
        if max(part) > site.tolerance and _lower_however_close(part):
            first = start + next(k for k, gain in enumerate(part) if gain > 0.0)
            return lowest[first], gains[first]
    return None


def _lower_however_close(gains: list[float]) -> bool:
    # Beyond the lowest point around the gains say nothing, before it they have to shrink.
    seen = [gain for gain in gains[int(np.argmax(gains)) :] if gain > 0.0]
    # A narrow valley may be missed at one distance or two; rounding does not shrink with it.
    steady = len(seen) >= _LEAST and sum(gain > 0.0 for gain in gains[-4:]) >= 2
    return steady and all(b <= a for a, b in pairwise(seen)) and seen[-1] < 0.5 * seen[0]


def _cloud(rng: np.random.Generator, size: int, scale: float) -> Vector:
    """Steps (k, size), the largest entry of each between a quarter of `scale` and all of it.

    In a third of them every other entry has a size of its own between scale⁴ and scale, so that
    y = 2x² is met; in a third all that move do so equally, which is where symmetric functions have
    their valleys; and few coordinates move as often as many.
    """
    signs = np.sign(rng.standard_normal((_POINTS, size)))
    even = rng.random((_POINTS, size))
    powers = scale ** rng.uniform(1.0, 4.0, (_POINTS, size)) / scale
    sort = np.arange(_POINTS)[:, None] % 3
    sizes = np.choose(sort, [even, powers, np.ones_like(even)])
    sizes *= rng.random((_POINTS, size)) < rng.uniform(0.3, 1.0, (_POINTS, 1))
    largest = np.max(sizes, axis=1, initial=1e-300)[:, None]
    return scale * rng.uniform(0.25, 1.0, (_POINTS, 1)) * signs * sizes / largest
