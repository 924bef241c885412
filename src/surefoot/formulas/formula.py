"""A typed formula: parsed once, then an ordinary function of its variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.core import Tracer
from numpy.typing import NDArray

from surefoot.formulas.bars import resolve_bars
from surefoot.formulas.checks import check_tree
from surefoot.formulas.evaluate import evaluate_tree
from surefoot.formulas.mathml import to_mathml
from surefoot.formulas.names import natural_order, nearest, read_names
from surefoot.formulas.parser import parse_formula
from surefoot.formulas.shapes import infer_shapes
from surefoot.formulas.spoken import to_words
from surefoot.formulas.tokens import check_text, tokenize
from surefoot.formulas.tree import Compare, Logic, Name, Node, is_condition, walk_tree
from surefoot.terms import InputError, held_interrupts

if TYPE_CHECKING:
    from surefoot.formulas.symbolic.report import SymbolicReport


@dataclass(frozen=True)
class Side:
    """One comparison `left operator right`; a chained comparison is several of them.

    Attributes:
        left, right: the trees of both sides.
        operator: "<=", ">=", "==", "<" or ">".
        start, end: its characters in the formula.
    """

    left: Node
    operator: str
    right: Node
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula that was read; call it with values to evaluate it.

    Equations: `formula(values)` evaluates the tree from the inside out with jax.numpy, in float64
    for plain numbers and arrays, in the types of the tracers inside `jit`, `vmap` and `grad`.

    Attributes:
        text: as typed.
        tree: what was read, each node with its characters.
        variables: the names to choose values for: in the order of the head `f(y, x) = …` or of
            the caller's list, else sorted as people count (b1, b2, b10).
        data: name → array given with the formula.
        name: the function's own name where the formula has a head, else "".

    Example:
        >>> formula = parse("2x^2 - |y|")
        >>> formula.variables
        ('x', 'y')
        >>> float(formula({"x": 3.0, "y": -1.0}))
        17.0
    """

    text: str
    tree: Node = field(repr=False)
    variables: tuple[str, ...]
    data: dict[str, NDArray[Any]] = field(repr=False)
    name: str = ""

    @property
    def __name__(self) -> str:
        return self.text

    def __call__(self, values: Any) -> Any:
        """The value at a point.

        Args:
            values: dict of name → number or array, one per variable; the bare number or array
                where the formula has exactly one variable.

        Returns:
            A NumPy number or array; a JAX tracer where a value is one. For comparisons a list of
            truth values, one per comparison.

        Raises:
            InputError: a missing or unknown name. FormulaError: shapes that do not fit.
        """
        table = self.bind(values)
        nodes = [_as_compare(side) for side in self.sides] or [self.tree]
        results = self._evaluate(nodes, table)
        return results if self.is_constraint else results[0]

    def mentions(self) -> tuple[Any, ...]:
        """All that its value depends on besides the variables; the tree follows from the text."""
        return self.text, self.variables, self.data

    def bind(self, values: Any) -> dict[str, Any]:
        """The values by name, checked, from a dict or from the bare value of the one variable.

        Raises:
            InputError: a missing or unknown name, or a bare value for several variables.
        """
        if not isinstance(values, Mapping):
            if len(self.variables) != 1:
                listed = ", ".join(f'"{name}": …' for name in self.variables)
                raise InputError(
                    f"the formula '{self.text}' has {len(self.variables)} variables; "
                    f"give their values as a dict {{{listed}}}"
                )
            values = {self.variables[0]: values}
        unknown = [name for name in values if name not in self.variables]
        if unknown:
            raise InputError(
                f"'{unknown[0]}' is not a variable of the formula '{self.text}', which has "
                f"{', '.join(self.variables) or 'none'}{nearest(str(unknown[0]), self.variables)}"
            )
        missing = [name for name in self.variables if name not in values]
        if missing:
            raise InputError(f"the formula '{self.text}' needs a value for '{missing[0]}'")
        return {name: _value(values[name], name) for name in self.variables}

    @property
    def is_constraint(self) -> bool:
        """Whether the formula compares, `x + y <= 1`, rather than having a number as value."""
        return is_condition(self.tree)

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        """The comparisons at the top, chained ones taken apart; empty for other formulas."""
        return tuple(_sides(self.tree))

    @property
    def constraints(self) -> tuple[Side, ...]:
        """Another word for `sides`."""
        return self.sides

    @cached_property
    def mathml(self) -> str:
        """The right-hand side as `<math>…</math>`: MathML Core, every name escaped."""
        return to_mathml(self.tree)

    @cached_property
    def spoken(self) -> str:
        """The right-hand side in plain English, for those who listen."""
        return to_words(self.tree)

    def residual(self, values: Any) -> list[Any]:
        """left − right of every comparison at a point, in the order of `sides`."""
        table = self.bind(values)
        pairs = self._evaluate([n for side in self.sides for n in (side.left, side.right)], table)
        return [left - right for left, right in zip(pairs[::2], pairs[1::2], strict=True)]

    def example(self, values: Any = None) -> Any:
        """Zeros in the shape of the argument: a number, an array, or a dict of them by name.

        Args:
            values: what is known already, a dict for some of the variables or the bare value of
                the one variable; it is kept.

        Raises:
            FormulaError: neither the formula nor its data tell the shape of a variable.
        """
        if values is None:
            given: dict[str, Any] = {}
        elif isinstance(values, Mapping):
            given = {str(name): _value(value, str(name)) for name, value in values.items()}
        else:
            given = self.bind(values)
        unknown = [name for name in given if name not in self.variables]
        if unknown:
            raise InputError(
                f"'{unknown[0]}' is not a variable of the formula '{self.text}'"
                f"{nearest(unknown[0], self.variables)}"
            )
        shapes = infer_shapes(
            self.text, self.tree, self.variables,
            {name: array.shape for name, array in self.data.items()},
            {name: np.shape(value) for name, value in given.items()},
        )  # fmt: skip
        whole = {name: given.get(name, np.zeros(shapes[name])) for name in self.variables}
        if len(whole) == 1 and not isinstance(values, Mapping):
            return whole[self.variables[0]]
        return whole

    def symbolic(self, at: Any = None, *, seconds: float = 5.0) -> "SymbolicReport":
        """Derivatives, stationarity equations and, where SymPy finds them, their solutions.

        Args:
            at: a point where each derivative's value is wanted as well.
            seconds: how long SymPy may look for solutions, in seconds of processor time.

        Raises:
            FormulaError: the formula has arrays, or functions that SymPy has no derivative for.
        """
        with held_interrupts():
            from surefoot.formulas.symbolic.report import derive

        return derive(self, at, seconds)

    def _evaluate(self, nodes: Sequence[Node], table: dict[str, Any]) -> list[Any]:
        values = {**self.data, **table}
        if any(isinstance(value, Tracer) for value in table.values()):
            return [evaluate_tree(self.text, node, values) for node in nodes]
        with jax.enable_x64(True):
            return [_plain(evaluate_tree(self.text, node, values)) for node in nodes]


