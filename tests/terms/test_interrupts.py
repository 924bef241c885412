"""Ctrl-C, held back while libraries load and noted while solvers run."""

import signal
import threading

import pytest

from surefoot.terms import held_interrupts, noted_interrupts


def test_it_is_held_until_the_block_ends() -> None:
    reached = False
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
    assert signal.getsignal(signal.SIGINT) is before


def test_without_one_nothing_happens_and_an_error_passes() -> None:
    before = signal.getsignal(signal.SIGINT)
    with held_interrupts():
        pass
    with pytest.raises(ZeroDivisionError), held_interrupts():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_may_load_too() -> None:
    done: list[bool] = []

    def load() -> None:
        with held_interrupts():
            done.append(True)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    assert done == [True]


def test_the_first_is_noted_and_the_second_raises() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), noted_interrupts() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_nested_blocks_share_the_note_and_the_next_block_starts_afresh() -> None:
    with noted_interrupts() as outer:
        with noted_interrupts() as inner:
            signal.raise_signal(signal.SIGINT)
            assert inner()
        with noted_interrupts() as later:
            assert later() and outer()
    with noted_interrupts() as interrupted:
        assert not interrupted()


def test_what_was_held_inside_a_noted_block_is_noted() -> None:
    with noted_interrupts() as interrupted:
        with held_interrupts():
            signal.raise_signal(signal.SIGINT)
            assert not interrupted()
        assert interrupted()


def test_held_blocks_may_be_nested() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        with held_interrupts():
            signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached


def test_somebody_elses_handler_is_left_alone() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with noted_interrupts() as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert not interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
