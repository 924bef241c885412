"""What a formula is made of: small frozen nodes, each with its place in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    """Any piece of a formula.

    Attributes:
        start, end: half-open range of characters in the text as typed; not part of equality.
    """

    start: int = field(compare=False, kw_only=True, default=0)
    end: int = field(compare=False, kw_only=True, default=0)


@dataclass(frozen=True)
class Number(Node):
    """A number as typed; `text` keeps its exact decimal value ("0.1") for symbolic work."""

    value: float
    text: str


@dataclass(frozen=True)
class Constant(Node):
    """π, e or ∞."""

    name: str


@dataclass(frozen=True)
class Name(Node):
    """A variable, or data."""

    name: str
    is_data: bool = False


@dataclass(frozen=True)
class Negative(Node):
    """−operand."""

    operand: Node


@dataclass(frozen=True)
class Sum(Node):
    """terms[0] ± terms[1] ± …, from the left; `signs` has one "+" or "-" per term."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Product(Node):
    """factors[0] ∘ factors[1] ∘ …, from the left.

    `operators` has one "*", "/" or "@" per factor; the first is "*" and stands for nothing.
    """

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Power(Node):
    """base ^ exponent."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call(Node):
    """A function from the table, by its canonical name (`ln` is `log`), with its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Listing(Node):
    """[a, b, …]: a vector, or a matrix where the items are lists."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Transpose(Node):
    """operand.T"""

    operand: Node


@dataclass(frozen=True)
class Slice:
    """first:stop:step inside an index; None where left out."""

    first: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True)
class Index(Node):
    """operand[…], counted from 0 as in Python."""

    operand: Node
    places: tuple[int | Slice, ...]


@dataclass(frozen=True)
class Compare(Node):
    """sides[0] op sides[1] op …: a single or chained comparison."""

    sides: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Logic(Node):
    """Conditions joined by `operator`: "and", "or", "not" (one condition)."""

    operator: str
    conditions: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Negative() | Transpose() | Index():
            return (node.operand,)
        case Sum():
            return node.terms
        case Product():
            return node.factors
        case Power():
            return (node.base, node.exponent)
        case Call():
            return node.arguments
        case Listing():
            return node.items
        case Compare():
            return node.sides
        case Logic():
            return node.conditions
        case _:
            return ()


def walk_tree(node: Node) -> Iterator[Node]:
    """A node and everything below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def is_condition(node: Node) -> bool:
    """Whether a node is true or false rather than a number."""
    return isinstance(node, Compare | Logic)


def leads_with_minus(node: Node) -> bool:
    """Whether a node begins with a sign when it is written out."""
    if isinstance(node, Product):
        return leads_with_minus(node.factors[0])
    return isinstance(node, Negative)
