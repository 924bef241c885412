"""From an ordinary function to a Program."""

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import copy
from functools import cached_property
from hashlib import blake2b
from types import FunctionType
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from surefoot.program.evaluate import evaluate
from surefoot.program.graph import Graph, Node
from surefoot.program.keys import graph_key
from surefoot.program.reads import Same, reads
from surefoot.program.repeat import first_difference
from surefoot.program.riddles import PYTHON_CALL, explain, leaked
from surefoot.program.sources import definition_of, is_users
from surefoot.program.structure import Structure, as_argument
from surefoot.program.walk import walk
from surefoot.terms import InputError, TraceError


class Program:
    """A function as a graph of its steps, with the arrays it captured lifted out.

    Attributes:
        name: the function's name, or the formula's text.
        structure: how its argument is laid out in a flat vector.
        graph: the steps.
        consts: the captured arrays, aligned with `graph.consts`; read at trace time, so a change
            made in place before the next trace is seen.
        output: shapes and dtypes of the outputs, in the structure that the function returned.
    """

    def __init__(
        self, name: str, structure: Structure, graph: Graph, output: Any, function: Any
    ) -> None:
        self.name = name
        self.structure = structure
        self.graph = graph
        self.output = output
        self.function = function
        self.consts = tuple(np.asarray(value) for value in graph.values)

    @property
    def outputs(self) -> list[Any]:
        """The output leaves, each with `.shape` and `.dtype`."""
        return jax.tree_util.tree_leaves(self.output)

    @property
    def is_scalar(self) -> bool:
        """Whether the program returns one real number."""
        return len(self.outputs) == 1 and tuple(self.outputs[0].shape) == ()

    def flat(self, consts: Any, x: Any) -> Any:
        """The output at a flat vector x (n,); pure, for jit, vmap and grad.

        Args:
            consts: values for the captured arrays, aligned with `self.consts`.
            x: flat vector (n,).

        Returns:
            The output array, or a list of arrays where the function returns several.
        """
        leaves = jax.tree_util.tree_leaves(self.structure.unravel_jax(x))
        out = walk(self.graph, evaluate, list(consts), leaves)
        return out[0] if len(out) == 1 else out

    def with_own_data(self) -> "Program":
        """The same with copies of the captured arrays, which no change in place reaches."""
        own = copy(self)
        own.consts = tuple(value.copy() for value in self.consts)
        return own

    def of(self, function: Any) -> "Program":
        """The same as the program of another function, which computes the same."""
        other = copy(self)
        other.function = function
        return other

    @cached_property
    def data_key(self) -> bytes:
        """A digest of the captured numbers: with `key` it names what is computed."""
        made = blake2b(digest_size=16)
        for value in self.consts:
            made.update(np.ascontiguousarray(value).tobytes())
        return made.digest()

    @cached_property
    def key(self) -> Any:
        """Two programs with equal keys compile to the same code: equal steps, shapes and rules."""
        shapes = tuple((c.shape, c.dtype.name) for c in self.consts)
        return (self.structure.key, shapes, graph_key(self.graph))


MOST_KEPT = 64
"""So many programs are kept for functions whose reads are known, the least recent dropped."""

_kept: OrderedDict[Hashable, Program] = OrderedDict()
_nothing = jax.jit(lambda: ())


def trace(f: Any, example: Any, *, name: str = "") -> Program:
    """Follow a function on placeholders and keep what it computes.

    A function is followed again at each call, since what it reads may have changed; where all that
    it reads is known and is as it was (`reads`), the program of the first time is returned. Where
    something that it reads is unknown it is followed twice, and has to be the same function.

    Args:
        f: a function of one argument (a pytree of arrays) written in jax.numpy, or a formula.
        example: a value of that argument; only its structure and shapes matter.
        name: the word for the argument where it is a single array; default: the name of f's
            parameter.

    Raises:
        TraceError: a line of f needs a number where only a placeholder is (the message says
            what to write instead), or f is another function each time (it draws random numbers).
        InputError: the example is no pytree of real arrays.
    """
    require_function(f)
    argument = as_argument(example)
    known = reads(f) if _is_plain(argument) else None
    structure = Structure(argument, name or _one_argument(f))
    if known is None:
        return _if_it_stays(_follow(f, structure), f)
    key = (known, structure.name, structure.key, _settings())
    kept = _kept.pop(key, None)
    if kept is None:
        kept = _follow(f, structure)
        if reads(f) != known:
            return _if_it_stays(kept, f)  # following it changes what it reads
        kept = kept.with_own_data()
        _ = kept.key  # made once for all that share it
    _kept[key] = kept.of(None)
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return kept.of(f)


