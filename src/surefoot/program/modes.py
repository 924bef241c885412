"""Which way JAX can differentiate a function: forward, in reverse, or both.

A loop whose length depends on the values has no reverse mode, a `custom_vjp` rule no forward mode.
Under `jit` JAX notices the latter only when the code is compiled, where nothing else can be tried;
so the steps are asked beforehand.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable
from typing import Any

import jax

from surefoot.program.evaluate import evaluate
from surefoot.program.graph import Graph, Node
from surefoot.program.walk import walk
from surefoot.terms import InputError


def has_open_loop(graph: Graph) -> bool:
    """Whether a loop's length depends on the values, so that there is no reverse mode.

    Inside a `custom_vjp` it does not matter: the rule stands for what is in it.
    """
    return any(
        node.primitive == "while"
        or (not _is_reverse_rule(node) and any(has_open_loop(inner) for inner in node.inner))
        for node in graph.nodes
    )


def holds_reverse_only(node: Node) -> bool:
    """Whether a step contains a `custom_vjp` rule, which has no forward mode."""
    return _is_reverse_rule(node) or any(is_reverse_only(inner) for inner in node.inner)


def is_reverse_only(graph: Graph) -> bool:
    """Whether any step contains a `custom_vjp` rule."""
    return any(holds_reverse_only(node) for node in graph.nodes)


def require_a_mode(graph: Graph) -> None:
    """Refuse a function in which one step allows forward mode alone and another one reverse alone.

    Raises:
        InputError: naming both lines.
    """
    if not (has_open_loop(graph) and is_reverse_only(graph)):
        return
    rule = next(node.source for node in graph.nodes if holds_reverse_only(node))
    raise InputError(
        "JAX cannot differentiate this function: it has a while loop, which allows forward mode "
        f"only, and a custom_vjp rule at {rule}, which allows reverse mode only. Use "
        "jax.lax.fori_loop or scan with a fixed number of steps for the loop, or jax.custom_jvp "
        "for the rule"
    )


def with_reverse_mode(f: Callable[[Any, Any], Any], graph: Graph) -> Callable[[Any, Any], Any]:
    """f(consts, x), with a rule for reverse mode in x where its steps have none; pure.

    Of an open loop the rule is made of forward mode: it costs a pass for each coordinate, and then
    whatever asks for a gradient in reverse (a line search, an optax rule) gets one. Constants get
    no derivative.

    Args:
        f: (consts, x (n,)) -> a number.
        graph: the steps of f.

    Raises:
        InputError: one step allows forward mode alone and another one reverse mode alone.
    """
    require_a_mode(graph)
    if not has_open_loop(graph):
        return f

    def forward(consts: Any, x: Any) -> tuple[Any, Any]:
        return f(consts, x), jax.jacfwd(f, argnums=1)(consts, x)

    def backward(slope: Any, g: Any) -> tuple[Any, Any]:
        return None, g * slope

    ruled = jax.custom_vjp(f)
    ruled.defvjp(forward, backward)
    return ruled


def hessian_vector(gradient: Callable[[Any], Any], x: Any, v: Any) -> Any:
    """H v, the derivative of a gradient along v; pure.

    Forward over reverse, through the steps that the gradient needs: the forward rule of a
    `custom_vjp` often calls the function again for a value that no gradient needs, and would
    forbid forward mode by that alone. Where the gradient needs it, reverse over reverse: H is
    symmetric.

    Args:
        gradient: ∇f, x (n,) -> (n,).
        x, v: the point and the direction, (n,).

    Raises:
        InputError: the gradient allows neither.
    """
    closed = jax.make_jaxpr(gradient)(x)
    graph = Graph.of(closed)

    def needed(y: Any) -> Any:
        return walk(graph, evaluate, list(closed.consts), [y])[0]

    if not is_reverse_only(graph):
        return jax.jvp(needed, (x,), (v,))[1]
    try:
        return jax.vjp(needed, x)[1](v)[0]
    except ValueError as error:
        raise InputError(
            "JAX has no second derivative of this function: the backward rule of a custom_vjp has "
            "a while loop, so that only forward mode goes through it, and the forward rule calls "
            "the function itself, so that only reverse mode does. Let the forward rule compute the "
            "value without calling the decorated function"
        ) from error


def hessian(gradient: Callable[[Any], Any], x: Any) -> Any:
    """H (n, n), the derivative of a gradient, row by row as one batch; pure.

    Raises:
        InputError: as `hessian_vector`.
    """
    unit = jax.numpy.eye(x.size, dtype=x.dtype)
    return jax.vmap(lambda v: hessian_vector(gradient, x, v))(unit)


def _is_reverse_rule(node: Node) -> bool:
    return node.primitive.startswith("custom_vjp")
