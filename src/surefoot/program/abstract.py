"""Tables whose values are either plain arrays (constants) or depend on the argument.

What does not depend on x is computed, by the NumPy rules; a table has to say only what happens to
the rest. Steps that move elements are the same for every table: a value knows how to `take` its
elements by position, and how to be laid end to end with others.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.program.graph import Node
from surefoot.program.numpy_rules import NUMPY_RULES, Control, index_map, split_arguments
from surefoot.program.numpy_rules import evaluate as numpy_table
from surefoot.program.numpy_rules.moves import MOVED
from surefoot.program.walk import Table

Indices = NDArray[np.int64]
Rule = Callable[..., Any]


class Dependent(ABC):
    """What a table knows of an array that depends on the argument.

    Attributes:
        shape: the array's shape; what is known is kept per element, raveled.
        computed: of a constant that is rounded, what NumPy makes of it; None of what depends on x.
    """

    shape: tuple[int, ...]
    computed: Any = None

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @abstractmethod
    def take(self, where: Indices) -> "Dependent":
        """The elements at raveled positions; −1 stands for a NaN that a gather fills in."""

    @abstractmethod
    def reshaped(self, shape: tuple[int, ...]) -> "Dependent":
        """The same elements in another shape."""

    @classmethod
    @abstractmethod
    def join(cls, values: Sequence[Any]) -> "Dependent":
        """Dependents and constants, raveled and laid end to end."""

    def __getitem__(self, index: int) -> "Dependent":
        inner = self.shape[1:]
        size = int(np.prod(inner, dtype=np.int64))
        return self.take(np.arange(index * size, (index + 1) * size).reshape(inner))


def depends(value: Any) -> bool:
    """Whether a value depends on the argument."""
    return isinstance(value, Dependent)


def spread(value: Any, shape: tuple[int, ...]) -> Any:
    """A value in the shape of a step's result (JAX leaves scalars beside arrays)."""
    if isinstance(value, Dependent | np.ndarray) and value.shape == shape:
        return value
    if not isinstance(value, Dependent):
        return np.broadcast_to(value, shape)
    return value.take(np.broadcast_to(np.arange(value.size).reshape(value.shape), shape))


_SAME_ELEMENTS = frozenset({"reshape", "squeeze", "expand_dims"})


def moved(node: Node, *arguments: Any) -> Any:
    """The rule for every step that only moves elements."""
    if node.primitive in _SAME_ELEMENTS:
        return arguments[0].reshaped(node.outputs[0].shape)
    parts, places = split_arguments(node, arguments)
    assert not any(depends(place) for place in places), "asked only where places are constants"
    maps = index_map(node, [np.shape(part) for part in parts], places)
    dependent = next(part for part in parts if isinstance(part, Dependent))
    whole = type(dependent).join(parts) if len(parts) > 1 else dependent
    results = tuple(whole.take(where) for where in maps)
    return results if len(node.outputs) > 1 else results[0]


def _places_depend(node: Node, arguments: Sequence[Any]) -> bool:
    return any(depends(place) for place in split_arguments(node, arguments)[1])


def _stack(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    if not any(depends(value) for value in values):
        return np.stack(values) if values else np.zeros(shape)
    kind = type(next(value for value in values if isinstance(value, Dependent)))
    return kind.join(values).reshaped(shape)


def _computed(result: Any, values: Any) -> Any:
    """A result of constants, with what NumPy makes of it beside it."""
    results = result if isinstance(result, tuple) else (result,)
    each = values if isinstance(values, tuple) else (values,)
    for one, value in zip(results, each, strict=True):
        if isinstance(one, Dependent):
            one.computed = value
    return result


def _take(value: Any, index: int) -> Any:
    return value[index]


def abstract_table(
    name: str,
    rules: Mapping[str, Rule],
    unknown: Rule,
    *,
    undecided: Rule | None = None,
    moves: Rule = moved,
    whole: Callable[[Node], bool] = lambda node: False,
    longest: int = 10_000,
    rounds: Callable[[Node], bool] = lambda node: False,
    strict: bool = False,
) -> Table[Any]:
    """A table over constants and dependents.

    Args:
        name: what is asked, for messages.
        rules: primitive → rule, for steps with at least one argument that depends on x.
        unknown: the rule for other primitives.
        undecided: rule for a branch that depends on x; without it such a branch is refused.
        moves: the rule for steps that only move elements.
        whole: which calls are handed to a rule instead of entered.
        longest: loops with more steps are refused.
        rounds: which steps NumPy does not compute exactly; of constants too they are then left to
            the table's rules, where it has one. Else the number that is computed is the constant.
        strict: a constant that is rounded by a step without a rule is left to `unknown` instead.
    """

    def control_or(node: Node, *arguments: Any) -> Any:
        rule = control.get(node.primitive)
        if rule is not None and node.primitive not in rules:
            return rule(node, *arguments)
        known = [v.computed if isinstance(v, Dependent) else v for v in arguments]
        if any(value is None for value in known):
            return dependent(node, arguments)
        computed = computes(node, known)
        exact = not any(isinstance(value, Dependent) for value in arguments)
        ruled = node.primitive in rules or (node.primitive in MOVED and not exact)
        rounded = rounds(node)
        if (not ruled and not (strict and rounded)) or (exact and not rounded):
            return computed
        return _computed(dependent(node, arguments), computed)

    def computes(node: Node, arguments: Sequence[Any]) -> Any:
        plain = NUMPY_RULES.get(node.primitive, numpy_table.default)
        assert plain is not None
        return plain(node, *arguments)

    def dependent(node: Node, arguments: Sequence[Any]) -> Any:
        rule = rules.get(node.primitive)
        if rule is not None:
            return rule(node, *arguments)
        if node.primitive in MOVED and not _places_depend(node, arguments):
            return moves(node, *arguments)
        return unknown(node, *arguments)

    table: Table[Any] = Table(name, {}, numpy_table.literal, control_or, whole)
    control = Control[Any](
        table=lambda: table,
        concrete=lambda value: None if isinstance(value, Dependent) else value,
        take=_take,
        stack=_stack,
        undecided=undecided,
        longest=longest,
    ).rules()
    return table
