"""Where a function may not be smooth, and what that means for somebody who descends it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from surefoot.facts.cards import Smooth
from surefoot.facts.composites import composite
from surefoot.facts.constants import moved_off, needs_a_rule
from surefoot.facts.corners import Corner, Place, of, union
from surefoot.facts.remembered import remembered
from surefoot.facts.smooth_choices import choose
from surefoot.facts.smooth_rules import RULES, unknown
from surefoot.program import Node, Program, Table, literals, walk
from surefoot.program.abstract import abstract_table, depends
from surefoot.terms import UnsupportedError


class SmoothnessKind(Enum):
    """What can be said of a function's smoothness from its steps."""

    SMOOTH = "smooth wherever it is defined"
    KINKED = "continuous, with corners"
    JUMPS = "with jumps"
    UNKNOWN = "with switches whose sides may or may not meet smoothly"


@dataclass(frozen=True)
class Smoothness:
    """Where a function may not be smooth.

    SMOOTH is a claim about every point inside the domain. The other kinds name steps that can
    break smoothness; whether they do at a given point is for numbers to show (`near_switches`,
    one-sided slopes).

    Attributes:
        kind: the worst kind among the places that reach the output.
        places: those places, e.g. "abs at loss.py:3".
        edges: ends of the domain: divisions, logarithms, roots of what may be 0.
        zero_gradient: whether the output depends on x through jumping steps alone.
        why: a sentence.
    """

    kind: SmoothnessKind
    places: tuple[Place, ...] = ()
    edges: tuple[Place, ...] = ()
    zero_gradient: bool = False
    why: str = ""


_ORDER = {Smooth.JUMP: 0, Smooth.KINK: 1, Smooth.BRANCH: 2}
_KINDS = {
    Smooth.JUMP: SmoothnessKind.JUMPS,
    Smooth.KINK: SmoothnessKind.KINKED,
    Smooth.BRANCH: SmoothnessKind.UNKNOWN,
}

def _branch(node: Node, which: Any, *operands: Any) -> Any:
    """A branch that depends on x: both sides are followed, then chosen between."""
    sides = [walk(g, _table, literals(g, _table), operands) for g in node.inner]
    return tuple(
        choose(node, out.shape, of(which), cases)
        for out, cases in zip(node.outputs, zip(*sides, strict=True), strict=True)
    )


def _unless_constant(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule; of constants, what a corner is multiplied by is 0 only where that is sure."""

    def run(node: Node, *arguments: Any) -> Any:
        if any(map(depends, arguments)):
            return rule(node, *arguments)
        return moved_off(node, arguments)

    return run


_table: Table[Any] = abstract_table(
    "smoothness",
    {name: _unless_constant(rule) for name, rule in RULES.items()},
    _unless_constant(unknown),
    undecided=_branch,
    whole=lambda node: composite(node) is not None,
    rounds=needs_a_rule,
    strict=True,
)


def smoothness(program: Program) -> Smoothness:
    """Where a program may not be smooth, from its steps alone.

    Corners that cancel are not reported: the shift in logsumexp and softmax, |x|², ‖r‖², guards
    against NaN. Library functions that are smooth although their pieces are not (softplus,
    logaddexp, sinc, xlogy, …) are recognised by their bodies.
    """
    found = _known.get(program)
    if found is None:
        found = remembered("smoothness", program, _smoothness, _blames_nothing)
        _known[program] = found
    return found


def has_values_everywhere(program: Program) -> bool:
    """Whether only an overflow can make a value of it that is not finite: every step is smooth at
    every point, so that there is neither an edge of a domain nor a branch that is set to ∞."""
    return _blames_nothing(smoothness(program))


def _blames_nothing(found: Smoothness) -> bool:
    return found.kind is SmoothnessKind.SMOOTH and not found.edges


_known: WeakKeyDictionary[Program, Smoothness] = WeakKeyDictionary()
"""Asked of one program by the planner and again by every verdict."""


def _smoothness(program: Program) -> Smoothness:
    inputs = [Corner(var.shape) for var in program.graph.inputs]
    constants = [_table.literal(value) for value in program.consts]
    try:
        outputs = [of(value) for value in walk(program.graph, _table, constants, inputs)]
    except UnsupportedError as error:
        return Smoothness(SmoothnessKind.UNKNOWN, why=f"not known: {error}")
    found = union(output.all_places for output in outputs)
    places = tuple(p for p in found if p.kind in _ORDER)
    edges = tuple(p for p in found if p.kind is Smooth.INSIDE)
    zero = bool(places) and not any(output.varies for output in outputs)
    if not places:
        where = " where it is defined" if edges else ""
        return Smoothness(SmoothnessKind.SMOOTH, (), edges, why=f"every step is smooth{where}")
    worst = min(places, key=lambda p: _ORDER[p.kind])
    kind = _KINDS[worst.kind]
    return Smoothness(kind, places, edges, zero, _sentence(kind, places, zero))


def _sentence(kind: SmoothnessKind, places: tuple[Place, ...], zero: bool) -> str:
    named = ", ".join(p.words for p in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    if zero:
        return (
            f"the result depends on the argument only through {named}{more}: its gradient is zero "
            "almost everywhere, so descent cannot see which way is down"
        )
    return f"{kind.value}: {named}{more}"
