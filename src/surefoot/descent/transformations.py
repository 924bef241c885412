"""Gradient transformations that optax does not have.

They have the shape of optax's own, `init(params)` and `update(updates, state, params, value=…,
value_fn=…)`, so that they are walked, raced and recorded as any other rule.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from surefoot.program import hessian


def newton(eta: Any) -> Any:
    """u = −η H⁺ g with the dense Hessian H and its pseudo-inverse; costs O(n³) a step.

    Args:
        eta: the share of the step that is taken: a number, or a schedule k ↦ η.
    """
    import optax

    def init(params: Any) -> Any:
        del params
        return jnp.zeros((), jnp.int32)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        value_fn = extra["value_fn"]
        gradient, unravel = ravel_pytree(updates)
        x, unravel_point = ravel_pytree(params)
        curvature = hessian(jax.grad(lambda y: value_fn(unravel_point(y))), x)
        step = jnp.linalg.pinv(curvature, hermitian=True) @ gradient
        return unravel(-_rate(eta, state) * step), state + 1

    return optax.GradientTransformationExtraArgs(init, update)


def random_search(eta: Any, seed: int) -> Any:
    """u = η ξ where that lowers the value, else 0; ξ is uniform on the unit sphere.

    Args:
        eta: the length of a try: a number, or a schedule k ↦ η.
        seed: of the tries.
    """
    import optax

    def init(params: Any) -> Any:
        del params
        return jnp.zeros((), jnp.int32), jax.random.key(seed)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        value, value_fn = extra["value"], extra["value_fn"]
        count, key = state
        key, here = jax.random.split(key)
        flat, unravel = ravel_pytree(params)
        way = jax.random.normal(here, flat.shape, flat.dtype)
        way = _rate(eta, count) * way / jnp.linalg.norm(way)
        step = jnp.where(value_fn(unravel(flat + way)) < value, way, 0.0)
        return unravel(step), (count + 1, key)

    return optax.GradientTransformationExtraArgs(init, update)


def guaranteed(first: Any) -> Any:
    """u = −t g with a measured decrease f(x − t g) ≤ f(x) − ½ t ‖g‖², else u = 0.

    t begins at twice the last one and is halved until the test holds, as it must for t ≤ 1/L where
    the slope changes by at most L‖Δx‖. Where the promise ½ t ‖g‖² sinks below the last digits of
    f(x), no step can be shown to go down, and none is taken.

    Source: Armijo 1966 with c = ½; Nocedal and Wright, Numerical Optimization, algorithm 3.1.

    Args:
        first: t of the first try: a number, or a tracer.
    """
    import optax

    def init(params: Any) -> Any:
        del params
        return jnp.asarray(0.5 * first, jnp.float64)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        value, value_fn = extra["value"], extra["value_fn"]
        gradient, unravel = ravel_pytree(updates)
        x, unravel_point = ravel_pytree(params)
        square = gradient @ gradient
        smallest = 4.0 * jnp.finfo(x.dtype).eps * jnp.abs(value)

        def falls(t: Any) -> Any:
            after = value_fn(unravel_point(x - t * gradient))
            return after <= value - 0.5 * t * square

        def going(carry: Any) -> Any:
            t, good = carry
            return ~good & (0.5 * t * square > smallest)

        def halve(carry: Any) -> Any:
            return 0.5 * carry[0], falls(0.5 * carry[0])

        begin = jnp.minimum(2.0 * state, jnp.finfo(x.dtype).max)
        t, good = jax.lax.while_loop(going, halve, (begin, falls(begin)))
        return unravel(jnp.where(good, -t, 0.0) * gradient), jnp.where(good, t, state)

    return optax.GradientTransformationExtraArgs(init, update)


def decoupled_decay(eta: Any, amount: float) -> Any:
    """u ← u − η λ x, after the rule: the weights shrink apart from the gradient, as in AdamW.

    Args:
        eta: a number, or a schedule k ↦ η. amount: λ.
    """
    import optax

    def init(params: Any) -> Any:
        del params
        return jnp.zeros((), jnp.int32)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        del extra
        share = _rate(eta, state) * amount
        return jax.tree_util.tree_map(lambda u, x: u - share * x, updates, params), state + 1

    return optax.GradientTransformationExtraArgs(init, update)


def _rate(eta: Any, count: Any) -> Any:
    return eta(count) if callable(eta) else eta
