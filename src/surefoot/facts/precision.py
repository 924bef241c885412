"""Steps and constants that have fewer digits than float64: there the program is no real function.

Interval rules bound the real function of the program's float64 numbers, and pass over a conversion
to float32. What is proved of that function is then not said of the one that is computed.
"""

from collections.abc import Iterator

from surefoot.facts.narrowed import narrow, narrowed
from surefoot.program import Graph, Literal, Node, Program


def fewer_digits(program: Program) -> str:
    """The first step or constant of less than float64's precision, in words; "" if none is."""
    for rounded in narrowed(program):
        return f"a step that is {rounded}"
    for array in program.consts:
        if narrow(getattr(array, "dtype", None)):
            return f"an array of {array.dtype} that the function uses"
    for node in _steps(program.graph):
        for part in (*node.outputs, *node.inputs):
            if narrow(part.dtype):
                what = "a constant" if isinstance(part, Literal) else "a step"
                return f"{what} in {part.dtype} ({node.primitive}, {node.source})"
    return ""


def _steps(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes:
        yield node
        for inner in node.inner:
            yield from _steps(inner)
