"""What the parts of a scenario are checked with."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from surefoot.terms.errors import InputError

Pair = tuple[float, float]
MOST_NUMBERS = 5_001
MOST_SLICES = 64


def check_window(box: Pair, name: str) -> None:
    """Refuse a window that is not lower < upper, both finite and not absurdly far out.

    Raises:
        InputError: naming what was found.
    """
    lower, upper = box
    if not (isfinite(lower) and isfinite(upper) and lower < upper):
        raise InputError(
            f"{name} is ({lower:g}, {upper:g}); expected two finite numbers, lower < upper"
        )
    if max(abs(lower), abs(upper)) > 1e100:
        raise InputError(f"{name} reaches to {max(abs(lower), abs(upper)):g}; at most 1e100")


def check_tape(tape: Any, where: str) -> None:
    """Refuse what is no tape.

    Raises:
        InputError: saying which fields one has.
    """
    # What the operations mean is for the tape's own reader to check; here only that it is one.
    known = {"v", "inputs", "constants", "columns", "lanes", "ops", "outputs"}
    if not isinstance(tape, Mapping) or set(tape) != known:  # pyright: ignore[reportUnknownArgumentType]
        raise InputError(f"{where} is not a tape: an object with {', '.join(sorted(known))}")


def equal_lengths(what: str, *lists: tuple[float, ...]) -> None:
    """Refuse lists that differ in length, or are longer than a page takes.

    Raises:
        InputError: naming what holds them.
    """
    if len({len(numbers) for numbers in lists}) != 1:
        raise InputError(f"the lists of {what} differ in length")
    if len(lists[0]) > MOST_NUMBERS:
        raise InputError(f"{what} holds {len(lists[0])} points; at most {MOST_NUMBERS}")
