"""Where chunks are lived: in this process, in processes of this machine, or on a cluster."""

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

from sim.analysis.sweep.work import Chunk, Done, Kit, live, open_kit
from sim.errors import InputError, Problem

__all__ = ["Workers", "cluster", "here", "processes"]


class Workers(Protocol):
    """What the driver needs of an executor."""

    @property
    def slots(self) -> int:
        """How many chunks can be lived at once."""
        ...

    def submit(self, chunk: Chunk) -> Future[Done]:
        """Begin a chunk."""
        ...

    def renew(self) -> None:
        """Replace workers that died."""
        ...


class _Here:
    slots = 1

    def submit(self, chunk: Chunk) -> Future[Done]:
        future: Future[Done] = Future()
        try:
            future.set_result(live(chunk))
        except Exception as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        raise NotImplementedError


@contextmanager
def here(kit: Kit) -> Iterator[Workers]:
    """Give this process itself."""
    open_kit(kit)
    yield _Here()


def _begin(kit: Kit) -> None:
    """Set up a worker: it leaves Ctrl-C to the driver, and ends when the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    open_kit(kit)


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
    def __init__(self, kit: Kit, n: int) -> None:
        self.kit, self.slots = kit, n
        method = "forkserver" if sys.platform != "win32" else "spawn"
        self.context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self.context.set_forkserver_preload(["sim.analysis.sweep.work", "sim.scenario"])
        self.pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.slots, self.context, _begin, (self.kit,))

    def submit(self, chunk: Chunk) -> Future[Done]:
        with _without_main():  # the first chunk starts the processes
            return self.pool.submit(live, chunk)

    def renew(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool = self._open()


@contextmanager
def processes(kit: Kit, n: int) -> Iterator[Workers]:
    """Give ``n`` worker processes of this machine."""
    workers = _Processes(kit, n)
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

    def submit(self, chunk: Chunk) -> Future[Done]:
        return self.executor.submit(live, chunk)

    def renew(self) -> None:
        """Do nothing: the scheduler gives what a dead worker had to another."""


@contextmanager
def cluster(kit: Kit, address: str) -> Iterator[Workers]:
    """Give the workers of a Dask cluster.

    Raises
    ------
    InputError
        Where Dask is not installed, no scheduler answers, or a worker has another version.
    """
    where = f"--scheduler {address}"
    try:
        from sim.analysis.sweep.cluster import connected
    except ImportError:
        right = "pip install 'uptake-sim[cluster]'"
        raise InputError([Problem(where, "", "needs Dask, which is not here", right)]) from None
    try:
        opened = connected(kit, address)
    except (OSError, ValueError, TimeoutError) as error:
        what = f"no scheduler answers ({' '.join(str(error).split())[:120]})"
        right = "the address that dask scheduler printed, such as tcp://127.0.0.1:8786"
        raise InputError([Problem(where, "", what, right)]) from None
    with opened as client, client.get_executor(pure=False) as executor:
        yield _Cluster(client, executor)
