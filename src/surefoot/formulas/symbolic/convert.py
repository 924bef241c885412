"""From the tree of a formula of numbers to a SymPy expression."""

from collections.abc import Callable
from typing import Any

import sympy

from surefoot.formulas.checks import fold
from surefoot.formulas.formula import Formula
from surefoot.formulas.tree import (
    Call,
    Compare,
    Constant,
    Listing,
    Name,
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

#: SymPy multiplies powers out; beyond this the result is of no use to a reader.
MAX_POWER = 100


def to_sympy(formula: Formula) -> tuple[Any, dict[str, Any]]:
    """The SymPy expression of a formula, and its real symbols by name.

    Raises:
        FormulaError: arrays, comparisons, very high powers, functions without a symbolic form.
    """
    if formula.is_constraint:
        raise _refuse(formula, formula.tree, "a comparison has no derivative")
    symbols = {name: sympy.Symbol(name, real=True) for name in formula.variables}
    for node in walk_tree(formula.tree):
        if _degree(formula, node) > MAX_POWER:
            raise _refuse(formula, node, f"powers above {MAX_POWER} are too high to write out")
    return _Converter(formula, symbols).number(formula.tree), symbols


def domain(formula: Formula, symbols: dict[str, Any]) -> list[tuple[Any, str]]:
    """What the formula as typed asks of its variables: (u, "≠") for a divisor, (u, ">") for a root.

    SymPy makes 1 of x/x and x of √x², which then hold where the formula has no value.
    """
    converter = _Converter(formula, symbols)
    found: list[tuple[Node, str]] = []
    for node in walk_tree(formula.tree):
        match node:
            case Product():
                pairs = zip(node.operators, node.factors, strict=True)
                found += [(factor, "≠") for operator, factor in pairs if operator == "/"]
            case Power():
                power = fold(formula.text, node.exponent)
                if power is not None and power != int(power):
                    found.append((node.base, ">"))
                elif power is not None and power < 0:
                    found.append((node.base, "≠"))
            case Call() if node.function in _OF_POSITIVE:
                found.append((node.arguments[0], ">"))
            case _:
                pass
    return [(converter.number(node), sign) for node, sign in found if not is_condition(node)]


def _degree(formula: Formula, node: Node) -> float:
    """The highest product of nested powers in a subtree, 90·90 for (x^90)^90."""
    below = max((_degree(formula, child) for child in children(node)), default=1.0)
    if isinstance(node, Power):
        power = fold(formula.text, node.exponent)
        return below * max(1.0, abs(power)) if power is not None else below
    return below


def _refuse(formula: Formula, node: Node, reason: str) -> FormulaError:
    return FormulaError(f"no symbolic form: {reason}", formula.text, node.start, node.end)


class _Converter:
    def __init__(self, formula: Formula, symbols: dict[str, Any]) -> None:
        self.formula = formula
        self.symbols = symbols

    def refuse(self, node: Node, reason: str) -> FormulaError:
        return _refuse(self.formula, node, reason)

    def number(self, node: Node) -> Any:
        """The expression of a node whose value is a number."""
        match node:
            case Number():
                return sympy.Rational(node.text)
            case Constant():
                return {"e": sympy.E, "pi": sympy.pi, "inf": sympy.oo}[node.name]
            case Name():
                return self.name(node)
            case Negative():
                return -self.number(node.operand)
            case Sum():
                parts = [self.number(term) for term in node.terms]
                return sympy.Add(
                    *(p if s == "+" else -p for s, p in zip(node.signs, parts, strict=True))
                )
            case Product():
                return self.product(node)
            case Power():
                return sympy.Pow(self.number(node.base), self.number(node.exponent))
            case Call():
                return self.call(node)
            case _ if is_condition(node):
                return sympy.Piecewise((1, self.condition(node)), (0, True))
            case _:
                raise self.refuse(node, "this is an array; give each number its own name")

    def name(self, node: Name) -> Any:
        if node.name in self.symbols:
            return self.symbols[node.name]
        array = self.formula.data[node.name]
        if array.ndim:
            raise self.refuse(
                node, f"'{node.name}' is an array of shape {array.shape}; "
                "symbolic work is for formulas of single numbers",
            )  # fmt: skip
        return sympy.Rational(repr(float(array)))

    def product(self, node: Product) -> Any:
        if "@" in node.operators:
            raise self.refuse(node, "a matrix product; symbolic work is for single numbers")
        parts = [self.number(factor) for factor in node.factors]
        return sympy.Mul(
            *(1 / p if o == "/" else p for o, p in zip(node.operators, parts, strict=True))
        )

    def condition(self, node: Node) -> Any:
        if not isinstance(node, Compare) or len(node.sides) != 2:
            raise self.refuse(node, "only a single comparison can be taken along")
        relations = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq}
        left, right = (self.number(side) for side in node.sides)
        return relations[node.operators[0]](left, right)

    def call(self, node: Call) -> Any:
        if node.function == "where":
            first, second, third = node.arguments
            return sympy.Piecewise(
                (self.number(second), self.condition(first)), (self.number(third), True)
            )
        many = _OF_LISTS.get(node.function)
        if many is not None:
            one = node.arguments[0]
            listed = isinstance(one, Listing) and len(node.arguments) == 1
            items = one.items if listed and isinstance(one, Listing) else node.arguments
            if len(items) == 1 and node.function not in ("max", "min"):
                raise self.refuse(node, f"'{node.function}' works on an array")
            return many([self.number(item) for item in items])
        rule = _RULES.get(node.function)
        if rule is None:
            raise self.refuse(node, f"'{node.function}' has none here")
        return rule(*(self.number(argument) for argument in node.arguments))


_SAME_NAME = (
    "exp log sqrt sin cos tan sec csc cot asin acos atan sinh cosh tanh asinh acosh atanh atan2 "
    "erf erfc sign"
)
_RULES: dict[str, Callable[..., Any]] = {
    **{name: getattr(sympy, name) for name in _SAME_NAME.split()},
    "abs": sympy.Abs,
    "lgamma": sympy.loggamma,
    "square": lambda x: x**2,
    # The real cube root: SymPy's own is complex for negative numbers.
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "exp2": lambda x: 2**x,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(x, 0),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "logaddexp": lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
    "clip": lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
}
_OF_POSITIVE = ("log", "log2", "log10", "sqrt")
_OF_LISTS: dict[str, Callable[[list[Any]], Any]] = {
    "max": lambda items: sympy.Max(*items),
    "min": lambda items: sympy.Min(*items),
    "sum": lambda items: sympy.Add(*items),
    "prod": lambda items: sympy.Mul(*items),
    "mean": lambda items: sympy.Add(*items) / len(items),
    "norm": lambda items: sympy.sqrt(sympy.Add(*(item**2 for item in items))),
    "logsumexp": lambda items: sympy.log(sympy.Add(*(sympy.exp(item) for item in items))),
}
