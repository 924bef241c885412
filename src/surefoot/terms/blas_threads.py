"""Small matrices on one thread of BLAS, since its threads spin while they wait for each other.

On two cores that do nothing else two threads take the eigenvalues of a 100 × 100 matrix in 0.6 ms,
and one in 0.65. Beside anything that works they take 130 ms (median), and one takes 0.7.
"""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_SMALLEST = 24
_LARGEST = 512
"""OpenBLAS hands out eigenvalues from 32 rows on; at some hundreds more threads begin to pay."""

_TURN = threading.Lock()


@contextmanager
def one_blas_thread(size: int) -> Generator[None, None, None]:
    """Inside the block linear algebra keeps to one thread, where `size` rows are not worth more.

    The number of threads belongs to the process: whoever comes first sets it and sets it back.
    Blocks within, and those of other threads meanwhile, leave it as it is.
    """
    if not _SMALLEST <= size <= _LARGEST or not _TURN.acquire(blocking=False):
        yield
        return
    try:
        with _libraries("scipy.linalg" in sys.modules).limit(limits=1):
            yield
    finally:
        _TURN.release()


@lru_cache(maxsize=2)
def _libraries(scipy: bool) -> Any:
    """The BLAS libraries of this process; SciPy brings its own as soon as it is loaded."""
    from threadpoolctl import ThreadpoolController

    found: Any = ThreadpoolController()
    return found.select(user_api="blas")
