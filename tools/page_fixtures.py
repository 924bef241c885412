"""Scenarios for the page: its presets, and functions of which it once told something wrong."""

from typing import Any

import surefoot as sf
from surefoot.studio.noise_presets import NOISE_PRESETS, noise_preset_scenario
from surefoot.studio.plane_presets import PLANE_PRESETS, plane_preset_scenario
from surefoot.studio.presets import PRESETS, preset_scenario

Item = dict[str, Any]

SHOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    *((text, {}) for text in (
        "x^2 y^2", "(x y - 1)^2", "(x + y)^2", "(x - 2y)^2", "x^4 + y^4", "x^2 + 1.4y^2",
        "exp(x + y)", "log(x) + y^2", "log(x) + log(y)", "x^2 - y^2", "(y - x^2)(y - 3x^2)",
    )),
    ("log(x)", {"box": (0.1, 5.0), "start": 2.0, "eta": 1.5}),
    ("sqrt(x)", {"box": (0.0, 4.0), "start": 0.1, "eta": 0.5}),
    ("x^4 - 3x^2 + x", {"box": (-2.5, 2.5), "start": 3.0, "eta": 0.2}),
    ("x^2", {"box": (-4.0, 4.0), "start": 10.0, "eta": 1.5}),
    ("max(x, 0)", {"box": (-2.01, 2.0), "start": 1.0, "eta": 0.3}),
    ("floor(x)", {"box": (-3.0, 3.0), "start": 0.0, "eta": 0.5}),
    ("2 floor(x / 2)", {"box": (-5.0, 5.0), "start": 0.0, "eta": 0.5}),
    ("abs(x - 1) + abs(x + 1)", {"box": (-4.0, 4.0), "start": 3.0, "eta": 0.5}),
    ("1/x", {"box": (-4.0, 4.0), "start": -1.0, "eta": 0.3}),
    ("log(abs(x))", {"box": (-2.0, 2.0), "start": 0.5, "eta": 0.4}),
    ("exp(-x)", {"box": (-4.0, 4.0), "start": 6.0, "eta": 0.5}),
    ("sin(x)/x", {"box": (-10.0, 10.0), "start": 0.0, "eta": 0.5}),
    ("x^x", {"box": (-1.0, 2.0), "start": 1.0, "eta": 0.3}),
)  # fmt: skip
"""What the page once told wrongly: formula and what `sf.lab` is given."""


def shown() -> list[Any]:
    """Those functions as the page is given them, without what it only passes on."""
    documents: list[Any] = []
    for text, given in SHOWN:
        document = sf.lab(text, **given).scenario.to_json()
        document["function"] |= {"steps": {}, "mathml": None, "spoken": None}
        documents.append(document)
    return documents


def presets() -> list[Any]:
    """The presets as scenarios, so that they work in an export without Python."""
    found = [preset_scenario(preset).to_json() for preset in PRESETS]
    found += [plane_preset_scenario(preset).to_json() for preset in PLANE_PRESETS]
    found += [noise_preset_scenario(preset).to_json() for preset in NOISE_PRESETS]
    return shared_first(found)


def shared_first(scenarios: list[Any]) -> list[Any]:
    """The fields that most of the scenarios share, then of each scenario what is its own.

    The page puts them together again. A step of gradient descent is left out as well: the page
    takes it with the slope of the curve. Tapes are written as lines of text (`packed`).
    """
    functions = [packed(scenario["function"] | {"steps": {}}) for scenario in scenarios]
    function = _usual(functions)
    base = _usual([{k: v for k, v in each.items() if k != "function"} for each in scenarios])
    own = [
        _other(scenario, base) | {"function": _other(each, function)}
        for scenario, each in zip(scenarios, functions, strict=True)
    ]
    return [base | {"function": function}, *own]


def packed(document: Any) -> Any:
    """A document with each tape in it as a line of text and its constants, a third shorter.

    ["inputs|operations|outputs", constants …], blanks between numbers and commas between
    operations. A tape with columns stays as it is.
    """
    if isinstance(document, list):
        return [packed(each) for each in document]
    if not isinstance(document, dict):
        return document
    if "ops" not in document:
        return {key: packed(each) for key, each in document.items()}
    if document["columns"] or document["lanes"] != 1:
        return document
    ops = ",".join(" ".join(map(str, op)) for op in document["ops"])
    outputs = " ".join(map(str, document["outputs"]))
    return [f"{document['inputs']}|{ops}|{outputs}", *document["constants"]]


def unpacked(document: Any) -> Any:
    """The document that `packed` was given."""
    if isinstance(document, list):
        return [unpacked(each) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        key: _tape(each) if key == "tape" and isinstance(each, list) else unpacked(each)
        for key, each in document.items()
    }


def _tape(packed_tape: list[Any]) -> Item:
    inputs, ops, outputs = packed_tape[0].split("|")
    split = [op.split(" ") for op in ops.split(",") if op]
    return {
        "v": 1, "inputs": int(inputs), "constants": packed_tape[1:], "columns": [], "lanes": 1,
        "ops": [[name, *map(int, rest)] for name, *rest in split],
        "outputs": [int(each) for each in outputs.split(" ")],
    }  # fmt: skip


def _usual(documents: list[Any]) -> Any:
    """Each field's commonest value, where more than one document has it."""
    found: Item = {}
    for key in documents[0]:
        values = [document[key] for document in documents]
        most = max(values, key=values.count)
        if values.count(most) > 1:
            found[key] = most
    return found


def _other(document: Item, base: Item) -> Item:
    return {key: value for key, value in document.items() if key not in base or value != base[key]}
