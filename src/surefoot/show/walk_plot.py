"""A walk: value and slope over the steps, and its path on the curve or the contour map."""

# matplotlib's annotations are partial.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surefoot.show.plot import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]

LEVELS = 24
DIGITS = 8.0
"""Decades of height above the lowest place of the map that have level lines."""


def plot_walk(
    steps: NDArray[np.int64],
    values: Numbers,
    slopes: Numbers,
    lowest: float,
    word: str,
    *,
    curve: tuple[Numbers, Numbers, Numbers] | None = None,
    level: tuple[Numbers, Numbers, Numbers, Numbers] | None = None,
    names: tuple[str, str] = ("", ""),
    title: str = "",
    subtitle: str = "",
) -> "Figure":
    """Two curves on logarithmic axes at the left; the path on the function at the right.

    Args:
        steps: (k,) the number of each step recorded. values, slopes: (k,).
        lowest: what heights are measured from. word: what that is.
        curve: places (m,), heights (m,), and the walk (k,): for a function of one number.
        level: axes (m,) and (m,), heights (m, m), and the walk (k, 2), on a plane.
        names: of the axes at the right.
        title: the line above. subtitle: the line above the map.
    """
    figure = pyplot().figure(figsize=(11.0, 4.8), layout="constrained")
    places = figure.subplot_mosaic([["value", "map"], ["slope", "map"]])
    _falling(places["value"], steps, values - lowest, f"value − {word}")
    _falling(places["slope"], steps, slopes, "‖gradient‖")
    # What is not above 0 has no place on its panel, which would then end at another step.
    places["value"].sharex(places["slope"])
    places["value"].tick_params(labelbottom=False)
    room = 0.03 * max(1.0, float(steps[-1] - steps[0]))
    places["slope"].set_xlim(float(steps[0]) - room, float(steps[-1]) + room)
    places["slope"].set_xlabel("step")
    axes = places["map"]
    if curve is not None:
        where, heights, walk = curve
        axes.plot(where, heights, color="tab:gray", linewidth=1.2)
        axes.plot(walk, values, ".-", color="tab:red", linewidth=0.8, markersize=5)
        axes.plot(walk[:1], values[:1], "o", color="k", label="start")
        axes.plot(walk[-1:], values[-1:], "*", color="tab:red", markersize=12, label="end")
    elif level is not None:
        _map(axes, *level)
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    axes.legend(loc="best", framealpha=0.8)
    if subtitle:
        axes.set_title(subtitle, fontsize="medium")
    if title:
        figure.suptitle(title)
    return figure


def _map(axes: Any, first: Numbers, second: Numbers, heights: Numbers, walk: Numbers) -> None:
    low, high = np.nanmin(heights), np.nanmax(heights)
    if high > low:
        # Level lines at equal ratios of height: a valley shows as well as the walls.
        logs = np.log10(np.maximum((heights - low) / (high - low), 10.0**-DIGITS))
        lines = np.linspace(max(float(np.nanmin(logs[logs > -DIGITS])), -DIGITS), 0.0, LEVELS)
        axes.contour(first, second, logs, levels=lines, cmap="viridis", linewidths=0.7)
    axes.plot(walk[:, 0], walk[:, 1], ".-", color="tab:red", linewidth=0.9, markersize=3)
    axes.plot(*walk[0], "o", color="k", label="start")
    axes.plot(*walk[-1], "*", color="tab:red", markersize=12, label="end")
    axes.set_xlim(first[0], first[-1])
    axes.set_ylim(second[0], second[-1])


def _falling(axes: Any, steps: NDArray[np.int64], heights: Numbers, label: str) -> None:
    shown = heights > 0.0
    axes.plot(steps[shown], heights[shown], marker="." if len(steps) <= 100 else "", linewidth=1.2)
    if shown.any():
        axes.set_yscale("log")
    axes.set_ylabel(label)
    axes.grid(True, alpha=0.3)
