"""Where to start: points that fill a box, or surround a start where there is no box."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.descent.fold import fold
from surefoot.descent.steps import Vector
from surefoot.program import Structure
from surefoot.terms import InputError, held_interrupts

MOST = 100_000


def spread_points(
    count: int,
    x0: Vector,
    lower: Vector,
    upper: Vector,
    random: np.random.Generator,
    reach: Vector | float = 1.0,
) -> Vector:
    """A scrambled Sobol sequence (Owen 1998) over the box, or around x0 where a side is open.

    With q in (0, 1)ⁿ from the sequence, coordinate by coordinate:

        x = lower + q·(upper − lower)               where both bounds are finite,
        x = x0 + reach·max(|x0|, 1)·Φ⁻¹(q)          elsewhere, reflected into the bounds.

    Args:
        count: how many points.
        x0: (n,) centre of the open coordinates.
        lower, upper: (n,) bounds, ±inf where there is none.
        random: the stream that scrambles the sequence.
        reach: spread of the open coordinates, a number or (count, 1).

    Returns:
        (count, n) points inside the bounds; the first is x0.
    """
    size = x0.size
    # Whole powers of two keep the sequence balanced; SciPy warns otherwise.
    power = int(np.ceil(np.log2(max(count, 2))))
    with held_interrupts():
        # Both are slow to load, and most runs have one start. The first sequence reads a table.
        from scipy.special import ndtri
        from scipy.stats import qmc

        sobol = qmc.Sobol(min(size, qmc.Sobol.MAXDIM), seed=random)
    unit = sobol.random_base2(power)[:count]
    if unit.shape[1] < size:
        unit = np.concatenate([unit, random.random((count, size - unit.shape[1]))], axis=1)
    unit = np.clip(unit, 1e-9, 1 - 1e-9)
    boxed = np.isfinite(lower) & np.isfinite(upper)
    low = np.where(boxed, lower, 0.0)
    width = np.where(boxed, upper, 0.0) - low
    around = x0 + reach * np.maximum(np.abs(x0), 1.0) * ndtri(unit)
    points, _ = fold(np.where(boxed, low + width * unit, around), lower, upper)
    points[0] = x0
    return points


def starting_points(
    starts: Any, structure: Structure, x0: Vector, lower: Vector, upper: Vector, seed: int
) -> Vector:
    """What `starts=` means, as flat points.

    Args:
        starts: a number of starts (x0 is the first of them, the others come from `spread_points`),
            a list of starts in the structure of the argument, or an array with one start per row.
        structure: of the argument.
        x0: (n,) the start, flat.
        lower, upper: (n,) bounds.
        seed: of the spread.

    Returns:
        (k, n) points inside the bounds.

    Raises:
        InputError: fewer than one start, a start of another structure, not finite, or outside the
            bounds.
    """
    if isinstance(starts, int | np.integer) and not isinstance(starts, bool):
        if not 1 <= starts <= MOST:
            raise InputError(
                f"starts has to be a whole number from 1 to {MOST}, found {starts}; "
                "or a list of starts"
            )
        random = np.random.default_rng(seed)
        return spread_points(int(starts), x0, lower, upper, random)
    points = _listed(starts, structure)
    if not np.all(np.isfinite(points)):
        row, column = np.argwhere(~np.isfinite(points))[0]
        raise InputError(
            f"start {row} has {structure.paths[column]} = {points[row, column]}; "
            "starts have to be finite"
        )
    outside = (points < lower) | (points > upper)
    if np.any(outside):
        row, column = np.argwhere(outside)[0]
        raise InputError(
            f"start {row} has {structure.paths[column]} = {points[row, column]:g}, outside its "
            f"bounds [{lower[column]:g}, {upper[column]:g}]"
        )
    return points


def _listed(starts: Any, structure: Structure) -> Vector:
    """A list of starts, or an array with one start per row, as flat points."""
    wanted = "a whole number, a list of starts shaped like x0, or an array with one start per row"
    if hasattr(starts, "ndim") and hasattr(starts, "dtype"):
        array = np.asarray(starts)
        rows = list(array) if array.ndim else []
    elif isinstance(starts, Sequence) and not isinstance(starts, str | bytes):
        rows: list[Any] = list(starts)
    else:
        raise InputError(f"starts has to be {wanted}; found {type(starts).__name__}")
    if not rows:
        raise InputError(f"starts is empty; give {wanted}")
    return np.array([structure.ravel(row, f"starts[{k}]") for k, row in enumerate(rows)])
