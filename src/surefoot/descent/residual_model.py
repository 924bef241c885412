"""The local model of a sum of squares and its minimiser in a trust region with bounds.

With J the Jacobian, r the residuals, D a positive diagonal scaling, A = J D⁻¹ and z = D p:

    m(z) = ½‖A z + r‖² + ½ zᵀ C z,     C = 0 (Gauss-Newton) or D⁻¹ (Σ rᵢ ∇²rᵢ) D⁻¹ (Newton)

    minimise m(z)   subject to   ‖z‖ ≤ Δ,   lower ≤ z ≤ upper

A is never squared for the Gauss-Newton model: its singular values come from R of A = Q R. Both
models end in the same one-dimensional problem in their eigenbasis, solved here.

Source: J. J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory" (1978); J. J.
Moré and D. C. Sorensen, "Computing a trust region step" (1983), including its hard case.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import copysign, sqrt

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.bounds import reach

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
# AᵀA + C has lost the curvatures below this part of its largest; the singular values of A have not.
SILENT = 1e-13


@dataclass(frozen=True)
class Spectrum:
    """A quadratic ½ Σ λᵢ zᵢ² + Σ γᵢ zᵢ in its eigenbasis.

    Attributes:
        basis: eigenvectors as columns, (n, k).
        curvature: eigenvalues λ, (k,); exactly 0 where not distinguishable from 0.
        slope: gradient γ in that basis, (k,); exactly 0 along directions of no information.
    """

    basis: Array
    curvature: Array
    slope: Array


def trust_region_minimiser(spectrum: Spectrum, radius: float) -> tuple[Array, bool]:
    """Minimiser of the quadratic within ‖z‖ ≤ radius, and whether the radius binds.

        z(μ) = −γ / (λ + μ),   μ = 0 if λ ≥ 0 and ‖z(0)‖ ≤ Δ, else μ > max(0, −λ_min): ‖z(μ)‖ = Δ

    Solved by Newton's method on 1/Δ − 1/‖z(μ)‖, safeguarded by bisection. Hard case (γ has no
    part along the most negative λ, or nearly none): the missing length is filled with that
    eigenvector.
    """
    lam, gamma = spectrum.curvature, spectrum.slope
    lowest = float(lam.min(initial=0.0))
    shift = -lowest
    live = gamma != 0.0
    # A zero eigenvalue with a slope has no interior minimiser: the radius binds.
    if lowest == 0.0 and bool(np.all(lam[live] > 0.0)):
        z = _step(lam, gamma, live, 0.0)
        if float(np.linalg.norm(z)) <= radius:
            return spectrum.basis @ z, False
    at_pole = live & (lam + shift <= 0.0)
    if not bool(at_pole.any()) and lowest < 0.0:
        z = _step(lam, gamma, live & (lam + shift > 0.0), shift)
        length = float(np.linalg.norm(z))
        if length <= radius:
            z[int(np.argmin(lam))] = sqrt(max(radius**2 - length**2, 0.0))
            return spectrum.basis @ z, True
    low, high = shift, shift + float(np.linalg.norm(gamma)) / radius
    mu = max(_first_shift(lam, gamma, low, high, radius), float(np.nextafter(low, np.inf)))
    z = _step(lam, gamma, live, mu)
    length = float(np.linalg.norm(z))
    for _ in range(60):
        if abs(length - radius) <= 1e-10 * radius or high - low <= 4 * EPS * high:
            break
        low, high = (mu, high) if length > radius else (low, mu)
        rate = float(np.sum(z[live] ** 2 / (lam[live] + mu))) / length**2
        mu += (length - radius) / (radius * rate)
        if not low < mu < high:
            mu = sqrt(low * high) if low > 0.0 else 0.5 * (low + high)
        if not mu + lowest > 0.0:
            break
        z = _step(lam, gamma, live, mu)
        length = float(np.linalg.norm(z))
    if length < radius * (1 - 1e-6) and lowest < 0.0:
        # Nearly the hard case: μ cannot come close enough to the pole in float64.
        k = int(np.argmin(lam))
        rest = float(np.linalg.norm(np.delete(z, k)))
        z[k] = copysign(sqrt(max(radius**2 - rest**2, 0.0)), -gamma[k])
        return spectrum.basis @ z, True
    return spectrum.basis @ (z * min(1.0, radius / length) if length > 0.0 else z), True


def _first_shift(lam: Array, gamma: Array, low: float, high: float, radius: float) -> float:
    """A lower bound on μ from the terms that are largest near the pole, inside (low, high]."""
    guess = float(np.max(np.abs(gamma) / radius - lam))
    return guess if low < guess <= high else high


def _step(lam: Array, gamma: Array, live: NDArray[np.bool_], mu: float) -> Array:
    z = np.zeros_like(lam)
    z[live] = -gamma[live] / (lam[live] + mu)
    return z


@dataclass(frozen=True)
class ResidualModel:
    """½‖A z + r‖² + ½ zᵀ C z around the present point, in scaled coordinates.

    Attributes:
        triangle: R of A = Q R, (k, n).
        residual: Qᵀ r, (k,).
        second: C, (n, n), or None for Gauss-Newton.
    """

    triangle: Array
    residual: Array
    second: Array | None = None

    @classmethod
    def build(cls, scaled: Array, residual: Array, second: Array | None = None) -> "ResidualModel":
        """The model from A = J D⁻¹ (m, n) and r (m,)."""
        if scaled.shape[0] <= scaled.shape[1]:
            return cls(scaled, residual, second)
        q, triangle = np.linalg.qr(scaled)
        return cls(triangle, q.T @ residual, second)

    @property
    def gradient(self) -> Array:
        """Aᵀ r, the gradient at z = 0."""
        return self.triangle.T @ self.residual

    def change(self, z: Array) -> float:
        """m(z) − m(0) = (A z)ᵀ r + ½‖A z‖² + ½ zᵀ C z."""
        moved = self.triangle @ z
        value = float(moved @ self.residual) + 0.5 * float(moved @ moved)
        return value if self.second is None else value + 0.5 * float(z @ self.second @ z)

    def curved(self, second: Array) -> "ResidualModel":
        """The same model with the second-order term C."""
        return replace(self, second=second)

    @cached_property
    def whole(self) -> Spectrum:
        """The model over all coordinates around z = 0, in its eigenbasis."""
        size = self.triangle.shape[1]
        return self._spectrum(np.ones(size, dtype=np.bool_), np.zeros(size))

    def _spectrum(self, free: NDArray[np.bool_], start: Array) -> Spectrum:
        """The model over the free coordinates, around `start`, in its eigenbasis."""
        part = self.triangle[:, free]
        residual = self.residual + self.triangle @ start
        u, s, vt = np.linalg.svd(part, full_matrices=False)
        if vt.shape[0] < vt.shape[1]:
            u, s, vt = _complete(u, s, part)
        keep = s > max(part.shape) * EPS * float(s.max(initial=0.0))
        s = np.where(keep, s, 0.0)
        slope = np.where(keep, s * (u.T @ residual), 0.0)
        if self.second is None:
            return Spectrum(vt.T, s**2, slope)
        second = self.second[np.ix_(free, free)]
        slope = slope + vt @ (self.second @ start)[free]
        core = np.diag(s**2) + vt @ second @ vt.T
        lam, w = np.linalg.eigh(0.5 * (core + core.T))
        rotated = w.T @ slope
        silent = np.abs(lam) <= SILENT * float(np.abs(lam).max(initial=0.0))
        return Spectrum(vt.T @ w, np.where(silent, 0.0, lam), np.where(silent, 0.0, rotated))

    def minimise(self, radius: float, lower: Array, upper: Array) -> tuple[Array, bool]:
        """Step z with ‖z‖ ≤ radius and lower ≤ z ≤ upper, and whether the radius binds.

        Without bounds in the way this is the exact trust-region minimiser. Otherwise: minimise
        over the free coordinates, walk to the first bound hit, fix that coordinate on it, and
        minimise over the rest with what is left of the radius. m falls on every leg.
        """
        gradient = self.gradient
        free = ~(((lower >= 0.0) & (gradient > 0.0)) | ((upper <= 0.0) & (gradient < 0.0)))
        z = np.zeros_like(gradient)
        left, binds = radius, False
        while bool(free.any()) and left > 0.0:
            untouched = bool(free.all()) and not z.any()
            spectrum = self.whole if untouched else self._spectrum(free, z)
            part, binds = trust_region_minimiser(spectrum, left)
            leg = np.zeros_like(z)
            leg[free] = part
            room = reach(z, leg, lower, upper)
            back = reach(z, -leg, lower, upper)
            if room.min() <= 0.0 < back.min() and float(gradient @ leg) >= 0.0:
                # Curvature downwards without a slope: the other way is as good, and open.
                leg, room = -leg, back
            part_way = float(room.min())
            if part_way >= 1.0:
                return z + leg, binds
            z = z + part_way * leg
            blocked = room <= part_way * (1 + 4 * EPS)
            z = np.where(blocked, np.where(leg > 0.0, upper, lower), z)
            free &= ~blocked
            left = radius - float(np.linalg.norm(z))
        return z, binds

    def bend(self, z: Array, bending: Array) -> Array:
        """Geodesic correction of a Gauss-Newton step z: −½ (AᵀA + μ)⁻¹ Aᵀ r″(z, z).

        μ is the shift that z belongs to: (AᵀA + μ) z = −Aᵀ r.

        Args:
            z: the step, without a bound in the way, (n,).
            bending: Aᵀ r″(z, z), the second derivative of r along z, (n,).

        Source: M. K. Transtrum and J. P. Sethna, arXiv 1201.5885, eq. 20.
        """
        moved = self.triangle @ z
        mu = max(0.0, -float(z @ self.gradient + moved @ moved) / float(z @ z))
        shifted = self.whole.curvature + mu
        live = shifted > 0.0
        basis = self.whole.basis[:, live]
        return -0.5 * basis @ ((basis.T @ bending) / shifted[live])


def _complete(u: Array, s: Array, part: Array) -> tuple[Array, Array, Array]:
    """Thin factors of a wide matrix, extended by its null space: singular values 0."""
    missing = part.shape[1] - s.size
    vt = np.linalg.svd(part, full_matrices=True)[2]
    return np.pad(u, ((0, 0), (0, missing))), np.pad(s, (0, missing)), vt
