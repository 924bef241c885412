"""What is left of a verdict where the function rounds to fewer digits than float64 inside.

A cast to float32 makes a function a staircase. Slopes and curvatures belong to the ramp that the
stairs follow: that the ramp has a minimum at x is no claim about the stairs, on which the value is
level around x and may be lower a few steps off. In order of execution:

1. The bound on the rounding of the value (unit roundoff of the narrow type) at x and around it.
2. No more than float64 itself rounds: the verdict stands, and names the cast.
3. Else what slopes alone tell is withdrawn: extrema of every kind, corners, and a slope along
   which no lower value was found. What values have shown (a lower point, a fall without end) stays.
"""

from dataclasses import replace

import numpy as np

from surefoot.judge import advice
from surefoot.judge.case import Case
from surefoot.judge.contracts import EPS, Bounded, Vector
from surefoot.judge.site import Site, around, survey
from surefoot.terms import Confidence, Evidence, PointKind, Verdict

COARSE = "rounded inside"
"""The name of the evidence where rounding inside the function is coarser than the checks."""

_DIGITS = 64.0
"""Last digits of the scale of the value that float64 may lose by itself."""
_SHOWN = (PointKind.INFEASIBLE_POINT, PointKind.SADDLE_POINT)


def rounded_to_steps(case: Case, verdict: Verdict, coarse: tuple[str, ...]) -> Verdict:
    """The verdict, lowered to UNKNOWN where it rests on slopes that the steps do not have.

    Args:
        coarse: where the function rounds, as sentences; at least one.
    """
    if verdict.kind in _SHOWN or verdict.attained is False:
        return verdict
    site = survey(case.problem, case.x, case.oracle, case.reference)
    if not (np.isfinite(site.value) and isinstance(site.oracle, Bounded)):
        return verdict
    # A step of bfloat16 is 0.4 % wide, and on the lowest one every slope may be 0: look beyond it.
    points = np.concatenate([around(site), around(site, 0.1)])
    bounds = np.asarray(site.oracle.rounding(points), dtype=np.float64)
    lost = float(np.max(bounds[np.isfinite(bounds)], initial=0.0))
    heard = lost > _DIGITS * EPS * site.scale
    row = Evidence(
        COARSE if heard else "rounded below notice",
        "Σ |∂f/∂step| u |step| around x",
        lost,
        _DIGITS * EPS * site.scale,
        not heard,
        "; ".join(coarse[:3]),
        "the function computes with fewer digits than float64",
    )
    verdict = replace(verdict, evidence=(*verdict.evidence, row))
    if not heard or (verdict.kind is PointKind.NOT_STATIONARY and _is_lower(site, case.way)):
        return verdict
    text = advice.staircase(case.words, verdict.kind, coarse[0], lost)
    return Verdict(
        PointKind.UNKNOWN, Confidence.UNKNOWN, verdict.evidence, text, direction=verdict.direction
    )


def _is_lower(site: Site, way: Vector | None) -> bool:
    """Whether the step that the verdict names was seen to lower the value."""
    if way is None:
        return False
    return bool(site.oracle.value(site.at(way[None, :])[0]) < site.value)
