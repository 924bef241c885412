"""BLAS keeps to one thread inside the block, and has its threads again after the last one."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from surefoot.terms import one_blas_thread


def threads() -> int:
    counts = {entry["num_threads"] for entry in ThreadpoolController().info()
              if entry["user_api"] == "blas"}  # fmt: skip
    return max(counts, default=1)


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    np.linalg.eigh(np.eye(3))
    with ThreadpoolController().limit(limits=2):
        if threads() < 2:
            pytest.skip("this BLAS has one thread only")
        yield


@pytest.mark.parametrize("size", [24, 100, 512])
def test_one_thread_inside_and_as_many_as_before_afterwards(size: int) -> None:
    with one_blas_thread(size):
        assert threads() == 1
    assert threads() == 2


@pytest.mark.parametrize("size", [0, 1, 23, 513, 10_000])
def test_what_is_tiny_or_large_keeps_its_threads(size: int) -> None:
    with one_blas_thread(size):
        assert threads() == 2


def test_the_last_of_nested_blocks_gives_the_threads_back() -> None:
    with one_blas_thread(100):
        with one_blas_thread(100):
            assert threads() == 1
        assert threads() == 1
    assert threads() == 2


def test_an_error_gives_the_threads_back() -> None:
    with pytest.raises(ZeroDivisionError), one_blas_thread(100):
        raise ZeroDivisionError
    assert threads() == 2


def test_a_block_of_another_thread_that_ends_later_changes_nothing() -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread(100):
            entered.set()
            leave.wait(10.0)

    beside = threading.Thread(target=other)
    with one_blas_thread(100):
        beside.start()
        entered.wait(10.0)
        assert threads() == 1
    assert threads() == 2
    leave.set()
    beside.join()
    assert threads() == 2
    with one_blas_thread(100):
        assert threads() == 1
