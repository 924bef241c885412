"""`sf.lab`: what may be given, and what is shown of it."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from tests.studio.serving import ask, is_alive, talking

import surefoot as sf
from surefoot.program.tape import Tape
from surefoot.terms import InputError, UnsupportedError


def test_nothing_is_the_first_screen() -> None:
    assert sf.lab().scenario.preset == "double well"


def test_a_formula() -> None:
    made = sf.lab("(w^2 - 1)^2", (-2, 2), start=1.5, eta=0.05)
    assert made.scenario.box == (-2.0, 2.0)
    assert (made.start, made.scenario.eta) == (1.5, 0.05)
    assert made.scenario.function.smoothness.kind == "smooth"
    assert "L(w) on (-2, 2)" in repr(made)


def test_a_function() -> None:
    def hill(w: Any) -> Any:
        return jnp.abs(w) + w**2

    shown = sf.lab(hill).scenario
    assert shown.function.title == "hill(w)" and shown.function.formula is None
    assert shown.function.smoothness.kind == "kinked"
    assert shown.function.source is not None and "def hill" in shown.function.source
    assert "f = hill" in shown.function.snippet
    value, slope, curvature = Tape.from_json(shown.function.tape).run([2.0])
    assert (value, slope, curvature) == (6.0, 5.0, 2.0)
    assert shown.box[0] < 0 < shown.box[1]


def test_a_snippet_makes_the_function_again() -> None:
    shown = sf.lab("w^4 - w^2").scenario.function
    names: dict[str, Any] = {}
    exec(shown.snippet, names)
    assert float(names["f"](2.0)) == 12.0


def test_a_function_of_several_numbers_is_cut() -> None:
    def loss(p: Any) -> Any:
        return (p["a"] - 1.0) ** 2 + 10.0 * (p["b"] - p["a"]) ** 2

    made = sf.lab(loss, {"b": (-5, 5)}, start={"a": 1.0, "b": 2.0})
    cuts = made.scenario.function.slices
    assert [cut.variable for cut in cuts] == ["a", "b"]
    assert cuts[1].box == (-5.0, 5.0) and cuts[0].box[0] < 1.0 < cuts[0].box[1]
    tape = Tape.from_json(made.scenario.function.tape)
    assert tape.run([3.0, *cuts[1].fixed]) == pytest.approx([40.0, 40.0, 20.0])


def test_a_formula_of_several_numbers_through_a_point() -> None:
    cuts = sf.lab("x^2 y", start={"x": 2, "y": 3}).scenario.function.slices
    assert cuts[0].fixed == (2.0, 2.0, 3.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("formula", "inside"),
    [
        ("(x - 100)^2", [100.0]),
        ("w^4 - w^2", [-0.7071, 0.0, 0.7071]),
        ("log(x) + 1/x", [1.0]),
        ("sin(x)", [1.5708, -1.5708]),
        ("(x-3)^2 (x+3)^2", [-3.0, 0.0, 3.0]),
    ],
)
def test_the_window_holds_what_there_is_to_see(formula: str, inside: list[float]) -> None:
    scenario = sf.lab(formula).scenario
    low, high = scenario.box
    assert all(low < place < high for place in inside)
    assert high - low < 250 and low < scenario.start < high


def test_the_window_ends_where_the_function_does() -> None:
    low, high = sf.lab("sqrt(x)").scenario.box
    assert -0.5 < low <= 0 < high


def test_a_scenario_can_be_moved() -> None:
    scenario = sf.lab("w^2").scenario
    moved = sf.lab(scenario, (-9, 9), start=4).scenario
    assert moved.box == (-9.0, 9.0) and moved.start == 4.0
    assert moved.function == scenario.function


def test_a_solution_is_shown_with_its_verdict_and_its_path() -> None:
    solution = sf.minimize("w^4 - w^2 + 0.3w", 1.0)
    shown = sf.lab(solution).scenario
    assert shown.answer is not None and shown.recorded is not None
    assert shown.answer.kind == solution.verdict.kind.name
    assert shown.answer.value == solution.value and shown.answer.w == float(solution.x)
    assert shown.recorded.w[0] == shown.start == 1.0
    assert shown.recorded.label == solution.engine
    assert shown.box[0] < -0.8, "the deeper valley is in view"
    assert shown.recorded.w[-1] == pytest.approx(float(solution.x), abs=1e-8)
    assert shown.box[0] < shown.answer.w < shown.box[1]
    assert shown.function.formula == "w^4 - w^2 + 0.3w"
    assert len(shown.answer.evidence) == len(solution.verdict.evidence)


def test_what_is_maximised_rolls_down_on_its_negative() -> None:
    shown = sf.maximize("-x^2 + 4x").to_lab()
    assert shown.answer is not None
    assert shown.answer.value == -4.0 and shown.answer.kind == "GLOBAL_MAXIMUM"
    assert "highest value is 4" in shown.answer.words
    assert Tape.from_json(shown.function.tape).run([2.0])[:2] == [-4.0, 0.0]


def test_a_fit_is_cut_four_standard_errors_to_either_side() -> None:
    t = np.arange(6.0)
    y = np.array([5.1, 3.0, 1.9, 1.1, 0.7, 0.4])
    fit = sf.curve_fit(lambda t, p: p[0] * jnp.exp(-p[1] * t), t, y, np.ones(2))
    shown = fit.to_lab()
    errors = fit.fit.standard_errors
    for cut, value, error in zip(shown.function.slices, fit.x, errors, strict=True):
        assert cut.box == pytest.approx((value - 4 * error, value + 4 * error))
    assert shown.answer is not None
    for line, value, error in zip(shown.answer.evidence, fit.x, errors, strict=False):
        words = line.replace("\N{MINUS SIGN}", "-").split()
        assert float(words[2]) == pytest.approx(value, rel=1e-5), line
        assert float(words[4]) == pytest.approx(error, rel=0.05), line
    tape = Tape.from_json(shown.function.tape)
    value, slope, curvature = tape.run([fit.x[1], *shown.function.slices[1].fixed])
    assert value == pytest.approx(fit.value, rel=1e-12)
    assert abs(slope) < 1e-6 and curvature > 0


def test_a_walk_is_replayed() -> None:
    walk = sf.descend("w^4 - w^2", 1.0, steps=12, lr=0.1)
    shown = sf.lab(walk).scenario
    assert (shown.start, shown.eta, shown.steps) == (1.0, 0.1, 12)
    assert shown.recorded is not None and len(shown.recorded.w) == 13
    step = Tape.from_json(shown.function.steps["gd"].tape)
    w = 1.0
    for recorded in shown.recorded.w:
        assert w == pytest.approx(recorded, rel=1e-12)
        w = step.run([w, 0.1])[0]


def test_a_walk_that_ran_away_is_still_shown() -> None:
    shown = sf.lab(sf.descend("w^4", 3.0, steps=100, lr=1.0)).scenario
    assert shown.start == 3.0 and shown.box[1] - shown.box[0] < 1e4


def test_a_walk_in_two_coordinates_opens_the_landscape() -> None:
    made = sf.lab(sf.descend("x^2 + y^2", {"x": 1.0, "y": 1.0}, steps=3, lr=0.1))
    assert made.scenario.tab == "landscape"
    plane = made.scenario.function.plane
    assert plane is not None and plane.cuts[0].recorded is not None


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((3.0,), {}),
        (("w^2", (1, -1)), {}),
        (("w^2", 3), {}),
        (("w^2", ("a", "b")), {}),
        (("w^2", (0, np.inf)), {}),
        (("w^2",), {"eta": 0.0}),
        (("w^2",), {"eta": np.nan}),
        (("w^2",), {"start": np.nan}),
        (("w^2 <",), {}),
        (("w <= 2",), {}),
        ((lambda w: w > 0,), {}),
        ((lambda: 1.0,), {}),
        (("x y",), {"start": {"x": 1.0}}),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(arguments: Any, options: Any) -> None:
    with pytest.raises((InputError, UnsupportedError)) as refusal:
        sf.lab(*arguments, **options)
    assert len(str(refusal.value)) > 15


def test_it_is_served_and_served_again_at_the_same_address() -> None:
    made = sf.lab("w^2")
    url = made.serve(port=0)
    assert made.serve() == url, "one server a lab"
    server = made._server
    assert server is not None
    with talking(server) as socket:
        assert ask(socket, op="hello", v=1)["scenario"]["function"]["formula"] == "w^2"
        assert ask(socket, op="eval", id=0, seq=1, x=3)["value"] == 9.0
    made.close()
    made.close()
    _until_free(server)
    assert made.serve() == url
    assert made._server is not None and is_alive(made._server)
    made.close()


def _until_free(server: Any) -> None:
    import time

    end = time.monotonic() + 20
    while server._socket.fileno() != -1:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_open_opens_a_browser_and_does_not_wait_at_a_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import webbrowser

    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)))
    made = sf.lab("w^2")
    url = made.open(port=0, block=False)
    assert opened == [url] and "#t=" in url
    assert url in capsys.readouterr().out, "no browser took it, so the address is printed"
    made.close()


def test_two_numbers_open_the_landscape() -> None:
    scenario = sf.lab("(x^2 + y - 11)^2 + (x + y^2 - 7)^2").scenario
    assert scenario.tab == "landscape" and scenario.plane is None
    plane = scenario.function.plane
    assert plane is not None
    (cut,) = plane.cuts
    assert cut.names == ("x", "y") and cut.fixed == ()
    # All nine places of zero slope lie in the window that was chosen.
    for x, y in ((3.0, 2.0), (-2.805, 3.131), (-3.779, -3.283), (3.584, -1.848), (-0.271, -0.923)):
        assert cut.box[0][0] < x < cut.box[0][1] and cut.box[1][0] < y < cut.box[1][1]
    assert sf.Scenario.from_json(scenario.to_text()) == scenario


def test_the_landscape_takes_window_and_start() -> None:
    scenario = sf.lab("x^2 + 3y^2", {"x": (-1, 4), "y": (-2, 2)}, start={"x": 3, "y": 1}).scenario
    assert scenario.function.plane is not None
    cut = scenario.function.plane.cuts[0]
    assert cut.box == ((-1.0, 4.0), (-2.0, 2.0)) and cut.start == (3.0, 1.0)


def test_three_numbers_have_a_plane_of_each_pair() -> None:
    scenario = sf.lab("x^2 + y^2 z^2 + z").scenario
    assert scenario.tab == "curve" and scenario.function.plane is not None
    labels = [cut.label for cut in scenario.function.plane.cuts]
    assert labels == ["x and y", "x and z", "y and z"]


def test_one_number_has_no_plane() -> None:
    assert sf.lab("x^2").scenario.function.plane is None


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"tab": "landscape", "function": {"plane": None}}, "no plane to show"),
        ({"plane": {"eta": -1.0}}, "expected a number above 0"),
        ({"plane": {"cut": 3}}, "there are 1 planes"),
        ({"plane": {"box": [[1.0, 0.0], [0.0, 1.0]]}}, "lower < upper"),
        ({"plane": {"steps": 0}}, "plane.steps"),
        ({"plane": {"steep": 1}}, "no field 'steep'"),
    ],
)
def test_a_bad_landscape_is_refused(patch: dict[str, Any], words: str) -> None:
    from surefoot.studio.plane_presets import PLANE_PRESETS, plane_preset_scenario

    document = plane_preset_scenario(PLANE_PRESETS[2]).to_json()
    for name, part in patch.items():
        document[name] = document[name] | part if isinstance(part, dict) else part
    with pytest.raises(sf.InputError, match=words):
        sf.Scenario.from_json(document)


@pytest.mark.parametrize("start", [-10.0, 0.3, 40.0])
def test_a_window_that_is_chosen_holds_the_start_that_is_given(start: float) -> None:
    chosen = sf.lab("x^4 - 3x^2 + x").scenario.box
    scenario = sf.lab("x^4 - 3x^2 + x", start=start).scenario
    lower, upper = scenario.box
    assert scenario.start == start and lower < start < upper
    assert lower <= chosen[0] and chosen[1] <= upper
    assert (lower, upper) == chosen or start != 0.3
    # One that is asked for stays as it is.
    assert sf.lab("x^4 - 3x^2 + x", (-2, 2), start=start).scenario.box == (-2.0, 2.0)
