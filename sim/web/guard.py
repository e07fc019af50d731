"""Who may talk to the server, by token or by the code of a bet, and what the page it sends may do.

Bets come from phones: an open round has a code, and whoever has the code may place one bet. The
code leads to one small page that knows the question and nothing of the answer; it opens nothing
else. A round ends when it is revealed or put away, and with the tab that opened it.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim.errors import refusal
from sim.page.assets import csp_hash

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What a code is made of: nothing that looks like something else."""
CODE = 8
"""Letters of a code: 31 to the 8th, one in a trillion."""

MOST_BETS, MOST_ROUNDS, MOST_CLIENTS = 200, 64, 1024
LONGEST_NAME, LONGEST_TICKET = 24, 64
WRONG, SECONDS = 30, 60.0
"""So many wrong codes of one client in this many seconds; then it waits until they have passed."""


class TooManyCodesError(Exception):
    """Too many wrong codes have been tried."""


@dataclass
class Round:
    """A round of bets: what is asked, and what was said, by the ticket of each phone."""

    code: str
    question: dict[str, Any]
    bets: dict[str, dict[str, Any]] = field(default_factory=dict)


class Rounds:
    """The open rounds of a server."""

    def __init__(self) -> None:
        self._open: dict[str, Round] = {}
        self._wrong: dict[str, deque[float]] = {}
        self._lock = Lock()

    def begin(self, question: dict[str, Any]) -> Round:
        """Open a round. Raises InputError where too many are open."""
        with self._lock:
            if len(self._open) >= MOST_ROUNDS:
                what = f"would be more than {MOST_ROUNDS} rounds at the same time"
                raise refusal("bets", "", what, "one of them put away")
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
            self._open[code] = one = Round(code, question)
            return one

    def end(self, code: str) -> None:
        """Close a round; nobody finds it any more."""
        with self._lock:
            self._open.pop(code, None)

    def find(self, code: str, client: str = "") -> Round | None:
        """Return the open round of a code, or None.

        Wrong codes are counted by the address of the ``client`` who asks. Raises TooManyCodesError
        where too many wrong codes were tried of late, whatever this one is.
        """
        given = code[: 2 * CODE].upper().encode("utf-8", "replace")
        with self._lock:
            now, wrong = monotonic(), self._wrong.get(client, deque())
            if len(wrong) == WRONG and now - wrong[0] < SECONDS:
                raise TooManyCodesError
            for one in self._open.values():
                if secrets.compare_digest(one.code.encode(), given):
                    return one
            self._wrong.pop(client, None)  # to the end: the first is who has been right longest
            self._wrong[client] = deque([*wrong, now], WRONG)
            if len(self._wrong) > MOST_CLIENTS:
                del self._wrong[next(iter(self._wrong))]
            return None

    def place(self, one: Round, ticket: str, bet: dict[str, Any]) -> bool:
        """Take a bet in, in place of the one of this phone there may be; False where it is full."""
        with self._lock:
            if ticket not in one.bets and len(one.bets) >= MOST_BETS:
                return False
            one.bets[ticket] = bet
            return True

    def said(self, code: str) -> list[dict[str, Any]]:
        """Return the bets of a round in the order in which they came."""
        with self._lock:
            one = self._open.get(code)
            return list(one.bets.values()) if one else []


def ballot_from(message: object, weeks: int) -> tuple[str, dict[str, Any]] | None:
    """Return the ticket and the bet in what a phone sent: {who, guess}; None where it is no bet.

    ``guess`` has shares in [0, 1] by week.

    >>> ballot_from({"ticket": "t", "who": " Ada ", "guess": {"52": 0.4}}, 52)
    ('t', {'who': 'Ada', 'guess': {'52': 0.4}})
    >>> ballot_from({"ticket": "t", "who": "", "guess": {"53": 0.4}}, 52) is None
    True
    """
    if not isinstance(message, dict):
        return None
    ticket, who, guess = (message.get(key) for key in ("ticket", "who", "guess"))
    if not (isinstance(ticket, str) and 0 < len(ticket) <= LONGEST_TICKET and isinstance(who, str)):
        return None
    if not isinstance(guess, dict) or not 1 <= len(guess) <= weeks:
        return None
    for week, share in guess.items():
        if not (str(week).isdecimal() and len(str(week)) < 5 and 1 <= int(week) <= weeks):
            return None
        if isinstance(share, bool) or not isinstance(share, int | float):
            return None
        if not 0 <= share <= 1:
            return None
    name = "".join(letter for letter in who if letter.isprintable()).strip()[:LONGEST_NAME]
    return ticket, {
        "who": name,
        "guess": {str(week): float(share) for week, share in guess.items()},
    }


def own_addresses(host: str) -> list[str]:
    """Return where phones find a server that is bound to ``host``: its own, or this machine's.

    Nothing is sent: a datagram socket that is connected says which address it would use.
    """
    if host not in ("0.0.0.0", "::"):
        return [host]
    found = []
    for family, outside in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        if family == socket.AF_INET6 and host == "0.0.0.0":
            continue
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((outside, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return found


_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
"""A Host header that can be one; nothing else is looked at, or answered with."""

OPEN = ("/static/", "/favicon.svg")
BET = "/bet/"
REFUSED = 1008


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server bound to ``host``.

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
        own = (f"http://{host}".lower(), f"https://{host}".lower())
        if (socket or origin) and (origin or "").lower() not in own:
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
