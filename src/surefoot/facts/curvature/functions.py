"""Functions of one number, and powers."""

import numpy as np

from surefoot.facts.curvature.atoms import made, opaque
from surefoot.facts.curvature.curves import CURVES, bends, composed, power_card
from surefoot.facts.curvature.forms import Form, constant
from surefoot.facts.curvature.geometric import WORDS as MEAN
from surefoot.facts.curvature.geometric import is_mean, weight_of_power
from surefoot.facts.curvature.pieces import rational
from surefoot.facts.curvature.products import square
from surefoot.facts.curvature.terms import key_of
from surefoot.facts.intervals.intervals import Intervals
from surefoot.facts.intervals.rounding import whole_exponent
from surefoot.program import Node

NORM = "a norm: the root of powers of affine functions, or of convex ones ≥ 0"


def function(node: Node, bounds: Intervals, u: Form) -> Form:
    """h(u), by its card."""
    name = node.primitive
    card = CURVES[name]
    convex, concave = composed(bends(name, card, u, bounds), u)
    log_convex, log_concave, words = None, None, card.words
    if name == "cosh":
        log_convex = u.affine | (u.convex & (u.bounds.lower[0] >= 0.0))
    elif name == "logistic":
        log_concave = u.concave
    elif name == "erfc":
        log_concave = u.convex
    return made(node, bounds, (u,), convex=convex, concave=concave, words=words,
                log_convex=log_convex, log_concave=log_concave)  # fmt: skip


def absolute(node: Node, bounds: Intervals, u: Form) -> Form:
    """|u|; where its sign is known that is u or −u."""
    if bool((u.bounds.lower[0] >= 0.0).all()):
        return u
    if bool((u.bounds.upper[0] <= 0.0).all()):
        return u.negated(bounds)
    return function(node, bounds, u)


def root(node: Node, bounds: Intervals, u: Form) -> Form:
    """√u."""
    return power(node, bounds, u, 0.5)


def power(node: Node, bounds: Intervals, u: Form, exponent: float) -> Form:
    """uᵃ; a root of a sum of powers is a norm."""
    if exponent == 1.0:
        return u
    card = CURVES["sqrt"] if exponent == 0.5 else power_card(exponent)
    name = "sqrt" if exponent == 0.5 else "pow"
    convex, concave = composed(bends(name, card, u, bounds, exponent), u)
    words = card.words
    if 0.0 < exponent < 1.0:
        for p in u.powers:
            if rational(p) * rational(exponent) >= 1:
                norm = u.root_of(p)
                if bool((norm & ~convex).any()):
                    words = NORM
                convex = convex | norm
    weight = weight_of_power(u, exponent) if 0.0 < exponent < np.inf else None
    if is_mean(weight) and not bool(concave.all()):
        concave, words = np.ones(u.size, bool), MEAN
    nonneg = u.bounds.lower[0] >= 0.0
    kept = np.where(u.convex & nonneg & (exponent >= 1.0), exponent, 0.0)
    if exponent >= 2.0 and exponent % 2.0 == 0.0:
        kept = np.where(u.affine, exponent, kept)
    log_convex = u.log_convex if exponent > 0.0 else u.log_concave & nonneg
    return made(
        node, bounds, (u,), convex=convex, concave=concave, words=words, power=kept,
        log_convex=log_convex, key=key_of("power", exponent, u.key),
        exponent=exponent, name="power" if float(exponent).is_integer() else "root", weight=weight,
    )  # fmt: skip


def whole_power(node: Node, bounds: Intervals, u: Form) -> Form:
    """uⁿ with n in the step."""
    return to_the(node, bounds, u, int(node.params["y"]))


def to_the(node: Node, bounds: Intervals, u: Form, exponent: int) -> Form:
    """uⁿ."""
    if exponent == 0:
        return constant(bounds)
    if exponent == 2:
        return square(node, bounds, u)
    return power(node, bounds, u, float(exponent))


def raised(node: Node, bounds: Intervals, base: Form, exponent: Form) -> Form:
    """bᵘ, uᵃ; of two parts that vary nothing is known."""
    if exponent.is_constant:
        values = np.unique(exponent.low)
        if values.size != 1 or not np.array_equal(exponent.low, exponent.high):
            return opaque(node, bounds, (base, exponent), "powers that are not all the same")
        number = float(values[0])
        whole = whole_exponent(number)
        if whole is not None:
            return to_the(node, bounds, base, whole)
        return power(node, bounds, base, number)
    if base.is_constant and bool((base.low > 0.0).all()):
        # bᵘ = exp(u ln b) is log-affine in u.
        u = exponent
        return made(
            node, bounds, (u, base), convex=u.affine, concave=np.zeros(u.size, bool),
            words="convex", log_convex=u.affine, log_concave=u.affine,
        )  # fmt: skip
    return opaque(node, bounds, (base, exponent), "a power whose exponent varies")
