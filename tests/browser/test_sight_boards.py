"""The landscape and the noise in little room, without motion, in other colours."""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import Tab, tab
from tests.browser.seeing import OVERLAPS, SIGHTS, STICKS_OUT, Colour, contrast, pixels
from tests.studio.serving import base

import surefoot as sf
from surefoot.studio.noise_presets import NOISE_PRESETS
from surefoot.studio.plane_presets import PLANE_PRESETS
from surefoot.studio.server import LabServer

LINE, WELL = (preset.name for preset in NOISE_PRESETS)
PLANES = [preset.name for preset in PLANE_PRESETS]
HANDLE = "#start:visible, #noise-start:visible"
BOARDS = ("Himmelblau", LINE, WELL)


@contextmanager
def board(
    browser: Browser, server: LabServer, preset: str, **options: Any
) -> Generator[Tab, None, None]:
    with tab(browser, base(server), **options) as opened:
        opened.open(server.url)
        choose(opened, preset)
        yield opened


def choose(opened: Tab, preset: str) -> None:
    opened.page.get_by_label("Presets").select_option(label=preset)
    opened(HANDLE).wait_for()
    opened("main.lab[aria-busy=false]").first.wait_for()
    opened.settle()


NAMES = ("GD", "Momentum", "Nesterov", "RMSProp", "Adam", "Newton", "L-BFGS")


def svg(opened: Tab) -> str:
    """The picture as it is exported, with the labels as they are placed."""
    opened.page.get_by_role("button", name="Export").click()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("menuitem", name="SVG").click()
    return download.value.path().read_text(encoding="utf-8")


# ── little room ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("preset", BOARDS)
def test_nothing_sticks_out(browser: Browser, server: LabServer, preset: str) -> None:
    wide = "all => all.map(each => each.scrollWidth - each.clientWidth)"
    tops = "all => all.map(each => each.getBoundingClientRect().top)"
    with board(browser, server, preset) as opened:
        for width in (1280, 1100, 950, 861, 640, 390, 320):
            opened.page.set_viewport_size({"width": width, "height": 800})
            opened.settle()
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
            assert opened(".lab").evaluate(STICKS_OUT) == [], width
            if preset == "Himmelblau" and width == 390:
                assert opened("#leaderboard tbody td.wide").first.is_visible()
            if preset == "Himmelblau" and width == 320:
                # There is no column for it: the loss stands under where each rule is.
                under = "cell => [getComputedStyle(cell, '::after').content, cell.dataset.loss]"
                shown, loss = opened("#leaderboard tbody td.end").first.evaluate(under)
                assert loss and shown == f'"{loss}"'
            assert all(over <= 0 for over in opened(".scroll:visible").evaluate_all(wide)), width
            rows = opened(".timeline .row button:visible").evaluate_all(tops)
            assert max(rows) - min(rows) < 16, "the buttons of the timeline stand in one row"


@pytest.mark.parametrize("preset", BOARDS)
def test_at_twice_the_size(browser: Browser, server: LabServer, preset: str) -> None:
    size = {"width": 640, "height": 430}
    with board(browser, server, preset, viewport=size, device_scale_factor=2) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 640
        sizes = "all => all.map(each => [each.width, each.clientWidth])"
        canvases = opened(".plotcard .plot canvas:visible").evaluate_all(sizes)
        assert len(canvases) >= 2
        for drawn, shown in canvases:
            assert drawn == 2 * shown, "drawn with the screen's own pixels"
        handle = opened(HANDLE)
        at = "data-x" if preset == "Himmelblau" else "data-start"
        before = handle.get_attribute(at)
        handle.press("ArrowRight")
        opened.settle()
        assert handle.get_attribute(at) != before


@pytest.mark.parametrize("width", [390, 1280])
def test_no_label_lies_on_another(
    browser: Browser, server: LabServer, width: int
) -> None:
    size = {"width": width, "height": 844}
    with board(browser, server, "Himmelblau", viewport=size) as opened:
        other = opened.page.context.new_page()
        for preset in (*PLANES, LINE, WELL):
            choose(opened, preset)
            opened.hash()
            picture = svg(opened)
            assert picture.count("<text") > 5
            assert other.evaluate(OVERLAPS, picture) == [], preset


@pytest.mark.parametrize("width", [390, 1280])
def test_a_record_is_named_beside_its_rule(browser: Browser, tmp_path: Any, width: int) -> None:
    walk = sf.descend(PLANE_PRESETS[0].formula, {"x": 0.0, "y": -3.0}, "adam", 60, lr=0.2)
    path = sf.lab(walk).export(tmp_path / "page.html")
    size = {"width": width, "height": 844}
    with tab(browser, None, offline=True, viewport=size) as opened:
        opened.page.goto(path.as_uri())
        opened("main.lab[aria-busy=false]").first.wait_for()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened(".lab").evaluate(STICKS_OUT) == []
        picture = svg(opened)
        assert ">recorded: adam<" in picture and ">Adam<" in picture
        assert opened.page.context.new_page().evaluate(OVERLAPS, picture) == []


