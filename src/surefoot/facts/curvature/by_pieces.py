"""Steps on piecewise polynomials of one affine array."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from surefoot.facts.curvature.atoms import made
from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.pieces import (
    IDENTITY,
    Pieces,
    chosen,
    combined,
    number,
    raised,
    signs,
)
from surefoot.facts.curvature.terms import key_of
from surefoot.facts.intervals.intervals import Intervals
from surefoot.program import Node

WORDS = "decided on its pieces, exactly"


def _of(form: Form) -> tuple[Pieces, Form | None] | None:
    """A form as pieces over a base; None for what is no such function."""
    if form.is_constant:
        low = form.low
        if not np.array_equal(low, form.high) or not np.isfinite(low).all():
            return None
        return (number(float(low[0])), None) if (low == low[0]).all() else None
    if form.pieces is not None:
        return form.pieces, form.base
    return (IDENTITY, form) if bool(form.affine.all()) else None


def piecewise(node: Node, bounds: Intervals, arguments: Sequence[Any], result: Form) -> Form:
    """The result of a step, with its pieces where it has some."""
    rule = PIECEWISE.get(node.primitive)
    if rule is None or result.is_constant or not result.size:
        return result
    if result.pieces is not None:
        return result
    known: list[tuple[Pieces, Form | None]] = []
    for argument in arguments:
        part = _of(argument) if isinstance(argument, Form) else None
        if part is None:
            return result
        known.append(part)
    bases = [base for _, base in known if base is not None]
    if not bases or any(base.key != bases[0].key for base in bases[1:]):
        return result
    if node.primitive in ("and", "or", "not") and np.dtype(node.outputs[0].dtype) != np.bool_:
        return result
    found = rule(node, *(pieces for pieces, _ in known))
    if found is None:
        return result
    return Form(result.shape, result.terms, result.low, result.high, bounds, found, bases[0],
                result.recipe)  # fmt: skip


def condensed(form: Form) -> Form:
    """The form as one atom, where its pieces show more than its terms."""
    if form.pieces is None or form.is_constant or not form.shown_by_pieces:
        return form
    node = next((t.atom.node for t in reversed(form.terms) if t.atom.node is not None), None)
    if node is None:
        return form
    return made(
        node, form.bounds, (form,), convex=form.convex, concave=form.concave, words=WORDS,
        key=key_of("pieces", form.key), name="pieces",
    )  # fmt: skip


def _compare(name: str) -> Callable[..., Pieces | None]:
    def rule(node: Node, a: Pieces, b: Pieces) -> Pieces | None:
        found = combined(lambda p, q: p - q, a, b)
        found = None if found is None else signs(found)
        return None if found is None else combined(_TRUTHS[name], found)

    return rule


_TRUTHS: Mapping[str, Callable[[Any], Any]] = {
    # Polynomials that take s ∈ {−1, 0, 1} to what the comparison says.
    "gt": lambda s: s * (s + 1) / 2, "lt": lambda s: s * (s - 1) / 2,
    "ge": lambda s: 1 - s * (s - 1) / 2, "le": lambda s: 1 - s * (s + 1) / 2,
    "eq": lambda s: 1 - s * s, "ne": lambda s: s * s,
}  # fmt: skip


def _maximum(node: Node, a: Pieces, b: Pieces) -> Pieces | None:
    larger = _compare("ge" if node.primitive == "max" else "le")(node, a, b)
    return None if larger is None else chosen(larger, [b, a])


def _clip(node: Node, low: Pieces, a: Pieces, high: Pieces) -> Pieces | None:
    above = _compare("lt")(node, a, low)
    first = None if above is None else chosen(above, [a, low])
    beyond = None if first is None else _compare("gt")(node, first, high)
    return None if first is None or beyond is None else chosen(beyond, [first, high])


def _absolute(node: Node, a: Pieces) -> Pieces | None:
    sign = signs(a)
    return None if sign is None else combined(lambda p, s: p * s, a, sign)


def _choose(node: Node, which: Pieces, *cases: Pieces) -> Pieces | None:
    return chosen(which, cases)


def _quotient(node: Node, a: Pieces, b: Pieces) -> Pieces | None:
    if not b.is_smooth_polynomial or b.polys[0].degree() != 0:
        return None
    return combined(lambda p: p / b.polys[0][0], a)


def _power(node: Node, a: Pieces) -> Pieces | None:
    exponent = int(node.params.get("y", 2))
    return raised(a, exponent) if exponent >= 0 else None


def _pow(node: Node, a: Pieces, b: Pieces) -> Pieces | None:
    if not b.is_smooth_polynomial or b.polys[0].degree() > 0:
        return None
    exponent = b.polys[0][0]
    return raised(a, int(exponent.p)) if exponent.q == 1 and exponent >= 0 else None


PIECEWISE: Mapping[str, Callable[..., Pieces | None]] = {
    "add": lambda node, a, b: combined(lambda p, q: p + q, a, b),
    "add_any": lambda node, a, b: combined(lambda p, q: p + q, a, b),
    "sub": lambda node, a, b: combined(lambda p, q: p - q, a, b),
    "mul": lambda node, a, b: combined(lambda p, q: p * q, a, b),
    "neg": lambda node, a: combined(lambda p: -p, a),
    "div": _quotient, "integer_pow": _power, "square": _power, "pow": _pow, "abs": _absolute,
    "sign": lambda node, a: signs(a), "max": _maximum, "min": _maximum, "clamp": _clip,
    "select_n": _choose, **{name: _compare(name) for name in _TRUTHS},
    "and": lambda node, a, b: combined(lambda p, q: p * q, a, b),
    "or": lambda node, a, b: combined(lambda p, q: p + q - p * q, a, b),
    "not": lambda node, a: combined(lambda p: 1 - p, a),
}  # fmt: skip
"""Primitive → what it makes of pieces."""
