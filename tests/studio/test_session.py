"""The conversation, without a carrier: every message, and what happens when they pile up."""

import json
import queue
import threading
import time
from collections.abc import Generator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surefoot.calculus import Evaluator
from surefoot.formulas import parse
from surefoot.program import trace
from surefoot.program.tape import Tape
from surefoot.studio import preset_scenario, session, wire
from surefoot.studio.session import Session
from surefoot.studio.subjects import subject_of_function
from surefoot.terms import FormulaError, Scenario


class Page:
    """Sends messages and collects the answers."""

    def __init__(self, subject: Any = None) -> None:
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.session = Session(self.answers.put, preset_scenario(), subject)

    def say(self, **message: Any) -> None:
        self.session.receive(json.dumps(message))

    def ask(self, **message: Any) -> dict[str, Any]:
        self.say(**message)
        return self.next()

    def next(self) -> dict[str, Any]:
        answer = self.answers.get(timeout=60)
        json.loads(wire.write(answer))  # every answer is plain JSON
        return answer


def untaped(x: Any) -> Any:
    """(x − 1)², by a loop of open length: no tape can carry it."""

    def body(state: Any) -> Any:
        return state[0] + 1.0, (x - 1.0) ** 2

    return jax.lax.while_loop(lambda state: state[0] < 1.0, body, (0.0, x))[1]


@pytest.fixture
def page() -> Generator[Page, None, None]:
    made = Page()
    yield made
    made.session.close()


@pytest.fixture
def engine() -> Generator[Page, None, None]:
    made = Page(subject_of_function(untaped))
    yield made
    made.session.close()


def test_the_greeting_tells_limits_and_scenario(page: Page) -> None:
    answer = page.ask(op="hello", v=1)
    assert answer["op"] == "ready" and answer["v"] == 1
    assert answer["limits"]["formula_characters"] == 500
    assert Scenario.from_json(answer["scenario"]).start == 1.88354


def test_another_version_is_refused(page: Page) -> None:
    assert page.ask(op="hello", v=2)["code"] == "version"


def test_a_formula_becomes_a_function(page: Page) -> None:
    answer = page.ask(op="define", id=3, src="w^4 - w^2")
    assert answer["op"] == "defined" and answer["id"] == 3
    function = answer["function"]
    value, slope, curvature = Tape.from_json(function["tape"]).run([1.5])
    assert (value, slope, curvature) == pytest.approx((2.8125, 10.5, 25.0), rel=1e-14)
    step = Tape.from_json(function["steps"]["gd"]["tape"]).run([1.5, 0.1])
    assert step == pytest.approx([1.5 - 0.1 * 10.5], rel=1e-14)
    assert "<math" in function["mathml"] and function["spoken"]
    low, high = answer["box"]
    assert low < -0.7071 and high > 0.7071, "both valleys are in the window"
    assert low < answer["start"] < high and answer["eta"] > 0
    Scenario.from_json(
        {"function": function, "box": answer["box"], "start": answer["start"]}
    )


def test_a_window_that_was_asked_for_is_kept(page: Page) -> None:
    answer = page.ask(op="define", id=1, src="sin(x)", box=[2, 5])
    assert answer["box"] == [2.0, 5.0] and 2.0 < answer["start"] < 5.0


def test_several_variables_become_cuts(page: Page) -> None:
    answer = page.ask(op="define", id=1, src="(1-x)^2 + 100(y-x^2)^2")
    cuts = answer["function"]["slices"]
    assert [cut["variable"] for cut in cuts] == ["x", "y"]
    tape = Tape.from_json(answer["function"]["tape"])
    value, slope, _ = tape.run([0.25, *cuts[1]["fixed"]])
    assert value == pytest.approx(0.25) and slope == pytest.approx(0.0, abs=1e-12)


def test_a_constant_is_a_level_line(page: Page) -> None:
    answer = page.ask(op="define", id=1, src="3")
    assert Tape.from_json(answer["function"]["tape"]).run([7.0]) == [3.0, 0.0, 0.0]


def test_a_mistake_is_placed_in_the_text(page: Page) -> None:
    answer = page.ask(op="define", id=1, src="w^2 + fooo(w)")
    assert answer["op"] == "err" and answer["code"] == "formula" and answer["id"] == 1
    assert answer["text"][slice(*answer["span"])].startswith("fooo")


def test_a_function_without_a_tape_is_computed_by_the_engine(engine: Page) -> None:
    answer = engine.ask(op="eval", id=0, seq=4, x=3.0)
    assert answer == {
        "op": "value", "id": 0, "seq": 4, "x": 3.0, "value": 4.0, "slope": 4.0, "curvature": 2.0,
    }  # fmt: skip
    answer = engine.ask(op="grid", id=0, seq=5, box=[0, 2], n=5)
    assert answer["op"] == "samples" and answer["w"] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert answer["value"] == [1.0, 0.25, 0.0, 0.25, 1.0]
    answer = engine.ask(op="path", id=0, seq=6, rule="gd", eta=0.25, x0=3, steps=2)
    assert answer["w"] == [3.0, 2.0, 1.5] and answer["reason"] == ""


