"""Trust-region Newton with a sparse exact Hessian: many variables, each tied to a few others."""

from math import inf
from typing import Any, Protocol, runtime_checkable

import numpy as np

from surefoot.descent.bounds import Mask
from surefoot.descent.newton_cg import Inner, NewtonCG, NewtonCGState, Product, conjugate_gradients
from surefoot.descent.sparse_factor import Solve, positive_factor
from surefoot.descent.steps import Vector, norm

TRIALS = 12
CLOSE = 0.1


@runtime_checkable
class ProductsOracle(Protocol):
    """What sparse Newton needs to know of f."""

    size: int

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]: ...
    def hessian_products(self, x: Vector, directions: Vector) -> Vector: ...


@runtime_checkable
class Compressed(Protocol):
    """How a sparse Hessian is read from its products with the rows of `seeds` (c, n)."""

    seeds: Vector

    @property
    def bandwidth(self) -> int: ...
    def entries(self, products: Vector, /) -> Vector: ...
    def matrix(self, entries: Vector, /) -> Any: ...


class SparseNewton(NewtonCG):
    """Minimise f over a box by a trust region with an exact sparse Hessian.

    H comes out of as many Hessian-vector products as its pattern has colours (`Compression`).
    Then as in `newton-cg`, but the step is the minimiser of the model in the region:

        (H + σI)p = −g,   σ ≥ 0,   ‖p‖ ≤ radius,   σ(radius − ‖p‖) = 0

    with σ found by Newton's method on 1/‖p(σ)‖ from sparse factorisations, safeguarded between the
    bounds of Gershgorin, to 10 % of the radius (Moré and Sorensen, SIAM J. Sci. Stat. Comput. 4,
    1983; Conn, Gould and Toint, Trust-Region Methods, §7.3). Where no σ is found quickly (the hard
    case) truncated conjugate gradients on H take over for the step; they follow negative
    curvature.

    Args:
        oracle: gives `value_and_gradient(x)` and `hessian_products(x, (c, n))`.
        lower, upper: (n,) bounds, honoured at every evaluation.
        tol: see `ratio.level`.
        compression: the vectors whose products hold H, and how H is read from them.
    """

    name = "sparse-newton"

    def __init__(
        self,
        oracle: ProductsOracle,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        compression: Compressed,
        tol: float = 1e-9,
    ) -> None:
        super().__init__(_OneProduct(oracle), lower, upper, tol=tol)
        self._whole = oracle
        self._compression = compression
        self._at: Vector | None = None
        self._matrix: Any = None

    def _hessian(self, x: Vector) -> Any:
        """H at x, kept for as long as the run stays there."""
        if self._at is not x:
            products = self._whole.hessian_products(x, self._compression.seeds)
            self._matrix = self._compression.matrix(self._compression.entries(products))
            self._at = x
        return self._matrix

    def _product(self, x: Vector, free: Mask) -> Product:
        matrix = self._hessian(x)

        def product(v: Vector) -> Vector:
            return np.where(free, matrix @ v, 0.0)

        return product

    def _step(self, state: NewtonCGState, free: Mask, down: Vector, wanted: float) -> Inner:
        matrix = self._hessian(state.x)
        if bool(np.all(np.isfinite(matrix.data))):
            found = self._exact(matrix, free, down, state.radius)
            if found is not None:
                return found
        return conjugate_gradients(self._product(state.x, free), down, state.radius, wanted)

    def _exact(self, matrix: Any, free: Mask, down: Vector, radius: float) -> Inner | None:
        """The minimiser of the model in the region; None where σ is not found quickly."""
        steep = norm(down)
        if steep == 0.0:
            return None
        diagonal = np.asarray(matrix.diagonal())
        bound = float(np.max(np.asarray(abs(matrix).sum(axis=0)), initial=0.0))
        lower = max(0.0, -float(np.min(diagonal[free])), steep / radius - bound)
        upper = max(steep / radius + bound, lower)
        sigma = lower
        stiffness = float(np.max(np.abs(diagonal), initial=0.0))
        for _ in range(TRIALS):
            solve = positive_factor(matrix, self._compression.bandwidth, free, sigma)
            if solve is None:
                lower = max(lower, sigma)
                sigma = max((lower * upper) ** 0.5, lower + 0.01 * (upper - lower))
                continue
            step, length = _refined(matrix, free, solve, down, sigma)
            if not 0.0 < length < inf:
                return None
            interior = sigma == 0.0 and length <= radius
            if interior or abs(length - radius) <= CLOSE * radius:
                bent = np.where(free, matrix @ step, 0.0)
                fall = float(down @ step) - 0.5 * float(step @ bent)
                negative = bool(step @ bent < 0.0)
                return Inner(step, max(0.0, fall), interior, negative, stiffness)
            if length > radius:
                lower = max(lower, sigma)
            else:
                upper = min(upper, sigma)
            slide = float(step @ solve(step))
            sigma += length * length / slide * (length - radius) / radius if slide > 0.0 else inf
            if not lower < sigma < upper:
                sigma = max((lower * upper) ** 0.5, lower + 0.01 * (upper - lower))
        return None


def _refined(
    matrix: Any, free: Mask, solve: Solve, down: Vector, sigma: float
) -> tuple[Vector, float]:
    """The solution of (H + σI)p = −g, refined once, and its length."""
    step = solve(down)
    missing = np.where(free, down - (matrix @ step + sigma * step), 0.0)
    better = step + solve(missing)
    if np.all(np.isfinite(better)):
        step = better
    return step, norm(step)


class _OneProduct:
    """The oracle as `newton-cg` asks it: products one at a time."""

    def __init__(self, oracle: ProductsOracle) -> None:
        self.size = oracle.size
        self.value_and_gradient = oracle.value_and_gradient
        self._oracle = oracle

    def hessian_vector(self, x: Vector, v: Vector) -> Vector:
        return self._oracle.hessian_products(x, v[None, :])[0]
