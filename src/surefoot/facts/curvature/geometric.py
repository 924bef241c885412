"""Weighted geometric means: c Π gᵢ^aᵢ is concave for gᵢ concave and ≥ 0, aᵢ ≥ 0, Σ aᵢ ≤ 1, c ≥ 0.

It is concave in (g₁, g₂, …) ≥ 0, and grows with each of them. √(xy) is one, and so is what
economists call a Cobb-Douglas function, x^0.3 y^0.7. Exponents count as the float64 they are:
those of 0.1 and 0.9 are more than 1 together.

Source: Boyd, Vandenberghe, Convex Optimization (2004), sections 3.1.5 and 3.2.4.
"""

from typing import Any

import numpy as np

from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.pieces import rational

WORDS = "a geometric mean of concave functions ≥ 0 is concave"


def weight(form: Form) -> Any | None:
    """Σ aᵢ of a form that is a product c Π gᵢ^aᵢ of concave gᵢ ≥ 0; None for other forms."""
    if not bool((form.bounds.lower[0] >= 0.0).all()):
        return None
    found = _of_its_parts(form)
    return rational(1.0) if found is None and bool(form.concave.all()) else found


def is_mean(*weights: Any | None, exponent: float = 1.0) -> bool:
    """Whether the product of forms of these weights, to the power of the exponent, is one."""
    total = rational(0.0)
    for part in weights:
        if part is None:
            return False
        total += part
    return bool(rational(exponent) * total <= 1)


def _of_its_parts(form: Form) -> Any | None:
    term = form.only
    if term is None or form.low.any() or form.high.any() or not bool((term.low > 0.0).all()):
        return None
    atom, where = term.atom, np.reshape(term.index, form.shape)
    if atom.name == "root" and atom.exponent > 0.0:
        inner = weight(atom.parts[0].take(where))
        return None if inner is None else rational(atom.exponent) * inner
    if atom.name == "product":
        one, two = (weight(part.take(where)) for part in atom.parts)
        return None if one is None or two is None else one + two
    return None
