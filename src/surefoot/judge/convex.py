"""What is known of a minimum once the function is proved to be convex: it is the lowest of all.

GLOBAL, PROVED where the gap f(x) − min f is shown to be at most tol·max(1, |f(x)|); `convex_gaps`
has the ways to show it. Without one a minimum of a convex function is GLOBAL, as well SUPPORTED as
it is a minimum.
"""

from dataclasses import replace

import numpy as np

from surefoot.facts.convex import how_convex
from surefoot.judge.advice import Words
from surefoot.judge.contracts import Problem, Vector
from surefoot.judge.own_value import own_row, unlike_own
from surefoot.program import Program
from surefoot.terms import Confidence, Evidence, PointKind, Verdict

_EXTREMA = (PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM)
_OPEN = (PointKind.KINK, PointKind.DEGENERATE, PointKind.UNKNOWN)


def lowest_if_convex(
    problem: Problem, program: Program, x: Vector, verdict: Verdict, own: float
) -> Verdict:
    """The verdict on a point, raised where the function is proved to be convex.

    Args:
        problem: sense, bounds, names and tolerance.
        program: f itself, not negated where it is maximised.
        x: (n,) the point. verdict: what values and slopes at x alone tell.
        own: f(x) as the program computes it; where the real function has another value there,
            the proof is not one of what the program returns.
    """
    words = Words(problem.sense == "maximize", problem.structure.paths)
    minima = tuple(words.kind(kind) for kind in _EXTREMA)
    if verdict.kind not in (*minima, *_OPEN) or verdict.confidence is Confidence.PROVED:
        return verdict
    lower, upper = np.asarray(problem.lower), np.asarray(problem.upper)
    sign = -1.0 if words.maximize else 1.0
    known = how_convex(program, lower, upper, up=sign > 0.0)
    if known is None:
        return verdict
    # Loads Arb; of what is not convex there is nothing to ask it.
    from surefoot.judge.convex_gaps import gaps_of

    with np.errstate(all="ignore"):
        tol = problem.tolerances.tol
        value, gaps = gaps_of(program, sign, x, lower, upper, known.modulus, tol)
    if not gaps:
        # A value that is no number in float64 is not the lowest of any.
        return verdict
    if unlike_own(value, sign * own):
        row = own_row(own - sign * value, own)
        told = any(each.name == row.name for each in verdict.evidence)
        return replace(verdict, evidence=(*verdict.evidence, *(() if told else (row,))))
    near = tol * max(1.0, abs(value))
    # Of those that are small enough, one that Arb confirms; else the least.
    gap = min(gaps, key=lambda g: (not (g.size <= near and g.agreed), g.size))
    close = gap.size <= near
    if not close and (verdict.kind in _OPEN or np.isfinite(verdict.gap)):
        return verdict
    bend = "concave" if words.maximize else "convex"
    rows = [Evidence(f"{bend} function", known.how, None, None, True)]
    if np.isfinite(gap.size):
        rows.append(Evidence("gap", f"|f(x) − best| ≤ {gap.formula}", gap.size, near, close))
    proved = close and gap.agreed and known.agreed
    within = bool(np.any(np.isfinite(lower) | np.isfinite(upper)))
    text = f"The function is {bend}: no point anywhere is {words.better}."
    if within:
        text = f"The function is {bend} within the bounds: no point there is {words.better}."
    evidence = verdict.evidence
    if proved:
        # What another way could not show is of no more account.
        evidence = tuple(row for row in evidence if row.holds is not False)
    overruled = len(evidence) < len(verdict.evidence)
    if verdict.kind is words.kind(PointKind.GLOBAL_MINIMUM) and not overruled:
        text = verdict.advice
    elif verdict.flat:
        text = f"{text} {verdict.advice}"
    return replace(
        verdict,
        kind=words.kind(PointKind.GLOBAL_MINIMUM),
        confidence=Confidence.PROVED if proved else Confidence.SUPPORTED,
        evidence=(*evidence, *rows),
        advice=text,
        gap=gap.size if close else np.inf,
        within=within,
        domain_end=False,
    )
