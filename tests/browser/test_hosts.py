"""Journey 13 and the server's part of 15: links, exported pages, strangers, a server that goes."""

import http.server
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.browsing import DOUBLE_WELL, Tab, another, double_well, plain, tab
from tests.studio.serving import base, is_alive, serving

import surefoot as sf
from surefoot.studio import preset_scenario
from surefoot.studio.guard import SUBPROTOCOL
from surefoot.studio.server import LabServer, Options

# ── the engine greets the page late ─────────────────────────────────────────────────────────────

LATE = """
const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  set(hear) { set.call(this, event => setTimeout(() => hear.call(this, event), DELAY)); },
});
"""


def _late(lab: Tab, milliseconds: int) -> Tab:
    """Every word of the engine reaches this tab so much later."""
    lab.page.add_init_script(LATE.replace("DELAY", str(milliseconds)))
    return lab


def test_the_first_picture_is_the_engines_own(browser: Browser) -> None:
    made = sf.lab("x^4", (-2, 2), start=1.5, eta=0.1)
    url = made.serve(port=0)
    with tab(browser, url) as lab:
        _late(lab, 400).page.goto(url)
        lab("#ball").wait_for()
        lab.settle()
        assert lab("#formula").input_value() == "x^4", "no other picture flashes up before it"
        assert lab.w == 1.5
    made.close()


def test_an_engine_that_is_late_overwrites_nothing(browser: Browser) -> None:
    made = sf.lab("x^4", (-2, 2), start=1.5, eta=0.1)
    url = made.serve(port=0)
    with tab(browser, url) as lab:
        _late(lab, 4000).page.goto(url)
        lab.page.get_by_label("Presets").select_option(label="kink")
        read = lab("#read-w")
        expect(read).to_have_attribute("data-value", "2.6")
        expect(lab("#notice")).to_contain_text("after you had begun", timeout=15_000)
        expect(read).to_have_attribute("data-value", "2.6")
        expect(lab("#formula")).to_have_value("|w - 0.3| + 0.1w^2")
    with tab(browser, url) as lab:
        _late(lab, 2500).page.goto(url)
        expect(lab("#read-w")).to_have_attribute("data-value", "1.88354")
        # Nothing was begun, so the engine's own curve still takes the stand-in's place.
        expect(lab("#read-w")).to_have_attribute("data-value", "1.5", timeout=15_000)
    made.close()


# ── 13: share and export ───────────────────────────────────────────────────────────────────────


def _shared(lab: Tab) -> str:
    """The link that the button Share copies."""
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.page.get_by_role("button", name="Share").click()
    expect(lab("#notice")).to_contain_text("was copied")
    return str(lab.page.evaluate("navigator.clipboard.readText()"))


def _next(w: float, eta: float) -> float:
    walk = sf.descend(DOUBLE_WELL, w, steps=1, lr=eta)
    return float(walk.points[1, 0])


def test_a_link_shows_the_same_in_another_profile(
    browser: Browser, server: LabServer, lab: Tab
) -> None:
    lab.set_rate(0.3)
    lab.drag_ball((-150.0, 0.0))
    lab.press("Step")
    lab.press("Step")
    seen, w = lab.hash(), lab.w
    link = _shared(lab)
    assert link.startswith(base(server)) and "s=" in link
    assert server.guard.token not in link and "t=" not in link.split("#")[1].split("s=")[0]
    with tab(browser, base(server)) as other:
        # No token, so no engine: the link's own tapes carry the curve.
        other.open(link)
        assert other.hash() == seen
        assert other.w == w
        other.press("Step")
        other.expect_w(_next(w, 0.3))
        other.drag_ball((-40.0, 0.0))
        assert other.slope == pytest.approx(double_well(other.w)[1], rel=1e-9)
        assert not any(url.startswith("ws") for url in other.asked)
        assert "NaN" not in other(".lab").inner_text()


def test_a_link_pasted_into_an_open_page_is_shown(server: LabServer, lab: Tab) -> None:
    lab.drag_ball((-150.0, 0.0))
    w = lab.w
    link = _shared(lab)
    lab.page.get_by_label("Presets").select_option(label="kink")
    lab.expect_w(2.6)
    lab.page.goto(link)  # only what stands behind the # differs: nothing is loaded anew
    lab.expect_w(w)
    lab.page.get_by_role("button", name="Undo").click()
    lab.expect_w(2.6)


def test_a_link_that_is_none_is_a_sentence(browser: Browser, server: LabServer) -> None:
    for broken in ("!!!", "AAAA", "nVTNbtswDH4V"):
        with tab(browser, base(server)) as lab:
            lab.open(f"{base(server)}/#s={broken}")
            assert lab("#notice").inner_text() != ""
            assert lab.w == 1.88354, "the first screen stands in"


