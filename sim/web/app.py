"""The live page over HTTP: one document, its modules, and a socket a tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from sim.page.assets import LIVE_MODULES, MODULES, css, import_map, module_source
from sim.web.guard import Access, Guard, policy
from sim.web.socket import serve_socket

if TYPE_CHECKING:
    from sim.web.server_state import ServerState

__all__ = ["create_app"]

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="5" cy="11" r="3" '
    'fill="#7b5ea7"/><circle cx="11" cy="5" r="3.4" fill="#007a5a"/></svg>'
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Uptake</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">
<script type="importmap">{imports}</script>
<script type="module" src="/static/main.js"></script>
</head>
<body>
<div id="uptake"><p class="loading" role="status">Simulating the plans for the first time…</p>
<noscript>This page needs JavaScript; uptake compare does not.</noscript></div>
</body>
</html>
"""


def create_app(state: ServerState, access: Access | None = None) -> Starlette:
    """Return the ASGI application.

    Parameters
    ----------
    state : ServerState
        What every session shares.
    access : Access, optional
        Who may talk to it; this machine alone unless given.
    """

    async def live(socket: WebSocket) -> None:
        await serve_socket(socket, state)

    return Starlette(
        routes=[
            Route("/", _document),
            Route("/favicon.svg", _icon),
            Route("/static/{name}", _static),
            WebSocketRoute("/live", live),
        ],
        middleware=[Middleware(Guard, access=access or Access())],
    )


async def _document(request: Request) -> Response:
    imports = import_map()
    headers = {"Content-Security-Policy": policy(imports, request.headers["host"])}
    return HTMLResponse(_PAGE.format(imports=imports), headers=headers)


async def _icon(_: Request) -> Response:
    return Response(_ICON, media_type="image/svg+xml")


async def _static(request: Request) -> Response:
    """Answer with a module or the style sheet, by name out of a list: never by path."""
    stem, _, suffix = str(request.path_params["name"]).rpartition(".")
    if suffix == "js" and stem in (*MODULES, *LIVE_MODULES):
        return Response(module_source(stem), media_type="text/javascript")
    if (stem, suffix) == ("page", "css"):
        return Response(css(), media_type="text/css")
    return PlainTextResponse("There is no such file.", 404)
