"""Points whose kind is known by construction, in random disguise.

A function is Σᵢ tᵢ(zᵢ) in latent coordinates z = A(x − p) + bend: every tᵢ is stationary at 0 and
is known to rise, to fall, to do both or neither there, so what p is follows from the list. A mixes
the coordinates with a condition number up to 10⁴; bend adds squares of other coordinates, which
moves no stationary point and hides the structure from anything but the judge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

import surefoot as sf
from surefoot import PointKind

MINIMA = {PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM, PointKind.GLOBAL_MINIMUM}
MAXIMA = {PointKind.LOCAL_MAXIMUM, PointKind.FLAT_MAXIMUM, PointKind.GLOBAL_MAXIMUM}

RISING: dict[str, Callable[[Any], Any]] = {
    "z²": lambda z: z**2,
    "z⁴": lambda z: z**4,
    "cosh z": lambda z: jnp.cosh(z) - 1,
    "1 − exp(−z²)": lambda z: 1 - jnp.exp(-(z**2)),
    "log(1 + z²)": lambda z: jnp.log1p(z**2),
    "1 − cos z": lambda z: 1 - jnp.cos(z),
    "z² + z³": lambda z: z**2 + z**3,
    "z⁶ + z⁴": lambda z: z**6 + z**4,
}
BOTH: dict[str, Callable[[Any], Any]] = {
    "z³": lambda z: z**3,
    "z⁵": lambda z: z**5,
    "z − sin z": lambda z: z - jnp.sin(z),
    "z³ exp z": lambda z: z**3 * jnp.exp(z),
}


@dataclass(frozen=True)
class Known:
    """A function, its stationary point, and which ways it goes there."""

    name: str
    function: Callable[[Any], Any]
    point: np.ndarray
    rises: bool
    falls: bool


def random_known(seed: int) -> Known:
    """A function of one to four variables whose stationary point is known."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 5))
    terms: list[tuple[str, float, Callable[[Any], Any]]] = []
    rises = falls = False
    for _ in range(size):
        way = rng.choice(["up", "up", "up", "down", "both", "level"])
        if way == "level":
            terms.append(("0", 0.0, lambda z: 0.0 * z))
            continue
        table = BOTH if way == "both" else RISING
        name = str(rng.choice(list(table)))
        sign = -1.0 if way == "down" else 1.0
        terms.append((name, sign * float(2.0 ** rng.integers(-3, 4)), table[name]))
        rises |= way != "down"
        falls |= way != "up"
    left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0] for _ in range(2))
    stretch = 10.0 ** rng.uniform(-2, 2, size)
    matrix = left @ np.diag(stretch) @ right
    point = rng.uniform(-3, 3, size)
    factor = float(10.0 ** rng.uniform(-3, 3))
    bend = 0.3 * np.tril(rng.standard_normal((size, size)), -1) * rng.integers(0, 2)
    described = " ".join(f"{weight:+g}·({name})" for name, weight, _ in terms)

    def function(x: Any) -> Any:
        z = jnp.asarray(matrix) @ (x - point)
        z = z + jnp.asarray(bend) @ z**2
        return factor * sum(weight * term(z[i]) for i, (_, weight, term) in enumerate(terms))

    return Known(f"seed {seed}: {described}", function, point, rises, falls)


def false_words(known: Known) -> list[str]:
    """What the judge says falsely of a known point."""
    found: list[str] = []
    kind = sf.classify(known.function, known.point).kind
    if kind in MINIMA and known.falls:
        found.append(f"{known.name}: classified {kind.name}, but it falls")
    if kind in MAXIMA and known.rises:
        found.append(f"{known.name}: classified {kind.name}, but it rises")
    if kind is PointKind.SADDLE_POINT and not (known.rises and known.falls):
        found.append(f"{known.name}: classified SADDLE_POINT, but it goes one way only")
    if kind is PointKind.NOT_STATIONARY:
        found.append(f"{known.name}: classified NOT_STATIONARY")
    return found


def false_claims(seed: int) -> list[str]:
    """What is said falsely of one known point, by the judge and by a search begun there."""
    known = random_known(seed)
    found = false_words(known)
    solution = sf.minimize(known.function, known.point)
    if solution.verdict.kind in MINIMA:
        lower = lower_nearby(known.function, np.asarray(solution.x), solution.value, seed)
        if lower is not None:
            found.append(
                f"{known.name}: minimize says {solution.verdict.kind.name} at {solution.x}, "
                f"f = {solution.value!r}, but f = {lower[1]!r} at {lower[0]}"
            )
    return found


def lower_nearby(
    f: Callable[[Any], Any], x: np.ndarray, value: float, seed: int, count: int = 2000
) -> tuple[np.ndarray, float] | None:
    """A sampled point near x that is lower by more than rounding and the tolerance explain."""
    import jax

    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((count, x.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = 10.0 ** rng.uniform(-7, -4, (count, 1)) * max(1.0, float(np.max(np.abs(x))))
    points = x + lengths * directions
    with jax.enable_x64(True):
        values = np.asarray(jax.jit(jax.vmap(f))(points))
    best = int(np.nanargmin(values))
    slack = 2e-9 * max(1.0, abs(value))
    return (points[best], float(values[best])) if values[best] < value - slack else None
