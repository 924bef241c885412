"""What stands behind --from, --at and --bounds."""

from math import e, inf, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.cli.values import number, point, ranges
from surefoot.terms import InputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0),
        (" -2.5e-3 ", -2.5e-3),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1/3", 1 / 3),
        ("-1 / 4", -0.25),
        ("pi", pi),
        ("π", pi),
        ("-3pi/4", -0.75 * pi),
        ("2*pi", 2 * pi),
        ("e", e),
        ("2e3", 2000.0),
        ("1e-3", 0.001),
        ("inf", inf),
        ("-∞", -inf),
        ("−3", -3.0),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert number(text, "--at") == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "-", "nan", "NaN", "abc", "1,5", "1..2", "1e", "*pi", "2*", "/3", "1/0", "inf/inf", "0x10",
     "1_000", "pi pi", "2*/3", "1/", "__import__('os')", "9" * 50 + "x", "٣x"],
)  # fmt: skip
def test_what_is_no_number_is_said(text: str) -> None:
    with pytest.raises(InputError, match="--at"):
        number(text, "--at")


@given(st.floats(allow_nan=False))
def test_every_float_is_read_back(value: float) -> None:
    assert number(repr(value), "x") == value


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(number(text, "x"), float)
    except InputError as error:
        assert len(str(error)) < 200


def test_points() -> None:
    assert point("x=1,y=-2", ["x", "y"], "--at") == {"x": 1.0, "y": -2.0}
    assert point(" y = 2 , x = 1 ", ["x", "y"], "--at") == {"x": 1.0, "y": 2.0}
    assert point("-3", ["x"], "--at") == {"x": -3.0}
    assert point("w=[1,2.5,-3],b=0", ["b", "w"], "--at") == {"w": [1.0, 2.5, -3.0], "b": 0.0}
    assert point("θ=pi/2", ["θ"], "--at") == {"θ": pi / 2}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("3", "has no name"),
        ("x=1", "no value for y"),
        ("x=1,x=2,y=3", "x is given twice"),
        ("x=1,z=2,y=1", "no variable 'z'"),
        ("x=1,y", "not of the form name=value"),
        ("x=1,y=", "'' is not a number"),
        ("x=[1,2,y=3", "missing"),
        ("x=1],y=2", "brackets"),
        ("x==1,y=2", "is not a number"),
        ("", "has no name"),
        (",", "not of the form"),
        ("x=[],y=1", "is not a number"),
        ("=1,y=2", "not of the form"),
    ],
)
def test_a_point_that_cannot_be_read_is_said(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        point(text, ["x", "y"], "--from")


def test_the_example_in_a_message_uses_the_users_names() -> None:
    with pytest.raises(InputError, match="write a=1,b=1,c=1"):
        point("3", ["a", "b", "c", "d"], "--from")


def test_ranges() -> None:
    assert ranges("x=-6:6,y=0:", ["x", "y"], "--bounds") == {"x": (-6.0, 6.0), "y": (0.0, inf)}
    assert ranges("x=:pi", ["x", "y"], "--bounds") == {"x": (-inf, pi), "y": (-inf, inf)}
    assert ranges("-6:6", ["x"], "--bounds") == {"x": (-6.0, 6.0)}
    assert ranges("x=2:2", ["x"], "--bounds") == {"x": (2.0, 2.0)}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x=6:-6", "lower bound 6 is above the upper bound -6"),
        ("x=3", "not of the form lower:upper"),
        ("x=1:2:3", "not of the form lower:upper"),
        ("x=nan:1", "not a number"),
        ("z=0:1", "no variable 'z'"),
        ("0:1", "has no name"),
    ],
)
def test_ranges_that_cannot_be_read_are_said(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        ranges(text, ["x", "y"], "--bounds")