def require_function(f: Any) -> None:
    """Refuse what cannot be called.

    Raises:
        InputError: it is no function and no formula.
    """
    if not callable(f):
        raise InputError(
            f"expected a function or a formula, found {type(f).__name__}: {str(f)[:60]!r}"
        )


def _is_plain(tree: Any) -> bool:
    """Whether a tree is made of Python's own containers, none of which runs code of the user's."""
    if type(tree) is dict:
        return all(map(_is_plain, tree.values()))
    if type(tree) in (tuple, list):
        return all(map(_is_plain, tree))
    return isinstance(tree, int | float | np.ndarray | np.generic | jax.Array)


def _settings() -> Same:
    """What stands for all the settings of JAX that a trace depends on, as JAX itself compares."""
    with jax.enable_x64(True):
        return Same(_nothing.trace().jaxpr)


def _follow(f: Any, structure: Structure) -> Program:
    values = structure.unravel(np.zeros(structure.size))
    called = False

    def fresh(tree: Any) -> Any:
        # A new function object each time: JAX caches traces by function, and an array changed in
        # place between two calls must be seen.
        nonlocal called
        called = True
        return f(tree)

    try:
        with jax.enable_x64(True):
            closed, output = jax.make_jaxpr(fresh, return_shape=True)(values)
    except InputError:
        raise  # a sentence of ours already
    except Exception as error:
        riddle = explain(error, f) if called or isinstance(error, TypeError) else None
        if riddle is None:
            raise
        raise riddle from error
    if any(isinstance(value, Tracer) for value in closed.consts):
        raise TraceError(
            f"{_name(f)} uses a value that is itself a placeholder: either one kept from an "
            "earlier trace (in a list, a global or an attribute), or data of a jax.jit, vmap or "
            "grad around this call; inside those use surefoot.argmin, which can be traced"
        )
    leak = leaked(f)
    if leak is not None:
        raise leak
    if any(type(effect).__name__ != "DebugEffect" for effect in closed.jaxpr.effects):
        raise TraceError(
            f"{_name(f)} has a side effect (an io_callback or an ordered print): a solver calls "
            "the function as often as it likes, in any order; return what you need instead"
        )
    graph = Graph.of(closed)
    call = _python_call(graph)
    if call is not None:
        raise TraceError(
            f"{call.source}: {_name(f)} {PYTHON_CALL}",
            file=call.source.file,
            line=call.source.line,
        )
    return Program(_name(f), structure, graph, output, f)


def _if_it_stays(program: Program, f: Any) -> Program:
    """The program, if f, of which it is not known what it reads, is the same once more."""
    if isinstance(f, FunctionType) and not is_users(f.__code__.co_filename):
        return program  # a library's, or our own around what has been looked at
    found = first_difference(program.graph, _follow(f, program.structure).graph)
    if found is None:
        return program
    place = found.source if isinstance(found, Node) else definition_of(program.function)
    raise TraceError(
        f"{place}: {program.name} is another function each time it is called: two calls with the "
        "same argument computed with different numbers (a random draw, a counter, a clock). Draw "
        "them once, outside, and let the function read the array; for random batches write "
        "loss(params, batch) and give data=Batches(...)",
        file=place.file,
        line=place.line,
    )


def _python_call(graph: Graph) -> Node | None:
    """The first step that calls Python and whose derivative its author has not written."""
    for node in graph.nodes:
        if node.primitive == "pure_callback":
            return node
        if node.has_own_rule:
            continue
        found = next(filter(None, map(_python_call, node.inner)), None)
        if found is not None:
            return found
    return None


def _one_argument(f: Callable[..., Any]) -> str:
    """The name of f's one parameter; a sentence where f needs more than one."""
    variables = getattr(f, "variables", ())
    if isinstance(variables, tuple) and len(variables) == 1:
        return str(variables[0])  # a formula's one variable lends its name to the bare value
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return "x"
    positional = [
        p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    needed = [p.name for p in positional if p.default is p.empty]
    needed += [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if len(needed) > 1:
        packed = "{" + ", ".join(f'"{n}": …' for n in needed) + "}"
        place = definition_of(f)
        raise TraceError(
            f"{_name(f)} takes {len(needed)} arguments ({', '.join(needed)}), but a function to "
            "optimise takes one. Give them as one dict or tuple: "
            f"`lambda p: {_name(f)}(*p)` with a tuple start, or "
            f"`lambda p: {_name(f)}(**p)` with the start {packed}; data that stays fixed can be "
            "captured: `lambda w: loss(w, data)`",
            file=place.file,
            line=place.line,
        )
    if not parameters:
        raise TraceError(
            f"{_name(f)} takes no argument; a function to optimise takes one: the point"
        )
    return positional[0].name if positional else "x"


def _name(f: Any) -> str:
    name = getattr(f, "text", None) or getattr(f, "__name__", None)
    return str(name) if name and name != "<lambda>" else "f"
