"""The notebook's widget, without a notebook: traits, messages, what a cell shows."""

import json
import queue
from typing import Any

import jax.numpy as jnp
import pytest
import traitlets
from tests.studio.test_session import untaped

import surefoot as sf
from surefoot.studio.page import module_text
from surefoot.studio.widget import LabWidget
from surefoot.terms import Scenario


def test_it_carries_module_and_scenario() -> None:
    made = sf.lab("w^4 - w^2", start=1.5)
    state = made.widget.get_state()
    assert state["_esm"] == module_text()
    assert Scenario.from_json(state["scenario"]) == made.scenario
    json.dumps(state["scenario"], allow_nan=False)
    assert (state["start"], state["theme"]) == (1.5, "auto")


def test_a_cell_shows_the_same_widget_each_time() -> None:
    made = sf.lab("w^2")
    one, two = made._repr_mimebundle_(), made._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    first, second = (part[0] if isinstance(part, tuple) else part for part in (one, two))
    assert first["text/plain"] == repr(made)
    assert first[view]["model_id"] == second[view]["model_id"] == made.widget.model_id


def test_what_the_page_moved_is_read_back() -> None:
    made = sf.lab("w^2", start=1.5)
    made.widget.set_state({"start": 0})
    assert made.start == 0.0
    document = made.scenario.to_json()
    document["eta"], document["start"] = 0.125, -0.5
    made.widget.set_state({"scenario": document})
    assert made.scenario.eta == 0.125
    made.close()
    assert made.scenario.eta == 0.125, "what was shown last stays"


def test_what_was_set_on_the_noise_is_read_back() -> None:
    made = sf.lab(
        lambda w, d: jnp.mean((w - d) ** 2), batches=sf.Batches([0.0, 1.0, 3.0, 2.0], 2)
    )
    document = made.scenario.to_json()
    document["noise"] |= {"size": 4, "seed": 12, "average": True}
    made.widget.set_state({"scenario": document})
    assert made.scenario.noise is not None
    assert (made.scenario.noise.size, made.scenario.noise.seed) == (4, 12)
    made.close()


@pytest.mark.parametrize("change", [{"eta": -1}, {"extra": 1}, {"box": [1, 1]}])
def test_a_scenario_that_is_none_does_not_get_in(change: dict[str, Any]) -> None:
    made = sf.lab("w^2")
    before = made.scenario
    with pytest.raises(traitlets.TraitError):
        made.widget.scenario = {**before.to_json(), **change}
    assert made.scenario == before


def test_the_kernel_answers_what_no_tape_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(LabWidget, "send", lambda self, content, buffers=None: answers.put(content))
    made = sf.lab(untaped, (0, 2))
    made.widget._handle_custom_msg({"op": "eval", "id": 0, "seq": 1, "x": 3}, [])
    assert answers.get(timeout=60)["value"] == 4.0
    made.widget._handle_custom_msg({"op": "run", "code": "1"}, [])
    assert answers.get(timeout=60)["code"] == "unknown-op"
    made.close()


def test_answers_hold_no_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(LabWidget, "send", lambda self, content, buffers=None: answers.put(content))
    made = sf.lab("log(x)")
    made.widget._handle_custom_msg({"op": "eval", "id": 0, "seq": 1, "x": -1}, [])
    answer = answers.get(timeout=60)
    assert answer["value"] == "nan"
    json.dumps(answer, allow_nan=False)
    made.close()
