"""``run_cases``, the only entry to the compiled engine: arrays in, arrays out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.memory import (
    DECISION,
    EffectTable,
    Memory,
    effect_table_of,
    memory_of,
    population_arrays,
)
from sim.engine.parallel_compile import compile_side_by_side
from sim.engine.recording import rows_of
from sim.engine.replaced import check_replaced
from sim.engine.runs import advance_runs, whole
from sim.engine.stages import Stage, Together, run_in_stages, stages_of
from sim.interventions.effects import EFFECT, EVERYONE, Effect, Timeline
from sim.organisation.organisation import Organisation
from sim.outcomes import DRIVERS, MAX_WEEKS, OUTCOMES, PERSON_RECORD, checkpoint_weeks
from sim.theories import SLOTS, Chosen, Decision

_CHUNKS_PER_THREAD = 16

WORTH_SHARING = 1_500
"""Weeks of one person that a run which goes on from another must save, and the other one too: each
is then run by itself, which takes as long as about 1,200."""


@dataclass(frozen=True, eq=False)
class CaseArrays:
    """A scenario placed on an organisation, as the engine reads it; see ``sim.case``."""

    name: str
    timeline: Timeline
    parameters: NDArray[np.void]
    """One row a parameter set. Shape (P,)."""
    decision: Decision = Decision.LOGIT
    own_thresholds: bool = True
    """Whether personal thresholds of the organisation count, where there are any."""
    theories: tuple[Chosen, ...] = tuple(map(Chosen, SLOTS))
    """By which people take the tool up and choose, in the order of ``SLOTS``."""
    organisation: Organisation = field(kw_only=True)
    weeks: int = field(kw_only=True)

    @property
    def decides(self) -> NDArray[np.void]:
        """How people decide, as the loops read it: of ``DECISION``, shape (1,).

        Raises InputError where a theory is not installed, or broken.
        """
        found = np.zeros(1, DECISION)
        found["rule"], found["own_thresholds"] = self.decision, self.own_thresholds
        for slot, chosen in enumerate(self.theories):
            values = chosen.values
            found["codes"][0, slot] = chosen.theory.code
            found["settings"][0, slot, : len(values)] = values
        return found


@dataclass(frozen=True, slots=True)
class Record:
    """What to keep besides the organisation's weekly means."""

    teams: bool | tuple[str, ...] = False
    """Weekly means of teams (4 bytes a number): of all outcomes, or of those named."""
    people: bool = False
    """One byte a state, person and week."""
    drivers: bool = True
    """What holds teams back, at every checkpoint."""
    person_run: int | None = None
    """The one run, of all C · P · S, whose people are recorded; None for every run."""

    @property
    def team_outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes whose means over teams are kept."""
        if isinstance(self.teams, bool):
            return tuple(v.name for v in OUTCOMES) if self.teams else ()
        return self.teams


@dataclass(frozen=True, eq=False)
class Records:
    """What happened in C scenarios × P parameter sets × S seeds."""

    weekly: NDArray[np.float64]
    """Means over the organisation. Shape (C, P, S, weeks, len(OUTCOMES))."""
    teams: NDArray[np.float32] | None
    """Shape (C, P, S, weeks, n_teams, len(team_outcomes)); None unless recorded."""
    drivers: NDArray[np.float32]
    """Means over teams of what each driver holds back. Shape (C, P, S, n_checkpoints, n_teams,
    len(DRIVERS))."""
    people: NDArray[np.uint8] | None
    """Of ``Record.person_run`` alone, (1, 1, 1, …). Shape (C, P, S, weeks, n_people,
    len(PERSON_RECORD)); None unless recorded."""
    checkpoint_weeks: tuple[int, ...]
    """Weeks of the checkpoints; 1 is the first week; none where drivers are not recorded."""
    team_outcomes: tuple[str, ...] = tuple(v.name for v in OUTCOMES)
    """What is known of teams: all outcomes, unless fewer were asked for."""

    def of_teams(self, outcome: str) -> NDArray[np.float32]:
        """Return an outcome by team, a view of shape (C, P, S, weeks, n_teams).

        Raises KeyError where it was not recorded.
        """
        if self.teams is None or outcome not in self.team_outcomes:
            raise KeyError(outcome)
        return self.teams[..., self.team_outcomes.index(outcome)]


def _joined(cases: Sequence[CaseArrays]) -> tuple[EffectTable, NDArray[np.int64]]:
    """Return all effect tables in one, and where each case's rows begin."""
    tables, members = [], []
    audience_starts = [np.zeros(1, np.int64)]
    n_audiences = n_members = 0
    for case in cases:
        timeline = case.timeline
        table = timeline.effects.astype(EFFECT, copy=True)
        table["audience"] += np.where(table["audience"] == EVERYONE, 0, n_audiences).astype(
            np.int32
        )
        tables.append(table)
        audience_starts.append(timeline.audience_start[1:] + n_members)
        members.append(timeline.audience_member)
        n_audiences += len(timeline.audience_start) - 1
        n_members += len(timeline.audience_member)
    effect_table = EffectTable(
        np.concatenate(tables),
        np.concatenate(audience_starts).astype(np.int64),
        np.concatenate(members).astype(np.uint32),
    )
    effect_start = np.cumsum([0, *(len(table) for table in tables)]).astype(np.int64)
    return effect_table, effect_start


