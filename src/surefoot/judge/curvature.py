"""Second order: eigenvalues in scaled coordinates, with an error bar, confirmed by walking.

In order of execution, for the Hessian H on the free coordinates:

1. S = diag(s) with s from symmetric max-norm equilibration (Ruiz 2001), so that variables of
   size 1e-6 and 1e6 are seen together. The inertia of SHS is that of H (Sylvester).
2. SHS = QΛQᵀ. Error bar e = 8nε·max|λ| + the asymmetry that AD's rounding left in H.
3. λ > e is positive, λ < −e negative, the rest null.
4. A curvature is believed only if a walk confirms it (`confirm`): AD's Hessian is rounding noise
   at a quartic minimum written out as a polynomial, and a plain lie behind stop_gradient.
"""

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np

from surefoot.judge.cholesky import Factored, factored
from surefoot.judge.contracts import EPS, Index, Mask, Matrix, Vector
from surefoot.judge.site import Site


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of the scaled Hessian on the coordinates `free`.

    Attributes:
        free: (m,) indices of the coordinates. scale: (m,) the diagonal s.
        values: (m,) ascending eigenvalues of SHS. vectors: (m, m) its eigenvectors as columns.
        error: the error bar on each eigenvalue.
        refuted: (m,) by walking; those count as null, as do curvatures below the error bar.
        factor: of SHS where a Cholesky factor has shown it to be definite: all m eigenvalues are
            positive, and `values` (k,) are curvatures along the k directions worth a walk.
    """

    free: Index
    scale: Vector
    values: Vector
    vectors: Matrix
    error: float
    refuted: Mask
    factor: Factored | None = None

    @property
    def positive(self) -> Mask:
        return (self.values > self.error) & ~self.refuted

    @property
    def negative(self) -> Mask:
        return (self.values < -self.error) & ~self.refuted

    @property
    def null(self) -> Mask:
        return ~(self.positive | self.negative)

    def directions(self, chosen: Mask, size: int) -> Matrix:
        """The chosen eigenvectors in the user's coordinates, as rows (k, size)."""
        rows = np.zeros((int(np.sum(chosen)), size))
        rows[:, self.free] = (self.scale[:, None] * self.vectors[:, chosen]).T
        return rows


def equilibrate(hessian: Matrix, fallback: Vector) -> Vector:
    """s such that every nonzero row of diag(s) H diag(s) has largest entry 1.

    Rows of zeros, which no scaling can help, take `fallback`.
    """
    sizes = np.abs(hessian)
    scale = np.ones(hessian.shape[0])
    empty = ~np.any(sizes, axis=1)
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.empty_like(sizes)
        for _ in range(40):
            rows = scale * np.multiply(sizes, scale, out=scaled).max(axis=1, initial=0.0)
            rows = np.where((rows == 0.0) | ~np.isfinite(rows), 1.0, rows)
            scale /= np.sqrt(rows)
            if np.all(np.abs(rows - 1.0) < 0.01):
                break
    return np.where(empty, fallback, scale)


def spectrum(site: Site, free: Index, *, whole: bool = True) -> Spectrum:
    """Eigenvalues of the scaled Hessian on `free` (indices); site.hessian must be present.

    Args:
        whole: False: where it is positive definite by far, only the factor and what to walk along.
    """
    block = site.hessian_on(free)
    scale = equilibrate(block, site.extent[free])
    scaled = block * scale[:, None] * scale
    asymmetry = float(0.5 * np.max(np.sum(np.abs(scaled - scaled.T), axis=1), initial=0.0))
    if free.size == 0:
        empty = np.zeros(0)
        return Spectrum(free, scale, empty, np.zeros((0, 0)), 0.0, np.zeros(0, dtype=bool))
    scaled = 0.5 * (scaled + scaled.T)
    share = 8.0 * free.size * EPS
    if not whole:
        error = share * float(np.max(np.sum(np.abs(scaled), axis=1))) + asymmetry
        definite = factored(scaled, scale, error)
        if definite is not None:
            values, vectors = definite.values, definite.vectors
            unrefuted = np.zeros(values.size, dtype=bool)
            return Spectrum(free, scale, values, vectors, error, unrefuted, definite)
    values, vectors = np.linalg.eigh(scaled)
    # What an eigenvector has by rounding alone is none of it, though a scale of 10¹³⁸ shows it.
    vectors = np.where(np.abs(vectors) <= share, 0.0, vectors)
    error = share * float(np.max(np.abs(values))) + asymmetry
    return Spectrum(free, scale, values, vectors, error, np.zeros(free.size, dtype=bool))


def in_extents(site: Site, free: Index) -> Matrix | None:
    """The Hessian on `free`, symmetric and in units of the extents; None where it overflows."""
    scaled = site.hessian_in_extents
    if free.size < site.size:
        scaled = scaled[np.ix_(free, free)]
    return scaled if np.all(np.isfinite(scaled)) else None


