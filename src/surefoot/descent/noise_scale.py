"""The gradient noise scale and its error bar, from two numbers an example.

With gᵢ the gradient of example i, ḡ their mean and dᵢ = gᵢ − ḡ,

    tr Σ ≈ S = Σ ‖dᵢ‖² / (n − 1),     ‖g‖² ≈ G = ‖ḡ‖² − S/n,     B = S/G,

S and G unbiased. These are the estimators of McCandlish, Kaplan, Amodei et al., "An empirical
model of large-batch training", arXiv 1812.06162, appendix A.1, for the batch sizes
1 and n. Standard errors by the jackknife: S and G are computed again without each example in turn,

    S₍ᵢ₎ = (A − n/(n − 1) aᵢ)/(n − 2),  A = Σ aⱼ,  aᵢ = ‖dᵢ‖²
    G₍ᵢ₎ = ‖ḡ‖² − 2cᵢ/(n − 1) + aᵢ/(n − 1)² − S₍ᵢ₎/(n − 1),  cᵢ = ḡ·dᵢ

so that aᵢ and cᵢ are all that is needed of an example. Where ḡ is small the jackknife sees too
little, since ‖ḡ‖² is then curved in ḡ: to the jackknife's variance of G/S is therefore added

    2 tr Σ² / (n² S²),

the second term of Var ‖ḡ‖² = 4 gᵀΣg/n + 2 tr Σ²/n².
"""

from dataclasses import dataclass, replace
from math import hypot, inf, nan, sqrt

import numpy as np

from surefoot.program import Vector

QUANTILE = 1.959963984540054
"""Of the normal distribution: a 95 % interval is this many standard errors to each side."""


@dataclass(frozen=True)
class NoiseScale:
    """The numbers of the gradient noise at a point.

    Attributes:
        count: n.
        trace: S, the estimate of tr Σ. trace_error: its standard error.
        square: G, the estimate of ‖g‖², below 0 where the noise hides the gradient. square_error:
            its standard error.
        scale: B = S/G; ∞ where G ≤ 0, NaN where every gradient is 0.
        scale_error: its standard error, B² times that of 1/B.
        interval: a 95 % interval for B: the reciprocals of 1/B ± 1.96 standard errors. 1/B is
            nearly normal where B itself is skewed; an upper end of ∞ says that the gradient is
            not told from 0.
    """

    count: int
    trace: float
    trace_error: float
    square: float
    square_error: float
    scale: float
    scale_error: float
    interval: tuple[float, float]

    def in_units(self, unit: float) -> "NoiseScale":
        """The same of gradients that are `unit` times as large: B does not change."""

        def squared(number: float) -> float:
            return number * unit * unit

        return replace(
            self, trace=squared(self.trace), trace_error=squared(self.trace_error),
            square=squared(self.square), square_error=squared(self.square_error),
        )  # fmt: skip


def noise_scale(
    mean_square: float, squares: Vector, along: Vector, trace_of_square: float
) -> NoiseScale:
    """The noise scale from ‖ḡ‖², aᵢ = ‖dᵢ‖² (n,), cᵢ = ḡ·dᵢ (n,) and tr Σ², n ≥ 3."""
    n = len(squares)
    total = float(np.sum(squares))
    trace = total / (n - 1)
    square = mean_square - trace / n
    traces = (total - squares * (n / (n - 1))) / (n - 2)
    means = mean_square - 2.0 * along / (n - 1) + squares / (n - 1) ** 2
    left = means - traces / (n - 1)
    if not trace > 0.0:
        scale = 0.0 if square > 0.0 else nan
        return NoiseScale(n, trace, 0.0, square, 0.0, scale, 0.0, (scale, scale))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = left / traces
    ratio_error = hypot(_jackknife(ratios), sqrt(2.0 * trace_of_square) / (n * trace))
    ratio = square / trace
    scale = 1.0 / ratio if ratio > 0.0 else inf
    low, high = ratio + QUANTILE * ratio_error, ratio - QUANTILE * ratio_error
    interval = (1.0 / low if low > 0.0 else inf, 1.0 / high if high > 0.0 else inf)
    error = scale**2 * ratio_error if scale < inf else inf
    return NoiseScale(
        n, trace, _jackknife(traces), square, _jackknife(left), scale, error, interval
    )


def _jackknife(left_out: Vector) -> float:
    """The standard error of an estimate from its values without each example."""
    n = len(left_out)
    if not np.isfinite(left_out).all():
        return inf
    return sqrt((n - 1) / n * float(np.sum((left_out - left_out.mean()) ** 2)))


def batch_variance(trace: float, count: int, size: int, replace: bool) -> float:
    """E‖g_b − ḡ‖² for batches of `size` drawn from `count` examples whose tr Σ is `trace`.

    With replacement tr Σ (n − 1)/(n b); without, tr Σ/b · (n − b)/n: nothing is left at b = n.
    """
    if replace:
        return trace * (count - 1) / (count * size)
    return trace / size * (count - size) / count
