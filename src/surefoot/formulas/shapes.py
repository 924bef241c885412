"""Which variables are numbers and which are vectors, as far as the formula and its data tell.

A variable is a number unless `A @ x`, `dot(c, x)`, `x[2]` or its company there says otherwise.
Where a length is needed and nothing tells it (`norm(w)`), or where number and vector both fit
(`norm(x - c)` with a vector c), the sentence asks for a start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from surefoot.formulas.functions import FUNCTIONS, Shape
from surefoot.formulas.tree import (
    Call,
    Index,
    Listing,
    Name,
    Node,
    Power,
    Product,
    Slice,
    Sum,
    Transpose,
    children,
)
from surefoot.terms import FormulaError

_ASK = (
    "give a start (x0=) or an example=, e.g. {{'{name}': np.zeros(3)}}, on the command line "
    "--from '{name}=[0,0,0]'"
)

MOST_PLACES = 100_000
"""The longest vector that an index alone calls for."""


@dataclass(frozen=True)
class _Extent:
    """What is known of the shape of a subtree.

    Attributes:
        shape: the shape, or None where it is that of variables not known yet.
        names: the unknown variables that share the shape (shape None), or that stand beside an
            array in a sum and could be a number or such an array (shape known).
        mixed: whether the unknown shape is a product of several unknowns, so that it cannot be
            told which of them is the vector.
    """

    shape: tuple[int, ...] | None
    names: frozenset[str] = frozenset()
    mixed: bool = False


_NUMBER = _Extent(())


def infer_shapes(
    text: str,
    tree: Node,
    variables: tuple[str, ...],
    data: Mapping[str, tuple[int, ...]],
    given: Mapping[str, tuple[int, ...]],
) -> dict[str, tuple[int, ...]]:
    """The shape of every variable.

    Args:
        data: shapes of the data. given: shapes of the variables that the caller knows.

    Raises:
        FormulaError: shapes that contradict each other, or that nothing tells.
    """
    known = {name: shape for name, shape in given.items() if name in variables}
    while True:
        solver = _Inference(text, {**data, **known})
        solver.extent(tree)
        if not solver.found:
            break
        known |= solver.found
    if solver.problem is not None:
        raise solver.problem
    lengths = solver.least_length
    return {
        name: known.get(name, (lengths[name],) if name in lengths else ()) for name in variables
    }


class _Inference:
    """One pass over the tree; `found` holds new shapes, `problem` the first thing unexplained."""

    def __init__(self, text: str, known: Mapping[str, tuple[int, ...]]) -> None:
        self.text = text
        self.known = known
        self.found: dict[str, tuple[int, ...]] = {}
        self.least_length: dict[str, int] = {}
        self.problem: FormulaError | None = None

    def extent(self, node: Node) -> _Extent:
        match node:
            case Name():
                shape = self.known.get(node.name)
                return _Extent(shape, frozenset() if shape is not None else frozenset({node.name}))
            case Sum():
                return self.joined(node, [self.extent(term) for term in node.terms])
            case Product():
                return self.product(node)
            case Power():
                parts = [self.extent(node.base), self.extent(node.exponent)]
                return self.multiplied(node, *parts)
            case Call():
                return self.call(node)
            case Listing():
                inner = self.joined(node, [self.extent(item) for item in node.items])
                return _Extent((len(node.items), *(inner.shape or ())))
            case Transpose():
                inner = self.extent(node.operand)
                return inner if inner.shape is None else _Extent(inner.shape[::-1], inner.names)
            case Index():
                return self.index(node)
            case _:
                parts = [self.extent(child) for child in children(node)]
                return self.joined(node, parts) if parts else _NUMBER

    # ── element by element ──

    def joined(self, node: Node, parts: list[_Extent]) -> _Extent:
        """The shape of a sum and its like: arrays of one shape, numbers stretched along them."""
        names = frozenset[str]().union(*(part.names for part in parts))
        shapes = [part.shape for part in parts if part.shape is not None]
        shape = self.broadcast(node, shapes)
        unknown = len(shapes) < len(parts)
        if unknown and shape == ():
            return _Extent(None, names, any(part.mixed for part in parts))
        return _Extent(shape, names)

    def multiplied(self, node: Node, left: _Extent, right: _Extent) -> _Extent:
        """The shape of a product: an unknown factor of an array is taken to be a number."""
        if left.shape is None and right.shape is None:
            mixed = left.mixed or right.mixed or left.names != right.names
            return _Extent(None, left.names | right.names, mixed)
        if left.shape is not None and right.shape is not None:
            return self.joined(node, [left, right])
        known, unknown = (left, right) if right.shape is None else (right, left)
        return unknown if known.shape == () else known

    def broadcast(self, node: Node, shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            listed = " and ".join(str(shape) for shape in dict.fromkeys(shapes) if shape)
            self.complain(f"the shapes {listed} do not fit together here", node)
            return max(shapes, key=len)

    # ── operations that need a vector ──

    def product(self, node: Product) -> _Extent:
        total = self.extent(node.factors[0])
        before = node.factors[0]
        for factor, operator in zip(node.factors[1:], node.operators[1:], strict=True):
            right = self.extent(factor)
            if operator == "@":
                total = self.matmul(node, before, total, factor, right)
            else:
                total = self.multiplied(node, total, right)
            before = factor
        return total

    def matmul(self, node: Node, a: Node, left: _Extent, b: Node, right: _Extent) -> _Extent:
        if left.shape is not None:
            right = self.vector(b, right, left.shape[-1] if left.shape else None)
        if right.shape is not None:
            inner = right.shape[0] if len(right.shape) == 1 else None
            inner = right.shape[-2] if len(right.shape) > 1 else inner
            left = self.vector(a, left, inner)
        if left.shape is None or right.shape is None:
            self.vector(b, right, None)
            return _NUMBER
        a_shape, b_shape = left.shape, right.shape
        fits = a_shape and b_shape and a_shape[-1] == b_shape[-2 if len(b_shape) > 1 else 0]
        if not fits or max(len(a_shape), len(b_shape)) > 2:
            self.complain(f"the shapes {a_shape} and {b_shape} do not fit together in @", node)
            return _NUMBER
        return _Extent((*a_shape[:-1], *b_shape[1:]))

    def vector(self, node: Node, part: _Extent, length: int | None) -> _Extent:
        """A part where an array is needed: unknown variables become vectors of that length."""
        names = sorted(part.names)
        if not names:
            return part
        if part.shape is None and not part.mixed:
            if length is not None:
                self.found |= {name: (length,) for name in names if name not in self.found}
                return _Extent((length,))
            self.complain(
                f"the length of {names[0]} is not known; " + _ASK.format(name=names[0]), node
            )
        elif part.shape != ():
            ask = _ASK.format(name=names[0])
            self.complain(f"{names[0]} could be a number or a vector here; {ask}", node)
        return replace(part, names=frozenset())

    def call(self, node: Call) -> _Extent:
        function = FUNCTIONS[node.function]
        parts = [self.extent(argument) for argument in node.arguments]
        if function.shape is Shape.DOT:
            for here, there in ((0, 1), (1, 0)):
                other = parts[there].shape
                length = other[0] if other else None
                parts[here] = self.vector(node.arguments[here], parts[here], length)
            return _NUMBER
        reduces = function.shape in (Shape.ALL, Shape.NORM) or (
            function.shape is Shape.VARIADIC and len(parts) == 1
        )
        if reduces:
            # sum((y - m)^2) keeps m a number; a norm of such a difference reads both ways.
            if parts[0].shape is None or function.shape is Shape.NORM:
                self.vector(node.arguments[0], parts[0], None)
            return _NUMBER
        if function.shape is Shape.SAME:
            return self.vector(node.arguments[0], parts[0], None)
        if function.shape is Shape.MATRIX:
            part = self.vector(node.arguments[0], parts[0], None)
            return part if node.function == "inv" else _NUMBER
        if function.shape is Shape.OUTER:
            left, right = (
                self.vector(a, p, None) for a, p in zip(node.arguments, parts, strict=True)
            )
            return _Extent((*(left.shape or ()), *(right.shape or ())))
        return self.joined(node, parts)

    def index(self, node: Index) -> _Extent:
        part = self.extent(node.operand)
        if part.shape is None:
            names = sorted(part.names)
            if isinstance(node.operand, Name) and len(node.places) == 1:
                place = node.places[0]
                if not isinstance(place, Slice):
                    # The shortest vector that has this place; x[-2] needs two.
                    length = place + 1 if place >= 0 else -place
                    if length > MOST_PLACES:
                        self.complain(
                            f"a vector of {length:,} numbers would be the shortest with this "
                            "place; give a start or data of that length",
                            node,
                        )
                        return _NUMBER
                    name = node.operand.name
                    self.least_length[name] = max(length, self.least_length.get(name, 0))
                    return _NUMBER
            self.complain(
                f"the shape of {names[0]} is not known; " + _ASK.format(name=names[0]), node
            )
            return _NUMBER
        if len(node.places) > len(part.shape):
            return _NUMBER
        places = tuple(
            slice(p.first, p.stop, p.step) if isinstance(p, Slice) else p for p in node.places
        )
        try:
            return _Extent(np.broadcast_to(0.0, part.shape)[places].shape)
        except IndexError:
            self.complain(f"an array of shape {part.shape} has no such place", node)
            return _NUMBER

    def complain(self, reason: str, node: Node) -> None:
        if self.problem is None:
            self.problem = FormulaError(reason, self.text, node.start, node.end)
