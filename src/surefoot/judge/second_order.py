"""From curvature to a kind: definite, indefinite, or vanishing and then probed further.

The block under judgement is free ∪ weak: every coordinate that may move, with weak bounds treated
as absent unless that decides the answer (then cone.py looks at the allowed half only).

    negative and (positive or a strict bound)   → SADDLE_POINT
    negative only                               → LOCAL_MAXIMUM
    positive only, or no coordinate can move    → LOCAL_MINIMUM
    some null                                   → the reduced function decides (higher.py)
"""

from dataclasses import dataclass, field, replace

import numpy as np

from surefoot.judge import cone
from surefoot.judge.attainment import ends_far_out
from surefoot.judge.contracts import Index, Matrix, Vector
from surefoot.judge.curvature import Check, Spectrum, curves_by, in_extents, refute, spectrum
from surefoot.judge.escape import escape, escape_row, walk_down
from surefoot.judge.far_out import bends_far_out
from surefoot.judge.higher import Probe, probe
from surefoot.judge.ray import follow
from surefoot.judge.site import Site
from surefoot.judge.stationarity import Stationarity
from surefoot.judge.walk import Trend, Walk, saturates
from surefoot.terms import Evidence, PointKind


@dataclass
class Finding:
    """A kind with what led to it.

    Attributes:
        direction: (n,) way down, level way, or way along which the value fades.
        gain: how much lower the value is along it, at a step (n,) where one was measured.
        flat: (n,) size of the level directions.
        attained: False where the value fades. steps: whether the function moves in steps.
        why: what to do where the kind stays UNKNOWN; "" for the usual.
    """

    kind: PointKind
    direction: Vector | None = None
    gain: float = 0.0
    step: Vector | None = None
    flat: Vector | None = None
    attained: bool | None = None
    steps: bool = False
    by_curvature: bool = False
    why: str = ""
    rows: list[Evidence] = field(default_factory=list[Evidence])


def classify(
    site: Site, first: Stationarity, trusted: bool, *, squares: bool = False
) -> Finding:
    """Judge a stationary point by its Hessian; site.hessian must be present and finite.

    Args:
        trusted: the function is a proven quadratic: derivatives need no walk to confirm them.
        squares: it is a sum of squares of affine terms, and nowhere curves downwards.
    """
    block = np.flatnonzero(first.free | first.weak)
    known = first.spectrum
    reusable = known is not None and np.array_equal(known.free, block)
    found = known if known is not None and reusable else spectrum(site, block, whole=False)
    if not trusted:
        found, check = refute(site, found)
        if check is Check.CONTRADICTED:
            return _contradicted(found)
    rows = [_curvature_row(site, found)]
    weak = first.weak[block]
    held = np.any(first.strict)
    null_weak = bool(np.any(np.abs(found.vectors[weak][:, found.null]) > 1e-6))
    if np.any(weak) and (np.any(found.negative) or null_weak):
        finding = _on_bounds(site, first, found)
    elif np.any(found.negative):
        finding = _with_descent(site, found, bool(held), trusted)
    elif np.any(found.null) and trusted:
        finding = _level_or_falling(site, found, squares)
    elif np.any(found.null):
        finding = _from_probe(site, found, bool(held))
    else:
        finding = _if_not_faint(site, block, trusted)
    finding.rows = rows + finding.rows
    return finding


def _if_not_faint(site: Site, block: Index, trusted: bool) -> Finding:
    """All curvature is positive; where it would not move the value over the whole extent, walk.

    e⁻ʸ at 34 curves upwards by 10⁻¹⁵ and is no minimum; beside (x − 1)², whose curvature sets the
    tolerance, only a walk along y tells. Directions are told apart in the units of the extents:
    equilibrated, both curvatures are 1 and any mixture of the two is an eigenvector.
    """
    if trusted or block.size == 0:
        return Finding(PointKind.LOCAL_MINIMUM, by_curvature=True)
    lengths = site.extent[block]
    scaled = in_extents(site, block)
    if scaled is None:
        return Finding(PointKind.LOCAL_MINIMUM)
    if curves_by(scaled, 2.0 * site.tolerance):
        return Finding(PointKind.LOCAL_MINIMUM, by_curvature=True)
    values, vectors = np.linalg.eigh(scaled)
    faint = 0.5 * values <= site.tolerance
    if not np.any(faint):
        return Finding(PointKind.LOCAL_MINIMUM, by_curvature=True)
    rows = np.zeros((block.size, site.size))
    rows[:, block] = (lengths[:, None] * vectors).T
    report = probe(site, rows[faint], rows[~faint], 1.0)
    finding = read_probe(site, report, True)
    rises = report.rises_everywhere() or _within_tolerance(site, report)
    if rises:
        finding = Finding(PointKind.LOCAL_MINIMUM)
    elif report.first(Trend.FALLS, Trend.FADES) is None:
        # Level or unclear: the curvature is there, but too faint to be told from rounding.
        finding = Finding(PointKind.DEGENERATE)
    finding.rows.insert(0, _bottom_row(report) if rises else _probe_row(report, 1.0))
    return finding


