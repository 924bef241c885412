"""Steps of a rule of which only some are recorded: for long walks, and for many coordinates."""

from collections.abc import Callable
from functools import partial, reduce
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.calculus.evaluate import compiled
from surefoot.descent.minibatches import Minibatches
from surefoot.descent.rule_chunks import LONGEST_CHUNK, RuleSteps, fits, one_step, rule_start
from surefoot.descent.walk_end import FAR, goes_on
from surefoot.program import Vector
from surefoot.terms import noted_interrupts

BLOCK = 256
"""Steps that are asked about together: asking costs as much as five to ten of the smallest."""
SMALL = 1 << 16
"""Up to so many coordinates; a larger walk has no memory to keep a second place."""
QUICK = 0.025
"""Seconds; a compiled call that took less is followed by one of twice the steps."""
_pieces: WeakKeyDictionary[Callable[..., Any], int] = WeakKeyDictionary()
"""How many steps a compiled loop takes in one call, as far as walks with it have shown."""


def some_steps(
    evaluator: Evaluator | Minibatches,
    make: Callable[[Any], Any],
    key: Any,
    x0: Vector,
    eta: float,
    steps: int,
    every: int,
    block: int = 1,
    everywhere: bool = False,
) -> RuleSteps:
    """As `rule_steps`, with rows for the steps whose number is a multiple of `every`, and the last.

    Between two rows nothing leaves the compiled loop, which ends by itself where the walk cannot
    go on. A row costs one evaluation more than its step. Where the walk ends early its last good
    point is there as well.

    Args:
        block: steps that are asked about together whether the walk can go on; more than one only
            where what is not finite in a gradient stays in the point.
        everywhere: the function has a value at every point. Only an overflow is then not finite,
            and within a block values are not looked at: that costs a tenth to a half of a step.
    """
    if evaluator.size > SMALL:
        block = 1
    # A power of 2: not every length of a walk is worth a compile.
    block = min(block, 1 << (every.bit_length() - 1))
    numbers = [*range(0, steps, every), steps]
    # Filled row by row: two copies of ten million numbers are two too many.
    points, gradients, updates = (np.empty((len(numbers), evaluator.size)) for _ in range(3))
    values = np.empty(len(numbers))
    kept = 0
    with noted_interrupts() as interrupted, jax.enable_x64(True):
        begin = partial(_Walk, evaluator, make, key, x0, eta, block, everywhere)
        walk = begin()
        for number in numbers:
            walk.go_to(number, interrupted)
            if walk.number < number:
                break
            points[kept], values[kept], gradients[kept], updates[kept] = walk.row()
            kept += 1
        over = walk.end() if walk.over else None
        stopped = over is None and kept < len(numbers)
        last = walk.number if over is None else over[0] - 1
        if 0 < kept < len(numbers) and last > numbers[kept - 1]:
            if over is not None:  # it stands beyond its last good point: once more, up to there
                walk = begin()
                walk.go_to(last, interrupted)
            numbers[kept] = walk.number
            points[kept], values[kept], gradients[kept], updates[kept] = walk.row()
            kept += 1
    rows = points[:kept], values[:kept], gradients[:kept], updates[:kept]
    return RuleSteps(*rows, np.asarray(numbers[:kept], np.int64), stopped, over)


