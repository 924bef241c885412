"""Verdicts that end the inquiry: something was seen that settles what the point is, or is not."""

from dataclasses import replace

import numpy as np

from surefoot.judge import advice
from surefoot.judge.case import Case
from surefoot.judge.contracts import Problem, Vector
from surefoot.judge.measured import Measured, measured_step
from surefoot.judge.site import Site
from surefoot.judge.walk import hidden_along
from surefoot.terms import Evidence, PointKind, Verdict

_BESIDE = 10.0 ** np.arange(-14.0, -2.0)
"""So far beside x, in extents, what overflows is looked for."""
_LEVEL = (
    PointKind.FLAT_MINIMUM,
    PointKind.FLAT_MAXIMUM,
    PointKind.DEGENERATE,
    PointKind.UNKNOWN,
)


def into_a_pole(case: Case, site: Site, way: Vector) -> Verdict:
    """The value falls without end towards a place close by."""
    case.rows.append(
        Evidence(
            "pole",
            "f(x − t₍ₖ₋₁₎d) − f(x − tₖd), tₖ = 4⁻ᵏ",
            case.words.value(site.value),
            None,
            True,
            note="each step four times closer gains at least as much as the one before",
        )
    )
    text = advice.pole(case.words, site.x, way)
    return case.verdict(PointKind.NOT_STATIONARY, text, direction=way, attained=False)


def without_end(
    problem: Problem,
    verdict: Verdict,
    fall: Evidence,
    direction: Vector,
    *,
    both: bool = False,
    known: bool = False,
) -> Verdict:
    """The verdict on a point from which the value improves without end.

    What the point is stays as it was judged; the advice is about the fall, which matters more.

    Args:
        fall: what `check_ray` showed, or that the value is infinite at the end of the direction.
        direction: (n,) the way that was checked. both: whether the way back falls as well.
        known: whether the form of the function, a quadratic, shows it for good.
    """
    words = advice.Words(problem.sense == "maximize", problem.structure.paths)
    if fall.where:
        text = advice.bottomless(words, fall.where)
    else:
        text = advice.unbounded(words, direction / np.max(np.abs(direction)), both, known=known)
    return replace(
        verdict,
        evidence=(*verdict.evidence, fall),
        direction=problem.structure.unravel(direction),
        advice=text,
    )


def not_stationary(case: Case, site: Site, way: Vector, threshold: float) -> Verdict:
    """The value is lower along a way (n,): say the step that shows it."""
    found = measured_step(site, way)
    text = advice.not_stationary(case.words, found, way, threshold)
    direction = way if found is None else found.step
    return case.verdict(PointKind.NOT_STATIONARY, text, direction=direction)


def lower_beside(case: Case, better: tuple[Vector, float, float]) -> Verdict:
    """A floating-point number next to x is lower."""
    step, gain, least = better
    case.rows.append(
        Evidence(
            "neighbours",
            "f(x) − f at the floating-point numbers downhill of x",
            gain,
            least,
            False,
            note="the slope is lost in the rounding of x, the value is not",
        )
    )
    text = advice.not_stationary(case.words, Measured(step, gain), step, least)
    return case.verdict(PointKind.NOT_STATIONARY, text, direction=step)


def lower_around(case: Case, kind: PointKind, lower: tuple[Vector, float]) -> Verdict:
    """However close, some point around x is lower."""
    step, gain = lower
    case.rows.append(
        Evidence(
            "lower around",
            "f(x) − lowest f among points around x",
            gain,
            0.0,
            False,
            note="at every distance some point is lower, though no straight way leads down",
        )
    )
    text = advice.saddle(case.words, step, gain)
    return case.verdict(kind, text, direction=step)


def lower_along(case: Case, lower: tuple[Vector, float]) -> Verdict:
    """The floor of the valley in which x lies leads on downhill, far off x."""
    step, gain = lower
    case.rows.append(
        Evidence(
            "valley",
            "f(x) − f further along the floor of the valley",
            gain,
            0.0,
            False,
            note=f"the slope is within tolerance, yet the way leads on {case.words.down}",
        )
    )
    text = advice.valley(case.words, step, gain)
    return case.verdict(PointKind.DEGENERATE, text, direction=step)


def not_finite(case: Case, what: str) -> Verdict:
    """NaN or infinity, with the line that made it."""
    where = next((row.where for row in case.rows if row.holds is False), "")
    return case.verdict(PointKind.UNKNOWN, advice.not_finite(what, where))


def at_an_overflow(case: Case, site: Site) -> Verdict | None:
    """The verdict where the way down ends because a step of the function overflows beyond x."""
    if case.blame is None or not np.any(site.gradient):
        return None
    down = -np.sign(site.gradient) * site.extent
    points = site.at(_BESIDE[:, None] * down)
    values, _ = site.look(points)
    for point, value in zip(points, values, strict=True):
        if np.isfinite(value) or np.array_equal(point, site.x):
            continue
        why = str(case.blame(point))
        if "overflow" not in why:
            return None
        return case.verdict(PointKind.UNKNOWN, advice.overflow(case.words, why))
    return None


def bound_row(site: Site, heard: Site) -> Evidence:
    """The oracle's bound on rounding, as evidence."""
    return Evidence(
        "rounding inside",
        "Σ |∂f/∂step| u |step|",
        heard.noise,
        site.noise,
        None,
        note="bound on the rounding error of the value, larger than what the values around x show",
    )


def absorbed(
    case: Case, site: Site, kind: PointKind, ways: tuple[Vector | None, ...]
) -> Verdict | None:
    """UNKNOWN where the function is level, or in doubt, only because rounding absorbs its moves."""
    if kind not in _LEVEL or case.hidden is None or case.quadratic:
        return None
    known = [way for way in ways if way is not None and np.any(way)]
    sentence = hidden_along(site, known, case.hidden)
    if not sentence:
        return None
    case.rows.append(
        Evidence("absorption", "steps along the level direction", None, None, False, note=sentence)
    )
    direction = known[0] if known else None
    text = advice.hidden(case.words, sentence)
    return case.verdict(PointKind.UNKNOWN, text, direction=direction)