def curves_by(matrix: Matrix, amount: float) -> bool:
    """Whether all eigenvalues of a symmetric matrix are above `amount`, at a tenth of their price.

    Told by whether `matrix` − `amount`·I has a Cholesky factor.
    """
    shifted = matrix.copy()
    shifted.flat[:: matrix.shape[0] + 1] -= amount
    try:
        np.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        return False
    return True


class Check(Enum):
    """What a short walk says about a curvature that the Hessian claims."""

    CONFIRMED = "slopes and values along the direction agree with the curvature"
    INVISIBLE = "no curvature can be told from rounding along this direction"
    CONTRADICTED = "the values do not do what the derivatives say"


_PLAIN = 0.4
"""Of the slopes' size: how far a value may be off for a plain look; less is a sharp one.

A value that stands still while a slope is told is off by half."""
_SIDES = np.array([-1.0, -0.5, 0.5, 1.0])
"""Where a walk of length t looks, in shares of t."""


@dataclass(frozen=True)
class _Walks:
    """Walks along k directions at once: where each curvature κ can be told from rounding.

    Attributes:
        directions: (k, n). curvatures: (k,) κ.
        tries: (5, k) the distances t to look at, in turn; 0 where there is none.
        slope_visible: (k,) where κt is 256 times the rounding width of the slope.
        value_visible: (k,) where what is allowed of κt², `shares`, is 256 times the rounding noise
            of the value: a value that falls where it should rise is far beyond that.
        shares: (k,) by which part of the slopes' size a value may differ from them.
    """

    directions: Matrix
    curvatures: Vector
    tries: Matrix
    slope_visible: Vector
    value_visible: Vector
    shares: Vector


def confirm(
    site: Site, directions: Matrix, curvatures: Vector, shares: Vector | None = None
) -> list[Check]:
    """Walk ± along each row of `directions` and compare with slope κt and value ½κt².

    t starts where both can be seen, and is at most the extent of the coordinates times 1000. All
    directions are walked at once, since a call costs more than an evaluation.

    Args:
        shares: (k,) by which part of the slopes' size a value may differ from them; half of it.
    """
    if shares is None:
        shares = np.full(len(curvatures), _PLAIN)
    walks = _walks(site, directions, curvatures, shares)
    agree = np.zeros(len(curvatures), dtype=bool)
    # Beside a sharp look the digits that a value comes in are rough; they are not, further out.
    asked = np.where(shares < _PLAIN, 2, 1)
    answers: list[Check | None] = [None] * len(curvatures)
    for tries in walks.tries:
        here = np.flatnonzero([answer is None for answer in answers] & (tries > 0.0))
        if here.size == 0:
            continue
        seen, agrees, contradicts = _look_along(site, walks, here, tries[here])
        agree[here] |= agrees
        for k, read, against in zip(here, seen, contradicts, strict=True):
            if not read:
                continue
            if against:
                asked[k] -= 1
                answers[k] = Check.CONTRADICTED if asked[k] == 0 else None
            elif agree[k]:
                answers[k] = Check.CONFIRMED
    ends = {True: Check.CONFIRMED, False: Check.INVISIBLE}
    return [answer or ends[bool(found)] for answer, found in zip(answers, agree, strict=True)]


def _walks(site: Site, directions: Matrix, curvatures: Vector, shares: Vector) -> _Walks:
    sizes = np.abs(directions)
    kappa = np.abs(curvatures)
    width = sizes @ site.widths
    unit = np.max(sizes / site.extent, axis=1, initial=0.0)
    seeable = (kappa > 0.0) & (unit > 0.0) & np.isfinite(kappa)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope_visible = 256.0 * width / kappa
        value_visible = np.sqrt(256.0 * site.noise / (kappa * shares))
        room = 1e3 / unit
        if not site.is_open:
            inside = [min(site.reach(d), site.reach(-d)) for d in directions]
            room = np.minimum(inside, room)
        start = np.maximum(np.maximum(slope_visible, value_visible), 1e-9 / unit)
        start = np.where(shares < _PLAIN, 16.0, 1.0) * start
        between = np.sqrt(start * np.maximum(slope_visible, 1e-14 / unit))
        # Where a value stands still, as 1 − cos x does up to 10⁻⁸, it is asked further out.
        tries = np.array([start, slope_visible, between, 16.0 * start, 256.0 * start])
        tries = np.where(seeable & (tries > 0.0) & (tries <= room), tries, 0.0)
    return _Walks(directions, curvatures, tries, slope_visible, value_visible, shares)


