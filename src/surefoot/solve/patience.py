"""How long the judge may go on once the time is up or Ctrl-C was pressed."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import perf_counter

from surefoot.calculus import Evaluator
from surefoot.terms import Confidence, Evidence, PointKind, Status, Verdict, noted_interrupts

GRACE = 2.0
"""Seconds that the judge may use beyond the limit: enough to compile what most functions need. A
point without a verdict says nothing, so a little more is worth it; more would be no limit."""


class OutOfPatienceError(Exception):
    """The judge has used up its time."""


class Patience:
    """Looks at the clock before every evaluation that the judge asks for.

    A compile cannot be cut short, so one that would probably end too late, since the longest so
    far did last as long, is not begun.

    Attributes:
        status: why it ended, TIME_LIMIT or INTERRUPTED.
    """

    def __init__(
        self, evaluator: Evaluator, end: float | None, interrupted: Callable[[], bool]
    ) -> None:
        self.status = Status.TIME_LIMIT
        self._evaluator = evaluator
        self._interrupted = interrupted
        self._began = perf_counter()
        self._end = None if end is None else max(end, self._began) + GRACE

    def __call__(self, compiles: bool) -> None:
        now = perf_counter()
        if self._interrupted() and self.status is not Status.INTERRUPTED:
            self.status = Status.INTERRUPTED
            self._end = min(self._end or now + GRACE, now + GRACE)
        if self._end is None:
            return
        ahead = self._evaluator.longest_compile if compiles else 0.0
        if now + ahead > self._end:
            raise OutOfPatienceError

    def verdict(self) -> Verdict:
        """What can be said of a point that the judge could not finish with."""
        interrupted = self.status is Status.INTERRUPTED
        why = "Ctrl-C was pressed" if interrupted else "The time was up"
        more = "" if interrupted else "raise time_limit, or "
        seconds = perf_counter() - self._began
        row = Evidence(
            "time", "seconds of the judge", seconds, GRACE, False,
            note="a compile that would have lasted longer is not begun",
        )  # fmt: skip
        return Verdict(
            PointKind.UNKNOWN,
            Confidence.UNKNOWN,
            (row,),
            f"{why} before it was known what this point is: {more}ask "
            "sf.classify(f, solution.x) when there is time.",
        )


@contextmanager
def patience(evaluator: Evaluator, end: float | None) -> Generator[Patience, None, None]:
    """Inside the block the evaluator raises OutOfPatienceError once the judge has to end.

    Args:
        evaluator: what the judge asks.
        end: when the time is up, on the clock of `perf_counter`; None without a limit.
    """
    with noted_interrupts() as interrupted:
        evaluator.before_call = waited = Patience(evaluator, end, interrupted)
        try:
            yield waited
        finally:
            evaluator.before_call = None
