"""The table that expands a program into polynomials of degree ≤ 2, without compiling anything."""

from typing import Any

import numpy as np

from surefoot.facts.coefficients import Coefficients, TooLargeError
from surefoot.facts.polynomial import Even, NotQuadraticError, Poly, lifted, product
from surefoot.program import Node, Program, walk
from surefoot.program.abstract import abstract_table, depends, spread
from surefoot.program.numpy_rules import scatter_map
from surefoot.terms import UnsupportedError

_MOST_TERMS = 4_000_000


def _columns(*values: Any) -> int:
    for value in values:
        if isinstance(value, Poly):
            return value.linear.shape[1]
        if isinstance(value, Even):
            return value.squared.linear.shape[1]
    raise AssertionError("asked of values that depend on the argument")


def _poly(value: Any, node: Node, columns: int) -> Poly:
    shape = node.outputs[0].shape
    return lifted(spread(value, shape), columns)


def _unknown(node: Node, *arguments: Any) -> Any:
    raise NotQuadraticError(f"{node.primitive} at {node.source} is not followed")


def _same(node: Node, value: Any) -> Any:
    return value


def _add(node: Node, a: Any, b: Any) -> Poly:
    columns = _columns(a, b)
    left, right = _poly(a, node, columns), _poly(b, node, columns)
    return left.plus(right.scaled(-1.0) if node.primitive == "sub" else right)


def _negate(node: Node, value: Any) -> Any:
    return value if isinstance(value, Even) else value.scaled(-1.0)


def _scaled(value: Any, factor: Any) -> Any:
    if not np.all(np.isfinite(factor)):
        raise NotQuadraticError("a constant factor is not finite")
    if isinstance(value, Even):
        return Even(value.squared.scaled(np.square(np.asarray(factor, float))))
    return value.scaled(factor)


def _mul(node: Node, a: Any, b: Any) -> Any:
    if a is b:
        return _square(node, a)
    shape = node.outputs[0].shape
    if not depends(a):
        return _scaled(spread(b, shape), np.broadcast_to(a, shape))
    if not depends(b):
        return _scaled(spread(a, shape), np.broadcast_to(b, shape))
    if isinstance(a, Even) and isinstance(b, Even) and a.squared.equals(b.squared):
        return a.squared
    if np.prod(shape, dtype=float) > _MOST_TERMS:
        raise TooLargeError(f"the product at {node.source} has more than 4 million terms")
    columns = _columns(a, b)
    left, right = _poly(a, node, columns), _poly(b, node, columns)
    # A value whose coefficients all vanish is a constant after all.
    for one, other in ((left, right), (right, left)):
        if one.is_affine and one.linear.is_zero:
            return other.scaled(one.offset.reshape(one.shape))
    if not (left.is_affine and right.is_affine):
        raise NotQuadraticError(f"the product at {node.source} has degree above 2")
    return product(left, right)


def _square(node: Node, value: Any) -> Any:
    if isinstance(value, Even):
        return value.squared
    if not value.is_affine:
        raise NotQuadraticError(f"the square at {node.source} has degree above 2")
    return product(value, value)


def _power(node: Node, value: Any, exponent: float) -> Any:
    if exponent == 0:
        return np.ones(value.shape)
    if exponent == 1 and isinstance(value, Poly):
        return value
    if exponent == 2:
        return _square(node, value)
    if exponent == 0.5:
        return _sqrt(node, value)
    raise NotQuadraticError(f"the power {exponent:g} at {node.source} has no degree of 2 or less")


def _pow(node: Node, base: Any, exponent: Any) -> Any:
    if depends(exponent) or np.unique(exponent).size != 1:
        raise NotQuadraticError(f"the exponent at {node.source} is not one number")
    return _power(node, spread(base, node.outputs[0].shape), float(np.ravel(exponent)[0]))


def _div(node: Node, a: Any, b: Any) -> Any:
    if depends(b):
        raise NotQuadraticError(f"the denominator at {node.source} depends on the argument")
    shape = node.outputs[0].shape
    divisor = np.broadcast_to(b, shape).astype(float)
    if np.any(divisor == 0) or not np.all(np.isfinite(divisor)):
        raise NotQuadraticError(f"the denominator at {node.source} is zero or not finite")
    value = spread(a, shape)
    if isinstance(value, Even):
        return _scaled(value, 1.0 / divisor)
    flat = np.ravel(divisor)
    # Dividing, not multiplying by the reciprocal, rounds once, as the program does.
    return value.mapped(
        shape, lambda rows: rows.scale(1.0 / flat), lambda offset: offset / flat
    )


def _sqrt(node: Node, value: Any) -> Any:
    if isinstance(value, Poly) and value.nonneg:
        return Even(value)
    raise NotQuadraticError(f"the root at {node.source} is not that of a sum of squares")


def _abs(node: Node, value: Any) -> Any:
    if isinstance(value, Even):
        return value
    if value.nonneg:
        return value
    return Even(_square(node, value))


