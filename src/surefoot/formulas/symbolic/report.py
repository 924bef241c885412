"""What SymPy says about a formula, each line checked numerically against JAX."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import inf, isfinite
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from numpy.typing import NDArray

from surefoot.formulas.evaluate import evaluate_tree
from surefoot.formulas.formula import Formula, parse
from surefoot.formulas.symbolic.conditions import conditions
from surefoot.formulas.symbolic.convert import domain, to_sympy
from surefoot.formulas.symbolic.deadline import OutOfTimeError, deadline
from surefoot.formulas.symbolic.solve import Family, Found, GaveUpError, solve_system
from surefoot.formulas.symbolic.writer import UnwritableError, write
from surefoot.terms import FormulaError, InputError, noted_interrupts

# Points for the check: three ranges, so that logarithms and roots find some inside their domain.
_RANGES = ((-2.0, 2.0), (0.1, 3.0), (0.05, 0.95))
_POINTS_EACH = 6
_LEAST_POINTS = 3
_AGREES = 1e-8
_BESIDE = 1e-7
_NEARLY = 1e-3
_ROUNDED = 2.0**-42
"""Of f/x, the size of a slope: a jump of so many last digits is rounding."""
MAX_HESSIAN = 6
DERIVATIVE_SECONDS = 15.0
# Factoring a long expression with exponentials takes SymPy seconds and rarely shortens it.
_FACTOR_UP_TO = 30

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class SymbolicLine:
    """One derivative.

    Attributes:
        name: what it is, "f'(x)" or "∂f/∂x" or "∂²f/∂x∂y".
        text: the derivative in formula syntax, "2x".
        value: its value at the point asked for, else None.
        error: the largest |this − JAX| / max(1, |JAX|) at random points; inf where the check
            could not be made.
        checked: whether the error is at most 1e-8 at three points or more.
        jumps: whether there is no such derivative at the point asked for, because the slope is
            another one on the other side, or because the formula has no value there.
    """

    name: str
    text: str
    value: float | None = None
    error: float = inf
    checked: bool = False
    jumps: bool = False


@dataclass(frozen=True)
class SymbolicSolution:
    """One solution of the stationarity equations.

    Attributes:
        point: variable → its exact value in formula syntax, or "≈ 1.3247…" where it has none.
        values: variable → its value in float64.
        value: the formula's value there.
        error: the largest component of JAX's gradient there, relative to the size
            max(1, Σ|Hᵢⱼ||xⱼ|) that rounding of x alone could give.
        checked: whether the error is at most 1e-8.
    """

    point: dict[str, str]
    values: dict[str, float]
    value: float = inf
    error: float = inf
    checked: bool = False


@dataclass(frozen=True)
class SymbolicReport:
    """The symbolic form of a formula.

    Attributes:
        text: the formula as typed. expression: as SymPy writes it, in formula syntax.
        variables: its variables. at: the point asked for, or None. value: the value there.
        gradient: first derivatives, one per variable.
        hessian: second derivatives, upper triangle row by row (up to six variables).
        equations: "2x = 0", one per variable.
        solutions: where all derivatives vanish; every one that fails its check is left out.
        families: endless sets of solutions, each a sentence.
        complete: whether SymPy states that these are all real ones (no proof of ours).
        note: what could not be found, and why.
        conditions: where the derivatives hold, "x ≠ 0", as far as they do not show it themselves.
        interrupted: whether Ctrl-C ended the search for solutions.
    """

    text: str
    expression: str
    variables: tuple[str, ...]
    at: dict[str, float] | None
    value: float | None
    gradient: tuple[SymbolicLine, ...]
    hessian: tuple[SymbolicLine, ...]
    equations: tuple[str, ...]
    solutions: tuple[SymbolicSolution, ...]
    families: tuple[str, ...]
    complete: bool
    note: str
    conditions: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def checked(self) -> bool:
        """Whether every derivative agrees with JAX."""
        return all(line.checked for line in (*self.gradient, *self.hessian))


def derive(formula: Formula, at: Any = None, seconds: float = 5.0) -> SymbolicReport:
    """Derivatives, stationarity equations and their solutions.

    Steps: the tree becomes a SymPy expression; SymPy differentiates; each derivative is written in
    formula syntax, parsed again, and compared with JAX's own derivative at random points in
    float64; SymPy solves gradient = 0 within `seconds`, and each solution is put into JAX's
    gradient.

    Args:
        formula: a formula of single numbers.
        at: a point, dict or bare value, where the derivatives' values are wanted.
        seconds: how long SymPy may look for solutions, in seconds of processor time.

    Raises:
        FormulaError: no variable, arrays, or a function without a symbolic derivative.
    """
    if not formula.variables:
        raise FormulaError(
            "no symbolic form: there is no variable to derive by", formula.text, 0,
            len(formula.text),
        )  # fmt: skip
    place = _point(formula, at)
    # An exception in the midst of SymPy may be printed and swallowed, and has taken the process
    # down: Ctrl-C is noted and looked at by the deadline's hook.
    with noted_interrupts() as interrupted:
        report = _derive(formula, place, seconds, interrupted)
    if report is None:
        raise KeyboardInterrupt
    return report


def _derive(
    formula: Formula,
    place: dict[str, float] | None,
    seconds: float,
    interrupted: Callable[[], bool],
) -> SymbolicReport | None:
    """The report; None where Ctrl-C was pressed before there were derivatives."""
    expression, symbols = to_sympy(formula)
    try:
        with deadline(DERIVATIVE_SECONDS, interrupted):
            text, lines, expressions = _derivatives(formula, expression, symbols)
    except OutOfTimeError:
        if interrupted():
            return None
        raise FormulaError(
            "no symbolic form: SymPy did not finish the derivatives within "
            f"{DERIVATIVE_SECONDS:g} s", formula.text, 0, len(formula.text),
        ) from None  # fmt: skip
    except (UnwritableError, RecursionError) as error:
        raise FormulaError(
            f"no symbolic form: {error}", formula.text, 0, len(formula.text)
        ) from None
    found = _solutions(expressions, list(symbols.values()), seconds, interrupted)
    stopped = interrupted()
    if expression.has(sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.Piecewise):
        found.complete = False
        corners = "corners, where the slope jumps, are not among the solutions"
        found.note = "; ".join(filter(None, (found.note, corners)))
    shown = [s for family in found.families for s in family.samples[: family.shown]]
    candidates = _written([*found.points, *shown], symbols)
    samples = [_written(family.samples, symbols) for family in found.families]
    every = [*candidates, *(s for family in samples for s in family)]
    points = [*([place] if place else []), *(c.values for c in every)]
    measured = _Measured(formula, lines, points)
    lines = measured.judge_lines(lines, with_value=place is not None)
    first = len(points) - len(every)
    checked = [measured.judge_solution(c, first + k) for k, c in enumerate(every)]
    good = tuple(solution for solution in checked[: len(candidates)] if solution.checked)
    families = _confirmed(found, samples, checked[len(candidates) :])
    if len(good) < len(candidates) or len(families) < len(found.families):
        found.complete = False
        found.note = found.note or "a solution that JAX's gradient does not confirm was left out"
    count = len(formula.variables)
    return SymbolicReport(
        text=formula.text,
        expression=text,
        variables=formula.variables,
        at=place,
        value=float(measured.values[0]) if place else None,
        gradient=tuple(lines[:count]),
        hessian=tuple(lines[count:]),
        equations=tuple(f"{line.text} = 0" for line in lines[:count]),
        solutions=good,
        families=tuple(_sentence(family, formula) for family in families),
        complete=found.complete,
        note=found.note,
        conditions=conditions(expression, expressions, symbols, domain(formula, symbols)),
        interrupted=stopped,
    )


def _point(formula: Formula, at: Any) -> dict[str, float] | None:
    if at is None:
        return None
    values = formula.bind(at)
    for name, value in values.items():
        if np.ndim(value) or not isfinite(value):
            raise InputError(f"at: '{name}' is {value!r}; expected one finite number")
    return {name: float(value) for name, value in values.items()}


def _derivatives(
    formula: Formula, expression: Any, symbols: dict[str, Any]
) -> tuple[str, list[SymbolicLine], list[Any]]:
    """The expression's text, the lines of gradient and Hessian, and the gradient's expressions."""
    name, names = formula.name or "f", formula.variables
    single = len(names) == 1
    slopes = [_differentiate(expression, symbols[v], symbols) for v in names]
    lines = [
        SymbolicLine(f"{name}'({v})" if single else f"∂{name}/∂{v}", write(slope, names))
        for v, slope in zip(names, slopes, strict=True)
    ]
    pairs = combinations_with_replacement(range(len(names)), 2) if len(names) <= MAX_HESSIAN else ()
    for i, j in pairs:
        second = _differentiate(slopes[i], symbols[names[j]], symbols)
        label = f"∂²{name}/∂{names[i]}∂{names[j]}" if i != j else f"∂²{name}/∂{names[i]}²"
        lines.append(
            SymbolicLine(f"{name}''({names[0]})" if single else label, write(second, names))
        )
    return write(expression, names), lines, slopes


def _differentiate(expression: Any, symbol: Any, symbols: dict[str, Any]) -> Any:
    """The derivative away from corners, in the shortest of a few forms."""
    slope: Any = sympy.diff(expression, symbol)
    slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    every = list(symbols.values())
    forms: list[Callable[[Any], Any]] = [lambda e: e]
    if slope.is_polynomial(*every):
        forms.append(sympy.expand)
    elif slope.is_rational_function(*every):
        forms.append(lambda e: sympy.factor(sympy.together(e)))
    elif slope.has(sympy.exp) and sympy.count_ops(slope) <= _FACTOR_UP_TO:
        forms.append(sympy.factor)
    return min((form(slope) for form in forms), key=lambda e: len(write(e, symbols)))


def _solutions(
    gradient: list[Any], symbols: list[Any], seconds: float, interrupted: Callable[[], bool]
) -> Found:
    found = Found()
    try:
        with deadline(seconds, interrupted):
            solve_system(gradient, symbols, found)
    except OutOfTimeError:
        found.complete = False
        found.note = f"SymPy did not finish looking for solutions within {seconds:g} s"
        if interrupted():
            found.note = "you interrupted the search for solutions"
    except GaveUpError as error:
        found.complete = False
        found.note = str(error)
    return found


def _written(points: list[dict[Any, Any]], symbols: dict[str, Any]) -> list[SymbolicSolution]:
    """The solutions as text and numbers; complex ones are left out."""
    written: list[SymbolicSolution] = []
    for point in points:
        texts: dict[str, str] = {}
        values: dict[str, float] = {}
        for name, symbol in symbols.items():
            number = complex(sympy.N(point[symbol], 30))
            size = 1e-12 * max(1.0, abs(number.real))
            if not (isfinite(number.real) and abs(number.imag) <= size):
                break
            values[name] = number.real
            try:
                texts[name] = write(_tidy(point[symbol]), symbols)
            except UnwritableError:
                texts[name] = f"≈ {number.real:.15g}"
        else:
            written.append(SymbolicSolution(texts, values))
    return sorted(written, key=lambda s: tuple(s.values.values()))


def _tidy(expression: Any) -> Any:
    """An exact number that a reader can use; UnwritableError where only digits help."""
    long = sympy.count_ops(expression) > 12 or any(
        n > 10_000 for r in expression.atoms(sympy.Rational) for n in (abs(r.p), r.q)
    )
    if expression.has(sympy.Float, sympy.CRootOf) or long:
        raise UnwritableError("only digits describe this number")
    return expression


def _confirmed(
    found: Found, samples: list[list[SymbolicSolution]], checked: list[SymbolicSolution]
) -> list[Family]:
    """The families of which every sample lies where JAX's gradient is zero."""
    confirmed: list[Family] = []
    for family, members in zip(found.families, samples, strict=True):
        judged, checked = checked[: len(members)], checked[len(members) :]
        if len(judged) == len(family.samples) and all(s.checked for s in judged):
            confirmed.append(family)
    return confirmed


