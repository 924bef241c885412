"""Levenberg-Marquardt: the engine for sums of squares.

    minimise F(x) = ‖r(x)‖²   subject to   lower ≤ x ≤ upper

One step, in order of execution:

    D_j = max over all points so far of ‖J e_j‖                (its own scale for every parameter)
    p   = the exact minimiser of the local model in ‖D p‖ ≤ Δ  (`residual_model`)
    ρ   = (F(x) − F(x+p)) / (model(0) − model(p)),   x ← x + p if ρ > 10⁻⁴,   Δ by ρ

The model is Gauss-Newton's. Where that converges slowly (large residuals), and once at the end (a
saddle, a last polish), the exact second-order term Σ rᵢ ∇²rᵢ joins it. Along a bent valley, where
the radius has bound for many steps, the step is bent too (geodesic acceleration).

When the predicted gain drowns in the rounding of F, F cannot judge steps any more. Full steps go
on as long as they contract, so that x, not only F, is found to the last digits it has.

A trial point whose residuals or Jacobian are NaN or infinite counts as uphill: Δ shrinks.

Source: Moré (1978) for the scaling and the radius; Dennis, Gay and Welsch, "An adaptive nonlinear
least-squares algorithm" (NL2SOL, 1981) for the change of model; Transtrum and Sethna, arXiv
1201.5885, for the bent step. Other than in MINPACK (SciPy's "lm") nothing stops on a small change
of F, bounds are honoured, and the first radius is ‖D x₀‖, not a hundred times that.
"""

from dataclasses import replace
from math import inf, isfinite
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.bounds import projected_gradient
from surefoot.descent.least_squares_state import (
    WALK,
    Array,
    LeastSquaresState,
    Model,
    Place,
    Trial,
)
from surefoot.descent.steps import Step
from surefoot.terms import Status

ACCEPT = 1e-4
SLOW = 0.3
PATIENCE = 3
BOUT = 8
BEND = 0.75
PROBE = 0.1
CREEP = 1000
"""Trial points after which F must have fallen visibly."""
VISIBLE = 1e-4
"""The part of F that counts as visible, where the data are few."""


@runtime_checkable
class ResidualOracle(Protocol):
    """Residuals and their derivatives at a flat point; NaN and infinity come back as they are."""

    def residual(self, x: Array) -> Array: ...
    def residual_and_jacobian(self, x: Array) -> tuple[Array, Array]: ...
    def curvature(self, x: Array) -> Array: ...


