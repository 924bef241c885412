"""Extreme eigenvalues and gᵀ|H|⁻¹g from Hessian-vector products alone.

Lanczos with full reorthogonalisation: v₁ given, β_{j+1}v_{j+1} = Hv_j − α_j v_j − β_j v_{j−1}.
The eigenvalues θ of the tridiagonal T approximate those of H; (θ, Vs) has residual β|s_m|.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surefoot.program import Vector


@dataclass(frozen=True)
class Ritz:
    """Approximate eigenpairs.

    Attributes:
        values: (m,) ascending. vectors: (m, n) rows. residuals: (m,) ‖Hv − θv‖.
        first: (m,) first components s₁ of T's eigenvectors (for quadrature).
        products: Hessian-vector products spent.
    """

    values: Vector
    vectors: NDArray[np.float64]
    residuals: Vector
    first: Vector
    products: int


def lanczos(
    product: Callable[[Vector], Vector],
    start: Vector,
    limit: int,
    accuracy: float = 1e-3,
    end: Literal["lowest", "highest"] = "lowest",
) -> Ritz:
    """Run until the residual of one end's Ritz pair is below accuracy·|θ|, or `limit` products.

    Args:
        product: v ↦ Hv.
        start: (n,) not 0; a random one meets every eigenvector.
        accuracy: relative to the eigenvalue; 0 runs to the limit.
        end: which eigenvalue is waited for.
    """
    # scipy.linalg is slow to load, and small problems never need it.
    from scipy.linalg import eigh_tridiagonal

    at = 0 if end == "lowest" else -1
    size = start.size
    limit = min(limit, size)
    basis = np.zeros((limit + 1, size))
    alpha, beta = np.zeros(limit), np.zeros(limit + 1)
    basis[0] = start / np.linalg.norm(start)
    steps = 0
    for j in range(limit):
        w = product(basis[j])
        if not np.all(np.isfinite(w)):
            break
        alpha[j] = basis[j] @ w
        # Twice is enough (Kahan, Parlett): without it ghosts of converged values return.
        for _ in range(2):
            w = w - basis[: j + 1].T @ (basis[: j + 1] @ w)
        beta[j + 1] = np.linalg.norm(w)
        steps = j + 1
        spread = float(np.max(np.abs(alpha[:steps]) + beta[1 : steps + 1]))
        if beta[j + 1] <= 1e-14 * spread:
            break
        basis[j + 1] = w / beta[j + 1]
        if steps >= 20 and steps % 10 == 0:
            theta, s = eigh_tridiagonal(alpha[:steps], beta[1:steps])
            if abs(beta[steps] * s[-1, at]) <= accuracy * abs(theta[at]):
                break
    if steps == 0:
        empty = np.zeros(0)
        return Ritz(empty, np.zeros((0, size)), empty, empty, 1)
    theta, s = eigh_tridiagonal(alpha[:steps], beta[1:steps])
    residuals = np.abs(beta[steps] * s[-1])
    vectors = np.asarray(s.T @ basis[:steps], dtype=np.float64)
    return Ritz(np.asarray(theta, dtype=np.float64), vectors, residuals, np.array(s[0]), steps)


def missed_bound(size: int, products: int, spread: float, chance: float = 1e-3) -> float:
    """How far below the smallest Ritz value an eigenvalue may lie, except with small chance.

    Kuczyński and Woźniakowski (1992), theorem 4.2, for a start uniform on the sphere:
    P(θ₁ − λ₁ > ε(λₙ − λ₁)) ≤ 1.648 √n exp(−√ε(2m − 1)).
    """
    if products >= size:
        return 0.0
    root = np.log(1.648 * np.sqrt(size) / chance) / (2.0 * products - 1.0)
    return float(min(1.0, root**2) * spread)
