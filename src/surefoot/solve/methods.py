"""The engines that can be asked for by name, and which one the structure allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.descent import (
    LBFGS,
    DirectSearch,
    LevenbergMarquardt,
    Newton,
    NewtonCG,
    Nonsmooth,
    SparseNewton,
)
from surefoot.facts import Smoothness, SmoothnessKind
from surefoot.problem import Problem
from surefoot.terms import InputError

SMALL = 50
"""Up to this many variables Newton's method with a dense Hessian is quicker than learning the
curvature from gradients (docs/descent.md)."""
MOST_KINKED = 2000
"""Up to this many variables the method for corners is affordable."""
DENSE_HESSIAN = 200
"""Up to this many variables a dense Hessian is cheaper than its products with vectors."""
FIRST_SHARE = 0.6
"""The share of the steps that L-BFGS has before a sparse Hessian may take over: 6000 of the default
10,000. Below that it is mostly quicker; what needs more is badly conditioned (docs/descent.md)."""


@dataclass(frozen=True)
class Method:
    """An engine by name.

    Attributes:
        name: what `method=` takes.
        make: builds the engine from (evaluator, problem, options).
        options: what `options=` may hold: name → the least and the largest whole number.
        why: why it is the one for a structure, when chosen by us.
        share: of the steps, the part it may use before another engine is asked.
    """

    name: str
    make: Callable[[Evaluator, Problem, Mapping[str, Any]], Any]
    options: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    why: str = ""
    share: float = 1.0


def _sparse(evaluator: Evaluator, problem: Problem, options: Mapping[str, Any]) -> Any:
    # Loads scipy.sparse, which most problems never need.
    from surefoot.facts.compression import Compression
    from surefoot.facts.sparsity import hessian_sparsity, sparse_pattern

    pattern = sparse_pattern(problem.objective)
    if pattern is None:
        pattern = hessian_sparsity(problem.objective)
    found = Compression(pattern)
    return SparseNewton(
        evaluator, problem.lower, problem.upper, compression=found, tol=problem.tolerances.tol,
        **options,
    )  # fmt: skip


def _plain(engine: Any) -> Callable[[Evaluator, Problem, Mapping[str, Any]], Any]:
    def make(evaluator: Evaluator, problem: Problem, options: Mapping[str, Any]) -> Any:
        return engine(
            evaluator, problem.lower, problem.upper, tol=problem.tolerances.tol, **options
        )

    return make


_SEED = {"seed": (0, 2**63 - 1)}

METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "newton",
            _plain(Newton),
            why="The function is smooth and small enough for its exact Hessian.",
        ),
        Method(
            "newton-cg",
            _plain(NewtonCG),
            why="Too many variables for a dense Hessian: its products with vectors are used.",
        ),
        Method(
            "sparse-newton",
            _sparse,
            why="Each variable is tied to few others: the Hessian is sparse and is factorised.",
        ),
        Method(
            "l-bfgs",
            _plain(LBFGS),
            {"memory": (1, 10_000)},
            why="No Hessian is computed: curvature is learnt from gradients.",
        ),
        Method(
            "levenberg-marquardt",
            _plain(LevenbergMarquardt),
            why="A sum of squares: the residuals' own slopes tell the curvature.",
        ),
        Method(
            "nonsmooth",
            _plain(Nonsmooth),
            _SEED,
            why="The function has corners, where one gradient is not enough.",
        ),
        Method(
            "direct-search",
            _plain(DirectSearch),
            _SEED,
            why="The function jumps, and its slope tells nothing about the jumps: values are "
            "compared instead.",
        ),
    )
}
CLOSED_FORM = "closed-form"
NAMES = ("auto", CLOSED_FORM, *METHODS)


def check_method(name: str, *, residual: bool) -> None:
    """Refuse a method that does not exist, or that does not fit the question.

    Raises:
        InputError: with the nearest names.
    """
    # An array compares with a text entry by entry: only text is looked up.
    if not isinstance(name, str) or name not in NAMES:  # pyright: ignore[reportUnnecessaryIsInstance]
        near = get_close_matches(str(name).lower(), NAMES, n=2, cutoff=0.6)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise InputError(f"there is no method {name!r}{hint or '.'} There are {', '.join(NAMES)}")
    if name == "levenberg-marquardt" and not residual:
        raise InputError(
            "levenberg-marquardt needs the residuals, not their sum of squares: use "
            "surefoot.least_squares"
        )


def check_options(method: str, options: Mapping[str, Any] | None) -> None:
    """Refuse options that the method does not have, and values that it cannot use.

    Raises:
        InputError: naming those that it has.
    """
    if options is None:
        return
    if not isinstance(options, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(
            f"options is {type(options).__name__}; expected a dict name → value, e.g. "
            'method="l-bfgs", options={"memory": 20}'
        )
    known = METHODS[method].options if method in METHODS else dict[str, tuple[int, int]]()
    for name, value in options.items():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise InputError(
                f"method {method!r} has no option {name!r}; its options are: {listed}"
                + ("; name a method to set its options" if method == "auto" else "")
            )
        least, most = known[name]
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not least <= value <= most:
            text = " ".join(repr(value).split())[:50]
            raise InputError(
                f"options[{name!r}] is {text}; expected a whole number from {least} to {most}"
            )


def plan(problem: Problem, smoothness: Smoothness) -> list[Method]:
    """The engines to try in turn under "auto", best first: what the structure allows."""
    if smoothness.kind is SmoothnessKind.JUMPS:
        names = ["direct-search"]
    elif smoothness.kind is SmoothnessKind.KINKED:
        # The bundle of gradients around a point is a dense matrix.
        names = ["nonsmooth", "l-bfgs"] if problem.size <= MOST_KINKED else ["l-bfgs"]
    elif problem.residual:
        names = ["levenberg-marquardt", *_smooth(problem.size)]
    else:
        names = _smooth(problem.size)
        if smoothness.kind is SmoothnessKind.UNKNOWN:
            names = [*names, "nonsmooth"]
    return [METHODS[name] for name in names]


def sparse_instead(method: Method, problem: Problem) -> Method:
    """The engine for a sparse Hessian in place of `newton-cg` or more L-BFGS, where it is sparse.

    Asked only when L-BFGS is done, since it costs milliseconds to tell.
    """
    from surefoot.facts.sparsity import sparse_pattern

    if problem.residual or problem.size <= DENSE_HESSIAN:
        return method
    return method if sparse_pattern(problem.objective) is None else METHODS["sparse-newton"]


def _smooth(size: int) -> list[str]:
    if size <= SMALL:
        return ["newton"]
    return ["l-bfgs", "newton" if size <= DENSE_HESSIAN else "newton-cg"]
