"""The expressions that a walk makes: a graph of scalar operations without repetition.

Nothing is simplified here. A row of data whose x happens to be 1 would otherwise lose a product
that its neighbours keep, and the rows could no longer be seen to be the same computation.
"""

from collections.abc import Sequence
from struct import pack, unpack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.program.abstract import Dependent, Indices
from surefoot.program.tape.tape import NotOnTape

MOST_EXPRESSIONS = 600_000
"""Expressions made before rolling; more would take longer than a person waits."""

Expression = tuple[Any, ...]
FOLDS = ("sum", "prod", "maxof", "minof")
"""Operations on any number of arguments; a column's lanes, or a chain of pairs."""


class Expressions:
    """All expressions of one function, each once.

    Attributes:
        items: the expressions in an order in which arguments come first: ("input", k),
            ("const", bits), (operation, argument, …), ("ipow", argument, n).
    """

    def __init__(self) -> None:
        self.items: list[Expression] = []
        self._known: dict[Expression, int] = {}

    def make(self, *expression: Any) -> int:
        """The number of an expression."""
        number = self._known.get(expression)
        if number is None:
            number = len(self.items)
            if number >= MOST_EXPRESSIONS:
                raise NotOnTape(
                    f"the function has more than {MOST_EXPRESSIONS} scalar operations"
                )
            self._known[expression] = number
            self.items.append(expression)
        return number

    def constant(self, value: float) -> int:
        """The number of a constant; 0 and −0 are two constants."""
        return self.make("const", bits_of(value))

    def constants(self, values: Any) -> Indices:
        """The numbers of an array of constants, raveled."""
        array = np.asarray(values)
        if array.dtype.kind not in "fiub":
            raise NotOnTape(f"an array of {array.dtype.name} is no array of real numbers")
        flat = np.ravel(array).astype(np.float64)
        if array.dtype.kind in "iu" and np.any(np.abs(flat) > 2.0**53):
            raise NotOnTape("a whole number beyond 2⁵³ is not exact in float64")
        return np.array([self.constant(value) for value in flat.tolist()], np.int64)

    def each(self, name: str, *arguments: Any) -> Indices:
        """An operation on arrays of expressions, element by element."""
        make = self.make
        rows = zip(*(a.tolist() for a in arguments), strict=True)
        return np.array([make(name, *row) for row in rows], np.int64)

    def fold(self, name: str, rows: Any) -> Indices:
        """A reduction of each row of expressions."""
        empty = {"sum": 0.0, "prod": 1.0, "maxof": -np.inf, "minof": np.inf}[name]
        results: list[int] = []
        for row in rows.tolist():
            if len(row) > 1:
                results.append(self.make(name, *row))
            else:
                results.append(row[0] if row else self.constant(empty))
        return np.array(results, np.int64)


class Registers(Dependent):
    """An array whose elements are expressions of the inputs.

    Attributes:
        owner: where the expressions are.
        numbers: (size,) the number of each element's expression.
    """

    def __init__(self, owner: Expressions, shape: Sequence[int], numbers: Any) -> None:
        self.owner = owner
        self.shape = tuple(shape)
        self.numbers: NDArray[np.int64] = np.asarray(numbers, np.int64).ravel()

    def take(self, where: Indices) -> "Registers":
        flat = np.ravel(where)
        if np.all(flat >= 0):
            return Registers(self.owner, where.shape, self.numbers[flat])
        nan = self.owner.constant(float("nan"))
        return Registers(self.owner, where.shape, np.where(flat >= 0, self.numbers[flat], nan))

    def reshaped(self, shape: tuple[int, ...]) -> "Registers":
        return Registers(self.owner, shape, self.numbers)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Registers":
        owner = next(value.owner for value in values if isinstance(value, Registers))
        parts = [
            value.numbers if isinstance(value, Registers) else owner.constants(value)
            for value in values
        ]
        numbers = np.concatenate(parts)
        return cls(owner, numbers.shape, numbers)


def bits_of(value: float) -> int:
    """The bits of a float64, one pattern for every NaN."""
    return unpack("<q", pack("<d", value if value == value else float("nan")))[0]


def value_of(bits: int) -> float:
    """The float64 of its bits."""
    return unpack("<d", pack("<q", bits))[0]
