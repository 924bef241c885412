"""The picture of convexity: a graph and a chord over it."""

# matplotlib's annotations are partial.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING

from surefoot.show.plot import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_chord(
    t: Sequence[float], values: Sequence[float], chord: Sequence[tuple[float, float]], *,
    middle: tuple[float, float] | None = None, title: str = "", label: str = "t",
) -> "Figure":  # fmt: skip
    """A function along a line, with a chord.

    Args:
        t: positions along the line, shape (k,). values: f there; NaN where it has no value.
        chord: the two ends of the chord, (t, value) each.
        middle: the point of the graph between them that contradicts convexity or concavity.
        title: the line above. label: what t is.

    Returns:
        a matplotlib figure.
    """
    figure, axes = pyplot().subplots(figsize=(7.0, 4.2), layout="constrained")
    axes.plot(t, values, linewidth=1.4, label="f")
    (first, low), (last, high) = chord
    axes.plot([first, last], [low, high], linewidth=1.2, linestyle="--", marker="o", label="chord")
    if middle is not None:
        where, height = middle
        axes.plot([where, where], [height, 0.5 * (low + high)], linewidth=1.0, color="tab:red")
        axes.plot([where], [height], marker="s", color="tab:red", label="the middle, on the graph")
    axes.set_xlabel(label)
    axes.set_ylabel("f")
    axes.grid(True, alpha=0.3)
    axes.legend()
    if title:
        axes.set_title(title)
    return figure
