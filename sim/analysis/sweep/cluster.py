"""A Dask cluster: every worker, also one that comes later, gets the study's kit."""

from __future__ import annotations

from typing import Any

from distributed import Client, WorkerPlugin

from sim.analysis.sweep.work import Kit, open_kit

__all__ = ["TIMEOUT", "connected"]

TIMEOUT = 10.0
"""Seconds to wait for a scheduler."""


class _Outfit(WorkerPlugin):
    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.name = f"uptake-{kit.record}"

    def setup(self, worker: Any) -> None:
        open_kit(self.kit)


def connected(kit: Kit, address: str) -> Any:
    """Return a client whose workers all have the kit.

    Raises
    ------
    OSError, ValueError
        Where no scheduler answers.
    """
    client: Any = Client(  # type: ignore[no-untyped-call]
        address, timeout=TIMEOUT, set_as_default=False
    )
    try:
        client.register_plugin(_Outfit(kit))
    except BaseException:
        client.close()
        raise
    return client
