"""A loss seen one minibatch a step, for the loops of `rule_chunks` and `some_steps`."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np

from surefoot.calculus import BatchLoss
from surefoot.calculus.evaluate import compiled
from surefoot.descent.draws import draw, first_place, seed_key
from surefoot.program import Structure, Vector


class Minibatches:
    """What `Evaluator` is for one function, with another batch at each step.

        gₖ = ∇ loss(xₖ, data[rows of step k])

    Args:
        loss: on batches of the size that is drawn.
        leaves: the arrays of the data, (count, …) each.
        replace: whether an example may come twice in a batch.
        seed: of the draws; another one compiles nothing.
        device: where the data are put, and with them every step; None for the CPU.
    """

    def __init__(
        self,
        loss: BatchLoss,
        leaves: Sequence[Any],
        replace: bool,
        seed: int,
        device: Any = None,
    ) -> None:
        self.loss = loss
        self.count = len(leaves[0])
        self.replace = replace
        self.size = loss.structure.size
        self._leaves = leaves
        self._seed = seed
        self._device = device

    @property
    def structure(self) -> Structure:
        """How the point is laid out."""
        return self.loss.structure

    @cached_property
    def key(self) -> Any:
        """Equal keys run the same compiled code."""
        shapes = tuple((leaf.shape, leaf.dtype.name) for leaf in self._leaves)
        return ("minibatches", self.loss.key, shapes, self.loss.size, self.replace, self._device)

    @cached_property
    def device(self) -> Any:
        """Where the loss is evaluated."""
        return self._device or jax.devices("cpu")[0]

    @cached_property
    def consts(self) -> Any:
        """What the loss captured, the data, and the key of the seed, on the device."""
        with jax.enable_x64(True):
            parts = (self.loss.consts, self._leaves)
            put = [[jax.device_put(array, self.device) for array in part] for part in parts]
            return (*put, jax.device_put(seed_key(self._seed), self.device))

    def first_place(self) -> Any:
        """Where the draws begin; see `draws.draw`."""
        return first_place(self.count, self.replace)

    def draw(self, consts: Any, place: Any) -> tuple[Any, Any]:
        """(consts of one batch, the next place); pure."""
        captured, leaves, key = consts
        rows, place = draw(key, place, self.count, self.loss.size, self.replace)
        return (captured, [leaf[rows] for leaf in leaves]), place

    def jax_value(self, batch: Any, x: Any) -> Any:
        """The loss of a batch at x (n,); pure."""
        captured, rows = batch
        return self.loss.jax_value(captured, rows, x)

    def jax_value_and_gradient(self, batch: Any, x: Any) -> Any:
        """The loss of a batch and its gradient (n,) at x (n,); pure."""
        captured, rows = batch
        return self.loss.jax_value_and_gradient(captured, rows, x)

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Of the first batch."""

        def first(consts: Any, x: Any) -> Any:
            batch, _ = self.draw(consts, self.first_place())
            return self.jax_value_and_gradient(batch, x)

        with jax.enable_x64(True):
            value, gradient = compiled(("first batch", self.key), lambda: first)(self.consts, x)
        return float(value), np.array(gradient)

    def fits_one_kernel(self) -> bool:
        """No: rows are gathered by their places."""
        return False
