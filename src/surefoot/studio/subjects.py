"""What a person may give to the lab, as a subject that it can show."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from surefoot.formulas import Formula
from surefoot.program import as_argument, trace
from surefoot.solve.shown import Subject, subject_of
from surefoot.terms import InputError

CENTRE = 0.5
"""Where cuts of a formula of several variables go through when nobody says; at 0 too many
functions are flat."""


def subject_of_formula(formula: Formula, point: Mapping[str, float] | None = None) -> Subject:
    """The subject of a typed formula; cuts of several variables go through `point`.

    Raises:
        FormulaError: shapes that the text alone does not tell.
    """
    program = trace(formula, formula.example())
    structure = program.structure
    default = 0.0 if structure.size == 1 else CENTRE
    values = point or {}
    centre = np.array([float(values.get(path, default)) for path in structure.paths])
    return subject_of(formula, program, point=centre)


def subject_of_function(f: Any, point: Any = None) -> Subject:
    """The subject of a Python function of one argument.

    Args:
        f: written in jax.numpy; returns one number.
        point: a value of its argument, which tells its shape and is what cuts go through; a number
            is assumed without one.

    Raises:
        InputError, TraceError: it cannot be followed, or does not return one number.
    """
    example = 0.0 if point is None else as_argument(point)
    program = trace(f, example)
    centre = program.structure.ravel(example, "start")
    if not np.isfinite(centre).all():
        raise InputError("the start has an entry that is not finite; cuts go through it")
    return subject_of(f, program, point=centre)
