"""Second order: eigenvalues in scaled coordinates, with an error bar, confirmed by walking.

In order of execution, for the Hessian H on the free coordinates:

1. S = diag(s) with s from symmetric max-norm equilibration (Ruiz 2001), so that variables of
   size 1e-6 and 1e6 are seen together. The inertia of SHS is that of H (Sylvester).
2. SHS = QΛQᵀ. Error bar e = 8nε·max|λ| + the asymmetry that AD's rounding left in H.
3. λ > e is positive, λ < −e negative, the rest null.
4. A curvature is believed only if a walk confirms it (`confirm`): AD's Hessian is rounding noise
   at a quartic minimum written out as a polynomial, and a plain lie behind stop_gradient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from surefoot.judge.contracts import EPS, Index, Mask, Matrix, Vector
from surefoot.judge.site import Site


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of the scaled Hessian on the coordinates `free`.

    Attributes:
        free: (m,) indices of the coordinates. scale: (m,) the diagonal s.
        values: (m,) ascending eigenvalues of SHS. vectors: (m, m) its eigenvectors as columns.
        error: the error bar on each eigenvalue.
        confirmed: curvatures below the error bar or refuted by walking count as null.
    """

    free: Index
    scale: Vector
    values: Vector
    vectors: Matrix
    error: float
    refuted: Mask

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
    scale = np.ones(hessian.shape[0])
    empty = ~np.any(hessian != 0.0, axis=1)
    for _ in range(40):
        with np.errstate(over="ignore", under="ignore"):
            rows = np.max(np.abs(hessian * scale[:, None] * scale), axis=1, initial=0.0)
        rows = np.where((rows == 0.0) | ~np.isfinite(rows), 1.0, rows)
        scale /= np.sqrt(rows)
        if np.all(np.abs(rows - 1.0) < 0.01):
            break
    return np.where(empty, fallback, scale)


def spectrum(site: Site, free: Index) -> Spectrum:
    """Eigenvalues of the scaled Hessian on `free` (indices); site.hessian must be present."""
    assert site.hessian is not None
    block = site.hessian[np.ix_(free, free)]
    scale = equilibrate(block, site.extent[free])
    scaled = block * scale[:, None] * scale
    asymmetry = 0.5 * np.max(np.sum(np.abs(scaled - scaled.T), axis=1), initial=0.0)
    if free.size == 0:
        empty = np.zeros(0)
        return Spectrum(free, scale, empty, np.zeros((0, 0)), 0.0, np.zeros(0, dtype=bool))
    values, vectors = np.linalg.eigh(0.5 * (scaled + scaled.T))
    error = 8.0 * free.size * EPS * float(np.max(np.abs(values))) + float(asymmetry)
    return Spectrum(free, scale, values, vectors, error, np.zeros(free.size, dtype=bool))


class Check(Enum):
    """What a short walk says about a curvature that the Hessian claims."""

    CONFIRMED = "slopes and values along the direction agree with the curvature"
    INVISIBLE = "no curvature can be told from rounding along this direction"
    CONTRADICTED = "the values do not do what the derivatives say"


@dataclass
class _Walk:
    """A walk along one direction: where the curvature can be told from rounding, and what is known.

    Attributes:
        tries: the distances t to look at, in turn.
        slope_visible: where κt is 256 times the rounding width of the slope.
        value_visible: where ½κt² is 64 times the rounding noise of the value.
        agree: whether slopes were seen that agree with κ. answer: None while it is open.
    """

    direction: Vector
    curvature: float
    tries: Sequence[float] = ()
    slope_visible: float = np.inf
    value_visible: float = np.inf
    agree: bool = False
    answer: Check | None = None


