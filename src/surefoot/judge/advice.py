"""What a person can do next, in plain words with numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surefoot.judge.contracts import Vector
from surefoot.judge.measured import DIGITS, VISIBLE, Measured
from surefoot.terms import PointKind

_TURNED = {
    PointKind.GLOBAL_MINIMUM: PointKind.GLOBAL_MAXIMUM,
    PointKind.LOCAL_MINIMUM: PointKind.LOCAL_MAXIMUM,
    PointKind.FLAT_MINIMUM: PointKind.FLAT_MAXIMUM,
    PointKind.GLOBAL_MAXIMUM: PointKind.GLOBAL_MINIMUM,
    PointKind.LOCAL_MAXIMUM: PointKind.LOCAL_MINIMUM,
    PointKind.FLAT_MAXIMUM: PointKind.FLAT_MINIMUM,
}


@dataclass(frozen=True)
class Words:
    """The words of the user's sense: the judge minimises, the user may maximise.

    Attributes:
        onward: what to do where a step still improves the value; "" for running from there.
        compared: whether the point was found by comparing values.
    """

    maximize: bool
    names: Sequence[str]
    onward: str = ""
    compared: bool = False

    def kind(self, kind: PointKind) -> PointKind:
        return _TURNED.get(kind, kind) if self.maximize else kind

    def value(self, value: float) -> float:
        """A value, value change, slope or curvature of the user's function."""
        return -value if self.maximize else value

    @property
    def better(self) -> str:
        return "higher" if self.maximize else "lower"

    @property
    def down(self) -> str:
        return "uphill" if self.maximize else "downhill"

    @property
    def falls(self) -> str:
        return "rises" if self.maximize else "falls"

    @property
    def falling(self) -> str:
        return "rising" if self.maximize else "falling"

    @property
    def goal(self) -> str:
        return "maximum" if self.maximize else "minimum"

    @property
    def minimize(self) -> str:
        return "maximize" if self.maximize else "minimize"

    def where(self, direction: Vector, most: int = 4) -> str:
        """A direction in words: the coordinates that it moves most, with signs and shares."""
        order = _moved(direction)
        if not order:
            return "no direction"
        parts = [f"{self.names[k]} by {direction[k]:+.3g}" for k in sorted(order[:most])]
        more = f" and {len(order) - most} more" if len(order) > most else ""
        return ", ".join(parts) + more

    def exactly(self, step: Vector, most: int = 4) -> str:
        """A step in words, with all digits that it has, so that it can be taken as it is read."""
        order = [int(k) for k in np.argsort(-np.abs(step), kind="stable") if step[k] != 0.0]
        parts = [f"{self.names[k]} by {_all_digits(float(step[k]))}" for k in sorted(order[:most])]
        more = f" and {len(order) - most} more" if len(order) > most else ""
        return ", ".join(parts) + more

    def listed(self, names: Sequence[str], most: int = 6) -> str:
        more = f" and {len(names) - most} more" if len(names) > most else ""
        return ", ".join(names[:most]) + more


def _all_digits(number: float) -> str:
    for digits in DIGITS:
        text = f"{number:+.{digits}g}"
        if float(text) == number:
            return text
    return f"{number:+.17g}"


def _moved(direction: Vector) -> list[int]:
    """The coordinates that a direction moves visibly, the most moved first."""
    sizes = np.abs(direction)
    least = VISIBLE * float(np.max(sizes, initial=0.0))
    return [int(k) for k in np.argsort(-sizes, kind="stable") if sizes[k] > least]


def not_finite(what: str, where: str) -> str:
    """Advice for NaN or infinity."""
    place = f" The line that made it: {where}." if where else ""
    return (
        f"The {what} is not a finite number here.{place} Start elsewhere, add a bound that keeps "
        "the argument inside the function's domain, or guard the operation."
    )


def infeasible(words: Words, broken: Sequence[int], worst: float) -> str:
    """Advice for a point outside its bounds."""
    names = words.listed([words.names[k] for k in broken])
    return (
        f"Move {names} back within the bounds (the largest excess is {worst:.3g}), or widen the "
        "bounds; nothing is said about the slope outside them."
    )


