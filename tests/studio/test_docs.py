"""What the lab's page of the manual says, is so."""

import re
from pathlib import Path
from typing import Any

from surefoot.studio import PRESETS, server, wire
from surefoot.studio.noise_presets import NOISE_PRESETS
from surefoot.studio.plane_presets import PLANE_PRESETS


def _page(repository: Path) -> str:
    return (repository / "docs" / "lab.md").read_text(encoding="utf-8")


def test_its_examples_run(repository: Path) -> None:
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", _page(repository), re.DOTALL):
        exec(code, names)
    made = names["made"]
    assert made.scenario.function.smoothness.kind == "kinked"
    assert (made.start, made.scenario.box) == (2.5, (-3.0, 3.0))


def test_its_numbers_are_the_limits(repository: Path) -> None:
    text = _page(repository)
    limits = wire.LIMITS
    assert limits.message_bytes == 2**20 and "1 MiB" in text
    assert f"{limits.formula_characters} characters, {limits.formula_depth} deep" in text
    assert f"{limits.grid_points:,} points, {limits.path_steps:,} steps" in text
    assert f"at most {server.SOCKETS} at once" in text
    assert f"-L {server.PORT}:127.0.0.1:{server.PORT}" in text


def test_it_lists_the_presets(repository: Path) -> None:
    rows = re.findall(r"^\| ([a-z ]+) \|", _page(repository).split("## Presets")[1], re.MULTILINE)
    assert rows[1:8] == [preset.name for preset in PRESETS]


def test_it_lists_the_landscapes(repository: Path) -> None:
    part = _page(repository).split("| landscape |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([A-Za-z -]+) \|", part, re.MULTILINE)
    assert rows == [preset.name for preset in PLANE_PRESETS]


def test_it_lists_the_minibatches(repository: Path) -> None:
    part = _page(repository).split("| minibatches |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([a-z ]+) \|", part, re.MULTILINE)
    assert rows == [preset.name for preset in NOISE_PRESETS]


def test_the_example_of_the_noise_runs(repository: Path) -> None:
    text = (repository / "docs" / "noise-tab.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(code, names)
    assert names["made"].scenario.tab == "noise"
