"""Minimising functions with kinks (max, abs, norm, relu): BFGS, then gradient sampling."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan

import numpy as np

from surefoot.descent.fold import fold
from surefoot.descent.manifold import snap_points
from surefoot.descent.neighbourhood import BatchOracle, Found, Neighbourhood, last_place
from surefoot.descent.quasi_newton import Reached, bfgs_update, weak_wolfe
from surefoot.descent.steps import Step, Stop, Vector
from surefoot.terms import Status

WINDOW = 50
RADII = tuple(10.0**-power for power in range(2, 14))
SNAP_RADII = (1e-3, 1e-5, 1e-7)
PATIENCE = (1e-11, 1e-13)
RESTARTS = 3
SNAPS = 3
SPELL = 100
RUNAWAY = 1e15


@dataclass(frozen=True)
class NonsmoothState:
    """Where the descent is.

    Attributes:
        x, value, status: as every engine's.
        gradient_norm: ‖∇f(x)‖ while BFGS runs; then the length of the shortest vector in the hull
            of the gradients around x (in the units of `metric`).
        u, gradient: BFGS's unfolded point and the gradient there.
        inverse: (n, n) BFGS's inverse Hessian; None before the first pair.
        level: index into RADII of the sampling radius; −1 while BFGS runs.
        patience: index into PATIENCE, the gain of 12 steps (relative to the whole) that BFGS has
            to make to go on.
        spell: steps of BFGS since the last snap.
        restarts: how often BFGS began anew after a small gain of the sampling.
        moves: steps at this sampling radius.
        widened: whether the sampling has been through all radii since the last large gain.
        gradients: the last |∇f|, for the metric.
        values: the last values, to see when BFGS no longer pays.
        direction: the way a diverging run went.
    """

    x: Vector
    value: float
    status: Status | None
    gradient_norm: float
    u: Vector
    gradient: Vector
    inverse: Vector | None = None
    level: int = -1
    patience: int = 0
    spell: int = 0
    restarts: int = 0
    moves: int = 0
    widened: bool = False
    gradients: deque[Vector] = field(default_factory=lambda: deque(maxlen=WINDOW))
    values: deque[float] = field(default_factory=lambda: deque(maxlen=12))
    direction: Vector | None = None


class Nonsmooth:
    """Minimise a locally Lipschitz f, smooth almost everywhere, over a box.

    1. BFGS with a weak Wolfe line search on f∘fold (bounds by reflection, `fold`): it learns
       the shape of the kink and converges fast, though no theorem says so (Lewis & Overton,
       Math. Program. 141, 2013, algorithms 2.1 and 2.6).
    2. When it no longer pays: a snap to the surface where the smooth pieces meet
       (`snap_points`), taken only where f does not rise.
    3. Gradient sampling (Burke, Lewis & Overton, SIAM J. Optim. 15, 2005; Kiwiel 2007). At
       radius r around x: gradients g_i at random points inside the box, the shortest vector v
       of their convex hull plus the normal cone of the bounds within r, a step along −v. Where
       f does not fall along it, a gradient from that segment joins the hull (a null step: Wolfe
       1975; Mahdavi-Amiri & Yousefpour 2012) and v is found anew. When ‖v‖ is small, x is
       Clarke-stationary to radius r, and r shrinks.

    CONVERGED means: ‖v‖² is within the tolerance at a radius so small that f changes by no more
    than the tolerance within it. That is first-order evidence; at kinks that are no minima it
    also takes that none of the sampled points is lower. STALLED: no descent found, yet ‖v‖ is not
    small at that radius.

    Every point is evaluated inside the bounds. The gradient at x itself is not trusted (at a kink
    it is whatever the library returns); NaN gradients are replaced by one from beside x, NaN
    values count as +∞. The samples come from `seed`: equal runs are equal.

    Args:
        oracle: the function.
        lower, upper: (n,) bounds; ±inf where there is none.
        tol: tolerance on the value, relative to max(1, |f|).
        seed: of the samples.

    Attributes:
        stop: asked within a snap or a sampling step, which take seconds where there are many
            variables; a yes ends the step with the best it has.
    """

    name = "nonsmooth"

    def __init__(
        self,
        oracle: BatchOracle,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        tol: float = 1e-9,
        seed: int = 0,
    ) -> None:
        size = oracle.size
        self.oracle = oracle
        self.lower = np.full(size, -inf) if lower is None else np.asarray(lower, np.float64)
        self.upper = np.full(size, inf) if upper is None else np.asarray(upper, np.float64)
        self.tol = tol
        self._around = Neighbourhood(oracle, self.lower, self.upper, seed)
        self._x0 = np.zeros(size)
        self._range = np.zeros(size)
        self._first = nan

    @property
    def stop(self) -> Stop:
        return self._around.stop

    @stop.setter
    def stop(self, stop: Stop) -> None:
        self._around.stop = stop

    # ── the shape of every engine ──────────────────────────────────────────────────────────────

    def start(self, x0: Vector) -> NonsmoothState:
        """Evaluate at x0."""
        u = np.array(x0, dtype=np.float64)
        self._x0, self._range = u.copy(), np.zeros(u.size)
        value, gradient = self._evaluate(u)
        x, _ = fold(u, self.lower, self.upper)
        self._first = value
        status = None if isfinite(value) else Status.NOT_A_NUMBER
        state = NonsmoothState(x, value, status, float(np.linalg.norm(gradient)), u, gradient)
        state.gradients.append(np.abs(gradient))
        return state

    def advance(self, state: NonsmoothState, budget: int) -> tuple[NonsmoothState, list[Step]]:
        """At most `budget` steps: of BFGS, then of gradient sampling."""
        steps: list[Step] = []
        while len(steps) < budget and state.status is None:
            before = state
            bfgs = state.level < 0
            state, note = self._bfgs_step(state) if bfgs else self._sampling_step(state)
            self._range = np.maximum(self._range, np.abs(state.x - self._x0))
            size = float(np.linalg.norm(state.x - before.x))
            steps.append(Step(state.x.copy(), state.value, state.gradient_norm, size, note))
        return state, steps

    # ── BFGS ───────────────────────────────────────────────────────────────────────────────────

    def _evaluate(self, u: Vector) -> tuple[float, Vector]:
        """f and the gradient of f∘fold at u; a gradient from beside x where it has none."""
        x, slope = fold(u, self.lower, self.upper)
        value, gradient = self.oracle.value_and_gradient(x)
        if isfinite(value) and not np.all(np.isfinite(gradient)):
            gradient = self._around.gradient_beside(x)
        return value, gradient * slope

    def _bfgs_step(self, state: NonsmoothState) -> tuple[NonsmoothState, str]:
        """One quasi-Newton step; where it no longer pays, on to the snap and the sampling."""
        if state.inverse is None:
            direction = -self._first_scale(state) * state.gradient
        else:
            direction = -(state.inverse @ state.gradient)
        slope = float(state.gradient @ direction)
        if not slope < 0:
            return self._leave_bfgs(state)
        found = weak_wolfe(self._evaluate, state.u, state.value, direction, slope)
        if found is None:
            return self._leave_bfgs(state)
        x, _ = fold(found.u, self.lower, self.upper)
        if self._ran_away(found.u, found.value):
            return self._diverged(state, x, found.value), "runaway"
        moved = self._taken(state, x, found, direction)
        if self._spent(moved):
            return self._leave_bfgs(moved, spent=True)
        if moved.spell >= SPELL + 10 * moved.x.size:
            # BFGS can creep along a kink for thousands of steps that one snap makes up for.
            return self._resume(self._snap(moved)), "snap"
        return moved, "bfgs"

    def _taken(
        self, state: NonsmoothState, x: Vector, found: Reached, direction: Vector
    ) -> NonsmoothState:
        """The state after a step of BFGS."""
        change = found.gradient - state.gradient
        state.gradients.append(np.abs(found.gradient))
        state.values.append(state.value)
        return replace(
            state, x=x, value=found.value, u=found.u, gradient=found.gradient,
            inverse=bfgs_update(state.inverse, found.t * direction, change),
            gradient_norm=float(np.linalg.norm(found.gradient)), spell=state.spell + 1,
        )  # fmt: skip

    def _ran_away(self, u: Vector, value: float) -> bool:
        return value == -inf or not np.max(np.abs(u)) < RUNAWAY * (1 + np.max(np.abs(self._x0)))

    def _diverged(self, state: NonsmoothState, x: Vector, value: float) -> NonsmoothState:
        way = (x - state.x) / max(float(np.linalg.norm(x - state.x)), 1e-300)
        return replace(state, x=x, value=value, status=Status.DIVERGED, direction=way)

    def _first_scale(self, state: NonsmoothState) -> float:
        """Length of the first step over ‖g‖: a tenth of the start's own size."""
        size = float(np.linalg.norm(state.x))
        return 0.1 * (size if size > 0 else 1.0) / float(np.linalg.norm(state.gradient) or 1.0)

    def _spent(self, state: NonsmoothState) -> bool:
        """Whether the last steps gained nothing that counts."""
        values = state.values
        if len(values) < (values.maxlen or 0):
            return False
        enough = PATIENCE[state.patience] * abs(self._first - state.value)
        return not values[0] - state.value > enough

    def _resume(self, state: NonsmoothState) -> NonsmoothState:
        """BFGS from x on, with what it has learnt."""
        value, gradient = self._evaluate(state.x)
        unfolded = self._unfold(state, state.x, value, gradient)
        return replace(
            unfolded, level=-1, spell=0, gradient_norm=float(np.linalg.norm(gradient))
        )

    def _unfold(
        self, state: NonsmoothState, x: Vector, value: float, gradient: Vector
    ) -> NonsmoothState:
        """The state at u = x; what BFGS learnt in reflected coordinates is turned back."""
        _, signs = fold(state.u, self.lower, self.upper)
        inverse = state.inverse
        if inverse is not None:
            inverse = signs[:, None] * inverse * signs
        return replace(state, x=x, u=x, value=value, gradient=gradient, inverse=inverse)

    def _leave_bfgs(
        self, state: NonsmoothState, *, spent: bool = False
    ) -> tuple[NonsmoothState, str]:
        """Snap, then look around at the smallest radius first: often there is no more to do."""
        state.values.clear()
        snapped = self._snap(state)
        patience = state.patience if spent else len(PATIENCE)
        return replace(snapped, level=self._last_level(snapped), patience=patience), "snap"

    # ── snap and sampling ──────────────────────────────────────────────────────────────────────

    def _metric(self, state: NonsmoothState) -> tuple[Vector, float]:
        """M with slopes g·M of size 1 in every coordinate, and R, the size of f's changes.

        x moves by about M·R over the run; so M·R·r is r times the distances travelled.
        """
        length = np.maximum(self._range, 1e-3 * np.abs(state.x))
        length = np.where(length > 0, length, 1.0)
        steep = np.max(np.array(state.gradients), axis=0)
        if not np.any(steep > 0):
            _, _, gradients = self._around.sample(state.x, 1e-3 * length)
            steep = np.max(np.abs(gradients), axis=0, initial=0.0)
        reach = float(np.max(steep * length))
        if not reach > 0:
            return length, 1.0
        return np.minimum(1 / np.maximum(steep, 1e-300), 1e3 * length / reach), reach

    def _snap(self, state: NonsmoothState) -> NonsmoothState:
        """The best of the snapped candidates, where f does not rise; again while that pays."""
        for _ in range(SNAPS):
            before = state.value
            state = self._snap_once(state)
            if not before - state.value > 1e-14 * abs(self._first - state.value):
                break
        return state

    def _snap_once(self, state: NonsmoothState) -> NonsmoothState:
        for shape in self._shapes(state):
            if self.stop():
                break
            points, values, gradients = self._around.sample(state.x, shape)
            if len(values) < 2:
                continue
            span = np.abs(shape) if shape.ndim == 1 else np.sqrt(np.sum(shape**2, axis=1))
            fixed = np.where(
                state.x - self.lower <= span, self.lower,
                np.where(self.upper - state.x <= span, self.upper, nan),
            )  # fmt: skip
            found = snap_points(
                self.oracle, state.x, points, values, gradients, shape, fixed, self.stop
            )
            state = self._better(state, found)
        return state

    def _shapes(self, state: NonsmoothState) -> Iterator[Vector]:
        """Where to sample for the snap: what BFGS learnt of the kink, then plain boxes."""
        metric, reach = self._metric(state)
        total = abs(self._first - state.value)
        if state.inverse is not None and np.all(np.isfinite(state.inverse)) and total > 0:
            # {d : ½ dᵀH⁻¹d ≤ Δ} is where f changes by about Δ, in any units and rotation.
            curved, basis = np.linalg.eigh(state.inverse)
            root = basis * np.sqrt(np.maximum(curved, 1e-24 * max(curved[-1], 0.0)))
            _, signs = fold(state.u, self.lower, self.upper)
            for radius in SNAP_RADII:
                yield signs[:, None] * root * np.sqrt(2 * radius**2 * total)
        for radius in SNAP_RADII:
            yield last_place(state.x, radius * reach * metric)

    def _last_level(self, state: NonsmoothState) -> int:
        """The first radius within which f changes by no more than the tolerance."""
        _, reach = self._metric(state)
        small = self.tol * max(1.0, abs(state.value))
        fits = (k for k, radius in enumerate(RADII) if radius * reach <= small and k >= 4)
        return next(fits, len(RADII) - 1)

    def _better(self, state: NonsmoothState, found: Vector) -> NonsmoothState:
        """The lowest of the candidates, or the state as it is."""
        if len(found) == 0:
            return state
        x, value = self._around.lowest(found)
        # A tie goes to the candidate: it has the structure (an exact zero, an exact bound).
        return replace(state, x=x, value=value) if value <= state.value else state

    def _sampling_step(self, state: NonsmoothState) -> tuple[NonsmoothState, str]:
        """One step of gradient sampling at the present radius."""
        metric, reach = self._metric(state)
        radius = RADII[state.level] * reach
        slack = self._slack(state, reach)
        seen = self._around.steepest(state.x, state.value, metric, radius, slack)
        if seen is None:
            return replace(state, status=Status.NOT_A_NUMBER), "no gradients"
        if isinstance(seen, Found):
            return self._move(state, seen)
        if self.stop():
            # Cut short, it has not shown that there is no descent.
            return state, "cut short"
        return self._next_radius(replace(state, gradient_norm=seen.norm), seen.norm <= slack)

    def _slack(self, state: NonsmoothState, reach: float) -> float:
        """How short the shortest vector must be: ‖v‖²·R, the gain it promises, within tol."""
        return float(np.clip(np.sqrt(self.tol * max(1.0, abs(state.value)) / reach), 1e-7, 1e-3))

    def _move(self, state: NonsmoothState, found: Found) -> tuple[NonsmoothState, str]:
        """A lower point was found; where it is much lower BFGS takes over again."""
        x, value, gradient = found.x, found.value, found.gradient
        if self._ran_away(x, value):
            return self._diverged(state, x, value), "runaway"
        if not np.all(np.isfinite(gradient)):
            gradient = self._around.gradient_beside(x)
        gain, total = state.value - value, abs(self._first - value)
        state.gradients.append(np.abs(gradient))
        moved = self._unfold(state, x, value, gradient)
        if gain > 1e-6 * total:
            fresh = replace(moved, inverse=None, level=-1, patience=0, widened=False)
            return fresh, "sampling"
        if state.patience + 1 < len(PATIENCE):
            return replace(moved, level=-1, patience=state.patience + 1), "sampling"
        if state.restarts < RESTARTS:
            strict = len(PATIENCE) - 1
            again = replace(moved, inverse=None, restarts=state.restarts + 1)
            return replace(again, level=-1, patience=strict), "sampling"
        if state.moves > 2 * x.size + 20:
            return self._next_radius(moved, stationary=False)
        return replace(moved, moves=state.moves + 1), "sampling"

    def _next_radius(self, state: NonsmoothState, stationary: bool) -> tuple[NonsmoothState, str]:
        """Shrink the radius, or end at the smallest one."""
        last = self._last_level(state)
        if stationary and state.level >= last:
            return replace(state, status=Status.CONVERGED), "stationary"
        if state.level < last:
            return replace(self._snap(state), level=state.level + 1, moves=0), "smaller radius"
        if state.patience + 1 < len(PATIENCE):
            return self._resume(replace(state, patience=state.patience + 1)), "back to bfgs"
        if not state.widened:
            # The smallest radius was tried first and refused: now all of them in order, once.
            return replace(state, level=0, moves=0, widened=True), "wider radius"
        return replace(state, status=Status.STALLED), "no descent found"
