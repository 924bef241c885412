"""Where written derivatives hold: away from corners and jumps, and inside the domain."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy

from surefoot.formulas.symbolic.writer import UnwritableError, write

MOST = 6
"""More conditions than this say no more than the formula itself."""


FACTORED = 30
"""A divisor of more operations than this is not factored."""


def conditions(
    expression: Any,
    derivatives: Iterable[Any],
    symbols: Mapping[str, Any],
    domain: Sequence[tuple[Any, str]] = (),
) -> tuple[str, ...]:
    """Sufficient conditions under which the derivatives are those of the expression, as sentences.

    |u| and sign(u) have u ≠ 0, a maximum or minimum that its two parts differ, a choice that its
    two sides do; a logarithm has a positive argument, which its derivative 1/u no longer shows.

    Args:
        domain: what the formula as typed asks for; said where no derivative shows it any more.
    """
    derivatives = list(derivatives)
    every = [expression, *derivatives]
    found = [(u, sign, 0) for u, sign in _hidden(domain, derivatives)]
    for e in every:
        found += [(a.args[0], "≠", 0) for a in e.atoms(sympy.Abs, sympy.sign)]
        for many in e.atoms(sympy.Max, sympy.Min):
            found += [(a, "≠", b) for a, b in combinations(many.args, 2)]
        for choice in e.atoms(sympy.Piecewise):
            relations = [r for _, c in choice.args for r in c.atoms(sympy.Rel)]
            found += [(r.lhs, "≠", r.rhs) for r in relations]
        found += [(a.args[0], ">", 0) for a in e.atoms(sympy.log) if not a.args[0].is_positive]
    texts: dict[str, None] = {}
    for left, sign, right in found:
        left, right = sympy.sympify(left), sympy.sympify(right)
        if left.is_number and right.is_number:
            continue
        if left.is_number:
            left, right = right, left
        try:
            texts[f"{write(left, symbols)} {sign} {write(right, symbols)}"] = None
        except UnwritableError:
            continue
    above = {text.removesuffix(" > 0") for text in texts if text.endswith(" > 0")}
    kept = [t for t in texts if t.removesuffix(" ≠ 0") not in above or t.endswith(" > 0")]
    return tuple(sorted(kept)) if len(kept) <= MOST else ()


def _hidden(
    domain: Sequence[tuple[Any, str]], derivatives: Sequence[Any]
) -> list[tuple[Any, str]]:
    """What of the domain the derivatives do not show by a division, a root or a logarithm."""
    powers = [p for e in derivatives for p in e.atoms(sympy.Pow)]
    below = {f for p in powers if p.exp.is_negative for f in _factors(p.base)}
    roots = {p.base for p in powers if p.exp.is_integer is False}
    roots |= {a.args[0] for e in derivatives for a in e.atoms(sympy.log)}
    found: list[tuple[Any, str]] = []
    for u, sign in domain:
        if sign == "≠":
            found += [(f, sign) for f in _factors(u) if f.is_nonzero is not True and f not in below]
        elif u not in roots and u.is_positive is not True:
            found.append((u, sign))
    return [(u, sign) for u, sign in found if u.free_symbols]


def _factors(expression: Any) -> set[Any]:
    """The factors of a divisor, each up to its sign and size."""
    whole = expression
    names = expression.free_symbols
    if names and expression.is_polynomial(*names) and sympy.count_ops(expression) <= FACTORED:
        whole = sympy.factor(expression)
    parts = {part.as_base_exp()[0] for part in sympy.Mul.make_args(whole)}
    return {part.as_content_primitive()[1] for part in parts if part.free_symbols}
