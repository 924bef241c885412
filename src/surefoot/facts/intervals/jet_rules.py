"""How every step carries slope and curvature along: the table of it, and what it is used for."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from surefoot.facts.intervals.choices import SAME
from surefoot.facts.intervals.derivatives import DERIVATIVES
from surefoot.facts.intervals.enclosure import RULES, needs_a_rule, places, real, refuse, type_ends
from surefoot.facts.intervals.intervals import Floats, Intervals
from surefoot.facts.intervals.jet import Frame, Jet, jet
from surefoot.facts.intervals.jet_arrays import (
    dot,
    reduced_extreme,
    reduced_product,
    running,
    sorted_step,
)
from surefoot.facts.intervals.jet_choices import (
    absolute,
    branches,
    clamped,
    converted,
    extreme,
    jump,
    remainder,
    selected,
)
from surefoot.facts.intervals.jet_linear import (
    Rule,
    frame_of,
    linear,
    negated,
    scattered,
    sum_of,
)
from surefoot.facts.intervals.jet_products import (
    angle,
    function,
    integer_power,
    power,
    product_step,
    quotient,
)
from surefoot.program import Graph, Node, Program, Table, walk
from surefoot.program.abstract import abstract_table
from surefoot.program.walk import literals


@lru_cache(maxsize=64)
def table(n: int, second: bool) -> tuple[Frame, Table[Any]]:
    """The table of jets in n variables."""
    frame = Frame(n, second)
    return frame, table_of(frame, JET_RULES)


def table_of(frame: Frame, rules: Mapping[str, Rule]) -> Table[Any]:
    """A table of jets with rules of one's own."""

    def ready(rule: Rule) -> Rule:
        def run(node: Node, *arguments: Any) -> Any:
            # Constants that are rounded are jets without slope.
            known = frame_of(arguments) is not None
            plain = rule is JET_RULES.get(node.primitive) and node.primitive in RULES
            if known and plain and any(type_ends(out.dtype) for out in node.outputs):
                return jump(node, *arguments)  # whole numbers stand still, or jump
            given = arguments if known else [
                a if np.asarray(a).dtype.kind in "iu" else jet(frame, a) for a in arguments
            ]  # fmt: skip
            return rule(node, *given)

        return real(run)

    def inner(graph: Graph, operands: Sequence[Any]) -> list[Any]:
        return walk(graph, made, literals(graph, made), operands)

    made = abstract_table(
        "interval derivatives", {name: ready(rule) for name, rule in rules.items()}, refuse,
        undecided=branches(inner), rounds=needs_a_rule,
    )  # fmt: skip
    return made

JET_RULES: dict[str, Rule] = {
    **dict.fromkeys(DERIVATIVES, function),
    "reduce_sum": linear, "cumsum": linear, "scatter-add": scattered,
    "scatter-sub": scattered, "convert_element_type": converted,
    "add": sum_of, "add_any": sum_of, "sub": sum_of, "neg": lambda node, a: negated(a),
    "mul": product_step, "div": quotient, "pow": power, "integer_pow": integer_power,
    "atan2": angle, "rem": remainder, "abs": absolute, "max": extreme, "min": extreme,
    "clamp": clamped, "select_n": selected, "reduce_max": reduced_extreme,
    "reduce_min": reduced_extreme, "reduce_prod": reduced_product, "cumprod": running,
    "cummax": running, "cummin": running, "sort": sorted_step, "top_k": sorted_step,
    "dot_general": dot,
    **dict.fromkeys(
        ["sign", "floor", "ceil", "round", "lt", "le", "gt", "ge", "eq", "ne", "lt_to", "le_to",
         "eq_to", "and", "or", "xor", "not", "is_finite", "reduce_and", "reduce_or", "argmax",
         "argmin", "integer_div"], jump,
    ),
    **SAME,
}  # fmt: skip
"""Primitive → how it carries derivatives along."""


def enclose_derivatives(
    program: Program, lower: Floats, upper: Floats, *, second: bool = True
) -> list[Jet]:
    """Bounds of the outputs and their derivatives on boxes.

    Args:
        program: the function.
        lower, upper: (boxes, n) ends of the boxes, in the order of the raveled argument.
        second: whether second derivatives are wanted.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    n = lower.shape[1]
    frame, made = table(n, second)
    inputs: list[Jet] = []
    for shape, part in places(program):
        unit = np.eye(n)[None, part]
        value = Intervals(shape, lower[:, part], upper[:, part])
        inputs.append(Jet(frame, value, Intervals(shape, unit, unit)))
    constants = [made.literal(value) for value in program.consts]
    with np.errstate(all="ignore"):
        return [jet(frame, value) for value in walk(program.graph, made, constants, inputs)]
