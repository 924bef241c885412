"""Which examples make up the batch of a step: drawn inside compiled code, the same for a seed."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from surefoot.calculus.evaluate import compiled


def seed_key(seed: Any) -> Any:
    """The key of a seed; the generator is named, so that no setting of JAX changes the draws."""
    return jax.random.key(seed, impl="threefry2x32")


def random_bits(key: Any, count: int) -> Any:
    """64 random bits for each of the first `count` whole numbers, (count,).

    Those of a number do not depend on the count. A folded key is such bits, at a fifth of the cost
    of randint.
    """

    def one(j: Any) -> Any:
        high, low = jax.random.key_data(jax.random.fold_in(key, j)).astype(jnp.uint64)
        return (high << 32) | low

    return jax.vmap(one)(jnp.arange(count, dtype=jnp.uint32))


def with_replacement(key: Any, step: Any, count: int, size: int) -> Any:
    """`size` places below `count`, each drawn by itself.

    The j-th place of a step does not depend on the size: a smaller batch is the head of a
    larger one.
    """
    # The remainder prefers small places by less than count/2⁶⁴.
    bits = random_bits(jax.random.fold_in(key, step), size)
    return (bits % jnp.uint64(count)).astype(jnp.int32)


def order_of(key: Any, epoch: Any, count: int) -> Any:
    """The examples in the order of one epoch: sorted by random bits.

    JAX's own permutation sorts too, but does not promise that its orders stay; and the lab's page
    has to draw the same ones.
    """
    bits = random_bits(jax.random.fold_in(key, epoch), count)
    return jnp.argsort(bits).astype(jnp.int32)


def draw(key: Any, place: Any, count: int, size: int, replace: bool) -> tuple[Any, Any]:
    """The batch of a step, (size,) places in the data, and where the next one is drawn from.

    Without replacement step k takes places (k mod m)·size … of the order of epoch ⌊k/m⌋, with
    m = ⌊count/size⌋ steps to an epoch; the count − m·size examples at the end of an order sit that
    epoch out.

    Args:
        place: (k, the order of the present epoch).
    """
    step, order = place
    if replace:
        return with_replacement(key, step, count, size), (step + 1, order)
    steps = count // size
    order = jax.lax.cond(
        step % steps == 0,
        lambda: order_of(key, step // steps, count),
        lambda: order,
    )
    return jax.lax.dynamic_slice(order, ((step % steps) * size,), (size,)), (step + 1, order)


def first_place(count: int, replace: bool) -> Any:
    """Before the first step; its order is drawn there."""
    return jnp.asarray(0), jnp.arange(0 if replace else count, dtype=jnp.int32)


def drawn_places(
    seed: int, steps: int, count: int, size: int, replace: bool
) -> NDArray[np.int64]:
    """The places (steps, size) of the batches of a walk."""

    def all_of(key: Any) -> Any:
        def step(place: Any, _: Any) -> Any:
            rows, place = draw(key, place, count, size, replace)
            return place, rows

        return jax.lax.scan(step, first_place(count, replace), length=steps)[1]

    run = compiled(("drawn places", steps, count, size, replace), lambda: all_of)
    with jax.enable_x64(True):
        return np.asarray(run(seed_key(seed)), np.int64)
