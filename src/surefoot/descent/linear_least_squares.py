"""Linear least squares by an orthogonal factorisation, never the normal equations.

    minimise ‖A x − b‖²   subject to   lower ≤ x ≤ upper

    A D = Q R             Householder; D powers of two that bring the columns' norms near 1
    R = U S Vᵀ            rank = #{k : S_k > max(m, n) ε S_1}
    x = D V₊ S₊⁻¹ U₊ᵀ Qᵀ b, refined with r: [I A; Aᵀ 0] [r; x] = [b; 0], residuals in twice the
                          precision
    rank < n: the shortest such x; V₀ says which parameters take part

Refinement of r and x together (Björck) makes the error that of an exact solution of the given
A and b rounded, where the residual is large too; refining x alone would not.

Source: Å. Björck, "Iterative refinement of linear least squares solutions" (1967); N. J. Higham,
Accuracy and Stability of Numerical Algorithms, 2nd ed., sections 20.2-20.5.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.box_active_set import Face, Mask, minimise_in_box
from surefoot.descent.closed_answer import ClosedForm
from surefoot.descent.compensated import residual
from surefoot.descent.null_directions import sparse_basis, unit_rows
from surefoot.descent.symmetric_factor import taking_part, without_part
from surefoot.terms import Status

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
REFINEMENTS = 8
DENSE_LIMIT = 20_000_000


def solve_linear_least_squares(
    matrix: Any, b: Array, lower: Array | None = None, upper: Array | None = None
) -> ClosedForm:
    """Minimise ‖A x − b‖² over lower ≤ x ≤ upper.

    Args:
        matrix: A (m, n), NumPy or scipy.sparse, any m and n.
        b: (m,).
        lower, upper: bounds, (n,), infinite (or None) where there are none.

    Returns:
        the answer. `status` is None only for a sparse A too large to factorise here.
    """
    rows, n = matrix.shape
    if not isinstance(matrix, np.ndarray):
        if rows * n > DENSE_LIMIT:
            why = f"the matrix has {rows} × {n} entries, too many to factorise densely"
            return ClosedForm(np.zeros(n), None, 0, np.nan, np.zeros((0, n)), why=why)
        matrix = matrix.toarray()
    low = np.full(n, -np.inf) if lower is None else lower
    high = np.full(n, np.inf) if upper is None else upper
    factor = OrthogonalFactor.build(matrix)
    x = factor.solve(b)
    if bool(np.all((x >= low) & (x <= high))):
        return _answer(x, factor)

    def slope(x: Array) -> tuple[Array, Array]:
        r = residual(matrix, x, b)
        size = np.abs(matrix)
        width = 4 * EPS * (size.T @ (size @ np.abs(x) + np.abs(b)))
        return 2.0 * residual(matrix.T, r, np.zeros(n)), width

    def face(x: Array, free: Mask) -> Face:
        way = np.zeros(n)
        left = b - matrix[:, ~free] @ x[~free]
        way[free] = OrthogonalFactor.build(matrix[:, free]).solve(left) - x[free]
        return Face(way)

    found = minimise_in_box(x, low, high, slope, face)
    why = "" if found.settled else "the active bounds kept changing"
    answer = replace(_answer(found.x, factor), active=found.active, why=why)
    if why:
        return replace(answer, status=None)
    return _on_face(answer, matrix, ~found.active)


@dataclass(frozen=True, eq=False)
class OrthogonalFactor:
    """A D = Q R = B S Vᵀ. NumPy alone: loading scipy.linalg costs more than the whole answer.

    Attributes:
        matrix: A, (m, n).
        scale: D, (n,).
        basis: B = Q U, the columns of the rank, (m, rank).
        singular: S, those above rounding, (rank,).
        right: V, their directions, (n, rank).
        scaled_null: V₀, the directions that A does not see, in scaled coordinates, (n, n − rank).
    """

    matrix: Array
    scale: Array
    basis: Array
    singular: Array
    right: Array
    scaled_null: Array

    @classmethod
    def build(cls, matrix: Array) -> "OrthogonalFactor":
        """Factorise A (m, n)."""
        norms = np.linalg.norm(matrix, axis=0)
        scale = np.exp2(-np.round(np.log2(np.where(norms > 0.0, norms, 1.0))))
        q, r = np.linalg.qr(matrix * scale)
        u, s, vt = np.linalg.svd(r)
        floor = max(matrix.shape) * EPS * float(s.max(initial=0.0))
        rank = int(np.count_nonzero(s > floor))
        return cls(matrix, scale, q @ u[:, :rank], s[:rank], vt[:rank].T, vt[rank:].T)

    @property
    def rank(self) -> int:
        """Numerical rank."""
        return self.singular.size

    @cached_property
    def null(self) -> Array:
        """V₀ in the parameters' own units, unit rows, as sparse as elimination gives."""
        return unit_rows(sparse_basis(self.scaled_null.T) * self.scale)

    def solve(self, b: Array) -> Array:
        """The minimiser of ‖A x − b‖², refined; the shortest where it is not unique."""
        x = self._along(self.basis.T @ b)
        r = b - self.matrix @ x
        last = np.inf
        for _ in range(REFINEMENTS):
            f = residual(np.column_stack([self.matrix, r]), np.append(x, 1.0), b)
            g = residual(self.matrix.T, r, np.zeros(x.size))
            part = self.basis.T @ f - (self.right.T @ (self.scale * g)) / self.singular
            step = self._along(part)
            size = float(np.max(np.abs(step / self.scale), initial=0.0))
            if not size < 0.5 * last:
                break
            x, r, last = x + step, r + f - self.basis @ part, size
            if size <= EPS * float(np.max(np.abs(x / self.scale), initial=0.0)):
                break
        return without_part(x, self.scale[:, None] * self.scaled_null)

    def _along(self, part: Array) -> Array:
        return self.scale * (self.right @ (part / self.singular))


def _answer(x: Array, factor: OrthogonalFactor) -> ClosedForm:
    s = factor.singular
    full = factor.rank == x.size
    return ClosedForm(
        x, Status.CONVERGED, factor.rank, float(s[0] / s[-1]) if s.size else 1.0, factor.null,
        unidentified=taking_part(factor.scaled_null),
        lowest=2.0 * float(s[-1]) ** 2 if full and s.size else 0.0,
        method="QR and singular values, columns scaled",
    )


def _on_face(answer: ClosedForm, matrix: Array, free: Mask) -> ClosedForm:
    """The answer with the null space of the free coordinates, which decides uniqueness."""
    if not free.any() or not answer.null.size:
        return replace(answer, null=np.zeros((0, free.size)), unidentified=())
    part = OrthogonalFactor.build(matrix[:, free])
    null = np.zeros((part.null.shape[0], free.size))
    null[:, free] = part.null
    places = np.flatnonzero(free)
    names = tuple(int(places[k]) for k in taking_part(part.scaled_null))
    return replace(answer, null=null, unidentified=names)
