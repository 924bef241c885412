"""The paths that the engine walks for the page are those of `descend`."""

import json
import queue
from typing import Any

import pytest

import surefoot as sf
from surefoot.formulas import parse
from surefoot.studio.session import Session
from surefoot.studio.subjects import subject_of_formula
from surefoot.terms import Status

ENDS = [
    ("x^4", 3.0, 0.5, 60),
    ("x^2", 1.0, 1.5, 400),
    ("x^2", 1.0, 1.02, 400),
    ("-x^4", 0.5, 1.0, 60),
    ("log(x)", 1.0, 0.6, 20),
    ("cosh(x)", 2.0, 9.0, 60),
    ("0.08x^4 - 0.6x^2 + 0.25x + 0.15 sin(3x) + 1.9", 1.88354, 3.0, 60),
    ("0.08x^4 - 0.6x^2 + 0.25x + 0.15 sin(3x) + 1.9", 1.88354, 0.5, 60),
]


@pytest.mark.parametrize(("text", "start", "eta", "steps"), ENDS)
def test_the_engine_of_the_page_walks_as_descend_does(
    text: str, start: float, eta: float, steps: int
) -> None:
    walk = sf.descend(text, start, "gd", steps, lr=eta)
    answers: queue.Queue[dict[str, Any]] = queue.Queue()
    session = Session(answers.put, None, subject_of_formula(parse(text)))
    session.receive(json.dumps(
        {"op": "path", "id": 0, "seq": 1, "rule": "gd", "eta": eta, "x0": start, "steps": steps}
    ))  # fmt: skip
    path = answers.get(timeout=60)
    session.close()
    assert path["w"] == walk.points[:, 0].tolist()
    assert path["value"] == walk.values.tolist()
    assert path["slope"] == walk.gradients[:, 0].tolist()
    words = {Status.DIVERGED: "diverged", Status.NOT_A_NUMBER: "left the domain", None: ""}
    assert path["reason"] == words[walk.ended]
    assert (walk.ended is None) == (len(path["w"]) == steps + 1)