class _Walk:
    """A walk that stands somewhere: the carry of the compiled loop, (x, state, number, over).

    Attributes:
        number: how many steps have been taken.
        over: whether the walk cannot go on from where it stands.
    """

    def __init__(
        self,
        evaluator: Evaluator | Minibatches,
        make: Callable[[Any], Any],
        key: Any,
        x0: Vector,
        eta: float,
        block: int,
        everywhere: bool,
    ) -> None:
        start = compiled(("rule start", evaluator.key, key), lambda: rule_start(evaluator, make))
        self._advance = compiled(
            ("rule skip", evaluator.key, key, block, everywhere),
            lambda: _skip(evaluator, make, block, everywhere),
            one_kernel=lambda: fits(evaluator, make),
            donate=(1,),
        )
        self._look = compiled(("rule look", evaluator.key, key), lambda: _look(evaluator, make))
        self._consts, self._eta = evaluator.consts, eta
        value, _ = evaluator.value_and_gradient(x0)
        self._bounds = (max(1.0, float(np.linalg.norm(x0))), value)
        begun = start(jax.device_put(x0, evaluator.device), eta)
        self.carry = (*begun, np.asarray(0), np.asarray(False))
        self.number, self.over = 0, False

    def go_to(self, number: int, stop: Callable[[], bool]) -> None:
        """Take steps until so many are taken, the walk is over, or it is stopped."""
        while self.number < number and not self.over and not stop():
            piece = _pieces.get(self._advance, LONGEST_CHUNK)
            count, began = min(number - self.number, piece), perf_counter()
            self.carry = self._advance(self._consts, self.carry, self._eta, count, self._bounds)
            self.number, self.over = int(self.carry[2]), bool(self.carry[3])
            if count == piece and not self.over and perf_counter() - began < QUICK:
                _pieces[self._advance] = 2 * piece

    def end(self) -> tuple[int, Vector, float, Vector]:
        """The step that the walk cannot go on from, with its point, value and gradient."""
        point, value, gradient, _ = self.row()
        return self.number, point, float(value), gradient

    def row(self) -> list[Vector]:
        """Point, value, gradient and update where the walk stands."""
        found = self._look(self._consts, self.carry[0], self.carry[1], self._eta)
        return [np.asarray(part) for part in (self.carry[0], *found)]


def _look(
    evaluator: Evaluator | Minibatches, make: Callable[[Any], Any]
) -> Callable[..., Any]:
    one = one_step(evaluator, make)

    def look(consts: Any, x: Any, state: Any, eta: Any) -> Any:
        return one(consts, x, state, eta)[1:]

    return look


def _skip(
    evaluator: Evaluator | Minibatches,
    make: Callable[[Any], Any],
    block: int,
    everywhere: bool,
) -> Callable[..., Any]:
    """Steps until so many are taken or the walk is over, looked at in blocks.

    What ends a walk is asked of a whole block at once, which asked at each step may cost as much as
    the step. Where a block is in doubt it is taken back, and from there on every step is asked.
    """
    one = one_step(evaluator, make)

    def advance(consts: Any, carry: Any, eta: Any, count: Any, bounds: Any) -> Any:
        end = carry[2] + count

        def going(carry: Any) -> Any:
            return (carry[2] < end) & ~carry[3]

        def step(carry: Any) -> Any:
            x, state, number, _ = carry
            state, value, gradient, update = one(consts, x, state, eta)
            good = goes_on(x[None], value[None], gradient[None], *bounds, xp=jnp)[0]
            return jnp.where(good, x + update, x), state, number + good, ~good

        def unasked(_: Any, carry: Any) -> Any:
            x, state, *finite = carry
            state, value, _, update = one(consts, x, state, eta)
            return x + update, state, *(seen & jnp.isfinite(value) for seen in finite)

        def blocks(carry: Any) -> Any:
            x, state, number, _ = carry
            seen = () if everywhere else (jnp.asarray(True),)
            last, after, *finite = jax.lax.fori_loop(0, block, unasked, (x, state, *seen))
            good = reduce(jnp.logical_and, finite, last @ last <= (FAR * bounds[0]) ** 2)
            kept = jax.tree_util.tree_map(
                lambda new, old: jnp.where(good, new, old), (last, after), (x, state)
            )
            return *kept, number + block * good, ~good

        if block > 1:
            room = lambda carry: (carry[2] + block <= end) & ~carry[3]  # noqa: E731
            carry = *jax.lax.while_loop(room, blocks, carry)[:3], carry[3]
        return jax.lax.while_loop(going, step, carry)

    return advance
