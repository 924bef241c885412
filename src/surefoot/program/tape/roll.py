"""Rows of data made columns: equal computations under a sum, written once.

A loss over m rows is a sum of m expressions that differ in their constants alone. Such expressions
are laid over each other: where all of them have the same operation, so has the column; where all
are the same expression, it is a number that all lanes share; where all are constants, they are a
constant column.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from surefoot.program.tape.expressions import FOLDS, Expression

LEAST_LANES = 4
"""Shorter sums are left as they are."""
_MOST_CHOICES = 6

Column = tuple[Any, ...]
"""("shared", expression number), ("data", bits, …), or (operation, column number, …)."""


@dataclass(frozen=True)
class Plan:
    """Which expressions are computed one by one, and which lane by lane.

    Attributes:
        lanes: the common length of all columns.
        columns: the columns, arguments before those that use them.
        rolled: expression number of a sum (or product, …) → the column that it is taken of.
        cost: operations that this takes.
    """

    lanes: int
    columns: list[Column]
    rolled: dict[int, int]
    cost: int


def best_plan(items: list[Expression], outputs: list[int]) -> Plan:
    """The length of columns that leaves the fewest operations, and what it rolls."""
    plain = _plan(items, outputs, 0)
    saving: Counter[int] = Counter()
    for number in _needed(items, outputs):
        name, *arguments = items[number]
        if name in FOLDS and len(arguments) >= LEAST_LANES:
            saving[len(arguments)] += len(arguments)
    plans = [plain]
    plans += [_plan(items, outputs, lanes) for lanes, _ in saving.most_common(_MOST_CHOICES)]
    return min(plans, key=lambda plan: plan.cost)


def _plan(items: list[Expression], outputs: list[int], lanes: int) -> Plan:
    columns = _Columns(items)
    rolled: dict[int, int] = {}
    cost = 0
    pending = set(outputs)
    for number in range(len(items) - 1, -1, -1):
        if number not in pending:
            continue
        name, *arguments = items[number]
        if name in ("input", "const"):
            continue
        if lanes and name in FOLDS and len(arguments) == lanes:
            column = columns.over(tuple(arguments))
            if column is not None:
                rolled[number] = column
                cost += 1
                pending |= columns.shared_under(column)
                continue
        cost += len(arguments) - 1 if name in FOLDS else 1
        pending.update(arguments[:1] if name == "ipow" else arguments)
    used = columns.under(rolled.values())
    cost += sum(columns.cost(column) for column in used)
    return Plan(lanes, columns.made, rolled, cost)


def _needed(items: list[Expression], outputs: list[int]) -> list[int]:
    """The expressions that the outputs need."""
    pending = set(outputs)
    for number in range(len(items) - 1, -1, -1):
        if number in pending and items[number][0] not in ("input", "const"):
            name, *arguments = items[number]
            pending.update(arguments[:1] if name == "ipow" else arguments)
    return sorted(pending)


class _Columns:
    """Columns over tuples of expressions, each tuple looked at once."""

    def __init__(self, items: list[Expression]) -> None:
        self.items = items
        self.made: list[Column] = []
        self._known: dict[tuple[int, ...], int | None] = {}
        self._seen: set[int] = set()

    def over(self, top: tuple[int, ...]) -> int | None:
        """The column of a tuple of expressions, or None where they do not match."""
        stack = [top]
        while stack:
            lanes = stack[-1]
            if lanes in self._known:
                stack.pop()
                continue
            leaf, parts = self._open(lanes)
            if leaf is not None or parts is None:
                self._known[lanes] = None if leaf is None else self._keep(leaf)
                stack.pop()
                continue
            missing = [part for part in parts if part not in self._known]
            if missing:
                stack.append(missing[0])
                continue
            below = [self._known[part] for part in parts]
            head = self.items[lanes[0]]
            literal = head[2:] if head[0] == "ipow" else ()
            column = None if None in below else self._keep((head[0], *below, *literal))
            self._known[lanes] = column
            stack.pop()
        return self._known[top]

    def _open(
        self, lanes: tuple[int, ...]
    ) -> tuple[Column | None, list[tuple[int, ...]] | None]:
        """A leaf, or the tuples of arguments; neither where the expressions do not match."""
        first = self.items[lanes[0]]
        if len(set(lanes)) == 1:
            return ("shared", lanes[0]), None
        heads = [self.items[number] for number in lanes]
        name = first[0]
        if any(head[0] != name or len(head) != len(first) for head in heads):
            return None, None
        if name == "const":
            return ("data", *(head[1] for head in heads)), None
        if name == "input" or (name == "ipow" and any(head[2] != first[2] for head in heads)):
            return None, None
        places = range(1, 2) if name == "ipow" else range(1, len(first))
        return None, [tuple(head[place] for head in heads) for place in places]

    def _keep(self, column: Column) -> int:
        self.made.append(column)
        return len(self.made) - 1

    def below(self, column: int) -> tuple[int, ...]:
        """The columns that a column is computed from."""
        name, *rest = self.made[column]
        if name in ("shared", "data"):
            return ()
        return tuple(rest[:1] if name == "ipow" else rest)

    def under(self, tops: Any) -> set[int]:
        """Columns and all that they are computed from."""
        found: set[int] = set()
        stack = list(tops)
        while stack:
            column = stack.pop()
            if column not in found:
                found.add(column)
                stack.extend(self.below(column))
        return found

    def shared_under(self, top: int) -> set[int]:
        """The numbers that a column's lanes share, as far as not told before."""
        found: set[int] = set()
        stack = [top]
        while stack:
            column = stack.pop()
            if column in self._seen:
                continue
            self._seen.add(column)
            if self.made[column][0] == "shared":
                found.add(self.made[column][1])
            stack.extend(self.below(column))
        return found

    def cost(self, column: int) -> int:
        """The operations of a column itself."""
        name = self.made[column][0]
        if name in ("shared", "data"):
            return 0
        return len(self.below(column)) - 1 if name in FOLDS else 1
