"""A step without a NumPy rule, run by JAX alone."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program.evaluate import bind
from surefoot.program.graph import Node


def by_jax(node: Node, *arguments: Any) -> Any:
    """The step's results as JAX computes them (random bits, FFT, pivoted factorisations, …)."""
    with jax.enable_x64(True):
        result = bind(node, *(np.asarray(a) if isinstance(a, np.generic) else a for a in arguments))
    if not isinstance(result, tuple):
        return plain(result)
    return tuple(plain(value) for value in result)


def plain(value: Any) -> Any:
    """A constant or a result as a NumPy array; keys of random numbers stay what they are."""
    if jnp.issubdtype(getattr(value, "dtype", np.dtype(float)), jax.dtypes.extended):
        return value
    return np.asarray(value)
