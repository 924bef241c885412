"""Correct digits on NIST's nonlinear regressions, from both published starts, against SciPy.

    python bench/nist.py --data DIR [--shake 5]

DIR holds the .dat files as NIST publishes them; sets that are not there are left out. Digits are
−log₁₀ of the largest relative error over the parameters (certified to 11 digits) and over their
standard deviations. SciPy runs `least_squares(method="lm")` with its tolerances at their tightest
and the same exact derivatives, and `curve_fit` as it comes (difference quotients).

`--shake K` adds K runs per set and start from starts multiplied by lognormal factors (σ = 0.3), the
same for everyone, and counts how many reach the certified minimum to 6 digits. It shows whether a
result hangs on the published starts. It is no independent test of Surefoot: some constants of its
engine were chosen on these sets, shaken in the same way.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from bench.nist_models import MODELS, Array, Dataset, digits, read, residual  # noqa: E402

import surefoot as sf  # noqa: E402

GOAL = 8.0
STEPS = 3000


@dataclass(frozen=True)
class Result:
    """Parameters, their standard deviations, how many steps or evaluations, and seconds."""

    point: Array
    deviations: Array
    steps: int
    seconds: float
    note: str = ""


def surefoot_fit(data: Dataset) -> Callable[[Array], Result]:
    """The whole of `sf.least_squares`, verdict included."""
    f = residual(data)

    def run(start: Array) -> Result:
        begin = time.perf_counter()
        found = sf.least_squares(f, start, max_steps=STEPS)
        seconds = time.perf_counter() - begin
        errors = np.full(start.size, np.nan) if found.fit is None else found.fit.standard_errors
        steps = len(found.trajectory) - 1
        note = f"{found.status.name} {found.verdict.kind.name}"
        return Result(np.asarray(found.x), errors, steps, seconds, note)

    return run


def scipy_lm(data: Dataset) -> Callable[[Array], Result]:
    """MINPACK's lmder with exact derivatives and the tightest tolerances."""
    from scipy.optimize import least_squares

    f = residual(data)
    value, slope = jax.jit(f), jax.jit(jax.jacfwd(f))

    def run(start: Array) -> Result:
        begin = time.perf_counter()
        with jax.enable_x64(True):
            found = least_squares(
                lambda b: np.asarray(value(b)), start, lambda b: np.asarray(slope(b)),
                method="lm", x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=20_000,
            )
        errors = _errors(found.jac, found.fun)
        return Result(found.x, errors, found.nfev, time.perf_counter() - begin)

    return run


def scipy_curve_fit(data: Dataset) -> Callable[[Array], Result]:
    """`curve_fit` as it comes."""
    from scipy.optimize import curve_fit

    model = jax.jit(MODELS[data.name])

    def run(start: Array) -> Result:
        begin = time.perf_counter()
        with jax.enable_x64(True):
            point, covariance, info, _, _ = curve_fit(
                lambda x, *b: np.asarray(model(np.array(b), x)), data.x, data.y, start,
                full_output=True,
            )
        seconds = time.perf_counter() - begin
        return Result(point, np.sqrt(np.diag(covariance)), info["nfev"], seconds)

    return run


SOLVERS: dict[str, Callable[[Dataset], Callable[[Array], Result]]] = {
    "surefoot": surefoot_fit,
    "scipy lm": scipy_lm,
    "curve_fit": scipy_curve_fit,
}


def attempt(run: Callable[[Array], Result], start: Array) -> Result:
    """A run; one that raises has no digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(start)
        except (RuntimeError, ValueError, np.linalg.LinAlgError) as error:
            nothing = np.full(start.size, np.nan)
            return Result(nothing, nothing, 0, np.nan, type(error).__name__)


def _errors(jacobian: Array, r: Array) -> Array:
    _, s, vt = np.linalg.svd(jacobian, full_matrices=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.sum((vt.T / s) ** 2, axis=1) * (r @ r) / (r.size - vt.shape[1])
    return np.sqrt(variance)


def shown(value: float) -> str:
    """Digits in five columns; a dot where there are none."""
    return f"{value:5.1f}" if value > 0 else "    ·"


def main() -> None:
    """Run all sets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--shake", type=int, default=0)
    arguments = parser.parse_args()
    good, reached = dict.fromkeys(SOLVERS, 0), dict.fromkeys(SOLVERS, 0)
    spent, runs, shakes = dict.fromkeys(SOLVERS, 0.0), 0, 0
    rng = np.random.default_rng(0)
    print("set        start │ " + " │ ".join(f"{name:>9} sd steps" for name in SOLVERS))
    for name in MODELS:
        path = arguments.data / f"{name}.dat"
        if not path.is_file():
            continue
        data = read(path)
        solvers = {key: make(data) for key, make in SOLVERS.items()}
        for number, start in enumerate(data.starts):
            runs += 1
            cells: list[str] = []
            for key, run in solvers.items():
                found = attempt(run, start)
                right = digits(found.point, data.certified)
                good[key] += right >= GOAL
                spent[key] += 0.0 if np.isnan(found.seconds) else found.seconds
                cells.append(
                    f"{shown(right)} {shown(digits(found.deviations, data.deviations))} "
                    f"{found.steps:5d} {found.note if right < GOAL else ''}"
                )
            print(f"{name:10} {number + 1:5d} │ " + " │ ".join(cells), flush=True)
            for _ in range(arguments.shake):
                shakes += 1
                shaken = start * np.exp(0.3 * rng.normal(size=start.size))
                for key, run in solvers.items():
                    point = attempt(run, shaken).point
                    reached[key] += digits(point, data.certified) >= 6.0
    print(f"\nof {runs} runs, those with at least {GOAL:.0f} correct digits; seconds:")
    for key in SOLVERS:
        tail = f"   shaken starts: {reached[key]} of {shakes}" if shakes else ""
        print(f"  {key:10} {good[key]:3d}   {spent[key]:6.1f} s{tail}")


if __name__ == "__main__":
    main()
