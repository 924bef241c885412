"""Steps that only move elements, as index maps that every table can use.

A rule applied to the array 0, 1, 2, … tells where each element of its result comes from. One such
map serves affine forms, degrees, intervals, sparsity: `value[map]` along the rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.indexing import INDEXING, gather_places, scatter_places
from surefoot.program.numpy_rules.structural import STRUCTURAL

Indices = NDArray[np.int64]

MOVED: Mapping[str, int | None] = {
    **{name: None for name in STRUCTURAL if name != "iota"},
    "dynamic_slice": 1,
    "dynamic_update_slice": 2,
    "gather": 1,
    "scatter": 2,
}
"""Primitive → how many leading arguments are moved (None: all); the rest say where to.

For `scatter` the moved ones are the first and the third; see `split_arguments`.
"""

_RULES = {**STRUCTURAL, **INDEXING}


def split_arguments(node: Node, arguments: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The arguments whose elements are moved, and those that say where to."""
    if node.primitive == "scatter":
        return [arguments[0], arguments[2]], [arguments[1]]
    count = MOVED[node.primitive]
    if node.primitive == "broadcast_in_dim":
        count = 1
    count = len(arguments) if count is None else count
    return list(arguments[:count]), list(arguments[count:])


def index_map(
    node: Node, shapes: Sequence[Sequence[Any]], places: Sequence[Any] = ()
) -> tuple[Indices, ...]:
    """Where each element of each result comes from.

    Args:
        node: a step whose primitive is in `MOVED`.
        shapes: shapes of the moved arguments.
        places: the values of the arguments that say where to (indices of a gather, …).

    Returns:
        for each output an integer array of its shape: positions in the moved arguments, raveled
        and laid end to end; −1 where a gather fills in (see `fill_value`).
    """
    sources: list[Indices] = []
    start = 0
    for shape in shapes:
        size = int(np.prod(shape, dtype=np.int64))
        sources.append(np.arange(start, start + size).reshape(tuple(shape)))
        start += size
    if node.primitive == "gather":
        return (_gather_map(node, sources[0], np.asarray(places[0])),)
    if node.primitive == "scatter":
        result = _RULES["scatter"](node, sources[0], np.asarray(places[0]), sources[1])
    else:
        result = _RULES[node.primitive](node, *sources, *places)
    # The parts of an unstacked vector are NumPy's scalars until they are made arrays.
    return tuple(map(np.asarray, result if isinstance(result, tuple) else (result,)))


def _gather_map(node: Node, source: Indices, indices: Any) -> Indices:
    where, inside = gather_places(node, source.shape, indices)
    safe = [
        np.clip(place, 0, max(total - 1, 0))
        for place, total in zip(where, source.shape, strict=True)
    ]
    taken = source[tuple(safe)] if source.ndim else source
    return np.broadcast_to(np.where(inside, taken, -1), node.outputs[0].shape)


def scatter_map(
    node: Node, shape: Sequence[Any], indices: Any, updates_shape: Sequence[Any]
) -> Indices:
    """For each element of a scatter's update the raveled position it goes to; −1 if dropped."""
    where, inside = scatter_places(node, shape, np.asarray(indices), updates_shape)
    flat = np.zeros(tuple(updates_shape), np.int64)
    for place, total in zip(where, shape, strict=True):
        flat = flat * total + place
    return np.where(np.broadcast_to(inside, flat.shape), flat, -1)
