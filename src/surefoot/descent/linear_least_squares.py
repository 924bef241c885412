"""Linear least squares by an orthogonal factorisation, never the normal equations.

    minimise ‖A x − b‖²   subject to   lower ≤ x ≤ upper

    A D = Q R             Householder; D powers of two that bring the columns' norms near 1
    R = U S Vᵀ            rank = #{k : S_k > max(m, n) ε S_1}
    x = D V₊ S₊⁻¹ U₊ᵀ Qᵀ b, refined with r: [I A; Aᵀ 0] [r; x] = [b; 0], residuals in twice the
                          precision
    rank < n: the shortest such x; V₀ says which parameters take part

Where the sizes of the rows differ by more than 10⁵ the factorisation is that of
`facts.graded_rows`, whose errors are small against each row and whose rank no weight hides.

Refinement of r and x together (Björck) makes the error that of an exact solution of the given
A and b rounded, where the residual is large too; refining x alone would not.

Source: Å. Björck, "Iterative refinement of linear least squares solutions" (1967); N. J. Higham,
Accuracy and Stability of Numerical Algorithms, 2nd ed., sections 20.2-20.5.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.box_active_set import Face, Mask, minimise_in_box
from surefoot.descent.closed_answer import ClosedForm
from surefoot.descent.null_directions import sparse_basis, unit_rows
from surefoot.descent.symmetric_factor import taking_part, without_part
from surefoot.facts.compensated import residual
from surefoot.facts.graded_rows import factorise_rows, is_affordable, is_graded
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
    factor = factorise_columns(matrix)
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
        way[free] = factorise_columns(matrix[:, free]).solve(left) - x[free]
        return Face(way)

    found = minimise_in_box(x, low, high, slope, face)
    why = "" if found.settled else "the active bounds kept changing"
    answer = replace(_answer(found.x, factor), active=found.active, why=why)
    if why:
        return replace(answer, status=None)
    return _on_face(answer, matrix, ~found.active)


class LeastSquaresFactor(ABC):
    """A factorisation A D = Q T of A (m, n), D powers of two, with Q's columns orthonormal.

    Attributes:
        matrix: A, (m, n).
        scale: D, (n,).
        scaled_null: columns that span the directions that A does not see, in scaled coordinates,
            (n, n − rank).
        rank: numerical rank.
        condition: ratio of the largest to the smallest singular value that counts.
        lowest: the smallest singular value; 0 where the rank is not full.
        method: what was factorised and how.
    """

    matrix: Array
    scale: Array
    scaled_null: Array
    rank: int
    condition: float
    lowest: float
    method: str

    @cached_property
    def null(self) -> Array:
        """The null directions in the parameters' own units, unit rows, as sparse as can be."""
        return unit_rows(sparse_basis(self.scaled_null.T) * self.scale)

    def solve(self, b: Array) -> Array:
        """The minimiser of ‖A x − b‖², refined; the shortest where it is not unique."""
        x = self._along(self._onto(b))
        r = self._beside(b, x)
        last = np.inf
        for _ in range(REFINEMENTS):
            f = residual(np.column_stack([self.matrix, r]), np.append(x, 1.0), b)
            g = residual(self.matrix.T, r, np.zeros(x.size))
            part = self._onto(f) - self._across(g)
            step = self._along(part)
            size = float(np.max(np.abs(step / self.scale), initial=0.0))
            if not size < 0.5 * last:
                break
            x, r, last = x + step, r + f - self._lift(part), size
            if size <= EPS * float(np.max(np.abs(x / self.scale), initial=0.0)):
                break
        return without_part(x, self.scale[:, None] * self.scaled_null)

    def _beside(self, b: Array, x: Array) -> Array:
        """b − A x, to start from, (m,)."""
        return b - self.matrix @ x

    @abstractmethod
    def _onto(self, b: Array) -> Array:
        """Qᵀ b, (rank,)."""

    @abstractmethod
    def _lift(self, part: Array) -> Array:
        """Q part, (m,)."""

    @abstractmethod
    def _along(self, part: Array) -> Array:
        """D T⁺ part, (n,)."""

    @abstractmethod
    def _across(self, g: Array) -> Array:
        """h (rank,) with Tᵀ h = D g."""


