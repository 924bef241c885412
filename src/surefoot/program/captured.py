"""The names under which a function knows what it captured: closure, globals, its own object."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from jax.core import Tracer
from numpy.typing import NDArray


def reachable(f: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Names and objects outside f that its own code refers to: closure, globals, self."""
    function = inspect.unwrap(f)
    owner = getattr(function, "__self__", None)
    if owner is not None:
        yield "self", owner
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]


def name_of(array: NDArray[Any], f: Callable[..., Any]) -> str | None:
    """The name under which f captured an array, where exactly one name fits."""
    data = getattr(f, "data", None)
    named = dict(data) if isinstance(data, dict) else {}
    found = [
        name
        for name, holder in [*named.items(), *reachable(f)]
        if isinstance(holder, np.ndarray | jax.Array)
        and not isinstance(holder, Tracer)
        and np.shape(holder) == array.shape
        and np.array_equal(np.asarray(holder), array, equal_nan=array.dtype.kind == "f")
    ]
    unique = list(dict.fromkeys(found))
    return unique[0] if len(unique) == 1 else None
