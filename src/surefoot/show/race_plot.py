"""The curves of a race."""

# matplotlib's annotations are partial.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surefoot.show.plot import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_race(
    curves: Sequence[tuple[str, NDArray[np.float64]]],
    accuracy: float,
    *,
    title: str = "",
    several: bool = False,
) -> "Figure":
    """The part of the height that is left after each step, on a logarithmic axis.

    Args:
        curves: (name, (k,)) each; what is not above 0 has no place on the axis and is drawn along
            its lower end, with a mark where it gets there.
        accuracy: the part at which a walk is there.
        title: the line above.
        several: whether a curve is the median of several walks.
    """
    figure, axes = pyplot().subplots(figsize=(7.5, 4.5), layout="constrained")
    bottom, top = _span([heights for _, heights in curves], accuracy)
    for name, heights in curves:
        steps = np.flatnonzero(np.isfinite(heights))
        shown = heights[steps]
        exact = steps[shown <= 0.0][:1]
        (line,) = axes.plot(
            steps, np.where(shown > 0.0, shown, bottom), linewidth=1.3, label=name,
            marker="." if len(steps) == 1 else "",
        )  # fmt: skip
        if exact.size:
            axes.plot(exact, [bottom], "v", color=line.get_color(), clip_on=False, zorder=3)
    axes.axhline(accuracy, color="tab:gray", linewidth=0.8, linestyle="--")
    axes.set_yscale("log")
    axes.set_ylim(bottom, top)
    axes.set_xlabel("step")
    words = ", median of the walks under way" if several else ""
    axes.set_ylabel(f"(f(x) − f*) / (f(x₀) − f*){words}")
    axes.grid(True, alpha=0.3)
    axes.legend()
    if title:
        axes.set_title(title)
    return figure


def _span(curves: Sequence[NDArray[np.float64]], accuracy: float) -> tuple[float, float]:
    """The ends of the axis: one that ran away must not squeeze the others into a line."""
    every = np.concatenate([*curves, [accuracy]])
    every = every[np.isfinite(every) & (every > 0.0)]
    return max(float(every.min()) / 2.0, 1e-3 * accuracy), min(float(every.max()) * 2.0, 1e3)
