"""What a person can do next, where a whole box was searched."""

from collections.abc import Sequence

import numpy as np

from surefoot.judge.advice import Words
from surefoot.judge.contracts import Vector
from surefoot.terms import at_most


def faces_of(words: Words, x: Vector, lower: Vector, upper: Vector) -> list[str]:
    """Names of the coordinates that lie on a face of their box; of one number there is no face."""
    on_face = ((x == lower) | (x == upper)) & (lower < upper)
    return [str(words.names[int(k)]) for k in np.flatnonzero(on_face)]


def best_of_box(words: Words, faces: Sequence[str], doubts: str) -> str:
    """Advice at a point with no better one in its box.

    Args:
        faces: coordinates that lie on a face of the box. doubts: why that is not proved; "".
    """
    where = (
        f"It lies on the boundary of the box, in {words.listed(faces)}: beyond it the value may be "
        f"{words.better}, so widen the box if you may."
        if faces
        else f"Nothing {words.better} is left to find in this box; another point may be as good."
    )
    return f"{where} Not proved: {doubts}." if doubts else where


def gap_left(words: Words, gap: float, onward: str, ordinary: str) -> str:
    """Advice where the best value of a box is not reached to within the tolerance."""
    if np.isfinite(gap):
        first = f"No value in the box is {words.better} by more than {at_most(gap)}."
    else:
        first = f"How much {words.better} the value may be elsewhere in the box was not shown."
    return " ".join(part for part in (first, onward, ordinary) if part)
