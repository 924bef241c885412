"""Numbers as people read them."""

from math import inf, isclose, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.show import (
    aligned,
    duration,
    measure,
    outward,
    scientific,
    significant,
    with_unit,
)
from surefoot.show.numbers import with_error


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 6, "0"),
        (-0.0, 6, "0"),
        (3.0, 6, "3"),
        (-3.0, 6, "-3"),
        (0.1 + 0.2, 6, "0.3"),
        (123456.789, 6, "123457"),
        (999999.9, 6, "1000000"),
        (1e6, 6, "1e6"),
        (1234567.0, 6, "1.23457e6"),
        (1e-4, 6, "0.0001"),
        (9.9999e-5, 3, "1e-4"),
        (-7.9e-31, 6, "-7.9e-31"),
        (1e300, 6, "1e300"),
        (5e-324, 3, "4.94e-324"),
        (nan, 6, "NaN"),
        (inf, 6, "∞"),
        (-inf, 6, "-∞"),
        (238.94212918, 8, "238.94213"),
    ],
)
def test_significant(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


@given(st.floats(-1e308, 1e308), st.integers(2, 15))
def test_the_text_is_the_number_to_so_many_digits(value: float, digits: int) -> None:
    back = float(significant(value, digits))
    smallest = 2.3e-308
    assert isclose(back, value, rel_tol=0.6 * 10.0 ** (1 - digits), abs_tol=smallest)


@given(st.floats(-1e308, 1e308), st.integers(2, 15))
def test_the_sign_turns_with_the_number(value: float, digits: int) -> None:
    text = significant(abs(value), digits)
    assert significant(-abs(value), digits) == (text if value == 0 else f"-{text}")


def test_scientific() -> None:
    assert [scientific(x) for x in (1.0, 12345.0, 1e-9, nan, 0.0)] == [
        "1e0", "1.23e4", "1e-9", "NaN", "0",
    ]  # fmt: skip


def test_a_missing_measurement_is_a_dash() -> None:
    assert [measure(None), measure(0.0), measure(nan)] == ["–", "0", "NaN"]


def test_the_error_decides_how_many_digits_are_shown() -> None:
    assert with_error(238.94212918, 2.7) == "238.94213"
    assert with_error(238.94212918, 2.7e-6) == "238.94212918"
    assert with_error(238.94212918, None) == "238.94213"
    assert with_error(nan, 1.0) == "NaN"
    assert with_error(1.0, nan) == with_error(1.0, inf) == with_error(1.0, 0.0) == "1"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3.4e-4, "340 µs"),
        (0.0123, "12 ms"),
        (0.2134, "213 ms"),
        (0.9996, "1 s"),
        (1.5, "1.5 s"),
        (125.0, "2 min 5 s"),
        (nan, "NaN"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_decimal_points_stand_in_one_column() -> None:
    shown = aligned(["238.9", "0.00055", "-12", "1e-9", "NaN"])
    assert {text.index(".") for text in shown[:2]} == {3}
    assert len({len(text) for text in shown}) == 1
    assert [text.strip() for text in shown] == ["238.9", "0.00055", "-12", "1e-9", "NaN"]
    assert aligned([]) == []


def test_units() -> None:
    assert with_unit("3", "mg") == "3 mg"
    assert with_unit("3", "") == "3"


@given(value=st.floats(-1e307, 1e307), digits=st.integers(1, 16))
def test_a_bound_is_rounded_to_its_side_alone(value: float, digits: int) -> None:
    low, high = float(outward(value, -1, digits)), float(outward(value, 1, digits))
    assert low <= value <= high
    if 1e-300 < abs(value) < 1e300:
        assert high - low <= 10.0 ** (1 - digits) * 1.01 * abs(value)


def test_a_bound_that_fits_is_shown_as_it_is() -> None:
    assert [outward(v, 1) for v in (37.0, -5.25, 0.0, 1e-7, float("inf"))] == [
        "37", "-5.25", "0", "1e-7", "∞"
    ]  # fmt: skip
    assert (outward(37.03703704588753, 1), outward(37.03703704588753, -1)) == (
        "37.03703705", "37.03703704"
    )  # fmt: skip
    assert measure(37.03703704588753, 1) == "37.03703705" and measure(37.037) == "37"
