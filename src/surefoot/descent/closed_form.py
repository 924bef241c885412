"""Quadratics in closed form: one factorisation, no iteration, no compile.

    minimise f(x) = ½ xᵀH x + gᵀx + c   subject to   lower ≤ x ≤ upper

    S = D H D with D powers of two that bring the diagonal near 1   (exact, and free of units)
    S = V Λ Vᵀ            (up to 200 variables; above by Cholesky where S is clearly definite)
    λ_min < 0             → unbounded along D v_min, checked on H itself
    λ_i = 0, v_iᵀD g ≠ 0  → unbounded along the slope in the null space, checked
    else                  → x = −D V Λ⁺ Vᵀ D g, refined; the shortest such x where it is not unique

Refinement computes H x + g in twice the precision until the gradient is within its own rounding
width. With bounds a convex H goes to the active-set walk of `box_active_set`.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., chapters 7 and 12.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.box_active_set import Face, Mask, minimise_in_box
from surefoot.descent.closed_answer import ClosedForm
from surefoot.descent.linear_least_squares import solve_linear_least_squares
from surefoot.descent.symmetric_factor import Factor, factorise
from surefoot.facts.compensated import residual
from surefoot.terms import Status

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
REFINEMENTS = 6

__all__ = ["ClosedForm", "solve_linear_least_squares", "solve_quadratic"]


def solve_quadratic(
    hessian: Any, gradient: Array, lower: Array | None = None, upper: Array | None = None
) -> ClosedForm:
    """Minimise ½ xᵀH x + gᵀx over lower ≤ x ≤ upper.

    Args:
        hessian: H (n, n), symmetric up to rounding: NumPy, or scipy.sparse for large ones.
        gradient: g (n,), the gradient at 0.
        lower, upper: bounds, (n,), infinite (or None) where there are none.

    Returns:
        the answer. `status` is None for an indefinite H in a box (many local minima; an engine
        has to look), and for a large sparse H that is not clearly positive definite.
    """
    n = gradient.size
    low = np.full(n, -np.inf) if lower is None else lower
    high = np.full(n, np.inf) if upper is None else upper
    if not isinstance(hessian, np.ndarray):
        from surefoot.descent.sparse_quadratic import solve_sparse_quadratic

        return solve_sparse_quadratic(hessian, gradient, low, high)
    matrix = 0.5 * (hessian + hessian.T)
    quadratic = _Quadratic(matrix, gradient, factorise(matrix))
    if quadratic.factor.is_indefinite:
        return quadratic.indefinite(low, high)
    x, ray = quadratic.minimiser()
    if bool(np.isinf(low).all() and np.isinf(high).all()):
        return quadratic.answer(x, ray)
    if ray is None and bool(np.all((x >= low) & (x <= high))):
        return quadratic.answer(x, None)
    return quadratic.in_box(x, low, high)


@dataclass(frozen=True)
class _Quadratic:
    matrix: Array
    g: Array
    factor: Factor

    def gradient(self, x: Array) -> tuple[Array, Array]:
        """H x + g in twice the precision, and its rounding width by the rounding of x and g."""
        width = 2 * EPS * (np.abs(self.matrix) @ np.abs(x) + np.abs(self.g))
        return -residual(self.matrix, x, -self.g), width

    def minimiser(self) -> tuple[Array, Array | None]:
        """The stationary point, refined, and a direction where a slope is left without end."""
        ray = self.factor.endless_slope(self.g)
        x = self.factor.solve(-self.g)
        last = np.inf
        for _ in range(REFINEMENTS):
            gradient, width = self.gradient(x)
            step = self.factor.solve(-gradient)
            size = float(np.max(np.abs(step) / self.factor.scale, initial=0.0))
            if not size < 0.5 * last or bool(np.all(np.abs(gradient) <= 0.25 * width)):
                break
            x, last = x + step, size
        return self.factor.shortest(x), ray

    def answer(
        self, x: Array, direction: Array | None, active: Mask | None = None, why: str = "",
        closed: bool = True,
    ) -> ClosedForm:
        factor = self.factor
        status = Status.UNBOUNDED if direction is not None else Status.CONVERGED
        return ClosedForm(
            x, status if closed else None, factor.rank, factor.condition, factor.null, direction,
            factor.unidentified, factor.lowest, active, factor.method, why,
        )

    def indefinite(self, lower: Array, upper: Array) -> ClosedForm:
        """Unbounded along a checked direction of the coordinates without bounds, else no answer."""
        free = np.isinf(lower) & np.isinf(upper)
        x, _ = self.minimiser()
        direction = _escape(self.matrix, self.g, free) if free.any() else None
        if direction is not None:
            return self.answer(x, direction)
        x = np.clip(x, lower, upper)
        why = "the quadratic bends away from what is sought and has bounds: each corner may be best"
        if free.all():
            why = "the quadratic bends away from what is sought by no more than rounding"
        return self.answer(x, None, why=why, closed=False)

    def in_box(self, start: Array, lower: Array, upper: Array) -> ClosedForm:
        """The minimiser on the box of a convex quadratic."""

        def face(x: Array, free: Mask) -> Face:
            part = factorise(self.matrix[np.ix_(free, free)])
            gradient, width = self.gradient(x)
            slope = np.where(np.abs(gradient) > width, gradient, 0.0)[free]
            ray = part.endless_slope(slope)
            way = np.zeros(x.size)
            way[free] = part.solve(-gradient[free]) if ray is None else ray
            return Face(way) if ray is None else Face(way, way)

        found = minimise_in_box(start, lower, upper, self.gradient, face)
        x = found.x
        if found.ray is not None:
            return self.answer(x, found.ray / np.max(np.abs(found.ray)), found.active)
        why = "" if found.settled else "the active bounds kept changing"
        answer = self.answer(x, None, found.active, why, found.settled)
        return _on_face(answer, self.matrix, found.active)


def _on_face(answer: ClosedForm, matrix: Array, active: Mask) -> ClosedForm:
    """The answer with the null space of the free coordinates, which decides uniqueness."""
    free = ~active
    if not free.any() or not answer.null.size:
        return replace(answer, null=np.zeros((0, active.size)), unidentified=())
    part = factorise(matrix[np.ix_(free, free)])
    null = np.zeros((part.null.shape[0], active.size))
    null[:, free] = part.null
    places = np.flatnonzero(free)
    names = tuple(int(places[k]) for k in part.unidentified)
    return replace(answer, null=null, unidentified=names)


def _escape(matrix: Array, g: Array, free: Mask) -> Array | None:
    """A direction d of the free coordinates with dᵀH d < 0 beyond rounding, downhill at 0."""
    part = factorise(matrix[np.ix_(free, free)])
    if not part.is_indefinite:
        return None
    d = np.zeros(g.size)
    d[free] = part.lowest_direction
    bend = float(d @ (matrix @ d))
    width = 4 * d.size * EPS * float(np.abs(d) @ (np.abs(matrix) @ np.abs(d)))
    if not bend < -width:
        return None
    return 0.0 - d if float(g @ d) > 0.0 else d
