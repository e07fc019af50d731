"""The live page over HTTP: a document, its modules, a socket a tab; served until interrupted."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import webbrowser
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

import h11
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol

from sim.document import from_json
from sim.errors import InputError, Problem
from sim.page.assets import all_modules, css, import_map, module_source
from sim.web.guard import MOST_BETS, Guard, Round, Rounds, ServerAccess, ballot_from, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.web.server_state import ServerState


_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="5" cy="11" r="3" '
    'fill="#7b5ea7"/><circle cx="11" cy="5" r="3.4" fill="#007a5a"/></svg>'
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">
<script type="importmap">{imports}</script>
<script type="module" src="/static/{script}.js"></script>
</head>
<body>
{body}
</body>
</html>
"""

_LIVE = """<div id="uptake">
<p class="loading" role="status">Simulating the plans for the first time…</p>
<noscript>This page needs JavaScript; uptake compare does not.</noscript></div>"""

MOST_BYTES = 4096
"""Bytes of a bet at most."""


def create_app(state: ServerState, access: ServerAccess | None = None) -> Starlette:
    """Return the ASGI application.

    Every session shares the state; this machine alone may talk to it unless ``access`` says.
    """
    access, rounds = access or ServerAccess(), Rounds()

    async def live(socket: WebSocket) -> None:
        await asyncio.to_thread(load_engine)
        from sim.web.socket import Phones, serve_socket

        await serve_socket(socket, state, Phones(rounds, access))

    async def bet(request: Request) -> Response:
        found = rounds.find(str(request.path_params["code"]))
        if found is None:
            return PlainTextResponse("The bet is over.", 404)
        if request.method != "POST":
            asked = escape(json.dumps(found.question), quote=True)
            body = f'<main id="ballot" data-question="{asked}"></main>'
            return _document(request, "Uptake: place your bet", "ballot", body)
        return await _placed(request, rounds, found)

    return Starlette(
        routes=[
            Route("/", _page), Route("/favicon.svg", _icon), Route("/static/{name}", _static),
            Route("/bet/{code}", bet, methods=["GET", "POST"]), WebSocketRoute("/live", live),
        ],
        middleware=[Middleware(Guard, access=access, rounds=rounds)],
    )  # fmt: skip


def load_engine() -> None:
    """Import the engine and what answers tabs: longer than all the rest of a start takes."""
    import_module("sim.web.socket")


def _document(request: Request, title: str, script: str, body: str) -> Response:
    text = _PAGE.format(imports=import_map(), title=title, script=script, body=body)
    headers = {"Content-Security-Policy": policy(import_map(), request.headers["host"])}
    return HTMLResponse(text, headers=headers)


async def _page(request: Request) -> Response:
    return _document(request, "Uptake", "main", _LIVE)


async def _placed(request: Request, rounds: Rounds, found: Round) -> Response:
    """Take a bet in that a phone sent."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return PlainTextResponse("That is no bet.", 413)
    try:
        ballot = ballot_from(from_json(body), int(found.question["weeks"]))
    except ValueError:
        ballot = None
    if ballot is None:
        return PlainTextResponse("That is no bet: a share from 0 to 100% for a week.", 400)
    if not rounds.place(found, *ballot):
        return PlainTextResponse(f"There are {MOST_BETS} bets already.", 409)
    return PlainTextResponse("Placed.")


async def _icon(_: Request) -> Response:
    return Response(_ICON, media_type="image/svg+xml")


async def _static(request: Request) -> Response:
    """Answer with a module or the style sheet, by name out of a list: never by path."""
    stem, _, suffix = str(request.path_params["name"]).rpartition(".")
    if suffix == "js" and stem in all_modules():
        return Response(module_source(stem), media_type="text/javascript")
    if (stem, suffix) == ("page", "css"):
        return Response(css(), media_type="text/css")
    return PlainTextResponse("There is no such file.", 404)


PATIENCE = 10.0
"""Seconds in which a request must be whole once its connection is there."""

_HALF = (h11.IDLE, h11.SEND_BODY)


class Patient(H11Protocol):
    """HTTP as uvicorn speaks it, for a client that gets to the point."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        """Stop the clock where the request is whole; start it where another begins."""
        super().data_received(data)
        if self.transport.get_protocol() is not self or self.conn.their_state not in _HALF:
            self._stop()
        elif self._deadline is None:
            self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._deadline = self.loop.call_later(PATIENCE, self._give_up)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing() and self.transport.get_protocol() is self:
            self.transport.close()


MESSAGE_BYTES = 24 * 1024 * 1024
"""Bytes of one message at most: an upload and its head. The server closes the socket on more."""
MOST_CONNECTIONS = 256
"""Connections at the same time; another is answered with 503."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Port 0 takes any free one. Raises InputError where the port is taken or the host is not this
    machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None)
        reason = os.strerror(code) if code and code > 0 else str(error)
        right = "another --port (0 takes any free one), or another --host"
        problem = Problem(f"{host}:{port}", "", f"cannot be listened on ({reason})", right)
        raise InputError([problem]) from None


def address_of(listening: socket.socket, access: ServerAccess) -> str:
    """Return the address to open in a browser, with the token where one is needed."""
    port = listening.getsockname()[1]
    host = f"[{access.host}]" if ":" in access.host else access.host
    if access.host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{host}:{port}/" + (f"?token={access.token}" if access.token else "")


def serve(
    state: ServerState, listening: socket.socket, access: ServerAccess, *, browser: bool = True,
    ready: Callable[[], None] | None = None, running: Callable[[Any], None] | None = None,
) -> None:  # fmt: skip
    """Serve until interrupted; the engine is loaded once the page can be seen.

    Raises InputError where the engine cannot be loaded, as with a rule of a plugin that is none.

    - ``listening``: from ``bind``.
    - ``browser``: whether to open a browser once the server listens.
    - ``ready``: called once the server listens.
    - ``running``: given the server, whose ``should_exit`` ends it from another thread.
    """
    import uvicorn

    config = uvicorn.Config(
        create_app(state, access), log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, http=Patient, limit_concurrency=MOST_CONNECTIONS,
        ws_max_size=MESSAGE_BYTES, ws_per_message_deflate=False, timeout_graceful_shutdown=2,
    )  # fmt: skip

    failed: list[Exception] = []

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if ready is not None:
                ready()
            if browser:
                url = address_of(listening, access)
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
            self.loading = asyncio.create_task(self._load())

        async def _load(self) -> None:
            try:
                await asyncio.to_thread(load_engine)
            except Exception as error:  # whatever a plugin raises: no tab could be answered
                failed.append(error)
                self.should_exit = True

    server = Server(config)
    if running is not None:
        running(server)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()
    if failed:
        raise failed[0]
