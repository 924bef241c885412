"""One slope as a limit: the difference quotients along a direction, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isfinite, isnan, log10, nan

import numpy as np

from surefoot.calculus.ladder import Limit, Vector, find_limit, rungs
from surefoot.calculus.sampler import Sampler

_DIGITS_OF_FLOAT64 = 15.9
_ROOM = 2**22
"""Numbers in the points that are evaluated together."""


class Finding(Enum):
    """What the difference quotients say about AD's slope; the value is the sentence."""

    AGREES = "The quotients from both sides converge to the slope that AD gives."
    CORNER = "The slopes from the left and from the right differ: the function has a corner here."
    WRONG_SLOPE = "The quotients converge to another slope than AD gives."
    JUMP = "The function jumps here, so there is no slope."
    VERTICAL = "The quotients grow without end: the function is infinitely steep here."
    SWINGS = "The quotients go up and down however small h is: there is no limit, so no slope."
    ONE_SIDED = "The function exists on one side only; there its slope is what AD gives."
    NOT_FINITE = "The function is not a finite number here, so it has no slope."
    HIDDEN = "No quotient moves at all: rounding in the value hides so small a slope."
    UNDECIDED = "The quotients do not settle down to a slope that could be compared."


@dataclass(frozen=True)
class Rung:
    """The quotients at one h.

    Attributes:
        h: the step, in multiples of the direction.
        forward: (f(w + h d) − f(w)) / h.
        backward: (f(w) − f(w − h d)) / h.
        central: (f(w + h d) − f(w − h d)) / 2h.
        rounding: bound on the rounding error in the central quotient.
        rounded: whether rounding is larger than what is missing to the limit.
    """

    h: float
    forward: float
    backward: float
    central: float
    rounding: float
    rounded: bool


@dataclass(frozen=True)
class Slope:
    """The slope along one direction: as AD gives it and as a limit.

    Attributes:
        name: the coordinate's path, or "direction".
        ad: AD's slope.
        left, right: the one-sided limits; NaN where there is none.
        limit: the two-sided limit (the one-sided, where the function exists on one side only).
        error: bound on the limit's error, estimated.
        digits: digits in which AD and the limit agree; None where both are zero or none exists.
        best_h: the h whose central quotient is nearest to the limit; below it rounding rules.
        finding: what the quotients say.
        alarm: whether AD's number must not be trusted here.
        sentence: the finding with its numbers.
        rungs: the quotients, from coarse to fine.
    """

    name: str
    ad: float
    left: float
    right: float
    limit: float
    error: float
    digits: float | None
    best_h: float
    finding: Finding
    alarm: bool
    sentence: str
    rungs: tuple[Rung, ...]


