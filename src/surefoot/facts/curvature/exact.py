"""Polynomials of degree two by fractions: whether the Hessian has one sign, exactly.

    hᵢⱼ = f(eᵢ + eⱼ) − f(eᵢ) − f(eⱼ) + f(0)        for a polynomial f of degree at most 2

f is evaluated in fractions, its literals being the fractions that float64 numbers are. The signs of
the pivots of H = L D Lᵀ are those of its eigenvalues (Sylvester), also where H is singular.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import fmpq  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.curvature.linear import cells
from surefoot.facts.curvature.pieces import outward, rational
from surefoot.facts.intervals.enclosure import needs_a_rule, places
from surefoot.program import Node, Program, walk
from surefoot.program.abstract import Dependent, Indices, abstract_table, spread
from surefoot.terms import UnsupportedError

MOST = 24
"""Variables: of n there are n(n + 3)/2 walks in fractions."""


class Fractions(Dependent):
    """An array of fractions."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers
        self.shape = tuple(numbers.shape)

    def take(self, where: Indices) -> "Fractions":
        if where.size and int(where.min()) < 0:
            raise UnsupportedError("fractions", "gather", "an index beyond the end")
        return Fractions(self.numbers.ravel()[where])

    def reshaped(self, shape: tuple[int, ...]) -> "Fractions":
        return Fractions(self.numbers.reshape(shape))

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Fractions":
        return cls(np.concatenate([_of(value).ravel() for value in values]))


def _of(value: Any) -> Any:
    if isinstance(value, Fractions):
        return value.numbers
    array = np.asarray(value)
    made = np.empty(array.shape, object)
    if array.dtype.kind in "iub":
        for place in np.ndindex(array.shape):
            made[place] = fmpq(int(array[place]))
        return made
    for place in np.ndindex(array.shape):
        if not np.isfinite(array[place]):
            raise UnsupportedError("fractions", "a number that is not finite", "the program")
        made[place] = rational(float(array[place]))
    return made


def _elementwise(how: Callable[..., Any]) -> Callable[..., Any]:
    def rule(node: Node, *arguments: Any) -> Fractions:
        shape = node.outputs[0].shape
        result = how(*(_of(spread(a, shape)) for a in arguments))
        return Fractions(np.asarray(result, object).reshape(shape))

    return rule


def _whole_power(node: Node, value: Any) -> Fractions:
    return _elementwise(lambda a: a ** int(node.params["y"]))(node, value)


def _sum(node: Node, value: Any) -> Fractions:
    axes = tuple(int(axis) for axis in node.params["axes"])
    found = _of(value).sum(axis=axes, initial=fmpq(0))
    return Fractions(np.asarray(found, object).reshape(node.outputs[0].shape))


def _dot(node: Node, a: Any, b: Any) -> Fractions:
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    left, right = _of(a), _of(b)
    rows = left.ravel()[cells(left.shape, batch_a, contract_a)]
    columns = right.ravel()[cells(right.shape, batch_b, contract_b)]
    found = (rows[:, :, None, :] * columns[:, None, :, :]).sum(axis=-1, initial=fmpq(0))
    return Fractions(np.asarray(found, object).reshape(node.outputs[0].shape))


def _refused(node: Node, *arguments: Any) -> Any:
    raise UnsupportedError("fractions", node.primitive, str(node.source))


def _convert(node: Node, value: Fractions) -> Fractions:
    source, target = np.dtype(node.inputs[0].dtype), np.dtype(node.params["new_dtype"])
    if target.kind != "f" or source.kind != "f" or target.itemsize < source.itemsize:
        return _refused(node)
    return value


_RULES: dict[str, Any] = {
    "add": _elementwise(lambda a, b: a + b), "add_any": _elementwise(lambda a, b: a + b),
    "sub": _elementwise(lambda a, b: a - b), "mul": _elementwise(lambda a, b: a * b),
    "neg": _elementwise(lambda a: -a), "square": _elementwise(lambda a: a * a),
    "div": _elementwise(lambda a, b: a / b),
    "integer_pow": _whole_power,
    "reduce_sum": _sum, "dot_general": _dot,
    "convert_element_type": _convert,
    **dict.fromkeys(["stop_gradient", "copy", "copy_p"], lambda node, a: a),
}  # fmt: skip


# Constants that NumPy would round are fractions as well, or the program is not followed.
_TABLE = abstract_table("fractions", _RULES, _refused, rounds=needs_a_rule, strict=True)


def hessian(program: Program) -> Any | None:
    """H of a polynomial of degree at most 2, (n, n) fractions; None where it is not followed."""
    n = program.structure.size
    if n > MOST:
        return None
    zero = [fmpq(0)] * n

    def at(*units: int) -> Any:
        point = list(zero)
        for k in units:
            point[k] = point[k] + 1
        return _value(program, np.array(point, object))

    try:
        start = at()
        own = [at(k) for k in range(n)]
        made = np.empty((n, n), object)
        for i in range(n):
            for j in range(i + 1):
                made[i, j] = made[j, i] = at(i, j) - own[i] - own[j] + start
    except (UnsupportedError, TypeError, ZeroDivisionError):
        return None
    return made


def _value(program: Program, x: Any) -> Any:
    inputs = [Fractions(x[part].reshape(shape)) for shape, part in places(program)]
    constants = [_TABLE.literal(value) for value in program.consts]
    return _of(walk(program.graph, _TABLE, constants, inputs)[0]).ravel()[0]


def signs(matrix: Any) -> tuple[int, int]:
    """How many eigenvalues of a symmetric matrix of fractions are < 0 and > 0."""
    rest = matrix.copy()
    negative = positive = 0
    while len(rest):
        n = len(rest)
        k = next((k for k in range(n) if rest[k, k] != 0), None)
        if k is None:
            pair = next(((i, j) for i in range(n) for j in range(i) if rest[i, j] != 0), None)
            if pair is None:
                break
            # eᵢ + eⱼ instead of eᵢ: the same form in other coordinates, with a pivot.
            i, j = pair
            rest[i] = rest[i] + rest[j]
            rest[:, i] = rest[:, i] + rest[:, j]
            continue
        pivot = rest[k, k]
        negative, positive = negative + (pivot < 0), positive + (pivot > 0)
        others = [i for i in range(n) if i != k]
        column = rest[others, k]
        rest = rest[np.ix_(others, others)] - np.multiply.outer(column, column) / pivot
    return negative, positive


def as_floats(matrix: Any) -> tuple[Any, Any]:
    """(n, n) float64 bounds."""
    ends = [outward(value) for value in matrix.ravel()]
    low, high = (np.array([end[side] for end in ends]) for side in (0, 1))
    return low.reshape(matrix.shape), high.reshape(matrix.shape)
