"""The slope at x: is it zero, which way is down, and is there an end to it?"""

import numpy as np

from surefoot.judge import advice, attainment, ended
from surefoot.judge.attainment import Descent, Turn
from surefoot.judge.case import Case
from surefoot.judge.contracts import EPS, Vector
from surefoot.judge.measured import measured_step
from surefoot.judge.ray import Far, follow
from surefoot.judge.site import Site, survey, with_bound
from surefoot.judge.stationarity import Stationarity
from surefoot.terms import Evidence, PointKind, Verdict


def slope_row(case: Case, site: Site, first: Stationarity) -> Evidence:
    """What was measured of the slope, as evidence."""
    if first.by_rounding:
        worst = float(np.max(np.abs(site.gradient) * (first.free | first.weak), initial=0.0))
        of = " of the xᵢ that no bound holds," if first.strict.any() else ""
        return Evidence(
            "stationarity",
            f"max |∂f/∂xᵢ|{of} against its rounding width",
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


def not_stationary(case: Case, site: Site, first: Stationarity) -> Verdict:
    """The slope is not zero: say where down is, and whether there is an end to it."""
    downhill = first.downhill
    if not case.quadratic or not np.isfinite(first.decrement):
        explored = attainment.explore(site, downhill)
        if explored is not None:
            return endless(case, site, explored)
    # AD's slope at a switch may promise what the values do not keep; the Newton step of the other
    # coordinates, or plain steepest descent, may still show the way.
    ways = (downhill, first.rise - first.fall, attainment.steepest(site))
    found = next((step for way in ways if (step := measured_step(site, way)) is not None), None)
    case.rows.append(
        Evidence(
            "descent",
            "f(x) − f(x + td)",
            None if found is None else found.gain,
            0.0,
            None if found is None else True,
            note="measured along the direction"
            if found is not None
            else "no lower value could be measured along the slope",
        )
    )
    promised = first.decrement
    if not case.quadratic and not np.isfinite(promised):
        # A slope without curvature promises what it would gain over the extent, were it to go on.
        promised = _promise(site, downhill)
    if found is None and np.isfinite(promised) and promised > 256.0 * site.noise:
        return case.verdict(
            PointKind.UNKNOWN,
            "The derivatives promise a lower value and the values do not deliver it: look for "
            "stop_gradient, a custom derivative, a step or a corner nearby.",
        )
    if found is None and not case.quadratic and not np.isfinite(first.decrement):
        heard = with_bound(site)
        if heard is not None and promised <= heard.noise:
            case.rows.append(ended.bound_row(site, heard))
            return case.verdict(PointKind.UNKNOWN, advice.slope_lost(case.words, downhill))
    text = advice.not_stationary(case.words, found, downhill, first.threshold)
    way = downhill if found is None else found.step
    return case.verdict(PointKind.NOT_STATIONARY, text, direction=way)


def _promise(site: Site, way: Vector) -> float:
    """By how much the slope at x would lower the value at the end of a way, were it the same."""
    return abs(float(site.gradient @ way))


def endless(case: Case, site: Site, found: Descent) -> Verdict:
    """The verdict on a way down whose end was not reached, or is not attained."""
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
        text = advice.unbounded(words, found.direction, known=case.quadratic)
        attained = None
    elif ray.far is Far.LEVELS_OFF:
        text, attained = _levelling_off(case, site, found), False
    else:
        text, attained = advice.no_end_seen(words, found.direction), None
    return case.verdict(
        PointKind.NOT_STATIONARY, text, direction=found.direction, attained=attained
    )


def _levelling_off(case: Case, site: Site, found: Descent) -> str:
    ray = found.ray
    # 10⁻⁷⁶ is how far 1/x was followed, not where it leads.
    fall = abs(float(ray.values[0]) - ray.limit)
    limit = 0.0 if abs(ray.limit) < EPS**2 * fall else ray.limit
    hidden = abs(site.value - limit) <= site.noise
    return advice.not_attained(case.words, found.direction, limit, hidden=hidden)


def beyond_the_step(case: Case, site: Site, first: Stationarity) -> Verdict | None:
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
                "t up to which the slope along the Newton step p does not turn at x + tp",
                report.multiple,
                None,
                False,
                note=f"{report.turn.value}: value change {changed:.3g} at {report.multiple:.3g} p",
            )
        )
        found = attainment.follow_newton(site, down)
        if found is not None:
            return endless(case, site, found)
        if report.turn is Turn.RUNS_ON or sign < 0:
            # Where the Newton step is next to nothing the change was seen many steps away.
            way = report.multiple * down if np.isfinite(report.multiple) else down
            return ended.not_stationary(case, site, way, first.threshold)
        if attainment.ends_far_out(site, down, follow(site.oracle, site.x, down)):
            continue  # an end far out: what Newton's method leads to is looked at later
        text = advice.not_attained(case.words, down / np.max(np.abs(down)), None)
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


def seen_from_nearer(case: Case, site: Site) -> Verdict | None:
    """Where rounding hides everything: an infimum that is not attained, seen from nearer by.

    Args:
        site: with the oracle's own bound on rounding, where it has one.
    """
    centre = np.zeros_like(site.x) if case.reference is None else case.reference

    def nearer(x: Vector) -> Site:
        return survey(case.problem, x, case.oracle, case.reference)

    found = attainment.from_nearer(site, nearer, centre)
    return None if found is None else endless(case, site, found)
