"""The real server, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim import runner
from sim.web.guard import ServerAccess
from sim.web.server import address_of, bind, serve
from sim.web.server_state import ServerState


def shows(names: tuple[str, ...], organisation: str = "small-firm", **options: Any) -> ServerState:
    """Return a house that shows shipped plans on a shipped organisation."""
    settings: dict[str, Any] = {
        "scenarios": {name: runner.load_scenario(name) for name in names},
        "opened": names,
        "organisation": organisation,
        "organisations": {organisation: runner.load_organisation(organisation)},
    }
    return ServerState(**settings | options)


@contextmanager
def served(
    state: ServerState, access: ServerAccess | None = None, port: int = 0
) -> Iterator[tuple[str, int]]:
    """Serve, on a free port unless one is given; give the address and the port."""
    access = access or ServerAccess()
    listening = bind(access.host, port)
    ready = threading.Event()
    servers: list[Any] = []
    thread = threading.Thread(
        target=serve,
        args=(state, listening, access),
        kwargs={"browser": False, "ready": ready.set, "running": servers.append},
        daemon=True,
    )
    address, port = address_of(listening, access), listening.getsockname()[1]
    thread.start()
    assert ready.wait(60), "the server did not start"
    try:
        yield address, port
    finally:
        servers[0].should_exit = True
        thread.join(10)
