"""The commands together, and the way in and out of the process."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from surefoot.cli.boundary import guarded
from surefoot.cli.convex import convex
from surefoot.cli.derive import derive
from surefoot.cli.descend import descend
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.kinks import kinks
from surefoot.cli.lab import lab
from surefoot.cli.maximize import maximize
from surefoot.cli.minimize import minimize
from surefoot.cli.race import race
from surefoot.cli.rate import rate
from surefoot.cli.roots import roots
from surefoot.cli.solve import solve
from surefoot.cli.stationary import stationary
from surefoot.cli.tokens import ordered


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code.

    Args:
        argv: the words behind `surefoot`; by default those of this process.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    lost = sys.stdout is None
    _forgiving_streams()
    codes: list[int] = []

    def run() -> ExitCode:
        codes.append(_run(words or ["--help"]))
        return ExitCode.ANSWERED

    outcome = guarded(run, as_json="--json" in words)
    code = codes[0] if codes and outcome is ExitCode.ANSWERED else outcome
    if lost and code == ExitCode.ANSWERED:
        print("surefoot: the answer could not be written: the output is closed", file=sys.stderr)
        return ExitCode.REFUSED
    return code


def application() -> typer.Typer:
    """The application with every command; each lives in a file of its own."""
    # No markup: brackets in a formula are not styles. No completion: it writes to start-up files.
    app = typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback()(root)
    commands = (
        minimize, maximize, descend, race, rate, stationary, roots, kinks, convex, derive, solve,
        lab,
    )  # fmt: skip
    for command in commands:
        app.command()(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"surefoot {version('surefoot')}")
        raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Find the best point of a formula or a problem file, and say what it is."""


def _run(words: list[str]) -> int:
    group = get_command(application())
    commands = getattr(group, "commands")  # noqa: B009 - typer says only "Command"
    if words[0] in commands:
        options = {
            name: not getattr(option, "is_flag", False)
            for option in commands[words[0]].params
            for name in option.opts
            if name.startswith("-")
        }
        words = [words[0], *ordered(words[1:], {**options, "--help": False})]
    try:
        group.main(args=words, prog_name="surefoot")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return ExitCode.ANSWERED


def _forgiving_streams() -> None:
    """A terminal that cannot show a sign (∞, ✓, a broken file name) shows a substitute for it.

    A stream that was closed before the start is None in Python; what is said there is lost, and
    `main` says so.
    """
    if sys.stdout is None or sys.stderr is None:
        # Open for as long as the process is, so there is no block to open it for.
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
