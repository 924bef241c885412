"""The one walker: every question about a program is a table of rules that it is walked with."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from surefoot.program.graph import Graph, Literal, Node, Var
from surefoot.terms import UnsupportedError

V = TypeVar("V")


def _enter_calls(node: Node) -> bool:
    return False


@dataclass(frozen=True)
class Table(Generic[V]):
    """One interpretation of programs.

    Attributes:
        name: what is asked, for messages, e.g. "degree".
        rules: primitive → rule(node, *values) → the value of its output (a tuple for several).
        literal: the value of a constant array.
        default: the rule for primitives that have none; without one they are refused by name
            and source line, so that nothing unknown is ever passed through.
        whole: whether a call (`jit`, `custom_jvp_call`, …) is handed to a rule instead of entered.
        effects: whether steps that give nothing (`jax.debug.print`) are run: they are no part of
            what a program computes.
    """

    name: str
    rules: Mapping[str, Callable[..., Any]]
    literal: Callable[[Any], V]
    default: Callable[..., Any] | None = None
    whole: Callable[[Node], bool] = _enter_calls
    effects: bool = False


Watch = Callable[[Node, Sequence[V], Sequence[V]], None]

_watched: ContextVar[tuple[Table[Any], Watch[Any]] | None] = ContextVar("watched", default=None)
"""The watched walk that runs: what its rules walk with the same table is a part of it."""


def walk(
    graph: Graph,
    table: Table[V],
    consts: Sequence[V],
    inputs: Sequence[V],
    watch: Watch[V] | None = None,
) -> list[V]:
    """The values of the graph's outputs under an interpretation.

    Args:
        graph: the program.
        table: the interpretation.
        consts: values of `graph.consts` (see `literals` for the plain ones).
        inputs: values of `graph.inputs`.
        watch: called as watch(node, arguments, results) after every step, inside of calls, of
            loops (each time around) and of branches that may be taken too.

    Raises:
        UnsupportedError: a primitive has no rule.
    """
    assert len(consts) == len(graph.consts), "one value for each constant"
    assert len(inputs) == len(graph.inputs), "one value for each input"
    if watch is None:
        around = _watched.get()
        if around is not None and around[0] is table:
            watch = around[1]
        return _walk(graph, table, consts, inputs, watch)
    token = _watched.set((table, watch))
    try:
        return _walk(graph, table, consts, inputs, watch)
    finally:
        _watched.reset(token)


def _walk(
    graph: Graph,
    table: Table[V],
    consts: Sequence[V],
    inputs: Sequence[V],
    watch: Watch[V] | None,
) -> list[V]:
    values: dict[Var, V] = dict(zip(graph.consts, consts, strict=True))
    values.update(zip(graph.inputs, inputs, strict=True))

    def read(atom: Var | Literal) -> V:
        return table.literal(atom.value) if isinstance(atom, Literal) else values[atom]

    for node in graph.nodes:
        if not (node.outputs or table.effects):
            continue
        arguments = [read(atom) for atom in node.inputs]
        if node.is_call and not table.whole(node):
            body = node.inner[0]
            results: Sequence[V] = _walk(body, table, literals(body, table), arguments, watch)
        else:
            results = _apply(table, node, arguments)
        if watch is not None:
            watch(node, arguments, results)
        values.update(zip(node.outputs, results, strict=True))
    return [read(atom) for atom in graph.outputs]


def literals(graph: Graph, table: Table[V]) -> list[V]:
    """A graph's own constants as values of an interpretation."""
    return [table.literal(value) for value in graph.values]


def _apply(table: Table[V], node: Node, arguments: Sequence[V]) -> Sequence[V]:
    rule = table.rules.get(node.primitive, table.default)
    if rule is None:
        raise UnsupportedError(table.name, node.primitive, str(node.source))
    result = rule(node, *arguments)
    return result if isinstance(result, tuple) else (result,)
