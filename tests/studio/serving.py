"""A real server on a loopback port, and a client that speaks to it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from surefoot.studio import preset_scenario
from surefoot.studio.guard import SUBPROTOCOL
from surefoot.studio.server import LabServer, Options

ANY_PORT = 0


@contextmanager
def serving(subject: Any = None, **options: Any) -> Generator[LabServer, None, None]:
    """A running server for the first screen; stopped behind the block."""
    made = LabServer(preset_scenario(), subject, Options(port=ANY_PORT, **options))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def base(server: LabServer) -> str:
    """The server's address without the token."""
    return f"http://127.0.0.1:{server.guard.port}"


@contextmanager
def talking(server: LabServer, **changes: Any) -> Generator[ClientConnection, None, None]:
    """A socket opened as the page opens it, with `changes` to the arguments of `connect`."""
    options: dict[str, Any] = {
        "origin": base(server),
        "subprotocols": [SUBPROTOCOL, server.guard.token],
        "max_size": 2**24,
        **changes,
    }
    with connect(f"ws://127.0.0.1:{server.guard.port}/ws", **options) as socket:
        yield socket


def ask(socket: ClientConnection, timeout: float = 60.0, **message: Any) -> dict[str, Any]:
    """Send a message and return the next answer."""
    socket.send(json.dumps(message))
    return json.loads(socket.recv(timeout))


def is_alive(server: LabServer) -> bool:
    """Whether the server still greets a page."""
    with talking(server) as socket:
        return ask(socket, op="hello", v=1)["op"] == "ready"