def parse(
    text: str,
    data: Mapping[str, Any] | None = None,
    variables: Sequence[str] | None = None,
) -> Formula:
    """Read a formula; the grammar is one page, `docs/formulas.md`.

    Args:
        text: e.g. "x^2 + 3x", "f(x, y) = sin(x) y", "||A @ x - b||^2", "x + y <= 1".
        data: name → number or array; these names are not variables.
        variables: the names that are variables; default: every name that is neither data nor a
            constant nor a function.

    Raises:
        FormulaError: what cannot be read, or reads two ways; `start` and `end` say where.
        InputError: data that are no finite real numbers, names that cannot be used.

    Example:
        >>> parse("b1*(1 - e^(-b2 x))", data={"x": [77.6, 114.9]}).variables
        ('b1', 'b2')
    """
    text = check_text(text)
    _check_kinds(data, variables)
    arrays = {name: _array(value, name) for name, value in (data or {}).items()}
    dimensions = {name: array.ndim for name, array in arrays.items()}
    names, tokens = read_names(text, tokenize(text), dimensions, variables)
    tree = parse_formula(text, resolve_bars(text, tokens, names.is_function), names)
    check_tree(text, tree)
    used = {node.name for node in walk_tree(tree) if isinstance(node, Name) and not node.is_data}
    order = names.declared if names.declared is not None else natural_order(used)
    return Formula(text, tree, order, arrays, names.head)


def _check_kinds(data: object, variables: object) -> None:
    if data is not None and not isinstance(data, Mapping):
        raise InputError(
            f"data is {type(data).__name__}; expected a dict of name → number or array"
        )
    if variables is not None and not isinstance(variables, list | tuple):
        hint = "; a text would be read letter by letter" if isinstance(variables, str) else ""
        raise InputError(
            f"variables is {type(variables).__name__}; expected a list of names, "
            f'["x", "y"]{hint}'
        )


def as_function(f: Any) -> Any:
    """What a person may give as a function: text is read as a formula, all else is left alone."""
    return parse(f) if isinstance(f, str) else f


def _array(value: Any, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"data '{name}' is ragged: its rows differ in length") from None
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise InputError(
            f"data '{name}' is no array of real numbers (found {array.dtype}); convert it first"
        )
    bad = ~np.isfinite(array)
    if bad.any():
        place = [int(i) for i in np.argwhere(bad)[0]]
        where = f"[{', '.join(map(str, place))}]" if place else ""
        raise InputError(
            f"data '{name}'{where} is {array[tuple(place)]}; remove or replace such entries first"
        )
    return array


def _value(value: Any, name: str) -> Any:
    """A value of a variable: tracers and arrays as they are, lists as arrays."""
    if isinstance(value, jax.Array | np.ndarray | float):
        return value
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"the value of '{name}' is ragged: its rows differ in length") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"the value of '{name}' is no real number or array: {value!r}")
    return array.astype(np.float64)


def _plain(value: Any) -> Any:
    """A NumPy number or array; a tracer stays one (a formula of constants inside a trace)."""
    return value if isinstance(value, Tracer) else np.asarray(value)[()]


def _sides(tree: Node) -> list[Side]:
    if isinstance(tree, Logic):
        return [side for condition in tree.conditions for side in _sides(condition)]
    if not isinstance(tree, Compare):
        return []
    return [
        Side(left, operator, right, left.start, right.end)
        for left, operator, right in zip(tree.sides, tree.operators, tree.sides[1:], strict=False)
    ]


def _as_compare(side: Side) -> Compare:
    return Compare((side.left, side.right), (side.operator,), start=side.start, end=side.end)
