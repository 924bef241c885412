"""Random programs on random boxes: is anything outside its bounds, lost, or falsely alone?"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.facts.intervals import enclose_derivatives
from surefoot.facts.intervals.balls import balls, ends
from surefoot.facts.intervals.series import taylor
from surefoot.program import trace
from surefoot.terms import Confidence, UnsupportedError

Function = Callable[[Any], Any]

UNARY: tuple[Function, ...] = (
    jnp.sin, jnp.cos, jnp.tanh, jnp.exp, jnp.expm1, jnp.arctan, jnp.abs, jnp.square, jnp.sign,
    jnp.floor, jnp.cbrt, jnp.sinh, jnp.cosh, jnp.arcsinh, jax.nn.sigmoid, jax.nn.relu, jax.nn.gelu,
    jax.nn.softplus, jax.nn.elu, jax.nn.silu, jax.scipy.special.erf, jax.scipy.special.erfc,
    jnp.exp2, jnp.round, jnp.ceil, jnp.log1p, jnp.sqrt, jnp.log, jax.lax.rsqrt, jnp.tan,
    lambda v: v**3, lambda v: v**4, lambda v: v**-1, lambda v: 1.0 / (1.0 + v * v),
    lambda v: jnp.clip(v, -0.5, 0.7), lambda v: -v, lambda v: 2.5 * v - 0.3,
    lambda v: jnp.abs(v) ** 1.5, lambda v: jnp.log(1.0 + v * v), lambda v: jnp.arcsin(jnp.tanh(v)),
    lambda v: jnp.where(v > 0.1, v * v, 0.5 * v), lambda v: jax.lax.stop_gradient(v) * v,
)  # fmt: skip
BINARY: tuple[Callable[[Any, Any], Any], ...] = (
    jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.minimum, jnp.divide, jnp.arctan2,
    lambda a, b: jnp.where(a > b, a, jnp.sin(b)), lambda a, b: a * a - b, jnp.hypot, jnp.logaddexp,
)  # fmt: skip
SHAPERS: tuple[Function, ...] = (
    jnp.cumsum, lambda v: v[::-1], jnp.sort, lambda v: jnp.roll(v, 1), jax.nn.softmax,
    lambda v: jnp.concatenate([v[1:], v[:1] * 0.5]), lambda v: v - jnp.mean(v), jnp.cumprod,
    lambda v: v @ jnp.outer(jnp.arange(1.0, v.size + 1.0), jnp.ones(v.size)),
    lambda v: v / (1.0 + jnp.linalg.norm(v)), lambda v: v.at[0].add(v[-1]), jax.lax.cummax,
    lambda v: jax.lax.fori_loop(0, 2, lambda k, w: jnp.sin(w) + 0.5 * v, v),
)  # fmt: skip
ENDS: tuple[Function, ...] = (
    jnp.sum, jnp.prod, jnp.max, jnp.min, jax.nn.logsumexp, lambda v: v @ v, jnp.linalg.norm,
    lambda v: v[0], jnp.var, lambda v: jnp.sum(jnp.arange(1.0, v.size + 1.0) * v),
)  # fmt: skip


def random_program(seed: int) -> tuple[Function, int]:
    """A function of n numbers that returns one, and n."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    plan = [(int(rng.integers(3)), int(rng.integers(10**6))) for _ in range(rng.integers(2, 7))]
    last = ENDS[int(rng.integers(len(ENDS)))]

    def f(x: Any) -> Any:
        values = [x, 0.5 * x + 0.2]
        for kind, pick in plan:
            a, b = values[pick % len(values)], values[(pick // 7) % len(values)]
            if kind == 0:
                values.append(UNARY[pick % len(UNARY)](a))
            elif kind == 1:
                values.append(BINARY[pick % len(BINARY)](a, b))
            else:
                values.append(SHAPERS[pick % len(SHAPERS)](a))
        return last(values[-1])

    return f, n


def outside(seed: int) -> list[str]:
    """Values, slopes and curvatures at random points of a box that lie outside its bounds."""
    f, n = random_program(seed)
    rng = np.random.default_rng(seed + 1)
    try:
        program = trace(f, np.ones(n))
        middle = rng.normal(size=n)
        half = np.abs(rng.normal(size=n)) * 10.0 ** rng.uniform(-6.0, 0.5)
        lower, upper = (middle - half)[None], (middle + half)[None]
        found = enclose_derivatives(program, lower, upper)[0]
    except UnsupportedError:
        return []
    claims: list[str] = []
    for share in [np.zeros(n), np.ones(n), *rng.uniform(size=(6, n))]:
        x = np.clip(lower[0] + share * (upper - lower)[0], lower[0], upper[0])
        low, high = ends(balls(program, x, x)[0].values[0])
        if np.isfinite(low) and (high < found.value.lower[0, 0] or low > found.value.upper[0, 0]):
            claims.append(f"program {seed}: f at {x} lies outside its bounds")
        claims += _derivatives_outside(seed, program, found, x)
    return claims


def _derivatives_outside(seed: int, program: Any, found: Any, x: Any) -> list[str]:
    claims: list[str] = []
    for k in range(x.size):
        try:
            _, slope, curvature = taylor(program, x, x, np.eye(x.size)[k])[0]
        except UnsupportedError:
            return claims
        place = found.frame.place[k, k]
        for part, ball, what, at in (
            (found.slope, slope, "slope", k), (found.curvature, curvature, "curvature", place),
        ):  # fmt: skip
            low, high = ends(ball)
            first = 0.0 if part is None else part.lower[0, 0, at]
            last = 0.0 if part is None else part.upper[0, 0, at]
            if np.isfinite(low) and (high < first or low > last):
                claims.append(f"program {seed}: the {what} along {k} at {x} lies outside")
    return claims


def random_landscape(seed: int) -> tuple[Function, sf.Box]:
    """A smooth function of one or two numbers with a handful of stationary points, and a box."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 3))
    waves = rng.normal(size=(3, n)) * 1.5
    phases, heights = rng.uniform(0.0, 6.0, 3), rng.normal(size=3)
    centre, bowl = rng.normal(size=n), rng.uniform(0.02, 0.3)
    flat = rng.random() < 0.15

    def f(x: Any) -> Any:
        away = x - centre
        value = jnp.sum(heights * jnp.sin(waves @ x + phases)) + bowl * away @ away
        # Its square has a line, or points, of zeros of higher order.
        return value**2 if flat else value

    low = centre - rng.uniform(2.0, 3.5, n)
    return f, sf.Box(low, low + rng.uniform(3.0, 6.0, n))


def lost_points(seed: int) -> list[str]:
    """Stationary points that Newton's method finds and the list neither has nor leaves open."""
    f, box = random_landscape(seed)
    found = sf.stationary_points(f, box, boxes=40_000)
    rng = np.random.default_rng(seed + 1)
    claims: list[str] = []
    with jax.enable_x64(True):
        slope, bend = jax.jit(jax.vmap(jax.grad(f))), jax.jit(jax.vmap(jax.hessian(f)))
        x = rng.uniform(box.lower, box.upper, (400, len(box.lower)))
        for _ in range(60):
            g, h = np.asarray(slope(x)), np.asarray(bend(x))
            x = x - np.einsum("kij,kj->ki", np.linalg.pinv(h), g)
        settled = np.linalg.norm(np.asarray(slope(x)), axis=1) < 1e-12
    inside = ((x >= box.lower) & (x <= box.upper)).all(axis=1) & settled
    listed = np.array([point.x for point in found]).reshape(-1, len(box.lower))
    for point in x[inside]:
        near = np.abs(listed - point).max(axis=1).min(initial=np.inf) < 1e-6
        left = any(
            (point >= part.lower - 1e-7).all() and (point <= part.upper + 1e-7).all()
            for part in found.unresolved
        )
        if not (near or left):
            claims.append(f"landscape {seed}: the stationary point {point} is lost")
    apart = np.abs(listed[:, None] - listed[None]).max(axis=2) + np.eye(len(listed))
    if len(listed) > 1 and apart.min() < 1e-9:
        claims.append(f"landscape {seed}: one point is listed twice")
    with jax.enable_x64(True):
        for point in found:
            size = float(np.linalg.norm(np.asarray(jax.grad(f)(point.x))))
            if point.confidence is Confidence.PROVED and size > 1e-6:
                claims.append(f"landscape {seed}: {point.x} is proved and its slope is {size:.1e}")
    return claims
