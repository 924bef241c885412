"""From an ordinary function to a graph of its steps; the only room that touches jax.extend."""

from surefoot.program.captured import name_of
from surefoot.program.evaluate import evaluate
from surefoot.program.graph import Graph, Literal, Node, Var
from surefoot.program.modes import (
    has_open_loop,
    hessian,
    hessian_vector,
    holds_reverse_only,
    is_reverse_only,
    require_a_mode,
    with_reverse_mode,
)
from surefoot.program.reads import read_or_new
from surefoot.program.sources import Source, definition_of, span
from surefoot.program.structure import Leaf, Structure, Vector, as_argument, numbers, real_array
from surefoot.program.trace import Program, require_function, trace
from surefoot.program.walk import Table, literals, walk

__all__ = [
    "Graph",
    "Leaf",
    "Literal",
    "Node",
    "Program",
    "Source",
    "Structure",
    "Table",
    "Var",
    "Vector",
    "as_argument",
    "definition_of",
    "evaluate",
    "has_open_loop",
    "hessian",
    "hessian_vector",
    "holds_reverse_only",
    "is_reverse_only",
    "literals",
    "name_of",
    "numbers",
    "read_or_new",
    "real_array",
    "require_a_mode",
    "require_function",
    "span",
    "trace",
    "walk",
    "with_reverse_mode",
]
