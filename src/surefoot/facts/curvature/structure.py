"""The Hessian as a sum over the parts that bend:  ∇²f = Σᵢ dᵢ(x) aᵢaᵢᵀ.

Each part is a function of one affine number u = aᵀx + b, times a weight: d is the weight times its
second derivative, bounded on the box. Then

    Σ min dᵢ aᵢaᵢᵀ  ≼  ∇²f(x)  ≼  Σ max dᵢ aᵢaᵢᵀ        at every x of the box

A product of two affine numbers adds w (abᵀ + baᵀ), known as well as its weight w is. Logistic
losses, least squares, xᵀQx, Huber's losses, softmax losses and their penalties are of this form.
Of log Σ exp(uⱼ), whose Hessian is Aᵀ(diag p − ppᵀ)A, 0 ≼ diag p − ppᵀ ≼ ½I is used.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surefoot.facts.curvature.curves import second_derivative
from surefoot.facts.curvature.forms import Form
from surefoot.facts.curvature.pieces import curvature
from surefoot.facts.curvature.terms import Atom, Key
from surefoot.facts.intervals.intervals import Floats
from surefoot.facts.intervals.rounding import above, below, sum_margin
from surefoot.facts.spectrum import spectrum

MOST_CELLS = 3_000_000


class NotSoError(Exception):
    """The function is not seen to be such a sum."""


@dataclass
class _Sum:
    """Σ dᵢ aᵢaᵢᵀ as it grows: bounds of the sum of the least and of the largest d.

    Attributes:
        n: variables. starts: where each input begins. low: ((n, n), (n, n)) bounds of Σ min d aaᵀ;
            None once a part has no bound. high: of Σ max d aaᵀ.
        waiting: parts that are not added yet, since one product of many rows takes as long as of
            one; each the bounds (parts, n) of its gradients, and d between two (parts,).
    """

    n: int
    starts: dict[Key, int]
    low: list[Floats] | None
    high: list[Floats] | None
    known: dict[Key, tuple[Floats, Floats]] = field(default_factory=dict)
    waiting: list[tuple[Floats, Floats, Floats, Floats]] = field(
        default_factory=list[tuple[Floats, Floats, Floats, Floats]]
    )

    def add(self, rows: tuple[Floats, Floats], least: Floats, most: Floats) -> None:
        """Parts with gradients `rows` (parts, n) and d between least and most (parts,)."""
        if not np.isfinite(least).all():
            self.low = None
        if not np.isfinite(most).all():
            self.high = None
        self.waiting.append((*rows, least, most))
        if sum(part[0].size for part in self.waiting) > MOST_CELLS:
            self.settle()

    def cross(
        self, a: tuple[Floats, Floats], b: tuple[Floats, Floats], low: Floats, high: Floats
    ) -> None:
        """Products of numbers with gradients a and b (parts, n), weights between two (parts,).

        w (abᵀ + baᵀ) = ½w (a + b)(a + b)ᵀ − ½w (a − b)(a − b)ᵀ, and so for each part of w that is
        unsure: there −(aaᵀ + bbᵀ) ≼ abᵀ + baᵀ ≼ aaᵀ + bbᵀ.
        """
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            self.low = self.high = None
            return
        middle = 0.5 * low + 0.5 * high
        spare = above(np.maximum(high - middle, middle - low))
        first, last = _gram(a, middle, b)
        first, last = below(first + first.T), above(last + last.T)
        for side in ("low", "high"):
            total = getattr(self, side)
            if total is not None:
                setattr(self, side, [below(total[0] + first), above(total[1] + last)])
        if spare.any():
            for rows in (a, b):
                self.add(rows, -spare, spare)

    def settle(self) -> None:
        """Add what waits."""
        if not self.waiting:
            return
        low, high, least, most = (np.concatenate(part) for part in zip(*self.waiting, strict=True))
        self.waiting.clear()
        for side, numbers in (("low", least), ("high", most)):
            total = getattr(self, side)
            if total is not None:
                first, last = _gram((low, high), numbers)
                setattr(self, side, [below(total[0] + first), above(total[1] + last)])

    def rows(self, form: Form) -> tuple[Floats, Floats]:
        """Bounds (size, n) of the gradients of an affine array."""
        if form.size * self.n > MOST_CELLS:
            raise NotSoError
        low, high = np.zeros((form.size, self.n)), np.zeros((form.size, self.n))
        for term in form.terms:
            first, last = self._rows_of(term.atom)
            a, b = first[term.index], last[term.index]
            ends = [f[:, None] * side for f in (term.low, term.high) for side in (a, b)]
            exact = bool((term.low == term.high).all() and (np.abs(term.low) == 1.0).all())
            least, most = np.minimum.reduce(ends), np.maximum.reduce(ends)
            if not exact:
                zero = (a == 0.0) & (b == 0.0)
                least, most = (np.where(zero, 0.0, side)
                               for side in (below(least), above(most)))  # fmt: skip
            low, high = _plus(low, least, below), _plus(high, most, above)
        return low, high

    def _rows_of(self, atom: Atom) -> tuple[Floats, Floats]:
        if atom.key not in self.known:
            self.known[atom.key] = self._made(atom)
        return self.known[atom.key]

    def _made(self, atom: Atom) -> tuple[Floats, Floats]:
        if atom.key in self.starts:
            unit = np.zeros((atom.size, self.n))
            unit[np.arange(atom.size), self.starts[atom.key] + np.arange(atom.size)] = 1.0
            return unit, unit
        if atom.name != "linear":
            raise NotSoError
        low, high = self.rows(atom.parts[0])
        first, last = atom.step.applied(low.T, high.T)
        return np.ascontiguousarray(first.T), np.ascontiguousarray(last.T)


def _plus(a: Floats, b: Floats, outward: Any) -> Floats:
    """a + b, exact where one of them is 0."""
    return np.where((a == 0.0) | (b == 0.0), a + b, outward(a + b))


def _gram(
    rows: tuple[Floats, Floats], numbers: Floats, others: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats]:
    """Bounds of Σ dᵢ aᵢbᵢᵀ for numbers d and rows a and b between bounds; b is a if left out."""
    left, left_off = _middle(rows)
    right, right_off = (left, left_off) if others is None else _middle(others)
    total = (left * numbers[:, None]).T @ right
    weighed = np.abs(left) * np.abs(numbers)[:, None]
    margin = sum_margin(above(weighed.T @ np.abs(right)), 2 * len(numbers) + 4)
    if left_off.any() or right_off.any():
        off = left_off * np.abs(numbers)[:, None]
        margin = margin + weighed.T @ right_off + off.T @ np.abs(right) + off.T @ right_off
        margin = margin * (1.0 + 8.0 * (len(numbers) + 4) * 2.0**-53)
    return below(total - margin), above(total + margin)


def _middle(rows: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The middle of bounds, and how far off it may be."""
    low, high = rows
    middle = 0.5 * low + 0.5 * high
    return middle, above(np.maximum(high - middle, middle - low))


