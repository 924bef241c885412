"""The messages between page and engine: what may be said, and how large it may be.

JSON text, version 1. Everything that arrives is read into one of the records below by its declared
types (`terms.records`): an unknown word, an unknown field, a number that is no number are refused,
and so is whatever is larger than `LIMITS`. Formulas go through the whitelist parser; nothing is
ever executed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal, TypeAlias, cast

from surefoot.formulas import Formula, parse
from surefoot.formulas.tree import Node, children
from surefoot.terms import FormulaError, InputError, check_window, from_plain, parse_json

VERSION = 1


@dataclass(frozen=True)
class Limits:
    """What one message may ask for, and one page hold."""

    message_bytes: int = 2**20
    formula_characters: int = 500
    formula_depth: int = 40
    formula_variables: int = 8
    grid_points: int = 4096
    path_steps: int = 5000
    fixed_numbers: int = 12_288
    functions: int = 16


LIMITS = Limits()


class WireError(Exception):
    """A message that is refused; becomes an `err` answer.

    Attributes:
        code: one word for programs. reason: one sentence for people.
        of, id, seq: which message, as far as it could be read.
    """

    def __init__(self, code: str, reason: str, message: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        given = message or {}
        self.of = given["op"] if isinstance(given.get("op"), str) else ""
        self.id = given["id"] if _is_count(given.get("id")) else None
        self.seq = given["seq"] if _is_count(given.get("seq")) else None


@dataclass(frozen=True)
class Hello:
    """The page is there and speaks this version."""

    op: Literal["hello"]
    v: int


@dataclass(frozen=True)
class Define:
    """A formula was typed; it becomes function `id`."""

    op: Literal["define"]
    id: int
    src: str
    vars: tuple[str, ...] | None = None
    box: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _within("id", self.id, 1, 2**31)
        if self.box is not None:
            check_window(self.box, "box")


@dataclass(frozen=True)
class Evaluate:
    """Value, slope and curvature at x, of a function without a tape."""

    op: Literal["eval"]
    id: int
    seq: int
    x: float
    slice: int = 0

    def __post_init__(self) -> None:
        _finite("x", self.x)


@dataclass(frozen=True)
class Grid:
    """The same at n equal distances across a window."""

    op: Literal["grid"]
    id: int
    seq: int
    box: tuple[float, float]
    n: int
    slice: int = 0

    def __post_init__(self) -> None:
        check_window(self.box, "box")
        _within("n", self.n, 2, LIMITS.grid_points)


@dataclass(frozen=True)
class Walk:
    """The path of a rule from x0."""

    op: Literal["path"]
    id: int
    seq: int
    rule: Literal["gd"]
    eta: float
    x0: float
    steps: int
    slice: int = 0

    def __post_init__(self) -> None:
        _finite("x0", self.x0)
        _within("steps", self.steps, 1, LIMITS.path_steps)
        if not (isfinite(self.eta) and self.eta > 0.0):
            raise InputError(f"eta is {self.eta}; expected a number above 0")


@dataclass(frozen=True)
class Stationary:
    """Prove the stationary points of a window.

    Attributes:
        id, src: the function's number, or its formula where it is one.
        box: a window for each of the one or two coordinates that are drawn.
        fixed: what the tape takes behind them.
        probes: coordinates and the value that the page's tape has there: proved is only what the
            page draws.
        boxes: whether the boxes of the proof are wanted.
    """

    op: Literal["stationary"]
    seq: int
    box: tuple[tuple[float, float], ...]
    probes: tuple[tuple[float, ...], ...]
    fixed: tuple[float, ...] = ()
    id: int | None = None
    src: str | None = None
    boxes: bool = False

    def __post_init__(self) -> None:
        _within("the number of windows", len(self.box), 1, 2)
        for window in self.box:
            check_window(window, "box")
        if (self.id is None) == (self.src is None):
            raise InputError("a function is named by its id or by its src, by one of them")
        _within("the number of fixed numbers", len(self.fixed), 0, LIMITS.fixed_numbers)
        for x in self.fixed:
            _finite("fixed", x)
        _within("the number of probes", len(self.probes), 1, 8)
        for probe in self.probes:
            _within("the length of a probe", len(probe), len(self.box) + 1, len(self.box) + 1)
            for x in probe[:-1]:
                _finite("probes", x)


@dataclass(frozen=True)
class Export:
    """The present scenario as one HTML page."""

    op: Literal["export"]
    scenario: Any


@dataclass(frozen=True)
class Cancel:
    """The eval, grid, path or proof with this `seq` is no longer wanted."""

    op: Literal["cancel"]
    job: int


Message: TypeAlias = Hello | Define | Evaluate | Grid | Walk | Stationary | Export | Cancel

_RECORDS: dict[str, type[Any]] = {
    "hello": Hello,
    "define": Define,
    "eval": Evaluate,
    "grid": Grid,
    "path": Walk,
    "stationary": Stationary,
    "export": Export,
    "cancel": Cancel,
}


def read(text: str) -> Message:
    """The message in a piece of JSON text.

    Raises:
        WireError: for anything else than one of the messages above within the limits.
    """
    # A character takes up to four bytes; the cheap test comes first.
    if len(text) > LIMITS.message_bytes or len(text.encode()) > LIMITS.message_bytes:
        raise WireError("too-large", f"a message is at most {LIMITS.message_bytes} bytes")
    try:
        value = parse_json(text, "the message")
    except InputError as error:
        raise WireError("bad-json", str(error)) from None
    return read_value(value)


def read_value(value: Any) -> Message:
    """The message in a JSON value; see `read`."""
    if not isinstance(value, Mapping):
        raise WireError("bad-json", "a message is a JSON object with the field 'op'")
    message = cast("Mapping[str, Any]", value)
    word = message.get("op")
    record = _RECORDS.get(word) if isinstance(word, str) else None
    if record is None:
        shown = word[:40] if isinstance(word, str) else type(word).__name__
        known = ", ".join(_RECORDS)
        raise WireError("unknown-op", f"there is no message {shown!r}; known are {known}", message)
    try:
        return cast("Message", from_plain(record, message, str(word)))
    except InputError as error:
        raise WireError("bad-field", str(error), message) from None


def write(message: Mapping[str, Any]) -> str:
    """A plain answer as JSON text."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Half of a pair, as a page may send it, has no UTF-8; written as an escape it has.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def refusal(error: WireError) -> dict[str, Any]:
    """The `err` answer for a refused message."""
    answer: dict[str, Any] = {
        "op": "err", "of": error.of, "code": error.code, "message": error.reason,
    }  # fmt: skip
    for name in ("id", "seq"):
        if getattr(error, name) is not None:
            answer[name] = getattr(error, name)
    return answer


