"""Bounds as people write them, and where to start without a start."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import jax
import numpy as np

from surefoot.problem.bounds_tree import BoundsTree, is_side, short
from surefoot.program import Structure, Vector, numbers
from surefoot.terms import Box, InputError

_GOLDEN = 0.6180339887498949

_SPELLINGS = (
    "sf.Box(lower, upper), a tuple of two numbers (lower, upper) for all coordinates, or a dict "
    'of name → (lower, upper) such as {"x": (-6, 6)}, nested as x0 is'
)


def flat_bounds(bounds: Any, structure: Structure, what: str = "bounds") -> tuple[Vector, Vector]:
    """Lower and upper limits (n,) of bounds in any of their spellings.

    Args:
        bounds: None, a Box, (lower, upper) of two numbers, or a tree of such pairs that follows
            the structure of the argument; a side that is None or infinite is open.
        structure: the argument's.
        what: the name of the argument, for messages.

    Raises:
        InputError: another spelling, NaN, an empty box, an unknown name.
    """
    if bounds is None:
        lower, upper = np.full(structure.size, -np.inf), np.full(structure.size, np.inf)
    elif isinstance(bounds, Box):
        lower = structure.fill(_side(bounds.lower, -np.inf), f"{what}.lower")
        upper = structure.fill(_side(bounds.upper, np.inf), f"{what}.upper")
    elif isinstance(bounds, Mapping):
        lower, upper = BoundsTree(structure, what).read(bounds)
    elif isinstance(bounds, tuple) and len(bounds) == 2 and all(map(is_side, bounds)):
        lower = np.full(structure.size, numbers(_side(bounds[0], -np.inf), f"{what}[0]"))
        upper = np.full(structure.size, numbers(_side(bounds[1], np.inf), f"{what}[1]"))
    elif not isinstance(bounds, tuple | list | np.ndarray):
        raise InputError(
            f"{what} is {short(bounds)}, which holds no lower and upper limits; write {_SPELLINGS}"
        )
    elif isinstance(bounds, tuple) and len(bounds) == 2 and any(map(_is_lone, bounds)):
        bad = next(side for side in bounds if _is_lone(side))
        raise InputError(
            f"{what} has the side {short(bad)}, which is no real number; write {_SPELLINGS}"
        )
    elif isinstance(bounds, tuple | list) and (tree := BoundsTree(structure, what)).is_row:
        lower, upper = tree.read(bounds)
    elif len(bounds) != 2 or structure.size == 1:
        raise InputError(f"{what} is {short(bounds)}, which is no pair; write {_SPELLINGS}")
    else:
        raise InputError(
            f"{what} reads two ways ({short(bounds)}: rows as coordinates, or as lower and "
            f"upper?); write {_SPELLINGS}"
        )
    _check(lower, upper, structure, what)
    return lower, upper


def default_start(lower: Vector, upper: Vector) -> Vector:
    """Where to start when nobody says: a point that is not special.

    With tᵢ = frac((i+1)·0.618…), coordinate i starts at 0.3 + 0.4·tᵢ without bounds, that far
    inside a single bound, and at lower + tᵢ'·(upper − lower) with tᵢ' = 0.3 + 0.4·tᵢ between two.
    Zero, one and one half are avoided: too many functions are stationary there.
    """
    inside = 0.3 + 0.4 * np.mod(_GOLDEN * np.arange(1, lower.size + 1), 1.0)
    below, above = np.isfinite(lower), np.isfinite(upper)
    start = inside.copy()
    start[below & ~above] = lower[below & ~above] + inside[below & ~above]
    start[~below & above] = upper[~below & above] - inside[~below & above]
    both = below & above
    start[both] = lower[both] * (1.0 - inside[both]) + upper[both] * inside[both]
    return np.clip(start, lower, upper)


def example_from_bounds(bounds: Any) -> Any:
    """The structure that a box tells, or None where it tells none (two plain numbers)."""
    if isinstance(bounds, Box):
        sides = [side for side in (bounds.lower, bounds.upper) if side is not None]
        if not sides:
            return None
        shaped = [side for side in sides if not isinstance(side, Real)]
        # Limits may be whole numbers; the point between them is not.
        return jax.tree_util.tree_map(lambda side: numbers(side, "bounds"), [*shaped, 0.0][0])
    if isinstance(bounds, Mapping):
        named = bounds.items()
        return {name: _between(pair, f"bounds[{name!r}]") for name, pair in named} or None
    if isinstance(bounds, tuple) and len(bounds) == 2 and all(map(is_side, bounds)):
        return 0.0
    return None


def _between(pair: Any, where: str) -> Any:
    """Something in the shape of what a pair bounds."""
    if isinstance(pair, Mapping):
        return {name: _between(inner, f"{where}[{name!r}]") for name, inner in pair.items()}
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise InputError(f"{where} is {short(pair)}; expected (lower, upper)")
    return np.broadcast_arrays(*(numbers(_side(side, 0.0), where) for side in pair))[0]


def _check(lower: Vector, upper: Vector, structure: Structure, what: str) -> None:
    bad = np.isnan(lower) | np.isnan(upper)
    if bad.any():
        name = structure.paths[int(np.argmax(bad))]
        raise InputError(f"{what} of {name} is NaN; leave a side open with None or inf")
    beyond = (lower == np.inf) | (upper == -np.inf)
    if beyond.any():
        i = int(np.argmax(beyond))
        side = "lower end inf" if lower[i] == np.inf else "upper end -inf"
        raise InputError(
            f"{what} of {structure.paths[i]} has the {side}: no number lies beyond that; leave a "
            "side open with None"
        )
    empty = ~(lower <= upper)
    if empty.any():
        i = int(np.argmax(empty))
        raise InputError(
            f"{what} of {structure.paths[i]} is empty: lower {lower[i]:g} is above "
            f"upper {upper[i]:g}"
        )


def _is_lone(value: Any) -> bool:
    """Whether a value is meant as one side for all coordinates, yet is no real number."""
    return isinstance(value, bool | np.bool_ | complex | np.complexfloating | str | bytes)


def _side(value: Any, open_side: float) -> Any:
    return open_side if value is None else value