class LevenbergMarquardt:
    """The engine; see the head of this file.

    Args:
        oracle: residuals r (m,), their Jacobian (m, n) and Σ rᵢ ∇²rᵢ (n, n).
        lower, upper: bounds, (n,), infinite where there are none. The start is moved inside.
        tol: where F falls no more, CONVERGED means that the model promises a gain of at most
            tol·F, else STALLED.
        first_radius: Δ at the start in units of ‖D x₀‖ (of ‖r‖ where x₀ = 0).
        curvature: whether the second-order term may be asked for.
    """

    name = "levenberg-marquardt"

    def __init__(
        self, oracle: ResidualOracle, lower: Array, upper: Array, *, tol: float = 1e-9,
        first_radius: float = 1.0, curvature: bool = True,
    ) -> None:
        self._oracle = oracle
        self._lower = lower
        self._upper = upper
        self._tol = tol
        self._first_radius = first_radius
        self._curvature = curvature

    def start(self, x0: Array) -> LeastSquaresState:
        """Evaluate at x0."""
        x = np.clip(np.asarray(x0, dtype=np.float64), self._lower, self._upper)
        here = self._place(x, np.zeros(x.size))
        if not here.finite:
            return LeastSquaresState(here, 0.0, status=Status.NOT_A_NUMBER)
        radius = self._first_radius * float(np.linalg.norm(here.scale * x))
        # D p has the unit of r: at x = 0 the residual gives a radius that no change of units moves.
        return LeastSquaresState(here, radius if radius > 0.0 else here.norm)

    def advance(
        self, state: LeastSquaresState, budget: int
    ) -> tuple[LeastSquaresState, list[Step]]:
        """At most `budget` trial points."""
        steps: list[Step] = []
        while state.status is None and len(steps) < budget:
            state, step = self._advance_once(state)
            if step is not None:
                steps.append(step)
                state = _unless_creeping(state)
        return state, steps

    def _advance_once(
        self, state: LeastSquaresState
    ) -> tuple[LeastSquaresState, Step | None]:
        trial = self._propose(state, state.radius)
        noise = state.here.noise
        moves = trial.gain > 0.0 and not np.array_equal(trial.x, state.x)
        if moves and trial.gain > noise:
            return self._try(state, self._bend(state, trial))
        # A small radius makes every gain small: what would a wide one promise?
        wide = self._propose(state, self._wide(state)) if trial.binds else trial
        if not wide.gain > max(noise, 0.5 * self._tol * state.value):
            return self._polish(state, wide)
        if moves:
            return self._try(state, trial)
        return self._settle(state, wide, Status.STALLED), None

    def slope(self, state: LeastSquaresState) -> float:
        """‖∇F‖ without the parts that push against a bound."""
        slope = projected_gradient(state.x, state.gradient, self._lower, self._upper)
        return float(np.linalg.norm(slope))

    # ── proposing ──────────────────────────────────────────────────────────────────────────────

    def _propose(self, state: LeastSquaresState, radius: float) -> Trial:
        here = state.here
        used, other = here.gauss_newton, here.newton
        if state.model is Model.NEWTON and other is not None:
            used, other = other, used
        low, high = (self._lower - here.x) * here.scale, (self._upper - here.x) * here.scale
        z, binds = used.minimise(radius, low, high)
        x = np.clip(here.x + z / here.scale, self._lower, self._upper)
        x = np.where(z == low, self._lower, np.where(z == high, self._upper, x))
        other_gain = np.nan if other is None else -other.change(z)
        return Trial(x, float(np.linalg.norm(z)), binds, -used.change(z), other_gain)

    def _wide(self, state: LeastSquaresState) -> float:
        """A radius as wide as the point is far from 0 and the residuals are large."""
        return float(np.linalg.norm(state.here.scale * state.x)) + state.here.norm

    def _bend(self, state: LeastSquaresState, trial: Trial) -> Trial:
        """The trial corrected for the bend of r along it, at the price of one residual."""
        here = state.here
        if state.stretch == WALK or not trial.binds or state.model is not Model.GAUSS_NEWTON:
            return trial
        z = (trial.x - here.x) * here.scale
        probe = here.x + PROBE * (trial.x - here.x)
        residual = self._oracle.residual(probe)
        if not np.isfinite(residual).all():
            return trial
        slope = here.jacobian @ (trial.x - here.x)
        bending = (2.0 / PROBE) * ((residual - here.residual) / PROBE - slope)
        correction = here.gauss_newton.bend(z, (here.jacobian.T @ bending) / here.scale)
        x = trial.x + correction / here.scale
        inside = bool(np.all((x >= self._lower) & (x <= self._upper)))
        gentle = 2.0 * float(np.linalg.norm(correction)) <= BEND * trial.length
        return replace(trial, x=x) if inside and gentle else trial

    # ── judging ────────────────────────────────────────────────────────────────────────────────

    def _try(self, state: LeastSquaresState, trial: Trial) -> tuple[LeastSquaresState, Step]:
        """Judge the trial by F, accept or not, and set the radius."""
        walking = state.walking + 1 if trial.binds else 0
        drop = _drop(state.here.residual, self._oracle.residual(trial.x))
        ratio = drop / trial.gain if isfinite(drop) else -inf
        there = self._place(trial.x, state.here.scale) if ratio > ACCEPT else None
        if there is None or not there.finite:
            factor = 0.25 if isfinite(ratio) and there is None else 0.1
            radius = factor * min(state.radius, trial.length)
            state = self._take_turns(replace(state, radius=radius, walking=walking))
            return state, Step(state.x, state.value, self.slope(state), 0.0, "turned down")
        moved = replace(
            state, here=there, radius=_radius(state.radius, trial, ratio), last=trial.length,
            walking=walking, polishing=False, settled=frozenset[Model](),
        )
        moved = self._take_turns(self._choose_model(state, moved, trial, drop))
        return moved, self._record(state, moved)

    def _take_turns(self, state: LeastSquaresState) -> LeastSquaresState:
        """The other model where this one has walked long at its radius.

        Newton's gets short bouts, Gauss-Newton's stretches that double in length: where residuals
        are large one bout ends the walk, in a bent valley the bouts are a vanishing share of it.
        A model that has nothing more to gain here gets no turn.
        """
        if state.settled:
            return state
        if state.model is Model.NEWTON and state.walking >= BOUT:
            return self._switch(state, Model.GAUSS_NEWTON)
        if state.model is Model.GAUSS_NEWTON and state.walking >= state.stretch:
            return self._switch(replace(state, stretch=2 * state.stretch), Model.NEWTON)
        return state

    def _choose_model(
        self, before: LeastSquaresState, after: LeastSquaresState, trial: Trial, drop: float
    ) -> LeastSquaresState:
        """Newton where Gauss-Newton is slow; back where Gauss-Newton predicted better."""
        if before.model is Model.NEWTON:
            miss = abs(drop - trial.gain)
            better = miss > 0.5 * trial.gain and abs(drop - trial.other_gain) < miss / 1.5
            return self._switch(after, Model.GAUSS_NEWTON if better else Model.NEWTON)
        contracted = trial.binds or trial.length <= SLOW * before.last
        after = replace(after, slow=0 if contracted else after.slow + 1)
        return self._switch(after, Model.NEWTON) if after.slow >= PATIENCE else after

    def _polish(
        self, state: LeastSquaresState, trial: Trial
    ) -> tuple[LeastSquaresState, Step | None]:
        """A full step while they contract, then the other model, then the end."""
        last = state.last if state.polishing else inf
        fresh = not np.array_equal(trial.x, state.x)
        if fresh and trial.length <= SLOW * last:
            there = self._place(trial.x, state.here.scale)
            if there.finite and _drop(state.here.residual, there.residual) >= -state.here.noise:
                moved = replace(state, here=there, polishing=True, last=trial.length)
                return self._switch(moved, state.model), self._record(state, moved)
        return self._settle(state, trial), None

    def _settle(
        self, state: LeastSquaresState, trial: Trial, end: Status = Status.CONVERGED
    ) -> LeastSquaresState:
        """The model in use has nothing more to gain: ask the other one, or end."""
        state = replace(state, settled=state.settled | {state.model}, polishing=False)
        if state.model is Model.NEWTON:
            more = trial.other_gain > state.here.noise
            other = Model.GAUSS_NEWTON
        else:
            # Where the residuals are nothing but rounding, so is their second-order term.
            more = self._curvature and 0.5 * state.value > state.here.noise
            other = Model.NEWTON
        if more and other not in state.settled:
            state = self._switch(state, other)
            # A radius shrunk by one model says nothing about the other.
            if state.model is other:
                return replace(state, radius=max(state.radius, 0.1 * self._wide(state)))
        return replace(state, status=end)

    # ── evaluating ─────────────────────────────────────────────────────────────────────────────

    def _place(self, x: Array, scale: Array) -> Place:
        residual, jacobian = self._oracle.residual_and_jacobian(x)
        return Place(x, residual, jacobian, _scale(jacobian, scale))

    def _switch(self, state: LeastSquaresState, model: Model) -> LeastSquaresState:
        """The state under a model: Newton only where its second-order term is finite."""
        if model is Model.NEWTON and state.here.second is None:
            second = self._oracle.curvature(state.x) if self._curvature else np.array(np.nan)
            if np.isfinite(second).all():
                state = replace(state, here=state.here.knowing(second))
            else:
                model = Model.GAUSS_NEWTON
        return state if model is state.model else replace(state, model=model, slow=0, walking=0)

    def _record(self, before: LeastSquaresState, after: LeastSquaresState) -> Step:
        size = float(np.linalg.norm(after.x - before.x))
        return Step(after.x, after.value, self.slope(after), size, before.model.value)


