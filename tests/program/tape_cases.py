"""A formula in w for every function that formulas know, and where to try it."""

from typing import Any, NamedTuple

import mpmath
import numpy as np

from surefoot.program.tape.ops import apply


class Case(NamedTuple):
    """A formula, the intervals to try it on, and single points of interest.

    `cancels`: a derivative is a difference of nearly equal numbers in JAX's own formula (p − p² of
    a probability p near 1), so that its last digits are noise; it is compared on the scale of the
    largest value instead of its own.
    """

    text: str
    intervals: tuple[tuple[float, float], ...]
    points: tuple[float, ...] = ()
    cancels: bool = False

    def at(self, count: int = 40) -> list[float]:
        """The places to try, none of them round numbers unless listed."""
        rng = np.random.default_rng(7)
        spread = [rng.uniform(low, high, count) for low, high in self.intervals]
        return [*self.points, *np.concatenate(spread).tolist()]


LINE = ((-4.0, 4.0),)
WIDE = ((-30.0, 30.0), (-2.0, 2.0))
PLUS = ((0.01, 6.0),)
VECTOR = "[w, w^2, 0.5 - w, sin(w)]"

EACH: dict[str, Case] = {
    "exp": Case("exp(w)", WIDE), "exp2": Case("exp2(w)", WIDE), "expm1": Case("expm1(w)", WIDE),
    "log": Case("log(w)", PLUS, (-1.0, 0.0)), "log2": Case("log2(w)", PLUS),
    "log10": Case("log10(w)", PLUS), "log1p": Case("log1p(w)", ((-0.9, 6.0), (-1e-8, 1e-8))),
    "sqrt": Case("sqrt(w)", PLUS, (0.0, -1.0)), "cbrt": Case("cbrt(w)", ((0.01, 5), (-5, -0.01))),
    "square": Case("square(w)", LINE), "abs": Case("abs(w)", LINE, (0.0,)),
    "sign": Case("sign(w) w", LINE, (0.0,)), "sin": Case("sin(w)", WIDE),
    "cos": Case("cos(w)", WIDE), "tan": Case("tan(w)", ((-1.5, 1.5), (2.0, 4.0))),
    "sec": Case("sec(w)", ((-1.5, 1.5),)), "csc": Case("csc(w)", ((0.1, 3.0),)),
    "cot": Case("cot(w)", ((0.1, 3.0),)), "asin": Case("asin(w)", ((-0.99, 0.99),), (2.0,)),
    "acos": Case("acos(w)", ((-0.99, 0.99),)), "atan": Case("atan(w)", WIDE),
    "sinh": Case("sinh(w)", WIDE), "cosh": Case("cosh(w)", WIDE), "tanh": Case("tanh(w)", LINE),
    "asinh": Case("asinh(w)", WIDE), "acosh": Case("acosh(w)", ((1.01, 9.0),), (0.5,)),
    "atanh": Case("atanh(w)", ((-0.99, 0.99),)), "sigmoid": Case("sigmoid(w)", WIDE, (-800.0,)),
    "relu": Case("relu(w) w", LINE, (0.0,)), "softplus": Case("softplus(w)", WIDE, cancels=True),
    "erf": Case("erf(w)", LINE), "erfc": Case("erfc(w)", ((-4.0, 9.0),)),
    "floor": Case("w floor(w)", LINE, (2.0,)), "ceil": Case("w ceil(w)", LINE, (2.0,)),
    "round": Case("w round(w)", LINE, (0.5, 1.5, -0.5)),
    "lgamma": Case("lgamma(w)", ((0.05, 12.0), (-0.95, -0.05), (-1.95, -1.05))),
    "atan2": Case("atan2(w, 1 + w^2)", LINE), "hypot": Case("hypot(w, 2)", LINE),
    "mod": Case("w mod(w, 1.7)", LINE),
    "logaddexp": Case("logaddexp(w, 2w - 1)", WIDE, cancels=True),
    "where": Case("where(w < 1, w^2, 2w - 1)", LINE, (1.0,)),
    "clip": Case("w clip(w, -1, 2)", LINE, (-1.0, 2.0)),
    "max": Case("max(w, w^2, 0.3)", LINE, (1.0,)), "min": Case("min(w, w^2, 0.3)", LINE, (1.0,)),
}  # fmt: skip

