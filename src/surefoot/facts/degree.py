"""The degree of a function as a polynomial, proved on its graph.

Kept for each element of each array: −∞ for what is identically zero, 0 for constants, d for
polynomials of degree at most d, +∞ for what is not shown to be a polynomial. Constants are known
by value, so a zero in a mask or a matrix removes what it multiplies; not so those that the program
computes with rounding (`facts.constants`), of which a 0 may be no 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.cards import CARDS, REFUSED, Composition
from surefoot.facts.constants import exactly, needs_a_rule
from surefoot.facts.remembered import remembered
from surefoot.program import Node, Program, walk
from surefoot.program.abstract import Dependent, Indices, abstract_table, depends, spread
from surefoot.program.numpy_rules import scatter_map
from surefoot.terms import UnsupportedError

Degrees = NDArray[np.float64]


@dataclass(frozen=True)
class Degree:
    """The degree of a function as a polynomial in its whole argument.

    Attributes:
        value: the proven upper bound, 0 constant, 1 affine, 2 quadratic, …; None where the
            function is not shown to be a polynomial.
        why: what breaks it, e.g. "not polynomial because of sin at loss.py:12".
        notes: roundings that the polynomial does not have, e.g. a cast to float32.
    """

    value: int | None
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the function, as a real function, is this polynomial exactly."""
        return self.value is not None and not self.notes

    def at_most(self, degree: int) -> bool:
        """Whether the function is a polynomial of this degree or less."""
        return self.value is not None and self.value <= degree


class Deg(Dependent):
    """Degrees of the elements of an array.

    Attributes:
        degree: (size,) degrees.
        why: what first broke an element that is not polynomial.
        nonneg: whether every element is ≥ 0 for every x.
        even: where the array is c·√q or c·|p|: the degrees of its square, else None.
    """

    def __init__(
        self, shape: tuple[int, ...], degree: Degrees, why: str = "", nonneg: bool = False,
        even: Degrees | None = None,
    ) -> None:
        self.shape = shape
        self.degree = degree
        self.why = why
        self.nonneg = nonneg
        self.even = even

    def take(self, where: Indices) -> "Deg":
        flat = np.ravel(where)
        degree = np.where(flat >= 0, self.degree[flat], 0.0)
        even = None if self.even is None else np.where(flat >= 0, self.even[flat], 0.0)
        return type(self)(where.shape, degree, self.why, self.nonneg, even)

    def reshaped(self, shape: tuple[int, ...]) -> "Deg":
        return type(self)(shape, self.degree, self.why, self.nonneg, self.even)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Deg":
        parts = [of(value) for value in values]
        even = None
        if any(part.even is not None for part in parts):
            even = np.concatenate([_even(part) for part in parts])
        return cls(
            (sum(part.size for part in parts),),
            np.concatenate([part.degree for part in parts]),
            next((part.why for part in parts if part.why), ""),
            all(part.nonneg for part in parts),
            even,
        )


def _even(part: Deg) -> Degrees:
    return 2 * part.degree if part.even is None else part.even


def of(value: Any) -> Deg:
    """The degrees of a value, constants included."""
    if isinstance(value, Deg):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        return Deg(array.shape, np.zeros(array.size))
    flat = np.ravel(array)
    zero = np.where(flat == 0, -np.inf, 0.0)
    return Deg(array.shape, zero, nonneg=bool(np.all(flat >= 0)))


