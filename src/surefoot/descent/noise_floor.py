"""Where a constant learning rate settles when each gradient carries noise.

Near a minimum with Hessian H and the gradient of a batch H_b x + ξ_b, Cov ξ_b = C, the mean excess
of the loss ½ E xᵀHx stops falling at

    gradient descent   ½ tr HX  with  X = (I − ηH) X (I − ηH) + η² C
                       = Σᵢ η cᵢ / (2 (2 − ηhᵢ)),   cᵢ = vᵢᵀ C vᵢ,   about η tr C/4 for small η
    momentum, Nesterov the same with the 2 × 2 matrix M of each mode:  S = M S Mᵀ + cᵢ k kᵀ,
                       k = (−η, 1) and (−η(1 + β), 1) on (x, m)

with (hᵢ, vᵢ) the eigenpairs of H, if all examples curve alike (H_b = H). Where they do not, the
noise grows with the distance, and for gradient descent

    X = (I − ηH) X (I − ηH) + η² E[(H_b − H) X (H_b − H)] + η² C

has a solution only for η below 1/λ_max of A^(−½) E[H_b ⊗ H_b] A^(−½), A = H ⊗ I + I ⊗ H: the limit
in mean square, which is never above 2/λ_max(H). All batches are taken to be drawn apart from each
other; epochs without replacement settle lower for small η.

Source: the Lyapunov equation in continuous time in Mandt, Hoffman, Blei, JMLR 18 (2017), arXiv
1704.04289; for a finite η Liu, Ziyin, Ueda, ICML 2021, arXiv 2012.03636; with the noise of
minibatches in linear regression Ziyin, Liu, Mori, Ueda, ICLR 2022, arXiv 2102.05375.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np

from surefoot.descent.stability import MODES
from surefoot.program import Vector

LINEAR = ("gd", "momentum", "nesterov")
"""Rules whose floor is known: P of the others changes with every step, by the noise too."""


def noise_response(name: str, eta: float, given: Mapping[str, float]) -> Vector:
    """What one unit of gradient noise adds to (x, m) in a step."""
    if name == "gd":
        return np.array([-eta])
    ahead = 1.0 + given["beta"] if name == "nesterov" else 1.0
    return np.array([-eta * ahead, 1.0])


def additive_floor(
    name: str, eta: float, curvatures: Vector, variances: Vector, given: Mapping[str, float]
) -> float:
    """½ Σ hᵢ E xᵢ² where the noise does not depend on the place; ∞ beyond the limit.

    Args:
        name: of the rule, one of LINEAR.
        curvatures: (m,) hᵢ; those that are not above 0 hold no excess.
        variances: (m,) cᵢ of the gradient of a batch.
    """
    total = 0.0
    response = noise_response(name, eta, given)
    for curvature, variance in zip(curvatures, variances, strict=True):
        if not curvature > 0.0:
            continue
        matrix = MODES[name].matrix(eta, float(curvature), given)
        if float(np.max(np.abs(np.linalg.eigvals(matrix)))) >= 1.0:
            return inf
        if variance == 0.0:
            continue
        size = len(matrix) ** 2
        lifted = np.eye(size) - np.kron(matrix, matrix)
        noise = float(variance) * np.outer(response, response).ravel()
        total += 0.5 * float(curvature) * float(np.linalg.solve(lifted, noise)[0])
    return total


@dataclass(frozen=True)
class MeanSquare:
    """Gradient descent on a quadratic whose examples curve differently.

    Attributes:
        hessian: (p, p) H, positive definite.
        squares: (p², p²) E[H_b ⊗ H_b] of a batch.
        covariance: (p, p) C of a batch's gradient at the minimum.
    """

    hessian: Vector
    squares: Vector
    covariance: Vector

    @property
    def limit(self) -> float:
        """The η below which E‖x‖² stays bounded."""
        eye = np.eye(len(self.hessian))
        both = np.kron(self.hessian, eye) + np.kron(eye, self.hessian)
        values, vectors = np.linalg.eigh(both)
        root = (vectors / np.sqrt(values)) @ vectors.T
        return 1.0 / float(np.linalg.eigvalsh(root @ self.squares @ root)[-1])

    def floor(self, eta: float) -> float:
        """½ tr HX; ∞ where E‖x‖² grows."""
        if eta >= self.limit:
            return inf
        eye = np.eye(len(self.hessian))
        both = np.kron(self.hessian, eye) + np.kron(eye, self.hessian)
        noise = eta * self.covariance.ravel()
        found = np.linalg.solve(both - eta * self.squares, noise)
        return 0.5 * float(self.hessian.ravel() @ found)


def batch_squares(hessian: Vector, squares: Vector, variance: float) -> Vector:
    """E[H_b ⊗ H_b] from H, the mean of Hᵢ ⊗ Hᵢ over the examples, and `variance_share`."""
    whole = np.kron(hessian, hessian)
    return whole + variance * (squares - whole)


def variance_share(count: int, size: int, replace: bool) -> float:
    """The variance of a mean over a batch, as a share of that over all `count` examples.

    1/b with replacement, (n − b)/(b (n − 1)) without.
    """
    if replace or count == 1:
        return 1.0 / size
    return (count - size) / (size * (count - 1))