def _within_tolerance(site: Site, report: Probe) -> bool:
    """Whether every walk rises, save for what is left of a slope that counts as zero.

    2.9999 is near the minimum of (x − 3)⁴⁰: the value still falls, by 10⁻¹⁹⁸, and then rises.
    """
    for index, walk in enumerate(report.walks):
        if walk.trend is Trend.RISES:
            continue
        if walk.trend is not Trend.FALLS or walk.power >= 1.25:
            return False
        gain = report.fall(index)[1]
        turned = walk.values[walk.values > max(gain, 64.0 * site.noise)]
        if not 0.0 <= gain <= site.tolerance or turned.size == 0:
            return False
    return report.thorough and report.lowest is None


def _curvature_row(site: Site, found: Spectrum) -> Evidence:
    size = found.free.size
    if size == 0:
        return Evidence(
            "curvature",
            "no coordinate is free to move",
            None,
            None,
            True,
            note="every coordinate is held by a bound with a slope that pushes against it",
        )
    counts = [int(np.sum(part)) for part in (found.positive, found.negative, found.null)]
    if found.factor is not None:
        counts = [size, 0, 0]
    plain = f"{counts[0]} positive, {counts[1]} negative, {counts[2]} zero within rounding"
    unseen = int(np.sum(found.refuted & (np.abs(found.values) > found.error)))
    if unseen:
        # S blows the only curvature there is up to 1, however small.
        plain += (
            f" ({unseen} of them above the error bar and yet counted as zero, since not seen by "
            "walking along: the scaling S makes any curvature large)"
        )
    if counts[2] == 0 and counts[1] == 0:
        holds: bool | None = True
    else:
        holds = False if counts[1] else None
    return Evidence(
        "curvature",
        "smallest eigenvalue of the scaled Hessian",
        float(found.values[0]),
        found.error,
        holds,
        note=f"of {size} eigenvalues {plain}; the threshold is the error bar",
    )


def _contradicted(found: Spectrum) -> Finding:
    row = Evidence(
        "derivatives against values",
        "f(x+td) − f(x) = ∫ slope",
        None,
        None,
        False,
        note="along an eigenvector of the Hessian the values do not do what the derivatives say "
        "(rounding where the function saturates, stop_gradient, a custom derivative, or steps)",
    )
    return Finding(PointKind.UNKNOWN, rows=[row])


def _level(site: Site, found: Spectrum, kind: PointKind) -> Finding:
    """A quadratic is level along the null directions of its Hessian; nothing to probe."""
    null = np.array([site.unit(row) for row in found.directions(found.null, site.size)])
    return Finding(kind, null[0], flat=np.max(np.abs(null), axis=0))


def _level_or_falling(site: Site, found: Spectrum, squares: bool) -> Finding:
    """No curvature of a quadratic is negative beyond rounding, some is null."""
    null = found.directions(found.null, site.size)
    way = None if squares else bends_far_out(site, null)
    if way is None:
        return _level(site, found, PointKind.FLAT_MINIMUM)
    row = Evidence(
        "far out",
        "½ [f(x + td) + f(x − td)] − f(x)",
        -way[1],
        0.0,
        False,
        note="one multiple of t² at eight distances: curvature that the rounding of the Hessian "
        "hides",
    )
    if way[1] < 0.0:  # it rises there, but how other ways bend the Hessian does not tell
        return Finding(PointKind.DEGENERATE, way[0], rows=[replace(row, holds=None)])
    kind = PointKind.SADDLE_POINT if np.any(found.positive) else PointKind.LOCAL_MAXIMUM
    return Finding(kind, way[0], way[1], rows=[row])


