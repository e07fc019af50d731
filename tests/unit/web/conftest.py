"""The real server, on a free port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from servers import served, shows
from sim.web.guard import ServerAccess
from sim.web.server_state import Limits, ServerState


@pytest.fixture(scope="session")
def state() -> ServerState:
    """Two shipped plans on a shipped organisation, in few replicates."""
    return shows(
        ("training-first", "trust-before-tools"),
        replicates=3,
        limits=Limits(megabytes=0.5, rows=2_000, people=5_000),
    )


@pytest.fixture(scope="session")
def serving(state: ServerState) -> Iterator[Callable[..., int]]:
    """Serve a house; gives the port."""
    with ExitStack() as running:

        def start(access: ServerAccess | None = None, other: ServerState | None = None) -> int:
            return running.enter_context(served(other or state, access))[1]

        yield start
