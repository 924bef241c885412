"""Every stationary point of a function in a box, and every zero of a field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from surefoot.facts.intervals import enclose
from surefoot.facts.krawczyk import Field, GradientField, ProgramField, inertias
from surefoot.facts.precision import unlike_real
from surefoot.facts.second_opinion import Opinion, second_opinion
from surefoot.formulas import Formula, system
from surefoot.problem import flat_bounds, require_number, shape_giver, with_data
from surefoot.program import Program, Vector, trace
from surefoot.search import Budget, Left, Zero, Zeros, all_zeros
from surefoot.solve.progress import Counting
from surefoot.solve.proved_points import ProvedPoint, ProvedPoints, Unresolved
from surefoot.solve.settings import is_number, is_whole
from surefoot.terms import Box, Confidence, InputError, PointKind, noted_interrupts

MOST = 12
"""Variables; of more even one halving each makes too many boxes."""


@noted_interrupts()
def stationary_points(
    f: Any,
    over: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    boxes: int = 1_000_000,
    seconds: float = 60.0,
    megabytes: float = 1000.0,
    progress: bool | None = None,
) -> ProvedPoints:
    """Every point of a box where the gradient is zero, each proved to exist and to be alone.

    The box is cut until in each part the gradient is shown to have no zero, or exactly one
    (interval Newton method, Krawczyk's test; `surefoot.facts.krawczyk` has the equations). A zero
    is narrowed to the last digits, its Hessian bounded there, and both are shown once more by Arb.
    What stays undecided is listed with the reason: a multiple zero (x⁴ at 0) is never called one.

    Args:
        f: a function of one argument written in jax.numpy that returns one number, or a formula.
        over: the box, finite: `sf.Box`, a tuple of two numbers, or a dict name → (lower, upper).
        data: arrays by name, as in `minimize`.
        example: any value of the argument's shape, where the box does not tell it.
        boxes, seconds, megabytes: what may be spent; what is left then is unresolved. Arb's
            opinions may take as many seconds more.
        progress: whether to show what is going on; None: on a terminal, after a second.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> [float(point.x) for point in sf.stationary_points("x^4 - 2x^2", {"x": (-2, 2)})]
        [-1.0, 1.0, 0.0]
    """
    program, lower, upper, formula = _asked(f, over, data, example)
    require_number(program)
    budget = _budget(boxes, seconds, megabytes, lower.size)
    found = _searched(program, GradientField(program), lower, upper, budget, progress, True)
    return replace(found, formula=formula)


@noted_interrupts()
def roots(
    g: Any,
    over: Any,
    *,
    data: Mapping[str, Any] | None = None,
    example: Any = None,
    boxes: int = 1_000_000,
    seconds: float = 60.0,
    megabytes: float = 1000.0,
    progress: bool | None = None,
) -> ProvedPoints:
    """Every point of a box where a function is zero, each proved to exist and to be alone.

    Args:
        g: a function that returns as many numbers as its argument has; a formula or an equation; or
            a list of these, as many as there are unknowns.
        over, data, example, boxes, seconds, megabytes, progress: as in `stationary_points`.

    Raises:
        InputError: anything that cannot be used as it is.
        UnsupportedError: a step without an interval rule, by name and line.

    Example:
        >>> import surefoot as sf
        >>> [round(float(root.x), 12) for root in sf.roots("x^2 - 2", {"x": (-2, 2)})]
        [-1.414213562373, 1.414213562373]
        >>> len(sf.roots(["x^2 + y^2 = 4", "x y = 1"], {"x": (-3, 3), "y": (-3, 3)}))
        4
    """
    if isinstance(g, str | Formula | list | tuple):
        g = system([g] if isinstance(g, str | Formula) else g, data)
        data = None
    program, lower, upper, _ = _asked(g, over, data, example)
    size = sum(int(np.prod(out.shape, dtype=np.int64)) for out in program.outputs)
    if len(program.outputs) != 1 or size != lower.size:
        raise InputError(
            f"{program.name} gives {size} equation{'s' * (size != 1)} for {lower.size} "
            f"unknown{'s' * (lower.size != 1)}; roots needs as many of one as of the other (a list "
            "of formulas, or a function that returns them as one array)"
        )
    budget = _budget(boxes, seconds, megabytes, lower.size)
    return _searched(program, ProgramField(program), lower, upper, budget, progress, False)


def _asked(
    f: Any, over: Any, data: Mapping[str, Any] | None, example: Any
) -> tuple[Program, Vector, Vector, Formula | None]:
    if over is None:
        raise InputError("over is the box to search, e.g. over=(-6, 6), or a dict of such pairs")
    function = with_data(f, data)
    program = trace(function, shape_giver(function, None, over, example))
    lower, upper = flat_bounds(over, program.structure, "over")
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        k = int(np.argmin(np.isfinite(lower) & np.isfinite(upper)))
        raise InputError(
            f"over has no end for {program.structure.paths[k]}; a complete list takes a finite box"
        )
    if lower.size > MOST:
        raise InputError(
            f"{program.name} has {lower.size} variables; a box of more than {MOST} cannot be "
            "searched through: halving each once makes 2ⁿ boxes"
        )
    return program, lower, upper, function if isinstance(function, Formula) else None


def _budget(boxes: int, seconds: float, megabytes: float, n: int) -> Budget:
    if not is_whole(boxes, least=1):
        raise InputError(f"boxes is {boxes!r}; expected a whole number of at least 1")
    for name, number in (("seconds", seconds), ("megabytes", megabytes)):
        if not (is_number(number) and number > 0):
            raise InputError(f"{name} is {number!r}; expected a number above 0")
    # A box that waits is 2n float64; while it is tested, its Hessian and more are held.
    held = max(1, int(megabytes * 1e6 / (16.0 * n)))
    return Budget(boxes=int(boxes), seconds=float(seconds), held=held)


def _searched(
    program: Program, g: Field, lower: Vector, upper: Vector, budget: Budget,
    progress: bool | None, gradient: bool,
) -> ProvedPoints:  # fmt: skip
    shown = Counting(progress, "searching")
    with noted_interrupts() as interrupted:
        budget.stop, budget.told = interrupted, shown
        try:
            return _found(program, g, lower, upper, budget, gradient, shown.close)
        finally:
            shown.close()


def proved_points(program: Program, lower: Vector, upper: Vector, budget: Budget) -> ProvedPoints:
    """Every stationary point of a traced function in a box, for callers with a budget of their own.

    Args:
        program: returns one number. lower, upper: (n,), finite.
        budget: its `stop` also ends the second opinions; what Arb was not asked of is SUPPORTED.

    Raises:
        UnsupportedError: a step without an interval rule, by name and line.
    """
    return _found(program, GradientField(program), lower, upper, budget, True, lambda: None)


def _found(
    program: Program, g: Field, lower: Vector, upper: Vector, budget: Budget, gradient: bool,
    searched: Callable[[], None],
) -> ProvedPoints:  # fmt: skip
    began = perf_counter()
    found = all_zeros(g, lower, upper, budget)
    searched()

    def ended() -> bool:
        # Arb may take as long as the search may.
        return budget.stop() or perf_counter() - began > 2.0 * budget.seconds

    points = _points(program, g, found.zeros, lower, upper, gradient, ended)
    points.sort(key=lambda p: (0.0 if p.value is None else p.value, _key(program, p.x)))
    structure = program.structure
    return ProvedPoints(
        tuple(points), tuple(_left(structure.unravel, found, "slope" if gradient else "function")),
        program,
        Box(structure.unravel(lower), structure.unravel(upper)), None,
        "stationary points" if gradient else "roots", found.interrupted, found.boxes,
        perf_counter() - began,
    )  # fmt: skip


def _key(program: Program, x: Any) -> tuple[float, ...]:
    return tuple(program.structure.ravel(x, "x").tolist())


def _left(unravel: Callable[[Vector], Any], found: Zeros, what: str) -> Iterator[Unresolved]:
    bends = "curvature" if what == "slope" else "slope"
    why = {
        Left.LEVEL: f"every point of it is one: the {what} is shown to be 0 all over it",
        Left.DEGENERATE: "zeros that coincide or nearly do are not told apart from one: "
        f"the {bends} is not shown to be regular there",
        Left.UNKNOWN: "the function is not shown to be smooth, or to be defined, there",
        Left.BUDGET: "the budget was spent before it was looked at",
    }
    for lower, upper, reason in found.unresolved:
        yield Unresolved(
            unravel(lower), unravel(upper), why[reason], reason is Left.LEVEL, reason is Left.BUDGET
        )


def _points(
    program: Program, g: Field, zeros: Sequence[Zero], lower: Vector, upper: Vector,
    gradient: bool, ended: Callable[[], bool],
) -> list[ProvedPoint]:  # fmt: skip
    if not zeros:
        return []
    structure, sizes = program.structure, 0.01 * (upper - lower)
    rounded = unlike_real(program, lower, upper)
    first = np.array([zero.lower for zero in zeros])
    last = np.array([zero.upper for zero in zeros])
    x = np.clip(0.5 * first + 0.5 * last, lower, upper)
    edge = np.asarray(((first <= lower) | (last >= upper)).any(axis=1))
    curved = _curved(program, g, x, first, last) if gradient else None
    points: list[ProvedPoint] = []
    for k in range(len(zeros)):
        opinion = Opinion(False, None, "the search was ended before Arb was asked")
        if not ended():
            opinion = second_opinion(program, first[k], last[k], sizes, gradient=gradient)
        kind, eigenvalues, value = PointKind.UNKNOWN, np.empty(0), None
        if curved is not None:
            value, eigenvalues = float(curved.values[k]), curved.eigenvalues[k]
            signs = curved.signs[k]
            if signs is not None and signs == opinion.inertia:
                kind = _kind(signs)
        proved = opinion.exists and not rounded
        why = "" if proved else opinion.why or "Arb's test of the same box is not passed"
        if rounded and opinion.exists:
            why = f"the function uses {rounded}; the proof is one of real numbers"
        points.append(
            ProvedPoint(
                structure.unravel(x[k]), value, kind, eigenvalues,
                Box(structure.unravel(first[k]), structure.unravel(last[k])),
                Confidence.PROVED if proved else Confidence.SUPPORTED, bool(edge[k]), why,
            )
        )  # fmt: skip
    return points


@dataclass(frozen=True)
class _Curved:
    """Of each point its value, the eigenvalues of its Hessian, and what is shown of their signs."""

    values: Vector
    eigenvalues: Vector
    signs: list[tuple[int, int] | None]


def _curved(program: Program, g: Field, x: Vector, first: Vector, last: Vector) -> _Curved:
    with np.errstate(all="ignore"):
        bounds = g(first, last, jacobian=True).jacobian
        assert bounds is not None, "asked for"
        found = enclose(program, x, x)[0]
        # Of what may be 0, the middle of its bounds is a number of no meaning.
        zero = (found.lower <= 0.0) & (found.upper >= 0.0)
        middles = np.where(zero, 0.0, 0.5 * found.lower + 0.5 * found.upper)
        values = np.broadcast_to(middles[:, 0], (len(x),))
        middle = 0.5 * bounds.lower + 0.5 * bounds.upper
    eigenvalues = np.asarray(np.linalg.eigvalsh(middle), np.float64)
    signs = inertias(bounds.lower, bounds.upper)
    return _Curved(np.asarray(values, np.float64), eigenvalues, signs)


def _kind(signs: tuple[int, int]) -> PointKind:
    below, above = signs
    if below == 0:
        return PointKind.LOCAL_MINIMUM
    return PointKind.LOCAL_MAXIMUM if above == 0 else PointKind.SADDLE_POINT
