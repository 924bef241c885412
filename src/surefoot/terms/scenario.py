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
from surefoot.terms.records import from_plain, to_plain
from surefoot.terms.scenario_checks import MOST_NUMBERS, Pair, check_tape, check_window

MOST_TEXT = 20_000
MOST_SLICES = 64
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
class PlaneCut:
    """Two coordinates of a function, with the others held fast.

    Attributes:
        label: the words for it, "x and y".
        names: the words for the two coordinates.
        fixed: the tape's inputs behind x and y: nothing for a function of two numbers, else the
            point with both coordinates at 0 (n,) and the two directions (n,), (n,).
        box: the window in x and the one in y.
        start: where the walks begin.
        eta: a learning rate that suits gradient descent there.
    """

    label: str
    names: tuple[str, str]
    fixed: tuple[float, ...]
    box: tuple[Pair, Pair]
    start: Pair
    eta: float


@dataclass(frozen=True)
class PlaneOf:
    """What the landscape needs of a function of two numbers or more.

    Attributes:
        tape: as JSON; from x, y to value, gradient (2) and Hessian (xx, xy, yy).
        cuts: the planes that can be shown.
    """

    tape: Any
    cuts: tuple[PlaneCut, ...]


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
class Landscape:
    """What the landscape shows.

    Attributes:
        box, start: the window in x and in y, and where all rules begin.
        cut: which of the function's planes.
        rules: the names of those that walk. chosen: the one whose step is taken apart.
        mode: whose η: "same" for all, the "best" each, or "tuned" by hand.
        eta: the same η. rates: rule → the tuned one.
        steps: how many each rule takes at most. at: the step that is shown; None for the last.
        basins: whether the basins of attraction of the chosen rule are coloured.
        surface: whether the surface is shown beside the map. turn: its direction and tilt, radians.
    """

    box: tuple[Pair, Pair]
    start: Pair
    eta: float
    rates: dict[str, float]
    rules: tuple[str, ...]
    chosen: str = "gd"
    cut: int = 0
    mode: Literal["same", "best", "tuned"] = "tuned"
    steps: int = 400
    at: int | None = None
    basins: bool = False
    surface: bool = True
    turn: Pair = (-0.6, 0.75)

    def __post_init__(self) -> None:
        for axis, window in zip("xy", self.box, strict=True):
            check_window(window, f"plane.box ({axis})")
        if not all(isfinite(each) for each in (*self.start, *self.turn)):
            raise InputError("plane.start and plane.turn are finite numbers")
        for name, rate in (("eta", self.eta), *self.rates.items()):
            if not (isfinite(rate) and rate > 0.0):
                raise InputError(f"plane's rate {name!r} is {rate}; expected a number above 0")
        if not 1 <= self.steps < MOST_NUMBERS:
            raise InputError(f"plane.steps is {self.steps}; expected 1 to {MOST_NUMBERS - 1}")
        if max(len(self.rules), len(self.rates)) > MOST_SLICES:
            raise InputError(f"plane.rules has {len(self.rules)} names; at most {MOST_SLICES}")


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
            _equal_lengths("recorded", self.recorded.w, self.recorded.value)

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
        _check_cuts(function.plane.cuts)
    if function.samples is not None:
        held = function.samples
        _equal_lengths("samples", held.w, held.value, held.slope, held.curvature)


def _check_cuts(cuts: tuple[PlaneCut, ...]) -> None:
    if not 1 <= len(cuts) <= MOST_SLICES:
        raise InputError(f"function.plane has {len(cuts)} cuts; expected 1 to {MOST_SLICES}")
    for i, cut in enumerate(cuts):
        where = f"function.plane.cuts[{i}]"
        check_window(cut.box[0], f"{where}.box")
        check_window(cut.box[1], f"{where}.box")
        if not all(isfinite(each) for each in cut.start):
            raise InputError(f"{where}.start is {cut.start}")
        if not (isfinite(cut.eta) and cut.eta > 0.0):
            raise InputError(f"{where}.eta is {cut.eta}; expected a number above 0")


def _equal_lengths(what: str, *lists: tuple[float, ...]) -> None:
    if len({len(numbers) for numbers in lists}) != 1:
        raise InputError(f"the lists of {what} differ in length")
    if len(lists[0]) > MOST_NUMBERS:
        raise InputError(f"{what} holds {len(lists[0])} points; at most {MOST_NUMBERS}")
