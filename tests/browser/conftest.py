"""One browser for all tests of this folder, and a lab that is served."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.browsing import ARGUMENTS, Tab, chromium, tab
from tests.studio.serving import base, serving

from surefoot.studio.server import LabServer


@pytest.fixture(scope="session")
def browser() -> Generator[Browser, None, None]:
    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def server() -> Generator[LabServer, None, None]:
    with serving() as running:
        yield running


@pytest.fixture
def lab(browser: Browser, server: LabServer) -> Generator[Tab, None, None]:
    with tab(browser, base(server)) as opened:
        yield opened.open(server.url)
