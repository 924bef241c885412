"""Steps that ask whether a number has overflown, which no real number does.

`isfinite(exp(800x))` is true of every real x, and false in float64 from x = 0.89 on: a proof about
real numbers says nothing of a program that branches on it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.facts.intervals.enclosure import TABLE, inputs_on
from surefoot.facts.intervals.intervals import Floats, of
from surefoot.program import Literal, Node, Program, walk
from surefoot.program.abstract import Dependent
from surefoot.terms import UnsupportedError

WIDE = 1e150
"""So far out an argument without bounds is looked at: its square is still a number."""
_ORDERS = frozenset(["eq", "ne", "lt", "le", "gt", "ge"])


def overflow_heard(program: Program, lower: Floats | None, upper: Floats | None) -> str:
    """The first step that asks about a number which may overflow on a box, in words; "" if none.

    Args:
        lower, upper: (n,) ends of the box; None for everywhere.
    """
    if not any(map(_may_ask, program.graph.every_node())):
        return ""
    size = program.structure.size
    low = np.full(size, -WIDE) if lower is None else np.maximum(lower, -WIDE)
    high = np.full(size, WIDE) if upper is None else np.minimum(upper, WIDE)
    heard: list[Node] = []

    def watch(node: Node, arguments: Sequence[Any], results: Sequence[Any]) -> None:
        del results
        if not heard and _may_ask(node) and any(map(_may_overflow, arguments)):
            heard.append(node)

    inputs = inputs_on(program, low[None], high[None])
    try:
        with np.errstate(all="ignore"):
            walk(program.graph, TABLE, [TABLE.literal(c) for c in program.consts], inputs, watch)
    except UnsupportedError:
        if not heard:
            return ""
    if not heard:
        return ""
    return f"a test for overflow ({heard[0].primitive}, {heard[0].source}) that may come true"


def _may_ask(node: Node) -> bool:
    """isfinite(a), isnan(a) as a ≠ a, isinf(a) as |a| = ∞."""
    if node.primitive == "is_finite":
        return True
    if node.primitive not in _ORDERS:
        return False
    one, two = node.inputs
    return one is two or any(
        isinstance(part, Literal) and bool(np.isinf(part.value).any()) for part in (one, two)
    )


def _may_overflow(argument: Any) -> bool:
    if not isinstance(argument, Dependent):
        return False
    bounds = of(argument)
    return not bool(np.isfinite(bounds.lower).all() and np.isfinite(bounds.upper).all())
