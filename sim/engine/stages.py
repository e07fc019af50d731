"""One run by itself: stage by stage, where people join or leave or ties change; in several threads.

Between two stages, the state of those who leave is put aside, that of those who come is taken up
again, and the arrays that say who listens to whom are exchanged. The loops only leave out those who
are flagged as away (``block.leave_out``, ``recording.uncount``). Where a run is shared by threads,
they go through a week together, each through other sections of the organisation.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import rows as at
from sim.engine.memory import (
    EffectTable,
    Memory,
    PopulationArrays,
    effect_table_of,
    memory_beside,
)
from sim.engine.runs import ANEW, BEGIN, CLOSE, OPEN, advance_runs
from sim.interventions.effects import Phase, Timeline
from sim.organisation.organisation import Organisation
from sim.state import Flag

_PIECES = 4
"""Pieces of a week's work to a thread: who is done early takes another."""
_SHOWN = ("use_seen", "own_use_seen", "report", "failure_seen")
"""What nobody shows who was not there last week."""


def _nobody() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Stage:
    """Weeks with the same people and ties, as the loops read them."""

    first: int
    last: int
    """``first``, ``last``: weeks; 1 is the first of the run."""
    population: PopulationArrays
    effect_table: EffectTable
    """``population``, ``effect_table``: of those who are there."""
    coming: NDArray[np.int64] = field(default_factory=_nobody)
    going: NDArray[np.int64] = field(default_factory=_nobody)
    """``coming``, ``going``: rows of those who have just come, or gone; in the first stage, all who
    are away have gone."""


def stages_of(
    population: PopulationArrays, organisation: Organisation, timeline: Timeline, weeks: int
) -> tuple[Stage, ...]:
    """Return the stages of a run, in order; none where people and ties stay.

    - ``population``: with everybody who is ever there.
    - ``weeks``: length of the run; later stages are left out.
    """
    found: list[Stage] = []
    before = np.ones(organisation.n_people, np.bool_)
    for phase in timeline.phases:
        if phase.first > weeks:
            break
        here = phase.present
        coming, going = np.flatnonzero(here & ~before), np.flatnonzero(before & ~here)
        arrays = _population_in(phase, population, organisation)
        effects = effect_table_of(phase.timeline)
        found.append(Stage(phase.first, min(phase.last, weeks), arrays, effects, coming, going))
        before = here
    return tuple(found)


def _population_in(
    phase: Phase, population: PopulationArrays, organisation: Organisation
) -> PopulationArrays:
    here, source = phase.present, organisation.tie_source
    weight = population.tie_weight * phase.factor
    kept = (weight > 0.0) & here[source] & here[population.tie_target]
    of_all = np.bincount(source[kept], weights=weight[kept], minlength=len(here))
    changed = np.bincount(source, weights=~kept | (phase.factor != 1.0), minlength=len(here)) > 0
    weight = np.where(
        changed[source], weight / np.maximum(of_all[source], 1e-300), population.tie_weight
    )
    degree = np.bincount(source[kept], minlength=len(here))
    manager = np.empty_like(organisation.people)["manager"]  # a view, as loops are compiled for
    manager[:] = _standing_in(population.manager, population.manager, here)
    leads = np.zeros(len(here), np.bool_)
    leads[manager[here & (manager >= 0)]] = True
    return population._replace(
        manager=manager,
        tie_start=np.concatenate([[0], np.cumsum(degree)]).astype(population.tie_start.dtype),
        tie_target=population.tie_target[kept],
        tie_weight=weight[kept],
        tie_flags=population.tie_flags[kept],
        team_size=np.bincount(
            organisation.people["team"][here], minlength=organisation.n_teams
        ).astype(population.team_size.dtype),
        team_manager=_standing_in(population.team_manager, population.manager, here),
        managers=np.flatnonzero(leads).astype(population.managers.dtype),
    )


