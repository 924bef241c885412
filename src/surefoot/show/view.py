"""What a report shows, as plain strings and numbers: the only thing that the pictures know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan

from surefoot.terms import Evidence, PointKind, Verdict

MINIMA = {PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM}
MAXIMA = {PointKind.GLOBAL_MAXIMUM, PointKind.LOCAL_MAXIMUM, PointKind.FLAT_MAXIMUM}
NO_EXTREMUM = {PointKind.NOT_STATIONARY, PointKind.INFEASIBLE_POINT}


@dataclass(frozen=True)
class Parameter:
    """One coordinate of the point.

    Attributes:
        path: its name, e.g. "b1" or "W1[3,2]".
        value: its value.
        standard_error: from the covariance of a least-squares fit, or None.
        interval: the confidence interval (lower, upper), or None.
        unit: its unit, where the user named one.
        label: what it is, in the user's words.
        note: a word that belongs beside it, e.g. "at its lower bound".
        exact: whether every digit matters, as beside a jump.
    """

    path: str
    value: float
    standard_error: float | None = None
    interval: tuple[float, float] | None = None
    unit: str = ""
    label: str = ""
    note: str = ""
    exact: bool = False


@dataclass(frozen=True)
class VerdictView:
    """A verdict in words.

    Attributes:
        name: the kind's name, e.g. "LOCAL_MINIMUM".
        sentence: what that means.
        confidence: how it is known, e.g. "supported by numerical evidence, not proved".
        gap: upper bound on the distance from the best value; `inf` where none is known.
        evidence: the checks, in the order in which they were made.
        advice: what to do next.
        tone: "good", "doubtful" or "bad": the colour of the heading.
        flat: the parameters that can change, one way at least, while the value stays level.
    """

    name: str
    sentence: str
    confidence: str
    gap: float = inf
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    tone: str = "doubtful"
    flat: tuple[str, ...] = ()


@dataclass(frozen=True)
class SolutionView:
    """A solution in words.

    Attributes:
        title: the problem's name or formula, e.g. "minimize x^2".
        verdict: what the point is.
        parameters: the point, coordinate by coordinate.
        value_label: what the value is called, e.g. "value" or "sum of squares".
        value: the objective at the point.
        value_unit: its unit.
        status: the sentence that says how the run ended.
        status_name: the status' name, e.g. "STEP_LIMIT".
        engine: the name of the engine.
        why: why that engine, one sentence.
        warnings: sentences that must not be missed.
        notes: sentences that are good to know, e.g. where the search began.
        counts: evaluations by kind, e.g. {"steps": 12, "gradients": 14}.
        timings: seconds by kind, e.g. {"compile": 0.21, "run": 0.003}.
        statistics: numbers of a least-squares fit, by name.
        confidence_level: the level of the intervals, e.g. 0.95.
        answered: whether the run ended with an answer rather than a refusal.
    """

    title: str
    verdict: VerdictView
    parameters: tuple[Parameter, ...] = ()
    value_label: str = "value"
    value: float = nan
    value_unit: str = ""
    status: str = ""
    status_name: str = ""
    engine: str = ""
    why: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    statistics: Mapping[str, float] = field(default_factory=dict[str, float])
    confidence_level: float = 0.95
    answered: bool = True


def verdict_view(verdict: Verdict, sense: str = "") -> VerdictView:
    """A verdict in words; with the sense "minimize" or "maximize" its tone says whether that was
    what was looked for, without one (a point somebody else found) any extremum is good news.
    """
    sought = {"minimize": MINIMA, "maximize": MAXIMA}.get(sense, MINIMA | MAXIMA)
    opposite = (MINIMA | MAXIMA) - sought
    if verdict.kind in sought and verdict.attained is not False:
        tone = "good"
    elif verdict.kind in NO_EXTREMUM | opposite:
        tone = "bad"
    else:
        tone = "doubtful"
    return VerdictView(
        name=verdict.kind.name,
        sentence=verdict.meaning,
        confidence=verdict.confidence.value,
        gap=verdict.gap,
        evidence=verdict.evidence,
        advice=verdict.advice,
        tone=tone,
        flat=verdict.flat,
    )
