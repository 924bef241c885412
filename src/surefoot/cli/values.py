"""What people write behind --from, --at and --bounds, read as numbers.

    --from x=1,y=2      --from w=[1,2,3]      --from 3          --at x=pi/2
    --bounds x=-6:6,y=0:                      --bounds -6:6
"""

import re
from collections.abc import Mapping, Sequence
from math import e, inf, pi

from surefoot.terms import InputError

Value = float | list[float]
Range = tuple[float, float]

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CONSTANTS = {"pi": pi, "π": pi, "e": e, "inf": inf, "∞": inf}
_SIMPLE = re.compile(
    # 2pi and 2*e; but not 2e, which may be half of 2e3.
    rf"(?P<sign>[-+−]?)(?:(?P<factor>{_NUMBER})(?:\*(?P<times>pi|π|e)|(?P<beside>pi|π))?"
    rf"|(?P<constant>pi|π|e|inf|∞))(?:/(?P<divisor>{_NUMBER}))?",
    re.ASCII,
)
_NAME = re.compile(r"[^\W\d]\w*")
MOST_VALUES = 100_000


def number(text: str, what: str) -> float:
    """A number: 3, -2.5e-3, 1/3, pi, -3pi/4, inf.

    Raises:
        InputError: for anything else, NaN included, naming `what`.
    """
    packed = "".join(text.split())
    match = _SIMPLE.fullmatch(packed)
    if match is None:
        shown = text if len(text) <= 40 else text[:37] + "…"
        raise InputError(f"{what}: {shown!r} is not a number; write e.g. 3, -2.5e-3, 1/3 or pi/2")
    constant = match["times"] or match["beside"] or match["constant"]
    value = float(match["factor"] or 1.0) * (_CONSTANTS[constant] if constant else 1.0)
    if match["divisor"]:
        divisor = float(match["divisor"])
        if divisor == 0.0:
            raise InputError(f"{what}: {text!r} divides by zero")
        value /= divisor
    return -value if match["sign"] in ("-", "−") else value


def point(text: str, variables: Sequence[str], option: str) -> dict[str, Value]:
    """The point that an option describes, as variable → number or list of numbers.

    Args:
        text: `x=1,y=2`, or a bare value where there is one variable.
        variables: the names that the formula has.
        option: the option's name, for messages.

    Raises:
        InputError: for unknown, doubled or missing names and for what is not a number.
    """
    given = _assignments(text, variables, option, example="1")
    _complete(given, variables, option, example="1")
    return {name: _value(value, f"{option} {name}") for name, value in given.items()}


def ranges(text: str, variables: Sequence[str], option: str) -> dict[str, Range]:
    """The bounds that an option describes, as variable → (lower, upper); open sides infinite.

    Args:
        text: `x=-6:6,y=0:`, or a bare range where there is one variable.
        variables: the names that the formula has; those not mentioned are left unbounded.
        option: the option's name, for messages.

    Raises:
        InputError: for unknown or doubled names, for what is no range, and for empty ranges.
    """
    given = _assignments(text, variables, option, example="-6:6")
    found = dict.fromkeys(variables, (-inf, inf))
    for name, written in given.items():
        found[name] = _range(written, f"{option} {name}")
    return found


def needed_box(
    over: str | None, variables: Sequence[str], purpose: str
) -> dict[str, Range]:
    """The box of `--over`, of a command that works on a box only.

    Raises:
        InputError: there is none, with what to write; or as in `ranges`.
    """
    if over is None:
        sides = ",".join(f"{name}=-5:5" for name in variables[:3])
        raise InputError(f"--over is the box to {purpose}, e.g. --over {sides}")
    return ranges(over, variables, "--over")


def _assignments(
    text: str, variables: Sequence[str], option: str, example: str
) -> dict[str, str]:
    """name → what is written for it."""
    parts = _split(text, option)
    if len(parts) == 1 and "=" not in parts[0]:
        if len(variables) == 1:
            return {variables[0]: parts[0]}
        raise InputError(
            f"{option}: {parts[0]!r} has no name, and the formula has the variables "
            f"{_listed(variables)}; write {_example(variables, example)}"
        )
    found: dict[str, str] = {}
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise InputError(
                f"{option}: {part.strip()!r} is not of the form name=value; "
                f"write {_example(variables, example)}"
            )
        if name not in variables:
            raise InputError(
                f"{option}: the formula has no variable {name!r}; it has {_listed(variables)}"
            )
        if name in found:
            raise InputError(f"{option}: {name} is given twice; say once which value is meant")
        found[name] = value
    return found


def _split(text: str, option: str) -> list[str]:
    """The parts between commas that are not inside square brackets."""
    parts: list[str] = []
    depth = start = 0
    for place, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth not in (0, 1):
            raise InputError(f"{option}: the brackets in {text[:40]!r} do not match")
        if character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    if depth:
        raise InputError(f"{option}: a ']' is missing in {text[:40]!r}")
    if len(parts) >= MOST_VALUES:
        raise InputError(f"{option}: more than {MOST_VALUES} values; use a problem file")
    return [*parts, text[start:]]


def _value(written: str, what: str) -> Value:
    if written.startswith("[") and written.endswith("]"):
        items = written[1:-1].split(",")
        return [number(item, what) for item in items]
    return number(written, what)


def _range(written: str, what: str) -> Range:
    lower, colon, upper = written.partition(":")
    if not colon or ":" in upper:
        raise InputError(f"{what}: {written!r} is not of the form lower:upper; write e.g. -6:6")
    low = number(lower, what) if lower.strip() else -inf
    high = number(upper, what) if upper.strip() else inf
    if not low <= high:
        raise InputError(f"{what}: the lower bound {low:g} is above the upper bound {high:g}")
    return low, high


def _complete(
    given: Mapping[str, str], variables: Sequence[str], option: str, example: str
) -> None:
    missing = [name for name in variables if name not in given]
    if missing:
        raise InputError(
            f"{option}: no value for {_listed(missing)}; write {_example(variables, example)}"
        )


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:8])
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "") if shown else "none"


def _example(variables: Sequence[str], example: str) -> str:
    return ",".join(f"{name}={example}" for name in (variables or ["x"])[:3])
