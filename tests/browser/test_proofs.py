"""Journey 8: convexity and marks that are proved, how the proof cuts the window, and offline."""

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import Tab, another, double_well, tab
from tests.browser.seeing import OVERLAPS
from tests.studio.serving import base

import surefoot as sf
from surefoot.studio.plane_presets import PLANE_PRESETS
from surefoot.studio.server import LabServer

HIMMELBLAU = PLANE_PRESETS[0].formula
ALL = "proved; there are no others"


class Proofs(Tab):
    """The parts of a page that speak of proofs."""

    @property
    def facts(self) -> Any:
        return self(".facts")

    def formula(self, text: str) -> None:
        self("#formula").fill(text)
        self("#formula").press("Enter")

    @property
    def prove(self) -> Any:
        return self(".prove:visible")

    def replayed(self) -> None:
        """Press "Prove", and wait until the last round is drawn."""
        self.prove.click()
        expect(self.prove).to_have_attribute("aria-pressed", "true")
        first = int(self.prove.get_attribute("data-round"))
        expect(self("#notice")).to_contain_text("Python cut the window into")
        self.page.wait_for_timeout(2600)
        assert int(self.prove.get_attribute("data-round")) > first

    def picture(self) -> str:
        self.page.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            self.page.get_by_role("menuitem", name="SVG").click()
        return download.value.path().read_text(encoding="utf-8")


@pytest.fixture
def page(browser: Browser, server: LabServer) -> Generator[Proofs, None, None]:
    with tab(browser, base(server)) as opened:
        opened.open(server.url)
        opened.__class__ = Proofs
        assert isinstance(opened, Proofs)
        yield opened


@pytest.mark.parametrize("width", [390, 1280])
def test_the_curves_points_are_proved(page: Proofs, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 860})
    expect(page.facts).to_contain_text(f"3 stationary points in this window, {ALL}")
    svg = page.picture()
    assert svg.count(", proved<") == 2 and ">global minimum<" in svg, "lowest of all is no proof"
    other = another(page.page.context, page.own or "")
    assert other.page.evaluate(OVERLAPS, svg) == []
    other.page.close()
    page.replayed()
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    # Another picture is not this proof's.
    page("#ball").press("ArrowRight")
    expect(page.prove).to_have_attribute("aria-pressed", "false")


def test_convexity_is_proved_or_refuted_by_a_chord(page: Proofs) -> None:
    expect(page.facts).to_contain_text("not convex on this window")
    expect(page.facts.locator(".tag", has_text=re.compile("^proved$"))).to_be_visible()
    page.page.get_by_role("button", name="show witness").click()
    words = page("#witness").inner_text()
    found = re.search(
        r"Not convex, proved: halfway between (\S+) and (\S+) the value is (\S+), above the chord "
        r"at (\S+)\.$", words,
    )  # fmt: skip
    assert found is not None, words
    a, b, value, chord = (float(text) for text in found.groups())
    first, last, here = (double_well(w)[0] for w in (a, b, 0.5 * a + 0.5 * b))
    assert here == pytest.approx(value, rel=1e-4) and 0.5 * (first + last) == pytest.approx(
        chord, rel=1e-4
    )
    assert here > 0.5 * (first + last)
    assert "above this chord" in page.picture()
    page.formula("w^2 + 1")
    expect(page("#formula-facts")).to_contain_text("convex on this windowproved")
    page.formula("x^2 + y^2")
    expect(page("#formula-facts")).to_contain_text("✓ convex on this windowproved")
    page.formula("x^2 + 3x*y + y^2")
    expect(page("#formula-facts")).to_contain_text("✗ not convex on this windowproved")


def test_what_is_undecided_is_said(page: Proofs) -> None:
    page.formula("w^4")
    expect(page.facts).to_contain_text("0 proved; 1 part of the window undecided")
    page.formula("e^(-w)")
    expect(page.facts).to_contain_text("0 stationary points in this window, proved")
    page.formula("|w - 0.3| + 0.1w^2")
    expect(page.facts).to_contain_text("is not shown to be smooth")
    page.formula("w^4 - w^2")
    expect(page.facts).to_contain_text(f"3 stationary points in this window, {ALL}")
    # The window grows: for a moment nothing is known beyond it, then it is proved as well.
    page.page.get_by_role("button", name="Zoom out").click()
    expect(page.facts).to_contain_text(ALL)


