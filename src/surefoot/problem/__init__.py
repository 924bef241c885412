"""What is asked: objective, bounds, problem files."""

from surefoot.problem.asked import WithData, shape_giver, with_data
from surefoot.problem.box import default_start, example_from_bounds, flat_bounds
from surefoot.problem.files import ProblemFile, read_problem_file
from surefoot.problem.problem import (
    NO_LIMITS,
    Problem,
    Sense,
    Tolerances,
    require_number,
    require_residuals,
)

__all__ = [
    "NO_LIMITS",
    "Problem",
    "ProblemFile",
    "Sense",
    "Tolerances",
    "WithData",
    "default_start",
    "example_from_bounds",
    "flat_bounds",
    "read_problem_file",
    "require_number",
    "require_residuals",
    "shape_giver",
    "with_data",
]
