"""Trust-region Newton from Hessian-vector products: for many variables."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite, sqrt
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.bounds import Mask, held, projected_gradient
from surefoot.descent.lanczos_bottom import lowest_curvature
from surefoot.descent.ratio import level, next_radius, ran_away, ratio
from surefoot.descent.steps import Step, Vector, norm
from surefoot.descent.trust_region import EPS
from surefoot.terms import Status

ACCEPT = 1e-4
STRICTER = 1e-5
MOST_PRODUCTS = 500
POLISH_STEPS = 8
ESCAPES = 5
HALVINGS = 30

Product = Callable[[Vector], Vector]


@runtime_checkable
class ProductOracle(Protocol):
    """What Newton-CG needs to know of f."""

    size: int

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]: ...
    def hessian_vector(self, x: Vector, v: Vector) -> Vector: ...


@dataclass(frozen=True)
class NewtonCGState:
    """Where a Newton-CG run is; the fields are those of `NewtonState`.

    `stiffness` is the largest curvature met along a direction, `escapes` counts how often
    negative curvature was looked for where the gradient vanishes.
    """

    x: Vector
    value: float
    status: Status | None
    gradient: Vector
    gradient_norm: float
    radius: float
    first_value: float
    first_norm: float
    extent: float
    stiffness: float = 0.0
    refused: bool = False
    polished: int = 0
    escapes: int = 0
    direction: Vector | None = None


@dataclass(frozen=True, slots=True)
class Inner:
    """What the inner iteration found: p, its promised decrease, and why it ended."""

    step: Vector
    decrease: float
    interior: bool
    negative: bool
    stiffness: float


class NewtonCG:
    """Minimise f over a box by truncated Newton steps that need only products Hv.

    Each step: (1) conjugate gradients on Hp = −g among the free variables, ended at the residual
    min(½, √(‖g‖/‖g₀‖))·‖g‖, at the edge of the region, or at negative curvature, which is then
    followed to the edge (Steihaug, SIAM J. Numer. Anal. 20, 1983; Toint 1981); (2) the step is
    projected onto the box, shortened until the model falls enough, and replaced by the projected
    gradient step where that promises more; (3) ratio test and region as in `newton`.

    Where the gradient vanishes the lowest curvature is estimated by Lanczos, and a negative one is
    followed, so a saddle or maximum is left.

    Args:
        oracle: gives `value_and_gradient(x)` and `hessian_vector(x, v)`.
        lower, upper: (n,) bounds, honoured at every evaluation.
        tol: see `ratio.level`.
    """

    name = "newton-cg"

    def __init__(
        self,
        oracle: ProductOracle,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        tol: float = 1e-9,
    ) -> None:
        self.lower = np.full(oracle.size, -inf) if lower is None else lower
        self.upper = np.full(oracle.size, inf) if upper is None else upper
        self._oracle = oracle
        self._tol = tol

    def start(self, x0: Vector) -> NewtonCGState:
        """Evaluate at x0; the first region reaches to the Cauchy point."""
        value, gradient = self._oracle.value_and_gradient(x0)
        steep = self._slope(x0, gradient)
        state = NewtonCGState(x0, value, None, gradient, steep, 1.0, value, steep, 0.0)
        if value == -inf:
            return replace(state, status=Status.DIVERGED)
        if not (isfinite(value) and np.isfinite(gradient).all()):
            return replace(state, status=Status.NOT_A_NUMBER)
        length = norm(x0)
        radius = 0.1 * length or 1.0
        if steep > 0.0:
            down = projected_gradient(x0, gradient, self.lower, self.upper) / steep
            bend = abs(float(down @ self._oracle.hessian_vector(x0, down)))
            radius = steep / bend if bend > 0.0 and isfinite(bend) else radius
        return replace(state, radius=radius, extent=max(length, radius))

    def advance(self, state: NewtonCGState, budget: int) -> tuple[NewtonCGState, list[Step]]:
        """At most `budget` trials; one that is turned down is a step of size 0."""
        steps: list[Step] = []
        with np.errstate(all="ignore"):
            while len(steps) < budget and state.status is None:
                inner = self._inner(state)
                state = replace(state, stiffness=max(state.stiffness, inner.stiffness))
                enough = level(STRICTER * self._tol, state.value, state.first_value)
                settled = inner.interior and inner.decrease <= enough
                if settled and (inner.decrease == 0.0 or state.polished >= POLISH_STEPS):
                    state = self._escape_or_end(state)
                elif state.radius <= EPS * norm(state.x) or inner.decrease == 0.0:
                    state = replace(state, status=Status.STALLED)
                else:
                    state, step = self._trial(state, inner, settled)
                    steps.append(step)
        return state, steps

    def _trial(
        self, state: NewtonCGState, inner: Inner, settled: bool
    ) -> tuple[NewtonCGState, Step]:
        x = np.clip(state.x + inner.step, self.lower, self.upper)
        size = norm(inner.step)
        value, gradient = self._oracle.value_and_gradient(x)
        if value == -inf:
            state = replace(state, status=Status.DIVERGED, direction=inner.step)
            return state, _at(state, "no floor")
        if not (isfinite(value) and np.isfinite(gradient).all()):
            return replace(state, radius=0.1 * size), _at(state, "not finite: shrunk")
        steep = self._slope(x, gradient)
        share = ratio(state.value, value, state.gradient, gradient, x - state.x, inner.decrease)
        good = share > ACCEPT
        if settled and not (good and steep < 0.5 * state.gradient_norm):
            # The last polish step: it is kept if it helped at all, and nothing follows.
            state = replace(state, polished=POLISH_STEPS)
            good = good and steep < state.gradient_norm
        else:
            radius = next_radius(state.radius, size, share, inner.interior, state.refused)
            state = replace(state, radius=radius, refused=not good)
        if not good:
            return state, _at(state, "turned down")
        polished = state.polished + 1 if settled else 0
        state = replace(
            state, x=x, value=value, gradient=gradient, gradient_norm=steep, polished=polished
        )
        if ran_away(x, value, state.extent, state.first_value):
            state = replace(state, status=Status.DIVERGED, direction=inner.step)
        note = "negative curvature" if inner.negative else "newton-cg"
        return state, _at(state, note, size)

    def _inner(self, state: NewtonCGState) -> Inner:
        """The step inside region and box, with the decrease that the model promises."""
        free = ~held(state.x, state.gradient, self.lower, self.upper)
        down = np.where(free, -state.gradient, 0.0)
        wanted = min(0.5, sqrt(state.gradient_norm / state.first_norm)) if state.first_norm else 0.5
        if state.polished:
            wanted = 1e-6
        product = self._product(state.x, free)
        inner = self._step(state, free, down, wanted)
        below, above = self.lower - state.x, self.upper - state.x
        if bool(np.all((inner.step >= below) & (inner.step <= above))):
            return inner
        bent = _bend(product, down, inner, inner.step, below, above)
        steep = norm(down)
        edge = _with_step(inner, down * (state.radius / steep))
        cauchy = _bend(product, down, edge, edge.step, below, above)
        return bent if bent.decrease >= 0.1 * cauchy.decrease else cauchy

    def _step(self, state: NewtonCGState, free: Mask, down: Vector, wanted: float) -> Inner:
        """The step inside the region."""
        return conjugate_gradients(
            self._product(state.x, free), down, state.radius, wanted
        )

    def _escape_or_end(self, state: NewtonCGState) -> NewtonCGState:
        """A push along negative curvature where there is one, else the end."""
        done = replace(state, status=Status.CONVERGED)
        free = ~held(state.x, state.gradient, self.lower, self.upper)
        if state.escapes >= ESCAPES or not free.any():
            return done
        curvature, bend, top = lowest_curvature(self._product(state.x, free), free)
        if not curvature < -1e-8 * max(top, state.stiffness):
            return done
        length = max(0.1 * norm(state.x), state.radius if state.first_norm else 0.0) or 1.0
        for _ in range(HALVINGS):
            for sign in (1.0, -1.0):
                x = np.clip(state.x + sign * length * bend, self.lower, self.upper)
                value, gradient = self._oracle.value_and_gradient(x)
                if isfinite(value) and np.isfinite(gradient).all() and value < state.value:
                    return replace(
                        state, x=x, value=value, gradient=gradient, radius=length, polished=0,
                        gradient_norm=self._slope(x, gradient), escapes=state.escapes + 1,
                    )  # fmt: skip
            length *= 0.25
        return done

    def _product(self, x: Vector, free: Mask) -> Product:
        def product(v: Vector) -> Vector:
            return np.where(free, self._oracle.hessian_vector(x, v), 0.0)

        return product

    def _slope(self, x: Vector, gradient: Vector) -> float:
        return norm(projected_gradient(x, gradient, self.lower, self.upper))


def conjugate_gradients(product: Product, down: Vector, radius: float, wanted: float) -> Inner:
    """Steihaug–Toint: minimise −downᵀp + ½pᵀHp, ‖p‖ ≤ radius, to the residual wanted·‖down‖."""
    p, residual, direction = np.zeros_like(down), down, down
    bent = np.zeros_like(down)  # Hp, kept so that the decrease costs no extra product
    square = float(residual @ residual)
    target = wanted * wanted * square
    stiffness = 0.0
    for _ in range(min(MOST_PRODUCTS, 2 * down.size)):
        if square <= target:
            break
        along = product(direction)
        curvature = float(direction @ along)
        length2 = float(direction @ direction)
        stiffness = max(stiffness, abs(curvature) / length2)
        alpha = square / curvature if curvature > 0.0 else inf
        ahead = p + alpha * direction if curvature > 0.0 else p
        if not curvature > EPS * stiffness * length2 or norm(ahead) >= radius:
            tau = _to_edge(p, direction, radius)
            p, bent = p + tau * direction, bent + tau * along
            return Inner(p, _fall(down, p, bent), False, curvature < 0.0, stiffness)
        p, bent = ahead, bent + alpha * along
        residual = residual - alpha * along
        new_square = float(residual @ residual)
        direction, square = residual + (new_square / square) * direction, new_square
    return Inner(p, _fall(down, p, bent), True, False, stiffness)


def _to_edge(p: Vector, direction: Vector, radius: float) -> float:
    """τ ≥ 0 with ‖p + τd‖ = radius, without cancellation."""
    a, b = float(direction @ direction), float(p @ direction)
    c = radius * radius - float(p @ p)
    root = sqrt(max(b * b + a * c, 0.0))
    return c / (b + root) if b > 0.0 else (root - b) / a


def _bend(
    product: Product, down: Vector, inner: Inner, step: Vector, below: Vector, above: Vector
) -> Inner:
    """The step projected onto the box, halved until the model falls enough."""
    for _ in range(HALVINGS):
        there = np.clip(step, below, above)
        promise = float(down @ there)
        decrease = _fall(down, there, product(there))
        if decrease > 0.0 and decrease >= 0.01 * promise:
            return Inner(there, decrease, False, inner.negative, inner.stiffness)
        step = 0.5 * step
    return Inner(np.zeros_like(step), 0.0, False, False, inner.stiffness)


def _with_step(inner: Inner, step: Vector) -> Inner:
    """The same with another step, whose decrease is not known yet."""
    return Inner(step, 0.0, False, False, inner.stiffness)


def _fall(down: Vector, p: Vector, bent: Vector) -> float:
    return max(0.0, float(down @ p) - 0.5 * float(p @ bent))


def _at(state: NewtonCGState, note: str, size: float = 0.0) -> Step:
    return Step(state.x.copy(), state.value, state.gradient_norm, size, note)
