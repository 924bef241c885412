"""What a command prints: a report for people, JSON for programs."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from enum import Enum
from math import isinf, isnan
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from surefoot.terms import InputError


def to_json(value: Any) -> str:
    """`value` as JSON text; NaN and infinity, which JSON lacks, as "nan", "inf" and "-inf"."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False)


@runtime_checkable
class Shown(Protocol):
    """A result with a report for people and plain names and numbers for programs."""

    def blocks(self) -> Sequence[Any]: ...
    def to_dict(self) -> Mapping[str, Any]: ...


def show_result(found: Shown, *, as_json: bool) -> None:
    """Print a result: its report, or JSON."""
    if as_json:
        print(to_json(found.to_dict()))
        return
    from surefoot.show import print_blocks  # rich is loaded where a person reads

    print_blocks(found.blocks())


def plain(value: Any) -> Any:
    """`value` made of dicts, lists, strings, finite numbers, booleans and None."""
    match value:
        case None | bool() | str():
            return value
        case Enum():
            return value.name
        case int():
            return int(value)
        case float():
            return _finite(float(value))
        case Mapping():
            pairs = cast(Mapping[Any, Any], value).items()
            return {str(key): plain(item) for key, item in pairs}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in cast(Iterable[Any], value)]
        case _ if hasattr(value, "tolist"):
            # NumPy arrays and scalars, without loading NumPy to recognise them.
            return plain(value.tolist())
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case _:
            return str(value)


def _finite(value: float) -> float | str:
    if isnan(value):
        return "nan"
    if isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def writable(path: str) -> None:
    """A sentence for a page that could not be written, before the answer is worked out.

    Raises:
        InputError: a folder, or a name in a folder that is missing or closed to writing.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{target} is a folder; give the name of the page, e.g. {target}/lab.html")
    if not target.parent.is_dir():
        raise InputError(f"{target} cannot be written: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise InputError(f"{target} cannot be written: the folder is closed to writing")
