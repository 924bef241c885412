"""Bounds of the eigenvalues of every symmetric matrix between two.

With V near the eigenvectors of the middle, G = Vᵀ H V, and ‖VᵀV − I‖ ≤ e < 1, every eigenvalue λ
of H satisfies, by Gershgorin's discs of G and xᵀHx / xᵀx with x = Vz,

    min(g/(1 + e), g/(1 − e))  ≤  λ,      g = min over i of  Gᵢᵢ − Σ_{j≠i} |Gᵢⱼ|

and likewise above. All is rounded outward.
"""

from typing import Any

import numpy as np

from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.rounding import above, below
from surefoot.facts.krawczyk import discs, matrix_times


def spectrum(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Bounds of the eigenvalues of all symmetric matrices between the bounds.

    Args:
        lower, upper: (k, n, n).

    Returns:
        (k,) at or below the least eigenvalue, (k,) at or above the largest; ∓∞ where not known.
    """
    n = lower.shape[1]
    with np.errstate(all="ignore"):
        if n == 1:
            good = np.isfinite(0.5 * lower[:, 0, 0] + 0.5 * upper[:, 0, 0])
            return np.where(good, lower[:, 0, 0], -np.inf), np.where(good, upper[:, 0, 0], np.inf)
        found = discs(lower, upper)
        turn: Any = np.ascontiguousarray(found.vectors.swapaxes(1, 2))
        unit = matrix_times(turn, found.vectors, found.vectors)
        away = np.maximum(np.abs(unit.lower - np.eye(n)), np.abs(unit.upper - np.eye(n)))
        e = above(away.sum(axis=2).max(axis=1) * (1.0 + 4.0 * n * 2.0**-53))
        low, high = found.low.min(axis=1), found.high.max(axis=1)
        good = found.good & (e < 0.5)
        least = np.where(low >= 0.0, below(low / above(1.0 + e)), below(low / below(1.0 - e)))
        most = np.where(high <= 0.0, above(high / above(1.0 + e)), above(high / below(1.0 - e)))
    return np.where(good, least, -np.inf), np.where(good, most, np.inf)
