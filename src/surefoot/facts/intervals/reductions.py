"""Interval rules for sums, products, extremes over axes, running ones, sorting and dot products.

A float64 sum of n terms is off by no more than γₙ Σ|aᵢ| in any order (`rounding.sum_margin`), so
the sums may be NumPy's, and the products BLAS's:

    [A] x        A⁺x₋ + A⁻x₊ … A⁺x₊ + A⁻x₋           where A is known without error
    [A] [B]      Σₖ of the products of ends            where there are few
                 mid·mid ± (|mid A| r_B + r_A (|mid B| + r_B))    else (Rump, BIT 39, 1999)
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import powered, product
from surefoot.facts.intervals.intervals import Flags, Floats, Intervals, of
from surefoot.facts.intervals.rounding import above, below, sum_margin
from surefoot.program import Node
from surefoot.program.numpy_rules import scatter_map

CELLS = 2_000_000
"""Products that are written out one by one; of more, mid-point and radius are multiplied."""


def _laid(array: Any, shape: tuple[int, ...]) -> Any:
    """Rows of boxes in the array's own shape."""
    return array.reshape((len(array), *shape))


def _flat(array: Any) -> Any:
    return np.ascontiguousarray(array).reshape(len(array), -1)


def _over(inside: Flags | None, shape: tuple[int, ...], axes: tuple[int, ...]) -> Flags | None:
    return None if inside is None else _flat(_laid(inside, shape).all(axis=axes))


def _axes(node: Node) -> tuple[int, ...]:
    return tuple(int(axis) + 1 for axis in node.params["axes"])


def total(value: Intervals, axes: tuple[int, ...], shape: tuple[int, ...]) -> Intervals:
    """Σ over axes (counted with the boxes' own first one)."""
    low, high = _laid(value.lower, value.shape), _laid(value.upper, value.shape)
    count = prod(low.shape[axis] for axis in axes)
    if count == 1:
        return value.reshaped(shape)
    inside = _over(value.inside, value.shape, axes)
    lower, upper = summed(low, high, count, lambda part: part.sum(axis=axes))
    return Intervals(shape, _flat(lower), _flat(upper), inside)


def summed(
    low: Any, high: Any, count: int, add: Callable[[Any], Any], terms: int | None = None
) -> tuple[Floats, Floats]:
    """Σ of terms between `low` and `high`, rounded outward; a sum of terms ≥ 0 is ≥ 0."""
    terms = count if terms is None else terms
    with np.errstate(invalid="ignore"):
        lower = add(low) - sum_margin(add(np.abs(low)), terms)
        upper = add(high) + sum_margin(add(np.abs(high)), terms)
    lower, upper = below(lower), above(upper)
    negative, positive = add((low < 0.0).astype(float)), add((high > 0.0).astype(float))
    lower = np.where(negative == 0.0, np.maximum(lower, 0.0), lower)
    upper = np.where(positive == 0.0, np.minimum(upper, 0.0), upper)
    return lower, upper


def _reduce_sum(node: Node, a: Any) -> Intervals:
    return total(of(a), _axes(node), node.outputs[0].shape)


def _reduce_extreme(node: Node, a: Any) -> Intervals:
    value, axes = of(a), _axes(node)
    low, high = _laid(value.lower, value.shape), _laid(value.upper, value.shape)
    largest = node.primitive == "reduce_max"
    pick, first = (np.max, -np.inf) if largest else (np.min, np.inf)
    lower = _flat(pick(low, axis=axes, initial=first))
    exact = value.upper is value.lower
    upper = lower if exact else _flat(pick(high, axis=axes, initial=first))
    return Intervals(node.outputs[0].shape, lower, upper, _over(value.inside, value.shape, axes))


def _columns(value: Intervals, axes: tuple[int, ...]) -> list[Intervals]:
    """The elements that are multiplied together, one interval for each place along the axes."""
    places = np.arange(value.size).reshape(value.shape)
    moved = np.moveaxis(places, [axis - 1 for axis in axes], range(len(axes)))
    rest = moved.shape[len(axes) :]
    return [value.take(row) for row in moved.reshape(-1, *rest)]


def _reduce_prod(node: Node, a: Any) -> Intervals:
    value = of(a)
    columns = _columns(value, _axes(node))
    if not columns:
        ones = np.ones((1, prod(node.outputs[0].shape)))
        return Intervals(node.outputs[0].shape, ones, ones)
    result = columns[0]
    for column in columns[1:]:
        result = product(result, column)
    return result.reshaped(node.outputs[0].shape)