WHOLE: dict[str, Case] = {
    "sum": Case(f"sum({VECTOR})", LINE), "prod": Case(f"prod({VECTOR})", LINE),
    "mean": Case(f"mean({VECTOR})", LINE), "var": Case(f"var({VECTOR})", LINE),
    "std": Case(f"std({VECTOR})", LINE), "logsumexp": Case(f"logsumexp({VECTOR})", LINE),
    "softmax": Case(f"dot(softmax({VECTOR}), [1, -2, 3, 0.5])", LINE, cancels=True),
    "cumsum": Case(f"sum(cumsum({VECTOR})^2)", LINE), "norm": Case(f"norm({VECTOR})", LINE),
    "dot": Case(f"dot({VECTOR}, [1, -2, 3, 0.5])", LINE),
    "outer": Case("sum(outer([w, 1 - w], [w^2, sin(w)])^2)", LINE),
    "trace": Case("trace([[w, 1], [w^2, exp(w)]])", LINE),
    "det": Case("det([[w, 1, 0.5], [w^2, exp(w), 2], [0.3, w, cos(w)]])", LINE),
}  # fmt: skip

REFUSED: dict[str, tuple[str, str]] = {
    "inv": ("trace(inv([[w, 1], [0.3, 2]]))", "pivoted factorisation"),
}
"""Function → (formula, what the refusal says)."""

CASES: dict[str, Case] = {**EACH, **WHOLE}


class Op(NamedTuple):
    """One operation, the intervals of its arguments, and points where it is delicate."""

    op: str
    intervals: tuple[tuple[float, float], ...]
    extra: tuple[tuple[float, ...], ...] = ()
    literal: tuple[int, ...] = ()

    @property
    def arity(self) -> int:
        """How many numbers go in."""
        return len(self.intervals)

    def points(self, count: int = 16) -> list[list[float]]:
        """Random points in the intervals, then the delicate ones."""
        rng = np.random.default_rng(11)
        columns = [rng.uniform(low, high, count) for low, high in self.intervals]
        return [*np.column_stack(columns).tolist(), *map(list, self.extra)]


