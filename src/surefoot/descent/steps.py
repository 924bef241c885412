"""The words of a descent: one step, the limits, the record of a run, and what an engine is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any, NamedTuple, Protocol, TypeVar, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from surefoot.terms import Status

Vector = NDArray[np.float64]


def norm(vector: Vector) -> float:
    """‖v‖, safe from overflow and underflow of the squares."""
    top = float(np.max(np.abs(vector), initial=0.0))
    return top * float(np.linalg.norm(vector / top)) if 0.0 < top < inf else top


class Step(NamedTuple):
    """One step that an engine took.

    Attributes:
        x: the point reached, flat float64 (n,).
        value: f(x).
        gradient_norm: ‖∇f(x)‖ (with bounds: of its projection); NaN for engines without gradients.
        size: ‖x − previous x‖; 0 for a trial that was turned down.
        note: one or two words on the kind of step, e.g. "newton", "negative curvature", "start".
    """

    x: Vector
    value: float
    gradient_norm: float = nan
    size: float = nan
    note: str = ""


class StepRows(Sequence[Step]):
    """Steps as rows of arrays: compiled engines make thousands at once, and few are looked at.

    Args:
        before: (n,) the point before the first step.
        points: (k, n) the points reached.
        values: (k,) f there.
        gradient_norms: (k,) ‖∇f‖ there.
        note: of all of them.
    """

    def __init__(
        self, before: Vector, points: Vector, values: Vector, gradient_norms: Vector, note: str
    ) -> None:
        self.points, self.values, self.gradient_norms = points, values, gradient_norms
        self.before, self.note = before, note

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> "StepRows": ...
    def __getitem__(self, index: int | slice) -> "Step | StepRows":
        if isinstance(index, slice):
            first, _, stride = index.indices(len(self))
            assert stride == 1, "steps are handed out in order"
            before = self.points[first - 1] if first else self.before
            parts = self.points[index], self.values[index], self.gradient_norms[index]
            return StepRows(before, *parts, self.note)
        k = range(len(self))[index]
        x, previous = self.points[k], self.points[k - 1] if k else self.before
        size = float(np.linalg.norm(x - previous))
        return Step(x, float(self.values[k]), float(self.gradient_norms[k]), size, self.note)

    def lowest(self) -> Step | None:
        """The first of the steps with the lowest finite value; None where there is none."""
        finite = np.where(np.isfinite(self.values), self.values, inf)
        k = int(np.argmin(finite))
        return self[k] if finite[k] < inf else None


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run has to end even though it has not converged.

    Attributes:
        max_steps: the most steps to take.
        time_limit: the most seconds to spend, compile time included; None for no limit.
    """

    max_steps: int = 10_000
    time_limit: float | None = None


@runtime_checkable
class State(Protocol):
    """Where an engine is. Engines add what they need (gradient, radius, memory).

    `status` is None to go on. Engines may carry `gradient_norm` (read for the record of the
    start) and `direction` (the way a diverging run went).
    """

    @property
    def x(self) -> Vector: ...
    @property
    def value(self) -> float: ...
    @property
    def status(self) -> Status | None: ...


S = TypeVar("S", bound=State)


@runtime_checkable
class Engine(Protocol[S]):
    """What every engine of this room looks like.

    `start` evaluates at x0 (and compiles what it will need, so that the loop can time the steps).
    `advance` takes at most `budget` ≥ 1 steps and hands them out in order; it returns early when
    it is done. It returns at least one step or a state whose status is not None.
    """

    @property
    def name(self) -> str: ...
    def start(self, x0: Vector) -> S: ...
    def advance(self, state: S, budget: int) -> tuple[S, Sequence[Step]]: ...


Stop = Callable[[], bool]


def never() -> bool:
    """The answer while nobody wants the run to end."""
    return False


@runtime_checkable
class Stoppable(Protocol):
    """An engine with steps that may last longer than a person waits.

    The loop sets `stop`; the engine asks it within such a step, and where the answer is yes ends
    the step early with the best it has. The loop then sees the same limit and ends the run.
    """

    stop: Stop


