"""Bounds of a program's outputs on many boxes in one walk; NumPy only, no compile.

Every rule encloses the real function with the program's float64 literals: a constant that the
program computes in floating point, as sin(1), is bounded as well. Steps without a rule are refused
by name and line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np

from surefoot.facts.cards import REFUSED
from surefoot.facts.constants import needs_a_rule
from surefoot.facts.intervals.arithmetic import ARITHMETIC
from surefoot.facts.intervals.choices import branches, choices, on_truths
from surefoot.facts.intervals.functions import FUNCTION_RULES
from surefoot.facts.intervals.intervals import Floats, Intervals, of
from surefoot.facts.intervals.reductions import REDUCTIONS, reduce_truth
from surefoot.program import Graph, Node, Program, Table, walk
from surefoot.program.abstract import abstract_table
from surefoot.program.walk import literals
from surefoot.terms import UnsupportedError


def refuse(node: Node, *arguments: Any) -> Any:
    """No rule: say which step, where, and why where that is known."""
    raise UnsupportedError(
        "interval bounds", node.primitive, str(node.source), REFUSED.get(node.primitive, "")
    )


@cache
def type_ends(dtype: Any) -> tuple[int, int] | None:
    """The least and the largest number of a type of whole numbers; None for other types."""
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iu":
        return None
    ends = np.iinfo(dtype)
    return int(ends.min), int(ends.max)


def real(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule where the step's numbers are real; complex ones have no bounds here."""

    def run(node: Node, *arguments: Any) -> Any:
        if node.is_complex:
            raise UnsupportedError(
                "interval bounds", node.primitive, str(node.source), "its numbers are complex"
            )
        return rule(node, *arguments)

    return run


def real_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """All of them."""
    return {name: real(rule) for name, rule in rules.items()}


def in_its_type(
    rule: Callable[..., Any], wrapped: Callable[[Any, int, int], Any]
) -> Callable[..., Any]:
    """The rule of a step, whose whole numbers wrap round where their type ends.

    Args:
        wrapped: (bounds, least, largest) -> bounds that hold after wrapping.
    """

    def run(node: Node, *arguments: Any) -> Any:
        found = rule(node, *arguments)
        if not isinstance(found, tuple):
            return in_one(found, node.outputs[0].dtype)
        return tuple(in_one(a, out.dtype) for a, out in zip(found, node.outputs, strict=True))

    def in_one(value: Any, dtype: Any) -> Any:
        ends = type_ends(dtype)
        return value if ends is None else wrapped(value, *ends)

    return run


def _wrapped(value: Any, least: int, largest: int) -> Any:
    if not isinstance(value, Intervals):
        return value
    # 2⁶³ − 1 rounds to 2⁶³, which is one too many.
    top = float(largest)
    top = top if top == largest else np.nextafter(top, 0.0)
    wraps = (value.lower < float(least)) | (value.upper > top)
    if not wraps.any():
        return value
    lower = np.where(wraps, float(least), value.lower)
    upper = np.where(wraps, float(largest), value.upper)
    return Intervals(value.shape, lower, upper, value.inside)


def _run(graph: Graph, operands: Sequence[Any]) -> list[Any]:
    return walk(graph, TABLE, literals(graph, TABLE), operands)


_BASIC: dict[str, Any] = {
    **ARITHMETIC, **FUNCTION_RULES, **choices(refuse), **REDUCTIONS,
    "reduce_and": on_truths(reduce_truth, refuse), "reduce_or": on_truths(reduce_truth, refuse),
}  # fmt: skip
RULES: dict[str, Any] = {name: in_its_type(rule, _wrapped) for name, rule in _BASIC.items()}
"""Primitive → interval rule; steps that move elements need none."""

TABLE: Table[Any] = abstract_table(
    "interval bounds", real_rules(RULES), refuse, undecided=branches(_run), rounds=needs_a_rule
)


def places(program: Program) -> Iterator[tuple[tuple[int, ...], slice]]:
    """The shape of each input of a program, and where it lies in the raveled argument."""
    start = 0
    for var in program.graph.inputs:
        end = start + prod(var.shape)
        yield tuple(var.shape), slice(start, end)
        start = end


def inputs_on(program: Program, lower: Floats, upper: Floats) -> list[Intervals]:
    """The inputs of a program on boxes (boxes, n)."""
    return [
        Intervals(shape, lower[:, part], upper[:, part]) for shape, part in places(program)
    ]


def enclose(program: Program, lower: Floats, upper: Floats) -> list[Intervals]:
    """Bounds of the outputs on boxes.

    Args:
        program: the function.
        lower, upper: (boxes, n) ends of the boxes, in the order of the raveled argument.

    Returns:
        for each output its bounds, (boxes or 1, size).

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    inputs = inputs_on(program, lower, upper)
    constants = [TABLE.literal(value) for value in program.consts]
    with np.errstate(all="ignore"):
        return [of(value) for value in walk(program.graph, TABLE, constants, inputs)]
