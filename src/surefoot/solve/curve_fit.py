"""Fit a model to measurements."""

import inspect
from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from surefoot.formulas import parse
from surefoot.formulas.names import nearest
from surefoot.solve.entry import least_squares
from surefoot.solve.question import LARGEST, SMALLEST
from surefoot.solve.solution import Solution
from surefoot.terms import Box, InputError


def curve_fit(
    model: Any,
    x: Any,
    y: Any,
    p0: Any,
    *,
    sigma: Any = None,
    **options: Any,
) -> Solution:
    """Find the parameters p with which model(x, p) comes closest to the measurements y.

    Minimises Σ ((yᵢ − model(xᵢ, p))/σᵢ)². `solution.fit` has standard errors, covariance and
    intervals.

    Args:
        model: model(x, p), written in jax.numpy; p has the structure of p0. SciPy's way,
            model(x, p1, p2, …), works as well, with p0 as many numbers in a tuple, list or array;
            `solution.x` is then a named tuple with the names of the signature. Or a formula,
            "a e^(-b t)"; then x and p0 are dicts by name.
        x: the predictors, handed to the model as they are.
        y: the responses, an array.
        p0: where the parameters start.
        sigma: standard deviations of y, one number or one for each response. They count as known:
            the errors are not rescaled by the residuals.
        options: as in `least_squares` (bounds, starts, tol, …).

    Raises:
        InputError: shapes that do not fit, or measurements that are not finite.

    Example:
        >>> import jax.numpy as jnp, numpy as np, surefoot as sf
        >>> x = np.array([0.0, 1.0, 2.0, 3.0])
        >>> fit = sf.curve_fit(lambda x, p: p[0] * jnp.exp(p[1] * x), x, 2 * np.exp(-x), np.ones(2))
        >>> [round(float(v), 8) for v in fit.x]
        [2.0, -1.0]
    """
    _check_options(options)
    response = _finite(y, "y")
    _check_size(response, 1.0 if sigma is None else _weights(sigma, response))
    predictors = x if isinstance(x, dict | tuple) else _rectangular(x, "x")
    if isinstance(model, str):
        call = _by_formula(model, x)
    else:
        call, named = _calling(model, p0)
        p0, options = _under_names(named, p0, options)

    residual = _residual(call, predictors, response, sigma)
    residual.__name__ = getattr(model, "__name__", "model") if callable(model) else str(model)
    solution = least_squares(residual, p0, **options)
    if sigma is None or solution.fit is None:
        return solution
    return replace(solution, fit=replace(solution.fit, known_sigma=True))


def _residual(
    call: Callable[[Any, Any], Any], x: Any, y: Any, sigma: Any
) -> Callable[[Any], Any]:
    """The residuals as a function of p; what it captures has the names that the user gave it."""
    sigma = None if sigma is None else np.asarray(sigma, dtype=np.float64)

    def residual(p: Any) -> Any:
        predicted = jnp.asarray(call(x, p))
        if predicted.shape != y.shape:
            raise InputError(
                f"the model returns an array of shape {predicted.shape}, but y has "
                f"{y.shape}; they must match"
            )
        return y - predicted if sigma is None else (y - predicted) / sigma

    return residual


def _check_options(options: Mapping[str, Any]) -> None:
    known = [
        name
        for name, parameter in inspect.signature(least_squares).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]
    for name in options:
        if name in ("absolute_sigma", "check_finite"):
            raise InputError(
                f"curve_fit has no {name}; sigma= always counts as known, so that the errors are "
                "not rescaled, and numbers that are not finite are always refused: leave it out"
            )
        if name not in known:
            raise InputError(
                f"curve_fit has no option {name!r}{nearest(name, known) or '.'} "
                f"It takes sigma, {', '.join(known)}"
            )


def _by_formula(text: str, x: Any) -> Callable[[Any, Any], Any]:
    if not isinstance(x, dict):
        raise InputError(
            f"the model is the formula {text!r}, so x has to say which name the predictors have: "
            'x={"t": …}, and p0 is a dict of the parameters, p0={"a": 1.0, …}'
        )
    formula = parse(text, data=x)
    return lambda _, p: formula(p)


