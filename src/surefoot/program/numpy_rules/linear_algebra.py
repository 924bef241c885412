"""NumPy rules for factorisations, triangular solves and convolution."""

from typing import Any

import numpy as np

from surefoot.program.graph import Node
from surefoot.program.numpy_rules.elementwise import Array, Rule, cast, quiet
from surefoot.program.numpy_rules.fallback import by_jax


def _cholesky(node: Node, a: Array) -> Array:
    """Lower factor; a matrix that is not positive definite gives NaN, as in JAX."""
    flat = np.reshape(a, (-1, *np.shape(a)[-2:]))
    result = np.full_like(flat, np.nan)
    for index, matrix in enumerate(flat):
        try:
            result[index] = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            result[index] = np.nan
    return result.reshape(np.shape(a))


def _triangular_solve(node: Node, a: Array, b: Array) -> Array:
    params = node.params
    matrix = np.tril(a) if params["lower"] else np.triu(a)
    if params["unit_diagonal"]:
        matrix = np.where(np.eye(np.shape(a)[-1], dtype=bool), 1.0, matrix)
    if params["conjugate_a"]:
        matrix = np.conj(matrix)
    lower = bool(params["lower"]) != bool(params["transpose_a"])
    matrix = np.swapaxes(matrix, -1, -2) if params["transpose_a"] else matrix
    if params["left_side"]:
        return _substitute(matrix, np.asarray(b), lower)
    flipped = _substitute(np.swapaxes(matrix, -1, -2), np.swapaxes(b, -1, -2), not lower)
    return np.swapaxes(flipped, -1, -2)


def _substitute(matrix: Array, right: Array, lower: bool) -> Array:
    """Forward or backward substitution, all columns and batches at once."""
    size = matrix.shape[-1]
    result = np.zeros(np.broadcast_shapes((*matrix.shape[:-1], 1), right.shape), right.dtype)
    for i in range(size) if lower else reversed(range(size)):
        done = slice(0, i) if lower else slice(i + 1, size)
        known = np.matmul(matrix[..., i : i + 1, done], result[..., done, :])
        row = (right[..., i : i + 1, :] - known) / matrix[..., i : i + 1, i : i + 1]
        result[..., i : i + 1, :] = row
    return result


def _lu(node: Node, a: Array) -> tuple[Array, Array, Array]:
    """Row-pivoted LU: packed factors, pivots, and the permutation that the pivots make."""
    shape = np.shape(a)
    flat = np.array(a).reshape((-1, *shape[-2:]))
    rows, columns = shape[-2:]
    count = min(rows, columns)
    pivots = np.zeros((len(flat), count), np.int32)
    orders = np.tile(np.arange(rows, dtype=np.int32), (len(flat), 1))
    for number, matrix in enumerate(flat):
        for k in range(count):
            p = k + int(np.argmax(np.abs(matrix[k:, k])))
            pivots[number, k] = p
            matrix[[k, p]] = matrix[[p, k]]
            orders[number, [k, p]] = orders[number, [p, k]]
            if matrix[k, k] != 0:
                matrix[k + 1 :, k] /= matrix[k, k]
            matrix[k + 1 :, k + 1 :] -= np.outer(matrix[k + 1 :, k], matrix[k, k + 1 :])
    batch = shape[:-2]
    return flat.reshape(shape), pivots.reshape((*batch, count)), orders.reshape((*batch, rows))


def _pivots_to_permutation(node: Node, pivots: Array) -> Array:
    size = node.params["permutation_size"]
    flat = np.reshape(pivots, (-1, np.shape(pivots)[-1]))
    orders = np.tile(np.arange(size, dtype=np.int32), (len(flat), 1))
    for order, swaps in zip(orders, flat, strict=True):
        for k, p in enumerate(swaps):
            order[[k, p]] = order[[p, k]]
    return orders.reshape((*np.shape(pivots)[:-1], size))


def _qr(node: Node, a: Array) -> Any:
    if node.params["pivoting"]:
        return by_jax(node, a)
    mode: Any = "complete" if node.params["full_matrices"] else "reduced"
    q, r = np.linalg.qr(a, mode=mode)
    return q, r


def _eigh(node: Node, a: Array) -> tuple[Array, Array]:
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan), np.full(np.shape(a)[:-1], np.nan)
    values, vectors = np.linalg.eigh(a, UPLO="L" if node.params["lower"] else "U")
    return vectors, values


def _svd(node: Node, a: Array) -> tuple[Array, ...]:
    if not np.all(np.isfinite(a)):
        return tuple(np.full(out.shape, np.nan) for out in node.outputs)
    if not node.params["compute_uv"]:
        return (np.linalg.svd(a, compute_uv=False),)
    u, s, vh = np.linalg.svd(a, full_matrices=node.params["full_matrices"])
    return s, u, vh


def _convolution(node: Node, a: Array, kernel: Array) -> Array:
    """Cross-correlation by summing one shifted product per kernel place."""
    params = node.params
    numbers = params["dimension_numbers"]
    if params["batch_group_count"] != 1:
        return by_jax(node, a, kernel)
    a = np.transpose(a, numbers.lhs_spec)
    kernel = np.transpose(kernel, numbers.rhs_spec)
    places = kernel.shape[2:]
    for axis, gap in enumerate(params["lhs_dilation"]):
        if gap > 1:
            shape = list(a.shape)
            shape[axis + 2] = max(0, (shape[axis + 2] - 1) * gap + 1)
            wide = np.zeros(shape, a.dtype)
            wide[(slice(None),) * (axis + 2) + (slice(None, None, gap),)] = a
            a = wide
    # Negative padding cuts: pad first, then take from the cut's start.
    pads = [(0, 0), (0, 0), *((max(lo, 0), max(hi, 0)) for lo, hi in params["padding"])]
    cuts = [slice(None), slice(None)] + [
        slice(max(-lo, 0), size - max(-hi, 0))
        for (lo, hi), size in zip(params["padding"], a.shape[2:], strict=True)
    ]
    a = np.pad(a[tuple(cuts)], pads)
    inverse = np.argsort(numbers.out_spec)
    out_shape = tuple(np.array(node.outputs[0].shape)[list(numbers.out_spec)])
    groups = params["feature_group_count"]
    result = np.zeros((out_shape[0], groups, out_shape[1] // groups, *out_shape[2:]), a.dtype)
    grouped = a.reshape((a.shape[0], groups, a.shape[1] // groups, *a.shape[2:]))
    weights = kernel.reshape((groups, kernel.shape[0] // groups, *kernel.shape[1:]))
    for place in np.ndindex(*places):
        window = tuple(
            slice(start * dilation, start * dilation + (size - 1) * stride + 1, stride)
            for start, dilation, stride, size in zip(
                place, params["rhs_dilation"], params["window_strides"], out_shape[2:], strict=True
            )
        )
        piece = grouped[(slice(None),) * 3 + window]
        result += np.einsum("ngi...,goi->ngo...", piece, weights[(slice(None),) * 3 + place])
    return cast(np.transpose(result.reshape(out_shape), inverse), node.outputs[0].dtype)


LINEAR_ALGEBRA: dict[str, Rule] = {
    name: quiet(rule)
    for name, rule in {
        "cholesky": _cholesky,
        "triangular_solve": _triangular_solve,
        "lu": _lu,
        "lu_pivots_to_permutation": _pivots_to_permutation,
        "qr": _qr,
        "eigh": _eigh,
        "svd": _svd,
        "conv_general_dilated": _convolution,
    }.items()
}