def slopes_along(
    sampler: Sampler, x: Vector, directions: Vector, names: Sequence[str], ad: Vector
) -> list[Slope]:
    """The slope of f at x (n,) along each row of directions (k, n), against AD's (k,)."""
    found: list[Slope] = []
    group = max(1, _ROOM // (80 * len(x)))
    for start in range(0, len(directions), group):
        part = slice(start, start + group)
        ladders = [_ladder(x, d) for d in directions[part]]
        points = [
            x + np.concatenate([h, -h])[:, None] * d
            for h, d in zip(ladders, directions[part], strict=True)
        ]
        values, noise = sampler(np.concatenate([x[None], *points]))
        place = 1
        for h, d, name, slope in zip(ladders, directions[part], names[part], ad[part], strict=True):
            here = np.r_[0, place : place + 2 * len(h)]
            place += 2 * len(h)
            found.append(
                _one(name, float(slope), x, d, h, values[here], noise[here], sampler.roundoff)
            )
    return found


def _ladder(x: Vector, d: Vector) -> Vector:
    """Steps from the scale of x down to its rounding; where x is tiny, around 1 and around x."""
    moved = d != 0.0
    if not moved.any():
        return np.ones(3)
    size = float(np.abs(d).max())
    scale = max(1.0, float(np.abs(x[moved]).max())) / size
    with np.errstate(divide="ignore", over="ignore"):
        own = float((np.abs(x[moved]) / np.abs(d[moved])).max())
    finest = own * 2.0**-44
    unit = scale * 2.0**-70
    if own == 0.0:
        return rungs(scale / 2, unit)
    if own < unit:
        # Below 2^-1020 numbers are denormal, and XLA flushes them to 0.
        near = rungs(own / 2, min(own / 32, max(finest, 2.0**-1020)))
        return np.concatenate([rungs(scale / 2, max(unit, 2 * own)), near])
    return rungs(scale / 2, finest)


def _one(
    name: str,
    ad: float,
    x: Vector,
    d: Vector,
    h: Vector,
    values: Vector,
    noise: Vector,
    unit: float,
) -> Slope:
    count = len(h)
    at, forward, backward = values[0], values[1 : count + 1], values[count + 1 :]
    up, down = _actual_steps(x, d, h)
    with np.errstate(all="ignore"):
        quotients = np.stack(
            [(forward - at) / up, (at - backward) / down, (forward - backward) / (up + down)]
        )
        errors = np.stack(
            [
                (noise[1 : count + 1] + noise[0]) / up,
                (noise[count + 1 :] + noise[0]) / down,
                (noise[1 : count + 1] + noise[count + 1 :]) / (up + down),
            ]
        )
    # A limit is claimed no sharper than the quotients are large: central ones may cancel to 0.
    errors = errors + 2.0**-46 * np.nan_to_num(np.abs(quotients[:2]).max(axis=0))
    right, left, central = (
        find_limit(h, q, e, power) for q, e, power in zip(quotients, errors, (1, 1, 2), strict=True)
    )
    if not isfinite(at):
        right = left = central = Limit(nan, np.inf, float(h[-1]), known=False)
    if _stands_clear(values, noise):
        finding, alarm, limit = _judge(left, right, central, ad, unit)
        if finding is Finding.JUMP and _too_steep(ad, quotients):
            finding, alarm = Finding.UNDECIDED, False
        if finding is Finding.AGREES and ad != 0.0 and _stands_still(values):
            # 10²⁰ + x² at 1: 0 is as far from AD's 2 as rounding allows, which is agreement in no
            # digit at all.
            finding, limit = Finding.HIDDEN, Limit(nan, np.inf, float(h[-1]))
    else:
        finding, alarm, limit = Finding.UNDECIDED, False, Limit(nan, np.inf, float(h[-1]))
    rows = _rungs(h, quotients, errors[2], limit)
    return Slope(
        name=name,
        ad=ad,
        left=left.value,
        right=right.value,
        limit=limit.value,
        error=limit.error,
        digits=_digits(ad, limit),
        best_h=_best(rows, limit),
        finding=finding,
        alarm=alarm,
        sentence=_sentence(name, finding, ad, left, right, limit),
        rungs=rows,
    )


def _actual_steps(x: Vector, d: Vector, h: Vector) -> tuple[Vector, Vector]:
    """The steps that floating point really took; only along one coordinate are they one number."""
    moved = np.flatnonzero(d)
    if len(moved) != 1:
        return h, h
    i = moved[0]
    up, down = (x[i] + h * d[i]) - x[i], x[i] - (x[i] - h * d[i])
    with np.errstate(all="ignore"):
        return up / d[i], down / d[i]


def _stands_clear(values: Vector, noise: Vector) -> bool:
    """Whether the function ever moves by more than its own rounding, if it moves at all.

    sin(1e8) in float32 is all rounding: nothing can be said of its slope.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        moves = np.abs(values[1:] - values[0])
    usable = np.isfinite(moves) & np.isfinite(noise[1:])
    if not usable.any() or not moves[usable].any():
        return True
    return bool(np.any(moves[usable] > noise[1:][usable] + noise[0]))


def _stands_still(values: Vector) -> bool:
    """Whether the function has one and the same value wherever it has one."""
    return bool(np.all(values[np.isfinite(values)] == values[0]))


def _too_steep(ad: float, quotients: Vector) -> bool:
    """Whether AD's slope alone explains what looks like a jump at the finest step.

    cos(10¹⁴ x) goes up and down between neighbouring numbers.
    """
    finest = np.abs(quotients[:2, -1])
    return isfinite(ad) and abs(ad) > 0.01 * float(np.max(finest[np.isfinite(finest)], initial=0.0))


def _judge(
    left: Limit, right: Limit, central: Limit, ad: float, unit: float
) -> tuple[Finding, bool, Limit]:
    """The finding, whether it is an alarm, and the limit to compare with."""
    none = Limit(nan, np.inf, central.h)
    if not left.known and not right.known:
        return Finding.NOT_FINITE, isfinite(ad), none
    if max(left.growth, right.growth) >= 0.9:
        return Finding.JUMP, True, none
    if max(left.growth, right.growth) > 0.0:
        return Finding.VERTICAL, isfinite(ad), none
    if left.swings or right.swings:
        return Finding.SWINGS, isfinite(ad), none
    if not (left.known and right.known):
        side = left if left.known else right
        if not side.exists:
            return Finding.UNDECIDED, False, none
        agrees = _same(side, ad, unit)
        return (Finding.ONE_SIDED if agrees else Finding.WRONG_SLOPE), not agrees, side
    if left.exists and right.exists:
        apart = abs(left.value - right.value)
        errors, size = left.error + right.error, max(abs(left.value), abs(right.value))
        # Errors are estimates: a corner of less than 10⁻⁷ has to exceed them by far.
        clear = apart > 1e3 * errors + 1e-10 * size and unit < 1e-10
        if clear or apart > 2.0 * errors + _tolerance(left.value, right.value, unit):
            return Finding.CORNER, True, none
        limit = min((left, right, central), key=lambda side: side.error)
        agrees = _same(limit, ad, unit)
        return (Finding.AGREES if agrees else Finding.WRONG_SLOPE), not agrees, limit
    return Finding.UNDECIDED, False, none


def _tolerance(a: float, b: float, unit: float) -> float:
    return (1e-7 + 64.0 * unit) * max(abs(a), abs(b))


def _same(limit: Limit, ad: float, unit: float) -> bool:
    return abs(limit.value - ad) <= 4.0 * limit.error + _tolerance(limit.value, ad, unit)


def _digits(ad: float, limit: Limit) -> float | None:
    if not limit.exists or not isfinite(ad):
        return None
    scale, apart = max(abs(ad), abs(limit.value)), abs(ad - limit.value)
    if scale <= limit.error or scale == 0.0:
        return None
    return (
        _DIGITS_OF_FLOAT64
        if apart == 0.0
        else max(0.0, min(_DIGITS_OF_FLOAT64, -log10(apart / scale)))
    )


def _rungs(h: Vector, quotients: Vector, rounding: Vector, limit: Limit) -> tuple[Rung, ...]:
    rows: list[Rung] = []
    for k, step in enumerate(h):
        forward, backward, central = (float(q[k]) for q in quotients)
        rounded = bool(limit.exists and rounding[k] > abs(central - limit.value))
        rows.append(Rung(float(step), forward, backward, central, float(rounding[k]), rounded))
    return tuple(rows)


def _best(rows: Sequence[Rung], limit: Limit) -> float:
    """The h whose central quotient is nearest to the limit, its rounding bound counted in."""
    if not limit.exists:
        return nan
    usable = [row for row in rows if isfinite(row.central) and isfinite(row.rounding)]
    best = min(usable, key=lambda row: abs(row.central - limit.value) + row.rounding, default=None)
    return best.h if best else nan


def _sentence(
    name: str, finding: Finding, ad: float, left: Limit, right: Limit, limit: Limit
) -> str:
    says = f"AD gives {ad:.10g}" if not isnan(ad) else "AD gives NaN"
    match finding:
        case Finding.CORNER:
            return (
                f"{name}: {finding.value} {left.value:.8g} from the left, {right.value:.8g} from "
                f"the right; {says}."
            )
        case Finding.WRONG_SLOPE:
            return (
                f"{name}: {finding.value} They converge to {limit.value:.10g} "
                f"(± {limit.error:.1g}); {says}."
            )
        case Finding.AGREES | Finding.ONE_SIDED:
            return f"{name}: {finding.value} {says}, the limit is {limit.value:.10g}."
        case _:
            return f"{name}: {finding.value} {says}."
