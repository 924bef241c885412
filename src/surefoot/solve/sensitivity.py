"""How the answer moves with the data."""

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

import jax
import numpy as np

from surefoot.calculus import Evaluator
from surefoot.facts import near_switches
from surefoot.formulas import Formula, parse
from surefoot.problem import Problem, WithData
from surefoot.program import Graph, Program, Structure, Vector, name_of, trace
from surefoot.solve.implicit import sensitivity_matrix
from surefoot.solve.solution import Solution, is_wanted
from surefoot.terms import InputError, SurefootError

TIE = 1e-6
"""A switch is met where what it compares differs by less than this share of its size."""
LOOSE = 1e-7
"""A bound that the point would leave by so little of its size holds it on one side only."""
NESTED = 8


def sensitivity(solution: Solution, name: str) -> Any:
    """∂x*/∂data for one array of the problem; see `Solution.sensitivity`.

    Raises:
        InputError: no captured array has that name, or it is used where JAX does not see it.
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
    if _is_used_unseen(program, name, index):
        raise InputError(
            f"{name} is used in arithmetic of NumPy, which makes constants of the program that "
            f"JAX does not follow back to {name}; make it an array of JAX, jnp.asarray({name})"
        )
    free = (solution.point > problem.lower) & (solution.point < problem.upper)
    matrix = sensitivity_matrix(
        program, solution.point, index, free_mask=free, squares=problem.residual,
        sign=problem.sign,
    )  # fmt: skip
    if not _is_regular(solution, free, index):
        matrix = np.full_like(matrix, np.nan)
    shape = program.consts[index].shape
    leaves = [
        np.asarray(matrix[leaf.start : leaf.stop]).reshape(leaf.shape + shape)
        for leaf in problem.structure.leaves
    ]
    return jax.tree_util.tree_unflatten(problem.structure.treedef, leaves)


def _is_regular(solution: Solution, free: Any, index: int) -> bool:
    """Whether the answer has a derivative, as far as the Hessian does not tell.

    It is what was asked for; no comparison ties at it, of the argument or of the data; and what a
    bound holds, it holds with a slope that pushes.
    """
    problem, x = solution.problem, solution.point
    if not is_wanted(solution.verdict, problem.sense):
        return False
    if _ties(problem.objective, x, index):
        return False
    held = ~free & (problem.lower < problem.upper)
    return not held.any() or not _is_loose(problem, x, held)


def _ties(program: Program, x: Vector, index: int) -> bool:
    graph, const = program.graph, program.consts[index]
    others = [k for k in range(len(program.consts)) if k != index]
    lifted = Graph(
        (*graph.inputs, graph.consts[index]), tuple(graph.consts[k] for k in others),
        tuple(graph.values[k] for k in others), graph.nodes, graph.outputs,
    )  # fmt: skip
    example = [np.zeros(leaf.shape) for leaf in program.structure.leaves]
    both = Program(
        program.name, Structure([*example, np.zeros(const.shape)]), lifted, program.output, None
    )
    return bool(near_switches(both, np.concatenate([x, np.ravel(const)]), within=TIE))


def _is_loose(problem: Problem, x: Vector, held: Any) -> bool:
    """Whether some coordinate would stay at its bound, or all but, without the bound."""
    evaluator = Evaluator(problem.objective, sign=problem.sign, residual=problem.residual)
    _, gradient, hessian = evaluator.derivatives(x)
    bend = np.abs(np.diag(hessian))[held]
    return bool(np.any(np.abs(gradient[held]) <= LOOSE * bend * np.maximum(np.abs(x[held]), 1.0)))


# ── uses that JAX does not see ─────────────────────────────────────────────────────────────────


def _is_used_unseen(program: Program, name: str, index: int) -> bool:
    """Whether other constants of the program change with the array, or the steps do."""
    array = program.consts[index]
    moved = array * (1 + 2.0**-10) + np.asarray(2.0**-10, array.dtype)
    changed = _with_other(program.function, name, array, moved.astype(array.dtype))
    if changed is None:
        return False
    try:
        again = trace(changed, program.structure.unravel(np.zeros(program.structure.size)))
    except SurefootError:
        return True
    if again.key != program.key:
        return True
    return any(
        not np.array_equal(one, two, equal_nan=one.dtype.kind == "f")
        for k, (one, two) in enumerate(zip(program.consts, again.consts, strict=True))
        if k != index
    )


def _with_other(f: Any, name: str, array: Any, other: Any) -> Callable[..., Any] | None:
    """The function with another array under a name; None where it is not seen how it is read."""
    if isinstance(f, Formula):
        return parse(f.text, data={**f.data, name: other}, variables=f.variables)
    if isinstance(f, WithData) and name in f.data:
        return WithData(f.function, {**f.data, name: other})
    if isinstance(f, FunctionType):
        return _copied(f, array, other, NESTED)
    return None


def _copied(f: FunctionType, array: Any, other: Any, deeper: int) -> FunctionType:
    """A function that reads another array wherever it, or one that it calls, read the first."""

    def instead(value: Any) -> Any:
        if isinstance(value, np.ndarray | jax.Array):
            same = np.shape(value) == array.shape and np.array_equal(np.asarray(value), array)
            return (other if isinstance(value, np.ndarray) else jax.numpy.asarray(other)) if (
                same
            ) else value  # fmt: skip
        own = isinstance(value, FunctionType) and value.__module__ == f.__module__
        return _copied(value, array, other, deeper - 1) if own and deeper else value

    read = {
        name: instead(f.__globals__[name])
        for name in f.__code__.co_names
        if name in f.__globals__
    }
    cells = tuple(_cell(cell, instead) for cell in f.__closure__ or ())
    made = FunctionType(
        f.__code__, {**f.__globals__, **read}, f.__name__, f.__defaults__, cells or None
    )
    made.__kwdefaults__ = f.__kwdefaults__
    return made


def _cell(cell: CellType, instead: Callable[[Any], Any]) -> CellType:
    try:
        return CellType(instead(cell.cell_contents))
    except ValueError:  # not filled yet
        return cell
