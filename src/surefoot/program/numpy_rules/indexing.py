"""NumPy rules for gather, scatter and slices at computed places (XLA's semantics)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.elementwise import Array, Rule, quiet

Whole = Sequence[Any]
"""Whole numbers; under `vmap` JAX writes NumPy's into a step's parameters."""


def _clamped_starts(
    starts: Sequence[Array], sizes: Whole, shape: Whole
) -> list[int]:
    return [
        min(max(int(start), 0), total - size)
        for start, size, total in zip(starts, sizes, shape, strict=True)
    ]


def _dynamic_slice(node: Node, a: Array, *starts: Array) -> Array:
    sizes = node.params["slice_sizes"]
    begins = _clamped_starts(starts, sizes, np.shape(a))
    return a[tuple(slice(b, b + size) for b, size in zip(begins, sizes, strict=True))]


def _dynamic_update_slice(node: Node, a: Array, update: Array, *starts: Array) -> Array:
    sizes = np.shape(update)
    begins = _clamped_starts(starts, sizes, np.shape(a))
    result = np.array(a)
    result[tuple(slice(b, b + size) for b, size in zip(begins, sizes, strict=True))] = update
    return result


def _places(
    indices: Array,
    shape: Whole,
    window: Whole,
    index_map: Whole,
    batching: Sequence[tuple[Any, Any]],
    offset_dims: Whole,
    dropped: Whole,
    rank: int,
    clip: bool,
) -> tuple[list[Array], Array]:
    """Where each element of a gather's result (or a scatter's update) lies in the operand.

    Args:
        indices: integer array whose last axis holds one start per entry of `index_map`.
        shape: shape of the operand.
        window: extent of the window in each operand dimension.
        index_map: operand dimension that each start speaks of.
        batching: pairs (operand dimension, indices dimension) walked together.
        offset_dims: dimensions of the result that run inside the window.
        dropped: operand dimensions that the window has no result dimension for.
        rank: number of dimensions of the result.
        clip: move windows that stick out back inside, instead of marking them.

    Returns:
        for each operand dimension an integer array that broadcasts to the result, and a boolean
        array, broadcastable likewise, that says where the place lies inside.
    """
    outer_dims = [axis for axis in range(rank) if axis not in offset_dims]
    outer_shape = indices.shape[:-1]

    def outer(array: Array) -> Array:
        aligned = [1] * rank
        for axis, size in zip(outer_dims, outer_shape, strict=True):
            aligned[axis] = size
        return array.reshape(aligned)

    starts: dict[int, Array] = {}
    for position, axis in enumerate(index_map):
        start = indices[..., position].astype(np.int64)
        starts[axis] = np.clip(start, 0, shape[axis] - window[axis]) if clip else start
    for axis, along in batching:
        line = np.arange(outer_shape[along])
        aligned = [1] * len(outer_shape)
        aligned[along] = -1
        starts[axis] = np.broadcast_to(line.reshape(aligned), outer_shape)
    kept = [axis for axis in range(len(shape)) if axis not in dropped]
    inside: Array = np.ones([1] * rank, bool)
    places: list[Array] = []
    for axis, total in enumerate(shape):
        place: Array = np.zeros([1] * rank, np.int64)
        if axis in starts:
            begin = outer(starts[axis])
            inside = inside & (begin >= 0) & (begin <= total - window[axis])
            place = place + begin
        if axis in kept:
            aligned = [1] * rank
            aligned[offset_dims[kept.index(axis)]] = -1
            place = place + np.arange(window[axis]).reshape(aligned)
        places.append(place)
    return places, inside


def _mode(node: Node) -> str:
    return str(getattr(node.params["mode"], "name", node.params["mode"]))


def gather_places(node: Node, shape: Whole, indices: Array) -> tuple[list[Array], Array]:
    """Where each element of a gather's result lies in the operand, and whether it is inside."""
    numbers = node.params["dimension_numbers"]
    batching = list(
        zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True)
    )
    return _places(
        np.asarray(indices), shape, node.params["slice_sizes"], numbers.start_index_map, batching,
        [int(axis) for axis in numbers.offset_dims],
        [*map(int, numbers.collapsed_slice_dims), *map(int, numbers.operand_batching_dims)],
        len(node.outputs[0].shape), _mode(node) != "FILL_OR_DROP",
    )  # fmt: skip


def fill_value(node: Node, dtype: Any) -> Any:
    """What a gather puts where its place lies outside the operand."""
    given = node.params["fill_value"]
    if given is not None:
        return given
    kind = np.dtype(dtype).kind
    if kind in "fc":
        return np.nan
    if kind == "i":
        return np.iinfo(dtype).min
    return np.iinfo(dtype).max if kind == "u" else True


def _gather(node: Node, a: Array, indices: Array) -> Array:
    shape = np.shape(a)
    places, inside = gather_places(node, shape, indices)
    safe = [
        np.clip(place, 0, max(total - 1, 0)) for place, total in zip(places, shape, strict=True)
    ]
    result = np.asarray(a)[tuple(safe)] if shape else np.asarray(a)
    result = np.broadcast_to(result, node.outputs[0].shape)
    if inside.all():
        return result
    return np.where(inside, result, np.asarray(fill_value(node, result.dtype), result.dtype))


def scatter_places(
    node: Node, shape: Whole, indices: Array, updates_shape: Whole
) -> tuple[list[Array], Array]:
    """Where each element of a scatter's update goes in the operand, and whether it is inside."""
    numbers = node.params["dimension_numbers"]
    dropped = [*map(int, numbers.inserted_window_dims), *map(int, numbers.operand_batching_dims)]
    kept = [axis for axis in range(len(shape)) if axis not in dropped]
    window = [1] * len(shape)
    for axis, along in zip(kept, numbers.update_window_dims, strict=True):
        window[axis] = updates_shape[along]
    batching = list(
        zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
    )
    return _places(
        np.asarray(indices), shape, window, numbers.scatter_dims_to_operand_dims, batching,
        [int(axis) for axis in numbers.update_window_dims], dropped, len(updates_shape),
        _mode(node) == "CLIP",
    )  # fmt: skip


def _scatter(combine: Callable[..., None] | None) -> Rule:
    def scatter(node: Node, a: Array, indices: Array, updates: Array) -> Array:
        shape, size = np.shape(a), np.shape(updates)
        places, inside = scatter_places(node, shape, indices, size)
        keep = np.broadcast_to(inside, size)
        target = tuple(np.broadcast_to(place, size)[keep] for place in places)
        result = np.array(a)
        values = np.asarray(updates)[keep]
        if combine is None:
            result[target] = values
        else:
            combine(result, target, values)
        return result

    return quiet(scatter)


INDEXING: dict[str, Rule] = {
    "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": _dynamic_update_slice,
    "gather": _gather,
    "scatter": _scatter(None),
    "scatter-add": _scatter(np.add.at),
    "scatter-sub": _scatter(np.subtract.at),
    "scatter-mul": _scatter(np.multiply.at),
    "scatter-min": _scatter(np.minimum.at),
    "scatter-max": _scatter(np.maximum.at),
}