def _look_along(site: Site, walks: _Walks, chosen: Index, t: Vector) -> tuple[Mask, Mask, Mask]:
    """What the chosen walks (k,) say at the distances t (k,).

    Returns:
        which changes of the value were read; which slopes agree with the curvature; which values
        contradict the slopes. (k,) each.
    """
    directions, curvatures = walks.directions[chosen], walks.curvatures[chosen]
    steps = (t[:, None] * _SIDES)[:, :, None] * directions[:, None, :]
    found, gradients = site.look(site.at(steps.reshape(-1, site.size)))
    values = found.reshape(-1, 4) - site.value
    slopes = np.einsum("ksn,kn->ks", gradients.reshape(-1, 4, site.size), directions)
    finite = np.all(np.isfinite(values) & np.isfinite(slopes), axis=1)
    slope = 0.5 * (slopes[:, 3] - slopes[:, 0]) / t
    # On one side up and on the other down: beside an inflection the Hessian is not zero, but the
    # slope grows both ways, and where it is smaller than its own rounding AD gives 0.
    signs = np.sign(slopes - (directions @ site.gradient)[:, None])
    turns = (signs[:, 3] == -signs[:, 0]) & (signs[:, 3] == np.sign(curvatures))
    ratio = slope / curvatures
    agrees = finite & (walks.slope_visible[chosen] <= t) & turns & (ratio > 0.5) & (ratio < 2.0)
    moved = np.any(values[:, [0, 3]] != 0.0, axis=1)
    read = finite & moved & (t >= walks.value_visible[chosen])
    return read, agrees, read & _contradict(site, values, slopes, t, walks.shares[chosen])


def _contradict(site: Site, values: Matrix, slopes: Matrix, t: Vector, shares: Vector) -> Mask:
    """Whether f(x+td) − f(x) differs from Simpson's rule over the slopes (AD against values)."""
    # The slope at the point itself comes from the same formula pieces as its neighbours; where a
    # solver stopped on a switch it does not, and the kink room has already looked there.
    middle = 0.5 * (slopes[:, 1] + slopes[:, 2])
    wrong = np.zeros(t.size, dtype=bool)
    for end, half, sign in ((3, 2, 1.0), (0, 1, -1.0)):
        parts = slopes[:, half], slopes[:, end], middle
        predicted = sign * t / 6.0 * (middle + 4.0 * slopes[:, half] + slopes[:, end])
        size = t * np.max(np.abs(parts), axis=0)
        wrong |= np.abs(values[:, end] - predicted) > shares * size + 64.0 * site.noise
    return wrong


@lru_cache(maxsize=4)
def _signs(size: int) -> Matrix:
    """Four rows of ±1 (4, size), the same at every call."""
    return np.random.default_rng(29).choice(np.array([-1.0, 1.0]), (4, size))


def _mixtures(site: Site, found: Spectrum) -> tuple[Matrix, Vector]:
    """Four directions (4, n) with a part of every coordinate, scaled, and dᵀHd along each."""
    parts = found.scale * _signs(found.free.size) / np.sqrt(found.free.size)
    mixed = np.zeros((len(parts), site.size))
    mixed[:, found.free] = parts
    return mixed, np.einsum("ki,ki->k", parts @ site.hessian_on(found.free), parts)


def refute(site: Site, found: Spectrum, limit: int = 8) -> tuple[Spectrum, Check]:
    """Walk along the eigenvectors that decide the verdict; refuted ones become null.

    Walked are the `limit` smallest in modulus (noise lives there), the most negative and the
    largest, plus the eigenvectors of coordinates that the scaling blew up most. Where all are
    positive four mixtures of every coordinate are too, and more sharply: curvatures along a basis
    do not show what lies in between.
    """
    size = found.values.size
    certain = np.flatnonzero(~found.null)
    if size == 0 or certain.size == 0:
        return found, Check.CONFIRMED
    by_modulus = certain[np.argsort(np.abs(found.values[certain]))]
    chosen = {int(k) for k in by_modulus[:limit]} | {int(certain[0]), int(certain[-1])}
    lengths = np.linalg.norm(found.scale[:, None] * found.vectors, axis=0)
    chosen |= {int(k) for k in certain[np.argsort(-lengths[certain])][:2]}
    order = np.array(sorted(chosen))
    directions = np.zeros((order.size, site.size))
    directions[:, found.free] = (found.scale[:, None] * found.vectors[:, order]).T
    shares = np.full(order.size, _PLAIN)
    curvatures = found.values[order]
    if np.all(found.positive) and found.free.size > 1:
        mixed, bends = _mixtures(site, found)
        directions, curvatures = np.vstack([directions, mixed]), np.append(curvatures, bends)
        # One direction of n that lies is a part of 2/n of what these see.
        shares = np.append(shares, np.full(len(mixed), 0.25 / found.free.size))
    answers = confirm(site, directions, curvatures, shares)
    if Check.CONTRADICTED in answers:
        return found, Check.CONTRADICTED
    refuted = found.refuted.copy()
    refuted[order] = [answer is Check.INVISIBLE for answer in answers[: order.size]]
    if found.factor is not None and np.any(refuted):
        return refute(site, spectrum(site, found.free), limit)
    return replace(found, refuted=refuted), Check.CONFIRMED
