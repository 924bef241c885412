"""Where are all derivatives zero? Hand solutions, as far as SymPy finds them.

Polynomial systems over the rationals are solved completely: a Gröbner basis in lexicographic
order (Cox, Little, O'Shea, *Ideals, Varieties, and Algorithms*, ch. 3), exact isolation of the
real roots of its last polynomial, and substitution backwards, exact where the root is rational
or a square root, else with 60 digits. One equation of another kind goes to `solveset`, several
to `solve`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy

_DIGITS = 60
_REAL = sympy.Float("1e-25", _DIGITS)
MAX_SOLUTIONS = 100


class GaveUpError(Exception):
    """SymPy raised an error of its own; the text is for a reader."""


@dataclass
class Family:
    """An endless set of solutions.

    Attributes:
        fixed: symbol → expression in the free symbols; empty where every point belongs.
        words: the end of the sentence, "every y", "every whole number n".
        samples: a few members, to be checked like single solutions.
        shown: how many of the samples stand among the solutions too.
    """

    fixed: dict[Any, Any]
    words: str
    samples: list[dict[Any, Any]]
    shown: int = 0


@dataclass
class Found:
    """What was found.

    Attributes:
        points: each a dict symbol → exact expression, or a 60-digit number.
        families: endless sets of solutions.
        complete: whether SymPy states that these are all real solutions.
        note: why there may be more, or why there are none.
    """

    points: list[dict[Any, Any]] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    complete: bool = False
    note: str = ""


def solve_system(equations: list[Any], symbols: list[Any], result: Found) -> None:
    """Fill `result` with the real solutions of equations = 0.

    Filling in place keeps what was found when the time is up.
    """
    live = [equation for equation in equations if equation != 0]
    if not live:
        result.families.append(Family({}, "every point", _samples({}, symbols)))
        result.complete = True
        return
    if any(not equation.free_symbols for equation in live):
        result.complete = True
        result.note = "one derivative is a constant other than zero: there is no stationary point"
        return
    if all(equation.is_polynomial(*symbols) for equation in live) and _rational(live, symbols):
        _polynomial(live, symbols, result)
    elif len(symbols) == 1:
        _one_variable(live[0], symbols[0], result)
    else:
        _general(live, symbols, result)


def _rational(equations: list[Any], symbols: list[Any]) -> bool:
    return all(sympy.Poly(e, *symbols).get_domain() in (sympy.ZZ, sympy.QQ) for e in equations)


def _polynomial(equations: list[Any], symbols: list[Any], result: Found) -> None:
    if len(symbols) == 1:
        roots = _exact_roots(equations[0], symbols[0])
        result.points = [{symbols[0]: root} for root in roots]
        result.complete = True
        return
    basis = _ask(sympy.groebner, equations, *symbols, order="grevlex")
    if basis.exprs == [1]:
        result.complete = True
        return
    if not basis.is_zero_dimensional:
        _general(equations, symbols, result)
        result.note = "the stationary points form curves or surfaces, not single points"
        return
    polynomials = list(_ask(basis.fglm, "lex").exprs)
    partial: list[dict[Any, Any]] = [{}]
    exact = True
    for place in range(len(symbols) - 1, -1, -1):
        symbol, later = symbols[place], set(symbols[place:])
        usable = [p for p in polynomials if p.free_symbols <= later]
        extended: list[dict[Any, Any]] = []
        for point in partial:
            roots, sure = _extend(usable, symbol, point)
            exact = exact and sure
            extended += [{**point, symbol: root} for root in roots]
        partial = extended
    result.points = partial
    result.complete = exact


def _extend(usable: list[Any], symbol: Any, point: dict[Any, Any]) -> tuple[list[Any], bool]:
    """The values of `symbol` that go with a partial solution, and whether none can be missing."""
    if all(value.is_Rational for value in point.values()):
        here = [p.subs(point) for p in usable]
        here = [sympy.Poly(p, symbol) for p in here if p != 0]
        common: Any = here[0]
        for other in here[1:]:
            common = sympy.gcd(common, other)
        return (_exact_roots(common.as_expr(), symbol) if common.degree() > 0 else []), True
    numeric = {name: sympy.N(value, _DIGITS) for name, value in point.items()}
    here = [
        sympy.Poly(sympy.expand(p.subs(numeric)), symbol)
        for p in usable
        if symbol in p.free_symbols
    ]
    here = [p for p in here if p.degree() > 0]
    if not here:
        return [], False
    shortest = min(here, key=lambda p: p.degree())
    if shortest.degree() == 1:
        slope, offset = shortest.all_coeffs()
        return [-offset / slope], bool(abs(slope) > _REAL)
    roots = _ask(shortest.nroots, n=_DIGITS // 2, maxsteps=500)
    real = [sympy.re(r) for r in roots if abs(sympy.im(r)) < _REAL ** sympy.Rational(1, 2)]
    fitting = [r for r in real if all(_is_zero(p, r) for p in here)]
    return fitting, len({str(sympy.N(r, 8)) for r in roots}) == len(roots)


def _is_zero(polynomial: Any, root: Any) -> bool:
    size = sum(abs(c) * abs(root) ** k for k, c in enumerate(reversed(polynomial.all_coeffs())))
    return bool(abs(polynomial.eval(root)) <= size * sympy.Float("1e-12"))


def _exact_roots(equation: Any, symbol: Any) -> list[Any]:
    """The different real roots of a polynomial with rational coefficients, in order."""
    return list(dict.fromkeys(sympy.real_roots(sympy.Poly(equation, symbol).sqf_part())))


def _one_variable(equation: Any, symbol: Any, result: Found) -> None:
    _whole(equation, symbol, result)
    if result.complete:
        return
    # What SymPy cannot solve as one may be a product of which it can solve a factor.
    factors = _factors(equation)
    parts = Found(complete=True)
    for factor in factors:
        if len(factors) > 1:
            _whole(factor, symbol, parts)
        # The plain numbers that people try first.
        plain = map(sympy.Integer, (0, 1, -1))
        parts.points += [{symbol: root} for root in plain if factor.subs(symbol, root) == 0]
    known = [point[symbol] for point in result.points]
    for point in parts.points:
        root = point[symbol]
        if root not in known and _vanishes(equation, symbol, root):
            known.append(root)
            result.points.append(point)
    result.families += parts.families
    result.complete = len(factors) > 1 and parts.complete
    result.note = "" if result.complete else result.note
    if result.note and result.points:
        result.note = "SymPy finds no closed form for all solutions"


def _vanishes(equation: Any, symbol: Any, root: Any) -> bool:
    """Whether a root of a factor is one of the product: xˣ(1 + ln x) has none at 0."""
    value = sympy.N(equation.subs(symbol, root), 30)
    return bool(value.is_number and value.is_finite and abs(value) < sympy.Float("1e-15"))


def _factors(equation: Any) -> list[Any]:
    """The factors of the numerator that can be zero, powers left out."""
    whole = sympy.factor(sympy.numer(sympy.together(equation)))
    bases = [part.as_base_exp()[0] for part in sympy.Mul.make_args(whole)]
    return [base for base in dict.fromkeys(bases) if base.free_symbols and not base.is_positive]


def _whole(equation: Any, symbol: Any, result: Found) -> None:
    answer = _ask(sympy.solveset, equation, symbol, sympy.S.Reals)
    pieces = answer.args if isinstance(answer, sympy.Union) else (answer,)
    result.complete = result.complete or not result.note
    for piece in pieces:
        if isinstance(piece, sympy.FiniteSet):
            result.points += [{symbol: value} for value in piece]
        elif isinstance(piece, sympy.ImageSet) and piece.base_sets == (sympy.S.Integers,):
            whole = sympy.Symbol("n" if symbol.name != "n" else "k", integer=True)
            member = piece.lamda(whole)
            samples = [{symbol: member.subs(whole, n)} for n in (0, 1, -3)]
            words = f"every whole number {whole.name}"
            result.families.append(Family({symbol: member}, words, samples, 1))
        elif isinstance(piece, sympy.Interval):
            low: Any = piece.start
            high: Any = piece.end
            words = f"every {symbol} from {_side(low)} to {_side(high)}"
            low = low if low.is_finite else (high if high.is_finite else 0) - 2
            high = high if high.is_finite else low + 4
            middle = [low + (high - low) * sympy.Rational(k, 7) for k in (2, 3, 6)]
            result.families.append(Family({}, words, [{symbol: m} for m in middle]))
        elif piece is not sympy.S.EmptySet:
            result.complete = False
            result.note = "SymPy finds no closed form for the solutions"


def _general(equations: list[Any], symbols: list[Any], result: Found) -> None:
    result.note = "SymPy's general solver may leave solutions out"
    answers = _ask(sympy.solve, equations, symbols, dict=True)
    for answer in answers[:MAX_SOLUTIONS]:
        if any(value.is_real is False for value in answer.values()):
            continue
        if set(answer) == set(symbols) and not any(v.free_symbols for v in answer.values()):
            result.points.append(answer)
        else:
            free = [s for s in symbols if s not in answer]
            words = f"every {' and '.join(s.name for s in free)}"
            result.families.append(Family(answer, words, _samples(answer, symbols)))


def _ask(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """A call of a SymPy solver, which on hard equations may raise errors of any kind."""
    try:
        return function(*arguments, **options)
    except NotImplementedError:
        raise GaveUpError("SymPy finds no closed form for the solutions") from None
    except Exception as error:
        raise GaveUpError(
            f"SymPy gave up looking for solutions ({type(error).__name__})"
        ) from error


def _samples(fixed: dict[Any, Any], symbols: list[Any]) -> list[dict[Any, Any]]:
    """Three members of a family, the free symbols at values that are not special."""
    members: list[dict[Any, Any]] = []
    for k in range(3):
        free = {
            s: sympy.Rational(7 + 4 * i + 5 * k, 10) * (-1) ** (i + k)
            for i, s in enumerate(symbols)
            if s not in fixed
        }
        members.append(free | {s: value.subs(free) for s, value in fixed.items()})
    return members


def _side(value: Any) -> str:
    return str(value).replace("oo", "∞")
