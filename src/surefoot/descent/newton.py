"""Trust-region Newton with the exact Hessian: for few variables, and hard ones."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.bounds import projected_gradient
from surefoot.descent.box_model import box_step
from surefoot.descent.probe import probe
from surefoot.descent.ratio import level, next_radius, ran_away, ratio
from surefoot.descent.steps import Step, Vector, norm
from surefoot.descent.trust_region import EPS, ModelStep
from surefoot.terms import Status

ACCEPT = 1e-4
FLAT = 1e-6
STRICTER = 1e-5
POLISH_STEPS = 100
POLISH_GAIN = 0.7
PROBES = 3


@runtime_checkable
class HessianOracle(Protocol):
    """What Newton needs to know of f."""

    size: int

    def derivatives(self, x: Vector) -> tuple[float, Vector, Vector]: ...


@dataclass(frozen=True)
class NewtonState:
    """Where a Newton run is.

    Attributes:
        gradient, hessian: at x.
        gradient_norm: of the projected gradient.
        radius: of the trust region, in scaled units.
        first_value, extent, stiffness: f(x0), a length of the problem, and the largest curvature
            met, to tell what is large and small by.
        refused: whether the last trial was turned down.
        polished: polishing steps taken; None before the value is good enough.
        last_size: length of the last polishing step, to tell how fast they shrink.
        probes: how often a flat point was probed.
        direction: where a diverging run was heading.
    """

    x: Vector
    value: float
    status: Status | None
    gradient: Vector
    hessian: Vector
    gradient_norm: float
    radius: float
    first_value: float
    extent: float
    stiffness: float
    refused: bool = False
    polished: int | None = None
    last_size: float = 0.0
    probes: int = 0
    direction: Vector | None = None


class Newton:
    """Minimise f over a box by a trust region with the exact Hessian.

    Each step: (1) p minimises gᵀp + ½pᵀHp in the region and the box (`box_model`, `trust_region`);
    (2) f at x + p, compared with the promise (`ratio`), decides whether to go there and (3) how
    large the region is next. A NaN or infinite trial only shrinks the region.

    A saddle or maximum is left along the most negative curvature. Where gradient and curvature
    vanish together, nearby points along the flat directions are tried (`probe`), which leaves
    x³ at 0 and a monkey saddle.

    It converges when the Newton decrement ½gᵀH⁻¹g is at its level (`ratio.level`) and H has no
    negative curvature among the free variables. Then it polishes: Newton steps are taken as long
    as each reduces the gradient, so x is right to the last digits. Where steps shrink at a steady
    rate ρ (x⁴: 2/3) the minimum is degenerate, and p/(1 − ρ), the sum of the steps to come, is
    tried in place of p (Decker and Kelley, SIAM J. Numer. Anal. 17, 1980).

    Args:
        oracle: gives `derivatives(x)`; the only function called, so only one is compiled.
        lower, upper: (n,) bounds, honoured at every evaluation.
        tol: see `ratio.level`.
    """

    name = "newton"

    def __init__(
        self,
        oracle: HessianOracle,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        tol: float = 1e-9,
    ) -> None:
        self.lower = np.full(oracle.size, -inf) if lower is None else lower
        self.upper = np.full(oracle.size, inf) if upper is None else upper
        self._oracle = oracle
        self._tol = tol

    def start(self, x0: Vector) -> NewtonState:
        """Evaluate at x0; the first region is as large as the first step would like it."""
        value, gradient, hessian = self._oracle.derivatives(x0)
        state = NewtonState(
            x0, value, None, gradient, hessian, self._slope(x0, gradient), 1.0, value, 0.0, 0.0
        )
        if value == -inf:
            return replace(state, status=Status.DIVERGED)
        if not _finite(value, gradient, hessian):
            return replace(state, status=Status.NOT_A_NUMBER)
        pulling = projected_gradient(x0, gradient, self.lower, self.upper)
        radius = _first_radius(x0, pulling, hessian)
        stiffness = _stiffness(hessian)
        shortest = state.gradient_norm / stiffness if stiffness > 0.0 else 0.0
        extent = max(norm(x0), shortest) or 1.0
        return replace(state, radius=radius, extent=extent, stiffness=stiffness)

    def advance(self, state: NewtonState, budget: int) -> tuple[NewtonState, list[Step]]:
        """At most `budget` trials; one that is turned down is a step of size 0."""
        steps: list[Step] = []
        with np.errstate(all="ignore"):
            while len(steps) < budget and state.status is None:
                model = self._model(state)
                if self._settled(state, model):
                    state, step = self._polish(state, model)
                elif not self._moves(state, model):
                    state, step = replace(state, status=Status.STALLED), None
                else:
                    state, step = self._trial(state, model)
                if step is not None:
                    steps.append(step)
        return state, steps

    def _model(self, state: NewtonState) -> ModelStep:
        below, above = self.lower - state.x, self.upper - state.x
        noise = 8 * EPS * state.stiffness * norm(state.x)
        return box_step(state.hessian, state.gradient, state.radius, below, above, noise)

    def _settled(self, state: NewtonState, model: ModelStep) -> bool:
        """Whether the decrement is at its level, with no curvature to go down."""
        curved = model.curvature < -64 * state.x.size * EPS * state.stiffness
        enough = level(STRICTER * self._tol, state.value, state.first_value)
        return model.interior and not curved and model.decrease <= enough

    def _moves(self, state: NewtonState, model: ModelStep) -> bool:
        """Whether the model has a step to try, in a region that is not lost in rounding."""
        sized = state.radius > EPS * norm(state.x) and norm(model.step) < inf
        return sized and model.decrease != 0.0

    def _trial(self, state: NewtonState, model: ModelStep) -> tuple[NewtonState, Step]:
        """Evaluate at x + p; go there or stay; resize the region."""
        step, size = model.step, norm(model.step)
        x = np.clip(state.x + step, self.lower, self.upper)
        value, gradient, hessian = self._oracle.derivatives(x)
        if value == -inf:
            state = replace(state, status=Status.DIVERGED, direction=step)
            return state, self._report(state, 0.0, "no floor")
        if not _finite(value, gradient, hessian):
            state = replace(state, radius=0.1 * size, polished=None)
            return state, self._report(state, 0.0, "not finite: shrunk")
        share = ratio(state.value, value, state.gradient, gradient, x - state.x, model.decrease)
        radius = next_radius(state.radius, size, share, model.interior, state.refused)
        state = replace(state, radius=radius, polished=None, refused=not share > ACCEPT)
        if state.refused:
            return state, self._report(state, 0.0, "turned down")
        state = self._move(state, x, value, gradient, hessian)
        if ran_away(x, value, state.extent, state.first_value):
            state = replace(state, status=Status.DIVERGED, direction=step)
        note = "newton" if model.interior else "region's edge"
        if not model.interior and model.curvature < 0:
            note = "negative curvature"
        return state, self._report(state, size, note)

    def _polish(self, state: NewtonState, model: ModelStep) -> tuple[NewtonState, Step | None]:
        """One more Newton step while it pays; then the end, or a way down from a flat point."""
        count, size = state.polished or 0, norm(model.step)
        if state.gradient_norm == 0.0 or size == 0.0 or count >= POLISH_STEPS:
            return self._conclude(state, model)
        rate = size / state.last_size if state.last_size > 0.0 else 0.0
        if rate >= 0.97:
            # Steps that do not shrink lead to no point: there is a floor far out, or none.
            return replace(state, status=Status.CONVERGED), None
        steady = state.polished is not None and rate > 0.3
        for stretch in (1.0 / (1.0 - rate), 1.0) if steady else (1.0,):
            x = np.clip(state.x + stretch * model.step, self.lower, self.upper)
            value, gradient, hessian = self._oracle.derivatives(x)
            gain = self._slope(x, gradient) / state.gradient_norm
            needed = 0.5 * rate if stretch > 1.0 else 1.0
            kept = state.value - value > max(0.5 * model.decrease, 1e-13 * abs(value))
            better = kept or (gain < needed and _no_higher(state, value))
            if better and _finite(value, gradient, hessian):
                moved = self._move(state, x, value, gradient, hessian)
                # After a stretched step the rate has to be measured anew.
                last = size if stretch == 1.0 else 0.0
                pays = kept or gain <= POLISH_GAIN
                moved = replace(moved, polished=count + 1 if pays else POLISH_STEPS, last_size=last)
                return moved, self._report(moved, stretch * size, "polish")
        return self._conclude(state, model)

    def _conclude(self, state: NewtonState, model: ModelStep) -> tuple[NewtonState, Step | None]:
        done = replace(state, status=Status.CONVERGED)
        if state.probes >= PROBES or not model.curvature <= FLAT * state.stiffness:
            return done, None
        found = probe(
            self._oracle.derivatives, state.x, state.value, state.hessian,
            FLAT * state.stiffness, self.lower, self.upper,
        )  # fmt: skip
        if found is None:
            return done, None
        x, (value, gradient, hessian) = found
        size = norm(x - state.x)
        state = self._move(state, x, value, gradient, hessian)
        state = replace(state, radius=size, probes=state.probes + 1, polished=None, last_size=0.0)
        return state, self._report(state, size, "probe")

    def _move(
        self, state: NewtonState, x: Vector, value: float, gradient: Vector, hessian: Vector
    ) -> NewtonState:
        return replace(
            state, x=x, value=value, gradient=gradient, hessian=hessian,
            gradient_norm=self._slope(x, gradient),
            stiffness=max(state.stiffness, _stiffness(hessian)),
        )  # fmt: skip

    def _slope(self, x: Vector, gradient: Vector) -> float:
        return norm(projected_gradient(x, gradient, self.lower, self.upper))

    def _report(self, state: NewtonState, size: float, note: str) -> Step:
        return Step(state.x.copy(), state.value, state.gradient_norm, size, note)


def _first_radius(x: Vector, gradient: Vector, hessian: Vector) -> float:
    """‖ |H|⁻¹g ‖, which no scaling of f or x disturbs; from a flat start a tenth of ‖x‖, or 1."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    sizes = np.abs(eigenvalues)
    floor = 1e-8 * float(np.max(sizes, initial=0.0))
    slopes = vectors.T @ gradient
    if floor > 0.0 and bool(np.any(slopes)):
        return norm(slopes / np.maximum(sizes, floor))
    return 0.1 * norm(x) or 1.0


def _stiffness(hessian: Vector) -> float:
    return float(np.max(np.abs(hessian), initial=0.0))


def _no_higher(state: NewtonState, value: float) -> bool:
    slack = 1e-12 * max(abs(state.value), abs(value))
    return value <= state.value + slack


def _finite(value: float, gradient: Vector, hessian: Vector) -> bool:
    return isfinite(value) and bool(np.isfinite(gradient).all() and np.isfinite(hessian).all())