def test_the_paths_of_engine_and_tape_agree(page: Page) -> None:
    source = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"
    answer = page.ask(op="define", id=1, src=source)
    tape = Tape.from_json(answer["function"]["steps"]["gd"]["tape"])
    walked = [1.88354]
    for _ in range(50):
        walked.append(tape.run([walked[-1], 0.5])[0])
    path = page.ask(op="path", id=1, seq=1, rule="gd", eta=0.5, x0=1.88354, steps=50)
    assert np.max(np.abs(np.array(path["w"]) - walked)) <= 1e-9


def test_a_walk_that_runs_away_says_so(page: Page) -> None:
    page.ask(op="define", id=1, src="x^4")
    answer = page.ask(op="path", id=1, seq=1, rule="gd", eta=1.0, x0=3.0, steps=100)
    assert answer["reason"] == "diverged"
    assert all(np.isfinite(answer["w"]))


def test_a_walk_that_leaves_the_domain_says_so(page: Page) -> None:
    page.ask(op="define", id=1, src="x - log(x)")
    answer = page.ask(op="path", id=1, seq=1, rule="gd", eta=5.0, x0=3.0, steps=100)
    assert answer["reason"] == "left the domain" and answer["w"] == [3.0]


@pytest.mark.parametrize(
    "message",
    [
        {"op": "eval", "id": 9, "seq": 1, "x": 0},
        {"op": "grid", "id": 9, "seq": 1, "box": [0, 1], "n": 5},
        {"op": "path", "id": 9, "seq": 1, "rule": "gd", "eta": 1, "x0": 0, "steps": 1},
    ],
)
def test_a_function_that_is_not_there(page: Page, message: dict[str, Any]) -> None:
    answer = page.ask(**message)
    assert (answer["code"], answer["id"], answer["seq"]) == ("no-function", 9, 1)


@pytest.mark.parametrize(
    "message",
    [
        {"op": "grid", "id": 1, "seq": 1, "box": [0, 1], "n": 4097},
        {"op": "grid", "id": 1, "seq": 1, "box": [1, 0], "n": 5},
        {"op": "grid", "id": 1, "seq": 1, "box": [0, "inf"], "n": 5},
        {"op": "path", "id": 1, "seq": 1, "rule": "gd", "eta": 1, "x0": 0, "steps": 5001},
        {"op": "path", "id": 1, "seq": 1, "rule": "gd", "eta": 0, "x0": 0, "steps": 5},
        {"op": "path", "id": 1, "seq": 1, "rule": "adam", "eta": 1, "x0": 0, "steps": 5},
        {"op": "path", "id": 1, "seq": 1, "rule": "gd", "eta": 1, "x0": "nan", "steps": 5},
        {"op": "eval", "id": 1, "seq": 1, "x": "inf"},
        {"op": "eval", "id": 1, "seq": 1},
        {"op": "eval", "id": 1, "seq": 1, "x": 0, "y": 0},
        {"op": "eval", "id": 1.5, "seq": 1, "x": 0},
        {"op": "define", "id": 0, "src": "x"},
        {"op": "define", "id": 1, "src": "x", "box": [0, 0]},
        {"op": "hello"},
        {"op": "cancel", "job": "all"},
    ],
)
def test_what_is_over_the_limits_is_refused(page: Page, message: dict[str, Any]) -> None:
    answer = page.ask(**message)
    assert answer["op"] == "err" and answer["code"] == "bad-field"
    assert answer["of"] == message["op"]


def test_a_ball_at_zero_is_a_number(page: Page) -> None:
    page.ask(op="define", id=1, src="x^2")
    assert page.ask(op="eval", id=1, seq=1, x=0)["x"] == 0.0


def test_numbers_that_are_none_travel_as_words(page: Page) -> None:
    page.ask(op="define", id=1, src="log(x)")
    answer = page.ask(op="eval", id=1, seq=1, x=-1.0)
    assert answer["value"] == "nan"
    answer = page.ask(op="eval", id=1, seq=2, x=0.0)
    assert answer["value"] == "-inf"


def test_an_export_holds_the_scenario(page: Page) -> None:
    answer = page.ask(op="export", scenario=preset_scenario().to_json())
    assert answer["op"] == "exported" and answer["html"].startswith("<!doctype html>")
    assert page.ask(op="export", scenario={"v": 1})["code"] == "input"


def test_the_oldest_function_makes_room(engine: Page) -> None:
    for number in range(1, wire.LIMITS.functions + 2):
        assert engine.ask(op="define", id=number, src=f"x^2 + {number}")["op"] == "defined"
    assert engine.ask(op="eval", id=1, seq=1, x=0)["code"] == "no-function"
    assert engine.ask(op="eval", id=wire.LIMITS.functions + 1, seq=2, x=0)["op"] == "value"
    assert engine.ask(op="eval", id=0, seq=3, x=0)["op"] == "value", "Python's own stays"


