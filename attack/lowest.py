"""Is any value of a random program below what was proved to be the lowest on a box?"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from attack.boxes import random_landscape, random_program
from surefoot.facts.arb_bounds import lowest_by_arb, value_by_arb
from surefoot.facts.boxed import Boxed
from surefoot.facts.cover import recheck
from surefoot.program import trace
from surefoot.search.downhill import downhill
from surefoot.search.lowest import Budget, Ended, lowest
from surefoot.terms import UnsupportedError

POINTS, BEST = 2000, 3


def lower_values(seed: int) -> list[str]:
    """Values at points of a box below the bound that was proved of it, by any of its provers."""
    rng = np.random.default_rng(seed + 7)
    boxed = _landscape(seed) if seed % 3 == 0 else _program(seed, rng)
    if boxed is None:
        return []
    start = 0.4 * boxed.first + 0.6 * boxed.last
    try:
        found = lowest(boxed, 1e-7, Budget(boxes=600, seconds=20.0), start[None])
        shown = recheck(boxed, found.cover())
        short = recheck(boxed, found.cover(5))
    except UnsupportedError:
        return []
    claims: list[str] = []
    value, where = _least_seen(boxed, found.x, rng)
    for bound, what in ((shown.bound, "the cover"), (short.bound, "a short cover"),
                        (found.bound, "the search")):  # fmt: skip
        # A bound of the search alone may be better by what rounding makes of another grouping.
        if value < bound - 1e-9 * max(1.0, abs(bound)) * (what == "the search"):
            claims.append(f"program {seed}: f at {where} is {value!r}, below {bound!r} of {what}")
    if found.ended is Ended.DONE and np.isfinite(found.high):
        near = 1e-7 * max(1.0, abs(found.high))
        if value < found.high - 1.1 * near:
            claims.append(f"program {seed}: f at {where} is lower than {found.high!r} by too much")
    return claims + _by_arb(seed, boxed, shown, value, where)


def _program(seed: int, rng: np.random.Generator) -> Boxed | None:
    f, n = random_program(seed)
    middle = rng.normal(size=n)
    half = np.abs(rng.normal(size=n)) * 10.0 ** rng.uniform(-2.0, 0.7)
    try:
        program = trace(f, np.ones(n))
    except UnsupportedError:
        return None
    return Boxed(program, float(rng.choice([-1.0, 1.0])), middle - half, middle + half)


def _landscape(seed: int) -> Boxed:
    f, box = random_landscape(seed)
    extra = np.random.default_rng(seed).integers(3)

    def g(x: Any) -> Any:
        value = f(x)
        if extra == 1:
            return value + 0.3 * jnp.abs(x[0] - 0.1)
        return jnp.where(x[0] > 0.2, value, value + 0.5) if extra == 2 else value

    first, last = np.asarray(box.lower), np.asarray(box.upper)
    return Boxed(trace(g, first), 1.0, first, last)


def _least_seen(boxed: Boxed, x: Any, rng: np.random.Generator) -> tuple[float, Any]:
    """The least of the upper ends of f's bounds at many points, and where."""
    n, width = boxed.size, boxed.last - boxed.first
    share = rng.uniform(size=(POINTS, n))
    share[: POINTS // 4] = np.round(share[: POINTS // 4])  # corners and faces
    share[POINTS // 4 : POINTS // 3, 0] = np.round(share[POINTS // 4 : POINTS // 3, 0])
    near = x + width * rng.normal(size=(POINTS // 4, n)) * 10.0 ** rng.uniform(-9, 0, (
        POINTS // 4, 1
    ))  # fmt: skip
    points = np.concatenate([boxed.first + share * width, near, x[None]])
    points = np.clip(points, boxed.first, boxed.last)
    highs = np.concatenate([_highs(boxed, points[k : k + boxed.at_once])
                            for k in range(0, len(points), boxed.at_once)])  # fmt: skip
    best, where = np.inf, x
    for k in np.argsort(highs)[:BEST]:
        end, high = downhill(boxed, points[k])
        if high < best:
            best, where = high, end
        if highs[k] < best:
            best, where = float(highs[k]), points[k]
    return best, where


def _highs(boxed: Boxed, points: Any) -> Any:
    with np.errstate(all="ignore"):
        at = boxed.bounds(points, points)
    return np.where(at.defined & ~np.isnan(at.high), at.high, np.inf)


def _by_arb(seed: int, boxed: Boxed, shown: Any, value: float, where: Any) -> list[str]:
    """What Arb says of the parts that decide, and of the lowest point."""
    if not np.isfinite(value):
        return []
    try:
        low, high = value_by_arb(boxed, where)
        if low > value:
            return [f"program {seed}: Arb puts f at {where} at {low!r}, above {value!r}"]
        goal = value - 1e-3 * max(1.0, abs(value))
        for lower, upper, x in zip(
            shown.lowest.lower[:2], shown.lowest.upper[:2], shown.lowest.x[:2], strict=True
        ):
            bound = lowest_by_arb(boxed, lower, upper, x, goal)
            inside = bool(((lower <= where) & (where <= upper)).all())
            at_x = value_by_arb(boxed, x)[1]
            if (inside and bound > high) or bound > at_x:
                return [f"program {seed}: Arb bounds a part by {bound!r}, above {high!r}"]
    except UnsupportedError:
        pass
    return []


def disagreeing_proofs(seed: int) -> list[str]:
    """Proofs through the front door that a descent of many points refutes."""
    import surefoot as sf

    f, box = random_landscape(seed)
    found = sf.minimize(f, over=box, max_steps=20_000)
    if found.verdict.gap == np.inf:
        return []
    least = found.value - found.verdict.gap
    rng = np.random.default_rng(seed + 1)
    with jax.enable_x64(True):
        value, slope = jax.jit(jax.vmap(f)), jax.jit(jax.vmap(jax.grad(f)))
        x = rng.uniform(box.lower, box.upper, (400, len(box.lower)))
        for step in 0.2 * 0.95 ** np.arange(100):
            g = np.asarray(slope(x))
            size = np.maximum(np.linalg.norm(g, axis=1, keepdims=True), 1e-9)
            x = np.clip(x - step * g / np.maximum(size, 1.0), box.lower, box.upper)
        seen = float(np.min(np.asarray(value(x))))
    if seen < least - 1e-12 * max(1.0, abs(least)):
        return [f"landscape {seed}: {seen!r} lies below the proven {least!r}"]
    return []
