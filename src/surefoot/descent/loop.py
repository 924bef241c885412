"""The one loop that runs every descent engine."""

from collections.abc import Callable, Sequence
from math import isfinite, nan
from time import perf_counter
from typing import Any, TypeVar

import numpy as np

from surefoot.descent.steps import (
    Engine,
    Iterates,
    Limits,
    Run,
    State,
    Step,
    StepRows,
    Stoppable,
    Vector,
)
from surefoot.terms import InputError, Status, noted_interrupts

S = TypeVar("S", bound=State)
Callback = Callable[[int, Vector, float], Any]
Progress = Callable[[int, Step], None]

CHUNK_SECONDS = 0.05
GROWTH = 64
OWN_END = (Status.CONVERGED, Status.STALLED)


def loop(
    engine: Engine[S],
    x0: Vector,
    limits: Limits | None = None,
    callback: Callback | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run an engine from x0 until it ends, or a limit, the callback or Ctrl-C ends it.

    Repeats: take a chunk of steps that lasts at most about 50 ms, record them, hand them out.

    Args:
        engine: what takes the steps.
        x0: flat float64 start (n,), inside the bounds.
        limits: most steps and most seconds.
        callback: called as callback(k, x, value) after every step, k = 0 being the start; a true
            answer ends the run with INTERRUPTED. `x` is read-only.
        progress: called as progress(k, step) once a chunk, with its newest step.

    Returns:
        The run. Nothing is lost when it is interrupted: the best finite point so far comes back.
        The first Ctrl-C and the time limit wait for the end of the chunk, which may hold a
        compile (nothing can cut one short); a second Ctrl-C does not.
    """
    limits = limits or Limits()
    log = _Log(x0, callback)
    pace = _Pace(limits.time_limit)
    state: S | None = None
    try:
        with noted_interrupts() as interrupted:
            if isinstance(engine, Stoppable):
                engine.stop = lambda: interrupted() or pace.late()
            state = pace.start(engine, x0)
            status = state.status
            if log.take(_first(state)):
                status = Status.INTERRUPTED
            while status is None:
                if interrupted():
                    status = Status.INTERRUPTED
                elif log.count >= limits.max_steps:
                    status = Status.STEP_LIMIT
                elif pace.late():
                    status = Status.TIME_LIMIT
                else:
                    state, steps = pace.timed(engine, state, limits.max_steps - log.count)
                    assert steps or state.status is not None, f"{engine.name} did not move on"
                    stopped = log.take_all(steps)
                    if progress is not None and steps:
                        progress(log.count, steps[-1])
                    status = Status.INTERRUPTED if stopped else state.status
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return _finish(log, state, status, pace.elapsed())


class _Log:
    """Counts and records the steps, keeps the best finite one, and tells the callback."""

    def __init__(self, x0: Vector, callback: Callback | None) -> None:
        self.best = Step(np.array(x0, dtype=np.float64), nan)
        self.trajectory = Iterates()
        self.count = -1
        self._callback = callback

    def take_all(self, steps: Sequence[Step]) -> bool:
        """Record a chunk of steps; whether the callback asked to stop (the rest is left out)."""
        if self._callback is not None or not isinstance(steps, StepRows) or not steps:
            return any(self.take(step) for step in steps)
        # Thousands of steps may arrive at once, so without a callback they are taken in bulk.
        self.trajectory.extend(self.count + 1, steps)
        self.count += len(steps)
        lowest = steps.lowest()
        if lowest is not None and not lowest.value >= self.best.value:
            self.best = lowest
        return False

    def take(self, step: Step) -> bool:
        """Record a step; whether the callback asked to stop."""
        step.x.setflags(write=False)
        self.count += 1
        self.trajectory.record(self.count, step)
        if isfinite(step.value) and not step.value >= self.best.value:
            self.best = step
        if self._callback is not None:
            return _asked_to_stop(self._callback(self.count, step.x, step.value))
        return False


def _asked_to_stop(answer: Any) -> bool:
    try:
        return bool(answer)
    except (TypeError, ValueError):
        # An array of several numbers is neither true nor false.
        shape = getattr(answer, "shape", None)
        found = type(answer).__name__ if shape is None else f"an array of shape {tuple(shape)}"
        raise InputError(
            f"the callback returned {found}, which is neither true nor false; return True to end "
            "the run, or nothing"
        ) from None


class _Pace:
    """Sizes the chunks: about 50 ms each, never past the time limit."""

    def __init__(self, time_limit: float | None) -> None:
        self._begin = perf_counter()
        self._limit = time_limit
        self._budget = 1

    def elapsed(self) -> float:
        return perf_counter() - self._begin

    def late(self) -> bool:
        return self._limit is not None and self.elapsed() >= self._limit

    def start(self, engine: Engine[S], x0: Vector) -> S:
        """The start; a step costs about as much, unless the start compiled, and then more steps
        are dared only after the first."""
        begin = perf_counter()
        state = engine.start(x0)
        self._budget = self._fitting(perf_counter() - begin, GROWTH)
        return state

    def timed(self, engine: Engine[S], state: S, left: int) -> tuple[S, Sequence[Step]]:
        """One chunk, and from its speed the size of the next."""
        budget = min(self._budget, left)
        begin = perf_counter()
        state, steps = engine.advance(state, budget)
        per_step = (perf_counter() - begin) / max(len(steps), 1)
        # A first chunk may hold a compile, so a slow one says little: growth is quick.
        self._budget = self._fitting(per_step, budget * GROWTH)
        return state, steps

    def _fitting(self, per_step: float, most: int) -> int:
        """How many steps fit into a chunk."""
        window = CHUNK_SECONDS
        if self._limit is not None:
            window = min(window, max(self._limit - self.elapsed(), 0.0))
        return max(1, min(int(window / max(per_step, 1e-9)), most))


def _first(state: State) -> Step:
    return Step(state.x, state.value, float(getattr(state, "gradient_norm", nan)), 0.0, "start")


def _finish(log: _Log, state: State | None, status: Status, seconds: float) -> Run:
    if state is not None and status in OWN_END and isfinite(state.value):
        x, value = state.x, state.value
    else:
        x, value = log.best.x, log.best.value
        if not isfinite(value) and status is not Status.INTERRUPTED:
            status = Status.NOT_A_NUMBER
    return Run(x, value, status, max(log.count, 0), log.trajectory, seconds, state)
