"""trajectory.plot(), plane and to_frame(): the path where it was walked."""

from collections.abc import Iterator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.solve.walk_plane import heights, walk_plane

BOWL = "x^2 + 10y^2"
START = {"x": 1.0, "y": 1.0}


@pytest.fixture(autouse=True)
def pictures() -> Iterator[None]:
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def test_the_map_of_two_coordinates_has_the_path_on_it(tmp_path: Path) -> None:
    walk = sf.descend(BOWL, START, "gd", 30, lr=0.04)
    figure = walk.plot(tmp_path / "walk.png")
    value, level, slope = (figure.axes[k] for k in range(3))
    np.testing.assert_array_equal(level.lines[0].get_xydata(), walk.points)
    assert (level.get_xlabel(), level.get_ylabel()) == ("x", "y")
    assert len(level.collections) == 1 and level.get_title() == ""
    np.testing.assert_allclose(slope.lines[0].get_ydata(), walk.gradient_norms)
    # Heights are above the true minimum 0, which the quadratic model tells exactly.
    np.testing.assert_allclose(value.lines[0].get_ydata(), walk.values, atol=1e-14)
    assert value.get_yscale() == slope.get_yscale() == "log"
    assert (tmp_path / "walk.png").stat().st_size > 10_000


def test_a_walk_of_which_some_steps_are_recorded_has_their_numbers() -> None:
    figure = sf.descend(BOWL, START, "gd", 100, lr=0.04, record=25).plot()
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_xdata(), [0, 25, 50, 75, 100])


@pytest.mark.parametrize(("f", "start", "lr"), [("x^4", 2.0, 0.2), ("sqrt(x)", 1.0, 0.5)])
def test_the_curves_above_each_other_have_one_axis_of_steps(
    f: str, start: float, lr: float
) -> None:
    walk = sf.descend(f, start, "gd", 50, lr=lr)
    value, _, slope = walk.plot().axes
    # The lowest value lies 0 above itself, so its panel has a point less.
    assert len(value.lines[0].get_xdata()) < len(walk.values)
    assert value.get_xlim() == slope.get_xlim()
    assert slope.get_xlim()[0] < 0 and slope.get_xlim()[1] > walk.numbers[-1]


def test_a_walk_along_one_number_is_drawn_on_its_curve() -> None:
    walk = sf.descend("x^4 - x", 1.5, "gd", 20, lr=0.05)
    curve, path = walk.plot().axes[1].lines[:2]
    x, y = curve.get_xydata().T
    np.testing.assert_allclose(y, x**4 - x)
    assert x.min() < walk.points.min() and x.max() > walk.points.max()
    np.testing.assert_allclose(path.get_xydata()[:, 0], walk.points[:, 0])


def test_the_plane_of_many_coordinates_is_that_of_most_movement() -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(6, 3)))[0].T
    parts = rng.normal(size=(40, 3)) * [5.0, 2.0, 0.5]
    points = parts @ basis + 7.0
    plane = walk_plane(points, tuple("abcdef"))
    away = points - points[-1]
    singular = np.linalg.svd(away, compute_uv=False) ** 2
    assert plane.share == pytest.approx(singular[:2].sum() / singular.sum())
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.path, away @ plane.axes.T)
    np.testing.assert_array_equal(plane.path[-1], [0.0, 0.0])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_walk_along_a_line_and_one_that_stands_still_have_a_plane(scale: float) -> None:
    line = scale * np.linspace(1.0, 0.0, 9)[:, None] * np.array([1.0, 2.0, 2.0])
    plane = walk_plane(line, ("a", "b", "c"))
    assert plane.share == pytest.approx(1.0)
    np.testing.assert_allclose(np.abs(plane.axes[0]), [1 / 3, 2 / 3, 2 / 3])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    still = walk_plane(np.ones((1, 3)), ("a", "b", "c"))
    assert still.share == 1.0 and np.isfinite(still.axes).all()


def test_the_picture_tells_the_share_and_the_heights_are_the_functions() -> None:
    scales = np.array([1.0, 3.0, 9.0, 27.0])
    walk = sf.descend(lambda x: jnp.sum(scales * x**2), np.ones(4), "gd", 60, lr=0.03)
    figure = walk.plot()
    assert f"{walk.plane.share:.1%} of the movement" in figure.axes[1].get_title()
    assert 0.9 < walk.plane.share < 1.0
    first, second, found = heights(walk.problem, walk.plane)
    place = walk.plane.origin + first[5] * walk.plane.axes[0] + second[70] * walk.plane.axes[1]
    assert found[70, 5] == pytest.approx(float(np.sum(scales * place**2)))
    lower, upper = [first[0], second[0]], [first[-1], second[-1]]
    assert ((walk.plane.path > lower) & (walk.plane.path < upper)).all()


def test_places_outside_the_domain_are_left_blank() -> None:
    walk = sf.descend("x - log(x) + y^2", {"x": 0.1, "y": 1.0}, "gd", 20, lr=0.05)
    _, _, found = heights(walk.problem, walk.plane)
    assert np.isnan(found).any() and np.isfinite(found).any()
    walk.plot()


def test_a_walk_that_ran_away_and_one_without_steps_are_drawn() -> None:
    sf.descend("x^4 + y^4", {"x": 3.0, "y": 1.0}, "gd", 50, lr=0.5).plot()
    sf.descend(BOWL, START, "gd", 0, lr=0.5).plot()


def test_a_line_has_no_plane() -> None:
    with pytest.raises(sf.InputError, match="a line, not a plane"):
        sf.descend("x^2", 1.0, "gd", 3, lr=0.1).plane


def test_the_frame_has_the_steps() -> None:
    pytest.importorskip("pandas")
    walk = sf.descend(BOWL, START, "gd", 5, lr=0.04)
    frame = walk.to_frame()
    assert list(frame["step"]) == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(frame[["x", "y"]].to_numpy(), walk.points)
    np.testing.assert_array_equal(frame["value"], walk.values)
    np.testing.assert_allclose(frame["rate"][:-1], 0.04)
    assert np.isnan(frame["rate"].iloc[-1]) and frame["angle"][0] == pytest.approx(0.0, abs=1e-6)