def hessian_bounds(
    form: Form, n: int, starts: dict[Key, int]
) -> tuple[tuple[Floats, Floats] | None, tuple[Floats, Floats] | None]:
    """Matrices below and above the Hessian of one number, each as bounds ((n, n), (n, n)).

    Returns:
        None for one that does not exist, or is not seen.
    """
    if n * n > MOST_CELLS:
        return None, None
    zero = np.zeros((n, n))
    total = _Sum(n, starts, [zero, zero], [zero, zero])
    try:
        with np.errstate(all="ignore"):
            _form(total, form, np.ones(form.size), np.ones(form.size))
            total.settle()
    except (NotSoError, RecursionError):  # hundreds of steps inside one another
        return None, None
    low, high = total.low, total.high
    return (None if low is None else (low[0], low[1])), (
        None if high is None else (high[0], high[1])
    )


def _form(total: _Sum, form: Form, low: Floats, high: Floats) -> None:
    """Adds Σ wᵢ · (element i), the weights w between low and high."""
    if bool(form.affine.all()):
        return
    if form.pieces is not None and form.base is not None:
        ends = form.base.bounds
        least, most = curvature(form.pieces, float(ends.lower.min()), float(ends.upper.max()))
        _part(total, form.base, low, high, np.full(form.size, least), np.full(form.size, most))
        return
    for term in form.terms:
        ends = [w * f for w in (low, high) for f in (term.low, term.high)]
        least, most = np.minimum.reduce(ends), np.maximum.reduce(ends)
        exact = bool((np.abs(low) == 1.0).all() and (low == high).all())
        least, most = (least, most) if exact else (below(least), above(most))
        first, last = np.zeros(term.atom.size), np.zeros(term.atom.size)
        np.add.at(first, term.index, least)
        np.add.at(last, term.index, most)
        if len(np.unique(term.index)) < len(term.index):
            # What cancels in the sum is rounded as well: the margin is of the sizes.
            sizes = np.zeros(term.atom.size)
            np.add.at(sizes, term.index, np.maximum(np.abs(least), np.abs(most)))
            margin = sum_margin(sizes, len(term.index) + 2)
            first, last = first - margin, last + margin
        _atom(total, term.atom, first, last)


