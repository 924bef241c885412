"""Journeys 1 to 4: the ball, the steps, the keyboard, the formula."""

import re
from itertools import cycle, islice

import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import DOUBLE_WELL, Tab, double_well, tab
from tests.studio.serving import base

import surefoot as sf
from surefoot.studio.presets import PRESETS
from surefoot.studio.server import LabServer

LIMIT = 2.0 / 2.8536  # 2/L″ of the valley's own minimum, where the ball is heading
PICTURE = "all => all.map(canvas => canvas.toDataURL())"

# ── 1: the ball ────────────────────────────────────────────────────────────────────────────────


def test_the_first_screen(lab: Tab) -> None:
    assert lab.w == 1.88354
    assert lab.slope == pytest.approx(0.491, abs=5e-4)
    assert lab("#step-scale").input_value() == "0.50"
    assert lab("#formula").input_value() == DOUBLE_WELL
    assert "#t=" not in lab.page.url, "the token is taken out of the address"


def _equal_to_jax(lab: Tab) -> None:
    value, slope, curvature = double_well(lab.w)
    assert lab.number("#read-loss") == pytest.approx(value, rel=1e-9)
    assert lab.slope == pytest.approx(slope, rel=1e-9, abs=1e-12)
    assert lab.number("#read-curvature") == pytest.approx(curvature, rel=1e-9, abs=1e-12)


def test_a_dragged_ball_reads_as_jax_does(lab: Tab) -> None:
    before = lab.w
    for move in (-40.0, -173.0, 310.0, -255.0):
        lab.drag_ball((move, 0.0))
        assert lab.w != before
        before = lab.w
        _equal_to_jax(lab)


def test_two_hundred_moves_are_followed(lab: Tab) -> None:
    steps = islice(cycle([(-3.0, 1.0)] * 20 + [(3.0, -1.0)] * 20), 200)
    start = lab.w
    lab.drag_ball((-30.0, 0.0), *steps)
    assert lab.w < start
    _equal_to_jax(lab)


@pytest.mark.parametrize("moves", [4, 5])
def test_the_small_plots_show_where_the_hand_came_to_rest(lab: Tab, moves: int) -> None:
    """They take turns while it moves: at rest both are of the last place."""

    def rested() -> list[str]:
        lab("[data-scenario]").wait_for(state="attached")  # written when the hand rests
        pictures: list[str] = []
        while True:  # until what is worked out in pieces is there
            lab.page.wait_for_timeout(200)
            now = lab(".small canvas").evaluate_all(PICTURE)
            if now == pictures:
                return now
            pictures = now

    first = rested()
    lab.drag_ball((-60.0, 0.0), *[(-1.0, 0.0)] * moves)
    there = rested()
    assert sum(a != b for a, b in zip(first, there, strict=True)) == 2
    lab.press("Step")
    lab.page.get_by_role("button", name="Undo").click()
    assert rested() == there


def test_a_drag_is_one_undo(lab: Tab) -> None:
    lab.drag_ball(*[(-5.0, 0.0)] * 20)
    assert lab.w != 1.88354
    lab.page.get_by_role("button", name="Undo").click()
    lab.expect_w(1.88354)


# ── 2: steps ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("eta", [0.05, 0.5, 0.68])
def test_ten_steps_are_pythons(lab: Tab, eta: float) -> None:
    lab.set_rate(eta)
    for _ in range(10):
        lab.press("Step")
    walk = sf.descend(DOUBLE_WELL, 1.88354, steps=10, lr=eta)
    lab.expect_steps(11)
    rows = np.array(lab.steps())
    assert rows.shape == (11, 3)
    assert np.abs(rows[:, 0] - walk.points[:, 0]).max() <= 1e-9
    assert np.abs(rows[:, 1] - walk.values).max() <= 1e-9
    assert np.abs(rows[:, 2] - walk.gradients[:, 0]).max() <= 1e-9
    assert lab.w == rows[-1, 0]


@pytest.mark.parametrize(
    ("eta", "words"),
    [
        (0.002, "crawl"),
        (0.2, "steady"),
        (0.5, "overshoots and returns"),
        (0.72, "oscillat"),
    ],
)
def test_the_insight_names_what_happens(lab: Tab, eta: float, words: str) -> None:
    lab.set_rate(eta)
    expect(lab("#insight")).to_contain_text(re.compile(words, re.IGNORECASE))
    assert re.search(r"\d", lab.insight), "with numbers"


def test_too_long_a_step_diverges_and_says_at_which(browser: Browser) -> None:
    made = sf.lab("x^4", (-2, 2), start=1.5, eta=0.5)
    url = made.serve(port=0)
    with tab(browser, url) as lab:
        lab.open(url)
        expect(lab("#insight")).to_contain_text(re.compile("diverge", re.IGNORECASE))
        lab.press("Run")
        expect(lab("#notice, .steps")).to_contain_text([re.compile("diverged at", re.IGNORECASE)])
        text = lab.page.locator(".lab").inner_text()
        assert "NaN" not in text and "Infinity" not in text
    made.close()


