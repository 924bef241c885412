"""Where the program is not the real function that is proved of.

Interval rules bound the real function of the program's float64 numbers. They pass over a conversion
to float32, and no real number overflows: what is proved of that function is then not said of the
one that is computed.
"""

from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.narrowed import narrow, narrowed
from surefoot.facts.overflow import overflow_heard
from surefoot.program import Literal, Program


def unlike_real(program: Program, lower: Floats | None, upper: Floats | None) -> str:
    """What makes of a program another function than the real one, in words; "" if nothing does.

    Args:
        lower, upper: (n,) ends of the box that is spoken of; None for everywhere.
    """
    return fewer_digits(program) or overflow_heard(program, lower, upper)


def fewer_digits(program: Program) -> str:
    """The first step or constant of less than float64's precision, in words; "" if none is."""
    for rounded in narrowed(program):
        return f"a step that is {rounded}"
    for array in program.consts:
        if narrow(getattr(array, "dtype", None)):
            return f"an array of {array.dtype} that the function uses"
    for node in program.graph.every_node():
        for part in (*node.outputs, *node.inputs):
            if narrow(part.dtype):
                what = "a constant" if isinstance(part, Literal) else "a step"
                return f"{what} in {part.dtype} ({node.primitive}, {node.source})"
    return ""
