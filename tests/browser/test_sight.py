"""Fingers, little room, less motion, other colours: who reads the lab otherwise reads the same."""

import pytest
from playwright.sync_api import Browser, CDPSession, expect
from tests.browser.browsing import Tab, tab
from tests.browser.seeing import OVERLAPS, SIGHTS, STICKS_OUT, contrast, pixels
from tests.studio.serving import base

from surefoot.studio.presets import preset_named
from surefoot.studio.server import LabServer

PHONE = {"width": 390, "height": 844}

# ── fingers ────────────────────────────────────────────────────────────────────────────────────


def _touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def _window(lab: Tab) -> float:
    low, high = (float(lab("#ball").get_attribute(f"aria-value{end}")) for end in ("min", "max"))
    return high - low


def test_two_fingers_zoom_and_one_drags(browser: Browser, server: LabServer) -> None:
    with tab(browser, base(server), viewport=PHONE, has_touch=True, is_mobile=True) as lab:
        lab.open(server.url)
        session = lab.page.context.new_cdp_session(lab.page)
        lab("#ball").scroll_into_view_if_needed()
        box = lab(".plot").bounding_box()
        assert box is not None
        x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"]
        wide = _window(lab)
        _touch(session, "touchStart", (x - 20, y), (x + 20, y))
        for spread in range(25, 65, 5):
            _touch(session, "touchMove", (x - spread, y), (x + spread, y))
        _touch(session, "touchEnd")
        lab.settle()
        assert _window(lab) == pytest.approx(wide / 3.0, rel=0.01)
        lab.expect_w(1.88354)  # two fingers place no ball
        lab.page.get_by_text("Fit", exact=True).click()

        before = lab.w
        x, y = lab.ball_at()
        _touch(session, "touchStart", (x, y + 12))  # a finger is not as fine as a pointer
        for step in range(1, 9):
            _touch(session, "touchMove", (x - 5 * step, y + 12))
        _touch(session, "touchEnd")
        lab.settle()
        assert lab.w < before - 0.3
        lab.page.get_by_role("button", name="Undo").click()
        lab.expect_w(before)


def test_what_a_finger_presses_is_large_enough(browser: Browser, server: LabServer) -> None:
    with tab(browser, base(server), viewport=PHONE, has_touch=True, is_mobile=True) as lab:
        lab.open(server.url)
        script = """
            parts => parts.filter(each => each.offsetParent !== null)
              .map(each => [each.textContent, each.getBoundingClientRect()])
              .filter(([words, box]) => box.height < 24 || box.width < 24)
              .map(([words]) => words)
        """
        assert lab("button, select, input").evaluate_all(script) == []


# ── little room ────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("width", [320, 390, 640, 861, 950, 1100, 1280])
def test_nothing_sticks_out(browser: Browser, server: LabServer, width: int) -> None:
    size = {"width": width, "height": 800}
    with tab(browser, base(server), viewport=size) as lab:
        lab.open(server.url)
        for name in ("Secant", "Lens"):
            lab.press(name)
        lab("button.link").click()
        assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
        assert lab(".lab").evaluate(STICKS_OUT) == []


def test_at_twice_the_size(browser: Browser, server: LabServer) -> None:
    """A zoom of 200 % is a window of half the size with twice the pixels."""
    size = {"width": 640, "height": 430}
    with tab(browser, base(server), viewport=size, device_scale_factor=2) as lab:
        lab.open(server.url)
        assert lab.page.evaluate("document.documentElement.scrollWidth") <= 640
        sizes = "all => all.map(each => [each.width, each.clientWidth])"
        for drawn, shown in lab(".plot canvas").evaluate_all(sizes):
            assert drawn == 2 * shown, "drawn with the screen's own pixels"
        lab.press("Step")
        lab.expect_steps(2)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_label_lies_on_another(browser: Browser, server: LabServer, width: int) -> None:
    size = {"width": width, "height": 844}
    with tab(browser, base(server), viewport=size) as lab:
        lab.open(server.url)
        other = lab.page.context.new_page()
        for preset in (preset_named("double well"), preset_named("jump")):
            lab.page.get_by_label("Presets").select_option(label=preset.name)
            lab.expect_w(preset.start)
            lab.hash()  # the points of a new window come when the hand rests
            lab.page.get_by_role("button", name="Export").click()
            with lab.page.expect_download() as download:
                lab.page.get_by_role("menuitem", name="SVG").click()
            picture = download.value.path().read_text(encoding="utf-8")
            assert picture.count("<text") > 5
            assert other.evaluate(OVERLAPS, picture) == [], preset.name


