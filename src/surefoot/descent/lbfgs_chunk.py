"""The compiled part of L-BFGS: search, renew the memory, turn; many steps in one call."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from surefoot.descent.lbfgs_memory import (
    Memory,
    masked_product,
    product,
    remember,
    remember_pair,
)
from surefoot.descent.line_search import Trial, line_search

Array = Any

ROUNDED_OFF = 1e-28
STRAIGHT = 1e-6


class Point(NamedTuple):
    """Where the descent is, and where it is about to go: `slope` = gradientᵀ direction."""

    x: Array
    value: Array
    gradient: Array
    direction: Array
    slope: Array
    memory: Memory


class Packed(NamedTuple):
    """A point in three arrays, since each array that crosses over costs its time.

    Attributes:
        vectors: (3, n): x, gradient, direction.
        pairs: (2m, n), as in `Memory`.
        small: value, slope, scale and count, then products, inverse, gram and diagonal, flat.
    """

    vectors: Array
    pairs: Array
    small: Array


def packed_size(m: int) -> int:
    """The length of `Packed.small` for m pairs."""
    return 4 + 2 * m + 2 * m * m + m


def _unpack(packed: Packed) -> Point:
    x, gradient, direction = packed.vectors
    m = packed.pairs.shape[0] // 2
    value, slope, scale, count = packed.small[:4]
    cuts = [4 + 2 * m, 4 + 2 * m + m * m, 4 + 2 * m + 2 * m * m]
    products, inverse, gram, diagonal = jnp.split(packed.small, [4, *cuts])[1:]
    memory = Memory(
        packed.pairs, products, inverse.reshape(m, m), gram.reshape(m, m), diagonal,
        scale, count.astype(jnp.int32),
    )  # fmt: skip
    return Point(x, value, gradient, direction, slope, memory)


def _pack(point: Point) -> Packed:
    memory = point.memory
    scalars = jnp.stack([point.value, point.slope, memory.scale, memory.count.astype(jnp.float64)])
    parts = [memory.products, memory.inverse, memory.gram, memory.diagonal]
    small = jnp.concatenate([scalars, *(jnp.ravel(part) for part in parts)])
    return Packed(jnp.stack([point.x, point.gradient, point.direction]), memory.pairs, small)


class Report(NamedTuple):
    """How a chunk ended.

    Attributes:
        steps: how many rows are filled.
        evaluations: of f and its gradient.
        found: whether the last line search found a point.
        trial_value: f at the last trial, which tells a NaN and −∞ from a failed search.
        reached: whether the decrement is at its level.
    """

    steps: Array
    evaluations: Array
    found: Array
    trial_value: Array
    reached: Array


class Chunk(NamedTuple):
    """Where a chunk ended, its steps, row by row, and a `Report` as an array.

    `points` is (rows, n); `numbers` is (rows, 3): value, ‖∇f‖ (projected, with bounds), and the
    decrement ½gᵀHg in the metric of the memory.
    """

    packed: Packed
    points: Array
    numbers: Array
    report: Array


class Going(NamedTuple):
    """The chunk while it runs."""

    point: Point
    points: Array
    numbers: Array
    report: Report


def chunk(
    value: Callable[[Any, Array], Array],
    rows: int,
    consts: Any,
    packed: Packed,
    control: Array,
    box: tuple[Array, Array] | None,
) -> Chunk:
    """At most `limit` ≤ rows steps of L-BFGS, where control = (factor, f(x0), limit).

    Each step: (1) search along the direction, (2) take the new pair into the memory, (3) turn to
    d = −Hg, (4) record. It ends when ½gᵀHg is at the level
    max(factor·min(max(1, |f|), S), 10⁻²⁸·S), S = max(|f|, f(x0) − f), which is unchanged by
    scaling x, and when f is scaled tightens or stays.
    """
    factor, first_value, limit = control
    point = _unpack(packed)
    evaluate = jax.value_and_grad(partial(value, consts))
    walk = _straight if box is None else partial(_bent, box=box)

    def step(now: Going) -> Going:
        at = now.point
        origin = Trial(jnp.zeros_like(at.value), at.x, at.value, at.gradient, at.slope, at.slope)
        trial, found, trials = line_search(partial(walk, evaluate, at), origin, at.slope, 1.0)
        x, g = jnp.where(found, trial.x, at.x), jnp.where(found, trial.gradient, at.gradient)
        f = jnp.where(found, trial.value, at.value)
        s, y = x - at.x, g - at.gradient
        if box is not None:
            free = ~_held(x, g, box)
            pulling = jnp.where(free, g, 0.0)
            memory = remember_pair(at.memory, s, y, jnp.vdot(s, y))
            direction = jnp.where(free, -masked_product(memory, pulling, free), 0.0)
        else:
            pulling = g
            rho = jnp.where(found, trial.t * (trial.slope - at.slope), 0.0)
            rho = jnp.where(rho > STRAIGHT * trial.t * -at.slope, rho, 0.0)
            memory = remember(at.memory, s, y, g, rho)
            direction = -product(memory, g)
        slope = jnp.vdot(direction, g)
        row = jnp.stack([f, jnp.sqrt(jnp.vdot(pulling, pulling)), -0.5 * slope])
        report = now.report
        here = (report.steps, jnp.int32(0))
        return Going(
            Point(x, f, g, direction, slope, memory),
            jax.lax.dynamic_update_slice(now.points, x[None], here),
            jax.lax.dynamic_update_slice(now.numbers, row[None], here),
            Report(
                report.steps + found, report.evaluations + trials, found, trial.value,
                _reached(f, slope, memory.count, factor, first_value),
            ),
        )  # fmt: skip

    def going(now: Going) -> Array:
        return (now.report.steps < limit) & now.report.found & ~now.report.reached

    no, yes, none = jnp.zeros((), bool), jnp.ones((), bool), jnp.zeros((), jnp.int32)
    begin = Going(
        point, jnp.zeros((rows, point.x.size)), jnp.zeros((rows, 3)),
        Report(none, none, yes, point.value, no),
    )  # fmt: skip
    done = jax.lax.while_loop(going, step, begin)
    report = jnp.stack([jnp.asarray(item, jnp.float64) for item in done.report])
    return Chunk(_pack(done.point), done.points, done.numbers, report)


def _reached(f: Array, slope: Array, count: Array, factor: Array, first_value: Array) -> Array:
    size = jnp.abs(f)
    scale = jnp.maximum(size, first_value - f)
    level = factor * jnp.minimum(jnp.maximum(1.0, size), scale)
    small = -0.5 * slope <= jnp.maximum(level, ROUNDED_OFF * scale)
    # Without a pair the metric is a guess, so then only a zero gradient counts.
    return jnp.where((count > 0) & (factor >= 0), small, slope == 0)


def _straight(evaluate: Callable[[Array], Any], at: Point, t: Array) -> Trial:
    """x + t·d."""
    x = at.x + t * at.direction
    f, g = evaluate(x)
    return Trial(t, x, f, g, jnp.vdot(g, at.direction), t * at.slope)


def _bent(evaluate: Callable[[Array], Any], at: Point, t: Array, box: tuple[Array, Array]) -> Trial:
    """P(x + t·d), which turns a corner whenever a variable meets its bound."""
    straight = at.x + t * at.direction
    x = jnp.clip(straight, *box)
    f, g = evaluate(x)
    slope = jnp.sum(jnp.where(x == straight, g * at.direction, 0.0))
    return Trial(t, x, f, g, slope, jnp.vdot(at.gradient, x - at.x))


def _held(x: Array, g: Array, box: tuple[Array, Array]) -> Array:
    lower, upper = box
    return ((x <= lower) & (g > 0)) | ((x >= upper) & (g < 0)) | (lower == upper)
