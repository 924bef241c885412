"""A progress line on long work; silent when nobody watches."""

import sys
from time import perf_counter
from typing import Any

PATIENCE = 1.0
"""Seconds before anything is shown: short work ends before a person looks."""


class Progress:
    """Shows step, value and slope of a long run on standard error.

    Args:
        wanted: True, False, or None for "when standard error is a terminal".
        words: what is being done.
    """

    def __init__(self, wanted: bool | None, words: str) -> None:
        self._on = sys.stderr.isatty() if wanted is None else wanted
        self._words = words
        self._began = perf_counter()
        self._status: Any = None

    def __call__(self, number: int, step: Any) -> None:
        """Show the newest step."""
        if not self._on or perf_counter() - self._began < PATIENCE:
            return
        text = f"{self._words}: step {number}, value {step.value:.6g}"
        if step.gradient_norm == step.gradient_norm:
            text += f", slope {step.gradient_norm:.2g}"
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
