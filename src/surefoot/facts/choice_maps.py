"""What the choices of a step mean, whatever the numbers: stairs, rivals, and orders."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from surefoot.facts.pieces import Choice
from surefoot.program import Node


def answer(node: Node, choice: Any) -> Any:
    """The constant that a step returns whose choice is its result."""
    out = node.outputs[0]
    return np.asarray(choice).astype(out.dtype).reshape(out.shape)


def whole_part(k: Any) -> tuple[Any, Any]:
    """From where to where the whole part of a number is k."""
    return np.where(k > 0, k, k - 1.0), np.where(k < 0, k, k + 1.0)


def saturated(target: np.dtype[Any]) -> Callable[[Any], Any]:
    """The whole number that a real one becomes in a type: cut towards 0, then held at its ends."""
    limits = np.iinfo(target)
    return lambda x: np.clip(np.trunc(x), float(limits.min), float(limits.max))


def competing(shape: tuple[int, ...], axes: Sequence[int]) -> Any:
    """(groups, members) places of the elements of which one is chosen along the axes."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    order = np.arange(prod(shape)).reshape(shape).transpose([*kept, *axes])
    return order.reshape(prod(shape[axis] for axis in kept), -1)


def arranged(choice: Choice, shape: tuple[int, ...], axis: int, length: int) -> Choice:
    """Where the first elements of rows along an axis come from, in an array of that shape.

    Args:
        choice: row by row the places of the elements in their order. length: how many are kept.
    """
    others = [size for k, size in enumerate(shape) if k != axis]
    rows = choice.reshape(*others, shape[axis])[..., :length]
    return np.moveaxis(rows, -1, axis)
