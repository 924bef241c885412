"""Frozen dataclasses to JSON values and back, strictly: no unknown field, no NaN in JSON.

What comes over a socket, out of a shared link or from a notebook's file is read by the types that
the dataclass declares; whatever does not fit is refused by a sentence that names the field. JSON
has no NaN and no infinity, so they travel as the strings "nan", "inf" and "-inf".
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from math import inf, isfinite, isnan, nan
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from surefoot.terms.errors import InputError

T = TypeVar("T")

NON_FINITE = {"nan": nan, "inf": inf, "-inf": -inf}


def number_to_json(value: float) -> float | str:
    """A float64 as JSON holds it."""
    value = float(value)
    if isfinite(value):
        return value
    return "nan" if isnan(value) else "inf" if value > 0 else "-inf"


def to_plain(value: Any) -> Any:
    """A record as dicts, lists, strings and finite numbers, ready for `json.dumps`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return number_to_json(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {str(key): to_plain(item) for key, item in items}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in cast("Sequence[Any]", value)]
    return value


def from_plain(record: type[T], value: Any, where: str) -> T:
    """The record that a JSON value describes.

    Args:
        record: a frozen dataclass whose fields are float, int, str, bool, literals, other records,
            tuples and dicts of these, or `Any` for a JSON value that is checked elsewhere.
        value: what `json.loads` gave.
        where: the word for it in messages.

    Raises:
        InputError: unknown or missing fields, wrong types, a number that is no number.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"{where} is {_short(value)}; expected an object")
    given = cast("Mapping[Any, Any]", value)
    hints = _hints(record)
    unknown = [str(name) for name in given if name not in hints]
    if unknown:
        raise InputError(
            f"{where} has no field '{unknown[0][:60]}'; its fields are {', '.join(hints)}"
        )
    found: dict[str, Any] = {}
    for field in fields(cast(Any, record)):
        if field.name in given:
            inside = f"{where}.{field.name}"
            found[field.name] = _read(hints[field.name], given[field.name], inside)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{where} has no '{field.name}', which it needs")
    return record(**found)


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _read(kind: Any, value: Any, where: str) -> Any:
    """`value` as the type `kind`."""
    if kind is Any:
        return value
    if kind is float:
        return _number(value, where)
    if kind is int:
        return _whole(value, where)
    if kind in (str, bool):
        if not isinstance(value, kind):
            expected = "text" if kind is str else "true or false"
            raise InputError(f"{where} is {_short(value)}; expected {expected}")
        return value
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        # 1 == True in Python; a version number must not be a truth value.
        if not any(value == option and type(value) is type(option) for option in arguments):
            options = ", ".join(repr(option) for option in arguments)
            raise InputError(f"{where} is {_short(value)}; expected {options}")
        return value
    if origin in (Union, UnionType):
        return _optional(arguments, value, where)
    if origin is tuple:
        return _items(arguments, value, where)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise InputError(f"{where} is {_short(value)}; expected an object")
        pairs = cast("Mapping[Any, Any]", value).items()
        return {
            _read(str, name, f"{where}'s name"): _read(arguments[1], item, f"{where}.{name}")
            for name, item in pairs
        }
    assert is_dataclass(kind), f"{where}: no rule to read {kind}"
    return from_plain(cast("type[Any]", kind), value, where)


def _optional(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    rest = [kind for kind in arguments if kind is not NoneType]
    assert len(rest) == 1, f"{where}: only 'X | None' is read"
    return None if value is None else _read(rest[0], value, where)


def _items(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InputError(f"{where} is {_short(value)}; expected a list")
    items = cast("Sequence[Any]", value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        if arguments[0] is float:
            return tuple(_number(item, where) for item in items)
        return tuple(_read(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if len(items) != len(arguments):
        raise InputError(f"{where} has {len(items)} entries; expected {len(arguments)}")
    pairs = zip(arguments, items, strict=True)
    return tuple(_read(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(pairs))


def _number(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise InputError(f"{where} is a whole number too large for float64") from None
    if isinstance(value, str) and value in NON_FINITE:
        return NON_FINITE[value]
    raise InputError(f'{where} is {_short(value)}; expected a number, or "nan", "inf", "-inf"')


def _whole(value: Any, where: str) -> int:
    # A page's numbers are all float64: 3.0 is a whole number there.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
        raise InputError(f"{where} is {_short(value)}; expected a whole number")
    return value


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
