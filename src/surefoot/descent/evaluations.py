"""How many evaluations of the function a step of a rule takes.

One is an evaluation of f, with its gradient or without, or a product of its Hessian with a vector,
which costs about as much. The two loops of L-BFGS and the moments of Adam cost none.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

Cost = Callable[[Any, Any], Any]
"""(state before the step, state after it) -> evaluations; pure."""


def evaluations_of(name: str, size: int) -> Cost:
    """The cost of a step of a rule, in evaluations.

        gradient rules   1
        newton           1 + n         the Hessian is n products
        l-bfgs           1 + the tries of its line search
        guaranteed       1 + the tries, which its state counts; bounds are none of f
        random           1             the value at the last point is known

    An optax transformation with a line search tells its tries in its state; any other costs 1.

    Args:
        name: of the rule. size: n.
    """
    if name == "newton":
        return lambda before, after: jnp.asarray(1 + size, jnp.int32)
    if name == "guaranteed":
        return lambda before, after: after[1]
    return _searched


def _searched(before: Any, after: Any) -> Any:
    del before
    from optax.tree_utils import tree_get_all_with_path

    tries = [tries for _, tries in tree_get_all_with_path(after, "num_linesearch_steps")]
    return jnp.asarray(1 + sum(jnp.asarray(count, jnp.int32) for count in tries), jnp.int32)