def _with_descent(site: Site, found: Spectrum, held: bool, trusted: bool) -> Finding:
    """Some curvature is negative."""
    way = escape(site, found)
    rows = [escape_row(way)]
    if way is None:
        return Finding(PointKind.DEGENERATE, rows=rows)
    if held or np.any(found.positive):
        return Finding(PointKind.SADDLE_POINT, *way, rows=rows)
    if not np.any(found.null):
        return Finding(PointKind.LOCAL_MAXIMUM, *way, rows=rows)
    if trusted:
        level = _level(site, found, PointKind.FLAT_MAXIMUM)
        return Finding(level.kind, *way, flat=level.flat, rows=rows)
    null, others = _split(site, found)
    report = probe(site, null, others, -1.0)
    rows.append(_probe_row(report, -1.0))
    if report.first(Trend.FALLS) is not None or report.dip is not None:
        return Finding(PointKind.SADDLE_POINT, *way, rows=rows)
    if report.rises_everywhere():
        return Finding(PointKind.LOCAL_MAXIMUM, *way, rows=rows)
    if report.level_somewhere():
        return Finding(PointKind.FLAT_MAXIMUM, *way, flat=_level_size(report), rows=rows)
    return Finding(PointKind.DEGENERATE, *way, rows=rows)


def _split(site: Site, found: Spectrum) -> tuple[Matrix, Matrix]:
    return (
        found.directions(found.null, site.size),
        found.directions(~found.null, site.size),
    )


def _from_probe(site: Site, found: Spectrum, held: bool) -> Finding:
    """No negative curvature, some null: the reduced function decides."""
    null, others = _split(site, found)
    report = probe(site, null, others, 1.0)
    finding = read_probe(site, report, held or bool(np.any(found.positive)))
    finding.rows.insert(0, _probe_row(report, 1.0))
    if finding.kind is PointKind.LOCAL_MAXIMUM:
        turned = probe(site, null, others, -1.0)
        if not turned.rises_everywhere():
            finding.kind = (
                PointKind.FLAT_MAXIMUM if turned.level_somewhere() else PointKind.DEGENERATE
            )
    return finding


def read_probe(site: Site, report: Probe, rises_elsewhere: bool) -> Finding:
    """The kind that the walks along the null directions show (a candidate minimum)."""
    trends = [walk.trend for walk in report.walks]
    steps = report.first(Trend.STEPS, Trend.JUMPS_DOWN, Trend.JUMPS_UP)
    if steps is not None:
        walk = report.walks[steps]
        gain = max(0.0, -walk.seen[1]) if walk.seen is not None else 0.0
        return Finding(PointKind.UNKNOWN, report.along(steps), gain, steps=True)
    falls = report.first(Trend.FALLS)
    if falls is not None:
        walk = report.walks[falls]
        way, gain = report.fall(falls)
        up = rises_elsewhere or report.first(Trend.RISES) is not None
        if walk.power < 1.25:
            kind = PointKind.NOT_STATIONARY
        elif up:
            kind = PointKind.SADDLE_POINT
        else:
            known = set(trends) <= {Trend.FALLS, Trend.LEVEL}
            kind = PointKind.LOCAL_MAXIMUM if known else PointKind.DEGENERATE
        return Finding(kind, way, gain)
    if report.dip is not None:
        return Finding(PointKind.SADDLE_POINT, *report.dip)
    fades = report.first(Trend.FADES)
    if fades is not None:
        way = report.along(fades)
        if ends_far_out(site, way, follow(site.oracle, site.x, way)):
            return Finding(PointKind.DEGENERATE, way)
        return Finding(PointKind.NOT_STATIONARY, way, attained=False)
    if report.rises_everywhere():
        return Finding(PointKind.LOCAL_MINIMUM)
    if report.level_somewhere():
        way = report.first(Trend.LEVEL)
        assert way is not None
        if any(trend is not Trend.LEVEL for trend in trends) and any(
            saturates(site, report.along(k))
            for k, trend in enumerate(trends[:8])
            if trend is Trend.LEVEL
        ):
            row = Evidence(
                "saturation",
                "slope where the value leaves the level",
                None,
                None,
                False,
                note="the value is level only because it has come so near to a limit that "
                "rounding hides the rest; whether the limit is reached cannot be told",
            )
            return Finding(PointKind.DEGENERATE, report.along(way), rows=[row])
        return Finding(PointKind.FLAT_MINIMUM, report.along(way), flat=_level_size(report))
    return Finding(PointKind.DEGENERATE, report.along(0))


def _level_size(report: Probe) -> Vector:
    """How far each coordinate moves in the level directions (n,), largest 1."""
    if all(walk.trend is Trend.LEVEL for walk in report.walks):
        return np.max(np.abs(report.reduced.null), axis=0)
    count = report.reduced.null.shape[0]
    axes = range(2 * count if count == 1 or 2 < count <= 24 else len(report.walks))
    rows = [report.along(k) for k in axes if report.walks[k].trend is Trend.LEVEL]
    if not rows:
        rows = [report.along(k) for k, walk in enumerate(report.walks) if walk.trend is Trend.LEVEL]
    return np.max(np.abs(np.array(rows)), axis=0)


