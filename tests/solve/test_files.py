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


ORDERED = """
minimize = "3(alpha - 2)^2 + (zeta - 1)^2 + beta^4 + beta10^2 + beta2^2"
[variables]
zeta = { start = 5.0, lower = 0, upper = 3 }
beta10 = 1.0
beta2 = 1.0
alpha = 1.0
beta = { start = 0.5, lower = 0.1 }
"""


def test_a_start_outside_its_bounds_is_moved_inside_and_said(tmp_path: Path) -> None:
    file = tmp_path / "ordered.toml"
    file.write_text(ORDERED, encoding="utf-8")
    solution = solve_file(file)
    assert solution.status.answered
    words = " ".join(solution.report().split())
    assert "The start lay outside the bounds (zeta = 5); it was moved to the nearest" in words
