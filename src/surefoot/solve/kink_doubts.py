"""Why nothing is proved of the smoothness of a whole program, whatever its switches do."""

import numpy as np

from surefoot.facts.intervals.intervals import of
from surefoot.facts.intervals.nowhere import no_value_met
from surefoot.facts.line import Bounded, steps_on
from surefoot.facts.precision import unlike_real
from surefoot.facts.reached import COMPARISONS
from surefoot.program import Node, Program, Vector
from surefoot.solve.kinks_report import Undecided

_HEARS_NAN = frozenset([*COMPARISONS, "is_finite", "argmax", "argmin", "sort", "top_k", "pow"])
"""Steps that make a number of what has no value: NaN ≠ NaN, NaN⁰ is 1, sorting puts it last."""


def doubt_of(program: Program, lower: Vector, upper: Vector) -> Undecided | None:
    """The reason for which no part of a box is proved to be smooth; None where there is none.

    Raises:
        UnsupportedError: a step has no interval rule, or computes in complex numbers.
    """
    unravel = program.structure.unravel
    why, step, where = "", "", ""
    rounded = unlike_real(program, lower, upper)
    hearing = _hears_nan(program, lower, upper)
    if rounded:
        why = f"the function uses {rounded}, as no real function does"
    elif hearing is not None:
        step, where = hearing.primitive, str(hearing.source)
        why = "it is asked about what has no value in a part of the box, and answers"
    elif no_value_met(program, lower, upper):
        why = "no point of the box was met where the function has a value"
    return Undecided(unravel(lower), unravel(upper), step, where, why) if why else None


def _hears_nan(program: Program, lower: Vector, upper: Vector) -> Node | None:
    def hears(step: Bounded) -> bool:
        if not (step.node.primitive in _HEARS_NAN or _to_the_zero(step.node)):
            return False
        known = [of(a).inside for a in step.arguments if not isinstance(a, np.ndarray)]
        return any(inside is not None and not bool(inside.all()) for inside in known)

    with np.errstate(all="ignore"):
        return next(
            (step.node for step in steps_on(program, lower[None], upper[None]) if hears(step)), None
        )


def _to_the_zero(node: Node) -> bool:
    return node.primitive == "integer_pow" and int(node.params["y"]) == 0
