"""The judge: what a point is, recomputed from the problem alone, in the order of precedence.

Read top to bottom, `_decide` is the algorithm; docs/judge.md gives every equation and threshold.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from surefoot.judge import advice, ended, kinks, large, second_order, slope, suspicion
from surefoot.judge.case import Case
from surefoot.judge.coarse import rounded_to_steps
from surefoot.judge.contracts import (
    Blame,
    Creases,
    Form,
    Hidden,
    Oracle,
    Problem,
    SparseHessian,
    Squares,
    Switch,
)
from surefoot.judge.creases import lower_across
from surefoot.judge.finite import bounds_row, checked_point, finite_rows
from surefoot.judge.kinks import Corner
from surefoot.judge.level import level_reach
from surefoot.judge.neighbours import lower_neighbour
from surefoot.judge.pole import falls_into_a_pole
from surefoot.judge.promise import end_of_newton
from surefoot.judge.sampled import lower_at_every_scale
from surefoot.judge.say import moved, say
from surefoot.judge.second_order import Finding
from surefoot.judge.site import Site, survey, with_bound
from surefoot.judge.squares import lowest_of_squares
from surefoot.judge.stationarity import Stationarity, stationarity
from surefoot.judge.valley import FAR, lower_along_the_valley
from surefoot.terms import Evidence, PointKind, Verdict, one_blas_thread

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
    coarse: tuple[str, ...] = (),
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
        coarse: where the function rounds to less than float64 inside, as sentences.

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
    squares = form if quadratic and isinstance(form, Squares) and form.is_least_squares else None
    case = Case(
        problem, words, point, oracle, blame, quadratic, other, known, squares,
        hidden=hidden, sparse=sparse, creases=creases,
    )  # fmt: skip
    # NaN and infinity are looked for by name; what NumPy has to say of them adds nothing.
    with np.errstate(all="ignore"), one_blas_thread(point.size):
        verdict = _decide(case)
        return rounded_to_steps(case, verdict, coarse) if coarse else verdict


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
    site.creases, site.hidden = case.creases, case.hidden
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
        return _without_a_hessian(case, site)
    first = stationarity(site, exact=case.quadratic and case.squares is None)
    case.rows.append(slope.slope_row(case, site, first))
    if not first.holds:
        return slope.not_stationary(case, site, first)
    better = lower_neighbour(site) if first.by_rounding and not case.quadratic else None
    if better is not None:
        return ended.lower_beside(case, better)
    early = None if case.quadratic else slope.beyond_the_step(case, site, first)
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
    if finding.kind is PointKind.UNKNOWN and dense and not case.quadratic:
        # Saturation, as of tanh at 17, looks like a custom derivative or a jump: the values stand
        # still, or go in steps of a last digit.
        far = slope.seen_from_nearer(case, site)
        if far is not None:
            return far
    case.rows.extend(finding.rows)
    if case.squares is not None and finding.kind in MINIMA:
        finding = lowest_of_squares(case, site, first, finding)
        if isinstance(finding, Verdict):
            return finding
    lost = ended.absorbed(case, site, finding.kind, (finding.direction, finding.flat))
    if lost is not None:
        far = slope.seen_from_nearer(case, with_bound(site) or site)
        return lost if far is None else far
    doubted = None if case.quadratic else _last_looks(case, site, first, finding)
    return say(case, site, first, finding) if doubted is None else doubted


def _without_a_hessian(case: Case, site: Site) -> Verdict:
    """The verdict where value and slope are finite and the Hessian is not."""
    found = ended.at_an_overflow(case, site)
    found = _corner(case, site) if found is None else found
    return ended.not_finite(case, "Hessian") if found is None else found


def _last_looks(
    case: Case, site: Site, first: Stationarity, finding: Finding
) -> Verdict | None:
    """What curvature and straight walks do not see, before a minimum is announced."""
    dense = site.hessian is not None
    if finding.kind is PointKind.FLAT_MINIMUM:
        cancelled = _cancelled(case, site)
        if cancelled is not None:
            return cancelled
    # At a tie AD's curvature is that of one formula, or a mean of several.
    tied = bool(suspicion.near(case.switches))
    told = finding.by_curvature and not tied
    if finding.kind in MINIMA and not told and dense:
        lower = lower_at_every_scale(site) or (lower_across(site) if tied else None)
        if lower is not None:
            return ended.lower_around(case, PointKind.DEGENERATE, lower)
    if finding.kind is PointKind.LOCAL_MINIMUM and not case.nested:
        doubted = _broken_promise(case, site, first)
        if doubted is not None:
            return doubted
        lower = lower_along_the_valley(site, first.rise) if dense else None
        if lower is not None:
            return ended.lower_along(case, lower)
    return None


def _cancelled(case: Case, site: Site) -> Verdict | None:
    """The verdict where rounding inside the function hides a fall on what looks level.

    What cancels hides as much as what is absorbed: cosh x − sinh x is 0 from 19 on.
    """
    heard = with_bound(site)
    # Without one the noise is that bound already, or as large.
    far = None if heard is None else slope.seen_from_nearer(case, heard)
    noise = site.noise if heard is None else heard.noise
    # Where value and derivatives are all 0 they set no scale.
    if far is not None or noise <= (site.tolerance or site.tol):
        return far
    if heard is not None:
        case.rows.append(ended.bound_row(site, heard))
    return case.verdict(PointKind.UNKNOWN, advice.cancelled(case.words))


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
        return ended.not_stationary(case, site, report.direction, site.tolerance)
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
    if report.corner is Corner.CORNER:
        near = suspicion.near(case.switches) if case.switches else []
        if near and all(switch.primitive == "div" for switch in near):
            # A division makes no corner; so close to a pole the slopes change from digit to digit.
            return case.verdict(PointKind.UNKNOWN, advice.beside_division(words, near[0].words))
    if report.corner is Corner.STEPS:
        return case.verdict(PointKind.UNKNOWN, advice.steps(words), direction=report.direction)
    return case.verdict(PointKind.KINK, advice.corner(words, report.why))
