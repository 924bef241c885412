"""The value of a formula, in jax.numpy: works on numbers, arrays and tracers alike.

Every operation runs inside `span(text, start, end)`, so that each step of the traced program knows
the characters that it comes from. Operands are evaluated outside of the span of their operator.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.formulas.checks import CONSTANT_VALUES
from surefoot.formulas.tree import (
    Call,
    Compare,
    Constant,
    Index,
    Listing,
    Logic,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Slice,
    Sum,
    Transpose,
    is_condition,
)
from surefoot.program import span
from surefoot.terms import FormulaError

# Above this an integer power is computed as a float power: exact repeated squaring gains nothing.
_INTEGER_POWER = 1024


def evaluate_tree(text: str, tree: Node, values: Mapping[str, Any]) -> Any:
    """The value of a tree.

    Args:
        text: the formula, for blame and for messages.
        tree: what to evaluate; a comparison gives a truth value (or one per element).
        values: name → number or array, for every variable and all data.

    Raises:
        FormulaError: shapes that do not fit together, an index outside the array.
    """
    return _Evaluator(text, values).value(tree)


class _Evaluator:
    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.text = text
        self.values = values

    def value(self, node: Node) -> Any:
        match node:
            case Number():
                return node.value
            case Constant():
                return CONSTANT_VALUES[node.name]
            case Name():
                return self.values[node.name]
            case Negative():
                operand = self.number(node.operand)
                if isinstance(operand, float):
                    return -operand
                return self.step(node, node.end, jnp.negative, operand)
            case Sum():
                return self.sum(node)
            case Product():
                return self.product(node)
            case Power():
                return self.power(node)
            case Call():
                return self.call(node)
            case Listing():
                return self.step(node, node.end, _stack, *map(self.number, node.items))
            case Transpose():
                return self.step(node, node.end, jnp.transpose, self.number(node.operand))
            case Index():
                return self.index(node)
            case Compare():
                return self.compare(node)
            case Logic():
                return self.logic(node)
            case _:
                raise AssertionError(f"no rule for {type(node).__name__}")

    def number(self, node: Node) -> Any:
        """The value of a node where a number is wanted: a comparison counts 1 or 0."""
        value = self.value(node)
        if is_condition(node):
            return self.step(node, node.end, jnp.where, value, 1.0, 0.0)
        return value

    def step(
        self, first: Node, end: int, function: Callable[..., Any], *operands: Any
    ) -> Any:
        """One operation, blamed on the characters from the start of `first` to `end`."""
        try:
            with span(self.text, first.start, end):
                return function(*operands)
        except (TypeError, ValueError, IndexError) as error:
            shapes = " and ".join(str(np.shape(operand)) for operand in operands)
            raise FormulaError(
                f"the shapes {shapes} do not fit together here" if len(operands) > 1
                else f"an array of shape {shapes} cannot be used here",
                self.text, first.start, end,
            ) from error  # fmt: skip

    def sum(self, node: Sum) -> Any:
        total = self.number(node.terms[0])
        for term, sign in zip(node.terms[1:], node.signs[1:], strict=True):
            value = self.number(term)
            operation = _plain_or(jnp.add if sign == "+" else jnp.subtract, total, value)
            # Brackets around the whole belong to no part of it.
            total = self.step(node.terms[0], term.end, operation, total, value)
        return total

    def product(self, node: Product) -> Any:
        total = self.number(node.factors[0])
        for factor, operator in zip(node.factors[1:], node.operators[1:], strict=True):
            value = self.number(factor)
            operation = {"*": jnp.multiply, "/": jnp.true_divide, "@": jnp.matmul}[operator]
            operation = _plain_or(operation, total, value)
            total = self.step(node.factors[0], factor.end, operation, total, value)
        return total

    def power(self, node: Power) -> Any:
        exponent = self.value(node.exponent)
        if isinstance(node.base, Constant) and node.base.name == "e":
            return self.step(node, node.end, jnp.exp, exponent)
        base = self.value(node.base)
        if isinstance(exponent, float):
            if isinstance(base, float):
                return base**exponent
            if exponent == 0.5:
                return self.step(node, node.end, jnp.sqrt, base)
            if exponent.is_integer() and abs(exponent) <= _INTEGER_POWER:
                whole = int(exponent)
                return self.step(node, node.end, lambda b: jnp.power(b, whole), base)
        return self.step(node, node.end, jnp.power, base, exponent)

    def call(self, node: Call) -> Any:
        arguments = [
            (self.value if node.function == "where" and place == 0 else self.number)(argument)
            for place, argument in enumerate(node.arguments)
        ]
        return self.step(node, node.end, IMPLEMENTATIONS[node.function], *arguments)

    def index(self, node: Index) -> Any:
        operand = self.value(node.operand)
        shape = np.shape(operand)
        if len(node.places) > len(shape):
            what = f"an array of shape {shape}" if shape else "a single number"
            raise FormulaError(
                f"{what} has no place with {len(node.places)} "
                f"{'index' if len(node.places) == 1 else 'indices'}",
                self.text, node.start, node.end,
            )  # fmt: skip
        places: list[int | slice] = []
        for place, length in zip(node.places, shape, strict=False):
            if isinstance(place, Slice):
                places.append(slice(place.first, place.stop, place.step))
                continue
            # JAX clips an index that is out of range; a wrong element must not be read.
            if not -length <= place < length:
                raise FormulaError(
                    f"there is no place {place} along a length of {length} (places count from 0)",
                    self.text, node.start, node.end,
                )  # fmt: skip
            places.append(place)
        return self.step(node, node.end, lambda array: jnp.asarray(array)[tuple(places)], operand)

    def compare(self, node: Compare) -> Any:
        sides = [self.number(side) for side in node.sides]
        results = [
            self.step(node, node.end, _COMPARISONS[operator], left, right)
            for left, operator, right in zip(sides, node.operators, sides[1:], strict=False)
        ]
        return reduce(lambda a, b: self.step(node, node.end, jnp.logical_and, a, b), results)

    def logic(self, node: Logic) -> Any:
        parts = [self.value(condition) for condition in node.conditions]
        if node.operator == "not":
            return self.step(node, node.end, jnp.logical_not, parts[0])
        join = jnp.logical_and if node.operator == "and" else jnp.logical_or
        return reduce(lambda a, b: self.step(node, node.end, join, a, b), parts)


def _plain_or(operation: Callable[..., Any], left: Any, right: Any) -> Callable[..., Any]:
    """The operation on two plain numbers in Python (1/3 needs no array), else in jax.numpy."""
    if not (isinstance(left, float) and isinstance(right, float)):
        return operation
    plain: dict[Any, Callable[[float, float], float]] = {
        jnp.add: lambda a, b: a + b,
        jnp.subtract: lambda a, b: a - b,
        jnp.multiply: lambda a, b: a * b,
        jnp.true_divide: lambda a, b: a / b,
    }
    return plain.get(operation, operation)


def _stack(*items: Any) -> Any:
    return jnp.stack([jnp.asarray(item) for item in items])


def _norm(vector: Any, order: Any = 2.0) -> Any:
    if np.ndim(vector) == 0:
        return jnp.abs(vector)
    if order == 2.0:
        return jnp.linalg.norm(jnp.asarray(vector))
    if np.ndim(vector) > 1:
        raise ValueError("an order is for vectors: matrix norms have their own meanings of 1 and ∞")
    return jnp.linalg.norm(jnp.asarray(vector), order)


def _extreme(whole: Callable[..., Any], pair: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(*arguments: Any) -> Any:
        return whole(arguments[0]) if len(arguments) == 1 else reduce(pair, arguments)

    return extreme


_COMPARISONS: dict[str, Callable[..., Any]] = {
    "<=": jnp.less_equal,
    ">=": jnp.greater_equal,
    "<": jnp.less,
    ">": jnp.greater,
    "==": jnp.equal,
}
_SAME_NAME = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt square abs sign sin cos tan sinh cosh tanh "
    "floor ceil round hypot mod logaddexp where clip sum prod mean var std cumsum dot outer trace"
)

#: What each function of the table computes.
IMPLEMENTATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(jnp, name) for name in _SAME_NAME.split()},
    **{a: getattr(jnp, "arc" + a[1:]) for a in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "atan2": jnp.arctan2,
    "sec": lambda x: 1.0 / jnp.cos(x),
    "csc": lambda x: 1.0 / jnp.sin(x),
    "cot": lambda x: jnp.cos(x) / jnp.sin(x),
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "softplus": jax.nn.softplus,
    "softmax": jax.nn.softmax,
    "logsumexp": jax.nn.logsumexp,
    "erf": jax.scipy.special.erf,
    "erfc": jax.scipy.special.erfc,
    "lgamma": jax.scipy.special.gammaln,
    "max": _extreme(jnp.max, jnp.maximum),
    "min": _extreme(jnp.min, jnp.minimum),
    "norm": _norm,
    "det": jnp.linalg.det,
    "inv": jnp.linalg.inv,
}
