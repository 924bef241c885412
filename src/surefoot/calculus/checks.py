"""What a derivative can be taken of: arguments and results of real numbers, else a sentence."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program.structure import as_argument, describe
from surefoot.terms import InputError

Function = Any
"""A callable, or a formula's text. Spelled Any because anything else is refused by a sentence, not
by a type."""


def name_of(f: Any) -> str:
    """The function's name, for messages."""
    return str(getattr(f, "__name__", type(f).__name__))


def argument(f: Callable[..., Any], w: Any, data: Sequence[Any], what: str) -> Any:
    """The argument as a pytree of real arrays; Python's whole numbers are taken as real."""
    _check_signature(f, data, what)
    w = as_argument(w)
    leaves, tree = jax.tree_util.tree_flatten(w)
    if not leaves:
        raise InputError(f"{what}: the argument has no numbers in it (found {w!r})")
    leaves = [_real(leaf, what) for leaf in leaves]
    if not any(jnp.size(leaf) for leaf in leaves):
        raise InputError(f"{what}: the argument has no numbers in it (found {w!r})")
    return tree.unflatten(leaves)


def _real(leaf: Any, what: str) -> Any:
    if isinstance(leaf, bool | np.bool_):
        raise InputError(f"{what}: the argument is {leaf!r}, a truth value; use a real number")
    if isinstance(leaf, Real) and not isinstance(leaf, np.generic):
        try:
            return float(leaf)
        except OverflowError:
            raise InputError(f"{what}: the argument is a whole number beyond float64") from None
    if not hasattr(leaf, "dtype"):
        raise InputError(
            f"{what}: the argument holds {type(leaf).__name__} {leaf!r}; "
            "it must be a number, an array, or a dict, list or tuple of them"
        )
    _check_dtype(leaf.dtype, f"{what} needs real numbers, but the argument is", "x")
    return leaf


def _check_dtype(dtype: Any, opening: str, name: str) -> None:
    if jnp.issubdtype(dtype, jnp.floating):
        return
    if jnp.issubdtype(dtype, jnp.complexfloating):
        raise InputError(
            f"{opening} complex ({dtype}); take its real and imaginary parts as two real arrays"
        )
    if jnp.issubdtype(dtype, jnp.integer) or jnp.issubdtype(dtype, np.bool_):
        kind = "whole numbers" if jnp.issubdtype(dtype, jnp.integer) else "truth values"
        raise InputError(f"{opening} made of {kind} ({dtype}): write {name}.astype(float)")
    raise InputError(f"{opening} of type {dtype}")


def _check_signature(f: Callable[..., Any], data: Sequence[Any], what: str) -> None:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # builtins and some callables have none; then f itself says
        return
    try:
        signature.bind(None, *data)
    except TypeError:
        needed = ", ".join(signature.parameters)
        place = "(w, v, …)" if what == "directional" else "(w, …)"
        raise InputError(
            f"{what}: {name_of(f)}({needed}) cannot be called with {1 + len(data)} argument(s); "
            f"the {what} is taken by the first: pass the others after it, as in "
            f"{what}(f){place}, or gather the variables in one dict or tuple"
        ) from None


def watched(
    f: Callable[..., Any], data: Sequence[Any], what: str, scalar: bool = False
) -> Callable[[Any], Any]:
    """f with its data filled in, whose result is checked on the way out."""

    def g(w: Any) -> Any:
        result = f(w, *data)
        if isinstance(result, Iterator):
            raise InputError(f"{name_of(f)} is a generator (it yields); it has to return a value")
        for leaf in jax.tree_util.tree_leaves(result, is_leaf=lambda part: part is None):
            _check_result(f, leaf, what)
        shape = jnp.shape(result) if jax.tree_util.all_leaves([result]) else None
        if scalar and shape != ():
            found = f"a {type(result).__name__}" if shape is None else f"an array of shape {shape}"
            raise InputError(
                f"the {what} speaks of one number, but {name_of(f)} returns {found}; "
                "return one entry or jnp.sum(…) of it, or use jacobian(f)"
            )
        return result

    return g


def _check_result(f: Callable[..., Any], leaf: Any, what: str) -> None:
    if leaf is None:
        raise InputError(f"{name_of(f)} returns None; does it end in a return statement?")
    if isinstance(leaf, float):
        return
    if not hasattr(leaf, "dtype"):
        raise InputError(
            f"{name_of(f)} returns {type(leaf).__name__} {leaf!r}; the {what} needs a real number"
        )
    opening = f"the {what} needs real numbers, but the result of {name_of(f)} is"
    _check_dtype(leaf.dtype, opening, "the result")


def require_finite(flat: Any, paths: Sequence[str], what: str) -> None:
    """Refuse a point or a move with NaN or infinity in it.

    Raises:
        InputError: naming the first such place.
    """
    bad = ~np.isfinite(flat)
    if bad.any():
        i = int(np.argmax(bad))
        raise InputError(f"{what} at {paths[i]} is {flat[i]}; it has to be made of finite numbers")


def tangent(w: Any, v: Any) -> Any:
    """v in the structure, shapes and types of w."""
    leaves, tree = jax.tree_util.tree_flatten(w)
    moves, moves_tree = jax.tree_util.tree_flatten(v)
    for move in moves:
        if not isinstance(move, Real | jax.Array | np.ndarray | np.generic):
            raise InputError(
                f"directional: the direction v holds {type(move).__name__}; it must be real "
                "numbers in the structure of the point w"
            )
    if tree != moves_tree or any(
        jnp.shape(a) != jnp.shape(b) for a, b in zip(leaves, moves, strict=True)
    ):
        raise InputError(
            f"directional: the direction v must have the structure of the point w; w is "
            f"{describe(w)}, v is {describe(v)}"
        )
    for move in moves:
        if jnp.issubdtype(jnp.result_type(move), jnp.complexfloating):
            raise InputError("directional: the direction v is complex; it must be real")
    return tree.unflatten(
        [jnp.asarray(b, dtype=jnp.result_type(a)) for a, b in zip(leaves, moves, strict=True)]
    )


def whole_numbers_as_real(tree: Any) -> Any:
    """A direction or a move may be written in whole numbers: [1, 0] is a good direction."""
    return jax.tree_util.tree_map(
        lambda leaf: (
            np.asarray(leaf, dtype=np.float64)
            if isinstance(leaf, np.ndarray | np.generic | jax.Array) and leaf.dtype.kind in "iu"
            else leaf
        ),
        tree,
    )


def no_derivative(name: str, error: NotImplementedError) -> InputError:
    """What to say where JAX has no rule to differentiate a step."""
    return InputError(
        f"{name} has no derivative for JAX: {str(error).splitlines()[0]}. Write that step in "
        "another way, or give it a rule with jax.custom_jvp"
    )
