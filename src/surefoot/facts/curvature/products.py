"""Products and quotients of two arrays that both depend on the argument.

    g · g           the square of g: convex where g is affine, or convex and ≥ 0
    y · log y       convex for y ≥ 0;  y · log(y/x) convex for x, y ≥ 0 affine (relative entropy)
    a · b           convex for log-convex a, b ≥ 0;  concave where it is a geometric mean
    g²/b            convex for g convex and ≥ 0 (or affine), b > 0 concave; and c/b for c ≥ 0

Source: Boyd, Vandenberghe, Convex Optimization (2004), sections 3.1.5 and 3.2.6.
"""

from typing import Any

import numpy as np

from surefoot.facts.curvature.atoms import made
from surefoot.facts.curvature.curves import CURVES, bends, composed, power_card
from surefoot.facts.curvature.forms import Form, of
from surefoot.facts.curvature.geometric import WORDS as MEAN
from surefoot.facts.curvature.geometric import is_mean, weight_of_product
from surefoot.facts.curvature.terms import Term, key_of, product_ends, tidy
from surefoot.facts.intervals.arithmetic import reciprocal
from surefoot.facts.intervals.intervals import Flags, Intervals, whole
from surefoot.program import Node


def square(node: Node, bounds: Intervals, u: Form) -> Form:
    """u²; of c·a it is c²·a²."""
    term = _proportional(u)
    if term is not None:
        ends = product_ends(term.low, term.high, term.low, term.high)
        base = _element(term, u)
        inner = square(node, whole(u.shape, inside=True), base)
        return inner.times(*ends, bounds)
    card = CURVES["square"]
    convex, concave = composed(bends("square", card, u, bounds), u)
    # The second power of |u|, which is convex and ≥ 0.
    two = np.where(u.affine | (u.convex & (u.bounds.lower[0] >= 0.0)), 2.0, 0.0)
    return made(node, bounds, (u,), convex=convex, concave=concave, words=card.words, power=two,
                key=key_of("square", u.key), name="square")  # fmt: skip


def _proportional(u: Form) -> Term | None:
    """The only term, if its factors are exact and not all 1, and there is no offset."""
    term = u.multiple
    if term is None or not bool((term.low == term.high).all()):
        return None
    return None if bool((term.low == 1.0).all()) else term


def _element(term: Term, u: Form) -> Form:
    """The term's atom without its factor."""
    ones = np.ones(u.size)
    zeros = np.zeros(u.size)
    with np.errstate(all="ignore"):
        bounds = whole(u.shape, inside=True)
        if bool((term.low != 0.0).all()):
            ends = u.bounds.lower[0] / term.low, u.bounds.upper[0] / term.low
            low = np.nextafter(np.fmin(*ends), -np.inf)
            high = np.nextafter(np.fmax(*ends), np.inf)
            low = np.where((np.fmin(*ends) == 0.0), 0.0, low)
            high = np.where((np.fmax(*ends) == 0.0), 0.0, high)
            bounds = Intervals(u.shape, low[None], high[None])
    return Form(u.shape, (Term(term.atom, term.index, ones, ones),), zeros, zeros, bounds)


def product(node: Node, bounds: Intervals, a: Form, b: Form) -> Form:
    """a · b, element by element; each term of one times the other."""
    if a.key == b.key:
        return square(node, bounds, a)
    one, two = _proportional(a), _proportional(b)
    if one is not None or two is not None:
        first, second = (x if t is None else _element(t, x) for t, x in ((one, a), (two, b)))
        inner = product(node, whole(a.shape, inside=True), first, second)
        factors = [(np.ones(a.size),) * 2 if t is None else (t.low, t.high) for t in (one, two)]
        return inner.times(*product_ends(*factors[0], *factors[1]), bounds)
    for x, y in ((a, b), (b, a)):
        found = _entropy(node, bounds, x, y)
        if found is not None:
            return found
    # log(ab) = log a + log b, where both are ≥ 0 throughout; and f(m)² ≤ f(x)f(y) makes f convex.
    nonneg = (a.bounds.lower[0] >= 0.0) & (b.bounds.lower[0] >= 0.0)
    log_convex = a.log_convex & b.log_convex
    convex = log_convex & nonneg
    words = "a product of two parts that both vary"
    if bool(convex.any()):
        words = "a product of log-convex parts ≥ 0 is convex"
    weight = weight_of_product(a, b)
    if is_mean(weight):
        words = MEAN
    return made(
        node, bounds, (a, b), convex=convex, concave=np.full(a.size, is_mean(weight)), words=words,
        key=key_of("product", *sorted([a.key, b.key])), name="product",
        log_convex=log_convex, log_concave=a.log_concave & b.log_concave & nonneg,
        weight=weight,
    )  # fmt: skip


