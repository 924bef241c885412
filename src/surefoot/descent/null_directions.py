"""Directions that nothing depends on: a basis that keeps unrelated ones apart, and its words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TAKES_PART = 1e-6
ROUNDING = 1e-12
MOST = 6


def sparse_basis(rows: Array) -> Array:
    """The space spanned by rows (k, n), spanned by rows with as many zeros as elimination gives.

    Singular vectors mix independent directions at will; after Gauss-Jordan elimination with
    complete pivoting each row holds only coordinates that belong together.

    Args:
        rows: a basis in scaled coordinates, where entries below 10⁻⁶ are rounding.
    """
    rows = rows.copy()
    left = list(range(rows.shape[0]))
    while left:
        block = np.abs(rows[left])
        k, column = np.unravel_index(int(np.argmax(block)), block.shape)
        pivot = left.pop(int(k))
        rows[pivot] /= rows[pivot, column]
        for other in range(rows.shape[0]):
            if other != pivot:
                rows[other] -= rows[other, column] * rows[pivot]
    return np.where(np.abs(rows) > TAKES_PART, rows, 0.0)


def unit_rows(rows: Array) -> Array:
    """Each row divided by its length."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def direction_words(
    direction: Array, names: Sequence[str], *, hardly: bool = False, bent: bool = False,
    data: bool = True,
) -> str:  # fmt: skip
    """A direction that nothing (or hardly anything) depends on, in a sentence that names it.

    Args:
        direction: (n,) in the parameters' own units, zero where a parameter takes no part.
        names: of the parameters.
        hardly: the data do depend on it, but by less than their scatter: then the direction is
            as long as moves no residual by more than half of that.
        bent: a straight move along it does change something, of higher order in its length.
        data: whether there are data; else it is the function that does not tell.
    """
    direction = np.nan_to_num(direction)
    size = float(np.max(np.abs(direction)))
    what = "data do" if data else "function does"
    if size == 0.0:
        return f"The {what} not tell some of the parameters apart."
    order = [
        int(i)
        for i in np.argsort(-np.abs(direction), kind="stable")
        # Units may differ by any factor: where no rounding is in play, whatever moves counts.
        if abs(direction[i]) > (0.0 if hardly else ROUNDING * size)
    ]
    named = [names[i] for i in order]
    if len(named) == 1:
        return f"{named[0]} changes nothing: the {what} not depend on it."
    if len(named) > MOST:
        named = [*named[: MOST - 1], f"{len(named) - MOST + 1} others"]
    lead = np.sign(direction[order[0]]) if hardly else direction[order[0]]
    shares = ", ".join(f"{names[i]} by {direction[i] / lead:+.3g}" for i in order[:MOST])
    more = ", …" if len(order) > MOST else ""
    cannot = f"{'data' if data else 'function'} {'can hardly' if hardly else 'cannot'}"
    nothing = (
        "no residual by more than half of the scatter (to first order)" if hardly else "nothing"
    )
    nothing += " to first order at this point" if bent else ""
    return (
        f"The {cannot} tell {', '.join(named[:-1])} and {named[-1]} apart: moving "
        f"{shares}{more} together changes {nothing}."
    )
