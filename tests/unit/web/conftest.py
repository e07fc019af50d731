"""The real server, on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sim import runner
from sim.web.guard import Access
from sim.web.house import House, Limits
from sim.web.server import bind, serve


@pytest.fixture(scope="session")
def house() -> House:
    """Two shipped plans on a shipped organisation, in few worlds."""
    names = ("training-first", "trust-before-tools")
    return House(
        scenarios={name: runner.load_scenario(name) for name in names},
        opened=names,
        organisation="small-firm",
        organisations={"small-firm": runner.load_organisation("small-firm")},
        replicates=3,
        limits=Limits(megabytes=0.5, rows=2_000, people=5_000),
    )


@pytest.fixture(scope="session")
def serving(house: House) -> Iterator[Callable[..., int]]:
    """Serve a house; gives the port."""
    servers: list[tuple[Any, threading.Thread]] = []

    def start(access: Access | None = None, rooms: House | None = None) -> int:
        access = access or Access()
        listening = bind("127.0.0.1", 0)
        port: int = listening.getsockname()[1]
        ready, running = threading.Event(), []
        thread = threading.Thread(
            target=serve,
            args=(rooms or house, listening, access),
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
