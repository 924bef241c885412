"""Directions that the data leave open, said once however many there are."""

from collections.abc import Sequence

APART = 3
"""Up to this many directions each have a sentence of their own."""
NAMED = 6


def in_few_words(sentences: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The warnings for directions that change nothing.

    Args:
        sentences: one for each direction.
        names: the parameters that take part in any of them.
    """
    if len(sentences) <= APART:
        return tuple(sentences)
    shown, left = list(names[:NAMED]), len(names) - NAMED
    listed = ", ".join(shown) + (f" and {left} more" if left > 0 else "")
    return (
        f"{len(sentences)} directions are left open, in which {len(names)} parameters take part: "
        f"{listed}. One of them: {sentences[0]} All of them stand in solution.undetermined.",
    )


def hardly_in_few_words(sentences: Sequence[str]) -> tuple[str, ...]:
    """The warnings for directions that the data determine, but only just."""
    if len(sentences) <= APART:
        return tuple(sentences)
    more = len(sentences) - 1
    return (f"{sentences[0]} {more} more such directions stand in solution.fit.hardly_determined.",)