def test_one_control_for_eta(lab: Tab) -> None:
    lab("#rate").focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowLeft")
    lab.settle()
    eta = float(lab("#step-scale").input_value())
    assert eta < 0.5
    assert f"{eta:g}"[:4] in lab("#next-line").inner_text()
    lab.press("Step")
    expected = 1.88354 - eta * double_well(1.88354)[1]
    assert lab.w == pytest.approx(expected, abs=0.002)


def test_the_marks_are_those_of_the_valley(lab: Tab) -> None:
    """2/L″ at the ball's own place is no stability limit and is not drawn as one."""
    texts = lab(".mark").all_inner_texts()
    valley = next(text for text in texts if "valley" in text)
    limit = float(re.findall(r"[\d.]+", valley)[0])
    minimum = sf.minimize(DOUBLE_WELL, 1.7).x
    assert limit == pytest.approx(2.0 / double_well(float(minimum))[2], rel=2e-3)
    lab.drag_ball((-60.0, 0.0))
    texts = lab(".mark").all_inner_texts()
    again = next(text for text in texts if "valley" in text)
    here = 2.0 / abs(double_well(lab.w)[2])
    shown = float(re.findall(r"[\d.]+", again)[0])
    assert shown == pytest.approx(limit, rel=2e-3) and abs(shown - here) > 0.05


# ── 3: click and keyboard ──────────────────────────────────────────────────────────────────────


def test_a_click_places_the_ball(lab: Tab) -> None:
    box = lab(".plot canvas").first.bounding_box()
    assert box is not None
    lab.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    lab.settle()
    assert lab.w < -1.0
    _equal_to_jax(lab)


def test_the_keyboard_alone(lab: Tab) -> None:
    for _ in range(60):
        lab.page.keyboard.press("Tab")
        if lab("#ball").evaluate("ball => ball.getRootNode().activeElement === ball"):
            break
    else:
        pytest.fail("Tab does not reach the ball")
    moved = {}
    for keys in ("ArrowLeft", "Shift+ArrowLeft", "Control+ArrowLeft"):
        before = lab.w
        lab.page.keyboard.press(keys)
        lab.settle()
        moved[keys] = before - lab.w
        _equal_to_jax(lab)
    assert moved["Shift+ArrowLeft"] > moved["ArrowLeft"] > moved["Control+ArrowLeft"] > 0
    start = lab.w
    lab.page.keyboard.press("Space")
    lab.page.keyboard.press("Space")
    lab.settle()
    lab.expect_steps(3)
    assert lab.w != start
    lab.page.keyboard.press("Home")
    lab.settle()
    lab.expect_steps(1)
    lab.expect_w(start)


def test_the_focus_is_seen_and_the_ball_speaks(lab: Tab) -> None:
    lab("#ball").focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.settle()
    style = lab("#ball").evaluate(
        "ball => { const s = getComputedStyle(ball);"
        " return [s.outlineStyle, s.outlineWidth, s.boxShadow]; }"
    )
    assert style[2] != "none" or (style[0] != "none" and style[1] != "0px"), style
    spoken = lab("#ball").get_attribute("aria-valuetext")
    assert spoken is not None
    for word in ("w ", "loss ", "slope "):
        assert word in spoken
    assert lab("#ball").get_attribute("role") == "slider"


# ── 4: formulas ────────────────────────────────────────────────────────────────────────────────


def _type(lab: Tab, formula: str) -> None:
    lab("#formula").fill(formula)
    lab("#formula").press("Enter")


def test_a_new_formula(lab: Tab) -> None:
    _type(lab, "(x^2 - 1)^2 + 0.1x")
    expect(lab("label[for=formula]")).to_have_text("L(x) =")
    lab.settle()
    x = lab.w
    assert lab.number("#read-loss") == pytest.approx((x * x - 1) ** 2 + 0.1 * x, rel=1e-12)
    assert lab.slope == pytest.approx(4 * x * (x * x - 1) + 0.1, rel=1e-12)


def test_a_broken_formula_is_marked_and_the_picture_stays(lab: Tab) -> None:
    expect(lab("#formula-facts")).to_contain_text("proved; there are no others")
    before = lab(".plot canvas").evaluate_all(PICTURE)
    _type(lab, "w^2 + fooo(w)")
    error = lab("[role=alert]")
    expect(error).to_be_visible()
    source, caret = error.locator("pre").inner_text().split("\n")[:2]
    assert source[caret.index("^") :].startswith("fooo")
    assert (lab.w, lab("#read-w").is_visible()) == (1.88354, True)
    assert lab(".plot canvas").evaluate_all(PICTURE) == before
    _type(lab, "w^2")
    expect(error).to_be_hidden()


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "(" * 400 + "w", "9^9^9^9^9", "w^(10^400)", "w <", "constructor(w)"],
)
def test_a_hostile_formula_is_a_sentence(lab: Tab, formula: str) -> None:
    _type(lab, formula)
    error = lab("[role=alert]")
    expect(error).to_be_visible()
    assert len(error.locator("p").inner_text()) > 10
    assert lab.w == 1.88354


