"""One factorisation of a symmetric matrix that answers rank, sign, null space and solves.

    S = D H D,   D powers of two with D_i ≈ 1/√|H_ii| (by the largest entries of rows where a
                 diagonal entry is not positive)
    S = V Λ Vᵀ,  λ counted as 0 below 32 n ε max|λ|

Scaling by powers of two rounds nothing and makes every decision independent of units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.null_directions import sparse_basis, unit_rows

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
SPECTRAL_SIZE = 200
CLEARLY = 1e-11


@dataclass(frozen=True)
class Factor:
    """The factorisation.

    Attributes:
        solve: b ↦ H⁺ b in scaled coordinates: D V Λ⁺ Vᵀ D b.
        scale: D, (n,).
        rank: number of λ that are not 0.
        condition: max|λ| / min|λ| over the λ that are not 0.
        lowest: smallest λ, NaN after Cholesky (which proves it positive).
        lowest_direction: D v_min, (n,), its largest component ±1.
        null: directions D v over λ = 0, (k, n), of unit length and as sparse as elimination gives.
        unidentified: coordinates that take part in the null space.
        scaled_null: the v themselves, (n, k).
        method: how.
    """

    solve: Callable[[Array], Array]
    scale: Array
    rank: int
    condition: float
    lowest: float
    lowest_direction: Array
    null: Array
    unidentified: tuple[int, ...]
    scaled_null: Array
    method: str

    @property
    def is_indefinite(self) -> bool:
        """Whether some λ is negative beyond rounding."""
        return self.lowest < 0.0

    def endless_slope(self, g: Array) -> Array | None:
        """A direction of the null space that g leads down along without end, or None.

        The part of D g in the null space counts where it is beyond the rounding of D g.
        """
        scaled = self.scale * g
        part = self.scaled_null @ (self.scaled_null.T @ scaled)
        noise = 64 * g.size * EPS * float(np.linalg.norm(scaled))
        if not float(np.linalg.norm(part)) > noise:
            return None
        return unit_way(-part, self.scale)

    def shortest(self, x: Array) -> Array:
        """x without its part in the null space: the shortest of the equivalent points."""
        return without_part(x, self.scale[:, None] * self.scaled_null)


def factorise(matrix: Array) -> Factor:
    """Factorise a symmetric matrix (n, n)."""
    n = matrix.shape[0]
    scale = _scale(matrix)
    scaled = matrix * scale[:, None] * scale[None, :]
    if n > SPECTRAL_SIZE:
        found = _cholesky(scaled, scale)
        if found is not None:
            return found
    lam, v = np.linalg.eigh(scaled)
    largest = float(np.abs(lam).max(initial=0.0))
    null = np.abs(lam) <= 32 * n * EPS * largest
    lam = np.where(null, 0.0, lam)
    inverse = np.where(null, 0.0, 1.0 / np.where(null, 1.0, lam))
    live = np.abs(lam[~null])
    scaled_null = v[:, null]
    low = int(np.argmin(lam))
    return Factor(
        solve=lambda b: scale * (v @ (inverse * (v.T @ (scale * b)))),
        scale=scale,
        rank=int(n - null.sum()),
        condition=float(live.max() / live.min()) if live.size else 1.0,
        lowest=float(lam[low]),
        lowest_direction=unit_way(v[:, low], scale),
        null=unit_rows(sparse_basis(scaled_null.T) * scale),
        unidentified=taking_part(scaled_null),
        scaled_null=scaled_null,
        method="eigenvalues",
    )


def unit_way(scaled: Array, scale: Array) -> Array:
    """D v with largest component ±1, without the rounding in v: 0 where v is 0 but for rounding."""
    way = scale * np.round(scaled / np.max(np.abs(scaled)), 14)
    return way / np.max(np.abs(way)) + 0.0


def without_part(x: Array, directions: Array) -> Array:
    """x minus its orthogonal projection on the columns of directions (n, k)."""
    if not directions.size:
        return x
    orthonormal = np.linalg.qr(directions)[0]
    return x - orthonormal @ (orthonormal.T @ x)


def taking_part(null_space: Array) -> tuple[int, ...]:
    """The coordinates with a part in the null space that is no rounding."""
    weight = np.linalg.norm(null_space, axis=1)
    return tuple(int(k) for k in np.flatnonzero(weight > 1e-8))


def _cholesky(scaled: Array, scale: Array) -> Factor | None:
    """None unless the matrix is positive definite with a condition number far from 1/ε."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.linalg.lapack import dpocon

    try:
        factor = cho_factor(scaled, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    norm = float(np.abs(scaled).sum(axis=0).max())
    reciprocal, failed = dpocon(factor[0], norm, uplo="L")
    if failed or not reciprocal > CLEARLY:
        return None
    return Factor(
        solve=lambda b: scale * cho_solve(factor, scale * b, check_finite=False),
        scale=scale, rank=scale.size, condition=1.0 / float(reciprocal), lowest=np.nan,
        lowest_direction=np.zeros(scale.size), null=np.zeros((0, scale.size)),
        unidentified=(), scaled_null=np.zeros((scale.size, 0)), method="Cholesky",
    )


def _scale(matrix: Array) -> Array:
    """Powers of two near 1/√diagonal; rows without a positive diagonal entry are equilibrated."""
    diagonal = np.diagonal(matrix)
    if bool(np.all(diagonal > 0.0)):
        return _power_of_two(1.0 / np.sqrt(diagonal))
    size = np.abs(matrix)
    scale = np.ones(matrix.shape[0])
    for _ in range(10):
        rows = (size * scale[:, None] * scale[None, :]).max(axis=1)
        scale = scale / np.sqrt(np.where(rows > 0.0, rows, 1.0))
    return _power_of_two(scale)


def _power_of_two(scale: Array) -> Array:
    return np.exp2(np.round(np.log2(scale)))
