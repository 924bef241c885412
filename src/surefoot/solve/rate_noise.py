"""What minibatches do to a learning rate: the limit in mean square, and where a walk settles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

import numpy as np

from surefoot.calculus import Evaluator
from surefoot.calculus.example_gradients import ExampleGradients
from surefoot.descent.noise_floor import (
    LINEAR,
    MeanSquare,
    additive_floor,
    batch_squares,
    variance_share,
)
from surefoot.program import Vector
from surefoot.solve.batches import Batches
from surefoot.solve.curvatures import Curvatures
from surefoot.solve.sampled_loss import SampledLoss
from surefoot.terms import InputError

DENSE = 300
"""Up to so many coordinates the covariance of the gradients is formed."""
EXACT = 12
"""Up to so many coordinates the examples' own curvatures are taken in: a matrix p² × p²."""
HALVINGS = 200


@dataclass(frozen=True, eq=False)
class RateNoise:
    """The noise of minibatches at a minimum, and what a learning rate makes of it.

    Attributes:
        rule, parameters: the rule's name and numbers.
        batches: the minibatches.
        curvatures: (m,) of the Hessian at the minimum. variances: (m,) of a batch's gradient along
            the eigenvectors.
        mean_square: gradient descent with the examples' own curvatures; None for other rules, and
            where they are too many or the Hessian is singular.
        best_first: the η that lowers the expected loss of the first step most,
            ‖g‖²/(gᵀHg + tr HC) at the start; None where that is not above 0 or not known.
        best_without: the same for the gradient without noise.
    """

    rule: str
    parameters: Mapping[str, float]
    batches: Batches
    curvatures: Vector
    variances: Vector
    mean_square: MeanSquare | None
    best_first: float | None
    best_without: float | None

    @cached_property
    def limit(self) -> float | None:
        """The η below which E‖x − x*‖² stays bounded; None where it is not known."""
        return None if self.mean_square is None else self.mean_square.limit

    def floor(self, eta: float) -> float:
        """How far above the minimum the mean loss settles at η; ∞ where it does not settle.

        Without `mean_square` it leaves out that the examples' curvatures differ; the true one is
        then above it.
        """
        if self.mean_square is not None:
            return self.mean_square.floor(eta)
        return additive_floor(self.rule, eta, self.curvatures, self.variances, self.parameters)

    def rate_for(self, excess: float, below: float) -> float:
        """The largest η under `below` whose floor is at most `excess`.

        Raises:
            InputError: an excess that is not above 0.
        """
        if not excess > 0.0:
            raise InputError(f"excess is {excess!r}; expected how far above the minimum, above 0")
        if self.floor(0.999 * below) <= excess:
            return 0.999 * below
        low, high = 0.0, 0.999 * below
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.floor(middle) <= excess else (low, middle)
            if high - low <= 1e-12 * high:
                break
        return low

    def words(self, eta: float, gap: float) -> str:
        """What the noise does at η, in sentences.

        Args:
            gap: how far the start is above the minimum.
        """
        told = f"{self.batches.size} of {self.batches.count} examples a step"
        if self.limit is not None and eta >= self.limit:
            return (
                f"With {told} the noise itself grows at this η: the examples curve differently, "
                f"and the limit in mean square is {self.limit:.4g}."
            )
        floor = self.floor(eta)
        if not isfinite(floor):
            return f"With {told} and this η nothing settles."
        if floor == 0.0:
            return f"With {told} the gradients agree at the minimum: nothing keeps a walk above it."
        words = (
            f"With {told} a walk does not end at the minimum: its loss settles "
            f"{'' if self.mean_square is not None else 'at least '}{floor:.3g} above it on "
            f"average; at half of η {self.floor(0.5 * eta):.3g}"
        )
        if floor > gap:
            words += f". The start is only {gap:.3g} above the minimum: this η leads away from it"
        words += "." if self.batches.replace else (
            ". That is for batches drawn apart from each other; epochs settle lower for small η."
        )
        return words


def rate_noise(
    sampled: SampledLoss,
    batches: Batches,
    rule: str,
    parameters: Mapping[str, float],
    evaluator: Evaluator,
    start: Vector,
    minimum: Vector,
    found: Curvatures,
) -> RateNoise | None:
    """The noise at a minimum and at the start; None for rules and sizes without such a theory."""
    if rule not in LINEAR or not found.complete or start.size > DENSE:
        return None
    covariance = _covariance(sampled, batches, minimum)
    variances = np.einsum("mp,pq,mq->m", found.vectors, covariance, found.vectors)
    square: MeanSquare | None = None
    positive = found.values[0] > 1e-10 * found.top
    if rule == "gd" and start.size <= EXACT and positive:
        square = _mean_square(sampled, batches, minimum, covariance)
    value, slope, hessian = evaluator.derivatives(start)
    along = float(slope @ hessian @ slope)
    noisy = along + float(np.sum(hessian * _covariance(sampled, batches, start)))
    top = float(slope @ slope)
    return RateNoise(
        rule, parameters, batches, found.values, np.maximum(variances, 0.0), square,
        top / noisy if noisy > 0.0 and isfinite(value) else None,
        top / along if along > 0.0 else None,
    )  # fmt: skip


def _covariance(sampled: SampledLoss, batches: Batches, x: Vector) -> Vector:
    """Of the gradient of a batch, the data being all there is."""
    gradients = ExampleGradients(sampled.single, sampled.examples.leaves, x)
    n = gradients.count
    mean = np.zeros(x.size)
    for _, _, rows in gradients.chunks():
        mean += rows.sum(axis=0) / n
    total = np.zeros((x.size, x.size))
    for _, _, rows in gradients.chunks():
        total += (rows - mean).T @ (rows - mean) / n
    return total * variance_share(n, int(batches.size), bool(batches.replace))


def _mean_square(
    sampled: SampledLoss, batches: Batches, x: Vector, covariance: Vector
) -> MeanSquare | None:
    gradients = ExampleGradients(sampled.single, sampled.examples.leaves, x)
    p, n = x.size, gradients.count
    hessian, pairs = np.zeros((p, p)), np.zeros((p * p, p * p))
    for _, rows in gradients.products(np.eye(p)):
        rows = 0.5 * (rows + rows.transpose(0, 2, 1))
        hessian += rows.sum(axis=0) / n
        flat = rows.reshape(len(rows), p * p)
        pairs += flat.T @ flat / n
    squares = pairs.reshape(p, p, p, p).transpose(0, 2, 1, 3).reshape(p * p, p * p)
    if not np.isfinite(squares).all() or np.linalg.eigvalsh(hessian)[0] <= 0.0:
        return None
    share = variance_share(n, int(batches.size), bool(batches.replace))
    found = MeanSquare(hessian, batch_squares(hessian, squares, share), covariance)
    return found if 0.0 < found.limit < inf else None
