"""From a tree back to text that reads as the same tree: explicit operators, safe brackets."""

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


def to_text(node: Node) -> str:
    """A formula that parses to an equal tree, up to signs and nested sums."""
    match node:
        case Number():
            return f"({node.text})" if "/" in node.text else node.text
        case Constant() | Name():
            return node.name
        case Negative():
            return f"-{_closed(node.operand, Sum, Negative)}"
        case Sum():
            pieces = [_closed(term, Sum) for term in node.terms]
            rest = (f" {sign} {p}" for sign, p in zip(node.signs[1:], pieces[1:], strict=True))
            return pieces[0] + "".join(rest)
        case Product():
            pieces = [_closed(factor, Sum, Product, Negative) for factor in node.factors]
            rest = (f" {o} {p}" for o, p in zip(node.operators[1:], pieces[1:], strict=True))
            return pieces[0] + "".join(rest)
        case Power():
            base = _closed(node.base, Sum, Product, Negative, Power)
            return f"{base}^{_closed(node.exponent, Sum, Product, Power)}"
        case Call():
            return f"{node.function}({', '.join(map(to_text, node.arguments))})"
        case Listing():
            return f"[{', '.join(map(to_text, node.items))}]"
        case Transpose():
            return f"{_closed(node.operand, Sum, Product, Negative, Power, Number)}.T"
        case Index():
            places = ", ".join(_place(place) for place in node.places)
            return f"{_closed(node.operand, Sum, Product, Negative, Power, Number)}[{places}]"
        case Compare():
            pieces = [_closed(side) for side in node.sides]
            rest = (f" {o} {p}" for o, p in zip(node.operators, pieces[1:], strict=True))
            return pieces[0] + "".join(rest)
        case Logic():
            parts = [f"({to_text(condition)})" for condition in node.conditions]
            return f"not {parts[0]}" if node.operator == "not" else f" {node.operator} ".join(parts)
        case _:
            raise AssertionError(f"no rule for {type(node).__name__}")


def _closed(node: Node, *kinds: type[Node]) -> str:
    """The text of a node, in brackets where it is one of the kinds or a condition."""
    text = to_text(node)
    return f"({text})" if isinstance(node, kinds) or is_condition(node) else text


def _place(place: int | Slice) -> str:
    if isinstance(place, int):
        return str(place)
    first, stop, step = ("" if p is None else str(p) for p in (place.first, place.stop, place.step))
    return f"{first}:{stop}:{step}" if step else f"{first}:{stop}"
