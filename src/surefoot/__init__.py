"""Surefoot: calculus and optimisation that say what they found.

You are blindfolded on a hillside. Feel the slope, step down, and know what you are standing on.

Each name is loaded from its room when it is first used, so that `import surefoot` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surefoot.calculus import (
        chain,
        derivative,
        directional,
        gradient,
        hessian,
        jacobian,
        limit_check,
        nudge,
    )
    from surefoot.facts.bounded import Interval, bounds
    from surefoot.facts.convexity import convexity
    from surefoot.formulas import parse as formula
    from surefoot.solve import (
        Batches,
        Solution,
        argmin,
        classify,
        curve_fit,
        descend,
        escapes,
        learning_rate,
        least_squares,
        maximize,
        minimize,
        noise,
        race,
    )
    from surefoot.solve.kinks import kinks
    from surefoot.solve.stationary import roots, stationary_points
    from surefoot.studio import lab
    from surefoot.terms import (
        Box,
        Confidence,
        Evidence,
        FormulaError,
        InputError,
        PointKind,
        Scenario,
        Status,
        SurefootError,
        TraceError,
        UnsupportedError,
        Verdict,
    )

_ROOMS = {
    "surefoot.calculus": (
        "chain derivative directional gradient hessian jacobian limit_check nudge"
    ),
    "surefoot.facts.bounded": "Interval bounds",
    "surefoot.facts.convexity": "convexity",
    "surefoot.solve": (
        "Batches Solution argmin classify curve_fit descend escapes learning_rate least_squares "
        "maximize minimize noise race"
    ),
    "surefoot.solve.kinks": "kinks",
    "surefoot.solve.stationary": "roots stationary_points",
    "surefoot.studio": "lab",
    "surefoot.terms": (
        "Box Confidence Evidence FormulaError InputError PointKind Scenario Status SurefootError "
        "TraceError UnsupportedError Verdict"
    ),
}
_HOME = {name: (room, name) for room, names in _ROOMS.items() for name in names.split()}
# Inside its room the word belongs to the file of the class.
_HOME["formula"] = ("surefoot.formulas", "parse")

__all__ = [
    "Batches",
    "Box",
    "Confidence",
    "Evidence",
    "FormulaError",
    "InputError",
    "Interval",
    "PointKind",
    "Scenario",
    "Solution",
    "Status",
    "SurefootError",
    "TraceError",
    "UnsupportedError",
    "Verdict",
    "argmin",
    "bounds",
    "chain",
    "classify",
    "convexity",
    "curve_fit",
    "derivative",
    "descend",
    "directional",
    "escapes",
    "formula",
    "gradient",
    "hessian",
    "jacobian",
    "kinks",
    "lab",
    "learning_rate",
    "least_squares",
    "limit_check",
    "maximize",
    "minimize",
    "noise",
    "nudge",
    "race",
    "roots",
    "stationary_points",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("surefoot")
    if name not in _HOME:
        raise AttributeError(f"module 'surefoot' has no name {name!r}")
    room, inner = _HOME[name]
    from surefoot.terms.interrupts import held_interrupts

    with held_interrupts():  # a library that is loaded by half can never be loaded whole
        value = getattr(import_module(room), inner)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__", *globals()})
