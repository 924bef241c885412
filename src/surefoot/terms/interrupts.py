"""Ctrl-C, where Python's own way of raising it anywhere would do harm."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_interrupts() -> Generator[None, None, None]:
    """Inside the block Ctrl-C is only noted; it is handed on when the block ends.

    jaxlib is C++ and aborts the process, with a page of traceback, when KeyboardInterrupt arrives
    while it is being loaded; SciPy's Cython prints it and goes on. Other threads than the main one
    receive no signals.

    Whoever was to receive it receives it then: Python raises KeyboardInterrupt; inside
    `noted_interrupts` it is noted, and the work around this block ends in good order.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    arrived: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    for _ in arrived[:2]:  # more than two say no more than two
        signal.raise_signal(signal.SIGINT)


_noted: list[int] = []


def _note(number: int, frame: FrameType | None) -> None:
    if _noted:
        raise KeyboardInterrupt
    _noted.append(number)


@contextmanager
def noted_interrupts() -> Generator[Callable[[], bool], None, None]:
    """Inside the block the first Ctrl-C is noted, and the second raises KeyboardInterrupt.

    For work that looks at the note between its chunks and can end in good order: what was found so
    far is judged and returned. Raised in the midst of a call, KeyboardInterrupt may be printed and
    swallowed (JAX has a hook in the garbage collector, SciPy has Cython), and the run would go on
    as if it had not been asked to stop. Blocks may be nested; the note is one. A handler that
    somebody else has installed is left alone, and so is every thread but the main one.

    Yields:
        whether Ctrl-C has been pressed since the outermost block began.
    """
    handler = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or handler is not signal.default_int_handler:
        yield lambda: main and handler is _note and bool(_noted)
        return
    _noted.clear()
    signal.signal(signal.SIGINT, _note)
    try:
        yield lambda: bool(_noted)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def ended_interrupts() -> Generator[None, None, None]:
    """As `noted_interrupts`, but where Ctrl-C was pressed KeyboardInterrupt ends the block.

    For work that has no answer before its end, and runs loops inside that end early on Ctrl-C: what
    comes after them would take such an end for a finished one.
    """
    with noted_interrupts() as interrupted:
        try:
            yield
        except Exception:
            if not interrupted():  # else it may come from a loop that ended early
                raise
        pressed = interrupted()
    if pressed:
        raise KeyboardInterrupt
