"""Cut the runs that are still to be made into chunks: many runs a call of the engine.

Replicates are added until an interval is narrow enough: decided by stored rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.cells import cells_of
from sim.analysis.sweep.part_files import StoredRuns
from sim.analysis.sweep.run_list import RunList
from sim.contrast import estimate
from sim.outcomes import OUTCOMES, PERSON_RECORD
from sim.results.measure import Less

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification
    from sim.analysis.sweep.work import Chunk

__all__ = ["chunks_of", "column_of", "runs_a_chunk", "still_wide"]


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
    study: Specification,
    plan: RunList,
    pending: NDArray[np.int64],
    record: str,
    workers: int = 1,
) -> Iterator[Chunk]:
    """Yield the pending runs in chunks: one organisation, cells with the same replicates.

    Cells of one scenario come together where no lever varies it, so that they can be
    parameter sets of one timeline.

    Parameters
    ----------
    pending : int64 array
        Runs still to be made, ascending.
    record : str
        Hash of what is kept; names the context.
    workers : int
        How many share the work.
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
    study: Specification,
    plan: RunList,
    organisation: int,
    cells: NDArray[np.int64],
    replicates: NDArray[np.int64],
    record: str,
) -> Chunk:
    from sim.analysis.sweep.work import Chunk

    points = plan.cells.point[cells]
    values = study.points.values
    return Chunk(
        record=record,
        organisation=organisation,
        scenario=plan.cells.scenario[cells],
        uncertain=study.uncertain(points),
        levers={lever.name: values[lever.name][points] for lever in study.levers},
        seeds=plan.seeds[replicates],
        keys=plan.key[plan.start[cells][:, None] + replicates],
    )


def column_of(plan: RunList, there: StoredRuns, name: str) -> NDArray[np.float64]:
    """Return an outcome of every planned run; NaN where there is none."""
    values = np.full(len(there.key), np.nan)
    for counts, content in there.parts("runs", [name]):
        from sim.analysis.sweep.part_files import keys_of

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


def still_wide(study: Specification, plan: RunList, there: StoredRuns) -> NDArray[np.int64] | None:
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
