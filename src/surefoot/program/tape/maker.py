"""From a pure function to its tape."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import jax
import numpy as np

from surefoot.program.graph import Graph
from surefoot.program.tape.emit import emit
from surefoot.program.tape.expressions import Expressions, Registers
from surefoot.program.tape.roll import best_plan
from surefoot.program.tape.rules import table_for
from surefoot.program.tape.tape import MOST_NUMBERS, MOST_OPS, MOST_WORK, NotOnTape, Tape
from surefoot.program.trace import Program
from surefoot.program.walk import walk
from surefoot.terms import UnsupportedError

Size = Any
"""An integer n for a vector of n, a tuple for an array of that shape, or a ShapeDtypeStruct."""


def tape_of(function: Callable[..., Any], sizes: Sequence[Size]) -> Tape:
    """The tape of a pure function written in jax.numpy, traced in float64.

    Args:
        function: takes one argument for each size and returns a pytree of arrays.
        sizes: the shape of each argument: `()` a number, `n` a vector of n, a tuple of sizes, or
            a `jax.ShapeDtypeStruct` where it is an array of whole numbers.

    Returns:
        the tape whose inputs are the arguments, raveled and laid end to end, and whose outputs
        are the leaves of the result, raveled and laid end to end.

    Raises:
        NotOnTape: a step that no straight list of float64 operations computes, or too many.
    """
    examples = [_example(size) for size in sizes]
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(function)(*examples)
    graph = Graph.of(closed)
    return _tape_of_graph(graph, graph.values, [example.shape for example in examples])


def tape_of_program(program: Program) -> Tape:
    """The tape of a program's outputs at its flat vector.

    Raises:
        NotOnTape: as for `tape_of`; it names the user's line.
    """
    shapes = [leaf.shape for leaf in program.structure.leaves]
    return _tape_of_graph(program.graph, program.consts, shapes)


def _tape_of_graph(graph: Graph, consts: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Tape:
    owner = Expressions()
    arguments: list[Registers] = []
    inputs = 0
    for shape in shapes:
        size = prod(shape)
        numbers = [owner.make("input", inputs + i) for i in range(size)]
        arguments.append(Registers(owner, shape, numbers))
        inputs += size
    table = table_for(owner)
    try:
        results = walk(graph, table, [table.literal(value) for value in consts], arguments)
    except NotOnTape:
        raise
    except UnsupportedError as error:
        raise NotOnTape(_words(error), error.primitive, error.where) from error
    outputs: list[int] = []
    for value in results:
        numbers = value.numbers if isinstance(value, Registers) else owner.constants(value)
        outputs.extend(numbers.tolist())
    tape = emit(owner.items, inputs, outputs, best_plan(owner.items, outputs))
    _check_size(tape)
    return tape


def _example(size: Size) -> Any:
    if isinstance(size, jax.ShapeDtypeStruct):
        return size
    shape = (int(size),) if isinstance(size, int | np.integer) else tuple(size)
    return jax.ShapeDtypeStruct(shape, np.dtype(np.float64))


def _words(error: UnsupportedError) -> str:
    """The walker's own refusals (loops), in the words of this table."""
    reason = str(error).partition("; ")[2] or "a tape has no operation for it"
    return f"a tape cannot carry the step '{error.primitive}' at {error.where}: {reason}"


def _check_size(tape: Tape) -> None:
    numbers = len(tape.constants) + sum(len(column) for column in tape.columns)
    for found, most, what in (
        (len(tape.ops), MOST_OPS, "operations"),
        (tape.work, MOST_WORK, "operations counted once for each row of data"),
        (numbers, MOST_NUMBERS, "constants"),
    ):
        if found > most:
            raise NotOnTape(
                f"the tape of this function has {found} {what}; at most {most} are carried, so "
                "that the page keeps up with a drag"
            )
