"""The 27 nonlinear and 3 linear NIST StRD models, and a reader for NIST's files.

Each model is written from the formula in the header of its file. Parameters are a flat vector;
the 27 functions use `jax.numpy`, so that they can be traced, differentiated and compiled.

Source: NIST/ITL Statistical Reference Datasets (public domain),
https://www.itl.nist.gov/div898/strd/.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Model = Callable[[jax.Array, Any], jax.Array]


def _exponential_rise(b: jax.Array, x: Any) -> jax.Array:
    return b[0] * (1 - jnp.exp(-b[1] * x))


def _decay_over_line(b: jax.Array, x: Any) -> jax.Array:
    return jnp.exp(-b[0] * x) / (b[1] + b[2] * x)


def _enso(b: jax.Array, x: Any) -> jax.Array:
    year, second, third = (2 * jnp.pi * x / period for period in (12.0, b[3], b[6]))
    return (
        b[0]
        + b[1] * jnp.cos(year) + b[2] * jnp.sin(year)
        + b[4] * jnp.cos(second) + b[5] * jnp.sin(second)
        + b[7] * jnp.cos(third) + b[8] * jnp.sin(third)
    )


def _two_peaks(b: jax.Array, x: Any) -> jax.Array:
    return (
        b[0] * jnp.exp(-b[1] * x)
        + b[2] * jnp.exp(-((x - b[3]) ** 2) / b[4] ** 2)
        + b[5] * jnp.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    )


def _cubic_over_cubic(b: jax.Array, x: Any) -> jax.Array:
    return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1 + x * (b[4] + x * (b[5] + x * b[6])))


def _three_exponentials(b: jax.Array, x: Any) -> jax.Array:
    return b[0] * jnp.exp(-b[1] * x) + b[2] * jnp.exp(-b[3] * x) + b[4] * jnp.exp(-b[5] * x)


MODELS: dict[str, Model] = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": _exponential_rise,
    "Chwirut1": _decay_over_line,
    "Chwirut2": _decay_over_line,
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * jnp.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": _two_peaks,
    "Gauss2": _two_peaks,
    "Gauss3": _two_peaks,
    "Hahn1": _cubic_over_cubic,
    "Kirby2": lambda b, x: (b[0] + x * (b[1] + x * b[2])) / (1 + x * (b[3] + x * b[4])),
    "Lanczos1": _three_exponentials,
    "Lanczos2": _three_exponentials,
    "Lanczos3": _three_exponentials,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * jnp.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * jnp.exp(-x * b[3]) + b[2] * jnp.exp(-x * b[4]),
    "Misra1a": _exponential_rise,
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1 + b[1] * x),
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * jnp.exp(-b[2] * x[1]),
    "Rat42": lambda b, x: b[0] / (1 + jnp.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + jnp.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - jnp.arctan(b[2] / (x - b[3])) / jnp.pi,
    "Thurber": _cubic_over_cubic,
}

# Nelson's model is stated for log(y).
RESPONSES: dict[str, Callable[[Array], Array]] = {"Nelson": np.log}


@dataclass(frozen=True)
class Dataset:
    """One NIST file.

    Attributes:
        name: NIST's name of the set.
        starts: the published starting points, (s, n); no row for a linear set.
        certified: certified parameters, (n,).
        deviations: certified standard deviations of the parameters, (n,).
        residual_deviation: certified residual standard deviation.
        y: response as the model states it, (m,).
        x: predictor, (m,), or (k, m) for k > 1 predictors.
    """

    name: str
    starts: Array
    certified: Array
    deviations: Array
    residual_deviation: float
    y: Array
    x: Array


def read(path: Path) -> Dataset:
    """Read one NIST StRD file, linear (`B0 …` rows) or nonlinear (`b1 = …` rows)."""
    lines = path.read_text().splitlines()
    data_starts = max(k for k, line in enumerate(lines) if line.startswith("Data:")) + 1
    rows = [
        [float(token) for token in line.split()] for line in lines[data_starts:] if line.strip()
    ]
    table = np.array(rows)
    x = table[:, 1] if table.shape[1] == 2 else table[:, 1:].T
    numbers: list[list[float]] = []
    deviation = float("nan")
    for line in lines[:data_starts]:
        found = re.match(r"\s*(?:b\d+\s*=|B\d+\s)(.*)", line)
        if found:
            numbers.append([float(token) for token in found.group(1).split()])
        found = re.match(r"\s*(?:Residual )?Standard Deviation:?\s+(\S+)\s*$", line)
        if found:
            deviation = float(found.group(1))
    parameters = np.array(numbers)
    return Dataset(
        name=path.stem,
        starts=parameters[:, :-2].T,
        certified=parameters[:, -2],
        deviations=parameters[:, -1],
        residual_deviation=deviation,
        y=RESPONSES.get(path.stem, np.asarray)(table[:, 0]),
        x=x,
    )


def design(data: Dataset) -> Array:
    """The design matrix of the linear sets: powers of x for Norris and Filip, else 1 and the x."""
    if data.x.ndim == 2:
        return np.column_stack([np.ones_like(data.y), *data.x])
    return data.x[:, None] ** np.arange(data.certified.size)


def residual(data: Dataset) -> Callable[[jax.Array], jax.Array]:
    """The residuals model(b) − y of a nonlinear set as a function of the parameters."""
    model = MODELS[data.name]
    y, x = data.y, data.x
    return lambda b: model(b, x) - y


def digits(found: Array, certified: Array) -> float:
    """Correct digits: −log₁₀ of the largest relative error, from −inf (NaN) up to 16."""
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.max(np.abs(found - certified) / np.abs(certified))
    if not error < np.inf:
        return -np.inf
    return 16.0 if error < 1e-16 else float(-np.log10(error))
