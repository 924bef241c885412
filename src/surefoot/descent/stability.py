"""What a step rule does to one mode of a quadratic, ½ λ x²: shrink it or blow it up.

On f = ½ Σ λᵢ xᵢ² a linear rule treats every mode by itself: (x, m) ↦ M(η, λ) (x, m). A mode shrinks
while the spectral radius ρ of M is below 1, and by ρ a step in the long run.

    gradient descent   M = 1 − ηλ                                     η < 2/λ
    momentum           m⁺ = βm + λx,  x⁺ = x − ηm⁺                    η < 2(1 + β)/λ
    Nesterov           m⁺ = βm + λx,  x⁺ = x − η(λx + βm⁺)            η < 2(1 + β)/((1 + 2β)λ)
    Adam, RMSProp      as momentum on λ of P⁻¹H, P frozen             η < 2(1 + β₁)/((1 − β₁)λ), 2/λ

Source: Polyak 1964; the thresholds as in Cohen et al., arXiv 2103.00065 (momentum, Nesterov) and
2207.14484 (Adam with its preconditioner).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Modes:
    """A rule's linear theory.

    Attributes:
        matrix: (η, λ, parameters) -> M, (1, 1) or (2, 2), acting on (x, m).
        limit: (λ, parameters) -> the η below which a mode of curvature λ > 0 shrinks.
        preconditioned: whether λ is meant of P⁻¹H, with P from the rule's state.
    """

    matrix: Callable[[float, float, Mapping[str, float]], Matrix]
    limit: Callable[[float, Mapping[str, float]], float]
    preconditioned: bool = False


def _gradient_descent(eta: float, curvature: float, given: Mapping[str, float]) -> Matrix:
    return np.array([[1.0 - eta * curvature]])


def _momentum(eta: float, curvature: float, given: Mapping[str, float]) -> Matrix:
    beta = given["beta"]
    return np.array([[1.0 - eta * curvature, -eta * beta], [curvature, beta]])


def _nesterov(eta: float, curvature: float, given: Mapping[str, float]) -> Matrix:
    beta = given["beta"]
    return np.array([
        [1.0 - eta * curvature * (1.0 + beta), -eta * beta**2],
        [curvature, beta],
    ])


def _adam(eta: float, curvature: float, given: Mapping[str, float]) -> Matrix:
    beta = given["beta1"]
    slope = (1.0 - beta) * curvature
    return np.array([[1.0 - eta * slope, -eta * beta], [slope, beta]])


MODES: Mapping[str, Modes] = {
    "gd": Modes(_gradient_descent, lambda curvature, given: 2.0 / curvature),
    "momentum": Modes(
        _momentum, lambda curvature, given: 2.0 * (1.0 + given["beta"]) / curvature
    ),
    "nesterov": Modes(
        _nesterov,
        lambda curvature, given: (
            2.0 * (1.0 + given["beta"]) / ((1.0 + 2.0 * given["beta"]) * curvature)
        ),
    ),
    "rmsprop": Modes(_gradient_descent, lambda curvature, given: 2.0 / curvature, True),
    "adam": Modes(
        _adam,
        lambda curvature, given: (
            2.0 * (1.0 + given["beta1"]) / ((1.0 - given["beta1"]) * curvature)
        ),
        True,
    ),
    # P = H: every mode of P⁻¹H has curvature 1.
    "newton": Modes(_gradient_descent, lambda curvature, given: 2.0 / curvature, True),
}
"""Rules whose steps are linear in the gradient once P is frozen; the others have no such theory."""


def contraction(name: str, eta: float, curvatures: Any, given: Mapping[str, float]) -> float:
    """The factor by which the slowest mode shrinks in a step, or the fastest grows.

    Args:
        name: of the rule.
        curvatures: λ of the modes, all positive.
        given: the rule's parameters.
    """
    modes = MODES[name]
    return max(
        float(np.max(np.abs(np.linalg.eigvals(modes.matrix(eta, float(curvature), given)))))
        for curvature in np.atleast_1d(curvatures)
    )


def first_step_beyond(
    name: str,
    eta: float,
    curvatures: Any,
    given: Mapping[str, float],
    growth: float,
    parts: Any = 1.0,
    most: int = 200_000,
) -> int | None:
    """The first step k at which the modes that grow together have ‖x‖ > growth.

    Args:
        curvatures: λ of the modes, all positive; one above its limit or several.
        growth: what ‖x‖ has to exceed.
        parts: |x| of each mode at the start, where every m is 0.
        most: where the count is given up.

    Returns:
        The step, or None where no mode grows, or they do not get there.
    """
    modes = MODES[name]
    curvatures, parts = np.broadcast_arrays(np.atleast_1d(curvatures), parts)
    growing = [eta > modes.limit(float(curvature), given) for curvature in curvatures]
    if not any(growing):
        return None
    matrices = np.array([modes.matrix(eta, float(c), given) for c in curvatures[growing]])
    states = np.zeros(matrices.shape[:2])
    states[:, 0] = parts[growing]
    for k in range(1, most + 1):
        states = np.einsum("kij,kj->ki", matrices, states)
        if np.linalg.norm(states[:, 0]) > growth:
            return k
    return None
