"""The README's first example prints what stands below it, but for the times."""

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "readme.py"


def test_the_first_example_prints_what_the_readme_shows() -> None:
    run = subprocess.run(
        [sys.executable, str(_SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
