"""Bounds that follow the structure of the argument: (lower, upper) at its leaves or above them."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import jax
import numpy as np

from surefoot.program import Structure, Vector, numbers
from surefoot.terms import InputError


class BoundsTree:
    """Lower and upper limits (n,), read from a tree of pairs.

    A pair of numbers holds for all that lies below its place, None is no bound, and what is not
    mentioned has none. At the top a dict may also name a part by its path: "W1", "W1[3,2]", "b.c".
    Where two of them name the same number both hold.
    """

    def __init__(self, structure: Structure, what: str) -> None:
        self.structure = structure
        self.what = what
        self.lower = np.full(structure.size, -np.inf)
        self.upper = np.full(structure.size, np.inf)
        # The argument with the flat place of each number instead of the number.
        self.places = structure.unravel(np.arange(structure.size))

    @property
    def is_row(self) -> bool:
        """Whether the whole argument is a tuple or a list of parts."""
        return isinstance(self.places, tuple | list)

    def read(self, bounds: Any) -> tuple[Vector, Vector]:
        """Lower and upper limits, in the order of the flat vector.

        Raises:
            InputError: an unknown name, what is no pair, or what reads two ways.
        """
        if isinstance(bounds, Mapping):
            for name, held in bounds.items():
                where = f"{self.what}[{name!r}]"
                if isinstance(self.places, Mapping) and name in self.places:
                    self._read(held, self.places[name], where)
                else:
                    self._read(held, self._named(str(name)), where)
        else:
            self._read(bounds, self.places, self.what)
        return self.lower, self.upper

    def _named(self, path: str) -> Any:
        """The flat places of a leaf, in its shape, or of one of its numbers."""
        places = np.arange(self.structure.size)[self.structure.index(path)]
        shapes = {leaf.path: leaf.shape for leaf in self.structure.leaves}
        return np.reshape(places, shapes.get(path.replace(" ", ""), np.shape(places)))

    def _read(self, held: Any, node: Any, where: str) -> None:
        if held is None:
            return
        if isinstance(node, np.ndarray | np.generic):
            self._leaf(held, np.asarray(node, int), where)
        elif _is_pair(held) and all(map(is_side, held)):
            for leaf in _leaves(node):
                self._leaf(held, leaf, where)
        elif isinstance(held, Mapping) and isinstance(node, Mapping):
            for name, part in held.items():
                if name not in node:
                    raise InputError(
                        f"{where} has no part {name!r}; its parts are {', '.join(map(str, node))}"
                    )
                self._read(part, node[name], f"{where}[{name!r}]")
        elif isinstance(node, tuple | list) and isinstance(held, tuple | list):
            self._row(held, node, where)
        else:
            raise InputError(
                f"{where} is {short(held)}; expected (lower, upper), None for no bound, or these "
                f"in the structure of x0 there: {_parts(node)}"
            )

    def _row(self, held: Any, node: Any, where: str) -> None:
        """A tuple or list beside one: a bound for each part."""
        alike = type(held) is type(node) and hasattr(node, "_fields")
        if len(node) == len(held) == 2 and not alike and not any(
            isinstance(part, Mapping) for part in held
        ):  # fmt: skip
            raise InputError(self._two_ways(where, held, "parts"))
        if len(node) != len(held):
            raise InputError(
                f"{where} has {len(held)} parts, x0 has {len(node)} there; give (lower, upper) or "
                "None for each, or one (lower, upper) for all"
            )
        for k, (part, below) in enumerate(zip(held, node, strict=True)):
            self._read(part, below, f"{where}[{k}]")

    def _leaf(self, held: Any, places: Any, where: str) -> None:
        """A pair beside an array or a number; sides are numbers, or arrays of that size."""
        if not _is_pair(held):
            raise InputError(f"{where} is {short(held)}; expected (lower, upper)")
        if places.size == 2 and all(isinstance(side, tuple | list) for side in held):
            raise InputError(self._two_ways(where, held, "rows"))
        for side, values, open_side, both in (
            (held[0], self.lower, -np.inf, np.maximum), (held[1], self.upper, np.inf, np.minimum),
        ):  # fmt: skip
            value = numbers(open_side if side is None else side, where)
            if value.ndim and value.shape != places.shape:
                raise InputError(
                    f"{where} has a side of shape {value.shape}; expected one number or an array "
                    f"of shape {places.shape}"
                )
            # NaN comes through, and is refused by name where the whole box is looked at.
            values[places] = both(values[places], value)

    def _two_ways(self, where: str, held: Any, rows: str) -> str:
        """The sentence for two pairs that may be rows, or all lower and all upper limits."""
        named = ", ".join(f'"{path}": (0, 1)' for path in self.structure.paths[:2])
        more = ", …" if self.structure.size > 2 else ""
        return (
            f"{where} reads two ways ({short(held)}: {rows} as coordinates, or as lower and "
            f"upper?); write sf.Box(lower, upper), or name the parts by their paths: "
            f"{{{named}{more}}}"
        )


def is_side(value: Any) -> bool:
    """Whether a value is one limit: a real number, or None for an open side."""
    if isinstance(value, bool | np.bool_ | complex | np.complexfloating):
        return False
    return value is None or isinstance(value, Real | np.number)


def short(value: Any) -> str:
    """A value in a message."""
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 50 else text[:47] + "…"


def _is_pair(held: Any) -> bool:
    return isinstance(held, tuple | list) and len(held) == 2


def _leaves(node: Any) -> list[Any]:
    """The places of all numbers below a node, an array for each leaf."""
    return [np.asarray(leaf, int) for leaf in jax.tree_util.tree_leaves(node)]


def _parts(node: Any) -> str:
    if isinstance(node, Mapping):
        return "a dict of " + ", ".join(map(str, node))
    return f"{len(node)} parts" if isinstance(node, tuple | list) else "one pair for all"
