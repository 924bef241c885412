"""The limit of a difference quotient, with an error that covers truncation and rounding.

A quotient D(h) is known on a ladder of h, each with a bound on its rounding error. Richardson's
extrapolation removes one power of h after another:

    T[k, 0] = D(h_k)
    T[k, m] = T[k, m−1] + (T[k, m−1] − T[k−1, m−1]) / (r^(p m) − 1),   r = h_{k−1} / h_k

with p = 1 for one-sided and p = 2 for central quotients (L. F. Richardson 1911; C. J. F. Ridders,
Advances in Engineering Software 4, 1982). Ridders takes the entry with the smallest apparent error
wherever it lies; a function with finer detail than the coarse rungs then gets a confident wrong
limit. Here every entry is a claim "the limit lies within e of T", and claims are believed from the
finest rung upward, as long as they contradict no finer one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

RATIO = 4.0
"""h shrinks by this factor from rung to rung; a power of two keeps x + h exact where it can be."""
LEVELS = 4
"""Columns of the extrapolation table."""
_SLOWEST = 0.9
"""Differences that shrink by less than this from rung to rung are no sign of convergence."""
_WINDOW = 16
"""So many rungs, the finest that rounding leaves clear, tell whether quotients swing for ever."""


@dataclass(frozen=True)
class Limit:
    """The limit of a quotient as h → 0.

    Attributes:
        value: the limit; NaN where none was found.
        error: bound on its error, estimated; infinite where none was found.
        h: the rung that it comes from.
        growth: p where the quotient grows like h^−p instead (1: the function jumps), else 0.
        known: whether the quotient could be computed at all near h = 0.
        swings: whether it goes up and down for ever, as sin(1/h) does.
    """

    value: float
    error: float
    h: float
    growth: float = 0.0
    known: bool = True
    swings: bool = False

    @property
    def exists(self) -> bool:
        """Whether a limit was found."""
        return bool(np.isfinite(self.value) and np.isfinite(self.error))


def rungs(scale: float, finest: float) -> Vector:
    """h from `scale` down to `finest`, each a power of two, RATIO apart."""
    top, bottom = np.floor(np.log2(scale)), np.ceil(np.log2(finest))
    return 2.0 ** np.arange(top, bottom - 0.5, -np.log2(RATIO))


def find_limit(h: Vector, quotients: Vector, noise: Vector, power: int) -> Limit:
    """The limit of quotients (k,) on a ladder h (k,), coarse to fine, as h → 0.

    Args:
        h: the steps, decreasing.
        quotients: D(h); NaN or infinite where the function is.
        noise: bound on the rounding error of each quotient.
        power: 1 for one-sided, 2 for central quotients.
    """
    finite = np.isfinite(quotients) & np.isfinite(noise)
    if not finite[-3:].any():
        return Limit(np.nan, np.inf, float(h[-1]), known=False)
    growth = _growth(h[finite], quotients[finite], noise[finite])
    if growth > 0.0:
        return Limit(np.nan, np.inf, float(h[-1]), growth)
    if _swings(quotients[finite], noise[finite]):
        return Limit(np.nan, np.inf, float(h[-1]), swings=True)
    values, errors = _claims(h, quotients, noise, power)
    found = _coherent(h, quotients, noise, values, errors)
    if _says_nothing(found, quotients[finite], noise[finite]):
        return Limit(np.nan, np.inf, float(h[-1]))
    return found


def _claims(h: Vector, quotients: Vector, noise: Vector, power: int) -> tuple[Vector, Vector]:
    """The extrapolation table T (k, m) and the error that each entry claims (k, m)."""
    count = len(h)
    table = np.full((count, LEVELS), np.nan)
    spread = np.full((count, LEVELS), np.inf)
    errors = np.full((count, LEVELS), np.inf)
    table[:, 0], spread[:, 0] = quotients, noise
    with np.errstate(all="ignore"):
        for m in range(LEVELS):
            if m:
                factor = (h[:-m] / h[m:]) ** power - 1.0
                table[m:, m] = table[m:, m - 1] + (table[m:, m - 1] - table[m - 1 : -1, m - 1]) / (
                    factor
                )
                spread[m:, m] = spread[m:, m - 1] * (1 + 1 / factor) + (
                    spread[m - 1 : -1, m - 1] / factor
                )
            errors[:, m] = _tail(table[:, m], spread[:, m])
    errors[~np.isfinite(table)] = np.inf
    errors[~np.isfinite(errors)] = np.inf
    return table, errors


def _tail(column: Vector, spread: Vector) -> Vector:
    """How far each entry of a converging column still is from its limit.

    Where differences shrink twice running, by the factor ρ at least, the rest of the way is
    |Δ| ρ/(1−ρ); twice that is claimed, and twice the rounding. Differences that do not shrink
    claim nothing, unless they are rounding themselves.
    """
    errors = np.full(len(column), np.inf)
    change = np.abs(np.diff(column))
    rounding = spread[1:] + spread[:-1]
    for k in range(2, len(column)):
        now, before = change[k - 1], change[k - 2]
        if not np.isfinite(now) or not np.isfinite(before):
            continue
        if now <= rounding[k - 1]:
            errors[k] = 2.0 * rounding[k - 1] + 2.0 * now
            continue
        earlier = change[k - 3] if k > 2 else np.nan
        if not earlier > 0.0 or not before > 0.0:
            continue
        ratio = max(now / before, before / earlier)
        if ratio <= _SLOWEST:
            errors[k] = 2.0 * now * ratio / (1.0 - ratio) + 2.0 * spread[k]
    return errors


def _coherent(h: Vector, quotients: Vector, noise: Vector, values: Vector, errors: Vector) -> Limit:
    """The sharpest claim that nothing finer contradicts.

    A claim of a finer rung contradicts it by not overlapping; a finer quotient does so by lying
    further from the claimed limit than the rung's own, by more than rounding explains: then the
    function has detail that the coarse rungs step over.
    """
    lower, upper = -np.inf, np.inf
    best = Limit(np.nan, np.inf, float(h[-1]))
    for k in range(len(h) - 1, -1, -1):
        m = int(np.argmin(errors[k]))
        value, error = float(values[k, m]), float(errors[k, m])
        if not np.isfinite(error):
            continue
        if value - error > upper or value + error < lower:
            break
        with np.errstate(invalid="ignore"):
            away, own = np.abs(quotients[k + 1 :] - value), abs(quotients[k] - value)
            strays = away > 2.0 * own + error + 8.0 * noise[k + 1 :]
        if strays.any():
            break
        lower, upper = max(lower, value - error), min(upper, value + error)
        if error < best.error:
            best = Limit(value, error, float(h[k]))
    return best


def _growth(h: Vector, quotients: Vector, noise: Vector) -> float:
    """p where |D| grows like h^−p down to the finest rungs that stand clear of rounding, else 0."""
    clear = np.abs(quotients) > 16.0 * noise
    if clear.sum() < 5:
        return 0.0
    tail, steps = np.abs(quotients[clear][-5:]), h[clear][-5:]
    with np.errstate(all="ignore"):
        powers = -np.diff(np.log(tail)) / np.diff(np.log(steps))
    signs = np.sign(quotients[clear][-5:])
    if not np.all(np.isfinite(powers)) or abs(signs.sum()) < 5:
        return 0.0
    steady = float(powers.max() - powers.min()) <= 0.02 + 0.1 * float(powers.mean())
    return float(powers.mean()) if steady and float(powers.min()) > 0.02 else 0.0


def _says_nothing(found: Limit, quotients: Vector, noise: Vector) -> bool:
    """Whether the limit is known no better than the quotients spread where rounding is small."""
    clear = quotients[20.0 * noise < found.error]
    if not np.isfinite(found.error) or clear.size < _WINDOW // 2:
        return False
    worst = float(np.max(noise[20.0 * noise < found.error]))
    spread = float(np.ptp(clear[-_WINDOW // 2 :]))
    return spread > 20.0 * worst and found.error > 0.25 * spread


def _swings(quotients: Vector, noise: Vector) -> bool:
    """Whether D goes up and down by as much near h = 0 as further out, clear of rounding.

    Looked at are the finest rungs on which rounding explains a twentieth of the spread at most;
    every quarter of them must spread alike. Of a function that has a slope the finer ones spread
    less: h sin(1/h) by 4 a rung, and even h^0.1 sin(1/h) by 5 from the first quarter to the last.
    Of a wave that the rungs step over, sin(10⁶h), they spread more: it settles once h is small
    enough, unless rounding is larger by then.
    """
    for last in range(len(quotients), _WINDOW - 1, -1):
        part = slice(last - _WINDOW, last)
        window = quotients[part]
        if not noise[part].max() <= 0.05 * np.ptp(window):
            continue
        parts = np.ptp(window.reshape(4, -1), axis=1)
        turns = int(np.sum(np.diff(np.sign(np.diff(window))) != 0.0))
        return bool(parts.min() >= 0.25 * np.ptp(window) and turns >= _WINDOW // 4)
    return False
