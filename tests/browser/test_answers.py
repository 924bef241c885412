"""Exported answers: no sentence looks beyond the bounds; what is maximised is told."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import Tab, tab

import surefoot as sf

WELLS = "0.08w^4 - 0.6w^2 + 0.25w"


def _opened(page: Tab, solution: Any, folder: Path) -> str:
    """The words of a solution's exported page, when all is worked out."""
    path = sf.lab(solution).export(folder / "page.html")
    page.open(path.as_uri())
    return str(page("main.lab").inner_text())


@pytest.mark.parametrize(
    ("formula", "start", "bounds"),
    [("(w - 3)^2", 1.0, (0.0, 2.0)), (WELLS, 3.0, (0.5, 4.0)), ("w^3 - 3w", 3.0, (1.5, None))],
)
def test_nothing_beyond_the_bounds_is_told(
    browser: Browser, tmp_path: Path, formula: str, start: float, bounds: Any
) -> None:
    with tab(browser, None) as page:
        words = _opened(page, sf.minimize(formula, start, bounds=bounds), tmp_path)
        assert "outside the window" not in words and "lower outside" not in words
        assert "within the bounds" in page("p.lesson").inner_text()
        expect(page("#formula")).to_have_attribute("placeholder", re.compile(re.escape(formula)))
        page.press("Zoom out")  # in a wider window neither
        page("main.lab[aria-busy=false]").first.wait_for()
        assert "outside the window" not in page.insight and "deeper" not in page.insight


def test_a_step_beyond_the_bounds_is_told(browser: Browser, tmp_path: Path) -> None:
    with tab(browser, None) as page:
        _opened(page, sf.minimize("(w - 3)^2", 1.0, bounds=(0.0, 2.0)), tmp_path)
        page.set_rate(0.5)
        page("main.lab[aria-busy=false]").first.wait_for()
        assert page.insight.startswith("Leaves the domain: step 1"), "its minimum is not allowed"
        assert "w = 2, at its upper bound" in page("section.answer").inner_text()


def test_a_landscape_names_no_minimum_beyond_the_bounds(browser: Browser, tmp_path: Path) -> None:
    bounds = {"x": (0, 2), "y": (0, 2)}
    solution = sf.minimize("(x - 3)^2 + (y + 1)^2 + x*y", bounds=bounds)
    with tab(browser, None) as page:
        _opened(page, solution, tmp_path)
        page.page.get_by_role("tab", name="Landscape").click()
        page("main.lab[aria-busy=false]").first.wait_for()
        expect(page("main.lab")).to_contain_text("No place of zero slope was found in this window")
        board = page.page.get_by_role("region", name="Leaderboard").inner_text()
        assert "minimum" not in board and "left at" in board
        assert "x = 2 is at its upper bound" in page("p.lesson").inner_text()


def test_a_maximised_formula_is_read_with_all_its_coordinates(
    browser: Browser, tmp_path: Path
) -> None:
    with tab(browser, None) as page:
        words = _opened(page, sf.maximize("4x - x^2 - y^2 + x*y"), tmp_path)
        assert page("#formula").input_value() == "-(4x - x^2 - y^2 + x*y)"
        assert "a Python function" not in words
        assert "Maximised: 4x - x^2 - y^2 + x*y." in page("p.lesson").inner_text()
        answer = page("section.answer").inner_text()
        assert "x = 2.66667" in answer and "y = 1.33333" in answer
