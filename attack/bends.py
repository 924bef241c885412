"""Random programs of which convexity is claimed: do two points and their middle say otherwise?"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from attack.boxes import BINARY, UNARY, random_program
from surefoot.facts.curvature import bend
from surefoot.facts.curvature.witness import witness
from surefoot.facts.intervals import enclose
from surefoot.program import Program, trace
from surefoot.terms import UnsupportedError

Function = Callable[[Any], Any]

CONVEX: tuple[Function, ...] = (
    jnp.exp, jax.nn.softplus, jnp.square, jnp.abs, jax.nn.relu, lambda v: -jnp.log(v),
    lambda v: v * jnp.log(v), lambda v: 1.0 / v, lambda v: jnp.sqrt(1.0 + v * v),
    lambda v: jnp.log(jnp.cosh(v)), lambda v: v * v - 0.5 * v * v, lambda v: -jnp.sqrt(v),
    lambda v: jnp.where(jnp.abs(v) < 1, v * v / 2, jnp.abs(v) - 0.5),
    lambda v: jnp.log1p(jnp.exp(v)), lambda v: jnp.maximum(0.0, 1.0 - v) ** 2, lambda v: v**4,
    lambda v: jax.nn.leaky_relu(v), lambda v: -jax.nn.log_sigmoid(v),
    lambda v: jnp.abs(v) ** 1.5, lambda v: -jnp.log(jax.nn.sigmoid(v)),
    lambda v: v - jnp.mean(v), lambda v: jnp.cumsum(v), lambda v: v[::-1], lambda v: 2.0 * v - 0.3,
    lambda v: -v, lambda v: v**3, jnp.tanh, jnp.log, jnp.sqrt, lambda v: v**-2,
    lambda v: v**-4 + v * v, lambda v: jnp.power(v, -3.0),
)  # fmt: skip
PAIRS: tuple[Callable[[Any, Any], Any], ...] = (
    jnp.add, jnp.add, jnp.subtract, jnp.maximum, jnp.logaddexp, lambda a, b: a * a / b, jnp.hypot,
    lambda a, b: jnp.log(jnp.exp(a) + jnp.exp(b)), lambda a, b: a * b, jnp.minimum,
    lambda a, b: a * jnp.log(a / b), lambda a, b: jnp.sqrt(a * a + b * b),
    lambda a, b: (a - b) ** 2,
    lambda a, b: -jnp.log(a * b - (a - b) ** 2), lambda a, b: jnp.where(a > b, a, b),
    lambda a, b: jnp.where(a > 0, a, b), lambda a, b: a / b, lambda a, b: jnp.log(a / b),
)  # fmt: skip
LAST: tuple[Function, ...] = (
    jnp.sum, jnp.max, jax.nn.logsumexp, jnp.linalg.norm, lambda v: v @ v, jnp.mean,
    lambda v: jnp.sum(jnp.arange(1.0, v.size + 1.0) * v), lambda v: v[0] - v[-1],
    lambda v: -jnp.log(jax.nn.softmax(v)[0]), lambda v: -jax.nn.log_softmax(v)[-1], jnp.prod,
    lambda v: jnp.var(v), lambda v: v @ jnp.outer(v, jnp.ones(v.size)) @ v,
)  # fmt: skip


def bending_program(seed: int) -> tuple[Function, int]:
    """A function of n numbers that is often convex or nearly so, and n."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    matrix = rng.normal(size=(int(rng.integers(1, 5)), n)).round(2)
    plan = [(rng.random(), int(rng.integers(10**6))) for _ in range(rng.integers(1, 5))]
    last = LAST[int(rng.integers(len(LAST)))]

    def f(x: Any) -> Any:
        values = [matrix @ x + 0.25]
        for kind, pick in plan:
            a, b = values[pick % len(values)], values[(pick // 7) % len(values)]
            if kind < 0.55:
                values.append(CONVEX[pick % len(CONVEX)](a))
            elif kind < 0.6:
                values.append(UNARY[pick % len(UNARY)](a))
            elif kind < 0.95:
                values.append(PAIRS[pick % len(PAIRS)](a, b))
            else:
                values.append(BINARY[pick % len(BINARY)](a, b))
        return last(values[-1])

    return f, n


def random_box(seed: int, n: int) -> tuple[Any, Any]:
    """A box with narrow, wide, one-sided or infinite sides."""
    rng = np.random.default_rng(seed + 7)
    middle = rng.normal(size=n)
    half = np.abs(rng.normal(size=n)) * 10.0 ** rng.uniform(-2.0, 1.0)
    lower, upper = middle - half, middle + half
    kind = rng.integers(4)
    if kind == 0:
        lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
    elif kind == 1:
        lower, upper = np.zeros(n), np.where(rng.random(n) < 0.5, np.inf, half)
    return lower, upper


def false_bends(seed: int) -> list[str]:
    """Claims of convexity, concavity or their moduli that three points contradict."""
    f, n = bending_program(seed) if seed % 4 else random_program(seed)
    lower, upper = random_box(seed, n)
    try:
        program = trace(f, np.ones(n))
    except (TypeError, ValueError):
        return []
    found = bend(program, lower, upper, budget=64, refute=False)
    claims: list[str] = []
    for way, name, convex in ((found.convex, "convex", True), (found.concave, "concave", False)):
        if not way.holds:
            continue
        for trial in range(2):
            try:
                against = witness(program, lower, upper, convex=convex, seed=trial)
            except UnsupportedError:
                break
            if against is not None:
                claims.append(
                    f"program {seed} is called {name} ({way.how}) on {lower} … {upper}, against "
                    f"{against.a}, {against.b}, {against.values}"
                )
                break
    if found.convex.holds or found.concave.holds:
        claims += _moduli(seed, program, found.lower, found.upper, found.least, found.most)
    return claims


def _moduli(
    seed: int, program: Program, lower: Any, upper: Any, least: float, most: float
) -> list[str]:
    """f(a) + f(b) − 2f(m) lies between least·|h|² and most·|h|² for h = (b − a)/2."""
    rng = np.random.default_rng(seed + 3)
    n = lower.size
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper - 4.0, -3.0))
    high = np.where(np.isfinite(upper), upper, low + 6.0)
    a, b = (low + rng.uniform(size=(200, n)) * (high - low) for _ in range(2))
    b = a + (b - a) * 10.0 ** rng.uniform(-3.0, 0.0, size=(200, 1))
    middle = 0.5 * a + 0.5 * b
    try:
        values = [enclose(program, points, points)[0] for points in (a, b, middle)]
    except UnsupportedError:
        return []
    known = np.ones(200, bool)
    for part in values:
        if part.inside is not None:
            known &= np.broadcast_to(part.inside[:, 0], (200,))
    first, second, third = (np.broadcast_to(v.middle[:, 0], (200,)) for v in values)
    size = np.maximum(np.abs(first), np.maximum(np.abs(second), np.abs(third)))
    width = np.max([np.broadcast_to((v.upper - v.lower)[:, 0], (200,)) for v in values], axis=0)
    with np.errstate(all="ignore"):
        bent = first + second - 2.0 * third
    square = ((0.5 * (b - a)) ** 2).sum(axis=1)
    # The middle is rounded: its value may be off by the slope times a rounding.
    room = 8.0 * width + 1e-12 * size + 1e-13 * np.abs(second - first) * (1 + np.abs(a).max(axis=1))
    room = room + 1e-9 * np.abs(bent)
    with np.errstate(invalid="ignore"):
        wrong = known & (bent < least * square - room) & np.isfinite(bent)
        wrong |= known & (bent > most * square + room) & np.isfinite(bent)
    if not wrong.any():
        return []
    k = int(np.argmax(wrong))
    return [
        f"program {seed}: curvature {bent[k] / square[k]:.6g} between {a[k]} and {b[k]} is not in "
        f"[{least:.6g}, {most:.6g}]"
    ]