def confirm(site: Site, directions: Matrix, curvatures: Vector) -> list[Check]:
    """Walk ± along each row of `directions` and compare with slope κt and value ½κt².

    t starts where both can be seen, and is at most the extent of the coordinates times 1000. All
    directions are walked at once, since a call costs more than an evaluation.
    """
    walks = [_walk(site, d, float(k)) for d, k in zip(directions, curvatures, strict=True)]
    for turn in range(max((len(walk.tries) for walk in walks), default=0)):
        open_ones = [w for w in walks if w.answer is None and turn < len(w.tries)]
        if not open_ones:
            break
        sides = np.array([-1.0, -0.5, 0.5, 1.0])
        steps = [np.outer(w.tries[turn] * sides, w.direction) for w in open_ones]
        values, gradients = site.look(site.at(np.concatenate(steps)))
        for k, walk in enumerate(open_ones):
            here = slice(4 * k, 4 * k + 4)
            _read(site, walk, walk.tries[turn], values[here] - site.value, gradients[here])
    ends = {True: Check.CONFIRMED, False: Check.INVISIBLE}
    return [walk.answer or ends[walk.agree] for walk in walks]


def _walk(site: Site, direction: Vector, curvature: float) -> _Walk:
    kappa = abs(curvature)
    width = float(np.abs(direction) @ site.widths)
    unit = float(np.max(np.abs(direction) / site.extent, initial=0.0))
    if kappa == 0.0 or unit == 0.0 or not np.isfinite(kappa):
        return _Walk(direction, curvature, answer=Check.INVISIBLE)
    slope_visible = 256.0 * width / kappa
    value_visible = float(np.sqrt(128.0 * site.noise / kappa))
    room = min(site.reach(direction), site.reach(-direction), 1e3 / unit)
    start = max(slope_visible, value_visible, 1e-9 / unit)
    between = float(np.sqrt(start * max(slope_visible, 1e-14 / unit)))
    tries = [t for t in (start, slope_visible, between, 16 * start) if 0.0 < t <= room]
    return _Walk(direction, curvature, tries, slope_visible, value_visible)


def _read(site: Site, walk: _Walk, t: float, values: Vector, gradients: Matrix) -> None:
    """What value changes (4,) and gradients (4, n) at −t, −t/2, t/2, t say about the curvature."""
    slopes = gradients @ walk.direction
    if not (np.all(np.isfinite(values)) and np.all(np.isfinite(slopes))):
        return
    slope = 0.5 * (slopes[3] - slopes[0]) / t
    # On one side up and on the other down: beside an inflection the Hessian is not zero, but the
    # slope grows both ways, and where it is smaller than its own rounding AD gives 0.
    ahead, behind = np.sign(slopes[[3, 0]] - float(site.gradient @ walk.direction))
    turns = ahead == -behind == np.sign(walk.curvature)
    if walk.slope_visible <= t and turns and 0.5 < slope / walk.curvature < 2.0:
        walk.agree = True
    if t >= walk.value_visible:
        if _contradicts(site, values, slopes, t):
            walk.answer = Check.CONTRADICTED
        elif walk.agree:
            walk.answer = Check.CONFIRMED


def _contradicts(site: Site, values: Vector, slopes: Vector, t: float) -> bool:
    """Whether f(x+td) − f(x) differs from Simpson's rule over the slopes (AD against values)."""
    # The slope at the point itself comes from the same formula pieces as its neighbours; where a
    # solver stopped on a switch it does not, and the kink room has already looked there.
    middle = 0.5 * (slopes[1] + slopes[2])
    for value, half, full, sign in (
        (values[3], slopes[2], slopes[3], 1.0),
        (values[0], slopes[1], slopes[0], -1.0),
    ):
        predicted = sign * t / 6.0 * (middle + 4.0 * half + full)
        size = t * max(abs(half), abs(full), abs(middle))
        if abs(value - predicted) > 0.5 * size + 64.0 * site.noise:
            return True
    return False


def refute(site: Site, found: Spectrum, limit: int = 8) -> tuple[Spectrum, Check]:
    """Walk along the eigenvectors that decide the verdict; refuted ones become null.

    Walked are the `limit` smallest in modulus (noise lives there), the most negative and the
    largest, plus the eigenvectors of coordinates that the scaling blew up most.
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
    answers = confirm(site, directions, found.values[order])
    if Check.CONTRADICTED in answers:
        return found, Check.CONTRADICTED
    refuted = found.refuted.copy()
    refuted[order] = [answer is Check.INVISIBLE for answer in answers]
    result = Spectrum(found.free, found.scale, found.values, found.vectors, found.error, refuted)
    return result, Check.CONFIRMED