def _unless_creeping(state: LeastSquaresState) -> LeastSquaresState:
    """The state, STALLED where a thousand trial points gained nothing that anybody could see.

    Along the floor of a bent valley, as of a sum of six exponentials fitted to twelve numbers, that
    goes on for ten thousand. What is visible shrinks with the number m of data, since a parameter
    moves by its standard error for F/m.
    """
    tries = state.tries + 1
    if tries < CREEP:
        return replace(state, tries=tries)
    visible = min(VISIBLE, 0.1 / max(state.here.residual.size, 1)) * state.value
    crept = state.status is None and not state.marked - state.value > visible
    ended = Status.STALLED if crept else state.status
    return replace(state, tries=0, marked=state.value, status=ended)


def _scale(jacobian: Array, before: Array) -> Array:
    """D: the largest column norms so far, 1 for a column that has always been zero."""
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.linalg.norm(jacobian, axis=0)
    scale = np.fmax(np.where(before == 1.0, 0.0, before), np.where(np.isfinite(norms), norms, 0.0))
    return np.where(scale > 0.0, scale, 1.0)


def _drop(before: Array, after: Array) -> float:
    """½‖before‖² − ½‖after‖² as a product, which does not cancel."""
    with np.errstate(over="ignore", invalid="ignore"):
        return 0.5 * float((before - after) @ (before + after))


def _radius(radius: float, trial: Trial, ratio: float) -> float:
    if ratio < 0.25:
        return 0.25 * min(radius, trial.length)
    if ratio > 0.75 or not trial.binds:
        return max(radius, 2.0 * trial.length)
    return radius
