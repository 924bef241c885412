"""How quick the lab is: from a drag's move to the painted arrow, and from the server to a picture.

    python bench/lab.py            (needs the extras lab and test, and a Chromium)

A move is timed inside the page, from the dispatch of the pointer event to the end of the frame that
draws it: "read" is when the numbers under the ball have changed, "painted" when the browser has
come back from painting (a task posted from the next animation frame).
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.browser.browsing import ARGUMENTS, chromium  # noqa: E402
from tests.browser.notebooks import jupyter, notebook  # noqa: E402

from surefoot.studio import preset_scenario  # noqa: E402
from surefoot.studio.page import module_text  # noqa: E402
from surefoot.studio.server import LabServer, Options  # noqa: E402

MOVES = 200
TIMED = """
async (ball, moves) => {
  const root = ball.getRootNode(), read = root.querySelector("#read-w");
  const box = ball.getBoundingClientRect(), plot = ball.parentElement;
  const x0 = box.x + box.width / 2, y0 = box.y + box.height / 2;
  const fire = (type, x) => (type === "pointerdown" ? plot : plot).dispatchEvent(
    new PointerEvent(type, { bubbles: true, composed: true, cancelable: true, clientX: x,
      clientY: y0, pointerId: 1, isPrimary: true, button: 0, buttons: 1, pointerType: "mouse" }));
  const frame = () => new Promise(done => requestAnimationFrame(done));
  fire("pointerdown", x0);
  await frame(); await frame();
  const known = [], painted = [];
  let moved = 0;
  for (let k = 1; k <= moves; k++) {
    const before = read.dataset.value, from = performance.now();
    fire("pointermove", x0 - 100 * Math.sin(k / 12));
    // The page draws in its own animation frame, asked for before this one.
    await frame();
    known.push(performance.now() - from);
    await new Promise(done => { const c = new MessageChannel(); c.port1.onmessage = done;
      c.port2.postMessage(0); });
    painted.push(performance.now() - from);
    if (read.dataset.value !== before) moved += 1;
  }
  fire("pointerup", x0);
  return { known, painted, moved };
}
"""
WORK = """
async (ball, moves) => {
  // The page's own work for one move: its listeners, and what it does in its animation frame. The
  // frames are real ones; without the browser's rendering in between, settling the styles of one
  // frame would be counted in the next.
  const real = window.requestAnimationFrame;
  const box = ball.getBoundingClientRect(), plot = ball.parentElement;
  let drawing = 0, arrow = null, began = 0;
  window.requestAnimationFrame = work => real.call(window, now => {
    began = performance.now();
    work(now);
    drawing += performance.now() - began;
  });
  // The picture with the arrow is the first to be drawn: it is done where another canvas is begun.
  const painting = CanvasRenderingContext2D.prototype, clear = painting.clearRect;
  painting.clearRect = function (...area) {
    if (arrow === null && !plot.contains(this.canvas)) arrow = performance.now() - began;
    return clear.apply(this, area);
  };
  const x0 = box.x + box.width / 2, y0 = box.y + box.height / 2;
  const fire = (type, x) => plot.dispatchEvent(new PointerEvent(type, { bubbles: true,
    composed: true, cancelable: true, clientX: x, clientY: y0, pointerId: 1, isPrimary: true,
    button: 0, buttons: 1, pointerType: "mouse" }));
  const frame = () => new Promise(done => real.call(window, done));
  const spent = [], drawn = [];
  fire("pointerdown", x0);
  await frame(); await frame();
  for (let k = 1; k <= moves; k++) {
    drawing = 0;
    arrow = null;
    const from = performance.now();
    fire("pointermove", x0 - 100 * Math.sin(k / 12));
    const heard = performance.now() - from;
    await frame();
    spent.push(heard + drawing);
    drawn.push(heard + (arrow ?? drawing));
    await new Promise(done => { const c = new MessageChannel(); c.port1.onmessage = done;
      c.port2.postMessage(0); });
  }
  fire("pointerup", x0);
  window.requestAnimationFrame = real;
  painting.clearRect = clear;
  return { spent, drawn };
}
"""


def line(name: str, values: list[float]) -> None:
    """One row: median and 95th percentile in milliseconds."""
    ordered = sorted(values)
    tail = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:<64}{statistics.median(ordered):>9.1f}{tail:>9.1f}")


def drags(page: Page, where: str) -> None:
    """The rows of one host."""
    ball = page.locator("#ball").first
    ball.scroll_into_view_if_needed()
    page.wait_for_timeout(800)
    found: dict[str, Any] = ball.evaluate(TIMED, MOVES)
    assert found["moved"] > 0.8 * MOVES, f"the ball moved {found['moved']} times in {MOVES}"
    line(f"{where}: move → frame drawn", found["known"])
    line(f"{where}: move → painted", found["painted"])
    own: dict[str, list[float]] = ball.evaluate(WORK, 5 * MOVES)
    for what, times in (("until its arrow is drawn", own["drawn"]), ("in all", own["spent"])):
        line(f"{where}: own work for a move {what}, the first {MOVES}", times[:MOVES])
        line(f"{where}: and for the {4 * MOVES} after them, once compiled", times[MOVES:])


def landscape(page: Page, name: str) -> None:
    """One move of the start with seven rules of 400 steps each on the map and on the surface."""
    page.get_by_label("Presets").select_option(label=name)
    start = page.locator("#start")
    start.wait_for()
    page.locator("main.lab[aria-busy=false]").wait_for()
    page.wait_for_timeout(800)
    start.scroll_into_view_if_needed()
    assert page.locator("#leaderboard tbody tr:not(.off)").count() == 7
    found = start.evaluate(WORK, MOVES)["spent"]
    line(f"landscape {name}: own work for a move, 7 × 400 steps", found)


def noise(page: Page, name: str, walks: int, size: int) -> None:
    """One move of the start with walks of 200 steps on batches; as many as a frame has time for."""
    page.get_by_label("Presets").select_option(label=name)
    start = page.locator("#noise-start")
    for field, value in (("walks", walks), ("size", size)):
        page.locator(f"#noise-{field}").fill(str(value))
        page.locator(f"#noise-{field}").press("Tab")
    page.locator("main.lab[aria-busy=false]").wait_for()
    page.wait_for_timeout(800)
    start.scroll_into_view_if_needed()
    found = start.evaluate(WORK, MOVES)["spent"]
    line(f"noise, {name}: own work for a move, {walks} walks, b = {size}", found)


def first_picture(browser: Any) -> list[float]:
    """Seconds from the server's being up to the first picture, five times, in ms."""
    seen: list[float] = []
    for _ in range(5):
        server = LabServer(preset_scenario(), None, Options(port=0))
        server.start()
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        began = time.perf_counter()
        page.goto(server.url)
        page.locator("#read-w[data-value]").wait_for()
        page.evaluate("() => new Promise(done => requestAnimationFrame(done))")
        seen.append(1000 * (time.perf_counter() - began))
        page.close()
        server.stop()
    return seen


