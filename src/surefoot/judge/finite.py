"""What must hold before any slope is worth reading: finite numbers, inside the bounds."""

import numpy as np

from surefoot.judge.contracts import Blame, Problem, Vector
from surefoot.judge.site import Site
from surefoot.terms import Evidence, InputError


def checked_point(problem: Problem, x: object) -> Vector:
    """x as a flat float64 array of the problem's size.

    Raises:
        InputError: for a wrong shape or for entries that are not numbers.
    """
    size = len(problem.structure.paths)
    try:
        point = np.array(x, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise InputError(
            f"x must be a flat array of {size} numbers; found {type(x).__name__}: {cause}"
        ) from cause
    if point.shape != (size,):
        raise InputError(
            f"x must be a flat array of shape ({size},), one entry for each of the problem's "
            f"coordinates; found shape {point.shape}"
        )
    return point


def bounds_row(problem: Problem, x: Vector) -> tuple[Evidence, list[int], float]:
    """The check lower ≤ x ≤ upper, compared exactly; the broken coordinates; the worst excess."""
    excess = np.maximum(np.asarray(problem.lower) - x, x - np.asarray(problem.upper))
    broken = [int(k) for k in np.flatnonzero(excess > 0.0)]
    worst = float(np.max(excess, initial=0.0))
    names = ", ".join(str(problem.structure.paths[k]) for k in broken[:6])
    row = Evidence(
        "feasibility",
        "max(lower − x, x − upper)",
        max(worst, 0.0),
        0.0,
        not broken,
        names,
        "compared exactly: floating-point comparison does not round",
    )
    return row, broken, worst


def finite_rows(site: Site, blame: Blame | None) -> list[Evidence]:
    """One row for value, gradient and Hessian, up to the first that is not finite."""
    rows: list[Evidence] = []
    parts = [("value", "f(x)", np.array([site.value])), ("gradient", "∇f(x)", site.gradient)]
    if site.hessian is not None:
        parts.append(("Hessian", "∇²f(x)", site.hessian))
    for name, formula, numbers in parts:
        bad = int(np.sum(~np.isfinite(numbers)))
        if bad:
            rows.append(
                Evidence(
                    f"finite {name}",
                    formula,
                    float(bad),
                    0.0,
                    False,
                    _blamed(site, blame),
                    f"{bad} of {numbers.size} entries are NaN or infinite",
                )
            )
            return rows
    rows.append(Evidence("finite", "f, ∇f, ∇²f at x", 0.0, 0.0, True))
    return rows


def _blamed(site: Site, blame: Blame | None) -> str:
    return str(blame(site.x)) if blame is not None else ""
