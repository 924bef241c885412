"""The judge: what a point is, recomputed from the problem alone, in the order of precedence.

Read top to bottom, `_decide` is the algorithm; docs/judge.md gives every equation and threshold.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from surefoot.judge import advice, attainment, ended, kinks, large, second_order, suspicion
from surefoot.judge.attainment import Descent, Turn
from surefoot.judge.case import Case
from surefoot.judge.contracts import (
    EPS,
    Blame,
    Creases,
    Form,
    Hidden,
    Oracle,
    Problem,
    SparseHessian,
    Squares,
    Switch,
    Vector,
)
from surefoot.judge.finite import bounds_row, checked_point, finite_rows
from surefoot.judge.kinks import Corner
from surefoot.judge.neighbours import lower_neighbour
from surefoot.judge.pole import falls_into_a_pole
from surefoot.judge.promise import end_of_newton
from surefoot.judge.ray import Far
from surefoot.judge.sampled import lower_at_every_scale
from surefoot.judge.say import moved, say
from surefoot.judge.site import Site, survey, with_bound
from surefoot.judge.squares import lowest_of_squares
from surefoot.judge.stationarity import Stationarity, stationarity
from surefoot.judge.valley import FAR, lower_along_the_valley
from surefoot.judge.walk import level_reach
from surefoot.terms import Evidence, PointKind, Verdict

MINIMA = (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM)


def judge(
    problem: Problem,
    x: Any,
    *,
    oracle: Oracle,
    switches: Iterable[Switch] | None = None,
    form: Form | None = None,
    blame: Blame | None = None,
    hidden: Hidden | None = None,
    reference: Any = None,
    onward: str = "",
    sparse: SparseHessian | None = None,
    creases: Creases | None = None,
    compared: bool = False,
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
        hidden: points on a line -> the step in which rounding hides how the function moves
            along them, as a sentence; "" where none does. Asked before anything is called level.
        reference: (n,) another point in the user's units, such as the start. It gives tol a scale
            where x and f(x) are both near zero; without it 1e-6 is no minimum of x².
        onward: what a person can do where a step still improves the value, as a sentence; "" to
            say that it can be searched from there. A run that ended there knows better.
        sparse: x -> the Hessian of the oracle's function as scipy.sparse, if it is sparse. Asked
            above 300 coordinates, where Hessian-vector products alone do not settle the matter.
        creases: x, lengths -> normals (k, n) of the planes along which the formula changes at x;
            where a corner or vanishing curvature is judged, directions along them are tried too.
        compared: whether the point was found by comparing values, which is then not advised.

    Returns:
        A verdict in the words of the user's sense, with every check made.

    Raises:
        InputError: if x has the wrong shape.
    """
    words = advice.Words(problem.sense == "maximize", problem.structure.paths, onward, compared)
    point = checked_point(problem, x)
    other = None if reference is None else checked_point(problem, reference)
    known = None if switches is None else tuple(switches)
    quadratic = form is not None
    squares = form if isinstance(form, Squares) and form.is_least_squares else None
    case = Case(
        problem, words, point, oracle, blame, quadratic, other, known, squares,
        hidden=hidden, sparse=sparse, creases=creases,
    )  # fmt: skip
    # NaN and infinity are looked for by name; what NumPy has to say of them adds nothing.
    with np.errstate(all="ignore"):
        return _decide(case)


def _decide(case: Case) -> Verdict:
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
    site.creases = case.creases
    case.rows.extend(finite_rows(site, case.blame))
    if not np.isfinite(site.value):
        return ended.not_finite(case, "value")
    way = None if case.quadratic else falls_into_a_pole(site)
    if way is not None:
        return ended.into_a_pole(case, site, way)
    if _look_for_corners(case, site):
        found = _corner(case, site)
        if found is not None:
            return found
    if not np.all(np.isfinite(site.gradient)):
        return ended.not_finite(case, "gradient")
    if site.hessian is not None and not np.all(np.isfinite(site.hessian)):
        found = _corner(case, site)
        return found if found is not None else ended.not_finite(case, "Hessian")
    first = stationarity(site, exact=case.quadratic and case.squares is None)
    case.rows.append(_slope_row(case, site, first))
    if not first.holds:
        return _not_stationary(case, site, first)
    better = lower_neighbour(site) if first.by_rounding and not case.quadratic else None
    if better is not None:
        return ended.lower_beside(case, better)
    early = None if case.quadratic else _beyond_the_step(case, site, first)
    if early is not None:
        return early
    dense, site.sparse = site.hessian is not None, case.sparse
    squares = case.squares is not None
    classify = partial(second_order.classify, squares=squares) if dense else large.classify
    finding = classify(site, first, case.quadratic)
    heard = with_bound(site) if finding.kind is PointKind.UNKNOWN and not case.quadratic else None
    if heard is not None:
        # Rounding inside the function may be all that contradicts: once more, knowing it.
        case.rows.append(ended.bound_row(site, heard))
        site, finding = heard, classify(heard, first, case.quadratic)
    case.rows.extend(finding.rows)
    if case.squares is not None and finding.kind in MINIMA:
        finding = lowest_of_squares(case, site, first, finding)
        if isinstance(finding, Verdict):
            return finding
    lost = ended.absorbed(case, site, finding.kind, (finding.direction, finding.flat))
    if lost is not None:
        far = _seen_from_nearer(case, site)
        return lost if far is None else far
    if finding.kind in MINIMA and not finding.by_curvature and not case.quadratic and dense:
        lower = lower_at_every_scale(site)
        if lower is not None:
            return ended.lower_around(case, PointKind.DEGENERATE, lower)
    if finding.kind is PointKind.LOCAL_MINIMUM and not case.quadratic and not case.nested:
        doubted = _broken_promise(case, site, first)
        if doubted is not None:
            return doubted
        lower = lower_along_the_valley(site, first.rise) if dense else None
        if lower is not None:
            return ended.lower_along(case, lower)
    return say(case, site, first, finding)