# ── when messages pile up ──────────────────────────────────────────────────────────────────────


class Slow:
    """A subject whose line waits at a gate."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked: list[float] = []

    def line(self, number: int = 0) -> "Slow":
        return self

    def at(self, w: float) -> tuple[float, float, float]:
        self.asked.append(w)
        self.gate.wait(30)
        return (w, 1.0, 0.0)

    @property
    def evaluator(self) -> Evaluator:
        self.at(0.0)
        return Evaluator(trace(parse("x"), 1.0))


@pytest.fixture
def slow() -> Generator[tuple[Page, Slow], None, None]:
    subject = Slow()
    page = Page(subject)
    yield page, subject
    subject.gate.set()
    page.session.close()


def _until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_the_newest_of_a_kind_wins(slow: tuple[Page, Slow]) -> None:
    page, subject = slow
    page.say(op="eval", id=0, seq=0, x=0.0)
    _until(lambda: subject.asked)
    for seq in range(1, 100):
        page.say(op="eval", id=0, seq=seq, x=float(seq))
    subject.gate.set()
    assert [page.next()["seq"], page.next()["seq"]] == [0, 99]
    assert subject.asked == [0.0, 99.0]


def test_a_formula_that_was_replaced_is_told(slow: tuple[Page, Slow]) -> None:
    page, subject = slow
    page.say(op="eval", id=0, seq=0, x=0.0)
    _until(lambda: subject.asked)
    page.say(op="define", id=1, src="x")
    page.say(op="define", id=2, src="x^2")
    answer = page.next()
    assert (answer["code"], answer["of"], answer["id"]) == ("superseded", "define", 1)


def test_what_waits_can_be_cancelled(slow: tuple[Page, Slow]) -> None:
    page, subject = slow
    page.say(op="eval", id=0, seq=1, x=0.0)
    _until(lambda: subject.asked)
    page.say(op="path", id=0, seq=2, rule="gd", eta=1, x0=0, steps=10)
    page.say(op="cancel", job=2)
    subject.gate.set()
    assert page.next()["seq"] == 1
    assert page.ask(op="hello", v=1)["op"] == "ready"
    assert subject.asked == [0.0]


def test_what_runs_can_be_cancelled(slow: tuple[Page, Slow]) -> None:
    page, subject = slow
    page.say(op="path", id=0, seq=2, rule="gd", eta=1, x0=0, steps=5000)
    _until(lambda: subject.asked)
    page.say(op="cancel", job=2)
    subject.gate.set()
    answer = page.next()
    assert (answer["code"], answer["seq"]) == ("cancelled", 2)


def test_what_takes_too_long_is_stopped(
    slow: tuple[Page, Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, subject = slow
    monkeypatch.setattr(session, "SECONDS", 0.0)
    subject.gate.set()
    time.sleep(0.01)
    answer = page.ask(op="path", id=0, seq=2, rule="gd", eta=1, x0=0, steps=5000)
    assert answer["code"] == "too-slow"


def test_a_fault_of_ours_does_not_end_the_conversation(engine: Page) -> None:
    engine.session._functions[0] = None  # type: ignore[assignment]
    engine.session._functions[5] = object()  # type: ignore[assignment]
    assert engine.ask(op="eval", id=5, seq=1, x=0)["code"] == "fault"
    assert engine.ask(op="hello", v=1)["op"] == "ready"


# ── formulas ───────────────────────────────────────────────────────────────────────────────────


def test_limits_on_formulas_stand_at_their_edges() -> None:
    assert wire.read_formula("(" * 40 + "x" + ")" * 40).variables == ("x",)
    with pytest.raises(FormulaError, match="nested"):
        wire.read_formula("(" * 41 + "x" + ")" * 41)
    longest = "x" + "+x" * 249
    assert len(longest) == 499
    wire.read_formula(longest)
    with pytest.raises(FormulaError, match="characters"):
        wire.read_formula(longest + "+ 1")
    tower = "-" * 39 + "x"
    assert parse(tower)
    with pytest.raises(FormulaError, match="nested"):
        wire.read_formula("exp " * 45 + "x")


def test_the_worst_formula_that_is_allowed_is_quick() -> None:
    page = Page()
    began = time.monotonic()
    worst = "+".join(["sin(x)^9"] * 54)
    assert len(worst) <= 500
    assert page.ask(op="define", id=1, src=worst)["op"] == "defined"
    assert time.monotonic() - began < 20.0
    page.session.close()


def test_data_in_an_array_is_seen() -> None:
    data = np.arange(5.0)

    def loss(w: Any) -> Any:
        return jnp.sum((w - data) ** 2)

    page = Page(subject_of_function(loss))
    answer = page.ask(op="eval", id=0, seq=1, x=2.0)
    assert (answer["value"], answer["slope"], answer["curvature"]) == (10.0, 0.0, 10.0)
    page.session.close()
