"""The gradient cloud, its spread against batch size, and escapes against batch size."""

# matplotlib's annotations are partial.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surefoot.show.plot import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.floating[Any]] | Sequence[float]


def plot_noise(
    cloud: NDArray[np.float64],
    batches: Sequence[tuple[str, NDArray[np.float64]]],
    mean: float,
    sizes: Numbers,
    measured: Numbers,
    errors: Numbers,
    predicted: Numbers,
    *,
    title: str = "",
) -> "Figure":
    """The gradients of examples and batches on a plane, and their spread against batch size.

    Args:
        cloud: (k, 2) gradients of single examples: along the mean gradient, and across it.
        batches: (words, (m, 2)) for each batch size that is drawn.
        mean: the length of the mean gradient, which lies at (mean, 0).
        sizes, measured, errors, predicted: (s,) batch sizes, the spread of their gradients, its
            standard error, and what the covariance predicts.
        title: the line above.
    """
    figure, (left, right) = pyplot().subplots(1, 2, figsize=(10.0, 4.4), layout="constrained")
    left.plot(cloud[:, 0], cloud[:, 1], ".", color="tab:gray", alpha=0.35, label="one example")
    for words, points in batches:
        left.plot(points[:, 0], points[:, 1], ".", markersize=4, alpha=0.6, label=words)
    left.annotate("", (mean, 0.0), (0.0, 0.0), arrowprops={"arrowstyle": "->", "color": "k"})
    left.plot([0.0], [0.0], "k+")
    left.set_xlabel("along the mean gradient")
    left.set_ylabel("across it, where it spreads most")
    left.grid(True, alpha=0.3)
    left.legend()
    right.errorbar(sizes, measured, yerr=2.0 * np.asarray(errors), fmt="o", label="measured")
    right.plot(sizes, predicted, "-", linewidth=1.0, label="predicted")
    if mean > 0.0:
        right.axhline(mean, color="tab:gray", linewidth=0.8, label="‖mean gradient‖")
    right.set_xscale("log")
    if np.any(np.asarray(measured) > 0.0):
        right.set_yscale("log")
    right.set_xlabel("batch size")
    right.set_ylabel("spread of the batch gradient")
    right.grid(True, alpha=0.3)
    right.legend()
    if title:
        figure.suptitle(title)
    return figure


def plot_escapes(
    sizes: Numbers, shares: Numbers, lower: Numbers, upper: Numbers, *, title: str = ""
) -> "Figure":
    """The share of walks that escaped, with its interval, against batch size; all (s,)."""
    figure, axes = pyplot().subplots(figsize=(7.0, 4.0), layout="constrained")
    middle = np.asarray(shares, dtype=np.float64)
    bars = np.maximum([middle - np.asarray(lower), np.asarray(upper) - middle], 0.0)
    axes.errorbar(sizes, middle, yerr=bars, fmt="o-", linewidth=1.0, capsize=3)
    axes.set_xscale("log")
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("batch size")
    axes.set_ylabel("share of walks that escaped")
    axes.grid(True, alpha=0.3)
    if title:
        axes.set_title(title)
    return figure
