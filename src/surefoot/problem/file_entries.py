"""The entries of a problem file: variables, data, options, each checked with its place named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, isnan, prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.formulas.names import nearest
from surefoot.problem.tables import NamedArray, read_table
from surefoot.problem.transforms import transform
from surefoot.terms import InputError

_VARIABLE_KEYS = ("start", "lower", "upper", "shape", "units", "label")
_DATA_KEYS = ("value", "file", "column", "columns", "rows", "delimiter", "from", "transform",
              "units", "label")  # fmt: skip
_OPTIONS: dict[str, tuple[type, ...]] = {
    "tol": (float,), "max_steps": (int,), "time_limit": (int, float), "method": (str,),
    "starts": (int,), "seed": (int,),
}  # fmt: skip
MOST_NUMBERS = 10_000_000
"""The most numbers in one variable: start, bounds and slopes of more would fill the memory."""


@dataclass(frozen=True, eq=False)
class VariableEntry:
    """One line of [variables].

    Attributes:
        start, lower, upper: float64 arrays of one shape; `start` is None where the file has none,
            sides are ±inf where open.
        units, label: as written, else "".
    """

    start: NDArray[np.float64] | None
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    units: str
    label: str


def check_keys(found: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse a key that problem files do not have.

    Raises:
        InputError: with the nearest known key.
    """
    known = tuple(known)
    for key in found:
        if key not in known:
            raise InputError(
                f"{where}: '{key}' is not known here{nearest(key, known) or '.'} "
                f"Known: {', '.join(known)}"
            )


def text_entry(value: Any, where: str) -> str:
    """A text, or a sentence that names its place."""
    if not isinstance(value, str):
        raise InputError(f"{where} is {_kind(value)}; expected text in quotes")
    return value


def table_entry(value: Any, where: str) -> dict[str, Any]:
    """A table, or a sentence that names its place."""
    if not isinstance(value, dict):
        raise InputError(f"{where} is {_kind(value)}; expected a table [{where.split()[-1]}]")
    return value


def numbers_entry(value: Any, where: str, *, infinite: bool = False) -> NDArray[np.float64]:
    """A number or a (nested) list of numbers as a float64 array."""
    if isinstance(value, dict) or not _only_numbers(value):
        raise InputError(f"{where} is {_kind(value)}; expected a number or a list of numbers")
    try:
        array = np.asarray(value, dtype=np.float64)
    except (ValueError, OverflowError):
        raise InputError(f"{where} is ragged: its rows differ in length") from None
    if array.size == 0:
        raise InputError(f"{where} is an empty list")
    bad = np.isnan(array) if infinite else ~np.isfinite(array)
    if bad.any():
        raise InputError(f"{where} holds {array[bad].flat[0]}; expected finite numbers")
    return array


def read_variable(value: Any, where: str) -> VariableEntry:
    """One line of [variables]: a start value, or a table of start, lower, upper, shape, …

    Raises:
        InputError: shapes that differ, an empty range.
    """
    entry: dict[str, Any] = value if isinstance(value, dict) else {"start": value}
    check_keys(entry, _VARIABLE_KEYS, where)
    parts = {
        key: numbers_entry(entry[key], f"{where}.{key}", infinite=key != "start")
        for key in ("start", "lower", "upper")
        if key in entry
    }
    shape = _shape(entry.get("shape"), where)
    shapes = [p.shape for p in parts.values() if p.shape] + ([shape] if shape else [])
    whole = shapes[0] if shapes else ()
    if any(other != whole for other in shapes):
        listed = " and ".join(str(s) for s in dict.fromkeys(shapes))
        raise InputError(f"{where}: the shapes {listed} differ; give one shape for all")
    full = {key: np.broadcast_to(part, whole).copy() for key, part in parts.items()}
    start = full.get("start")
    lower = full.get("lower", np.full(whole, -np.inf))
    upper = full.get("upper", np.full(whole, np.inf))
    if not (lower <= upper).all():
        raise InputError(f"{where}: lower is above upper")
    units, label = (text_entry(entry.get(k, ""), f"{where}.{k}") for k in ("units", "label"))
    return VariableEntry(start, lower, upper, units, label)


