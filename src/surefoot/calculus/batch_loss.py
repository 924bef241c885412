"""loss(params, batch) as a pure function of a flat point and the arrays of a batch."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program import Graph, Structure, evaluate, walk, with_reverse_mode
from surefoot.program.keys import graph_key
from surefoot.terms import InputError


class BatchLoss:
    """The loss on batches of one size: followed once, with the batch as an argument.

    Args:
        loss: loss(params, batch) -> a number.
        structure: how params is laid out.
        leaves: the arrays of the whole data, (n, …) each; only shapes and types matter.
        treedef: how they make up the data.
        size: how many examples a batch has.

    Attributes:
        consts: what the loss captured besides the batch.

    Raises:
        InputError: the loss works on the whole data, but not on a batch of this size.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        structure: Structure,
        leaves: Sequence[Any],
        treedef: Any,
        size: int,
    ) -> None:
        self.structure = structure
        self.size = size

        def on_arrays(params: Any, *rows: Any) -> Any:
            return loss(params, jax.tree_util.tree_unflatten(treedef, rows))

        shapes = [jax.ShapeDtypeStruct((size, *leaf.shape[1:]), leaf.dtype) for leaf in leaves]
        point = structure.unravel(np.zeros(structure.size))
        try:
            with jax.enable_x64(True):
                closed, output = jax.make_jaxpr(on_arrays, return_shape=True)(point, *shapes)
        except Exception as error:
            told = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(
                f"the loss can be computed on all {len(leaves[0])} examples, but not on a batch of "
                f"{size}: {told[0]} (a loss of minibatches reads its number of examples from the "
                "batch, and finds an axis of examples first in each array of it)"
            ) from error
        found = jax.tree_util.tree_leaves(output)
        if len(found) != 1 or tuple(found[0].shape) != ():
            shown = ", ".join(str(tuple(leaf.shape)) for leaf in found)
            raise InputError(
                f"on a batch of {size} the loss returns something of shape {shown}; expected one "
                "number, the mean over the batch (jnp.mean)"
            )
        self.graph = Graph.of(closed)
        self.consts = tuple(np.asarray(value) for value in self.graph.values)

    @cached_property
    def key(self) -> Any:
        """Losses with equal keys run the same compiled code."""
        shapes = tuple((c.shape, c.dtype.name) for c in self.consts)
        return ("batch loss", self.structure.key, shapes, graph_key(self.graph))

    def jax_value(self, consts: Any, rows: Sequence[Any], x: Any) -> Any:
        """The loss, a scalar, of a batch's arrays at x (n,); pure, with a reverse mode."""
        return self._value((consts, rows), x)

    @cached_property
    def _value(self) -> Callable[[Any, Any], Any]:
        return with_reverse_mode(self._plain_value, self.graph)

    def _plain_value(self, held: Any, x: Any) -> Any:
        consts, rows = held
        leaves = jax.tree_util.tree_leaves(self.structure.unravel_jax(x))
        out = walk(self.graph, evaluate, list(consts), [*leaves, *rows])
        return jnp.asarray(out[0], dtype=jnp.float64)

    def jax_value_and_gradient(self, consts: Any, rows: Sequence[Any], x: Any) -> Any:
        """The loss and its gradient (n,); pure."""
        return jax.value_and_grad(self.jax_value, argnums=2)(consts, rows, x)
