"""Piecewise polynomials of one number, exactly: rational breaks, rational coefficients.

|t|, max(0, t), clip and `where` of polynomials are such functions, and so are the losses made of
them (Huber's, hinges, quantiles). Whether one is convex on an interval is decided, not estimated:

    on every piece    p″ ≥ 0
    at every break    the two sides and the value agree, and the slope does not fall

Source: Rockafellar, Convex Analysis (1970), theorem 24.2: a function is convex on an interval if
it is continuous and its one-sided slopes never fall.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, fmpq, fmpq_poly  # pyright: ignore[reportMissingTypeStubs]

from surefoot.facts.intervals.rounding import above, below

MOST_BREAKS = 40
MOST_DEGREE = 30


def rational(number: float) -> Any:
    """A float64 as the fraction that it is."""
    return fmpq(*float(number).as_integer_ratio())


@dataclass(frozen=True, eq=False)
class Pieces:
    """A piecewise polynomial.

    Attributes:
        breaks: ascending. polys: one more than the breaks, from left to right.
        at: the values at the breaks.
    """

    breaks: tuple[Any, ...]
    polys: tuple[Any, ...]
    at: tuple[Any, ...]

    @property
    def is_smooth_polynomial(self) -> bool:
        """Whether there is one piece."""
        return not self.breaks

    def refined(self, breaks: Sequence[Any]) -> "Pieces":
        """The same function with more breaks."""
        polys: list[Any] = []
        at: list[Any] = []
        place = 0
        for b in breaks:
            polys.append(self.polys[place])
            if place < len(self.breaks) and self.breaks[place] == b:
                at.append(self.at[place])
                place += 1
            else:
                at.append(self.polys[place](b))
        polys.append(self.polys[-1])
        return Pieces(tuple(breaks), tuple(polys), tuple(at))

    def simple(self) -> "Pieces":
        """Without the breaks at which nothing changes."""
        kept = [
            k for k, b in enumerate(self.breaks)
            if self.polys[k] != self.polys[k + 1] or self.polys[k](b) != self.at[k]
        ]  # fmt: skip
        polys = [self.polys[k] for k in kept] + [self.polys[-1]]
        return Pieces(
            tuple(self.breaks[k] for k in kept), tuple(polys), tuple(self.at[k] for k in kept)
        )


IDENTITY = Pieces((), (fmpq_poly([0, 1]),), ())
"""t itself."""


def number(value: float) -> Pieces:
    """The same number everywhere."""
    return Pieces((), (fmpq_poly([rational(value)]),), ())


def _common(parts: Sequence[Pieces]) -> list[Pieces]:
    breaks = parts[0].breaks
    if any(part.breaks != breaks for part in parts[1:]):
        merged: dict[Any, Any] = {(b.p, b.q): b for part in parts for b in part.breaks}
        breaks = tuple(sorted(merged.values()))
    return [part.refined(breaks) for part in parts]


def combined(how: Callable[..., Any], *parts: Pieces) -> Pieces | None:
    """A polynomial of several; None where it becomes too large."""
    if sum(max(p.degree() for p in part.polys) for part in parts) > MOST_DEGREE:
        return None
    if not any(part.breaks for part in parts):
        return Pieces((), (how(*(part.polys[0] for part in parts)),), ())
    same = _common(parts)
    if len(same[0].breaks) > MOST_BREAKS:
        return None
    polys = tuple(how(*each) for each in zip(*(part.polys for part in same), strict=True))
    at = tuple(how(*each) for each in zip(*(part.at for part in same), strict=True))
    return Pieces(same[0].breaks, polys, at).simple()


def raised(part: Pieces, exponent: int) -> Pieces | None:
    """A whole power ≥ 0."""
    if exponent * max(p.degree() for p in part.polys) > MOST_DEGREE:
        return None
    return combined(lambda p: p**exponent, part)


def signs(part: Pieces) -> Pieces | None:
    """−1, 0 or 1; None where a change of sign is at no rational number."""
    found: list[Any] = list(part.breaks)
    for k, poly in enumerate(part.polys):
        if poly.degree() < 1:
            continue
        rational_roots = [root for root, _ in poly.roots()]
        if len(rational_roots) != len(_real_roots(poly)):
            return None
        left = part.breaks[k - 1] if k else None
        right = part.breaks[k] if k < len(part.breaks) else None
        found += [
            r for r in rational_roots
            if (left is None or r > left) and (right is None or r < right)
        ]  # fmt: skip
    found.sort()
    if len(found) > MOST_BREAKS:
        return None
    fine = part.refined(found)
    polys = tuple(
        fmpq_poly([_sign(poly(_between(found, k)))]) for k, poly in enumerate(fine.polys)
    )
    return Pieces(tuple(found), polys, tuple(fmpq(_sign(v)) for v in fine.at)).simple()


def _sign(value: Any) -> int:
    return (value > 0) - (value < 0)


def _between(breaks: Sequence[Any], k: int) -> Any:
    """A number inside piece k."""
    if not breaks:
        return fmpq(0)
    if k == 0:
        return breaks[0] - 1
    if k == len(breaks):
        return breaks[-1] + 1
    return (breaks[k - 1] + breaks[k]) / 2


def chosen(which: Pieces, cases: Sequence[Pieces]) -> Pieces | None:
    """cases[which], piece by piece; which holds whole numbers."""
    same = _common([which, *cases])
    if len(same[0].breaks) > MOST_BREAKS:
        return None
    pick, rest = same[0], same[1:]
    numbers = [poly[0] for poly in pick.polys]
    polys = tuple(rest[int(n.p)].polys[k] for k, n in enumerate(numbers))
    at = tuple(rest[int(n.p)].at[k] for k, n in enumerate(pick.at))
    return Pieces(pick.breaks, polys, at).simple()


# ── convexity ─────────────────────────────────────────────────────────────────────────────────


def is_convex(part: Pieces, low: float, high: float, *, up: bool = True) -> bool:
    """Whether it is convex (concave for `up` False) on [low, high]; a side may be infinite."""
    sign = 1 if up else -1
    start, stop = _ends(low, high)
    for k, b in enumerate(part.breaks):
        if (start is not None and b < start) or (stop is not None and b > stop):
            continue
        left, right = part.polys[k], part.polys[k + 1]
        if not left(b) == part.at[k] == right(b):
            return False
        inner = (start is None or b > start) and (stop is None or b < stop)
        if inner and sign * (right.derivative()(b) - left.derivative()(b)) < 0:
            return False
    for poly, first, last in _inside(part, low, high):
        if not _is_nonneg(sign * poly.derivative().derivative(), first, last):
            return False
    return True


def _ends(low: float, high: float) -> tuple[Any, Any]:
    """The ends of an interval as fractions; None where a side is infinite."""
    start = None if np.isneginf(low) else rational(low)
    return start, None if np.isposinf(high) else rational(high)


def _inside(part: Pieces, low: float, high: float) -> list[tuple[Any, Any, Any]]:
    """The pieces that lie in (low, high), with their ends; None where there is no end."""
    found: list[tuple[Any, Any, Any]] = []
    start, stop = _ends(low, high)
    for k, poly in enumerate(part.polys):
        first = part.breaks[k - 1] if k else None
        last = part.breaks[k] if k < len(part.breaks) else None
        first = start if first is None or (start is not None and start > first) else first
        last = stop if last is None or (stop is not None and stop < last) else last
        if first is None or last is None or first < last:
            found.append((poly, first, last))
    return found


def _is_nonneg(poly: Any, first: Any, last: Any) -> bool:
    """Whether a polynomial is ≥ 0 between two numbers; False where that cannot be told."""
    if poly.degree() < 1:
        return poly[0] >= 0
    for factor, multiple in poly.factor_squarefree()[1]:
        if multiple % 2 == 0:
            continue
        for root in _real_roots(factor):
            before = first is not None and (root <= arb(first) or _is_end(factor, root, first))
            beyond = last is not None and (root >= arb(last) or _is_end(factor, root, last))
            if not (before or beyond):
                return False
    return poly(_sample(poly, first, last)) >= 0


def _real_roots(poly: Any) -> list[Any]:
    """Balls around the real roots, each once; Arb gives those an imaginary part of exactly 0."""
    return [r.real for r, _ in poly.numer().complex_roots() if r.imag == 0]


def _is_end(factor: Any, root: Any, end: Any) -> bool:
    """Whether a root, known by a ball, is the end itself."""
    return factor(end) == 0 and bool(root.overlaps(type(root)(end)))


def _sample(poly: Any, first: Any, last: Any) -> Any:
    """A point between two numbers at which a polynomial is not 0."""
    if first is None and last is None:
        points: Any = (fmpq(k) for k in range(MOST_DEGREE + 2))
    elif first is None:
        points = (last - k for k in range(1, MOST_DEGREE + 3))
    elif last is None:
        points = (first + k for k in range(1, MOST_DEGREE + 3))
    else:
        points = (first + (last - first) * k / (MOST_DEGREE + 3) for k in range(1, MOST_DEGREE + 3))
    return next(p for p in points if poly(p) != 0)


def curvature(part: Pieces, low: float, high: float) -> tuple[float, float]:
    """Bounds of the second derivative on [low, high]; ±∞ where a corner or jump is in it."""
    least, most = np.inf, -np.inf
    for poly, first, last in _inside(part, low, high):
        below_it, above_it = _range(poly.derivative().derivative(), first, last)
        least, most = min(least, below_it), max(most, above_it)
    start, stop = _ends(low, high)
    for k, b in enumerate(part.breaks):
        left, right = part.polys[k], part.polys[k + 1]
        # At an end too the value may be another than next to it.
        if (b == start and right(b) != part.at[k]) or (b == stop and left(b) != part.at[k]):
            return -np.inf, np.inf
        if (start is None or b > start) and (stop is None or b < stop):
            if not left(b) == part.at[k] == right(b):
                return -np.inf, np.inf
            turn = right.derivative()(b) - left.derivative()(b)
            if turn > 0:
                most = np.inf
            if turn < 0:
                least = -np.inf
    return least, most


def _range(poly: Any, first: Any, last: Any) -> tuple[float, float]:
    """Bounds of a polynomial between two numbers."""
    if poly.degree() < 1:
        return outward(poly[0])
    ends: list[Any] = [outward(value) for p in (first, last) if p is not None
                       for value in [poly(p)]]  # fmt: skip
    # Turning points outside of the piece only widen the range.
    ends += [_of_ball(_ball(poly, root)) for root in _real_roots(poly.derivative())]
    rises = poly[poly.degree()] > 0
    if last is None:
        ends.append((np.inf, np.inf) if rises else (-np.inf, -np.inf))
    if first is None:
        falls = rises == bool(poly.degree() % 2)
        ends.append((-np.inf, -np.inf) if falls else (np.inf, np.inf))
    return min(low for low, _ in ends), max(high for _, high in ends)


def outward(value: Any) -> tuple[float, float]:
    """A fraction between two float64 numbers; the same one twice where it is one."""
    near = float(arb(value).mid())
    if np.isfinite(near) and rational(near) == value:
        return near, near
    return _of_ball(arb(value))


def _of_ball(ball: Any) -> tuple[float, float]:
    return float(below(float(ball.lower()))), float(above(float(ball.upper())))


def _ball(poly: Any, point: Any) -> Any:
    total = arb(0)
    for c in reversed(poly.coeffs()):
        total = total * point + arb(c)
    return total
