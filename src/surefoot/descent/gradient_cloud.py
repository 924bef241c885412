"""The gradients of all examples at a point: mean, spread, and the plane that shows them best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from surefoot.calculus import BatchLoss
from surefoot.calculus.evaluate import compiled
from surefoot.calculus.example_gradients import ExampleGradients
from surefoot.descent.noise_scale import NoiseScale, noise_scale
from surefoot.facts.lanczos import lanczos
from surefoot.program import Vector

DENSE = 300
"""Up to so many coordinates the covariance itself is summed up."""
KEPT = 8_000_000
"""The most numbers of the gradients that are kept to find the direction of most spread (64 MB)."""
SHOWN = 2_000
"""The most examples of the cloud that are kept for the picture."""
PAIRED = 500
"""Examples whose gradients are multiplied with each other's, where the covariance is too large."""
PRODUCTS = 60
TOGETHER = 2**18
"""The most numbers that a call draws batches from."""


@dataclass(frozen=True)
class GradientCloud:
    """What the gradients of the examples are like, with ḡ their mean and dᵢ = gᵢ − ḡ.

    Attributes:
        value: the mean loss. gradient: (p,) ḡ.
        scale: the noise scale with its errors.
        axes: (2, p) unit vectors: along ḡ, and the direction at right angles to it in which the
            gradients spread most; the second is 0 where there is one coordinate.
        points: (k, 2) gradients of single examples in these axes. examples: (k,) which ones.
        share: how much of tr Σ lies in the plane of the axes.
        covariance: (p, p) Σ estimated, for few coordinates; else None.
        rows: how many examples the second axis was found from.
        unit: a power of two near the largest gradient. scaled: the noise scale of gradients
            divided by it, whose squares neither under- nor overflow.
    """

    value: float
    gradient: Vector
    scale: NoiseScale
    axes: Vector
    points: Vector
    examples: Any
    share: float
    covariance: Vector | None
    rows: int
    unit: float
    scaled: NoiseScale


