"""`surefoot lab [FORMULA | FILE]`."""

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surefoot.cli import options
from surefoot.cli.boundary import guarded
from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import to_json, writable
from surefoot.cli.solve import readable
from surefoot.cli.values import point, ranges
from surefoot.terms import InputError, Scenario, held_interrupts

if TYPE_CHECKING:
    from surefoot.solve.shown import Subject
    from surefoot.studio.server import LabServer

LOOPBACK = "127.0.0.1"

WhatArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FORMULA|FILE",
        help="A formula, a problem file (.toml) or a scenario (.json). Default: the first screen.",
    ),
]
OverOption = Annotated[
    str | None, typer.Option("--over", metavar="w=-3:3", help="The window. Default: chosen.")
]
AtOption = Annotated[
    str | None, typer.Option("--at", "--from", metavar="w=1.88", help="Where the ball begins.")
]
RateOption = Annotated[
    float | None, typer.Option("--rate", "--lr", metavar="NUMBER", help="The step scale η.")
]
ExportOption = Annotated[
    str | None,
    typer.Option(
        "--export", metavar="page.html", help="Write one offline page instead of serving."
    ),
]
BrowserOption = Annotated[
    bool, typer.Option("--no-browser", help="Print the address, open nothing.")
]
PortOption = Annotated[
    int | None,
    typer.Option("--port", metavar="N", min=0, max=65535, help="Default: 8731 or the next free."),
]
HostOption = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Where to listen. Default: this computer.")
]
IdleOption = Annotated[
    float | None,
    typer.Option("--idle-minutes", metavar="N", help="End after so long without an open page."),
]