def test_the_map_shows_proved_points_and_the_boxes(page: Proofs) -> None:
    page.page.get_by_label("Presets").select_option(label="Himmelblau")
    expect(page(".places")).to_have_attribute("data-proved", "complete")
    expect(page("#places-count")).to_contain_text(ALL)
    expect(page(".places .tag")).to_have_text("proved")
    rows = page("#places tbody tr")
    expect(rows).to_have_count(9)
    found = rows.evaluate_all("all => all.map(r => ({...r.dataset}))")
    proved = sf.stationary_points(HIMMELBLAU, {"x": (-6, 6), "y": (-6, 6)})
    assert all(each["proved"] == "true" for each in found)
    places = [(float(each["x"]), float(each["y"])) for each in found]
    for point in proved:
        x, y = float(point.x["x"]), float(point.x["y"])
        assert min(max(abs(x - a), abs(y - b)) for a, b in places) < 1e-12
    before = page.picture()
    page.replayed()
    after = page.picture()
    assert after.count("<rect") > before.count("<rect") + 100
    page.prove.click()
    expect(page.prove).to_have_attribute("data-round", "")
    assert page.picture().count("<rect") == before.count("<rect")


def test_the_walks_follow_the_hand_while_a_proof_is_at_work(page: Proofs) -> None:
    page.formula("20 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y)")
    page("#start").wait_for()
    where = "data-x"
    seen: set[str] = set()
    for _ in range(12):
        page("#start").press("ArrowRight")
        page.settle()
        seen.add(page("#start").get_attribute(where) or "")
    assert len(seen) == 12
    expect(page(".places .tag")).to_have_text(re.compile("proved"), timeout=20_000)


def _shifted(by: float) -> Any:
    def loss(w: Any) -> Any:
        return jnp.cosh(w - by) + 0.1 * w

    return sf.lab(loss, (-2.0, 3.0))


def test_a_function_of_python_is_proved_and_no_other_in_its_place(browser: Browser) -> None:
    made, other = _shifted(1.0), _shifted(1.5)
    url, elsewhere = made.serve(port=0), other.serve(port=0)
    try:
        with tab(browser, url.partition("/#")[0]) as opened:
            opened.__class__ = Proofs
            opened.open(url)
            assert isinstance(opened, Proofs)
            expect(opened.facts).to_contain_text("1 stationary point in this window, proved")
            opened("#ball").press("ArrowRight")
            hashed = opened.hash()
            expect(opened.page).to_have_url(re.compile("#s="))
            address = opened.page.evaluate("location.hash").removeprefix("#")
        # The same words, another curve.
        with tab(browser, elsewhere.partition("/#")[0]) as opened:
            opened.__class__ = Proofs
            assert isinstance(opened, Proofs)
            opened.open(f"{elsewhere}&{address}")
            assert opened.hash() == hashed
            opened.page.wait_for_timeout(1500)
            expect(opened.facts).to_contain_text("1 stationary point in this window, found numer")
            assert opened.facts.inner_text().count("proved") == 0
            opened.prove.click()
            expect(opened("#notice")).to_contain_text("Python does not hold")
    finally:
        made.close()
        other.close()


def test_an_exported_page_knows_what_was_proved(browser: Browser, tmp_path: Path) -> None:
    path = sf.lab(HIMMELBLAU, {"x": (-6, 6), "y": (-6, 6)}).export(tmp_path / "page.html")
    assert path.stat().st_size <= 400_000
    with tab(browser, None, offline=True) as opened:
        opened.__class__ = Proofs
        assert isinstance(opened, Proofs)
        opened.page.goto(path.as_uri())
        opened("#start").wait_for()
        expect(opened(".places")).to_have_attribute("data-proved", "complete")
        expect(opened("#places-count")).to_contain_text(ALL)
        expect(opened(".prove")).to_be_hidden()
        for _ in range(4):
            opened.page.get_by_role("button", name="Zoom out").click()
            expect(opened("#places-count")).not_to_contain_text("Looking", timeout=10_000)
        expect(opened("#places-count")).to_contain_text(
            "beyond the window that was searched", timeout=30_000
        )
        opened.hash()  # the address holds the wider window now
        expect(opened.page).to_have_url(re.compile("#s="))
        opened.page.wait_for_timeout(1500)
        opened.page.reload()
        opened("#start").wait_for()
        expect(opened("#places-count")).to_contain_text(
            "beyond the window that was searched", timeout=30_000
        )
        opened.page.get_by_label("Presets").select_option(label="double well")
        opened("#ball").wait_for()
        expect(opened.facts).to_contain_text("found numerically")
    with tab(browser, None, offline=True) as opened:
        opened.__class__ = Proofs
        assert isinstance(opened, Proofs)
        path = sf.lab().export(tmp_path / "well.html")
        opened.page.goto(path.as_uri())
        expect(opened.facts).to_contain_text(f"3 stationary points in this window, {ALL}")
        embedded = json.loads(opened("#proofs").text_content() or "")
        for mark in embedded[0]["marks"]:
            assert abs(double_well(mark["x"][0])[1]) < 1e-12
