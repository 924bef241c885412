"""Journey 12: the noise of minibatches, and the same picture for the same seed."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import Tab, tab
from tests.studio.serving import base

import surefoot as sf
from surefoot.studio.noise_presets import NOISE_PRESETS, NoisePreset
from surefoot.studio.server import LabServer

LINE, WELL = NOISE_PRESETS
PICTURE = """() => {
  const root = document.querySelector("#surefoot-lab").shadowRoot;
  return [...root.querySelectorAll(".noise canvas")].map((canvas) => canvas.toDataURL());
}"""


class Fan(Tab):
    """The noise's parts of a page."""

    def ready(self) -> "Fan":
        self("#noise-start").wait_for()
        self("main.lab[aria-busy=false]").first.wait_for()
        self.settle()
        return self

    def set(self, name: str, value: Any) -> "Fan":
        field = self(f"#noise-{name}")
        field.fill(str(value))
        field.press("Enter")
        field.press("Tab")
        return self.ready()

    def read(self, name: str) -> float:
        return self.number(f"#noise-{name}")

    @property
    def start(self) -> list[float]:
        return json.loads(self("#noise-start").get_attribute("data-start") or "")

    @property
    def first(self) -> list[float]:
        """Where the first walk stands."""
        return json.loads(self("#noise-start").get_attribute("data-first") or "")

    def preset(self, preset: NoisePreset) -> "Fan":
        self.page.get_by_label("Presets").select_option(label=preset.name)
        return self.ready()


@pytest.fixture
def fan(browser: Browser, server: LabServer) -> Generator[Fan, None, None]:
    with tab(browser, base(server)) as opened:
        opened.open(server.url)
        opened.__class__ = Fan
        assert isinstance(opened, Fan)
        yield opened


def test_the_tab_brings_an_example_and_undo_leads_back(fan: Fan) -> None:
    fan("#formula").wait_for()
    before = fan("#formula").input_value()
    fan.page.get_by_role("tab", name="Noise").click()
    fan.ready()
    expect(fan("#notice")).to_contain_text(LINE.name)
    assert fan.start == [-0.9, -0.7]
    fan("#noise-start").press("Control+z")
    fan("#ball").wait_for()
    assert fan("#formula").input_value() == before


def test_the_fan_shrinks_with_the_root_of_the_batch(fan: Fan) -> None:
    fan.preset(LINE).set("walks", 64).set("eta", 0.05)
    widths = [fan.set("size", size).read("width") for size in (1, 4, 16)]
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.12)
    assert widths[2] / widths[1] == pytest.approx(0.5, abs=0.12)
    fan.set("size", 32)
    fan.press("With replacement")
    fan.ready()
    assert fan.read("width") < 1e-12
    expect(fan("#noise-insight")).to_contain_text("all walks are one")


def test_numbers_and_walks_are_pythons(fan: Fan) -> None:
    for preset in (LINE, WELL):
        fan.preset(preset).set("size", 5).set("seed", 21).set("beta", 0.4)
        found = sf.noise(preset.loss, preset.start, preset.data, sizes=[5], draws=2, replace=True)
        assert fan.read("trace") == pytest.approx(found.trace, rel=1e-9)
        assert fan.read("spread") == pytest.approx(found.spreads[0].predicted, rel=1e-9)
        assert fan.read("scale") == pytest.approx(found.scale, rel=1e-7)
        batches = sf.Batches(preset.data, 5, replace=True, seed=21)
        walk = sf.descend(
            preset.loss, preset.start, "momentum", 50, lr=preset.eta, options={"beta": 0.4},
            batches=batches,
        )  # fmt: skip
        fan("#noise-start").press("Home")
        for _ in range(50):
            fan.page.keyboard.press(" ")
        fan.settle()
        assert fan.first == pytest.approx(walk.points[50].tolist(), rel=1e-9, abs=1e-9)


def test_the_same_seed_is_the_same_picture_after_a_reload(fan: Fan) -> None:
    fan.preset(WELL).set("seed", 5).set("size", 2)
    fan.press("Average")
    fan.ready()
    hashed, picture, first = fan.hash(), fan.page.evaluate(PICTURE), fan.first
    fan.page.reload()
    fan.ready()
    fan.page.mouse.move(0, 0)
    assert (fan.hash(), fan.first) == (hashed, first)
    assert fan.page.evaluate(PICTURE) == picture
    fan.set("seed", 6)
    assert fan.first != first and fan.page.evaluate(PICTURE) != picture


def test_walks_follow_the_hand_and_the_keys(fan: Fan) -> None:
    fan.preset(LINE)
    box = fan("#noise-start").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fan.page.mouse.move(x, y)
    fan.page.mouse.down()
    seen: set[tuple[float, ...]] = set()
    for k in range(1, 21):
        fan.page.mouse.move(x + 5 * k, y - 4 * k)
        fan.settle()
        seen.add(tuple(fan.first))
    fan.page.mouse.up()
    assert len(seen) >= 18
    start = fan.ready().start
    fan("#noise-start").press("Shift+ArrowLeft")
    fan.settle()
    assert fan.start[0] < start[0] and fan.start[1] == start[1]
    told = fan("#noise-start").get_attribute("aria-valuetext") or ""
    assert "mean loss" in told and "mean gradient" in told
    fan("#noise-size-slider").press("ArrowRight")
    fan.settle()
    assert fan.read("size") == 8
    fan.set("eta", "nought")
    expect(fan("#notice")).to_contain_text("above 0")
    assert fan.read("eta") == 0.1
    text = fan("main.lab").inner_text()
    assert "NaN" not in text and "Infinity" not in text


def test_a_loss_of_ones_own_lives_offline(browser: Browser, tmp_path: Path) -> None:
    data = np.random.default_rng(1).standard_normal(300)

    def loss(w: Any, d: Any) -> Any:
        return jnp.mean(jnp.log(jnp.cosh(w - d)))

    made = sf.lab(loss, (-3, 3), start=2.0, batches=sf.Batches(data, 8, seed=4))
    path = made.export(tmp_path / "page.html")
    assert path.stat().st_size <= 400_000
    with tab(browser, None, offline=True) as opened:
        opened.page.goto(path.as_uri())
        opened.__class__ = Fan
        assert isinstance(opened, Fan)
        opened.ready()
        expect(opened("#noise-caption")).to_contain_text("256 of 300 examples")
        opened("#noise-start").press("ArrowLeft")
        opened("#noise-start").press("Home")
        opened.settle()
        assert opened.first == opened.start == [pytest.approx(1.94)]
        opened("#noise-start").press(" ")
        opened.settle()
        assert opened.first != opened.start


def test_it_fits_a_narrow_page(browser: Browser, server: LabServer) -> None:
    with tab(browser, base(server)) as opened:
        opened.page.set_viewport_size({"width": 390, "height": 800})
        opened.open(server.url)
        opened.page.get_by_role("tab", name="Noise").click()
        opened("#noise-start").wait_for()
        wide = opened("main.lab").evaluate("lab => [lab.scrollWidth, lab.clientWidth]")
        assert wide[0] <= wide[1]
