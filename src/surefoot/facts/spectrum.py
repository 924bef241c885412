"""Bounds of the eigenvalues of every symmetric matrix between two.

With V near the eigenvectors of the middle, G = Vᵀ H V, and ‖VᵀV − I‖ ≤ e < 1, every eigenvalue λ
of H satisfies, by Gershgorin's discs of G and xᵀHx / xᵀx with x = Vz,

    min(g/(1 + e), g/(1 − e))  ≤  λ,      g = min over i of  Gᵢᵢ − Σ_{j≠i} |Gᵢⱼ|

and likewise above. All is rounded outward.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.rounding import above, below, sum_margin
from surefoot.facts.krawczyk import matrix_times


def spectrum(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Bounds of the eigenvalues of all symmetric matrices between the bounds.

    Args:
        lower, upper: (k, n, n).

    Returns:
        (k,) at or below the least eigenvalue, (k,) at or above the largest; ∓∞ where not known.
    """
    n = lower.shape[1]
    with np.errstate(all="ignore"):
        middle = 0.5 * lower + 0.5 * upper
        good: NDArray[np.bool_] = np.asarray(np.isfinite(middle).all(axis=(1, 2)))
        if n == 1:
            return np.where(good, lower[:, 0, 0], -np.inf), np.where(good, upper[:, 0, 0], np.inf)
        safe = np.where(good[:, None, None], 0.5 * (middle + middle.swapaxes(1, 2)), np.eye(n))
        _, vectors = np.linalg.eigh(safe)
        turn: Any = np.ascontiguousarray(vectors.swapaxes(1, 2))
        half = matrix_times(turn, lower, upper)
        back = matrix_times(turn, half.lower.swapaxes(1, 2), half.upper.swapaxes(1, 2))
        unit = matrix_times(turn, vectors, vectors)
        away = np.maximum(np.abs(unit.lower - np.eye(n)), np.abs(unit.upper - np.eye(n)))
        e = above(away.sum(axis=2).max(axis=1) * (1.0 + 4.0 * n * 2.0**-53))
        low, high = _discs(back.lower, back.upper)
        good &= e < 0.5
        least = np.where(low >= 0.0, below(low / above(1.0 + e)), below(low / below(1.0 - e)))
        most = np.where(high <= 0.0, above(high / above(1.0 + e)), above(high / below(1.0 - e)))
    return np.where(good, least, -np.inf), np.where(good, most, np.inf)


def _discs(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The least and the largest end of Gershgorin's discs of each matrix."""
    n = lower.shape[1]
    size = np.maximum(np.abs(lower), np.abs(upper)) * (1.0 - np.eye(n))
    radius = size.sum(axis=2)
    radius = above(radius + sum_margin(radius, n))
    diagonal = np.arange(n)
    first = below(lower[:, diagonal, diagonal] - radius).min(axis=1)
    last = above(upper[:, diagonal, diagonal] + radius).max(axis=1)
    return first, last
