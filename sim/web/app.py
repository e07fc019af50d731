"""The live page over HTTP: one document, its modules, and a socket a tab."""

from __future__ import annotations

import asyncio
import json
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from sim.json_text import from_json
from sim.page.assets import all_modules, css, import_map, module_source
from sim.web.ballots import MOST_BETS, Round, Rounds, ballot_from
from sim.web.guard import Guard, ServerAccess, policy

if TYPE_CHECKING:
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

    Parameters
    ----------
    state : ServerState
        What every session shares.
    access : ServerAccess, optional
        Who may talk to it; this machine alone unless given.
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
            Route("/", _page),
            Route("/favicon.svg", _icon),
            Route("/static/{name}", _static),
            Route("/bet/{code}", bet, methods=["GET", "POST"]),
            WebSocketRoute("/live", live),
        ],
        middleware=[Middleware(Guard, access=access, rounds=rounds)],
    )


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
