"""Compute the coefficients behind lab/src/math/special.ts and write them as TypeScript.

    python tools/special_coefficients.py          rewrites lab/src/math/coefficients.ts
    python tools/special_coefficients.py --check  fails where that file holds something else

Chebyshev series c₀ + Σ cₙ Tₙ(t), interpolated in the Chebyshev points with 60 digits and cut where
the rest is below 2⁻⁵⁸ of the largest coefficient. What is expanded is chosen to have no zero and no
singularity nearby, so that an absolute error is a relative one. mpmath comes with SymPy.
"""

import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from mpmath import mp

_TARGET = Path(__file__).resolve().parents[1] / "lab" / "src" / "math" / "coefficients.ts"
_NODES = 80
#: Where (x − K)/(x + K) puts the half-line x ≥ 0 on [−1, 1]; 3.75 needs the fewest terms.
K = 3.75


def chebyshev(f: Callable[[Any], Any]) -> list[float]:
    """The coefficients of f on [−1, 1], lowest first, c₀ already halved."""
    angles = [mp.pi * (2 * j + 1) / (2 * _NODES) for j in range(_NODES)]
    values = [f(mp.cos(angle)) for angle in angles]
    series = [
        2 * sum(v * mp.cos(n * a) for v, a in zip(values, angles, strict=True)) / _NODES
        for n in range(_NODES)
    ]
    series[0] /= 2
    small = max(abs(c) for c in series) * mp.mpf(2) ** -58
    last = max(n for n, c in enumerate(series) if abs(c) > small)
    return [float(c) for c in series[: last + 1]]


def erf_over_x(t: Any) -> Any:
    """erf(x)/x with t = 2x² − 1, for 0 ≤ x ≤ 1."""
    x = mp.sqrt((t + 1) / 2)
    return mp.erf(x) / x


def scaled_erfc(t: Any) -> Any:
    """(1 + 2x)·exp(x²)·erfc(x) with t = (x − K)/(x + K): between 1 and 1.3 on the half-line."""
    x = K * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def lgamma_slope(t: Any) -> Any:
    """log Γ(2 + u)/u with t = 2u, for |u| ≤ ½: smooth through the zero at 2."""
    u = t / 2
    return mp.loggamma(2 + u) / u


def digamma_slope(t: Any) -> Any:
    """ψ(x)/(x − x₀) with t = 2x − 3, for 1 ≤ x ≤ 2; x₀ is the zero of ψ."""
    x = (t + 3) / 2
    return mp.digamma(x) / (x - _zero())


def _zero() -> Any:
    return mp.findroot(mp.digamma, mp.mpf("1.4616321449683623"))


def bernoulli(n: int) -> Fraction:
    """The Bernoulli number Bₙ, exactly (Akiyama and Tanigawa)."""
    row = [Fraction(1, k + 1) for k in range(n + 1)]
    for level in range(n):
        row = [(k + 1) * (row[k] - row[k + 1]) for k in range(n - level)]
    return row[0]


def _literal(name: str, words: str, numbers: list[float]) -> str:
    lines = "".join(f"  {number!r},\n" for number in numbers)
    return f"/** {words} */\nexport const {name}: readonly number[] = [\n{lines}];\n"


def module() -> str:
    """The text of coefficients.ts."""
    mp.dps = 60
    evens = [2 * k for k in range(1, 11)]
    zero = _zero()
    high = float(zero)
    low = float(zero - mp.mpf(high))
    parts = [
        "/** Written by tools/special_coefficients.py; do not edit. Lowest order first. */\n",
        _literal("ERF", "Chebyshev: erf(x)/x in 2x² − 1, 0 ≤ x ≤ 1.", chebyshev(erf_over_x)),
        _literal(
            "SCALED_ERFC",
            f"Chebyshev: (1 + 2x) exp(x²) erfc(x) in (x − {K})/(x + {K}), x ≥ 0.",
            chebyshev(scaled_erfc),
        ),
        f"export const SCALED_ERFC_CENTRE = {K};\n",
        _literal("LGAMMA", "Chebyshev: log Γ(2 + u)/u in 2u, |u| ≤ ½.", chebyshev(lgamma_slope)),
        _literal(
            "DIGAMMA",
            "Chebyshev: ψ(x)/(x − x₀) in 2x − 3, 1 ≤ x ≤ 2.",
            chebyshev(digamma_slope),
        ),
        "/** The zero x₀ of ψ, as the sum of two float64. */\n"
        f"export const DIGAMMA_ZERO = [{high!r}, {low!r}] as const;\n",
        _literal(
            "STIRLING",
            "B₂ₖ/(2k(2k − 1)), k = 1, 2, …: the series of log Γ in 1/x².",
            [float(bernoulli(n) / (n * (n - 1))) for n in evens],
        ),
        _literal("BERNOULLI", "B₂ₖ, k = 1, 2, ….", [float(bernoulli(n)) for n in evens]),
    ]
    return "\n".join(parts)


def main() -> int:
    """Write or check; the exit code says whether the file was right."""
    text = module()
    if "--check" in sys.argv:
        same = _TARGET.exists() and _TARGET.read_text() == text
        if not same:
            print(f"{_TARGET.name} is not what this script computes")
        return int(not same)
    _TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