_REDUCED = "φ(u) = min over w of f(x + Zu + Rw), along null directions"


def _bottom_row(report: Probe) -> Evidence:
    """Beside the very bottom: what is left of the slope is all that a walk sees at first."""
    gains = [report.fall(k)[1] for k, w in enumerate(report.walks) if w.trend is Trend.FALLS]
    powers = [power for power in map(_power_further_out, report.walks) if power is not None]
    note = f"walks of the value: {len(report.walks)} × rises"
    if gains:
        note += f", {len(gains)} of them after a fall of {max(gains):.2g}, within the tolerance"
    if powers:
        note += f"; further out it changes like t^{min(powers):.2g}"
    return Evidence(
        "beyond curvature", _REDUCED, min(powers) if powers else None, None, None, note=note
    )


def _power_further_out(walk: Walk) -> float | None:
    """p where the value goes up like t^p, between a hundredth and a tenth of the extent."""
    out = (walk.t >= 0.01) & (walk.t <= 0.1) & (walk.values > 0.0)
    if np.sum(out) < 2:
        return None
    return float(np.polyfit(np.log(walk.t[out]), np.log(walk.values[out]), 1)[0])


def _probe_row(report: Probe, sign: float) -> Evidence:
    names = [walk.trend.name.lower().replace("_", " ") for walk in report.walks]
    counted = ", ".join(f"{names.count(name)} × {name}" for name in dict.fromkeys(names))
    powers = [walk.power for walk in report.walks if walk.power > 0.0]
    subject = "the value" if sign > 0 else "minus the value"
    return Evidence(
        "beyond curvature",
        _REDUCED,
        min(powers) if powers else None,
        None,
        None,
        note=f"walks of {subject}: {counted}"
        + (f"; it changes like t^{min(powers):.2g}" if powers else ""),
    )


def _on_bounds(site: Site, first: Stationarity, found: Spectrum) -> Finding:
    """Weak bounds decide: only the directions that stay inside count."""
    answer = cone.examine(site, first.free, first.weak)
    row = Evidence(
        "curvature into the feasible side",
        "min dᵀHd over directions that stay inside",
        answer.curvature,
        0.0,
        answer.strict,
        note=f"{int(np.sum(first.weak))} coordinates sit on a bound with zero multiplier",
    )
    if answer.direction is not None and answer.curvature < 0.0:
        way = walk_down(site, answer.direction, answer.curvature)
        if way is not None:
            up = bool(np.any(first.strict)) or cone.rises(site, first.free, first.weak)
            kind = PointKind.SADDLE_POINT if up else PointKind.LOCAL_MAXIMUM
            if not up and not cone.examine(site, first.free, first.weak, -1.0).strict:
                kind = PointKind.DEGENERATE
            return Finding(kind, *way, rows=[row, escape_row(way)])
        return Finding(PointKind.DEGENERATE, rows=[row])
    if answer.strict:
        return Finding(PointKind.LOCAL_MINIMUM, rows=[row])
    if answer.level is not None:
        return _along_half_lines(site, first, answer.level, row)
    return Finding(PointKind.DEGENERATE, rows=[row])


def _along_half_lines(site: Site, first: Stationarity, ways: Matrix, row: Evidence) -> Finding:
    """Curvature vanishes along some feasible half-lines: walk them."""
    reports = [cone.walk(site, way, first.free) for way in ways]
    trends = [report.trend for report in reports]
    for way, report in zip(ways, reports, strict=True):
        if report.trend is Trend.FALLS:
            gain = -report.seen[1] if report.seen is not None else 0.0
            kind = PointKind.NOT_STATIONARY if report.power < 1.25 else PointKind.SADDLE_POINT
            return Finding(kind, site.unit(way), gain, rows=[row])
    if len(ways) == 1 and trends[0] is Trend.RISES:
        return Finding(PointKind.LOCAL_MINIMUM, rows=[row])
    if all(trend is Trend.LEVEL for trend in trends):
        size = np.max(np.abs(np.array([site.unit(way) for way in ways])), axis=0)
        return Finding(PointKind.FLAT_MINIMUM, site.unit(ways[0]), flat=size, rows=[row])
    return Finding(PointKind.DEGENERATE, site.unit(ways[0]), rows=[row])
