"""Curves: what is drawn, and the sentence where nothing can be."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from surefoot.show import plot_convergence
from surefoot.terms import InputError


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_a_trace_falls_on_a_logarithmic_axis() -> None:
    values = 3.0 + 10.0 ** -np.arange(6.0)
    figure = plot_convergence(values, np.sqrt(values), title="descent", best=3.0)
    top, bottom = figure.axes
    assert top.get_yscale() == bottom.get_yscale() == "log"
    assert top.get_title() == "descent"
    np.testing.assert_allclose(top.lines[0].get_ydata(), 10.0 ** -np.arange(6.0), rtol=1e-9)


def test_the_best_value_itself_is_left_off_the_logarithm() -> None:
    figure = plot_convergence([5.0, 2.0, 1.0])
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [4.0, 1.0])


@pytest.mark.parametrize("values", [[1.0], [np.nan], [np.nan, 2.0, np.inf, 1.0], [3.0, 3.0]])
def test_strange_traces_are_drawn_without_a_warning(values: list[float], tmp_path) -> None:
    figure = plot_convergence(values, values)
    figure.savefig(tmp_path / "trace.png")
    assert (tmp_path / "trace.png").stat().st_size > 1000


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(InputError, match="one number per step"):
        plot_convergence([])
    with pytest.raises(InputError, match=r"\(2, 2\)"):
        plot_convergence(np.ones((2, 2)))
    with pytest.raises(InputError, match="gradient_norms has shape"):
        plot_convergence([1.0, 2.0], [1.0])


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(InputError, match=r'pip install "surefoot\[plot\]"'):
        plot_convergence([1.0])