def _seen_from_nearer(case: Case, site: Site) -> Verdict | None:
    """Where rounding hides everything: an infimum that is not attained, seen from nearer by."""
    centre = np.zeros_like(site.x) if case.reference is None else case.reference

    def nearer(x: Vector) -> Site:
        return survey(case.problem, x, case.oracle, case.reference)

    found = attainment.from_nearer(with_bound(site) or site, nearer, centre)
    return None if found is None else _endless(case, found)


def _broken_promise(case: Case, site: Site, first: Stationarity) -> Verdict | None:
    """The verdict where the curvature belongs to the way to a point that is no minimum."""
    end = end_of_newton(site, first)
    if end is None:
        return None
    there = _decide(replace(case, x=end, rows=[], nested=True))
    if there.kind in [case.words.kind(kind) for kind in MINIMA]:
        # As flat as (x − 3)⁴⁰ the value is within tolerance long before the point is anywhere near.
        gain = site.value - case.oracle.value(end)
        far = float(np.max(np.abs(end - site.x) / site.extent))
        return ended.lower_along(case, (end - site.x, gain)) if far > FAR and gain > 0.0 else None
    case.rows.append(
        Evidence(
            "Newton's promise",
            "slope along the Newton step p at x + p, against that at x",
            None,
            None,
            False,
            note="the slope shrinks too slowly for a minimum; what Newton's method leads to is "
            f"{there.kind.name.lower().replace('_', ' ')}",
        )
    )
    text = advice.degenerate(case.words, first.rise)
    return case.verdict(PointKind.DEGENERATE, text, direction=first.rise)


# ── corners ────────────────────────────────────────────────────────────────────────────────────


def _look_for_corners(case: Case, site: Site) -> bool:
    if case.quadratic:
        return False
    smooth = np.all(np.isfinite(site.gradient))
    if smooth and case.switches is not None and not suspicion.near(case.switches):
        return False
    return suspicion.suspicious(site)


def _corner(case: Case, site: Site) -> Verdict | None:
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
    if report.corner is Corner.CURVED and report.direction is not None:
        return ended.lower_around(case, PointKind.KINK, (report.direction, report.drop))
    if report.corner in (Corner.MINIMUM, Corner.FLAT):
        better = lower_neighbour(site)
        if better is not None:
            return ended.lower_beside(case, better)
        lower = lower_at_every_scale(site)
        if lower is not None:
            return ended.lower_around(case, PointKind.KINK, lower)
    if report.corner is Corner.MINIMUM:
        return case.verdict(PointKind.LOCAL_MINIMUM, advice.minimum(words, ()))
    if report.corner is Corner.MAXIMUM:
        return case.verdict(
            PointKind.LOCAL_MAXIMUM, advice.opposite(words), direction=report.direction
        )
    if report.corner is Corner.FLAT and report.flat is not None:
        lost = ended.absorbed(case, site, PointKind.FLAT_MINIMUM, (report.direction, report.flat))
        if lost is not None:
            return lost
        names = moved(case, site, report.flat)
        way = report.direction if report.direction is not None else report.flat
        text = advice.flat(words, names, way, site.x, level_reach(site, way))
        return case.verdict(PointKind.FLAT_MINIMUM, text, direction=report.direction, flat=names)
    if report.corner is Corner.STEPS:
        return case.verdict(PointKind.UNKNOWN, advice.steps(words), direction=report.direction)
    return case.verdict(PointKind.KINK, advice.corner(words, report.why))


# ── the slope ──────────────────────────────────────────────────────────────────────────────────


def _slope_row(case: Case, site: Site, first: Stationarity) -> Evidence:
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


def _not_stationary(case: Case, site: Site, first: Stationarity) -> Verdict:
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


def _endless(case: Case, found: Descent) -> Verdict:
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
        # 10⁻⁷⁶ is how far 1/x was followed, not where it leads.
        fall = abs(float(ray.values[0]) - ray.limit)
        limit = 0.0 if abs(ray.limit) < EPS**2 * fall else ray.limit
        text, attained = advice.not_attained(words, found.direction, limit), False
    else:
        text, attained = advice.no_end_seen(words, found.direction), None
    return case.verdict(
        PointKind.NOT_STATIONARY, text, direction=found.direction, attained=attained
    )


def _beyond_the_step(case: Case, site: Site, first: Stationarity) -> Verdict | None:
    """Small slope and small decrement may still be the foot of a long way down."""
    turned = 0.0
    for step, sign in ((first.rise, 1.0), (first.fall, -1.0)):
        report = attainment.turn_check(site, step, sign)
        if report.turn is Turn.TURNS and np.isfinite(report.multiple):
            turned = max(turned, report.multiple)
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
                "t where the slope along the Newton step p has turned at x + tp, t = 2ᵏ",
                turned or None,
                None,
                True,
                note="the slope turns round beyond the Newton step, as at a stationary point",
            )
        )
    return None
