"""Make the README's pictures of the lab: its exported pages as Chromium shows them.

    python tools/pictures.py        rewrites docs/images/*.png

Needs the extra `test` and a Chromium (`apt-get install chromium`). Letters depend on the fonts of
the computer, so that no test compares the pictures.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from surefoot.studio import Lab, preset_scenario  # noqa: E402
from surefoot.studio.plane_presets import PLANE_PRESETS, plane_preset_scenario  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 860}


def take(browser: Browser, lab: Lab, name: str) -> None:
    """The first screen of a lab, once nothing more is being worked out."""
    with tempfile.TemporaryDirectory() as folder:
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(lab.export(Path(folder) / "page.html").as_uri())
        page.locator("main.lab[aria-busy=false]").first.wait_for()
        page.wait_for_timeout(1000)  # small plots and the surface follow the map by some frames
        page.screenshot(path=IMAGES / f"{name}.png")
        page.close()


def main() -> int:
    """Take all pictures."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        print("there is no Chromium here: apt-get install chromium")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        take(browser, Lab(preset_scenario()), "lab")
        take(browser, Lab(plane_preset_scenario(PLANE_PRESETS[0])), "landscape")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
