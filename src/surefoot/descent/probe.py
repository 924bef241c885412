"""Ways down from a point where gradient and curvature both vanish."""

from collections.abc import Callable

import numpy as np

from surefoot.descent.steps import Vector

Derivatives = tuple[float, Vector, Vector]

LENGTHS = (0.5, 0.05, 0.005)
MOST_DIRECTIONS = 24
SEED = 7


def probe(
    derivatives: Callable[[Vector], Derivatives],
    x: Vector,
    value: float,
    hessian: Vector,
    flat: float,
    lower: Vector,
    upper: Vector,
) -> tuple[Vector, Derivatives] | None:
    """A nearby point of the box with a lower value than at x, along directions of no curvature.

    Tries x ± r·d for the eigenvectors d of |curvature| ≤ `flat` and for fixed mixtures of them,
    with r = ½, 1/20, 1/200 of max |x| (of 1 at the origin). On a flat direction the sign of the
    third derivative decides, so one of ±d goes down wherever it is not zero; the mixtures catch
    mixed third derivatives such as xyz. A value counts as lower only beyond its rounding.

    Returns:
        (point, derivatives there), the lowest of the largest r that goes down, or None.
    """
    free = np.flatnonzero(lower < upper)
    if free.size == 0:
        return None
    eigenvalues, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    basis = np.zeros((x.size, int(np.sum(eigenvalues <= flat))))
    basis[free] = vectors[:, eigenvalues <= flat]
    unit = float(np.max(np.abs(x), initial=0.0)) or 1.0
    for length in LENGTHS:
        best: tuple[Vector, Derivatives] | None = None
        for direction in _directions(basis):
            there = np.clip(x + length * unit * direction, lower, upper)
            found = derivatives(there)
            usable = all(bool(np.isfinite(part).all()) for part in found)
            slack = 1e-13 * max(abs(value), abs(found[0]))
            if usable and found[0] < value - slack and (best is None or found[0] < best[1][0]):
                best = (there, found)
        if best is not None:
            return best
    return None


def _directions(basis: Vector) -> Vector:
    """(k, n) unit directions: ± the basis, then ± fixed pseudo-random mixtures of it."""
    count = basis.shape[1]
    if count == 0:
        return np.zeros((0, basis.shape[0]))
    random = np.random.default_rng(SEED)
    mixtures = random.standard_normal((4 if count > 1 else 0, count))
    every = np.vstack([np.eye(count)[: MOST_DIRECTIONS // 2 - len(mixtures)], mixtures])
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    return np.vstack([every, -every]) @ basis.T