def not_stationary(words: Words, found: Measured | None, way: Vector, threshold: float) -> str:
    """Advice where a step still improves the value.

    Args:
        found: the step that was taken, with what it gained; None where none was seen to help.
        way: (n,) the direction in which the slope points, named where `found` is None.
    """
    onward = words.onward or f"Run {words.minimize} from here."
    if found is None:
        return (
            f"The slope points {words.down} along {words.where(way)}, but no step that way was "
            f"seen to improve the value. {onward}"
        )
    return (
        f"A step {words.down} still improves the value, by {found.gain:.3g} (tolerance "
        f"{threshold:.3g}), as was measured: move {words.exactly(found.step)}. {onward}"
    )


def not_attained(
    words: Words, direction: Vector, limit: float | None, *, hidden: bool = False
) -> str:
    """Advice where the best value is approached but never reached.

    Args:
        limit: what the value was seen to level off at; None where that is not known.
        hidden: whether rounding cannot tell the limit from the value at the point.
    """
    where = words.where(direction)
    number = "" if limit is None else f"{words.value(limit) + 0.0:.6g}"
    if limit is None:
        told = f"along {where}, ever more slowly, and no end was seen"
    elif hidden:
        told = f"along {where}, though rounding hides what is left to {number}: it never gets there"
    else:
        told = f"towards {number} along {where} and never gets there"
    return (
        f"The value keeps {words.falling} {told}, as far as it was followed: no best point was "
        f"found that way. Whether it is {words.better} elsewhere, on another branch, is not known. "
        "Add regularisation (for example a small multiple of the sum of squares) or a bound."
    )


def overflow(words: Words, why: str) -> str:
    """Advice where float64 ends before the way down does."""
    return (
        f"The value {words.falls} up to here, and just beyond the function cannot be computed: "
        f"{why}. Write it so that nothing overflows (jax.nn.softplus(x) for log(1 + exp(x)), "
        "jnp.logaddexp(a, b) for log(exp(a) + exp(b))), or bound the variables."
    )


def unbounded(words: Words, direction: Vector, both: bool = False, *, known: bool) -> str:
    """Advice where the value improves without end, along −direction too where `both`.

    `known` says that the form of the function shows it; a ray shows it as far as it goes.
    """
    also = ", and the other way too" if both else ""
    also += "" if known else ", as far as it was followed"
    return (
        f"The value {words.falls} without end along {words.where(direction)}{also}. "
        f"Give {_limits(words, direction, both)}, add a penalty that grows that way, or check the "
        "sign of the function."
    )


def _limits(words: Words, direction: Vector, both: bool = False) -> str:
    """The bounds that would stop a direction: those of all coordinates that it moves."""
    order = _moved(direction)
    if both or len(order) > 4:
        return f"bounds to {words.listed([words.names[k] for k in order], 4)}"
    sides = [
        f"{words.names[k]} {'an upper' if direction[k] > 0.0 else 'a lower'} bound" for k in order
    ]
    return " and ".join(sides)


def bottomless(words: Words, place: str) -> str:
    """Advice where a step leads to an infinite value."""
    return (
        f"The value is {words.value(-np.inf):+g} at {place}: there is no best point. Add a bound "
        "that keeps away from it, or look for a division by zero or a logarithm of zero there."
    )


def no_end_seen(words: Words, direction: Vector) -> str:
    """Advice where the value keeps improving as far as it was followed."""
    return (
        f"The value keeps {words.falling} along {words.where(direction)}, ever more slowly, and "
        f"no end is in sight. Give {_limits(words, direction)}, or add a penalty that grows that "
        "way."
    )


def saddle(words: Words, direction: Vector, gain: float) -> str:
    """Advice at a saddle: the way on."""
    return (
        f"Not a {words.goal}: the value is {words.better} by {gain:.3g} at a step of "
        f"{words.where(direction)}. Start again from a point moved that way."
    )


def valley(words: Words, step: Vector, gain: float) -> str:
    """Advice where the slope is within tolerance and a lower point lies far off."""
    return (
        f"Not yet a {words.goal}: the slope is within tolerance, but a long, flat way leads on "
        f"from x, and the value is {words.better} by {gain:.3g} at a step of {words.where(step)}. "
        "Start again from there, or ask for a smaller tol."
    )


