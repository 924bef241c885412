"""The tape: a function as a short list of operations on float64 numbers.

Registers are numbered: first the inputs, then the constants, then the constant columns, then one
for the result of each operation. A register holds a number or a column of `lanes` numbers; an
operation with a column among its arguments works lane by lane and gives a column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.program.tape.ops import ARITY, REDUCTIONS, apply
from surefoot.terms import InputError, UnsupportedError

MOST_OPS = 20_000
"""A tape with more operations is refused: the page could not keep up with a drag."""
MOST_WORK = 400_000
"""The same for operations counted once for each lane."""
MOST_NUMBERS = 50_000
"""The most numbers in constants and columns, about one megabyte of JSON."""

Op = tuple[str | int, ...]


class NotOnTape(UnsupportedError):  # noqa: N818 - an answer about the function, like its base
    """A function cannot be carried on a tape.

    A tape is a straight list of float64 operations. A loop whose length depends on the argument, a
    value in another precision, a factorisation or a random number is none. The message says which
    step it was and on which line; the function can still be evaluated by the engine.

    Attributes:
        reason: the sentence.
    """

    def __init__(self, reason: str, primitive: str = "", where: str = "") -> None:
        super().__init__("tape", primitive, where)
        self.reason = reason
        self.args = (reason,)


@dataclass(frozen=True)
class Tape:
    """A straight list of float64 operations.

    Attributes:
        inputs: how many numbers go in.
        constants: numbers.
        columns: constant columns, each of `lanes` numbers.
        lanes: the length of every column; 1 where there is none.
        ops: (name, register, …); `("ipow", register, n)` ends in a whole number.
        outputs: the registers of the results, all numbers.

    Example:
        >>> Tape(1, (2.0,), (), 1, (("mul", 0, 1),), (2,)).run([3.0])
        [6.0]
    """

    inputs: int
    constants: tuple[float, ...]
    columns: tuple[tuple[float, ...], ...]
    lanes: int
    ops: tuple[Op, ...]
    outputs: tuple[int, ...]

    def run(self, values: Sequence[float]) -> list[float]:
        """The outputs at one point."""
        return [float(value) for value in self.run_many(np.asarray(values, np.float64)[None])[0]]

    def run_many(self, points: Any) -> NDArray[np.float64]:
        """The outputs (k, outputs) at k points (k, inputs)."""
        points = np.asarray(points, np.float64)
        if points.ndim != 2 or points.shape[1] != self.inputs:
            raise InputError(
                f"the tape takes {self.inputs} numbers for each point; "
                f"found an array of shape {points.shape}, expected (points, {self.inputs})"
            )
        registers: list[Any] = list(points.T)
        registers += [np.full(len(points), value) for value in self.constants]
        registers += [np.asarray(column)[:, None] for column in self.columns]
        for name, *rest in self.ops:
            if name == "ipow":
                value = apply("ipow", registers[int(rest[0])], rest[1])
            else:
                value = apply(str(name), *(registers[int(place)] for place in rest))
                if name in REDUCTIONS:
                    # A column that no input enters has one entry for all points.
                    value = np.broadcast_to(value, (len(points),))
            registers.append(value)
        results = np.empty((len(points), len(self.outputs)))
        for place, register in enumerate(self.outputs):
            results[:, place] = registers[register]
        return results

    @property
    def work(self) -> int:
        """Operations for one point, those on columns counted once for each lane."""
        return sum(self.lanes if wide else 1 for wide in self._is_wide())

    def to_json(self) -> dict[str, Any]:
        """The tape as JSON values; NaN and infinities are strings."""
        return {
            "v": 1,
            "inputs": self.inputs,
            "constants": [_out(value) for value in self.constants],
            "columns": [[_out(value) for value in column] for column in self.columns],
            "lanes": self.lanes,
            "ops": [list(op) for op in self.ops],
            "outputs": list(self.outputs),
        }

    @classmethod
    def from_json(cls, data: Any) -> "Tape":
        """The tape of JSON values, checked.

        Raises:
            InputError: anything that is no tape, with the place.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"a tape is a JSON object, found {type(data).__name__}")
        if set(data) != {"v", *_FIELDS}:
            raise InputError(f"a tape has the fields v, {', '.join(_FIELDS)}; found {sorted(data)}")
        if data["v"] != 1:
            raise InputError(f"this is a tape of version {data['v']!r}; version 1 can be read")
        _require_types(data)
        tape = cls(
            data["inputs"],
            tuple(_in(value) for value in data["constants"]),
            tuple(tuple(_in(value) for value in column) for column in data["columns"]),
            data["lanes"],
            tuple(tuple(op) for op in data["ops"]),
            tuple(data["outputs"]),
        )
        tape.check()
        return tape

    def check(self) -> None:
        """Raise InputError unless every operation is known and takes registers before its own."""
        for name, value, least in (("inputs", self.inputs, 0), ("lanes", self.lanes, 1)):
            if value < least:
                raise InputError(f"'{name}' of a tape is at least {least}, found {value}")
        if len(self.ops) > MOST_OPS:
            raise InputError(f"a tape has at most {MOST_OPS} operations, found {len(self.ops)}")
        if self.columns and any(len(column) != self.lanes for column in self.columns):
            raise InputError(f"every column of this tape must have {self.lanes} numbers")
        known = self.inputs + len(self.constants) + len(self.columns)
        for number, (name, *rest) in enumerate(self.ops):
            arity = ARITY.get(str(name))
            if arity is None:
                raise InputError(f"ops[{number}]: there is no operation {name!r}")
            places = rest[:arity]
            whole = rest[arity:] if name == "ipow" else []
            if len(rest) != arity + len(whole) or (name == "ipow" and len(whole) != 1):
                raise InputError(f"ops[{number}]: '{name}' has {len(rest)} arguments")
            if not all(0 <= int(place) < known + number for place in places):
                raise InputError(f"ops[{number}]: a register that is not written yet, {places}")
        total = known + len(self.ops)
        if not all(0 <= place < total for place in self.outputs):
            raise InputError(f"outputs: registers go from 0 to {total - 1}, found {self.outputs}")
        wide = self._is_wide_register()
        for number, (name, place, *_) in enumerate(self.ops):
            if name in REDUCTIONS and not wide[int(place)]:
                raise InputError(f"ops[{number}]: '{name}' takes a column, found a number")
        if any(wide[place] for place in self.outputs):
            raise InputError("outputs: a result is a number, found a column")

    def _is_wide_register(self) -> list[bool]:
        wide = [False] * (self.inputs + len(self.constants)) + [True] * len(self.columns)
        for name, *rest in self.ops:
            places = rest[: ARITY[str(name)]]
            wide.append(name not in REDUCTIONS and any(wide[int(place)] for place in places))
        return wide

    def _is_wide(self) -> list[bool]:
        """For each operation whether it touches a column."""
        wide = self._is_wide_register()
        return [any(wide[int(place)] for place in op[1 : 1 + ARITY[str(op[0])]]) for op in self.ops]


