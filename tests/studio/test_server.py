"""The rules of the local server, one test each, against a real server on a loopback port."""

import gc
import json
import logging
import socket as sockets
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest
from tests.studio.serving import ask, base, is_alive, serving, talking
from websockets.exceptions import ConnectionClosed, InvalidStatus

from surefoot.studio import page
from surefoot.studio.guard import SUBPROTOCOL, Guard
from surefoot.studio.server import PORT, LabServer, Options, listen
from surefoot.studio.wire import write
from surefoot.terms import InputError


@pytest.fixture(scope="module")
def server() -> Generator[LabServer, None, None]:
    with serving() as running:
        yield running


def _refused(server: LabServer, status: int, **changes: Any) -> None:
    with pytest.raises(InvalidStatus) as refusal, talking(server, **changes):
        pass
    assert refusal.value.response.status_code == status
    assert server.guard.token.encode() not in refusal.value.response.body
    assert is_alive(server)


# ── who may talk ───────────────────────────────────────────────────────────────────────────────


def test_the_page_may_talk(server: LabServer) -> None:
    with talking(server) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        answer = ask(socket, op="hello", v=1)
        assert answer["op"] == "ready" and answer["scenario"]["start"] == 1.88354


def test_two_pages_at_once(server: LabServer) -> None:
    with talking(server) as one, talking(server) as two:
        assert ask(two, op="hello", v=1)["op"] == ask(one, op="hello", v=1)["op"] == "ready"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.2:{port}",
        "",
    ],
)
def test_a_foreign_origin_is_refused(server: LabServer, origin: str) -> None:
    _refused(server, 403, origin=origin.format(port=server.guard.port))


def test_a_missing_origin_is_refused(server: LabServer) -> None:
    _refused(server, 403, origin=None)


def test_two_origins_are_refused(server: LabServer) -> None:
    second = {"Origin": "https://evil.example"}
    with pytest.raises(InvalidStatus) as refusal, talking(server, additional_headers=second):
        pass
    assert refusal.value.response.status_code in (400, 403)
    assert is_alive(server)


@pytest.mark.parametrize("protocols", [[SUBPROTOCOL], ["other"], None])
def test_no_token_is_refused(server: LabServer, protocols: Any) -> None:
    _refused(server, 403, subprotocols=protocols)


@pytest.mark.parametrize("change", ["x{}", "{}x", "{}"])
def test_a_wrong_token_is_refused(server: LabServer, change: str) -> None:
    token = change.format(server.guard.token)
    token = token if token != server.guard.token else token.swapcase()
    _refused(server, 403, subprotocols=[SUBPROTOCOL, token])


def test_guessing_two_tokens_at_once_is_refused(server: LabServer) -> None:
    _refused(server, 403, subprotocols=[SUBPROTOCOL, "guess", server.guard.token])


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:{port}", "127.0.0.1:1", "[::1]"]
)
def test_a_foreign_host_is_refused(server: LabServer, host: str) -> None:
    named = host.format(port=server.guard.port)
    answer = httpx.get(base(server), headers={"Host": named})
    assert answer.status_code == 421
    assert _upgrade(server, f"Host: {named}") == 421
    assert is_alive(server)


def test_two_hosts_are_refused(server: LabServer) -> None:
    ours = f"127.0.0.1:{server.guard.port}"
    assert _upgrade(server, f"Host: {ours}\r\nHost: evil.example") in (400, 421)
    assert is_alive(server)


def _upgrade(server: LabServer, hosts: str) -> int:
    """The status that a websocket handshake with these Host lines gets."""
    lines = [
        "GET /ws HTTP/1.1", hosts, "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        f"Origin: {base(server)}",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}, {server.guard.token}", "", "",
    ]  # fmt: skip
    with sockets.create_connection(("127.0.0.1", server.guard.port), 10) as raw:
        raw.sendall("\r\n".join(lines).encode())
        return int(raw.recv(4096).split()[1])


def test_every_refusal_is_one_line_without_the_token(
    server: LabServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "surefoot.studio"):
        _refused(server, 403, origin="https://evil.example")
        _refused(server, 403, origin=None)
        _refused(server, 403, subprotocols=[SUBPROTOCOL, "wrong"])
        httpx.get(base(server), headers={"Host": "evil.example"})
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(lines) == 4
    assert [line.split("(")[1][:3] for line in lines] == ["403", "403", "403", "421"]
    assert not any("\n" in line or server.guard.token in line for line in lines)


def test_the_log_cannot_be_forged() -> None:
    guard = Guard("127.0.0.1", 1)
    refusal = guard.refuses_host(["evil\nrefused (200): nothing" + "x" * 500])
    assert refusal is not None
    assert "\n" not in refusal.reason and len(refusal.reason) < 150


def test_a_token_is_new_at_every_start_and_not_shown() -> None:
    one, two = Guard("127.0.0.1", 1), Guard("127.0.0.1", 1)
    assert one.token != two.token and len(one.token) >= 43
    assert one.token not in repr(one)


