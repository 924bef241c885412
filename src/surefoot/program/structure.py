"""The argument of a function as one flat vector of named coordinates."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from numbers import Real
from typing import Any, overload

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from numpy.typing import NDArray

from surefoot.terms import InputError

Vector = NDArray[np.float64]

_MANY = 100_000
"""Up to so many names are made together, and kept."""


@dataclass(frozen=True)
class Leaf:
    """One array of the argument.

    Attributes:
        path: its name in the user's words, e.g. "W1" or "layers[0].b".
        shape: its shape.
        start, stop: its half-open range in the flat vector.
    """

    path: str
    shape: tuple[int, ...]
    start: int
    stop: int


class Structure:
    """How a pytree of real arrays is laid out in one flat float64 vector.

    The order is JAX's (dictionaries by sorted key), each leaf in row-major order.

    Args:
        example: a pytree of real arrays or scalars.
        name: the word for the whole argument where it is a single array.

    Raises:
        InputError: for leaves that are not arrays of real floating-point numbers.
    """

    def __init__(self, example: Any, name: str = "x") -> None:
        pairs, self.treedef = flattened(example, "the start")
        if not pairs:
            raise InputError(
                f"the start has no numbers in it (found {example!r}); "
                "give a scalar, an array, or a dict or tuple of arrays"
            )
        leaves: list[Leaf] = []
        start = 0
        for keys, value in pairs:
            path = _path(keys, name)
            shape = real_array(value, path).shape
            leaves.append(Leaf(path, shape, start, start + prod(shape)))
            start = leaves[-1].stop
        self.leaves = tuple(leaves)
        self.size = start
        self.name = name
        if start == 0:
            raise InputError(f"the start has no numbers in it: {leaves[0].path} is empty")

    @property
    def paths(self) -> Sequence[str]:
        """The name of every coordinate: "x", "x[3]", "W1[3,2]"."""
        return self._paths

    @cached_property
    def _paths(self) -> Sequence[str]:
        return _names(self.leaves)

    @property
    def key(self) -> tuple[Any, ...]:
        """What two structures must share to be the same layout."""
        return (self.treedef, tuple(leaf.shape for leaf in self.leaves))

    def ravel(self, tree: Any, what: str = "x0") -> Vector:
        """The flat float64 vector (n,) of a pytree of this structure.

        Raises:
            InputError: where structure, shape or type differ, naming the leaf.
        """
        pairs, treedef = flattened(tree, what)
        if treedef != self.treedef:
            raise InputError(
                f"{what} does not have the structure of the argument: "
                f"expected {self.describe()}, found {describe(tree)}"
            )
        flat = np.empty(self.size)
        for leaf, (_, value) in zip(self.leaves, pairs, strict=True):
            array = real_array(value, f"{what} at {leaf.path}")
            if array.shape != leaf.shape:
                raise InputError(
                    f"{what} at {leaf.path} has shape {array.shape}, expected {leaf.shape}"
                )
            flat[leaf.start : leaf.stop] = array.ravel()
        return flat

    def fill(self, tree: Any, what: str) -> Vector:
        """Like `ravel`, but a scalar stands for a whole leaf, or for all leaves."""
        if isinstance(tree, Real) or getattr(tree, "shape", None) == ():
            return np.full(self.size, float(numbers(tree, what)))
        pairs, treedef = flattened(tree, what)
        if treedef != self.treedef:
            raise InputError(
                f"{what} does not have the structure of the argument: "
                f"expected {self.describe()}, found {describe(tree)}"
            )
        flat = np.empty(self.size)
        for leaf, (_, value) in zip(self.leaves, pairs, strict=True):
            array = numbers(value, f"{what} at {leaf.path}")
            if array.shape not in ((), leaf.shape):
                raise InputError(
                    f"{what} at {leaf.path} has shape {array.shape}, "
                    f"expected {leaf.shape} or a single number"
                )
            flat[leaf.start : leaf.stop] = np.broadcast_to(array, leaf.shape).ravel()
        return flat

    def unravel(self, vector: NDArray[Any]) -> Any:
        """The pytree of NumPy arrays (NumPy scalars for 0-d leaves) of a flat vector."""
        vector = np.asarray(vector)
        return jax.tree_util.tree_unflatten(
            self.treedef,
            [
                vector[leaf.start : leaf.stop].reshape(leaf.shape)[()].copy()
                for leaf in self.leaves
            ],
        )

    def unravel_jax(self, vector: jax.Array) -> Any:
        """The pytree of JAX arrays of a flat vector; traceable."""
        return jax.tree_util.tree_unflatten(
            self.treedef,
            [jnp.reshape(vector[leaf.start : leaf.stop], leaf.shape) for leaf in self.leaves],
        )

    def index(self, path: str) -> int | slice:
        """The flat place of a coordinate ("W1[3,2]") or of a whole leaf ("W1").

        Raises:
            InputError: for a name that is neither, with the names that exist.
        """
        wanted = path.replace(" ", "") if isinstance(path, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
        for leaf in self.leaves:
            if wanted == leaf.path:
                return leaf.start if leaf.shape == () else slice(leaf.start, leaf.stop)
            if wanted.startswith(leaf.path + "[") and wanted.endswith("]"):
                inside = wanted[len(leaf.path) + 1 : -1].split(",")
                if len(inside) == len(leaf.shape) and all(_is_index(part) for part in inside):
                    place = tuple(int(part) for part in inside)
                    if all(-n <= i < n for i, n in zip(place, leaf.shape, strict=True)):
                        wrapped = tuple(i % n for i, n in zip(place, leaf.shape, strict=True))
                        return leaf.start + int(np.ravel_multi_index(wrapped, leaf.shape))
        names = ", ".join(
            f"{leaf.path} {leaf.shape}" if leaf.shape else leaf.path for leaf in self.leaves
        )
        raise InputError(f"there is no parameter {_short(path)}; the parameters are {names}")

    def describe(self) -> str:
        """The structure in a few words, for messages."""
        return ", ".join(f"{leaf.path}: {_shape_words(leaf.shape)}" for leaf in self.leaves)


def flattened(tree: Any, what: str) -> tuple[list[tuple[Any, Any]], Any]:
    """JAX's leaves with their paths, and the tree's layout.

    Raises:
        InputError: a dict whose keys have no order.
    """
    _refuse_iterator(tree, what)
    try:
        return jax.tree_util.tree_flatten_with_path(tree)
    except (TypeError, ValueError):
        raise InputError(
            f"{what} is {_short(tree)}, whose keys cannot be sorted; name all parts by text"
        ) from None


def real_array(value: Any, what: str) -> Vector:
    """`value` as a float64 array; Python numbers are taken as real, integer arrays are refused.

    Raises:
        InputError: with a sentence that says what was found and what to write instead.
    """
    if isinstance(value, Tracer):
        raise InputError(
            f"{what} is a placeholder of jax.jit, vmap or grad, not a number; inside those use "
            "surefoot.argmin, which can be traced"
        )
    if isinstance(value, bool | np.bool_):
        raise InputError(f"{what} is {value!r}, a truth value; a real number is needed")
    if isinstance(value, Real):
        try:
            return np.asarray(float(value))
        except OverflowError:
            raise InputError(f"{what} is a whole number beyond float64 (1.8e308)") from None
    if isinstance(value, np.ma.MaskedArray) and np.any(np.ma.getmaskarray(value)):
        raise InputError(f"{what} is a masked array; its masked entries have no value to use")
    if isinstance(value, str | bytes) or not hasattr(value, "__array__"):
        raise InputError(
            f"{what} is {type(value).__name__} {_short(value)}; expected a number or an array"
        )
    array = np.asarray(value)
    if array.dtype.kind in "iub":
        raise InputError(
            f"{what} is an array of {array.dtype.name}; slopes need real numbers: "
            "write it with a decimal point or use .astype(float)"
        )
    if array.dtype.kind == "c":
        raise InputError(
            f"{what} is complex; use its real and imaginary parts as two real arrays"
        )
    if array.dtype.kind != "f" and not jnp.issubdtype(array.dtype, jnp.floating):
        raise InputError(f"{what} is an array of {array.dtype.name}; expected real numbers")
    return array.astype(np.float64)


def numbers(value: Any, what: str) -> Vector:
    """`value` as a float64 array of real numbers, whole and infinite ones too: for limits, moves.

    Raises:
        InputError: text, complex numbers, rows that differ in length, anything else.
    """
    expected = "expected a number or an array of real numbers"
    if isinstance(value, Tracer):
        return real_array(value, what)  # which refuses placeholders
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(
            f"{what} is {_short(value)}, whose rows differ in length; {expected}"
        ) from None
    if array.dtype.kind not in "iuf" and not jnp.issubdtype(array.dtype, jnp.floating):
        raise InputError(f"{what} is {_short(value)}; {expected}")
    return array.astype(np.float64)


def as_argument(value: Any) -> Any:
    """The start as a person writes it, made a pytree of arrays: a list of numbers is an array.

    Raises:
        InputError: rows of different lengths, or a generator.
    """
    _refuse_iterator(value, "the start")
    if isinstance(value, list) and any(item is None for item in value):
        place = next(k for k, item in enumerate(value) if item is None)
        raise InputError(
            f"the start is a list whose entry {place} is None; a start needs a number for every "
            "parameter"
        )
    if isinstance(value, list) and value and _plain_numbers(value):
        try:
            return np.asarray(value, dtype=np.float64)
        except ValueError:
            raise InputError(
                "the start is a list whose rows have different lengths; make it an array, or "
                "a dict or tuple of arrays"
            ) from None
    return value


def _refuse_iterator(value: Any, what: str) -> None:
    if isinstance(value, Iterator):
        raise InputError(
            f"{what} is a {type(value).__name__}, which gives its numbers once only; write "
            "np.array(list(...)) around it"
        )


def describe(tree: Any) -> str:
    """A pytree's leaves and shapes in a few words, for messages."""
    pairs, _ = jax.tree_util.tree_flatten_with_path(tree)
    if len(pairs) == 1 and not pairs[0][0]:
        return _leaf_words(pairs[0][1])
    parts = [f"{_path(keys, '')}: {_leaf_words(value)}" for keys, value in pairs[:8]]
    return ", ".join(parts) + (", …" if len(pairs) > 8 else "") if parts else repr(tree)


