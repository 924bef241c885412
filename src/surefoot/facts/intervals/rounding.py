"""Float64 arithmetic rounded outward: every bound holds for the real numbers.

    a + b, a − b     by the error term of a sum (Knuth's TwoSum): exact where the sum is
    a · b, a / b, √a one float further out, unless the sign of the result says better
    Σ                γₙ Σ|aᵢ| + n 2⁻¹⁰⁷⁴,  γₙ = n u/(1 − n u), u = 2⁻⁵³

An infinite bound says that nothing is known on that side: 0 · ∞ is 0, since the numbers are real,
and ∞ − ∞ leaves that side open. Source: Higham, Accuracy and Stability of Numerical Algorithms,
2nd ed., sections 3.1 and 4.3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNIT = 2.0**-53
LEAST = 2.0**-1074
LARGEST = 2.0**1023 * (2.0 - 2.0**-52)
SMALLEST = 2.0**-1022
"""The smallest float64 that has all its digits."""


def below(a: Any) -> Any:
    """The next float64 below; −∞ for NaN."""
    return np.fmax(np.nextafter(a, -np.inf), -np.inf)


def above(a: Any) -> Any:
    """The next float64 above; ∞ for NaN."""
    return np.fmin(np.nextafter(a, np.inf), np.inf)


def rounding(a: Any, b: Any, total: Any) -> Any:
    """What a + b is more than its float64 `total`; NaN where that is infinite."""
    part = total - a
    return (a - (total - part)) + (b - part)


def add_down(a: Any, b: Any) -> Any:
    """The largest float64 ≤ a + b."""
    total = a + b
    return np.where(rounding(a, b, total) >= 0.0, total, below(total))


def add_up(a: Any, b: Any) -> Any:
    """The smallest float64 ≥ a + b."""
    total = a + b
    return np.where(rounding(a, b, total) <= 0.0, total, above(total))


def times(a: Any, b: Any) -> Any:
    """a · b to nearest, with 0 · ∞ = 0."""
    product = a * b
    lost = np.isnan(product)
    return np.where(lost, 0.0, product) if lost.any() else product


def sum_margin(sizes: Any, count: int) -> Any:
    """How far a float64 sum of `count` terms with Σ|aᵢ| = `sizes` may be off, in any order.

    `sizes` may be a float64 sum itself, and each term a product rounded once.
    """
    if count == 0:
        return np.zeros(np.shape(sizes))
    gamma = (count + 3) * UNIT / (1.0 - 4.0 * (count + 3) * UNIT)
    return above(above(sizes * gamma) + 2.0 * (count + 1) * LEAST)


MOST_WHOLE = 2**53
"""Every float64 beyond it is a whole number, and an even one."""


def whole_exponent(number: float) -> int | None:
    """An exponent as the whole number that it is; None where it is none, or too large to be odd."""
    return int(number) if abs(number) <= MOST_WHOLE and float(number).is_integer() else None