def _standing_in(
    managers: NDArray[np.int32], manager: NDArray[np.int32], here: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the nearest of those above who is there; -1 where nobody is."""
    found = managers.copy()
    for _ in range(len(manager)):
        away = (found >= 0) & ~here[found]
        if not away.any():
            break
        found[away] = manager[found[away]]
    return found


@dataclass(frozen=True)
class Together:
    """Threads that share a run, the calling thread among them."""

    executor: Executor
    """Of the others."""
    others: int
    """How many there are."""

    def pieces(self, n_sections: int) -> list[tuple[int, int]]:
        """Return parts of about the same size of so many sections: first and last, exclusive."""
        n_pieces = min(_PIECES * (self.others + 1), n_sections)
        ends = [n_sections * k // n_pieces for k in range(n_pieces + 1)]
        return list(itertools.pairwise(ends))

    def share(
        self,
        pieces: Iterable[tuple[int, int]],
        workers: Sequence[Callable[[tuple[int, int]], None]],
    ) -> None:
        """Let each worker take one piece after the other; return when all are done."""
        left = deque(pieces)

        def work(worker: Callable[[tuple[int, int]], None]) -> None:
            while True:
                try:
                    piece = left.popleft()
                except IndexError:
                    return
                worker(piece)

        futures = [self.executor.submit(work, worker) for worker in workers[1:]]
        try:
            work(workers[0])
        finally:
            left.clear()
            wait(futures)
        for future in futures:
            future.result()


def run_in_stages(
    whole: Stage, stages: Sequence[Stage], memory: Memory, aside: Memory,
    parameters: NDArray[np.void], decisions: NDArray[np.void], seeds: NDArray[np.uint64],
    checkpoints: NDArray[np.bool_], weekly: NDArray[np.float64], teams: NDArray[np.float32],
    team_rows: NDArray[np.uint64], drivers: NDArray[np.float32], people: NDArray[np.uint8],
    together: Together | None = None,
) -> None:  # fmt: skip
    """Simulate one run; arrays as ``advance_runs`` takes them.

    - ``whole``: everybody who is ever there, as the run's start is drawn; from a later week on than
      the first, the run in ``memory`` goes on.
    - ``stages``: none where people and ties stay.
    - ``memory``, ``aside``: for the run, and for those who are away.
    - ``together``: threads that share the run.
    """
    memories = [memory, *(memory_beside(memory) for _ in range(together.others if together else 0))]

    def go(parts: int, sections: tuple[int, int], stage: Stage, span: slice, mine: Memory) -> None:
        weeks_of_teams = span if len(team_rows) else slice(None)
        past = int(checkpoints[: span.start].sum()) if drivers.shape[1] > 1 else 0
        advance_runs(
            0, 1, parts, *sections, span.start, span.stop, stage.population, stage.effect_table,
            np.array([0, len(stage.effect_table.effects)]), mine, parameters, decisions, seeds,
            checkpoints[span], weekly[:, span], teams[:, weeks_of_teams], team_rows,
            drivers[:, past:], people[:, span], 0,
        )  # fmt: skip

    def advance(stage: Stage, span: slice) -> None:
        n_sections = len(stage.population.section_start) - 1
        if not together:
            go(ANEW | OPEN | CLOSE, (0, n_sections), stage, span, memory)
            return
        pieces = together.pieces(n_sections)
        for week in range(span.start, span.stop):
            one = slice(week, week + 1)
            go(OPEN | ANEW if week == span.start else OPEN, (0, 0), stage, one, memory)
            together.share(
                pieces, [partial(go, 0, stage=stage, span=one, mine=mine) for mine in memories]
            )
            go(CLOSE, (0, 0), stage, one, memory)

    if whole.first == 1:
        go(BEGIN, (0, 0), whole, slice(0, 0), memory)
    if not stages:
        advance(whole, slice(whole.first - 1, whole.last))
    before = whole.population
    for stage in stages:
        begin_stage(stage, memory, aside, before, parameters.view(np.recarray)[0, 0])
        advance(stage, slice(stage.first - 1, stage.last))
        before = stage.population


def begin_stage(
    stage: Stage, memory: Memory, aside: Memory, before: PopulationArrays, p: Any
) -> None:
    """Put the state of those who go aside, take up that of those who come, from a week on.

    Whoever comes, and everybody in the first week, is used to what they hear then; who has nobody
    to listen to, to nothing. A team whose manager is another than before is used to the climate
    it has.

    - ``memory``: of the run, when the week before ``stage.first`` has ended.
    - ``aside``: receives the state of those who go.
    - ``before``: of the stage before; with everybody at the start.
    """
    now = (stage.first - 1) % 2
    for rows, source, target in ((stage.going, memory, aside), (stage.coming, aside, memory)):
        for given, taken in zip(_by_person(source), _by_person(target), strict=True):
            _cells(taken, rows, _cells(given, rows))
    aside.visible[0, stage.going] = memory.visible[now, stage.going]
    memory.visible[now, stage.coming] = aside.visible[0, stage.coming]
    for name in _SHOWN:
        memory.visible[name][now, stage.coming] = 0.0
    for array in _by_person(memory):
        _cells(array, stage.going, 0)
    memory.visible[:, stage.going] = 0
    flags = memory.small.reshape(len(memory.small), -1, at.BLOCK)[:, int(at.FLAGS) // at.BLOCK]
    flags[stage.going // at.BLOCK, stage.going % at.BLOCK] = int(Flag.AWAY)
    alone = np.diff(stage.population.tie_start) == 0
    hears_anew = alone.copy()
    hears_anew[stage.coming] = True
    hears_anew |= stage.first == 1
    hears_anew[stage.going] = False
    if p.accustomed > 0.0 and p.susceptibility > 0.0:
        _note_what_they_are_used_to(stage.population, memory, now, np.flatnonzero(hears_anew), p)
    _note_usual_climate(stage.population, before, memory, p)


def _by_person(memory: Memory) -> Iterator[NDArray[Any]]:
    """Yield the blocks of the state, as views of shape (n_blocks, n_variables, BLOCK)."""
    for blocks in (memory.wide, memory.narrow, memory.small, memory.history):
        yield blocks.reshape(len(blocks), -1, at.BLOCK)


def _cells(blocks: NDArray[Any], rows: NDArray[np.int64], values: Any = None) -> NDArray[Any]:
    """Return what stands for people in blocks, after writing ``values`` there if any are given."""
    place = (rows // at.BLOCK, slice(None), rows % at.BLOCK)
    if values is not None:
        blocks[place] = values
    return blocks[place]


def _note_what_they_are_used_to(
    population: PopulationArrays, memory: Memory, now: int, rows: NDArray[np.int64], p: Any
) -> None:
    visible = memory.visible[now]
    n_ties = np.diff(population.tie_start)
    source = np.repeat(np.arange(len(n_ties)), n_ties)
    narrow = memory.narrow.reshape(len(memory.narrow), -1, at.BLOCK)
    for name, place in (
        ("trust", at.USED_TO_TRUST), ("fear_mistake", at.USED_TO_MISTAKE),
        ("fear_job", at.USED_TO_JOB),
    ):  # fmt: skip
        said = population.tie_weight * visible[name][population.tie_target]
        heard = np.bincount(source, weights=said, minlength=len(n_ties))
        used_to = np.where(n_ties > 0, p.accustomed * (heard - visible[name]), 0.0)
        narrow[rows // at.BLOCK, int(place) // at.BLOCK, rows % at.BLOCK] = used_to[rows]


def _note_usual_climate(
    population: PopulationArrays, before: PopulationArrays, memory: Memory, p: Any
) -> None:
    readiness = memory.narrow.reshape(len(memory.narrow), -1, at.BLOCK)[
        :, int(at.READINESS) // at.BLOCK
    ]
    for team in np.flatnonzero(population.team_manager != before.team_manager):
        manager, usual = int(population.team_manager[team]), 0.0
        if manager >= 0:
            ready = float(readiness[manager // at.BLOCK, manager % at.BLOCK])
            usual = p.accustomed * (float(memory.climate[team]) - ready)
        memory.usual_climate[team] = usual
