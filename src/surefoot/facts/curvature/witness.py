"""Two points and their middle that show that a function is not convex.

    f((a + b)/2) > (f(a) + f(b))/2        contradicts convexity (<: concavity)

a = m − h and b = m + h are float64 numbers, and m their exact middle. The three values are bounded
by intervals, and once more by Arb: the inequality holds for the real function.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from surefoot.facts.compensated import two_sum
from surefoot.facts.intervals import enclose
from surefoot.facts.intervals.intervals import Flags, Floats
from surefoot.facts.krawczyk import GradientField
from surefoot.facts.second_opinion import value_of
from surefoot.program import Program
from surefoot.terms import UnsupportedError

POINTS = 1500
CLEAREST = 64
"""Of the triples that contradict most, so many are looked at for one without a gap between."""


@dataclass(frozen=True)
class Witness:
    """Three points on a line and the values there.

    Attributes:
        a, b, middle: (n,) float64, middle = (a + b)/2 exactly.
        values: f(a), f(b), f(middle) in float64.
        gap: at most how much f(middle) is beyond the chord's middle, > 0.
        agreed: whether Arb shows the inequality as well.
        whole: whether the function is shown to have values all the way from a to b. A chord of
            1/x from −½ to 1½ contradicts as well, but says less than one on either side of 0.
    """

    a: Floats
    b: Floats
    middle: Floats
    values: tuple[float, float, float]
    gap: float
    agreed: bool
    whole: bool


def witness(
    program: Program, lower: Floats, upper: Floats, *, convex: bool, seed: int = 0
) -> Witness | None:
    """A triple against convexity (against concavity for `convex` False), or None.

    Raises:
        UnsupportedError: a step has no interval rule.
    """
    rng = np.random.default_rng(seed)
    best: Witness | None = None
    for points in (_simple, partial(_drawn, rng, program)):
        found = _tried(program, *points(lower, upper), lower, upper, convex=convex)
        if found is not None and found.agreed and found.whole:
            return found
        if found is not None and (best is None or found.agreed > best.agreed):
            best = found
    return best


def _tried(
    program: Program, middle: Floats, half: Floats, lower: Floats, upper: Floats, *, convex: bool
) -> Witness | None:
    a, b = middle - half, middle + half
    usable = _exact(middle, half, a, b) & (a != b).any(axis=1)
    # Along a direction of mixed signs either end may leave the box on either side.
    usable &= ((np.minimum(a, b) >= lower) & (np.maximum(a, b) <= upper)).all(axis=1)
    a, b, middle = a[usable], b[usable], middle[usable]
    if not len(a):
        return None
    with np.errstate(all="ignore"):
        sets = [enclose(program, points, points)[0] for points in (a, b, middle)]
        low, high = (
            [np.broadcast_to(getattr(part, side)[:, 0], (len(a),)) for part in sets]
            for side in ("lower", "upper")
        )
        known: Flags = np.ones(len(a), bool)
        for part in sets:
            if part.inside is not None:
                known &= np.broadcast_to(part.inside[:, 0], (len(a),))
        if convex:
            gap = low[2] - (0.5 * high[0] + 0.5 * high[1])
        else:
            gap = 0.5 * low[0] + 0.5 * low[1] - high[2]
        size = np.maximum(np.abs(high[0]), np.maximum(np.abs(high[1]), np.abs(high[2])))
        # Beyond every rounding of the comparison itself.
        sure = known & (gap > 1e-13 * size) & np.isfinite(gap) & (gap > 0.0)
    clearest = np.argsort(-np.where(sure, gap, -np.inf))[:CLEAREST]
    clearest = clearest[sure[clearest]]
    whole = dict(zip(clearest.tolist(), _whole(program, a[clearest], b[clearest]), strict=True))
    order = sorted(whole, key=lambda k: not whole[k])[:8]
    for k in order:
        agreed = _agreed(program, a[k], b[k], middle[k], convex=convex)
        if agreed or k == order[-1]:
            values = [_shown(float(low[j][k]), float(high[j][k])) for j in range(3)]
            return Witness(a[k], b[k], middle[k], (values[0], values[1], values[2]),
                           float(gap[k]), agreed, whole[k])  # fmt: skip
    return None


def _whole(program: Program, a: Floats, b: Floats) -> list[bool]:
    """Whether the function is defined all over the box between a and b, for each row."""
    if not len(a):
        return []
    with np.errstate(all="ignore"):
        found = enclose(program, np.minimum(a, b), np.maximum(a, b))[0]
    inside = True if found.inside is None else found.inside[:, 0]
    return np.broadcast_to(np.asarray(inside, bool), (len(a),)).tolist()


def _shown(low: float, high: float) -> float:
    """A number between two, with the fewest digits."""
    if low <= 0.0 <= high:
        return 0.0
    for digits in range(17):
        number = float(f"{0.5 * low + 0.5 * high:.{digits}e}")
        if low <= number <= high:
            return number
    return 0.5 * low + 0.5 * high


def _agreed(program: Program, a: Floats, b: Floats, middle: Floats, *, convex: bool) -> bool:
    try:
        first, last, between = (value_of(program, x) for x in (a, b, middle))
    except UnsupportedError:
        return False
    over = 2 * between - first - last
    return bool(over > 0) if convex else bool(over < 0)


def _exact(middle: Floats, half: Floats, a: Floats, b: Floats) -> Flags:
    """Whether a = m − h and b = m + h without rounding."""
    lost_a, lost_b = two_sum(middle, -half)[1], two_sum(middle, half)[1]
    finite = np.isfinite(a) & np.isfinite(b)
    return np.asarray(((lost_a == 0.0) & (lost_b == 0.0) & finite).all(axis=1))


def _rounded(values: Floats) -> Floats:
    """The same with 20 bits, so that sums and differences are exact."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(mantissa * 2.0**20) / 2.0**20, exponent)


