"""What a point is, how that is known, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal
from enum import Enum
from math import inf
from typing import Any, NoReturn


class PointKind(Enum):
    """What a point is, in the order of precedence: the first kind that can be shown is the answer.

    With bounds or constraints the same words speak of the feasible set.
    """

    INFEASIBLE_POINT = "The point breaks a limit."
    NOT_STATIONARY = "It is no stationary point: some step from here still improves the value."
    GLOBAL_MINIMUM = "No point anywhere has a lower value."
    GLOBAL_MAXIMUM = "No point anywhere has a higher value."
    LOCAL_MINIMUM = "Every step away, in every direction, goes uphill."
    LOCAL_MAXIMUM = "Every step away, in every direction, goes downhill."
    FLAT_MINIMUM = "No direction goes down, but in some the value stays level."
    FLAT_MAXIMUM = "No direction goes up, but in some the value stays level."
    SADDLE_POINT = "The slope is zero, yet one way goes up and another goes down."
    KINK = "The function has a corner here, so there is no single slope to judge by."
    DEGENERATE = "The slope is zero and the curvature vanishes too, so it cannot tell what this is."
    UNKNOWN = "What this point is could not be determined."


_WITHIN = {
    PointKind.GLOBAL_MINIMUM: "No point within the bounds has a lower value.",
    PointKind.GLOBAL_MAXIMUM: "No point within the bounds has a higher value.",
    PointKind.LOCAL_MINIMUM: "Every step away that stays within the bounds goes uphill.",
    PointKind.LOCAL_MAXIMUM: "Every step away that stays within the bounds goes downhill.",
    PointKind.FLAT_MINIMUM: "No direction within the bounds goes down, but in some the value "
    "stays level.",
    PointKind.FLAT_MAXIMUM: "No direction within the bounds goes up, but in some the value stays "
    "level.",
}


_DEFINED = {
    PointKind.LOCAL_MINIMUM: "Every step away, to where the function has a value, goes uphill.",
    PointKind.LOCAL_MAXIMUM: "Every step away, to where the function has a value, goes downhill.",
}


_ENDLESS = "There is no best point this way: a step further on the value is better still."
_GLOBAL = (PointKind.GLOBAL_MINIMUM, PointKind.GLOBAL_MAXIMUM)
_EXTREMA = frozenset(
    kind for kind in PointKind if kind.name.endswith(("_MINIMUM", "_MAXIMUM"))
)


class Confidence(Enum):
    """How a claim is known."""

    PROVED = "proved: re-checked with rigorous rounding"
    SUPPORTED = "supported by numerical evidence, not proved"
    UNKNOWN = "not known"


_TINY = 1e-300
"""No smaller bound is told: 4.9e-324 is the smallest float64, and reads as a measurement."""


def at_most(number: float, digits: int = 2) -> str:
    """A bound in few digits that is still a bound: rounded up."""
    near = f"{number:.{digits}g}"
    if 0.0 < number < _TINY:
        return f"{_TINY:g}"
    if not 0.0 < number < inf or float(near) >= number:
        return near
    rounded = Decimal(number).normalize(Context(prec=digits, rounding=ROUND_UP))
    return f"{float(rounded):.{digits}g}"


@dataclass(frozen=True)
class Evidence:
    """One check that a verdict rests on.

    Attributes:
        name: what was checked, in the field's words, e.g. "stationarity".
        formula: the quantity measured, as a formula, e.g. "½ gᵀH⁻¹g".
        measured: its value, or None where the check has no number.
        threshold: what it was compared with, or None.
        holds: True, False, or None where the check could not be made.
        where: source line, parameter or constraint that the check speaks of.
        note: one sentence for a reader who wants to know more.
        bound: −1 where `measured` is a bound from below, 1 where it is one from above: shown with
            more digits, rounded to that side, so that it stays one.
    """

    name: str
    formula: str
    measured: float | None = None
    threshold: float | None = None
    holds: bool | None = None
    where: str = ""
    note: str = ""
    bound: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a point is, how that is known, and what to do next.

    Attributes:
        kind: what the point is.
        confidence: how that is known.
        evidence: the checks, in the order in which they were made.
        advice: what a person can do next, one or two sentences.
        gap: upper bound on \\|value − best value\\|; `inf` where none is known.
        direction: a direction that matters for the kind, in the structure of the argument: the
            way down from a saddle, the way along which an infimum is approached, a flat way.
        flat: the parameters that can change here, one way at least, while the value stays level,
            by path.
        attained: False where the infimum is approached along `direction` but never reached.
        within: whether the kind is said of the points within the bounds only.
        domain_end: whether the point lies at the end of the function's domain, so that the kind is
            said of the points where the function has a value.
        excess: at a minimum or maximum how far, by the slope that is left, its own value may lie
            beyond the value here: the Newton decrement; 0 where that is lost in rounding.
    """

    kind: PointKind
    confidence: Confidence
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    gap: float = inf
    direction: Any = None
    flat: tuple[str, ...] = ()
    attained: bool | None = None
    within: bool = False
    domain_end: bool = False
    excess: float = 0.0

    @property
    def meaning(self) -> str:
        """What the kind says of the point: within which bounds, and to which accuracy."""
        if self.kind is PointKind.NOT_STATIONARY and self.attained is False:
            return _ENDLESS
        if self.domain_end and self.kind in _DEFINED:
            told = _DEFINED[self.kind]
        else:
            told = _WITHIN.get(self.kind, self.kind.value) if self.within else self.kind.value
        if self.kind in _GLOBAL and 0.0 < self.gap < inf:
            return told.replace("has a ", "is ").replace(
                " value.", f" than this by more than {at_most(self.gap)}."
            )
        if self.excess > 0.0 and self.kind in _EXTREMA:
            told = (
                f"{told.removesuffix('.')}, within {self.excess:.2g} of the value here: so much, "
                "within the tolerance, the slope that is left still promises."
            )
        return told

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a verdict is not a yes or no; compare its kind, e.g. "
            "`verdict.kind is PointKind.LOCAL_MINIMUM`, and look at verdict.confidence"
        )

    def to_dict(self) -> Mapping[str, Any]:
        """The verdict as plain names, numbers and strings (NaN and infinity stay floats)."""
        return {
            "kind": self.kind.name,
            "meaning": self.meaning,
            "confidence": self.confidence.name,
            "gap": self.gap,
            "attained": self.attained,
            "excess": self.excess,
            "flat": list(self.flat),
            "evidence": [vars(item) for item in self.evidence],
            "advice": self.advice,
        }
