"""A scenario: one JSON document that says what the lab shows.

A shared link, a notebook's widget, an exported page and the front end's fixed examples all hold
this document, and nothing else. The page computes from the tapes in it; `docs/lab.md` describes the
fields for people, `docs/tape.md` the tapes.
"""

import json
import re
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from surefoot.terms.errors import InputError
from surefoot.terms.noise_scenario import ExampleSet, NoiseView
from surefoot.terms.plane_scenario import Landscape, PlaneOf, check_cuts
from surefoot.terms.records import from_plain, to_plain
from surefoot.terms.scenario_checks import (
    MOST_NUMBERS,
    MOST_SLICES,
    Pair,
    check_tape,
    check_window,
    equal_lengths,
)

MOST_TEXT = 20_000
MOST_BYTES = 2**20
# MathML elements with harmless attributes, and text: what a link holds may come from anybody.
_ATTRIBUTES = "xmlns|display|mathvariant|stretchy|form|fence|separator|lspace|rspace|intent|arg"
_MARKUP = re.compile(rf'(?:[^<>]|</?m[a-z]+(?: (?:{_ATTRIBUTES})="[^"<>]*")*/?>)*')


@dataclass(frozen=True)
class StepRule:
    """One step of an optimiser as a tape.

    Attributes:
        tape: as JSON; it takes the point, η and the state, and returns the next point and state.
        state: the state before the first step.
        label: the rule's name for people.
    """

    tape: Any
    state: tuple[float, ...]
    label: str


@dataclass(frozen=True)
class SmoothnessWords:
    """What the graph of the function says of its smoothness; "smooth" is a proof."""

    kind: Literal["smooth", "kinked", "jumps", "unknown"]
    words: str


@dataclass(frozen=True)
class Slice:
    """A straight cut through a function of several numbers.

    Attributes:
        label, variable, unit: the words for it and for its coordinate t.
        fixed: the tape's inputs behind t: t0, the point (n,) and the direction (n,).
        box: the window in t.
        start: where the ball begins.
    """

    label: str
    variable: str
    unit: str
    fixed: tuple[float, ...]
    box: Pair
    start: float


@dataclass(frozen=True)
class Samples:
    """Value, slope and curvature at points, for a function that has no tape; equal lengths."""

    w: tuple[float, ...]
    value: tuple[float, ...]
    slope: tuple[float, ...]
    curvature: tuple[float, ...]


@dataclass(frozen=True)
class ShownFunction:
    """The function under the ball.

    Attributes:
        title, variable: "L(w)" or the function's name, and the letter of the axis.
        formula: as typed; None for a Python function, whose own text is `source` where known.
        snippet: Python that makes the function again.
        mathml, spoken: the formula for eyes and for ears, where there is one.
        tape: value, slope and curvature as a tape in JSON; None where it has none, and then `why`
            says why and `samples` hold the curve.
        steps: rule → one step of it.
        smoothness: what is known of its smoothness.
        slices: for a function of several numbers, the cuts that can be shown.
        plane: its landscape, where it has one.
        examples: what it is the mean over, where it is the loss of a sample.
    """

    title: str
    variable: str
    formula: str | None
    source: str | None
    snippet: str
    mathml: str | None
    spoken: str | None
    tape: Any
    steps: dict[str, StepRule]
    why: str
    smoothness: SmoothnessWords
    slices: tuple[Slice, ...]
    samples: Samples | None
    plane: PlaneOf | None = None
    examples: ExampleSet | None = None


@dataclass(frozen=True)
class View:
    """What the page shows beside curve and ball.

    Attributes:
        secant: its h, or None where no secant is drawn.
        lens: whether the ball is under a lens.
        nudge: the small move Δw; None follows the window, about a hundredth of it.
        blindfold, theme, mode: how the page is set.
    """

    secant: float | None = None
    lens: bool = False
    nudge: float | None = None
    blindfold: bool = False
    theme: Literal["auto", "light", "dark"] = "auto"
    mode: Literal["explore", "challenge", "blindfold"] = "explore"


@dataclass(frozen=True)
class Recorded:
    """A path that an engine has walked: shown as recorded, not computed by the page."""

    label: str
    w: tuple[float, ...]
    value: tuple[float, ...]