def test_an_export_works_offline_from_the_disk(
    browser: Browser, lab: Tab, tmp_path: Path
) -> None:
    lab.set_rate(0.3)
    lab.drag_ball((-150.0, 0.0))
    seen, w = lab.hash(), lab.w
    lab.page.get_by_role("button", name="Export").click()
    with lab.page.expect_download() as download:
        lab.page.get_by_role("menuitem", name="HTML").click()
    path = tmp_path / "page.html"
    download.value.save_as(path)
    assert path.stat().st_size <= 400_000
    with tab(browser, None, offline=True) as page:
        page.open(path.as_uri())
        assert (page.hash(), page.w) == (seen, w)
        page.drag_ball((60.0, 0.0))
        assert page.w > w
        page.press("Step")
        page.expect_steps(2)
        assert [url for url in page.asked if url.startswith("file")] == [path.as_uri()]


def test_a_solution_is_exported_with_its_recorded_path(browser: Browser, tmp_path: Path) -> None:
    solution = sf.minimize("w^4 - w^2 + 0.3w", 1.0)
    path = sf.lab(solution).export(tmp_path / "page.html")
    with tab(browser, None, offline=True) as page:
        page.open(path.as_uri())
        card = page(".answer")
        expect(card).to_contain_text(solution.verdict.kind.value)
        expect(page("#recorded")).to_have_text(f"recorded: {solution.engine}")
        page.page.get_by_role("button", name="Export").click()
        with page.page.expect_download() as download:
            page.page.get_by_role("menuitem", name="SVG").click()
        picture = download.value.path().read_text(encoding="utf-8")
        assert f"recorded: {solution.engine}" in picture
        assert page.w == 1.0
        page.drag_ball((-80.0, 0.0))
        assert page.w < 1.0


def test_a_fit_is_exported_with_a_cut_along_each_parameter(
    browser: Browser, tmp_path: Path, repository: Path
) -> None:
    solution = sf.solve.solve_file(repository / "examples" / "thermal_expansion.toml")
    path = sf.lab(solution).export(tmp_path / "page.html")
    assert path.stat().st_size <= 400_000
    with tab(browser, None, offline=True) as page:
        page.open(path.as_uri())
        cuts = page.page.get_by_label("Slice")
        assert cuts.locator("option").count() == 7
        for name, start in (("b3", 0.00459056), ("b7", -9.39633e-08)):
            cuts.select_option(label=f"along {name}")
            page.expect_w(start)
            # η fits the cut, so that the first step stays in the window.
            page.press("Step")
            page.expect_steps(2)
            answer = float(solution.x[name])
            low, high = sorted((start, 2.0 * answer - start))
            assert low <= page.w <= high
            said = page(".lab").inner_text()
            assert f"{name} = " in said and not re.search(r"(?<![\w.])w = ", said)
            card = page(".answer .num").inner_text().replace("−", "-").split("=")[1]
            assert _number(card.split()[0]) == pytest.approx(answer, rel=1e-5)


def _number(text: str) -> float:
    """What "1.5×10⁻⁸" says."""
    mantissa, _, exponent = text.partition("×10")
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(exponent.translate(digits) or 0)


def test_nothing_in_a_scenario_can_run(browser: Browser, tmp_path: Path) -> None:
    from dataclasses import replace

    evil = "</script><img src=x onerror=\"document.title='owned'\"><script>1</script>"
    scenario = preset_scenario()
    function = replace(
        scenario.function, title=evil, formula=None, source=evil, snippet=evil, spoken=evil
    )
    path = sf.lab(replace(scenario, function=function, lesson=evil)).export(tmp_path / "p.html")
    with tab(browser, None, offline=True) as page:
        page.open(path.as_uri())
        page.page.wait_for_timeout(200)
        assert page.page.title() != "owned"
        assert page("img").count() == 0


# ── 15: strangers, and a server that goes and comes ────────────────────────────────────────────