# ── what is served ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/lab.js", "/page.css", "/nowhere", "/ws"])
def test_every_answer_carries_the_headers(server: LabServer, path: str) -> None:
    answer = httpx.get(base(server) + path)
    assert answer.status_code == (200 if path in ("/", "/lab.js", "/page.css") else 404)
    policy = answer.headers["content-security-policy"]
    for rule in (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
    ):  # fmt: skip
        assert rule in policy.split("; ")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_what_is_served_holds_no_secret(server: LabServer) -> None:
    for path in ("/", "/lab.js", "/page.css"):
        text = httpx.get(base(server) + path).text
        assert server.guard.token not in text
    assert httpx.get(base(server)).headers["content-type"].startswith("text/html")
    assert "javascript" in httpx.get(base(server) + "/lab.js").headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_reading_is_possible(server: LabServer, method: str) -> None:
    answer = httpx.request(method, base(server))
    assert answer.status_code in (400, 405)
    assert is_alive(server)


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/static/lab.js", "/%2e%2e/%2e%2e/etc/passwd", "/lab.js/../x"]
)
def test_no_other_file_is_reached(server: LabServer, path: str) -> None:
    with sockets.create_connection(("127.0.0.1", server.guard.port), 10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.guard.port}\r\n\r\n".encode())
        assert raw.recv(4096).split()[1] == b"404"


# ── what may be said ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", "null", '{"op":"eval"}', '{"op":"hello","v":NaN}', '{"op":7}',
        '{"op":"run","code":"1"}', '{"op":"hello","v":1,"extra":1}', "[" * 100_000, "9" * 10_000,
        '{"op":"define","id":1,"src":3}', '{"op":"eval","id":true,"seq":0,"x":0}', "\ud800",
    ],
)  # fmt: skip
def test_a_malformed_message_is_answered(server: LabServer, text: str) -> None:
    with talking(server) as socket:
        socket.send(text.encode("utf-8", "replace").decode())
        answer = json.loads(socket.recv(30))
        assert answer["op"] == "err" and answer["code"] and answer["message"]
        assert ask(socket, op="hello", v=1)["op"] == "ready"


def test_a_binary_message_is_answered(server: LabServer) -> None:
    with talking(server) as socket:
        socket.send(b"\x00\xff")
        assert json.loads(socket.recv(30))["code"] == "bad-json"
        assert ask(socket, op="hello", v=1)["op"] == "ready"


def test_an_oversized_message_is_refused(
    server: LabServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "surefoot.studio"), talking(server) as socket:
        socket.send(json.dumps({"op": "define", "id": 1, "src": "x" * 2**20}))
        assert json.loads(socket.recv(30))["code"] == "too-large"
    assert _noted(caplog, "1009")
    assert is_alive(server)


def test_a_huge_message_closes_its_socket(server: LabServer) -> None:
    with talking(server) as socket:
        with suppress(ConnectionClosed):
            socket.send("x" * 2**22)
        with pytest.raises(ConnectionClosed):
            for _ in range(3):
                socket.recv(30)
    assert is_alive(server)


@pytest.mark.parametrize(
    "formula",
    [
        "9^9^9^9^9", "x^(10^400)", "(" * 60 + "x" + ")" * 60, "sin(" * 50 + "x" + ")" * 50,
        "x" + "+x" * 400, "__import__('os')", "x.__class__", "lambda x: x", "exec(x)",
        "-" * 400 + "x", "x" + "^x" * 60, "(" * 1000, "x" * 501, "inv([[x,1],[1,x]])^9", "1/0",
        "a+b+c+d+f+g+h+k+l", "x < 3",
    ],
)  # fmt: skip
def test_a_formula_bomb_is_refused_by_a_sentence(server: LabServer, formula: str) -> None:
    began = time.monotonic()
    with talking(server) as socket:
        answer = ask(socket, op="define", id=1, src=formula)
        assert answer["op"] == "err" and answer["of"] == "define", answer
        assert answer["code"] in ("formula", "input", "unsupported")
        assert answer["message"] and "Traceback" not in answer["message"]
        if answer["code"] == "formula":
            start, end = answer["span"]
            assert 0 <= start < end
        assert ask(socket, op="define", id=1, src="x^2")["op"] == "defined"
    assert time.monotonic() - began < 20.0


# ── how much ───────────────────────────────────────────────────────────────────────────────────


def test_a_hundred_sockets() -> None:
    with serving(sockets=16) as server:
        refused = 0
        with ExitStack() as open_sockets:
            for _ in range(100):
                try:
                    open_sockets.enter_context(talking(server))
                except InvalidStatus as refusal:
                    assert refusal.response.status_code == 503
                    refused += 1
            assert refused == 84
        end = time.monotonic() + 10.0
        while time.monotonic() < end:
            with suppress(InvalidStatus):
                assert is_alive(server)
                break
        else:
            pytest.fail("the places of closed sockets were not given back")