def _reduce_sum(node: Node, value: Any) -> Poly:
    axes = set(node.params["axes"])
    kept = [axis for axis in range(len(value.shape)) if axis not in axes]
    target = np.zeros(value.shape, np.int64)
    if kept:
        line = np.arange(int(np.prod([value.shape[axis] for axis in kept], dtype=np.int64)))
        target = target + line.reshape(
            [size if axis in kept else 1 for axis, size in enumerate(value.shape)]
        )
    poly = lifted(value, _columns(value))
    return poly.sum_into(np.ravel(target), node.outputs[0].shape)


def _cumsum(node: Node, value: Any) -> Poly:
    axis, size = node.params["axis"], value.shape[node.params["axis"]]
    lower = np.tril(np.ones((size, size)))
    lower = lower.T if node.params["reverse"] else lower
    order = np.moveaxis(np.arange(value.size).reshape(value.shape), axis, 0)
    poly = lifted(value, _columns(value)).take(order)
    rest = value.size // max(size, 1)
    summed = _multiplied(poly, lower[None], 1, size, rest, order.shape)
    back = np.moveaxis(np.arange(value.size).reshape(order.shape), 0, axis)
    return summed.take(back)


def _multiplied(
    value: Poly, left: Any, batch: int, depth: int, columns: int, shape: tuple[int, ...]
) -> Poly:
    """left (batch, rows, depth) times value laid out as (batch, depth, columns)."""

    def numbers(offset: Any) -> Any:
        return np.matmul(left, offset.reshape(batch, depth, columns))

    return value.mapped(
        shape, lambda rows: rows.multiplied(left, batch, depth, columns), numbers
    )


