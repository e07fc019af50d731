"""Cut the runs that are still to be made into chunks: many runs a call of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sweep.run_list import RunList
from sim.outcomes import OUTCOMES, PERSON_RECORD

if TYPE_CHECKING:
    from sim.analysis.sweep.specification import Specification
    from sim.analysis.sweep.work import Chunk

__all__ = ["chunks_of", "runs_a_chunk"]

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
