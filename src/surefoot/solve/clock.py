"""What is left of the limits of a call, and where its time went."""

from collections.abc import Generator
from contextlib import contextmanager
from math import ceil
from time import perf_counter

from surefoot.calculus import Evaluator
from surefoot.descent import Limits
from surefoot.solve.settings import Settings
from surefoot.terms import Status


class Clock:
    """What is left of the limits, over all engines of a call; and where the time went."""

    def __init__(self, settings: Settings) -> None:
        self._began = perf_counter()
        self._steps = settings.max_steps
        self._time_limit = settings.time_limit
        self.seconds: dict[str, float] = {}

    @property
    def end(self) -> float | None:
        """When the time is up, on the clock of `perf_counter`; None without a limit."""
        return None if self._time_limit is None else self._began + self._time_limit

    def limits(self, share: float = 1.0) -> Limits:
        """What one run may use: all the time that is left, and a share of the steps."""
        left = None
        if self._time_limit is not None:
            left = max(0.0, self._time_limit - (perf_counter() - self._began))
        return Limits(max_steps=ceil(share * self._steps), time_limit=left)

    def spend(self, steps: int) -> None:
        """Take the steps of a run off what is left."""
        self._steps = max(0, self._steps - steps)

    def over(self) -> bool:
        """Whether nothing is left."""
        late = (
            self._time_limit is not None
            and perf_counter() - self._began >= self._time_limit
        )
        return late or self._steps == 0

    def ending(self) -> Status:
        """How a run ends for which nothing is left."""
        return Status.STEP_LIMIT if self._steps == 0 else Status.TIME_LIMIT

    @contextmanager
    def judging(self, evaluator: Evaluator) -> Generator[None, None, None]:
        """Adds the time of a `with` block to `seconds["judge"]`, what it compiled left out."""
        began, compiled = perf_counter(), evaluator.compile_seconds
        try:
            yield
        finally:
            spent = perf_counter() - began - (evaluator.compile_seconds - compiled)
            self.seconds["judge"] = self.seconds.get("judge", 0.0) + spent
