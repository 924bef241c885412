"""Numbers as people read them."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from math import floor, isfinite, isnan, log10


def significant(value: float, digits: int = 6) -> str:
    """`value` with so many significant digits and no trailing zeros; NaN and infinity as words.

    Plain notation between 1e-4 and 10**max(digits, 6), powers of ten elsewhere.
    """
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "∞" if value > 0 else "-∞"
    if value == 0.0:
        return "0"
    size = abs(value)
    if size < 10.0 ** max(digits, 6) and value == int(value):
        return str(int(value))
    if 1e-4 <= size < 10.0 ** max(digits, 6):
        places = max(0, digits - 1 - floor(log10(size)))
        text = f"{value:.{places}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return scientific(value, digits)


def exactly(value: float) -> str:
    """`value` with as many digits as tell it from every other number: for ends of boxes."""
    shown = significant(value)
    return shown if not isfinite(value) or float(shown) == value else repr(value).removesuffix(".0")


def scientific(value: float, digits: int = 3) -> str:
    """`value` as mantissa and power of ten with so many significant digits: 1.2e-9."""
    if not isfinite(value) or value == 0.0:
        return significant(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def measure(value: float | None, bound: int = 0) -> str:
    """A measured quantity in a table of checks: three digits, or a dash where there is none.

    A bound (−1 from below, 1 from above) has ten, rounded to its side.
    """
    if value is None:
        return "–"
    return outward(value, bound) if bound else significant(value, 3)


def outward(value: float, side: int, digits: int = 10) -> str:
    """`value` with so many digits, rounded down (side −1) or up (side 1) and never to the other."""
    shown = significant(value, digits)
    if not isfinite(value) or side * (float(shown) - value) >= 0.0:
        return shown
    rounding = ROUND_CEILING if side > 0 else ROUND_FLOOR
    return significant(float(Context(prec=digits, rounding=rounding).create_decimal(value)), digits)


def with_error(value: float, error: float | None) -> str:
    """`value` with the digits that its standard error leaves meaningful, and two guard digits.

    Without an error, or with one that says nothing, eight significant digits.
    """
    if error is None or not isfinite(error) or error <= 0.0 or not isfinite(value) or value == 0.0:
        return significant(value, 8)
    digits = floor(log10(abs(value))) - floor(log10(error)) + 4
    return significant(value, min(15, max(8, digits)))


def with_unit(text: str, unit: str) -> str:
    """A number and its unit."""
    return f"{text} {unit}" if unit else text


def duration(seconds: float) -> str:
    """A length of time in the unit that reads best: 340 µs, 12 ms, 1.5 s, 2 min 5 s."""
    if not isfinite(seconds):
        return significant(seconds)
    if seconds < 1e-3:
        return f"{significant(seconds * 1e6, 2)} µs"
    if seconds < 0.9995:
        return f"{significant(seconds * 1e3, 3 if seconds >= 0.1 else 2)} ms"
    if seconds < 60:
        return f"{significant(seconds, 3)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def aligned(texts: Sequence[str]) -> list[str]:
    """The numbers padded so that their decimal points stand in one column."""
    heads = [_head(text) for text in texts]
    left = max((len(head) for head in heads), default=0)
    padded = [
        " " * (left - len(head)) + text for head, text in zip(heads, texts, strict=True)
    ]
    width = max((len(text) for text in padded), default=0)
    return [text.ljust(width) for text in padded]


def _head(text: str) -> str:
    """What stands left of the decimal point, or of the exponent where there is no point."""
    for mark in (".", "e", " "):
        if mark in text:
            return text.split(mark, 1)[0]
    return text
