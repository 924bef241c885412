"""The gradient of each example, some at a time, so that memory stays bounded."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.calculus.batch_loss import BatchLoss
from surefoot.calculus.evaluate import compiled
from surefoot.program import Vector, hessian_vector

ROOM = 2**21
"""The most numbers that the gradients of one call have together (16 MB)."""
MOST = 4096
"""The most examples of one call: what they compute on the way takes room as well."""


class ExampleGradients:
    """∇l(w, example i) for i = 0 … n − 1, with l the loss of a batch of one.

    Args:
        single: the loss on one example.
        leaves: the arrays of the data, (n, …) each.
        x: (p,) the flat point w.

    Attributes:
        count: n. size: p. chunk: how many examples one call takes.
    """

    def __init__(self, single: BatchLoss, leaves: Sequence[Any], x: Vector) -> None:
        self.single = single
        self.leaves = leaves
        self.x = x
        self.count = len(leaves[0])
        self.size = x.size
        self.chunk = max(1, min(self.count, MOST, ROOM // max(x.size, 1)))
        shapes = tuple((leaf.shape[1:], leaf.dtype.name) for leaf in leaves)
        self._key = (single.key, shapes, self.chunk)

    def chunks(self) -> Iterator[tuple[slice, Vector, Vector]]:
        """(which examples, their losses (k,), their gradients (k, p)), in the order of the data."""
        run = compiled(("example gradients", *self._key), lambda: self._all)
        for first in range(0, self.count, self.chunk):
            rows, where = self._rows(first)
            with jax.enable_x64(True):
                values, gradients = run(self.single.consts, rows, self.x)
                values, gradients = np.asarray(values), np.asarray(gradients)
            kept = where.stop - where.start
            yield where, values[:kept], gradients[:kept]

    def products(self, directions: Vector) -> Iterator[tuple[slice, Vector]]:
        """(which examples, ∇²l(w, example i) v (k, m, p)) for the m rows v of directions (m, p)."""
        run = compiled(
            ("example products", *self._key, len(directions)), lambda: self._all_products
        )
        for first in range(0, self.count, self.chunk):
            rows, where = self._rows(first)
            with jax.enable_x64(True):
                found = np.asarray(run(self.single.consts, rows, self.x, directions))
            yield where, found[: where.stop - where.start]

    def _rows(self, first: int) -> tuple[list[Any], slice]:
        """A chunk's arrays, the last example repeated where they end, and which examples they are.

        One length for all chunks compiles once.
        """
        stop = min(first + self.chunk, self.count)
        rows = [leaf[first:stop] for leaf in self.leaves]
        missing = self.chunk - (stop - first)
        if missing:
            rows = [np.concatenate([row, np.repeat(row[-1:], missing, axis=0)]) for row in rows]
        return rows, slice(first, stop)

    def _one(self, consts: Any, x: Any, row: Sequence[Any]) -> Any:
        return self.single.jax_value_and_gradient(consts, [jnp.asarray(a)[None] for a in row], x)

    def _all(self, consts: Any, rows: Any, x: Any) -> Any:
        return jax.vmap(lambda *row: self._one(consts, x, row))(*rows)

    def _all_products(self, consts: Any, rows: Any, x: Any, directions: Any) -> Any:
        def of(row: Sequence[Any], v: Any) -> Any:
            gradient: Callable[[Any], Any] = lambda y: self._one(consts, y, row)[1]  # noqa: E731
            return hessian_vector(gradient, x, v)

        return jax.vmap(lambda *row: jax.vmap(lambda v: of(row, v))(directions))(*rows)
