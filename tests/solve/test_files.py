"""What a problem file says of its numbers stands in the answer."""

import json
from pathlib import Path

from surefoot.solve.files import solve_file

FILE = """
minimize = "(a - 3)^2 + (b - y)^2"
[variables]
a = { start = 0.0, label = "height of the mast" }
b = { start = 0.0, units = "m" }
[data]
y = { value = 2.0, label = "what was measured" }
[labels]
objective = "misfit"
"""


def test_labels_stand_beside_what_they_name(tmp_path: Path) -> None:
    file = tmp_path / "mast.toml"
    file.write_text(FILE, encoding="utf-8")
    solution = solve_file(file)
    report = solution.report()
    assert "a: height of the mast" in report and "b:" not in report
    assert "misfit  0" in report and " m" in report
    labels = json.loads(json.dumps(solution.to_dict()["labels"]))
    assert labels == {"a": "height of the mast", "y": "what was measured", "objective": "misfit"}
