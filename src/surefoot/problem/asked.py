"""What is asked about: a function of one argument, with its data bound and its argument's shape."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from surefoot.formulas import Formula, System, parse
from surefoot.problem.box import example_from_bounds
from surefoot.program import as_argument, require_function
from surefoot.terms import InputError


class WithData:
    """A function with its data bound by name: x ↦ f(x, **data)."""

    def __init__(self, function: Callable[..., Any], data: Mapping[str, Any]) -> None:
        self.function = function
        self.data = dict(data)
        self.__name__ = getattr(function, "__name__", "f")

    def __call__(self, x: Any) -> Any:
        return self.function(x, **self.data)

    def mentions(self) -> tuple[Any, ...]:
        """All that its value depends on besides x."""
        return self.function, self.data


def with_data(f: Any, data: Mapping[str, Any] | None) -> Callable[..., Any]:
    """A function or formula as a function of its argument alone.

    Raises:
        InputError: data that cannot be handed over by name.
    """
    if isinstance(f, str):
        return parse(f, data=data)
    require_function(f)
    if data is None:
        return f
    if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(
            f"data is {type(data).__name__}; expected a dict of name → array, handed to the "
            "function by keyword"
        )
    if isinstance(f, Formula):
        return parse(f.text, data={**f.data, **data}, variables=f.variables)
    for name, value in data.items():
        _check_data(name, value)
    return WithData(f, data)


def _check_data(name: Any, value: Any) -> None:
    if not isinstance(name, str):
        raise InputError(f"data has the key {name!r}; expected the name of an argument as text")
    if isinstance(value, np.ma.MaskedArray) and np.any(np.ma.getmaskarray(value)):
        raise InputError(f"data[{name!r}] is a masked array; leave the masked rows out first")
    try:
        size = np.size(value)
    except ValueError:
        raise InputError(f"data[{name!r}] is ragged: its rows differ in length") from None
    if size == 0:
        raise InputError(f"data[{name!r}] is empty")


def shape_giver(function: Any, x0: Any, bounds: Any, example: Any) -> Any:
    """What tells the structure of the argument: the start, the example, the formula, the box."""
    if x0 is not None:
        return as_argument(x0)
    if example is not None:
        return as_argument(example)
    if isinstance(function, Formula | System):
        if not function.variables:
            raise InputError(
                f"the formula '{function.text}' has no variables, so there is nothing to choose"
            )
        return function.example()
    found = example_from_bounds(bounds)
    if found is None and bounds is not None:
        raise InputError(
            f"the box {str(bounds)[:60]} tells no shape of the argument: write (lower, upper) with "
            "two numbers for one number, sf.Box(lower, upper) with arrays for an array, or a dict "
            "name → (lower, upper); or give x0= or example= besides"
        )
    if found is None:
        raise InputError(
            "neither a start nor a box tells the shape of the argument; give x0= where there is "
            "one, a box, or example= with any value of the right shape"
        )
    return found
