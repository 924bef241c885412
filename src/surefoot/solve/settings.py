"""How a run is to go: limits, method and watching, checked before any work."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from surefoot.solve.methods import check_method, check_options
from surefoot.terms import InputError

Callback = Callable[[int, Any, float], Any]

DEFAULT_STEPS = 10_000
DEFAULT_BOXES = 1_000_000
DEFAULT_MEGABYTES = 1000.0
LARGEST = 2**63 - 1
"""Whole numbers beyond this fit no counter."""


@dataclass(frozen=True)
class Settings:
    """What the caller asked of the run.

    Attributes:
        boxes, megabytes: what a search of a whole box may spend.
    """

    method: str = "auto"
    max_steps: int = DEFAULT_STEPS
    time_limit: float | None = None
    seed: int = 0
    callback: Callback | None = None
    progress: bool | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    boxes: int = DEFAULT_BOXES
    megabytes: float = DEFAULT_MEGABYTES


def checked_settings(
    method: str,
    max_steps: int | None,
    time_limit: float | None,
    seed: int,
    callback: Callback | None,
    progress: bool | None,
    options: Mapping[str, Any] | None,
    *,
    residual: bool = False,
    whole: bool = False,
) -> Settings:
    """The settings of a call.

    Args:
        whole: whether a whole box is searched; `max_steps` then counts its parts, and the option
            "megabytes" says how much memory those that wait may take.

    Raises:
        InputError: a limit that is no limit, an unknown method or option, a callback that cannot
            be called.
    """
    check_method(method, residual=residual)
    megabytes = DEFAULT_MEGABYTES
    if whole and isinstance(options, Mapping) and "megabytes" in options:
        megabytes = options["megabytes"]
        if not (is_number(megabytes) and megabytes > 0):
            raise InputError(
                f"options['megabytes'] is {_short(megabytes)}; expected a number above 0"
            )
        options = {name: value for name, value in options.items() if name != "megabytes"} or None
    check_options(method, options)
    if max_steps is not None and not is_whole(max_steps, least=1):
        raise InputError(
            f"max_steps is {_short(max_steps)}; expected a whole number of at least 1"
        )
    if time_limit is not None and not (is_number(time_limit) and time_limit > 0):
        raise InputError(
            f"time_limit is {_short(time_limit)}; expected a positive number of seconds"
        )
    if not is_whole(seed, least=0):
        raise InputError(f"seed is {_short(seed)}; expected a whole number from 0 to 2⁶³ − 1")
    if progress is not None and not isinstance(progress, bool | np.bool_):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(
            f"progress is {_short(progress)}; expected True, False, or None for a line on a "
            "terminal"
        )
    _check_callback(callback)
    return Settings(
        method,
        DEFAULT_STEPS if whole else int(max_steps or DEFAULT_STEPS),
        time_limit,
        int(seed),
        callback,
        None if progress is None else bool(progress),
        dict(options or {}),
        int(max_steps or DEFAULT_BOXES),
        float(megabytes),
    )


def _check_callback(callback: Any) -> None:
    if callback is None:
        return
    if not callable(callback):
        raise InputError(
            f"callback is {_short(callback)}; expected a function callback(k, x, value)"
        )
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):  # some callables written in C have none
        return
    try:
        signature.bind(0, None, 0.0)
    except TypeError:
        raise InputError(
            f"callback takes {signature}; it is called after each step as callback(k, x, value): "
            "the number of the step, the point, the value"
        ) from None


def is_number(value: Any) -> bool:
    """Whether a value is one finite real number; a truth value is none."""
    if isinstance(value, bool) or not (isinstance(value, Real) or _is_scalar_array(value)):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond float64
        return False


def _is_scalar_array(value: Any) -> bool:
    """Whether a value is an array that holds one real number and has no axis."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return getattr(value, "shape", None) == () and kind in ("i", "u", "f")


def is_whole(value: Any, *, least: int) -> bool:
    """Whether a value is a whole number from `least` on that fits a counter."""
    # Compared as a whole number: a float16 would overflow against LARGEST.
    return is_number(value) and value == int(value) and least <= int(value) <= LARGEST


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 50 else text[:47] + "…"
