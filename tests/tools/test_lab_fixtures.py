"""The files that the page's own tests compare with are what would be written now."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from surefoot.descent.plane_rules import plane_rules
from surefoot.studio.presets import PRESETS, preset_scenario
from surefoot.terms import Scenario

FILES = ("functions", "ops", "columns", "steps", "paths", "ends", "planes", "noise", "presets",
         "rules", "shown")  # fmt: skip


@pytest.fixture(scope="module")
def tool(repository: Path) -> ModuleType:
    path = repository / "tools" / "lab_fixtures.py"
    if not path.exists():
        pytest.skip("the tools are not shipped here")
    spec = importlib.util.spec_from_file_location("lab_fixtures", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_is_looked_at(tool: ModuleType) -> None:
    assert sorted(path.stem for path in tool.files()) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_not_stale(tool: ModuleType, name: str) -> None:
    path = next(path for path in tool.files() if path.stem == name)
    assert tool.stale([path]) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([1.0, {"a": 2.0}], [1.0, {"a": 2.0 + 1e-13}], ""),
        ([1.0, {"a": 2.0}], [1.0, {"a": 2.1}], "[1].a: 2.0 against 2.1"),
        ([1.0], [1.0, 2.0], "1 entries against 2"), ({"a": 1}, {"b": 1}, "the fields differ"),
        ("nan", 1.0, "'nan' against 1.0"), (["add", 0], ["sub", 0], "'add' against 'sub'"),
    ],
)  # fmt: skip
def test_a_difference_is_found(tool: ModuleType, old: Any, new: Any, words: str) -> None:
    found = tool.difference(old, new)
    assert words in found and bool(found) == bool(words)


def test_a_changed_file_is_stale(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "steps.json"
    content = tool.files()[tool.GOLDEN / "steps.json"]()
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "files", lambda: {path: lambda: content})
    assert tool.stale() == ["steps.json is missing"]
    changed = json.loads(tool.written(content))
    path.write_text(json.dumps(changed))
    assert tool.stale() == []
    changed["items"][0]["cases"][0]["outputs"][0] += 1e-6
    path.write_text(json.dumps(changed))
    assert "items[0].cases[0].outputs[0]" in tool.stale()[0]


def test_the_presets_are_whole_again_once_put_together(tool: ModuleType) -> None:
    base, *own = tool.unpacked(tool.presets())
    assert tool.unpacked(tool.rule_tapes())[0]["tape"] == plane_rules()[0].tape.to_json()
    for preset, each in zip(PRESETS, own, strict=False):
        made = base | each | {"function": base["function"] | each["function"]}
        scenario = preset_scenario(preset).to_json()
        assert made == scenario | {"function": scenario["function"] | {"steps": {}}}
        assert Scenario.from_json(made).preset == preset.name
    assert all(each["function"].get("steps", {}) == {} for each in own)
