"""The exported page: one file, its own policy, nothing fetched from anywhere."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import surefoot as sf
from surefoot.studio import page, page_of, preset_scenario, write_page
from surefoot.terms import InputError, Scenario


def _policy(html: str) -> dict[str, str]:
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    assert found is not None
    rules = (rule.partition(" ") for rule in found[1].split("; "))
    return {name: value for name, _, value in rules}


def _inside(html: str, opening: str, closing: str) -> str:
    start = html.index(opening) + len(opening)
    return html[start : html.index(closing, start)]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def html() -> str:
    return page_of(preset_scenario())


def test_its_policy_lets_one_script_and_one_style_run(html: str) -> None:
    policy = _policy(html)
    script = _inside(html, '<script type="module">', "</script>")
    assert policy["script-src"] == _hash(script)
    assert policy["style-src"] == _hash(_inside(html, "<style>", "</style>"))
    assert policy["default-src"] == "'none'" and "connect-src" not in policy
    assert "frame-ancestors" not in policy, "browsers ignore it in a page, and complain"
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script")


def test_it_fetches_nothing(html: str) -> None:
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!data:)', outside)
    assert "http" not in outside.replace("http-equiv", "")


def test_it_holds_its_scenario(html: str) -> None:
    text = _inside(html, '<script type="application/json" id="scenario">', "</script>")
    assert Scenario.from_json(text) == preset_scenario()


def test_it_is_small(html: str) -> None:
    assert len(html.encode()) <= 400_000


def test_no_text_can_end_the_script() -> None:
    evil = "</script><script>alert(1)</script><!--\u2028"
    scenario = preset_scenario()
    function = replace(scenario.function, title=evil, formula=evil, source=evil)
    html = page_of(replace(scenario, function=function, lesson=evil))
    assert "<script>alert" not in html
    text = _inside(html, '<script type="application/json" id="scenario">', "</script>")
    assert json.loads(text)["lesson"] == evil
    assert html.count("</script>") == 3


def test_a_module_cannot_end_its_own_element() -> None:
    text = page.inline_module('const a = "</script>", b = "<!-- x", c = `</SCRIPT>`;')
    assert "</script" not in text.lower() and "<!--" not in text


def test_a_tape_that_was_left_out_is_made_again() -> None:
    scenario = preset_scenario()
    bare = replace(scenario, function=replace(scenario.function, tape=None, steps={}))
    text = _inside(page_of(bare), '<script type="application/json" id="scenario">', "</script>")
    assert Scenario.from_json(text).function.tape == scenario.function.tape


def test_a_tape_that_is_none_is_refused() -> None:
    scenario = preset_scenario()
    tape = {**scenario.function.tape, "ops": [["alert", 0]]}
    with pytest.raises(InputError, match="alert"):
        page_of(replace(scenario, function=replace(scenario.function, tape=tape)))


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = write_page(preset_scenario(), tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == page_of(preset_scenario())
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_page(preset_scenario(), tmp_path / "no" / "page.html")
    with pytest.raises(InputError, match="folder"):
        write_page(preset_scenario(), tmp_path)


def test_a_function_without_a_tape_travels_as_samples(tmp_path: Path) -> None:
    from tests.studio.test_session import untaped

    path = sf.lab(untaped, (0, 2)).export(tmp_path / "page.html")
    text = _inside(path.read_text(), '<script type="application/json" id="scenario">', "</script>")
    function = Scenario.from_json(text).function
    assert function.tape is None and function.samples is not None
    assert "loop" in function.why
    assert function.samples.value[0] == 1.0 and min(function.samples.value) == 0.0


def test_without_the_built_page_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "files", lambda name: Path("/nowhere"))
    page.module_text.cache_clear()
    try:
        with pytest.raises(page.NotBuiltError, match="npm"):
            page_of(preset_scenario())
    finally:
        page.module_text.cache_clear()


def test_a_frame_holds_the_whole_page_and_nothing_of_it_gets_out() -> None:
    made = sf.lab("w^2", (-2, 2), start=1.5)
    html = made.embed(700)._repr_html_()
    opening, _, rest = html.partition(' srcdoc="')
    assert "sandbox=" in opening and "allow-same-origin" not in opening and "700px" in opening
    page_text, quote, after = rest.partition('"')
    assert (quote, after) == ('"', "></iframe>")
    assert unescape(page_text) == page_of(made.scenario)
    with pytest.raises(sf.InputError, match="pixels"):
        made.embed(float("nan"))  # type: ignore[arg-type]


def test_no_library_of_the_server_is_needed(tmp_path: Path) -> None:
    code = """
import sys
for name in ("starlette", "uvicorn", "websockets", "anywidget"):
    sys.modules[name] = None
import surefoot as sf
made = sf.lab("w^2")
assert made.export(sys.argv[1])
shown = made._repr_mimebundle_()
assert shown["text/html"].startswith("<iframe"), "the page shows where the widget cannot"
print(shown["text/plain"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "page.html")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "surefoot[lab]" in done.stdout


def test_a_device_is_written_to_and_not_replaced() -> None:
    device = Path("/dev/full")
    if not device.is_char_device():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(InputError, match="cannot be written"):
        write_page(preset_scenario(), device)
    assert device.is_char_device()
