"""Where chunks are simulated: in this process, in processes of this machine, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any, Protocol

from distributed import Client, WorkerPlugin

from sim.analysis.sweep.work import Chunk, ChunkResult, WorkerContext, open_context, run_chunk
from sim.errors import InputError, Problem
from sim.extras import need

__all__ = ["TIMEOUT", "Workers", "cluster", "connected", "here", "processes"]


class Workers(Protocol):
    """What the driver needs of an executor."""

    @property
    def slots(self) -> int:
        """How many chunks can be simulated at once."""
        ...

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        """Begin a chunk."""
        ...

    def renew(self) -> None:
        """Replace workers that died."""
        ...


class _Here:
    slots = 1

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        future: Future[ChunkResult] = Future()
        try:
            future.set_result(run_chunk(chunk))
        except Exception as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        raise NotImplementedError


@contextmanager
def here(context: WorkerContext) -> Iterator[Workers]:
    """Run chunks in this process."""
    open_context(context)
    yield _Here()


def _begin(context: WorkerContext) -> None:
    """Set up a worker: it leaves Ctrl-C to the driver, and ends when the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    open_context(context)


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep new processes from running the user's script again: they need nothing of it.

    So a script needs no ``if __name__ == "__main__":`` around a sweep.
    """
    main = sys.modules["__main__"]
    names = [name for name in ("__file__", "__spec__") if name in vars(main)]
    hidden: dict[str, Any] = {name: vars(main).pop(name) for name in names}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(hidden)


class _Processes:
    def __init__(self, context: WorkerContext, n: int) -> None:
        self.context, self.slots = context, n
        method = "forkserver" if sys.platform != "win32" else "spawn"
        self.spawning: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self.spawning.set_forkserver_preload(["sim.analysis.sweep.work", "sim.scenario"])
        self.pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.slots, self.spawning, _begin, (self.context,))

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        with _without_main():  # the first chunk starts the processes
            return self.pool.submit(run_chunk, chunk)

    def renew(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool = self._open()


@contextmanager
def processes(context: WorkerContext, n: int) -> Iterator[Workers]:
    """Give ``n`` worker processes of this machine."""
    workers = _Processes(context, n)
    try:
        yield workers
    finally:
        workers.pool.shutdown(wait=True, cancel_futures=True)


class _Cluster:
    def __init__(self, client: Any, executor: Executor) -> None:
        self.client, self.executor = client, executor

    @property
    def slots(self) -> int:
        return max(1, int(sum(self.client.nthreads().values())))

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        return self.executor.submit(run_chunk, chunk)

    def renew(self) -> None:
        """Do nothing: the scheduler gives what a dead worker had to another."""


@contextmanager
def cluster(context: WorkerContext, address: str) -> Iterator[Workers]:
    """Give the workers of a Dask cluster.

    Raises
    ------
    InputError
        Where Dask is not installed, no scheduler answers, or a worker has another version.
    """
    where = f"--scheduler {address}"
    need("cluster", where=where)

    try:
        opened = connected(context, address)
    except (OSError, ValueError, TimeoutError) as error:
        what = f"no scheduler answers ({' '.join(str(error).split())[:120]})"
        right = "the address that dask scheduler printed, such as tcp://127.0.0.1:8786"
        raise InputError([Problem(where, "", what, right)]) from None
    with opened as client, client.get_executor(pure=False) as executor:
        yield _Cluster(client, executor)


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
