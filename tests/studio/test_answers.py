"""Answers as scenarios: what had bounds is drawn within them, what is maximised is named."""

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surefoot as sf
from surefoot.program.tape import Tape
from surefoot.studio import page_of
from surefoot.terms import Scenario


def _curve(shown: Scenario, w: Any, number: int = 0) -> Any:
    """Rows of value, slope and curvature at each of w."""
    slices = shown.function.slices
    fixed = slices[number].fixed if slices else ()
    rows = np.column_stack([w, *(np.full(len(w), each) for each in fixed)])
    with np.errstate(all="ignore"):
        return Tape.from_json(shown.function.tape).run_many(rows)


def _plane(shown: Scenario, points: Any) -> Any:
    assert shown.function.plane is not None
    with np.errstate(all="ignore"):
        return Tape.from_json(shown.function.plane.tape).run_many(np.asarray(points))


def _proofs(html: str) -> Any:
    start = html.index('id="proofs">') + len('id="proofs">')
    return json.loads(html[start : html.index("</script>", start)])


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────


def test_beyond_its_bounds_there_is_no_curve() -> None:
    shown = sf.minimize("(x - 3)^2", bounds=(0.0, 2.0)).to_lab()
    inside = np.linspace(0.0, 2.0, 41)
    expected = np.column_stack([(inside - 3) ** 2, 2 * (inside - 3), np.full(41, 2.0)])
    assert _curve(shown, inside) == pytest.approx(expected, abs=1e-14)
    beyond = np.array([-1e12, -1.0, -1e-9, np.nextafter(2.0, 3.0), 2.5, 3.0, 1e12])
    assert np.isnan(_curve(shown, beyond)).all()


def test_the_window_is_the_box_with_room_to_see_the_curve_end() -> None:
    shown = sf.minimize("(x - 3)^2", bounds=(0.0, 2.0)).to_lab()
    assert -0.1 <= shown.box[0] < 0.0 and 2.0 < shown.box[1] <= 2.1
    assert 0.0 < shown.start < 2.0
    far = sf.minimize("(x - 3)^2", bounds=(0.0, 1e6)).to_lab()
    assert far.box[0] >= -1.0 and far.box[1] < 100.0, "little is seen in a box so wide"
    one_sided = sf.minimize("(x - 3)^2", bounds=(4.0, None)).to_lab()
    assert 3.0 < one_sided.box[0] < 4.0 < one_sided.box[1]


def test_the_first_step_stays_within_the_bounds() -> None:
    shown = sf.minimize("(x - 3)^2", bounds=(0.0, 2.0)).to_lab()
    step = Tape.from_json(shown.function.steps["gd"].tape).run([shown.start, shown.eta])[0]
    assert 0.0 < step < 2.0


def test_the_bounds_are_said() -> None:
    shown = sf.minimize("(x - 3)^2", bounds=(0.0, 2.0)).to_lab()
    assert "within the bounds 0 ≤ x ≤ 2" in shown.lesson
    assert "x = 2 is at its upper bound" in shown.lesson
    assert shown.answer is not None
    assert shown.answer.evidence[0] == "x = 2, at its upper bound"
    function = shown.function
    assert function.mathml is not None and "0 ≤ x ≤ 2" in function.mathml
    assert function.spoken is not None and function.spoken.endswith("0 ≤ x ≤ 2")
    # The text alone is another function, which would be typed again or proved in its place.
    assert function.formula is None and function.source == "(x - 3)^2, 0 ≤ x ≤ 2"
    assert function.smoothness.kind == "smooth", "an end is no jump"


def test_a_point_between_its_bounds_is_said_to_be_at_none() -> None:
    shown = sf.minimize("log(x) + (x - 4)^2", 2.0, bounds=(0.5, None)).to_lab()
    assert "x ≥ 0.5" in shown.lesson and "In the answer" not in shown.lesson
    assert shown.answer is not None and not shown.answer.evidence[0].startswith("x = ")


