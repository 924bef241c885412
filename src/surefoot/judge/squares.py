"""Is a sum of squares of affine terms at its lowest, where rounding could hide that it is not?

The Hessian AᵀA of 10¹⁷ (x − 3y) and x − 3 has one eigenvalue that rounding does not tell from 0,
and a slope of 3 along it that the rounding of the other excuses. The residuals tell
(`facts.squares`):

    gain = ‖Qᵀ r‖²,  A = Q T with rows weighed apart        f(x) − min f on the real line
    f(x) is not what its coefficients say                   → UNKNOWN
    gain ≤ tol·scale                                        → as the curvature said
    f(x + d) lower by more than tol·scale                   → NOT_STATIONARY along d
    else: no number of double precision near x is that low  → UNKNOWN
"""

from dataclasses import replace

import numpy as np

from surefoot.judge import advice
from surefoot.judge.case import Case
from surefoot.judge.measured import Measured
from surefoot.judge.second_order import Finding
from surefoot.judge.site import Site
from surefoot.judge.stationarity import Stationarity
from surefoot.terms import Evidence, PointKind, Verdict


def lowest_of_squares(
    case: Case, site: Site, first: Stationarity, finding: Finding
) -> Verdict | Finding:
    """The finding, with the level directions that are none left out, or what refutes it."""
    squares = case.squares
    assert squares is not None, "asked of sums of squares only"
    # No sum of squares is lower than none, however it is rounded.
    room = site.value - squares.residual_constant
    at_floor = room <= site.tolerance
    astray = None if at_floor else _astray(case, site)
    if astray is not None:
        return astray
    excused = first.by_rounding and not first.decrement <= first.threshold
    if finding.flat is None and (at_floor or not excused):
        return finding
    found = squares.below(site.x, first.free)
    if found is None:
        text = advice.undecided(case.words)
        case.rows.append(_row(None, site.tolerance, "the matrix is too large to look below x"))
        return case.verdict(PointKind.UNKNOWN, text)
    gain = min(found.gain, room)
    if not gain <= site.tolerance:
        return _lower(case, site, found.step, gain)
    note = f"{len(found.null)} directions change no residual"
    case.rows.append(_row(gain, site.tolerance, note))
    if finding.flat is None:
        return finding
    if not len(found.null):
        return Finding(finding.kind, by_curvature=True)
    null = np.array([site.unit(row) for row in found.null])
    return replace(finding, direction=null[0], flat=np.max(np.abs(null), axis=0), rows=[])


def _row(gain: float | None, tolerance: float, note: str) -> Evidence:
    holds = None if gain is None else gain <= tolerance
    return Evidence("left to fall", "‖Qᵀr‖², A = QT", gain, tolerance, holds, note=note)


def _lower(case: Case, site: Site, step: np.ndarray, gain: float) -> Verdict:
    """A lower point, or one that double precision cannot hold."""
    value = site.look(site.at(step[None, :]))[0][0]
    seen = site.value - value
    if seen > site.tolerance:
        case.rows.append(_row(gain, site.tolerance, f"a step gains {seen:.3g}"))
        text = advice.not_stationary(case.words, Measured(step, seen), step, site.tolerance)
        return case.verdict(PointKind.NOT_STATIONARY, text, direction=step)
    note = "in exact arithmetic; x + d, rounded to double precision, does not show it"
    case.rows.append(_row(gain, site.tolerance, note))
    text = advice.between_floats(case.words, step, gain)
    return case.verdict(PointKind.UNKNOWN, text, direction=step)


def _astray(case: Case, site: Site) -> Verdict | None:
    """UNKNOWN where rounding makes the function another than its coefficients say.

    Both |f(x) − ‖Ax − b‖²| and ‖δ‖², δ the rounding of the residuals, must be beyond tolerance: a
    small δ changes f by 2rᵀδ, but its distance from the minimum by no more than ‖δ‖².
    """
    squares = case.squares
    assert squares is not None, "asked of sums of squares only"
    astray, width = abs(site.value - squares.value(site.x)), squares.residual_rounding(site.x)
    if astray <= site.tolerance or width <= np.sqrt(site.tolerance):
        return None
    case.rows.append(
        Evidence(
            "rounding inside",
            "|f(x) − ‖Ax − b‖²|",
            astray,
            site.tolerance,
            False,
            note="what the function returns at x is not what its coefficients give",
        )
    )
    return case.verdict(PointKind.UNKNOWN, advice.rounded_inside(case.words, astray))