def _entropy(node: Node, bounds: Intervals, y: Form, logs: Form) -> Form | None:
    """y · (c log y + …): each term of the logarithm on its own, times y."""
    if not bool(y.affine.all()) or not any(t.atom.name == "log" for t in logs.terms):
        return None
    terms: list[Term] = []
    for term in logs.terms:
        if term.atom.name != "log":
            return None
        inner = term.atom.parts[0].take(term.index.reshape(y.shape))
        found = entropy(node, y, inner)
        if found is None:
            return None
        terms += found.times(term.low, term.high, whole(y.shape, inside=True)).terms
    terms += [Term(t.atom, t.index, *product_ends(t.low, t.high, logs.low, logs.high))
              for t in y.terms]  # fmt: skip
    ends = product_ends(y.low, y.high, logs.low, logs.high)
    return Form(y.shape, tidy(terms), *ends, bounds)


def entropy(node: Node, y: Form, inner: Form) -> Form | None:
    """y log y, or y log(y/x); None for other logarithms."""
    here = whole(y.shape, inside=True)
    if inner.key == y.key:
        return made(
            node, here, (y,), convex=y.affine, concave=np.zeros(y.size, bool),
            words="y log y is convex for y ≥ 0", key=key_of("entropy", y.key), name="entropy",
        )  # fmt: skip
    term = inner.bare
    if term is None or term.atom.name != "div":
        return None
    top, bottom = (part.take(term.index.reshape(y.shape)) for part in term.atom.parts)
    if top.key != y.key:
        return None
    # Where y and x are both < 0 the quotient is > 0 as well.
    sure = y.affine & bottom.affine
    sure &= (y.bounds.lower[0] >= 0.0) | (bottom.bounds.lower[0] >= 0.0)
    return made(
        node, here, (y, bottom), convex=sure, concave=np.zeros(y.size, bool),
        words="y log(y/x) is convex for x, y ≥ 0", key=key_of("relative", y.key, bottom.key),
    )  # fmt: skip


def quotient(node: Node, bounds: Intervals, a: Any, b: Form) -> Form:
    """a / b, where b depends on the argument."""
    top = of(a)
    if top.is_constant:
        return over(node, bounds, b).times(top.low, top.high, bounds)
    if bool((b.bounds.upper[0] <= 0.0).all()) and bool((b.bounds.lower[0] < 0.0).any()):
        turned = Intervals(b.shape, -b.bounds.upper, -b.bounds.lower, b.bounds.inside)
        other = Intervals(bounds.shape, -bounds.upper, -bounds.lower, bounds.inside)
        return quotient(node, other, top, b.negated(turned)).negated(bounds)
    squares = top.root_of(2.0)
    convex = squares & b.concave & (b.bounds.lower[0] >= 0.0)
    words = "g²/b is convex for b > 0 concave"
    if not bool(convex.any()):
        words = "a quotient of two parts that both vary"
    return made(
        node, bounds, (top, b), convex=convex, concave=np.zeros(b.size, bool), words=words,
        log_concave=_log_concave(top, b), name="div",
    )  # fmt: skip


def _log_concave(top: Form, bottom: Form) -> Flags:
    return top.log_concave & bottom.log_convex & (top.bounds.lower[0] >= 0.0)


def over(node: Node, bounds: Intervals, b: Form) -> Form:
    """1/b."""
    term = _proportional(b)
    if term is not None and bool((term.low != 0.0).all()):
        inner = over(node, whole(b.shape, inside=True), _element(term, b))
        factor = Intervals(b.shape, term.low[None], term.high[None])
        with np.errstate(all="ignore"):
            once = reciprocal(factor)
        return inner.times(once.lower[0], once.upper[0], bounds)
    with np.errstate(all="ignore"):
        value = reciprocal(b.bounds)
    card = power_card(-1.0)
    convex, concave = composed(bends("pow", card, b, value, -1.0), b)
    return made(
        node, value, (b,), convex=convex, concave=concave, words=card.words,
        key=key_of("over", b.key), name="over", log_convex=b.log_concave & convex,
        log_concave=b.log_convex,
    )  # fmt: skip