def test_a_landscape_ends_at_the_bounds() -> None:
    formula = "(x - 3)^2 + (y + 1)^2 + x*y"
    shown = sf.minimize(formula, bounds={"x": (0, 2), "y": (0, 2)}).to_lab()
    assert np.isfinite(_plane(shown, [(0.0, 0.0), (2.0, 0.0), (1.0, 2.0)])).all()
    beyond = _plane(shown, [(2.1, 1.0), (1.0, -0.1), (14 / 3, -10 / 3), (-5.0, 50.0)])
    assert np.isnan(beyond[:, :3]).all(), "value and gradient"
    assert shown.function.plane is not None
    cut = shown.function.plane.cuts[0]
    for (low, high), at in zip(cut.box, cut.start, strict=True):
        assert -0.1 <= low < 0.0 and 2.0 < high <= 2.1 and 0.0 < at < 2.0
    for number in (0, 1):
        assert np.isnan(_curve(shown, np.array([-0.5, 2.5]), number)[:, :2]).all()
        low, high = shown.function.slices[number].box
        assert -0.1 <= low < 0.0 and 2.0 < high <= 2.1


def test_the_engines_path_stays_on_the_landscape() -> None:
    start, bounds = {"x": -1.0, "y": 1.0}, {"x": (-2, 0.5), "y": (-1, 2)}
    shown = sf.minimize("(1 - x)^2 + 100(y - x^2)^2", start, bounds=bounds).to_lab()
    assert shown.function.plane is not None
    cut = shown.function.plane.cuts[0]
    assert cut.recorded is not None and cut.start == (-1.0, 1.0)
    assert (cut.recorded.x[-1], cut.recorded.y[-1]) == pytest.approx((0.5, 0.25))
    assert -2.2 < cut.box[0][0] < -2.0 and 0.5 < cut.box[0][1] < 0.7


def test_planes_of_many_numbers_end_at_the_bounds() -> None:
    start, bounds = {"x": 1.0, "y": 2.0, "z": 1.0}, {"x": (0.5, 4.0), "z": (-1.0, None)}
    shown = sf.minimize("x^2 + y^2 + z^2 + x*y*z", start, bounds=bounds).to_lab()
    assert shown.function.plane is not None
    tape = Tape.from_json(shown.function.plane.tape)
    for cut in shown.function.plane.cuts:
        if "x" in cut.names:
            point = [0.4 if name == "x" else 0.0 for name in cut.names]
            assert np.isnan(tape.run([*point, *cut.fixed])[0])


def test_a_coordinate_that_is_fixed_is_not_the_one_that_is_drawn() -> None:
    bounds = {"x": (2.5, 2.5), "y": (-1, 5)}
    shown = sf.minimize("(x - 3)^2 * (y + 2)^2 + y^2", bounds=bounds).to_lab()
    assert shown.slice == 1 and shown.function.plane is None
    assert np.isfinite(_curve(shown, np.array([shown.start]), 1)).all()
    assert shown.answer is not None
    assert shown.answer.evidence[:2] == ("x = 2.5, fixed", "y = −0.4")
    assert sf.minimize("x^2", bounds=(2.0, 2.0)).to_lab().lesson.count("x = 2") == 1


def test_a_fit_within_bounds_keeps_its_windows_inside() -> None:
    t = np.arange(6.0)
    y = np.array([5.1, 3.0, 1.9, 1.1, 0.7, 0.4])
    box = sf.Box(np.zeros(2), np.array([4.5, 3.0]))
    start = np.array([1.0, 0.3])
    fit = sf.curve_fit(lambda t, p: p[0] * jnp.exp(-p[1] * t), t, y, start, bounds=box)
    shown = fit.to_lab()
    assert shown.box[0] < 4.5 < shown.box[1] < 4.8
    assert np.isnan(_curve(shown, np.array([4.6]))[0, :2]).all()
    assert shown.answer is not None
    assert shown.answer.evidence[0].endswith("at its upper bound, taken as known")


def test_without_a_tape_samples_end_at_the_bounds() -> None:
    # Below 0 its loop would never end: beyond its bounds the function is not to be asked.
    def settled(w: Any) -> Any:
        step = lambda x: 0.5 * (x + w / x)  # noqa: E731 - one line of a loop of open length
        root = jax.lax.while_loop(lambda x: jnp.abs(x * x - w) > 1e-9, step, 1.0 + 0.0 * w)
        return (jax.lax.stop_gradient(root) - 2.0) ** 2 + (w - 3.0) ** 2

    shown = sf.minimize(settled, 1.5, bounds=(1.0, 2.0)).to_lab()
    assert shown.function.tape is None and shown.function.samples is not None
    assert (shown.function.samples.w[0], shown.function.samples.w[-1]) == (1.0, 2.0)
    assert np.isfinite(shown.function.samples.value).all()


