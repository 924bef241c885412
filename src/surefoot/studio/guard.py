"""Who may talk to the local server.

The server listens on this computer alone, yet every web page that the browser has open may try to
reach it, and so may every local program. A page elsewhere is told apart by its Origin, a name that
was pointed at this computer (DNS rebinding) by the Host, another program by the token, which only
who was given the opened address knows. All three are compared whole: a test of a prefix would let
`127.0.0.1.evil.example` in.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

log = logging.getLogger("surefoot.studio")

SUBPROTOCOL = "surefoot-v1"
LOOPBACK = "127.0.0.1"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Refusal:
    """A status and the sentence that goes with it."""

    status: int
    reason: str


@dataclass(frozen=True)
class Guard:
    """The names under which a server answers, and the token that opens it.

    Attributes:
        host, port: where it listens.
        token: made anew at every start.
    """

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def hosts(self) -> frozenset[str]:
        """The exact Host headers that are ours."""
        names = {LOOPBACK, "localhost", self.host}
        shown = {f"[{name}]" if ":" in name else name for name in names}
        ports = {f":{self.port}", ""} if self.port == 80 else {f":{self.port}"}
        return frozenset(name + port for name in shown for port in ports)

    @property
    def origins(self) -> frozenset[str]:
        """The exact Origin headers of our own page."""
        return frozenset(f"http://{host}" for host in self.hosts)

    def refuses_host(self, hosts: Sequence[str]) -> Refusal | None:
        """Whether a request names another computer than this one (421)."""
        if len(hosts) == 1 and hosts[0].lower() in self.hosts:
            return None
        return Refusal(421, f"a request for the host {_shown(hosts)}")

    def refuses_socket(
        self, hosts: Sequence[str], origins: Sequence[str], protocols: Sequence[str]
    ) -> Refusal | None:
        """Whether a websocket may not be opened: host, origin and token, before it is accepted."""
        foreign = self.refuses_host(hosts)
        if foreign is not None:
            return foreign
        if not origins:
            return Refusal(403, "a websocket without an Origin")
        if len(origins) != 1 or origins[0] not in self.origins:
            return Refusal(403, f"a websocket from the origin {_shown(origins)}")
        tokens = [word for word in protocols if word != SUBPROTOCOL]
        if SUBPROTOCOL not in protocols or not tokens:
            return Refusal(403, "a websocket without a token")
        # Bytes: compare_digest takes no text beyond ASCII. The token itself is never written down.
        if len(tokens) != 1 or not secrets.compare_digest(tokens[0].encode(), self.token.encode()):
            return Refusal(403, "a websocket with a wrong token")
        return None


def note(refusal: Refusal, client: str) -> None:
    """One line in the log for a refusal."""
    log.warning("refused (%d): %s, from %s", refusal.status, refusal.reason, client)


def _shown(values: Sequence[str]) -> str:
    # repr, cut: what a stranger sent must not forge further lines of the log.
    return ", ".join(repr(value)[:80] for value in values[:3]) or "nobody named"
