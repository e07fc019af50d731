"""Cut the runs that are still to be made into chunks: many runs a call of the engine.

Replicates are added until an interval is narrow enough: decided by stored rows alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.sweep.folder import (
    StoredRuns,
    begun,
    changed,
    put,
    put_together,
    record_hash,
    seen_by_workers,
    stored,
    write_manifest,
)
from sim.analysis.sweep.loader import load_study
from sim.analysis.sweep.run_list import (
    RunKeyPrefixes,
    RunList,
    cells_of,
    owned,
    run_list_of,
    write_plan,
)
from sim.analysis.sweep.specification import Specification
from sim.analysis.sweep.study import Study
from sim.arrays import Floats, Ints
from sim.contrast import estimate
from sim.errors import InputError, Problem, UptakeError, not_whole, refusal
from sim.outcomes import OUTCOMES, PERSON_RECORD
from sim.results.key import libraries_hash, model_hash
from sim.results.measure import Less

if TYPE_CHECKING:
    from sim.analysis.sweep.work import Chunk, ChunkResult, WorkerContext, Workers


PERSON_WEEKS_A_CHUNK = 4_000_000
"""Half a second of work or so: what is lost at most when a worker is killed."""
BYTES_A_CHUNK = 2**26
"""Memory of a chunk's records."""


CHUNKS_A_WORKER = 4
"""So many at least, that all workers have something to do."""