NAN, INF = float("nan"), float("inf")
_EDGES = ((0.0,), (-0.0,), (NAN,), (INF,), (-INF,))
_BOTH = ((0.0, 0.0), (-0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (NAN, 1.0), (1.0, NAN), (INF, 2.0),
         (2.0, INF), (-INF, INF), (2.0, 2.0), (-3.0, 2.0), (5.5, -2.0), (-5.5, 2.0))  # fmt: skip
_TRUTH = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def _unary(low: float, high: float, *extra: float) -> tuple[Any, Any]:
    return ((low, high),), (*_EDGES, *((value,) for value in extra))


OPS: dict[str, Op] = {
    **{
        name: Op(name, *_unary(*rest))
        for name, rest in {
            "neg": (-3, 3), "abs": (-3, 3), "sign": (-3, 3), "floor": (-9, 9, 2.0, -1e300),
            "ceil": (-9, 9, -0.3), "rint": (-9, 9, 0.5, 1.5, 2.5, -0.5, 0.49999999999999994, 1e17),
            "trunc": (-9, 9, -0.3), "sqrt": (0, 1e6, -1.0, 5e-324), "rsqrt": (0, 9, -1.0),
            "cbrt": (-9, 9, 27.0, 1e-300), "square": (-9, 9, 1e200),
            "exp": (-30, 30, 709.0, 710.0, -745.0, -746.0, 1e-300),
            "exp2": (-40, 40, 10.0, -1074.0),
            "expm1": (-2, 2, 1e-12, -1e-300, 710.0), "log": (0, 50, 1.0, -1.0, 5e-324),
            "log1p": (-0.99, 9, 1e-12, -1.0, -2.0, 1e300), "sin": (-50, 50, 1e-9, 1e6),
            "cos": (-50, 50, 1e6), "tan": (-1.5, 1.5, 1e6), "asin": (-1, 1, 1.0, -1.0, 1.1),
            "acos": (-1, 1, 1.0, -1.0, 1.1), "atan": (-50, 50, 1e300), "sinh": (-9, 9, 1e-9, 711.0),
            "cosh": (-9, 9, 711.0), "tanh": (-3, 3, 1e-9, 40.0), "asinh": (-50, 50, 1e-9, 1e200),
            "acosh": (1, 50, 1.0, 0.5, 1e200), "atanh": (-0.99, 0.99, 1.0, -1.0, 2.0, 1e-9),
            "logistic": (-30, 30, 800.0, -700.0), "erf": (-4, 4, 1e-9, 10.0),
            "erfc": (-4, 9, 20.0, 26.0), "erfinv": (-0.999, 0.999, 1.0, -1.0, 2.0, 1e-9, 1 - 1e-12),
            "lgamma": (0.1, 20, 1.0, 2.0, 0.5, 1e-300, 1e10, -0.5, -1.5, -3.2, -1.0, -2.0),
            "digamma": (0.1, 20, 1.0, 2.0, 1e-9, 1e10, -0.5, -1.5, -3.2, -1.0, -2.0),
            "trigamma": (0.1, 20, 1.0, 2.0, 1e-9, 1e10, -0.5, -1.5, -3.2, -1.0, -2.0),
            "isfinite": (-3, 3),
        }.items()
    },
    "not": Op("not", ((0.0, 0.0),), ((0.0,), (1.0,))),
    **{
        name: Op(name, ((-5.0, 5.0), (-5.0, 5.0)), _BOTH)
        for name in ("add", "sub", "mul", "div", "rem", "atan2", "max", "min", "eq", "ne", "lt",
                     "le", "gt", "ge")
    },
    "nextafter": Op("nextafter", ((-5.0, 5.0), (-5.0, 5.0)), (*_BOTH, (0.0, -1.0), (1e308, INF))),
    "pow": Op("pow", ((0.1, 5.0), (-5.0, 5.0)), (
        *_BOTH, (0.0, -1.0), (-0.0, -1.0), (-2.0, 3.0), (-2.0, 0.5), (-8.0, 1 / 3), (1.0, INF),
        (-1.0, INF), (0.5, INF), (0.0, 0.5), (1.0, NAN), (NAN, 0.0), (2.0, 1024.0),
    )),
    **{name: Op(name, ((0.0, 0.0), (1.0, 1.0)), _TRUTH) for name in ("and", "or", "xor")},
    "select": Op("select", ((1.0, 1.0), (-5.0, 5.0), (-5.0, 5.0)), (
        (0.0, 1.0, 2.0), (1.0, 1.0, 2.0), (1.0, NAN, 2.0), (0.0, NAN, 2.0), (0.0, 1.0, NAN),
    )),
    **{
        f"ipow {n}": Op("ipow", ((-3.0, 3.0),), _EDGES, (n,))
        for n in (0, 1, 2, 3, 7, 10, -1, -2, -5, 64)
    },
}


def exact(op: Op, point: Any) -> float:
    """The value of an operation: mpmath's to 40 digits, NumPy's where there is no such number."""
    plain = float(apply(op.op, *map(np.float64, point), *op.literal))
    truth = _TRUTHS.get(op.op)
    if truth is None or not np.isfinite(plain) or not all(np.isfinite(point)):
        return plain
    if any(value == 0.0 for value in point):
        return plain  # the sign of a zero is NumPy's to know
    with mpmath.workdps(40):
        return float(truth(*map(mpmath.mpf, point)))


_TRUTHS: dict[str, Any] = {
    **{
        name: getattr(mpmath, name)
        for name in ("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos",
                     "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
                     "erfinv", "digamma", "atan2")
    },
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "trigamma": lambda x: mpmath.psi(1, x),
    "pow": lambda x, y: x**y,
}
