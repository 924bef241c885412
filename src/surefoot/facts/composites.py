"""Library functions known as a whole: their pieces have corners, the function has none.

A call is taken for such a function only if its body is the one that JAX itself traces for the
same shapes; the name alone proves nothing, since anybody can write a function called `xlogy`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

import jax

from surefoot.program import Graph, Node
from surefoot.program.keys import graph_key


@dataclass(frozen=True)
class Composite:
    """What is known of a library function.

    Attributes:
        name: where it lives; JAX's modules are loaded when a call of that name is met.
        words: its name for people.
        edge: where it is not smooth, at the edge of its domain; empty if smooth everywhere.
        kink: where it has a corner; empty if it has none.
        positive: whether its values are > 0 wherever one of its arguments is a constant ≥ 0.
    """

    name: str
    words: str
    edge: str = ""
    kink: str = ""
    positive: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        module, _, name = self.name.rpartition(".")
        return getattr(import_module(module), name)


_SINGULAR = "where the matrix is singular"

COMPOSITES: Mapping[str, Composite] = {
    "logaddexp": Composite("jax.numpy.logaddexp", "logaddexp", positive=True),
    "logaddexp2": Composite("jax.numpy.logaddexp2", "logaddexp2"),
    "sinc": Composite("jax.numpy.sinc", "sinc"),
    "hypot": Composite("jax.numpy.hypot", "hypot", kink="where both arguments are 0"),
    "xlogy": Composite("jax.scipy.special.xlogy", "xlogy", edge="where its second argument is 0"),
    "xlog1py": Composite("jax.scipy.special.xlog1py", "xlog1py",
                         edge="where its second argument is −1"),
    "log_ndtr": Composite("jax.scipy.special.log_ndtr", "log of the normal distribution function"),
    "det": Composite("jax.numpy.linalg.det", "determinant"),
    "slogdet": Composite("jax.numpy.linalg.slogdet", "log-determinant", edge=_SINGULAR),
    "inv": Composite("jax.numpy.linalg.inv", "inverse", edge=_SINGULAR),
    "solve": Composite("jax.numpy.linalg.solve", "linear solve", edge=_SINGULAR),
    "cholesky": Composite("jax.numpy.linalg.cholesky", "Cholesky factor",
                          edge="where the matrix is no longer positive definite"),
}  # fmt: skip
"""Name of the traced call → what is known of the function."""

_verified: dict[Any, bool] = {}
_bodies_seen: WeakKeyDictionary[Any, dict[Any, bool]] = WeakKeyDictionary()
"""JAX traces a library function once for each shape, and uses the body again."""


def composite(node: Node) -> Composite | None:
    """The library function that a call is, verified by its body; None for any other call."""
    known = COMPOSITES.get(node.label)
    if known is None or not node.is_call:
        return None
    shapes = tuple((atom.shape, atom.dtype) for atom in node.inputs)
    what = (node.label, node.primitive, shapes)
    seen = _bodies_seen.setdefault(node.body, {})
    if what not in seen:
        key = (*what, graph_key(node.inner[0]))
        if key not in _verified:
            _verified[key] = _same_body(node, known)
        seen[what] = _verified[key]
    return known if seen[what] else None


def _same_body(node: Node, known: Composite) -> bool:
    shapes = [jax.ShapeDtypeStruct(atom.shape, atom.dtype) for atom in node.inputs]
    try:
        with jax.enable_x64(True):
            graph = Graph.of(jax.make_jaxpr(known.function)(*shapes))
    except (TypeError, ValueError):
        return False
    wanted = graph_key(node.inner[0])
    return any(graph_key(inner) == wanted for inner in _bodies(graph, node))


def _bodies(graph: Graph, node: Node) -> list[Graph]:
    """The bodies of calls of the same name and kind, anywhere inside."""
    found: list[Graph] = []
    for step in graph.nodes:
        if not step.is_call:
            continue
        if step.label == node.label and step.primitive == node.primitive:
            found.append(step.inner[0])
        found += _bodies(step.inner[0], node)
    return found
