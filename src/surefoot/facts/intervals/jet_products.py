"""How slope and curvature go through functions and products.

    f(u)        f′∇u and f′∇²u + f″∇u∇uᵀ               (`derivatives`)
    u·v, u/v    the product rule, with 1/v as a function of v
"""

from typing import Any

import numpy as np

from surefoot.facts.intervals.arithmetic import negative, plus, powered, product, reciprocal
from surefoot.facts.intervals.derivatives import DERIVATIVES, constant, power_of
from surefoot.facts.intervals.functions import FUNCTIONS
from surefoot.facts.intervals.jet import (
    Jet,
    composed,
    jet,
    product_of,
    scaled,
    together,
    unknown_where,
)
from surefoot.facts.intervals.jet_linear import framed, negated, value_of
from surefoot.program import Node
from surefoot.program.abstract import spread


def function(node: Node, a: Jet) -> Jet:
    """f(u) by the derivatives of f."""
    value = value_of(node, a)
    if a.slope is None:
        return Jet(a.frame, value)
    return composed(value, a, *DERIVATIVES[node.primitive](a.value, value))


def integer_power(node: Node, a: Jet) -> Jet:
    """uᵏ for a whole number k."""
    value = value_of(node, a)
    return Jet(a.frame, value) if a.slope is None else composed(
        value, a, *power_of(a.value, float(node.params["y"]))
    )  # fmt: skip


def product_step(node: Node, a: Any, b: Any) -> Jet:
    """u·v by the product rule; u·u as a square."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    if a is b:
        one = spread(a, shape)
        if one.slope is None:
            return Jet(frame, value)
        return composed(value, one, *DERIVATIVES["square"](one.value, value))
    return product_of(value, *(jet(frame, spread(part, shape)) for part in (a, b)))


def quotient(node: Node, a: Any, b: Any) -> Jet:
    """u/v as u · (1/v)."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    if a is b:
        return Jet(frame, value)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    if two.slope is None:
        inverse = Jet(frame, reciprocal(two.value))
        return product_of(value, one, inverse)
    inverted = reciprocal(two.value)
    first = negative(powered(inverted, 2))
    second = product(constant(2.0), powered(inverted, 3))
    return product_of(value, one, composed(inverted, two, first, second))


def power(node: Node, a: Any, b: Any) -> Jet:
    """aᵇ: for a constant b by its own derivatives, else as exp(b log a)."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    base = jet(frame, spread(a, shape))
    exponent = jet(frame, spread(b, shape))
    if exponent.slope is None and exponent.value.exact:
        known = exponent.value.lower[0]
        if np.unique(known).size == 1:
            if base.slope is None:
                return Jet(frame, value)
            return composed(value, base, *power_of(base.value, float(known[0])))
        parts = [
            composed(value.take(np.array(k)), base.take(np.array(k)),
                     *power_of(base.value.take(np.array(k)), float(known[k])))
            for k in range(base.size)
        ]  # fmt: skip
        return Jet.join(parts).reshaped(shape)
    logarithm = FUNCTIONS["log"](base.value)
    logged = composed(logarithm, base, *DERIVATIVES["log"](base.value, logarithm))
    power = product_of(product(exponent.value, logarithm), exponent, logged)
    found = composed(value, power, value, value)
    return unknown_where(found, base.value.lower <= 0.0, base.value.lower <= 0.0)


def angle(node: Node, a: Any, b: Any) -> Jet:
    """atan2(a, b) = θ:  ∇θ = (b∇a − a∇b)/(a² + b²); where that is 0, unknown."""
    frame = framed((a, b))
    shape, value = node.outputs[0].shape, value_of(node, a, b)
    one, two = (jet(frame, spread(part, shape)) for part in (a, b))
    size = _plus(_square(one), _square(two))
    inverse = composed(
        reciprocal(size.value), size, negative(powered(reciprocal(size.value), 2)),
        product(constant(2.0), powered(reciprocal(size.value), 3)),
    )  # fmt: skip
    left = product_of(product(two.value, inverse.value), two, inverse)
    right = negated(product_of(product(one.value, inverse.value), one, inverse))
    slope = together(scaled(left.value, one.slope), scaled(right.value, two.slope))
    found = Jet(frame, value, slope)
    cut = (one.value.lower <= 0.0) & (one.value.upper >= 0.0) & (two.value.lower <= 0.0)
    # Curvature would take the derivatives of both factors; nothing asks for it so far.
    return unknown_where(found, cut, np.ones_like(cut))


def _plus(one: Jet, two: Jet) -> Jet:
    return Jet(
        one.frame, plus(one.value, two.value), together(one.slope, two.slope),
        together(one.curvature, two.curvature),
    )  # fmt: skip


def _square(part: Jet) -> Jet:
    value = powered(part.value, 2)
    if part.slope is None:
        return Jet(part.frame, value)
    return composed(value, part, *DERIVATIVES["square"](part.value, value))
