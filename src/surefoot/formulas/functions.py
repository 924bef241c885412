"""The functions that a formula can use: names, arguments, and how each acts on shapes.

What they compute stands in `evaluate.py`; a test keeps the two in step.
"""

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """How a function turns the shapes of its arguments into the shape of its value."""

    EACH = "works on every element (and stretches a number along an array)"
    ALL = "makes one number of an array"
    VARIADIC = "one array: its extreme; several arguments: element by element"
    SAME = "an array in, an array of the same shape out"
    DOT = "the dot product of two vectors"
    NORM = "a norm: one number"
    MATRIX = "works on a square matrix"
    OUTER = "the outer product of two vectors"


@dataclass(frozen=True)
class Function:
    """One function of the table.

    Attributes:
        name: its canonical name.
        least, most: how many arguments it takes (`most` None: any number).
        shape: how it acts on shapes.
    """

    name: str
    least: int = 1
    most: int | None = 1
    shape: Shape = Shape.EACH

    @property
    def is_unary(self) -> bool:
        """Whether it can stand without brackets: `sin x`."""
        return self.least == 1


_UNARY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt square abs sign sin cos tan sec csc cot asin "
    "acos atan sinh cosh tanh asinh acosh atanh sigmoid relu softplus erf erfc floor ceil round "
    "lgamma"
)
_ALL = ("sum", "prod", "mean", "var", "std", "logsumexp")
_TABLE = [
    *(Function(name) for name in _UNARY.split()),
    *(Function(name, 2, 2) for name in ("atan2", "hypot", "mod", "logaddexp")),
    Function("where", 3, 3),
    Function("clip", 3, 3),
    *(Function(name, 1, None, Shape.VARIADIC) for name in ("max", "min")),
    *(Function(name, 1, 1, Shape.ALL) for name in _ALL),
    *(Function(name, 1, 1, Shape.SAME) for name in ("softmax", "cumsum")),
    Function("norm", 1, 2, Shape.NORM),
    Function("dot", 2, 2, Shape.DOT),
    Function("outer", 2, 2, Shape.OUTER),
    *(Function(name, 1, 1, Shape.MATRIX) for name in ("trace", "det", "inv")),
]  # fmt: skip

FUNCTIONS: dict[str, Function] = {function.name: function for function in _TABLE}

_OTHER_SPELLINGS = {
    "ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "maximum": "max",
    "minimum": "min", "logistic": "sigmoid", "gammaln": "lgamma",
}  # fmt: skip

#: Every spelling of every function.
SPELLINGS: dict[str, Function] = FUNCTIONS | {
    other: FUNCTIONS[name] for other, name in _OTHER_SPELLINGS.items()
}

#: Names that mean a number unless the head, the variables or the data use them.
CONSTANTS = ("e", "pi", "inf")

#: sin⁻¹ could be either of two; the inverse that is meant.
INVERSES = {
    "sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh",
    "tanh": "atanh", "exp": "log", "log": "exp",
}  # fmt: skip
