"""Where written derivatives hold: away from corners and jumps, and inside the domain."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import sympy

from surefoot.formulas.symbolic.writer import UnwritableError, write

MOST = 6
"""More conditions than this say no more than the formula itself."""


def conditions(
    expression: Any, derivatives: Iterable[Any], symbols: Mapping[str, Any]
) -> tuple[str, ...]:
    """Sufficient conditions under which the derivatives are those of the expression, as sentences.

    |u| and sign(u) have u ≠ 0, a maximum or minimum that its two parts differ, a choice that its
    two sides do; a logarithm has a positive argument, which its derivative 1/u no longer shows.
    """
    every = [expression, *derivatives]
    found: list[tuple[Any, str, Any]] = []
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
