"""Stop pure-Python work after some seconds, in any thread, without signals or processes."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from inspect import CO_GENERATOR
from time import thread_time
from types import FrameType
from typing import Any


class OutOfTimeError(BaseException):
    """The deadline has passed. Not an Exception, so that no `except Exception` swallows it."""


def _never() -> bool:
    return False


@contextmanager
def deadline(
    seconds: float, stop: Callable[[], bool] = _never
) -> Generator[None, None, None]:
    """Raise OutOfTimeError inside the block once this thread has worked for `seconds`.

    Or once `stop` says so, which is asked as often.

    Processor time is counted, so that a busy machine does not change what is found.

    SymPy's solvers can run for hours. A signal works in the main thread alone, a thread cannot be
    ended, a process costs its start. SymPy is pure Python and calls functions all the time, so
    the interpreter's own trace hook looks at the clock at each call; no line is traced, which
    keeps the cost near a tenth. A debugger's hook is put back afterwards.
    """
    end = thread_time() + seconds

    def look(frame: FrameType, event: str, argument: Any) -> None:
        # Not inside a generator: one that is being thrown away would swallow the error with a
        # message on stderr, and Python takes the hook off once it has raised.
        late = thread_time() > end or stop()
        if late and not frame.f_code.co_flags & CO_GENERATOR:
            raise OutOfTimeError

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)
