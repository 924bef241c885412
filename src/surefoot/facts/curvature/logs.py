"""exp and log, and the shift between them.

    log Σⱼ exp(uⱼ + s) = s + log Σⱼ exp(uⱼ)        for any s that all the summands share

JAX takes the maximum m away before the exponentials and adds it after the logarithm: with the shift
known, m leaves both places, whatever it is. Then

    log Σ exp(uⱼ)   is convex if every uⱼ is, and more generally log f is convex where f is a sum of
                    log-convex functions (Boyd, Vandenberghe, section 3.5)
"""

from typing import Any

import numpy as np

from surefoot.facts.curvature.atoms import made
from surefoot.facts.curvature.curves import CURVES, bends, composed
from surefoot.facts.curvature.forms import Form, constant
from surefoot.facts.curvature.linear import groups_of
from surefoot.facts.curvature.terms import Term, key_of, tidy
from surefoot.facts.intervals.arithmetic import plus
from surefoot.facts.intervals.intervals import Intervals, whole
from surefoot.program import Node


def exponential(node: Node, bounds: Intervals, u: Form) -> Form:
    """eᵘ: log-convex where u is convex."""
    card = CURVES[node.primitive]
    convex, concave = composed(bends(node.primitive, card, u, bounds), u)
    pure = node.primitive != "expm1"
    return made(
        node, bounds, (u,), convex=convex, concave=concave, words=card.words,
        log_convex=u.convex if pure else None, log_concave=u.concave if pure else None,
    )  # fmt: skip


def logarithm(node: Node, bounds: Intervals, u: Form) -> Form:
    """log u."""
    if node.primitive == "log1p":
        one = constant(Intervals(u.shape, np.ones((1, u.size)), np.ones((1, u.size))))
        u = u.plus(one, plus(one.bounds, u.bounds))
    quotient = _of_quotient(node, bounds, u)
    return quotient if quotient is not None else _of_one(node, bounds, u)


def _of_one(node: Node, bounds: Intervals, u: Form) -> Form:
    """log u, of what is no quotient."""
    undone = _undone(u)
    if undone is not None:
        return undone
    shifted = _shifted(node, bounds, u)
    return shifted if shifted is not None else _plain(node, bounds, u)


def _plain(node: Node, bounds: Intervals, u: Form) -> Form:
    card = CURVES["log"]
    convex, concave = composed(bends("log", card, u, bounds), u)
    up, down = u.log_convex, u.log_concave
    words = card.words
    if bool((up & ~convex).any()):
        words = "the logarithm of a sum of log-convex functions is convex"
    elif bool((down & ~concave).any()):
        words = "the logarithm of a log-concave function is concave"
    key = key_of("log", u.key)
    return made(node, bounds, (u,), convex=convex | up, concave=concave | down, words=words,
                key=key, name="log")  # fmt: skip


def _undone(u: Form) -> Form | None:
    """log exp(v) = v."""
    term = u.bare
    if term is None or term.atom.name != "exp":
        return None
    return term.atom.parts[0].take(term.index.reshape(u.shape))


def _of_quotient(node: Node, bounds: Intervals, u: Form) -> Form | None:
    """log(a/b) = log a − log b where both are sums of exponentials, as in a softmax."""
    term = u.bare
    if term is None or term.atom.name != "div":
        return None
    top, bottom = (part.take(term.index.reshape(u.shape)) for part in term.atom.parts)
    if not (is_exponential(top) and is_exponential(bottom)):
        return None
    open_bounds = whole(u.shape, inside=True)
    return _of_one(node, open_bounds, top).plus(_of_one(node, open_bounds, bottom), bounds, -1)


def is_exponential(u: Form) -> bool:
    """Whether it is a sum of exponentials with factors > 0, and so above 0 everywhere."""
    if not bool((u.low >= 0.0).all()) or not u.terms:
        return False
    for term in u.terms:
        source = term.atom.parts[0].only if term.atom.name == "linear" else term
        if source is None or source.atom.name != "exp" or bool((term.low < 0.0).any()):
            return False
    return bool(np.any([t.low > 0.0 for t in u.terms], axis=0).all())


def _shifted(node: Node, bounds: Intervals, u: Form) -> Form | None:
    """s + log Σ exp(uⱼ − s), where all summands share what is not convex of their exponents."""
    term = u.only
    if term is None or u.low.any() or u.high.any() or not bool((term.low > 0.0).all()):
        return None
    if bool((term.low != term.high).any()):
        return None
    node_of = term.atom.node
    if term.atom.name != "linear" or node_of is None or node_of.primitive != "reduce_sum":
        return None
    part = term.atom.parts[0]
    inner = part.only
    if inner is None or inner.atom.name != "exp" or bool((inner.low <= 0.0).any()):
        return None
    exponent = inner.atom.parts[0].take(inner.index.reshape(part.shape))
    groups = groups_of(node_of, part.shape)
    kept: list[Term] = []
    shift: list[Term] = []
    for each in exponent.terms:
        common = None if bool(each.atom.affine.all()) else _common(each, groups)
        if common is None:
            kept.append(each)
        else:
            shift.append(common)
    if not shift:
        return None
    plain = Form(exponent.shape, tuple(kept), exponent.low, exponent.high, exponent.bounds)
    taken = term.index
    # factors of the sum and of the exponentials only add constants to the logarithm.
    good = np.asarray(plain.convex[groups].all(axis=1))[taken]
    affine = np.zeros(u.size, bool)
    key = key_of("logsumexp", plain.key, groups.tobytes(), taken.tobytes(), term.low.tobytes(),
                 inner.low.tobytes(), inner.high.tobytes())  # fmt: skip
    rest = made(
        node, whole(u.shape, inside=True), (plain,), convex=good, concave=affine,
        words="log Σ exp of convex functions is convex", key=key, name="logsumexp",
        step=groups[taken],
    )  # fmt: skip
    moved = tuple(Term(t.atom, t.index[taken], t.low[taken], t.high[taken]) for t in shift)
    return Form(u.shape, tidy([*rest.terms, *moved]), rest.low, rest.high, bounds)


def _common(term: Term, groups: Any) -> Term | None:
    """The term for each sum, if all its members have the same."""
    first = groups[:, 0]
    for part in (term.index, term.low, term.high):
        if not bool((part[groups] == part[first][:, None]).all()):
            return None
    if bool((term.low != term.high).any()):
        return None
    return Term(term.atom, term.index[first], term.low[first], term.high[first])