def _sum(a: Any, b: Any) -> Any:
    """Degrees of a product; what is identically zero stays so."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(a) | np.isneginf(b), -np.inf, a + b)


def _why(node: Node, *values: Deg) -> str:
    inherited = next((v.why for v in values if v.why and np.any(np.isposinf(v.degree))), "")
    if inherited:
        return inherited
    card = CARDS.get(node.primitive)
    words = card.words if card else node.primitive
    reason = f" ({REFUSED[node.primitive]})" if node.primitive in REFUSED else ""
    return f"not polynomial because of {words} at {node.source}{reason}"


def _opaque(node: Node, *arguments: Any) -> Any:
    """Not a polynomial, unless every element that goes in is a constant after all."""
    values = [of(value) for value in arguments if depends(value)]
    constant = all(np.all(value.degree <= 0) for value in values)
    why = "" if constant else _why(node, *values)
    results = [
        Deg(out.shape, np.full(prod(out.shape), 0.0 if constant else np.inf), why)
        for out in node.outputs
    ]
    return tuple(results) if len(results) > 1 else results[0]


def _keep(node: Node, degree: Any, *values: Deg, nonneg: bool = False) -> Deg:
    why = next((v.why for v in values if v.why), "") if np.any(np.isposinf(degree)) else ""
    return Deg(node.outputs[0].shape, np.ravel(degree), why, nonneg)


def _pair(node: Node, a: Any, b: Any) -> tuple[Deg, Deg]:
    shape = node.outputs[0].shape
    return of(spread(a, shape)), of(spread(b, shape))


def _add(node: Node, a: Any, b: Any) -> Deg:
    left, right = _pair(node, a, b)
    nonneg = left.nonneg and right.nonneg and node.primitive != "sub"
    return _keep(node, np.maximum(left.degree, right.degree), left, right, nonneg=nonneg)


def _mul(node: Node, a: Any, b: Any) -> Deg:
    if a is b:
        return _power(node, of(a), 2)
    left, right = _pair(node, a, b)
    result = _keep(node, _sum(left.degree, right.degree), left, right,
                   nonneg=left.nonneg and right.nonneg)  # fmt: skip
    root = left if depends(a) else right
    if (not depends(a) or not depends(b)) and root.even is not None:
        result.even = root.even
    return result


def _div(node: Node, a: Any, b: Any) -> Any:
    left, right = _pair(node, a, b)
    if np.all(right.degree <= 0) and not np.any(np.isneginf(right.degree)):
        result = _keep(node, left.degree, left, nonneg=left.nonneg and right.nonneg)
        result.even = left.even
        return result
    return _opaque(node, a, b)


def _power(node: Node, value: Deg, exponent: int) -> Any:
    shape = node.outputs[0].shape
    if exponent == 0:
        return Deg(shape, np.zeros(value.size), nonneg=True)
    if exponent < 0:
        return _opaque(node, value)
    if value.even is not None and exponent % 2 == 0:
        degree = np.where(np.isneginf(value.even), -np.inf, value.even * (exponent // 2))
        return _keep(node, degree, value, nonneg=True)
    nonneg = value.nonneg or exponent % 2 == 0
    return _keep(node, value.degree * exponent, value, nonneg=nonneg)


def _pow(node: Node, base: Any, exponent: Any) -> Any:
    if depends(exponent) or np.unique(exponent).size != 1:
        return _opaque(node, base, exponent)
    power = float(np.ravel(exponent)[0])
    value = of(spread(base, node.outputs[0].shape))
    if power == 0.5 and value.nonneg:
        return _root(node, value)
    if power >= 0 and power == int(power) and power < 1e6:
        return _power(node, value, int(power))
    return _opaque(node, base)


def _root(node: Node, value: Deg) -> Any:
    result = _opaque(node, value)
    result.nonneg = True
    if value.nonneg:
        result.even = value.degree
    return result


def _abs(node: Node, value: Deg) -> Any:
    if value.nonneg:
        return value
    result = _opaque(node, value)
    result.nonneg = True
    result.even = _even(value)
    return result


def _reduced(node: Node, value: Deg, combine: Any) -> Any:
    axes = tuple(node.params["axes"])
    return combine(value.degree.reshape(value.shape), axis=axes)


def _reduce_sum(node: Node, value: Deg) -> Deg:
    shaped = _reduced(node, value, lambda d, axis: np.max(d, axis=axis, initial=-np.inf))
    return _keep(node, shaped, value, nonneg=value.nonneg)


def _reduce_prod(node: Node, value: Deg) -> Deg:
    zero = _reduced(node, value, lambda d, axis: np.any(np.isneginf(d), axis=axis))
    with np.errstate(invalid="ignore"):
        total = _reduced(node, value, np.sum)
    return _keep(node, np.where(zero, -np.inf, total), value, nonneg=value.nonneg)


def _running(node: Node, value: Deg) -> Any:
    axis = node.params["axis"]
    degree = value.degree.reshape(value.shape)
    degree = np.flip(degree, axis) if node.params["reverse"] else degree
    if node.primitive == "cumsum":
        degree = np.maximum.accumulate(degree, axis=axis)
    else:
        degree = np.add.accumulate(np.maximum(degree, 0), axis=axis)
    degree = np.flip(degree, axis) if node.params["reverse"] else degree
    return _keep(node, degree, value)


_DOT_CELLS = 2_000_000
"""Above this many products a dot product's degrees are bounded row by row."""


