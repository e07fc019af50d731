"""What a worker does: run a chunk of runs, and put their rows on disk.

A worker needs the engine and the context of the study, nothing else: the context comes once, chunks
come one by one. Scenarios are varied here, so that the work of placing them is shared.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.folder import TABLES, encoded, key_column, part_name, put
from sim.analysis.sweep.run_list import parameter_sets
from sim.analysis.sweep.specification import Factor
from sim.arrays import Bools, Floats
from sim.case import Case, Record, Records, run_cases
from sim.errors import UptakeError, refusal
from sim.extensions import need
from sim.files import temporary
from sim.organisation.organisation import Organisation
from sim.outcomes import PERSON_RECORD, Variable
from sim.results.key import libraries_hash, model_hash
from sim.results.measure import Measure, measured
from sim.results.series import series, variables
from sim.results.tables import SHARED, assemble
from sim.scenario import Scenario
from sim.scenario.schema import Document

if TYPE_CHECKING:
    import pyarrow as pa


_MOST_PLACED = 4096
_KEY = Variable("key", "", "hash of all that the run depends on")
_ERROR = Variable("error", "", "why the run failed; empty where it did not")


@dataclass(frozen=True, eq=False)
class WorkerContext:
    """All that the chunks of a study share."""

    folder: str
    token: str
    """``folder``, ``token``: the study's folder, and a file in it: parts go there if the worker can
    see that file."""
    record: str
    """Hash of what is kept."""
    model: str
    """Hash of the model's sources."""
    organisations: tuple[Organisation, ...]
    scenarios: tuple[Scenario, ...]
    documents: tuple[Document, ...]
    """Empty where no lever changes a scenario."""
    levers: tuple[Factor, ...]
    weeks: int
    outcomes: tuple[Measure, ...]
    record_weeks: bool
    record_people: tuple[int, ...]
    posterior: NDArray[np.void] | None = None
    """The sets that positions in the posterior are of, of ``PARAMETER_DTYPE``."""
    placed: dict[Any, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some cells of one organisation, each with the same replicates."""

    record: str
    """Which context it belongs to."""
    organisation: int
    scenario: NDArray[np.int32]
    """Shape (n_cells,)."""
    uncertain: dict[str, Floats]
    levers: dict[str, Floats]
    """``uncertain``, ``levers``: shape (n_cells,)."""
    seeds: NDArray[np.uint64]
    """Shape (n_replicates,)."""
    keys: NDArray[np.bytes_]
    """Shape (n_cells, n_replicates)."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What came of a chunk."""

    runs: int
    failed: int = 0
    error: str = ""
    """Of the first run that failed."""
    parts: dict[str, bytes] = field(default_factory=dict)
    """Parts by path in the study's folder, where the worker cannot see that folder."""


_contexts: dict[str, WorkerContext] = {}


def open_context(context: WorkerContext) -> None:
    """Keep a context for the chunks to come.

    Raises InputError where this worker has another version of the model.
    """
    if context.model != model_hash("sweep") + libraries_hash():
        what = f"the worker on process {os.getpid()} has another version of Uptake"
        raise refusal("workers", "", what, "the same version on every machine")
    _contexts[context.record] = context


def run_chunk(chunk: Chunk) -> ChunkResult:
    """Simulate a chunk and put its rows on disk; a run that fails is a row with its error."""
    context = _contexts[chunk.record]
    cases, errors = _cases(context, chunk)
    good = np.array([not error for error in errors])
    records = None
    if cases:
        try:
            record = Record(people=bool(context.record_people), drivers=False)
            records = run_cases(cases, chunk.seeds, record=record, threads=1)
        except Exception as error:  # whatever it is, it is the runs' own end, not the study's
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"[:1000]
            errors = [one or said for one in errors]
            good[:] = False
    tables = _tables(context, chunk, records, errors, good)
    name = part_name(context.record, chunk.keys)
    parts = {f"{table}/{name}": encoded(tables[table]) for table in TABLES if table in tables}
    folder = Path(context.folder)
    if (folder / context.token).exists():
        for path, data in parts.items():
            put(data, folder / path)
        parts = {}
    first = next((error for error in errors if error), "")
    failed = int((~good).sum()) * len(chunk.seeds)
    return ChunkResult(chunk.keys.size, failed, first, parts)


def _cases(context: WorkerContext, chunk: Chunk) -> tuple[list[Case], list[str]]:
    """Return the cases of all cells that can be run, and why the others cannot."""
    n = len(chunk.scenario)
    groups: dict[tuple[int, tuple[float, ...]], list[int]] = {}
    for i in range(n):
        levers = tuple(float(column[i]) for column in chunk.levers.values())
        groups.setdefault((int(chunk.scenario[i]), levers), []).append(i)
    made: list[Case | None] = [None] * n
    errors = [""] * n
    for (c, levers), these in groups.items():
        try:
            scenario, base = _placed(context, c, chunk.organisation, levers)
        except UptakeError as error:
            for i in these:
                errors[i] = " | ".join(str(error).splitlines())[:1000]
            continue
        uncertain = {name: column[these] for name, column in chunk.uncertain.items()}
        rows = parameter_sets(scenario, uncertain, len(these), context.posterior)
        if len(these) == n:  # parameter sets of one timeline
            return [dataclasses.replace(base, parameters=rows)], errors
        for row, i in enumerate(these):
            made[i] = dataclasses.replace(base, parameters=rows[row : row + 1])
    return [case for case in made if case is not None], errors


def _placed(
    context: WorkerContext, c: int, o: int, levers: tuple[float, ...]
) -> tuple[Scenario, Case]:
    """Return a scenario as its levers have it, and where that is placed."""
    if (c, o, levers) in context.placed:
        made = context.placed[c, o, levers]
        if isinstance(made, UptakeError):
            raise made
        return made
    if len(context.placed) >= _MOST_PLACED:
        context.placed.clear()
    try:
        scenario = context.scenarios[c]
        if levers:
            from sim.scenario.loader import check
            from sim.scenario.text import varied

            nodes = {f.name: f.node(v) for f, v in zip(context.levers, levers, strict=True)}
            scenario = check(varied(context.documents[c], nodes))
        people = context.organisations[o]
        base = Case.of(scenario, people, context.weeks)
    except UptakeError as error:
        context.placed[c, o, levers] = error
        raise
    context.placed[c, o, levers] = scenario, base
    return scenario, base


def _tables(
    context: WorkerContext, chunk: Chunk, records: Records | None, errors: list[str], good: Bools
) -> dict[str, pa.Table]:
    """Return the rows of a chunk as tables."""
    import pyarrow as pa

    n, s = chunk.keys.shape
    rows = np.repeat(good, s)
    keys = chunk.keys.ravel()
    said = [error or None for error in errors for _ in range(s)]
    columns = [(outcome.variable, np.full(n * s, np.nan)) for outcome in context.outcomes]
    tables = {}
    if records is not None:
        weekly = records.weekly.reshape(-1, *records.weekly.shape[3:])
        for (_, column), values in zip(columns, measured(context.outcomes, weekly), strict=True):
            column[rows] = values
        if context.record_weeks:
            tables["weeks"] = _weeks(keys[rows], weekly)
        if context.record_people and records.people is not None:
            recorded = records.people.reshape(-1, *records.people.shape[3:])
            ids = context.organisations[chunk.organisation].ids
            tables["people"] = _people(keys[rows], recorded, context.record_people, ids)
    head: list[tuple[Variable, Any]] = [(_KEY, key_column(keys))]
    tables["runs"] = assemble(
        head, [*columns, (_ERROR, pa.array(said, pa.string()))], "One row a run"
    )
    return tables


def _weeks(keys: NDArray[np.bytes_], weekly: Floats) -> pa.Table:
    n, weeks, _ = weekly.shape
    head: list[tuple[Variable, Any]] = [
        (_KEY, key_column(np.repeat(keys, weeks))),
        (SHARED[4], np.tile(np.arange(1, weeks + 1, dtype=np.int16), n)),
    ]
    values = [(variable, series(weekly, name).ravel()) for name, variable in variables().items()]
    return assemble(head, values, "One row a run and week")


def _people(
    keys: NDArray[np.bytes_], recorded: NDArray[np.uint8], weeks: tuple[int, ...], ids: Any
) -> pa.Table:
    import pyarrow as pa

    chosen = recorded[:, np.array(weeks) - 1]
    n, w, people, _ = chosen.shape
    names = pa.array([str(name) for name in ids], pa.string())
    person = np.tile(np.arange(people, dtype=np.int32), n * w)
    head: list[tuple[Variable, Any]] = [
        (_KEY, key_column(np.repeat(keys, w * people))),
        (SHARED[4], np.tile(np.repeat(np.array(weeks, np.int16), people), n)),
        (Variable("person", "", "id"), pa.DictionaryArray.from_arrays(person, names)),
    ]
    values = [
        (variable, np.ascontiguousarray(chosen[..., k]).ravel())
        for k, variable in enumerate(PERSON_RECORD)
    ]
    return assemble(head, values, "One row a run, week and person")


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


_SHORT = 60
"""Bytes of a folder's path that leave room for a socket in it: systems allow them 104."""


def _keep_sockets_short() -> None:
    """Let the sockets by which processes are started stand in a folder whose path is short."""
    before = tempfile.tempdir
    tempfile.tempdir = next(
        (str(home) for home in temporary() if len(os.fsencode(home)) <= _SHORT), before
    )
    try:
        util.get_temp_dir()  # made once in a process
    finally:
        tempfile.tempdir = before


class _Processes:
    def __init__(self, context: WorkerContext, n: int) -> None:
        self.context, self.slots = context, n
        method = "forkserver" if sys.platform != "win32" else "spawn"
        self.spawning: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self.spawning.set_forkserver_preload(["sim.analysis.sweep.work", "sim.scenario"])
            _keep_sockets_short()
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

    Raises InputError where Dask is not installed, no scheduler answers, or a worker has another
    version.
    """
    where = f"--scheduler {address}"
    need("cluster", where=where)

    try:
        opened = connected(context, address)
    except (OSError, ValueError, TimeoutError) as error:
        what = f"no scheduler answers ({' '.join(str(error).split())[:120]})"
        right = "the address that dask scheduler printed, such as tcp://127.0.0.1:8786"
        raise refusal(where, "", what, right) from None
    with opened as client, client.get_executor(pure=False) as executor:
        yield _Cluster(client, executor)


TIMEOUT = 10.0
"""Seconds to wait for a scheduler."""


def connected(context: WorkerContext, address: str) -> Any:
    """Return a client whose workers all have the context.

    Raises OSError or ValueError where no scheduler answers.
    """
    from distributed import Client, WorkerPlugin

    class OpenContext(WorkerPlugin):
        name = f"uptake-{context.record}"

        def setup(self, worker: Any) -> None:
            open_context(context)

    client: Any = Client(  # type: ignore[no-untyped-call]
        address, timeout=TIMEOUT, set_as_default=False
    )
    try:
        client.register_plugin(OpenContext())
    except BaseException:
        client.close()
        raise
    return client