def opposite(words: Words) -> str:
    """At a maximum while a minimum is sought."""
    here = "minimum" if words.maximize else "maximum"
    return (
        f"This is a {here}, and you asked to {words.minimize}: the value {words.falls} in every "
        "direction from here. Start from a point moved off, or add bounds if it has no end."
    )


def flat(
    words: Words,
    names: Sequence[str],
    direction: Vector,
    point: Vector,
    level: tuple[float, float],
) -> str:
    """Advice where the value stays level one way.

    Args:
        level: how far it was seen to stay level, in multiples of `direction`, back and ahead.
    """
    back, ahead = level
    moved = np.flatnonzero(np.abs(direction) > 1e-3 * np.max(np.abs(direction), initial=0.0))
    remedy = "Fix a parameter, add data or terms that determine it, or add a small penalty."
    if moved.size == 1:
        k = int(moved[0])
        ends = sorted((point[k] - back * direction[k], point[k] + ahead * direction[k]))
        ends = [0.0 if abs(end) <= 1e-6 * (ends[1] - ends[0]) else end for end in ends]
        name = words.names[k]
        if ends[0] == ends[1]:
            return f"The value hardly changes with {name} close by. {remedy}"
        return (
            f"Any {name} from {ends[0]:.6g} to {ends[1]:.6g} gives the same value, within the "
            "tolerance, wherever it was tried: take the one that suits you, or add a small penalty "
            "that prefers one."
        )
    which = words.listed(names) if names else "Some combination of the parameters"
    how = f"{which} can change together without changing the value"
    if ahead == 0.0:
        return f"{how}, for small moves: in the ratio {words.where(direction)}. {remedy}"
    shown = words.where(direction * min(ahead, 1.0))
    return f"{how}: the value stays at {shown}, seen by walking there. {remedy}"


def pole(words: Words, point: Vector, direction: Vector) -> str:
    """Advice beside a pole."""
    where = ", ".join(
        f"{words.names[k]} = {point[k]:.6g}"
        for k in np.flatnonzero(np.abs(direction) > 1e-3 * np.max(np.abs(direction)))[:4]
    )
    return (
        f"The value {words.falls} without end close to {where}, as at a pole: there is no best "
        "point. Add a bound that keeps away from it, or look for a division by zero or a logarithm "
        "of zero there."
    )


ELSEWHERE = "is not known: try several starts (starts=32)."
"""What is said of other points; who has tried several says what was seen instead."""


def minimum(words: Words, confined: Sequence[str]) -> str:
    """Advice at the point that was looked for."""
    if confined:
        return (
            f"Held by the bounds of {words.listed(confined)}; relaxing them would improve the "
            f"value. It is the best point nearby; whether a {words.better} value lies elsewhere "
            f"{ELSEWHERE}"
        )
    return (
        f"It is the best point nearby. Whether a {words.better} value lies elsewhere {ELSEWHERE}"
    )


def proved(words: Words, held: Sequence[str], *, affine: bool) -> str:
    """Advice at the extremum of a quadratic that bends one way only, or of an affine function.

    Args:
        held: the coordinates that a bound keeps from improving the value.
    """
    why = (
        "its slope is the same everywhere"
        if affine
        else "the function is quadratic and bends one way only"
    )
    if not held:
        return f"This is the {words.goal}: {why}."
    return (
        f"Held by the bounds of {words.listed(held)}; relaxing them would improve the value. This "
        f"is the {words.goal} within the bounds: {why}."
    )


def degenerate(words: Words, direction: Vector | None) -> str:
    """Advice where slope and curvature both vanish, or all but."""
    way = "a few directions"
    if direction is not None and np.any(direction):
        way = f"{words.where(direction)} and back"
    return (
        "Slope and curvature are too small here to say what this point is. Compare values along "
        f"{way}, rescale the variables to like sizes, or start from another point."
    )


