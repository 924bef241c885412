"""Standard errors, intervals, bands, and the parameters that the data cannot tell apart."""

import numpy as np
import pytest
from scipy import stats

from surefoot.descent.fit_statistics import FitStatistics, direction_words
from surefoot.descent.null_directions import sparse_basis
from surefoot.terms import InputError

NAMES = ("a", "b", "c", "d", "e")


def statistics(jacobian, residual=None, point=None, free=None, **options) -> FitStatistics:
    m, n = jacobian.shape
    return FitStatistics(
        np.ones(n) if point is None else np.asarray(point, dtype=float),
        np.where(np.arange(m) % 2, 0.5, -0.5) if residual is None else residual,
        np.asarray(jacobian, dtype=float),
        np.ones(n, dtype=bool) if free is None else np.asarray(free),
        NAMES[:n],
        **options,
    )


def test_a_straight_line_agrees_with_scipy() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 5.0])
    y = np.array([1.1, 1.9, 3.2, 3.9, 6.3])
    peer = stats.linregress(x, y)
    design = np.column_stack([np.ones(5), x])
    point = np.array([peer.intercept, peer.slope])
    found = statistics(design, design @ point - y, point)
    np.testing.assert_allclose(
        found.standard_errors, [peer.intercept_stderr, peer.stderr], rtol=1e-12
    )
    assert found.degrees_of_freedom == 3
    half = stats.t.ppf(0.975, 3) * peer.stderr
    np.testing.assert_allclose(found.intervals[1], [peer.slope - half, peer.slope + half])


def test_units_scale_the_errors_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    jacobian, residual = rng.normal(size=(30, 4)), rng.normal(size=30)
    unit = np.array([1e-9, 1.0, 1e8, 1e3])
    plain, scaled = statistics(jacobian, residual), statistics(jacobian * unit, residual)
    np.testing.assert_allclose(scaled.standard_errors * unit, plain.standard_errors, rtol=1e-12)
    np.testing.assert_allclose(scaled.correlation, plain.correlation, atol=1e-12)
    np.testing.assert_allclose(np.diag(plain.correlation), 1.0)


def test_known_weights_are_not_rescaled() -> None:
    jacobian = np.ones((4, 1))
    known = statistics(jacobian, np.array([3.0, -3.0, 3.0, -3.0]), known_sigma=True)
    np.testing.assert_allclose(known.standard_errors, [0.5])
    unknown = statistics(jacobian, np.array([3.0, -3.0, 3.0, -3.0]))
    np.testing.assert_allclose(unknown.standard_errors, [np.sqrt(12.0) / 2.0])
    assert np.diff(known.intervals[0]) < np.diff(unknown.intervals[0])


def test_a_parameter_at_its_bound_has_no_error_and_frees_a_degree() -> None:
    rng = np.random.default_rng(1)
    jacobian = rng.normal(size=(9, 3))
    found = statistics(jacobian, free=[True, False, True])
    assert found.degrees_of_freedom == 7
    assert found.standard_errors[1] == 0.0
    alone = statistics(jacobian[:, [0, 2]])
    np.testing.assert_allclose(found.standard_errors[[0, 2]], alone.standard_errors)


def test_as_many_measurements_as_parameters_leave_no_error() -> None:
    found = statistics(np.eye(3))
    assert found.degrees_of_freedom == 0
    assert np.isnan(found.residual_deviation)
    assert np.all(np.isnan(found.standard_errors))
    assert found.hardly_determined == ()


@pytest.mark.parametrize("unit", [1.0, 1e-12, 1e9])
def test_parameters_that_cannot_be_told_apart_are_named_in_any_units(unit) -> None:
    rng = np.random.default_rng(2)
    jacobian = rng.normal(size=(20, 4))
    jacobian[:, 3] = -2.0 * unit * jacobian[:, 1]
    found = statistics(jacobian)
    (sentence,) = found.undetermined
    assert "b and d apart" in sentence or "d and b apart" in sentence
    assert np.all(np.isnan(found.standard_errors[[1, 3]]))
    assert np.all(np.isfinite(found.standard_errors[[0, 2]]))
    assert found.degrees_of_freedom == 17


def test_two_unrelated_pairs_get_a_sentence_each() -> None:
    rng = np.random.default_rng(3)
    jacobian = rng.normal(size=(20, 5))
    jacobian[:, 2] = 3.0 * jacobian[:, 0]
    jacobian[:, 4] = -jacobian[:, 1]
    pairs = {frozenset(s.split("tell ")[1].split(" apart")[0].split(" and "))
             for s in statistics(jacobian).undetermined}
    assert pairs == {frozenset("ac"), frozenset("be")}