@contextmanager
def _elsewhere(folder: Path) -> Generator[str, None, None]:
    """Another origin on this computer."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()


KNOCK = """
([address, protocols]) => new Promise(done => {
  const socket = new WebSocket(address, protocols);
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})
"""


@pytest.mark.parametrize("knows_the_token", [False, True])
def test_a_page_from_elsewhere_gets_no_socket(
    browser: Browser, server: LabServer, tmp_path: Path, knows_the_token: bool
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>elsewhere</title>")
    protocols = [SUBPROTOCOL, server.guard.token if knows_the_token else "guess"]
    address = f"ws://127.0.0.1:{server.guard.port}/ws"
    with _elsewhere(tmp_path) as url:
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        assert page.evaluate(KNOCK, [address, protocols]) == "refused"
        read = f"fetch({plain(base(server))}).then(r => r.text()).catch(() => 'refused')"
        assert page.evaluate(read) == "refused"
        context.close()
    assert is_alive(server)


def test_a_page_without_an_origin_gets_no_socket(
    browser: Browser, server: LabServer, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text("<!doctype html><title>a file</title>")
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())  # its origin is null
    address = f"ws://127.0.0.1:{server.guard.port}/ws"
    assert page.evaluate(KNOCK, [address, [SUBPROTOCOL, server.guard.token]]) == "refused"
    context.close()
    assert is_alive(server)


def test_our_page_cannot_be_framed(browser: Browser, server: LabServer, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f'<!doctype html><iframe src="{base(server)}"></iframe>')
    with _elsewhere(tmp_path) as url:
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        page.wait_for_timeout(300)
        assert page.frames[-1].locator("#surefoot-lab").count() == 0
        context.close()


def test_a_page_without_the_token_runs_on_its_tapes(browser: Browser, server: LabServer) -> None:
    with tab(browser, base(server)) as lab:
        lab.open(base(server))
        lab.drag_ball((-60.0, 0.0))
        assert lab.w < 1.88354
        assert not any(url.startswith("ws") for url in lab.asked)


def test_a_second_tab_works(browser: Browser, server: LabServer, lab: Tab) -> None:
    second = another(lab.page.context, base(server)).open(server.url)
    second.drag_ball((-60.0, 0.0))
    assert second.w < 1.88354 and lab.w == 1.88354
    second.check()


def test_a_server_that_goes_and_comes(browser: Browser) -> None:
    with serving() as server:
        own, guard = base(server), server.guard
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        lab = Tab(context.new_page(), own).open(server.url)
        status = lab(".command [role=status]")
        expect(status).not_to_contain_text("away")
    expect(status).to_contain_text("engine away", timeout=15_000)
    before = lab.w
    lab.drag_ball((-60.0, 0.0))
    assert lab.w < before
    lab.press("Step")
    lab.expect_steps(2)
    w = lab.w
    back = LabServer(preset_scenario(), None, Options(port=guard.port, token=guard.token))
    back.start()
    try:
        expect(status).not_to_contain_text("away", timeout=30_000)
        assert lab.w == w, "what was done meanwhile stays"
        lab("#formula").fill("w^2 + 7")
        lab("#formula").press("Enter")
        expect(lab(".error")).to_be_hidden()
        lab.settle()
    finally:
        back.stop()
    _complained_of_the_network_alone(lab)
    context.close()


def _complained_of_the_network_alone(lab: Tab) -> None:
    """The browser itself reports each attempt to connect; nothing else may be on the console."""
    tried = ("WebSocket connection to", "Failed to load resource: net::ERR_CONNECTION")
    left = [line for line in lab.complaints if not any(each in line for each in tried)]
    assert left == [] and lab.foreign == []


@contextmanager
def _command(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """`surefoot lab` as a process of its own, and the address that it prints."""
    program = "from surefoot.cli import main; main()"
    command = [sys.executable, "-c", program, "lab", "--no-browser", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"http://\S+#t=\S+", line)
            if found is not None:
                yield process, found.group()
                return
        raise AssertionError(f"no address was printed:\n{said}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_killed_server_and_a_new_one_in_its_place(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    with _command("--port", "0") as (process, url):
        own = url.split("/#")[0]
        lab = Tab(context.new_page(), own).open(url)
        status, notice = lab(".command [role=status]"), lab("#notice")
        process.send_signal(signal.SIGKILL)
        expect(status).to_contain_text("engine away", timeout=15_000)
    lab.drag_ball((-60.0, 0.0))
    w = lab.w
    assert w < 1.88354
    with _command("--port", own.rsplit(":")[-1]) as (process, url):
        # Each start makes its own token, so the page cannot come back by itself, and says so.
        expect(notice).to_contain_text("Open the address that it printed", timeout=40_000)
        expect(status).to_contain_text("engine away")
        lab.page.goto(url)
        expect(status).not_to_contain_text("away", timeout=15_000)
        lab.expect_w(w)
        assert "#t=" not in lab.page.url
        lab("#formula").fill("w^2 + 7")
        lab("#formula").press("Enter")
        expect(lab("#read-loss")).not_to_have_text("")
        expect(lab(".lesson")).to_be_hidden()  # the lesson was the double well's
        assert lab.number("#read-loss") == pytest.approx(lab.w**2 + 7.0, rel=1e-12)
    _complained_of_the_network_alone(lab)
    context.close()
