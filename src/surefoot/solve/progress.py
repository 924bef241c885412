"""A progress line on long work; silent when nobody watches."""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

PATIENCE = 1.0
"""Seconds before anything is shown: short work ends before a person looks."""


class _Line:
    """A line on standard error.

    Args:
        wanted: True, False, or None for "when standard error is a terminal".
        words: what is being done.
    """

    def __init__(self, wanted: bool | None, words: str) -> None:
        self._on = sys.stderr.isatty() if wanted is None else wanted
        self._words = words
        self._began = perf_counter()
        self._status: Any = None

    def show(self, told: Callable[[], str]) -> None:
        """Put up what `told` says, once the work has taken a while."""
        if not self._on or perf_counter() - self._began < PATIENCE:
            return
        text = f"{self._words}: {told()}"
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(text)
            self._status.start()
        else:
            self._status.update(text)

    def close(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class Progress(_Line):
    """Step, value and slope of a long run."""

    def __call__(self, number: int, step: Any) -> None:
        """Show the newest step."""

        def told() -> str:
            text = f"step {number}, value {step.value:.6g}"
            if step.gradient_norm == step.gradient_norm:
                text += f", slope {step.gradient_norm:.2g}"
            return text

        self.show(told)


class Counting(_Line):
    """How far a search of boxes is."""

    def __call__(self, tested: int, waiting: int, found: int) -> None:
        """Show the newest counts."""
        self.show(lambda: f"{tested:,} boxes tested, {waiting:,} waiting, {found:,} found")


class Narrowing(_Line):
    """How far the search for the best value of a box is."""

    def __call__(self, looked: int, waiting: int, value: float, gap: float) -> None:
        """Show the newest counts."""
        self.show(
            lambda: f"{looked:,} boxes, {waiting:,} waiting, value {value:.6g}, gap {gap:.2g}"
        )
