"""What a call means by loss(params, batch): the whole loss, its batches, and that it is a mean."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus import BatchLoss
from surefoot.calculus.evaluate import compiled
from surefoot.formulas import Formula
from surefoot.program import Vector
from surefoot.solve.examples import Examples
from surefoot.solve.question import Question, ask
from surefoot.terms import InputError

CHECKED = 8
"""Examples on which the loss of a batch is compared with the mean of its examples' losses."""
ROUNDING = 1e-4
"""Relative; losses that compute in float32 agree to about 10⁻⁶."""


@dataclass(frozen=True)
class SampledLoss:
    """A loss that is a mean over examples.

    Attributes:
        question: the loss of the whole data as a problem, and the point asked about.
        loss: as it was given.
        examples: the data.
        single: the loss on one example.
    """

    question: Question
    loss: Callable[..., Any]
    examples: Examples
    single: BatchLoss

    def on_batches(self, size: int) -> BatchLoss:
        """The loss on batches of a size."""
        if size == 1:
            return self.single
        return batch_loss(self.question, self.loss, self.examples, size)


class OnTheWhole:
    """params ↦ loss(params, data)."""

    def __init__(self, loss: Callable[..., Any], examples: Examples, parameter: str) -> None:
        self.loss = loss
        self.examples = examples
        self.variables = (parameter,)  # what a single array is called in messages
        self.__name__ = getattr(loss, "__name__", "loss")
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, params: Any) -> Any:
        out = self.loss(params, self.examples.tree([jnp.asarray(a) for a in self.examples.leaves]))
        self.shapes = [np.shape(leaf) for leaf in jax.tree_util.tree_leaves(out)]
        return out


def sampled_loss(loss: Any, x0: Any, examples: Examples, example: Any = None) -> SampledLoss:
    """The loss of a call, checked at its start.

    Raises:
        InputError: no function of (params, batch); a loss that is a sum over the batch, or neither
            sum nor mean; anything else that cannot be used as it is.
    """
    parameter = _first_of_two(loss)
    whole = OnTheWhole(loss, examples, parameter)
    try:
        question = ask(whole, x0, example=example)
    except InputError:
        if len(whole.shapes) == 1 and whole.shapes[0][:1] == (examples.count,):
            raise InputError(
                f"the loss returns an array of shape {whole.shapes[0]}, a loss for each of the "
                f"{examples.count} examples; return their mean: jnp.mean(…)"
            ) from None
        raise
    single = batch_loss(question, loss, examples, 1)
    found = SampledLoss(question, loss, examples, single)
    _require_a_mean(found)
    return found


def batch_loss(question: Question, loss: Any, examples: Examples, size: int) -> BatchLoss:
    """The loss on batches of a size."""
    structure = question.problem.structure
    return BatchLoss(loss, structure, examples.leaves, examples.treedef, size)


def _first_of_two(loss: Any) -> str:
    wanted = "expected a function loss(params, batch), the mean loss of the batch's examples"
    if isinstance(loss, str | Formula):
        raise InputError(f"the loss is a formula, which has no argument for a batch; {wanted}")
    if not callable(loss):
        raise InputError(f"the loss is {type(loss).__name__}; {wanted}")
    try:
        signature = inspect.signature(loss)
    except (TypeError, ValueError):  # some callables written in C have none
        return "w"
    try:
        signature.bind(None, None)
    except TypeError:
        raise InputError(f"the loss takes {signature}; {wanted}") from None
    first = next(iter(signature.parameters.values()))
    return first.name if first.kind is not first.VAR_POSITIONAL else "w"


def _require_a_mean(found: SampledLoss) -> None:
    """Compare a batch with its examples, one by one, at the start and beside it."""
    examples = found.examples
    count = min(CHECKED, examples.count)
    if count == 1:
        return
    rng = np.random.default_rng(5)
    places = rng.choice(examples.count, count, replace=False)
    rows = [leaf[places] for leaf in examples.leaves]
    together, single = found.on_batches(count), found.single
    start = found.question.start
    beside = start + 0.1 * np.maximum(1.0, np.abs(start)) * rng.standard_normal(start.size)

    def both(captured: Any, rows: Any, x: Any) -> Any:
        def of_one(*row: Any) -> Any:
            alone = [part[None] for part in row]
            return single.jax_value_and_gradient(captured[1], alone, x)

        return together.jax_value_and_gradient(captured[0], rows, x), jax.vmap(of_one)(*rows)

    shapes = tuple((row.shape, row.dtype.name) for row in rows)
    run = compiled(("mean check", together.key, single.key, shapes), lambda: both)
    for x in (start, beside):
        with jax.enable_x64(True), np.errstate(all="ignore"):
            whole, parts = run((together.consts, single.consts), rows, x)
            for batch, ones in zip(whole, parts, strict=True):
                _compare(np.atleast_1d(np.asarray(batch)), np.asarray(ones).reshape(count, -1))


def _compare(batch: Vector, ones: Vector) -> None:
    count = len(ones)
    scale = ROUNDING * float(np.mean(np.linalg.norm(ones, axis=1)))
    if not np.isfinite(scale) or not np.isfinite(batch).all():
        return  # what is not finite is told where it matters
    mean = ones.mean(axis=0)
    if np.linalg.norm(batch - mean) <= scale:
        return
    if np.linalg.norm(batch - count * mean) <= count * scale:
        raise InputError(
            f"the loss is a sum over the batch: on {count} examples it is {count} times their "
            "mean, and the size of its steps would change with the batch; write jnp.mean in place "
            "of jnp.sum"
        )
    raise InputError(
        f"the loss of a batch of {count} is not the mean of its examples' losses (nor their sum), "
        "so that the gradient of a batch is no estimate of the whole gradient. A root of a mean, a "
        "normalisation over the batch or a pairing of examples does that; so does a penalty on "
        "the parameters beside a sum: write jnp.mean of one term for each example, and the "
        "penalty once beside it"
    )
