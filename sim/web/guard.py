"""Who may talk to the server, and what the page it sends may do."""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim.page.assets import csp_hash
from sim.web.ballots import Rounds, TooManyCodesError

_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
"""A Host header that can be one; nothing else is looked at, or answered with."""

OPEN = ("/static/", "/favicon.svg")
BET = "/bet/"
REFUSED = 1008


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server bound to ``host``.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """Who may talk to the server."""

    host: str = "127.0.0.1"
    """What the server is bound to."""
    token: str = ""
    """Needed in the address (``?token=…``) unless empty."""

    def knows(self, header: str) -> bool:
        """Return whether a Host header names this server, so that no other name leads here.

        On loopback: a loopback name, or the one it was bound by. Else that, or an address in
        digits: a name that somebody else's DNS points here is neither.

        Examples
        --------
        >>> names = ("127.0.0.5:80", "[::1]:80", "example.com", "[")
        >>> [ServerAccess().knows(name) for name in names]
        [True, True, False, False]
        """
        found = _HOST.fullmatch(header)
        if found is None:
            return False
        name = found["name"].strip("[]").lower()
        if is_loopback(name) or name == self.host.lower():
            return True
        if is_loopback(self.host):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def admits(self, query: str) -> bool:
        """Return whether a query string carries the token, where one is needed."""
        given = parse_qs(query).get("token", [""])[0]
        return not self.token or secrets.compare_digest(given.encode(), self.token.encode())


def policy(import_map: str, host: str) -> str:
    """Return the Content-Security-Policy of the page: its own modules, style and socket only."""
    return (
        f"default-src 'none'; script-src 'self' {csp_hash(import_map)}; style-src 'self'; "
        f"img-src 'self' blob: data:; connect-src 'self' ws://{host} wss://{host}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class Guard:
    """Refuse strangers before anything is read; seal whatever is answered."""

    def __init__(self, app: ASGIApp, access: ServerAccess, rounds: Rounds | None = None) -> None:
        self.app, self.access, self.rounds = app, access, rounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, _sealed(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": REFUSED, "reason": refused[1]})
        else:
            await PlainTextResponse(refused[1], refused[0])(scope, receive, _sealed(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.access.knows(host):
            return 421, "This server does not go by that name."
        origin = headers.get("origin")
        socket = scope["type"] == "websocket"
        if (socket or origin) and not _same(origin or "", host):
            return 403, "Requests from other pages are refused."
        if scope["path"].startswith(OPEN):
            return None
        if scope["path"].startswith(BET) and not socket and self.rounds is not None:
            return self._of_bet(scope)
        if not self.access.admits(scope["query_string"].decode("latin-1")):
            return 401, "The address lacks its token: use the one that uptake serve printed."
        return None

    def _of_bet(self, scope: Scope) -> tuple[int, str] | None:
        """Return why a phone may not bet: its code is the only thing that lets it in."""
        assert self.rounds is not None
        try:
            client = (scope.get("client") or ("",))[0]
            found = self.rounds.find(scope["path"].removeprefix(BET), client)
        except TooManyCodesError:
            return 429, "Too many wrong codes: try again in a minute."
        return None if found else (404, "There is no such bet, or it is over: ask for the code.")


def _same(origin: str, host: str) -> bool:
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _sealed(send: Send) -> Send:
    async def sealing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Content-Security-Policy", "default-src 'none'")
        await send(message)

    return sealing
