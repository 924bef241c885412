"""What a tree must hold beyond grammar: finite constants, conditions where conditions belong."""

from math import isfinite, sqrt
from typing import cast

from surefoot.formulas.tree import (
    Call,
    Constant,
    Logic,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Sum,
    children,
    is_condition,
    walk_tree,
)
from surefoot.terms import FormulaError

E = 2.718281828459045
PI = 3.141592653589793
CONSTANT_VALUES = {"e": E, "pi": PI, "inf": float("inf")}


def check_tree(text: str, tree: Node) -> None:
    """Refuse constants that are no finite number, and conditions used as numbers.

    Raises:
        FormulaError: pointing at the place.
    """
    fold(text, tree)
    if isinstance(tree, Logic):
        _check_limits(text, tree)
    for node in walk_tree(tree):
        _check_conditions(text, node)


def fold(text: str, node: Node) -> float | None:
    """The value of a subtree of plain numbers, or None where a name or function takes part.

    Everything is float64: 9^9^9^9 is infinite here, never a number of many digits.

    Raises:
        FormulaError: the value is infinite or not a number.
    """
    parts = [fold(text, child) for child in children(node)]
    match node:
        case Number():
            return node.value
        case Constant():
            return CONSTANT_VALUES[node.name]
        case Product() if any(
            part == 0.0 and operator == "/"
            for part, operator in zip(parts, node.operators, strict=True)
        ):
            raise FormulaError("this divides by zero", text, node.start, node.end)
        case Negative() | Sum() | Product() | Power() if None not in parts:
            value = _combine(node, cast("list[float]", parts))
        case Call("sqrt", _) if parts[0] is not None:
            value = sqrt(parts[0]) if parts[0] >= 0.0 else float("nan")
        case _:
            return None
    if value is None or (not isfinite(value) and all(isfinite(part or 0.0) for part in parts)):
        raise FormulaError(
            "this constant is no finite real number in float64", text, node.start, node.end
        )
    return value


def _combine(node: Node, parts: list[float]) -> float | None:
    try:
        match node:
            case Negative():
                return -parts[0]
            case Sum():
                signs = [1.0 if sign == "+" else -1.0 for sign in node.signs]
                return sum(s * part for s, part in zip(signs, parts, strict=True))
            case Product():
                value = 1.0
                for part, operator in zip(parts, node.operators, strict=True):
                    value = value / part if operator == "/" else value * part
                return value
            case _:
                power = parts[0] ** parts[1]
                return power if isinstance(power, float) else None
    except (OverflowError, ZeroDivisionError):
        return None


def _check_limits(text: str, tree: Logic) -> None:
    """At the top, only `and` joins limits: a region of either-or is another kind of problem."""
    if tree.operator != "and":
        raise FormulaError(
            f"limits are joined by 'and' alone; '{tree.operator}' describes a region in pieces: "
            "solve one problem per piece", text, tree.start, tree.end,
        )  # fmt: skip
    for condition in tree.conditions:
        if isinstance(condition, Logic):
            _check_limits(text, condition)


def _check_conditions(text: str, node: Node) -> None:
    for place, child in enumerate(children(node)):
        wanted = isinstance(node, Logic) or (
            isinstance(node, Call) and node.function == "where" and place == 0
        )
        if wanted and not is_condition(child):
            raise FormulaError(
                "a comparison such as x > 0 is expected here", text, child.start, child.end
            )
        # A bracketed comparison as a factor or a term counts 1 where it holds, 0 elsewhere.
        if not wanted and is_condition(child) and not isinstance(node, Sum | Product):
            raise FormulaError(
                "a comparison stands where a number is expected; write where(condition, 1, 0)",
                text, child.start, child.end,
            )  # fmt: skip