def reduce_truth(node: Node, a: Any) -> Intervals:
    """Whether all, or any, are true."""
    value, axes = of(a), _axes(node)
    every = node.primitive == "reduce_and"
    pick: Any = np.min if every else np.max
    low, high = _laid(value.lower, value.shape), _laid(value.upper, value.shape)
    first = {"initial": 1.0 if every else 0.0}
    lower, upper = _flat(pick(low, axis=axes, **first)), _flat(pick(high, axis=axes, **first))
    lower = upper if np.array_equal(lower, upper) else lower
    return Intervals(node.outputs[0].shape, lower, upper, _over(value.inside, value.shape, axes))


def _position(node: Node, a: Any) -> Intervals:
    """argmax, argmin: any place along the axis, also where there is a NaN."""
    value, (axis,) = of(a), node.params["axes"]
    shape = node.outputs[0].shape
    zeros = np.zeros((1, prod(shape)))
    last = zeros + max(value.shape[int(axis)] - 1, 0)
    return Intervals(shape, zeros, last)


def _running(node: Node, a: Any) -> Intervals:
    value, axis = of(a), int(node.params["axis"]) + 1
    flip = bool(node.params["reverse"])
    parts = [_laid(value.lower, value.shape), _laid(value.upper, value.shape)]
    low, high = (np.flip(part, axis) if flip else part for part in parts)
    if node.primitive == "cumsum":
        count = value.shape[axis - 1]
        lower, upper = summed(low, high, count, lambda part: np.add.accumulate(part, axis=axis))
    elif node.primitive in ("cummax", "cummin"):
        pick = np.maximum if node.primitive == "cummax" else np.minimum
        lower, upper = pick.accumulate(low, axis=axis), pick.accumulate(high, axis=axis)
    else:
        lower, upper = _running_product(low, high, axis)
    if flip:
        lower, upper = np.flip(lower, axis), np.flip(upper, axis)
    inside = None
    if value.inside is not None:
        flags = _laid(value.inside, value.shape)
        flags = np.flip(flags, axis) if flip else flags
        flags = np.logical_and.accumulate(flags, axis=axis)
        inside = _flat(np.flip(flags, axis) if flip else flags)
    return Intervals(value.shape, _flat(lower), _flat(upper), inside)


def _running_product(low: Any, high: Any, axis: int) -> tuple[Any, Any]:
    lower, upper = np.moveaxis(low.copy(), axis, 0), np.moveaxis(high.copy(), axis, 0)
    for k in range(1, len(lower)):
        size = prod(lower.shape[2:])
        parts = [
            Intervals((size,), x.reshape(len(x), -1), y.reshape(len(y), -1))
            for x, y in ((lower[k - 1], upper[k - 1]), (lower[k], upper[k]))
        ]
        made = product(*parts)
        lower[k], upper[k] = made.lower.reshape(lower[k].shape), made.upper.reshape(upper[k].shape)
    return np.moveaxis(lower, 0, axis), np.moveaxis(upper, 0, axis)


# ── order ──────────────────────────────────────────────────────────────────────────────────────


def _sort(node: Node, *operands: Any) -> Any:
    """The k-th smallest number rises with every number, so it lies between those of the ends.

    What is only carried along may come from anywhere along the axis.
    """
    axis = int(node.params["dimension"]) + 1
    values = [_unsorted(of(operand)) for operand in operands]
    results: list[Intervals] = []
    for k, value in enumerate(values):
        low, high = _laid(value.lower, value.shape), _laid(value.upper, value.shape)
        if k == 0:
            lower, upper = np.sort(low, axis=axis), np.sort(high, axis=axis)
        else:
            lower = np.broadcast_to(low.min(axis=axis, keepdims=True), low.shape)
            upper = np.broadcast_to(high.max(axis=axis, keepdims=True), high.shape)
        results.append(Intervals(value.shape, _flat(lower), _flat(upper), _anywhere(values, axis)))
    return tuple(results) if len(results) > 1 else results[0]


def _unsorted(value: Intervals) -> Intervals:
    """What may have no value may be anywhere in an order: NaN is put at its end."""
    if value.inside is None:
        return value
    lower, upper = np.where(value.inside, value.lower, -np.inf), np.where(
        value.inside, value.upper, np.inf
    )
    return Intervals(value.shape, lower, upper, value.inside)