class Iterates(Sequence[Step]):
    """The steps of a run in order, thinned evenly where they would not fit in memory.

    When the points outgrow `cap` bytes every second one is dropped and from then on only every
    2ᵏ-th step is kept; the newest step is always there. `numbers[i]` is the number of the i-th
    step kept (0 is the start).
    """

    def __init__(self, cap: int = 64 * 2**20) -> None:
        self._opened: list[Step] = []
        self._rows: list[StepRows] = []
        self._numbers: list[int] = []
        self._latest: tuple[int, Step] | None = None
        self._stride = 1
        self._cap = cap

    def record(self, number: int, step: Step) -> None:
        """Keep a step, or only as the newest one where the record is thinned."""
        self._latest = (number, step)
        if number % self._stride:
            return
        if self._stride > 1:
            step = step._replace(x=_own(step.x))
        self._kept.append(step)
        self._numbers.append(number)
        if len(self._kept) > 2 and len(self._kept) * step.x.nbytes > self._cap:
            self._stride *= 2
            pairs = list(zip(self._numbers, self._kept, strict=True))
            pairs = [(k, kept) for k, kept in pairs if k % self._stride == 0]
            self._numbers = [k for k, _ in pairs]
            # Copies: a point may be a row of a larger array, which would stay alive with it.
            self._opened = [kept._replace(x=_own(kept.x)) for _, kept in pairs]

    def extend(self, first: int, steps: Sequence[Step]) -> None:
        """Record steps with the numbers first, first + 1, …"""
        if not steps:
            return
        room = self._cap // max(steps[0].x.nbytes, 1) - len(self._numbers)
        if self._stride > 1 or len(steps) > room:
            for number, step in enumerate(steps, first):
                self.record(number, step)
            return
        if isinstance(steps, StepRows):
            self._rows.append(steps)
        else:
            self._kept.extend(steps)
        self._numbers.extend(range(first, first + len(steps)))
        self._latest = (self._numbers[-1], steps[-1])

    @property
    def _kept(self) -> list[Step]:
        """The steps kept; rows of arrays become steps when they are first asked for."""
        for rows in self._rows:
            self._opened.extend(rows)
        self._rows.clear()
        return self._opened

    @property
    def numbers(self) -> list[int]:
        """The number of each step kept."""
        return [*self._numbers, *(number for number, _ in self._tail())]

    @property
    def stride(self) -> int:
        """Every how many steps one was kept."""
        return self._stride

    def _tail(self) -> list[tuple[int, Step]]:
        if self._latest is None or self._latest[0] == (self._numbers or [-1])[-1]:
            return []
        return [self._latest]

    def _all(self) -> list[Step]:
        return [*self._kept, *(step for _, step in self._tail())]

    def __len__(self) -> int:
        return len(self._numbers) + len(self._tail())

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Step]:
        return iter(self._all())

    @property
    def points(self) -> Vector:
        """(k, n) the points kept."""
        return np.array([step.x for step in self])

    @property
    def values(self) -> Vector:
        """(k,) their values."""
        return np.array([step.value for step in self])

    @property
    def gradient_norms(self) -> Vector:
        """(k,) their gradient norms."""
        return np.array([step.gradient_norm for step in self])


def _own(x: Vector) -> Vector:
    if x.base is None:
        return x
    x = x.copy()
    x.setflags(write=False)
    return x


@dataclass(frozen=True)
class Run:
    """How a descent went.

    Attributes:
        x: where it ended: the engine's last point where it ended by itself (CONVERGED, STALLED),
            else the best finite point seen.
        value: f(x).
        status: how it ended. What the point *is*, the judge says.
        steps: number of steps taken.
        trajectory: the steps, the start included as number 0.
        seconds: wall time, compile time included.
        state: the engine's last state (its `direction` where it diverged); None where the run was
            interrupted before the first evaluation was done.
    """

    x: Vector
    value: float
    status: Status
    steps: int
    trajectory: Iterates = field(repr=False)
    seconds: float
    state: Any = field(default=None, repr=False)