def limits() -> dict[str, int]:
    """The limits as the page is told them."""
    return asdict(LIMITS)


def read_formula(text: str, variables: tuple[str, ...] | None = None) -> Formula:
    """A typed formula, within the limits of a page.

    Raises:
        FormulaError: what cannot be read, is too long or too deep, or is no number.
    """
    most = LIMITS.formula_characters
    if len(text) > most:
        raise FormulaError(
            f"the formula has {len(text)} characters; here at most {most}", text, most, len(text)
        )
    _check_brackets(text)
    formula = parse(text, variables=variables)
    for node, depth in _depths(formula.tree):
        if depth > LIMITS.formula_depth:
            raise FormulaError(
                f"the formula is nested more than {LIMITS.formula_depth} deep here",
                text, node.start, node.end,
            )  # fmt: skip
    if formula.is_constraint:
        raise FormulaError("this is a comparison; a loss is a number", text, 0, len(text))
    if not formula.variables:
        return parse(text, variables=variables or ("w",))
    if len(formula.variables) > LIMITS.formula_variables:
        raise FormulaError(
            f"the formula has {len(formula.variables)} variables; here at most "
            f"{LIMITS.formula_variables}", text, 0, len(text),
        )  # fmt: skip
    return formula


def _check_brackets(text: str) -> None:
    """Brackets leave no trace in the tree, so their depth is counted in the text."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > LIMITS.formula_depth:
            raise FormulaError(
                f"the brackets are nested more than {LIMITS.formula_depth} deep here",
                text, place, place + 1,
            )  # fmt: skip


def _depths(tree: Node) -> Iterator[tuple[Node, int]]:
    pending = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in children(node))


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"{name} is {value}; expected {least} to {most}")


def _finite(name: str, value: float) -> None:
    if not isfinite(value):
        raise InputError(f"{name} is {value}; expected a finite number")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**53
