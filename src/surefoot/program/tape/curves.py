"""Tapes of curves: value, slope and curvature along a line, and one step of a rule on it."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program.tape.maker import tape_of, tape_of_program
from surefoot.program.tape.tape import NotOnTape, Tape
from surefoot.program.trace import Program

MakeRule = Callable[[Any], Any]
"""From a learning rate η to a gradient transformation (`init`, `update`), as optax has them."""


def curve_tape(program: Program) -> Tape:
    """Value, slope and curvature of a scalar program along a line.

    For one coordinate: inputs [w], outputs [L(w), L'(w), L''(w)]. For n coordinates:

        φ(t) = f(x + (t − t₀) d),   inputs [t, t₀, x₁…xₙ, d₁…dₙ],   outputs [φ(t), φ'(t), φ''(t)].

    Slopes are JAX's gradient, curvatures the forward derivative of it.

    Raises:
        NotOnTape: where the function, or a derivative of it, cannot be carried.
    """
    curve, sizes = _curve(program)

    def triple(t: Any, *fixed: Any) -> Any:
        def pair(s: Any) -> Any:
            return jax.value_and_grad(curve)(s, *fixed)

        (value, slope), (_, curvature) = jax.jvp(pair, (t,), (jnp.ones_like(t),))
        return value, slope, curvature

    return differentiated(triple, sizes, program)


def step_tape(program: Program, rule: MakeRule) -> Tape:
    """One step of a rule on the curve of a scalar program.

        g = φ'(t),   (u, state⁺) = update(g, state, t),   t⁺ = t + u

    Inputs [t, η, *state] for one coordinate, [t, η, *state, t₀, x₁…xₙ, d₁…dₙ] for n; outputs
    [t⁺, *state⁺]. The state is that of `initial_state`.

    Args:
        program: a scalar program.
        rule: makes the gradient transformation of a learning rate, e.g. `optax.sgd`.
    """
    curve, (first, *fixed_sizes) = _curve(program)
    leaves, structure = _state(rule, 0.0)
    count = len(leaves)

    def step(t: Any, eta: Any, *rest: Any) -> Any:
        state, fixed = rest[:count], rest[count:]
        slope = jax.grad(curve)(t, *fixed)
        tree = jax.tree_util.tree_unflatten(structure, state)
        update, after = rule(eta).update(slope, tree, t)
        return t + update, jax.tree_util.tree_leaves(after)

    shapes = [jax.ShapeDtypeStruct(np.shape(leaf), np.asarray(leaf).dtype) for leaf in leaves]
    return differentiated(step, [first, (), *shapes, *fixed_sizes], program)


def initial_state(rule: MakeRule, x: float) -> list[float]:
    """The numbers of a rule's state before the first step at x, in the order of `step_tape`."""
    leaves, _ = _state(rule, x)
    return [float(value) for leaf in leaves for value in np.ravel(leaf)]


def differentiated(
    function: Callable[..., Any], sizes: Sequence[Any], program: Program
) -> Tape:
    """The tape of a function that takes derivatives, with refusals that name the user's line.

    Steps of a derivative are traced inside JAX and know no line of the user's; where the function
    itself cannot be carried its own graph says which line it is.
    """
    try:
        return tape_of(function, sizes)
    except NotOnTape as refusal:
        tape_of_program(program)
        where = f"a derivative of {program.name}"
        raise NotOnTape(f"{where}: {refusal.reason}", refusal.primitive, where) from refusal
    except (ValueError, TypeError, NotImplementedError) as error:
        # JAX has no reverse derivative for loops of open length, nor for some custom rules.
        tape_of_program(program)
        words = str(error).strip().split("\n", 1)[0]
        raise NotOnTape(f"a derivative of {program.name} cannot be traced: {words}") from error


def _state(rule: MakeRule, x: float) -> tuple[list[Any], Any]:
    with jax.enable_x64(True):
        leaves, structure = jax.tree_util.tree_flatten(rule(0.1).init(jnp.asarray(float(x))))
        if any(jnp.issubdtype(jnp.result_type(leaf), jax.dtypes.extended) for leaf in leaves):
            raise NotOnTape("the state of this rule holds something else than numbers")
        return [np.asarray(leaf) for leaf in leaves], structure


def _curve(program: Program) -> tuple[Callable[..., Any], Sequence[Any]]:
    """The scalar curve and the shapes of its arguments."""
    if not program.is_scalar:
        raise NotOnTape(f"a curve needs a function with one real number as value: {program.name}")
    size = program.structure.size

    def alone(w: Any) -> Any:
        return jnp.asarray(program.flat(program.consts, w[None]), float)

    def along(t: Any, t0: Any, x: Any, d: Any) -> Any:
        return jnp.asarray(program.flat(program.consts, x + (t - t0) * d), float)

    return (alone, [()]) if size == 1 else (along, [(), (), size, size])
