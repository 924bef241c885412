"""The curvatures of a function at a point, as far as a learning rate needs them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surefoot.calculus import Evaluator
from surefoot.facts.lanczos import lanczos
from surefoot.program import Vector
from surefoot.terms import one_blas_thread

DENSE = 300
"""Up to so many coordinates the whole Hessian is cheaper than its products."""
PRODUCTS = 120
ACCURACY = 1e-4
"""The residual of the top eigenpair, relative; the error of the eigenvalue is its square."""
BESIDE = 1e-4
"""Of the way to the start: what is looked at beside a point."""
_SIDES = 2


@dataclass(frozen=True)
class Curvatures:
    """Eigenvalues of the Hessian, or of P^(−½) H P^(−½) where a preconditioner P is given.

    Attributes:
        values: (m,) ascending.
        vectors: (m, n) the eigenvectors as rows.
        complete: whether these are all n of them.
        products: Hessian-vector products that it cost.
        error: how far the top one may be off.
    """

    values: Vector
    vectors: NDArray[np.float64]
    complete: bool
    products: int
    error: float

    @cached_property
    def top(self) -> float:
        """The largest eigenvalue."""
        return float(self.values[-1])

    @cached_property
    def lowest_positive(self) -> float | None:
        """The smallest that is above the rounding of the largest; None where that is not known."""
        positive = self.values[self.values > 1e-12 * max(abs(self.top), abs(self.values[0]))]
        return float(positive[0]) if self.complete and positive.size else None

    @property
    def condition(self) -> float | None:
        """κ, the largest over the smallest positive one."""
        low = self.lowest_positive
        return None if low is None else self.top / low


def steepest_beside(
    evaluator: Evaluator, x: Vector, start: Vector, here: Curvatures
) -> Curvatures:
    """The spectrum with the largest top among `here` and those a little off x, on all sides.

    Where the formula changes AD takes one side: at the minimum of 50 max(w, 0)² + max(−w, 0)² the
    curvature is 0, 2 or 100. A walk that swings about the minimum meets them all.

    Args:
        x: (n,) the point. start: (n,) another, which tells how far off is a little.
    """
    known = [side for side in sides_of(evaluator, x, start, BESIDE) if np.isfinite(side.top)]
    return max([here, *known], key=lambda side: side.top)


def sides_of(evaluator: Evaluator, x: Vector, start: Vector, share: float) -> list[Curvatures]:
    """The spectra on both sides of x (n,), a share of the way to the start off, in some directions.
    """
    away = start - x
    size = float(np.max(np.abs(away))) or max(1.0, float(np.max(np.abs(x))))
    turns = np.random.default_rng(9).choice([-1.0, 1.0], (_SIDES, x.size)) * size
    offsets = share * np.concatenate([away[None], -away[None], turns, -turns])
    return [curvatures(evaluator, x + offset) for offset in offsets]


def curvatures(
    evaluator: Evaluator, x: Vector, preconditioner: Vector | None = None, seed: int = 0
) -> Curvatures:
    """The spectrum at x (n,): whole for small n, else its ends by Lanczos.

    Args:
        preconditioner: the diagonal of P (n,), positive.
        seed: of Lanczos' first vector, which must meet the top eigenvector.
    """
    root = np.ones(x.size) if preconditioner is None else 1.0 / np.sqrt(preconditioner)
    if x.size <= DENSE:
        _, _, hessian = evaluator.derivatives(x)
        scaled = hessian * root[:, None] * root
        if not np.isfinite(scaled).all():
            return Curvatures(np.array([np.nan]), np.zeros((1, x.size)), False, x.size, np.inf)
        with one_blas_thread(x.size):
            values, vectors = np.linalg.eigh(scaled)
        spread = float(np.max(np.abs(values)))
        return Curvatures(values, vectors.T, True, x.size, 8.0 * x.size * 2.0**-52 * spread)

    def product(v: Vector) -> Vector:
        return root * evaluator.hessian_vector(x, root * v)

    start = np.random.default_rng(seed).standard_normal(x.size)
    found = lanczos(product, start, PRODUCTS, ACCURACY, "highest")
    if found.values.size == 0:
        return Curvatures(np.array([np.nan]), np.zeros((1, x.size)), False, 1, np.inf)
    return Curvatures(
        found.values, found.vectors, False, found.products, float(found.residuals[-1])
    )
