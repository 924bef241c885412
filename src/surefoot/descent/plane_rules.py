"""Step rules on a plane as tapes that know no function: from derivatives at a point to the step.

    inputs   [x, y, η, f_x, f_y, f_xx, f_xy, f_yy, *state],   outputs   [u_x, u_y, *state⁺]

One tape a rule serves every function, so the lab's page carries them once. The updates are optax's
own; Newton's is written out for two coordinates, and L-BFGS gives its direction, along which the
page halves the step as `backtracking_lbfgs` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.descent.backtracking_lbfgs import direction, first_memory
from surefoot.descent.rules import RULES
from surefoot.program.tape import Tape, tape_of


@dataclass(frozen=True)
class PlaneRule:
    """One rule of the plane.

    Attributes:
        name, label: as in `RULES`.
        tape: one step.
        state: before the first step.
        memory: which entries of the state are momentum; without them the step is the gradient's
            own part.
        rate: whether η matters. searches: whether the step is halved until f falls.
    """

    name: str
    label: str
    tape: Tape
    state: tuple[float, ...]
    memory: tuple[int, ...] = ()
    rate: bool = True
    searches: bool = False


def plane_rules() -> Sequence[PlaneRule]:
    """The seven rules that the lab races on a plane."""
    found = [_optax(name, memory) for name, memory in _MOMENTUM.items()]
    found.append(PlaneRule("newton", RULES["newton"].label, _tape(_newton, ()), ()))
    with jax.enable_x64(True):
        memory = first_memory(2)
    found.append(
        PlaneRule(
            "l-bfgs", RULES["l-bfgs"].label, _tape(_lbfgs, memory), _numbers(memory), (), False,
            True,
        )
    )  # fmt: skip
    return found


_MOMENTUM: dict[str, tuple[int, ...]] = {
    "gd": (), "momentum": (0, 1), "nesterov": (0, 1), "rmsprop": (), "adam": (1, 2),
}  # fmt: skip
"""Which entries of each rule's state are momentum: optax has it as a vector of the point's shape,
and Adam a step count before it."""

Update = Callable[..., tuple[Any, Sequence[Any]]]


def _optax(name: str, memory: tuple[int, ...]) -> PlaneRule:
    rule = RULES[name]
    with jax.enable_x64(True):
        leaves, structure = jax.tree_util.tree_flatten(rule(0.1).init(jnp.zeros(2)))

    def update(x: Any, eta: Any, g: Any, h: Any, *state: Any) -> tuple[Any, Sequence[Any]]:
        del h
        tree = jax.tree_util.tree_unflatten(structure, state)
        step, after = rule(eta).update(g, tree, x)
        return step, jax.tree_util.tree_leaves(after)

    return PlaneRule(name, rule.label, _tape(update, leaves), _numbers(leaves), memory)


def _newton(x: Any, eta: Any, g: Any, h: Any) -> tuple[Any, Sequence[Any]]:
    """u = −η H⁺ g for H = [[a, b], [b, c]]; H is singular where `jax.numpy.linalg.pinv` says so."""
    del x
    a, b, c = h
    middle, half = 0.5 * (a + c), 0.5 * (a - c)
    spread = jnp.sqrt(half * half + b * b)
    top = jnp.where(middle >= 0.0, middle + spread, middle - spread)
    determinant = a * c - b * b
    safe = jnp.where(top == 0.0, 1.0, top)
    regular = jnp.abs(determinant) > 20.0 * np.finfo(np.float64).eps * top * top
    inverse = jnp.stack([c * g[0] - b * g[1], a * g[1] - b * g[0]])
    inverse = inverse / jnp.where(regular, determinant, 1.0)
    # Of rank one H is t vvᵀ, so H⁺ = H / t².
    single = jnp.stack([a * g[0] + b * g[1], b * g[0] + c * g[1]]) / (safe * safe)
    step = jnp.where(regular, inverse, jnp.where(top == 0.0, 0.0, 1.0) * single)
    return -eta * step, ()


def _lbfgs(x: Any, eta: Any, g: Any, h: Any, *state: Any) -> tuple[Any, Sequence[Any]]:
    del eta, h
    step, after = direction(x, g, state)
    return step, after


def _tape(update: Update, state: Sequence[Any]) -> Tape:
    def step(x: Any, eta: Any, g: Any, h: Any, *memory: Any) -> Any:
        return update(x, eta, g, h, *memory)

    shapes = [jax.ShapeDtypeStruct(np.shape(leaf), jnp.result_type(leaf)) for leaf in state]
    return tape_of(step, [2, (), 2, 3, *shapes])


def _numbers(state: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(value) for leaf in state for value in np.ravel(np.asarray(leaf)))
