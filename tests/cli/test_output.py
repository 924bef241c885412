"""JSON that every program can read."""

import json
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from surefoot.cli.output import to_json
from surefoot.terms import Evidence, PointKind, Status


@dataclass
class Row:
    """Something with fields."""

    value: float


def test_what_json_lacks_is_spelled_out() -> None:
    text = to_json({"gap": inf, "low": -inf, "bad": nan, "array": np.array([1.0, nan])})
    assert json.loads(text) == {"gap": "inf", "low": "-inf", "bad": "nan", "array": [1.0, "nan"]}


def test_everything_an_answer_holds() -> None:
    answer = {
        "status": Status.CONVERGED,
        "kind": PointKind.SADDLE_POINT,
        "x": {"w": np.ones((2, 2)), "b": np.float64(2.5), "n": np.int64(3)},
        "flag": np.bool_(True),
        "evidence": (Evidence("a", "b", 1.0, inf, True),),
        "row": [Row(nan)],
        1: None,
        "other": object,
    }
    back = json.loads(to_json(answer))
    assert back["status"] == "CONVERGED"
    assert back["x"] == {"w": [[1.0, 1.0], [1.0, 1.0]], "b": 2.5, "n": 3}
    assert back["flag"] is True
    assert back["evidence"][0]["threshold"] == "inf"
    assert back["row"] == [{"value": "nan"}]
    assert back["1"] is None
    assert isinstance(back["other"], str)


@given(st.recursive(st.floats() | st.text() | st.booleans() | st.none(), st.lists, max_leaves=20))
def test_it_is_always_strict_json(value: object) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(to_json(value), parse_constant=refuse)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_is_lost(value: float) -> None:
    assert json.loads(to_json(value)) == value
