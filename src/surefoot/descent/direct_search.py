"""Search without derivatives, for functions that jump: floor, comparisons, decision rules."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.fold import fold
from surefoot.descent.start_points import spread_points
from surefoot.descent.steps import Step, Vector
from surefoot.terms import Status

WHY = (
    "The function jumps, and its slope tells nothing about the jumps: values are compared instead."
)

STALE = 40
"""Generations without a better point after which the population has done its work."""

REFRESHES = 2
"""Fresh populations that must bring nothing better before the search ends."""

SHRINK = 0.5
SMALLEST = 1e-12
SPREAD = 4.0
RUNAWAY = 1e15


@runtime_checkable
class ValueOracle(Protocol):
    """What the search asks of a function."""

    @property
    def size(self) -> int: ...
    def values(self, points: Vector, /) -> Vector: ...


@dataclass(frozen=True)
class DirectSearchState:
    """Where the search is.

    Attributes:
        x, value, status: as every engine's; x is the best point.
        members, values: the population (p, n) and (p,).
        stale: generations since the best point improved by more than the tolerance.
        mesh: step of the pattern relative to `lengths`; 0 while the population still moves.
        lengths: (n,) typical length of each coordinate.
        last: the last move of the pattern, tried again.
        mark: the best value when the present population was made.
        fruitless: fresh populations in a row that brought nothing better.
    """

    x: Vector
    value: float
    status: Status | None
    members: Vector
    values: Vector
    stale: int
    mesh: float
    lengths: Vector
    last: Vector
    mark: float = inf
    fruitless: int = -1
    direction: Vector | None = None


class DirectSearch:
    """Minimise from values alone: differential evolution, then a pattern search.

    1. A population of p = clip(12 n, 48, 240) points: x0, and a scrambled Sobol sequence that
       fills the box; coordinates with an open side are spread around x0 normally, with scales
       of 10^N(0,1) times max(|x0|, 1). Each generation moves every point x_i to

           y = x_b + F·(x_i − x_b) + F·(x_j − x_k)      in randomly chosen coordinates,

       F random in [0.4, 1), b = i or among the best tenth, and keeps the lower of x_i, y
       (Storn & Price, J. Global Optim. 11, 1997; the pull to the best: Zhang & Sanderson 2009).
       All p trials are one batched call.
    2. When 40 generations bring nothing: a pattern around the best point x, ±Δ along every
       coordinate and along random orthonormal directions, at Δ and at ¼Δ and 4Δ, and the last
       move again, in one batched call. Better: go there, Δ doubles. None better: Δ halves, down
       to 10⁻¹² of the lengths (Audet & Dennis, SIAM J. Optim. 17, 2006).
    3. A fresh population that knows only the best point; the end is when two of them in a row
       brought nothing better.

    Why not scipy.optimize.differential_evolution: it runs as one call, so that limits, the callback
    and Ctrl-C could not keep the best point; its equations are these.

    CONVERGED means that nothing better was found at any scale; it is no proof. On a plateau every
    point is as good as x. Every point is evaluated inside the bounds (by reflection); NaN counts
    as +∞.

    Args:
        oracle: the function.
        lower, upper: (n,) bounds; ±inf where there is none.
        tol: a gain below tol·max(1, |f|) does not keep the population going.
        seed: of all random choices.
    """

    name = "direct-search"
    why = WHY

    def __init__(
        self,
        oracle: ValueOracle,
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
        self.count = int(np.clip(12 * size, 48, 240))
        self._seed = seed
        self._random = np.random.default_rng(seed)
        self._x0 = np.zeros(size)

    def start(self, x0: Vector) -> DirectSearchState:
        """Evaluate x0 and the first population."""
        x0 = np.array(x0, np.float64)
        self._x0 = x0
        self._random = np.random.default_rng(self._seed)
        members = self._population(x0)
        values = self._values(members)
        best = 0 if isfinite(values[0]) else int(np.argmin(values))
        status = None if np.any(values < inf) else Status.NOT_A_NUMBER
        value = float(values[best]) if status is None else float("nan")
        width = self.upper - self.lower
        lengths = np.where(np.isfinite(width), width, np.maximum(np.abs(x0), 1.0))
        return DirectSearchState(
            members[best].copy(), value, status, members, values, 0, 0.0, lengths,
            np.zeros(x0.size),
        )  # fmt: skip

    def advance(
        self, state: DirectSearchState, budget: int
    ) -> tuple[DirectSearchState, list[Step]]:
        """At most `budget` generations or polls."""
        steps: list[Step] = []
        while len(steps) < budget and state.status is None:
            before = state.x
            evolve = state.mesh == 0
            state = self._generation(state) if evolve else self._poll(state)
            size = float(np.linalg.norm(state.x - before))
            note = "population" if evolve else "pattern"
            steps.append(Step(state.x.copy(), state.value, size=size, note=note))
        return state, steps

    def _values(self, points: Vector) -> Vector:
        values = self.oracle.values(points)
        return np.where(np.isnan(values), inf, values)

    def _population(self, first: Vector) -> Vector:
        """A point, then others that fill the box, or spread around x0 over many lengths."""
        reach = 10.0 ** self._random.normal(0, 1, (self.count, 1))
        members = spread_points(
            self.count, self._x0, self.lower, self.upper, self._random, reach
        )
        members[0] = first
        return members

    def _generation(self, state: DirectSearchState) -> DirectSearchState:
        """One generation of differential evolution."""
        members, values, random = state.members, state.values, self._random
        count, size = members.shape
        order = np.argsort(values, kind="stable")
        leaders = order[random.integers(0, max(2, count // 10), count)]
        base = np.where(random.random(count) < 0.5, leaders, np.arange(count))
        first, second = random.integers(0, count, (2, count))
        factor = random.uniform(0.4, 1.0, (count, 1))
        trial = members + factor * (members[base] - members + members[first] - members[second])
        crossed = random.random((count, size)) < random.choice([0.2, 0.9], (count, 1))
        crossed[np.arange(count), random.integers(0, size, count)] = True
        trial, _ = fold(np.where(crossed, trial, members), self.lower, self.upper)
        trial_values = self._values(trial)
        # Ties move: that is how a population crosses a plateau.
        better = trial_values <= values
        members = np.where(better[:, None], trial, members)
        values = np.where(better, trial_values, values)
        return self._after_generation(replace(state, members=members, values=values))

    def _after_generation(self, state: DirectSearchState) -> DirectSearchState:
        """The new best point, and whether the population still pays."""
        best = int(np.argmin(state.values))
        value = float(state.values[best])
        gain = state.value - value
        stale = 0 if gain > self.tol * max(1.0, abs(value)) else state.stale + 1
        x = state.members[best].copy() if value < state.value else state.x
        state = replace(state, x=x, value=min(value, state.value), stale=stale)
        if value == -inf or np.max(np.abs(x)) > RUNAWAY * np.max(state.lengths):
            return self._diverged(state)
        if stale < STALE:
            return state
        spread = np.max(np.std(state.members, axis=0) / state.lengths)
        return replace(state, mesh=float(np.clip(spread, 1e-3, 1.0)), stale=0)

    def _diverged(self, state: DirectSearchState) -> DirectSearchState:
        way = state.x / max(float(np.linalg.norm(state.x)), 1e-300)
        return replace(state, status=Status.DIVERGED, direction=way)

    def _poll(self, state: DirectSearchState) -> DirectSearchState:
        """One round of the pattern search."""
        size = state.x.size
        directions = np.eye(size)
        if size > 1:
            turned, _ = np.linalg.qr(self._random.normal(size=(size, size)))
            directions = np.concatenate([directions, turned.T])
        directions = np.concatenate([directions, -directions]) * (state.mesh * state.lengths)
        moves = np.concatenate([directions, directions / SPREAD, directions * SPREAD])
        moves = np.concatenate([moves, state.last[None, :], 2 * state.last[None, :]])
        points, _ = fold(state.x + moves, self.lower, self.upper)
        values = self._values(points)
        best = int(np.argmin(values))
        if values[best] < state.value:
            moved = points[best]
            mesh = min(state.mesh / SHRINK, 1e6)
            state = replace(
                state, x=moved, value=float(values[best]), last=moved - state.x, mesh=mesh
            )
            far = np.max(np.abs(moved)) > RUNAWAY * np.max(state.lengths)
            return self._diverged(state) if far or state.value == -inf else state
        mesh = state.mesh * SHRINK
        if mesh < SMALLEST:
            return self._refresh(state)
        return replace(state, mesh=mesh, last=np.zeros(size))

    def _refresh(self, state: DirectSearchState) -> DirectSearchState:
        """A fresh population around the best point, or the end."""
        gained = state.mark - state.value > self.tol * max(1.0, abs(state.value))
        fruitless = 0 if gained else state.fruitless + 1
        if fruitless >= REFRESHES:
            return replace(state, status=Status.CONVERGED)
        members = self._population(state.x)
        fresh = replace(
            state, members=members, values=self._values(members), mesh=0.0, stale=0,
            mark=state.value, fruitless=fruitless,
        )  # fmt: skip
        return self._after_generation(fresh)