def gradient_cloud(gradients: ExampleGradients, seed: int = 0) -> GradientCloud:
    """Three passes over the examples: the mean, then the spread about it, then the plane.

    Args:
        seed: of the examples that are kept where all are too many.
    """
    n, p = gradients.count, gradients.size
    value, mean, largest = 0.0, np.zeros(p), 0.0
    for _, values, found in gradients.chunks():
        value += float(values.sum()) / n
        largest = max(largest, float(np.max(np.abs(found), initial=0.0)))
    # A power of two: gradients of 10⁻²⁰⁰ have squares all the same, and a noise scale.
    unit = 2.0 ** min(1000, max(-1000, round(np.log2(largest)))) if largest > 0.0 else 1.0
    for _, _, found in gradients.chunks():
        mean += (found / unit).sum(axis=0) / n
    length = float(np.linalg.norm(mean))
    rng = np.random.default_rng(seed)
    kept = _some(rng, n, max(3, KEPT // p))
    shown = _some(rng, n, SHOWN)
    squares, along = np.zeros(n), np.zeros(n)
    covariance = np.zeros((p, p)) if p <= DENSE else None
    rows: list[Vector] = []
    for where, _, found in gradients.chunks():
        apart = found / unit - mean
        squares[where] = np.einsum("kp,kp->k", apart, apart)
        along[where] = apart @ mean
        if covariance is not None:
            covariance += apart.T @ apart / (n - 1)
        else:
            inside = kept[(kept >= where.start) & (kept < where.stop)]
            rows.append(apart[inside - where.start])
    axes = np.zeros((2, p))
    if length > 0.0:
        axes[0] = mean / length
    matrix = covariance if covariance is not None else np.concatenate(rows)
    axes[1] = _most_spread(matrix, axes[0], covariance is not None, seed)
    if length == 0.0:
        axes = axes[::-1].copy()
        axes[1] = _most_spread(matrix, axes[0], covariance is not None, seed)
    points, inside = np.zeros((len(shown), 2)), 0.0
    for where, _, found in gradients.chunks():
        flat = (found / unit) @ axes.T
        inside += float(np.sum((flat - axes @ mean) ** 2)) / (n - 1)
        chosen = (shown >= where.start) & (shown < where.stop)
        points[chosen] = flat[shown[chosen] - where.start] * unit
    scale = noise_scale(length**2, squares, along, _trace_of_square(matrix, squares, kept, p))
    share = min(1.0, inside / scale.trace) if scale.trace > 0.0 else 1.0
    used = n if covariance is not None else len(kept)
    real = None if covariance is None else covariance * unit * unit
    return GradientCloud(
        value, mean * unit, scale.in_units(unit), axes, points, shown, share, real, used, unit,
        scale,
    )  # fmt: skip


def batch_gradients(
    loss: BatchLoss, leaves: Sequence[Any], x: Vector, draws: int, replace: bool, seed: int
) -> Vector:
    """∇loss on `draws` batches that are drawn apart from each other: (draws, p)."""
    count, size = len(leaves[0]), loss.size
    rng = np.random.default_rng([seed, size])
    places = np.array([rng.choice(count, size, replace=replace) for _ in range(draws)])
    shapes = tuple((leaf.shape[1:], leaf.dtype.name) for leaf in leaves)

    def all_of(consts: Any, rows: Any, x: Any) -> Any:
        return jax.lax.map(lambda row: loss.jax_value_and_gradient(consts, row, x)[1], rows)

    run = compiled(("batch gradients", loss.key, shapes), lambda: all_of)
    width = size * sum(int(np.prod(leaf.shape[1:])) for leaf in leaves)
    together = max(1, min(draws, TOGETHER // max(width, 1)))
    found: list[Vector] = []
    with jax.enable_x64(True):
        for first in range(0, draws, together):
            # The last call starts earlier, so that all have one length and one compiled form.
            first = min(first, draws - together)
            part = places[first : first + together]
            gradients = np.asarray(run(loss.consts, [leaf[part] for leaf in leaves], x))
            found.append(gradients[len(found) * together - first :] if found else gradients)
    return np.concatenate(found)[:draws]


def _some(rng: np.random.Generator, count: int, most: int) -> Any:
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, most, replace=False))


def _trace_of_square(matrix: Vector, squares: Vector, kept: Any, p: int) -> float:
    """tr Σ² from (dᵢ·dⱼ)² over pairs i ≠ j, and at least what tr Σ makes it, (tr Σ)²/p.

    Args:
        matrix: the covariance (p, p) of all examples, or the rows dᵢ of those kept.
    """
    least = float(squares.sum() / (len(squares) - 1)) ** 2 / p
    if len(matrix) == p and p <= DENSE:
        n = len(squares)
        pairs = float(np.sum(matrix**2)) * (n - 1) ** 2 - float(np.sum(squares**2))
        return max(least, pairs / (n * (n - 1)))
    some = matrix[:PAIRED]
    k = len(some)
    pairs = float(np.sum((some @ some.T) ** 2)) - float(np.sum(squares[kept[:k]] ** 2))
    return max(least, pairs / (k * (k - 1)))


def _most_spread(matrix: Vector, against: Vector, square: bool, seed: int) -> Vector:
    """The unit vector at right angles to `against` along which the spread is largest.

    Args:
        matrix: the covariance (p, p) if `square`, else rows dᵢ (k, p).
    """
    p = matrix.shape[1]

    def across(v: Vector) -> Vector:
        return v - against * (against @ v)

    def product(v: Vector) -> Vector:
        w = across(v)
        return across(matrix @ w if square else matrix.T @ (matrix @ w) / len(matrix))

    if p == 1 and np.any(against):
        return np.zeros(1)
    start = across(np.random.default_rng(seed).standard_normal(p))
    if not np.any(start):
        return np.zeros(p)
    found = lanczos(product, start, PRODUCTS, 1e-3, "highest")
    axis = across(found.vectors[-1]) if len(found.vectors) else start
    length = float(np.linalg.norm(axis))
    return axis / length if length > 0.5 else np.zeros(p)
