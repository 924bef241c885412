"""What learning_rate and the guaranteed rule promise, on random quadratics and smooth functions."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.descent.stability import MODES, contraction
from surefoot.terms import InputError

GROWN = 1e6
STEPS = 2_000


def random_quadratic(seed: int) -> tuple[Callable[[Any], Any], np.ndarray, np.ndarray, np.ndarray]:
    """½(x − c)ᵀH(x − c) + 7 with κ from 1 to 10⁶: the function, H's values and vectors, a start."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 12))
    values = np.geomspace(1.0, 10.0 ** rng.uniform(0, 6), size) * 10.0 ** rng.uniform(-4, 2)
    vectors, _ = np.linalg.qr(rng.standard_normal((size, size)))
    hessian = (vectors * values) @ vectors.T
    centre = 10.0 ** rng.uniform(-2, 2) * rng.standard_normal(size) * (seed % 2)

    def f(x: Any) -> Any:
        return 0.5 * (x - centre) @ jnp.asarray(0.5 * (hessian + hessian.T)) @ (x - centre) + 7.0

    return f, values, vectors, centre + rng.standard_normal(size)


def broken_forecasts(seed: int) -> list[str]:
    """Limits, divergence steps and contractions that walks at 0.99 and 1.01 of the limit refute."""
    f, values, vectors, start = random_quadratic(seed)
    found: list[str] = []
    for name in ("gd", "momentum", "nesterov"):
        rate = sf.learning_rate(f, start, name)
        true = MODES[name].limit(float(values[-1]), rate.parameters)
        if not abs(rate.limit / true - 1.0) < 1e-5:
            found.append(f"quadratic {seed}, {name}: limit {rate.limit}, in truth {true}")
        for share in (0.99, 1.01):
            walk = sf.descend(f, start, name, STEPS, lr=share * rate.limit)
            away = walk.points - rate.point
            top = np.abs(away @ vectors[:, -1])
            if (np.max(top[-10:]) > top[0]) is not np.bool_(share > 1.0):
                found.append(f"quadratic {seed}, {name} at {share}: the top mode does not obey")
            if share > 1.0:
                far = np.linalg.norm(away, axis=1) > GROWN * np.linalg.norm(away[0])
                foretold = rate.divergence_step(share * rate.limit)
                seen = int(np.argmax(far)) if far.any() else None
                if foretold is None or seen is None or abs(foretold - seen) > 0.05 * seen:
                    found.append(f"quadratic {seed}, {name}: diverges at {seen}, not {foretold}")
        found += _contraction(seed, name, f, start, rate, values, vectors)
    return found


def _contraction(
    seed: int, name: str, f: Callable[[Any], Any], start: np.ndarray, rate: Any,
    values: np.ndarray, vectors: np.ndarray,
) -> list[str]:  # fmt: skip
    """Of the slowest mode's own part, which others may outweigh for all of the walk."""
    eta = 0.5 * rate.limit
    foretold = rate.contraction(eta)
    walk = sf.descend(f, start, name, STEPS, lr=eta)
    kept = [contraction(name, eta, np.array([value]), rate.parameters) for value in values]
    parts = (walk.points - rate.point) @ vectors[:, int(np.argmax(kept))]
    lengths = np.hypot(parts[1:], parts[:-1])  # a mode that swings passes through 0
    size = 1e-10 * max(1.0, float(np.linalg.norm(rate.point)))
    good = int(np.argmax(lengths < size)) if (lengths < size).any() else len(lengths)
    first, last = good // 2, good - 1
    if foretold is None or last - first < 20:
        return []
    seen = (lengths[last] / lengths[first]) ** (1.0 / (last - first))
    # 5 % of what a step takes away, or of the factor where a mode oscillates about it.
    near = abs(seen - foretold) <= max(0.05 * foretold, 1e-3)
    return [] if near else [f"quadratic {seed}, {name}: a step keeps {seen}, not {foretold}"]


PARTS: tuple[Callable[[Any], Any], ...] = (
    jnp.sin, jnp.tanh, lambda z: jnp.exp(-(z**2)), lambda z: jnp.log1p(z**2), lambda z: z**2,
    lambda z: z**4, lambda z: jnp.cosh(0.3 * z), lambda z: z * jnp.sin(z), lambda z: 1 / (1 + z**2),
    lambda z: jnp.logaddexp(z, 0.0),
)  # fmt: skip


def random_smooth(seed: int) -> tuple[Callable[[Any], Any], np.ndarray]:
    """A smooth function of 1 to 6 numbers at any scale, and a start."""
    rng = np.random.default_rng(seed)
    size, terms = int(rng.integers(1, 7)), int(rng.integers(1, 6))
    chosen = [PARTS[int(k)] for k in rng.integers(0, len(PARTS), terms)]
    mix = rng.standard_normal((terms, size)) * 10.0 ** rng.uniform(-2, 1.0, (terms, 1))
    shift, weight = rng.standard_normal(terms), rng.standard_normal(terms)
    scale, level = 10.0 ** rng.uniform(-6, 6), rng.choice([0.0, 1.0, 1e3])

    def f(x: Any) -> Any:
        parts = [w * part(row @ x + s)
                 for w, part, row, s in zip(weight, chosen, mix, shift, strict=True)]  # fmt: skip
        return scale * (sum(parts) + level)

    return f, rng.standard_normal(size) * 10.0 ** rng.uniform(-1, 1)


def increases(seed: int) -> list[str]:
    """Steps of the guaranteed rule that end higher than they began."""
    f, start = random_smooth(seed)
    try:
        walk = sf.descend(f, start, "guaranteed", 60)
    except InputError as refusal:
        # A start from which no slope leads anywhere is explained, and nothing rises.
        if "slope is exactly zero" not in str(refusal):
            raise
        return []
    rises = np.flatnonzero(np.diff(walk.values) > 0.0)
    return [f"function {seed}: step {k + 1} goes up" for k in rises]