@pytest.mark.parametrize("formula", ["1/w", "log(w)", "sqrt(w)", "tan(w)", "where(w < 0, 1, 2)w"])
def test_poles_and_edges_are_drawn_without_complaint(lab: Tab, formula: str) -> None:
    _type(lab, formula)
    expect(lab("#formula")).to_have_value(formula)
    lab.page.wait_for_timeout(200)
    lab.drag_ball((-300.0, 0.0))
    assert "NaN" not in lab(".lab").inner_text()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_and_its_lesson(lab: Tab, preset: object) -> None:
    name, start, lesson = (getattr(preset, key) for key in ("name", "start", "lesson"))
    presets = lab.page.get_by_label("Presets")
    if name != "double well":
        presets.select_option(label=name)
    lab.expect_w(start)
    expect(lab(".lesson")).to_have_text(lesson)
    lab.press("Step")
    lab.expect_steps(2)


def test_a_python_function_without_a_tape(browser: Browser) -> None:
    from tests.studio.test_session import untaped

    made = sf.lab(untaped, (-1, 3), start=2.5, eta=0.25)
    url = made.serve(port=0)
    with tab(browser, url) as lab:
        lab.open(url)
        expect(lab("#read-w")).to_have_attribute("data-value", "2.5")
        expect(lab("#read-slope")).to_have_attribute("data-value", "3")
        lab.press("Step")
        expect(lab("#read-w")).not_to_have_attribute("data-value", "2.5")
        assert lab.w == pytest.approx(1.75, abs=1e-6)
    made.close()


def test_blindfold_hides_the_curve_until_the_end(lab: Tab) -> None:
    lab.press("Blindfold")
    expect(lab("#read-curvature")).to_have_text("hidden")
    for formula in (lab("#formula"), lab(".written")):
        expect(formula).to_have_css("filter", "blur(6px)")
    expect(lab(".code")).to_be_hidden()
    lab.press("Reveal")
    expect(lab("#read-curvature")).not_to_have_text("hidden")
    expect(lab("#formula")).to_have_css("filter", "none")
    expect(lab(".code")).to_be_visible()


def test_a_prediction_is_judged_where_the_ball_never_rests(browser: Browser) -> None:
    """Around a corner it bounces for ever."""
    made = sf.lab("abs(w - 1) + 0.1 w^2", (-3.0, 3.0), start=2.5, eta=0.4)
    url = made.serve(port=0)
    with tab(browser, url, reduced_motion="reduce") as lab:
        lab.open(url)
        lab.press("Challenge")
        x, y = lab.ball_at()
        lab.page.mouse.click(x - 60.0, y)
        lab.press("Run")
        expect(lab(".run")).to_contain_text("Score: ")
    made.close()


# ── how it looks ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["Challenge", "Blindfold"])
def test_nothing_that_is_hidden_is_left_for_a_screen_reader(lab: Tab, mode: str) -> None:
    lab.press("Step")
    expect(lab(".spoken")).to_contain_text("minimum")
    lab.page.get_by_role("button", name=mode).click()
    expect(lab(".spoken")).to_have_text("", timeout=300)


def test_what_is_wrong_with_a_step_scale_stands_beside_it_until_it_is_mended(lab: Tab) -> None:
    box, problem = lab("#step-scale"), lab("#rate-problem")
    box.fill("-2")
    box.press("Enter")
    expect(problem).to_contain_text("“-2” is no step scale")
    above, below = box.bounding_box(), problem.bounding_box()
    assert above is not None and below is not None
    assert above["y"] < below["y"] < above["y"] + 60
    expect(box).to_have_value("0.50")
    lab.press("Step")
    expect(problem).to_be_hidden()
    box.fill("none")
    box.press("Enter")
    expect(problem).to_be_visible()
    lab.set_rate(0.2)
    expect(problem).to_be_hidden()


def test_a_formula_of_ones_own_begins_with_a_step_that_arrives(lab: Tab) -> None:
    lab("#formula").fill("w^6 - 3w^4 + w")
    lab("#formula").press("Enter")
    expect(lab("#step-scale")).to_have_value("0.014")  # the valley's limit is 0.0466
    expect(lab("#insight")).to_contain_text("there after")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_window(
    browser: Browser, server: LabServer, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 844}
    with tab(browser, base(server), viewport=size, color_scheme=scheme) as lab:
        lab.open(server.url)
        wide = lab.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        assert lab("#surefoot-lab").get_attribute("data-theme") == scheme
        plot = lab(".plot").bounding_box()
        assert plot is not None and plot["width"] >= (0.5 if width > 1000 else 0.8) * width


def test_reduced_motion_and_forced_colours(browser: Browser, server: LabServer) -> None:
    options = {"reduced_motion": "reduce", "forced_colors": "active"}
    with tab(browser, base(server), **options) as lab:
        lab.open(server.url)
        lab.press("Run")
        _equal_to_jax(lab)
