"""L-BFGS with a bounded backtracking search: what the lab's page walks, as an optax transformation.

The rule "l-bfgs" searches along its direction by zooming, which is a loop of open length. Here the
direction is a fixed list of operations, which a tape can carry, and the search halves the step at
most `HALVINGS` times; so this path can be walked without Python, and with it all the same.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

MEMORY = 5
"""Pairs of steps and gradient changes that are remembered."""
HALVINGS = 30
"""So often a step is halved at most; after that none is taken."""
DECREASE = 1e-4
"""Armijo's share of the decrease that the slope promises."""
_TURN = 1e-12

State = tuple[Any, ...]


def first_memory(size: int) -> State:
    """(S, Y, ρ, γ, x, g, k): no pairs yet; S, Y are (m, n), oldest first, ρ is 0 where empty."""
    pairs = jnp.zeros((MEMORY, size), jnp.float64)
    point = jnp.zeros(size, jnp.float64)
    nothing = jnp.zeros((), jnp.float64)
    return pairs, pairs, jnp.zeros(MEMORY, jnp.float64), nothing, point, point, nothing


def direction(x: Any, g: Any, state: State) -> tuple[Any, State]:
    """d = −B g by the two loops, and the memory with the last step in it.

    B₀ = γ I with γ = sᵀy / yᵀy of the newest pair; without one γ = min(1, 1/‖g‖). A pair is kept
    where sᵀy > 10⁻¹² ‖s‖ ‖y‖, so that d goes down.

    Source: Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5.

    Args:
        x, g: point and gradient, (n,).
        state: of `first_memory`, or what the last call returned.
    """
    s_all, y_all, rho, gamma, x_before, g_before, count = state
    s, y = x - x_before, g - g_before
    turn, square = jnp.sum(s * y), jnp.sum(y * y)
    size = jnp.sqrt(jnp.sum(s * s) * square)
    keep = (count > 0.0) & (turn > _TURN * size)
    safe = jnp.where(keep, turn, 1.0)
    s_all = jnp.where(keep, jnp.concatenate([s_all[1:], s[None]]), s_all)
    y_all = jnp.where(keep, jnp.concatenate([y_all[1:], y[None]]), y_all)
    rho = jnp.where(keep, jnp.concatenate([rho[1:], (1.0 / safe)[None]]), rho)
    gamma = jnp.where(keep, turn / jnp.where(keep, square, 1.0), gamma)
    length = jnp.sqrt(jnp.sum(g * g))
    first = 1.0 / jnp.maximum(length, 1.0)
    q, shares = g, [jnp.zeros(())] * MEMORY
    for i in reversed(range(MEMORY)):
        shares[i] = rho[i] * jnp.sum(s_all[i] * q)
        q = q - shares[i] * y_all[i]
    r = jnp.where(gamma > 0.0, gamma, first) * q
    for i in range(MEMORY):
        r = r + s_all[i] * (shares[i] - rho[i] * jnp.sum(y_all[i] * r))
    return -r, (s_all, y_all, rho, gamma, x, g, count + 1.0)


def backtracking_lbfgs() -> Any:
    """u = t d with the first t of 1, ½, ¼, … for which f(x + t d) ≤ f(x) + 10⁻⁴ t gᵀd, else u = 0.

    Returns:
        An optax gradient transformation; for `descend`, which hands it value and function.
    """
    import optax

    def init(params: Any) -> Any:
        return first_memory(ravel_pytree(params)[0].size)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        value, value_fn = extra["value"], extra["value_fn"]
        g, unravel = ravel_pytree(updates)
        x, unravel_point = ravel_pytree(params)
        d, state = direction(x, g, state)
        slope = jnp.sum(g * d)

        def falls(t: Any) -> Any:
            return value_fn(unravel_point(x + t * d)) <= value + DECREASE * t * slope

        def going(carry: Any) -> Any:
            _, k, good = carry
            return ~good & (k < HALVINGS)

        def halve(carry: Any) -> Any:
            t, k, _ = carry
            return 0.5 * t, k + 1, falls(0.5 * t)

        one = jnp.ones((), x.dtype)
        t, _, good = jax.lax.while_loop(going, halve, (one, 0, falls(one)))
        return unravel(jnp.where(good, t, 0.0) * d), state

    return optax.GradientTransformationExtraArgs(init, update)
