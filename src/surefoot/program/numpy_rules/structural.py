"""NumPy rules for steps that move elements without looking at them."""


import numpy as np

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.elementwise import Array, Rule


def _reshape(node: Node, a: Array) -> Array:
    return np.reshape(a, node.outputs[0].shape)


def _broadcast_in_dim(node: Node, a: Array, *dynamic: Array) -> Array:
    shape = node.outputs[0].shape
    aligned = [1] * len(shape)
    for source, target in enumerate(node.params["broadcast_dimensions"]):
        aligned[target] = np.shape(a)[source]
    return np.broadcast_to(np.reshape(a, aligned), shape)


def _transpose(node: Node, a: Array) -> Array:
    return np.transpose(a, node.params["permutation"])


def _slice(node: Node, a: Array) -> Array:
    start, stop = node.params["start_indices"], node.params["limit_indices"]
    stride = node.params["strides"] or (1,) * len(start)
    return a[tuple(slice(*piece) for piece in zip(start, stop, stride, strict=True))]


def _concatenate(node: Node, *parts: Array) -> Array:
    return np.concatenate(parts, axis=node.params["dimension"])


def _stack(node: Node, *parts: Array) -> Array:
    return np.stack(parts, axis=node.params["axis"])


def _unstack(node: Node, a: Array) -> tuple[Array, ...]:
    return tuple(np.moveaxis(a, node.params["axis"], 0))


def _pad(node: Node, a: Array, value: Array) -> Array:
    """Padding at both ends, negative amounts cut off, gaps between elements last."""
    result = np.full(node.outputs[0].shape, value, dtype=np.result_type(a, value))
    target: list[slice] = []
    source: list[slice] = []
    for size, (low, _, gap), total in zip(
        np.shape(a), node.params["padding_config"], result.shape, strict=True
    ):
        step = gap + 1
        # The elements whose place low + i·step falls inside the result.
        first = max(0, -(low // step)) if low < 0 else 0
        last = min(size, -(-(total - low) // step)) if total > low else 0
        source.append(slice(first, max(first, last)))
        begin = low + first * step
        target.append(slice(begin, begin + max(0, last - first - 1) * step + 1, step)
                      if last > first else slice(0, 0))  # fmt: skip
    result[tuple(target)] = np.asarray(a)[tuple(source)]
    return result


def _rev(node: Node, a: Array) -> Array:
    return np.flip(a, node.params["dimensions"])


def _split(node: Node, a: Array) -> tuple[Array, ...]:
    stops = np.cumsum([int(size) for size in node.params["sizes"]])[:-1]
    return tuple(np.split(a, stops, axis=node.params["axis"]))


def _tile(node: Node, a: Array) -> Array:
    return np.tile(a, node.params["reps"])


def _iota(node: Node) -> Array:
    params = node.params
    shape, axis = tuple(params["shape"]), params["dimension"]
    line = np.arange(shape[axis]).astype(params["dtype"])
    aligned = [1] * len(shape)
    aligned[axis] = -1
    return np.broadcast_to(line.reshape(aligned), shape)


STRUCTURAL: dict[str, Rule] = {
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "broadcast_in_dim": _broadcast_in_dim,
    "transpose": _transpose,
    "slice": _slice,
    "concatenate": _concatenate,
    "stack": _stack,
    "unstack": _unstack,
    "pad": _pad,
    "rev": _rev,
    "split": _split,
    "tile": _tile,
    "iota": _iota,
}
