"""What Levenberg-Marquardt carries from step to step."""

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from surefoot.descent.residual_model import EPS, ResidualModel
from surefoot.terms import Status

Array = NDArray[np.float64]

# Steps at the radius before a walk counts as long and steps are bent. Bending from the first step
# loses convergence from far starts; never bending walks several times longer in bent valleys.
WALK = 20


class Model(Enum):
    """Which local model a step comes from; the value is the note on the step."""

    GAUSS_NEWTON = "gauss-newton"
    NEWTON = "newton"


@dataclass(frozen=True)
class Place:
    """A point and what is known there.

    Attributes:
        x: the point, (n,).
        residual: r(x), (m,).
        jacobian: J(x), (m, n).
        scale: D, the largest norms of J's columns so far, (n,).
        second: Σ rᵢ ∇²rᵢ, (n, n), where it has been asked for.
    """

    x: Array
    residual: Array
    jacobian: Array
    scale: Array
    second: Array | None = None

    @property
    def finite(self) -> bool:
        """Whether residuals and Jacobian are."""
        return bool(np.isfinite(self.residual).all() and np.isfinite(self.jacobian).all())

    @cached_property
    def norm(self) -> float:
        """‖r‖."""
        return float(np.linalg.norm(self.residual))

    @cached_property
    def gauss_newton(self) -> ResidualModel:
        """The model without second derivatives."""
        return ResidualModel.build(self.jacobian / self.scale, self.residual)

    @cached_property
    def newton(self) -> ResidualModel | None:
        """The model with them, where they are known."""
        if self.second is None:
            return None
        return self.gauss_newton.curved(self.second / np.outer(self.scale, self.scale))

    @cached_property
    def noise(self) -> float:
        """How much of ½‖r‖² is rounding: r is known to about ε(‖r‖ + ‖ |J| |x| ‖)."""
        spread = float(np.linalg.norm(np.abs(self.jacobian) @ np.abs(self.x)))
        blur = EPS * (self.norm + spread)
        return 4 * blur * (self.norm + blur)

    def knowing(self, second: Array) -> "Place":
        """The same place with its second-order term."""
        return replace(self, second=0.5 * (second + second.T))


@dataclass(frozen=True)
class LeastSquaresState:
    """Where the engine is.

    Attributes:
        here: the point and what is known there.
        radius: Δ, the trust radius for ‖D p‖.
        model: the model in use.
        last: ‖D p‖ of the last accepted step, inf before the first.
        slow: interior steps in a row that contracted too little.
        walking: trial points in a row at which the radius bound, by the model in use.
        stretch: how many of them Gauss-Newton's model may take before Newton's has its turn.
        polishing: ‖r‖² has stopped to tell points apart.
        settled: the models that have nothing more to gain here.
        tries, marked: trial points since F was last noted, and what it was then.
        status: how the run ended, None to go on.
    """

    here: Place
    radius: float
    model: Model = Model.GAUSS_NEWTON
    last: float = inf
    slow: int = 0
    walking: int = 0
    stretch: int = WALK
    polishing: bool = False
    settled: frozenset[Model] = frozenset()
    tries: int = 0
    marked: float = inf
    status: Status | None = None

    @property
    def x(self) -> Array:
        """The point, (n,)."""
        return self.here.x

    @property
    def value(self) -> float:
        """‖r‖²."""
        return self.here.norm**2

    @property
    def gradient(self) -> Array:
        """∇‖r‖² = 2 Jᵀ r, (n,)."""
        return 2.0 * self.here.jacobian.T @ self.here.residual


@dataclass(frozen=True)
class Trial:
    """A step that the model proposes.

    Attributes:
        x: the point to try.
        length: ‖D p‖.
        binds: whether the trust radius cut the step short.
        gain: model(0) − model(p), ≥ 0 up to rounding.
        other_gain: the same by the model not in use, NaN where unknown.
    """

    x: Array
    length: float
    binds: bool
    gain: float
    other_gain: float