def _anywhere(values: list[Intervals], axis: int) -> Flags | None:
    """Whether all numbers along the axis are defined, at each place."""
    known = [value for value in values if value.inside is not None]
    result: Any = None
    for value in known:
        flags = _laid(value.inside, value.shape)
        flags = _flat(np.broadcast_to(flags.all(axis=axis, keepdims=True), flags.shape))
        result = flags if result is None else result & flags
    return result


def _top_k(node: Node, a: Any) -> tuple[Intervals, Intervals]:
    value = _unsorted(of(a))
    axis = int(node.params.get("axis", -1)) % len(value.shape) + 1
    count, shape = int(node.params["k"]), node.outputs[0].shape
    first = np.arange(count)
    ends = [
        np.take(np.flip(np.sort(_laid(part, value.shape), axis=axis), axis), first, axis=axis)
        for part in (value.lower, value.upper)
    ]
    inside = _anywhere([value], axis)
    if inside is not None:
        inside = _flat(np.take(_laid(inside, value.shape), first, axis=axis))
    zeros = np.zeros((1, prod(shape)))
    places = Intervals(shape, zeros, zeros + value.shape[axis - 1] - 1)
    return Intervals(shape, _flat(ends[0]), _flat(ends[1]), inside), places


# ── products of arrays ─────────────────────────────────────────────────────────────────────────


def dot(node: Node, a: Any, b: Any) -> Intervals:
    """`dot_general`: batch axes first, then the free axes of a, then those of b."""
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    left, right = of(a), of(b)
    shape = node.outputs[0].shape
    if a is b and len(left.shape) == 1 and contract_a:
        return total(powered(left, 2), (1,), shape)
    one = _Matrix.of(left, batch_a, contract_a, first=True)
    two = _Matrix.of(right, batch_b, contract_b, first=False)
    depth = one.lower.shape[-1]
    if depth == 0:
        zeros = np.zeros((1, prod(shape)))
        return Intervals(shape, zeros, zeros)
    cells = max(len(one.lower), len(two.lower)) * prod(one.lower.shape[1:3])
    cells *= depth * two.lower.shape[-1]
    finite = one.finite and two.finite
    if left.exact and finite:
        lower, upper = _by_signs(one, two)
    elif right.exact and finite:
        lower, upper = _by_signs(two.turned, one.turned)
        lower, upper = lower.swapaxes(-1, -2), upper.swapaxes(-1, -2)
    elif cells <= CELLS or not finite:
        lower, upper = _by_cells(one, two)
    else:
        lower, upper = _by_radius(one, two)
    lower, upper = _flat(lower), _flat(upper)
    inside: Any = None
    if one.inside is not None or two.inside is not None:
        rows: Any = np.ones((1, 1, 1, 1), bool) if one.inside is None else one.inside
        columns: Any = np.ones((1, 1, 1, 1), bool) if two.inside is None else two.inside
        flags = rows.all(axis=-1)[..., :, None] & columns.all(axis=-2)[..., None, :]
        inside = _flat(np.broadcast_to(flags, (len(flags), *_cube(one, two))))
    return Intervals(shape, lower, upper, inside)


def _cube(one: "_Matrix", two: "_Matrix") -> tuple[int, int, int]:
    return one.lower.shape[1], one.lower.shape[2], two.lower.shape[3]


class _Matrix:
    """Interval matrices (boxes, batch, rows, columns)."""

    def __init__(self, lower: Any, upper: Any, inside: Any) -> None:
        self.lower = lower
        self.upper = upper
        self.inside = inside

    @classmethod
    def of(cls, value: Intervals, batch: Any, contract: Any, *, first: bool) -> "_Matrix":
        rank = len(value.shape)
        free = [i for i in range(rank) if i not in contract and i not in batch]
        order = [*batch, *free, *contract] if first else [*batch, *contract, *free]
        sizes = [prod(value.shape[i] for i in part) for part in (batch, free, contract)]
        if not first:
            sizes[1], sizes[2] = sizes[2], sizes[1]

        def laid(array: Any) -> Any:
            moved = np.transpose(_laid(array, value.shape), [0, *(i + 1 for i in order)])
            return moved.reshape(len(array), *sizes)

        lower = laid(value.lower)
        upper = lower if value.upper is value.lower else laid(value.upper)
        return cls(lower, upper, None if value.inside is None else laid(value.inside))

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.lower).all() and np.isfinite(self.upper).all())

    @property
    def turned(self) -> "_Matrix":
        return _Matrix(self.lower.swapaxes(-1, -2), self.upper.swapaxes(-1, -2), None)