def in_notebook(browser: Any) -> None:
    """The rows of JupyterLab."""
    with tempfile.TemporaryDirectory() as folder:
        cell = "import surefoot as sf\nlab = sf.lab()\nlab"
        (Path(folder) / "lab.ipynb").write_text(json.dumps(notebook(cell)))
        with jupyter(Path(folder)) as (origin, token):
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"{origin}/lab/tree/lab.ipynb?token={token}")
            page.get_by_text("| Idle").first.wait_for(timeout=60_000)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.locator("#read-w[data-value]").wait_for(timeout=60_000)
            drags(page, "notebook")
            page.close()


def curve_alone() -> str:
    """The size of the module with the frame and its first tab, built from the same sources."""
    lab = ROOT / "lab"
    if not (lab / "node_modules").exists():
        return "of which Curve and the frame are not known: run npm ci in lab"
    with tempfile.TemporaryDirectory() as place:
        build = ["npm", "run", "build", "--", "--mode", "curve", "--outDir", place]
        subprocess.run(build, cwd=lab, check=True, capture_output=True)
        size = len((Path(place) / "lab.js").read_bytes())
    return f"of which {size / 1000:.0f} kB with Curve as its only tab"


def main() -> None:
    """Measure and print the table."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        print(f"Chromium {browser.version}, {MOVES} moves, milliseconds")
        print(f"{'':<64}{'median':>9}{'p95':>9}")
        server = LabServer(preset_scenario(), None, Options(port=0))
        server.start()
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(server.url)
        page.locator("#read-w[data-value]").wait_for()
        drags(page, "page")
        for name in ("Himmelblau", "Rosenbrock", "six-hump camel"):
            landscape(page, name)
        for name in ("line through scatter", "noise leaves a valley"):
            noise(page, name, 16, 4)
            noise(page, name, 64, 32)
        page.close()
        server.stop()
        line("server up → first picture (5 times)", first_picture(browser))
        in_notebook(browser)
        browser.close()
    print(f"module: {len(module_text().encode()) / 1000:.0f} kB, {curve_alone()}")


if __name__ == "__main__":
    main()
