"""Steps of a rule in compiled chunks, all of them recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.calculus.evaluate import compiled
from surefoot.calculus.one_kernel import is_known
from surefoot.descent.minibatches import Minibatches
from surefoot.program import Graph, Program, Vector
from surefoot.terms import noted_interrupts

LONGEST_CHUNK = 256
"""Steps in one compiled call; Ctrl-C and what is not finite are looked at between calls."""


@dataclass(frozen=True)
class RuleSteps:
    """What a rule did, row by row; the first row belongs to the start, the last to the end.

    Attributes:
        points, gradients: (k + 1, n).
        values: (k + 1,).
        updates: (k + 1, n) the step from each point; the last was computed but not taken.
        numbers: (k + 1,) how many steps had been taken.
        interrupted: whether Ctrl-C or `stop` ended it.
        over: a point between two rows from which the walk cannot go on: its number, itself (n,),
            value and gradient (n,); None where there is none.
    """

    points: Vector
    values: Vector
    gradients: Vector
    updates: Vector
    numbers: NDArray[np.int64]
    interrupted: bool
    over: tuple[int, Vector, float, Vector] | None = None

    @classmethod
    def of(
        cls,
        rows: Sequence[Sequence[Any]],
        numbers: Sequence[int],
        interrupted: bool,
    ) -> "RuleSteps":
        """From blocks of rows (points, values, gradients, updates)."""
        points, values, gradients, updates = (
            np.concatenate(parts) for parts in zip(*rows, strict=True)
        )
        counted = np.asarray(numbers, np.int64)
        return cls(points, values, gradients, updates, counted, interrupted)


def rule_steps(
    evaluator: Evaluator | Minibatches,
    make: Callable[[Any], Any],
    key: Any,
    x0: Vector,
    eta: float,
    steps: int,
    stop: Callable[[], bool] = lambda: False,
    longest: int = LONGEST_CHUNK,
    state: Any = None,
) -> RuleSteps:
    """Take steps with a rule until all are taken or something is not finite.

        gₖ = ∇f(xₖ),   (uₖ, sₖ₊₁) = update(gₖ, sₖ, xₖ),   xₖ₊₁ = xₖ + uₖ

    The rule sees the argument in the structure that the user gave it, so that rules which treat
    each array by itself do so.

    Args:
        evaluator: the objective; with minibatches values and gradients are those of the batches.
        make: from η to an optax gradient transformation.
        key: hashable; equal keys mean the same rule.
        x0: flat start (n,).
        eta: the learning rate, handed to the compiled code as a number: another one compiles
            nothing.
        steps: how many.
        stop: looked at between compiled calls, as Ctrl-C is.
        longest: steps in one compiled call at most.
        state: the rule's state to go on from; None: as it begins.
    """
    chunk = min(longest, 1 << steps.bit_length())
    start, advance = (
        compiled(("rule start", evaluator.key, key), lambda: rule_start(evaluator, make)),
        compiled(
            ("rule steps", evaluator.key, key, chunk),
            lambda: _chunk(evaluator, make, chunk),
            one_kernel=lambda: fits(evaluator, make),
        ),
    )
    rows: list[list[Vector]] = []
    left = steps + 1
    with noted_interrupts() as interrupted, jax.enable_x64(True):
        carry = start(jax.device_put(x0, evaluator.device), eta)
        if state is not None:
            carry = carry[0], jax.tree_util.tree_map(
                lambda leaf, fresh: jnp.asarray(leaf, fresh.dtype), state, carry[1]
            )
        while left > 0 and not interrupted() and not stop():
            carry, found = advance(evaluator.consts, carry, eta)
            rows.append([np.asarray(part)[:left] for part in found])
            left -= len(rows[-1][0])
            if not all(np.isfinite(part).all() for part in rows[-1][:3]):
                break
        stopped = left > 0 and bool(interrupted() or stop())
    if not rows:
        rows.append(_only_the_start(evaluator, x0))
    return RuleSteps.of(rows, range(sum(len(row[0]) for row in rows)), stopped)


def _only_the_start(evaluator: Evaluator | Minibatches, x0: Vector) -> list[Vector]:
    value, gradient = evaluator.value_and_gradient(x0)
    return [x0[None], np.array([value]), gradient[None], np.zeros((1, x0.size))]


def rule_start(
    evaluator: Evaluator | Minibatches, make: Callable[[Any], Any]
) -> Callable[..., Any]:
    """(x, η) -> x and the rule's state before the first step."""
    structure = evaluator.structure

    def start(x: Any, eta: Any) -> Any:
        state = make(eta).init(structure.unravel_jax(x))
        if isinstance(evaluator, Minibatches):
            return x, (state, evaluator.first_place())
        return x, state

    return start


@dataclass(frozen=True)
class Asked:
    """What a rule may ask besides the gradient.

    Attributes:
        value: f of a tree of parameters, which a call gives too.
        program: what f is, for rules that bound it; None where f is another one at each step.
    """

    value: Callable[[Any], Any]
    program: Program | None

    def __call__(self, tree: Any) -> Any:
        return self.value(tree)


def one_step(
    evaluator: Evaluator | Minibatches, make: Callable[[Any], Any]
) -> Callable[..., Any]:
    """(consts, x, state, eta) -> state, value, gradient, update: what a rule does at a point."""
    import optax

    structure = evaluator.structure
    program = None
    if isinstance(evaluator, Evaluator) and evaluator.is_plain:
        program = evaluator.program

    def flat(tree: Any) -> Any:
        return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree_util.tree_leaves(tree)])

    def one(consts: Any, x: Any, state: Any, eta: Any) -> Any:
        # Line searches and Polyak steps ask for the value and the function besides the gradient.
        transformation: Any = optax.with_extra_args_support(make(eta))
        value, gradient = evaluator.jax_value_and_gradient(consts, x)
        update, state = transformation.update(
            structure.unravel_jax(gradient), state, structure.unravel_jax(x),
            value=value, grad=structure.unravel_jax(gradient),
            value_fn=Asked(lambda tree: evaluator.jax_value(consts, flat(tree)), program),
        )  # fmt: skip
        return state, value, gradient, flat(update).astype(x.dtype)

    def one_of_a_batch(consts: Any, x: Any, state: Any, eta: Any) -> Any:
        assert isinstance(evaluator, Minibatches)
        batch, place = evaluator.draw(consts, state[1])
        inner, *found = one(batch, x, state[0], eta)
        return (inner, place), *found

    return one_of_a_batch if isinstance(evaluator, Minibatches) else one


def fits(evaluator: Evaluator | Minibatches, make: Callable[[Any], Any]) -> bool:
    """Whether a loop over a rule's steps may be compiled into one kernel."""
    if evaluator.device.platform != "cpu" or not evaluator.fits_one_kernel():
        return False
    one = one_step(evaluator, make)

    def step(consts: Any, x: Any, eta: Any) -> Any:
        return one(consts, *rule_start(evaluator, make)(x, eta), eta)

    with jax.enable_x64(True):
        closed = jax.make_jaxpr(step)(evaluator.consts, np.zeros(evaluator.size), 0.1)
    return is_known(Graph.of(closed))


def _chunk(
    evaluator: Evaluator | Minibatches, make: Callable[[Any], Any], length: int
) -> Callable[..., Any]:
    one = one_step(evaluator, make)

    def advance(consts: Any, carry: Any, eta: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            x, state = carry
            state, value, gradient, update = one(consts, x, state, eta)
            return (x + update, state), (x, value, gradient, update)

        return jax.lax.scan(step, carry, length=length)

    return advance
