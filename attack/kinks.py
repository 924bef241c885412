"""Random functions of one number with corners and jumps at places known by construction.

f = g(s + Σ wₖ ρₖ(uₖ)), with g and s smooth, g′ > 0, uₖ monotone with a zero at cₖ, and ρₖ smooth
but for what is listed: so f has exactly those corners and jumps, and what cancels or is smooth of
itself (x|x|, relu², |u| − |−u|) is none. Slopes are told from quotients to both sides.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot.solve.kinks_report import KinkKind, Smoothness
from surefoot.terms import Confidence

Function = Callable[[Any], Any]
LOW, HIGH = -2.0, 3.0

OUTER: tuple[Function, ...] = (
    lambda v: v, lambda v: v, lambda v: v + v**3 / 3.0, jnp.sinh, jnp.arctan,
    lambda v: jnp.logaddexp(v, 0.5 * v), lambda v: jnp.exp(0.3 * v),
)  # fmt: skip
SMOOTH: tuple[Function, ...] = (
    lambda x: 0.0 * x, jnp.sin, lambda x: x**2, lambda x: jnp.exp(-(x**2)), jax.nn.softplus,
    lambda x: x * jnp.abs(x), lambda x: jax.nn.relu(x - 0.7) ** 2, jax.nn.gelu, jnp.tanh,
)  # fmt: skip
ROUGH: tuple[tuple[str, Function], ...] = (
    ("KINK", jnp.abs), ("KINK", jax.nn.relu), ("KINK", lambda u: jnp.maximum(u, -0.5 * u)),
    ("KINK", lambda u: jnp.minimum(u, 3.0 * u)), ("KINK", lambda u: jnp.sqrt(u * u)),
    ("KINK", lambda u: jnp.where(u > 0.0, u, 0.25 * u)), ("KINK", jax.nn.leaky_relu),
    ("KINK", lambda u: jnp.linalg.norm(jnp.stack([u, 2.0 * u]))),
    ("KINK", lambda u: u * jnp.sign(u)),
    ("KINK", lambda u: jnp.sort(jnp.stack([u, 2.0 * u]))[0]),
    ("JUMP", lambda u: jnp.where(u >= 0.0, jnp.cos(u), u)), ("FLAT_STEP", jnp.sign),
    ("JUMP", lambda u: jnp.where(u > 0.0, u + 1.0, u)),
    ("FLAT_STEP", lambda u: jnp.heaviside(u, 0.5)), ("", lambda u: u * jnp.abs(u)),
    ("", lambda u: jax.nn.relu(u) ** 2), ("", lambda u: jnp.abs(u) - jnp.abs(-u)),
    ("", lambda u: jnp.abs(u) ** 3), ("", lambda u: jnp.where(u > 0.0, u * u, -u * u)),
    ("", lambda u: jnp.maximum(u, 0.0) + jnp.minimum(u, 0.0)),
    ("", lambda u: jnp.where(jnp.abs(u) <= 1.0, 0.5 * u * u, jnp.abs(u) - 0.5)),
)  # fmt: skip


def rough_function(seed: int) -> tuple[Function, list[tuple[float, str]]]:
    """A function, and its places with their kinds."""
    rng = np.random.default_rng(seed)
    outer = OUTER[int(rng.integers(len(OUTER)))]
    smooth = SMOOTH[int(rng.integers(len(SMOOTH)))]
    count = int(rng.integers(0, 5))
    slots = np.sort(rng.choice(np.arange(1, 20), count, replace=False))
    centres = LOW + (HIGH - LOW) * (slots + rng.uniform(-0.3, 0.3, count)) / 20.0
    if rng.random() < 0.5:
        centres = np.round(centres, 2)
    parts: list[tuple[float, float, float, float, Function]] = []
    places: list[tuple[float, str]] = []
    for c in centres.tolist():
        kind, rough = ROUGH[int(rng.integers(len(ROUGH)))]
        weight = float(rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-2.0, 0.5))
        steep, bent = float(rng.choice([-1, 1]) * rng.uniform(0.3, 2.0)), float(rng.uniform(0, 0.3))
        parts.append((weight, steep, bent, c, rough))
        if kind:
            places.append((c, kind))

    def f(x: Any) -> Any:
        total = smooth(x)
        for weight, steep, bent, c, rough in parts:
            u = steep * ((x - c) + bent * (x - c) ** 3)
            total = total + weight * rough(u)
        return outer(0.3 * total)

    inside = float(rng.random())
    if inside < 0.1:
        return (lambda x: jax.lax.fori_loop(0, 1, lambda _, t: f(t), x)), places
    if inside < 0.2:
        one = np.ones(1)  # jnp.ones would be float32 here, and so would be what it touches
        return (lambda x: jax.lax.scan(lambda c, t: (c + t * f(x), None), 0.0 * x, one)[0]), places
    if inside < 0.3:
        return (lambda x: jax.lax.cond(True, f, lambda t: t, x)), places
    return f, places


def false_kinks(seed: int) -> list[str]:
    """What `kinks` says falsely of one function: alarms, places left out, wrong slopes."""
    f, places = rough_function(seed)
    found = sf.kinks(f, (LOW, HIGH))
    claims: list[str] = []

    def claim(text: str) -> None:
        claims.append(f"function {seed}: {text}")

    if found.smooth is Smoothness.SMOOTH and places:
        claim(f"smooth, but has {places}")
    if found.smooth is Smoothness.NOT_SMOOTH and not places:
        claim(f"not smooth, but is: {list(found)}")
    missing = dict(places)
    for place in found:
        if place.kind is KinkKind.AD_WRONG:
            continue
        near = min(missing, key=lambda c: abs(c - float(place.x)), default=np.inf)
        if abs(near - float(place.x)) > 1e-9:
            claim(f"{place} where nothing is")
            continue
        kind = missing.pop(near)
        if (kind == "KINK") is not (place.kind is KinkKind.KINK):
            claim(f"{place} is a {kind}")
        if place.kind is KinkKind.KINK:
            claims.extend(
                f"function {seed}: {place} has the slopes {seen}, not {told}"
                for seen, told in zip(_slopes(f, near), (place.left, place.right), strict=True)
                if abs(seen - told) > 1e-4 * (1.0 + abs(seen))
            )
        if place.confidence is Confidence.PROVED and not _inside(place.enclosure, near):
            claim(f"{place} does not lie in its enclosure")
    if missing and not found.unresolved and not found.more:
        claim(f"nothing is left undecided, and {missing} are not listed")
    return claims


def _slopes(f: Function, c: float) -> tuple[float, float]:
    """Quotients of second order to the left and to the right of a place."""
    h = 1e-5
    found: list[float] = []
    with jax.enable_x64(True):
        for side in (-1.0, 1.0):
            one, two, three = (float(f(jnp.asarray(c + side * k * h))) for k in (1.0, 2.0, 3.0))
            found.append(side * (-2.5 * one + 4.0 * two - 1.5 * three) / h)
    return found[0], found[1]


def _inside(box: Any, c: float) -> bool:
    # The zero of the rounded steep·(x − c) is c itself.
    return float(box.lower) <= c <= float(box.upper)