# ── less motion ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("preset", BOARDS)
def test_without_motion_it_is_played_at_once(
    browser: Browser, server: LabServer, preset: str
) -> None:
    with board(browser, server, preset, reduced_motion="reduce") as opened:
        play = opened("#play:visible, #noise-play:visible")
        play.click()
        opened.settle()
        expect(play).to_have_text("Play")
        assert opened.page.evaluate("document.getAnimations().length") == 0


# ── other colours ──────────────────────────────────────────────────────────────────────────────

FRAMES = {"#D0D7DE", "#30363D"}
"""Axes, which are meant to stay behind."""
SWATCHES = """
colours => {
  const row = document.createElement("div");
  Object.assign(row.style, { position: "fixed", left: 0, top: 0, zIndex: 9, display: "flex" });
  for (const each of colours) {
    const swatch = document.createElement("div");
    Object.assign(swatch.style, { width: "20px", height: "20px", background: each, flex: "none" });
    row.append(swatch);
  }
  document.body.append(row);
}
"""


def _seen(opened: Tab, colours: Sequence[str], sight: str) -> Sequence[Colour]:
    """Colours as somebody sees them."""
    session = opened.page.context.new_cdp_session(opened.page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
    clip = {"x": 0, "y": 10, "width": 20 * len(colours), "height": 1}
    return pixels(opened, clip)[10::20]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("preset", ["Himmelblau", LINE])
def test_each_sight_reads_every_label_and_follows_every_path(
    browser: Browser, server: LabServer, scheme: str, preset: str
) -> None:
    with board(browser, server, preset, color_scheme=scheme) as opened:
        picture = svg(opened)
        # Letters stand on a halo, paths on a casing; both are the colours that they lie in.
        texts = re.findall(r"<text[^>]* fill=\"([^\"]+)\"[^>]* stroke=\"([^\"]+)\"[^>]*>", picture)
        letters = sorted({fill for fill, _ in texts})
        (halo,) = {stroke for _, stroke in texts}
        names = ["Momentum", "Newton", "∇f"] if preset == "Himmelblau" else ["walks", "−∇L"]
        assert len(letters) >= 2 and all(f">{name}<" in picture for name in names)
        drawn = re.findall(r'<polyline[^>]* stroke="(#[0-9A-Fa-f]{6})"', picture)
        lines = sorted(set(drawn) - FRAMES)
        opened.page.evaluate(SWATCHES, [halo, *letters, *lines])
        for sight in ("none", *SIGHTS):
            ground, *seen = _seen(opened, [halo, *letters, *lines], sight)
            for name, colour in zip(letters, seen, strict=False):
                assert contrast(colour, ground) >= 4.5, (sight, name, colour)
            for name, colour in zip(lines, seen[len(letters) :], strict=True):
                # A casing is as the ground; what is drawn in it is not.
                close = contrast(colour, ground)
                assert close >= 2.5 or close < 1.15, (sight, name, colour)


def test_paths_and_rules_are_told_apart_without_colour(browser: Browser, server: LabServer) -> None:
    with board(browser, server, "Himmelblau") as opened:
        picture = svg(opened)
        for name in NAMES:
            assert f">{name}<" in picture
        dashes = set(re.findall(r'stroke-dasharray="([^"]+)"', picture))
        assert {"8 4", "2 3", "10 3 2 3", "6 3", "1 3"} <= dashes
        signs = opened("#leaderboard tbody .sign").all_inner_texts()
        assert len(set(signs)) == 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_systems_own_colours(browser: Browser, server: LabServer, scheme: str) -> None:
    options = {"forced_colors": "active", "color_scheme": scheme}
    ground, ink = ((0, 0, 0), (255, 255, 255))[:: 1 if scheme == "dark" else -1]
    with board(browser, server, "Himmelblau", **options) as opened:
        box = opened(".plot.map").bounding_box()
        assert box is not None
        seen = pixels(opened, box)
        assert seen.count(ground) > 0.6 * len(seen), "the map stands on the system's canvas"
        with_paths = seen.count(ink)
        opened.press("Basins")
        # They are found while the hand rests, coarse ones first.
        for _ in range(50):
            if pixels(opened, box).count(ink) > with_paths + 500:
                break
            opened.page.wait_for_timeout(200)
        else:
            pytest.fail("no lines between the basins, where there are no tints")
        opened.press("Basins")
        for name in NAMES:  # the rows change places after each
            opened.page.get_by_label(f"Show {name}", exact=True).click()
        opened.settle()
        assert with_paths > pixels(opened, box).count(ink) + 500, "the paths are seen"
        edge = "each => getComputedStyle(each).borderBottomColor"
        tabs = [each.evaluate(edge) for each in opened("[role=tab]").all()]
        assert len(set(tabs)) == 2 and tabs.count(tabs[1]) == 1, "which tab is open is seen"
        dimmed = opened("#leaderboard tr.off").first
        assert dimmed.evaluate("each => getComputedStyle(each).opacity") == "1"

        choose(opened, LINE)
        box = opened(".noise .plotcard .plot").bounding_box()
        assert box is not None
        seen = pixels(opened, box)
        assert seen.count(ground) > 0.6 * len(seen)
        assert seen.count(ink) > 800, "the walks are seen"
