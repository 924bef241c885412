"""When two programs are the same: the key of a graph, for caches of compiled code."""

import sys
from collections.abc import Mapping
from functools import cache
from types import FunctionType
from typing import Any

import jax
import jax.extend.core as jex
import numpy as np

from surefoot.program.evaluate import evaluate
from surefoot.program.graph import Graph, Literal, Node, Var
from surefoot.program.sources import is_users

_NAMES = frozenset({"ctx_mesh", "name"})
_RULE_DEPTH = 2  # a rule usually calls its own function: value, slope and curvature are compared


def graph_key(graph: Graph, depth: int = 0) -> Any:
    """A hashable that two graphs share only if they compute the same thing the same way.

    Steps are compared in order, with variables numbered as they appear; shapes, static
    parameters, written constants and custom derivative rules all count. The values of captured
    arrays do not: they are arguments of the compiled code.
    """
    numbers: dict[Var, int] = {}
    head = tuple(_number(variable, numbers) for variable in (*graph.consts, *graph.inputs))
    steps = tuple(
        (
            node.primitive,
            _read(node.inputs, numbers),
            tuple(_number(variable, numbers) for variable in node.outputs),
            _params_key(node, depth),
        )
        for node in graph.nodes
    )
    return (head, steps, _read(graph.outputs, numbers))


def _number(variable: Var, numbers: dict[Var, int]) -> Any:
    return (numbers.setdefault(variable, len(numbers)), variable.shape, _name(variable.dtype))


@cache
def _name(dtype: Any) -> str:
    return str(dtype)


def _read(atoms: tuple[Var | Literal, ...], numbers: Mapping[Var, int]) -> Any:
    return tuple(
        (atom.value.tobytes(), atom.shape, atom.dtype.name)
        if isinstance(atom, Literal)
        else numbers[atom]
        for atom in atoms
    )


def _params_key(node: Node, depth: int) -> Any:
    if node.has_own_rule:
        return (_inner_key(node, depth), _rule_key(node, depth))
    plain = {name: value for name, value in node.params.items() if name not in _NAMES}
    return tuple((name, _value_key(value, depth)) for name, value in sorted(plain.items()))


def _inner_key(node: Node, depth: int) -> Any:
    return tuple((graph_key(inner, depth), _constants_key(inner)) for inner in node.inner)


def _constants_key(graph: Graph) -> Any:
    return tuple((np.shape(v), np.asarray(v).tobytes()) for v in graph.values)


def _rule_key(node: Node, depth: int) -> Any:
    """What tells one custom derivative rule from another.

    A rule that a library defines at module level is known by its place. Anything else may close
    over anything, as what `defjvps` and `custom_gradient` make of a user's rules does, so the
    derivative itself is traced and compared (about a millisecond).
    """
    rule = node.params.get("jvp_jaxpr_fun") or node.params.get("bwd")
    info = getattr(getattr(rule, "debug_info", None), "func_src_info", "") or ""
    _, _, place = info.partition(" at ")
    file, _, line = place.rpartition(":")
    if place and (depth >= _RULE_DEPTH or (not is_users(file) and int(line) in _own_lines(file))):
        return info
    shapes = [jax.ShapeDtypeStruct(atom.shape, atom.dtype) for atom in node.inputs]
    whole = evaluate.rules.get(node.primitive, evaluate.default)
    assert whole is not None

    def derivative(*arguments: Any) -> Any:
        value, pull = jax.vjp(lambda *a: whole(node, *a), *arguments)
        return pull(value)

    try:
        with jax.enable_x64(True):
            traced = Graph.of(jax.make_jaxpr(derivative)(*shapes))
        return (graph_key(traced, depth + 1), _constants_key(traced))
    except Exception:
        # Without a comparable rule the program is its own kind: compiled again, never confused.
        return object()


@cache
def _own_lines(file: str) -> frozenset[int]:
    """The lines where functions begin that a loaded module defines at its top level."""
    modules = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == file]
    functions = [f for m in modules for f in vars(m).values() if isinstance(f, FunctionType)]
    codes = [f.__code__ for f in functions if f.__closure__ is None]
    return frozenset(code.co_firstlineno for code in codes if code.co_filename == file)


def _value_key(value: Any, depth: int) -> Any:
    if isinstance(value, jex.ClosedJaxpr | jex.Jaxpr):
        inner = Graph.of(value)
        return (graph_key(inner, depth), _constants_key(inner))
    if isinstance(value, tuple | list):  # named tuples of jaxprs included
        return tuple(_value_key(item, depth) for item in value)
    if isinstance(value, Mapping):
        return tuple(sorted((str(k), _value_key(v, depth)) for k, v in value.items()))
    if isinstance(value, np.ndarray | jax.Array):
        return (np.shape(value), str(value.dtype), np.asarray(value).tobytes())
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