class _Layout:
    """A dot product as batches of matrix products: how its arguments are laid out."""

    def __init__(self, node: Node, a: tuple[int, ...], b: tuple[int, ...]) -> None:
        (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
        free_a = [i for i in range(len(a)) if i not in contract_a and i not in batch_a]
        free_b = [i for i in range(len(b)) if i not in contract_b and i not in batch_b]

        def count(shape: tuple[int, ...], axes: Any) -> int:
            return int(np.prod([shape[i] for i in axes], dtype=np.int64))

        self.batch, self.depth = count(a, batch_a), count(a, contract_a)
        self.rows, self.columns = count(a, free_a), count(b, free_b)
        place_a = np.arange(int(np.prod(a, dtype=np.int64))).reshape(a)
        place_b = np.arange(int(np.prod(b, dtype=np.int64))).reshape(b)
        self.left = place_a.transpose([*batch_a, *free_a, *contract_a]).reshape(
            self.batch, self.rows, self.depth
        )
        self.right = place_b.transpose([*batch_b, *contract_b, *free_b]).reshape(
            self.batch, self.depth, self.columns
        )


def _dot(node: Node, a: Any, b: Any) -> Poly:
    layout = _Layout(node, np.shape(a), np.shape(b))
    shape = node.outputs[0].shape
    size = (layout.batch, layout.depth)
    if not depends(a):
        left = np.ravel(np.asarray(a, float))[layout.left]
        right = lifted(b, _columns(b)).take(layout.right)
        return _multiplied(right, left, *size, layout.columns, shape)
    if not depends(b):
        # The transposed product, then its result laid out again.
        left = np.ravel(np.asarray(b, float))[layout.right].transpose(0, 2, 1)
        right = lifted(a, _columns(a)).take(layout.left.transpose(0, 2, 1))
        flipped = (layout.batch, layout.columns, layout.rows)
        result = _multiplied(right, left, *size, layout.rows, flipped)
        places = np.arange(result.size).reshape(flipped).transpose(0, 2, 1)
        return result.take(places.reshape(shape))
    return _bilinear(node, a, b, layout)


def _bilinear(node: Node, a: Any, b: Any, layout: _Layout) -> Poly:
    columns = _columns(a, b)
    one, two = lifted(a, columns), lifted(b, columns)
    if not (one.is_affine and two.is_affine):
        raise NotQuadraticError(f"the product at {node.source} has degree above 2")
    full = (layout.batch, layout.rows, layout.columns, layout.depth)
    if np.prod(full, dtype=float) > _MOST_TERMS:
        raise TooLargeError(f"the product at {node.source} has more than 4 million terms")
    out = np.arange(int(np.prod(full[:3]))).reshape(full[:3])
    target = np.ravel(np.broadcast_to(out[..., None], full))
    if a is b and layout.rows == layout.columns == 1 and layout.batch == 1:
        return product(one, one).sum_into(target, node.outputs[0].shape)
    left = one.take(np.broadcast_to(layout.left[:, :, None, :], full).ravel())
    right = two.take(np.broadcast_to(layout.right.transpose(0, 2, 1)[:, None], full).ravel())
    return product(left, right).sum_into(target, node.outputs[0].shape)


def _scatter_add(node: Node, a: Any, indices: Any, updates: Any) -> Poly:
    if depends(indices):
        return _unknown(node)
    columns = _columns(a, updates)
    base, more = lifted(a, columns), lifted(updates, columns)
    target = np.ravel(scatter_map(node, base.shape, indices, more.shape))
    added = more.sum_into(target, base.shape)
    return base.plus(added.scaled(-1.0) if node.primitive == "scatter-sub" else added)


def _select(node: Node, which: Any, *cases: Any) -> Any:
    if depends(which):
        return _unknown(node)
    shape = node.outputs[0].shape
    chosen = np.broadcast_to(which, shape).astype(np.int64)
    for number, case in enumerate(cases):
        if np.all(chosen == number):
            return spread(case, shape)
    columns = _columns(*cases)
    whole = Poly.join([lifted(spread(case, shape), columns) for case in cases])
    return whole.take(chosen * chosen.size + np.arange(chosen.size).reshape(shape))


def _triangular_solve(node: Node, a: Any, b: Any) -> Poly:
    from surefoot.program.numpy_rules import NUMPY_RULES

    if depends(a) or np.ndim(a) != 2:
        return _unknown(node)
    size = np.shape(a)[-1]
    if not node.params["left_side"]:
        return _unknown(node)
    inverse = NUMPY_RULES["triangular_solve"](node, np.asarray(a), np.eye(size))
    return _multiplied(b, inverse[None], 1, size, b.size // max(size, 1), b.shape)


_MOST_COLUMNS = 2_000


def _convolution(node: Node, a: Any, b: Any) -> Poly:
    """A step that is linear in its one dependent argument, column by column."""
    from surefoot.program.numpy_rules import NUMPY_RULES

    value = a if depends(a) else b
    if (depends(a) and depends(b)) or value.size > _MOST_COLUMNS:
        return _unknown(node)
    units = np.eye(value.size).reshape((value.size, *value.shape))
    rule = NUMPY_RULES[node.primitive]
    columns = [np.ravel(rule(node, u, b) if value is a else rule(node, a, u)) for u in units]
    left = np.stack(columns, axis=1)[None]
    poly = lifted(value, _columns(value))
    return _multiplied(poly, left, 1, value.size, 1, node.outputs[0].shape)


def _compare(node: Node, a: Any, b: Any) -> Any:
    if a is not b:
        return _unknown(node)
    return np.full(node.outputs[0].shape, node.primitive in ("eq", "le", "ge"))


def _extreme(node: Node, a: Any, b: Any) -> Any:
    idle = -np.inf if node.primitive == "max" else np.inf
    for constant, other in ((a, b), (b, a)):
        if not depends(constant) and np.all(np.asarray(constant) == idle):
            return spread(other, node.outputs[0].shape)
    return _unknown(node)


_RULES: dict[str, Any] = {
    "add": _add, "add_any": _add, "sub": _add, "neg": _negate, "mul": _mul, "div": _div,
    "square": _square, "integer_pow": lambda node, v: _power(node, v, node.params["y"]),
    "pow": _pow, "sqrt": _sqrt, "abs": _abs, "reduce_sum": _reduce_sum, "cumsum": _cumsum,
    "dot_general": _dot, "scatter-add": _scatter_add, "scatter-sub": _scatter_add,
    "select_n": _select, "triangular_solve": _triangular_solve,
    "conv_general_dilated": _convolution, "eq": _compare, "ne": _compare,
    "le": _compare, "ge": _compare, "lt": _compare, "gt": _compare, "max": _extreme,
    "min": _extreme, "is_finite": lambda node, v: np.ones(v.shape, bool),
    "stop_gradient": _same, "copy": _same, "copy_p": _same, "name": _same, "device_put": _same,
}  # fmt: skip


def expand(program: Program) -> tuple[list[Poly], tuple[str, ...]]:
    """The program's outputs as arrays of polynomials of degree ≤ 2, and the roundings passed.

    Raises:
        NotQuadraticError: a step leads out of degree 2, or is not followed.
        TooLargeError: the coefficients would not fit into the memory limit.
    """
    size = program.structure.size
    notes: list[str] = []

    def convert(node: Node, value: Any) -> Any:
        target = np.dtype(node.params["new_dtype"])
        if target.kind != "f":
            return _unknown(node)
        if target.itemsize < np.dtype(node.inputs[0].dtype).itemsize:
            notes.append(f"rounded to {target.name} at {node.source}")
        return value

    table = abstract_table("quadratic form", {**_RULES, "convert_element_type": convert}, _unknown)
    inputs: list[Poly] = []
    start = 0
    for var in program.graph.inputs:
        count = int(np.prod(var.shape, dtype=np.int64))
        inputs.append(Poly(var.shape, Coefficients.identity(count, size, start), np.zeros(count)))
        start += count
    constants = [table.literal(value) for value in program.consts]
    try:
        outputs = walk(program.graph, table, constants, inputs)
    except UnsupportedError as error:
        raise NotQuadraticError(str(error)) from error
    return [lifted(value, size) for value in outputs], tuple(dict.fromkeys(notes))
