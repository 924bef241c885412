"""The interval of a share that was counted."""

from math import sqrt

from surefoot.descent.noise_scale import QUANTILE
from surefoot.terms import InputError


def wilson(count: int, of: int, quantile: float = QUANTILE) -> tuple[float, float]:
    """Wilson's score interval for a probability from `count` successes in `of` trials.

        (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n),   p = count/of, n = of

    Unlike p ± z√(p(1 − p)/n) it has a width at 0 and at all.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209.
    """
    if not 0 <= count <= of or of < 1:
        raise InputError(f"{count} of {of} is no count of successes")
    share, z = count / of, quantile
    middle = share + z * z / (2 * of)
    half = z * sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    whole = 1 + z * z / of
    low = 0.0 if count == 0 else (middle - half) / whole
    return low, 1.0 if count == of else (middle + half) / whole
