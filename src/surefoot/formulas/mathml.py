"""From a tree to presentation MathML, with elements of MathML Core alone."""

import re
from html import escape
from typing import Any

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
    leads_with_minus,
)

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_CONSTANTS = {"pi": "π", "e": "e", "inf": "∞"}
_NAMES = {"log": "ln", "trace": "tr"}
_FENCES = {"abs": ("|", "|"), "norm": ("‖", "‖"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}
_COMPARISONS = {"<=": "≤", ">=": "≥", "==": "=", "<": "<", ">": ">"}
# sin²(x) is how a power of these is written; of other functions it could be taken for f(f(x)).
_POWER_ON_NAME = frozenset(
    {"sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "log"}
)
_TIMES, _APPLY, _MINUS = "\u2062", "\u2061", "−"


def to_mathml(node: Node) -> str:
    """A formula as `<math>…</math>`; every name in it is escaped."""
    return (
        '<math xmlns="http://www.w3.org/1998/Math/MathML">' + _row(_of(node)) + "</math>"
    )


def _of(node: Node) -> str:
    match node:
        case Number():
            return _number(node.text)
        case Constant():
            return _tag("mi", _CONSTANTS[node.name])
        case Name():
            return _name(node.name)
        case Negative():
            return _op(_MINUS) + _signless(node.operand)
        case Sum():
            return _sum(node)
        case Product():
            return _product(node)
        case Power():
            return _power(node)
        case Call():
            return _call(node)
        case Listing():
            return _listing(node)
        case Transpose():
            return _raw("msup", _row(_atom(node.operand)) + _op("⊤"))
        case Index():
            places = _op(",").join(_place(place) for place in node.places)
            return _raw("msub", _row(_atom(node.operand)) + _row(places))
        case Compare():
            return _chain(node)
        case Logic():
            return _logic(node)
        case _:
            raise AssertionError(f"no rule for {type(node).__name__}")


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _raw(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _op(text: str) -> str:
    return _tag("mo", text)


def _row(inner: str) -> str:
    return _raw("mrow", inner)


def _brackets(inner: str, left: str = "(", right: str = ")") -> str:
    return _row(_op(left) + inner + _op(right))


def _closed(node: Node, *kinds: type[Node]) -> str:
    """A node, in brackets where it is one of the kinds or a condition."""
    inner = _of(node)
    return _brackets(inner) if isinstance(node, kinds) or is_condition(node) else inner


def _atom(node: Node) -> str:
    """A node under an exponent or an index."""
    if isinstance(node, Number) and not node.text.isdigit() and not _is_decimal(node.text):
        return _brackets(_of(node))
    return _closed(node, Sum, Product, Negative, Power, Call)


def _is_decimal(text: str) -> bool:
    return re.fullmatch(r"\d*\.?\d*", text) is not None


def _number(text: str) -> str:
    if "/" in text:
        top, bottom = text.split("/", 1)
        return _raw("mfrac", _tag("mn", top) + _tag("mn", bottom))
    mantissa, found, exponent = text.lower().partition("e")
    if not found:
        return _tag("mn", text)
    power = _tag("mn", exponent.lstrip("+-").lstrip("0") or "0")
    sign = _op(_MINUS) if exponent.startswith("-") else ""
    ten = _raw("msup", _tag("mn", "10") + _row(sign + power))
    return _row(_tag("mn", mantissa) + _op("×") + ten)


def _name(name: str) -> str:
    match = re.fullmatch(r"(.*?[^\d_])_?(\d+)", name) or re.fullmatch(r"([^_]+)_([^_]+)", name)
    if match is None:
        return _tag("mi", GREEK.get(name, name))
    stem, below = match.groups()
    place = _tag("mn" if below.isdigit() else "mi", GREEK.get(below, below))
    return _raw("msub", _tag("mi", GREEK.get(stem, stem)) + place)


def _sum(node: Sum) -> str:
    text = _of(node.terms[0]) if leads_with_minus(node.terms[0]) else _closed(node.terms[0], Sum)
    for sign, term in zip(node.signs[1:], node.terms[1:], strict=True):
        text += _op("+" if sign == "+" else _MINUS) + _signless(term)
    return text


def _signless(node: Node) -> str:
    """A term or factor that follows another: in brackets where it begins with a sign."""
    return _brackets(_of(node)) if leads_with_minus(node) else _closed(node, Sum)


def _product(node: Product) -> str:
    """Fractions are drawn; factors stand side by side, with a dot before a digit."""
    first = node.factors[0]
    alone = True
    current = _closed(first, Sum)
    for factor, operator in zip(node.factors[1:], node.operators[1:], strict=True):
        if operator == "/":
            # The bar of a fraction holds together what brackets would.
            current = _raw("mfrac", _row(_of(first) if alone else current) + _row(_of(factor)))
        else:
            dotted = _begins_with_digit(factor) or isinstance(factor, Listing)
            current += _op("·" if dotted else _TIMES) + _signless(factor)
        alone = False
    return current


def _begins_with_digit(node: Node) -> bool:
    match node:
        case Number():
            return True
        case Power() | Transpose() | Index():
            return _begins_with_digit(node.base if isinstance(node, Power) else node.operand)
        case Product():
            return "/" in node.operators or _begins_with_digit(node.factors[0])
        case _:
            return False


def _power(node: Power) -> str:
    exponent = _row(_of(node.exponent))
    base = node.base
    if isinstance(base, Call):
        whole = isinstance(node.exponent, Number) and node.exponent.text.isdigit()
        if whole and base.function in _POWER_ON_NAME:
            head = _tag("mi", _NAMES.get(base.function, base.function))
            return _raw("msup", head + exponent) + _op(_APPLY) + _arguments(base)
        if base.function in _FENCES and len(base.arguments) == 1:
            return _raw("msup", _row(_of(base)) + exponent)
    return _raw("msup", _row(_atom(base)) + exponent)


def _arguments(node: Call) -> str:
    return _brackets(_op(",").join(_of(argument) for argument in node.arguments))


def _call(node: Call) -> str:
    name, arguments = node.function, node.arguments
    match name:
        case "sqrt":
            return _raw("msqrt", _of(arguments[0]))
        case "cbrt":
            return _raw("mroot", _row(_of(arguments[0])) + _tag("mn", "3"))
        case "square":
            return _raw("msup", _row(_atom(arguments[0])) + _tag("mn", "2"))
        case "exp":
            return _raw("msup", _tag("mi", "e") + _row(_of(arguments[0])))
        case "exp2":
            return _raw("msup", _tag("mn", "2") + _row(_of(arguments[0])))
        case "log2" | "log10":
            head = _raw("msub", _tag("mi", "log") + _tag("mn", name[3:]))
            return head + _op(_APPLY) + _arguments(node)
        case "lgamma":
            inside = _tag("mi", "Γ") + _op(_APPLY) + _arguments(node)
            return _tag("mi", "ln") + _op(_APPLY) + _brackets(inside, "|", "|")
        case "where":
            return _cases(node)
        case _ if name in _FENCES and len(arguments) == 1:
            return _brackets(_of(arguments[0]), *_FENCES[name])
        case _:
            head = _tag("mi", _NAMES.get(name, name))
            return head + _op(_APPLY) + _arguments(node)


def _cases(node: Call) -> str:
    """where(c, a, b): a brace with two rows."""
    condition, yes, no = (_of(argument) for argument in node.arguments)
    rows = [(yes, _tag("mtext", "where ") + condition), (no, _tag("mtext", "otherwise"))]
    table = "".join(
        _raw("mtr", _raw("mtd", _row(value)) + _raw("mtd", _row(when))) for value, when in rows
    )
    return _row(_op("{") + _raw("mtable", table))


def _listing(node: Listing) -> str:
    rows = [item for item in node.items if isinstance(item, Listing)]
    if len(rows) == len(node.items) and rows:
        cells = [[_raw("mtd", _of(item)) for item in row.items] for row in rows]
    else:
        cells = [[_raw("mtd", _of(item))] for item in node.items]
    table = "".join(_raw("mtr", "".join(row)) for row in cells)
    return _brackets(_raw("mtable", table), "[", "]")


def _chain(node: Compare) -> str:
    sides = [_closed(side) for side in node.sides]
    rest = (
        _op(_COMPARISONS[operator]) + side
        for operator, side in zip(node.operators, sides[1:], strict=True)
    )
    return sides[0] + "".join(rest)


def _logic(node: Logic) -> str:
    parts = [_brackets(_of(condition)) for condition in node.conditions]
    if node.operator == "not":
        return _op("¬") + parts[0]
    return _op("∧" if node.operator == "and" else "∨").join(parts)


def _place(place: int | Slice) -> str:
    if isinstance(place, int):
        return _whole(place)
    ends: list[Any] = [place.first, place.stop, *([place.step] if place.step else [])]
    return _op(":").join("" if end is None else _whole(end) for end in ends)


def _whole(value: int) -> str:
    return (_op(_MINUS) if value < 0 else "") + _tag("mn", str(abs(value)))
