"""The last word on a stationary point: its kind, and advice that a person can act on."""

import numpy as np

from surefoot.judge import advice, ended
from surefoot.judge.case import Case
from surefoot.judge.contracts import EPS, Vector
from surefoot.judge.curvature import spectrum
from surefoot.judge.level import level_reach
from surefoot.judge.second_order import Finding
from surefoot.judge.site import Site
from surefoot.judge.stationarity import Stationarity
from surefoot.terms import Evidence, PointKind, Verdict

_LOST = 64.0
"""A Newton decrement of so many last digits of the scale of the value is no visible distance."""


def moved(case: Case, site: Site, sizes: Vector) -> tuple[str, ...]:
    """Names of the coordinates that a level direction moves."""
    relative = np.abs(sizes) / site.extent
    kept = np.flatnonzero(relative > 1e-3 * np.max(relative, initial=0.0))
    return tuple(str(case.words.names[int(k)]) for k in kept)


def _globally(case: Case, site: Site, first: Stationarity, finding: Finding) -> PointKind:
    """A stationary point of a convex quadratic is lowest everywhere, on bounds too."""
    kind = finding.kind
    if not case.quadratic:
        return kind
    if site.hessian is None:
        everywhere = kind is PointKind.LOCAL_MINIMUM and bool(np.all(first.free))
        return PointKind.GLOBAL_MINIMUM if everywhere else kind
    whole = spectrum(site, np.arange(site.size))
    pulled = site.hessian @ (whole.scale[:, None] * whole.vectors)
    level = np.max(np.abs(pulled), axis=0, initial=0.0)
    if np.any(whole.null & (level > 0.0)) and case.squares is None:
        # Within rounding of zero is not zero: −10⁻¹⁶ t² falls without end.
        return kind
    if not np.any(whole.negative) and kind in (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM):
        case.rows.append(
            Evidence(
                "convexity",
                "smallest eigenvalue of the scaled Hessian, all coordinates",
                float(whole.values[0]),
                -whole.error,
                True,
                note="the Hessian of a quadratic is the same everywhere",
            )
        )
        return PointKind.GLOBAL_MINIMUM
    bounded = np.any(np.isfinite(site.lower) | np.isfinite(site.upper))
    concave = not np.any(whole.positive) and not bounded
    if concave and kind in (PointKind.LOCAL_MAXIMUM, PointKind.FLAT_MAXIMUM):
        return PointKind.GLOBAL_MAXIMUM
    return kind


def _affine(site: Site) -> bool:
    """Whether a quadratic has no curvature at all."""
    return site.hessian is not None and not np.any(site.hessian)


def say(case: Case, site: Site, first: Stationarity, finding: Finding) -> Verdict:
    """The verdict on a stationary point, from what its curvature told."""
    words = case.words
    kind = _globally(case, site, first, finding)
    direction, flat = finding.direction, ()
    held = [str(words.names[int(k)]) for k in np.flatnonzero(first.strict)]
    if finding.flat is not None:
        flat = moved(case, site, finding.flat)
    if finding.steps:
        return case.verdict(PointKind.UNKNOWN, advice.steps(words), direction=direction)
    match kind:
        case PointKind.GLOBAL_MINIMUM:
            text = (
                advice.flat(words, flat, direction, site.x, level_reach(site, direction))
                if flat and direction is not None
                else advice.proved(words, held, affine=_affine(site))
            )
        case PointKind.LOCAL_MINIMUM:
            text = advice.minimum(words, held)
        case PointKind.FLAT_MINIMUM | PointKind.FLAT_MAXIMUM:
            way = direction if direction is not None else first.rise
            text = advice.flat(words, flat, way, site.x, level_reach(site, way))
        case PointKind.LOCAL_MAXIMUM | PointKind.GLOBAL_MAXIMUM:
            text = advice.opposite(words)
        case PointKind.SADDLE_POINT if direction is not None:
            step = direction if finding.step is None else finding.step
            text = advice.saddle(words, step, finding.gain)
        case PointKind.NOT_STATIONARY if direction is not None:
            if finding.attained is not False:
                return ended.not_stationary(case, site, direction, first.threshold)
            text = advice.not_attained(words, direction, None)
        case PointKind.UNKNOWN:
            text = finding.why or advice.undecided(words)
        case _:
            text = advice.degenerate(words, direction)
    attained = finding.attained
    good = (PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM)
    if attained is None and kind in good:
        attained = True
    return case.verdict(
        kind, text, direction=direction, flat=flat, attained=attained, excess=_excess(site, first)
    )


def _excess(site: Site, first: Stationarity) -> float:
    """How far the stationary point's value may lie from f(x); 0 where that is rounding."""
    lost = max(site.noise, _LOST * EPS * site.scale)
    visible = not first.by_rounding and np.isfinite(first.decrement) and first.decrement > lost
    return float(first.decrement) if visible else 0.0