def _calling(
    model: Callable[..., Any], p0: Any
) -> tuple[Callable[[Any, Any], Any], Callable[..., Any] | None]:
    """model(x, p); and a named tuple for models that take their parameters one by one."""
    try:
        parameters = inspect.signature(model).parameters.values()
    except (TypeError, ValueError):
        return model, None
    if not isinstance(p0, list | tuple | np.ndarray):
        return model, None
    if not isinstance(p0, tuple) and _rectangular(p0, "p0").ndim != 1:
        return model, None
    if not all(np.ndim(p) == 0 for p in p0):
        return model, None
    count = len(p0)
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) and len(places) < 2:
        return (lambda x, p: model(x, *[p[i] for i in range(count)])), None
    # With one parameter p0 = [1.0] may mean p[0], as an array, or p itself: the array it stays.
    if len(places) < 3:
        return model, None
    names = [p.name for p in places[1:]]
    needed = sum(p.default is p.empty for p in places[1:])
    if not needed <= count <= len(names):
        raise InputError(
            f"the model takes the parameters {', '.join(names)}, and p0 has {count} "
            f"number{'s' * (count != 1)}; give one for each, in that order"
        )
    if count < 2:
        return model, None
    # NamedTuple refuses names that begin with an underscore, as an argument's may.
    named = namedtuple("Parameters", names[:count], rename=True)  # pyright: ignore[reportUntypedNamedTuple]
    return (lambda x, p: model(x, *p)), named


def _under_names(
    named: Callable[..., Any] | None, p0: Any, options: Mapping[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The start, the bounds and further starts, with the names of the model's parameters."""
    changed = dict(options)
    if named is None:
        return p0, changed
    make = named

    def under(value: Any) -> Any:
        fits = isinstance(value, list | tuple | np.ndarray) and len(value) == len(p0)
        return make(*value) if fits else value

    bounds = options.get("bounds")
    if isinstance(bounds, Box):
        changed["bounds"] = Box(under(bounds.lower), under(bounds.upper))
    starts = options.get("starts")
    if isinstance(starts, list | tuple | np.ndarray):
        changed["starts"] = [under(start) for start in starts]
    return make(*p0), changed


def _rectangular(value: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError:
        raise InputError(f"{name} is ragged: its rows differ in length") from None


def _finite(y: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    if isinstance(y, np.ma.MaskedArray) and np.any(y.mask):
        raise InputError(
            f"{name} is a masked array; leave the masked rows out before the fit, of x as well"
        )
    given = _rectangular(y, name)
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name} is not made of real numbers (found {given.dtype})")
    values = given.astype(np.float64)
    if values.size == 0:
        raise InputError(f"{name} is empty; there is nothing to fit")
    bad = ~np.isfinite(values)
    if bad.any():
        if values.ndim == 0:
            raise InputError(f"{name} is {values}; expected a finite number")
        place = ", ".join(str(int(i)) for i in np.argwhere(bad)[0])
        raise InputError(f"{name}[{place}] is {values[bad][0]}; leave such rows out before the fit")
    return values


def _weights(sigma: Any, response: Any) -> Any:
    with np.errstate(over="ignore"):
        weights = 1.0 / _positive(sigma, response.shape)
    if not np.isfinite(weights).all():
        raise InputError("sigma has an entry so small that 1/sigma is beyond float64")
    return weights


def _check_size(response: Any, weights: Any) -> None:
    """Refuse measurements whose squares do not fit into float64."""
    with np.errstate(over="ignore", under="ignore"):
        top = float(np.max(np.abs(response * weights)))
    if top == 0.0 or SMALLEST <= top <= LARGEST:
        return
    what = "y" if np.ndim(weights) == 0 and float(weights) == 1.0 else "y/sigma"
    end = "vanish to 0" if top < SMALLEST else "overflow"
    raise InputError(
        f"{what} is at most {top:.3g} in size, and the squares of such numbers {end} in float64: "
        "give y in other units, and the model with it"
        + ("" if what == "y" else "; is sigma in the units of y?")
    )


def _positive(sigma: Any, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = _finite(sigma, "sigma")
    if values.shape not in ((), shape):
        raise InputError(f"sigma has shape {values.shape}, but y has {shape}")
    if not (values > 0.0).all():
        raise InputError("sigma has an entry that is not positive; it is a standard deviation")
    return values