@dataclass(frozen=True)
class AnswerCard:
    """A solution's verdict in words, for the card beside the curve.

    Attributes:
        words: the report's first sentences.
        value, w: the best value and where it stands on this axis.
        kind, confidence: the names of the point's kind and of how it is known.
        evidence: one sentence a check.
    """

    words: str
    value: float
    w: float
    kind: str
    confidence: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Scenario:
    """What the lab shows: a function, a window, a ball, a step scale.

    It is a document and shows nothing by itself: `sf.lab(scenario)` opens it.

    Attributes:
        function: what the ball rolls on.
        box: the window in w.
        start, eta, rule, steps: where the ball begins, the step scale, the rule, and how many steps
            have been taken from the start.
        slice: which of `function.slices` is shown.
        view: what else is shown.
        recorded: an engine's path, or None.
        answer: a solution's verdict, or None.
        preset, lesson: the preset's name and what it teaches, where it is one.
        plane: the landscape as it was left; None before it has been looked at.
        noise: the walks on minibatches, where the function has examples.
    """

    function: ShownFunction
    box: Pair
    start: float
    eta: float = 0.5
    v: Literal[1] = 1
    tab: Literal["curve", "landscape", "noise"] = "curve"
    slice: int = 0
    rule: Literal["gd"] = "gd"
    steps: int = 0
    view: View = field(default_factory=View)
    recorded: Recorded | None = None
    answer: AnswerCard | None = None
    preset: str | None = None
    lesson: str = ""
    plane: Landscape | None = None
    noise: NoiseView | None = None

    def __post_init__(self) -> None:
        check_window(self.box, "box")
        if not isfinite(self.start):
            raise InputError(f"start is {self.start}; expected a finite number")
        if not (isfinite(self.eta) and self.eta > 0.0):
            raise InputError(f"eta is {self.eta}; expected a number above 0, e.g. 0.5")
        if not 0 <= self.steps < MOST_NUMBERS:
            raise InputError(f"steps is {self.steps}; expected 0 to {MOST_NUMBERS - 1}")
        slices = self.function.slices
        if not 0 <= self.slice < max(1, len(slices)):
            raise InputError(f"slice is {self.slice}, but there are {len(slices)} slices")
        _check_function(self.function)
        cuts = () if self.function.plane is None else self.function.plane.cuts
        if self.plane is not None and not 0 <= self.plane.cut < max(1, len(cuts)):
            raise InputError(f"plane.cut is {self.plane.cut}, but there are {len(cuts)} planes")
        if self.tab == "landscape" and not cuts:
            raise InputError("the tab is 'landscape', but the function has no plane to show")
        examples = self.function.examples
        if (examples is None) != (self.noise is None):
            raise InputError("function.examples and noise are both there, or neither is")
        if examples is not None and self.noise is not None:
            self.noise.check_against(examples)
        if self.tab == "noise" and examples is None:
            raise InputError("the tab is 'noise', but the function has no examples to draw from")
        if self.recorded is not None:
            equal_lengths("recorded", self.recorded.w, self.recorded.value)

    def __repr__(self) -> str:
        """One line: the document itself fills pages."""
        title = self.function.title if len(self.function.title) <= 60 else "a function"
        low, high = self.box
        return f"<Scenario: {title} from {low:g} to {high:g}; sf.lab(scenario) opens it>"

    def to_json(self) -> dict[str, Any]:
        """The document as plain dicts, lists, strings and finite numbers."""
        return to_plain(self)

    def to_text(self) -> str:
        """The document as JSON text, as short as it gets."""
        return json.dumps(
            self.to_json(), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )

    @classmethod
    def from_json(cls, document: Any) -> "Scenario":
        """The scenario in a document.

        Args:
            document: JSON text, or what `json.loads` made of it.

        Raises:
            InputError: unknown fields, wrong types, more than 1 MiB, numbers out of range.
        """
        if isinstance(document, str | bytes):
            if len(document) > MOST_BYTES:
                raise InputError("the scenario is larger than 1 MiB")
            document = parse_json(document, "the scenario")
        return from_plain(cls, document, "scenario")


def parse_json(text: str | bytes, what: str) -> Any:
    """JSON text as Python values; NaN and Infinity, which are not JSON, are refused.

    Raises:
        InputError: for what is no JSON, or nested too deeply.
    """

    def refuse(word: str) -> Any:
        raise InputError(f'{what} holds {word}, which is not JSON; write "nan", "inf", "-inf"')

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise InputError(f"{what} is nested too deeply") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{what} is not JSON: {error}"[:200]) from None


def _check_function(function: ShownFunction) -> None:
    texts = ("title", "variable", "formula", "source", "snippet", "mathml", "spoken", "why")
    for name in texts:
        if len(getattr(function, name) or "") > MOST_TEXT:
            raise InputError(f"function.{name} is longer than {MOST_TEXT} characters")
    if function.mathml is not None and not _MARKUP.fullmatch(function.mathml):
        raise InputError("function.mathml holds something else than MathML elements")
    if len(function.slices) > MOST_SLICES:
        raise InputError(f"there are {len(function.slices)} slices; at most {MOST_SLICES}")
    for i, cut in enumerate(function.slices):
        check_window(cut.box, f"function.slices[{i}].box")
        if not isfinite(cut.start):
            raise InputError(f"function.slices[{i}].start is {cut.start}")
    if function.tape is not None:
        check_tape(function.tape, "function.tape")
    for rule, step in function.steps.items():
        check_tape(step.tape, f"function.steps.{rule}.tape")
    if function.plane is not None:
        check_tape(function.plane.tape, "function.plane.tape")
        check_cuts(function.plane.cuts)
    if function.samples is not None:
        held = function.samples
        equal_lengths("samples", held.w, held.value, held.slope, held.curvature)