def lab(
    what: WhatArgument = None,
    over: OverOption = None,
    at: AtOption = None,
    rate: RateOption = None,
    export: ExportOption = None,
    no_browser: BrowserOption = False,
    port: PortOption = None,
    host: HostOption = LOOPBACK,
    idle_minutes: IdleOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Open the lab: a ball on the loss curve, gradient descent by hand.

    Serves a page to this computer's browser until Ctrl-C; with --export writes one page that works
    offline instead.

    Example: surefoot lab "w^4 - w^2 + 0.2w" --at 1.2 --rate 0.1
    """

    def run() -> ExitCode:
        if export is not None:
            writable(export)
        scenario, subject = _scenario(what, over, at, rate)
        if export is not None:
            return _export(scenario, subject, export, as_json)
        if idle_minutes is not None and not idle_minutes > 0.0:
            raise InputError(f"--idle-minutes is {idle_minutes:g}; expected a number above 0")
        server = _server(scenario, subject, host, port, idle_minutes)
        return _serve(server, host, browser=not no_browser, as_json=as_json)

    raise typer.Exit(guarded(run, as_json=as_json))


def _scenario(
    what: str | None, over: str | None, at: str | None, rate: float | None
) -> "tuple[Scenario, Subject | None]":
    with held_interrupts():
        from surefoot.studio import lab as open_lab
        from surefoot.studio.wire import read_formula

    if rate is not None and not 0.0 < rate < float("inf"):
        raise InputError(f"--rate is {rate:g}; expected a number above 0, e.g. 0.5")
    if what is not None and what.lower().endswith((".toml", ".json")):
        return _from_file(Path(what), over, at, rate), None
    text = what
    if text is None:
        made = open_lab()
        if over is None and at is None:
            return _with_rate(made.scenario, rate), None
        text = made.scenario.function.formula or ""
    formula = read_formula(text)
    box = None if over is None else ranges(over, formula.variables, "--over")
    start = None if at is None else point(at, formula.variables, "--at")
    several = len(formula.variables) > 1
    made = open_lab(
        formula,
        box if box is None or several else box[formula.variables[0]],
        start=start if start is None or several else start[formula.variables[0]],
    )
    return _with_rate(made.scenario, rate), made.subject


def _from_file(path: Path, over: str | None, at: str | None, rate: float | None) -> Scenario:
    readable(path)
    if path.suffix.lower() == ".toml":
        from surefoot.solve import solve_file

        scenario = solve_file(path).to_lab()
    else:
        scenario = Scenario.from_json(path.read_bytes())
    name = scenario.function.variable
    if over is not None:
        scenario = replace(scenario, box=ranges(over, [name], "--over")[name])
    if at is not None:
        value = point(at, [name], "--at")[name]
        if isinstance(value, list):
            raise InputError("--at is a list; the ball stands at one number")
        scenario = replace(scenario, start=value)
    return _with_rate(scenario, rate)


def _with_rate(scenario: Scenario, rate: float | None) -> Scenario:
    return scenario if rate is None else replace(scenario, eta=rate)


def _export(
    scenario: Scenario, subject: "Subject | None", path: str, as_json: bool
) -> ExitCode:
    from surefoot.studio import write_page

    written = write_page(scenario, path, subject)
    size = written.stat().st_size
    if as_json:
        print(to_json({"page": str(written), "bytes": size, "scenario": scenario.to_json()}))
    else:
        print(f"{written} ({size / 1000:.0f} kB): open it in a browser, online or not")
    return ExitCode.ANSWERED


def _server(
    scenario: Scenario,
    subject: "Subject | None",
    host: str,
    port: int | None,
    idle_minutes: float | None,
) -> "LabServer":
    try:
        with held_interrupts():
            from surefoot.studio.server import LabServer, Options
    except ModuleNotFoundError as error:
        raise InputError(
            f"the lab's server needs {error.name}, which is not installed: "
            "pip install 'surefoot[lab]'; or write a page that needs nothing, with --export"
        ) from None
    return LabServer(scenario, subject, Options(host, port, idle_minutes))


def _serve(server: "LabServer", host: str, *, browser: bool, as_json: bool) -> ExitCode:
    logging.basicConfig(format="surefoot lab: %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    far = far_away()
    if as_json:
        print(to_json({"url": server.url, "port": server.guard.port}), flush=True)
    else:
        print("\n".join(words(server.url, server.guard.port, host, far)), flush=True)
    if browser and not far and not as_json:
        import threading
        import webbrowser

        # The page is asked for when the server answers; until then the connection waits.
        threading.Timer(0.2, webbrowser.open, [server.url]).start()
    try:
        server.run()
    except KeyboardInterrupt:
        # Ctrl-C is how a person closes the lab; that is no interruption of an answer.
        if not as_json:
            print("\nthe lab is closed", flush=True)
    return ExitCode.ANSWERED


def words(url: str, port: int, host: str, far: str) -> list[str]:
    """What a person is told: the address, how to reach it from afar, how to end it."""
    lines = [f"the lab is at {url}"]
    if host not in (LOOPBACK, "localhost", "::1"):
        lines.append(
            f"warning: it listens on {host}, so other computers can reach it; the address holds "
            "the key, the connection is not encrypted"
        )
    elif far:
        lines += [
            f"this is {far}, so no browser is opened here. On your own computer run",
            f"    ssh -L {port}:{LOOPBACK}:{port} {_login()}",
            "and open the address above there, with the same port; or write a page and copy it:",
            "    surefoot lab … --export page.html",
        ]
    lines.append("Ctrl-C ends it")
    return lines


def far_away() -> str:
    """Why a browser opened here would not be seen: "an SSH session", "a container", or ""."""
    if os.environ.get("SSH_CONNECTION"):
        return "an SSH session"
    marks = ("/.dockerenv", "/run/.containerenv")
    named = os.environ.get("container")  # noqa: SIM112 - podman and systemd spell it so
    if named or any(Path(mark).exists() for mark in marks):
        return "a container"
    return ""


def _login() -> str:
    user = os.environ.get("USER") or "you"
    connection = os.environ.get("SSH_CONNECTION", "").split()
    return f"{user}@{connection[2]}" if len(connection) == 4 else f"{user}@this-computer"
