"""`surefoot lab`: what is opened, exported and said, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from surefoot.cli import main
from surefoot.cli.lab import far_away, words
from surefoot.terms import Scenario

PROGRAM = "import sys; from surefoot.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-W", "error", "-c", PROGRAM]
FIT = """
title = "a line"
least_squares = { model = "a + b t", response = "y" }
[variables]
a = { start = 0.0 }
b = { start = 0.0, units = "m/s" }
[data]
t = [0.0, 1.0, 2.0, 3.0]
y = [1.0, 2.9, 5.2, 7.0]
"""


def _scenario(path: Path) -> Scenario:
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="scenario">(.*?)</script>', text)
    assert found is not None
    return Scenario.from_json(found[1])


@contextmanager
def _running(*typed: str, **environment: str) -> Generator[Any, None, None]:
    kept = {k: v for k, v in os.environ.items() if k not in ("SSH_CONNECTION", "BROWSER")}
    process = subprocess.Popen(
        [*COMMAND, "lab", "--port", "0", *typed],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**kept, **environment},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _line_with(process: Any, words: str) -> str:
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError("".join(seen) + process.stderr.read())


def _answers(url: str) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url.partition("#")[0], timeout=5) as answer:
                return b"surefoot-lab" in answer.read()
        except OSError:
            time.sleep(0.05)
    return False


def test_ctrl_c_is_the_way_to_close_it() -> None:
    with _running("w^2", "--no-browser") as process:
        url = _line_with(process, "http://").split()[-1]
        assert _answers(url)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
    assert "closed" in out
    assert "Traceback" not in error


def test_json_says_where_it_is() -> None:
    with _running("w^2", "--json") as process:
        text = ""
        while "}" not in text:
            text += process.stdout.readline()
        said = json.loads(text)
        assert said["url"].startswith(f"http://127.0.0.1:{said['port']}/#t=")
        assert _answers(said["url"])


def test_over_ssh_it_says_how_to_reach_it() -> None:
    with _running("w^2", SSH_CONNECTION="10.0.0.2 5000 10.0.0.1 22", USER="ada") as process:
        line = _line_with(process, "ssh -L")
        port = re.search(r"-L (\d+):127\.0\.0\.1:\1 ada@10\.0\.0\.1", line)
        assert port is not None, line
        assert "--export" in _line_with(process, "--export")


def test_it_ends_when_nobody_is_there() -> None:
    with _running("w^2", "--no-browser", "--idle-minutes", "0.005") as process:
        _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert "no page" in error


def test_what_a_person_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    near = words("http://127.0.0.1:1/#t=x", 1, "127.0.0.1", "")
    assert len(near) == 2 and "Ctrl-C" in near[1]
    wide = words("http://127.0.0.1:1/#t=x", 1, "0.0.0.0", "")
    assert "warning" in wide[1] and "not encrypted" in wide[1]
    inside = "\n".join(words("http://127.0.0.1:1/#t=x", 1, "127.0.0.1", "a container"))
    assert "a container" in inside and "-L 1:127.0.0.1:1" in inside
    monkeypatch.setenv("SSH_CONNECTION", "a 1 b 2")
    assert far_away() == "an SSH session"
    monkeypatch.delenv("SSH_CONNECTION")
    monkeypatch.setenv("container", "podman")
    assert far_away() == "a container"


def test_an_exported_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.html"
    typed = ["lab", "w^4 - w^2", "--over", "w=-2:2", "--at", "-1.5", "--rate", "0.05"]
    assert main([*typed, "--export", str(path)]) == 0
    assert str(path) in capsys.readouterr().out
    scenario = _scenario(path)
    assert (scenario.box, scenario.start, scenario.eta) == ((-2.0, 2.0), -1.5, 0.05)
    assert scenario.function.formula == "w^4 - w^2"


def test_the_first_screen_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert main(["lab", "--export", str(path)]) == 0
    assert _scenario(path).preset == "double well"
    assert main(["lab", "--at", "-2", "--export", str(path)]) == 0
    assert _scenario(path).start == -2.0


def test_a_formula_of_several_variables(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    typed = ["lab", "x^2 + 3y^2", "--at", "x=1,y=2", "--over", "x=-4:4", "--export", str(path)]
    assert main(typed) == 0
    cuts = _scenario(path).function.slices
    assert cuts[0].box == (-4.0, 4.0) and cuts[0].fixed[1:3] == (1.0, 2.0)


def test_a_problem_file_is_solved_and_shown(tmp_path: Path) -> None:
    file, path = tmp_path / "line.toml", tmp_path / "page.html"
    file.write_text(FIT)
    assert main(["lab", str(file), "--export", str(path)]) == 0
    scenario = _scenario(path)
    assert [cut.variable for cut in scenario.function.slices] == ["a", "b"]
    assert scenario.function.slices[1].unit == "m/s"
    assert scenario.answer is not None and scenario.answer.words.startswith("a line: ")


def test_a_scenario_file_is_opened(tmp_path: Path) -> None:
    one, file, two = tmp_path / "1.html", tmp_path / "s.json", tmp_path / "2.html"
    assert main(["lab", "w^2", "--at", "1", "--export", str(one)]) == 0
    file.write_text(_scenario(one).to_text())
    assert main(["lab", str(file), "--rate", "0.1", "--export", str(two)]) == 0
    assert _scenario(two).eta == 0.1 and _scenario(two).start == 1.0


def test_a_solved_example_ends_as_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, path = tmp_path / "line.toml", tmp_path / "page.html"
    file.write_text(FIT)
    assert main(["solve", str(file), "--export", str(path)]) == 0
    assert "standard error" in (out := capsys.readouterr().out) and str(path) in out
    assert _scenario(path).answer is not None
    assert main(["minimize", "x^4 - x^2", "--from", "1", "--export", str(path), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["value"] == pytest.approx(-0.25)
    assert str(path) in said.err
    assert main(["maximize", "-x^2+4x", "--export", str(path)]) == 0
    assert _scenario(path).answer is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["w^2 +"], "w^2 +"),
        (["x" * 600], "600"),
        (["nowhere.toml"], "nowhere.toml"),
        (["w^2", "--over", "x=1:2"], "no variable 'x'"),
        (["w^2", "--over", "w=2:1"], "above"),
        (["w^2", "--over", "w=0:"], "finite"),
        (["w^2", "--rate", "0"], "--rate"),
        (["w^2", "--rate", "nan"], "--rate"),
        (["w^2", "--idle-minutes", "0"], "--idle-minutes"),
        (["w^2", "--host", "192.0.2.1"], "192.0.2.1"),
        (["w^2", "--at", "up"], "up"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", *typed]) == 2
    error = capsys.readouterr().err
    assert said in error and "fault of Surefoot" not in error


def test_a_page_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "w^2", "--export", str(tmp_path / "no" / "page.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