def test_the_python_of_a_bounded_answer_walks_as_the_page_does() -> None:
    shown = sf.minimize("(x - 3)^2", bounds=(0.0, 2.0)).to_lab()
    space: dict[str, Any] = {}
    exec(shown.function.snippet, space)
    walk = sf.descend(lambda w: space["flat"]([w]), 1.0, "gd", steps=9, lr=0.4)
    assert "domain" in walk.reason, "the first step leads to 2.6"
    assert float(space["flat"]([1.0])) == 4.0


# ── what is maximised ───────────────────────────────────────────────────────────────────────────


def test_a_maximised_formula_is_shown_with_its_sign() -> None:
    shown = sf.maximize("-x^2 + 4x").to_lab()
    function = shown.function
    assert (function.title, function.formula) == ("L(x)", "-(-x^2 + 4x)")
    assert function.mathml is not None and function.spoken is not None
    assert shown.lesson.startswith("Maximised: -x^2 + 4x. Drawn is its negative")
    proofs = _proofs(page_of(shown))
    assert proofs[0]["marks"][0]["x"] == [2.0], "the page's tape is the formula's"


def test_all_coordinates_of_an_answer_are_listed() -> None:
    shown = sf.maximize("4x - x^2 - y^2 + x*y").to_lab()
    assert shown.answer is not None
    assert shown.answer.evidence[:2] == ("x = 2.66667", "y = 1.33333")
    assert shown.function.formula == "-(4x - x^2 - y^2 + x*y)"
    assert shown.function.mathml is not None


def test_a_head_and_data_of_a_maximised_formula() -> None:
    headed = sf.maximize("f(y, x) = 4x - x^2 - y^2", {"y": 1.0, "x": 1.0}).to_lab()
    assert headed.function.formula == "-(4x - x^2 - y^2)"
    assert headed.function.title == "L(x, y)"
    data = sf.formula("-sum((a - x)^2)", data={"a": [1.0, 2.0, 4.0]})
    shown = sf.maximize(data, 0.0).to_lab()
    assert shown.function.formula is None, "the text alone is no function"
    assert "-sum((a - x)^2)" in shown.lesson


def test_a_maximised_function_within_bounds() -> None:
    def height(p: Any) -> Any:
        return -((p["a"] - 3) ** 2) * (1 + p["b"] ** 2) - (p["b"] - 1) ** 2

    start = {"a": 0.0, "b": 0.0}
    shown = sf.maximize(height, start, bounds={"a": (None, 2.0)}).to_lab()
    assert shown.function.title == "-height(a, b)"
    assert shown.lesson.startswith("Maximised: height.") and "a ≤ 2" in shown.lesson
    assert _plane(shown, [(2.0, 0.5)])[0, 0] == pytest.approx(1.5)
    assert np.isnan(_plane(shown, [(2.5, 0.5)])[0, :3]).all()


def test_only_a_global_maximum_is_called_the_highest() -> None:
    best = sf.maximize("-x^2 + 4x").to_lab().answer
    local = sf.maximize("x^3 - 3x", 0.0, bounds=(-3.0, 3.0)).to_lab().answer
    assert best is not None and "The highest value is 4" in best.words
    assert local is not None and local.kind == "LOCAL_MAXIMUM"
    assert "The value there is 2" in local.words and "highest" not in local.words


def test_a_refusal_is_said_before_what_the_last_point_is() -> None:
    card = sf.minimize("x^3 - 3x", -2.0, bounds={"x": (None, -1.5)}).to_lab().answer
    assert card is not None
    assert "The value improves without end" in card.words
    assert "Of the last point, which is no answer:" in card.words


def test_both_coordinates_of_an_answer_on_an_edge_are_told() -> None:
    bounds = {"x": (1, 3), "y": (-1, 3)}
    shown = sf.minimize("x^2 + 3y^2 - x*y", {"x": 2.0, "y": 2.0}, bounds=bounds).to_lab()
    assert "In the answer x = 1 is at its lower bound, y is 0.166667." in shown.lesson
