"""How slope and curvature go through steps on whole arrays: extremes, products, orders, dots."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import product
from surefoot.facts.intervals.intervals import Intervals
from surefoot.facts.intervals.jet import Jet, jet, product_of, unknown_where
from surefoot.facts.intervals.jet_choices import constant_between, picked
from surefoot.facts.intervals.jet_linear import framed, linear, value_of
from surefoot.program import Node


def _columns(part: Jet, axes: Sequence[int]) -> list[Jet]:
    places = np.arange(part.size).reshape(part.shape)
    moved = np.moveaxis(places, list(axes), range(len(axes)))
    return [part.take(row) for row in moved.reshape(-1, *moved.shape[len(axes) :])]


def reduced_extreme(node: Node, a: Jet) -> Jet:
    """The largest or smallest along axes."""
    value, axes = value_of(node, a), [int(axis) for axis in node.params["axes"]]
    parts = _columns(a, axes)
    largest = node.primitive == "reduce_max"
    may = [
        part.value.upper >= value.lower if largest else part.value.lower <= value.upper
        for part in parts
    ]
    return picked(a.frame, value, parts, may)


def reduced_product(node: Node, a: Jet) -> Jet:
    """The product along axes, one factor after the other."""
    parts = _columns(a, [int(axis) for axis in node.params["axes"]])
    if not parts:
        return Jet(a.frame, value_of(node, a))
    result = parts[0]
    for part in parts[1:]:
        result = product_of(product(result.value, part.value), result, part)
    return result.reshaped(node.outputs[0].shape)


def running(node: Node, a: Jet) -> Jet:
    """cumprod, cummax, cummin: one after the other along the axis."""
    axis = int(node.params["axis"])
    parts = _columns(a, [axis])
    parts = parts[::-1] if node.params["reverse"] else parts
    results = parts[:1]
    for part in parts[1:]:
        results.append(_joined(node.primitive, results[-1], part))
    results = results[::-1] if node.params["reverse"] else results
    whole = Jet.join(results)
    places = np.arange(a.size).reshape(len(parts), *parts[0].shape)
    return whole.take(np.moveaxis(places, 0, axis))


def _joined(name: str, one: Jet, two: Jet) -> Jet:
    if name == "cumprod":
        return product_of(product(one.value, two.value), one, two)
    pick = np.maximum if name == "cummax" else np.minimum
    value = Intervals(
        one.shape, pick(one.value.lower, two.value.lower), pick(one.value.upper, two.value.upper)
    )
    if name == "cummax":
        may = one.value.upper >= two.value.lower, two.value.upper >= one.value.lower
    else:
        may = one.value.lower <= two.value.upper, two.value.lower <= one.value.upper
    return picked(one.frame, value, (one, two), may)


def sorted_step(node: Node, *arguments: Any) -> Any:
    """Any number of the row may come to any place; which does is not looked at."""
    frame = framed(arguments)
    axis = int(node.params.get("dimension", node.params.get("axis", -1)))
    values = value_of(node, *arguments)
    each = values if isinstance(values, tuple) else (values,)
    operands = [jet(frame, part) for part in arguments]
    results: list[Jet] = []
    for k, value in enumerate(each):
        if node.primitive == "top_k" and k == 1:
            results.append(constant_between(frame, value, operands[0].slope is not None))
            continue
        rows = _columns(operands[k], [axis % len(operands[k].shape)])
        may = [np.ones((1, rows[0].size), bool)] * len(rows)
        mixed = picked(frame, rows[0].value, rows, may)
        length = value.shape[axis]
        index = np.expand_dims(np.arange(rows[0].size).reshape(rows[0].shape), axis)
        mixed = mixed.take(np.repeat(index, length, axis=axis))
        found = Jet(frame, value, mixed.slope, mixed.curvature)
        jumps = np.full((1, found.size), k > 0 and len(rows) > 1)
        results.append(unknown_where(found, jumps, np.full((1, found.size), len(rows) > 1)))
    return tuple(results) if isinstance(values, tuple) else results[0]


def dot(node: Node, a: Any, b: Any) -> Jet:
    """Linear where one side is known without error, else product by product."""
    frame = framed((a, b))
    fixed = [not isinstance(part, Jet) for part in (a, b)]
    if any(fixed):
        return linear(node, a, b)
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    left = _cells(a.shape, batch_a, contract_a, first=True)
    right = _cells(b.shape, batch_b, contract_b, first=False)
    shape = np.broadcast_shapes(left.shape, right.shape)
    one, two = a.take(np.broadcast_to(left, shape)), b.take(np.broadcast_to(right, shape))
    cells = product_of(product(one.value, two.value), one, two)
    reduced = _Reduced(node.outputs[0], cells.shape)
    summed = linear(reduced, cells)  # pyright: ignore[reportArgumentType]
    return Jet(frame, value_of(node, a, b), summed.slope, summed.curvature)


class _Reduced:
    """A step that sums over the last axis but one of (batch, rows, depth, columns)."""

    primitive = "reduce_sum"

    def __init__(self, out: Any, shape: tuple[int, ...]) -> None:
        self.outputs = [out]
        self.params = {"axes": (len(shape) - 2,)}


def _cells(shape: tuple[int, ...], batch: Any, contract: Any, *, first: bool) -> Any:
    places = np.arange(prod(shape)).reshape(shape)
    free = [i for i in range(len(shape)) if i not in contract and i not in batch]
    sizes = [prod(shape[i] for i in part) for part in (batch, free, contract)]
    if first:
        return places.transpose([*batch, *free, *contract]).reshape(*sizes)[:, :, :, None]
    moved = places.transpose([*batch, *contract, *free]).reshape(sizes[0], sizes[2], sizes[1])
    return moved[:, None, :, :]
