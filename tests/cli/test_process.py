"""The command as its own process: streams, signals, start-up."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = "import sys; from surefoot.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-W", "error", "-c", PROGRAM]


def _run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload]
        [*COMMAND, *words], capture_output=True, text=True, encoding="utf-8", check=False, **options
    )


def test_help_does_not_load_the_numerical_libraries() -> None:
    code = (
        "import sys; from surefoot.cli import main; main(['--help']);"
        "print([m for m in ('jax', 'numpy', 'scipy', 'sympy', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_formula_that_begins_with_a_minus() -> None:
    done = _run("maximize", "-x^2+4x", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["value"] == pytest.approx(4.0, abs=1e-12)
    assert done.stderr == ""


def test_an_unbounded_problem_is_a_refusal() -> None:
    done = _run("minimize", "-x^2")
    assert done.returncode == 1, done.stderr
    assert "UNBOUNDED" in done.stdout
    assert done.stderr == ""


def test_a_pipe_carries_no_colour_codes_and_fits_80_columns() -> None:
    done = _run("minimize", "(x^2+y-11)^2 + (x+y^2-7)^2")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "MINIMUM" in done.stdout


def test_a_terminal_without_unicode_still_gets_its_answer() -> None:
    import os

    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = _run("minimize", "x^2 + θ^2", env=environment)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    shell = 'set -o pipefail; "$@" | head -n 1'
    done = subprocess.run(
        ["bash", "-c", shell, "bash", *COMMAND, "minimize", "x^2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("where", "code"), [("> /dev/full", 1), (">&-", 1), ("2>&-", 0), ("--json > /dev/full", 1)]
)
def test_an_output_that_cannot_be_written(where: str, code: int) -> None:
    shell = f'"$@" {where}' if not where.startswith("--json") else '"$@" --json > /dev/full'
    done = subprocess.run(
        ["bash", "-c", shell, "bash", *COMMAND, "minimize", "x^2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "fault" not in done.stderr and "Traceback" not in done.stderr
    assert ("could not be written" in done.stderr) == (code == 1)


def test_a_mistake_in_a_formula_is_shown_under_the_place() -> None:
    done = _run("minimize", "x^2 + fooo(x)")
    assert done.returncode == 2
    assert "fooo" in done.stderr
    assert "^" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_interrupt_ends_with_130() -> None:
    import signal

    process = subprocess.Popen(
        [*COMMAND, "minimize", "(1-x)^2 + 100(y-x^2)^2", "--starts", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    try:
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, error
    assert "Traceback" not in error


def test_an_interrupt_while_it_loads_ends_with_130() -> None:
    code = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "surefoot.cli.boundary":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from surefoot.cli import main
sys.exit(main(["minimize", "x^2"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("surefoot: interrupted") == 1


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.toml"])
def test_what_is_no_file_is_not_read(name: str, tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.toml")
    done = _run("solve", name, cwd=tmp_path, timeout=30)
    assert done.returncode == 2 and "is no regular file" in done.stderr


def test_the_shipped_example_is_solved() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples"
    files = sorted(folder.glob("*.toml"))
    assert files, "no examples"
    for file in files:
        done = _run("solve", str(file))
        assert done.returncode == 0, done.stderr
        assert "standard error" in done.stdout
