"""What happens far out along a ray: without end, levelling off, or turning."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from surefoot.judge.contracts import Bounded, Oracle, Vector
from surefoot.judge.site import evaluate, reach
from surefoot.terms import Evidence


class Far(Enum):
    """The end of a ray, as far as float64 reaches."""

    ENDLESS = "the value falls without end"
    SLOWLY = "the value keeps falling, ever more slowly, and no end is in sight"
    LEVELS_OFF = "the value keeps falling towards a limit that it does not reach"
    TURNS = "the value turns up again"
    HITS_BOUND = "the ray ends at a bound"
    UNCLEAR = "the values along the ray do not tell"


@dataclass(frozen=True)
class Ray:
    """Values (k,) and slopes (k,) at x + t·direction for the distances t (k,)."""

    far: Far
    t: Vector
    values: Vector
    slopes: Vector
    rate: float = 0.0

    @property
    def limit(self) -> float:
        """The last finite value seen."""
        return float(self.values[-1]) if self.values.size else float("nan")


_MEASURED = 12
"""So many doublings at the far end decide."""
_UPWARD = 8
"""So many slopes upwards at the end, one after the other, are no rounding."""
_LEAST = 6
"""Fewer values do not show that the function has become level."""


def follow(
    oracle: Oracle,
    x: Vector,
    direction: Vector,
    *,
    lower: Vector | None = None,
    upper: Vector | None = None,
    doublings: int = 200,
    heed: bool = False,
) -> Ray:
    """Walk t = 2ᵏ along the direction until float64 overflows or nothing changes any more.

    With Δₖ = f(x + t_{k+1}d) − f(x + t_k d): falling all the way, and at the far end
    Δ_{k+1}/Δ_k ≥ 1.2 is ENDLESS (affine: 2, −x²: 4, −√x: 1.4), about 1 is SLOWLY (−log x: 1),
    ≤ 0.8 or slopes that vanish is LEVELS_OFF (e⁻ˣ, 1/x: 0.5). With `heed` a rise within the
    oracle's own bound on rounding is none: log(1 + eᶻ) − z cancels to 0 within 10⁻¹⁶ z.
    """
    if lower is not None and upper is not None and np.isfinite(reach(x, direction, lower, upper)):
        return Ray(Far.HITS_BOUND, np.zeros(0), np.zeros(0), np.zeros(0))
    base = float(oracle.value_and_gradient(x)[0])
    t: Vector = np.zeros(0)
    values, slopes, noise = np.zeros(0), np.zeros(0), np.zeros(1)
    for first in range(0, doublings, 20):
        chunk: Vector = np.array([2.0**k for k in range(first, min(first + 20, doublings))])
        with np.errstate(over="ignore", invalid="ignore"):
            points = x + np.outer(chunk, direction)
            chunk_values, gradients = evaluate(oracle, points)
            chunk_slopes = gradients @ direction
        t = np.concatenate([t, chunk])
        values = np.concatenate([values, chunk_values])
        slopes = np.concatenate([slopes, chunk_slopes])
        bound = oracle.rounding(points) if heed and isinstance(oracle, Bounded) else 0.0 * chunk
        noise = np.concatenate([noise, np.nan_to_num(bound, posinf=0.0)])
        slack = 1e-13 * abs(base) + noise[1:] + noise[:-1]
        rising = values > np.concatenate([[base], values[:-1]]) + slack
        if np.any(rising) or not np.all(np.isfinite(chunk_values)) or points_up(slopes):
            break
    return _read(base, t, values, slopes, noise)


def _read(base: float, t: Vector, values: Vector, slopes: Vector, noise: Vector) -> Ray:
    finite = np.isfinite(values)
    end = int(np.argmin(finite)) if not np.all(finite) else values.size
    overflowed = end < values.size and values[end] == -np.inf
    # NaN from ∞ − ∞ once the parts overflow says nothing against a fall seen down to −1e150.
    deep = end > 0 and values[end - 1] < -1e150
    lost = end < values.size and not overflowed and not deep
    t, values, slopes = t[:end], values[:end], slopes[:end]
    levels = np.concatenate([[base], values])
    steps = np.diff(levels)
    slack = 4e-15 * np.maximum(np.abs(levels[:-1]), np.abs(levels[1:]))
    slack = slack + noise[1 : end + 1] + noise[:end]
    if np.any(steps > slack) or np.any(slopes > 1e-12 * np.max(np.abs(slopes), initial=0.0)):
        return Ray(Far.TURNS, t, values, slopes)
    if values.size < _MEASURED + 2:
        # log(1 + eᶻ) is level long before it overflows.
        if values.size >= _LEAST and np.all(-steps[-3:] <= slack[-3:]) and _has_faded(slopes):
            return Ray(Far.LEVELS_OFF, t, values, slopes, 0.0)
        growing = values.size >= 4 and bool(np.all(steps[1:] < 1.2 * steps[:-1]))
        far = Far.ENDLESS if overflowed and growing else Far.UNCLEAR
        return Ray(far, t, values, slopes, 2.0)
    tail = -steps[-_MEASURED:]
    if tail[-1] <= slack[-1] or np.all(np.abs(slopes[-3:]) == 0.0):
        far = Far.LEVELS_OFF if _has_faded(slopes) else Far.UNCLEAR
        return Ray(far, t, values, slopes, 0.0)
    ratios = tail[1:] / tail[:-1]
    rate = float(np.median(ratios))
    if np.min(ratios) >= 1.2 and not lost:
        return Ray(Far.ENDLESS, t, values, slopes, rate)
    if lost:
        return Ray(Far.UNCLEAR, t, values, slopes, rate)
    if np.max(ratios) <= 0.8:
        return Ray(Far.LEVELS_OFF, t, values, slopes, rate)
    return Ray(Far.SLOWLY if np.min(ratios) > 0.8 else Far.UNCLEAR, t, values, slopes, rate)


def points_up(slopes: Vector) -> bool:
    """Whether the slopes at the far end of a ray point up by a law, however slight.

    The rounding of slopes that cancel has either sign, or shrinks as they do.
    """
    last = slopes[-_UPWARD:]
    if last.size < _UPWARD:
        return False
    steady = bool(np.all(last[-3:] > 0.0)) and bool(last[-1] >= 0.9 * last[-3])
    return steady or bool(np.all(last > 0.0))


def _has_faded(slopes: Vector) -> bool:
    """Whether slopes that pointed down have shrunk to nothing, and not in one jump."""
    shrinking = np.abs(slopes[-1]) <= 1e-3 * np.max(np.abs(slopes))
    return bool(shrinking and np.any(slopes < 0)) and not _cliff(slopes)


def _cliff(slopes: Vector) -> bool:
    """Slopes that fall to exactly 0 in one doubling from no small size: a plateau is reached.

    relu(−x) ends at 0 and attains it; e⁻ˣ gets there only by underflow, after shrinking.
    """
    sizes = np.abs(slopes)
    zero = np.flatnonzero(sizes == 0.0)
    if zero.size == 0 or zero[0] < 2:
        return zero.size > 0
    last, before = sizes[zero[0] - 1], sizes[zero[0] - 2]
    return bool(last > 1e-8 * before and last > 1e-3 * np.max(sizes))


def check_ray(
    oracle: Oracle,
    x: Vector,
    direction: Vector,
    *,
    lower: Vector | None = None,
    upper: Vector | None = None,
) -> Evidence | None:
    """Evidence that the value falls without end along the ray x + t·direction, t ≥ 0, or None.

    Only a fall whose rate does not die out counts: for −log x and e⁻ˣ the answer is None. With
    bounds, a ray that ends at a bound is no ray.

    Args:
        x: (n,) a point. direction: (n,) in the units of x.
    """
    x = np.asarray(x, dtype=float)
    direction = np.asarray(direction, dtype=float)
    if not (np.all(np.isfinite(direction)) and np.any(direction)):
        return None
    ray = follow(oracle, x, direction, lower=lower, upper=upper)
    if ray.far is not Far.ENDLESS:
        return None
    return Evidence(
        "unbounded ray",
        "[f(4t) − f(2t)] / [f(2t) − f(t)]",
        ray.rate,
        1.2,
        True,
        note=f"along the direction the value was followed to t = {ray.t[-1]:.3g}, "
        "and each doubling of the distance gains more than the one before",
    )
