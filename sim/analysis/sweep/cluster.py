"""A Dask cluster: every worker, also one that comes later, gets the study's context."""

from __future__ import annotations

from typing import Any

from distributed import Client, WorkerPlugin

from sim.analysis.sweep.work import WorkerContext, open_context

__all__ = ["TIMEOUT", "connected"]

TIMEOUT = 10.0
"""Seconds to wait for a scheduler."""


class _OpenContext(WorkerPlugin):
    def __init__(self, context: WorkerContext) -> None:
        self.context = context
        self.name = f"uptake-{context.record}"

    def setup(self, worker: Any) -> None:
        open_context(self.context)


def connected(context: WorkerContext, address: str) -> Any:
    """Return a client whose workers all have the context.

    Raises
    ------
    OSError, ValueError
        Where no scheduler answers.
    """
    client: Any = Client(  # type: ignore[no-untyped-call]
        address, timeout=TIMEOUT, set_as_default=False
    )
    try:
        client.register_plugin(_OpenContext(context))
    except BaseException:
        client.close()
        raise
    return client