# ── less motion ────────────────────────────────────────────────────────────────────────────────


def test_without_motion_a_run_is_at_its_end_at_once(browser: Browser, server: LabServer) -> None:
    with tab(browser, base(server), reduced_motion="reduce") as lab:
        lab.open(server.url)
        lab.page.get_by_role("button", name="Run", exact=True).click()
        # One frame later nothing runs any more.
        lab.settle()
        expect(lab(".steps")).to_contain_text("taken:")
        assert lab.page.get_by_role("button", name="Pause").count() == 0
        assert len(lab.steps()) > 10
        moving = "parts => parts.map(each => getComputedStyle(each).transitionDuration)"
        assert set(lab("button, select").evaluate_all(moving)) == {"0s"}
        assert lab.page.evaluate("document.getAnimations().length") == 0


# ── other colours ──────────────────────────────────────────────────────────────────────────────

SWATCHES = """
lab => {
  const kinds = ["w", "slope", "curvature", "stepsize"];
  const row = document.createElement("div");
  Object.assign(row.style, { position: "fixed", left: 0, top: 0, zIndex: 9, display: "flex" });
  const colour = kind => getComputedStyle(lab.querySelector("." + kind)).color;
  const panel = getComputedStyle(lab.querySelector(".card")).backgroundColor;
  for (const each of [panel, ...kinds.map(colour)]) {
    const swatch = document.createElement("div");
    Object.assign(swatch.style, { width: "20px", height: "20px", background: each });
    row.append(swatch);
  }
  document.body.append(row);
}
"""

@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_sight_can_read_every_colour(
    browser: Browser, server: LabServer, scheme: str
) -> None:
    with tab(browser, base(server), color_scheme=scheme) as lab:
        lab.open(server.url)
        lab(".lab").evaluate(SWATCHES)
        session = lab.page.context.new_cdp_session(lab.page)
        plain = None
        for sight in ("none", *SIGHTS):
            session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
            row = pixels(lab, {"x": 0, "y": 10, "width": 100, "height": 1})
            panel, *colours = row[10::20]
            assert all(contrast(each, panel) >= 4.5 for each in colours), (sight, row[10::20])
            plain = plain or colours
            assert sight == "none" or colours != plain, "the emulation is on"


def test_kinds_are_told_apart_without_colour(lab: Tab) -> None:
    """Each point and each arrow has its words, each mark its sign."""
    lab.page.get_by_role("button", name="Export").click()
    with lab.page.expect_download() as download:
        lab.page.get_by_role("menuitem", name="SVG").click()
    picture = download.value.path().read_text(encoding="utf-8")
    for words in ("global minimum", "local minimum", "local maximum", "gradient", "step"):
        assert words in picture
    assert {text[0] for text in lab(".mark .words").all_inner_texts()} <= {"✓", "✗", "–"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_systems_own_colours(browser: Browser, server: LabServer, scheme: str) -> None:
    with tab(browser, base(server), forced_colors="active", color_scheme=scheme) as lab:
        lab.open(server.url)
        box = lab(".plot").bounding_box()
        assert box is not None
        ground, ink = ((0, 0, 0), (255, 255, 255))[:: 1 if scheme == "dark" else -1]
        seen = pixels(lab, box)
        assert seen.count(ground) > 0.8 * len(seen), "the picture stands on the system's canvas"
        assert seen.count(ink) > 1000, "and is drawn in the system's ink"
        pressed = "each => getComputedStyle(each).backgroundColor"
        explore, blind = (
            lab.page.get_by_role("button", name=name).evaluate(pressed)
            for name in ("Explore", "Blindfold")
        )
        assert explore != blind, "what is pressed is seen"
        lab.press("Run")
