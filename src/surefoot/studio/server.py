"""The local server: one page, one module, and a socket that has to show the token.

It listens on 127.0.0.1 unless told otherwise. A request changes nothing; there are no file paths
in messages; every refusal is a line in the log, and the server lives on. `docs/lab.md` lists the
rules for people, `guard.py` holds who may talk, `wire.py` what may be said.
"""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidState

from surefoot.solve.shown import Subject
from surefoot.studio import page, wire
from surefoot.studio.guard import HEADERS, LOOPBACK, SUBPROTOCOL, Guard, Refusal, log, note
from surefoot.studio.session import Session
from surefoot.terms import InputError, Scenario

PORT = 8731
PORTS_TRIED = 20
SOCKETS = 16
"""Pages at once; a browser with more tabs than that open on one lab is a program gone wrong."""
WAITING = 64
"""Answers that may wait for a page that reads slowly."""
SEND_SECONDS = 10.0
HARD_BYTES = 2 * wire.LIMITS.message_bytes
"""Beyond this the protocol itself closes the socket, before the message is held in memory."""


@dataclass(frozen=True)
class Options:
    """How the server is to run.

    Attributes:
        host: where to listen.
        port: None for the usual one or the next that is free, 0 for any.
        idle_minutes: end after so long without a page, or never.
        sockets, send_seconds: see SOCKETS and SEND_SECONDS.
        token: of a server that takes the place of an ended one, so that its pages find back.
    """

    host: str = LOOPBACK
    port: int | None = None
    idle_minutes: float | None = None
    sockets: int = SOCKETS
    send_seconds: float = SEND_SECONDS
    token: str | None = field(default=None, repr=False)