def corner(words: Words, why: str) -> str:
    """Advice at a corner that could not be decided."""
    reason = f": {why}" if why else ""
    return (
        f"The function has a corner here, and whether it is a {words.goal} cannot be told{reason}. "
        f"Start sf.{words.minimize} from a few points nearby and compare the values, or round the "
        "corner off: sqrt(x² + ε²) for |x|, logsumexp for max."
    )


def beside_division(words: Words, place: str) -> str:
    """Advice all but at a division by zero."""
    return (
        f"This point lies next to a division by zero ({place}), where slopes change from one "
        f"floating-point number to the next: whether the value {words.falls} without end there is "
        "not known. Add a bound that keeps away from it, or a penalty that grows towards it."
    )


def steps(words: Words) -> str:
    """Advice where values change by more than the slopes say."""
    compared = (
        "the search compared values, and found none lower near by; try several starts"
        if words.compared
        else "the method direct-search does that"
    )
    compared = compared.replace("lower", words.better)
    return (
        "The values change by more than the slopes say. Either the function jumps (floor, round, "
        f"a comparison): then only values can be compared, and {compared}. Or its large parts "
        "cancel and rounding is what is left: then write it so that they do not (log1p, expm1, "
        f"logaddexp) before you {words.minimize}."
    )


def hidden(words: Words, sentence: str) -> str:
    """Advice where floating point cannot show that the value changes."""
    return (
        f"The value looks level only because double precision cannot show how it changes: "
        f"{sentence}. Start nearer to where it changes, rescale, leave out the large constant, or "
        f"{words.minimize} a function that keeps the small one (its logarithm, log1p, expm1)."
    )


def cancelled(words: Words) -> str:
    """Advice where terms that cancel leave a value with too few digits."""
    return (
        "The value looks level only because large terms cancel: what rounding leaves of it is "
        "coarser than the tolerance. Start nearer to where it changes, or "
        f"{words.minimize} a form without the difference (1/(√(1+x²)+x) for √(1+x²) − x)."
    )


def slope_lost(words: Words, direction: Vector) -> str:
    """Advice where a slope that no curvature bounds is no larger than what rounding makes."""
    return (
        f"The slope along {words.where(direction)} is so small that rounding inside the function "
        f"may have made all of it, and no step that way was seen to give a {words.better} value: "
        "whether the value is level there or falls cannot be told. Write the function so that "
        "large parts do not cancel (y²/(√(x²+y²)+x) for √(x²+y²) − x)."
    )


def between_floats(words: Words, step: Vector, gain: float) -> str:
    """Advice where the best point lies between two floating-point numbers."""
    return (
        f"The value could be {words.better} by {gain:.3g} at a step of {words.where(step)}, but "
        "numbers of double precision lie too far apart there to show it. Measure the variables "
        "from a place near the answer, or make the large factors smaller."
    )


def rounded_inside(words: Words, astray: float) -> str:
    """Advice where the function rounds away what decides."""
    return (
        f"Rounding inside the function changes its value by {astray:.3g} here, so whether this is "
        f"the {words.goal} cannot be told. Measure the variables from a place near the answer, so "
        "that no large number is added and taken away again."
    )


def staircase(words: Words, kind: PointKind, place: str, lost: float) -> str:
    """Advice where the function rounds to few digits inside, so that slopes are not its own.

    Args:
        kind: what the point would be without that rounding. place: where it rounds.
        lost: by how much that moves the value.
    """
    known = {
        kind: f"Without that it would be a {kind.name.lower().replace('_', ' ')}. "
        for kind in PointKind
        if kind.name.endswith(("MINIMUM", "MAXIMUM"))
    }
    other = ", or compare values (method direct-search)"
    return (
        f"The function moves in steps: it is {place}, which changes its value by up to {lost:.2g} "
        f"around here. {known.get(kind, '')}With it, slopes do not tell whether a value nearby is "
        f"{words.better}. Compute in float64{'' if words.compared else other}."
    )


def undecided(words: Words) -> str:
    """Advice where the checks contradict each other or do not suffice."""
    return (
        "The checks made do not settle what this point is; the evidence names the one that failed. "
        f"Compare values at a few points nearby, or {words.minimize} again from another start."
    )