def _dot(node: Node, a: Any, b: Any) -> Deg:
    left, right = of(a), of(b)
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    free_a = [i for i in range(len(left.shape)) if i not in contract_a and i not in batch_a]
    free_b = [i for i in range(len(right.shape)) if i not in contract_b and i not in batch_b]
    batch = int(np.prod([left.shape[i] for i in batch_a], dtype=np.int64))
    depth = int(np.prod([left.shape[i] for i in contract_a], dtype=np.int64))
    one = left.degree.reshape(left.shape).transpose([*batch_a, *free_a, *contract_a])
    two = right.degree.reshape(right.shape).transpose([*batch_b, *contract_b, *free_b])
    rows = one.reshape(batch, -1, depth) if depth else one.reshape(batch, 0, 0)
    columns = two.reshape(batch, depth, -1) if depth else two.reshape(batch, 0, 0)
    if rows.shape[1] * columns.shape[2] * max(depth, 1) * batch <= _DOT_CELLS:
        cells = _sum(rows[:, :, :, None], columns[:, None, :, :])
        degree = np.max(cells, axis=2, initial=-np.inf)
    else:
        top = np.max(rows, axis=2, initial=-np.inf), np.max(columns, axis=1, initial=-np.inf)
        degree = _sum(top[0][:, :, None], top[1][:, None, :])
    shape = node.outputs[0].shape
    degree = degree.reshape(shape) if degree.size else np.full(shape, -np.inf)
    return _keep(node, degree, left, right, nonneg=a is b and len(left.shape) == 1)


def _coarse(node: Node, *arguments: Any) -> Deg:
    """Linear or bilinear steps without finer rule: one bound for all elements."""
    values = [of(value) for value in arguments]
    tops = [float(np.max(value.degree, initial=-np.inf)) for value in values]
    bilinear = CARDS[node.primitive].composition is Composition.BILINEAR
    top = float(_sum(tops[0], tops[1])) if bilinear else max(tops)
    shape = node.outputs[0].shape
    return _keep(node, np.full(int(np.prod(shape)), top), *values)


def _triangular_solve(node: Node, a: Any, b: Any) -> Any:
    constant = not depends(a) or a.computed is not None
    return _coarse(node, b) if constant else _opaque(node, a, b)


def _scatter_add(node: Node, a: Any, indices: Any, updates: Any) -> Any:
    if depends(indices):
        return _opaque(node, a, indices, updates)
    base, more = of(a), of(updates)
    target = np.ravel(scatter_map(node, base.shape, indices, more.shape))
    degree = base.degree.copy()
    np.maximum.at(degree, target[target >= 0], more.degree[target >= 0])
    return _keep(node, degree, base, more)


def _select(node: Node, which: Any, *cases: Any) -> Any:
    if depends(which):
        return _opaque(node, which, *cases)
    shape = node.outputs[0].shape
    parts = [of(spread(case, shape)) for case in cases]
    chosen = np.ravel(np.broadcast_to(which, shape)).astype(np.int64)
    degree = np.choose(chosen, [part.degree for part in parts])
    used = [part for number, part in enumerate(parts) if np.any(chosen == number)]
    return _keep(node, degree, *used, nonneg=all(part.nonneg for part in used))


def _compare(node: Node, a: Any, b: Any) -> Any:
    if a is b:
        # A polynomial is a number at every x, so this test for NaN has one answer.
        answer = node.primitive in ("eq", "le", "ge", "eq_to", "le_to")
        return np.full(node.outputs[0].shape, answer)
    return _opaque(node, a, b)


def _is_finite(node: Node, value: Deg) -> Any:
    if np.all(np.isfinite(np.maximum(value.degree, 0))):
        return np.ones(value.shape, bool)
    return _opaque(node, value)


