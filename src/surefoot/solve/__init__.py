"""Where finder and judge meet."""

from surefoot.solve.classify import classify
from surefoot.solve.curve_fit import curve_fit
from surefoot.solve.entry import least_squares, maximize, minimize
from surefoot.solve.files import solve_file
from surefoot.solve.implicit import argmin
from surefoot.solve.solution import Solution

__all__ = [
    "Solution",
    "argmin",
    "classify",
    "curve_fit",
    "least_squares",
    "maximize",
    "minimize",
    "solve_file",
]
