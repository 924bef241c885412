"""Derivatives of ordinary functions: JAX's own, with errors as sentences."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeVar

import jax
import jax.core
import jax.numpy as jnp

from surefoot.calculus.checks import Function, argument, name_of, tangent, watched
from surefoot.formulas import as_function
from surefoot.program import Graph, is_reverse_only
from surefoot.program.riddles import explain
from surefoot.program.structure import as_argument, describe
from surefoot.terms import InputError

T = TypeVar("T")

_RIDDLES = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.UnexpectedTracerError,
)
"""What JAX raises where a line of f needs a number but has a placeholder."""


def derivative(f: Function) -> Callable[..., Any]:
    """The derivative of a function of one number.

        f'(x) = lim (f(x + h) − f(x)) / h   as h → 0

    computed exactly by the chain rule (forward mode, so loops are fine), not by differences.

    Args:
        f: a function of one real number, or a formula ("x^2 sin x"). It may return a number, an
            array or a pytree of arrays; further arguments are data and are passed on:
            ``derivative(f)(x, *data)``.

    Returns:
        a function of x with the derivative in the shape of f's result, as JAX arrays in the type
        of x (a NumPy float64 is computed in JAX's own precision: float32 unless
        ``jax_enable_x64`` is on). It works under ``jax.jit``, ``vmap`` and ``grad``.

    Raises:
        InputError: when called with something that is not one real number, or where f does not
            return real numbers.

    Example:
        >>> float(derivative(lambda x: x**2)(3))
        6.0
    """

    f = _function(f, "derivative")

    def at(x: Any, *data: Any) -> Any:
        x = argument(f, x, data, "derivative")
        if not jax.tree_util.all_leaves([x]) or jnp.shape(x) != ():
            raise InputError(
                f"derivative speaks of one number, but x is {describe(x)}; use gradient(f)(x) for "
                "a function of many numbers, or jax.vmap(derivative(f))(x) for each entry by itself"
            )
        g = watched(f, data, "derivative")

        def forward() -> Any:
            return jax.jvp(g, (x,), (jnp.ones_like(x),))[1]

        return first_that_works(f, _modes(g, x, forward, lambda: jax.jacrev(g)(x)))

    return _named(at, "derivative", f)


def gradient(f: Function) -> Callable[..., Any]:
    """The gradient: the slope of one number in every coordinate of the argument.

        g_i = ∂f/∂w_i,    f(w + d) ≈ f(w) + Σ g_i d_i

    Args:
        f: a function of a pytree of real arrays that returns one number; further arguments are
            data: ``gradient(loss)(params, batch)``.

    Returns:
        a function of w with the gradient in the structure, shapes and types of w.

    Raises:
        InputError: where w is not made of real numbers or f does not return one number.

    Example:
        >>> gradient(lambda w: w["a"] ** 2 + 3 * w["b"])({"a": 2.0, "b": 1.0})["a"].item()
        4.0
    """

    f = _function(f, "gradient")

    def at(w: Any, *data: Any) -> Any:
        w = argument(f, w, data, "gradient")
        g = watched(f, data, "gradient", scalar=True)
        return first_that_works(f, [lambda: jax.grad(g)(w), lambda: jax.jacfwd(g)(w)])

    return _named(at, "gradient", f)


def jacobian(f: Function) -> Callable[..., Any]:
    """The Jacobian: how every entry of the result moves with every coordinate of the argument.

        J[i, j] = ∂f_i/∂w_j

    Forward mode where the argument is no longer than the result, reverse mode otherwise; where
    the function allows only one of them (a `while` loop, a `custom_vjp`), that one.

    Args:
        f: a function of a pytree of real arrays that returns a pytree of real arrays; further
            arguments are data.

    Returns:
        a function of w. Its result has the structure of f's result, each leaf holding the
        structure of w, each leaf of that of shape (*result leaf, *argument leaf), as
        `jax.jacobian`: a matrix (m, n) where both are vectors.

    Raises:
        InputError: where w or f's result is not made of real numbers.
    """

    f = _function(f, "jacobian")

    def at(w: Any, *data: Any) -> Any:
        w = argument(f, w, data, "jacobian")
        g = watched(f, data, "jacobian")
        if not _is_tall(g, w):
            return first_that_works(f, [lambda: jax.jacrev(g)(w), lambda: jax.jacfwd(g)(w)])
        return first_that_works(f, _modes(g, w, lambda: jax.jacfwd(g)(w), lambda: jax.jacrev(g)(w)))

    return _named(at, "jacobian", f)


def hessian(f: Function) -> Callable[..., Any]:
    """The Hessian: the curvature of one number.

        H[i, j] = ∂²f/∂w_i∂w_j

    Args:
        f: a function of a pytree of real arrays that returns one number; further arguments are
            data. For a function that returns an array, take ``jacobian(jacobian(f))``.

    Returns:
        a function of w. A number for a number, a matrix (n, n) for a vector; for a pytree, nested
        as by `jax.hessian`: the structure of w whose leaves hold the structure of w again, so
        that ``hessian(f)(w)["a"]["b"]`` is ∂²f/∂a∂b with shape (*a.shape, *b.shape).

    Raises:
        InputError: where w is not made of real numbers or f does not return one number.
    """

    f = _function(f, "hessian")

    def at(w: Any, *data: Any) -> Any:
        w = argument(f, w, data, "hessian")
        g = watched(f, data, "hessian", scalar=True)
        return first_that_works(
            f,
            [
                lambda: jax.jacfwd(jax.jacrev(g))(w),
                lambda: jax.jacrev(jax.jacrev(g))(w),
                lambda: jax.jacfwd(jax.jacfwd(g))(w),
            ],
        )

    return _named(at, "hessian", f)


def directional(f: Function) -> Callable[..., Any]:
    """The directional derivative: how f moves when w moves along v.

        f'(w; v) = lim (f(w + h v) − f(w)) / h   as h → 0

    v is taken as it is, not scaled to length one: twice the v gives twice the derivative.

    Args:
        f: a function of a pytree of real arrays that returns a pytree of real arrays; further
            arguments are data.

    Returns:
        a function of (w, v, *data), v in the structure and shapes of w (whole numbers are fine),
        with the derivative in the shape of f's result.

    Raises:
        InputError: where w or v or f's result is not made of real numbers, or v does not have
            the shape of w.
    """

    f = _function(f, "directional derivative")

    def at(w: Any, v: Any, *data: Any) -> Any:
        w = argument(f, w, data, "directional")
        v = tangent(w, as_argument(v))
        g = watched(f, data, "directional")

        def forward() -> Any:
            return jax.jvp(g, (w,), (v,))[1]

        return first_that_works(f, _modes(g, w, forward, lambda: transposed_pullback(g, w, v)))

    return _named(at, "directional derivative", f)


def _function(f: Function, what: str) -> Callable[..., Any]:
    f = as_function(f)
    if not callable(f):
        raise InputError(f"{what} needs a function or a formula, found {type(f).__name__} {f!r}")
    return f


def _named(at: Callable[..., Any], what: str, f: Function) -> Callable[..., Any]:
    at.__name__ = f"{what} of {name_of(f)}"
    at.__doc__ = f"The {what} of {name_of(f)}."
    return at


def transposed_pullback(g: Callable[[Any], Any], w: Any, v: Any) -> Any:
    """J v by reverse mode alone: the pullback u ↦ Jᵀu is linear, and its transpose is J."""
    result, pull = jax.vjp(g, w)
    return jax.linear_transpose(pull, result)((v,))[0]


def _is_tall(g: Callable[[Any], Any], w: Any) -> bool:
    """Whether the result has at least as many entries as the argument."""
    try:
        result = jax.eval_shape(g, w)
    except Exception:
        # A function that looks at its numbers (`if x > 0`) has no shape without them.
        return False

    def size(tree: Any) -> int:
        return sum(prod(jnp.shape(leaf)) for leaf in jax.tree_util.tree_leaves(tree))

    return size(w) <= size(result)


def _modes(
    g: Callable[[Any], Any], w: Any, forward: Callable[[], T], reverse: Callable[[], T]
) -> list[Callable[[], T]]:
    """Forward mode first, unless it is known to fail.

    A `custom_vjp` has no forward mode. Met with numbers JAX says so at once; under `jit` it says
    so only when the code is compiled, where nothing can be tried instead, so there we look first.
    """
    traced = [*jax.tree_util.tree_leaves(w), jnp.zeros(())]
    if any(isinstance(leaf, jax.core.Tracer) for leaf in traced) and _has_custom_vjp(g, w):
        return [reverse]
    return [forward, reverse]


def _has_custom_vjp(g: Callable[[Any], Any], w: Any) -> bool:
    try:
        jaxpr = jax.make_jaxpr(g)(w)
    except Exception:
        # A function that looks at its numbers; its error, if it is one, comes up again.
        return False
    return is_reverse_only(Graph.of(jaxpr))


def first_that_works(f: Callable[..., Any], ways: Sequence[Callable[[], T]]) -> T:
    """The result of the first way that JAX allows for this function.

    Forward mode refuses `custom_vjp`, reverse mode refuses `while` loops, each by an exception
    whose words change between versions of JAX; so the other mode is tried on any, and where all
    fail the first exception, which is the user's own, stands.
    """
    first: Exception | None = None
    for way in ways:
        try:
            return way()
        except InputError:
            raise
        except _RIDDLES as error:
            raise explain(error, f) or error from error
        except Exception as error:
            first = first or error
    assert first is not None, "there is at least one way"
    raise explain(first, f) or first from first
