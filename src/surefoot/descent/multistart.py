"""Many starts at once: one batched descent, then the distinct ends, polished and counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, nan
from typing import Protocol, runtime_checkable

import numpy as np

from surefoot.descent.basins import Basins, count_basins, group_ends, typical_lengths
from surefoot.descent.bounds import Mask, held
from surefoot.descent.loop import Callback, Progress, loop
from surefoot.descent.steps import Limits, Run, Step, Vector
from surefoot.terms import Status

MEMORY = 8
DECREASE = 1e-4
SHORTEST = 1e-14
RUNAWAY = 1e15
PATIENCE = 50
"""Rounds after which a descent must have made progress."""
POLISHED = 32
"""The most ends that are polished: beyond that the list is a sample, not an answer."""


@runtime_checkable
class GradientBatches(Protocol):
    """What the method asks of a function."""

    @property
    def size(self) -> int: ...
    def values(self, points: Vector, /) -> Vector: ...
    def values_and_gradients(self, points: Vector, /) -> tuple[Vector, Vector]: ...


@dataclass(frozen=True)
class MultiStartState:
    """Where the k descents are; row i of every array belongs to start i.

    Attributes:
        x, value: the best point so far, and its value.
        points, values, gradients: (k, n), (k,), (k, n) where each descent is.
        directions: (k, n) where each is heading; `lengths` (k,) how far the next trial goes.
        moves, changes: (k, m, n) the last steps s and gradient changes y, newest last.
        products: (k, m) 1/sᵀy, 0 for an empty place.
        going: (k,) which descents go on; `lost` (k,) which met NaN or ran away.
        marks: (k,) the values at the last look at progress, `rounds` trials since the start.
        direction: where all ran away: the way of the first.
    """

    x: Vector
    value: float
    status: Status | None
    gradient_norm: float
    points: Vector
    values: Vector
    gradients: Vector
    directions: Vector
    lengths: Vector
    moves: Vector
    changes: Vector
    products: Vector
    going: Mask
    lost: Mask
    marks: Vector
    rounds: int = 0
    direction: Vector | None = None


class MultiStart:
    """L-BFGS from k starts in lockstep: each step is one batched call for all of them.

    For every start, with its own memory and step length t:

    1. d = −H g on the variables that no bound holds (two-loop recursion, Nocedal & Wright 2006,
       algorithm 7.4; H₀ = γ·diag(ℓ²), ℓ the spread of the starts, so that units do not
       matter), 0 on the others; −diag(ℓ²) g where that is no descent direction.
    2. Trial x⁺ = P(x + t d), P the projection onto the bounds. All k trials are evaluated in
       one call.
    3. f(x⁺) ≤ f(x) + 10⁻⁴ gᵀ(x⁺ − x): go there, t = 1 (4t while no curvature is known). Otherwise
       (NaN included) t shrinks to the minimum of the parabola through both values, kept between
       t/10 and t/2.
    4. A descent ends when ½|gᵀd| ≤ tol·max(1, |f|), when t underflows, when it runs away, or when
       50 rounds have brought less than tol·max(1, |f|).

    The ends are meant to be polished by a method with its own stopping test. Why on the host and
    not one compiled loop: a single compile of the batched gradient is all that it costs, and a
    step takes about as long as the call itself.

    Args:
        oracle: the function.
        starts: (k, n) starts inside the bounds.
        lower, upper: (n,) bounds; ±inf where there is none.
        tol: tolerance on the value of each descent.
    """

    name = "multi-start"

    def __init__(
        self,
        oracle: GradientBatches,
        starts: Vector,
        lower: Vector | None = None,
        upper: Vector | None = None,
        *,
        tol: float = 1e-9,
    ) -> None:
        size = oracle.size
        self.oracle = oracle
        self.starts = np.array(starts, np.float64)
        self.lower = np.full(size, -inf) if lower is None else np.asarray(lower, np.float64)
        self.upper = np.full(size, inf) if upper is None else np.asarray(upper, np.float64)
        self.tol = tol
        self._scale = typical_lengths(self.starts, self.starts)

    def start(self, x0: Vector) -> MultiStartState:
        """Evaluate at all starts; x0 is one of them and not used."""
        del x0
        points = self.starts.copy()
        values, gradients = self.oracle.values_and_gradients(points)
        k, n = points.shape
        good = np.isfinite(values) & np.all(np.isfinite(gradients), axis=1)
        values = np.where(good, values, np.where(values == -inf, -inf, inf))
        state = MultiStartState(
            points[0].copy(), inf, None, nan, points, values, np.where(good[:, None], gradients, 0),
            np.zeros((k, n)), np.zeros(k), np.zeros((k, MEMORY, n)), np.zeros((k, MEMORY, n)),
            np.zeros((k, MEMORY)), good, ~good & ~(values == -inf), values,
        )  # fmt: skip
        state = self._head(state, np.ones(k, bool))
        return self._best(state)

    def advance(self, state: MultiStartState, budget: int) -> tuple[MultiStartState, list[Step]]:
        """At most `budget` rounds; each is one trial of every descent that goes on."""
        steps: list[Step] = []
        while len(steps) < budget and state.status is None:
            before = state.x
            state = self._best(self._without_idlers(self._round(state)))
            size = float(np.linalg.norm(state.x - before))
            note = f"{int(np.sum(state.going))} of {len(state.going)} going"
            steps.append(Step(state.x.copy(), state.value, state.gradient_norm, size, note))
        return state, steps

    def _round(self, state: MultiStartState) -> MultiStartState:
        """One trial of every descent."""
        trial = state.points + state.lengths[:, None] * state.directions
        # Descents that have ended stay where they are: a batch of constant size compiles once.
        trial = np.clip(trial, self.lower, self.upper)
        trial = np.where(state.going[:, None], trial, state.points)
        values, gradients = self.oracle.values_and_gradients(trial)
        moved = trial - state.points
        promised = np.sum(state.gradients * moved, axis=1)
        with np.errstate(invalid="ignore"):
            usable = np.all(np.isfinite(gradients), axis=1) & (values < inf)
            lower = values <= state.values + DECREASE * promised
            taken = state.going & usable & lower & np.any(moved != 0, axis=1)
            bend = values - state.values - promised
            shrink = np.where(bend > 0, -promised / np.where(bend > 0, 2 * bend, 1), 0.5)
        shrink = np.clip(np.where(np.isfinite(shrink), shrink, 0.1), 0.1, 0.5)
        lengths = state.lengths * np.where(taken, 1.0, shrink)
        state = self._remember(state, taken, moved, gradients - state.gradients)
        pick = taken[:, None]
        state = replace(
            state,
            points=np.where(pick, trial, state.points),
            values=np.where(taken, values, state.values),
            gradients=np.where(pick, gradients, state.gradients),
            lengths=lengths,
        )
        return self._head(state, taken)

    def _without_idlers(self, state: MultiStartState) -> MultiStartState:
        """Every so many rounds, end the descents whose value no longer falls.

        All descents wait for the slowest, and the ends are polished anyway.
        """
        state = replace(state, rounds=state.rounds + 1)
        if state.rounds % PATIENCE:
            return state
        small = self.tol * np.maximum(1.0, np.abs(state.values))
        with np.errstate(invalid="ignore"):
            falling = state.marks - state.values > small
        return replace(state, going=state.going & falling, marks=state.values)

    def _remember(
        self, state: MultiStartState, taken: Mask, moved: Vector, changed: Vector
    ) -> MultiStartState:
        """Add the pair (s, y) of every step taken, where it curves upward."""
        product = np.sum(moved * changed, axis=1)
        with np.errstate(invalid="ignore"):
            size = np.sum((changed * self._scale) ** 2, axis=1)
            size = np.sqrt(size * np.sum((moved / self._scale) ** 2, axis=1))
            curved = taken & (product > 1e-12 * size)
        rows = np.flatnonzero(curved)
        moves, changes, products = state.moves.copy(), state.changes.copy(), state.products.copy()
        for memory, new in ((moves, moved), (changes, changed)):
            memory[rows, :-1] = memory[rows, 1:]
            memory[rows, -1] = new[rows]
        products[rows, :-1] = products[rows, 1:]
        products[rows, -1] = 1 / product[rows]
        return replace(state, moves=moves, changes=changes, products=products)

    def _head(self, state: MultiStartState, taken: Mask) -> MultiStartState:
        """New directions for the descents that moved, and which descents are over."""
        free = ~held(state.points, state.gradients, self.lower, self.upper)
        gradient = np.where(free, state.gradients, 0.0)
        metric = self._scale**2
        direction = np.where(free, _two_loop(state, gradient, metric), 0.0)
        slope = np.sum(gradient * direction, axis=1)
        steepest = -gradient * metric
        steep = np.sum(gradient * steepest, axis=1)
        uphill = ~(slope < 0) | ~np.isfinite(slope)
        unknown = (state.products[:, -1] == 0) | uphill
        direction = np.where(unknown[:, None], steepest, direction)
        slope = np.where(unknown, steep, slope)
        first = 0.1 / np.sqrt(np.maximum(-steep, 1e-300))
        bold = np.where(state.lengths > 0, 4 * state.lengths, first)
        lengths = np.where(taken, np.where(unknown, bold, 1.0), state.lengths)
        directions = np.where(taken[:, None], direction, state.directions)
        return self._end(
            replace(state, directions=directions, lengths=lengths), taken, slope, unknown
        )

    def _end(
        self, state: MultiStartState, taken: Mask, slope: Vector, unknown: Mask
    ) -> MultiStartState:
        """Which descents are over, and which are lost."""
        small = self.tol * np.maximum(1.0, np.abs(state.values))
        # Without a pair the slope has no curvature to be measured by: only zero counts as over.
        flat = taken & np.where(unknown, slope == 0, -slope <= 2 * small)
        ahead = state.lengths * np.linalg.norm(state.directions / self._scale, axis=1)
        size = np.linalg.norm(state.points / self._scale, axis=1)
        stuck = ~taken & (ahead <= SHORTEST * np.maximum(size, 1.0))
        reach = np.max(np.abs(state.points), axis=1)
        away = (reach > RUNAWAY * (1 + np.max(np.abs(self.starts), axis=1))) | (
            state.values == -inf
        )
        return replace(
            state, going=state.going & ~flat & ~stuck & ~away, lost=state.lost | away
        )

    def _best(self, state: MultiStartState) -> MultiStartState:
        """The lowest of the k points, and whether all descents are over."""
        best = int(np.argmin(state.values))
        value = float(state.values[best])
        status, direction = None, None
        if not np.any(state.going):
            kept = ~state.lost & np.isfinite(state.values)
            status = Status.CONVERGED if np.any(kept) else Status.NOT_A_NUMBER
            if not np.any(kept) and value < inf:
                status = Status.DIVERGED
                moved = state.points[best] - self.starts[best]
                direction = moved / max(float(np.linalg.norm(moved)), 1e-300)
        free = ~held(state.points[best], state.gradients[best], self.lower, self.upper)
        norm = float(np.linalg.norm(state.gradients[best][free]))
        return replace(
            state, x=state.points[best].copy(), value=value, status=status, gradient_norm=norm,
            direction=direction,
        )  # fmt: skip


def _two_loop(state: MultiStartState, gradient: Vector, metric: Vector) -> Vector:
    """−H g for every start: the two-loop recursion over its own pairs, H₀ = γ·diag(metric)."""
    pairs = range(MEMORY)
    q = gradient.copy()
    weights = np.zeros((len(q), MEMORY))
    for j in reversed(pairs):
        weights[:, j] = state.products[:, j] * np.sum(state.moves[:, j] * q, axis=1)
        q = q - weights[:, j : j + 1] * state.changes[:, j]
    newest = np.sum(state.changes[:, -1] ** 2 * metric, axis=1) * state.products[:, -1]
    q = metric * q / np.where(newest > 0, newest, 1.0)[:, None]
    for j in pairs:
        again = state.products[:, j] * np.sum(state.changes[:, j] * q, axis=1)
        q = q + (weights[:, j] - again)[:, None] * state.moves[:, j]
    return -q


def many_starts(
    oracle: GradientBatches,
    starts: Vector,
    lower: Vector,
    upper: Vector,
    *,
    tol: float = 1e-9,
    polish: Callable[[Vector], tuple[Vector, float]] | None = None,
    limits: Limits | None = None,
    callback: Callback | None = None,
    progress: Progress | None = None,
) -> tuple[Run, Basins]:
    """Descend from all starts, polish the distinct ends, and count how many starts led to each.

    Args:
        oracle: the function.
        starts: (k, n) starts inside the bounds.
        lower, upper: (n,) bounds.
        tol: tolerance on the value.
        polish: takes an end to (x, value) by a method with its own stopping test; it is called
            once for each distinct end, for the `POLISHED` lowest at most, and not at all after a
            limit or an interruption. An end that it makes worse stays as it was.
        limits, callback, progress: of the loop; a step is one round of all descents.

    Returns:
        The run of the batch (its x is the best end before polishing), and the basins.
    """
    engine = MultiStart(oracle, starts, lower, upper, tol=tol)
    run = loop(engine, engine.starts[0].copy(), limits, callback, progress)
    if run.state is None:
        return run, Basins((), len(starts), ())
    # A descent that ran away has left no end.
    points = run.state.points
    values = np.where(run.state.lost, nan, run.state.values)
    scale = typical_lengths(starts, points[np.isfinite(values)])
    groups = group_ends(oracle, points, values, scale, tol)
    if polish is None or run.status is not Status.CONVERGED:
        return run, count_basins(points, values, groups)
    for group in groups[:POLISHED]:
        x, value = polish(points[group[0]])
        if value <= values[group[0]]:
            # The whole group moves: its members were headed for the same point.
            points[group], values[group] = x, value
    groups = group_ends(oracle, points, values, scale, tol)
    return run, count_basins(points, values, groups)
