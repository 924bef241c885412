"""Constants that a program computes: which of them float64 holds, and which it rounds.

A proof speaks of the real function with the program's float64 literals. (0.1 + 0.4) − 0.5 of such
numbers is 2.8·10⁻¹⁷ and comes out as 0: a number that is computed may stand for another, and what
it multiplies is not gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.program import Node
from surefoot.program.numpy_rules import MOVED, NUMPY_RULES
from surefoot.program.numpy_rules import evaluate as numpy_table

EXACT = frozenset([
    *MOVED, "iota", "neg", "abs", "sign", "max", "min", "clamp", "floor", "ceil", "round",
    "select_n", "reduce_max", "reduce_min", "sort", "top_k", "cummax", "cummin", "stop_gradient",
    "copy", "copy_p", "name", "device_put", "real", "convert_element_type", "optimization_barrier",
    "sharding_constraint", "layout_constraint", "bitcast_convert_type", "scatter-min",
    "scatter-max",
])  # fmt: skip
"""Steps whose float64 result NumPy computes without rounding."""
TINY, OFF = 1e-300, 2.0**-36
MOST = 512
"""Larger arrays are not computed in fractions, and count as rounded."""


def needs_a_rule(node: Node) -> bool:
    """Whether NumPy would round the result, so that constants are bounded as well."""
    # Random keys have types of their own.
    types = [out.dtype for out in node.outputs if isinstance(out.dtype, np.dtype)]
    return any(dtype.kind in "fc" for dtype in types) and node.primitive not in EXACT


@dataclass(frozen=True)
class Computed:
    """A constant that a step computes from constants that are known without error.

    Attributes:
        floats: as NumPy has it. exact: whether that is the real number, in every element.
        zero: (size,) where the real number is 0.
    """

    floats: Any
    exact: bool
    zero: NDArray[np.bool_]


def exactly(node: Node, arguments: Sequence[Any]) -> Computed | None:
    """The result of a step on constants; None where it is not computed in fractions."""
    how = _BY_FRACTIONS.get(node.primitive)
    plain = NUMPY_RULES.get(node.primitive)
    arrays = [np.asarray(a) for a in arguments]
    if how is None or plain is None or prod(node.outputs[0].shape) > MOST:
        return None
    if not all(a.dtype.kind in "fiub" and np.isfinite(a).all() for a in arrays):
        return None
    with np.errstate(all="ignore"):
        floats = np.asarray(plain(node, *arguments))
    pairs = [np.broadcast_to(a, floats.shape).ravel().tolist() for a in arrays]
    try:
        numbers = [how(node, *map(Fraction, each)) for each in zip(*pairs, strict=True)]
    except ZeroDivisionError:
        return None
    found = floats.ravel().tolist()
    exact = all(np.isfinite(f) and Fraction(f) == n for f, n in zip(found, numbers, strict=True))
    return Computed(floats, exact, np.array([n == 0 for n in numbers], bool))


def moved_off(node: Node, arguments: Sequence[Any]) -> Any:
    """What NumPy makes of constants, moved off by 10⁻¹¹ of itself where that is rounded.

    For a table that asks which numbers are 0 or cancel: after that only those do that are equal as
    real numbers. Equal computations of equal numbers move alike.
    """
    plain = NUMPY_RULES.get(node.primitive, numpy_table.default)
    assert plain is not None
    with np.errstate(all="ignore"):
        found = plain(node, *arguments)
    if isinstance(found, tuple | list):
        return found
    known = exactly(node, arguments)
    array = np.asarray(found)
    if array.dtype.kind != "f" or (known is not None and known.exact):
        return found
    zero = array == 0.0
    sure = known.zero.reshape(array.shape) if known is not None else _is_zero(node, arguments)
    return np.where(zero, np.where(sure, 0.0, TINY), array * (1.0 + OFF))


def _is_zero(node: Node, arguments: Sequence[Any]) -> Any:
    """Where a product is 0 because a factor is, also of arrays too large for fractions."""
    shape = node.outputs[0].shape
    if node.primitive in ("mul", "div"):
        factors = arguments if node.primitive == "mul" else arguments[:1]
        return np.any([np.broadcast_to(a, shape) == 0.0 for a in factors], axis=0)
    return np.zeros(shape, bool)


def _whole_power(node: Node, a: Fraction) -> Fraction:
    exponent = int(node.params["y"])
    if abs(exponent) > 64:
        raise ZeroDivisionError  # too long a fraction: counts as rounded
    return a**exponent


_BY_FRACTIONS: dict[str, Any] = {
    "add": lambda node, a, b: a + b, "add_any": lambda node, a, b: a + b,
    "sub": lambda node, a, b: a - b, "mul": lambda node, a, b: a * b,
    "div": lambda node, a, b: a / b, "square": lambda node, a: a * a,
    "integer_pow": _whole_power,
}  # fmt: skip
