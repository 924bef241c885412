"""The series behind the page's special functions are those that the script computes."""

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "special_coefficients.py"


def test_coefficients_are_what_the_script_computes() -> None:
    run = subprocess.run(
        [sys.executable, str(_SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
