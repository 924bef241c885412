"""Solve the problem in a file."""

from dataclasses import replace
from pathlib import Path

from surefoot.problem import NO_LIMITS, ProblemFile, read_problem_file
from surefoot.solve.entry import least_squares, maximize, minimize
from surefoot.solve.solution import Solution
from surefoot.terms import InputError

_ENTRIES = {"minimize": minimize, "maximize": maximize, "least_squares": least_squares}


def solve_file(path: str | Path) -> Solution:
    """Read a problem file and solve what it asks; `docs/problem-files.md` describes the files.

    Args:
        path: a TOML file.

    Raises:
        InputError: the file cannot be used as it is.
        FormulaError: a formula in it cannot be read.
    """
    problem = read_problem_file(path)
    if problem.subject_to:
        named = ", ".join(problem.subject_to)
        raise InputError(
            f"{problem.path.name}: subject_to ({named}) cannot be used. {NO_LIMITS}, under "
            "[variables]"
        )
    solution = _ENTRIES[problem.kind](
        problem.formula,
        problem.start,
        bounds=problem.bounds or None,
        example=problem.example,
        **problem.options,
    )
    return replace(solution, title=_title(problem), units=problem.units, labels=problem.labels)


def _title(problem: ProblemFile) -> str:
    title = problem.title or problem.path.stem
    return f"{title} ({problem.source})" if problem.source else title
