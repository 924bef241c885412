"""Steps of a rule, all of them recorded, in compiled chunks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.calculus.evaluate import compiled
from surefoot.program import Vector
from surefoot.terms import noted_interrupts

LONGEST_CHUNK = 256
"""Steps in one compiled call; Ctrl-C and what is not finite are looked at between calls."""


@dataclass(frozen=True)
class RuleSteps:
    """What a rule did; row k belongs to the point before step k, the last to the end.

    Attributes:
        points, gradients: (k + 1, n).
        values: (k + 1,).
        updates: (k + 1, n); the last was computed but not taken.
        interrupted: whether Ctrl-C or `stop` ended it.
    """

    points: Vector
    values: Vector
    gradients: Vector
    updates: Vector
    interrupted: bool


def rule_steps(
    evaluator: Evaluator,
    make: Callable[[Any], Any],
    key: Any,
    x0: Vector,
    eta: float,
    steps: int,
    stop: Callable[[], bool] = lambda: False,
    longest: int = LONGEST_CHUNK,
) -> RuleSteps:
    """Take steps with a rule until all are taken or something is not finite.

        gₖ = ∇f(xₖ),   (uₖ, sₖ₊₁) = update(gₖ, sₖ, xₖ),   xₖ₊₁ = xₖ + uₖ

    The rule sees the argument in the structure that the user gave it, so that rules which treat
    each array by itself do so.

    Args:
        evaluator: the objective.
        make: from η to an optax gradient transformation.
        key: hashable; equal keys mean the same rule.
        x0: flat start (n,).
        eta: the learning rate, handed to the compiled code as a number: another one compiles
            nothing.
        steps: how many.
        stop: looked at between compiled calls, as Ctrl-C is.
        longest: steps in one compiled call at most.
    """
    chunk = min(longest, 1 << steps.bit_length())
    start, advance = (
        compiled(("rule start", evaluator.key, key), lambda: _start(evaluator, make)),
        compiled(("rule steps", evaluator.key, key, chunk), lambda: _chunk(evaluator, make, chunk)),
    )
    rows: list[list[Vector]] = []
    left = steps + 1
    with noted_interrupts() as interrupted, jax.enable_x64(True):
        carry = start(jnp.asarray(x0), eta)
        while left > 0 and not interrupted() and not stop():
            carry, found = advance(evaluator.consts, carry, eta)
            rows.append([np.asarray(part)[:left] for part in found])
            left -= len(rows[-1][0])
            if not all(np.isfinite(part).all() for part in rows[-1][:3]):
                break
        stopped = left > 0 and bool(interrupted() or stop())
    whole = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
    if not whole:
        value, gradient = evaluator.value_and_gradient(x0)
        whole = [x0[None], np.array([value]), gradient[None], np.zeros((1, x0.size))]
    return RuleSteps(whole[0], whole[1], whole[2], whole[3], stopped)


def _start(evaluator: Evaluator, make: Callable[[Any], Any]) -> Callable[..., Any]:
    structure = evaluator.program.structure

    def start(x: Any, eta: Any) -> Any:
        return x, make(eta).init(structure.unravel_jax(x))

    return start


def _chunk(evaluator: Evaluator, make: Callable[[Any], Any], length: int) -> Callable[..., Any]:
    import optax

    structure = evaluator.program.structure

    def flat(tree: Any) -> Any:
        return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree_util.tree_leaves(tree)])

    def advance(consts: Any, carry: Any, eta: Any) -> Any:
        # Line searches and Polyak steps ask for the value and the function besides the gradient.
        transformation: Any = optax.with_extra_args_support(make(eta))

        def one(carry: Any, _: Any) -> Any:
            x, state = carry
            value, gradient = evaluator.jax_value_and_gradient(consts, x)
            update, state = transformation.update(
                structure.unravel_jax(gradient), state, structure.unravel_jax(x),
                value=value, grad=structure.unravel_jax(gradient),
                value_fn=lambda tree: evaluator.jax_value(consts, flat(tree)),
            )  # fmt: skip
            step = flat(update).astype(x.dtype)
            return (x + step, state), (x, value, gradient, step)

        return jax.lax.scan(one, carry, length=length)

    return advance