def _span(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Where points are drawn: the box, or some way into it from a finite side."""
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper - 8.0, -4.0))
    high = np.where(np.isfinite(upper), upper, np.where(np.isfinite(lower), lower + 8.0, 4.0))
    return low, np.maximum(low, high)


def _simple(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Points with few digits: what a person would try first."""
    n = lower.size
    low, high = _span(lower, upper)
    ends = np.arange(-3.0, 3.5, 0.5)
    centres = [np.full(n, e) for e in ends] + [_rounded(0.5 * low + 0.5 * high)]
    directions = list(np.eye(n)[: min(n, 12)])
    if n > 1:
        directions += [np.ones(n), np.where(np.arange(n) % 2 == 0, 1.0, -1.0)]
    middles, halves = [], []
    for centre in centres:
        for direction in directions:
            for step in (0.5, 1.0, 2.0):
                middles.append(centre)
                halves.append(step * direction)
    return np.array(middles), np.array(halves)


def _drawn(
    rng: np.random.Generator, program: Program, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """Random pairs, near and far, and steps along the least and the largest curvature."""
    n = lower.size
    low, high = _span(lower, upper)
    width = high - low
    count = max(60, min(POINTS, 400_000 // (n * max(1, len(program.graph.nodes)))))
    scale = width * 2.0 ** rng.uniform(-12.0, 0.0, size=(count, 1))
    middle = _rounded(low + width * rng.uniform(size=(count, n)))
    half = rng.normal(size=(count, n)) * scale / 2.0
    middles, halves = [middle], [half]
    if n <= 40:
        some = middle[: max(8, min(64, 20_000 // n**2))]
        try:
            jacobian = GradientField(program)(some, some, jacobian=True).jacobian
        except UnsupportedError:
            jacobian = None
        if jacobian is not None:
            with np.errstate(all="ignore"):
                centre = 0.5 * jacobian.lower + 0.5 * jacobian.upper
            good = np.isfinite(centre).all(axis=(1, 2))
            _, vectors = np.linalg.eigh(centre[good])
            for step in (0.5, 0.1, 0.01, 1e-3):
                for column in (0, -1):
                    middles.append(some[good])
                    halves.append(step * np.minimum(width.max(), 1.0) * vectors[:, :, column])
    middle, half = np.concatenate(middles), np.concatenate(halves)
    # A power of two above the middle's last digit: both sums are exact.
    grid = np.ldexp(1.0, np.frexp(np.maximum(np.abs(middle), np.abs(half)))[1] - 40)
    half = np.round(half / grid) * grid
    room = np.minimum(middle - lower, upper - middle)
    fits = np.min(np.where(half != 0.0, room / np.maximum(np.abs(half), 1e-300), np.inf), axis=1)
    half = np.where((fits < 1.0)[:, None], 0.0, half)
    return middle, half


