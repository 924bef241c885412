"""The program as a graph: nodes, variables, literals, inner programs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import jax.extend.core as jex
import numpy as np
from numpy.typing import NDArray

from surefoot.program.sources import Source, source_of

CALLS: Mapping[str, str] = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat": "jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
}
"""Primitives that mean no more than their body, and the parameter that holds it."""
INTEGER_DIV = "integer_div"
"""JAX has one name for two functions: of whole numbers the quotient is cut off, and jumps."""


class Var:
    """The value of a step. Two variables are the same only if they are the same object."""

    __slots__ = ("dtype", "shape")

    def __init__(self, aval: Any) -> None:
        self.shape: tuple[int, ...] = tuple(getattr(aval, "shape", ()))
        self.dtype: Any = getattr(aval, "dtype", None)


class Literal:
    """A constant written into the program."""

    __slots__ = ("dtype", "shape", "value")

    def __init__(self, value: Any, dtype: Any) -> None:
        self.value: NDArray[Any] = np.asarray(value, dtype=dtype)
        self.shape: tuple[int, ...] = self.value.shape
        self.dtype: Any = self.value.dtype


class Node:
    """One step of a program.

    Attributes:
        primitive: the name of the JAX primitive; of a division of whole numbers `INTEGER_DIV`.
        inputs: what it takes, variables and literals.
        outputs: what it gives.
        params: its static parameters, as JAX has them.
    """

    def __init__(
        self,
        eqn: Any,
        inputs: tuple[Var | Literal, ...],
        outputs: tuple[Var, ...],
        caller: Source | None,
        home: Any,
    ) -> None:
        name: str = eqn.primitive.name
        self.primitive = INTEGER_DIV if name == "div" and _is_whole(outputs[0].dtype) else name
        self.inputs = inputs
        self.outputs = outputs
        self.params: Mapping[str, Any] = eqn.params
        self.eqn = eqn
        self.home = home
        self._caller = caller

    def __repr__(self) -> str:
        return f"Node({self.primitive} at {self.source})"

    @cached_property
    def source(self) -> Source:
        """The user's line for this step; found only when asked, since it costs microseconds."""
        return source_of(self.eqn.source_info, self._caller)

    @cached_property
    def is_complex(self) -> bool:
        """Whether it takes or gives complex numbers."""
        types = {part.dtype for part in (*self.inputs, *self.outputs)}
        # Random keys have types of their own.
        return any(isinstance(dtype, np.dtype) and dtype.kind == "c" for dtype in types)

    @property
    def is_call(self) -> bool:
        """Whether the step means no more than its one inner program."""
        return self.primitive in CALLS

    @property
    def has_own_rule(self) -> bool:
        """Whether the step is a call whose derivative its author wrote."""
        return self.is_call and self.primitive.startswith("custom_")

    @property
    def body(self) -> Any:
        """What JAX traced of the function that a call means."""
        return self.params[CALLS[self.primitive]]

    @cached_property
    def inner(self) -> tuple["Graph", ...]:
        """The inner programs: the body of a call, the branches of a cond, the body of a loop.

        while: (condition, body), whose leading inputs are the constants of each.
        """
        if self.is_call:
            bodies = [self.body]
        elif self.primitive == "cond":
            bodies = list(self.params["branches"])
        elif self.primitive == "while":
            bodies = [self.params["cond_jaxpr"], self.params["body_jaxpr"]]
        else:
            bodies = [body for value in self.params.values() for body in _bodies(value)]
        return tuple(Graph.of(body, self.source) for body in bodies)

    @property
    def label(self) -> str:
        """The step's name as a person knows it: the called function's, else the primitive's."""
        if self.primitive in ("jit", "pjit"):
            return str(self.params.get("name", self.primitive))
        if self.has_own_rule:
            info = getattr(getattr(self.body, "jaxpr", self.body), "debug_info", None)
            return str(getattr(info, "func_name", None) or self.primitive)
        return self.primitive


class Graph:
    """A straight-line program: inputs, constants, nodes in order of execution, outputs.

    Steps that no output needs are left out, so a table never stumbles over them.

    Attributes:
        inputs, consts: variables that receive values.
        values: the constants' values, aligned with `consts`.
        nodes: the steps.
        outputs: what the program returns.
    """

    def __init__(
        self,
        inputs: tuple[Var, ...],
        consts: tuple[Var, ...],
        values: tuple[Any, ...],
        nodes: tuple[Node, ...],
        outputs: tuple[Var | Literal, ...],
    ) -> None:
        self.inputs = inputs
        self.consts = consts
        self.values = values
        self.nodes = nodes
        self.outputs = outputs

    def every_node(self) -> Iterator["Node"]:
        """The steps, each followed by those of its inner programs."""
        for node in self.nodes:
            yield node
            for inner in node.inner:
                yield from inner.every_node()

    @classmethod
    def of(cls, jaxpr: Any, caller: Source | None = None) -> "Graph":
        """The graph of a (closed) jaxpr; `caller` is blamed for steps inside libraries."""
        # NumPy arrays are taken out of JAX's wrapper: JAX remembers wrapped arrays by identity, and
        # one kept alive in float64 would break the user's own float32 calls on the same data.
        values = tuple(
            np.asarray(value) if isinstance(value, np.ndarray) else value
            for value in (jaxpr.consts if isinstance(jaxpr, jex.ClosedJaxpr) else ())
        )
        body = jaxpr.jaxpr if isinstance(jaxpr, jex.ClosedJaxpr) else jaxpr
        table: dict[Any, Var] = {}
        inputs, consts = _write(body.invars, table), _write(body.constvars, table)
        nodes = tuple(
            Node(eqn, _read(eqn.invars, table), _write(eqn.outvars, table), caller, body)
            for eqn in _needed(body)
        )
        return cls(inputs, consts, values, nodes, _read(body.outvars, table))


def _read(atoms: Sequence[Any], table: Mapping[Any, Var]) -> tuple[Var | Literal, ...]:
    return tuple(
        Literal(atom.val, _dtype(atom.aval)) if isinstance(atom, jex.Literal) else table[atom]
        for atom in atoms
    )


def _bodies(value: Any) -> list[Any]:
    """The jaxprs in a parameter: itself, or those in a (named) tuple."""
    if isinstance(value, jex.ClosedJaxpr | jex.Jaxpr):
        return [value]
    if isinstance(value, tuple | list):
        return [body for item in cast("Sequence[Any]", value) for body in _bodies(item)]
    return []


def _is_whole(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "iu"


def _dtype(aval: Any) -> Any:
    return aval.dtype


def _write(variables: Sequence[Any], table: dict[Any, Var]) -> tuple[Var, ...]:
    made = tuple(Var(variable.aval) for variable in variables)
    table.update(zip(variables, made, strict=True))
    return made


def _needed(body: Any) -> list[Any]:
    """The equations that an output or an effect needs, in order."""
    alive = {atom for atom in body.outvars if not isinstance(atom, jex.Literal)}
    kept: list[Any] = []
    for eqn in reversed(body.eqns):
        if eqn.effects or any(variable in alive for variable in eqn.outvars):
            kept.append(eqn)
            alive.update(atom for atom in eqn.invars if not isinstance(atom, jex.Literal))
    kept.reverse()
    return kept
