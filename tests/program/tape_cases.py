"""A formula in w for every function that formulas know, and where to try it."""

from typing import NamedTuple

import numpy as np


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
