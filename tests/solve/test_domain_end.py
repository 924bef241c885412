"""The end of a function's domain is reached where the value falls towards it, and it is told."""

from typing import Any

import numpy as np
import pytest

import surefoot as sf


@pytest.mark.parametrize(
    ("text", "bounds", "x", "value"),
    [
        ("sqrt(x)", None, 0.0, 0.0),
        ("sqrt(x)", (0, 4), 0.0, 0.0),
        ("x^0.5 + 1", (0, 1), 0.0, 1.0),
        ("asin(x)", None, -1.0, -np.pi / 2),
        ("asin(x)", (-1, 1), -1.0, -np.pi / 2),
        ("sqrt(1-x^2)", None, 1.0, 0.0),
        ("sqrt(x) + sqrt(2-x)", None, 0.0, np.sqrt(2.0)),
    ],
)
def test_the_end_is_reached(text: str, bounds: Any, x: float, value: float) -> None:
    solution = sf.minimize(text, bounds=bounds)
    assert solution.x == x
    assert solution.value == pytest.approx(value, abs=1e-15)
    assert solution.verdict.kind is sf.PointKind.LOCAL_MINIMUM
    told = [w for w in solution.warnings if "end of the function's domain" in w]
    # Where the end is a bound as well, nobody asked what lies beyond it.
    assert len(told) == (bounds is None)
    if told:
        assert solution.verdict.meaning.startswith("Every step away, to where the function has")
        assert "no value" in told[0] and "gives NaN" in told[0]


def test_the_side_beyond_the_end_is_named() -> None:
    (warning,) = sf.maximize("sqrt(3 - x)*0 + x", 0.0).warnings
    assert warning.startswith("x = 3 is the end of the function's domain: above it")


@pytest.mark.parametrize("text", ["x^2.5 - x", "x ln x", "(x-1)^2 + sqrt(x)*0", "exp(x) - ln(x)"])
def test_nothing_is_told_where_the_domain_ends_elsewhere(text: str) -> None:
    solution = sf.minimize(text)
    assert solution.warnings == ()
    assert not solution.verdict.domain_end
    assert solution.x > 0.1


def test_a_start_without_a_value_on_a_bound_is_moved_inside() -> None:
    solution = sf.minimize("x ln x", 0.0, bounds=(0, 1))
    assert solution.x == pytest.approx(np.exp(-1.0), abs=1e-9)
    assert "the search began inside" in " ".join(solution.notes)


@pytest.mark.parametrize(
    ("text", "start", "bounds"),
    [
        ("-x ln x", 0.1, None), ("-x ln x", 0.1, (0, 3)), ("sqrt(x) ln(1/x)", 0.01, None),
        ("(x ln x)^2", 0.1, None), ("-(-x) ln(-x)", -0.1, None),
    ],
)  # fmt: skip
def test_an_end_without_a_value_is_not_attained(text: str, start: float, bounds: Any) -> None:
    solution = sf.minimize(text, start, bounds=bounds)
    assert solution.status is sf.Status.NOT_ATTAINED
    assert solution.verdict.kind is sf.PointKind.NOT_STATIONARY
    assert solution.verdict.attained is False
    assert "towards x = 0, where the function has no value" in solution.verdict.advice
    # The advice works: with the limit written in, 0 is the minimum on that side.
    assert "xlogy" in solution.verdict.advice


def test_the_edge_of_overflow_is_no_minimum() -> None:
    for text in ("3ln(1+exp(x)) + cbrt(x) - 6x", "3ln(1+exp(x)) + cbrt(x-2) - 6x"):
        solution = sf.minimize(text, 10.0)
        assert solution.verdict.kind is sf.PointKind.UNKNOWN
        assert "exp overflows above 709.78" in solution.verdict.advice
    # Of a barrier it is: nothing overflows there.
    assert sf.classify("abs(x-1) + (x-1)^2", 1.0).kind is not sf.PointKind.UNKNOWN
