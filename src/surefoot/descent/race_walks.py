"""Many walks of one rule at once, from several starts and with several rates: one program."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.calculus.evaluate import compiled
from surefoot.calculus.one_kernel import MOST_VARIABLES, is_known
from surefoot.descent.evaluations import Cost
from surefoot.descent.rule_chunks import LONGEST_CHUNK, one_step, rule_start
from surefoot.descent.walk_end import GREW, goes_on
from surefoot.program import Graph, Vector
from surefoot.terms import noted_interrupts

STILL = 5
"""Steps without a move after which a rule that searches for its step has found its last point."""


@dataclass(frozen=True)
class RaceWalks:
    """What w walks did; a walk that ended is one that could not go on (`descent.walk_end`).

    Attributes:
        values: (k + 1, w) f(xₖ); of a walk that ended, its last good one from that step on.
        spent: (k + 1, w) evaluations that it took to get to xₖ.
        ends: (w, n) the last good point.
        ended: (w,) the step at which a walk could not go on; −1 where it could.
        far: (w,) whether that was because it ran away.
        seconds: of the compiled calls, compile left out.
        interrupted: whether Ctrl-C ended it.
    """

    values: Vector
    spent: NDArray[np.int64]
    ends: Vector
    ended: NDArray[np.int64]
    far: NDArray[np.bool_]
    seconds: float
    interrupted: bool


def race_walks(
    evaluator: Evaluator,
    make: Callable[[Any], Any],
    key: Any,
    cost: Cost,
    points: Vector,
    etas: Vector,
    steps: int,
    searches: bool = False,
) -> RaceWalks:
    """Walk from each point with its rate; see `rule_steps` for what a step is.

    Args:
        make, key: as in `rule_steps`.
        cost: evaluations that a step takes.
        points: (w, n) starts. etas: (w,) the rate of each walk.
        steps: how many.
        searches: whether each step looks for its own length, so that a walk which no longer moves
            never will; it then has its last value for the rest of the steps.
    """
    start = compiled(
        ("race start", evaluator.key, key), lambda: jax.vmap(rule_start(evaluator, make))
    )
    # Of more numbers XLA makes several kernels whatever it is asked, and says so on the terminal.
    few = points.size <= MOST_VARIABLES
    advance = compiled(
        ("race steps", evaluator.key, key, searches, few),
        lambda: _chunk(evaluator, make, cost, searches),
        quick=True,
        one_kernel=lambda: few and _fits(evaluator, make, points, etas),
    )
    rows: list[tuple[Vector, NDArray[np.int32]]] = []
    left, seconds = steps + 1, 0.0
    with noted_interrupts() as interrupted, jax.enable_x64(True):
        lanes = _Lanes.at(*start(jnp.asarray(points), jnp.asarray(etas)))
        fixed = _Fixed.at(lanes, jnp.asarray(etas))
        # No step at all: this call compiles, so that the others can be timed.
        jax.block_until_ready(advance(evaluator.consts, lanes, fixed, 0))
        while left > 0 and not interrupted():
            began, count = perf_counter(), min(left, LONGEST_CHUNK)
            lanes, found = advance(evaluator.consts, lanes, fixed, count)
            rows.append((np.asarray(found[0])[:count], np.asarray(found[1])[:count]))
            seconds += perf_counter() - began
            left -= count
            if not np.asarray(lanes.going(searches)).any():
                break
        stopped = left > 0 and bool(interrupted())
    if not rows:
        rows.append((evaluator.values(points)[None], np.zeros((1, len(points)), np.int32)))
    values, spent = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return RaceWalks(
        values, spent.astype(np.int64), np.asarray(lanes.last),
        np.asarray(lanes.ended, np.int64), np.asarray(lanes.far), seconds, stopped,
    )  # fmt: skip


def at_starts(evaluator: Evaluator, points: Vector) -> tuple[Vector, Vector]:
    """Values (w,) and gradients (w, n) at the starts, which asks for no second derivative."""
    both = compiled(
        (evaluator.key, "gradients"), lambda: jax.vmap(evaluator.jax_value_and_gradient, (None, 0))
    )
    with jax.enable_x64(True):
        values, gradients = both(evaluator.consts, jnp.asarray(points))
    return np.asarray(values), np.asarray(gradients)


class _Lanes(NamedTuple):
    """Where w walks stand: the carry of the compiled loop, each with a leading axis but k."""

    x: Any
    state: Any
    last: Any
    value: Any
    first: Any
    ended: Any
    far: Any
    still: Any
    spent: Any
    k: Any

    @classmethod
    def at(cls, x: Any, state: Any) -> "_Lanes":
        w = len(x)
        none = jnp.zeros(w, jnp.int32)
        return cls(
            x, state, x, jnp.zeros(w), jnp.zeros(w), jnp.full(w, -1), jnp.zeros(w, bool), none,
            none, jnp.asarray(0),
        )  # fmt: skip

    def going(self, searches: bool) -> Any:
        """(w,) which of them go on."""
        return (self.ended < 0) & ((self.still < STILL) if searches else True)


class _Fixed(NamedTuple):
    """What stays: the first points and states, the rates, and max(1, ‖x₀‖)."""

    x: Any
    state: Any
    etas: Any
    reach: Any

    @classmethod
    def at(cls, lanes: _Lanes, etas: Any) -> "_Fixed":
        reach = jnp.maximum(1.0, jnp.linalg.norm(lanes.x, axis=1))
        return cls(lanes.x, lanes.state, etas, reach)


def _fits(
    evaluator: Evaluator, make: Callable[[Any], Any], points: Vector, etas: Vector
) -> bool:
    """Whether the loop over all walks may be compiled into one kernel."""
    if not evaluator.fits_one_kernel():
        return False
    one = one_step(evaluator, make)

    def step(consts: Any, x: Any, eta: Any) -> Any:
        return one(consts, *rule_start(evaluator, make)(x, eta), eta)

    with jax.enable_x64(True):
        batched = jax.vmap(step, (None, 0, 0))
        return is_known(Graph.of(jax.make_jaxpr(batched)(evaluator.consts, points, etas)))


def _chosen(which: Any, new: Any, old: Any) -> Any:
    """Of two trees of arrays (w, …) the leaves of the first where `which` (w,) holds."""

    def leaf(a: Any, b: Any) -> Any:
        return jnp.where(which.reshape(which.shape + (1,) * (a.ndim - 1)), a, b)

    return jax.tree_util.tree_map(leaf, new, old)


def _chunk(
    evaluator: Evaluator, make: Callable[[Any], Any], cost: Cost, searches: bool
) -> Callable[..., Any]:
    one = one_step(evaluator, make)

    def lane(consts: Any, x: Any, state: Any, eta: Any) -> Any:
        after, value, gradient, update = one(consts, x, state, eta)
        return after, value, gradient, update, cost(state, after)

    batched = jax.vmap(lane, (None, 0, 0, 0))

    def step(consts: Any, lanes: _Lanes, fixed: _Fixed) -> _Lanes:
        going = lanes.going(searches)
        # A walk that is over repeats its first step: a line search where there is nothing to find,
        # or among numbers that are none, would keep all the others waiting.
        x, state = _chosen(going, (lanes.x, lanes.state), (fixed.x, fixed.state))
        after, value, gradient, update, more = batched(consts, x, state, fixed.etas)
        first = jnp.where(lanes.k == 0, value, lanes.first)
        fine = going & goes_on(x, value, gradient, fixed.reach, first, xp=jnp)
        ends, near = going & ~fine, jnp.linalg.norm(x, axis=1) <= GREW * fixed.reach
        moved = x + update
        still = jnp.where((moved == x).all(axis=1), lanes.still + 1, 0)
        return _Lanes(
            *_chosen(fine, (moved, after, x), (lanes.x, lanes.state, lanes.last)),
            value=jnp.where(fine, value, lanes.value), first=first,
            ended=jnp.where(ends, lanes.k, lanes.ended), far=jnp.where(ends, ~near, lanes.far),
            still=jnp.where(fine, still, lanes.still),
            spent=lanes.spent + jnp.where(fine, more, 0), k=lanes.k + 1,
        )  # fmt: skip

    def advance(consts: Any, lanes: _Lanes, fixed: _Fixed, count: Any) -> Any:
        def row(place: Any, both: Any) -> Any:
            lanes, (values, costs) = both
            spent = lanes.spent
            lanes = step(consts, lanes, fixed)
            return lanes, (values.at[place].set(lanes.value), costs.at[place].set(spent))

        w = fixed.etas.shape[0]
        rows = jnp.zeros((LONGEST_CHUNK, w)), jnp.zeros((LONGEST_CHUNK, w), jnp.int32)
        return jax.lax.fori_loop(0, count, row, (lanes, rows))

    return advance
