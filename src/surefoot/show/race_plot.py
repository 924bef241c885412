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
        curves: (name, (k,)) each; what is not above 0 has no place on the axis.
        accuracy: the part at which a walk is there.
        title: the line above.
        several: whether a curve is the median of several walks.
    """
    figure, axes = pyplot().subplots(figsize=(7.5, 4.5), layout="constrained")
    for name, heights in curves:
        steps = np.arange(len(heights))
        shown = np.isfinite(heights) & (heights > 0.0)
        axes.plot(steps[shown], heights[shown], linewidth=1.3, label=name)
    axes.axhline(accuracy, color="tab:gray", linewidth=0.8, linestyle="--")
    axes.set_yscale("log")
    # One that ran away must not squeeze the others into a line.
    axes.set_ylim(max(axes.get_ylim()[0], 1e-3 * accuracy), min(axes.get_ylim()[1], 1e3))
    axes.set_xlabel("step")
    words = ", median of the walks under way" if several else ""
    axes.set_ylabel(f"(f(x) − f*) / (f(x₀) − f*){words}")
    axes.grid(True, alpha=0.3)
    axes.legend()
    if title:
        axes.set_title(title)
    return figure
