"""Where a function rounds its argument, or what it makes of it, to fewer digits than float64 has.

A cast to float32 in the middle of a function makes it a staircase: level over the width of a last
digit of float32, and then a step. Its slopes, as JAX has them, are those of the ramp that the
stairs follow, so what they say is not said of the function.

Followed is which numbers are made from the argument, through calls, branches and loops. Data of
few digits are no rounding: they are converted up before they meet the argument. Comparisons and
whole numbers cut the thread: what they do is a jump, which the smoothness of a function reports.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from surefoot.program import Graph, Node, Program

_BITS, _EXPONENT = 52, 11


def narrowed(program: Program) -> tuple[str, ...]:
    """The roundings to less than double precision on the way from the argument to the value.

    Returns:
        one for each step that rounds, e.g. "rounded to float32 at loss.py:12"; empty where
        everything that depends on the argument is float64.
    """
    found: dict[str, None] = {}
    graph = program.graph
    if _has_few_digits(graph):
        _follow(graph, [True] * len(graph.inputs), [False] * len(graph.consts), found)
    return tuple(found)


def _has_few_digits(graph: Graph) -> bool:
    """Whether any step makes numbers of few digits, from whatever: mostly none does."""
    return any(
        node.primitive == "reduce_precision"
        or any(narrow(out.dtype) for out in node.outputs)
        for node in graph.every_node()
    )


@cache
def narrow(dtype: Any) -> bool:
    """Whether a type holds real numbers with fewer digits than float64."""
    # By name: float16 is of NumPy's kind "f", bfloat16 and the 8-bit types are not.
    name = str(dtype)
    return "float" in name and name != "float64"


@cache
def _real(dtype: Any) -> bool:
    return "float" in str(dtype) or "complex" in str(dtype)


def _follow(
    graph: Graph, inputs: Sequence[bool], consts: Sequence[bool], found: dict[str, None]
) -> list[bool]:
    """Which outputs are made from the argument; what rounds on the way is added to `found`."""
    moves = dict(zip(graph.inputs, inputs, strict=True))
    moves.update(zip(graph.consts, consts, strict=True))

    def read(atom: Any) -> bool:
        return moves.get(atom, False)

    for node in graph.nodes:
        arguments = [read(atom) for atom in node.inputs]
        if node.inner and any(arguments):
            results = _inside(node, arguments, found)
        else:
            results = [any(arguments)] * len(node.outputs)
            if any(arguments):
                _note(node, arguments, found)
        for out, moved in zip(node.outputs, results, strict=True):
            moves[out] = moved and _real(out.dtype)
    return [read(atom) for atom in graph.outputs]


def _note(node: Node, arguments: Sequence[bool], found: dict[str, None]) -> None:
    if node.primitive == "reduce_precision":
        kept, exponent = int(node.params["mantissa_bits"]), int(node.params["exponent_bits"])
        if kept < _BITS or exponent < _EXPONENT:
            found[f"rounded to {kept + 1} binary digits at {node.source}"] = None
        return
    made = next((out.dtype for out in node.outputs if narrow(out.dtype)), None)
    # What is already narrow was rounded, and named, before.
    wider = any(
        moved and not narrow(atom.dtype)
        for atom, moved in zip(node.inputs, arguments, strict=True)
    )
    if made is not None and wider:
        found[f"rounded to {made} at {node.source}"] = None


def _inside(node: Node, arguments: list[bool], found: dict[str, None]) -> list[bool]:
    """The same through a call, the branches of a cond, or the turns of a loop."""
    if node.is_call:
        body = node.inner[0]
        return _follow(body, arguments, [False] * len(body.consts), found)
    if node.primitive == "cond":
        ways = [_follow(body, arguments[1:], [False] * len(body.consts), found)
                for body in node.inner]  # fmt: skip
        return [any(way[k] for way in ways) for k in range(len(node.outputs))]
    if node.primitive == "scan":
        ahead, carried = int(node.params["num_consts"]), int(node.params["num_carry"])
        return _turns(node.inner[0], arguments, ahead, carried, found)
    if node.primitive == "while":
        skipped, ahead = int(node.params["cond_nconsts"]), int(node.params["body_nconsts"])
        carried = len(arguments) - skipped - ahead
        return _turns(node.inner[1], arguments[skipped:], ahead, carried, found)
    for body in node.inner:
        _follow(body, [True] * len(body.inputs), [False] * len(body.consts), found)
    return [True] * len(node.outputs)


def _turns(
    body: Graph, arguments: list[bool], ahead: int, carried: int, found: dict[str, None]
) -> list[bool]:
    """A loop's body, gone through until no more of what it carries is found to move."""
    now = list(arguments)
    while True:
        results = _follow(body, now, [False] * len(body.consts), found)
        more = [
            known or moved
            for known, moved in zip(now[ahead : ahead + carried], results, strict=False)
        ]
        if more == now[ahead : ahead + carried]:
            return results
        now[ahead : ahead + carried] = more
