"""What the facts and calculus can tell the judge of a problem's point."""

from collections.abc import Callable
from typing import Any

from surefoot.calculus import Evaluator, blame_nonfinite
from surefoot.facts import absorbed, creases, narrowed, near_switches
from surefoot.judge import judge
from surefoot.problem import Problem
from surefoot.program import Vector
from surefoot.terms import Verdict


def judge_point(
    problem: Problem,
    x: Vector,
    evaluator: Evaluator,
    reference: Vector | None = None,
    onward: str = "",
    compared: bool = False,
) -> Verdict:
    """The judge's verdict on a point, with what facts and calculus can tell it."""
    program = problem.objective

    def blame(point: Vector) -> str:
        found = blame_nonfinite(evaluator.scalar, point)
        return "" if found is None else found.sentence

    return judge(
        problem,
        x,
        oracle=evaluator,
        switches=near_switches(program, x),
        blame=blame,
        hidden=lambda points: absorbed(program, points),
        reference=reference,
        onward=onward,
        compared=compared,
        sparse=_sparse_hessian(problem, evaluator),
        creases=lambda point, lengths: creases(program, point, lengths),
        coarse=narrowed(program),
    )


def _sparse_hessian(problem: Problem, evaluator: Evaluator) -> Callable[[Vector], Any] | None:
    """x -> the Hessian of the evaluator as a sparse matrix, None where it is not sparse."""

    def hessian(x: Vector) -> Any:
        # Loads scipy.sparse; asked only of many variables, where products alone do not tell.
        from surefoot.facts.compression import Compression
        from surefoot.facts.sparsity import sparse_pattern

        pattern = sparse_pattern(problem.objective)
        if pattern is None:
            return None
        compression = Compression(pattern)
        products = evaluator.hessian_products(x, compression.seeds)
        return compression.matrix(compression.entries(products))

    return None if problem.residual else hessian
