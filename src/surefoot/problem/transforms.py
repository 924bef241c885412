"""What problem files can do with a table before it enters a formula."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from surefoot.formulas.names import nearest
from surefoot.problem.tables import NamedArray
from surefoot.terms import InputError


def transform(array: NamedArray, name: str, where: str) -> NamedArray:
    """One named step along the rows (axis 0, the measurements in their order).

    Raises:
        InputError: an unknown step, or numbers that it cannot work on.
    """
    if name not in TRANSFORMS:
        raise InputError(
            f"{where}: there is no transform '{name}'; there are {', '.join(TRANSFORMS)}"
            f"{nearest(name, TRANSFORMS)}"
        )
    if array.values.ndim == 0:
        raise InputError(f"{where}: '{name}' needs a column or a table, found a single number")
    with np.errstate(all="ignore"):
        result = TRANSFORMS[name](array, where)
    if not np.isfinite(result.values).all():
        reason = {"log": "of a number that is not positive"}.get(name, "that is not finite")
        raise InputError(f"{where}: '{name}' gives a value {reason}")
    return replace(result, origin=f"{name} of {array.origin}")


def _changes(array: NamedArray, where: str) -> NamedArray:
    """rₜ = pₜ / pₜ₋₁ − 1"""
    _at_least_two(array, "returns", where)
    prices = array.values
    if not (prices[:-1] > 0.0).all():
        raise InputError(f"{where}: 'returns' needs positive prices")
    return replace(array, values=prices[1:] / prices[:-1] - 1.0, rows=array.rows[1:])


def _log_changes(array: NamedArray, where: str) -> NamedArray:
    """rₜ = ln(pₜ / pₜ₋₁)"""
    changes = _changes(array, where)
    return replace(changes, values=np.log1p(changes.values))


def _log(array: NamedArray, where: str) -> NamedArray:
    return replace(array, values=np.log(array.values))


def _mean(array: NamedArray, where: str) -> NamedArray:
    return NamedArray(np.asarray(array.values.mean(axis=0)), rows=array.columns)


def _std(array: NamedArray, where: str) -> NamedArray:
    """Sample standard deviation, divided by m − 1."""
    _at_least_two(array, "std", where)
    return NamedArray(np.asarray(array.values.std(axis=0, ddof=1)), rows=array.columns)


def _cov(array: NamedArray, where: str) -> NamedArray:
    """Sample covariance of the columns, divided by m − 1."""
    _at_least_two(array, "cov", where)
    values = np.asarray(np.cov(array.values, rowvar=False))
    return NamedArray(values, rows=array.columns, columns=array.columns)


def _standardize(array: NamedArray, where: str) -> NamedArray:
    """(x − mean) / std, column by column."""
    spread = _std(array, where).values
    return replace(array, values=(array.values - array.values.mean(axis=0)) / spread)


def _at_least_two(array: NamedArray, name: str, where: str) -> None:
    if array.values.shape[0] < 2:
        raise InputError(f"{where}: '{name}' needs at least two rows")


TRANSFORMS: dict[str, Callable[[NamedArray, str], NamedArray]] = {
    "returns": _changes,
    "log_returns": _log_changes,
    "log": _log,
    "mean": _mean,
    "std": _std,
    "cov": _cov,
    "standardize": _standardize,
}
