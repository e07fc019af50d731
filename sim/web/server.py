"""Run the live page: a socket bound, a browser opened, patience with clients, until interrupted."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from sim.errors import InputError, Problem
from sim.web.app import create_app, load_engine
from sim.web.guard import ServerAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.web.server_state import ServerState


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

    Parameters
    ----------
    port : int
        0 takes any free one.

    Raises
    ------
    InputError
        Where the port is taken or the host is not this machine's.
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
    state: ServerState,
    listening: socket.socket,
    access: ServerAccess,
    *,
    browser: bool = True,
    ready: Callable[[], None] | None = None,
    running: Callable[[Any], None] | None = None,
) -> None:
    """Serve until interrupted; the engine is loaded once the page can be seen.

    Parameters
    ----------
    listening : socket
        From ``bind``.
    browser : bool
        Whether to open a browser once the server listens.
    ready : callable, optional
        Called once the server listens.
    running : callable, optional
        Given the server, whose ``should_exit`` ends it from another thread.

    Raises
    ------
    InputError
        Where the engine cannot be loaded, as with a rule of a plugin that is none.
    """
    import uvicorn

    config = uvicorn.Config(
        create_app(state, access),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=Patient,
        limit_concurrency=MOST_CONNECTIONS,
        ws_max_size=MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )

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
