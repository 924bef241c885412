"""Gradient transformations that optax does not have.

They have the shape of optax's own, `init(params)` and `update(updates, state, params, value=…,
value_fn=…)`, so that they are walked, raced and recorded as any other rule.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_batching import custom_vmap
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
        step = _pseudo_solved(curvature, gradient)
        return unravel(-_rate(eta, state) * step), state + 1

    return optax.GradientTransformationExtraArgs(init, update)


@custom_vmap
def _pseudo_solved(matrix: Any, right: Any) -> Any:
    """H⁺ g for a symmetric H, from the inverse where that is known to be the same.

    `pinv` drops eigenvalues up to 10 n ε max|λ|. None is so small where ‖H‖ ‖H⁻¹‖ < 1/(10 n ε) in
    Frobenius's norm, which is no smaller than max|λ| / min|λ|; and the eigenvectors of sixty-four
    10 × 10 matrices take four times as long as their inverses. In a batch they are found for those
    that need them, one after the other: one walk that stands on level ground costs the others
    nothing.
    """
    step, known = _by_inverse(matrix, right)
    return jax.lax.cond(known, lambda: step, lambda: _by_eigenvectors(matrix, right))


@_pseudo_solved.def_vmap
def _(size: int, batched: Any, matrix: Any, right: Any) -> tuple[Any, bool]:
    matrices, rights = (
        part if known else jnp.broadcast_to(part, (size, *part.shape))
        for part, known in zip((matrix, right), batched, strict=True)
    )
    steps, known = jax.vmap(_by_inverse)(matrices, rights)
    unknown = jnp.argsort(known)

    def put(k: Any, found: Any) -> Any:
        walk = unknown[k]
        return found.at[walk].set(_by_eigenvectors(matrices[walk], rights[walk]))

    return jax.lax.fori_loop(0, size - jnp.sum(known), put, steps), True


def _by_inverse(matrix: Any, right: Any) -> tuple[Any, Any]:
    """H⁻¹ g, and whether it is H⁺ g; where H is not finite NaN comes out of either."""
    inverse = jnp.linalg.inv(matrix)
    share = 10.0 * right.size * jnp.finfo(matrix.dtype).eps
    sure = share * jnp.linalg.norm(matrix) * jnp.linalg.norm(inverse) < 1.0
    return inverse @ right, sure | ~jnp.isfinite(matrix).all()


def _by_eigenvectors(matrix: Any, right: Any) -> Any:
    return jnp.linalg.pinv(matrix, hermitian=True) @ right


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


def guaranteed(first: Any, *, bounded: bool = True) -> Any:
    """u = −t g with a decrease f(x − t g) ≤ f(x) − ½ t ‖g‖² that is shown or measured, else u = 0.

    t begins at twice the last one and is halved until the value is as low as the test asks, as it
    must be for t ≤ 1/L where the slope changes by at most L‖Δx‖. Of t, t/2 and t/4 the longest is
    taken that bounds of the curvature along the line show to pass the test (`facts.falling`); t
    itself where they show none. Where the promise ½ t ‖g‖² sinks below the last digits of f(x), or
    below its rounding as bounds tell it, no step can be shown to go down, and none is taken.

    The state is (t, evaluations of the last step).

    Source: Armijo 1966 with c = ½; Nocedal and Wright, Numerical Optimization, algorithm 3.1.

    Args:
        first: t of the first try: a number, or a tracer.
        bounded: whether bounds are asked for, where `value_fn` tells its `program`.
    """
    import optax

    def init(params: Any) -> Any:
        del params
        return jnp.asarray(0.5 * first, jnp.float64), jnp.zeros((), jnp.int32)

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> tuple[Any, Any]:
        value, value_fn = extra["value"], extra["value_fn"]
        last, _ = state
        gradient, unravel = ravel_pytree(updates)
        x, unravel_point = ravel_pytree(params)
        square = gradient @ gradient
        smallest = 4.0 * jnp.finfo(x.dtype).eps * jnp.abs(value)

        def falls(t: Any, share: float = 0.5) -> Any:
            after = value_fn(unravel_point(x - t * gradient))
            return after <= value - share * t * square

        def going(carry: Any) -> Any:
            t, good, _ = carry
            return ~good & (0.5 * t * square > smallest)

        def halve(carry: Any) -> Any:
            t, _, tries = carry
            return 0.5 * t, falls(0.5 * t), tries + 1

        begin = jnp.minimum(2.0 * last, jnp.finfo(x.dtype).max)
        t, good, tries = jax.lax.while_loop(
            going, halve, (begin, falls(begin), jnp.asarray(2, jnp.int32))
        )
        step, bounds = t, _bounds(value_fn) if bounded else None
        if bounds is not None:
            shown, rounding = bounds(x, gradient, t)
            good &= 0.5 * t * square > 2.0 * rounding
            # What is shown of real numbers is looked at in float64, where it may be rounding.
            clear = 0.25 * shown * square > jnp.maximum(smallest, 2.0 * rounding)
            sure = clear & falls(shown, 0.25)
            step, tries = jnp.where(sure, shown, t), tries + 1
        moved = unravel(jnp.where(good, -step, 0.0) * gradient)
        return moved, (jnp.where(good, t, last), tries)

    return optax.GradientTransformationExtraArgs(init, update)


def measured_steps(first: Any) -> Any:
    """Guaranteed steps that are measured alone: microseconds, where bounds take a millisecond."""
    return guaranteed(first, bounded=False)


def _bounds(value_fn: Any) -> Callable[..., Any] | None:
    """(x, g, t) → the longest of t, t/2 and t/4 that is shown to lower f along −g; the rounding.

    None where the function does not tell its program, or takes too long to bound.
    """
    from surefoot.facts.falling import can_be_bounded, falling_steps

    program = getattr(value_fn, "program", None)
    if program is None or not can_be_bounded(program):
        return None
    program = program.with_own_data()

    def on_the_host(*words: Any) -> Any:
        x, gradient, first = (np.ascontiguousarray(part).view(np.float64)[..., 0] for part in words)
        points, down = (part.reshape(-1, part.shape[-1]) for part in (x, gradient))
        found = np.stack(falling_steps(program, points, -down, first.ravel()), axis=-1)
        return found.reshape(*first.shape, 2).view(np.uint32).reshape(*first.shape, 2, 2)

    def shown(*numbers: Any) -> Any:
        # In the thread of a callback JAX may be without float64: numbers go as pairs of words.
        words = [jax.lax.bitcast_convert_type(part, jnp.uint32) for part in numbers]
        shape = jax.ShapeDtypeStruct((2, 2), jnp.uint32)
        found = jax.pure_callback(on_the_host, shape, *words, vmap_method="broadcast_all")
        return tuple(jax.lax.bitcast_convert_type(found, jnp.float64))

    return shown


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