def runs_a_chunk(study: Specification, organisation: int) -> int:
    """Return how many runs of an organisation make a chunk: by work, and by memory."""
    people = study.organisations[organisation].n_people
    size = study.weeks * len(OUTCOMES) * 8 * (3 if study.record_weeks else 1)
    if study.record_people:
        size += study.weeks * people * len(PERSON_RECORD)
    return max(1, min(PERSON_WEEKS_A_CHUNK // (people * study.weeks), BYTES_A_CHUNK // size))


def chunks_of(
    study: Specification, plan: RunList, pending: Ints, record: str, workers: int = 1
) -> Iterator[Chunk]:
    """Yield the pending runs in chunks: one organisation, cells with the same replicates.

    Cells of one scenario come together where no lever varies it, so that they can be
    parameter sets of one timeline.

    - ``pending``: runs still to be made, ascending.
    - ``record``: hash of what is kept; names the context.
    - ``workers``: how many share the work.
    """
    if not len(pending):
        return
    cell = plan.cell[pending]
    cells, first, count = np.unique(cell, return_index=True, return_counts=True)
    replicate = pending - plan.start[cell]
    # Cells with the same pending replicates: told apart by the bytes of their list.
    kinds: dict[bytes, int] = {}
    kind = np.zeros(len(cells), np.int64)
    for i, (start, n) in enumerate(zip(first, count, strict=True)):
        kind[i] = kinds.setdefault(replicate[start : start + n].tobytes(), len(kinds))
    lists = [np.frombuffer(data, np.int64) for data in kinds]
    scenario = plan.cells.scenario[cells] if not study.levers else np.zeros(len(cells), np.int32)
    organisation = plan.cells.organisation[cells]
    order = np.lexsort((cells, kind, scenario, organisation))
    groups = np.stack([organisation, scenario, kind], 1)[order]
    cuts = np.flatnonzero((groups[1:] != groups[:-1]).any(axis=1)) + 1
    for group in np.split(order, cuts):
        o = int(organisation[group[0]])
        replicates = lists[kind[group[0]]]
        size = min(runs_a_chunk(study, o), -(-len(pending) // (workers * CHUNKS_A_WORKER)))
        at_once = max(1, size // len(replicates))
        for a in range(0, len(group), at_once):
            some = cells[group[a : a + at_once]]
            for b in range(0, len(replicates), size):
                yield _chunk(study, plan, o, some, replicates[b : b + size], record)


def _chunk(
    study: Specification, plan: RunList, organisation: int, cells: Ints, replicates: Ints,
    record: str,
) -> Chunk:  # fmt: skip
    from sim.analysis.sweep.work import Chunk

    points = plan.cells.point[cells]
    values = study.points.values
    return Chunk(
        record=record, organisation=organisation, scenario=plan.cells.scenario[cells],
        uncertain=study.uncertain(points),
        levers={lever.name: values[lever.name][points] for lever in study.levers},
        seeds=plan.seeds[replicates], keys=plan.key[plan.start[cells][:, None] + replicates],
    )  # fmt: skip


def column_of(plan: RunList, there: StoredRuns, name: str) -> Floats:
    """Return an outcome of every planned run; NaN where there is none."""
    values = np.full(len(there.key), np.nan)
    for counts, content in there.parts("runs", [name]):
        from sim.analysis.sweep.folder import keys_of

        place = there.place(keys_of(content))
        values[place[counts]] = content[name].to_numpy()[counts]
    place = there.place(plan.key)
    return np.where(place >= 0, values[place], np.nan)


def _pairs(study: Specification, less: Less) -> list[tuple[int, int]]:
    """Return the cells of two scenarios that share a point and an organisation."""
    cells, names = cells_of(study), study.scenario_names
    place = {
        (int(p), int(o), names[c]): cell
        for cell, (p, c, o) in enumerate(
            zip(cells.point, cells.scenario, cells.organisation, strict=True)
        )
    }
    return [
        (cell, place[p, o, less.other])
        for (p, o, name), cell in place.items()
        if name == less.one and (p, o, less.other) in place
    ]


def still_wide(study: Specification, plan: RunList, there: StoredRuns) -> Ints | None:
    """Return the replicates of each cell, doubled where the interval is too wide, or None.

    A cell is judged when all its runs are stored. Because a cell doubles at fixed sizes, the
    number of its replicates depends on its results alone, not on who ran them or when. Where the
    interval is that of a difference, both cells of a pair double together.
    """
    rule = study.replication
    if rule.until is None or rule.least == rule.most:
        return None
    complete = np.add.reduceat(there.holds(plan.key), plan.start[:-1]) == plan.replicates
    values = column_of(plan, there, rule.until.measure.name)
    replicates = plan.replicates.copy()
    together: Sequence[tuple[int, ...]] = [(cell,) for cell in range(len(plan.cells))]
    if isinstance(rule.until, Less):
        together = _pairs(study, rule.until)
    for cells in together:
        first = cells[0]
        if not complete[list(cells)].all() or plan.replicates[first] >= rule.most:
            continue
        own, *other = (values[plan.start[cell] : plan.start[cell + 1]] for cell in cells)
        own = own - other[0] if other else own
        own = own[np.isfinite(own)]
        if len(own) < 2:
            continue
        found = estimate(own[None])
        if found.high - found.low > rule.width:
            replicates[list(cells)] = min(2 * replicates[first], rule.most)
    return replicates if (replicates != plan.replicates).any() else None


AHEAD = 2
"""Chunks a worker has waiting beside the one it runs."""
DEATHS = 3
"""Deaths of workers after which the chunk that was under way is taken for the cause."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is."""

    done: int
    total: int
    """``done``, ``total``: runs stored of those planned so far; both grow where replicates depend
    on intervals."""
    made: int = 0
    failed: int = 0
    """``made``, ``failed``: runs made by this call, and how many of them failed."""


def sweep(
    source: str | Path | Specification, out: str | Path, *, workers: int | None = None,
    shard: tuple[int, int] | None = None, scheduler: str | None = None, fail_fast: bool = False,
    retry_failed: bool = False, merge: Sequence[str | Path] | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Study:  # fmt: skip
    """Carry a study out, or go on with it; the table is the same, however it is split.

    - ``source``: the study file.
    - ``out``: the study's folder. What it holds already is kept and not run again.
    - ``workers``: processes; all processors by default, and 1 means this process.
    - ``shard``: ``(i, n)``: only the ``i``-th of ``n`` parts of the work.
    - ``scheduler``: address of a Dask scheduler, whose workers are used instead of processes.
    - ``fail_fast``: stop at the first run that fails; otherwise it is a row with its error.
    - ``retry_failed``: run again what failed before.
    - ``merge``: take over the rows of other folders, and run nothing.
    - ``progress``: called with how far it is, in the calling thread.
    - ``say``: called where stored runs are none of this study's, and why.

    Raises InputError with everything wrong in the study, or where ``out`` holds something else.
    Raises UptakeError with ``fail_fast``, where a run fails.
    """
    study = source if isinstance(source, Specification) else load_study(source)
    _check(workers, shard)
    folder, record = Path(out), record_hash(study)
    begun(study, folder)
    if merge is not None:
        put_together(folder, [Path(other) for other in merge], record)
    replicates: Ints | None = None
    sweeping = _Sweeping(study, folder, record, fail_fast, progress or (lambda _: None))
    plan, key = run_list_of(study), RunKeyPrefixes(study).key
    _say_what_stays(study, plan, stored(folder, record), changed(folder, key), say)
    while True:
        write_plan(study, plan, folder)
        there = stored(folder, record)
        place = there.place(plan.key)
        missing = place < 0
        if retry_failed:
            missing |= (place >= 0) & np.append(there.failed, False)[place]
        mine = owned(plan, shard, study.replication.until is not None)
        pending = np.flatnonzero(missing & mine)
        if merge is None and len(pending):
            write_manifest(study, plan.key, folder, there, key)
            try:
                sweeping.run(plan, pending, int((~missing).sum()), workers, scheduler)
            finally:
                write_manifest(study, plan.key, folder, stored(folder, record), key)
            there = stored(folder, record)
        replicates = still_wide(study, plan, there)
        if replicates is None:
            break
        plan = run_list_of(study, replicates)
        retry_failed = False
    write_manifest(study, plan.key, folder, there, key)
    return Study(folder)


def _say_what_stays(
    study: Specification, plan: RunList, there: StoredRuns, why: str, say: Callable[[str], None]
) -> None:
    """Say how many stored runs are of an earlier study, where something else has changed."""
    beside = there.beside(plan.key)
    if study.replication.until is not None and there.holds(plan.key).any():
        return  # more replicates than the first plan asks for are this study's own
    if beside and why:
        say(f"{beside:,} runs that are stored are not of this study, and stay unused: {why}")


def run_only(
    study: Specification, plan: RunList, rows: Ints, folder: Path, workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Study:  # fmt: skip
    """Simulate some runs of a plan in a new folder, and none of the others."""
    _check(workers, None)
    begun(study, folder)
    write_plan(study, plan, folder)
    record, key = record_hash(study), RunKeyPrefixes(study).key
    sweeping = _Sweeping(study, folder, record, False, progress or (lambda _: None))
    sweeping.run(plan, rows, len(plan) - len(rows), workers, None)
    write_manifest(study, plan.key, folder, stored(folder, record), key)
    return Study(folder)


def _check(workers: int | None, shard: tuple[int, int] | None) -> None:
    problems = [] if workers is None else not_whole("workers", workers, 1, 1024)
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        said = f"{shard[0]}/{shard[1]}"
        problems.append(Problem("shard", "", f"is {said}", "i/n with i from 1 to n, such as 1/3"))
    if problems:
        raise InputError(problems)


def context_of(study: Specification, folder: Path, record: str, token: str) -> WorkerContext:
    """Return what the workers of a study need."""
    from sim.analysis.sweep.work import WorkerContext

    return WorkerContext(
        folder=str(folder.absolute()), token=token, record=record,
        model=model_hash("sweep") + libraries_hash(), organisations=study.organisations,
        scenarios=study.scenarios, documents=study.documents if study.levers else (),
        levers=study.levers, weeks=study.weeks, outcomes=study.outcomes,
        record_weeks=study.record_weeks, record_people=study.record_people,
        posterior=study.posterior,
    )  # fmt: skip


class _Sweeping:
    """The runs of one call."""

    def __init__(
        self, study: Specification, folder: Path, record: str, fail_fast: bool,
        progress: Callable[[Progress], None],
    ) -> None:  # fmt: skip
        self.study, self.folder, self.record = study, folder, record
        self.fail_fast, self.report = fail_fast, progress
        self.made = self.failed = 0

    def run(
        self, plan: RunList, pending: Ints, done: int, workers: int | None, scheduler: str | None
    ) -> None:
        """Simulate all pending runs."""
        total, before = len(plan), done - self.made
        self.report(Progress(done, total, self.made, self.failed))
        with self._workers(workers, scheduler, len(pending)) as team:
            chunks = chunks_of(self.study, plan, pending, self.record, team.slots)
            for ended in _finished(team, chunks):
                for path, data in ended.parts.items():
                    put(data, self.folder / path)
                self.made += ended.runs
                self.failed += ended.failed
                self.report(Progress(before + self.made, total, self.made, self.failed))
                if ended.failed and self.fail_fast:
                    raise UptakeError(f"A run failed, and so the sweep stops: {ended.error}")

    @contextmanager
    def _workers(self, workers: int | None, scheduler: str | None, runs: int) -> Iterator[Workers]:
        from sim.analysis.sweep import work

        with seen_by_workers(self.folder) as token:
            context = context_of(self.study, self.folder, self.record, token)
            n = min(workers or os.cpu_count() or 1, runs)
            if scheduler is not None:
                team = work.cluster(context, scheduler)
            else:
                team = work.here(context) if n == 1 else work.processes(context, n)
            with team as opened:
                yield opened


def _finished(team: Workers, chunks: Iterator[Chunk]) -> Iterator[ChunkResult]:
    """Yield what comes of each chunk; a few chunks are ahead, never all."""
    under_way: dict[Future[ChunkResult], Chunk] = {}
    deaths: dict[int, int] = {}
    again: list[Chunk] = []
    while True:
        while len(under_way) < team.slots * (1 + AHEAD):
            chunk = again.pop() if again else next(chunks, None)
            if chunk is None:
                break
            under_way[team.submit(chunk)] = chunk
        if not under_way:
            return
        ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
        broken = False
        for future in ended:
            chunk = under_way.pop(future)
            try:
                result = future.result()
            except Exception as error:
                killed = type(error).__name__ == "KilledWorker"  # so Dask says it of a chunk
                if not (killed or isinstance(error, BrokenExecutor)):
                    raise
                broken = True
                again.append(chunk)
                continue
            yield result
        if broken:
            again += _after_a_death(under_way, deaths, again)
            team.renew()


def _after_a_death(
    under_way: dict[Future[Any], Chunk], deaths: dict[int, int], again: Sequence[Chunk]
) -> list[Chunk]:
    """Return the other chunks to begin anew; refuse one that is there at every death."""
    others = list(under_way.values())
    under_way.clear()
    for chunk in (*again, *others):
        deaths[id(chunk)] = deaths.get(id(chunk), 0) + 1
        if deaths[id(chunk)] > DEATHS:
            what = f"a worker died {DEATHS + 1} times over the same {chunk.keys.size} runs"
            right = "more memory, or fewer --workers; what is stored stays"
            raise refusal("workers", "", what, right)
    return others
