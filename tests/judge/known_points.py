"""Points whose kind is known on paper, and the ways in which each is disguised."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.terms import PointKind as K

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Known:
    """f at `point` is one of `kinds`; never the opposite of what it is.

    Attributes:
        attained, flat: what the verdict says of them, where given.
        skip: disguises under which float64 itself moves the point or hides the answer.
    """

    name: str
    function: Function
    point: tuple[float, ...]
    kinds: tuple[K, ...]
    attained: bool | None = None
    lower: tuple[float, ...] | None = None
    upper: tuple[float, ...] | None = None
    flat: tuple[int, ...] = ()
    skip: tuple[str, ...] = field(default=())


def himmelblau(x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def rosenbrock(x: Any) -> Any:
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def styblinski(x: Any) -> Any:
    return 0.5 * jnp.sum(x**4 - 16 * x**2 + 5 * x)


def logistic(w: Any) -> Any:
    """Separable: every label is the sign of the first coordinate."""
    rows = np.array([[1.0, 0.5], [2.0, -1.0], [0.5, 0.2], [-1.0, 1.0], [-1.5, -2.0]])
    labels = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
    return jnp.mean(jax.nn.softplus(-labels * (rows @ w)))


def overlapping(w: Any) -> Any:
    rows = np.array([[1.0, 0.5], [2.0, -1.0], [0.5, 0.2], [-1.0, 1.0], [-1.5, -2.0]])
    labels = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    return jnp.mean(jax.nn.softplus(-labels * (rows @ w))) + 0.05 * w @ w


MIN, MAX, SAD = (K.LOCAL_MINIMUM,), (K.LOCAL_MAXIMUM,), (K.SADDLE_POINT,)
FLAT, NOT, UNKNOWN = (K.FLAT_MINIMUM,), (K.NOT_STATIONARY,), (K.UNKNOWN,)
VAGUE = (K.KINK, K.DEGENERATE, K.UNKNOWN)

SMOOTH = [
    Known("square", lambda x: x[0] ** 2, (0.0,), MIN),
    Known("square at 3", lambda x: (x[0] - 3) ** 2, (3.0,), MIN),
    Known("square off", lambda x: (x[0] - 3) ** 2, (4.0,), NOT),
    Known("square slightly off", lambda x: (x[0] - 3) ** 2 + 5, (3.001,), NOT),
    Known("square, value 7", lambda x: (x[0] - 3) ** 2 + 7, (3.0,), MIN),
    Known("minus square", lambda x: -((x[0] + 2) ** 2), (-2.0,), MAX),
    Known("slope", lambda x: 2 * x[0] + 1, (0.0,), NOT),
    Known("cube", lambda x: x[0] ** 3, (0.0,), SAD),
    Known("minus cube", lambda x: -(x[0] ** 3) + 4, (0.0,), SAD),
    Known("fifth power", lambda x: x[0] ** 5, (0.0,), SAD),
    Known("fourth power", lambda x: x[0] ** 4, (0.0,), MIN),
    Known("minus fourth power", lambda x: -(x[0] ** 4), (0.0,), MAX),
    Known("fourth power plus 1", lambda x: (x[0] - 3) ** 4 + 1, (3.0,), MIN),
    Known("sixth power", lambda x: x[0] ** 6, (0.0,), MIN),
    Known(
        "quartic written out",
        lambda x: x[0] ** 4 - 12 * x[0] ** 3 + 54 * x[0] ** 2 - 108 * x[0] + 81,
        (3.0,),
        MIN,
        skip=("rotated", "wide", "narrow"),
    ),
    Known("x4 - x2 at 0", lambda x: x[0] ** 4 - x[0] ** 2, (0.0,), MAX),
    Known("x4 - x2 at bottom", lambda x: x[0] ** 4 - x[0] ** 2, (0.5**0.5,), MIN),
    Known("cosine at 0", lambda x: jnp.cos(x[0]), (0.0,), MAX),
    Known("cosine at pi", lambda x: jnp.cos(x[0]), (np.pi,), MIN),
    Known("cosine at 1", lambda x: jnp.cos(x[0]), (1.0,), NOT),
    Known("cosh", lambda x: jnp.cosh(x[0]), (0.0,), MIN),
    Known("softplus tie", lambda x: jax.nn.softplus(x[0]) - 0.5 * x[0], (0.0,), MIN),
    Known("x log x", lambda x: x[0] * jnp.log(x[0]), (float(np.exp(-1.0)),), MIN),
    Known("bell", lambda x: -jnp.exp(-(x[0] ** 2)), (0.0,), MIN),
    Known("bell from outside", lambda x: -jnp.exp(-(x[0] ** 2)), (5.0,), NOT),
    Known("saddle", lambda x: x[0] ** 2 - x[1] ** 2, (0.0, 0.0), SAD),
    Known("product", lambda x: x[0] * x[1], (0.0, 0.0), SAD),
    Known("monkey saddle", lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2, (0.0, 0.0), SAD),
    Known(
        "dog saddle", lambda x: x[0] ** 4 - 6 * x[0] ** 2 * x[1] ** 2 + x[1] ** 4, (0.0, 0.0), SAD
    ),
    Known("square and cube", lambda x: x[0] ** 2 + x[1] ** 3, (0.0, 0.0), SAD),
    Known("minus square and cube", lambda x: -(x[0] ** 2) + x[1] ** 3, (0.0, 0.0), SAD),
    Known("square and minus quartic", lambda x: x[0] ** 2 - x[1] ** 4, (0.0, 0.0), SAD),
    Known("square and quartic", lambda x: x[0] ** 2 + x[1] ** 4, (0.0, 0.0), MIN),
    Known("both negative", lambda x: -(x[0] ** 2) - x[1] ** 4, (0.0, 0.0), MAX),
    Known("two quartics", lambda x: x[0] ** 4 + x[1] ** 4, (0.0, 0.0), MIN),
    Known("quartic and octic", lambda x: x[0] ** 4 + x[1] ** 8, (0.0, 0.0), (*MIN, *VAGUE)),
    Known("Peano", lambda x: (x[1] - x[0] ** 2) * (x[1] - 3 * x[0] ** 2), (0.0, 0.0), SAD),
    Known(
        "Peano in three",
        lambda x: (x[1] - x[0] ** 2) * (x[1] - 3 * x[0] ** 2) + x[2] ** 2,
        (0.0,) * 3,
        SAD,
    ),
    Known("curved valley", lambda x: (x[1] - x[0] ** 2) ** 2, (0.0, 0.0), FLAT),
    Known(
        "curved valley falling",
        lambda x: (x[1] - x[0] ** 2) ** 2 - x[0] ** 6,
        (0.0, 0.0),
        (*SAD, *VAGUE),
    ),
    Known(
        "curved valley rising",
        lambda x: (x[1] - x[0] ** 2) ** 2 + x[0] ** 6,
        (0.0, 0.0),
        (*MIN, *VAGUE),
    ),
    Known("quartic curved valley", lambda x: (x[1] - x[0] ** 2) ** 4, (0.0, 0.0), (*FLAT, *VAGUE)),
    Known(
        "quartic valley falling",
        lambda x: (x[1] - x[0] ** 2) ** 4 - x[0] ** 12,
        (0.0, 0.0),
        (*SAD, *VAGUE),
    ),
    Known("crossing valleys", lambda x: x[0] ** 2 * x[1] ** 2, (0.0, 0.0), (*FLAT, *VAGUE)),
    Known("Himmelblau 3 2", himmelblau, (3.0, 2.0), MIN),
    Known("Himmelblau second", himmelblau, (3.584428340330492, -1.8481265269644034), MIN),
    Known(
        "Himmelblau maximum",
        himmelblau,
        (-0.270845, -0.923039),
        MAX,
        skip=("value large", "value huge"),
    ),
    Known("Himmelblau saddle", himmelblau, (3.385154183607038, 0.07385187984651), SAD),
    Known("Himmelblau saddle 2", himmelblau, (0.08667750456, 2.88425470174), SAD),
    Known("Himmelblau start", himmelblau, (0.0, 0.0), NOT),
    Known("Rosenbrock", rosenbrock, (1.0,) * 4, MIN),
    Known("Rosenbrock start", rosenbrock, (-1.2, 1.0, -1.2, 1.0), NOT),
    Known("Styblinski minimum", styblinski, (-2.903534027771177,) * 3, MIN),
    Known("Styblinski mixed", styblinski, (-2.903534027771177, 0.15673125162067684), SAD),
    Known("Styblinski maximum", styblinski, (0.15673125162067684,) * 2, MAX),
    Known("log-sum-exp tie", lambda x: jax.nn.logsumexp(x) + x @ x, (-1 / 6,) * 3, MIN),
    Known("logistic, overlapping", overlapping, (0.0, 0.0), NOT),
    Known(
        "unused parameter",
        lambda x: x[0] ** 2 + 0 * x[1],
        (0.0, 5.0),
        FLAT,
        flat=(1,),
        skip=("rotated",),
    ),
    Known("difference only", lambda x: (x[0] - x[1]) ** 2, (2.0, 2.0), FLAT, flat=(0, 1)),
    Known("sum only", lambda x: jnp.cosh(x[0] + x[1] - 3), (1.0, 2.0), FLAT, flat=(0, 1)),
    Known("product model", lambda x: (x[0] * x[1] - 2) ** 2, (1.0, 2.0), FLAT, flat=(0, 1)),
    Known("constant", lambda x: 0 * x[0] + 3.0, (2.0,), FLAT, flat=(0,)),
    Known("plateau", lambda x: jax.nn.relu(jnp.abs(x[0]) - 1) ** 2, (0.25,), FLAT, flat=(0,)),
]

FAR_OUT = [
    Known("exp(-x) at 40", lambda x: jnp.exp(-x[0]), (40.0,), NOT, attained=False),
    Known("exp(-x) at 5", lambda x: jnp.exp(-x[0]), (5.0,), NOT, attained=False),
    Known(
        "1 + exp(-x) at 40",
        lambda x: 1 + jnp.exp(-x[0]),
        (40.0,),
        NOT,
        attained=False,
        skip=("rotated", "shifted"),
    ),
    Known("1/x at 1e3", lambda x: 1 / x[0], (1e3,), NOT, attained=False),
    Known("softplus at -50", lambda x: jax.nn.softplus(x[0]), (-50.0,), NOT, attained=False),
    Known("-log x at 1e6", lambda x: -jnp.log(x[0]), (1e6,), NOT),
    Known("arctan at -1e4", lambda x: jnp.arctan(x[0]), (-1e4,), NOT, attained=False),
    Known("logistic, separable", logistic, (20.0, 1.0), NOT, attained=False),
    Known("cube near 0", lambda x: x[0] ** 3, (1e-4,), NOT),
    Known("fifth power near 0", lambda x: x[0] ** 5, (-1e-2,), NOT),
    Known("falling parabola", lambda x: -(x[0] ** 2), (1.0,), NOT),
]

CORNERS = [
    Known("abs", lambda x: jnp.abs(x[0]), (0.0,), MIN),
    Known("abs at 3", lambda x: jnp.abs(x[0] - 3), (3.0,), MIN),
    Known("minus abs", lambda x: -jnp.abs(x[0]), (0.0,), MAX),
    Known("abs tilted", lambda x: jnp.abs(x[0]) - x[0] / 2, (0.0,), MIN),
    Known("abs tilted too far", lambda x: jnp.abs(x[0]) - 2 * x[0], (0.0,), NOT),
    Known("relu difference", lambda x: jax.nn.relu(x[0]) - jax.nn.relu(-x[0]), (0.0,), NOT),
    Known("relu at 0", lambda x: jax.nn.relu(x[0]), (0.0,), FLAT),
    Known("relu, flat side", lambda x: jax.nn.relu(x[0]), (-1.0,), FLAT),
    Known("minus relu", lambda x: -jax.nn.relu(x[0]), (0.0,), NOT),
    Known("root of abs", lambda x: jnp.sqrt(jnp.abs(x[0])), (0.0,), MIN),
    Known("norm", lambda x: jnp.linalg.norm(x), (0.0, 0.0, 0.0), MIN),
    Known("minus norm", lambda x: -jnp.linalg.norm(x), (0.0, 0.0), MAX),
    Known("norm tilted", lambda x: jnp.linalg.norm(x) + 0.5 * x[0], (0.0, 0.0), MIN),
    Known("norm tilted too far", lambda x: jnp.linalg.norm(x) + 2 * x[0], (0.0, 0.0), NOT),
    Known("one-norm", lambda x: jnp.sum(jnp.abs(x)), (0.0, 0.0, 0.0), MIN),
    Known("abs and square", lambda x: jnp.abs(x[0]) + x[1] ** 2, (0.0, 0.0), MIN),
    Known(
        "abs minus square", lambda x: jnp.abs(x[0]) - x[1] ** 2, (0.0, 0.0), (*NOT, *SAD, *VAGUE)
    ),
    Known("abs minus abs", lambda x: jnp.abs(x[0]) - jnp.abs(x[1]), (0.0, 0.0), (*NOT, *SAD)),
    Known(
        "curved ridge, falling",
        lambda x: jnp.abs(x[1] - x[0] ** 2) - 0.5 * x[0] ** 2,
        (0.0, 0.0),
        (*NOT, *SAD, *VAGUE),
    ),
    Known(
        "curved ridge, rising",
        lambda x: jnp.abs(x[1] - x[0] ** 2) + 0.5 * x[0] ** 2,
        (0.0, 0.0),
        (*MIN, *VAGUE),
    ),
    *(
        Known(
            f"curved ridge |y - x^{k}| - x^{m}",
            lambda x, k=k, m=m: jnp.abs(x[1] - x[0] ** k) - x[0] ** m,
            (0.0, 0.0),
            (*NOT, *SAD, *VAGUE),
        )
        for k, m in ((2, 4), (3, 4), (3, 6), (4, 4), (4, 6), (5, 8))
    ),
    Known(
        "curved ridge of third order, rising",
        lambda x: jnp.abs(x[1] - x[0] ** 3) + x[0] ** 4,
        (0.0, 0.0),
        (*MIN, *VAGUE),
    ),
    Known(
        "curved ridge beside a square",
        lambda x: jnp.abs(x[1] - x[0] ** 3) - x[0] ** 4 + x[2] ** 2,
        (0.0, 0.0, 0.0),
        (*NOT, *SAD, *VAGUE),
    ),
    Known("abs, other unused", lambda x: jnp.abs(x[0]) + 0 * x[1], (0.0, 1.0), (*FLAT, *VAGUE)),
    Known("max of two", lambda x: jnp.maximum(x[0], x[1]) + x @ x, (-0.25, -0.25), MIN),
    Known("max of two, off", lambda x: jnp.maximum(x[0], x[1]) + x @ x, (0.25, 0.25), NOT),
    Known("minus max", lambda x: -jnp.maximum(x[0], x[1]), (1.0, 1.0), NOT),
    Known(
        "lasso",
        lambda x: (x[0] - 2) ** 2 + (x[1] - 0.1) ** 2 + 0.5 * jnp.sum(jnp.abs(x)),
        (1.75, 0.0),
        MIN,
    ),
    Known(
        "lasso, off",
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2 + 0.5 * jnp.sum(jnp.abs(x)),
        (1.75, 0.0),
        NOT,
    ),
    Known("floor, flat part", lambda x: jnp.floor(x[0]), (2.25,), (*UNKNOWN, K.KINK)),
    Known("floor, edge", lambda x: jnp.floor(x[0]), (2.0,), (*UNKNOWN, K.KINK)),
    Known("round of two", lambda x: jnp.sum(jnp.round(x)), (2.25, 1.0), (*UNKNOWN, K.KINK)),
]

BOUNDED = [
    Known("slope against bound", lambda x: x[0], (0.0,), MIN, lower=(0.0,), upper=(1.0,)),
    Known("slope off bound", lambda x: -x[0], (0.0,), NOT, lower=(0.0,), upper=(1.0,)),
    Known("square on its bound", lambda x: x[0] ** 2, (0.0,), MIN, lower=(0.0,), upper=(1.0,)),
    Known(
        "minus square on its bound", lambda x: -(x[0] ** 2), (0.0,), MAX, lower=(0.0,), upper=(1.0,)
    ),
    Known("cube on its bound", lambda x: x[0] ** 3, (0.0,), MIN, lower=(0.0,), upper=(1.0,)),
    Known(
        "minus cube on its bound",
        lambda x: -(x[0] ** 3),
        (0.0,),
        (*MAX, *SAD, *VAGUE),
        lower=(0.0,),
        upper=(1.0,),
    ),
    Known(
        "saddle cut to minimum",
        lambda x: x[0] * x[1],
        (0.0, 0.0),
        (*FLAT, *VAGUE),
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "saddle with bounds",
        lambda x: x[0] ** 2 - x[1] ** 2,
        (0.0, 0.0),
        SAD,
        lower=(-1.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "copositive",
        lambda x: x[0] ** 2 + 4 * x[0] * x[1] + x[1] ** 2,
        (0.0, 0.0),
        MIN,
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "not copositive",
        lambda x: x[0] ** 2 - 4 * x[0] * x[1] + x[1] ** 2,
        (0.0, 0.0),
        SAD,
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "held and curved",
        lambda x: x[0] + (x[1] - 0.5) ** 2,
        (0.0, 0.5),
        MIN,
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "held and falling",
        lambda x: x[0] - (x[1] - 0.5) ** 2,
        (0.0, 0.5),
        SAD,
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "held and unused",
        lambda x: x[0] + 0 * x[1],
        (0.0, 0.5),
        FLAT,
        flat=(1,),
        lower=(0.0, 0.0),
        upper=(1.0, 1.0),
    ),
    Known("vertex", lambda x: x[0] - 2 * x[1], (0.0, 1.0), MIN, lower=(0.0, 0.0), upper=(1.0, 1.0)),
    Known(
        "-log x at its upper bound",
        lambda x: -jnp.log(x[0]),
        (1e12,),
        MIN,
        lower=(1.0,),
        upper=(1e12,),
    ),
    Known(
        "-log x at 1e6 in bounds",
        lambda x: -jnp.log(x[0]),
        (1e6,),
        NOT,
        lower=(1.0,),
        upper=(1e12,),
    ),
    Known("inside bounds", lambda x: (x[0] - 0.5) ** 2, (0.5,), MIN, lower=(0.0,), upper=(1.0,)),
    Known(
        "fixed coordinate",
        lambda x: (x[0] - 0.5) ** 2 - x[1] ** 2,
        (0.5, 1.0),
        MIN,
        lower=(0.0, 1.0),
        upper=(1.0, 1.0),
    ),
    Known(
        "outside",
        lambda x: (x[0] - 0.5) ** 2,
        (1.5,),
        (K.INFEASIBLE_POINT,),
        lower=(0.0,),
        upper=(1.0,),
    ),
]
