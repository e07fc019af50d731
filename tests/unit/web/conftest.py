"""The real server, on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sim import runner
from sim.web.guard import ServerAccess
from sim.web.server import bind, serve
from sim.web.server_state import Limits, ServerState


@pytest.fixture(scope="session")
def state() -> ServerState:
    """Two shipped plans on a shipped organisation, in few replicates."""
    names = ("training-first", "trust-before-tools")
    return ServerState(
        scenarios={name: runner.load_scenario(name) for name in names},
        opened=names,
        organisation="small-firm",
        organisations={"small-firm": runner.load_organisation("small-firm")},
        replicates=3,
        limits=Limits(megabytes=0.5, rows=2_000, people=5_000),
    )


@pytest.fixture(scope="session")
def serving(state: ServerState) -> Iterator[Callable[..., int]]:
    """Serve a house; gives the port."""
    servers: list[tuple[Any, threading.Thread]] = []

    def start(access: ServerAccess | None = None, other: ServerState | None = None) -> int:
        access = access or ServerAccess()
        listening = bind("127.0.0.1", 0)
        port: int = listening.getsockname()[1]
        ready, running = threading.Event(), []
        thread = threading.Thread(
            target=serve,
            args=(other or state, listening, access),
            kwargs={"browser": False, "ready": ready.set, "running": running.append},
            daemon=True,
        )
        thread.start()
        assert ready.wait(30)
        servers.append((running[0], thread))
        return port

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)
