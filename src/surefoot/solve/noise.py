"""How noisy the gradient of a minibatch is: noise."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surefoot.calculus.example_gradients import ExampleGradients
from surefoot.descent.gradient_cloud import GradientCloud, batch_gradients, gradient_cloud
from surefoot.descent.noise_scale import batch_variance
from surefoot.program import Vector
from surefoot.solve.batches import require_seed, require_size
from surefoot.solve.examples import examples_of
from surefoot.solve.noise_report import Noise, Spread
from surefoot.solve.sampled_loss import SampledLoss, sampled_loss
from surefoot.solve.settings import is_whole
from surefoot.terms import InputError

FEWEST = 3
SIZES = 6
MOST_DRAWN = 100_000_000
LARGEST = 1024
"""Batches above this size are drawn only where they are asked for."""


def noise(
    loss: Any,
    w: Any,
    data: Any,
    *,
    sizes: Sequence[int] | None = None,
    draws: int = 200,
    replace: bool = False,
    seed: int = 0,
) -> Noise:
    """The noise of minibatch gradients at a point: the cloud, its spread, the noise scale.

    With gᵢ the gradient of example i, ḡ their mean and n examples

        tr Σ ≈ Σ ‖gᵢ − ḡ‖² / (n − 1),   ‖g‖² ≈ ‖ḡ‖² − tr Σ/n,   B = tr Σ / ‖g‖²,

    both unbiased for the distribution that the examples are drawn from. B is the simple noise
    scale: a batch of b examples makes a share 1/(1 + B/b) of the progress that a step with the
    gradient of endless data makes, if the curvature is alike in all directions. Standard errors by
    the jackknife. Beside it batches of several sizes are drawn, and the spread of their gradients
    is compared with what Σ predicts: √(tr Σ/b), less at b near n where nothing is drawn twice.

    Args:
        loss: loss(params, batch), a mean over the examples of the batch.
        w: the point, in the structure of params.
        data: an array, or a dict or tuple of arrays, whose first axis goes over the n ≥ 3 examples.
        sizes: the batch sizes to draw; by default six from 1 to n/2, at most 1024.
        draws: batches drawn of each size.
        replace: whether an example may come twice in a batch.
        seed: of the draws.

    Raises:
        InputError: anything that cannot be used as it is, before any work; a loss that is no mean
            over the batch; a point where an example's gradient is not finite.

    Source: McCandlish, Kaplan, Amodei et al. 2018, arXiv 1812.06162, section 2 and appendix A.

    Example:
        >>> import jax.numpy as jnp
        >>> import surefoot as sf
        >>> found = sf.noise(lambda w, d: 0.5 * jnp.mean((w - d)**2), 4.0, [0.0, 1.0, 2.0, 1.0])
        >>> round(found.trace, 6), round(found.scale, 6)  # Σ = 2/3, ‖g‖² = 9 − 1/6
        (0.666667, 0.075472)
    """
    examples = examples_of(data)
    if examples.count < FEWEST:
        raise InputError(
            f"the data has {examples.count} examples; a spread with its error needs {FEWEST}"
        )
    if not is_whole(draws, least=2):
        raise InputError(f"draws is {draws!r}; expected a whole number of batches, at least 2")
    require_seed(seed)
    if w is None:
        raise InputError("noise needs the point: noise(loss, w, data)")
    chosen = _sizes(sizes, examples.count, replace)
    if int(draws) * max(chosen) > MOST_DRAWN:
        raise InputError(
            f"{int(draws)} batches of {max(chosen)} examples are more than can be drawn at once "
            f"({MOST_DRAWN:,} examples); take at most {max(2, MOST_DRAWN // max(chosen))} draws"
        )
    sampled = sampled_loss(loss, w, examples)
    gradients = ExampleGradients(sampled.single, examples.leaves, sampled.question.start)
    with np.errstate(all="ignore"):
        _require_finite(gradients)
        cloud = gradient_cloud(gradients, int(seed))
    if int(draws) * gradients.size > MOST_DRAWN:
        raise InputError(
            f"{int(draws)} gradients of {gradients.size} numbers are more than can be kept "
            f"({MOST_DRAWN:,} numbers); take at most {max(2, MOST_DRAWN // gradients.size)} draws"
        )
    with np.errstate(all="ignore"):
        spreads = [
            _spread(sampled, cloud, size, int(draws), bool(replace), int(seed))
            for size in chosen
        ]
    evaluations = 4 * examples.count + int(draws) * sum(chosen)
    return Noise(
        sampled.question.problem, sampled.question.start, cloud, tuple(spreads), bool(replace),
        int(seed), evaluations,
    )  # fmt: skip


def default_sizes(count: int) -> list[int]:
    """Batch sizes from 1 to half of the data, a few."""
    top = min(count // 2, LARGEST)
    return sorted({round(float(b)) for b in np.geomspace(1, top, SIZES)})


def _sizes(sizes: Any, count: int, replace: Any) -> list[int]:
    if sizes is None:
        require_size(1, count, replace)
        return default_sizes(count)
    if isinstance(sizes, str) or not isinstance(sizes, Sequence | np.ndarray) or len(sizes) == 0:
        raise InputError(f"sizes is {sizes!r}; expected some batch sizes, e.g. [1, 8, 64]")
    for size in sizes:
        require_size(size, count, replace)
    return sorted({int(size) for size in sizes})


def _spread(
    sampled: SampledLoss, cloud: GradientCloud, size: int, draws: int, replace: bool, seed: int
) -> Spread:
    found = batch_gradients(
        sampled.on_batches(size), sampled.examples.leaves, sampled.question.start, draws,
        replace, seed,
    )  # fmt: skip
    unit = cloud.unit
    squares: Vector = np.sum(((found - cloud.gradient) / unit) ** 2, axis=1)
    trace = cloud.scaled.trace
    predicted = batch_variance(trace, sampled.examples.count, size, replace)
    return Spread(size, found @ cloud.axes.T, squares, float(np.sqrt(predicted)) * unit, unit)


def _require_finite(gradients: ExampleGradients) -> None:
    for where, values, found in gradients.chunks():
        good = np.isfinite(values) & np.isfinite(found).all(axis=1)
        if not good.all():
            k = int(np.argmin(good))
            what = "loss" if not np.isfinite(values[k]) else "gradient"
            raise InputError(
                f"the {what} of example {where.start + k} is not a finite number at this point; "
                "start elsewhere, or leave the example out"
            )
