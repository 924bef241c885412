"""Proofs over the wire and in exported pages."""

import json
import re
import threading
import time
from collections.abc import Generator
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from tests.studio.test_session import Page

import surefoot as sf
from surefoot.studio import page_of, session
from surefoot.studio.subjects import subject_of_function

WELL = "w^4 - 2w^2"


def value(w: float) -> float:
    return w**4 - 2.0 * w**2


def question(**changes: Any) -> dict[str, Any]:
    asked = {
        "op": "stationary", "seq": 1, "src": WELL, "box": [[-2, 2]],
        "probes": [[0.5, value(0.5)]],
    }  # fmt: skip
    return {key: each for key, each in (asked | changes).items() if each is not None}


@pytest.fixture
def page() -> Generator[Page, None, None]:
    made = Page(subject_of_function(lambda w: w**4 - 2.0 * w**2))
    yield made
    made.session.close()


@pytest.mark.parametrize("named", [{}, {"src": None, "id": 0}])
def test_the_points_of_a_window_are_proved(page: Page, named: dict[str, Any]) -> None:
    answer = page.ask(**question(**named))
    assert answer["op"] == "proof" and answer["seq"] == 1 and answer["rounds"] == []
    assert [(mark["x"], mark["kind"]) for mark in answer["marks"]] == [
        ([-1.0], "minimum"), ([1.0], "minimum"), ([0.0], "maximum"),
    ]  # fmt: skip
    assert all(mark["proved"] for mark in answer["marks"]) and answer["unresolved"] == []
    boxes = page.ask(**question(**named, seq=2, boxes=True))["rounds"]
    assert sum(len(part["fates"]) for part in boxes) == answer["boxes"]


def test_another_function_than_the_page_draws_is_refused(page: Page) -> None:
    assert page.ask(**question(src="w^4 - 3w^2"))["code"] == "another-function"
    assert page.ask(**question(src=None, id=0, probes=[[0.5, 1.0]]))["code"] == "another-function"
    assert page.ask(**question(src=None, id=7))["code"] == "no-function"
    assert page.ask(**question(src="fooo(w)"))["code"] == "formula"
    noisy = question(src="w^2 + y", box=[[-2, 2]])
    assert page.ask(**noisy)["code"] == "input", "two numbers, and no cut through them"


@pytest.mark.parametrize(
    "changes",
    [
        {"box": []}, {"box": [[-2, 2]] * 3}, {"box": [[2, -2]]}, {"box": [[-2, "inf"]]},
        {"src": None}, {"id": 0}, {"probes": []}, {"probes": [[0.5]]}, {"probes": [["nan", 1]]},
        {"probes": [[0.5, 1.0]] * 9}, {"fixed": [0.0] * 12_289}, {"fixed": ["nan"]},
        {"boxes": 1}, {"seconds": 60},
    ],
)  # fmt: skip
def test_what_is_over_the_limits_is_refused(page: Page, changes: dict[str, Any]) -> None:
    answer = page.ask(**question(**changes))
    assert (answer["op"], answer["code"], answer["of"]) == ("err", "bad-field", "stationary")


def test_a_proof_holds_up_nothing_and_a_newer_one_ends_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()
    real = session.prove_window

    def slow(*args: Any, stop: Any, **options: Any) -> Any:
        if not began.is_set():
            began.set()
            end = time.monotonic() + 30.0
            while not stop() and time.monotonic() < end:
                time.sleep(0.002)
            ended.set()
        return real(*args, stop=stop, **options)

    monkeypatch.setattr(session, "prove_window", slow)
    page.say(**question(seq=1))
    assert began.wait(30)
    assert page.ask(op="eval", id=0, seq=5, x=2.0)["value"] == 8.0
    assert not ended.is_set(), "the value came while the proof was at work"
    page.say(**question(seq=2))
    first, second = page.next(), page.next()
    assert (first["op"], first["code"], first["seq"]) == ("err", "cancelled", 1)
    assert (second["op"], second["seq"], len(second["marks"])) == ("proof", 2, 3)


def test_a_cancelled_proof_says_so(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def endless(*args: Any, stop: Any, **options: Any) -> Any:
        began.set()
        while not stop():
            time.sleep(0.002)

    monkeypatch.setattr(session, "prove_window", endless)
    page.say(**question(seq=4))
    assert began.wait(30)
    assert page.ask(op="cancel", job=4)["code"] == "cancelled"


def test_a_step_without_a_rule_is_named(page: Page) -> None:
    made = Page(subject_of_function(lambda w: jnp.sum(jnp.fft.fft(jnp.stack([w, w])).real)))
    answer = made.ask(**question(src=None, id=0, probes=[[0.5, 1.0]]))
    made.session.close()
    assert answer["code"] == "unsupported" and "complex" in answer["message"]


# ── exported pages ─────────────────────────────────────────────────────────────────────────────


def _proofs(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="proofs">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


def test_a_page_carries_the_proofs_of_its_windows() -> None:
    (curve,) = _proofs(page_of(sf.lab(WELL, (-2, 2)).scenario))
    assert [mark["x"] for mark in curve["marks"]] == [[-1.0], [1.0], [0.0]]
    text = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    made = sf.lab(text, {"x": (-6, 6), "y": (-6, 6)})
    curve, plane = _proofs(page_of(made.scenario))
    assert curve["fixed"] == list(made.scenario.function.slices[0].fixed)
    assert len(plane["marks"]) == 9 and plane["box"] == [[-12.0, 12.0]] * 2
    assert len(page_of(made.scenario)) <= 400_000


def test_a_function_of_ones_own_needs_its_program() -> None:
    made = sf.lab(lambda w: jnp.cosh(w - 1.0), (-2, 3))
    assert _proofs(page_of(made.scenario)) == []
    (proof,) = _proofs(page_of(made.scenario, made.subject))
    assert proof["marks"][0]["x"] == pytest.approx([1.0], abs=1e-15)
    # What stands for another function proves nothing of this one.
    other = sf.lab(lambda w: jnp.cosh(w - 1.5), (-2, 3))
    assert _proofs(page_of(made.scenario, other.subject)) == []


def test_a_page_without_a_proof_is_a_page_all_the_same() -> None:
    def kinked(w: Any) -> Any:
        return jnp.linalg.det(jnp.stack([jnp.stack([w, 1.0 + 0.0 * w]), jnp.stack([w, w])]))

    made = sf.lab(kinked, (-2, 3))
    html = page_of(made.scenario, made.subject)
    assert html.startswith("<!doctype html>") and np.isfinite(made.start)