def test_a_page_that_does_not_read_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    with serving(send_seconds=0.5) as server, caplog.at_level(logging.INFO, "surefoot.studio"):
        raw = sockets.create_connection(("127.0.0.1", server.guard.port))
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        # max_queue=1: the client stops reading from the connection once one answer waits.
        with (
            suppress(ConnectionClosed, OSError),
            talking(server, sock=raw, max_queue=1, ping_interval=None, close_timeout=0.1) as lazy,
        ):
            lazy.send(json.dumps({"op": "define", "id": 1, "src": "sin(x)"}))
            end, seq = time.monotonic() + 30.0, 0
            while time.monotonic() < end and not _noted(caplog, "does not read"):
                seq += 1
                grid = {"op": "grid", "id": 1, "box": [-1, 1], "n": 4096, "seq": seq}
                lazy.send(json.dumps(grid))
                time.sleep(0.02)
        raw.close()
        assert _noted(caplog, "does not read")
        assert is_alive(server)


def _noted(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in record.getMessage() for record in caplog.records)


def test_a_flood_of_messages_leaves_the_newest(server: LabServer) -> None:
    with talking(server) as socket:
        assert ask(socket, op="define", id=1, src="x^2")["op"] == "defined"
        for seq in range(500):
            socket.send(json.dumps({"op": "eval", "id": 1, "seq": seq, "x": float(seq)}))
        seen = [json.loads(socket.recv(60))]
        while seen[-1]["seq"] != 499:
            seen.append(json.loads(socket.recv(60)))
        assert [answer["seq"] for answer in seen] == sorted(answer["seq"] for answer in seen)
        assert seen[-1]["value"] == 499.0**2


def test_it_ends_when_nobody_is_there() -> None:
    with serving(idle_minutes=0.5 / 60.0) as server:
        with talking(server) as socket:
            time.sleep(1.0)
            assert ask(socket, op="hello", v=1)["op"] == "ready", "an open page keeps it"
        end = time.monotonic() + 20.0
        while time.monotonic() < end:
            try:
                httpx.get(base(server), timeout=2.0)
            except httpx.TransportError:
                return
            time.sleep(0.1)
        pytest.fail("it did not end")


# ── where it listens ───────────────────────────────────────────────────────────────────────────


def test_it_listens_on_this_computer_alone(server: LabServer) -> None:
    assert server.options.host == "127.0.0.1"
    assert server.url == f"{base(server)}/#t={server.guard.token}"
    with pytest.raises(OSError):
        sockets.create_connection(("127.0.0.2", server.guard.port), 2).close()


def test_the_next_port_is_taken_when_the_usual_one_is_busy() -> None:
    with ExitStack() as held:
        one = listen("127.0.0.1", None)
        held.callback(one.close)
        two = listen("127.0.0.1", None)
        held.callback(two.close)
        assert PORT <= one.getsockname()[1] < two.getsockname()[1]


def test_a_named_port_that_is_busy_is_a_sentence() -> None:
    held = listen("127.0.0.1", 0)
    try:
        with pytest.raises(InputError, match="cannot be had"):
            LabServer(None, None, Options(port=held.getsockname()[1]))
    finally:
        held.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host.invalid"])
def test_a_host_that_is_not_here_is_a_sentence(host: str) -> None:
    with pytest.raises(InputError, match="cannot be had"):
        listen(host, 0)


def test_another_host_is_a_name_of_its_own() -> None:
    guard = Guard("192.0.2.7", 9000)
    assert guard.hosts == {"192.0.2.7:9000", "127.0.0.1:9000", "localhost:9000"}
    assert "http://[::1]:9000" in Guard("::1", 9000).origins
    assert "http://127.0.0.1" in Guard("127.0.0.1", 80).origins


def test_without_the_built_page_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise page.NotBuiltError("the lab's page is missing")

    monkeypatch.setattr(page, "module_text", missing)
    with pytest.raises(page.NotBuiltError):
        LabServer(None, None, Options(port=0))


def test_the_end_lets_go_of_a_page_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: left.append(repr(one.exc_value)))
    server = LabServer(None, None, Options(port=0))
    running = threading.Thread(target=server.run)
    running.start()
    with sockets.socket() as reader:
        # With so little room on this side the answers pile up on the other.
        reader.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        while not server._server.started:
            time.sleep(0.005)
        reader.connect(("127.0.0.1", server.guard.port))
        request = f"GET /lab.js HTTP/1.1\r\nHost: 127.0.0.1:{server.guard.port}\r\n\r\n"
        reader.sendall(30 * request.encode())
        time.sleep(0.5)
        server.stop()
        running.join()
        del server
        gc.collect()
    assert left == []


def test_half_a_pair_is_answered_in_utf8() -> None:
    text = write({"op": "err", "reason": "unknown op '\ud800'"})
    assert json.loads(text.encode("utf-8"))["reason"].endswith("\ud800'")
