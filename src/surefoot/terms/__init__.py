"""The vocabulary: what every room speaks in."""

from surefoot.terms.box import Box
from surefoot.terms.errors import (
    FormulaError,
    InputError,
    SurefootError,
    TraceError,
    UnsupportedError,
)
from surefoot.terms.interrupts import held_interrupts, noted_interrupts
from surefoot.terms.status import Status
from surefoot.terms.verdict import Confidence, Evidence, PointKind, Verdict

__all__ = [
    "Box",
    "Confidence",
    "Evidence",
    "FormulaError",
    "InputError",
    "PointKind",
    "Status",
    "SurefootError",
    "TraceError",
    "UnsupportedError",
    "Verdict",
    "held_interrupts",
    "noted_interrupts",
]
