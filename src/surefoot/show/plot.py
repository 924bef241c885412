"""Curves with matplotlib, which is loaded only here."""

# matplotlib's annotations are partial.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surefoot.terms import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = NDArray[np.floating[Any]] | Sequence[float]


def plot_convergence(
    values: Numbers,
    gradient_norms: Numbers | None = None,
    *,
    title: str = "",
    best: float | None = None,
) -> "Figure":
    """How the steps closed in: distance from the best value, and the size of the slope.

    Args:
        values: the objective after each step, shape (steps,).
        gradient_norms: the norm of the gradient after each step, same shape.
        title: the line above.
        best: the value to measure from; by default the lowest finite one of `values`.

    Returns:
        a matplotlib figure; `figure.savefig(path)` writes it.

    Raises:
        InputError: where there is no step to draw, the lengths differ, or matplotlib is absent.
    """
    heights = np.asarray(values, dtype=np.float64)
    if heights.ndim != 1 or heights.size == 0:
        raise InputError(
            f"values has shape {heights.shape}; a curve needs one number per step, shape (steps,)"
        )
    slopes = None if gradient_norms is None else np.asarray(gradient_norms, dtype=np.float64)
    if slopes is not None and slopes.shape != heights.shape:
        raise InputError(
            f"gradient_norms has shape {slopes.shape}, but values has {heights.shape}; "
            "both need one number per step"
        )
    figure, axes = _axes(1 if slopes is None else 2)
    finite = heights[np.isfinite(heights)]
    if best is None:
        best = float(finite.min()) if finite.size else 0.0
    _falling(axes[0], heights - best, "value − best value")
    if slopes is not None:
        _falling(axes[1], slopes, "‖gradient‖")
    axes[-1].set_xlabel("step")
    if title:
        axes[0].set_title(title)
    return figure


def plot_quotients(
    h: Numbers, errors: dict[str, Numbers], *, best: float | None = None, title: str = ""
) -> "Figure":
    """How far difference quotients are from the slope as h shrinks, on logarithmic axes.

    Args:
        h: the steps, shape (k,).
        errors: for each kind of quotient its distance from the slope, shape (k,).
        best: the h that is marked.
        title: the line above.
    """
    figure, (axes, *_) = _axes(1)
    steps = np.asarray(h, dtype=np.float64)
    for name, distances in errors.items():
        heights = np.asarray(distances, dtype=np.float64)
        shown = np.isfinite(heights) & (heights > 0)
        axes.plot(steps[shown], heights[shown], marker=".", linewidth=1.2, label=name)
        if np.any(shown):
            axes.set_yscale("log")
    axes.set_xscale("log")
    axes.set_xlabel("h")
    axes.set_ylabel("|quotient − slope|")
    axes.grid(True, alpha=0.3)
    if best is not None and np.isfinite(best):
        axes.axvline(best, color="tab:gray", linewidth=0.8, label=f"best h = {best:.1e}")
    axes.legend()
    if title:
        axes.set_title(title)
    return figure


def pyplot() -> Any:
    """matplotlib.pyplot.

    Raises:
        InputError: it is not installed, with what to write.
    """
    try:
        from matplotlib import pyplot as found
    except ImportError:
        raise InputError(
            'a plot needs matplotlib, which is not installed; write: pip install "surefoot[plot]"'
        ) from None
    return found


def _axes(rows: int) -> "tuple[Figure, list[Axes]]":
    figure, axes = pyplot().subplots(
        rows, 1, sharex=True, squeeze=False, figsize=(7.0, 2.2 + 1.8 * rows), layout="constrained"
    )
    return figure, list(axes[:, 0])


def _falling(axes: "Axes", heights: NDArray[np.float64], label: str) -> None:
    """One curve on a logarithmic axis; zero and what is not finite have no place on it."""
    steps = np.arange(heights.size)
    shown = np.isfinite(heights) & (heights > 0)
    axes.plot(steps[shown], heights[shown], marker=".", linewidth=1.2)
    if np.any(shown):
        axes.set_yscale("log")
    broken = ~np.isfinite(heights)
    for step in steps[broken]:
        axes.axvline(float(step), color="tab:red", linewidth=0.8, alpha=0.6)
    axes.set_ylabel(label)
    axes.grid(True, alpha=0.3)
