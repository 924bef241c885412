"""`surefoot solve FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.optimise import report
from surefoot.cli.output import writable
from surefoot.terms import InputError, held_interrupts

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A problem file (TOML), e.g. examples/….toml.")
]


def solve(
    file: FileArgument,
    export: options.ExportOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Solve the problem in a file.

    The file names the variables, the data, what to minimize, maximize or fit, and the bounds.

    Example: surefoot solve examples/thermal_expansion.toml
    """
    raise typer.Exit(guarded(lambda: _solve(Path(file), export, as_json), as_json=as_json))


def _solve(path: Path, export: str | None, as_json: bool) -> ExitCode:
    readable(path)
    if export is not None:
        writable(export)
    with held_interrupts():
        from surefoot.solve import solve_file

    return report(solve_file(path), as_json=as_json, export=export)


def readable(path: Path) -> None:
    """A sentence for a path that cannot be a problem file, before anything heavy is loaded."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the problem file (.toml) inside it")
        if not path.exists():
            near = sorted(path.parent.glob("*.toml"))[:5] if path.parent.is_dir() else []
            names = f"; there are {', '.join(map(str, near))}" if near else ""
            raise InputError(f"there is no file {path}{names}")
        if not path.is_file():
            # A pipe would be waited for, and /dev/zero has no end.
            raise InputError(f"{path} is no regular file; save what it gives in a .toml file first")
        with path.open("rb") as stream:
            stream.read(1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{str(path)[:100]} cannot be read: {reason}") from None
