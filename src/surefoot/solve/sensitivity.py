"""How the answer moves with the data."""

from typing import Any

import jax
import numpy as np

from surefoot.program import name_of
from surefoot.solve.implicit import sensitivity_matrix
from surefoot.solve.solution import Solution
from surefoot.terms import InputError


def sensitivity(solution: Solution, name: str) -> Any:
    """∂x*/∂data for one array of the problem; see `Solution.sensitivity`.

    Raises:
        InputError: no captured array has that name.
    """
    problem = solution.problem
    program = problem.objective
    names = [name_of(array, program.function) for array in program.consts]
    if not isinstance(name, str) or names.count(name) != 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        listed = sorted({n for n in names if n})
        known = f"it can be asked about {', '.join(listed)}" if listed else "it captures none"
        raise InputError(
            f"the function uses no array that is named {name!r} alone; {known}. Numbers are "
            "written into the program as constants; give them as arrays of one number, "
            f"data={{{name!r}: np.array([1.0])}}"
        )
    index = names.index(name)
    free = (solution.point > problem.lower) & (solution.point < problem.upper)
    matrix = sensitivity_matrix(
        program, solution.point, index, free_mask=free, squares=problem.residual
    )
    shape = program.consts[index].shape
    leaves = [
        np.asarray(matrix[leaf.start : leaf.stop]).reshape(leaf.shape + shape)
        for leaf in problem.structure.leaves
    ]
    return jax.tree_util.tree_unflatten(problem.structure.treedef, leaves)