def factorise_columns(matrix: Array) -> LeastSquaresFactor:
    """Factorise A (m, n); row by row where their sizes differ much."""
    largest = float(np.max(np.abs(matrix), initial=0.0)) or 1.0
    norms = np.linalg.norm(matrix / largest, axis=0)  # the squares of 10¹⁶⁰ overflow
    scale = np.exp2(-np.round(np.log2(np.where(norms > 0.0, norms, 1.0)) + np.log2(largest)))
    if is_graded(matrix) and is_affordable(matrix):
        return GradedFactor(matrix, scale)
    return OrthogonalFactor(matrix, scale)


class OrthogonalFactor(LeastSquaresFactor):
    """A D = Q R = B S Vᵀ. NumPy alone: loading scipy.linalg costs more than the whole answer.

    rank = #{k : S_k > max(m, n) ε S_1}
    """

    def __init__(self, matrix: Array, scale: Array) -> None:
        q, r = np.linalg.qr(matrix * scale)
        u, s, vt = np.linalg.svd(r)
        floor = max(matrix.shape) * EPS * float(s.max(initial=0.0))
        rank = int(np.count_nonzero(s > floor))
        self.matrix, self.scale, self.rank = matrix, scale, rank
        self.basis, self.singular = q @ u[:, :rank], s[:rank]
        self.right, self.scaled_null = vt[:rank].T, vt[rank:].T
        self.condition = float(s[0] / s[rank - 1]) if rank else 1.0
        self.lowest = float(s[-1]) if rank == matrix.shape[1] and rank else 0.0
        self.method = "QR and singular values, columns scaled"

    def _onto(self, b: Array) -> Array:
        return self.basis.T @ b

    def _lift(self, part: Array) -> Array:
        return self.basis @ part

    def _along(self, part: Array) -> Array:
        return self.scale * (self.right @ (part / self.singular))

    def _across(self, g: Array) -> Array:
        return (self.right.T @ (self.scale * g)) / self.singular


class GradedFactor(LeastSquaresFactor):
    """A D = Q [R₁₁ R₁₂] Pᵀ with errors small against each row (`facts.graded_rows`)."""

    def __init__(self, matrix: Array, scale: Array) -> None:
        self.matrix, self.scale = matrix, scale
        self.rows = factorise_rows(matrix * scale)
        self.rank = rank = self.rows.rank
        null = self.rows.null
        self.scaled_null = np.linalg.qr(null)[0] if null.size else null
        block = self.rows.triangle[:, :rank]
        block = block / np.max(np.abs(block), axis=1, initial=0.0)[:, None]
        s = np.linalg.svd(block, compute_uv=False)
        self.condition = float(s[0] / s[-1]) if rank and s[-1] > 0.0 else 1.0
        self.lowest = float(s[-1]) if rank == matrix.shape[1] and rank else 0.0
        self.method = "QR with pivoting, columns scaled and rows weighed apart"

    def _onto(self, b: Array) -> Array:
        return self.rows.turned(b)[: self.rank]

    def _beside(self, b: Array, x: Array) -> Array:
        # Not b − A x: its rounding in a heavy row would drown the light ones in Aᵀ r.
        left = self.rows.turned(b)
        left[: self.rank] = 0.0
        return self.rows.back(left)

    def _lift(self, part: Array) -> Array:
        return self.rows.back(np.concatenate([part, np.zeros(len(self.matrix) - self.rank)]))

    def _along(self, part: Array) -> Array:
        return self.scale * self.rows.basic(part)

    def _across(self, g: Array) -> Array:
        return self.rows.across(self.scale * g)


def _answer(x: Array, factor: LeastSquaresFactor) -> ClosedForm:
    return ClosedForm(
        x, Status.CONVERGED, factor.rank, factor.condition, factor.null,
        unidentified=taking_part(factor.scaled_null),
        lowest=2.0 * factor.lowest**2,
        method=factor.method,
    )


def _on_face(answer: ClosedForm, matrix: Array, free: Mask) -> ClosedForm:
    """The answer with the null space of the free coordinates, which decides uniqueness."""
    if not free.any() or not answer.null.size:
        return replace(answer, null=np.zeros((0, free.size)), unidentified=())
    part = factorise_columns(matrix[:, free])
    null = np.zeros((part.null.shape[0], free.size))
    null[:, free] = part.null
    places = np.flatnonzero(free)
    names = tuple(int(places[k]) for k in taking_part(part.scaled_null))
    return replace(answer, null=null, unidentified=names)
