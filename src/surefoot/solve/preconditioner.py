"""What Adam and RMSProp divide by: the diagonal P of a given optimiser state."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from surefoot.program import Vector
from surefoot.terms import InputError


def preconditioner_of(
    name: str, state: Any, gradient: Vector, given: Mapping[str, float]
) -> tuple[Vector, str]:
    """The diagonal (n,) and where it is from, in words.

        Adam       P = √(v / (1 − β₂ᵏ)) + ε
        RMSProp    P = √(v + ε)

    Without a state it is that of the first step, v from the gradient at x alone.

    Args:
        name: "adam" or "rmsprop".
        state: optax's state, whatever it is nested in.
        gradient: (n,) at x.
        given: the rule's parameters.

    Raises:
        InputError: the state holds no mean square of this size.
    """
    if state is None:
        squares = gradient**2
        if name == "adam":
            return np.abs(gradient) + given["eps"], "at step 0"
        return np.sqrt((1.0 - given["decay"]) * squares + given["eps"]), "at step 0"
    found = _mean_square(state)
    if found is None:
        raise InputError(
            f"the state holds no mean square of gradients (nu), so it is none of {name}'s; give "
            "what optax's init and update return"
        )
    squares, count = found
    if squares.size != gradient.size:
        raise InputError(
            f"the state belongs to {squares.size} numbers, the point has {gradient.size}"
        )
    if name == "adam":
        if count is None or count < 1:
            return np.abs(gradient) + given["eps"], "at step 0"
        corrected = squares / (1.0 - given["beta2"] ** count)
        return np.sqrt(corrected) + given["eps"], f"of the state after {count} steps"
    return np.sqrt(squares + given["eps"]), "of the given state"


def _mean_square(state: Any) -> tuple[Vector, int | None] | None:
    """(v flat, step count) of the first part of a state that has them."""
    if hasattr(state, "nu"):
        leaves = jax.tree_util.tree_leaves(state.nu)
        flat = np.concatenate([np.ravel(np.asarray(leaf, np.float64)) for leaf in leaves])
        count = getattr(state, "count", None)
        return flat, None if count is None else int(count)
    parts = state.values() if isinstance(state, Mapping) else state
    if not isinstance(parts, tuple | list) and not isinstance(state, Mapping):
        return None
    for part in parts:
        found = _mean_square(part)
        if found is not None:
            return found
    return None
