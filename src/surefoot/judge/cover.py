"""Is a point the best one of a whole box? From a cover of the box, of which nothing is believed.

    value         f(x), by Arb
    cover         the parts are computed from the cuts again, and bounded again: min f ≥ L
    second look   the parts with the lowest bounds are bounded by Arb as well
    gap           |value − best| ≤ max(value − L, f(x)₊ − value)

GLOBAL where the gap is at most tol·max(1, |value|); PROVED where Arb agrees and no step has fewer
digits than float64. Otherwise the ordinary verdict of the point, with the gap.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isfinite

import numpy as np

from surefoot.facts.arb_bounds import lowest_by_arb, value_by_arb
from surefoot.facts.boxed import Boxed
from surefoot.facts.cover import Cover, Rechecked, recheck
from surefoot.facts.precision import unlike_real
from surefoot.judge import box_advice
from surefoot.judge.advice import Words
from surefoot.judge.contracts import Problem, Vector
from surefoot.judge.finite import bounds_row, checked_point
from surefoot.judge.own_value import own_row, unlike_own
from surefoot.terms import Confidence, Evidence, PointKind, UnsupportedError, Verdict

SLACK = 0.5
"""Of what the tolerance leaves: so much lower than the intervals' may Arb's bounds be."""
_UNBOUNDED = 1e-3
"""The same of the gap, where the tolerance is not met anyway."""
_EXTREMA = (
    PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.LOCAL_MAXIMUM,
    PointKind.FLAT_MAXIMUM,
)  # fmt: skip


@dataclass(frozen=True)
class Covered:
    """What a cover shows of a point.

    Attributes:
        verdict: in the words of the user's sense.
        value: of the minimised function at the point; the program's own where Arb's is another.
        proof: what was shown again.
    """

    verdict: Verdict
    value: float
    proof: Rechecked


@dataclass
class _Work:
    problem: Problem
    boxed: Boxed
    x: Vector
    tol: float
    words: Words
    doubts: list[str] = field(default_factory=list[str])
    rows: list[Evidence] = field(default_factory=list[Evidence])


def judge_cover(
    problem: Problem,
    x: Vector,
    boxed: Boxed,
    cover: Cover,
    *,
    own: float,
    ordinary: Callable[[], Verdict],
    onward: str = "",
    stop: Callable[[], bool] = lambda: False,
) -> Covered:
    """The verdict on a point of a box, with a bound on how far from the best value it is.

    Args:
        problem: sense, bounds, names and tolerance; its bounds are the box.
        x: (n,) the point.
        boxed: the function, as something to minimise, on the box.
        cover: parts of the box, to be shown again.
        own: the minimised function at x as the program computes it.
        ordinary: the verdict on the point without the cover; asked where the gap is too wide.
        onward: what a person can do then, as a sentence.
        stop: asked now and then; True ends the work, and what is not shown is not claimed.

    Raises:
        UnsupportedError: a step has no interval rule.
        InputError: x has the wrong shape.
    """
    words = Words(problem.sense == "maximize", problem.structure.paths)
    point = checked_point(problem, x)
    work = _Work(problem, boxed, point, problem.tolerances.tol, words)
    row, broken, _ = bounds_row(problem, point)
    work.rows.append(row)
    low, high = _value(work)
    # Between bounds that rounding has set, the program's own value is as good as any.
    value = own if low <= own <= high else 0.5 * low + 0.5 * high
    told = own if unlike_own(value, own) else value
    proof = recheck(boxed, cover, stop)
    bound = proof.bound
    if broken or not isfinite(value) or not proof.ended or high < bound:
        if high < bound:
            crossed = "f(x)₋ − U" if words.maximize else "f(x)₊ − L"
            work.rows.append(
                Evidence("contradiction", crossed, words.value(high - bound), 0.0, False)
            )
        return Covered(_lesser(work, ordinary(), inf, onward), told, proof)
    near = work.tol * max(1.0, abs(value))
    bound = _by_arb(work, proof, near - (value - bound), stop)
    gap = float(np.nextafter(max(value - bound, high - value), inf))
    work.rows += _cover_rows(work, proof, bound)
    if gap <= near and unlike_own(value, own):
        work.rows.append(own_row(words.value(own - value), own))
        gap = max(abs(own - bound), gap)
    work.rows.append(Evidence("gap", "|f(x) − best| at most", gap, near, gap <= near))
    if not gap <= near:
        return Covered(_lesser(work, ordinary(), gap, onward), told, proof)
    return Covered(_best(work, gap), told, proof)


def _value(work: _Work) -> tuple[float, float]:
    """Bounds of f(x), with their row."""
    try:
        low, high = value_by_arb(work.boxed, work.x)
        note = "ball arithmetic, 128 bits"
    except UnsupportedError as error:
        work.doubts.append(str(error))
        at = work.boxed.bounds(work.x[None], work.x[None])
        known = bool(at.defined[0])
        low, high = (float(at.low[0]), float(at.high[0])) if known else (-inf, inf)
        note = "float64 intervals"
    width = high - low
    good = isfinite(width)
    formula = "width of the bounds of f(x)"
    work.rows.append(Evidence("value", formula, width, None, good, note=note))
    return low, high


def _by_arb(
    work: _Work, proof: Rechecked, room: float, stop: Callable[[], bool]
) -> float:
    """The lowest value as far as Arb agrees on the parts that decide it; their row."""
    parts, bound = proof.lowest, proof.bound
    slack = SLACK * room if room > 0.0 else _UNBOUNDED * -room
    if not isfinite(bound):
        return bound
    agreed, least, why = 0, bound, ""
    for k in range(len(parts.bound)):
        if stop():
            why = "the search was interrupted before Arb was asked"
            break
        try:
            goal = bound - slack
            found = lowest_by_arb(
                work.boxed, parts.lower[k], parts.upper[k], parts.x[k], goal
            )
        except UnsupportedError as error:
            why = str(error)
            break
        if not found >= goal:
            why = f"Arb's bounds are not as {'low' if work.words.maximize else 'high'}"
            if proof.undefined:
                why += ", where the function is not shown to be defined everywhere"
            break
        agreed, least = agreed + 1, min(least, found)
    asked, end = len(parts.bound), "highest" if work.words.maximize else "lowest"
    work.rows.append(
        Evidence(
            "second look", f"parts with the {end} bounds that Arb bounds as well", float(agreed),
            float(asked), agreed == asked, note=why or f"of {proof.parts:,} parts",
        )
    )  # fmt: skip
    if agreed < asked:
        work.doubts.append(why)
    return least


def _cover_rows(work: _Work, proof: Rechecked, bound: float) -> list[Evidence]:
    words = work.words
    note = (
        f"{proof.parts:,} parts cover the box and were bounded again; of {proof.reduced:,} more "
        "the best point was shown not to lie inside"
    )
    formula = f"no value is {words.better} than, parts bounded"
    side = 1 if words.maximize else -1
    reached = isfinite(bound)
    rows = [Evidence("cover", formula, words.value(bound), None, reached, note=note, bound=side)]
    ends = (np.asarray(side) for side in (work.problem.lower, work.problem.upper))
    narrow = unlike_real(work.boxed.program, *ends)
    if narrow:
        work.doubts.append(f"the function uses {narrow}, as no real function does")
        rows.append(
            Evidence("precision", "all steps in float64", None, None, False, where=narrow)
        )
    return rows


def _best(work: _Work, gap: float) -> Verdict:
    """The verdict where the gap is within the tolerance."""
    words, x = work.words, work.x
    proved = not work.doubts
    lower, upper = np.asarray(work.problem.lower), np.asarray(work.problem.upper)
    faces = box_advice.faces_of(words, x, lower, upper)
    return Verdict(
        words.kind(PointKind.GLOBAL_MINIMUM),
        Confidence.PROVED if proved else Confidence.SUPPORTED,
        tuple(work.rows),
        box_advice.best_of_box(words, faces, "; ".join(dict.fromkeys(work.doubts))),
        gap=gap,
        within=True,
    )


def _lesser(work: _Work, found: Verdict, gap: float, onward: str) -> Verdict:
    """The ordinary verdict, with what the cover shows of how far the best value may be."""
    # What is said at a minimum, that lower values elsewhere are not known of, the gap says better.
    also = "" if found.kind in _EXTREMA else found.advice
    text = box_advice.gap_left(work.words, gap, onward, also)
    # The checks of the point stand first; that it lies in the box is one of them.
    rows = (*found.evidence, *work.rows[1:])
    return replace(found, evidence=rows, advice=text, gap=gap)
