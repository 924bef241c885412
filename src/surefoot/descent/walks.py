"""Many walks at once, each with its own seed and batch size, in one compiled program."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import BatchLoss, Evaluator
from surefoot.calculus.evaluate import compiled
from surefoot.descent.draws import order_of, seed_key, with_replacement
from surefoot.descent.rule_chunks import one_step, rule_start
from surefoot.descent.transformations import measured_steps
from surefoot.descent.walk_end import goes_on
from surefoot.program import Vector

ROOM = 2**22
"""The most numbers that the examples of one step have over all walks of a call."""


def batch_walks(
    single: BatchLoss,
    leaves: Sequence[Any],
    make: Callable[[Any], Any],
    key: Any,
    x0: Vector,
    eta: float,
    steps: int,
    sizes: NDArray[np.int64],
    seeds: NDArray[np.int64],
    replace: bool,
) -> tuple[Vector, NDArray[np.bool_]]:
    """Where walks end that begin at the same point, and whether they could go on until there.

    The gradient of a batch is the mean of its examples' gradients, over as many places as the
    largest batch has, of which a smaller one uses the first: one program serves all sizes, at the
    cost of the largest. Walk k takes the batches that `Minibatches` of its size and seed draws.

    Args:
        single: the loss on one example.
        sizes, seeds: (w,) of each walk.

    Returns:
        ends (w, p), the last good point of each walk; good (w,).
    """
    most, count = int(sizes.max()), len(leaves[0])
    shapes = tuple((leaf.shape, leaf.dtype.name) for leaf in leaves)
    run = compiled(
        ("batch walks", single.key, key, shapes, most, replace),
        lambda: _walks(single, make, most, count, replace),
    )
    width = most * (sum(int(np.prod(leaf.shape[1:])) for leaf in leaves) + x0.size)
    together = max(1, min(len(sizes), ROOM // max(width, 1)))
    ends, good = np.empty((len(sizes), x0.size)), np.empty(len(sizes), np.bool_)
    with jax.enable_x64(True):
        keys = jax.vmap(seed_key)(jnp.asarray(seeds))
        data = [jnp.asarray(leaf) for leaf in leaves]
        for first in range(0, len(sizes), together):
            # The last call repeats some walks, so that all have one length and one compiled form.
            part = slice(min(first, len(sizes) - together), None)
            part = slice(part.start, part.start + together)
            found = run(single.consts, data, x0, eta, steps, jnp.asarray(sizes[part]), keys[part])
            ends[part], good[part] = np.asarray(found[0]), np.asarray(found[1])
    return ends, good


def _walks(
    single: BatchLoss, make: Callable[[Any], Any], most: int, count: int, replace: bool
) -> Callable[..., Any]:
    import optax

    structure = single.structure

    def places(key: Any, step: Any, order: Any, size: Any) -> tuple[Any, Any]:
        if replace:
            return with_replacement(key, step, count, most), order
        per = count // size
        order = jax.lax.cond(
            step % per == 0, lambda: order_of(key, step // per, count), lambda: order
        )
        return order[((step % per) * size + jnp.arange(most)) % count], order

    def walk(
        consts: Any, data: Any, x0: Any, eta: Any, steps: Any, size: Any, key: Any
    ) -> Any:
        rule: Any = optax.with_extra_args_support(make(eta))
        used = jnp.arange(most) < size

        def mean_loss(x: Any, rows: Any) -> Any:
            values = jax.vmap(lambda *row: single.jax_value(consts, [a[None] for a in row], x))
            return jnp.sum(jnp.where(used, values(*rows), 0.0)) / size

        def step(k: Any, carry: Any) -> Any:
            x, state, order, first, good = carry
            chosen, order = places(key, k, order, size)
            # A place that is not used repeats one that is: no other example can spoil the sum.
            chosen = jnp.where(used, chosen, chosen[0])
            rows = [leaf[chosen] for leaf in data]
            value, gradient = jax.value_and_grad(mean_loss)(x, rows)
            first = jnp.where(k == 0, value, first)
            reach = jnp.maximum(1.0, jnp.linalg.norm(x0))
            good &= goes_on(x[None], value[None], gradient[None], reach, first, xp=jnp)[0]
            update, state = rule.update(
                structure.unravel_jax(gradient), state, structure.unravel_jax(x)
            )
            parts = [jnp.ravel(leaf) for leaf in jax.tree_util.tree_leaves(update)]
            moved = x + jnp.concatenate(parts).astype(x.dtype)
            return jnp.where(good, moved, x), state, order, first, good

        order = jnp.arange(0 if replace else count, dtype=jnp.int32)
        state = rule.init(structure.unravel_jax(x0))
        begin = (x0, state, order, jnp.asarray(0.0), jnp.asarray(True))
        x, _, _, _, good = jax.lax.fori_loop(0, steps, step, begin)
        return x, good & jnp.isfinite(x).all()

    return jax.vmap(walk, in_axes=(None, None, None, None, None, 0, 0))


def settled(evaluator: Evaluator, points: Vector, steps: int, first: float) -> Vector:
    """Where guaranteed gradient steps on the whole loss lead from each row of points (w, p).

    Args:
        first: the length of the first step that is tried. It is far below the width of a valley,
            and steps grow by doubling: tried from above, the first one that goes down far enough
            may end in another valley.
    """
    run = compiled(
        ("settle", evaluator.key, steps), lambda: _settle(evaluator, measured_steps, steps)
    )
    with jax.enable_x64(True):
        return np.array(run(evaluator.consts, points, first))


def _settle(evaluator: Evaluator, rule: Callable[[Any], Any], steps: int) -> Callable[..., Any]:
    start, one = rule_start(evaluator, rule), one_step(evaluator, rule)

    def down(consts: Any, point: Any, first: Any) -> Any:
        slope = jnp.linalg.norm(evaluator.jax_value_and_gradient(consts, point)[1])
        # Where the slope is 0 any first step stays where it is.
        tried = jnp.where(slope > 0.0, first / slope, 1.0)

        def step(_: Any, carry: Any) -> Any:
            x, state = carry
            state, _, _, update = one(consts, x, state, tried)
            return x + update, state

        return jax.lax.fori_loop(0, steps, step, start(point, tried))[0]

    # One after the other: memory is that of one walk, however large the data.
    return lambda consts, points, first: jax.lax.map(
        lambda point: down(consts, point, first), points
    )