class _Ending(uvicorn.Server):
    """uvicorn's server, which at its end lets go of every connection.

    By itself it leaves those open whose other side does not read, until the memory is collected.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().shutdown(sockets)
        except InvalidState:
            # It stumbles while it stops over a socket that is half closed; it has stopped.
            log.info("a socket was half closed when the lab ended")
        finally:
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)  # one turn, in which they are closed


class LabServer:
    """The server of one lab.

    Args:
        scenario: what a page shows that opens its address.
        subject: the function behind it, for what no tape can carry.
        options: host, port, limits.

    Raises:
        InputError: the port is taken, or no port can be had at that host.
        NotBuiltError: this installation has no page.
    """

    def __init__(
        self, scenario: Scenario | None, subject: Subject | None, options: Options | None = None
    ) -> None:
        self.options = options or Options()
        page.module_text()
        self._socket = listen(self.options.host, self.options.port)
        number, token = int(self._socket.getsockname()[1]), self.options.token
        host = self.options.host
        self.guard = Guard(host, number) if token is None else Guard(host, number, token)
        self._scenario, self._subject = scenario, subject
        self._open = 0
        self._last = time.monotonic()
        self._server = _Ending(
            uvicorn.Config(
                self.app(),
                ws="websockets-sansio",
                ws_max_size=HARD_BYTES,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )

    @property
    def url(self) -> str:
        """The address to open, with the token in its fragment, which no request ever carries."""
        host = self.options.host
        host = LOOPBACK if host in ("0.0.0.0", "::") else host
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.guard.port}/#t={self.guard.token}"

    def run(self) -> None:
        """Serve until Ctrl-C, `stop`, or the idle time is over."""
        watcher = threading.Thread(target=self._watch, name="surefoot-lab-idle", daemon=True)
        if self.options.idle_minutes is not None:
            watcher.start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def start(self) -> None:
        """Serve from a thread of its own; returns when the server answers."""
        threading.Thread(target=self.run, name="surefoot-lab-server", daemon=True).start()
        end = time.monotonic() + 30.0
        while not self._server.started:
            if time.monotonic() > end:
                raise InputError("the lab's server did not start within 30 s")
            time.sleep(0.005)

    def stop(self) -> None:
        """End the server soon; open pages go on with their tapes."""
        self._server.should_exit = True

    def app(self) -> ASGIApp:
        """The application with its rules around it."""
        files: dict[str, tuple[Callable[[], str], str]] = {
            "/": (page.served_page, "text/html"),
            "/lab.js": (page.module_text, "text/javascript"),
            "/page.css": (lambda: page.STYLE, "text/css"),
        }

        def answer(request: Request) -> Response:
            make, media = files[request.url.path]
            return Response(make(), media_type=media)

        routes = [Route(path, answer, methods=["GET"]) for path in files]
        return _Guarded(
            Starlette(routes=[*routes, WebSocketRoute("/ws", self._talk)]), self.guard
        )

    # ── one socket ─────────────────────────────────────────────────────────────────────────────

    async def _talk(self, websocket: WebSocket) -> None:
        client = _client(websocket.scope)
        refusal = self.guard.refuses_socket(
            websocket.headers.getlist("host"),
            websocket.headers.getlist("origin"),
            websocket.scope["subprotocols"],
        )
        if refusal is None and self._open >= self.options.sockets:
            refusal = Refusal(503, f"more than {self.options.sockets} pages at once")
        if refusal is not None:
            note(refusal, client)
            response = PlainTextResponse(refusal.reason, refusal.status, HEADERS)
            await websocket.send_denial_response(response)
            return
        self._open += 1
        try:
            await websocket.accept(subprotocol=SUBPROTOCOL)
            await self._converse(websocket, client)
        finally:
            self._open -= 1
            self._last = time.monotonic()

    async def _converse(self, websocket: WebSocket, client: str) -> None:
        loop = asyncio.get_running_loop()
        outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING)
        slow = asyncio.Event()

        def put(answer: dict[str, Any]) -> None:
            try:
                outbox.put_nowait(answer)
            except asyncio.QueueFull:
                slow.set()

        def send(answer: dict[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(put, answer)

        session = Session(send, self._scenario, self._subject)
        tasks: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._read(websocket, session, client)),
            asyncio.ensure_future(self._write(websocket, outbox)),
            asyncio.ensure_future(slow.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0] not in done:
                note(Refusal(1008, "a page that does not read its answers"), client)
                # No farewell: it would wait behind what is not read. The socket is dropped.
        finally:
            session.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, websocket: WebSocket, session: Session, client: str) -> None:
        while True:
            try:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    if message.get("code") == 1009:
                        note(Refusal(1009, f"a message over {HARD_BYTES} bytes"), client)
                    return
            except (WebSocketDisconnect, RuntimeError):
                return
            text = message.get("text")
            if text is None:
                text = "binary"  # no message of ours; answered like any other nonsense
            if len(text) > wire.LIMITS.message_bytes:
                note(Refusal(1009, f"a message of {len(text)} characters"), client)
            session.receive(text)

    async def _write(self, websocket: WebSocket, outbox: "asyncio.Queue[dict[str, Any]]") -> None:
        """Send what waits; returns when the page does not take it in time."""
        while True:
            answer = await outbox.get()
            if answer.get("op") == "err":
                log.info("answered: %s %s", answer.get("of"), answer.get("code"))
            try:
                await asyncio.wait_for(
                    websocket.send_text(wire.write(answer)), self.options.send_seconds
                )
            except TimeoutError:
                return

    def _watch(self) -> None:
        """Ends the server after its idle time."""
        assert self.options.idle_minutes is not None
        seconds = 60.0 * self.options.idle_minutes
        while not self._server.should_exit:
            time.sleep(min(1.0, seconds / 4.0))
            if self._open == 0 and time.monotonic() - self._last > seconds:
                log.info("no page for %g minutes: the lab ends", self.options.idle_minutes)
                self.stop()


class _Guarded:
    """Refuses requests for another host, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        refusal = self._guard.refuses_host(hosts)
        if refusal is not None:
            note(refusal, _client(scope))
            await PlainTextResponse(refusal.reason, 421, HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                ours = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *ours]}
            await send(message)

        await self._app(scope, receive, with_headers)


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket; for `port` None the usual port or the next one that is free.

    Raises:
        InputError: the port that was asked for is taken, or the host is not this computer's.
    """
    tried = range(PORT, PORT + PORTS_TRIED) if port is None else [port]
    reason = ""
    for number in tried:
        try:
            return _listen(host, number)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
    if port is None:
        raise InputError(
            f"none of the ports {tried[0]} to {tried[-1]} can be had at {host} ({reason}); "
            "name another with --port"
        )
    raise InputError(
        f"port {port} cannot be had at {host} ({reason}); name another, or leave --port out to "
        "take the next one that is free"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # A peer that stops reading is dropped by the system too, with what waits for it.
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
        made.bind((host, port))
        made.listen(128)
    except BaseException:
        made.close()
        raise
    return made


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else "an unknown address"
