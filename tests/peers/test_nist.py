"""NIST's certified regressions: digits from both published starts, and of the linear sets.

Source: NIST/ITL Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/.
"""

from pathlib import Path

import numpy as np
import pytest
from bench.nist_models import MODELS, design, digits, read, residual
from tests.descent.residual_problems import JaxResiduals, fit

from surefoot.descent.closed_form import solve_linear_least_squares
from surefoot.descent.fit_statistics import FitStatistics
from surefoot.terms import Status

NONLINEAR = ["Bennett5", "BoxBOD", "Hahn1", "MGH09", "MGH10", "Misra1a", "Rat43", "Thurber"]
# A good QR: all that the float64 design matrix holds. Filip's powers of x are rounded themselves.
LINEAR = {"Norris": (13.0, 12.0), "Longley": (14.0, 12.0), "Filip": (7.0, 7.0)}


def _file(published_data: Path, name: str) -> Path:
    path = published_data / "nist" / f"{name}.dat"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path


def _statistics(point, r, jacobian) -> FitStatistics:
    n = point.size
    names = [f"b{k + 1}" for k in range(n)]
    return FitStatistics(point, r, jacobian, np.ones(n, dtype=bool), names)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", NONLINEAR)
def test_nonlinear_sets(published_data: Path, name: str, start: int) -> None:
    data = read(_file(published_data, name))
    assert name in MODELS
    oracle = JaxResiduals(residual(data))
    run = fit(oracle, data.starts[start], steps=3000)
    assert run.status is Status.CONVERGED
    assert digits(run.x, data.certified) >= 10.0
    found = _statistics(run.x, *oracle.residual_and_jacobian(run.x))
    assert digits(found.standard_errors, data.deviations) >= 8.0
    assert digits(np.array([found.residual_deviation]), np.array([data.residual_deviation])) >= 9.0


@pytest.mark.parametrize("name", list(LINEAR))
def test_linear_sets(published_data: Path, name: str) -> None:
    data = read(_file(published_data, name))
    matrix = design(data)
    found = solve_linear_least_squares(matrix, data.y)
    parameters, deviations = LINEAR[name]
    assert found.rank == data.certified.size
    assert digits(found.x, data.certified) >= parameters
    statistics = _statistics(found.x, matrix @ found.x - data.y, matrix)
    assert digits(statistics.standard_errors, data.deviations) >= deviations
