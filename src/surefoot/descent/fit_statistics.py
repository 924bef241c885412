"""What the data say about fitted parameters: errors, intervals, and what they cannot tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.null_directions import TAKES_PART, direction_words, sparse_basis
from surefoot.descent.steps import Vector, norm
from surefoot.facts.graded_rows import factorise_rows, is_affordable, is_graded
from surefoot.terms import InputError

__all__ = ["FitStatistics", "direction_words"]

Matrix = NDArray[np.float64]
INDISTINCT = 1e-11
"""Singular values of the scaled Jacobian below this part of the largest are lost in the rounding
of a Jacobian computed in float64."""
INDEX = 30.0
"""Condition index from which Belsley, Kuh and Welsch call collinearity moderate to strong."""


@dataclass(frozen=True, eq=False)
class FitStatistics:
    """Statistics of a least-squares fit, linearised at its minimum.

    With J (m, n) the Jacobian of the residuals, its free columns scaled to unit norm,
    J C = U S Vᵀ:

        s² = Σ rᵢ² / (m − n_free)          (s² = 1 where the weights are known)
        covariance = s² C V S⁻² Vᵀ C        standard errors = √diag
        interval = x ± t(level, m − n_free) · standard error

    Attributes:
        point: (n,) the parameters.
        residual: (m,) residuals there.
        jacobian: (m, n).
        free: (n,) which parameters no bound holds.
        names: of the parameters.
        level: of the confidence intervals.
        curved: the free parameters, by their place among these, of which the Jacobian's column is
            zero here while a longer move changes the residuals: they are at a turning point.
        bent: of `directions`, by their row, those of several parameters along which a straight
            move changes the residuals, though not to first order.
        known_sigma: whether residuals come divided by known standard deviations, so that the
            errors are not rescaled.

    Source: Seber and Wild, Nonlinear Regression (1989), section 2.1.
    """

    point: Vector
    residual: Vector
    jacobian: Matrix
    free: NDArray[np.bool_]
    names: Sequence[str]
    level: float = 0.95
    known_sigma: bool = False
    curved: tuple[int, ...] = ()
    bent: tuple[int, ...] = ()

    @property
    def sum_of_squares(self) -> float:
        """Σ rᵢ²."""
        return float(self.residual @ self.residual)

    @property
    def degrees_of_freedom(self) -> int:
        """m − rank of the free columns."""
        return int(self.residual.size - np.count_nonzero(~self._lost))

    @property
    def residual_deviation(self) -> float:
        """s, the residual standard deviation; NaN without degrees of freedom."""
        if self.degrees_of_freedom <= 0:
            return nan
        # Not by way of the squares: those of 10⁻²⁰⁰ are 0.
        return norm(self.residual) / sqrt(self.degrees_of_freedom)

    @cached_property
    def _svd(self) -> tuple[Vector, Vector, Matrix]:
        columns = self.jacobian[:, self.free]
        norms = np.array([norm(column) for column in columns.T])
        with np.errstate(over="ignore"):
            scale = 1.0 / np.where(norms > 0.0, norms, 1.0)
        scale = np.where(np.isfinite(scale), scale, 1.0)
        scaled = columns * scale
        if is_graded(scaled) and is_affordable(scaled):
            return scale, *_singular_by_rows(scaled)
        triangle = np.linalg.qr(scaled, mode="r")
        _, singular, right = np.linalg.svd(triangle, full_matrices=True)
        padded = np.zeros(right.shape[0])
        padded[: singular.size] = singular
        padded[padded <= INDISTINCT * padded.max(initial=0.0)] = 0.0
        return scale, padded, right

    @property
    def _lost(self) -> NDArray[np.bool_]:
        _, singular, _ = self._svd
        return singular == 0.0

    @cached_property
    def _spread(self) -> Matrix:
        """V S⁻¹ over the directions that the data determine, (n_free, rank)."""
        _, singular, right = self._svd
        kept = ~self._lost
        return right[kept].T / singular[kept]

    def _deviation(self) -> float:
        return 1.0 if self.known_sigma else self.residual_deviation

    @property
    def condition(self) -> float:
        """Condition number of the scaled Jacobian, over the directions that the data determine."""
        _, singular, _ = self._svd
        kept = singular[~self._lost]
        return float(kept.max() / kept.min()) if kept.size else nan

    @cached_property
    def covariance(self) -> Matrix:
        """(n, n); NaN in rows and columns that the data do not determine, 0 for held parameters."""
        full = np.zeros((self.point.size, self.point.size))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            full[np.ix_(self.free, self.free)] = self._deviations @ self._deviations.T
        return full

    @cached_property
    def _deviations(self) -> Matrix:
        """A root D of the covariance D Dᵀ of the free parameters, (n_free, rank)."""
        scale, _, right = self._svd
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            root = self._deviation() * (scale[:, None] * self._spread)
        root = np.concatenate([root, np.zeros((len(root), 1))], axis=1)  # of rank 0 as well
        undetermined = np.any(np.abs(right[self._lost]) > TAKES_PART, axis=0)
        root[undetermined] = nan
        return root

    @cached_property
    def standard_errors(self) -> Vector:
        """(n,) √diag(covariance); right where the squares under- or overflow, too."""
        errors = np.zeros(self.point.size)
        errors[self.free] = [norm(row) for row in self._deviations]
        return errors

    @property
    def correlation(self) -> Matrix:
        """(n, n) correlations of the estimates."""
        full = np.full((self.point.size, self.point.size), nan)
        with np.errstate(all="ignore"):
            rows = self._deviations / self.standard_errors[self.free][:, None]
            full[np.ix_(self.free, self.free)] = rows @ rows.T
        return full

    @cached_property
    def intervals(self) -> Matrix:
        """(n, 2) confidence intervals of Student's t."""
        with np.errstate(all="ignore"):
            half = self._quantile() * self.standard_errors
        return np.stack([self.point - half, self.point + half], axis=1)

    def prediction_band(
        self, model_jacobian: Matrix, *, new_measurement: bool = False
    ) -> Vector:
        """Half-widths (k,) of the confidence band of a model at k places.

        inf at places that depend on what the data do not determine.

        Args:
            model_jacobian: (k, n), the model's derivatives by the parameters at those places.
            new_measurement: widen by the scatter of a single new measurement.

        Raises:
            InputError: a Jacobian with another number of columns, or not made of numbers.
        """
        jacobian = _real_matrix(model_jacobian)
        if jacobian is None:
            raise InputError(
                "model_jacobian is not made of real numbers; expected an array with a row for each "
                f"place, of shape (places, {self.point.size})"
            )
        if jacobian.ndim != 2 or jacobian.shape[1] != self.point.size:
            raise InputError(
                f"model_jacobian has shape {jacobian.shape}; expected (places, {self.point.size})"
            )
        scale, _, right = self._svd
        places = jacobian[:, self.free] * scale
        spread = np.array([norm(row) for row in places @ self._spread])
        # A place that depends on a direction without information has no bound at all.
        unseen = np.linalg.norm(places @ right[self._lost].T, axis=1)
        blind = unseen > TAKES_PART * np.linalg.norm(places, axis=1)
        spread = np.where(blind, inf, np.hypot(spread, 1.0) if new_measurement else spread)
        with np.errstate(all="ignore"):
            return self._quantile() * self._deviation() * spread

    @property
    def undetermined(self) -> tuple[str, ...]:
        """One sentence for each direction in parameter space that changes no residual."""
        return tuple(
            self._turning(row)
            or direction_words(row, self._free_names, bent=k in self.bent) + self._product(row)
            for k, row in enumerate(self.directions)
        )

    @property
    def directions(self) -> Matrix:
        """The directions of `undetermined` among the free parameters, in their own units."""
        scale, _, right = self._svd
        return sparse_basis(right[self._lost]) * scale

    def _turning(self, row: Vector) -> str:
        """The sentence for a parameter that is at a turning point of the residuals."""
        moved = np.flatnonzero(row)
        if moved.size != 1 or int(moved[0]) not in self.curved:
            return ""
        name = self._free_names[int(moved[0])]
        return (
            f"{name} changes nothing to first order here, and further off it does: its standard "
            "error cannot be told from the slopes."
        )

    @property
    def unidentified(self) -> tuple[str, ...]:
        """The parameters that take part in a direction that changes no residual."""
        _, _, right = self._svd
        part = np.any(np.abs(right[self._lost]) > TAKES_PART, axis=0)
        return tuple(self._free_names[i] for i in np.flatnonzero(part))

    @property
    def hardly_determined(self) -> tuple[str, ...]:
        """One sentence for each direction that the data determine, but only just.

        A direction is named where its condition index s₁/s_k is above 30, it makes up more than
        half of the variance of at least two parameters (Belsley, Kuh and Welsch 1980), and it
        alone makes the standard error of one of them larger than the parameter itself.
        """
        scale, singular, right = self._svd
        deviation = self._deviation()
        if not isfinite(deviation):
            return ()
        rows = self._spread / np.array([[norm(row) or 1.0] for row in self._spread])
        shares = rows**2
        with np.errstate(over="ignore"):
            parts = deviation * scale[:, None] * np.abs(self._spread)
        size = np.abs(self.point[self.free])
        kept = np.flatnonzero(~self._lost)
        found: list[str] = []
        for column, k in enumerate(kept):
            ties = shares[:, column] > 0.5
            loose = ties & (parts[:, column] > size)
            if singular[0] > INDEX * singular[k] and np.count_nonzero(ties) > 1 and loose.any():
                way = np.where(ties, right[k] * scale, 0.0)
                way = self._within_scatter(way)
                found.append(direction_words(way, self._free_names, hardly=True))
        return tuple(found)

    def _within_scatter(self, way: Vector) -> Vector:
        """The way, as long as it may be without moving any residual by more than half of s."""
        moved = float(np.max(np.abs(self.jacobian[:, self.free] @ way), initial=0.0))
        deviation = self._deviation()
        return way * (0.5 * deviation / moved) if moved > 0.0 and deviation > 0.0 else way

    @property
    def _free_names(self) -> list[str]:
        return [name for name, is_free in zip(self.names, self.free, strict=True) if is_free]

    def _product(self, row: Vector) -> str:
        """To first order: whether two parameters count only as their product or their ratio."""
        involved = np.flatnonzero(np.abs(row) > TAKES_PART * np.max(np.abs(row)))
        values = self.point[self.free][involved]
        if involved.size != 2 or not bool(np.all(values != 0.0)):
            return ""
        relative = row[involved] / values
        plain = abs(abs(row[involved[0]]) - abs(row[involved[1]])) <= 1e-6 * np.max(np.abs(row))
        if plain or abs(abs(relative[0]) - abs(relative[1])) > 1e-6 * np.max(np.abs(relative)):
            return ""
        first, second = (self._free_names[i] for i in involved)
        sign = "·" if relative[0] * relative[1] < 0.0 else "/"
        return f" Near this point only {first}{sign}{second} counts."

    def summary(self) -> Mapping[str, float]:
        """The numbers for a report, by name."""
        return {
            "residual standard deviation": self.residual_deviation,
            "degrees of freedom": float(self.degrees_of_freedom),
            "measurements": float(self.residual.size),
            "condition number": self.condition,
        }

    def to_dict(self) -> Mapping[str, Any]:
        """Everything as plain lists and numbers."""
        return {
            **self.summary(),
            "level": self.level,
            "standard_errors": self.standard_errors.tolist(),
            "intervals": self.intervals.tolist(),
            "covariance": self.covariance.tolist(),
            "undetermined": list(self.undetermined),
            "hardly_determined": list(self.hardly_determined),
        }

    def _quantile(self) -> float:
        from scipy.special import ndtri, stdtrit

        upper = 0.5 + 0.5 * self.level
        if self.known_sigma:
            return float(ndtri(upper))
        if self.degrees_of_freedom <= 0:
            return nan
        return float(stdtrit(self.degrees_of_freedom, upper))


def _singular_by_rows(scaled: Matrix) -> tuple[Vector, Matrix]:
    """Singular values and right vectors (as rows) of a matrix with rows of very unlike sizes.

    Small singular values are those of light rows and as sure as these: they come from the inverse
    of the triangle, in which they are large. 0 where only rounding is left.
    """
    m, n = scaled.shape
    found = factorise_rows(scaled, INDISTINCT / max(4 * m, 4 * n, 64))
    null = found.null
    lost = np.linalg.qr(null)[0].T if null.size else np.zeros((n - found.rank, n))
    inverse = np.array([found.basic(row) for row in np.eye(found.rank)]).reshape(found.rank, n)
    left, reciprocal, _ = np.linalg.svd(inverse.T - lost.T @ (lost @ inverse.T))
    values = np.concatenate([1.0 / reciprocal[: found.rank][::-1], np.zeros(n - found.rank)])
    return values, np.concatenate([left.T[: found.rank][::-1], lost])


def _real_matrix(value: Any) -> Matrix | None:
    try:
        array = np.asarray(value)
        return None if np.iscomplexobj(array) else np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
