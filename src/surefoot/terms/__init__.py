"""The vocabulary: what every room speaks in."""

from surefoot.terms.blas_threads import one_blas_thread
from surefoot.terms.box import Box
from surefoot.terms.errors import (
    FormulaError,
    InputError,
    SurefootError,
    TraceError,
    UnsupportedError,
)
from surefoot.terms.interrupts import ended_interrupts, held_interrupts, noted_interrupts
from surefoot.terms.noise_scenario import MOST_EXAMPLES, ExampleSet, NoiseView
from surefoot.terms.plane_scenario import Landscape, PlaneCut, PlaneOf, RecordedWalk
from surefoot.terms.records import from_plain, number_to_json, to_plain
from surefoot.terms.scenario import (
    AnswerCard,
    Recorded,
    Samples,
    Scenario,
    ShownFunction,
    Slice,
    SmoothnessWords,
    StepRule,
    View,
    parse_json,
)
from surefoot.terms.scenario_checks import check_window
from surefoot.terms.status import Status
from surefoot.terms.verdict import Confidence, Evidence, PointKind, Verdict, at_most

__all__ = [
    "MOST_EXAMPLES",
    "AnswerCard",
    "Box",
    "Confidence",
    "Evidence",
    "ExampleSet",
    "FormulaError",
    "InputError",
    "Landscape",
    "NoiseView",
    "PlaneCut",
    "PlaneOf",
    "PointKind",
    "Recorded",
    "RecordedWalk",
    "Samples",
    "Scenario",
    "ShownFunction",
    "Slice",
    "SmoothnessWords",
    "Status",
    "StepRule",
    "SurefootError",
    "TraceError",
    "UnsupportedError",
    "Verdict",
    "View",
    "at_most",
    "check_window",
    "ended_interrupts",
    "from_plain",
    "held_interrupts",
    "noted_interrupts",
    "number_to_json",
    "one_blas_thread",
    "parse_json",
    "to_plain",
]