def _plain_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(_plain_numbers(item) for item in value)
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _path(keys: Sequence[Any], name: str) -> str:
    text = ""
    for key in keys:
        match key:
            case jax.tree_util.DictKey():
                word = str(key.key)
                text += f".{word}" if text else word
            case jax.tree_util.GetAttrKey():
                text += f".{key.name}" if text else key.name
            case jax.tree_util.SequenceKey():
                text = f"{text or name}[{key.idx}]"
            case _:
                text = f"{text or name}{key}"
    return text or name


@lru_cache(maxsize=4)
def _names(leaves: tuple[Leaf, ...]) -> Sequence[str]:
    """The names of all coordinates; calls on the same layout share them."""
    names = _Names(leaves)
    # Ten million names would take longer to make than the steps of a walk.
    return tuple(names) if len(names) <= _MANY else names


class _Names(Sequence[str]):
    """The names of all coordinates, each made when it is asked for."""

    def __init__(self, leaves: tuple[Leaf, ...]) -> None:
        self._leaves = leaves
        self._stops = [leaf.stop for leaf in leaves]

    def __len__(self) -> int:
        return self._stops[-1]

    @overload
    def __getitem__(self, k: int) -> str: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[str, ...]: ...
    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return tuple(self[i] for i in range(*k.indices(len(self))))
        place = range(len(self))[k]
        leaf = self._leaves[bisect_right(self._stops, place)]
        if leaf.shape == ():
            return leaf.path
        indices = np.unravel_index(place - leaf.start, leaf.shape)
        return f"{leaf.path}[{','.join(str(i) for i in indices)}]"

    def __iter__(self) -> Iterator[str]:
        for leaf in self._leaves:
            if leaf.shape == ():
                yield leaf.path
                continue
            for place in product(*(range(n) for n in leaf.shape)):
                yield f"{leaf.path}[{','.join(map(str, place))}]"


def _leaf_words(value: Any) -> str:
    shape = getattr(value, "shape", () if isinstance(value, Real) else None)
    if isinstance(shape, tuple):
        return _shape_words(shape)
    return f"{type(value).__name__} {_short(value)}"


def _shape_words(shape: tuple[int, ...]) -> str:
    return "a number" if shape == () else f"array of shape {shape}"


def _is_index(part: str) -> bool:
    return part.removeprefix("-").isdecimal()


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:37] + "…"