def _sentence(family: Family, formula: Formula) -> str:
    if not family.fixed:
        return family.words
    names = formula.variables
    fixed = ", ".join(f"{symbol} = {write(e, names)}" for symbol, e in family.fixed.items())
    parts = [sympy.denom(sympy.together(e)) for e in family.fixed.values()]
    factors = dict.fromkeys(f.as_base_exp()[0] for p in parts for f in sympy.Mul.make_args(p))
    nonzero = [f"{write(f, names)} ≠ 0" for f in factors if f.free_symbols]
    return f"{fixed} for {family.words}" + (f" with {' and '.join(nonzero)}" if nonzero else "")


class _Measured:
    """JAX's derivatives and the lines' values at random points and at the points of interest.

    Everything goes through one compiled call: first the points of interest, then the random ones.
    """

    def __init__(
        self, formula: Formula, lines: list[SymbolicLine], points: list[dict[str, float]]
    ) -> None:
        self.names = formula.variables
        self.count = len(points)
        self.random = slice(self.count, self.count + len(_RANGES) * _POINTS_EACH)
        rng = np.random.default_rng(0)
        random = [rng.uniform(a, b, (_POINTS_EACH, len(self.names))) for a, b in _RANGES]
        wanted = np.array([[p[name] for name in self.names] for p in points]).reshape(
            -1, len(self.names)
        )
        # Beside each point of interest, both ways along each variable.
        steps = _BESIDE * np.concatenate([np.eye(len(self.names)), -np.eye(len(self.names))])
        lengths = np.maximum(1.0, np.abs(wanted))
        beside = (wanted[:, None] + lengths[:, None] * steps).reshape(-1, len(self.names))
        self.points: Vector = np.concatenate([wanted, *random, beside])
        parsed = [parse(line.text, variables=self.names) for line in lines]

        def scalar(x: Any) -> Any:
            table = dict(zip(self.names, x, strict=True))
            return jnp.asarray(evaluate_tree(formula.text, formula.tree, {**formula.data, **table}))

        def everything(x: Any) -> Any:
            table = dict(zip(self.names, x, strict=True))
            written = [jnp.asarray(evaluate_tree(p.text, p.tree, table)) for p in parsed]
            return scalar(x), jax.grad(scalar)(x), jax.hessian(scalar)(x), jnp.stack(written)

        with jax.enable_x64(True):
            out = jax.jit(jax.vmap(everything))(self.points)
            self.values, self.gradients, self.hessians, self.lines = (np.asarray(o) for o in out)

    def judge_lines(self, lines: list[SymbolicLine], *, with_value: bool) -> list[SymbolicLine]:
        """The lines with their errors against JAX."""
        upper = np.triu_indices(len(self.names))
        second = self.hessians[:, upper[0], upper[1]]
        truth = np.concatenate([self.gradients, second], axis=1)
        corner: NDArray[np.bool_] = np.zeros(len(lines), dtype=bool)
        if with_value:
            # The first derivative by xᵢ is looked at along xᵢ, as the second by xᵢ and xᵢ is.
            jumps = self._jumps()
            corner = np.concatenate([np.diag(jumps), (jumps | jumps.T)[upper]])
            # Of x/x at 0 what is written, 0, is the slope of 1, which has a value there.
            corner |= bool(np.isnan(self.values[0]))
        judged: list[SymbolicLine] = []
        for k, line in enumerate(lines):
            ours, theirs = self.lines[self.random, k], truth[self.random, k]
            usable = np.isfinite(theirs) & np.isfinite(self.values[self.random])
            error = inf
            if usable.sum() >= _LEAST_POINTS and np.isfinite(ours[usable]).all():
                gap = np.abs(ours[usable] - theirs[usable])
                error = float(np.max(gap / np.maximum(1.0, np.abs(theirs[usable]))))
            value = float(self.lines[0, k]) if with_value else None
            line = replace(line, value=value, error=error, checked=error <= _AGREES)
            if corner[k]:
                line = replace(line, value=None, jumps=True)
            judged.append(line)
        return judged

    def _jumps(self) -> NDArray[np.bool_]:
        """Whether ∂f/∂xᵢ jumps along xⱼ at the first point (i, j), by more than curvature explains.

        Beside a corner of |x| it differs by 2 over two ten-millionths of a unit, and the curvature
        there is nowhere near ten million.
        """
        count = len(self.names)
        beside = slice(self.random.stop, self.random.stop + 2 * count)
        gradients, hessians = self.gradients[beside], self.hessians[beside]
        if not (np.isfinite(gradients).all() and np.isfinite(hessians).all()):
            return np.zeros((count, count), dtype=bool)
        jump = np.abs(gradients[:count] - gradients[count:]).T
        steps = 2.0 * _BESIDE * np.maximum(1.0, np.abs(self.points[0]))
        bend = np.max(np.abs(hessians), axis=0) * steps
        # What is left of slopes that cancel, as of x/x, is another on each side as well.
        sizes = np.where(self.points[0] == 0.0, 1.0, np.abs(self.points[0]))
        rounding = _ROUNDED * abs(float(self.values[0])) / sizes
        floor = np.maximum(_NEARLY * np.max(np.abs(gradients)), np.max(rounding, initial=0.0))
        return jump > np.maximum(floor, 16.0 * bend)

    def judge_solution(self, solution: SymbolicSolution, place: int) -> SymbolicSolution:
        """A solution with JAX's gradient there, and beside it."""
        gradient, hessian = self.gradients[place], self.hessians[place]
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return solution
        scale = max(1.0, float(np.max(np.abs(hessian) @ np.abs(self.points[place]))))
        error = float(np.max(np.abs(gradient))) / scale
        around = 2 * len(self.names)
        first = self.random.stop + place * around
        # At a corner AD may give 0, as a convention; beside it the slope is not small.
        if not np.max(np.abs(self.gradients[first : first + around])) <= _NEARLY * scale:
            return solution
        return replace(
            solution, value=float(self.values[place]), error=error, checked=error <= _AGREES
        )
