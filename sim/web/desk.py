"""Who is served next, so that no tab keeps another waiting.

Requests are quick or heavy, and each kind has threads of its own. A tab has one of each at work
at most; its next heavy one goes to the end of the queue, so tabs take turns, and a quick one
waits for nobody's report.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import TypeVar

__all__ = ["HEAVY", "MOST_WAITING", "Desk", "give_back", "read"]

HEAVY = frozenset({"open", "why", "next", "signals", "starts", "report", "upload", "look"})
"""Types of request that may take seconds; the others take a blink."""

MOST_WAITING = 16
"""Requests of one tab that are taken in before the first is answered; then receiving stops."""

_IDLE_SECONDS = 2.0
"""So often memory is given back at most."""

_quick = ThreadPoolExecutor(4, thread_name_prefix="uptake-quick")
_heavy = ThreadPoolExecutor(2, thread_name_prefix="uptake-heavy")

T = TypeVar("T")


async def read(work: Callable[[], T]) -> T:
    """Do something short off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_quick, work)


class Desk:
    """The places of one tab: what it may have at work, and what may wait."""

    def __init__(self) -> None:
        self.quick, self.heavy = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self.room = asyncio.Semaphore(MOST_WAITING)

    async def serve(self, kind: str, work: Callable[[], T]) -> T:
        """Do the work of a request when its turn comes; return what comes of it."""
        place, threads = (self.heavy, _heavy) if kind in HEAVY else (self.quick, _quick)
        async with place:
            return await asyncio.get_running_loop().run_in_executor(threads, work)


_given_back = 0.0


async def give_back() -> None:
    """Return memory to the system that a report, an upload or a tab that left no longer needs."""
    global _given_back
    if monotonic() - _given_back < _IDLE_SECONDS:
        return
    _given_back = monotonic()
    await read(_trim)


def _trim() -> None:
    gc.collect()
    # glibc keeps what was freed; another C library has no such function, and needs none.
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