def test_a_parameter_without_influence_is_named_alone() -> None:
    jacobian = np.column_stack([np.ones(6), np.zeros(6)])
    said = ("b changes nothing: the data do not depend on it.",)
    assert statistics(jacobian).undetermined == said


@pytest.mark.parametrize(("column", "said"), [(3.0, "a·b"), (-3.0, "a/b")])
def test_a_product_or_ratio_is_recognised(column, said) -> None:
    # model a·b·x at a = 6, b = 2: ∂a = 2x, ∂b = 6x; a/b·x: ∂b = −(a/b)∂a.
    x = np.arange(1.0, 6.0)[:, None]
    (sentence,) = statistics(x * np.array([2.0, 2.0 * column]), point=[6.0, 2.0]).undetermined
    assert f"only {said} counts" in sentence


def test_hardly_determined_directions_are_named_and_healthy_fits_are_not() -> None:
    x = np.linspace(0.0, 1.0, 40)
    near = np.column_stack([np.ones(40), x, x + 1e-4 * np.sin(9.0 * x)])
    residual = 0.1 * np.cos(40.0 * x)
    (sentence,) = statistics(near, residual).hardly_determined
    assert "can hardly tell" in sentence
    assert "b" in sentence.split("apart")[0] and "c" in sentence.split("apart")[0]
    assert statistics(near, residual).undetermined == ()
    assert statistics(near, 1e-9 * residual).hardly_determined == ()
    assert statistics(near[:, :2], residual).hardly_determined == ()


def test_the_band_is_the_textbook_one() -> None:
    x = np.arange(6.0)
    design = np.column_stack([np.ones(6), x])
    found = statistics(design)
    place = np.array([[1.0, 4.0], [1.0, 100.0]])
    s2 = found.residual_deviation**2
    inner = np.linalg.inv(design.T @ design)
    plain = np.array([p @ inner @ p for p in place])
    t = stats.t.ppf(0.975, 4)
    np.testing.assert_allclose(found.prediction_band(place), t * np.sqrt(s2 * plain))
    np.testing.assert_allclose(
        found.prediction_band(place, new_measurement=True), t * np.sqrt(s2 * (plain + 1.0))
    )


def test_the_band_is_open_only_where_something_undetermined_counts() -> None:
    rng = np.random.default_rng(4)
    jacobian = rng.normal(size=(12, 3))
    jacobian[:, 2] = jacobian[:, 1]
    found = statistics(jacobian)
    band = found.prediction_band(np.array([[1.0, 2.0, 2.0], [1.0, 2.0, 0.0]]))
    assert np.isfinite(band[0])  # b + c is determined
    assert np.isinf(band[1])


@pytest.mark.parametrize("unit", [1e-200, 1e-180, 1e180, 1e200])
def test_errors_scale_with_the_unit_where_the_squares_do_not_fit(unit: float) -> None:
    design = np.column_stack([np.ones(6), np.arange(6.0)])
    residual = np.array([1.0, -1.0, 0.5, 0.2, -0.3, 0.4])
    plain = statistics(design, residual)
    with np.errstate(all="raise", under="ignore"):
        found = statistics(design, unit * residual, unit * np.ones(2))
        np.testing.assert_allclose(found.standard_errors / unit, plain.standard_errors)
        np.testing.assert_allclose(found.intervals / unit, plain.intervals)
        np.testing.assert_allclose(found.correlation, plain.correlation)
        places = np.array([[1.0, 2.0]])
        band = found.prediction_band(places, new_measurement=True)
        np.testing.assert_allclose(
            band / unit, plain.prediction_band(places, new_measurement=True)
        )
        # Or the other way round: the parameters have the small unit, the data do not.
        steep = statistics(design / unit, residual, np.ones(2))
        np.testing.assert_allclose(steep.standard_errors / unit, plain.standard_errors)


def test_a_band_for_other_parameters_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected \(places, 2\)"):
        statistics(np.ones((3, 2))).prediction_band(np.ones((4, 3)))


def test_long_directions_are_cut_short() -> None:
    words = direction_words(np.arange(1.0, 21.0), [f"w[{k}]" for k in range(20)])
    assert "15 others" in words
    assert len(words) < 250


def test_elimination_spans_the_same_space() -> None:
    rng = np.random.default_rng(6)
    rows = np.linalg.qr(rng.normal(size=(7, 3)))[0].T
    again = sparse_basis(rows)
    np.testing.assert_allclose(again @ rows.T @ rows, again, atol=1e-12)
    assert np.count_nonzero(again) <= 3 * 5
