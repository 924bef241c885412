"""A browser that keeps count: what the page complained of, and whom it asked."""

import json
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import jax
import jax.numpy as jnp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
OWN_SCHEMES = ("data", "blob", "about")


def chromium() -> str:
    """The path of a Chromium; without one the test is skipped, in CI it fails."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path is not None:
            return path
    if os.environ.get("CI") == "true":
        pytest.fail("there is no Chromium here, and CI must drive one: apt-get install chromium")
    pytest.skip("there is no Chromium here (apt-get install chromium)")


class Tab:
    """One page with the lab in it.

    Attributes:
        page: Playwright's.
        complaints: errors and warnings on the console, and uncaught exceptions.
        asked: the addresses of all requests.
        own: the only origin that may be asked; None where nothing may be.
    """

    def __init__(self, page: Page, own: str | None) -> None:
        self.page = page
        self.own = own
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _heard(self, message: Any) -> None:
        # Without a graphics card the browser's own drawing is slow, and its driver says so.
        driver = "GL Driver Message (OpenGL, Performance" in message.text
        if message.type in ("error", "warning") and not driver:
            self.complaints.append(f"{message.type}: {message.text}")

    def check(self) -> None:
        """Nothing complained of, nobody else asked."""
        assert not self.complaints, self.complaints
        assert not self.foreign, self.foreign

    @property
    def foreign(self) -> list[str]:
        """The requests that went to another origin."""
        return [url for url in self.asked if not self._is_own(url)]

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme in OWN_SCHEMES:
            return True
        if self.own is None:
            return parts.scheme == "file"
        return parts.netloc == urlsplit(self.own).netloc

    # ── the lab's parts ────────────────────────────────────────────────────────────────────────

    def __call__(self, selector: str) -> Any:
        return self.page.locator(selector)

    def open(self, url: str) -> "Tab":
        """Go there and wait for the first picture, with all that is worked out after it."""
        self.page.goto(url)
        self("#ball").wait_for()
        self("main.lab[aria-busy=false]").first.wait_for()
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until what was done is drawn."""
        # Two frames: the first may have been asked for before the change.
        self.page.evaluate("() => new Promise(r => requestAnimationFrame("
                           "() => requestAnimationFrame(() => r(null))))")  # fmt: skip

    def number(self, selector: str) -> float:
        """The full number behind a read-out."""
        text = self(selector).get_attribute("data-value")
        assert text is not None, f"{selector} does not hold its number"
        return float(text.replace("Infinity", "inf"))

    @property
    def w(self) -> float:
        return self.number("#read-w")

    def expect_w(self, w: float) -> None:
        """Wait until the ball stands at w, to the last digit."""
        written = re.sub("e-0", "e-", repr(w).removesuffix(".0"))  # as JavaScript writes it
        expect(self("#read-w")).to_have_attribute("data-value", written)

    @property
    def slope(self) -> float:
        return self.number("#read-slope")

    @property
    def insight(self) -> str:
        return str(self("#insight").inner_text())

    def set_rate(self, eta: float) -> None:
        """Type a step scale."""
        self("#step-scale").fill(repr(eta))
        self("#step-scale").press("Enter")
        self.settle()

    def press(self, name: str) -> None:
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.settle()

    def steps(self) -> list[tuple[float, float, float]]:
        """The rows of the step table: w, L, slope."""
        script = (
            "rows => rows.map(row => [...row.querySelectorAll('td[data-value]')]"
            ".map(cell => cell.dataset.value))"
        )
        rows = self(".steps tbody tr").evaluate_all(script)
        return [(float(w), float(value), float(slope)) for w, value, slope in rows]

    def expect_steps(self, rows: int) -> None:
        """Wait until the table of steps has so many rows; the start is the first."""
        expect(self(".steps tbody tr")).to_have_count(rows)

    def ball_at(self) -> tuple[float, float]:
        """The ball's middle on the screen."""
        box = self("#ball").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag_ball(self, *moves: tuple[float, float]) -> None:
        """Take the ball, move it by each of these in turn, and let it go."""
        x, y = self.ball_at()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for dx, dy in moves:
            x, y = x + dx, y + dy
            self.page.mouse.move(x, y)
        self.page.mouse.up()
        self.settle()

    def hash(self) -> str:
        """The scenario's hash; it is written when the hand has rested for half a second."""
        lab = self("#surefoot-lab")
        expect(lab).to_have_attribute("data-scenario", re.compile("."), timeout=20_000)
        return str(lab.get_attribute("data-scenario"))


@contextmanager
def tab(browser: Browser, own: str | None, **options: Any) -> Generator[Tab, None, None]:
    """A tab in a profile of its own; checked when it is closed."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
    try:
        made = Tab(context.new_page(), own)
        yield made
        made.check()
    finally:
        context.close()


def another(context: BrowserContext, own: str) -> Tab:
    """One more tab in the same profile."""
    return Tab(context.new_page(), own)


def double_well(w: float) -> tuple[float, float, float]:
    """Value, slope and curvature of the first screen's curve, by JAX alone."""

    def loss(w: Any) -> Any:
        return 0.08 * w**4 - 0.6 * w**2 + 0.25 * w + 0.15 * jnp.sin(3 * w) + 1.9

    with jax.enable_x64(True):
        at = jnp.float64(w)
        return float(loss(at)), float(jax.grad(loss)(at)), float(jax.grad(jax.grad(loss))(at))


def plain(value: Any) -> str:
    """JSON, for scripts."""
    return json.dumps(value)
