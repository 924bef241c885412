"""The local derivative of a single step: a number, a diagonal, a matrix, or its norm."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.derivatives import first_that_works, transposed_pullback
from surefoot.calculus.steps import Origin, Slot, Steps, as_function
from surefoot.program import Node, holds_reverse_only
from surefoot.terms import InputError

DENSE = 4096
"""A local derivative with at most so many entries is kept in full."""
MOST_STEPS = 300
"""Of longer programs local derivatives are not computed: the compile time would be felt."""
_ITERATIONS = 12


@dataclass(frozen=True)
class Local:
    """∂step/∂argument for one argument of one step.

    Attributes:
        place: which argument of the step.
        argument: its name: "#3" for a step, "W1" for a parameter.
        shape: shape of the step's value, then of the argument.
        norm: the largest stretch ‖J‖₂ (spectral norm).
        exact: False where the norm comes from a few power iterations.
        matrix: every entry, of shape `shape`, where there are at most 4096; else None.
        diagonal: ∂step[i]/∂argument[i] where the step works entry by entry; else None.
    """

    place: int
    argument: str
    shape: tuple[int, ...]
    norm: float
    exact: bool
    matrix: np.ndarray[Any, np.dtype[Any]] | None
    diagonal: np.ndarray[Any, np.dtype[Any]] | None

    def __str__(self) -> str:
        if self.matrix is not None and self.matrix.size == 1:
            return f"{self.matrix.item():.6g}"
        if self.diagonal is not None:
            low, high = self.diagonal.min(), self.diagonal.max()
            return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
        return f"‖J‖ {'=' if self.exact else '≈'} {self.norm:.4g}"


def name_of_origin(steps: Steps, origin: Origin) -> str:
    """An argument's name: "#3" for a step, "W1" for a parameter."""
    if origin.slot is not None:
        return f"#{origin.slot}"
    if origin.leaf is not None:
        return steps.program.structure.leaves[origin.leaf].path
    return "data" if origin.captured is not None else "constant"


def places(slot: Slot) -> list[int]:
    """The arguments of a step with respect to which it has a local derivative."""
    if not slot.is_real:
        return []
    return [
        k
        for k, (origin, atom) in enumerate(zip(slot.inputs, slot.node.inputs, strict=True))
        if origin.active and jnp.issubdtype(atom.dtype, jnp.floating)
    ]


def measure(steps: Steps, consts: Any, x: Any, values: Sequence[Any]) -> list[list[Any]]:
    """For every slot and place what `read_locals` needs; pure, for jit."""
    leaves = jax.tree_util.tree_leaves(steps.program.structure.unravel_jax(x))
    measured: list[list[Any]] = []
    for slot in steps.slots:
        arguments = [_value(origin, values, leaves, consts) for origin in slot.inputs]
        measured.append(
            [
                _measure_one(
                    as_function(slot.node, arguments, k, slot.position), arguments[k], slot
                )
                for k in places(slot)
            ]
        )
    return measured


def read_locals(steps: Steps, measured: Sequence[Sequence[Any]]) -> list[tuple[Local, ...]]:
    """The local derivatives of every slot."""
    return [
        tuple(
            _read_one(steps, slot, k, {name: np.asarray(a) for name, a in found.items()})
            for k, found in zip(places(slot), parts, strict=True)
        )
        for slot, parts in zip(steps.slots, measured, strict=True)
    ]


def column(
    node: Node, g: Callable[[Any], Any], value: Any, entry: int
) -> np.ndarray[Any, np.dtype[Any]]:
    """∂g/∂value[entry] for a function g that is one output of a step, by one pass."""
    value = jnp.asarray(value)
    unit = jnp.zeros(value.size, value.dtype).at[entry].set(1.0).reshape(value.shape)
    return np.asarray(_push(node, g, value, unit))


def _value(origin: Origin, values: Sequence[Any], leaves: Sequence[Any], consts: Any) -> Any:
    if origin.slot is not None:
        return values[origin.slot]
    if origin.leaf is not None:
        return leaves[origin.leaf]
    return consts[origin.captured] if origin.captured is not None else origin.constant


def _measure_one(g: Callable[[Any], Any], value: Any, slot: Slot) -> Mapping[str, Any]:
    size_in, size_out = prod(jnp.shape(value)), slot.size
    if size_in * size_out <= DENSE:
        if holds_reverse_only(slot.node):
            return {"matrix": jax.jacrev(g)(value)}
        ways = [lambda: jax.jacfwd(g)(value), lambda: jax.jacrev(g)(value)]
        return {"matrix": first_that_works(g, ways[::-1] if size_out < size_in else ways)}
    found: dict[str, Any] = {}
    rng = np.random.default_rng(0)
    if jnp.shape(value) == slot.shape:
        signs = [
            jnp.asarray(rng.choice([-1.0, 1.0], size=slot.shape), slot.dtype) for _ in range(2)
        ]
        found["first"], found["second"] = (_push(slot.node, g, value, s) * s for s in signs)
    found["norm"] = _power_iteration(slot.node, g, value, rng)
    return found


def _push(node: Node, g: Callable[[Any], Any], value: Any, direction: Any) -> Any:
    """J · direction."""
    if holds_reverse_only(node):
        return transposed_pullback(g, value, direction)
    return jax.jvp(g, (value,), (direction,))[1]


def _power_iteration(
    node: Node, g: Callable[[Any], Any], value: Any, rng: np.random.Generator
) -> Any:
    """‖J‖₂ by iterating JᵀJ from a random vector; NaN where J cannot be transposed."""
    start = jnp.asarray(rng.normal(size=jnp.shape(value)), jnp.result_type(value))
    try:
        pull = jax.vjp(g, value)[1]

        def once(_: Any, carry: Any) -> Any:
            v, _ = carry
            image = _push(node, g, value, v / jnp.maximum(jnp.linalg.norm(v), 1e-300))
            return pull(image)[0], jnp.linalg.norm(image).astype(jnp.float64)

        return jax.lax.fori_loop(0, _ITERATIONS, once, (start, jnp.asarray(0.0)))[1]
    except (TypeError, ValueError, InputError):
        return jnp.asarray(jnp.nan)


def _read_one(steps: Steps, slot: Slot, place: int, found: Mapping[str, Any]) -> Local:
    argument = slot.node.inputs[place]
    matrix, diagonal = found.get("matrix"), None
    if matrix is not None:
        flat = matrix.reshape(slot.size, prod(argument.shape)).astype(np.float64)
        norm = float(np.linalg.norm(flat, 2)) if np.isfinite(flat).all() else float("nan")
        if (
            flat.size
            and argument.shape == slot.shape
            and not np.any(flat[~np.eye(len(flat), dtype=bool)])
        ):
            diagonal = np.diagonal(flat).reshape(slot.shape)
    else:
        norm = float(found["norm"])
        if "first" in found and np.array_equal(found["first"], found["second"], equal_nan=True):
            # Two random signings agree only where nothing off the diagonal is mixed in.
            diagonal = found["first"]
            norm = float(np.abs(diagonal).max())
    return Local(
        place=place,
        argument=name_of_origin(steps, slot.inputs[place]),
        shape=(*slot.shape, *argument.shape),
        norm=norm,
        exact=matrix is not None or diagonal is not None,
        matrix=matrix,
        diagonal=diagonal,
    )
