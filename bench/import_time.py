"""How long `import surefoot` takes next to `import jax`, and what the base install weighs.

    python bench/import_time.py [--pairs 10] [--install]

Each pair is two new processes, one right after the other, so that a busy machine slows both.
With `--install` the package is installed alone into a fresh virtual environment and weighed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATEMENTS = {
    "nothing": "pass",
    "import jax": "import jax",
    "import surefoot": "import surefoot",
    "…and minimize": "import surefoot; surefoot.minimize",
    "…every name": "import surefoot; [getattr(surefoot, name) for name in surefoot.__all__]",
    "surefoot --help": "import surefoot.cli; surefoot.cli.main(['--help'])",
    "surefoot minimize": (
        "import surefoot.cli; surefoot.cli.main(['minimize', '(x^2+y-11)^2 + (x+y^2-7)^2'])"
    ),
}


def as_installed() -> dict[str, str]:
    """This environment, but one that keeps compiled files, as pip leaves them.

    The first run of each statement, which is not counted, writes what is stale.
    """
    return {name: set_ for name, set_ in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def seconds(statement: str) -> float:
    """The wall time of a new interpreter that runs one statement."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, check=False, env=as_installed()
    )
    elapsed = time.perf_counter() - begin
    return elapsed if done.returncode == 0 else float("nan")


def table(pairs: int) -> str:
    """One row per statement: its median time and the median ratio to `import jax`."""
    runs: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for statement in STATEMENTS.values():
        seconds(statement)
    for _ in range(pairs):
        for name, statement in STATEMENTS.items():
            runs[name].append(seconds(statement))
    lines = [f"{'whole process':<20}{'median':>10}{'fastest':>10}{'ratio to import jax':>22}"]
    for name, times in runs.items():
        ratios = [a / b for a, b in zip(times, runs["import jax"], strict=True)]
        lines.append(
            f"{name:<20}{statistics.median(times):>8.2f} s{min(times):>8.2f} s"
            f"{statistics.median(ratios):>22.2f}"
        )
    return "\n".join(lines)


def weigh() -> str:
    """The size of the base install, package by package."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home, with_pip=True)
        site = next(home.glob("lib/python*/site-packages"))
        before = {entry.name for entry in site.iterdir()}
        python = home / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", str(ROOT)], check=True)
        sizes = {
            entry.name: sum(file.stat().st_size for file in entry.rglob("*") if file.is_file())
            for entry in site.iterdir()
            if entry.is_dir() and entry.name not in before
        }
    lines = [f"{'base install':<20}{sum(sizes.values()) / 1e6:>8.0f} MB"]
    largest = sorted(sizes.items(), key=lambda pair: -pair[1])[:8]
    lines += [f"  {name:<18}{size / 1e6:>8.0f} MB" for name, size in largest]
    lines.append(f"  {'surefoot':<18}{sizes['surefoot'] / 1e6:>8.2f} MB")
    return "\n".join(lines)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--install", action="store_true")
    arguments = parser.parse_args()
    print(table(arguments.pairs))
    if arguments.install:
        print(weigh())


if __name__ == "__main__":
    main()
