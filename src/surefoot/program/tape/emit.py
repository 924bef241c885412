"""From expressions and a plan to the tape: simplify, drop what is not needed, number.

Only what holds for every float64, NaN, infinities and both zeros included, is simplified: x·1, x/1,
x − 0, x + (−0), a choice between equals. Never x·0, x − x or x/x.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.program.tape.expressions import FOLDS, Expression, bits_of, value_of
from surefoot.program.tape.ops import REDUCTIONS, apply
from surefoot.program.tape.roll import Plan
from surefoot.program.tape.tape import Tape

_PAIR = {"sum": "add", "prod": "mul", "maxof": "max", "minof": "min"}
_COMMUTE = frozenset({"add", "mul", "eq", "ne", "and", "or", "xor"})
_NEVER_MINUS_ZERO = frozenset({
    "exp", "exp2", "square", "abs", "logistic", "cosh", "eq", "ne", "lt", "le", "gt", "ge", "and",
    "or", "xor", "not", "isfinite",
})  # fmt: skip


def emit(items: list[Expression], inputs: int, outputs: Sequence[int], plan: Plan) -> Tape:
    """The tape of a plan."""
    writer = _Writer(inputs, plan.lanes)
    places = _place(items, outputs, plan, writer)
    return writer.tape([places[("number", number)] for number in outputs])


def _place(
    items: list[Expression], outputs: Sequence[int], plan: Plan, writer: "_Writer"
) -> dict[tuple[str, int], int]:
    """Write what the outputs need, arguments first; nothing recursive, since chains are long."""
    places: dict[tuple[str, int], int] = {}
    stack = [("number", number) for number in reversed(outputs)]
    while stack:
        key = stack[-1]
        if key in places:
            stack.pop()
            continue
        needs = _needs(items, plan, key)
        missing = [need for need in needs if need not in places]
        if missing:
            stack.extend(reversed(missing))
            continue
        places[key] = _write(items, plan, writer, key, [places[need] for need in needs])
        stack.pop()
    return places


def _needs(items: list[Expression], plan: Plan, key: tuple[str, int]) -> list[tuple[str, int]]:
    kind, number = key
    if kind == "number" and number in plan.rolled:
        return [("column", plan.rolled[number])]
    name, *rest = items[number] if kind == "number" else plan.columns[number]
    if name in ("input", "const", "data"):
        return []
    if name == "shared":
        return [("number", rest[0])]
    return [(kind, place) for place in (rest[:1] if name == "ipow" else rest)]


def _write(
    items: list[Expression], plan: Plan, writer: "_Writer", key: tuple[str, int], needs: list[int]
) -> int:
    kind, number = key
    name, *rest = items[number] if kind == "number" else plan.columns[number]
    if kind == "number" and number in plan.rolled:
        return writer.reduce(str(name), needs[0])
    match name:
        case "input":
            return int(rest[0])
        case "const":
            return writer.constant(rest[0])
        case "data":
            return writer.column(tuple(rest))
        case "shared":
            return needs[0]
        case "ipow":
            return writer.power(needs[0], int(rest[1]))
        case _ if name in FOLDS:
            total = needs[0]
            for place in needs[1:]:
                total = writer.op(_PAIR[str(name)], total, place)
            return total
        case _:
            return writer.op(str(name), *needs)


class _Writer:
    """Registers in the making, each known once; inputs come first."""

    def __init__(self, inputs: int, lanes: int) -> None:
        self.inputs = inputs
        self.lanes = lanes
        self.items: list[tuple[Any, ...]] = [("input", place) for place in range(inputs)]
        self.wide = [False] * inputs
        self.plus = [False] * inputs
        self._known: dict[tuple[Any, ...], int] = {}

    def constant(self, bits: int) -> int:
        return self._keep(("const", bits), False, bits != bits_of(-0.0))

    def column(self, bits: tuple[int, ...]) -> int:
        if len(set(bits)) == 1:
            return self.constant(bits[0])
        return self._keep(("column", *bits), True, bits_of(-0.0) not in bits)

    def op(self, name: str, *places: int) -> int:
        """An operation: computed where all is constant, left out where it changes nothing."""
        if name in _COMMUTE:
            places = tuple(sorted(places))
        if all(self._is_constant(place) for place in places):
            return self._fold(name, *(self._value(place) for place in places))
        same = self._simpler(name, *places)
        if same is not None:
            return same
        plus = name in _NEVER_MINUS_ZERO or (
            name == "add" and any(self.plus[place] for place in places)
        )
        return self._keep((name, *places), any(self.wide[place] for place in places), plus)

    def power(self, place: int, exponent: int) -> int:
        """A whole power."""
        if self._is_constant(place):
            return self._fold("ipow", self._value(place), exponent)
        if exponent in (0, 1):
            return place if exponent else self.constant(bits_of(1.0))
        if exponent == 2:
            return self.op("square", place)
        return self._keep(("ipow", place, exponent), self.wide[place], exponent % 2 == 0)

    def reduce(self, name: str, place: int) -> int:
        """A column's lanes made one number."""
        if self._is_constant(place):
            column = np.broadcast_to(self._value(place), (self.lanes,))
            return self._fold(name, column)
        if not self.wide[place]:
            # All lanes hold the same number: a product with ones makes a column of it.
            ones = self._keep(("column", *[bits_of(1.0)] * self.lanes), True, True)
            place = self._keep(("mul", place, ones), True, self.plus[place])
        return self._keep((name, place), False, name == "sum")

    def tape(self, outputs: list[int]) -> Tape:
        """The tape of what the outputs need."""
        needed = set(outputs)
        for place in range(len(self.items) - 1, self.inputs - 1, -1):
            if place in needed:
                needed.update(self._arguments(place))
        order = sorted(needed.difference(range(self.inputs)))
        constants = [place for place in order if self.items[place][0] == "const"]
        columns = [place for place in order if self.items[place][0] == "column"]
        rest = [place for place in order if self.items[place][0] not in ("const", "column")]
        number = {place: place for place in range(self.inputs)}
        number.update(
            {place: self.inputs + i for i, place in enumerate([*constants, *columns, *rest])}
        )
        ops: list[tuple[Any, ...]] = []
        for place in rest:
            name, *tail = self.items[place]
            written = [number[argument] for argument in self._arguments(place)]
            ops.append((name, *written, *(tail[1:] if name == "ipow" else ())))
        return Tape(
            self.inputs,
            tuple(value_of(self.items[place][1]) for place in constants),
            tuple(tuple(map(value_of, self.items[place][1:])) for place in columns),
            self.lanes if columns else 1,
            tuple(ops),
            tuple(number[place] for place in outputs),
        )

    def _keep(self, item: tuple[Any, ...], wide: bool, plus: bool) -> int:
        place = self._known.get(item)
        if place is None:
            place = self._known[item] = len(self.items)
            self.items.append(item)
            self.wide.append(wide)
            self.plus.append(plus)
        return place

    def _arguments(self, place: int) -> tuple[int, ...]:
        name, *rest = self.items[place]
        if name in ("input", "const", "column"):
            return ()
        return tuple(rest[:1] if name == "ipow" else rest)

    def _is_constant(self, place: int) -> bool:
        return self.items[place][0] in ("const", "column")

    def _value(self, place: int) -> Any:
        name, *bits = self.items[place]
        if name == "const":
            return np.float64(value_of(bits[0]))
        return np.array([value_of(b) for b in bits])

    def _fold(self, name: str, *values: Any) -> int:
        result = np.asarray(apply(name, *values), np.float64)
        if result.ndim == 0:
            return self.constant(bits_of(float(result)))
        return self.column(tuple(bits_of(value) for value in result.tolist()))

    def _number(self, place: int) -> float | None:
        """The value of a constant number; None for a column and for what depends on inputs."""
        name, *bits = self.items[place]
        return value_of(bits[0]) if name == "const" else None

    def _simpler(self, name: str, *places: int) -> int | None:
        """A register that holds the same number for every float64, or None."""
        if len(places) == 2:
            return self._simpler_pair(name, *places)
        if name in ("neg", "not") and self.items[places[0]][0] == name:
            return int(self.items[places[0]][1])
        if name == "abs" and self.items[places[0]][0] in ("abs", "square", "exp"):
            return places[0]
        if name == "select":
            return self._simpler_choice(*places)
        return None

    def _simpler_choice(self, which: int, yes: int, no: int) -> int | None:
        if yes == no:
            return yes
        chosen = self._number(which)
        if chosen is not None:
            return yes if chosen != 0 else no
        if self.items[which][0] == "not":
            return self.op("select", int(self.items[which][1]), no, yes)
        return None

    def _simpler_pair(self, name: str, a: int, b: int) -> int | None:
        left, right = self._number(a), self._number(b)
        if name in ("add", "mul", "max", "min", "and", "or"):
            for number, other in ((left, b), (right, a)):
                if number is not None:
                    same = self._neutral(name, number, other)
                    if same is not None:
                        return same
            return None
        if name == "sub" and right is not None and bits_of(right) == bits_of(0.0):
            return a
        if name == "div" and right == 1.0:
            return a
        return None

    def _neutral(self, name: str, number: float, other: int) -> int | None:
        match name:
            case "add" if number == 0.0:
                minus = bits_of(number) == bits_of(-0.0)
                return other if minus or self.plus[other] else None
            case "mul" if number == 1.0:
                return other
            case "mul" if number == -1.0:
                return self.op("neg", other)
            case "max" if number == -np.inf:
                return other
            case "min" if number == np.inf:
                return other
            case "and" | "or":
                return other if number == (name == "and") else self.constant(bits_of(number))
            case _:
                return None


assert set(_PAIR) == set(FOLDS) == set(REDUCTIONS), "one pair for each reduction"
