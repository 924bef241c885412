"""Least squares, curve fits and problem files: the numbers that statisticians expect."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind
from surefoot.solve import solve_file

ROOT = Path(__file__).resolve().parents[2]
X = np.array([0.5, 1.0, 1.7, 2.2, 3.1, 4.0, 5.2])
Y = np.array([4.1, 3.4, 2.45, 2.02, 1.31, 0.88, 0.47])


def model(x: Any, p: Any) -> Any:
    return p["height"] * jnp.exp(-p["rate"] * x)


def test_standard_errors_of_a_straight_line_by_hand() -> None:
    solution = sf.least_squares(lambda p: Y - (p[0] + p[1] * X), np.zeros(2))
    spread = np.sum((X - X.mean()) ** 2)
    slope = np.sum((X - X.mean()) * Y) / spread
    offset = Y.mean() - slope * X.mean()
    np.testing.assert_allclose(solution.x, [offset, slope], rtol=1e-13)
    rest = Y - offset - slope * X
    deviation = np.sqrt(rest @ rest / 5)
    np.testing.assert_allclose(solution.value, rest @ rest, rtol=1e-12)
    np.testing.assert_allclose(
        solution.fit.standard_errors,
        [deviation * np.sqrt(1 / 7 + X.mean() ** 2 / spread), deviation / np.sqrt(spread)],
        rtol=1e-10,
    )


def test_curve_fit_against_scipy() -> None:
    from scipy.optimize import curve_fit

    solution = sf.curve_fit(model, X, Y, {"height": 1.0, "rate": 1.0})
    expected, covariance = curve_fit(
        lambda x, h, r: h * np.exp(-r * x), X, Y, [1.0, 1.0], xtol=1e-14
    )
    np.testing.assert_allclose([solution.x["height"], solution.x["rate"]], expected, rtol=1e-7)
    np.testing.assert_allclose(
        solution.fit.standard_errors, np.sqrt(np.diag(covariance)), rtol=1e-5
    )
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM


def test_scipys_way_to_write_a_model() -> None:
    ours = sf.curve_fit(lambda x, h, r: h * jnp.exp(-r * x), X, Y, np.ones(2))
    other = sf.curve_fit(model, X, Y, {"height": 1.0, "rate": 1.0})
    np.testing.assert_allclose(ours.x, [other.x["height"], other.x["rate"]], rtol=1e-9)


def test_known_deviations_are_not_rescaled() -> None:
    once = sf.curve_fit(model, X, Y, {"height": 1.0, "rate": 1.0}, sigma=0.1)
    twice = sf.curve_fit(model, X, Y, {"height": 1.0, "rate": 1.0}, sigma=0.2)
    np.testing.assert_allclose(
        twice.fit.standard_errors, 2.0 * once.fit.standard_errors, rtol=1e-6
    )


def test_units_of_parameters_do_not_matter() -> None:
    plain = sf.least_squares(lambda p: Y - p[0] * jnp.exp(-p[1] * X), np.ones(2))
    scaled = sf.least_squares(
        lambda p: Y - 1e6 * p[0] * jnp.exp(-1e-6 * p[1] * X), np.array([1e-6, 1e6])
    )
    np.testing.assert_allclose(scaled.x * [1e6, 1e-6], plain.x, rtol=1e-9)


def test_nonlinear_parameters_that_move_together_are_named() -> None:
    solution = sf.least_squares(
        lambda p: Y - p["a"] * p["b"] * jnp.exp(-p["rate"] * X), {"a": 1.0, "b": 2.0, "rate": 1.0}
    )
    told = " ".join(solution.warnings)
    assert "a" in told
    assert "b" in told
    assert "rate" not in told


@pytest.mark.parametrize("name", [p.name for p in sorted((ROOT / "examples").glob("*.toml"))])
def test_examples(name: str) -> None:
    """Every example reaches the values that its source publishes, quoted in its comments."""
    path = ROOT / "examples" / name
    solution = solve_file(path)
    assert solution.verdict.kind is PointKind.LOCAL_MINIMUM
    text = path.read_text()
    quoted = {
        word.strip(): float(number)
        for line in text.splitlines()
        if line.startswith("#  ")
        for word, number in _pairs(line)
    }
    assert len(quoted) >= 2
    for parameter, value in quoted.items():
        np.testing.assert_allclose(float(solution.x[parameter]), value, rtol=1e-8)


def _pairs(line: str) -> list[tuple[str, str]]:
    import re

    return re.findall(r"\b([a-z]+\d*)\s*=\s*([-+]?\d[\d.]*(?:e[-+]?\d+)?)", line)


def test_files_with_limits_between_variables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('minimize = "x^2 + y^2"\nsubject_to = ["x + y >= 1"]\n')
    with pytest.raises(sf.InputError, match="subject_to"):
        solve_file(path)


def test_many_open_directions_are_one_sentence() -> None:
    for solution in (
        sf.least_squares(lambda p: jnp.array([jnp.sum(p) - 1.0]), np.zeros(50)),
        sf.minimize(lambda p: (jnp.sum(p) - 1.0) ** 2, np.zeros(50)),
    ):
        said = [text for text in solution.warnings if "apart" in text]
        assert len(said) == 1
        assert "49 directions" in said[0] and "50 parameters" in said[0]
        assert "p[0], p[1], p[2], p[3], p[4], p[5] and 44 more" in said[0]
        assert len(solution.undetermined) == 49
        assert solution.to_dict()["undetermined"] == list(solution.undetermined)


def test_few_open_directions_have_a_sentence_each() -> None:
    solution = sf.minimize(lambda p: (jnp.sum(p[:2]) - 1.0) ** 2, np.zeros(3))
    assert solution.warnings == solution.undetermined
    assert len(solution.undetermined) == 2


def test_a_turning_point_is_not_said_to_change_nothing() -> None:
    t = np.linspace(0.0, 1.0, 8)
    solution = sf.least_squares(lambda p: p[0] ** 2 * t + 0.3 * t, np.ones(1))
    assert abs(solution.x[0]) < 1e-6
    (said,) = solution.undetermined
    assert said.startswith("p[0] changes nothing to first order here, and further off it does")
    assert np.isnan(solution.fit.standard_errors[0])


def test_a_parameter_that_takes_no_part_still_changes_nothing() -> None:
    t = np.linspace(0.0, 1.0, 8)
    solution = sf.least_squares(
        lambda p: jnp.exp(p[0] * t) - 2.0 * t + 0.0 * p[1] ** 2, np.ones(2)
    )
    assert solution.undetermined == ("p[1] changes nothing: the data do not depend on it.",)


def test_parameters_one_by_one_have_the_names_of_the_signature() -> None:
    for start in ((1.0, 1.0), [1.0, 1.0], np.ones(2)):
        fit = sf.curve_fit(lambda x, h, r: h * jnp.exp(-r * x), X, Y, start)
        assert [row.path for row in fit.view().parameters] == ["h", "r"]
        h, r = fit.x
        assert (h, r) == (fit.x.h, fit.x.r) == (fit.x[0], fit.x[1])
    box = sf.Box(np.array([0.0, 0.0]), np.array([10.0, 0.1]))
    held = sf.curve_fit(lambda x, h, r: h * jnp.exp(-r * x), X, Y, (1.0, 0.05), bounds=box)
    assert float(held.x.r) == 0.1
    with pytest.raises(sf.InputError, match="takes the parameters a, b, c, and p0 has 2 numbers"):
        sf.curve_fit(lambda x, a, b, c: a + b * x + c * x**2, X, Y, (1.0, 1.0))


def test_how_a_fit_moves_with_its_data() -> None:
    """Against the fit to measurements that are moved one by one, curved and straight."""
    t, y = np.arange(5.0), np.array([3.0, 1.9, 1.2, 0.7, 0.5])

    def curve(y: np.ndarray) -> sf.Solution:
        start = {"a": 1.0, "b": 1.0}
        return sf.least_squares("a e^(-b t) - y", start, data={"t": t, "y": y}, tol=1e-13)

    def line(y: np.ndarray) -> sf.Solution:
        return sf.least_squares("a + b t - y", {"a": 1.0, "b": 1.0}, data={"t": t, "y": y})

    def fit(y: np.ndarray) -> sf.Solution:
        return sf.curve_fit(lambda x, p: p["a"] / (p["b"] + x), t, y, {"a": 5.0, "b": 2.0})

    for solve in (curve, line, fit):
        moved = solve(y).sensitivity("y")
        for k in range(5):
            h = 1e-5 * np.eye(5)[k]
            up, down = solve(y + h).x, solve(y - h).x
            for name in ("a", "b"):
                seen = (up[name] - down[name]) / 2e-5
                assert moved[name][k] == pytest.approx(seen, rel=1e-4, abs=1e-8)


K = np.arange(1.0, 11.0)


@pytest.mark.parametrize(
    "residual, start",
    [
        (lambda p: 2.0 + 2.0 * K - (jnp.exp(K * p[0]) + jnp.exp(K * p[1])), [0.3, 0.4]),
        (lambda p: jnp.stack([p[0] ** 2 + p[1] ** 2 - 1.0] * 3), [0.3, 0.4]),
    ],
)
def test_what_changes_nothing_to_first_order_only_is_said_so(residual, start) -> None:
    said = sf.least_squares(residual, start).fit.undetermined
    assert len(said) == 1
    assert said[0].endswith("together changes nothing to first order at this point.")


def test_what_changes_nothing_at_all_is_said_so() -> None:
    found = sf.least_squares(lambda p: jnp.exp(-(p[0] + p[1]) * K) - 0.5**K, [0.3, 0.4])
    assert found.fit.undetermined[0].endswith("together changes nothing.")


def test_a_heavy_residual_leaves_the_errors_of_the_light_ones() -> None:
    seen = np.array([2.9, 3.05, 3.2, 2.95])
    found = sf.least_squares(
        lambda p: jnp.concatenate([jnp.stack([1e17 * (p[0] - 3.0 * p[1])]), p[0] - seen]),
        np.zeros(2),
    )
    assert found.fit.undetermined == ()
    error = float(np.std(seen, ddof=1)) / 2.0  # one degree of freedom is the constraint's
    np.testing.assert_allclose(found.fit.standard_errors, [error, error / 3.0], rtol=1e-9)


def test_an_overflowing_sum_of_squares_has_no_standard_errors() -> None:
    t, y = np.linspace(0.0, 1.0, 5), np.array([1.0, 2.1, 2.9, 4.2, 5.0])
    found = sf.least_squares(lambda p: 1e160 * (p[0] * t + p[1] - y), np.zeros(2))
    np.testing.assert_allclose(found.x, [4.04, 1.02], rtol=1e-12)
    assert found.fit is None and found.status is sf.Status.NOT_A_NUMBER