def _by_signs(known: _Matrix, other: _Matrix) -> tuple[Any, Any]:
    """A [x] with A known: each end of the result takes the ends of x by the sign of A."""
    plus, minus = np.maximum(known.lower, 0.0), np.minimum(known.lower, 0.0)
    with np.errstate(all="ignore"):
        size = np.abs(known.lower) @ np.maximum(np.abs(other.lower), np.abs(other.upper))
        margin = sum_margin(size, 2 * known.lower.shape[-1] + 2)
        low = plus @ other.lower + minus @ other.upper - margin
        high = plus @ other.upper + minus @ other.lower + margin
    return below(low), above(high)


def _by_cells(one: _Matrix, two: _Matrix) -> tuple[Any, Any]:
    left = [part[..., :, :, None] for part in (one.lower, one.upper)]
    right = [part[..., None, :, :] for part in (two.lower, two.upper)]
    shape = np.broadcast_shapes(left[0].shape, right[0].shape)
    size = prod(shape[1:])

    def cells(parts: list[Any]) -> Intervals:
        wide = [np.broadcast_to(part, shape).reshape(shape[0], -1) for part in parts]
        return Intervals((size,), wide[0], wide[1])

    made = product(cells(left), cells(right))
    low, high = made.lower.reshape(shape), made.upper.reshape(shape)
    return summed(low, high, shape[-2], lambda part: part.sum(axis=-2))


def _by_radius(one: _Matrix, two: _Matrix) -> tuple[Any, Any]:
    middle_one, radius_one = _middle(one)
    middle_two, radius_two = _middle(two)
    size_one, size_two = np.abs(middle_one), np.abs(middle_two)
    with np.errstate(all="ignore"):
        middle = middle_one @ middle_two
        radius = size_one @ radius_two + radius_one @ (size_two + radius_two)
        depth = one.lower.shape[-1]
        margin = sum_margin(size_one @ size_two + radius, 4 * depth + 8)
        radius = above(above(radius) + margin)
    return below(middle - radius), above(middle + radius)


def _middle(matrix: _Matrix) -> tuple[Any, Any]:
    middle = 0.5 * matrix.lower + 0.5 * matrix.upper
    radius = above(np.maximum(matrix.upper - middle, middle - matrix.lower))
    return middle, np.where(matrix.lower == matrix.upper, 0.0, radius)


def _scatter_add(node: Node, a: Any, indices: Any, updates: Any) -> Intervals:
    """Updates added where the indices say; those beyond the end are dropped."""
    base, more = of(a), of(updates)
    target = np.ravel(scatter_map(node, base.shape, indices, more.shape))
    kept = target >= 0
    where = target[kept]
    sign = -1.0 if node.primitive == "scatter-sub" else 1.0
    ends = (more.lower, more.upper) if sign > 0 else (-more.upper, -more.lower)
    boxes = max(len(base.lower), len(more.lower))
    count = int(np.bincount(where, minlength=1).max(initial=0)) + 1

    def rows(part: Any) -> Any:
        return np.broadcast_to(part, (boxes, part.shape[1])).T

    def add(parts: tuple[Any, Any]) -> Any:
        result = np.array(rows(parts[0]))
        np.add.at(result, where, rows(parts[1][:, kept]))
        return result.T

    touched = np.bincount(where, minlength=base.size) > 0
    with np.errstate(invalid="ignore"):
        low = add((base.lower, ends[0])) - sum_margin(
            add((np.abs(base.lower), np.abs(ends[0]))), count
        )
        high = add((base.upper, ends[1])) + sum_margin(
            add((np.abs(base.upper), np.abs(ends[1]))), count
        )
    lower = np.where(touched, below(low), base.lower)
    upper = np.where(touched, above(high), base.upper)
    inside = base.inside
    if more.inside is not None:
        flags = np.ones((base.size, boxes), bool)
        np.logical_and.at(flags, where, rows(more.inside[:, kept]))
        inside = flags.T if inside is None else inside & flags.T
    return Intervals(base.shape, lower, upper, inside)


REDUCTIONS: dict[str, Any] = {
    "reduce_sum": _reduce_sum, "reduce_prod": _reduce_prod, "reduce_max": _reduce_extreme,
    "reduce_min": _reduce_extreme,
    "argmax": _position, "argmin": _position, "cumsum": _running, "cumprod": _running,
    "cummax": _running, "cummin": _running, "sort": _sort, "top_k": _top_k, "dot_general": dot,
    "scatter-add": _scatter_add, "scatter-sub": _scatter_add,
}  # fmt: skip
