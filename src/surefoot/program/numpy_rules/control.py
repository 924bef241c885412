"""Rules for branches and loops, written once for every table.

A table says how to read a value as a plain array where it is one (`concrete`), how to take one
slice of a value along its first axis, and how to stack such slices. Loops are then run step by
step: a table's answer about a loop is its answer about the unrolled program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from surefoot.program.graph import Graph, Node
from surefoot.program.walk import Table, literals, walk
from surefoot.terms import UnsupportedError

V = TypeVar("V")
Rule = Callable[..., Any]


@dataclass(frozen=True)
class Control(Generic[V]):
    """What branches and loops need to know of a table.

    Attributes:
        table: the table whose rules the inner programs are walked with.
        concrete: the value as an array, or None where it depends on the argument.
        take: take(value, index) is one slice along the first axis.
        stack: stack(values, shape) puts slices together; `shape` is that of the result.
        undecided: rule for a `cond` whose branch depends on the argument; None refuses.
        longest: loops with more steps than this are refused.
    """

    table: Callable[[], Table[V]]
    concrete: Callable[[V], Any]
    take: Callable[[V, int], V]
    stack: Callable[[Sequence[V], tuple[int, ...]], V]
    undecided: Rule | None = None
    longest: int = 1_000_000

    def rules(self) -> dict[str, Rule]:
        """The rules for the table."""
        return {
            "cond": self._cond,
            "while": self._while,
            "scan": self._scan,
            "custom_linear_solve": self._custom_linear_solve,
            "platform_index": self._platform_index,
        }

    def run(self, graph: Graph, inputs: Sequence[V]) -> list[V]:
        """An inner program walked with the table."""
        table = self.table()
        return walk(graph, table, literals(graph, table), inputs)

    def _refuse(self, node: Node, hint: str) -> UnsupportedError:
        return UnsupportedError(self.table().name, node.primitive, str(node.source), hint)

    def _cond(self, node: Node, index: V, *operands: V) -> Any:
        which = self.concrete(index)
        if which is None:
            if self.undecided is None:
                raise self._refuse(node, "which branch runs depends on the argument")
            return self.undecided(node, index, *operands)
        branch = min(max(int(which), 0), len(node.inner) - 1)
        return tuple(self.run(node.inner[branch], operands))

    def _while(self, node: Node, *operands: V) -> tuple[V, ...]:
        ahead, inside = node.params["cond_nconsts"], node.params["body_nconsts"]
        condition, body = node.inner
        ahead_consts, body_consts = operands[:ahead], operands[ahead : ahead + inside]
        carry = list(operands[ahead + inside :])
        for _ in range(self.longest):
            go_on = self.concrete(self.run(condition, [*ahead_consts, *carry])[0])
            if go_on is None:
                raise self._refuse(node, "how often the loop runs depends on the argument")
            if not bool(go_on):
                return tuple(carry)
            carry = self.run(body, [*body_consts, *carry])
        raise self._refuse(node, f"the loop runs more than {self.longest} times")

    def _scan(self, node: Node, *operands: V) -> tuple[V, ...]:
        params = node.params
        n_consts, n_carry, length = params["num_consts"], params["num_carry"], params["length"]
        if length > self.longest:
            raise self._refuse(node, f"the loop runs more than {self.longest} times")
        consts = operands[:n_consts]
        carry = list(operands[n_consts : n_consts + n_carry])
        sequences = operands[n_consts + n_carry :]
        collected: list[list[V]] = [[] for _ in node.outputs[n_carry:]]
        for step in range(length):
            at = length - 1 - step if params["reverse"] else step
            results = self.run(
                node.inner[0], [*consts, *carry, *(self.take(part, at) for part in sequences)]
            )
            carry = results[:n_carry]
            for place, value in zip(collected, results[n_carry:], strict=True):
                place.append(value)
        if params["reverse"]:
            for place in collected:
                place.reverse()
        stacked = [
            self.stack(place, out.shape)
            for place, out in zip(collected, node.outputs[n_carry:], strict=True)
        ]
        return (*carry, *stacked)

    def _custom_linear_solve(self, node: Node, *operands: V) -> tuple[V, ...]:
        """The step's own `solve` program; the others serve derivatives."""
        lengths, programs = node.params["const_lengths"], node.params["jaxprs"]
        begin = lengths.matvec + lengths.vecmat
        right = sum(lengths)
        solve = Graph.of(programs.solve, node.source)
        return tuple(self.run(solve, [*operands[begin : begin + lengths.solve], *operands[right:]]))

    def _platform_index(self, node: Node) -> V:
        platforms = list(node.params["platforms"])
        chosen = next(
            (i for i, names in enumerate(platforms) if names is None or "cpu" in names), 0
        )
        return self.table().literal(np.asarray(chosen, np.int32))
