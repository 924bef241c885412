"""Standard forms: a program of degree ≤ 2 as a quadratic, a sum of squares, or an affine map."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.facts.coefficients import DENSE_LIMIT, Coefficients, TooLargeError
from surefoot.facts.expansion import expand
from surefoot.facts.polynomial import NotQuadraticError, Poly
from surefoot.facts.squares import Below, below
from surefoot.program import Program

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AffineForm:
    """r(x) = A x + b.

    Attributes:
        matrix: A (m, n), a NumPy array or scipy.sparse CSR above 4 million entries.
        offset: b (m,).
        notes: roundings in the program that the form does not have.
    """

    matrix: Any
    offset: Floats
    notes: tuple[str, ...] = ()

    def value(self, x: Floats) -> Floats:
        """A x + b, (m,)."""
        return np.asarray(self.matrix @ x) + self.offset


@dataclass(frozen=True, eq=False)
class Terms:
    """Σ_t weight_t (a_t·x + α_t)(b_t·x + β_t): what the squared part of a form consists of."""

    weight: Floats
    left: Coefficients
    left_offset: Floats
    right: Coefficients
    right_offset: Floats
    ratio: Floats | None
    """(terms,) factors k with (b, β) = k (a, α) where both sides of every term are parallel."""


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """f(x) = constant + gradient_at_zeroᵀ x + ½ xᵀ H x, with the products it came from.

    The coefficients are those of the program's own steps; no point was probed.

    Attributes:
        size: n.
        linear: (n,) coefficients that stand outside of all products.
        offset: the number that stands outside of all products.
        terms: the products, empty for an affine function.
        notes: roundings in the program that the form does not have.
    """

    size: int
    linear: Floats
    offset: float
    terms: tuple[Terms, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def is_affine(self) -> bool:
        """Whether there is no quadratic part."""
        return not self.terms

    @cached_property
    def constant(self) -> float:
        """f(0)."""
        return self.offset + sum(
            float(np.sum(t.weight * t.left_offset * t.right_offset)) for t in self.terms
        )

    @cached_property
    def gradient_at_zero(self) -> Floats:
        """∇f(0) = g + Σ w (β a + α b), (n,)."""
        total = self.linear.astype(float)
        for t in self.terms:
            total = total + t.left.combine(t.weight * t.right_offset)
            total = total + t.right.combine(t.weight * t.left_offset)
        return total

    @cached_property
    def hessian(self) -> Any:
        """H = Σ w (a bᵀ + b aᵀ), (n, n): NumPy, or CSR above 4 million entries; symmetric."""
        if self.size * self.size <= DENSE_LIMIT:
            total: Any = np.zeros((self.size, self.size))
            for t in self.terms:
                total += _outer_sum(t)
            return total
        from scipy import sparse

        total = sparse.csr_array((self.size, self.size))
        for t in self.terms:
            left, right = t.left.sparse(), t.right.sparse()
            half = left.T @ sparse.diags_array(t.weight) @ right
            total = total + half + half.T
        return sparse.csr_array(total)

    def gradient(self, x: Floats) -> Floats:
        """H x + ∇f(0), (n,)."""
        return np.asarray(self.hessian @ x) + self.gradient_at_zero

    def value(self, x: Floats) -> float:
        """f(x), from the products: sums of squares keep their sign however they cancel."""
        total = self.offset + float(self.linear @ x)
        for t in self.terms:
            left = np.asarray(t.left.plain() @ x) + t.left_offset
            right = np.asarray(t.right.plain() @ x) + t.right_offset
            total += float(np.sum(t.weight * left * right))
        return total

    @classmethod
    def sum_of_squares(cls, residual: AffineForm) -> "QuadraticForm":
        """The form of Σ rᵢ² for affine residuals."""
        rows, size = residual.matrix.shape
        left, ones = Coefficients.of(residual.matrix), np.ones(rows)
        terms = Terms(ones, left, residual.offset, left, residual.offset, ones)
        return cls(size, np.zeros(size), 0.0, (terms,), residual.notes)

    def negated(self) -> "QuadraticForm":
        """The form of −f."""
        terms = tuple(
            Terms(-t.weight, t.left, t.left_offset, t.right, t.right_offset, t.ratio)
            for t in self.terms
        )
        return QuadraticForm(self.size, -self.linear, -self.offset, terms, self.notes)

    # ── sums of squares ───────────────────────────────────────────────────────────────────────

    @cached_property
    def is_least_squares(self) -> bool:
        """Whether f is a constant plus squares with weights > 0, and nothing else."""
        return (
            bool(self.terms)
            and not np.any(self.linear)
            and all(
                t.ratio is not None and bool(np.all(t.weight * t.ratio >= 0)) for t in self.terms
            )
        )

    @cached_property
    def residual_weights(self) -> Floats:
        """(m,) weights w > 0 with f = Σ wᵢ (Ãx − b̃)ᵢ² + residual_constant, see `rows`."""
        assert self.is_least_squares, "asked of sums of squares only"
        return np.concatenate([t.weight * np.asarray(t.ratio) for t in self.terms])

    @cached_property
    def rows(self) -> tuple[Any, Floats]:
        """Ã (m, n) and b̃ (m,) as the program has them, before weighting."""
        assert self.is_least_squares, "asked of sums of squares only"
        matrix = Coefficients.concatenate([t.left for t in self.terms])
        return matrix.plain(), -np.concatenate([t.left_offset for t in self.terms])

    @cached_property
    def residual_matrix(self) -> Any:
        """A (m, n) with f(x) = ‖A x − residual_offset‖² + residual_constant; NumPy or CSR."""
        matrix, _ = self.rows
        root = np.sqrt(self.residual_weights)
        if np.all(root == 1.0):
            return matrix
        if isinstance(matrix, np.ndarray):
            return matrix * root[:, None]
        from scipy import sparse

        return sparse.csr_array(sparse.diags_array(root) @ matrix)

    @cached_property
    def residual_offset(self) -> Floats:
        """b (m,) with f(x) = ‖A x − b‖² + residual_constant."""
        return self.rows[1] * np.sqrt(self.residual_weights)

    def below(self, x: Floats, free: NDArray[np.bool_]) -> Below | None:
        """How much lower a sum of squares could be than at x (n,), and the way there.

        Args:
            free: (n,) the coordinates that may move.

        Returns:
            None where the matrix is too large to tell.
        """
        matrix, offset = self.rows
        found = below(matrix, offset, self.residual_weights, x, free)
        return None if found is None else replace(found, value=found.value + self.offset)

    def residual_rounding(self, x: Floats) -> float:
        """‖δ‖, δᵢ = 2ε √wᵢ (|Ã| |x| + |b̃|)ᵢ: what rounding can do to the residuals at x."""
        matrix, offset = self.rows
        size = np.asarray(abs(matrix) @ np.abs(x)) + np.abs(offset)
        with np.errstate(over="ignore"):
            return 2.0**-51 * float(np.linalg.norm(np.sqrt(self.residual_weights) * size))

    @property
    def residual_constant(self) -> float:
        """What stands beside the squares; f is at least this."""
        return self.offset


def _outer_sum(t: Terms) -> Floats:
    """Σ w (a bᵀ + b aᵀ), symmetric to the last bit."""
    size = t.left.shape[1]
    if t.left.index is not None and t.right.index is not None:
        half = np.zeros((size, size))
        kept = (t.left.index >= 0) & (t.right.index >= 0)
        weights = t.weight * np.asarray(t.left.weight) * np.asarray(t.right.weight)
        np.add.at(half, (t.left.index[kept], t.right.index[kept]), weights[kept])
        return half + half.T
    if t.left.shape[0] * size > DENSE_LIMIT and not (t.left.is_dense and t.right.is_dense):
        from scipy import sparse

        half = (t.left.sparse().T @ sparse.diags_array(t.weight) @ t.right.sparse()).toarray()
        return half + half.T
    left = t.left.dense()
    if t.ratio is not None:
        weights = t.weight * t.ratio
        product = 2.0 * (left.T @ (left * weights[:, None]))
        return 0.5 * (product + product.T)
    half = left.T @ (t.right.dense() * t.weight[:, None])
    return half + half.T


def _ratio(left: Coefficients, left_offset: Floats, right: Coefficients, right_offset: Floats,
           same: bool) -> Floats | None:  # fmt: skip
    """k (terms,) with (b, β) = k (a, α) exactly, or None."""
    if same:
        return np.ones(len(left_offset))
    if left.index is not None and right.index is not None:
        if not np.array_equal(left.index, right.index):
            return None
        a, b = np.asarray(left.weight), np.asarray(right.weight)
    elif left.shape[0] * left.shape[1] <= DENSE_LIMIT:
        one, two = left.dense(), right.dense()
        rows, pivot = np.arange(len(one)), np.argmax(np.abs(one), axis=1)
        a, b = one[rows, pivot], two[rows, pivot]
        if np.any(a == 0) or not np.array_equal(one * (b / a)[:, None], two):
            return None
    else:
        return None
    if np.any(a == 0):
        return None
    k = b / a
    return k if np.array_equal(left_offset * k, right_offset) and np.all(k != 0) else None


def _terms(poly: Poly) -> tuple[Terms, ...]:
    found: list[Terms] = []
    for weights, products in poly.pieces:
        weight = weights.combine(np.ones(1))
        kept = np.nonzero(weight)[0]
        if not len(kept):
            continue
        same = products.squares
        left, left_offset = products.left, products.left_offset
        right, right_offset = products.right, products.right_offset
        if len(kept) < len(weight):
            weight = weight[kept]
            left, left_offset = left.take(kept), left_offset[kept]
            right, right_offset = (
                (left, left_offset) if same else (right.take(kept), right_offset[kept])
            )
        ratio = _ratio(left, left_offset, right, right_offset, same)
        found.append(Terms(weight, left, left_offset, right, right_offset, ratio))
    return tuple(found)


def read_quadratic(program: Program) -> QuadraticForm | str:
    """The form of a program with one scalar output, or the reason why there is none."""
    if not program.is_scalar:
        return "the function does not return one number"
    try:
        outputs, notes = expand(program)
    except (NotQuadraticError, TooLargeError) as reason:
        return str(reason)
    poly = outputs[0]
    linear = poly.linear.combine(np.ones(1))
    form = QuadraticForm(
        program.structure.size, linear, float(poly.offset[0]), _terms(poly), notes
    )
    if not _finite(form):
        return "a coefficient is not finite"
    return form


def _finite(form: QuadraticForm) -> bool:
    numbers = [np.array([form.offset]), form.linear]
    for t in form.terms:
        numbers += [t.weight, t.left_offset, t.right_offset]
        for rows in (t.left, t.right):
            entries: Any = rows.weight if rows.index is not None else rows.matrix
            numbers.append(entries if isinstance(entries, np.ndarray) else entries.data)
    return all(bool(np.all(np.isfinite(part))) for part in numbers)


def quadratic_form(program: Program) -> QuadraticForm | None:
    """f(x) = c + gᵀx + Σ_t w_t (a_t·x + α_t)(b_t·x + β_t), read off the program.

    No compile, and no probing: the coefficients are followed through the program's steps in
    float64, so they do not depend on where the minimum lies.

    Returns:
        the form, or None where a step leads out of degree 2 or is not followed
        (`read_quadratic` tells which), or a coefficient is NaN or infinite.
    """
    form = read_quadratic(program)
    return None if isinstance(form, str) else form


def affine_form(program: Program) -> AffineForm | None:
    """r(x) = A x + b of a program of degree ≤ 1; all outputs raveled and laid end to end."""
    try:
        outputs, notes = expand(program)
    except (NotQuadraticError, TooLargeError):
        return None
    if not outputs or any(_curved(poly) for poly in outputs):
        return None
    linear = Coefficients.concatenate([poly.linear for poly in outputs])
    offset = np.concatenate([poly.offset for poly in outputs])
    matrix = linear.plain()
    entries = matrix if isinstance(matrix, np.ndarray) else matrix.data
    if not (np.all(np.isfinite(entries)) and np.all(np.isfinite(offset))):
        return None
    return AffineForm(matrix, offset, notes)


def _curved(poly: Poly) -> bool:
    return any(not weights.is_zero for weights, _ in poly.pieces)