def _extreme(node: Node, a: Any, b: Any) -> Any:
    idle = -np.inf if node.primitive == "max" else np.inf
    for constant, other in ((a, b), (b, a)):
        if not depends(constant) and np.all(np.asarray(constant) == idle):
            return spread(other, node.outputs[0].shape)
    return _opaque(node, a, b)


def _same(node: Node, value: Any) -> Any:
    return value


def _unless_constant(rule: Any) -> Any:
    """The rule, for steps with an argument that depends on x; constants are computed exactly."""

    def run(node: Node, *arguments: Any) -> Any:
        if any(isinstance(a, Deg) and a.computed is None for a in arguments):
            return rule(node, *arguments)
        numbers = None if any(map(depends, arguments)) else exactly(node, arguments)
        if numbers is not None and numbers.exact:
            return numbers.floats
        zero = np.zeros(prod(node.outputs[0].shape), bool) if numbers is None else numbers.zero
        found = [
            Deg(out.shape, np.where(zero, -np.inf, 0.0) if k == 0 else np.zeros(prod(out.shape)))
            for k, out in enumerate(node.outputs)
        ]
        return tuple(found) if len(found) > 1 else found[0]

    return run


def degree(program: Program) -> Degree:
    """The degree of a program's output as a polynomial in its argument, proved on the graph.

    Steps that only stop gradients do not change the function, so they do not change its degree.
    A conversion of a value that depends on x to a type with fewer digits is a rounding: the
    degree is still that of the formula, and the note says that the bits are not.

    Returns:
        the largest degree over all outputs, or the step that is not polynomial and its line.
    """
    return remembered("degree", program, _degree, lambda found: found.proved)


def _degree(program: Program) -> Degree:
    notes: list[str] = []

    def convert(node: Node, value: Deg) -> Any:
        target = np.dtype(node.params["new_dtype"])
        if value.computed is not None:
            return Deg(value.shape, np.maximum(value.degree, 0.0))
        if target.kind not in "fc":
            return _opaque(node, value)
        source = np.dtype(node.inputs[0].dtype)
        if target.itemsize < source.itemsize:
            notes.append(f"rounded to {target.name} at {node.source}")
        return value

    rules = {name: _unless_constant(rule) for name, rule in _RULES.items()}
    table = abstract_table("degree", {**rules, "convert_element_type": convert},
                           _unless_constant(_opaque), undecided=_opaque, rounds=needs_a_rule,
                           strict=True)  # fmt: skip
    inputs = [
        Deg(var.shape, np.ones(int(np.prod(var.shape, dtype=np.int64))))
        for var in program.graph.inputs
    ]
    constants = [table.literal(value) for value in program.consts]
    try:
        outputs = [of(value) for value in walk(program.graph, table, constants, inputs)]
    except UnsupportedError as error:
        return Degree(None, f"not polynomial as far as can be seen: {error}")
    broken = next((out for out in outputs if np.any(np.isposinf(out.degree))), None)
    if broken is not None:
        return Degree(None, broken.why)
    top = max((float(np.max(out.degree, initial=0)) for out in outputs), default=0.0)
    return Degree(int(max(top, 0)), notes=tuple(dict.fromkeys(notes)))


_RULES: dict[str, Any] = {
    "add": _add, "add_any": _add, "sub": _add, "mul": _mul, "div": _div,
    "neg": lambda node, v: Deg(v.shape, v.degree, v.why, False, v.even),
    "integer_pow": lambda node, v: _power(node, v, int(node.params["y"])),
    "square": lambda node, v: _power(node, v, 2), "pow": _pow, "sqrt": _root, "abs": _abs,
    "reduce_sum": _reduce_sum, "reduce_prod": _reduce_prod, "cumsum": _running,
    "cumprod": _running, "dot_general": _dot, "conv_general_dilated": _coarse,
    "triangular_solve": _triangular_solve, "scatter-add": _scatter_add,
    "scatter-sub": _scatter_add, "select_n": _select, "eq": _compare, "ne": _compare,
    "lt": _compare, "le": _compare, "gt": _compare, "ge": _compare, "is_finite": _is_finite,
    "max": _extreme, "min": _extreme, "stop_gradient": _same, "copy": _same, "copy_p": _same,
    "name": _same, "device_put": _same, "real": _same,
}  # fmt: skip
