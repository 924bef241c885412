"""Journey 14: the lab in JupyterLab, twice in one notebook, and again when its kernel is gone."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.browsing import Tab, double_well
from tests.browser.notebooks import jupyter, notebook

CELLS = (
    "import surefoot as sf\nlab = sf.lab()\n"
    "other = sf.lab('w^4 - w^2', (-1.5, 1.5), start=1.2)\nlab",
    "other",
    "lab",
    "print('start', repr(lab.start), repr(lab.scenario.start))",
    "lab.embed()",
)
EMBEDDED = 4


class View:
    """One of the labs in a notebook."""

    def __init__(self, page: Page, number: int) -> None:
        self._page = page
        self._output = page.locator(".jp-Cell").nth(number)

    def part(self, selector: str) -> Any:
        return self._output.locator(selector)

    @property
    def w(self) -> float:
        return float(self.part("#read-w").get_attribute("data-value") or "nan")

    def drag(self, dx: float) -> None:
        """Take the ball and move it to the side in twenty moves."""
        ball = self.part("#ball")
        ball.scroll_into_view_if_needed()
        box = ball.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        start = self.part("#read-w").get_attribute("data-value") or ""
        self._page.mouse.move(x, y)
        self._page.mouse.down()
        self._page.mouse.move(x + dx, y, steps=20)
        self._page.mouse.up()
        # Two frames: the first may have been asked for before the last move.
        self._page.evaluate("() => new Promise(r => requestAnimationFrame("
                            "() => requestAnimationFrame(() => r(null))))")  # fmt: skip
        expect(self.part("#read-w")).not_to_have_attribute("data-value", start)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("notebooks")
    (made / "lab.ipynb").write_text(json.dumps(notebook(*CELLS)))
    return made


@pytest.fixture(scope="module")
def place(folder: Path) -> Generator[tuple[str, str], None, None]:
    pytest.importorskip("jupyterlab")
    with jupyter(folder) as running:
        yield running


def _menu(page: Page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def _run_from(page: Page, number: int, prints: str) -> None:
    """Run one cell, and wait for what it is to print; it may have printed something before."""
    cell = page.locator(".jp-Cell").nth(number)
    editor = cell.locator(".cm-content")
    # JupyterLab lays out what comes into view; a click meanwhile lands on what moved in under it.
    editor.scroll_into_view_if_needed()
    place = None
    while place != (place := editor.bounding_box()):
        page.wait_for_timeout(300)
    editor.click()
    expect(editor).to_be_focused()
    editor.press("Control+Enter")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text(prints, timeout=20_000)


def test_two_labs_in_one_notebook(browser: Browser, folder: Path, place: tuple[str, str]) -> None:
    origin, token = place
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        tab = Tab(context.new_page(), origin)
        page = tab.page
        page.goto(f"{origin}/lab/tree/lab.ipynb?token={token}")
        page.get_by_text("| Idle").first.wait_for(timeout=60_000)
        _menu(page, "Run", "Run All Cells")
        expect(page.locator("#ball")).to_have_count(3, timeout=60_000)
        first, other, again = View(page, 0), View(page, 1), View(page, 2)
        first.part("#read-w[data-value]").wait_for()
        assert (first.w, other.w, again.w) == (1.88354, 1.2, 1.88354)

        other.drag(-60.0)
        assert other.w < 1.2 and first.w == 1.88354, "each moves its own ball"
        first.drag(-60.0)
        moved = first.w
        assert moved < 1.88354
        slope = float(first.part("#read-slope").get_attribute("data-value") or "nan")
        assert slope == pytest.approx(double_well(moved)[1], rel=1e-9)
        expect(again.part("#read-w")).to_have_attribute("data-value", repr(moved))
        _run_from(page, 3, f"start {moved!r} {moved!r}")

        page.keyboard.press("Control+s")
        expect(page.locator(".jp-mod-dirty")).to_have_count(0, timeout=20_000)
        frame = page.locator(".jp-Cell").nth(EMBEDDED).locator("iframe").content_frame
        expect(frame.locator("#read-w")).to_have_attribute("data-value", "1.88354")
        _menu(page, "Kernel", "Shut Down Kernel")
        again.drag(-30.0)
        assert again.w < moved, "without its kernel it still moves"
        ours = [line for line in tab.complaints if "lab.js" in line or "surefoot" in line.lower()]
        assert ours == [] and tab.foreign == []
    finally:
        context.close()
    _reopened_without_any_kernel(browser, place)
    _reopened_without_its_kernel(browser, folder, place, moved)


def _reopened_without_its_kernel(
    browser: Browser, folder: Path, place: tuple[str, str], moved: float
) -> None:
    """The kernel that made the labs is gone; the one that JupyterLab starts has run nothing."""
    origin, token = place
    saved = json.loads((folder / "lab.ipynb").read_text())
    assert "widgets" in saved["metadata"], "JupyterLab stored the widgets with the notebook"
    with urlopen(f"{origin}/api/sessions?token={token}", timeout=20) as answer:
        assert json.load(answer) == [], "the kernel is gone"
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        page = context.new_page()
        page.goto(f"{origin}/lab/tree/lab.ipynb?token={token}&reset")
        view = View(page, 0)
        view.part("#read-w[data-value]").wait_for(timeout=60_000)
        assert view.w == moved
        view.drag(-40.0)
        assert view.w < moved
        slope = float(view.part("#read-slope").get_attribute("data-value") or "nan")
        assert slope == pytest.approx(double_well(view.w)[1], rel=1e-9)
    finally:
        context.close()


def _reopened_without_any_kernel(browser: Browser, place: tuple[str, str]) -> None:
    """JupyterLab's widget manager restores nobody's widgets then; what is embedded is alive."""
    origin, token = place
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        tab = Tab(context.new_page(), origin)
        page = tab.page
        for path in ("sessions", "kernels"):
            page.route(f"**/api/{path}*", _start_nothing)
        page.goto(f"{origin}/lab/tree/lab.ipynb?token={token}&reset")
        # None could be started, and none is wanted.
        page.get_by_role("button", name="Ok").click(timeout=60_000)
        page.get_by_role("dialog").get_by_role("button", name="No Kernel").click(timeout=60_000)
        expect(page.locator(".jp-Dialog")).to_have_count(0)
        outer = page.locator(".jp-Cell").nth(EMBEDDED).locator("iframe")
        frame = outer.content_frame
        read = frame.locator("#read-w")
        expect(read).to_have_attribute("data-value", "1.88354", timeout=60_000)
        ball = frame.locator("#ball")
        # A frame that is out of sight draws nothing, so it has to be seen before anything moves.
        outer.evaluate("frame => frame.scrollIntoView()")
        page.wait_for_timeout(500)
        box = ball.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 40.0, y, steps=20)
        page.mouse.up()
        expect(read).not_to_have_attribute("data-value", "1.88354")
        w = float(read.get_attribute("data-value") or "nan")
        assert w < 1.88354
        slope = float(frame.locator("#read-slope").get_attribute("data-value") or "nan")
        assert slope == pytest.approx(double_well(w)[1], rel=1e-9)
        page.wait_for_timeout(1000)  # at rest the page would write its address
        ours = [line for line in tab.complaints if "srcdoc" in line or "surefoot" in line.lower()]
        assert ours == [] and tab.foreign == []
    finally:
        context.close()


def _start_nothing(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()
