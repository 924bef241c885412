"""Evaluation on the walker: each step is bound as JAX would bind it."""

from functools import lru_cache
from typing import Any

import jax.extend.core as jex

from surefoot.program.graph import Node
from surefoot.program.walk import Table


def bind(node: Node, *arguments: Any) -> Any:
    """The results of one step, an array or a tuple of them."""
    if node.has_own_rule:
        # The way to bind a custom derivative rule differs between versions of JAX; a program of
        # one equation, run by JAX itself, is the public way that keeps the rule.
        return tuple(_alone(node)(*arguments))
    result = node.eqn.primitive.bind(*arguments, **node.params)
    return tuple(result) if node.eqn.primitive.multiple_results else result


@lru_cache(maxsize=256)
def _alone(node: Node) -> Any:
    """The function of a single equation, one argument for each of its inputs."""
    eqn = node.eqn
    fresh = [atom for atom in eqn.invars if not isinstance(atom, jex.Literal)]
    unique = list(dict.fromkeys(fresh))
    debug = node.home.debug_info
    jaxpr = jex.Jaxpr((), unique, eqn.outvars, [eqn], eqn.effects, _unnamed(debug))
    function = jex.jaxpr_as_fun(jex.ClosedJaxpr(jaxpr, ()))

    def call(*arguments: Any) -> Any:
        by_variable = {
            atom: value
            for atom, value in zip(eqn.invars, arguments, strict=True)
            if not isinstance(atom, jex.Literal)
        }
        return function(*(by_variable[atom] for atom in unique))

    return call


def _unnamed(debug: Any) -> Any:
    return debug.with_unknown_names() if hasattr(debug, "with_unknown_names") else debug


evaluate: Table[Any] = Table(
    name="evaluation",
    rules={},
    literal=lambda value: value,
    default=bind,
    whole=lambda node: True,
    effects=True,
)
"""Values as JAX computes them; calls are kept whole, so custom derivative rules stay in force."""
