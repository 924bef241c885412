"""The scenario document: what goes out comes back, and nothing else gets in."""

import json
from copy import deepcopy
from dataclasses import replace
from math import inf, isnan, nan
from typing import Any

import pytest

from surefoot.terms import (
    AnswerCard,
    InputError,
    Recorded,
    Samples,
    Scenario,
    ShownFunction,
    Slice,
    SmoothnessWords,
    StepRule,
    View,
)

TAPE: dict[str, Any] = {
    "v": 1, "inputs": 1, "constants": ["inf"], "columns": [], "lanes": 1,
    "ops": [["mul", 0, 0]], "outputs": [2],
}  # fmt: skip

FUNCTION = ShownFunction(
    title="L(w)", variable="w", formula="w^2", source=None, snippet="f = …",
    mathml='<math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>w</mi><mn>2</mn></msup>'
    "</math>",
    spoken="w squared", tape=TAPE, steps={"gd": StepRule(TAPE, (0.5,), "gradient descent")},
    why="", smoothness=SmoothnessWords("smooth", "every step is smooth"),
    slices=(Slice("along a", "a", "cm", (1.0, 2.0, 0.0), (-1.0, 1.0), 0.5),), samples=None,
)  # fmt: skip

FULL = Scenario(
    function=FUNCTION, box=(-2.0, 2.0), start=1.5, eta=0.25, steps=3,
    view=View(secant=0.5, lens=True, theme="dark", mode="blindfold"),
    recorded=Recorded("newton, recorded", (1.0, 0.0), (1.0, inf)),
    answer=AnswerCard("…", 0.0, 0.0, "GLOBAL_MINIMUM", "SUPPORTED", ("✓ stationarity",)),
    preset="bowl", lesson="…",
)  # fmt: skip


def _document() -> dict[str, Any]:
    return deepcopy(FULL.to_json())


def test_it_comes_back_as_it_was() -> None:
    assert Scenario.from_json(FULL.to_json()) == FULL
    assert Scenario.from_json(FULL.to_text()) == FULL
    assert Scenario.from_json(FULL.to_text().encode()) == FULL


def test_nan_and_infinity_travel_as_words() -> None:
    samples = Samples((0.0, 1.0, 2.0), (nan, inf, -inf), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    made = replace(FULL, function=replace(FUNCTION, tape=None, samples=samples))
    text = made.to_text()
    assert '["nan","inf","-inf"]' in text
    assert "NaN" not in text and "Infinity" not in text
    back = Scenario.from_json(text).function.samples
    assert back is not None
    assert isnan(back.value[0]) and back.value[1:] == (inf, -inf)


def test_whole_numbers_become_float64() -> None:
    document = _document()
    document["start"] = 1
    document["eta"] = 1
    read = Scenario.from_json(document)
    assert isinstance(read.start, float) and isinstance(read.eta, float)


def test_what_has_a_default_may_be_left_out() -> None:
    document = _document()
    for name in ("view", "recorded", "answer", "preset", "lesson", "steps", "slice"):
        del document[name]
    assert Scenario.from_json(document).view == View()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extra", 1),
        ("view.extra", 1),
        ("function.extra", 1),
        ("function.slices.0.extra", 1),
        ("function.steps.gd.extra", 1),
        ("v", 2),
        ("v", True),
        ("tab", "landscape"),
        ("rule", "adam"),
        ("start", "1"),
        ("start", None),
        ("start", True),
        ("start", "nan"),
        ("start", 10**400),
        ("eta", 0),
        ("eta", -1),
        ("eta", "inf"),
        ("box", [1, -1]),
        ("box", [0, 0]),
        ("box", [0]),
        ("box", [0, 1, 2]),
        ("box", [0, "inf"]),
        ("box", [0, 1e200]),
        ("box", {"0": 0, "1": 1}),
        ("steps", 1.5),
        ("steps", -1),
        ("steps", 10**9),
        ("slice", 1),
        ("view.theme", "pink"),
        ("view.lens", 1),
        ("function.title", 3),
        ("function.title", "x" * 30_000),
        ("function.mathml", "<script>alert(1)</script>"),
        ("function.mathml", '<math><mi onclick="alert(1)">w</mi></math>'),
        ("function.mathml", '<math href="javascript:alert(1)"><mi>w</mi></math>'),
        ("function.mathml", "<math><annotation-xml><img src=x></annotation-xml></math>"),
        ("function.mathml", "<img src=x onerror=alert(1)>"),
        ("function.tape", {"v": 1}),
        ("function.tape", [1, 2]),
        ("function.smoothness.kind", "SMOOTH"),
        ("function.slices", 7),
        ("function.slices.0.box", [1, 1]),
        ("recorded.w", [1.0]),
        ("recorded.w", "abc"),
        ("function.samples", {"w": [1], "value": [], "slope": [1], "curvature": [1]}),
    ],
)
def test_what_does_not_fit_is_refused(path: str, value: Any) -> None:
    document = _document()
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    with pytest.raises(InputError) as refusal:
        Scenario.from_json(document)
    assert 10 < len(str(refusal.value)) < 400


@pytest.mark.parametrize("name", ["function", "box", "start"])
def test_what_it_needs_must_be_there(name: str) -> None:
    document = _document()
    del document[name]
    with pytest.raises(InputError, match=name):
        Scenario.from_json(document)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", "NaN", '{"start": NaN}', "[" * 10**5, "9" * 10**5]
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Scenario.from_json(text)


def test_a_document_beyond_a_megabyte_is_refused() -> None:
    with pytest.raises(InputError, match="1 MiB"):
        Scenario.from_json(json.dumps({"lesson": "x" * 2**20}))


def test_too_many_points_are_refused() -> None:
    document = _document()
    document["recorded"] = {"label": "", "w": [0.0] * 6000, "value": [0.0] * 6000}
    with pytest.raises(InputError, match="6000"):
        Scenario.from_json(document)
