"""A sum of polynomials of degree two and of other functions: each kind is asked about by itself.

    f = q + Σ ± gₖ        ∇²q has one sign, in fractions, and every ± gₖ bends so, step by step

x² + 2xy + y² + exp(x) is convex, but xy is not by itself, and bounds of the whole
Hessian, which is singular where exp(x) is 0, end at a rounding below 0.
"""

from collections.abc import Iterator
from typing import Any

from surefoot.facts.curvature.analysis import by_steps
from surefoot.facts.curvature.exact import MOST, hessian, signs
from surefoot.facts.degree import degree
from surefoot.facts.intervals.intervals import Floats
from surefoot.program import Graph, Literal, Program
from surefoot.terms import UnsupportedError

PASSED = ("copy", "copy_p", "reshape", "squeeze", "stop_gradient")


def bends_by_summands(program: Program, lower: Floats, upper: Floats) -> tuple[bool, bool]:
    """Whether a program's one number is shown to be (convex, concave) by its summands."""
    if program.structure.size > MOST:
        return False, False
    squares: list[tuple[int, Program]] = []
    others: list[tuple[int, Program]] = []
    for sign, part in _summands(program):
        known = degree(part)
        (squares if known.proved and known.at_most(2) else others).append((sign, part))
    if not squares or not others:
        return False, False
    up, down = _others_bend(others, lower, upper)
    if not (up or down):
        return False, False
    # Fractions take longest, and come last.
    total: Any = 0
    for sign, part in squares:
        matrix = hessian(part)
        if matrix is None:
            return False, False
        total = total + (matrix if sign > 0 else -matrix)
    negative, positive = signs(total)
    return up and negative == 0, down and positive == 0


def _others_bend(
    others: list[tuple[int, Program]], lower: Floats, upper: Floats
) -> tuple[bool, bool]:
    up = down = True
    for sign, part in others:
        try:
            form = by_steps(part, lower, upper)[0]
        except UnsupportedError:
            return False, False
        bends = bool(form.convex.all()), bool(form.concave.all())
        convex, concave = bends if sign > 0 else bends[::-1]
        up, down = up and convex, down and concave
    return up, down


def _summands(program: Program) -> Iterator[tuple[int, Program]]:
    """The parts that the number is a sum or difference of, as programs of their own."""
    graph = program.graph
    maker = {out: node for node in graph.nodes for out in node.outputs}
    waiting: list[tuple[int, Any]] = [(1, graph.outputs[0])]
    while waiting:
        sign, atom = waiting.pop()
        node = None if isinstance(atom, Literal) else maker.get(atom)
        if node is None and (isinstance(atom, Literal) or atom in graph.consts):
            continue
        name = "" if node is None else node.primitive
        scalar = node is not None and all(part.shape == () for part in node.inputs)
        if node is not None and scalar and name in ("add", "add_any", "sub"):
            one, two = node.inputs
            waiting += [(sign, one), (-sign if name == "sub" else sign, two)]
        elif node is not None and scalar and name in ("neg", *PASSED):
            waiting.append((-sign if name == "neg" else sign, node.inputs[0]))
        else:
            yield sign, _ending_at(program, atom)


def _ending_at(program: Program, output: Any) -> Program:
    """The steps that a value of the program needs."""
    graph = program.graph
    needed, nodes = {output}, []
    for node in reversed(graph.nodes):
        if any(out in needed for out in node.outputs):
            nodes.append(node)
            needed.update(atom for atom in node.inputs if not isinstance(atom, Literal))
    own = Graph(graph.inputs, graph.consts, graph.values, tuple(nodes[::-1]), (output,))
    made = Program(program.name, program.structure, own, program.output, program.function)
    made.consts = program.consts
    return made