def read_data(entries: Mapping[str, Any], folder: Path, file: str) -> dict[str, NamedArray]:
    """All of [data], in the order of the file; an entry may build on those above it.

    Raises:
        InputError: a missing file or column, a cell that is no number, an unknown transform.
    """
    done: dict[str, NamedArray] = {}
    for name, value in entries.items():
        where = f"{file}, data.{name}"
        if not isinstance(value, dict):
            done[name] = NamedArray(numbers_entry(value, where), origin=file)
            continue
        check_keys(value, _DATA_KEYS, where)
        sources = [key for key in ("value", "file", "from") if key in value]
        if len(sources) != 1:
            raise InputError(
                f"{where} needs exactly one of value, file, from; found "
                f"{' and '.join(sources) or 'none'}"
            )
        array = _load(value, sources[0], done, folder, where, file)
        steps = value.get("transform", [])
        for step in [steps] if isinstance(steps, str) else steps:
            array = transform(array, text_entry(step, f"{where}.transform"), where)
        done[name] = array
    return done


def read_options(entries: Mapping[str, Any], file: str) -> dict[str, Any]:
    """[options], with the types that the solver takes.

    Raises:
        InputError: an unknown option, or a value of another type.
    """
    check_keys(entries, _OPTIONS, f"{file}, [options]")
    for name, value in entries.items():
        kinds = _OPTIONS[name]
        good = isinstance(value, kinds) and not isinstance(value, bool)
        if good and isinstance(value, int | float) and name != "seed":
            good = isfinite(value) and value > 0
        if not good:
            whole = "a whole number of at least 0" if name == "seed" else "a whole number above 0"
            kind = "text" if str in kinds else "a number above 0" if float in kinds else whole
            raise InputError(f"{file}, options.{name} is {value!r}; expected {kind}")
    return dict(entries)


def _load(
    entry: dict[str, Any], source: str, done: Mapping[str, NamedArray], folder: Path, where: str,
    file: str,
) -> NamedArray:  # fmt: skip
    if source != "file":
        extra = [k for k in ("column", "columns", "rows", "delimiter") if k in entry]
        if extra:
            raise InputError(f"{where}: '{extra[0]}' goes with file=, not with {source}=")
    if source == "value":
        return NamedArray(numbers_entry(entry["value"], f"{where}.value"), origin=file)
    if source == "from":
        other = text_entry(entry["from"], f"{where}.from")
        if other not in done:
            raise InputError(
                f"{where}: there is no data '{other}' above it{nearest(other, done)}"
            )
        return done[other]
    return _columns(entry, folder, where)


def _columns(entry: dict[str, Any], folder: Path, where: str) -> NamedArray:
    """One column (m,) or several (m, k) of a file."""
    given = entry.get("delimiter")
    delimiter = None if given is None else text_entry(given, f"{where}.delimiter")
    if delimiter is not None and len(delimiter) != 1:
        raise InputError(f"{where}.delimiter is {delimiter!r}; expected one character")
    table = read_table(folder / text_entry(entry["file"], f"{where}.file"), delimiter)
    if "column" in entry and "columns" in entry:
        raise InputError(f"{where}: give column= for one or columns= for several, not both")
    rows = text_entry(entry["rows"], f"{where}.rows") if "rows" in entry else ""
    first = table.columns[0]
    if not rows and table.is_text(first):
        rows = first
    names = table.text(rows) if rows else ()
    if "column" in entry:
        column = text_entry(entry["column"], f"{where}.column")
        return NamedArray(table.numbers(column), names, (), f"{table.file}, column {column}")
    wanted = entry.get("columns", [c for c in table.columns if c != rows])
    if not isinstance(wanted, list) or not wanted:
        raise InputError(f'{where}.columns is {_kind(wanted)}; expected a list ["a", "b"]')
    columns = [text_entry(column, f"{where}.columns") for column in wanted]
    values = np.stack([table.numbers(column) for column in columns], axis=1)
    return NamedArray(values, names, tuple(columns), f"{table.file}, {len(columns)} columns")


def _shape(value: Any, where: str) -> tuple[int, ...]:
    sizes = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in sizes):
        raise InputError(f"{where}.shape is {value!r}; expected a length 3 or a list [3, 2]")
    if prod(sizes) > MOST_NUMBERS:
        raise InputError(
            f"{where}.shape is {value!r}, which is {prod(sizes):,} numbers; a variable may have "
            f"{MOST_NUMBERS:,}"
        )
    return tuple(sizes)


def _only_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_only_numbers, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"a truth value ({str(value).lower()})"
    if isinstance(value, str):
        return f"text ('{value[:30]}')"
    if isinstance(value, float) and isnan(value):
        return "NaN"
    words = {int: "a number", float: "a number", list: "a list", dict: "a table"}
    return words.get(type(value), f"a {type(value).__name__}")
