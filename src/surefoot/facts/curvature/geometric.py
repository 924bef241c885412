"""Weighted geometric means: c Π gᵢ^aᵢ is concave for gᵢ concave and ≥ 0, aᵢ ≥ 0, Σ aᵢ ≤ 1, c ≥ 0.

It is concave in (g₁, g₂, …) ≥ 0, and grows with each of them. √(xy) is one, and so is what
economists call a Cobb-Douglas function, x^0.3 y^0.7. Exponents count as the float64 they are:
those of 0.1 and 0.9 are more than 1 together.

Source: Boyd, Vandenberghe, Convex Optimization (2004), sections 3.1.5 and 3.2.4.
"""

from typing import Any

from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.pieces import rational

WORDS = "a geometric mean of concave functions ≥ 0 is concave"


def weight(form: Form) -> Any | None:
    """Σ aᵢ of a form that is a product c Π gᵢ^aᵢ of concave gᵢ ≥ 0; None for other forms."""
    if not bool((form.bounds.lower[0] >= 0.0).all()):
        return None
    term = form.multiple
    if term is not None and term.atom.weight is not None and bool((term.low > 0.0).all()):
        return term.atom.weight
    return rational(1.0) if bool(form.concave.all()) else None


def weight_of_product(a: Form, b: Form) -> Any | None:
    """That of a · b."""
    first = weight(a)
    second = None if first is None else weight(b)
    return None if second is None else first + second


def weight_of_power(u: Form, exponent: float) -> Any | None:
    """That of uᵃ, a > 0."""
    found = weight(u)
    return None if found is None else rational(exponent) * found


def is_mean(found: Any | None) -> bool:
    """Whether a product of this weight is concave."""
    return found is not None and bool(found <= 1)