_FIELDS = ("inputs", "constants", "columns", "lanes", "ops", "outputs")
_WORDS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def _require_types(data: Mapping[str, Any]) -> None:
    """Raise InputError unless lists are lists and registers whole numbers."""
    for name in ("inputs", "lanes"):
        if not _whole(data[name]):
            raise InputError(f"'{name}' of a tape is a whole number, found {data[name]!r:.60}")
    for name in ("constants", "columns", "ops", "outputs"):
        if not isinstance(data[name], list | tuple):
            raise InputError(f"'{name}' of a tape is a list, found {data[name]!r:.60}")
    for name in ("columns", "ops"):
        for number, row in enumerate(data[name]):
            if not isinstance(row, list | tuple) or (name == "ops" and not row):
                raise InputError(f"{name}[{number}] of the tape is a list, found {row!r:.60}")
    for number, (name, *rest) in enumerate(data["ops"]):
        if not isinstance(name, str):
            raise InputError(f"ops[{number}]: there is no operation {name!r:.60}")
        if not all(_whole(place) for place in rest):
            raise InputError(f"ops[{number}]: arguments are whole numbers, found {rest!r:.60}")
    if not all(_whole(place) for place in data["outputs"]):
        raise InputError(f"outputs: registers are whole numbers, found {data['outputs']!r:.60}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _out(value: float) -> float | str:
    if isfinite(value):
        return value
    return "nan" if value != value else "inf" if value > 0 else "-inf"


def _in(value: Any) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise InputError(f"a tape's numbers are numbers, 'nan', 'inf' or '-inf'; found {value!r:.60}")
