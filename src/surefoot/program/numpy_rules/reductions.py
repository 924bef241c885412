"""NumPy rules for reductions, running reductions, sorting and the dot product."""

from collections.abc import Callable
from typing import Any

import numpy as np

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.elementwise import Array, Rule, cast, quiet


def _reduce(function: Callable[..., Any]) -> Rule:
    def rule(node: Node, a: Array) -> Array:
        axes = tuple(int(axis) for axis in node.params["axes"])
        return function(a, axes)

    return quiet(rule)


def _sum(a: Array, axes: tuple[int, ...]) -> Array:
    return np.sum(a, axis=axes, dtype=a.dtype)


def _prod(a: Array, axes: tuple[int, ...]) -> Array:
    return np.prod(a, axis=axes, dtype=a.dtype)


def _extreme(function: Callable[..., Any], lowest: bool) -> Callable[..., Any]:
    def extreme(a: Array, axes: tuple[int, ...]) -> Array:
        return function(a, axis=axes, initial=_limit(a.dtype, lowest))

    return extreme


def _limit(dtype: Any, lowest: bool) -> Any:
    """What an empty maximum (lowest) or minimum is."""
    if dtype.kind == "b":
        return not lowest
    if dtype.kind == "f":
        return -np.inf if lowest else np.inf
    info = np.iinfo(dtype)
    return info.min if lowest else info.max


def _logical(bitwise: Any, logical: Any) -> Callable[..., Any]:
    def reduce(a: Array, axes: tuple[int, ...]) -> Array:
        return (logical if a.dtype == np.bool_ else bitwise).reduce(a, axis=axes)

    return reduce


def _position(function: Callable[..., Any]) -> Rule:
    def rule(node: Node, a: Array) -> Array:
        (axis,) = node.params["axes"]
        return function(a, axis=axis).astype(node.params["index_dtype"])

    return rule


def _running(function: Any) -> Rule:
    def rule(node: Node, a: Array) -> Array:
        axis, reverse = node.params["axis"], node.params["reverse"]
        a = np.flip(a, axis) if reverse else a
        result = function.accumulate(a, axis=axis, dtype=a.dtype)
        return np.flip(result, axis) if reverse else result

    return quiet(rule)


def _sort_key(a: Array) -> Array:
    """Keys whose order is JAX's: all NaN last and alike, −0 and +0 alike."""
    return np.where(a == 0, np.zeros((), a.dtype), a) if a.dtype.kind == "f" else a


def sort_order(node: Node, *operands: Array) -> Array:
    """The permutation along the sorted axis, in the shape of the operands."""
    keys = [_sort_key(operand) for operand in operands[: node.params["num_keys"]]]
    axis = node.params["dimension"]
    if len(keys) == 1:
        return np.argsort(keys[0], axis=axis, kind="stable")
    return np.lexsort(keys[::-1], axis=axis)


def _sort(node: Node, *operands: Array) -> tuple[Array, ...]:
    order = sort_order(node, *operands)
    axis = node.params["dimension"]
    return tuple(np.take_along_axis(np.asarray(operand), order, axis) for operand in operands)


def _top_k(node: Node, a: Array) -> tuple[Array, Array]:
    axis, count = node.params.get("axis", -1), node.params["k"]
    # Largest first, NaN before all, equals in their order: a stable sort of the flipped array,
    # read backwards, keeps exactly that.
    flipped = np.flip(a, axis)
    order = np.flip(np.argsort(_sort_key(flipped), axis=axis, kind="stable"), axis)
    order = np.take(np.shape(a)[axis] - 1 - order, np.arange(count), axis=axis)
    return np.take_along_axis(np.asarray(a), order, axis), order.astype(node.outputs[1].dtype)


def dot(node: Node, a: Array, b: Array) -> Array:
    """`dot_general`: batch axes first, then the free axes of a, then those of b."""
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    dtype = node.outputs[0].dtype
    if np.ndim(b) == 1 and not batch_a and tuple(contract_a) == (np.ndim(a) - 1,):
        return cast(np.asarray(a) @ np.asarray(b), dtype)
    free_a = [i for i in range(np.ndim(a)) if i not in contract_a and i not in batch_a]
    free_b = [i for i in range(np.ndim(b)) if i not in contract_b and i not in batch_b]
    shape_a, shape_b = np.shape(a), np.shape(b)
    batch = tuple(shape_a[i] for i in batch_a)
    depth = int(np.prod([shape_a[i] for i in contract_a], dtype=np.int64))
    rows = int(np.prod([shape_a[i] for i in free_a], dtype=np.int64))
    columns = int(np.prod([shape_b[i] for i in free_b], dtype=np.int64))
    left = np.transpose(a, [*batch_a, *free_a, *contract_a]).reshape((*batch, rows, depth))
    right = np.transpose(b, [*batch_b, *contract_b, *free_b]).reshape((*batch, depth, columns))
    return cast(np.matmul(left, right).reshape(node.outputs[0].shape), dtype)


REDUCTIONS: dict[str, Rule] = {
    "reduce_sum": _reduce(_sum),
    "reduce_prod": _reduce(_prod),
    "reduce_max": _reduce(_extreme(np.max, True)),
    "reduce_min": _reduce(_extreme(np.min, False)),
    "reduce_and": _reduce(_logical(np.bitwise_and, np.logical_and)),
    "reduce_or": _reduce(_logical(np.bitwise_or, np.logical_or)),
    "reduce_xor": _reduce(_logical(np.bitwise_xor, np.logical_xor)),
    "argmax": _position(np.argmax),
    "argmin": _position(np.argmin),
    "cumsum": _running(np.add),
    "cumprod": _running(np.multiply),
    "cummax": _running(np.maximum),
    "cummin": _running(np.minimum),
    "cumlogsumexp": _running(np.logaddexp),
    "sort": _sort,
    "top_k": _top_k,
    "dot_general": quiet(dot),
}