def _by_case(first: int, last: int, runs_of_case: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a range of runs that belong to one case each."""
    while first < last:
        end = min(last, (first // runs_of_case + 1) * runs_of_case)
        yield first, end
        first = end


def run_cases(  # noqa: C901 - the arrays of a call, and the threads that fill them
    cases: Sequence[CaseArrays], seeds: NDArray[np.uint64], *, weeks: int | None = None,
    record: Record | None = None, threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Records:  # fmt: skip
    """Run every case with every one of its parameter sets and seeds, in parallel threads.

    Results do not depend on ``threads``, to the bit, nor on which cases are run together.

    - ``cases``: on one organisation, of one length, each with the same number P of parameter sets.
    - ``seeds``, shape (P, S): a row a parameter set, the same for all cases; of
      shape (S,) all sets get the same seeds, and their means are no longer independent of one
      another. See ``sim.randomness.replicate_seeds``.
    - ``weeks``: run so many, in place of the cases' own.
    - ``record``: what to keep besides weekly means.
    - ``threads``: all processors when None.
    - ``progress``: called with how many runs have just ended; called in the calling thread.

    Raises ValueError for no cases, no seeds, no people, weeks out of range, or cases that cannot be
    run together.
    """
    if not cases or len({(id(case.organisation), case.weeks) for case in cases}) != 1:
        raise ValueError("needs cases on one organisation, of one length")
    organisation = cases[0].organisation
    weeks = cases[0].weeks if weeks is None else weeks
    n_sets = {len(case.parameters) for case in cases}
    if len(n_sets) != 1 or not np.size(seeds) or not organisation.n_people:
        raise ValueError("needs people, seeds, and cases with as many parameter sets each")
    if not 1 <= weeks <= MAX_WEEKS:
        raise ValueError(f"weeks is {weeks}: 1 to {MAX_WEEKS} would be right")
    record = record or Record()
    shape = (len(cases), n_sets.pop(), np.shape(seeds)[-1])
    seeds = np.array(np.broadcast_to(seeds, shape[1:]), np.uint64, order="C")  # not read-only
    runs = int(np.prod(shape))
    checkpoints = checkpoint_weeks(weeks) if record.drivers else ()
    n_people, n_teams = organisation.n_people, organisation.n_teams
    weekly = np.zeros((runs, weeks, len(OUTCOMES)))
    team_rows = rows_of(record.team_outcomes)
    teams = np.zeros(
        (runs, weeks, n_teams, len(team_rows)) if len(team_rows) else (1, 1, 0, 0),
        np.float32,
    )
    drivers = np.zeros(
        (runs, len(checkpoints), n_teams, len(DRIVERS))
        if record.drivers
        else (1, 1, 0, len(DRIVERS)),
        np.float32,
    )
    n_recorded = runs if record.person_run is None else 1
    people = np.zeros(
        (n_recorded if record.people else 0, weeks, n_people, len(PERSON_RECORD)), np.uint8
    )
    is_checkpoint = np.zeros(weeks, np.bool_)
    is_checkpoint[np.array(checkpoints, np.int64) - 1] = True
    population = population_arrays(organisation)
    effect_table, effect_start = _joined(cases)
    # as bytes: numpy joins structured arrays field by field, which takes as long as a run
    rows = [np.ascontiguousarray(case.parameters) for case in cases]
    parameters = np.stack([one.view(np.uint8) for one in rows]).view(rows[0].dtype)
    decisions = np.concatenate([case.decides for case in cases])

    check_replaced()
    compile_side_by_side()
    all_threads = max(1, threads or os.cpu_count() or 1)
    n_threads = min(all_threads, runs)
    # Fewer runs than threads: several share a run, where there are sections to share.
    sharing = min(all_threads // n_threads, len(population.section_start) - 1)
    step = max(1, -(-runs // (n_threads * _CHUNKS_PER_THREAD)))
    ended: deque[int] = deque()

    stages = [stages_of(population, organisation, case.timeline, weeks) for case in cases]
    runs_of_case = runs // len(cases)
    shared = [0] * len(cases) if record.people else shared_weeks(cases, weeks)
    alike = going_on(shared, n_people) if runs_of_case >= all_threads else []  # else threads wait
    alone = [k for k in range(len(cases)) if k not in {0, *alike}] if alike else []
    spans = [(k * runs_of_case, (k + 1) * runs_of_case) for k in alone] if alike else [(0, runs)]
    chunks: deque[int | tuple[int, int]] = deque(range(runs_of_case) if alike else ())
    chunks.extend(
        (at, min(at + step, end)) for begin, end in spans for at in range(begin, end, step)
    )

    def by_itself(
        run: int, memory: Memory, aside: Memory, together: Together | None,
        first: int = 1, last: int = weeks,
    ) -> None:  # fmt: skip
        case, of_case = divmod(run, runs_of_case)
        row, seed = divmod(of_case, shape[2])
        one = slice(run, run + 1)
        seen = one if record.person_run is None else slice(0, int(record.person_run == run))
        run_in_stages(
            Stage(first, last, population, effect_table_of(cases[case].timeline)), stages[case],
            memory, aside, parameters[case : case + 1, row : row + 1],
            decisions[case : case + 1],
            seeds[row : row + 1, seed : seed + 1], is_checkpoint, weekly[one],
            teams[one] if len(team_rows) else teams, team_rows,
            drivers[one] if record.drivers else drivers, people[seen], together,
        )  # fmt: skip

    def branching(column: int, memory: Memory, base: Memory) -> None:
        """Simulate one seed: the first case, and from it those that begin alike."""
        week = 0
        for case in alike:
            if shared[case] > week:
                by_itself(column, base, base, None, week + 1, shared[case])
                week = shared[case]
            for name in Memory._fields:
                getattr(memory, name)[...] = getattr(base, name)
            run, past = case * runs_of_case + column, sum(one <= week for one in checkpoints)
            weekly[run, :week] = weekly[column, :week]
            if len(team_rows):
                teams[run, :week] = teams[column, :week]
            if past:
                drivers[run, :past] = drivers[column, :past]
            by_itself(run, memory, memory, None, week + 1)
        by_itself(column, base, base, None, week + 1)

    def work(report: Callable[[], None]) -> None:
        with ThreadPoolExecutor(max(sharing - 1, 1)) as helpers:  # it starts none unasked
            work_with(Together(helpers, sharing - 1) if sharing > 1 else None, report)

    def work_with(together: Together | None, report: Callable[[], None]) -> None:
        memory = memory_of(n_people, n_teams)
        aside = memory_of(n_people, n_teams) if alike or any(stages) else memory
        while True:
            try:
                chunk = chunks.popleft()
            except IndexError:
                return
            if isinstance(chunk, int):
                branching(chunk, memory, aside)
                ended.append(1 + len(alike))
                report()
                continue
            first, last = chunk
            for begin, end in _by_case(first, last, runs_of_case):
                if together or stages[begin // runs_of_case]:
                    for run in range(begin, end):
                        by_itself(run, memory, aside, together)
                    continue
                advance_runs(
                    begin, end, *whole(population, begins=True), 0, weeks, population,
                    effect_table, effect_start, memory, parameters, decisions, seeds,
                    is_checkpoint, weekly, teams, team_rows, drivers, people,
                    record.person_run or 0,
                )  # fmt: skip
            ended.append(last - first)
            report()

    def report_ended() -> None:
        while progress is not None and ended:
            progress(ended.popleft())

    if n_threads == 1:
        work(report_ended)
    else:
        with ThreadPoolExecutor(n_threads - 1) as others:
            try:
                beside = [others.submit(work, lambda: None) for _ in range(n_threads - 1)]
                work(report_ended)  # this thread works as well
                for future in beside:
                    future.result()
            finally:
                chunks.clear()  # whoever still works ends with the chunk at hand
        report_ended()
    return Records(
        weekly=weekly.reshape(*shape, *weekly.shape[1:]),
        teams=teams.reshape(*shape, *teams.shape[1:]) if len(team_rows) else None,
        drivers=drivers.reshape(*shape, *drivers.shape[1:])
        if record.drivers
        else np.zeros((*shape, 0, n_teams, len(DRIVERS)), np.float32),
        people=people.reshape(*(shape if n_recorded == runs else (1, 1, 1)), *people.shape[1:])
        if record.people
        else None,
        checkpoint_weeks=checkpoints,
        team_outcomes=record.team_outcomes,
    )


def shared_weeks(cases: Sequence[CaseArrays], weeks: int) -> list[int]:
    """Return in how many of its first weeks each case is the first case, to the bit.

    - ``weeks``: length of the run.

    From 0 to ``weeks``, one a case; 0 for the first, and where people join or leave.
    """
    first, found = cases[0], [0] * len(cases)
    rows = _rows(first.timeline)
    same = first.parameters.tobytes(), first.decision, first.own_thresholds, first.theories
    for k, case in enumerate(cases[1:], 1):
        if first.timeline.phases or case.timeline.phases:
            continue
        if (case.parameters.tobytes(), case.decision, case.own_thresholds, case.theories) == same:
            found[k] = min(_alike(rows, _rows(case.timeline)), weeks)
    return found


def going_on(shared: Sequence[int], n_people: int) -> list[int]:
    """Return the cases that go on from the first, by week: none where that takes longer.

    - ``shared``: what ``shared_weeks`` returns.
    """
    saved = [weeks * n_people for weeks in shared]
    found = sorted(
        (k for k, one in enumerate(saved) if one >= WORTH_SHARING), key=saved.__getitem__
    )
    gained = sum(saved[k] - WORTH_SHARING for k in found)
    return found if gained >= WORTH_SHARING else []


def _rows(timeline: Timeline) -> list[tuple[Any, ...]]:
    """Return each effect, with who is in its audience in place of the audience's number."""
    bounds = list(pairwise(timeline.audience_start.tolist()))
    members = [timeline.audience_member[begin:end].tobytes() for begin, end in bounds]
    at = list(timeline.effects.dtype.names or ()).index("audience")
    return [
        (*row[:at], None if row[at] == EVERYONE else members[row[at]], *row[at + 1 :])
        for row in timeline.effects.tolist()
    ]


def _alike(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> int:
    """Return the last week in which the same effects have begun, in the same order.

    A start looks ahead for one thing: whether anybody is ever given access.
    """
    gives = [any(row[0] == Effect.ACCESS for row in rows) for rows in (one, other)]
    if gives[0] != gives[1]:
        return 0
    week = min((row[2] for row in {*one} ^ {*other}), default=1 << 30) - 1
    begun = [[row for row in rows if row[2] <= week] for rows in (one, other)]
    return week if begun[0] == begun[1] else 0
