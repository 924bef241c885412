"""The judge: what a point is, recomputed from the problem alone, in the order of precedence.

Read top to bottom, `_decide` is the algorithm; docs/judge.md gives every equation and threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surefoot.judge import advice, attainment, kinks, large, second_order, suspicion
from surefoot.judge.attainment import Descent, Turn
from surefoot.judge.contracts import Blame, Form, Oracle, Problem, Switch, Vector
from surefoot.judge.curvature import spectrum
from surefoot.judge.finite import bounds_row, checked_point, finite_rows
from surefoot.judge.kinks import Corner
from surefoot.judge.ray import Far
from surefoot.judge.second_order import Finding
from surefoot.judge.site import Site, survey
from surefoot.judge.stationarity import Stationarity, stationarity
from surefoot.terms import Confidence, Evidence, PointKind, Verdict


def judge(
    problem: Problem,
    x: Any,
    *,
    oracle: Oracle,
    switches: Iterable[Switch] | None = None,
    form: Form | None = None,
    blame: Blame | None = None,
    reference: Any = None,
) -> Verdict:
    """Say what the point x of a problem is, how that is known, and what to do next.

    Nothing but the problem and its oracle is asked; who found the point does not matter.

    Args:
        problem: sense, bounds, names and tolerance.
        x: (n,) flat point.
        oracle: the objective as something to minimise (negated already where it is maximised).
        switches: places near x where the function changes its formula, as the facts report them;
            they make the judge look for corners. None: it looks anyway. Empty: it need not.
        form: given when the objective is a proven quadratic: its Hessian is the same everywhere,
            so that what holds here holds globally.
        blame: x -> the source line that made NaN or infinity.
        reference: (n,) another point in the user's units, such as the start. It gives tol a scale
            where x and f(x) are both near zero; without it 1e-6 is no minimum of x².

    Returns:
        A verdict in the words of the user's sense, with every check made.

    Raises:
        InputError: if x has the wrong shape.
    """
    words = advice.Words(problem.sense == "maximize", problem.structure.paths)
    point = checked_point(problem, x)
    other = None if reference is None else checked_point(problem, reference)
    case = _Case(problem, words, point, oracle, blame, form is not None, other)
    return _decide(case, switches)


@dataclass
class _Case:
    problem: Problem
    words: advice.Words
    x: Vector
    oracle: Oracle
    blame: Blame | None
    quadratic: bool
    reference: Vector | None
    rows: list[Evidence] = field(default_factory=list[Evidence])

    def verdict(
        self,
        kind: PointKind,
        text: str,
        *,
        direction: Vector | None = None,
        flat: tuple[str, ...] = (),
        attained: bool | None = None,
    ) -> Verdict:
        unknown = kind in (PointKind.UNKNOWN, PointKind.KINK, PointKind.DEGENERATE)
        shaped = None if direction is None else self.problem.structure.unravel(direction)
        return Verdict(
            self.words.kind(kind),
            Confidence.UNKNOWN if unknown else Confidence.SUPPORTED,
            tuple(self.rows),
            text,
            direction=shaped,
            flat=flat,
            attained=attained,
        )


def _decide(case: _Case, switches: Iterable[Switch] | None) -> Verdict:
    """The precedence, as an algorithm."""
    if not np.all(np.isfinite(case.x)):
        bad = int(np.sum(~np.isfinite(case.x)))
        case.rows.append(Evidence("finite point", "x", float(bad), 0.0, False))
        return case.verdict(PointKind.UNKNOWN, advice.not_finite("point", ""))
    row, broken, worst = bounds_row(case.problem, case.x)
    case.rows.append(row)
    if broken:
        return case.verdict(
            PointKind.INFEASIBLE_POINT, advice.infeasible(case.words, broken, worst)
        )
    site = survey(case.problem, case.x, case.oracle, case.reference)
    case.rows.extend(finite_rows(site, case.blame))
    if not np.isfinite(site.value):
        return _not_finite(case, "value")
    if _look_for_corners(case, site, switches):
        found = _corner(case, site)
        if found is not None:
            return found
    if not np.all(np.isfinite(site.gradient)):
        return _not_finite(case, "gradient")
    if site.hessian is not None and not np.all(np.isfinite(site.hessian)):
        found = _corner(case, site)
        return found if found is not None else _not_finite(case, "Hessian")
    first = stationarity(site)
    case.rows.append(_slope_row(case, site, first))
    if not first.holds:
        return _not_stationary(case, site, first)
    early = None if case.quadratic else _beyond_the_step(case, site, first)
    if early is not None:
        return early
    dense = site.hessian is not None
    finding = (second_order if dense else large).classify(site, first, case.quadratic)
    case.rows.extend(finding.rows)
    return _say(case, site, first, finding)


def _not_finite(case: _Case, what: str) -> Verdict:
    where = next((row.where for row in case.rows if row.holds is False), "")
    return case.verdict(PointKind.UNKNOWN, advice.not_finite(what, where))


# ── corners ────────────────────────────────────────────────────────────────────────────────────


def _look_for_corners(case: _Case, site: Site, switches: Iterable[Switch] | None) -> bool:
    if case.quadratic:
        return False
    smooth = np.all(np.isfinite(site.gradient))
    if smooth and switches is not None and not suspicion.near(switches):
        return False
    return suspicion.suspicious(site)


def _corner(case: _Case, site: Site) -> Verdict | None:
    """The verdict at a corner; None where the gradients around x turn out to agree."""
    report = kinks.examine(site)
    smooth = bool(np.all(np.isfinite(site.gradient)))
    if report.corner is Corner.CORNER and report.pieces <= 1 and smooth:
        return None
    low, high = report.slopes
    if case.words.maximize:
        low, high = -high, -low
    case.rows.append(
        Evidence(
            "corner",
            "shortest vector in conv{∇f around x}, relative",
            report.hull,
            1e-4,
            report.hull <= 1e-4,
            note=f"the slope jumps at x, so one gradient is not enough: {report.pieces} different "
            f"gradients around it; measured one-sided slopes from {low:.3g} to {high:.3g}",
        )
    )
    words = case.words
    if report.corner is Corner.DOWN and report.direction is not None:
        text = advice.not_stationary(words, report.direction, report.drop, site.tolerance)
        return case.verdict(PointKind.NOT_STATIONARY, text, direction=report.direction)
    if report.corner is Corner.MINIMUM:
        return case.verdict(PointKind.LOCAL_MINIMUM, advice.minimum(words, ()))
    if report.corner is Corner.MAXIMUM:
        return case.verdict(
            PointKind.LOCAL_MAXIMUM, advice.opposite(words), direction=report.direction
        )
    if report.corner is Corner.FLAT and report.flat is not None:
        names = _moved(case, site, report.flat)
        text = advice.flat(words, names, report.flat)
        return case.verdict(PointKind.FLAT_MINIMUM, text, direction=report.direction, flat=names)
    if report.corner is Corner.STEPS:
        return case.verdict(PointKind.UNKNOWN, advice.steps(words), direction=report.direction)
    return case.verdict(PointKind.KINK, advice.corner(words))


# ── the slope ──────────────────────────────────────────────────────────────────────────────────


def _slope_row(case: _Case, site: Site, first: Stationarity) -> Evidence:
    if first.by_rounding:
        worst = float(np.max(np.abs(site.gradient) * (first.free | first.weak), initial=0.0))
        return Evidence(
            "stationarity",
            "max |∂f/∂xᵢ| against its rounding width",
            worst,
            float(8.0 * np.max(site.widths, initial=0.0)),
            True,
            note=f"Newton decrement {first.decrement:.3g}; the slope is zero to rounding",
        )
    held = int(np.sum(first.strict))
    note = f"tolerance {site.tol:g} times the scale {site.scale:.3g} of the value"
    if held:
        note += f"; {held} coordinates are held by bounds"
    if first.products:
        note += f"; {first.products} Hessian-vector products"
    return Evidence(
        "stationarity", "½ gᵀ|H|⁺g", first.decrement, first.threshold, first.holds, note=note
    )


def _not_stationary(case: _Case, site: Site, first: Stationarity) -> Verdict:
    """The slope is not zero: say where down is, and whether there is an end to it."""
    downhill = first.downhill
    if not case.quadratic or not np.isfinite(first.decrement):
        explored = attainment.explore(site, downhill)
        if explored is not None:
            return _endless(case, explored)
    # AD's slope at a switch may promise what the values do not keep; the Newton step of the other
    # coordinates, or plain steepest descent, may still show the way.
    lower = None
    for way in (downhill, first.rise - first.fall, attainment.steepest(site)):
        lower = attainment.measured_drop(site, way)
        if lower is not None:
            downhill = way
            break
    case.rows.append(
        Evidence(
            "descent",
            "f(x) − f(x + td)",
            lower,
            0.0,
            None if lower is None else True,
            note="measured along the direction"
            if lower is not None
            else "no lower value could be measured along the slope",
        )
    )
    if lower is None and np.isfinite(first.decrement) and first.decrement > 256.0 * site.noise:
        return case.verdict(
            PointKind.UNKNOWN,
            "The derivatives promise a lower value and the values do not deliver it: look for "
            "stop_gradient, a custom derivative, a step or a corner nearby.",
        )
    gain = first.decrement if np.isfinite(first.decrement) else (lower or np.inf)
    text = advice.not_stationary(case.words, downhill, gain, first.threshold)
    return case.verdict(PointKind.NOT_STATIONARY, text, direction=downhill)


def _endless(case: _Case, found: Descent) -> Verdict:
    ray, words = found.ray, case.words
    told = ray.far.value.replace("falls", "rises").replace("falling", "rising")
    told = told if words.maximize else ray.far.value
    case.rows.append(
        Evidence(
            "attainment",
            "f(x + td) for t = 1, 2, 4, …",
            words.value(ray.limit),
            None,
            False,
            note=f"{told}; followed to t = {ray.t[-1]:.3g}",
        )
    )
    if ray.far is Far.ENDLESS:
        text, attained = advice.unbounded(words, found.direction), None
    elif ray.far is Far.LEVELS_OFF:
        text, attained = advice.not_attained(words, found.direction, ray.limit), False
    else:
        text, attained = advice.no_end_seen(words, found.direction), None
    return case.verdict(
        PointKind.NOT_STATIONARY, text, direction=found.direction, attained=attained
    )


def _beyond_the_step(case: _Case, site: Site, first: Stationarity) -> Verdict | None:
    """Small slope and small decrement may still be the foot of a long way down."""
    for step, sign in ((first.rise, 1.0), (first.fall, -1.0)):
        report = attainment.turn_check(site, step, sign)
        if report.turn in (Turn.TURNS, Turn.UNSEEN):
            continue
        changed = case.words.value(sign * report.change)
        down = sign * step
        case.rows.append(
            Evidence(
                "turn",
                "slope along the Newton step p at x + 2ᵏp",
                report.multiple,
                None,
                False,
                note=f"{report.turn.value}: value change {changed:.3g} at {report.multiple:.3g} p",
            )
        )
        found = attainment.follow_newton(site, down)
        if found is not None:
            return _endless(case, found)
        if report.turn is Turn.RUNS_ON or sign < 0:
            text = advice.not_stationary(case.words, down, abs(report.change), first.threshold)
            return case.verdict(PointKind.NOT_STATIONARY, text, direction=down)
        text = advice.not_attained(case.words, down, site.value)
        return case.verdict(PointKind.NOT_STATIONARY, text, direction=down, attained=False)
    if np.any(first.rise) or np.any(first.fall):
        case.rows.append(
            Evidence(
                "turn",
                "slope along the Newton step p at x + 2ᵏp",
                None,
                None,
                True,
                note="the slope turns round beyond the Newton step, as at a stationary point",
            )
        )
    return None


# ── the last word ──────────────────────────────────────────────────────────────────────────────


def _moved(case: _Case, site: Site, sizes: Vector) -> tuple[str, ...]:
    """Names of the coordinates that a level direction moves."""
    relative = np.abs(sizes) / site.extent
    kept = np.flatnonzero(relative > 1e-6 * np.max(relative, initial=0.0))
    return tuple(str(case.words.names[int(k)]) for k in kept)


def _globally(case: _Case, site: Site, first: Stationarity, finding: Finding) -> PointKind:
    """A stationary point of a convex quadratic is lowest everywhere, on bounds too."""
    kind = finding.kind
    if not case.quadratic:
        return kind
    if site.hessian is None:
        everywhere = kind is PointKind.LOCAL_MINIMUM and bool(np.all(first.free))
        return PointKind.GLOBAL_MINIMUM if everywhere else kind
    whole = spectrum(site, np.arange(site.size))
    if not np.any(whole.negative) and kind in (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM):
        case.rows.append(
            Evidence(
                "convexity",
                "smallest eigenvalue of SHS, all coordinates",
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


def _say(case: _Case, site: Site, first: Stationarity, finding: Finding) -> Verdict:
    words = case.words
    kind = _globally(case, site, first, finding)
    direction, flat = finding.direction, ()
    if finding.flat is not None:
        flat = _moved(case, site, finding.flat)
    if finding.steps:
        return case.verdict(PointKind.UNKNOWN, advice.steps(words), direction=direction)
    match kind:
        case PointKind.GLOBAL_MINIMUM:
            text = (
                advice.flat(words, flat, direction)
                if flat and direction is not None
                else (
                    f"This is the {words.goal}: the function is quadratic and bends one way only."
                )
            )
        case PointKind.LOCAL_MINIMUM:
            held = [str(words.names[int(k)]) for k in np.flatnonzero(first.strict)]
            text = advice.minimum(words, held)
        case PointKind.FLAT_MINIMUM | PointKind.FLAT_MAXIMUM:
            text = advice.flat(words, flat, direction if direction is not None else first.rise)
        case PointKind.LOCAL_MAXIMUM | PointKind.GLOBAL_MAXIMUM:
            text = advice.opposite(words)
        case PointKind.SADDLE_POINT if direction is not None:
            text = advice.saddle(words, direction, finding.gain)
        case PointKind.NOT_STATIONARY if direction is not None:
            if finding.attained is False:
                text = advice.not_attained(words, direction, site.value)
            else:
                text = advice.not_stationary(words, direction, finding.gain, first.threshold)
        case PointKind.UNKNOWN:
            text = advice.undecided(words)
        case _:
            text = advice.degenerate()
    attained = finding.attained
    good = (PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM)
    if attained is None and kind in good:
        attained = True
    return case.verdict(kind, text, direction=direction, flat=flat, attained=attained)