def _atom(total: _Sum, atom: Atom, low: Floats, high: Floats) -> None:
    if bool(atom.affine.all()):
        return
    if atom.name == "linear":
        found = atom.step.weights(low, high)
        if found is None:
            raise NotSoError
        _form(total, atom.parts[0], *found)
    elif atom.name == "pieces":
        _form(total, atom.parts[0], low, high)
    elif atom.name == "logsumexp":
        _log_sum(total, atom.parts[0], atom.step, low, high)
    elif atom.name == "logaddexp":
        a, b = atom.parts
        if not bool((a.affine & b.affine).all()):
            raise NotSoError
        size = atom.size
        _part(total, a.plus(b, a.bounds, -1), low, high, np.zeros(size), np.full(size, 0.25))
    elif atom.name == "product" and all(bool(part.affine.all()) for part in atom.parts):
        a, b = (total.rows(part) for part in atom.parts)
        total.cross(a, b, low, high)
    elif atom.name == "log" and _logarithm(total, atom, low, high):
        return
    else:
        _function(total, atom, low, high)


def _logarithm(total: _Sum, atom: Atom, low: Floats, high: Floats) -> bool:
    """log(c + Σ exp uⱼ) of affine uⱼ, and log cosh u; False for other logarithms."""
    terms = atom.parts[0].terms
    if any(t.atom.name not in ("exp", "cosh") or bool((t.low < 0.0).any()) for t in terms):
        return False
    parts = [t.atom.parts[0].take(t.index) for t in terms]
    if not all(bool(u.affine.all()) for u in parts) or bool((atom.parts[0].low < 0.0).any()):
        return False
    names = {t.atom.name for t in terms}
    if names == {"cosh"} and (len(terms) > 1 or atom.parts[0].high.any()):
        return False
    if len(names) > 1 or bool((low < 0.0).any()):
        return False
    # diag p − ppᵀ ≼ ½I; p(1 − p) ≤ ¼ of two; sech² ≤ 1.
    most = 1.0 if names == {"cosh"} else 0.25 if len(terms) == 1 else 0.5
    for u in parts:
        _part(total, u, low, high, np.zeros(u.size), np.full(u.size, most))
    return True


def _function(total: _Sum, atom: Atom, low: Floats, high: Floats) -> None:
    """A function of one number, or a part of which only its convexity is known."""
    u = atom.parts[0] if atom.parts else None
    if u is not None and len(atom.parts) == 1 and bool(u.affine.all()):
        found = second_derivative(atom, u)
        if found is not None:
            _part(total, u, low, high, *found)
            return
    # Of what is only known to be convex, the curvature has a sign and no bound.
    nothing = ((low == 0.0) & (high == 0.0)) | atom.affine
    if bool(((low >= 0.0) & atom.convex | (high <= 0.0) & atom.concave | nothing).all()):
        total.high = None
    elif bool(((low >= 0.0) & atom.concave | (high <= 0.0) & atom.convex | nothing).all()):
        total.low = None
    else:
        raise NotSoError


def _log_sum(total: _Sum, u: Form, groups: Any, low: Floats, high: Floats) -> None:
    if bool((low < 0.0).any()) or not bool(u.affine.all()):
        raise NotSoError
    most = np.zeros(u.size)
    np.add.at(most, groups.ravel(), np.repeat(0.5 * high, groups.shape[1]))
    most = most * (1.0 + 4.0 * (len(groups) + 2) * 2.0**-53)
    total.add(total.rows(u), np.zeros(u.size), most)


def _part(
    total: _Sum, u: Form, low: Floats, high: Floats, least: Floats, most: Floats
) -> None:
    """w·h(u) with w between low and high, h″ between least and most."""
    with np.errstate(all="ignore"):
        ends = np.array([w * d for w in (low, high) for d in (least, most)])
        ends = np.where(np.isnan(ends), 0.0, ends)
    first, last = ends.min(axis=0), ends.max(axis=0)
    exact = bool((low == high).all() and (np.abs(low) == 1.0).all())
    if not exact:
        first, last = np.where(first == 0.0, 0.0, below(first)), above(last)
    total.add(total.rows(u), first, last)


def moduli(
    low: tuple[Floats, Floats] | None, high: tuple[Floats, Floats] | None
) -> tuple[float, float]:
    """(at or below the least, at or above the largest) eigenvalue of the Hessian on the box."""
    least = -np.inf if low is None else float(spectrum(low[0][None], low[1][None])[0][0])
    most = np.inf if high is None else float(spectrum(high[0][None], high[1][None])[1][0])
    return least, most
