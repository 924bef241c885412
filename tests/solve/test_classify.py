"""A point that somebody else found, and how the answer reads."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot import PointKind, Verdict


def test_a_saddle_is_shown_with_a_drop_that_a_person_can_see() -> None:
    found = sf.classify("x^2 - y^2", {"x": 0.0, "y": 0.0})
    assert isinstance(found, Verdict)
    assert found.kind is PointKind.SADDLE_POINT
    row = next(row for row in found.evidence if row.name == "escape")
    assert row.measured is not None
    assert 1e-5 < row.measured < 1e-1, "a drop of 1e-20 tells nobody anything"
    text = found.report()
    assert text.startswith("classify x^2 - y^2") and "SADDLE POINT" in text
    assert "Start again" in text
    assert str(found) == text
    assert "SADDLE POINT" in found._repr_html_()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_drop_moves_with_the_units(scale: float) -> None:
    def f(x: jnp.ndarray) -> jnp.ndarray:
        return (x[0] / scale - 1) ** 2 - (x[1] / scale - 2) ** 2

    found = sf.classify(f, np.array([scale, 2 * scale]))
    assert found.kind is PointKind.SADDLE_POINT
    row = next(row for row in found.evidence if row.name == "escape")
    assert row.measured is not None
    assert 1e-5 < row.measured < 1.0


def test_a_maximum_when_a_maximum_was_sought() -> None:
    found = sf.classify("-x^2", 0.0, sense="maximize")
    assert found.kind is PointKind.GLOBAL_MAXIMUM
    assert found.sense == "maximize"
    with pytest.raises(sf.InputError, match="needs the point"):
        sf.classify("x^2", None)
    with pytest.raises(sf.InputError, match="sense"):
        sf.classify("x^2", 0.0, sense="down")  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [-3.0, 0.0, 7.0, 10.0, 14.0, 20.0])
def test_what_cancels_far_out_is_not_called_lowest(start: float) -> None:
    for text, x0 in (
        ("sqrt(1+x^2)-x", {"x": start}), ("sqrt(1+x^2+y^2)-x", {"x": start, "y": 1.0}),
    ):
        kind = sf.minimize(text, x0, max_steps=200).verdict.kind
        assert kind not in (
            PointKind.GLOBAL_MINIMUM, PointKind.LOCAL_MINIMUM, PointKind.FLAT_MINIMUM
        )


@pytest.mark.parametrize("text", ["x^2 - 4y^2 + 100y^4", "x^2 - y^2 + y^4", "x^2 - y^2"])
def test_the_step_that_is_told_is_the_one_that_was_measured(text: str) -> None:
    found = sf.classify(text, {"x": 0.0, "y": 0.0})
    told = re.search(r"by (\S+) at a step of y by (\S+)\.", found.advice)
    assert told is not None
    gain, step = told.groups()
    value = float(sf.formula(text)({"x": 0.0, "y": float(step)}))
    assert value == pytest.approx(-float(gain), rel=0.02)
