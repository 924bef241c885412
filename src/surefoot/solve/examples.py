"""Data as examples: a pytree of arrays whose first axes count the same things."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.core import Tracer
from numpy.typing import NDArray

from surefoot.program import as_argument
from surefoot.terms import InputError

EXPECTED = (
    "expected an array, or a dict or tuple of arrays, whose first axis goes over the examples, "
    "e.g. (X, y) with X of shape (n, k) and y of shape (n,)"
)


@dataclass(frozen=True, eq=False)
class Examples:
    """The data of a loss(params, batch).

    Attributes:
        leaves: the arrays, (count, …) each. treedef: how they make up the data.
        count: how many examples there are.
    """

    leaves: tuple[NDArray[Any], ...]
    treedef: Any
    count: int

    def tree(self, leaves: Any) -> Any:
        """Arrays in the structure of the data."""
        return jax.tree_util.tree_unflatten(self.treedef, leaves)

    def part(self, first: int, stop: int) -> list[NDArray[Any]]:
        """The examples from `first` to before `stop`."""
        return [leaf[first:stop] for leaf in self.leaves]


def examples_of(data: Any) -> Examples:
    """The examples of a call.

    Raises:
        InputError: no data, no common number of examples, numbers that are none.
    """
    try:
        pairs, treedef = jax.tree_util.tree_flatten_with_path(as_argument(data))
    except (TypeError, ValueError):
        raise InputError("data has keys that cannot be sorted; name all parts by text") from None
    if not pairs:
        raise InputError(f"data has no arrays in it (found {data!r}); {EXPECTED}")
    named = [(f"data{jax.tree_util.keystr(keys)}", leaf) for keys, leaf in pairs]
    leaves = [_array(name, leaf) for name, leaf in named]
    lengths = [len(leaf) for leaf in leaves]
    for (name, _), length in zip(named, lengths, strict=True):
        if length == 0:
            raise InputError(f"{name} has no examples in it: its first axis has length 0")
        if length != lengths[0]:
            raise InputError(
                f"{named[0][0]} has {lengths[0]} examples and {name} has {length}; the first axis "
                "of each array goes over the same examples"
            )
    return Examples(tuple(leaves), treedef, lengths[0])


def _array(name: str, value: Any) -> NDArray[Any]:
    if isinstance(value, Tracer):
        raise InputError(f"{name} is a placeholder of jax.jit, vmap or grad, not an array")
    if isinstance(value, np.ma.MaskedArray) and np.any(np.ma.getmaskarray(value)):
        raise InputError(f"{name} is a masked array; leave the masked examples out first")
    if isinstance(value, str | bytes):
        raise InputError(f"{name} is text; {EXPECTED}")
    array = np.asarray(value)
    if array.ndim == 0:
        hint = "; write np.array(…) around a list" if isinstance(value, int | float) else ""
        raise InputError(f"{name} is a single {type(value).__name__}; {EXPECTED}{hint}")
    if array.dtype.kind in "OSUmM":
        raise InputError(f"{name} is an array of {array.dtype.name}; expected numbers")
    if array.dtype.kind == "f" and np.isnan(array).any():
        place = ", ".join(str(int(i)) for i in np.argwhere(np.isnan(array))[0])
        raise InputError(
            f"{name} contains NaN (first at [{place}]); remove those examples, or fill them in"
        )
    return array
